"""Um cliente UDP em Python: um datagrama por linha, uma resposta por datagrama.

Uso: python3 tests/pares/cliente_udp.py [HOST:PORTA]
"""

import socket
import sys

PRAZO = 10  # segundos à espera de uma resposta
MAIOR_BUFFER = 65536  # bytes: nenhum datagrama é maior
PERGUNTA = "Digite algo para o servidor (ou 'off' para desconectar): "


def comunicar_com_servidor(cliente, servidor):
    while True:
        print(PERGUNTA, end="", flush=True)
        linha = sys.stdin.readline()
        if not linha:
            print()
            return
        mensagem = linha.rstrip("\r\n")
        cliente.sendto(mensagem.encode(), servidor)
        resposta, _ = cliente.recvfrom(MAIOR_BUFFER)
        print(f"Resposta do servidor: {resposta.decode()}", flush=True)
        if mensagem.lower() == "off":
            return


def principal():
    endereco = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50000"
    host, porta = endereco.rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as cliente:
        cliente.settimeout(PRAZO)
        comunicar_com_servidor(cliente, (host, int(porta)))


principal()
