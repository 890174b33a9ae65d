//! O livro monta sem nenhum problema, e um livro com qualquer um dos defeitos
//! que a editora promete achar não monta.

mod comum;
mod livro_pequeno;

use std::fs;

use tempfile::TempDir;

use comum::{copiar, erros, raiz};
use livro_pequeno::{Defeito, LivroPequeno, acusar_cada_um, rodar};

/// Uma cópia do que o livro é: as páginas, e os programas que elas mostram.
fn copia_do_livro() -> TempDir {
    let pasta = tempfile::tempdir().unwrap();
    for parte in ["book", "examples", "exercicios", "src", "tests"] {
        copiar(&raiz().join(parte), &pasta.path().join(parte));
    }
    pasta
}

const FLUXO: &str = "book/figuras/fluxo.pikchr";

const FLUXOGRAMA: &str = "\
# titulo: Um fluxograma
# descricao: Fala, e depois cala.
# fluxograma
# liga: fala alto = src/fala.rs:falar
# liga: cala = src/fala.rs:Voz::calar
box \"fala\" \"alto\" fit
arrow \"depois\"
oval \"cala\" fit
";

const FALA: &str = "\
// ANCHOR: falar
pub fn falar() {}
// ANCHOR_END: falar

impl Voz {
    // ANCHOR: calar
    fn calar(&self) {}
    // ANCHOR_END: calar
}
";

impl LivroPequeno {
    /// O mesmo livro, com um fluxograma em que as duas caixas levam a funções.
    fn com_fluxograma() -> Self {
        let livro = Self::novo();
        livro.por_fluxograma();
        livro
    }

    fn por_fluxograma(&self) {
        self.acrescentar("book/src/SUMMARY.md", "- [Fluxo](parte/fluxo.md)\n");
        self.escrever(
            "book/src/parte/fluxo.md",
            "# Fluxo\n\n{{#figura fluxo}}\n\n{{#listagem src/fala.rs:falar}}\n",
        );
        self.acrescentar("book/src/dois.md", "\n{{#listagem src/fala.rs:calar}}\n");
        self.escrever("src/fala.rs", FALA);
        self.escrever(FLUXO, FLUXOGRAMA);
    }
}

const UM: &str = "book/src/um.md";

