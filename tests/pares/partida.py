"""Manda ao servidor do par uma mensagem maior que o buffer dele, depois `off`.

Uso: python3 tests/pares/partida.py [HOST:PORTA]
"""

import socket
import sys

PRAZO = 60  # segundos à espera de uma resposta
TAMANHO = len("Mensagem recebida.")


def ler_resposta(conexao):
    """Lê exatamente uma resposta, mesmo que duas tenham chegado coladas."""
    resposta = b""
    while len(resposta) < TAMANHO:
        pedaco = conexao.recv(TAMANHO - len(resposta))
        if not pedaco:
            raise ConnectionError("o servidor fechou a conexão")
        resposta += pedaco
    return resposta.decode()


endereco = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50000"
host, porta = endereco.rsplit(":", 1)
with socket.create_connection((host, int(porta)), timeout=PRAZO) as conexao:
    # ANCHOR: partida
    mensagem = ("a" * 1023 + "ção").encode()
    conexao.sendall(mensagem)
    print("Enviei", len(mensagem), "bytes. Resposta:", ler_resposta(conexao))

    # Espera a segunda resposta chegar, sem a tirar do buffer.
    conexao.recv(1, socket.MSG_PEEK)

    conexao.sendall("off".encode())
    print("Enviei off. Resposta:", ler_resposta(conexao))
    print("Ficou no buffer:", conexao.recv(1024).decode())
    # ANCHOR_END: partida
