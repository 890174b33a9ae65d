"""O chat em uma conexão TCP: quem liga para quem, a conversa e a despedida."""

import enum
import errno
import functools
import ipaddress
import random
import secrets
import selectors
import socket
import struct
import sys
import time

from chat_mensagens import (
    DEMORA,
    ESPELHO,
    ESTRANHO,
    LIXO,
    MODO_ERRADO,
    MODOS,
    MOTIVOS,
    OCUPADO,
    VERSAO,
    VERSAO_ERRADA,
    Aceito,
    AteLogo,
    Confirma,
    Desenquadrador,
    Item,
    Ola,
    OutraVersao,
    Ping,
    Pong,
    Recusa,
    Tchau,
    Violacao,
    escrever_quadro,
    ler_corpo,
)
from chat_pessoa import Ouvido

# Prazos, em segundos: a tabela do capítulo.
PRIMEIRA_PAUSA = 0.2
MAIOR_PAUSA = 5
PRAZO_DE_LIGAR = 5
PRAZO_DO_CUMPRIMENTO = 5
ENTRE_PINGS = 5
SILENCIO = 15
SILENCIO_COM_DESCONFIANCA = 3
QUADRO_INCOMPLETO = 10
ESCRITA_PARADA = 15
DESPEDIDA = 5
FECHAR = 1
CONVERSA_CURTA = 5

MAIS_CUMPRIMENTOS = 8
MAIS_FECHANDO = 32
MAIOR_SAIDA = 64 * 1024  # bytes à espera de escrita, antes de parar de pôr mais
MAIOR_LEITURA = 64 * 1024

# O que `connect_ex` diz de uma ligação que se completa depois; 0, já completa.
LIGANDO_AINDA = {0, errno.EINPROGRESS, errno.EWOULDBLOCK}

# SO_LINGER ligado e com prazo zero; no Windows são dois números de 16 bits.
FECHAR_COM_RST = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Estado(enum.Enum):
    LIGANDO = enum.auto()
    CUMPRIMENTO = enum.auto()
    CONVERSA = enum.auto()  # e despedida
    FECHANDO = enum.auto()  # recusada: só se espera o fim


class Ligacao:
    """Uma conexão: o socket, o que se leu dele e o que falta escrever."""

    def __init__(self, tomada, estado):
        agora = time.monotonic()
        self.tomada = tomada
        self.estado = estado
        self.aberta_em = agora
        self.entrada = Desenquadrador()
        self.quadro_desde = None  # quando começou o quadro incompleto
        self.saida = bytearray()
        self.escrita_desde = None  # desde quando a saída não anda
        self.proximo_dito = None  # o `proximo` do OLÁ que mandei aqui
        self.ola = None  # o OLÁ que recebi aqui
        self.fecha_em = None
        # Daqui em diante, só da conversa.
        self.adotada_em = None
        self.anterior = None  # quem esteve na conversa de antes desta
        self.anunciada = False  # se a pessoa já sabe dela
        self.ouvi_em = agora
        self.ping_em = None
        self.desconfio_ate = None
        self.pong_devido = None
        self.devo_confirmar = False
        self.a_mandar = 0  # o número do próximo item que vai por aqui
        self.disse_tchau = False
        self.ouvi_tchau = False
        self.respondi_tchau = False
        self.progresso_em = agora

    def dizer(self, mensagem):
        if not self.saida:
            self.escrita_desde = time.monotonic()
        self.saida += escrever_quadro(mensagem)


def endereco_ip(texto):
    """O IP, com `::ffff:192.0.2.1` tratado como o IPv4 que é."""
    ip = ipaddress.ip_address(texto.partition("%")[0])
    return getattr(ip, "ipv4_mapped", None) or ip