const DEFEITOS: &[Defeito] = &[
    Defeito {
        nome: "inclusão de um arquivo que não existe",
        injetar: |l| l.acrescentar(UM, "\n{{#include nada.rs}}\n"),
        arquivo: UM,
        linha: 11,
        palavras: "não existe book/src/nada.rs",
    },
    Defeito {
        nome: "inclusão de uma âncora que não existe",
        injetar: |l| l.acrescentar(UM, "\n{{#include ../../examples/ola.rs:nada}}\n"),
        arquivo: UM,
        linha: 11,
        palavras: "não tem a âncora «nada»",
    },
    Defeito {
        nome: "listagem de um programa que não existe",
        injetar: |l| l.acrescentar(UM, "\n{{#listagem nada}}\n"),
        arquivo: UM,
        linha: 11,
        palavras: "não existe examples/nada.rs",
    },
    Defeito {
        nome: "listagem de uma âncora que não existe",
        injetar: |l| l.trocar(UM, "ola:dizer", "ola:nada"),
        arquivo: UM,
        linha: 5,
        palavras: "não tem a âncora «nada»",
    },
    Defeito {
        nome: "figura que não existe",
        injetar: |l| l.acrescentar(UM, "\n{{#figura nada}}\n"),
        arquivo: UM,
        linha: 11,
        palavras: "não existe book/figuras/nada.pikchr",
    },
    Defeito {
        nome: "figura com uma caixa em destaque que ela não tem",
        injetar: |l| l.trocar(UM, "{{#figura caixa}}", "{{#figura caixa ver=a,b}}"),
        arquivo: UM,
        linha: 7,
        palavras: "a figura caixa não tem a caixa «b»: tem a",
    },
    Defeito {
        nome: "figura com uma opção que não há",
        injetar: |l| l.trocar(UM, "{{#figura caixa}}", "{{#figura caixa vermelha}}"),
        arquivo: UM,
        linha: 7,
        palavras: "«vermelha» não é uma opção de figura",
    },
    Defeito {
        nome: "cena que não existe",
        injetar: |l| l.acrescentar(UM, "\n{{#cena nada}}\n"),
        arquivo: UM,
        linha: 11,
        palavras: "não existe book/cenas/nada.cena",
    },
    Defeito {
        nome: "diretiva desconhecida",
        injetar: |l| l.acrescentar(UM, "\n{{#desenho x}}\n"),
        arquivo: UM,
        linha: 11,
        palavras: "não conheço a diretiva «desenho»",
    },
    Defeito {
        nome: "ligação para uma página que não existe",
        injetar: |l| l.trocar(UM, "dois.md#fim", "tres.md"),
        arquivo: UM,
        linha: 3,
        palavras: "ligação «tres.md»: não existe book/src/tres.md",
    },
    Defeito {
        nome: "ligação para um fragmento que não existe",
        injetar: |l| l.trocar(UM, "dois.md#fim", "dois.md#meio"),
        arquivo: UM,
        linha: 3,
        palavras: "dois.md não tem o id «meio»",
    },
    Defeito {
        nome: "ligação para um fragmento da própria página que não existe",
        injetar: |l| l.trocar(UM, "(#um)", "(#zero)"),
        arquivo: UM,
        linha: 3,
        palavras: "um.md não tem o id «zero»",
    },
    Defeito {
        nome: "ligação morta em HTML",
        injetar: |l| l.acrescentar(UM, "\n<p>\n<a href=\"nada.html\">x</a>\n</p>\n"),
        arquivo: UM,
        linha: 12,
        palavras: "não existe book/src/nada.md",
    },
    Defeito {
        nome: "ligação por referência que ninguém definiu",
        injetar: |l| l.acrescentar(UM, "\nVeja [isto][nada].\n"),
        arquivo: UM,
        linha: 11,
        palavras: "[nada] não está definida",
    },
    Defeito {
        nome: "capítulo fora do sumário",
        injetar: |l| l.escrever("book/src/parte/solto.md", "# Solto\n"),
        arquivo: "book/src/parte/solto.md",
        linha: 1,
        palavras: "não está em SUMMARY.md",
    },
    Defeito {
        nome: "capítulo do sumário que não existe",
        injetar: |l| l.acrescentar("book/src/SUMMARY.md", "- [Três](tres.md)\n"),
        arquivo: "book/src/SUMMARY.md",
        linha: 5,
        palavras: "«tres.md» não existe",
    },
    Defeito {
        nome: "figura que nenhum capítulo usa",
        injetar: |l| l.trocar(UM, "{{#figura caixa}}\n", ""),
        arquivo: "book/figuras/caixa.pikchr",
        linha: 1,
        palavras: "nenhum capítulo usa esta figura",
    },
    Defeito {
        nome: "cena que nenhum capítulo usa",
        injetar: |l| l.trocar(UM, "{{#cena conversa}}\n", ""),
        arquivo: "book/cenas/conversa.cena",
        linha: 1,
        palavras: "nenhum capítulo usa esta cena",
    },
    Defeito {
        nome: "programa que nenhum capítulo usa",
        injetar: |l| l.escrever("examples/sozinho/main.rs", "fn main() {}\n"),
        arquivo: "examples/sozinho/main.rs",
        linha: 1,
        palavras: "nenhum capítulo usa este programa",
    },
    Defeito {
        nome: "comando com um programa que não existe",
        injetar: |l| l.acrescentar(UM, "\nRode `cargo run --example nada`.\n"),
        arquivo: UM,
        linha: 11,
        palavras: "não existe o programa examples/nada.rs",
    },
    Defeito {
        nome: "cena que roda um programa que não existe",
        injetar: |l| {
            l.trocar(
                "book/cenas/conversa.cena",
                "--example ola",
                "--example nada",
            );
        },
        arquivo: "book/cenas/conversa.cena",
        linha: 4,
        palavras: "não existe o programa examples/nada.rs",
    },
    Defeito {
        nome: "cena mal escrita",
        injetar: |l| l.acrescentar("book/cenas/conversa.cena", "2| quem?\n"),
        arquivo: "book/cenas/conversa.cena",
        linha: 6,
        palavras: "não é um terminal",
    },
    Defeito {
        nome: "id de título repetido",
        injetar: |l| l.acrescentar(UM, "\n## Um\n"),
        arquivo: UM,
        linha: 11,
        palavras: "o id «um» já existe na linha 1",
    },
    Defeito {
        nome: "id de título que não é ASCII",
        injetar: |l| l.acrescentar(UM, "\n## Conexão\n"),
        arquivo: UM,
        linha: 11,
        palavras: "não é ASCII",
    },
    Defeito {
        nome: "imagem sem descrição",
        injetar: |l| {
            l.escrever("book/src/x.png", "");
            l.acrescentar(UM, "\n![](x.png)\n");
        },
        arquivo: UM,
        linha: 11,
        palavras: "a imagem não tem descrição",
    },
    Defeito {
        nome: "imagem em HTML sem descrição",
        injetar: |l| {
            l.escrever("book/src/x.png", "");
            l.acrescentar(UM, "\n<p>\n<img src=\"x.png\">\n</p>\n");
        },
        arquivo: UM,
        linha: 12,
        palavras: "a imagem não tem descrição",
    },
    Defeito {
        nome: "imagem que não existe",
        injetar: |l| l.acrescentar(UM, "\n![uma tomada](x.png)\n"),
        arquivo: UM,
        linha: 11,
        palavras: "não existe book/src/x.png",
    },
    Defeito {
        nome: "figura sem descrição",
        injetar: |l| l.trocar("book/figuras/caixa.pikchr", "# descricao: Uma caixa.\n", ""),
        arquivo: "book/figuras/caixa.pikchr",
        linha: 1,
        palavras: "não tem «# descricao: …»",
    },
    Defeito {
        nome: "figura que o pikchr não entende",
        injetar: |l| l.acrescentar("book/figuras/caixa.pikchr", "bocs \"b\"\n"),
        arquivo: "book/figuras/caixa.pikchr",
        linha: 4,
        palavras: "o pikchr não entende",
    },
    Defeito {
        nome: "ligação de uma caixa que o desenho não tem",
        injetar: |l| {
            l.por_fluxograma();
            l.trocar(FLUXO, "oval \"cala\"", "oval \"se cala\"");
        },
        arquivo: FLUXO,
        linha: 5,
        palavras: "o desenho não tem a caixa «cala»",
    },
    Defeito {
        nome: "caixa de um fluxograma que não leva a nada",
        injetar: |l| {
            l.por_fluxograma();
            l.acrescentar(FLUXO, "arrow\nbox \"sai\" fit\n");
        },
        arquivo: FLUXO,
        linha: 10,
        palavras: "a caixa «sai» não leva a nenhuma função",
    },
    Defeito {
        nome: "ligação escrita de outro modo",
        injetar: |l| {
            l.por_fluxograma();
            l.trocar(FLUXO, "fala.rs:falar", "fala.rs");
        },
        arquivo: FLUXO,
        linha: 4,
        palavras: "a forma é «# liga: Texto da caixa = src/arquivo.rs:funcao»",
    },
    Defeito {
        nome: "ligação a um arquivo que não existe mais",
        injetar: |l| {
            l.por_fluxograma();
            l.trocar(FLUXO, "fala.rs:falar", "voz.rs:falar");
        },
        arquivo: FLUXO,
        linha: 4,
        palavras: "a caixa «fala alto»: não existe src/voz.rs",
    },
    Defeito {
        nome: "ligação a uma função que mudou de nome",
        injetar: |l| {
            l.por_fluxograma();
            l.trocar("src/fala.rs", "fn calar", "fn emudecer");
        },
        arquivo: FLUXO,
        linha: 5,
        palavras: "a caixa «cala»: src/fala.rs não tem a função «Voz::calar»",
    },
    Defeito {
        nome: "ligação a uma função de que há duas",
        injetar: |l| {
            l.por_fluxograma();
            l.acrescentar("src/fala.rs", "\nmod outra {\n    fn falar() {}\n}\n");
        },
        arquivo: FLUXO,
        linha: 4,
        palavras: "tem 2 funções «falar»",
    },
    Defeito {
        nome: "ligação a uma função que nenhum capítulo mostra",
        injetar: |l| {
            l.por_fluxograma();
            l.acrescentar("src/fala.rs", "\nfn gritar() {}\n");
            l.trocar(FLUXO, ":falar", ":gritar");
        },
        arquivo: FLUXO,
        linha: 4,
        palavras: "nenhum capítulo mostra a função «gritar» de src/fala.rs",
    },
    Defeito {
        nome: "listagem repetida na página",
        injetar: |l| l.acrescentar(UM, "\n{{#listagem ola:dizer}}\n"),
        arquivo: UM,
        linha: 11,
        palavras: "o id «listagem-examples-ola-rs-dizer» já existe na linha 5",
    },
    Defeito {
        nome: "imagem da rede",
        injetar: |l| l.acrescentar(UM, "\n![uma tomada](https://exemplo.com/x.png)\n"),
        arquivo: UM,
        linha: 11,
        palavras: "vem da rede",
    },
    Defeito {
        nome: "script da rede",
        injetar: |l| l.acrescentar(UM, "\n<script src=\"//exemplo.com/x.js\"></script>\n"),
        arquivo: UM,
        linha: 11,
        palavras: "vem da rede",
    },
    Defeito {
        nome: "folha de estilo que busca na rede",
        injetar: |l| {
            l.escrever(
                "book/tema/novo.css",
                "a{}\nb{background:url(https://exemplo.com/x.png)}\n",
            );
        },
        arquivo: "book/tema/novo.css",
        linha: 2,
        palavras: "vem da rede",
    },
    Defeito {
        nome: "inclusão por linhas, que mudam de lugar",
        injetar: |l| l.acrescentar(UM, "\n{{#include ../../examples/ola.rs:1:2}}\n"),
        arquivo: UM,
        linha: 11,
        palavras: "inclua por âncora",
    },
    Defeito {
        nome: "inclusão de um texto que ninguém confere",
        injetar: |l| l.acrescentar(UM, "\n{{#include dois.md}}\n"),
        arquivo: UM,
        linha: 11,
        palavras: "ninguém confere",
    },
    Defeito {
        nome: "listagem de um arquivo de fora do projeto",
        injetar: |l| l.acrescentar(UM, "\n{{#listagem ../../../etc/passwd}}\n"),
        arquivo: UM,
        linha: 11,
        palavras: "não é um caminho a partir da raiz",
    },
    Defeito {
        nome: "diretiva com espaço a mais",
        injetar: |l| l.acrescentar(UM, "\n{{ #figura caixa}}\n"),
        arquivo: UM,
        linha: 11,
        palavras: "parece uma diretiva e não é",
    },
    Defeito {
        nome: "diretiva escondida em um comentário",
        injetar: |l| l.trocar(UM, "{{#figura caixa}}", "<!-- {{#figura caixa}} -->"),
        arquivo: UM,
        linha: 7,
        palavras: "ninguém a vê",
    },
    Defeito {
        nome: "ligação vazia",
        injetar: |l| l.acrescentar(UM, "\n[nada]()\n"),
        arquivo: UM,
        linha: 11,
        palavras: "não leva a lugar nenhum",
    },
    Defeito {
        nome: "definição de referência para uma página que não existe",
        injetar: |l| l.acrescentar(UM, "\n[r]: nada.md\n"),
        arquivo: UM,
        linha: 11,
        palavras: "não existe book/src/nada.md",
    },
    Defeito {
        nome: "nota sem definição",
        injetar: |l| l.acrescentar(UM, "\nTexto.[^nada]\n"),
        arquivo: UM,
        linha: 11,
        palavras: "a nota [^nada] não está definida",
    },
    Defeito {
        nome: "capítulo com caminho absoluto",
        injetar: |l| l.acrescentar("book/src/SUMMARY.md", "- [Fora](/etc/hostname)\n"),
        arquivo: "book/src/SUMMARY.md",
        linha: 5,
        palavras: "«/etc/hostname» não existe",
    },
    Defeito {
        nome: "capítulo sem arquivo",
        injetar: |l| l.acrescentar("book/src/SUMMARY.md", "- [Rascunho]()\n"),
        arquivo: "book/src/SUMMARY.md",
        linha: 5,
        palavras: "não tem arquivo",
    },
    Defeito {
        nome: "capítulo repetido no sumário",
        injetar: |l| l.acrescentar("book/src/SUMMARY.md", "- [De novo](um.md)\n"),
        arquivo: "book/src/SUMMARY.md",
        linha: 5,
        palavras: "aparece duas vezes",
    },
    Defeito {
        nome: "capítulo com outra extensão",
        injetar: |l| l.escrever("book/src/tres.markdown", "# Três\n"),
        arquivo: "book/src/tres.markdown",
        linha: 1,
        palavras: "cabem só arquivos",
    },
    Defeito {
        nome: "página 404 que falta",
        injetar: |l| fs::remove_file(l.caminho("book/src/404.md")).unwrap(),
        arquivo: "book/src/SUMMARY.md",
        linha: 1,
        palavras: "404.md",
    },
    Defeito {
        nome: "programa em uma pasta sem main.rs",
        injetar: |l| l.escrever("examples/sozinho/outro.rs", "fn main() {}\n"),
        arquivo: "examples/sozinho/outro.rs",
        linha: 1,
        palavras: "o cargo não vê",
    },
    Defeito {
        nome: "cena que usa um arquivo que não existe",
        injetar: |l| {
            l.acrescentar(
                "book/cenas/conversa.cena",
                "1$ python3 tests/pares/nada.py\n",
            );
        },
        arquivo: "book/cenas/conversa.cena",
        linha: 6,
        palavras: "não existe tests/pares/nada.py",
    },
    Defeito {
        nome: "folha de estilo dentro do capítulo",
        injetar: |l| {
            l.acrescentar(
                UM,
                "\n<style>a{background:url(https://exemplo.com/x)}</style>\n",
            );
        },
        arquivo: UM,
        linha: 11,
        palavras: "não cabe em um capítulo",
    },
    Defeito {
        nome: "caractere que não se vê",
        injetar: |l| l.acrescentar("book/cenas/conversa.cena", "1| \u{202e}olá\n"),
        arquivo: "book/cenas/conversa.cena",
        linha: 6,
        palavras: "caractere invisível",
    },
    Defeito {
        nome: "linha de programa que o mdBook esconderia",
        injetar: |l| {
            l.trocar(
                "examples/ola.rs",
                "    println",
                "    r\"\n    # some\n    \";\n    println",
            );
        },
        arquivo: UM,
        linha: 5,
        palavras: "esconderia",
    },
    Defeito {
        nome: "etiqueta que não se fecha",
        injetar: |l| l.acrescentar("book/src/dois.md", "\n<div>\n\nAberto.\n"),
        arquivo: "book/src/dois.md",
        linha: 7,
        palavras: "<div> não é fechada",
    },
    Defeito {
        nome: "etiqueta que fecha o que não se abriu",
        injetar: |l| l.acrescentar("book/src/dois.md", "\nA.\n\n</div>\n"),
        arquivo: "book/src/dois.md",
        linha: 9,
        palavras: "</div> fecha o que não foi aberto",
    },
    Defeito {
        nome: "outro aviso do mdBook",
        injetar: |l| l.acrescentar("book/src/dois.md", "\nA.[^n]\n\n[^n]: Um.\n\n[^n]: Dois.\n"),
        arquivo: "book/src/dois.md",
        linha: 1,
        palavras: "o mdBook avisou",
    },
    Defeito {
        nome: "lista de tarefas, que um leitor de tela não lê bem",
        injetar: |l| l.acrescentar(UM, "\n- [ ] fazer\n"),
        arquivo: UM,
        linha: 11,
        palavras: "lista de tarefas",
    },
    Defeito {
        nome: "configuração com uma chave desconhecida",
        injetar: |l| l.escrever("book/book.toml", "[book]\ntitle = 'T'\n\n[inventado]\n"),
        arquivo: "book/book.toml",
        linha: 4,
        palavras: "o mdBook não aceitou o livro",
    },
    Defeito {
        nome: "arquivo que não é UTF-8",
        injetar: |l| fs::write(l.caminho("book/src/dois.md"), b"# Dois\n\n## Fim\n\xff\n").unwrap(),
        arquivo: "book/src/dois.md",
        linha: 4,
        palavras: "UTF-8",
    },
];

