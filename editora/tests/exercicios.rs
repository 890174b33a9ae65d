//! As perguntas e os exercícios saem dos dados: um livro pequeno que tem dos dois, em que se
//! injeta cada defeito que a editora promete achar.

mod comum;
mod livro_pequeno;

use std::fs;

use comum::{erros, raiz};
use livro_pequeno::{Defeito, LivroPequeno, acusar_cada_um};

const PERGUNTAS: &str = "book/dados/perguntas/dois.toml";
const EXERCICIOS: &str = "exercicios/exercicios.toml";

/// Um livro com uma pergunta e um exercício no segundo capítulo, e a página das respostas.
fn livro() -> LivroPequeno {
    let livro = LivroPequeno::novo();
    livro.acrescentar(
        "book/src/dois.md",
        "\n## Confira {#perguntas}\n\n{{#perguntas}}\n\n## Agora\n\n{{#exercicios}}\n",
    );
    livro.acrescentar("book/src/SUMMARY.md", "- [Respostas](fim/respostas.md)\n");
    livro.escrever(
        "book/src/fim/respostas.md",
        "# Respostas\n\n{{#respostas}}\n",
    );
    livro.escrever(
        PERGUNTAS,
        "[[pergunta]]
id = 'um'
texto = 'Quanto dá `1 < 2`?'
[[pergunta.escolha]]
texto = 'Nada.'
razao = 'Dá um sim: veja [o fim](#fim).'
[[pergunta.escolha]]
certa = true
texto = 'Sim.'
razao = 'É menor.'
[[pergunta.escolha]]
texto = 'Não.'
razao = 'É menor.'
",
    );
    livro.escrever(
        EXERCICIOS,
        "[[comum]]
nome = 'panico'
frase = 'Um pânico.'
secao = 'um.md#um'

[[exercicio]]
nome = 'fala'
titulo = 'Falar'
capitulo = 'dois.md'
uso = 'fala ALTO'
objetivo = 'Fale, como no [começo](um.md#um).'
criterios = ['Fala alto.']
dicas = ['Respire.', 'Abra a boca.']
comentario = 'Veja [o começo](../um.md#um).'
[[exercicio.diagnostico]]
nome = 'mudo'
frase = 'Não falou.'
secao = 'dois.md#fim'
",
    );
    livro.escrever(
        "exercicios/solucoes/fala.rs",
        "fn main() {\n    println!(\"fala\");\n}\n",
    );
    livro
}

#[test]
fn a_pagina_tem_as_perguntas_o_enunciado_e_a_resposta() {
    let livro = livro();
    let saida = livro.construir();
    assert!(saida.status.success(), "{}", erros(&saida));
    let pagina = livro.ler("target/livro/dois.html");
    for parte in [
        "id=\"pergunta-dois-um\"><b>1.</b> Quanto dá <code>1 &lt; 2</code>?",
        "<summary>Nada.</summary>",
        "<strong>Certo.</strong> É menor.",
        "<h3 id=\"exercicio-fala\">",
        "<summary>Dica 2 de 2</summary>",
        "cargo conferir fala",
        "fim/respostas.html#resposta-fala",
    ] {
        assert!(pagina.contains(parte), "falta {parte}");
    }
    let respostas = livro.ler("target/livro/fim/respostas.html");
    for parte in [
        "<h2 id=\"resposta-fala\">",
        "../dois.html#exercicio-fala",
        "println!",
    ] {
        assert!(respostas.contains(parte), "falta {parte}");
    }
    assert!(!pagina.contains("println!"), "o enunciado mostra a solução");
}

