#!/usr/bin/env python3
"""Mede, como processos inteiros, quanto a casa custa em relação ao mínimo possível.

Cada razão sai de rodadas alternadas na mesma execução: a nossa casa e um pacote
de referência com as mesmas dependências e nada dentro. Mostra a mediana e a
faixa. Não faz parte dos testes: nenhum teste afirma um tempo.

    python3 .ci/velocidade.py [rodadas]
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RAIZ = Path(__file__).resolve().parent.parent
PERFIL = '\n[profile.dev.package."*"]\ndebug = false\n\n[workspace]\n'

LIVRO_PURO = """
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let mut c = mdbook::config::Config::from_disk(format!("{}/book.toml", a[1])).unwrap();
    c.build.build_dir = a[2].clone().into();
    mdbook::MDBook::load_with_config(&a[1], c).unwrap().build().unwrap();
}
"""


def pacote(pasta, nome, dependencias, programa):
    """Um pacote de referência com as versões do nosso Cargo.lock."""
    raiz = pasta / nome
    (raiz / "src").mkdir(parents=True)
    (raiz / "Cargo.toml").write_text(
        f'[package]\nname = "{nome}"\nversion = "0.0.0"\nedition = "2024"\n\n'
        f"[dependencies]\n{dependencias}{PERFIL}"
    )
    (raiz / "src/main.rs").write_text(programa)
    shutil.copy(RAIZ / "Cargo.lock", raiz)
    return raiz


def cronometrar(comando, raiz, alvo):
    """Segundos que o comando leva, com a pasta `target` dada."""
    ambiente = dict(os.environ, CARGO_TARGET_DIR=str(alvo), DISPLAY="", WAYLAND_DISPLAY="")
    inicio = time.monotonic()
    saida = subprocess.run(comando, cwd=raiz, env=ambiente, capture_output=True, text=True)
    segundos = time.monotonic() - inicio
    if saida.returncode != 0:
        sys.exit(f"falhou: {' '.join(map(str, comando))}\n{saida.stderr}")
    return segundos


def comparar(titulo, nosso, referencia, rodadas):
    """Alterna as duas medições e mostra a razão das medianas."""
    tempos = [(nosso(), referencia()) for _ in range(rodadas)]
    nossos, outros = zip(*tempos)

    def resumo(t):
        return f"{statistics.median(t):.2f} s ({min(t):.2f} a {max(t):.2f})"

    razao = statistics.median(nossos) / statistics.median(outros)
    print(f"{titulo}\n  nosso: {resumo(nossos)}\n  referência: {resumo(outros)}\n  razão: {razao:.2f}")


def expandir(texto, pagina):
    """O Markdown com figuras, cenas e listagens, como o mdBook o recebe da editora."""

    def bloco(diretiva):
        tipo, nome = diretiva.groups()
        if tipo == "listagem":
            arquivo, _, ancora = nome.partition(":")
            if "/" not in arquivo:
                arquivo = f"examples/{arquivo}.rs"
            codigo = (RAIZ / arquivo).read_text()
            if ancora:
                trecho = rf"ANCHOR: {ancora}\n(.*?)\n[^\n]*ANCHOR_END: {ancora}\b"
                codigo = re.search(trecho, codigo, re.S).group(1)
            return f"<figure class=\"listagem\">\n\n```rust\n{codigo}\n```\n\n</figure>"
        inicio = pagina.index(f'<figure class="{tipo}" id="{tipo}-{nome}">')
        html = pagina[inicio : pagina.index("</figure>", inicio) + len("</figure>")]
        return html.replace("\n", "&#10;")

    return re.sub(r"\{\{#(listagem|figura|cena) ([^}]+)\}\}", bloco, texto)


def main():
    rodadas = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as temporaria:
        pasta = Path(temporaria)
        vazio = "fn main() {}\n"
        exemplo = pacote(pasta, "exemplo", 'anyhow = "1"\nsocket2 = { version = "0.6", features = ["all"] }\n', vazio)
        mdbook = 'mdbook = { package = "mdbook-driver", version = "=0.5.4", features = ["search"] }\n'
        livro = pacote(pasta, "livro", mdbook + 'clap = "4"\nanyhow = "1"\n', vazio)
        puro = pacote(pasta, "puro", mdbook, LIVRO_PURO)

        def frio(comando, raiz):
            with tempfile.TemporaryDirectory() as alvo:
                return cronometrar(comando, raiz, alvo)

        subprocess.run(["cargo", "fetch", "--locked"], cwd=RAIZ, check=True, capture_output=True)
        # A primeira rodada só traz o que falta do registro para o disco.
        for raiz in (exemplo, livro):
            subprocess.run(["cargo", "fetch"], cwd=raiz, check=True, capture_output=True)

        comparar(
            "cargo run --example, a frio (bind --ajuda)",
            lambda: frio(["cargo", "run", "--example", "bind", "--", "--ajuda"], RAIZ),
            lambda: frio(["cargo", "run"], exemplo),
            rodadas,
        )
        comparar(
            "cargo run, a frio",
            lambda: frio(["cargo", "run", "--", "--sem-abrir"], RAIZ),
            lambda: frio(["cargo", "run"], livro),
            rodadas,
        )

        alvo = pasta / "alvo"
        cronometrar(["cargo", "build", "-p", "editora"], RAIZ, alvo)
        cronometrar(["cargo", "build"], puro, alvo)
        nosso, outro = alvo / "debug/editora", alvo / "debug/puro"
        # O mesmo Markdown para os dois, de duas maneiras: como o mdBook o recebe,
        # com o que as diretivas pedem, e como está nos arquivos, com elas cruas.
        montado = pasta / "montado"
        cronometrar([nosso, "construir", "--destino", montado], RAIZ, alvo)
        for nome, tratar in [("expandido", expandir), ("cru", lambda texto, _: texto)]:
            copia = pasta / nome
            shutil.copytree(RAIZ / "book/src", copia / "src")
            (copia / "book.toml").write_text('[book]\ntitle = "Sockets"\nlanguage = "pt-BR"\n')
            for capitulo in (copia / "src").rglob("*/*.md"):
                pagina = montado / capitulo.relative_to(copia / "src").with_suffix(".html")
                capitulo.write_text(tratar(capitulo.read_text(), pagina.read_text()))
            comparar(
                f"construir, a quente; referência: o mdBook com o Markdown {nome}",
                lambda: cronometrar([nosso, "construir", "--destino", pasta / "nosso"], RAIZ, alvo),
                lambda: cronometrar([outro, copia, pasta / "outro"], RAIZ, alvo),
                max(rodadas, 15),
            )


if __name__ == "__main__":
    main()