#[test]
fn o_livro_de_verdade_monta_sem_problemas() {
    let fora = tempfile::tempdir().unwrap();
    let destino = fora.path().join("livro");
    let saida = rodar(
        raiz(),
        &["construir", "--destino", destino.to_str().unwrap()],
    );
    assert!(saida.status.success(), "{}", erros(&saida));
    assert!(destino.join("index.html").is_file());
    assert!(String::from_utf8_lossy(&saida.stdout).contains("Livro pronto em "));
}

#[test]
fn o_livro_pequeno_sem_defeitos_monta() {
    let livro = LivroPequeno::novo();
    let saida = livro.construir();
    assert!(saida.status.success(), "{}", erros(&saida));
    let pagina = livro.ler("target/livro/um.html");
    for parte in [
        "figura-caixa",
        "cena-conversa",
        "println!",
        "lang=\"pt-BR\"",
    ] {
        assert!(pagina.contains(parte), "falta {parte} na página");
    }
}

#[test]
fn a_mesma_figura_aparece_duas_vezes_com_destaques_diferentes() {
    let livro = LivroPequeno::novo();
    livro.acrescentar(
        "book/figuras/caixa.pikchr",
        "box \"b\" at 1in right of last\n",
    );
    livro.acrescentar(
        UM,
        "\n{{#figura caixa ver=b}}\n\n{{#figura caixa ver=a,b}}\n",
    );
    livro.acrescentar("book/src/dois.md", "\n[A segunda](um.md#figura-caixa-b).\n");
    let saida = livro.construir();
    assert!(saida.status.success(), "{}", erros(&saida));
    let pagina = livro.ler("target/livro/um.html");
    for parte in [
        "<title id=\"figura-caixa-titulo\">Uma caixa</title>",
        "<title id=\"figura-caixa-b-titulo\">Uma caixa. Em destaque: b</title>",
        "<title id=\"figura-caixa-a-b-titulo\">Uma caixa. Em destaque: a e b</title>",
    ] {
        assert_eq!(pagina.matches(parte).count(), 1, "{parte}");
    }
}

