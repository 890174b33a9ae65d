"""Manda ao servidor do par uma mensagem maior que o buffer dele.

Uso: python3 tests/pares/partida.py [HOST:PORTA]
"""

import socket
import sys

PRAZO = 60  # segundos à espera de uma resposta


def receber_exatamente(conexao, total):
    dados = b""
    while len(dados) < total:
        pedaco = conexao.recv(total - len(dados))
        if not pedaco:
            raise ConnectionError("o servidor fechou a conexão")
        dados += pedaco
    return dados


endereco = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50000"
host, porta = endereco.rsplit(":", 1)
with socket.create_connection((host, int(porta)), timeout=PRAZO) as conexao:
    # ANCHOR: partida
    mensagem = ("a" * 1023 + "ção").encode()
    conexao.sendall(mensagem)
    print("Enviada: 1 mensagem,", len(mensagem), "bytes")

    for numero in (1, 2):
        resposta = receber_exatamente(conexao, len("Mensagem recebida."))
        print(f"Resposta {numero}:", resposta.decode())
    # ANCHOR_END: partida
