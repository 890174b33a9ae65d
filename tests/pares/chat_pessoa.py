"""O lado da pessoa: o que ela digita, o que ela vê e o que falta entregar."""

import collections
import os
import queue
import socket
import sys
import threading

from chat_mensagens import ACABA, CONTINUA, MAIOR_TEXTO, NOME, Item, Violacao

MAIOR_FILA = 1000  # linhas lidas da entrada, e itens à espera de ir
ESCAPES = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def visivel(texto):
    """`texto` sem nada que mexa no terminal: controles e marcas viram escapes."""
    if texto.isprintable():
        return texto
    return "".join(
        c if c.isprintable() else ESCAPES.get(c, f"\\u{{{ord(c):x}}}") for c in texto
    )


class Tela:
    """A conversa na saída padrão, uma linha por mensagem; o resto nos erros."""

    def __init__(self):
        self.linha_aberta = False
        self.avisos_dados = set()

    def mostrar(self, nome, item):
        """Mostra um texto. A linha que continua fica aberta à espera do resto."""
        if not self.linha_aberta:
            sys.stdout.write(f"{visivel(nome)}: ")
        sys.stdout.write(visivel(item.resto.decode()))
        self.linha_aberta = True
        if item.especie == ACABA:
            self.fechar_linha()

    def fechar_linha(self):
        """Acaba a linha aberta, se o resto dela não vem mais ou não vem já."""
        if self.linha_aberta:
            sys.stdout.write("\n")
            self.linha_aberta = False

    def avisar(self, frase):
        self.fechar_linha()
        sys.stdout.flush()
        print("*", visivel(frase), file=sys.stderr, flush=True)

    def avisar_uma_vez(self, frase):
        """Um mesmo aviso não se repete até a próxima conversa."""
        if frase not in self.avisos_dados and len(self.avisos_dados) < MAIOR_FILA:
            self.avisos_dados.add(frase)
            self.avisar(frase)

    def descarregar(self):
        sys.stdout.flush()


class Teclado:
    """Lê a entrada padrão em uma thread, que acorda o laço a cada linha.

    Uma thread, porque no Windows o `select` só espera por sockets.
    """

    def __init__(self, so_ouvir):
        self.linhas = queue.Queue(MAIOR_FILA)
        self.acabou = False  # quem só ouve não tem entrada, nem o fim dela
        self.despertador, self.campainha = socket.socketpair()
        self.despertador.setblocking(False)
        self.campainha.setblocking(False)
        if not so_ouvir:
            threading.Thread(target=self.ler, daemon=True).start()

    def ler(self):
        resto = b""
        while lidos := os.read(0, 65536):
            *linhas, resto = (resto + lidos).split(b"\n")
            for linha in linhas:
                self.entregar(linha)
        if resto:
            self.entregar(resto)
        self.entregar(None)

    def entregar(self, linha):
        self.linhas.put(linha)
        try:
            self.campainha.send(b"!")
        except BlockingIOError:
            pass  # já há toques de sobra à espera

    def atender(self, _eventos):
        self.despertador.recv(65536)

    def proxima(self):
        """A próxima linha já digitada, ou None se não há."""
        try:
            linha = self.linhas.get_nowait()
        except queue.Empty:
            return None
        if linha is None:
            self.acabou = True
        return linha


class Itens:
    """Os itens que ainda não foram entregues, cada um com o seu número."""

    def __init__(self, teclado):
        self.teclado = teclado
        self.fila = collections.deque()
        self.primeiro = 0  # o número do item mais velho da fila
        self.mandados = 0  # um a mais que o maior número que já foi mandado
        self.limite = None  # o número em que se para, se o outro já disse TCHAU

    @property
    def proximo(self):
        return self.primeiro + len(self.fila)

    @property
    def ate(self):
        """Um a mais que o número do último item que vai nesta conversa."""
        return self.proximo if self.limite is None else self.limite

    def congelar(self):
        """O outro sai: vai só o que já foi digitado, o resto fica para depois."""
        self.puxar(len(self.fila) + 2 * MAIOR_FILA)
        self.limite = self.proximo

    def descongelar(self):
        self.limite = None

    def puxar(self, limite=MAIOR_FILA):
        """Traz da entrada o que já foi digitado, até `limite` itens na fila."""
        while len(self.fila) < limite:
            linha = self.teclado.proxima()
            if linha is None:
                return
            *comeco, fim = cortar(linha)
            for pedaco in comeco:
                self.fila.append(Item(self.proximo, CONTINUA, pedaco))
            self.fila.append(Item(self.proximo, ACABA, fim))

    def item(self, numero):
        self.mandados = max(self.mandados, numero + 1)
        return self.fila[numero - self.primeiro]

    def confirmar(self, recebidos):
        """O outro já mostrou os itens menores que `recebidos`."""
        if recebidos > self.mandados:
            raise Violacao("confirmou o que nunca foi mandado")
        while self.primeiro < recebidos:
            self.fila.popleft()
            self.primeiro += 1

    def acabaram(self):
        """Se não há mais nada para mandar, nem haverá."""
        return self.teclado.acabou and not self.fila


def cortar(linha):
    """Os textos de uma linha, em pedaços de até 1000 bytes, entre caracteres."""
    texto = linha.decode(errors="replace").encode()
    inicio = 0
    while len(texto) - inicio > MAIOR_TEXTO:
        fim = inicio + MAIOR_TEXTO
        while texto[fim] & 0xC0 == 0x80:  # no meio de um caractere
            fim -= 1
        yield texto[inicio:fim]
        inicio = fim
    yield texto[inicio:]


class Ouvido:
    """O que se sabe de quem está do outro lado: sessão, nome e o que já mandou."""

    def __init__(self, ola, tela):
        self.sessao = ola.sessao
        self.nome = ola.nome.decode()
        self.esperado = ola.proximo  # o número do próximo item dela
        self.recebidos = 0  # quantos itens dela já se mostraram
        self.tela = tela

    def continuar(self, ola):
        """A mesma sessão voltou: a contagem não recomeça.

        O `proximo` dela passa do que eu esperava quando, no meio tempo, outro
        programa confirmou itens que eu não vi.
        """
        self.nome = ola.nome.decode()
        self.esperado = max(self.esperado, ola.proximo)

    def mostrar(self, item):
        if item.especie == NOME:
            novo = item.resto.decode()
            self.tela.avisar(f"{self.nome} agora se chama {novo}")
            self.nome = novo
        else:
            self.tela.mostrar(self.nome, item)