#[test]
fn um_pacote_em_examples_tem_um_programa_e_os_seus_modulos() {
    let livro = LivroPequeno::novo();
    livro.escrever(
        "examples/pacote/Cargo.toml",
        "[package]\nname = \"pacote\"\n",
    );
    livro.escrever("examples/pacote/medidor.rs", "fn main() {}\n");
    livro.escrever("examples/pacote/build.rs", "fn main() {}\n");
    livro.escrever("examples/pacote/src/lib.rs", "\n");
    let sem_uso = "examples/pacote/medidor.rs:1: nenhum capítulo usa este programa";
    assert!(erros(&livro.construir()).contains(sem_uso));
    livro.acrescentar(UM, "\nRode `cargo run --release --example medidor`.\n");
    let saida = livro.construir();
    assert!(saida.status.success(), "{}", erros(&saida));
    livro.acrescentar(UM, "\nE `cargo run --example lib`.\n");
    assert!(erros(&livro.construir()).contains("não existe o programa examples/lib.rs"));
}

#[test]
fn cada_caixa_de_um_fluxograma_leva_a_listagem_da_sua_funcao() {
    let livro = LivroPequeno::com_fluxograma();
    let saida = livro.construir();
    assert!(saida.status.success(), "{}", erros(&saida));
    let pagina = livro.ler("target/livro/parte/fluxo.html");
    let juntas = livro.ler("target/livro/print.html");
    for (alvo, na_impressao) in [
        ("#listagem-src-fala-rs-falar", "#listagem-src-fala-rs-falar"),
        (
            "../dois.html#listagem-src-fala-rs-calar",
            "#listagem-src-fala-rs-calar",
        ),
    ] {
        // Uma vez no desenho, outra na lista.
        let ligacao = format!("href=\"{alvo}\"");
        assert_eq!(pagina.matches(&ligacao).count(), 2, "{alvo}");
        let ligacao = format!("href=\"{na_impressao}\"");
        assert_eq!(juntas.matches(&ligacao).count(), 2, "{na_impressao}");
        let lugar = format!("id=\"{}\"", &na_impressao[1..]);
        assert_eq!(juntas.matches(&lugar).count(), 1, "{na_impressao}");
    }
    assert!(
        pagina.contains("aria-label=\"cala: a função Voz::calar, em Dois\""),
        "{pagina}"
    );
}

