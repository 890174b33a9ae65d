"""Um cliente Python com o protocolo do par, para conversar com o servidor.

Uso: python3 tests/pares/cliente.py [HOST:PORTA]
"""

import socket
import sys

PRAZO = 60  # segundos à espera de uma resposta
PERGUNTA = "Digite algo para o servidor (ou 'off' para desconectar): "


def configurar_cliente(host, porta):
    return socket.create_connection((host, porta), timeout=PRAZO)


def comunicar_com_servidor(conexao):
    while True:
        print(PERGUNTA, end="", flush=True)
        linha = sys.stdin.readline()
        if not linha:
            print()
            return
        mensagem = linha.rstrip("\r\n")
        conexao.sendall(mensagem.encode())
        resposta = conexao.recv(1024).decode()
        print(f"Resposta do servidor: {resposta}", flush=True)
        if mensagem.lower() == "off":
            return


def principal():
    endereco = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50000"
    host, porta = endereco.rsplit(":", 1)
    with configurar_cliente(host, int(porta)) as conexao:
        comunicar_com_servidor(conexao)


principal()
