"""Duas mensagens, dois sendall, um recv: o fluxo não guarda a fronteira.

Uso: python3 tests/pares/coladas.py
"""

import socket

# ANCHOR: coladas
servidor = socket.create_server(("127.0.0.1", 0))
cliente = socket.create_connection(servidor.getsockname())
# Sem isto, o sistema pode segurar o segundo envio à espera de companhia.
cliente.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

cliente.sendall("oi".encode())  # o servidor ainda está ocupado...
cliente.sendall("off".encode())

conexao, _ = servidor.accept()  # ...e só agora vem atender
print("Recebido:", conexao.recv(1024).decode())
# ANCHOR_END: coladas