#[test]
fn se_uma_funcao_do_fluxograma_muda_de_nome_o_livro_nao_monta() {
    let copia = copia_do_livro();
    let mut esperados = Vec::new();
    for figura in ["chat-fluxograma", "chat-completo-fim"] {
        let figura = format!("book/figuras/{figura}.pikchr");
        let fonte = fs::read_to_string(copia.path().join(&figura)).unwrap();
        for (indice, linha) in fonte.lines().enumerate() {
            let Some(ligacao) = linha.strip_prefix("# liga: ") else {
                continue;
            };
            let (caixa, alvo) = ligacao.rsplit_once(" = ").unwrap();
            let (programa, funcao) = alvo.split_once(':').unwrap();
            let nome = funcao.rsplit("::").next().unwrap();
            let programa = copia.path().join(programa);
            let texto = fs::read_to_string(&programa).unwrap();
            let renomear = |texto: String, depois: char| {
                texto.replace(
                    &format!("fn {nome}{depois}"),
                    &format!("fn outra_{nome}{depois}"),
                )
            };
            let renomeado = ['(', '<'].into_iter().fold(texto, renomear);
            fs::write(programa, renomeado).unwrap();
            esperados.push(format!("{figura}:{}: a caixa «{caixa}»: ", indice + 1));
        }
    }
    assert!(esperados.len() > 30, "{esperados:?}");
    let saida = rodar(copia.path(), &["construir"]);
    let achados = erros(&saida);
    assert_eq!(saida.status.code(), Some(1), "{achados}");
    for esperado in &esperados {
        let acusada =
            |linha: &str| linha.starts_with(esperado) && linha.contains("não tem a função");
        assert!(achados.lines().any(acusada), "faltou {esperado}\n{achados}");
    }
    assert_eq!(
        achados.matches("não tem a função").count(),
        esperados.len(),
        "{achados}"
    );
}

