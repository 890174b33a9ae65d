"""1 000 000 de linhas curtas em TCP, e a memória de quem as leva; e o nc com os mesmos bytes.

De duas maneiras: por canos (`seq 1 1000000 | …` de um lado, `… | cat > /dev/null` do
outro) e de um arquivo a outro. O chat escreve a hora e o nome na frente de cada linha:
3,5 vezes o que o nc escreve.
"""

import socket
import subprocess
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from medidas import alternar, comparar, resumo

LINHAS = 1_000_000
PRAZO = 120
CANO, NADA = subprocess.PIPE, subprocess.DEVNULL


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


def levar(receber, mandar, entrada=None, saida=None, medir_memoria=False):
    """Segundos entre abrir quem manda e o fim de todos, e o pico de memória dos dois que
    se medem. Sem `entrada` e `saida`, que são arquivos, é por canos."""
    with ExitStack() as abertos:
        todos = []

        def abrir(comando, origem, destino, erros):
            processo = subprocess.Popen(comando, stdin=origem, stdout=destino, stderr=erros)
            todos.append(processo)
            return processo

        destino = abertos.enter_context(open(saida, "wb")) if saida else CANO
        recebe = abrir(receber, NADA, destino, CANO)
        abertos.callback(recebe.stderr.close)
        if not saida:
            abrir(["cat"], recebe.stdout, NADA, None)
            recebe.stdout.close()
        recebe.stderr.readline()  # está à escuta
        inicio = time.monotonic()
        if entrada:
            origem = abertos.enter_context(open(entrada, "rb"))
        else:
            origem = abrir(["seq", "1", str(LINHAS)], NADA, CANO, None).stdout
        manda = abrir(mandar, origem, NADA, NADA)
        origem.close()
        memorias = [Memoria(p) for p in (manda, recebe)] if medir_memoria else []
        # Com prazo, o `wait` do Python espera aos saltos: quem vigia é outro.
        vigia = threading.Timer(PRAZO, lambda: [p.kill() for p in todos])
        vigia.start()
        codigos = [processo.wait() for processo in todos]
        segundos = time.monotonic() - inicio
        vigia.cancel()
    for memoria in memorias:
        memoria.join()
    assert not any(codigos), codigos
    return segundos, [memoria.kib for memoria in memorias]


def medir(chat, rodadas):
    with tempfile.TemporaryDirectory() as pasta:
        entrada, saida = Path(pasta, "entrada"), Path(pasta, "saida")
        entrada.write_bytes(b"".join(b"%d\n" % n for n in range(1, LINHAS + 1)))
        arquivos = {"entrada": entrada, "saida": saida}

        def pelo_chat(**opcoes):
            local, porta = str(porta_livre()), str(porta_livre())
            comum = [chat, "--ip", "127.0.0.1", "--nome"]
            return levar(
                [*comum, "Bia", "--porta-local", porta, "--porta", local, "--so-ouvir", "--uma-conversa"],
                [*comum, "Ana", "--porta-local", local, "--porta", porta],
                **opcoes,
            )

        def pelo_nc(**opcoes):
            porta = str(porta_livre())
            return levar(["nc", "-nv", "-l", "127.0.0.1", porta], ["nc", "-nN", "127.0.0.1", porta], **opcoes)

        # Conferir e olhar a memória atrapalham: só nestas rodadas, e sem relógio.
        pelo_nc(**arquivos)
        assert saida.read_bytes() == entrada.read_bytes(), "o nc não levou o que se mandou"
        picos = []
        for _ in range(3):
            picos.append(pelo_chat(**arquivos, medir_memoria=True)[1])
            vistas = (linha.split(b": ", 1)[1] for linha in saida.read_bytes().splitlines(keepends=True))
            assert b"".join(vistas) == entrada.read_bytes(), "o chat não levou o que se mandou"
        print(f"\n{LINHAS} linhas ({entrada.stat().st_size} bytes) por TCP")
        for como, opcoes in ("por canos", {}), ("de um arquivo a outro", arquivos):
            nosso, nc = alternar(rodadas, lambda _: pelo_chat(**opcoes)[0], lambda _: pelo_nc(**opcoes)[0])
            print(como)
            print(f"  chat: {resumo(nosso, 's')}")
            print(f"  nc:   {resumo(nc, 's')}")
            comparar(nosso, nc, "nc", "no máximo 4")
        for quem, pico in zip(("quem manda", "quem recebe"), zip(*picos)):
            print(f"memória residente, no pico, de {quem}: {max(pico) / 1024:.1f} MiB; alvo: no máximo 16")
