"""O chat em datagramas UDP, com e sem confirmação."""

import collections
import ipaddress
import secrets
import selectors
import socket
import time

from chat_mensagens import (
    ESPELHO,
    MAIOR_DATAGRAMA,
    MODO_ERRADO,
    MODOS,
    MOTIVOS,
    NOME,
    VERSAO,
    VERSAO_ERRADA,
    AteLogo,
    Item,
    Ola,
    OutraVersao,
    Ping,
    Pong,
    Recibo,
    Recusa,
    Segmento,
    Tchau,
    Violacao,
    escrever_datagrama,
    ler_carga,
    ler_datagrama,
)
from chat_pessoa import Ouvido
from chat_segmentos import Emissor, Receptor

# Prazos, em segundos: a tabela do capítulo.
PRIMEIRA_PAUSA = 0.2
MAIOR_PAUSA = 2
ENTRE_RESPOSTAS_A_OLA = 0.05
ENTRE_PINGS = 2
SILENCIO = 8
SILENCIO_COM_DESCONFIANCA = 3
ENTRE_TCHAUS = 0.2
ENTRE_RECUSAS = 1
DESPEDIDA = 0.4  # quanto se fica depois do ATÉ LOGO, para repeti-lo

TCHAUS = 10
TCHAUS_CONFIAVEIS = 25
MAIOR_SALTO = 2**32
LEMBRADOS = 1024  # itens que faltam só são procurados entre os últimos tantos
POR_VOLTA = 64  # datagramas lidos, ou itens mandados, em uma volta do laço


class OuvidoUdp(Ouvido):
    """Uma sessão do outro lado: o que dela já veio, faltou ou se perdeu."""

    def __init__(self, ola, tela):
        super().__init__(ola, tela)
        self.perdidos = 0
        self.faltam = set()  # entre os LEMBRADOS últimos, os que não chegaram
        self.item_do_nome = -1
        self.fim = 2**64  # depois do TCHAU: o número que nenhum item tem
        self.acabada = False  # despediu-se, ou foi trocada por outra
        self.ouvi_tchau = False
        self.respondi_tchau = False
        self.receptor = Receptor()

    def ouvir_item(self, item):
        """Mostra o item, se é novo; antes, conta os que ele pulou."""
        if item.numero - self.esperado > MAIOR_SALTO or item.numero >= self.fim:
            return
        if item.numero >= self.esperado:
            self.saltar_para(item.numero)
            self.esperado = item.numero + 1
            self.mostrar(item)
        elif item.numero in self.faltam:
            self.faltam.remove(item.numero)
            self.perdidos -= 1
            self.tela.avisar("o item a seguir chegou atrasado, fora de ordem")
            self.mostrar(item)
            self.tela.fechar_linha()
        else:
            return
        self.recebidos += 1

    def mostrar(self, item):
        """Um nome atrasado não desfaz um mais novo."""
        if item.especie == NOME and item.numero < self.item_do_nome:
            return
        if item.especie == NOME:
            self.item_do_nome = item.numero
        super().mostrar(item)

    def saltar_para(self, numero):
        """Dá por perdidos os itens do esperado até `numero`, exclusive."""
        perdidos = numero - self.esperado
        if perdidos > 0:
            self.perdidos += perdidos
            self.tela.avisar(f"itens perdidos: {perdidos}")
        self.faltam.update(range(max(self.esperado, numero - LEMBRADOS), numero))
        self.faltam = {n for n in self.faltam if n >= numero - LEMBRADOS}
        self.esperado = numero