#[test]
fn cada_defeito_e_acusado_no_lugar_certo_e_o_livro_anterior_fica() {
    acusar_cada_um(DEFEITOS, &LivroPequeno::novo());
}

#[test]
fn todos_os_defeitos_de_uma_copia_do_livro_saem_de_uma_vez() {
    let copia = copia_do_livro();
    let src = copia.path().join("book/src");
    let capitulo = src.join("chamadas/bind.md");
    let mut texto = fs::read_to_string(&capitulo).unwrap();
    let linhas = texto.lines().count();
    texto.push_str(
        "\n[morta](nada.md)\n\n{{#listagem bind:nada}}\n\n{{#figura nada}}\n\n![](https://exemplo.com/a.png)\n\n## É\n",
    );
    fs::write(&capitulo, texto).unwrap();
    fs::write(src.join("solto.md"), "# Solto\n").unwrap();
    fs::write(copia.path().join("examples/sozinho.rs"), "fn main() {}\n").unwrap();
    let saida = rodar(copia.path(), &["construir"]);
    let achados = erros(&saida);
    assert_eq!(saida.status.code(), Some(1), "{achados}");
    for (deslocamento, palavras) in [
        (2, "não existe book/src/chamadas/nada.md"),
        (4, "não tem a âncora «nada»"),
        (6, "não existe book/figuras/nada.pikchr"),
        (8, "não tem descrição"),
        (8, "vem da rede"),
        (10, "não é ASCII"),
    ] {
        let onde = format!("book/src/chamadas/bind.md:{}: ", linhas + deslocamento);
        assert!(
            achados
                .lines()
                .any(|l| l.starts_with(&onde) && l.contains(palavras)),
            "faltou {onde}{palavras}\n{achados}"
        );
    }
    assert!(achados.contains("book/src/solto.md:1: "), "{achados}");
    assert!(achados.contains("examples/sozinho.rs:1: "), "{achados}");
    assert!(
        achados.contains("erro: o livro tem 8 problemas e não foi montado."),
        "{achados}"
    );
    assert!(!copia.path().join("target/livro").exists());
}

