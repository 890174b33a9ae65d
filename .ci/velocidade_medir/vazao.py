"""Os bits por segundo que chegam, contra o iperf3: TCP, e datagramas de 1400 bytes.

Os dois em 127.0.0.1, com as CPUs livres e o mesmo controle de congestionamento. O iperf3
roda em um computador de mentira só dele, como o `medir`. Pelo caminho emulado, o TCP do
`medir` tem uma meta absoluta.
"""

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from medidas import alternar, comparar, resumo
from rede import Host

SEGUNDOS = 2
CONTROLE = "cubic"
DATAGRAMA = 1400
GIGABIT = 1000
ALVOS = {"tcp": "no mínimo 0,95", "udp": "no mínimo 1"}


class Iperf3:
    """Um servidor que fica no ar, e um cliente a cada rodada."""

    def __init__(self):
        self.host = Host(["unshare", "--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child", "cat"])
        self.host.rodar("ip link set lo up")
        servidor = ["iperf3", "--server", "--forceflush"]
        self.servidor = self.host.abrir(*servidor, stdout=subprocess.PIPE, text=True)
        for linha in self.servidor.stdout:
            if "Server listening" in linha:
                return
        sys.exit("o iperf3 não começou: está instalado?")

    def mbits(self, *opcoes):
        """O que o servidor leu, em Mbit/s."""
        comum = ["iperf3", "--client", "127.0.0.1", "--json", "--time", SEGUNDOS]
        cliente = self.host.comando(*comum, *opcoes, processos=True)
        saida = subprocess.run(cliente, capture_output=True, text=True, timeout=60)
        relato = json.loads(saida.stdout)
        if "error" in relato:
            sys.exit(f"o iperf3 não mediu: {relato['error']}")
        recebido = relato["end"]["sum_received"]
        return recebido["bytes"] * 8 / recebido["seconds"] / 1e6

    def tcp(self, _rodada):
        return self.mbits("--congestion", CONTROLE, "--omit", 1)

    def udp(self, _rodada):
        # Com `--omit`, o iperf3 se engana na conta do que se perdeu.
        return self.mbits("--udp", "--bitrate", 0, "--length", DATAGRAMA)

    def fechar(self):
        self.servidor.terminate()
        self.servidor.wait()
        self.host.vida.communicate()


def nossos(programa, pasta, rodada):
    """Os Mbit/s de cada lugar e protocolo."""
    resultados = Path(pasta, str(rodada))
    subprocess.run(
        [programa, "teto", "--rodadas", "1", "--segundos", str(SEGUNDOS), "--resultados", resultados],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with open(resultados / "teto.csv", newline="") as arquivo:
        linhas = list(csv.DictReader(arquivo))
    assert not any(linha["ressalva"] for linha in linhas), linhas
    return {(linha["lugar"], linha["protocolo"]): float(linha["vazao_mbits"]) for linha in linhas}


def medir(programa, rodadas):
    iperf3 = Iperf3()
    with tempfile.TemporaryDirectory() as pasta:
        todos, *outros = alternar(
            rodadas,
            lambda rodada: nossos(programa, pasta, rodada),
            iperf3.tcp,
            iperf3.udp,
        )
    iperf3.fechar()
    for protocolo, deles in zip(("tcp", "udp"), outros):
        meus = [rodada["loopback", protocolo] for rodada in todos]
        tipo = f"TCP {CONTROLE}" if protocolo == "tcp" else f"UDP, datagramas de {DATAGRAMA} bytes"
        print(f"{tipo}, em 127.0.0.1, o que se recebeu")
        print(f"  medir: {resumo(meus, 'Mbit/s')}")
        print(f"  iperf3: {resumo(deles, 'Mbit/s')}")
        comparar(meus, deles, "iperf3", ALVOS[protocolo], quem="medir")
    pelo_caminho = [rodada["caminho", "tcp"] for rodada in todos]
    print(f"TCP {CONTROLE} pelo caminho emulado, sem atraso; alvo: no mínimo {GIGABIT} Mbit/s")
    print(f"  medir: {resumo(pelo_caminho, 'Mbit/s')}")
