"""A ida e volta de uma mensagem, com todos presos à mesma CPU, e o piso da std.

De duas maneiras:

- PING → PONG entre dois chats, como o próprio `/ping` mostra: do instante em que o laço
  de um pega o pedido ao instante em que ele vê a resposta. A referência é um pingue-pongue
  nu, do mesmo tamanho, pedido no mesmo ritmo, uma linha da entrada por vez.
- ITEM → CONFIRMA sem parar, de um programa mínimo para um chat, que só confirma o que
  mostrou. A referência é o mesmo programa com um par nu.
"""

import os
import pty
import re
import statistics
import subprocess
import threading
import tty

from cano import porta_livre
from medidas import alternar, comparar, resumo

PERGUNTAS = 2000
SEGUIDAS = 20_000
PRAZO = 60
CANO, NADA = subprocess.PIPE, subprocess.DEVNULL
UNIDADES = {"µs": 1, "ms": 1000}


class Processos:
    """Os processos de uma medida: acabam com ela, e ela não dura para sempre."""

    def __enter__(self):
        self.abertos = []
        self.vigia = threading.Timer(PRAZO, self.matar)
        self.vigia.start()
        return self

    def abrir(self, *comando, **canos):
        processo = subprocess.Popen(list(map(str, comando)), **canos)
        self.abertos.append(processo)
        return processo

    def matar(self):
        for processo in self.abertos:
            processo.kill()

    def __exit__(self, *_):
        self.vigia.cancel()
        self.matar()
        for processo in self.abertos:
            processo.wait()


def mediana(tempos):
    """Em microssegundos, sem o primeiro décimo, que aquece."""
    return statistics.median(tempos[len(tempos) // 10 :])


def ler_linha(cano):
    """Lê até o fim da linha, e nem um byte a mais: o resto é de quem vier depois."""
    linha = b""
    while not linha.endswith(b"\n"):
        linha += os.read(cano.fileno(), 1)
    return linha


def chats_e_ping(nu, chat):
    local, porta = porta_livre(), porta_livre()
    comum = [chat, "--ip", "127.0.0.1", "--nome"]
    # O `/ping` só existe em um terminal.
    pessoa, terminal = pty.openpty()
    tty.setraw(terminal)
    with Processos() as processos:
        processos.abrir(
            *comum, "Bia", "--porta-local", porta, "--porta", local, "--so-ouvir", stdout=NADA, stderr=NADA
        )
        ana = processos.abrir(
            *comum, "Ana", "--porta-local", local, "--porta", porta, stdin=terminal, stdout=NADA, stderr=CANO
        )
        while b"conectado" not in ler_linha(ana.stderr):
            pass
        rege = processos.abrir(nu, "reger", "/ping", PERGUNTAS, stdin=ana.stderr, stdout=pessoa, stderr=CANO)
        respostas = rege.stderr.read().decode()
    os.close(pessoa)
    os.close(terminal)
    ecos = re.findall(r"ida e volta [^:]*: ([0-9,.]+) (\S+)", respostas)
    assert len(ecos) == PERGUNTAS, respostas
    return mediana([float(numero.replace(",", ".")) * UNIDADES[unidade] for numero, unidade in ecos])


def nus_e_ping(nu):
    porta = porta_livre()
    with Processos() as processos:
        responde = processos.abrir(nu, "responder", porta, "ping", stderr=CANO)
        ler_linha(responde.stderr)
        pergunta = processos.abrir(nu, "perguntar", porta, stdin=CANO, stdout=CANO)
        rege = processos.abrir(
            nu, "reger", "", PERGUNTAS, stdin=pergunta.stdout, stdout=pergunta.stdin, stderr=CANO
        )
        return mediana_das_seguidas(rege.stderr.read())


def mediana_das_seguidas(saida):
    return mediana([int(linha) / 1000 for linha in saida.split()])


def chat_e_item(nu, chat):
    local, porta = porta_livre(), porta_livre()
    with Processos() as processos:
        mede = processos.abrir(nu, "ao-chat", local, SEGUIDAS, stdout=CANO, stderr=CANO)
        ler_linha(mede.stderr)
        processos.abrir(
            chat, "--ip", "127.0.0.1", "--porta-local", porta, "--porta", local, "--so-ouvir", stdout=NADA, stderr=NADA
        )
        return mediana_das_seguidas(mede.stdout.read())


def nus_e_item(nu):
    porta = porta_livre()
    with Processos() as processos:
        responde = processos.abrir(nu, "responder", porta, "item", stderr=CANO)
        ler_linha(responde.stderr)
        mede = processos.abrir(nu, "seguidas", porta, SEGUIDAS, stdout=CANO)
        return mediana_das_seguidas(mede.stdout.read())


def medir(chat, nu, rodadas):
    antes = os.sched_getaffinity(0)
    cpu = max(antes)
    # Os processos que se abrem daqui em diante herdam a CPU.
    os.sched_setaffinity(0, {cpu})
    try:
        ping = alternar(rodadas, lambda _: chats_e_ping(nu, chat), lambda _: nus_e_ping(nu))
        item = alternar(rodadas, lambda _: chat_e_item(nu, chat), lambda _: nus_e_item(nu))
    finally:
        os.sched_setaffinity(0, antes)
    print(f"\nida e volta, todos na CPU {cpu}; cada rodada é uma mediana")
    for o_que, (nosso, outro), quantas in (
        ("PING → PONG entre dois chats, uma de cada vez", ping, PERGUNTAS),
        ("ITEM → CONFIRMA com um chat, sem parar", item, SEGUIDAS),
    ):
        print(f"{o_que} ({quantas} por rodada)")
        print(f"  chat: {resumo(nosso, 'µs')}")
        print(f"  std:  {resumo(outro, 'µs')}")
        comparar(nosso, outro, "std", "no máximo 1,3")
