"""A ida e volta de 64 bytes em 127.0.0.1, contra o sockperf, com os dois lados presos à
mesma CPU.

O sockperf diz metade da ida e volta se não se pede `--full-rtt`. Ele roda em um
computador de mentira só dele, como o `medir`: o 127.0.0.1 de um e o do outro são iguais.
"""

import csv
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from medidas import alternar, comparar, resumo
from rede import Host

BYTES = 64
PORTA = 11111
ALVO = "até 1,05"


class Sockperf:
    """O servidor de um protocolo, que fica no ar, e um cliente a cada rodada."""

    def __init__(self, protocolo, cpu):
        self.host = Host(["unshare", "--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child", "cat"])
        self.host.rodar("ip link set lo up")
        self.base = ["taskset", "--cpu-list", str(cpu), "sockperf"]
        self.comuns = ["-i", "127.0.0.1", "-p", str(PORTA), *(["--tcp"] if protocolo == "tcp" else [])]
        # Em um cano ele só mostraria que está pronto ao acabar.
        servidor = ["stdbuf", "-oL", *self.base, "server", *self.comuns]
        self.servidor = self.host.abrir(*servidor, stdout=subprocess.PIPE, text=True)
        for linha in self.servidor.stdout:
            if "to block on socket" in linha:
                return
        sys.exit("o sockperf não começou: está instalado?")

    def p50(self, _rodada):
        """Em microssegundos."""
        cliente = self.host.comando(
            *self.base, "ping-pong", *self.comuns, "-m", BYTES, "-t", 1, "--full-rtt", processos=True
        )
        saida = subprocess.run(cliente, capture_output=True, text=True, timeout=60)
        achado = re.search(r"percentile 50\.0+ *= *([\d.]+)", saida.stdout)
        if not achado:
            sys.exit(f"o sockperf não disse a mediana:\n{saida.stdout}{saida.stderr}")
        return float(achado[1])

    def fechar(self):
        self.servidor.terminate()
        self.servidor.wait()
        self.host.vida.communicate()


def nossos(programa, pasta, rodada):
    """O p50 de cada protocolo, em microssegundos."""
    resultados = Path(pasta, str(rodada))
    subprocess.run(
        [programa, "ida-e-volta", "--rodadas", "1", "--tamanho", str(BYTES), "--resultados", resultados],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with open(resultados / "ida-e-volta.csv", newline="") as arquivo:
        linhas = [l for l in csv.DictReader(arquivo) if (l["lugar"], l["cpus"]) == ("loopback", "juntas")]
    return {linha["protocolo"]: float(linha["p50_us"]) for linha in linhas}


def medir(programa, rodadas):
    # A mesma que o `medir` escolhe.
    cpu = max(os.sched_getaffinity(0))
    pares = {protocolo: Sockperf(protocolo, cpu) for protocolo in ("tcp", "udp")}
    with tempfile.TemporaryDirectory() as pasta:
        valores = alternar(
            rodadas,
            lambda rodada: nossos(programa, pasta, rodada),
            pares["tcp"].p50,
            pares["udp"].p50,
        )
    for protocolo, outros in zip(pares, valores[1:]):
        meus = [rodada[protocolo] for rodada in valores[0]]
        print(f"ida e volta de {BYTES} bytes por {protocolo.upper()}, em 127.0.0.1, tudo na CPU {cpu}: p50")
        print(f"  medir: {resumo(meus, 'µs')}")
        print(f"  sockperf: {resumo(outros, 'µs')}")
        comparar(meus, outros, "sockperf", ALVO, quem="medir")
        pares[protocolo].fechar()
