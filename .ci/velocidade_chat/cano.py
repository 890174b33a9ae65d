"""1 000 000 de linhas curtas por um cano, em TCP, e a memória de quem as leva; e o nc."""

import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from medidas import alternar, comparar, resumo

LINHAS = 1_000_000
PRAZO = 120


def porta_livre():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Memoria(threading.Thread):
    """O pico de memória residente de um processo (VmHWM), olhado até ele acabar: só os
    últimos milissegundos ficam de fora. O `ru_maxrss` contaria a de quem o abriu."""

    def __init__(self, processo):
        super().__init__(daemon=True)
        self.processo, self.kib = processo, 0
        self.start()

    def run(self):
        while self.processo.poll() is None:
            try:
                texto = Path(f"/proc/{self.processo.pid}/status").read_text()
            except OSError:
                return
            for linha in texto.splitlines():
                if linha.startswith("VmHWM:"):
                    self.kib = int(linha.split()[1])
            time.sleep(0.002)


def levar(receber, mandar, entrada, saida, medir_memoria):
    """Segundos entre abrir quem manda e o fim dos dois, e o pico de memória de cada um."""
    with open(saida, "wb") as destino, open(entrada, "rb") as origem:
        recebe = subprocess.Popen(receber, stdin=subprocess.DEVNULL, stdout=destino, stderr=subprocess.PIPE)
        recebe.stderr.readline()  # está à escuta
        inicio = time.monotonic()
        manda = subprocess.Popen(mandar, stdin=origem, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        memorias = [Memoria(p) for p in (manda, recebe)] if medir_memoria else []
        # Com prazo, o `wait` do Python espera aos saltos: quem vigia é outro.
        vigia = threading.Timer(PRAZO, lambda: (manda.kill(), recebe.kill()))
        vigia.start()
        codigos = [manda.wait(), recebe.wait()]
        segundos = time.monotonic() - inicio
        vigia.cancel()
    for memoria in memorias:
        memoria.join()
    recebe.stderr.close()
    assert codigos == [0, 0], codigos
    return segundos, [memoria.kib for memoria in memorias]


def medir(chat, rodadas):
    with tempfile.TemporaryDirectory() as pasta:
        entrada, saida = Path(pasta, "entrada"), Path(pasta, "saida")
        entrada.write_bytes(b"".join(b"%d\n" % n for n in range(1, LINHAS + 1)))

        def pelo_chat(medir_memoria):
            local, porta = str(porta_livre()), str(porta_livre())
            comum = [chat, "--ip", "127.0.0.1", "--nome"]
            resultado = levar(
                [*comum, "Bia", "--porta-local", porta, "--porta", local, "--so-ouvir", "--uma-conversa"],
                [*comum, "Ana", "--porta-local", local, "--porta", porta],
                entrada,
                saida,
                medir_memoria,
            )
            vistas = (linha.split(b": ", 1)[1] for linha in saida.read_bytes().splitlines(keepends=True))
            assert b"".join(vistas) == entrada.read_bytes(), "não chegou o que foi mandado"
            return resultado

        def pelo_nc(_):
            porta = str(porta_livre())
            segundos, _ = levar(
                ["nc", "-nv", "-l", "127.0.0.1", porta],
                ["nc", "-nN", "127.0.0.1", porta],
                entrada,
                saida,
                False,
            )
            assert saida.read_bytes() == entrada.read_bytes()
            return segundos

        # Olhar a memória atrapalha: só nestas rodadas, e sem relógio.
        picos = [pelo_chat(True)[1] for _ in range(3)]
        nosso, nc = alternar(rodadas, lambda _: pelo_chat(False)[0], pelo_nc)
        print(f"\n{LINHAS} linhas ({entrada.stat().st_size} bytes) por TCP, de um arquivo a outro")
        print(f"  chat: {resumo(nosso, 's')}")
        print(f"  nc:   {resumo(nc, 's')}")
        comparar(nosso, nc, "nc", "no máximo 4")
        for quem, pico in zip(("quem manda", "quem recebe"), zip(*picos)):
            print(f"  memória residente, no pico, de {quem}: {max(pico) / 1024:.1f} MiB; alvo: no máximo 16")
