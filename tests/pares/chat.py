"""A segunda implementação do chat, em Python, escrita só com o capítulo na mão.

Cada lado abre o seu, com o endereço do outro, em qualquer ordem:

    python3 tests/pares/chat.py --ip 192.0.2.2 --nome Ana
    python3 tests/pares/chat.py --ip 192.0.2.1 --nome Bia

| arquivo | ideia |
| --- | --- |
| chat_mensagens.py | as mensagens, os quadros e os datagramas, byte a byte |
| chat_pessoa.py | o que a pessoa digita e vê, e o que falta entregar a ela |
| chat_tcp.py | o modo tcp |
| chat_udp.py | os modos udp e udp-confiavel |
| chat_segmentos.py | a entrega confiável do udp-confiavel |

Precisa do Python 3.10, e de mais nada.
"""

import argparse
import ipaddress
import selectors
import sys
import time

from chat_mensagens import MAIOR_NOME, MODOS
from chat_pessoa import Itens, Tela, Teclado
from chat_tcp import Tcp
from chat_udp import Udp

PORTA = 50000
ESPERA = 60  # segundos


def ler_opcoes():
    opcoes = argparse.ArgumentParser(description="Chat entre dois computadores.")
    opcoes.add_argument("--ip", required=True, type=ip, help="o IP do outro")
    opcoes.add_argument("--porta", type=int, default=PORTA, help="a porta do outro")
    opcoes.add_argument("--porta-local", type=int, help="a minha (0: qualquer uma)")
    opcoes.add_argument("--protocolo", choices=MODOS, default="tcp")
    opcoes.add_argument("--nome", type=nome, default="Python")
    opcoes.add_argument("--so-ouvir", action="store_true", help="não lê a entrada")
    opcoes.add_argument(
        "--derrubar-a-cada",
        type=int,
        metavar="ITENS",
        help="para as provas, em tcp: derruba a conexão a cada tantos recebidos",
    )
    opcoes.add_argument(
        "--espera",
        type=float,
        default=ESPERA,
        help="depois do fim da entrada, segundos sem conversa até desistir",
    )
    lidas = opcoes.parse_args()
    if lidas.porta_local is None:
        lidas.porta_local = lidas.porta
    return lidas


def ip(texto):
    return str(ipaddress.ip_address(texto))


def nome(texto):
    if not 1 <= len(texto.encode()) <= MAIOR_NOME:
        raise argparse.ArgumentTypeError(f"o nome tem de 1 a {MAIOR_NOME} bytes")
    return texto


def conversar(transporte, seletor, itens, tela, espera):
    """O laço: espera algo acontecer, cuida disso, e diz o que houver a dizer."""
    com_quem_falar_em = time.monotonic()
    while True:
        itens.puxar()
        transporte.continuar()
        tela.descarregar()
        if transporte.acabou():
            return
        agora = time.monotonic()
        if not itens.teclado.acabou or transporte.em_conversa():
            com_quem_falar_em = agora
        elif agora >= com_quem_falar_em + espera:
            return
        instantes = [instante for instante, _ in transporte.prazos()]
        acordar_em = min(instantes, default=com_quem_falar_em + espera)
        for chave, eventos in seletor.select(max(0, acordar_em - agora)):
            chave.data(eventos)
        cumprir_prazos(transporte)


def cumprir_prazos(transporte):
    """Faz o que já está na hora. Cada ação muda os prazos: olham-se de novo."""
    agora = time.monotonic()

    def vencidos():
        return (acao for instante, acao in transporte.prazos() if instante <= agora)

    while acao := next(vencidos(), None):
        acao()


def contar_o_que_sobrou(itens, tela):
    for item in itens.fila:
        tela.avisar(f"não foi entregue: {item.resto.decode()}")


def principal():
    opcoes = ler_opcoes()
    for saida in (sys.stdout, sys.stderr):
        saida.reconfigure(encoding="utf-8", newline="\n")
    tela = Tela()
    teclado = Teclado(opcoes.so_ouvir)
    itens = Itens(teclado)
    with selectors.DefaultSelector() as seletor:
        seletor.register(teclado.despertador, selectors.EVENT_READ, teclado.atender)
        transporte = (Tcp if opcoes.protocolo == "tcp" else Udp)(
            opcoes, itens, tela, seletor
        )
        host, porta = transporte.endereco_local()[:2]
        tela.avisar(f"escutando em {f'[{host}]' if ':' in host else host}:{porta}")
        conversar(transporte, seletor, itens, tela, opcoes.espera)
    contar_o_que_sobrou(itens, tela)
    return 0 if transporte.tudo_chegou and not itens.fila else 1


if __name__ == "__main__":
    try:
        sys.exit(principal())
    except KeyboardInterrupt:
        sys.exit(130)
