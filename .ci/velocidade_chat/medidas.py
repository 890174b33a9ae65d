"""O que as medidas têm em comum: alternar, resumir, comparar."""

import statistics


def resumo(valores, unidade):
    """Mediana, quartis e faixa."""
    baixo, meio, alto = quartis(valores)
    return (
        f"{meio:.3f} {unidade} (meio das rodadas: {baixo:.3f} a {alto:.3f}; "
        f"todas: {min(valores):.3f} a {max(valores):.3f}; n = {len(valores)})"
    )


def quartis(valores):
    if len(valores) < 2:
        return [valores[0]] * 3
    return statistics.quantiles(valores, n=4, method="inclusive")


def alternar(rodadas, *medidas):
    """Cada rodada faz todas as medidas, na ordem direta e na inversa, uma vez cada."""
    valores = [[] for _ in medidas]
    for rodada in range(rodadas):
        ordem = list(enumerate(medidas))
        for qual, medir in ordem if rodada % 2 == 0 else reversed(ordem):
            valores[qual].append(medir(rodada))
    return valores


def comparar(nosso, outro, nome_do_outro, alvo, quem="chat"):
    """A razão das medianas, e a de cada par de rodadas vizinhas."""
    razao = statistics.median(nosso) / statistics.median(outro)
    pares = [a / b for a, b in zip(nosso, outro)]
    baixo, meio, alto = quartis(pares)
    print(
        f"  {quem} / {nome_do_outro}: {razao:.2f} nas medianas; rodada a rodada, {meio:.2f} "
        f"({baixo:.2f} a {alto:.2f}); alvo: {alvo}"
    )
