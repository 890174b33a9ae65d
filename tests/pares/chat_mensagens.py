"""As mensagens do chat e os seus bytes, em quadros TCP e em datagramas UDP.

O que há aqui saiu do capítulo “O protocolo, antes do código”, e só dele.
"""

import struct
from typing import NamedTuple

VERSAO = 1
MODOS = {"tcp": 1, "udp": 2, "udp-confiavel": 3}

MAIOR_NOME = 96  # bytes
MAIOR_TEXTO = 1000
MAIOR_CORPO_EM_TCP = 1100
MAIOR_DATAGRAMA = 1200
MAIOR_CARGA = 1180
MAIOR_JANELA = 256  # segmentos

ACABA, CONTINUA, NOME = range(3)  # as espécies de item

VERSAO_ERRADA, ESTRANHO, OCUPADO, LIXO, MODO_ERRADO, ESPELHO, DEMORA = range(1, 8)
MOTIVOS = {
    VERSAO_ERRADA: "um lado fala uma versão do protocolo que o outro não fala",
    ESTRANHO: "quem ligou não é quem se esperava",
    OCUPADO: "já há uma conversa",
    LIXO: "chegou algo fora do protocolo",
    MODO_ERRADO: "os dois lados abriram em modos diferentes",
    ESPELHO: "o programa ligou para ele mesmo",
    DEMORA: "a mensagem demorou demais a acabar",
}

MAGIA = b"SK"
CABECALHO = struct.Struct(">2sBQ")  # magia, versao, conversa
TIPO_RECUSA = 3


class Violacao(Exception):
    """Bytes que o protocolo não permite."""


class OutraVersao(Exception):
    """Um OLÁ, ou um datagrama, de uma versão que este programa não fala."""


class Ola(NamedTuple):
    versao: int
    modo: int
    sessao: int
    conhecida: int
    recebidos: int
    proximo: int
    nome: bytes


class Aceito(NamedTuple):
    pass


class Recusa(NamedTuple):
    motivo: int
    explicacao: bytes


class Item(NamedTuple):
    numero: int
    especie: int
    resto: bytes


class Confirma(NamedTuple):
    recebidos: int


class Ping(NamedTuple):
    marca: int


class Pong(NamedTuple):
    marca: int
    recebidos: int


class Tchau(NamedTuple):
    enviados: int


class AteLogo(NamedTuple):
    recebidos: int


class Segmento(NamedTuple):
    numero: int
    carga: bytes


class Recibo(NamedTuple):
    proximo: int
    janela: int
    mapa: bytes


class Formato(NamedTuple):
    """Como se escreve um tipo: os números e, no fim, de tantos a tantos bytes."""

    classe: type
    numeros: struct.Struct
    menor_resto: int = 0
    maior_resto: int = 0


FORMATOS = {
    1: Formato(Ola, struct.Struct(">BBQQQQ"), 1, MAIOR_NOME),
    2: Formato(Aceito, struct.Struct(">")),
    3: Formato(Recusa, struct.Struct(">B"), 0, 200),
    4: Formato(Item, struct.Struct(">QB"), 0, MAIOR_TEXTO),
    5: Formato(Confirma, struct.Struct(">Q")),
    6: Formato(Ping, struct.Struct(">Q")),
    7: Formato(Pong, struct.Struct(">QQ")),
    8: Formato(Tchau, struct.Struct(">Q")),
    9: Formato(AteLogo, struct.Struct(">Q")),
    10: Formato(Segmento, struct.Struct(">Q"), 0, MAIOR_CARGA),
    11: Formato(Recibo, struct.Struct(">QH"), 0, 32),
}
TIPOS = {formato.classe: tipo for tipo, formato in FORMATOS.items()}


def escrever_corpo(mensagem):
    tipo = TIPOS[type(mensagem)]
    formato = FORMATOS[tipo]
    campos = list(mensagem)
    resto = campos.pop() if formato.maior_resto else b""
    return bytes([tipo]) + formato.numeros.pack(*campos) + resto


