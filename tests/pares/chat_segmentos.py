"""A entrega confiável por UDP: segmentos numerados, recibos e repetições."""

from chat_mensagens import (
    MAIOR_CARGA,
    MAIOR_JANELA,
    Recibo,
    Segmento,
    Violacao,
    escrever_quadro,
)

ANTES_DO_PRIMEIRO_RECIBO = 10  # segmentos
MAIS_NO_AR = 64  # segmentos sem recibo: o bastante, sem afogar o buffer do outro

# Prazo da sonda, em segundos (RFC 6298, com os limites do capítulo).
PRAZO_SEM_MEDIDA = 1
MENOR_PRAZO = 0.05
MAIOR_PRAZO = 3


class NoAr:
    """Um segmento já mandado, de que falta o recibo."""

    def __init__(self, carga, itens_ate):
        self.carga = carga
        self.itens_ate = itens_ate  # um a mais que o número do último item dele
        self.chegou = False
        self.perdido = False
        self.vezes = 0
        self.ordem = 0  # de todas as transmissões, qual foi a última dele
        self.mandado_em = 0


class Emissor:
    """Manda os itens em segmentos, até que haja recibo de cada um."""

    def __init__(self, itens, agora):
        self.itens = itens
        self.item = itens.primeiro  # o próximo item que vai em um segmento
        self.no_ar = {}
        self.proximo = 0  # o número do próximo segmento novo
        self.confirmado = 0  # o maior `proximo` que um recibo trouxe
        self.limite = ANTES_DO_PRIMEIRO_RECIBO
        self.transmissoes = 0
        self.media = None  # da ida e volta, em segundos
        self.desvio = 0
        self.sondas = 0  # seguidas, sem novidade
        self.parado_desde = agora

    def prazo_da_sonda(self):
        """Quando mandar a sonda, ou None se não há nada sem recibo."""
        if not self.no_ar and self.item >= self.itens.ate:
            return None
        prazo = PRAZO_SEM_MEDIDA
        if self.media is not None:
            prazo = max(MENOR_PRAZO, self.media + 4 * self.desvio)
        return self.parado_desde + min(MAIOR_PRAZO, prazo * 2**self.sondas)

    def sondar(self, agora):
        """Um segmento só, o mais velho, mesmo com a janela em zero."""
        self.parado_desde = agora
        self.sondas = min(self.sondas + 1, 10)
        numero = self.confirmado if self.no_ar else self.embrulhar()
        return self.mandar(numero, agora)

    def a_mandar(self, agora):
        """Os segmentos que podem ir agora: os perdidos e, depois, os novos."""
        for numero, segmento in sorted(self.no_ar.items()):
            if segmento.perdido and numero < self.limite:
                yield self.mandar(numero, agora)
        while (
            self.proximo < self.limite
            and len(self.no_ar) < MAIS_NO_AR
            and self.item < self.itens.ate
        ):
            if not self.no_ar:
                self.parado_desde = agora
            yield self.mandar(self.embrulhar(), agora)

    def embrulhar(self):
        """Um segmento novo, com tantos itens quantos couberem; devolve o número."""
        carga = b""
        while self.item < self.itens.ate:
            quadro = escrever_quadro(self.itens.item(self.item))
            if len(carga) + len(quadro) > MAIOR_CARGA:
                break
            carga += quadro
            self.item += 1
        self.no_ar[self.proximo] = NoAr(carga, self.item)
        self.proximo += 1
        return self.proximo - 1

    def mandar(self, numero, agora):
        segmento = self.no_ar[numero]
        self.transmissoes += 1
        segmento.ordem = self.transmissoes
        segmento.mandado_em = agora
        segmento.vezes += 1
        segmento.perdido = False
        return Segmento(numero, segmento.carga)

    def ouvir(self, recibo, agora):
        """Anota um recibo: o que chegou, o que se perdeu, até onde se pode ir."""
        citados = list(numeros_do_mapa(recibo))
        if max([recibo.proximo - 1, *citados]) >= self.proximo:
            raise Violacao("recibo do que nunca foi mandado")
        if recibo.proximo >= self.confirmado:
            self.limite = recibo.proximo + min(recibo.janela, MAIOR_JANELA)
        citados += range(self.confirmado, recibo.proximo)
        novos = [
            self.no_ar[numero]
            for numero in citados
            if numero in self.no_ar and not self.no_ar[numero].chegou
        ]
        for segmento in novos:
            segmento.chegou = True
        self.medir(novos, agora)
        while self.confirmado < recibo.proximo:
            self.itens.confirmar(self.no_ar.pop(self.confirmado).itens_ate)
            self.confirmado += 1
        if novos:
            self.parado_desde = agora
            self.sondas = 0
            self.procurar_perdidos(max(s.ordem for s in novos), agora)

    def medir(self, novos, agora):
        """A ida e volta do mais recente; um repetido não serve de medida."""
        de_uma_vez = [s for s in novos if s.vezes == 1]
        if not de_uma_vez:
            return
        medida = agora - max(s.mandado_em for s in de_uma_vez)
        if self.media is None:
            self.media, self.desvio = medida, medida / 2
        else:
            self.desvio += (abs(self.media - medida) - self.desvio) / 4
            self.media += (medida - self.media) / 8

    def procurar_perdidos(self, ordem, agora):
        """Quem foi mandado antes de um que chegou, e já devia ter chegado."""
        if self.media is None:
            return
        for segmento in self.no_ar.values():
            atrasado = agora - segmento.mandado_em >= self.media + 4 * self.desvio
            if not segmento.chegou and segmento.ordem < ordem and atrasado:
                segmento.perdido = True


def numeros_do_mapa(recibo):
    for i in range(8 * len(recibo.mapa)):
        if recibo.mapa[i // 8] & (0x80 >> i % 8):
            yield recibo.proximo + 1 + i


class Receptor:
    """Guarda o que chega adiantado e entrega em ordem."""

    def __init__(self):
        self.proximo = 0
        self.guardados = {}
        self.devo_recibo = False

    def ouvir(self, numero, itens):
        """Os itens que este segmento pôs em ordem."""
        self.devo_recibo = True
        if self.proximo <= numero < self.proximo + MAIOR_JANELA:
            self.guardados[numero] = itens
        em_ordem = []
        while self.proximo in self.guardados:
            em_ordem += self.guardados.pop(self.proximo)
            self.proximo += 1
        return em_ordem

    def recibo(self):
        self.devo_recibo = False
        mapa = bytearray(32)
        for numero in self.guardados:
            i = numero - self.proximo - 1
            mapa[i // 8] |= 0x80 >> i % 8
        return Recibo(self.proximo, MAIOR_JANELA, bytes(mapa).rstrip(b"\0"))
