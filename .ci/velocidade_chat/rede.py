"""Computadores de mentira, sem ser administrador: a mesma ideia de tests/apoio/rede.rs,
com um terceiro no meio do caminho, que atrasa e perde."""

import json
import subprocess
import sys
from pathlib import Path

ENCAMINHADOR = Path(__file__).with_name("encaminhador.py")
NOVO = ["unshare", "--net", "--pid", "--fork", "--kill-child", "cat"]
CANO = subprocess.PIPE


class Host:
    """Um computador: vive enquanto o `cat`, que é o processo 1 dele, viver."""

    def __init__(self, comando):
        self.vida = subprocess.Popen(comando, stdin=CANO, stdout=CANO)
        self.vida.stdin.write(b"vivo\n")
        self.vida.stdin.flush()
        if self.vida.stdout.readline() != b"vivo\n":
            sys.exit("não foi possível criar espaços de nomes de rede e de usuário (unshare)")

    def comando(self, *argumentos, processos=False):
        """O comando, dentro deste computador."""
        pid = self.vida.pid
        dentro = ["nsenter", "--user", "--net", "--preserve-credentials", f"--target={pid}"]
        if processos:
            dentro.append(f"--pid=/proc/{pid}/ns/pid_for_children")
        return [*dentro, "--", *map(str, argumentos)]

    def rodar(self, texto):
        subprocess.run(self.comando("sh", "-ec", texto), check=True)

    def abrir(self, *argumentos, **canos):
        return subprocess.Popen(self.comando(*argumentos, processos=True), **canos)


class Caminho:
    """O 10.0.0.1 e o 10.0.0.2, e o que está entre eles."""

    def __init__(self):
        self.um = Host(["unshare", "--user", "--map-root-user", *NOVO[1:]])
        self.outro = Host(self.um.comando(*NOVO))
        self.meio = Host(self.um.comando(*NOVO))
        for host, cabo, ip in (self.um, "cabo1", "10.0.0.1"), (self.outro, "cabo2", "10.0.0.2"):
            self.meio.rodar(f"ip link add {cabo} type veth peer name veth0 netns {host.vida.pid}")
            # Um segmento por pacote, como em um cabo de verdade; Reno; e nada do que uma
            # conexão aprendeu serve à seguinte.
            host.rodar(
                f"ip link set lo up; ip link set veth0 gso_max_segs 1;"
                f"ip address add {ip}/24 dev veth0; ip link set veth0 up;"
                "echo reno > /proc/sys/net/ipv4/tcp_congestion_control;"
                "echo 1 > /proc/sys/net/ipv4/tcp_no_metrics_save"
            )
            self.meio.rodar(f"ip link set {cabo} up")

    def ligar(self, semente, milesimos, ms):
        """Começa a encaminhar; a função devolvida acaba e dá as contas."""
        argumentos = map(str, (semente, milesimos, ms, "cabo1", "cabo2"))
        processo = self.meio.abrir(sys.executable, ENCAMINHADOR, *argumentos, stdin=CANO, stdout=CANO)
        assert processo.stdout.readline() == b"pronto\n"

        def desligar():
            saida, _ = processo.communicate()
            contas = json.loads(saida)
            assert contas["sem_lugar"] == 0 and contas["grandes"] == 0, contas
            return contas

        return desligar
