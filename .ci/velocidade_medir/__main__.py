"""Mede as medições: o `medir` em relação às ferramentas que todos usam, com as rodadas
alternadas e a mesma colocação de CPU.

Não faz parte dos testes: nenhum teste afirma um tempo. Precisa de unshare, nsenter, ip e
taskset, e da ferramenta de cada parte; não precisa ser administrador.

    python3 .ci/velocidade_medir [PARTE...] [RODADAS]
"""

import importlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

AQUI = Path(__file__).resolve().parent
RAIZ = AQUI.parent.parent
# O que as medidas têm em comum, e os computadores de mentira.
sys.path.append(str(AQUI.parent / "velocidade_chat"))

# Cada parte é um módulo com `medir(programa, rodadas)`.
PARTES = ["latencia", "vazao"]


def compilar():
    comando = ["cargo", "build", "--release", "--locked", "-p", "medir", "--example", "medir"]
    saida = subprocess.run([*comando, "--message-format=json"], cwd=RAIZ, check=True, stdout=subprocess.PIPE)
    executaveis = (json.loads(linha).get("executable") for linha in saida.stdout.splitlines())
    return next(filter(None, executaveis))


def main():
    argumentos = sys.argv[1:]
    rodadas = next((int(a) for a in argumentos if a.isdigit()), 11)
    partes = [a for a in argumentos if not a.isdigit()] or PARTES
    if estranhas := set(partes) - set(PARTES):
        sys.exit(f"não há a parte {', '.join(estranhas)}; as que há: {', '.join(PARTES)}")
    programa = compilar()
    carga = " ".join(f"{c:.1f}" for c in os.getloadavg())
    print(f"{platform.system()} {platform.release()}, {os.cpu_count()} CPUs, carga {carga}, {rodadas} rodadas")
    for parte in partes:
        importlib.import_module(parte).medir(programa, rodadas)


if __name__ == "__main__":
    main()
