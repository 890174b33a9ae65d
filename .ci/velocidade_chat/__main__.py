"""Mede o chat em relação ao mínimo possível, com as rodadas alternadas.

Não faz parte dos testes: nenhum teste afirma um tempo. Precisa de nc e, para a
transferência, de unshare, nsenter e ip; não precisa ser administrador.

    python3 .ci/velocidade_chat [transferencia] [cano] [eco] [RODADAS]
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import cano
import eco
import transferencia

AQUI = Path(__file__).resolve().parent
RAIZ = AQUI.parent.parent


def compilar_chat():
    comando = ["cargo", "build", "--release", "--locked", "-p", "sockets", "--example", "chat"]
    saida = subprocess.run([*comando, "--message-format=json"], cwd=RAIZ, check=True, stdout=subprocess.PIPE)
    executaveis = (json.loads(linha).get("executable") for linha in saida.stdout.splitlines())
    return next(filter(None, executaveis))


def main():
    argumentos = sys.argv[1:]
    rodadas = next((int(a) for a in argumentos if a.isdigit()), 11)
    partes = [a for a in argumentos if not a.isdigit()] or ["transferencia", "cano", "eco"]
    chat = compilar_chat()
    congestionamento = Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
    carga = " ".join(f"{c:.1f}" for c in os.getloadavg())
    print(
        f"{platform.system()} {platform.release()}, {os.cpu_count()} CPUs, carga {carga}, "
        f"TCP {congestionamento} onde não se diz outro, {rodadas} rodadas"
    )
    with tempfile.TemporaryDirectory() as pasta:
        nu = Path(pasta, "eco_nu")
        subprocess.run(["rustc", "--edition", "2024", "-O", "-o", nu, AQUI / "eco_nu.rs"], check=True)
        if "transferencia" in partes:
            transferencia.medir(chat, rodadas)
        if "cano" in partes:
            cano.medir(chat, rodadas)
        if "eco" in partes:
            eco.medir(chat, nu, rodadas)


if __name__ == "__main__":
    main()