const DEFEITOS: &[Defeito] = &[
    Defeito {
        nome: "perguntas que a página não mostra",
        injetar: |l| l.trocar("book/src/dois.md", "{{#perguntas}}\n", ""),
        arquivo: PERGUNTAS,
        linha: 1,
        palavras: "falta {{#perguntas}}",
    },
    Defeito {
        nome: "uma página sem as perguntas que pede",
        injetar: |l| l.acrescentar("book/src/um.md", "\n{{#perguntas}}\n"),
        arquivo: "book/src/um.md",
        linha: 11,
        palavras: "não existe book/dados/perguntas/um.toml",
    },
    Defeito {
        nome: "perguntas de capítulo nenhum",
        injetar: |l| l.escrever("book/dados/perguntas/tres.toml", &l.ler(PERGUNTAS)),
        arquivo: "book/dados/perguntas/tres.toml",
        linha: 1,
        palavras: "não há um capítulo com este nome",
    },
    Defeito {
        nome: "uma razão com uma ligação quebrada",
        injetar: |l| l.trocar(PERGUNTAS, "(#fim)", "(#nada)"),
        arquivo: PERGUNTAS,
        linha: 4,
        palavras: "#nada",
    },
    Defeito {
        nome: "duas escolhas certas",
        injetar: |l| l.acrescentar(PERGUNTAS, "certa = true\n"),
        arquivo: PERGUNTAS,
        linha: 1,
        palavras: "2 escolhas certas",
    },
    Defeito {
        nome: "um exercício que a página não mostra",
        injetar: |l| l.trocar("book/src/dois.md", "{{#exercicios}}\n", ""),
        arquivo: EXERCICIOS,
        linha: 6,
        palavras: "falta {{#exercicios}}",
    },
    Defeito {
        nome: "uma página sem exercícios que os pede",
        injetar: |l| l.acrescentar("book/src/um.md", "\n{{#exercicios}}\n"),
        arquivo: "book/src/um.md",
        linha: 11,
        palavras: "nenhum exercício",
    },
    Defeito {
        nome: "um exercício sem solução",
        injetar: |l| fs::remove_file(l.caminho("exercicios/solucoes/fala.rs")).unwrap(),
        arquivo: EXERCICIOS,
        linha: 6,
        palavras: "exercicios/solucoes/fala.rs",
    },
    Defeito {
        nome: "um diagnóstico que manda ler uma seção que não existe",
        injetar: |l| l.trocar(EXERCICIOS, "dois.md#fim", "dois.md#meio"),
        arquivo: EXERCICIOS,
        linha: 15,
        palavras: "dois.md#meio",
    },
    Defeito {
        nome: "um enunciado com uma ligação quebrada",
        injetar: |l| {
            l.trocar(
                EXERCICIOS,
                "'Fale, como no [começo](um.md#um).'",
                "'[a](x.md)'",
            );
        },
        arquivo: EXERCICIOS,
        linha: 6,
        palavras: "x.md",
    },
    Defeito {
        nome: "nenhuma página de respostas",
        injetar: |l| l.trocar("book/src/fim/respostas.md", "{{#respostas}}\n", "Nada.\n"),
        arquivo: EXERCICIOS,
        linha: 1,
        palavras: "falta {{#respostas}}",
    },
    Defeito {
        nome: "um exercício sem dicas",
        injetar: |l| l.trocar(EXERCICIOS, "dicas = ['Respire.', 'Abra a boca.']\n", ""),
        arquivo: EXERCICIOS,
        linha: 6,
        palavras: "dicas",
    },
];

#[test]
fn cada_defeito_e_acusado_no_lugar_certo() {
    acusar_cada_um(DEFEITOS, &livro());
}

/// Os apêndices são de consulta; todo o resto se confere.
#[test]
fn todo_capitulo_tem_perguntas() {
    let sumario = fs::read_to_string(raiz().join("book/src/SUMMARY.md")).unwrap();
    let capitulos: Vec<&str> = sumario
        .lines()
        .filter_map(|linha| linha.rsplit_once("](")?.1.strip_suffix(')'))
        .filter(|caminho| !caminho.starts_with("apendices/"))
        .collect();
    assert!(capitulos.len() > 30, "{capitulos:?}");
    for capitulo in capitulos {
        let texto = fs::read_to_string(raiz().join("book/src").join(capitulo)).unwrap();
        assert!(
            texto.contains("\n{{#perguntas}}\n"),
            "{capitulo} não tem perguntas"
        );
    }
}