class Udp:
    def __init__(self, opcoes, itens, tela, seletor):
        self.confiavel = opcoes.protocolo == "udp-confiavel"
        self.modo = MODOS[opcoes.protocolo]
        self.nome = opcoes.nome.encode()
        self.so_ouvir = opcoes.so_ouvir
        self.itens = itens
        self.tela = tela
        self.sessao = secrets.randbits(64) or 1
        self.ouvido = None  # a última sessão ouvida
        self.atual = None  # a da conversa, de pé ou não
        self.de_pe = False
        self.acabadas = collections.deque(maxlen=LEMBRADOS)
        self.emissor = None
        agora = time.monotonic()
        self.pausa = PRIMEIRA_PAUSA
        self.ola_em = agora
        self.respondi_ola_em = self.recusei_em = agora - ENTRE_RECUSAS
        self.ouvi_em = self.ping_em = agora
        self.desconfio_ate = None
        self.tchaus = 0  # quantos já mandei
        self.tchau_em = agora
        self.responderam_tchau = False
        self.primeiro_item = 0  # o número do primeiro que foi à sessão atual
        self.sair_em = None  # quando acaba a espera depois do ATÉ LOGO
        self.outro_saiu = False
        self.descartados = 0
        self.tudo_chegou = True
        ip = ipaddress.ip_address(opcoes.ip)
        familia = socket.AF_INET if ip.version == 4 else socket.AF_INET6
        todos = "0.0.0.0" if ip.version == 4 else "::"
        self.tomada = socket.socket(familia, socket.SOCK_DGRAM)
        self.tomada.bind((str(ip) if ip.is_loopback else todos, opcoes.porta_local))
        # Daqui em diante o núcleo só entrega o que vem deste IP e desta porta.
        self.tomada.connect((str(ip), opcoes.porta))
        self.tomada.setblocking(False)
        seletor.register(self.tomada, selectors.EVENT_READ, self.atender)

    def endereco_local(self):
        return self.tomada.getsockname()

    # O laço de chat.py chama estes três, nesta ordem, a cada volta.

    def prazos(self):
        """Cada instante em que algo tem de ser feito, e o que é."""
        if self.sair_em:
            yield self.sair_em, self.sair
        if self.tchaus and not self.responderam_tchau:
            yield self.tchau_em + ENTRE_TCHAUS, self.dizer_tchau
        if self.de_pe:
            yield self.ping_em, self.perguntar
            yield self.ouvi_em + SILENCIO, self.cair
            if self.desconfio_ate:
                yield self.desconfio_ate, self.cair
            sonda = self.emissor.prazo_da_sonda() if self.confiavel else None
            if sonda:
                yield sonda, self.sondar
        elif not self.saindo():
            yield self.ola_em, self.repetir_ola

    def continuar(self):
        """Diz tudo que já se pode dizer."""
        if self.atual and self.atual.receptor.devo_recibo:
            self.tela.descarregar()  # o recibo diz que se mostrou
            self.mandar(self.atual.receptor.recibo())
        if not self.de_pe:
            return
        if self.confiavel:
            for segmento in self.emissor.a_mandar(time.monotonic()):
                self.mandar(segmento)
        else:
            self.mandar_itens()
        if self.atual.ouvi_tchau and not self.atual.respondi_tchau:
            self.responder_tchau()
        elif self.itens.acabaram() and not self.tchaus:
            self.dizer_tchau()

    def acabou(self):
        if self.de_pe or self.sair_em:
            return False
        return self.itens.acabaram() or (self.so_ouvir and self.outro_saiu)

    def saindo(self):
        return bool(self.tchaus or self.sair_em or self.acabou())

    def em_conversa(self):
        return self.de_pe

    # Datagramas que vão.

    def mandar(self, mensagem):
        sem_conversa = isinstance(mensagem, (Ola, Recusa))
        conversa = 0 if sem_conversa else self.sessao ^ self.atual.sessao
        datagrama = escrever_datagrama(conversa, mensagem)
        try:
            self.tomada.send(datagrama)
        except BlockingIOError:
            pass  # não coube: é como se a rede o perdesse
        except OSError:
            # O erro pode ser notícia de um datagrama anterior, e este nem saiu.
            self.insistir(datagrama)

    def insistir(self, datagrama):
        try:
            self.tomada.send(datagrama)
        except OSError:
            pass
        self.desconfiar()

    def mandar_ola(self):
        conhecida = self.ouvido.sessao if self.ouvido else 0
        proximo = self.itens.primeiro
        self.mandar(
            Ola(VERSAO, self.modo, self.sessao, conhecida, 0, proximo, self.nome)
        )

    def repetir_ola(self):
        self.mandar_ola()
        self.ola_em = time.monotonic() + self.pausa
        self.pausa = min(self.pausa * 2, MAIOR_PAUSA)

    def responder_a_ola(self, resposta):
        """No máximo uma resposta a cada 50 ms."""
        agora = time.monotonic()
        if agora - self.respondi_ola_em >= ENTRE_RESPOSTAS_A_OLA:
            self.respondi_ola_em = agora
            resposta()

    def recusar(self, motivo):
        """No máximo uma RECUSA por segundo."""
        self.tela.avisar_uma_vez(f"recusei (motivo {motivo}): {MOTIVOS[motivo]}")
        agora = time.monotonic()
        if agora - self.recusei_em >= ENTRE_RECUSAS:
            self.recusei_em = agora
            self.mandar(Recusa(motivo, MOTIVOS[motivo].encode()))

    def perguntar(self):
        self.ping_em = time.monotonic() + ENTRE_PINGS
        self.mandar(Ping(secrets.randbits(64)))

    def ouvir_que_fechou(self):
        """A porta do outro não tem dono. Em uma despedida, é que ele já saiu."""
        if self.em_despedida():
            self.encerrar()
        else:
            self.desconfiar()

    def desconfiar(self):
        """O sistema diz que um datagrama não chegou: o outro pode ter fechado.

        Ou só não abriu ainda; sem conversa de pé não quer dizer nada.
        """
        if self.de_pe and self.desconfio_ate is None:
            self.desconfio_ate = time.monotonic() + SILENCIO_COM_DESCONFIANCA
            self.perguntar()

    def sondar(self):
        self.mandar(self.emissor.sondar(time.monotonic()))

    def mandar_itens(self):
        """Modo udp: cada item vai uma vez, e não se guarda."""
        for _ in range(POR_VOLTA):
            if self.itens.primeiro >= self.itens.ate:
                return
            self.mandar(self.itens.item(self.itens.primeiro))
            self.itens.confirmar(self.itens.primeiro + 1)

    # Datagramas que vêm.

    def atender(self, _eventos):
        for _ in range(POR_VOLTA):
            try:
                datagrama = self.tomada.recv(MAIOR_DATAGRAMA + 1)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                self.ouvir_que_fechou()
            except OSError:
                self.desconfiar()
            else:
                self.receber(datagrama)

    def receber(self, datagrama):
        try:
            conversa, mensagem = ler_datagrama(datagrama)
            if isinstance(mensagem, Ola):
                self.ouvir_ola(mensagem)
            elif isinstance(mensagem, Recusa):
                self.ouvir_recusa(mensagem)
            else:
                self.ouvir_da_conversa(conversa, mensagem)
        except OutraVersao:
            self.recusar(VERSAO_ERRADA)
        except Violacao:
            self.descartados += 1

    def ouvir_recusa(self, recusa):
        if not self.de_pe:
            explicacao = recusa.explicacao.decode() or MOTIVOS[recusa.motivo]
            self.tela.avisar_uma_vez(f"recusado (motivo {recusa.motivo}): {explicacao}")

    def ouvir_ola(self, ola):
        if ola.modo != self.modo:
            self.recusar(MODO_ERRADO)
        elif ola.sessao == self.sessao:
            self.recusar(ESPELHO)
        elif ola.sessao not in self.acabadas and not self.saindo():
            self.conhecer(ola)

    def conhecer(self, ola):
        """A tabela do cumprimento, linha por linha."""
        self.ouvido = self.lembrar(ola)
        da_conversa = self.de_pe and self.ouvido is self.atual
        if da_conversa:
            self.ouvi()
        if ola.conhecida != self.sessao:
            self.responder_a_ola(self.mandar_ola)
        elif da_conversa:
            self.responder_a_ola(self.perguntar)
        else:
            self.levantar(self.ouvido)
            self.mandar_ola()

    def ouvi(self):
        self.ouvi_em = time.monotonic()
        self.desconfio_ate = None

    def lembrar(self, ola):
        """A sessão deste OLÁ: uma das duas que se lembram, ou uma nova."""
        for ouvido in (self.atual, self.ouvido):
            if ouvido and ouvido.sessao == ola.sessao:
                return ouvido
        return OuvidoUdp(ola, self.tela)

    def levantar(self, ouvido):
        """Há prova de que o outro me conhece: a conversa está de pé."""
        if ouvido is not self.atual:
            if self.atual:
                self.acabar(self.atual)
            self.atual = ouvido
            self.itens.descongelar()
            self.primeiro_item = self.itens.primeiro
            self.emissor = Emissor(self.itens, time.monotonic())
        self.de_pe = True
        self.outro_saiu = False
        self.ouvi()
        self.tela.avisos_dados.clear()
        self.tela.avisar(f"conectado com {ouvido.nome}")
        self.perguntar()

    def ouvir_da_conversa(self, conversa, mensagem):
        ouvido = self.de_quem(conversa)
        da_vez = (Segmento, Recibo) if self.confiavel else (Item,)
        if not isinstance(mensagem, (*da_vez, Ping, Pong, Tchau, AteLogo)):
            raise Violacao("mensagem de outro modo")
        if isinstance(mensagem, Segmento):
            mensagem = Segmento(mensagem.numero, ler_carga(mensagem.carga))
        if ouvido.acabada:
            self.ouvir_depois_do_fim(ouvido, mensagem)
            return
        if ouvido is not self.atual and self.saindo():
            return
        if not (self.de_pe and ouvido is self.atual):
            self.levantar(ouvido)
        self.ouvi()
        self.conversar(mensagem)

    def de_quem(self, conversa):
        for ouvido in (self.atual, self.ouvido):
            if ouvido and conversa == self.sessao ^ ouvido.sessao:
                return ouvido
        raise Violacao("datagrama de outra conversa")

    def ouvir_depois_do_fim(self, ouvido, mensagem):
        """O ATÉ LOGO pode ter se perdido, e um item pode ter se atrasado."""
        if ouvido is not self.atual:
            return
        if isinstance(mensagem, Tchau) and ouvido.respondi_tchau:
            self.mandar(AteLogo(ouvido.recebidos))
        elif isinstance(mensagem, Item):
            ouvido.ouvir_item(mensagem)

    def conversar(self, mensagem):
        match mensagem:
            case Ping(marca=marca):
                self.mandar(Pong(marca, self.atual.recebidos))
            case Item():
                self.atual.ouvir_item(mensagem)
            case Segmento(numero=numero, carga=itens):
                for item in self.atual.receptor.ouvir(numero, itens):
                    self.atual.ouvir_item(item)
                self.tchaus = min(self.tchaus, 1)  # a conta recomeça
            case Recibo():
                self.emissor.ouvir(mensagem, time.monotonic())
            case Tchau(enviados=enviados):
                self.ouvir_tchau(enviados)
            case AteLogo(recebidos=recebidos) if self.tchaus:
                self.contar_os_que_faltaram(recebidos)
                self.ouvir_ate_logo()

    # Presença e despedida.

    def cair(self):
        if self.em_despedida():
            self.encerrar()
            return
        self.de_pe = False
        self.pausa = PRIMEIRA_PAUSA
        self.ola_em = time.monotonic()
        self.tela.avisar("a conversa caiu: silêncio demais")

    def em_despedida(self):
        return bool(self.de_pe and (self.tchaus or self.atual.ouvi_tchau))

    def ouvir_tchau(self, enviados):
        if self.atual.respondi_tchau:
            self.mandar(AteLogo(self.atual.recebidos))
        if self.confiavel and self.emissor.prazo_da_sonda():
            self.sondar()  # o caminho está aberto
        if self.atual.ouvi_tchau:
            return  # se ainda não respondi, `continuar` responde assim que puder
        self.atual.ouvi_tchau = True
        self.outro_saiu = True
        cauda = enviados - self.atual.esperado
        if 0 <= cauda <= MAIOR_SALTO:
            self.atual.saltar_para(enviados)
            self.atual.fim = enviados
        self.tela.avisar(f"{self.atual.nome} saiu")
        self.itens.congelar()

    def responder_tchau(self):
        """ATÉ LOGO, quando tudo que já estava digitado foi (e foi confirmado)."""
        if self.itens.primeiro < self.itens.ate:
            return
        self.mandar(AteLogo(self.atual.recebidos))
        self.atual.respondi_tchau = True
        self.terminar_se_puder()

    def dizer_tchau(self):
        if self.tchaus >= (TCHAUS_CONFIAVEIS if self.confiavel else TCHAUS):
            self.tela.avisar("o outro não respondeu à despedida")
            self.ouvir_ate_logo()
            return
        self.tchaus += 1
        self.tchau_em = time.monotonic()
        self.mandar(Tchau(self.itens.proximo))

    def contar_os_que_faltaram(self, recebidos):
        """Em udp, só no fim se sabe quantos itens o outro mostrou."""
        mandados = self.itens.proximo - self.primeiro_item
        if recebidos < mandados:
            self.tudo_chegou = False
            nome = self.atual.nome
            self.tela.avisar(f"{nome} recebeu {recebidos} de {mandados} itens")

    def ouvir_ate_logo(self):
        self.responderam_tchau = True
        self.terminar_se_puder()

    def terminar_se_puder(self):
        """Acaba a conversa, se não há TCHAU meu nem dele à espera de resposta."""
        ouvido = self.atual
        falta_o_meu = self.tchaus and not self.responderam_tchau
        falta_o_dele = ouvido.ouvi_tchau and not ouvido.respondi_tchau
        if self.de_pe and not falta_o_meu and not falta_o_dele:
            self.encerrar()

    def encerrar(self):
        ouvido = self.atual
        if ouvido.respondi_tchau and (self.so_ouvir or self.itens.acabaram()):
            self.sair_em = time.monotonic() + DESPEDIDA
        self.acabar(ouvido)
        self.de_pe = False
        self.tela.avisar(
            f"fim da conversa: {ouvido.recebidos} itens recebidos, "
            f"{ouvido.perdidos} perdidos, {self.descartados} datagramas descartados"
        )
        self.pausa = PRIMEIRA_PAUSA
        self.ola_em = time.monotonic() + self.pausa

    def acabar(self, ouvido):
        ouvido.acabada = True
        self.acabadas.append(ouvido.sessao)

    def sair(self):
        self.sair_em = None
