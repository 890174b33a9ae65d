//! A página de quem ensina: dez aulas inteiras, minutos que somam 100, demonstrações que são
//! cenas provadas, comandos que existem e rubricas que fecham.

use std::collections::BTreeSet;
use std::fs;

use cena::{Acao, Cena};
use regex::Regex;

/// A página.
fn pagina() -> String {
    let pagina = provas::raiz().join("book/src/apendices/professor.md");
    fs::read_to_string(pagina).unwrap().replace("\r\n", "\n")
}

/// As partes de toda aula.
const PARTES: [&str; 8] = [
    "Objetivos",
    "Antes da aula",
    "Roteiro",
    "Demonstrações",
    "Se falhar",
    "Exercícios",
    "Para discutir",
    "Respostas erradas",
];

/// Cada aula, do título dela até a seguinte.
fn aulas(pagina: &str) -> Vec<&str> {
    let inicio = pagina.find("## As dez aulas").unwrap();
    let fim = pagina.find("## As rubricas").unwrap();
    let texto = &pagina[inicio..fim];
    texto.split("\n### Aula ").skip(1).collect()
}

/// O que há em uma parte da aula.
fn parte<'a>(aula: &'a str, nome: &str) -> &'a str {
    let marca = format!("**{nome}.**");
    let (_, depois) = aula.split_once(&marca).unwrap_or_else(|| {
        panic!(
            "falta a parte {nome} na aula {}",
            aula.lines().next().unwrap()
        )
    });
    let outra = PARTES.map(|outra| depois.find(&format!("**{outra}.**")));
    let fim = outra.into_iter().flatten().min();
    &depois[..fim.unwrap_or(depois.len())]
}