#[test]
fn pedidos_errados_tem_codigo_2_e_uma_frase() {
    let livro = LivroPequeno::novo();
    livro.escrever("arquivo.txt", "meu");
    livro.escrever("ocupada/tese.txt", "única cópia");
    for (argumentos, palavras) in [
        (vec!["publicar"], "não conheço o comando «publicar»"),
        (vec!["--rapido"], "não conheço a opção «--rapido»"),
        (
            vec!["construir", "--destino", "arquivo.txt"],
            "é um arquivo",
        ),
        (
            vec!["construir", "--destino", "arquivo.txt/livro"],
            "não foi possível escrever",
        ),
        (
            vec!["construir", "--destino", "book/saida"],
            "fica dentro de book/",
        ),
        (vec!["construir", "--destino", "ocupada"], "tese.txt"),
        (
            vec!["construir", "--destino", "."],
            "não é do livro montado",
        ),
    ] {
        let saida = rodar(livro.raiz(), &argumentos);
        let texto = erros(&saida);
        assert_eq!(saida.status.code(), Some(2), "{argumentos:?}: {texto}");
        assert!(
            texto.starts_with("erro: ") && texto.contains(palavras),
            "{argumentos:?}: {texto}"
        );
    }
    assert_eq!(livro.ler("ocupada/tese.txt"), "única cópia");
    assert_eq!(livro.ler("arquivo.txt"), "meu");
    assert!(!livro.caminho("book/saida").exists());
}

#[test]
fn sem_tela_abrir_diz_onde_o_livro_esta_e_acaba_bem() {
    if cfg!(any(windows, target_os = "macos")) {
        return;
    }
    let livro = LivroPequeno::novo();
    let saida = rodar(livro.raiz(), &[]);
    let texto = String::from_utf8(saida.stdout.clone()).unwrap();
    assert!(saida.status.success(), "{}", erros(&saida));
    assert!(
        texto.contains("index.html") && texto.contains("Não há tela aqui"),
        "{texto}"
    );
}

#[test]
fn roda_de_qualquer_pasta_do_projeto() {
    let livro = LivroPequeno::novo();
    let saida = rodar(&livro.caminho("book/src"), &["construir"]);
    assert!(saida.status.success(), "{}", erros(&saida));
    assert!(livro.caminho("target/livro/index.html").is_file());
}
