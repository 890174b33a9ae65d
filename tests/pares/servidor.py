"""Um servidor Python com o protocolo do par, para conversar com o cliente.

Uso: python3 tests/pares/servidor.py [HOST:PORTA]
"""

import socket
import sys

PRAZO = 60  # segundos sem notícia do cliente


def configurar_servidor(host, porta):
    escuta = socket.create_server((host, porta))
    host, porta = escuta.getsockname()
    print(f"Servidor aguardando conexão em {host}:{porta}...", flush=True)
    return escuta


def aceitar_conexao(escuta):
    conexao, (host, porta) = escuta.accept()
    conexao.settimeout(PRAZO)
    print(f"Conectado com: {host}:{porta}", flush=True)
    return conexao


def comunicar_com_cliente(conexao):
    while dados := conexao.recv(1024):
        mensagem = dados.decode()
        print(f"Recebido: {mensagem}", flush=True)
        if mensagem.lower() == "off":
            conexao.sendall("Servidor encerrado.".encode())
            return
        conexao.sendall("Mensagem recebida.".encode())


def principal():
    endereco = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50000"
    host, porta = endereco.rsplit(":", 1)
    with configurar_servidor(host, int(porta)) as escuta:
        with aceitar_conexao(escuta) as conexao:
            comunicar_com_cliente(conexao)


principal()
