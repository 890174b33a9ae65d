"""1 MB de linhas a 20 ms de ida e volta: udp-confiavel, TCP Reno puro e o limite da janela."""

import subprocess
import threading
import time

from medidas import alternar, comparar, resumo
from rede import CANO, Caminho

TOTAL = 1_000_000
LINHA = 100
LINHAS = b"".join(b"%0*d\n" % (LINHA - 1, n) for n in range(TOTAL // LINHA))
ATRASO_MS = 10
# O que o protocolo do chat diz: 128 segmentos de até 1180 bytes por ida e volta, e 12
# bytes na frente do texto de cada item, que não leva a quebra de linha.
JANELA, CARGA, CABECALHO_DO_ITEM = 128, 1180, 12
PRAZO = 120


def esperar_por(processo, trecho):
    """Lê os erros até que um deles tenha o trecho; o resto é jogado fora."""
    for linha in processo.stderr:
        if trecho in linha:
            threading.Thread(target=processo.stderr.read, daemon=True).start()
            return
    raise SystemExit(f"não houve conexão: {processo.args}")


def transferir(quem_manda, quem_recebe, sinal, linhas_a_receber):
    """Segundos entre dar o primeiro byte a quem manda e ler o último de quem recebe, com
    a conexão já de pé."""
    recebe = quem_recebe()
    manda = quem_manda()
    # Se um dos lados trava, a medida acaba em vez de esperar para sempre.
    vigia = threading.Timer(PRAZO, lambda: (recebe.kill(), manda.kill()))
    vigia.start()
    esperar_por(manda, sinal)
    esperar_por(recebe, sinal)

    def alimentar():
        manda.stdin.write(LINHAS)
        manda.stdin.close()

    inicio = time.monotonic()
    threading.Thread(target=alimentar, daemon=True).start()
    recebidas = 0
    while recebidas < linhas_a_receber:
        bloco = recebe.stdout.read1(1 << 16)
        assert bloco, "acabou antes da hora"
        recebidas += bloco.count(b"\n")
    segundos = time.monotonic() - inicio
    assert recebidas == linhas_a_receber
    for processo in (manda, recebe):
        assert processo.wait() == 0, processo.args
    vigia.cancel()
    return segundos


def medir(chat, rodadas):
    caminho = Caminho()
    todas = len(LINHAS) // LINHA
    contas = []

    def com_perda(milesimos, abrir):
        def rodada(qual):
            desligar = caminho.ligar(qual, milesimos, ATRASO_MS)
            segundos = abrir()
            contas.append(desligar())
            return segundos

        return rodada

    def pelo_chat(protocolo):
        opcoes = ["--protocolo", protocolo, "--nome"]

        def abrir():
            return transferir(
                lambda: caminho.um.abrir(
                    chat, "--ip", "10.0.0.2", *opcoes, "Ana", stdin=CANO, stdout=subprocess.DEVNULL, stderr=CANO
                ),
                lambda: caminho.outro.abrir(
                    chat, "--ip", "10.0.0.1", *opcoes, "Bia", "--so-ouvir", "--uma-conversa", stdout=CANO, stderr=CANO
                ),
                b"conectado",
                todas,
            )

        return abrir

    def pelo_nc():
        def recebe():
            nc = caminho.outro.abrir("nc", "-nv", "-l", "10.0.0.2", "50000", stdout=CANO, stderr=CANO)
            nc.stderr.readline()  # “Listening on …”
            return nc

        return transferir(
            lambda: caminho.um.abrir("nc", "-nv", "-N", "10.0.0.2", "50000", stdin=CANO, stdout=CANO, stderr=CANO),
            recebe,
            b"onnection",
            todas,
        )

    por_segmento = CARGA // (LINHA - 1 + CABECALHO_DO_ITEM)
    segmentos = -(-todas // por_segmento)
    print(f"\n1 MB em {todas} linhas de {LINHA} bytes; {por_segmento} linhas por segmento, {segmentos} segmentos")
    for milesimos in (0, 10):
        contas.clear()
        confiavel, reno, tcp = alternar(
            rodadas,
            com_perda(milesimos, pelo_chat("udp-confiavel")),
            com_perda(milesimos, pelo_nc),
            com_perda(milesimos, pelo_chat("tcp")),
        )
        atraso = sum(c["atraso_ms"] for c in contas) / len(contas)
        perdidos = sum(c["perdidos"] for c in contas)
        vistos = perdidos + sum(c["encaminhados"] for c in contas)
        print(
            f"\n{milesimos / 10:g} % de perda em cada sentido (deu {100 * perdidos / vistos:.2f} %), "
            f"{atraso:.2f} ms em cada sentido"
        )
        print(f"  chat, udp-confiavel: {resumo(confiavel, 's')}")
        print(f"  nc, TCP Reno:        {resumo(reno, 's')}")
        print(f"  chat, TCP Reno:      {resumo(tcp, 's')}")
        comparar(confiavel, reno, "nc", "menos de 1, com perda")
        if milesimos == 0:
            ida_e_volta = 2 * atraso / 1000
            for o_que, limite in (
                ("só o texto", TOTAL / (JANELA * CARGA) * ida_e_volta),
                ("os segmentos", segmentos / JANELA * ida_e_volta),
            ):
                comparar(confiavel, [limite] * rodadas, f"limite da janela, {o_que} ({limite:.3f} s)", "1,5")