class Tcp:
    def __init__(self, opcoes, itens, tela, seletor):
        self.ip = endereco_ip(opcoes.ip)
        self.outro_endereco = (str(self.ip), opcoes.porta)
        self.nome = opcoes.nome.encode()
        self.so_ouvir = opcoes.so_ouvir
        self.derrubar_a_cada = opcoes.derrubar_a_cada
        self.itens = itens
        self.tela = tela
        self.seletor = seletor
        self.sessao = secrets.randbits(64) or 1
        self.ouvido = None  # quem está, ou esteve por último, na conversa
        self.conversa = None  # a ligação adotada
        self.tentativa = None  # a que estou fazendo
        self.ligacoes = set()
        self.pausa = PRIMEIRA_PAUSA
        self.ligar_em = time.monotonic()
        self.curtas_seguidas = 0
        self.ocupados_seguidos = 0
        self.outro_saiu = False
        self.tudo_chegou = True  # o que não chega fica em `itens`
        familia = socket.AF_INET if self.ip.version == 4 else socket.AF_INET6
        todos = "0.0.0.0" if self.ip.version == 4 else "::"
        host = str(self.ip) if self.ip.is_loopback else todos
        self.escuta = socket.create_server((host, opcoes.porta_local), family=familia)
        self.escuta.setblocking(False)
        seletor.register(self.escuta, selectors.EVENT_READ, self.atender_escuta)

    def endereco_local(self):
        return self.escuta.getsockname()

    # O laço de chat.py chama estes três, nesta ordem, a cada volta.

    def prazos(self):
        """Cada instante em que algo tem de ser feito, e o que é."""
        if self.pode_ligar():
            yield self.ligar_em, self.ligar
        for ligacao in list(self.ligacoes):
            for instante, acao, *argumentos in self.prazos_de(ligacao):
                yield instante, functools.partial(acao, ligacao, *argumentos)

    def continuar(self):
        """Diz tudo que já se pode dizer, e escreve quanto o outro aceitar."""
        if self.conversa:
            self.falar(self.conversa)
        for ligacao in list(self.ligacoes):
            if ligacao.estado is not Estado.LIGANDO:
                self.escrever(ligacao)

    def acabou(self):
        """Se já se pode sair: ninguém na linha, e mais nada a dizer ou a ouvir."""
        if self.conversa or self.fechando():
            return False
        return self.itens.acabaram() or (self.so_ouvir and self.outro_saiu)

    def em_conversa(self):
        return self.conversa is not None

    def fechando(self):
        return [uma for uma in self.ligacoes if uma.estado is Estado.FECHANDO]

    def em_cumprimento(self):
        """As que aceitei e ainda não são conversa."""
        todas = [uma for uma in self.ligacoes if uma.estado is Estado.CUMPRIMENTO]
        return [uma for uma in todas if uma is not self.tentativa]

    def prazos_de(self, ligacao):
        match ligacao.estado:
            case Estado.LIGANDO:
                yield ligacao.aberta_em + PRAZO_DE_LIGAR, self.fechar
            case Estado.CUMPRIMENTO:
                yield ligacao.aberta_em + PRAZO_DO_CUMPRIMENTO, self.recusar, DEMORA
            case Estado.FECHANDO:
                yield ligacao.fecha_em, self.fechar
            case Estado.CONVERSA:
                yield ligacao.ping_em, self.perguntar
                yield ligacao.ouvi_em + SILENCIO, self.cair, "silêncio demais"
                if ligacao.desconfio_ate:
                    yield ligacao.desconfio_ate, self.cair, "não respondeu"
                if ligacao.quadro_desde:
                    yield ligacao.quadro_desde + QUADRO_INCOMPLETO, self.recusar, DEMORA
                if ligacao.saida:
                    yield ligacao.escrita_desde + ESCRITA_PARADA, self.cair, "não lê"
                if ligacao.disse_tchau or ligacao.respondi_tchau:
                    yield ligacao.progresso_em + DESPEDIDA, self.despedir

    # O começo: escutar, ligar e cumprimentar.

    def pode_ligar(self):
        return not (self.conversa or self.tentativa or self.acabou())

    def ligar(self):
        familia = socket.AF_INET if self.ip.version == 4 else socket.AF_INET6
        tomada = socket.socket(familia, socket.SOCK_STREAM)
        tomada.setblocking(False)
        erro = tomada.connect_ex(self.outro_endereco)
        self.tentativa = self.guardar(tomada, Estado.LIGANDO)
        if erro not in LIGANDO_AINDA:
            self.fechar(self.tentativa)

    def atender_escuta(self, _eventos):
        try:
            tomada, (ip, *_) = self.escuta.accept()
        except OSError:
            return  # quem ligava já desistiu
        tomada.setblocking(False)
        if endereco_ip(ip) != self.ip:
            self.tela.avisar_uma_vez(f"recusei uma conexão de {ip}: não é quem espero")
            if len(self.fechando()) >= MAIS_FECHANDO:
                tomada.close()
            else:
                self.recusar(self.guardar(tomada, Estado.CUMPRIMENTO), ESTRANHO)
        elif len(self.em_cumprimento()) >= MAIS_CUMPRIMENTOS:
            tomada.close()
        else:
            self.cumprimentar(self.guardar(tomada, Estado.CUMPRIMENTO))

    def guardar(self, tomada, estado):
        ligacao = Ligacao(tomada, estado)
        self.ligacoes.add(ligacao)
        self.seletor.register(
            tomada,
            selectors.EVENT_WRITE if estado is Estado.LIGANDO else selectors.EVENT_READ,
            lambda eventos: self.atender(ligacao, eventos),
        )
        return ligacao

    def cumprimentar(self, ligacao):
        """Manda o meu OLÁ, sem esperar o do outro."""
        try:
            tomada = ligacao.tomada
            falando_sozinho = tomada.getsockname() == tomada.getpeername()
            tomada.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:  # o outro já fechou
            falando_sozinho = True
        if falando_sozinho:
            self.fechar(ligacao)
            return
        ligacao.estado = Estado.CUMPRIMENTO
        ligacao.aberta_em = time.monotonic()
        ligacao.proximo_dito = self.itens.primeiro
        conhecida = self.ouvido.sessao if self.ouvido else 0
        recebidos = self.ouvido.esperado if self.ouvido else 0
        ligacao.dizer(
            Ola(
                VERSAO,
                MODOS["tcp"],
                self.sessao,
                conhecida,
                recebidos,
                ligacao.proximo_dito,
                self.nome,
            )
        )

    def atender(self, ligacao, eventos):
        """O socket está pronto: a ligação se completou, ou há o que ler."""
        if ligacao not in self.ligacoes:
            return  # foi fechada nesta mesma volta do laço
        if ligacao.estado is Estado.LIGANDO:
            if ligacao.tomada.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self.fechar(ligacao)
            else:
                self.cumprimentar(ligacao)
        elif eventos & selectors.EVENT_READ:
            self.ler(ligacao)

    def ler(self, ligacao):
        try:
            lidos = ligacao.tomada.recv(MAIOR_LEITURA)
        except BlockingIOError:
            return
        except OSError:
            lidos = b""
        if not lidos:
            self.ouvir_o_fim(ligacao)
        elif ligacao.estado is not Estado.FECHANDO:
            ligacao.ouvi_em = time.monotonic()
            ligacao.desconfio_ate = None
            self.interpretar(ligacao, lidos)

    def interpretar(self, ligacao, lidos):
        quadros = 0
        try:
            for corpo in ligacao.entrada.corpos(lidos):
                quadros += 1
                self.receber(ligacao, ler_corpo(corpo))
                if ligacao not in self.ligacoes or ligacao.estado is Estado.FECHANDO:
                    return
        except OutraVersao:
            # A versão só se olha em um OLÁ; fora da hora, é violação como outra.
            fora_de_hora = ligacao.estado is Estado.CONVERSA or ligacao.ola
            self.recusar(ligacao, LIXO if fora_de_hora else VERSAO_ERRADA)
        except Violacao as violacao:
            self.recusar(ligacao, LIXO, str(violacao))
        if not ligacao.entrada.guardados:
            ligacao.quadro_desde = None
        elif quadros or ligacao.quadro_desde is None:
            ligacao.quadro_desde = ligacao.ouvi_em

    def receber(self, ligacao, mensagem):
        if isinstance(mensagem, Recusa):
            self.ouvir_recusa(ligacao, mensagem)
        elif ligacao.estado is Estado.CONVERSA:
            self.conversar(ligacao, mensagem)
        elif isinstance(mensagem, Ola) and ligacao.ola is None:
            self.conferir_ola(ligacao, mensagem)
        elif isinstance(mensagem, Aceito) and self.espero_aceito(ligacao):
            self.ouvir_aceito(ligacao)
        else:
            raise Violacao("mensagem fora de hora no cumprimento")

    def conferir_ola(self, ligacao, ola):
        if ola.modo != MODOS["tcp"]:
            self.recusar(ligacao, MODO_ERRADO)
        elif ola.sessao == self.sessao:
            self.recusar(ligacao, ESPELHO)
        else:
            ligacao.ola = ola
            self.escolher(ligacao)

    def sou_arbitro(self, ola):
        return self.sessao > ola.sessao

    def espero_aceito(self, ligacao):
        return ligacao.ola is not None and not self.sou_arbitro(ligacao.ola)

    def escolher(self, ligacao):
        """O árbitro aceita ou recusa já; o outro espera pelo ACEITO."""
        if not self.conversa:
            if self.sou_arbitro(ligacao.ola):
                self.adotar(ligacao)
        elif self.sou_arbitro(ligacao.ola) or ligacao.ola.sessao != self.ouvido.sessao:
            self.recusar(ligacao, OCUPADO)
            self.desconfiar(self.conversa)

    def ouvir_aceito(self, ligacao):
        if self.conversa and ligacao.ola.sessao != self.ouvido.sessao:
            self.recusar(ligacao, OCUPADO)
            return
        if self.conversa:  # o árbitro aceitou outra: a antiga morreu para ele
            antiga, self.conversa = self.conversa, None
            self.fechar(antiga)
        self.adotar(ligacao)

    def adotar(self, ligacao):
        self.retomar(ligacao)
        if self.proximo_ficou_velho(ligacao):
            self.fechar(ligacao)
            return
        sou_arbitro = self.sou_arbitro(ligacao.ola)
        if sou_arbitro:
            ligacao.dizer(Aceito())
        self.conversa = ligacao
        if self.tentativa and self.tentativa is not ligacao:
            self.fechar(self.tentativa)
        self.tentativa = None
        ligacao.estado = Estado.CONVERSA
        ligacao.adotada_em = ligacao.ouvi_em = ligacao.progresso_em = time.monotonic()
        ligacao.a_mandar = self.itens.primeiro
        self.itens.descongelar()
        self.perguntar(ligacao)
        ligacao.anterior = self.ouvido
        if not self.ouvido or self.ouvido.sessao != ligacao.ola.sessao:
            self.ouvido = Ouvido(ligacao.ola, self.tela)
        else:
            self.ouvido.continuar(ligacao.ola)
        if not sou_arbitro:
            self.anunciar(ligacao)

    def anunciar(self, ligacao):
        """Há conversa. O árbitro espera, para o dizer, que o outro fale nela."""
        ligacao.anunciada = True
        self.outro_saiu = False
        self.ocupados_seguidos = 0
        self.tela.avisos_dados.clear()
        self.tela.avisar(f"conectado com {self.ouvido.nome}")

    def retomar(self, ligacao):
        """O que o outro, se já me conhecia, diz que mostrou está entregue."""
        if ligacao.ola.conhecida == self.sessao:
            self.itens.confirmar(max(ligacao.ola.recebidos, self.itens.primeiro))

    def proximo_ficou_velho(self, ligacao):
        """Se faltariam itens entre o que ele espera e o primeiro que ainda tenho."""
        espera = ligacao.proximo_dito
        if ligacao.ola.conhecida == self.sessao:
            espera = max(espera, ligacao.ola.recebidos)
        return self.itens.primeiro > espera

    # A conversa.

    def perguntar(self, ligacao):
        ligacao.dizer(Ping(secrets.randbits(64)))
        ligacao.ping_em = time.monotonic() + ENTRE_PINGS

    def desconfiar(self, ligacao):
        if ligacao.desconfio_ate is None:
            self.perguntar(ligacao)
            ligacao.desconfio_ate = time.monotonic() + SILENCIO_COM_DESCONFIANCA

    def conversar(self, ligacao, mensagem):
        if not ligacao.anunciada:
            self.anunciar(ligacao)
        match mensagem:
            case Item():
                self.ouvir_item(ligacao, mensagem)
            case Confirma(recebidos=recebidos):
                if recebidos > self.itens.primeiro:
                    ligacao.progresso_em = time.monotonic()
                self.itens.confirmar(recebidos)
                ligacao.a_mandar = max(ligacao.a_mandar, self.itens.primeiro)
            case Ping(marca=marca):
                ligacao.pong_devido = marca
            case Pong():
                pass
            case Tchau():
                self.ouvir_tchau(ligacao, mensagem)
            case AteLogo():
                if not ligacao.disse_tchau:
                    raise Violacao("ATÉ LOGO que ninguém pediu")
                self.falar(ligacao)  # responde ao TCHAU que possa ter vindo junto
                self.despedir(ligacao)
            case _:
                raise Violacao("mensagem fora de hora na conversa")

    def ouvir_item(self, ligacao, item):
        if ligacao.ouvi_tchau:
            raise Violacao("item depois do TCHAU")
        if item.numero > self.ouvido.esperado:
            raise Violacao("item que salta um número")
        if item.numero == self.ouvido.esperado:
            self.ouvido.mostrar(item)
            self.ouvido.esperado += 1
            self.ouvido.recebidos += 1
            ligacao.progresso_em = time.monotonic()
            if self.derrubar_a_cada and item.numero % self.derrubar_a_cada == 0:
                self.derrubar(ligacao)
        ligacao.devo_confirmar = True

    def ouvir_tchau(self, ligacao, tchau):
        if ligacao.ouvi_tchau or tchau.enviados != self.ouvido.esperado:
            raise Violacao("TCHAU repetido ou com a conta errada")
        ligacao.ouvi_tchau = True
        self.outro_saiu = True
        self.tela.avisar(f"{self.ouvido.nome} saiu")
        self.itens.congelar()

    def falar(self, ligacao):
        """Põe na saída o que já se pode dizer, sem passar muito de 64 KiB."""
        if len(ligacao.saida) < MAIOR_SAIDA:
            if ligacao.pong_devido is not None:
                ligacao.dizer(Pong(ligacao.pong_devido, self.ouvido.recebidos))
                ligacao.pong_devido = None
            if ligacao.devo_confirmar:
                self.tela.descarregar()  # confirmar é dizer que se mostrou
                ligacao.dizer(Confirma(self.ouvido.esperado))
                ligacao.devo_confirmar = False
        while ligacao.a_mandar < self.itens.ate and len(ligacao.saida) < MAIOR_SAIDA:
            ligacao.dizer(self.itens.item(ligacao.a_mandar))
            ligacao.a_mandar += 1
        if ligacao.ouvi_tchau and not ligacao.respondi_tchau:
            if self.itens.primeiro < self.itens.ate:
                return
            ligacao.dizer(AteLogo(self.ouvido.recebidos))
            ligacao.respondi_tchau = True
            ligacao.progresso_em = time.monotonic()
        elif self.itens.acabaram() and not (ligacao.disse_tchau or ligacao.ouvi_tchau):
            ligacao.dizer(Tchau(self.itens.proximo))
            ligacao.disse_tchau = True
            ligacao.progresso_em = time.monotonic()

    def escrever(self, ligacao):
        """Escreve o que o núcleo aceitar agora; depois, só se espera se sobrou."""
        try:
            while ligacao.saida:
                escritos = ligacao.tomada.send(ligacao.saida)
                del ligacao.saida[:escritos]
                ligacao.escrita_desde = time.monotonic()
            if ligacao.estado is Estado.FECHANDO:
                ligacao.tomada.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            pass
        except OSError:
            self.ouvir_o_fim(ligacao)
            return
        eventos = selectors.EVENT_READ | (selectors.EVENT_WRITE if ligacao.saida else 0)
        chave = self.seletor.get_key(ligacao.tomada)
        if chave.events != eventos:
            self.seletor.modify(ligacao.tomada, eventos, chave.data)

    # O fim, de cada jeito.

    def ouvir_o_fim(self, ligacao):
        """O fluxo acabou, ou deu erro."""
        if ligacao is not self.conversa:
            self.fechar(ligacao)
        elif ligacao.disse_tchau or ligacao.ouvi_tchau:
            self.despedir(ligacao)
        else:
            self.cair(ligacao, "a conexão acabou")

    def ouvir_recusa(self, ligacao, recusa):
        ocupado = recusa.motivo == OCUPADO
        self.ocupados_seguidos = self.ocupados_seguidos + 1 if ocupado else 0
        # O primeiro `ocupado` é o normal de duas ligações que se cruzam.
        if self.ocupados_seguidos != 1:
            explicacao = recusa.explicacao.decode() or MOTIVOS[recusa.motivo]
            self.tela.avisar_uma_vez(f"recusado (motivo {recusa.motivo}): {explicacao}")
        self.ouvir_o_fim(ligacao)

    def recusar(self, ligacao, motivo, detalhe=None):
        """Escreve a RECUSA, a última coisa que se diz, e espera para fechar."""
        explicacao = detalhe or MOTIVOS[motivo]
        if motivo not in (OCUPADO, ESTRANHO):
            self.tela.avisar_uma_vez(f"recusei (motivo {motivo}): {explicacao}")
        ligacao.dizer(Recusa(motivo, explicacao.encode()))
        ligacao.estado = Estado.FECHANDO
        ligacao.fecha_em = time.monotonic() + FECHAR
        self.esquecer(ligacao, "recusei o que o outro mandou")

    def derrubar(self, ligacao):
        """Para as provas: fecha com RST, o que se leu por confirmar."""
        ligacao.tomada.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, FECHAR_COM_RST)
        self.cair(ligacao, "derrubei")

    def cair(self, ligacao, motivo):
        self.fechar(ligacao, motivo)

    def despedir(self, ligacao):
        """A conversa acabou bem: o que resta é fechar sem derrubar."""
        ligacao.estado = Estado.FECHANDO
        ligacao.fecha_em = time.monotonic() + FECHAR
        self.esquecer(ligacao, None)

    def fechar(self, ligacao, motivo="fechada"):
        self.esquecer(ligacao, motivo)
        self.ligacoes.discard(ligacao)
        self.seletor.unregister(ligacao.tomada)
        ligacao.tomada.close()

    def esquecer(self, ligacao, motivo):
        """A ligação deixa de ser a conversa ou a tentativa; marca a próxima."""
        if ligacao is self.conversa:
            self.conversa = None
            self.marcar_depois_da_conversa(ligacao)
            caiu = f"a conversa caiu: {motivo}"
            if ligacao.anunciada:
                self.tela.avisar(caiu if motivo else "fim da conversa")
            else:  # o outro não a adotou: não chegou a ser conversa
                self.ouvido = ligacao.anterior
        elif ligacao is self.tentativa:
            self.marcar_ligacao()
        if ligacao is self.tentativa:
            self.tentativa = None

    def marcar_depois_da_conversa(self, ligacao):
        """A pausa volta ao começo, se não é a terceira conversa curta seguida."""
        if not ligacao.anunciada:
            self.marcar_ligacao()
            return
        durou = time.monotonic() - ligacao.adotada_em
        self.curtas_seguidas = self.curtas_seguidas + 1 if durou < CONVERSA_CURTA else 0
        if self.curtas_seguidas < 3:
            self.pausa = PRIMEIRA_PAUSA
        self.marcar_ligacao()

    def marcar_ligacao(self):
        self.ligar_em = time.monotonic() + self.pausa * random.uniform(0.75, 1.25)
        self.pausa = min(self.pausa * 2, MAIOR_PAUSA)
