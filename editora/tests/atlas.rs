//! A página do atlas sai dos dados: um livro pequeno com uma família de erros, em que
//! se injeta cada defeito que a editora promete achar.

mod comum;
mod livro_pequeno;

use comum::erros;
use livro_pequeno::{Defeito, LivroPequeno, acusar_cada_um};

const FAMILIA: &str = "book/dados/atlas/abrir.toml";
const PAGINA: &str = "book/src/fim/atlas.md";

/// Um livro com um atlas de dois erros, e um capítulo que leva a um deles.
fn livro_com_atlas() -> LivroPequeno {
    let livro = LivroPequeno::novo();
    livro.acrescentar("book/src/SUMMARY.md", "- [Atlas](fim/atlas.md)\n");
    livro.escrever(
        PAGINA,
        "# Atlas\n\n{{#atlas}}\n\n## Ao abrir\n\n{{#atlas abrir}}\n",
    );
    livro.acrescentar("book/src/dois.md", "\nVeja [a](fim/atlas.md#eaddrinuse).\n");
    livro.escrever(
        FAMILIA,
        "[eaddrinuse]
nome = 'EADDRINUSE'
linux = { codigo = 98, mensagem = 'Address already in use', portugues = 'Já em uso' }
windows = { codigo = 10048, nome = 'WSAEADDRINUSE', mensagem = 'Only <one> usage.' }
tipo = 'AddrInUse'
excecao = 'OSError'
chamada = '`bind`.'
porque = 'Veja [o fim](../dois.md#fim).'
certeza = 'Assim.'
cura = 'Assim também.'
comando = 'cargo run --example ola'
capitulos = ['../um.md#um']

[sem-linux]
mensagem = 'linker `cc` not found'
chamada = 'a'
porque = 'b'
certeza = 'c'
cura = 'd'
sem_prova = 'porque não.'
",
    );
    livro
}

#[test]
fn cada_entrada_tem_a_ancora_as_mensagens_e_o_comando() {
    let livro = livro_com_atlas();
    let saida = livro.construir();
    assert!(saida.status.success(), "{}", erros(&saida));
    let pagina = livro.ler("target/livro/fim/atlas.html");
    for parte in [
        "<h3 id=\"eaddrinuse\">",
        "<code>Address already in use (os error 98)</code>",
        "<code>Only &lt;one&gt; usage. (os error 10048)</code>",
        "<code>Já em uso</code>",
        "<code>OSError: [Errno 98] Address already in use</code>",
        "<code>OSError: [WinError 10048] Only &lt;one&gt; usage</code>",
        "<code>ErrorKind::AddrInUse</code>",
        "cargo run --example ola",
        "<a href=\"../dois.html#fim\">o fim</a>",
        // Os lugares do livro: o que a entrada diz e o que leva a ela.
        "<a href=\"../um.html#um\">Um</a>; <a href=\"../dois.html\">Dois</a>",
        // O índice.
        "<a href=\"#eaddrinuse\"><code>Address already in use</code></a>",
        "<a href=\"#sem-linux\"><code>linker `cc` not found</code></a>",
        "porque não.",
    ] {
        assert!(pagina.contains(parte), "falta {parte} em\n{pagina}");
    }
}

const DEFEITOS: &[Defeito] = &[
    Defeito {
        nome: "campo que falta",
        injetar: |l| l.trocar(FAMILIA, "cura = 'Assim também.'\n", ""),
        arquivo: FAMILIA,
        linha: 1,
        palavras: "falta «cura = …»",
    },
    Defeito {
        nome: "chave que não existe",
        injetar: |l| l.trocar(FAMILIA, "tipo =", "kind ="),
        arquivo: FAMILIA,
        linha: 5,
        palavras: "não conheço a chave «kind»",
    },
    Defeito {
        nome: "nome que não serve de âncora",
        injetar: |l| l.trocar(FAMILIA, "[sem-linux]", "[Sem_Linux]"),
        arquivo: FAMILIA,
        linha: 14,
        palavras: "o nome só pode ter letras minúsculas",
    },
    Defeito {
        nome: "âncora repetida em outra família",
        injetar: |l| {
            let outra = l.ler(FAMILIA).replace("sem-linux", "outro");
            l.escrever("book/dados/atlas/ligar.toml", &outra);
            l.acrescentar(PAGINA, "\n{{#atlas ligar}}\n");
        },
        arquivo: "book/dados/atlas/ligar.toml",
        linha: 1,
        palavras: "a âncora «eaddrinuse» já existe, em book/src/fim/atlas.md:7",
    },
    Defeito {
        nome: "erro repetido na família",
        injetar: |l| l.acrescentar(FAMILIA, "\n[eaddrinuse]\n"),
        arquivo: FAMILIA,
        linha: 22,
        palavras: "o TOML não se entende aqui",
    },
    Defeito {
        nome: "ligação quebrada em um texto",
        injetar: |l| l.trocar(FAMILIA, "dois.md#fim", "dois.md#meio"),
        arquivo: FAMILIA,
        linha: 8,
        palavras: "dois.md não tem o id «meio»",
    },
    Defeito {
        nome: "capítulo que não existe",
        injetar: |l| l.trocar(FAMILIA, "../um.md#um", "../tres.md"),
        arquivo: FAMILIA,
        linha: 12,
        palavras: "não existe book/src/tres.md",
    },
    Defeito {
        nome: "comando de um programa que não existe",
        injetar: |l| l.trocar(FAMILIA, "--example ola", "--example olla"),
        arquivo: FAMILIA,
        linha: 11,
        palavras: "não existe o programa examples/olla.rs",
    },
    Defeito {
        nome: "comando de um erro que não se provoca",
        injetar: |l| l.acrescentar(FAMILIA, "comando = 'cargo run --example ola'\n"),
        arquivo: FAMILIA,
        linha: 21,
        palavras: "quem tem «sem_prova» não tem «comando»",
    },
    Defeito {
        nome: "diretiva dentro de um texto",
        injetar: |l| l.trocar(FAMILIA, "'Assim.'", "'{{#numero x}}'"),
        arquivo: FAMILIA,
        linha: 9,
        palavras: "aqui não cabe uma diretiva",
    },
    Defeito {
        nome: "família que ninguém mostra",
        injetar: |l| l.trocar(PAGINA, "{{#atlas abrir}}\n", ""),
        arquivo: FAMILIA,
        linha: 1,
        palavras: "nenhum capítulo mostra esta família",
    },
    Defeito {
        nome: "família que não existe",
        injetar: |l| l.trocar(PAGINA, "{{#atlas abrir}}", "{{#atlas fechar}}"),
        arquivo: PAGINA,
        linha: 7,
        palavras: "não existe book/dados/atlas/fechar.toml",
    },
    Defeito {
        nome: "capítulo que leva a um erro que não há",
        injetar: |l| l.trocar("book/src/dois.md", "#eaddrinuse", "#eadrinuse"),
        arquivo: "book/src/dois.md",
        linha: 7,
        palavras: "fim/atlas.md não tem o id «eadrinuse»",
    },
];

#[test]
fn cada_defeito_do_atlas_e_acusado_no_lugar_certo() {
    acusar_cada_um(DEFEITOS, &livro_com_atlas());
}
