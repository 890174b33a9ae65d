"""Um servidor UDP em Python: cada datagrama é uma mensagem, e tem resposta.

Uso: python3 tests/pares/servidor_udp.py [HOST:PORTA]
"""

import socket
import sys

MAIOR_BUFFER = 65536  # bytes: nenhum datagrama é maior


def configurar_servidor(host, porta):
    servidor = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    servidor.bind((host, porta))
    host, porta = servidor.getsockname()
    print(f"Servidor UDP aguardando em {host}:{porta}...", flush=True)
    return servidor


def atender(servidor):
    while True:
        dados, (host, porta) = servidor.recvfrom(MAIOR_BUFFER)
        mensagem = dados.decode()
        print(f"Recebido de {host}:{porta}: {mensagem}", flush=True)
        if mensagem.lower() == "off":
            servidor.sendto("Servidor encerrado.".encode(), (host, porta))
            return
        servidor.sendto("Mensagem recebida.".encode(), (host, porta))


def principal():
    endereco = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50000"
    host, porta = endereco.rsplit(":", 1)
    with configurar_servidor(host, int(porta)) as servidor:
        atender(servidor)


principal()
