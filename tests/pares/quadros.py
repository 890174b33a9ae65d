"""Um cliente do par consertado (fluxo_certo), em Python: quadros com o tamanho na
frente. Manda cada quadro um byte por vez, e o servidor não nota.

Uso: python3 tests/pares/quadros.py HOST:PORTA
"""

import socket
import sys

MAIOR = 60_000
PRAZO = 10


# ANCHOR: quadros
def mandar(conn, texto):
    corpo = texto.encode()
    for byte in len(corpo).to_bytes(2, "big") + corpo:
        conn.sendall(bytes([byte]))


def receber(conn):
    tamanho = int.from_bytes(ler_exatamente(conn, 2), "big")
    if tamanho > MAIOR:
        raise ValueError(f"um quadro não pode ter {tamanho} bytes")
    return ler_exatamente(conn, tamanho).decode()


def ler_exatamente(conn, quantos):
    dados = b""
    while len(dados) < quantos:
        pedaco = conn.recv(quantos - len(dados))
        if not pedaco:
            raise EOFError("o fluxo acabou no meio de uma mensagem")
        dados += pedaco
    return dados
# ANCHOR_END: quadros


def main():
    host, _, porta = sys.argv[1].rpartition(":")
    with socket.create_connection((host, int(porta)), PRAZO) as conn:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for mensagem in ["oioff", "ação", "", "off"]:
            mandar(conn, mensagem)
            print(f"{mensagem!r}: {receber(conn)}")


main()