def ler_corpo(corpo):
    """A mensagem que há em `corpo`; Violacao ou OutraVersao se não serve."""
    if corpo[:1] == b"\1" and len(corpo) >= 2 and corpo[1] != VERSAO:
        raise OutraVersao(corpo[1])
    formato = FORMATOS.get(corpo[0]) if corpo else None
    if formato is None:
        raise Violacao("tipo desconhecido")
    inicio_do_resto = 1 + formato.numeros.size
    tamanho_do_resto = len(corpo) - inicio_do_resto
    if not formato.menor_resto <= tamanho_do_resto <= formato.maior_resto:
        raise Violacao("comprimento que não serve ao tipo")
    campos = formato.numeros.unpack(corpo[1:inicio_do_resto])
    if formato.maior_resto:
        campos += (corpo[inicio_do_resto:],)
    mensagem = formato.classe(*campos)
    conferir(mensagem)
    return mensagem


def conferir(mensagem):
    """O que a tabela de tamanhos não diz: valores impossíveis e textos ruins."""
    match mensagem:
        case Ola():
            if mensagem.modo not in MODOS.values() or mensagem.sessao == 0:
                raise Violacao("modo ou sessão impossível")
            conferir_texto(mensagem.nome)
        case Recusa():
            if mensagem.motivo not in MOTIVOS:
                raise Violacao("motivo impossível")
            conferir_texto(mensagem.explicacao)
        case Item(especie=especie, resto=resto):
            if especie not in (ACABA, CONTINUA, NOME):
                raise Violacao("espécie impossível")
            if especie == NOME and not 1 <= len(resto) <= MAIOR_NOME:
                raise Violacao("nome vazio ou comprido")
            if especie != NOME and b"\n" in resto:
                raise Violacao("quebra de linha no texto")
            conferir_texto(resto)


def conferir_texto(texto):
    try:
        texto.decode()
    except UnicodeDecodeError as erro:
        raise Violacao("texto que não é UTF-8") from erro


def escrever_quadro(mensagem):
    corpo = escrever_corpo(mensagem)
    return struct.pack(">H", len(corpo)) + corpo


class Desenquadrador:
    """Junta os bytes que vêm do TCP e tira deles os corpos inteiros."""

    def __init__(self):
        self.guardados = bytearray()

    def corpos(self, bytes_lidos):
        """Um corpo por vez. O tamanho impossível é visto no segundo byte dele."""
        self.guardados += bytes_lidos
        inicio = 0
        try:
            while len(self.guardados) - inicio >= 2:
                (tamanho,) = struct.unpack_from(">H", self.guardados, inicio)
                if not 1 <= tamanho <= MAIOR_CORPO_EM_TCP:
                    raise Violacao("tamanho de quadro impossível")
                if len(self.guardados) - inicio < 2 + tamanho:
                    break
                corpo = bytes(self.guardados[inicio + 2 : inicio + 2 + tamanho])
                inicio += 2 + tamanho
                yield corpo
        finally:
            del self.guardados[:inicio]


def escrever_datagrama(conversa, mensagem):
    return CABECALHO.pack(MAGIA, VERSAO, conversa) + escrever_corpo(mensagem)


def ler_datagrama(datagrama):
    """A conversa e a mensagem; Violacao ou OutraVersao se o datagrama não serve."""
    if not datagrama.startswith(MAGIA) or len(datagrama) > MAIOR_DATAGRAMA:
        raise Violacao("não é um datagrama do chat")
    # Uma RECUSA se entende em qualquer versão; do resto, só se olha o número dela.
    recusa = datagrama[CABECALHO.size : CABECALHO.size + 1] == bytes([TIPO_RECUSA])
    if len(datagrama) >= 3 and datagrama[2] != VERSAO and not recusa:
        raise OutraVersao(datagrama[2])
    if len(datagrama) <= CABECALHO.size:
        raise Violacao("datagrama curto")
    _, _, conversa = CABECALHO.unpack_from(datagrama)
    mensagem = ler_corpo(datagrama[CABECALHO.size :])
    if conversa != 0 and isinstance(mensagem, (Ola, Recusa)):
        raise Violacao("OLÁ ou RECUSA com conversa")
    return conversa, mensagem


def ler_carga(carga):
    """Os itens de um segmento: quadros inteiros, e só de ITEM."""
    quadros = Desenquadrador()
    itens = [ler_corpo(corpo) for corpo in quadros.corpos(carga)]
    if quadros.guardados or not all(isinstance(item, Item) for item in itens):
        raise Violacao("segmento com mais do que itens inteiros")
    return itens