/// As linhas de uma tabela, sem o cabeçalho, cada uma com as suas células.
fn tabela(texto: &str) -> Vec<Vec<&str>> {
    let linhas = texto.lines().filter(|linha| linha.starts_with('|'));
    linhas
        .skip(2)
        .map(|linha| linha.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

#[test]
fn ha_dez_aulas_com_todas_as_partes_na_ordem() {
    let pagina = pagina();
    let aulas = aulas(&pagina);
    assert_eq!(aulas.len(), 10);
    for (numero, aula) in (1..).zip(&aulas) {
        let titulo = aula.lines().next().unwrap();
        assert!(titulo.starts_with(&format!("{numero}: ")), "{titulo}");
        assert!(titulo.ends_with(&format!("{{#aula-{numero}}}")), "{titulo}");
        let lugares = PARTES.map(|nome| {
            assert!(parte(aula, nome).trim().len() > 60, "{titulo}: {nome}");
            aula.find(&format!("**{nome}.**"))
        });
        assert!(lugares.is_sorted(), "{titulo}: as partes fora da ordem");
        let discutir = parte(aula, "Para discutir");
        let perguntas = discutir.matches("\n- ").count();
        let esperadas = discutir.matches("*O que se espera ouvir:*").count();
        assert!(perguntas >= 2 && perguntas == esperadas, "{titulo}");
        assert!(
            tabela(parte(aula, "Respostas erradas")).len() >= 3,
            "{titulo}"
        );
    }
}

#[test]
fn os_minutos_de_cada_roteiro_somam_cem() {
    for aula in aulas(&pagina()) {
        let minutos = tabela(parte(aula, "Roteiro"))
            .iter()
            .map(|celulas| celulas[0].parse::<u32>().expect("minutos"))
            .sum::<u32>();
        assert_eq!(minutos, 100, "aula {}", aula.lines().next().unwrap());
    }
}

#[test]
fn cada_demonstracao_e_uma_cena_e_so_usa_os_comandos_dela() {
    let nome = Regex::new(r"^- \[([a-z0-9-]+)\]\(\.\./[^)]*#cena-([a-z0-9-]+)\)").unwrap();
    let comando = Regex::new("`(cargo [^`]+)`").unwrap();
    for aula in aulas(&pagina()) {
        let titulo = aula.lines().next().unwrap();
        let linhas: Vec<&str> = parte(aula, "Demonstrações")
            .lines()
            .filter(|linha| linha.starts_with("- "))
            .collect();
        assert!(linhas.len() >= 3, "{titulo}: poucas demonstrações");
        for linha in linhas {
            let achada = nome
                .captures(linha)
                .unwrap_or_else(|| panic!("{titulo}: {linha}"));
            assert_eq!(&achada[1], &achada[2], "{linha}");
            let arquivo = format!("book/cenas/{}.cena", &achada[1]);
            let texto = fs::read_to_string(provas::raiz().join(&arquivo)).expect(&arquivo);
            let cena = Cena::ler(&texto).expect(&arquivo);
            let digitados: Vec<&str> = cena
                .passos
                .iter()
                .filter_map(|passo| match &passo.acao {
                    Acao::Comando(comando) => Some(comando.as_str()),
                    _ => None,
                })
                .collect();
            let usados: Vec<&str> = comando
                .captures_iter(linha)
                .map(|achado| achado.get(1).unwrap().as_str())
                .collect();
            assert!(!usados.is_empty(), "{linha}: que comando?");
            for usado in usados {
                assert!(digitados.contains(&usado), "{arquivo} não roda «{usado}»");
            }
            let so_no_linux = cena.sistema.as_deref() == Some("linux");
            assert_eq!(linha.contains("(Linux.)"), so_no_linux, "{linha}");
        }
    }
}

#[test]
fn todo_comando_do_cargo_existe() {
    let raiz = provas::raiz();
    let exercicios: toml::Table = fs::read_to_string(raiz.join("exercicios/exercicios.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let exercicios: BTreeSet<String> = exercicios["exercicio"]
        .as_array()
        .unwrap()
        .iter()
        .map(|exercicio| exercicio["nome"].as_str().unwrap().to_string())
        .collect();
    let apelidos: toml::Table = fs::read_to_string(raiz.join(".cargo/config.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let apelidos = apelidos["alias"].as_table().unwrap();
    let linha_de_comando =
        fs::read_to_string(raiz.join("editora/src/linha_de_comando.rs")).unwrap();
    let pagina = pagina();
    let cargo = Regex::new(r"(?m)(?:`|^)(cargo [^`\n]+)").unwrap();
    let mut pedidos = BTreeSet::new();
    for achado in cargo.captures_iter(&pagina) {
        let comando = &achado[1];
        let palavras: Vec<&str> = comando.split_whitespace().collect();
        let ha = match palavras[1..] {
            ["run", "--", pedido, ..] => linha_de_comando.contains(&format!("Some((\"{pedido}\"")),
            // Que o programa existe, a editora confere em toda página.
            ["run" | "build", ..] if comando.contains("--example") => true,
            ["test", "-p", "provas", "--test", "cenas"] | ["fetch" | "vendor"] => true,
            ["conferir"] | ["conferir", "--ajuda"] => apelidos.contains_key("conferir"),
            ["conferir", exercicio] => {
                pedidos.insert(exercicio.to_string());
                exercicios.contains(exercicio)
            }
            [apelido, ..] => apelidos.contains_key(apelido),
            [] => false,
        };
        assert!(ha, "«{comando}» não existe");
    }
    assert_eq!(pedidos, exercicios, "todo exercício tem a sua aula");
}

#[test]
fn toda_pagina_do_livro_tem_a_sua_aula() {
    let pagina = pagina();
    let sumario = fs::read_to_string(provas::raiz().join("book/src/SUMMARY.md")).unwrap();
    let capitulo =
        Regex::new(r"\]\(((?:inicio|chamadas|armadilhas|experimentos|chat)/[^)]+)\)").unwrap();
    let capitulos: Vec<String> = capitulo
        .captures_iter(&sumario)
        .map(|achado| achado[1].to_string())
        .collect();
    assert!(capitulos.len() > 30);
    let aulas = aulas(&pagina).concat();
    for capitulo in capitulos {
        // O que `cargo run -- novo` acaba de criar ainda não é um capítulo.
        let texto = fs::read_to_string(provas::raiz().join("book/src").join(&capitulo)).unwrap();
        if texto.contains("Troque este parágrafo, e os outros desta página") {
            continue;
        }
        assert!(
            aulas.contains(&format!("](../{capitulo}")),
            "nenhuma aula usa {capitulo}"
        );
    }
}

#[test]
fn as_rubricas_somam_o_total_que_dizem() {
    let pagina = pagina();
    let pontos = |celula: &str| -> u32 {
        let (numero, _) = celula.split_once(':').unwrap_or((celula, ""));
        numero
            .trim_matches('*')
            .parse()
            .unwrap_or_else(|_| panic!("sem pontos: {celula}"))
    };
    for ancora in ["{#rubrica-do-chat}", "{#rubrica-do-relatorio}"] {
        let (_, depois) = pagina.split_once(ancora).unwrap();
        let secao = &depois[..depois.find("\n##").unwrap()];
        let linhas = tabela(secao);
        let (total, criterios) = linhas.split_last().unwrap();
        assert_eq!(total[0], "**Total**");
        assert_eq!(pontos(total[1]), 100, "{ancora}");
        for nivel in 1..=3 {
            let soma: u32 = criterios.iter().map(|linha| pontos(linha[nivel])).sum();
            assert_eq!(soma, pontos(total[nivel]), "{ancora}, nível {nivel}");
        }
        for linha in criterios {
            assert!(
                pontos(linha[1]) > pontos(linha[2]) && pontos(linha[2]) > pontos(linha[3]),
                "os níveis de «{}» não descem",
                linha[0]
            );
        }
    }
}

#[test]
fn o_plano_de_sessenta_horas_tem_trinta_e_seis_encontros() {
    let pagina = pagina();
    let (_, depois) = pagina.split_once("{#plano}").unwrap();
    let secao = &depois[..depois.find("\n###").unwrap()];
    let encontros: u32 = tabela(secao)
        .iter()
        .map(|linha| linha[0].parse::<u32>().expect("encontros"))
        .sum();
    assert_eq!(encontros * 100, 60 * 60);
    for aula in 1..=10 {
        let citada = Regex::new(&format!(r"aulas? (?:\d+ e )?{aula}\b")).unwrap();
        assert!(citada.is_match(secao), "falta a aula {aula}");
    }
}
