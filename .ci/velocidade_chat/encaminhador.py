"""O caminho entre dois computadores: atrasa cada pacote e perde alguns, por sorteio.

Roda em um terceiro computador, com um cabo para cada lado, e passa os quadros inteiros
de um ao outro (`packet(7)`), sem olhar o que levam: o TCP dos dois lados conversa um com
o outro, e não conosco. Anda enquanto a entrada padrão estiver aberta; no fim, mostra as
contas em JSON.

    python3 encaminhador.py SEMENTE PERDA_EM_MILÉSIMOS ATRASO_EM_MS CABO CABO
"""

import gc
import heapq
import json
import random
import select
import socket
import statistics
import struct
import sys
import time

SOL_PACKET, PACKET_STATISTICS, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 6, 15, 23
SO_TIMESTAMPNS = 35
TODOS_OS_PROTOCOLOS = 3
# O `virtio_net_hdr`, que vem na frente de cada quadro e volta com ele: é onde o sistema
# diz que a soma de verificação ainda não foi feita. Sem ele seria preciso desligar os
# offloads dos cabos.
CABECALHO = 10
IPV4 = b"\x08\x00"
NANOSSEGUNDOS = 10**9


def abrir(cabo):
    """Um socket que ouve e manda quadros por este cabo."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    s.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    s.bind((cabo, TODOS_OS_PROTOCOLOS))
    s.setblocking(False)
    return s


def receber(s):
    """Um quadro e quando o sistema o recebeu, em nanossegundos."""
    quadro, recado, _, _ = s.recvmsg(65536 + CABECALHO, 64)
    segundos, nanossegundos = struct.unpack("qq", recado[0][2][:16])
    return quadro, segundos * NANOSSEGUNDOS + nanossegundos


def encaminhar(semente, perda, atraso, cabos):
    """Passa quadros até que a entrada padrão acabe. Devolve as contas."""
    sorteio = random.Random(semente)
    sockets = [abrir(cabo) for cabo in cabos]
    destino = {sockets[0]: sockets[1], sockets[1]: sockets[0]}
    contas = {"encaminhados": 0, "perdidos": 0, "sem_lugar": 0, "grandes": 0}
    esperas, fila, ordem = [], [], 0
    print("pronto", flush=True)
    while True:
        agora = time.time_ns()
        while fila and fila[0][0] <= agora:
            _, _, chegou, quadro, para = heapq.heappop(fila)
            para.send(quadro)
            contas["encaminhados"] += 1
            esperas.append(time.time_ns() - chegou)
        prazo = max(0, fila[0][0] - time.time_ns()) / NANOSSEGUNDOS if fila else None
        prontos, _, _ = select.select([*sockets, sys.stdin], [], [], prazo)
        if sys.stdin in prontos:
            break
        for s in prontos:
            try:
                while True:
                    quadro, chegou = receber(s)
                    ip = quadro[CABECALHO + 12 : CABECALHO + 14] == IPV4
                    contas["grandes"] += len(quadro) > CABECALHO + 14 + 1500
                    # Só o IP se perde: sem a resposta do ARP, a espera seria outra.
                    if ip and sorteio.random() < perda:
                        contas["perdidos"] += 1
                        continue
                    ordem += 1
                    heapq.heappush(fila, (chegou + atraso, ordem, chegou, quadro, destino[s]))
            except BlockingIOError:
                pass
    for s in sockets:
        estatisticas = s.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
        contas["sem_lugar"] += struct.unpack("II", estatisticas)[1]
    contas["atraso_ms"] = statistics.median(esperas) / 1e6 if esperas else 0
    return contas


if __name__ == "__main__":
    gc.disable()
    semente, milesimos, ms, *cabos = sys.argv[1:]
    atraso = int(float(ms) * NANOSSEGUNDOS / 1000)
    print(json.dumps(encaminhar(int(semente), float(milesimos) / 1000, atraso, cabos)))
