//! O que as pastas dos exercícios prometem umas às outras.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use conferidor::Fichas;
use conferidor::exercicios::CONFERENCIAS;
use corpo::{Papel, Peca, declaracoes, pasta, pecas};

/// Onde começam, no `Cargo.toml`, as declarações que este arquivo escreve.
const MARCA: &str = "# é `ATUALIZAR=1 cargo test -p corpo --test casa`.\n";

fn fichas() -> Fichas {
    Fichas::ler(&pasta().join("..")).expect("as fichas se leem")
}

fn por_papel(papel: Papel) -> Vec<Peca> {
    let todas = pecas().expect("as pastas se leem");
    todas.into_iter().filter(|p| p.papel == papel).collect()
}

#[test]
fn todo_programa_esta_declarado_no_cargo_toml() {
    let arquivo = pasta().join("corpo/Cargo.toml");
    let texto = fs::read_to_string(&arquivo).unwrap().replace("\r\n", "\n");
    let (antes, declarados) = texto.split_once(MARCA).expect("a marca está no arquivo");
    let certos = declaracoes(&pecas().unwrap());
    if std::env::var_os("ATUALIZAR").is_some_and(|valor| valor == "1") {
        fs::write(&arquivo, format!("{antes}{MARCA}{certos}")).unwrap();
        return;
    }
    assert_eq!(
        declarados, certos,
        "rode ATUALIZAR=1 cargo test -p corpo --test casa"
    );
}

#[test]
fn cada_exercicio_tem_ficha_conferencia_esqueleto_e_solucao_na_mesma_ordem() {
    let fichas = fichas();
    let nomes: Vec<&str> = fichas.exercicios.iter().map(|f| f.nome.as_str()).collect();
    let conferidos: Vec<&str> = CONFERENCIAS.iter().map(|(nome, _)| *nome).collect();
    assert_eq!(nomes, conferidos);
    assert!(nomes.len() >= 20, "há só {} exercícios", nomes.len());
    let ordenados: BTreeSet<&str> = nomes.iter().copied().collect();
    for papel in [Papel::Esqueleto, Papel::Solucao] {
        let pecas = por_papel(papel);
        let deles: BTreeSet<&str> = pecas.iter().map(|p| p.exercicio.as_str()).collect();
        assert_eq!(deles, ordenados, "{papel:?}");
    }
}

#[test]
fn as_fichas_estao_completas() {
    for ficha in &fichas().exercicios {
        let nome = &ficha.nome;
        for (campo, texto) in [
            ("titulo", &ficha.titulo),
            ("uso", &ficha.uso),
            ("objetivo", &ficha.objetivo),
            ("comentario", &ficha.comentario),
        ] {
            assert!(!texto.trim().is_empty(), "{nome}: falta {campo}");
        }
        assert!(ficha.criterios.len() >= 2, "{nome}: poucos critérios");
        assert!(ficha.dicas.len() >= 2, "{nome}: poucas dicas");
        assert!(ficha.diagnosticos.len() >= 2, "{nome}: poucos diagnósticos");
        assert_eq!(
            ficha.uso.split(' ').next(),
            Some(nome.as_str()),
            "{nome}: uso"
        );
    }
}

#[test]
fn o_capitulo_de_cada_exercicio_vem_na_ordem_do_sumario() {
    let sumario = fs::read_to_string(pasta().join("../book/src/SUMMARY.md")).unwrap();
    let lugares: Vec<usize> = fichas()
        .exercicios
        .iter()
        .map(|ficha| {
            let ligacao = format!("({})", ficha.capitulo);
            sumario
                .find(&ligacao)
                .unwrap_or_else(|| panic!("{}: {ligacao} não está no sumário", ficha.nome))
        })
        .collect();
    assert!(lugares.is_sorted(), "{lugares:?}");
}

/// Um engano que ninguém comete não se sabe se seria achado; e um que se acha sem nome não
/// ensina.
#[test]
fn cada_diagnostico_tem_um_programa_que_o_merece_e_vice_versa() {
    let fichas = fichas();
    let erradas = por_papel(Papel::Errada);
    assert!(erradas.len() >= 60, "há só {} enganos", erradas.len());
    let mut merecidos: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for peca in &erradas {
        let arquivo = &peca.arquivo;
        let ficha = fichas
            .achar(&peca.exercicio)
            .unwrap_or_else(|| panic!("{arquivo}: não existe o exercício"));
        let nome = peca
            .diagnostico()
            .unwrap_or_else(|| panic!("{arquivo}: falta a linha //! diagnostico: NOME"));
        assert!(
            fichas.diagnostico(ficha, nome).is_some(),
            "{arquivo}: a ficha não tem o diagnóstico {nome}"
        );
        merecidos.entry(&ficha.nome).or_default().insert(nome);
    }
    for ficha in &fichas.exercicios {
        let nomes: Vec<&str> = ficha.diagnosticos.iter().map(|d| d.nome.as_str()).collect();
        let unicos: BTreeSet<&str> = nomes.iter().copied().collect();
        assert_eq!(nomes.len(), unicos.len(), "{}: nomes repetidos", ficha.nome);
        let merecidos = merecidos.remove(ficha.nome.as_str()).unwrap_or_default();
        let sem_programa: Vec<_> = unicos.difference(&merecidos).collect();
        assert!(
            sem_programa.is_empty(),
            "{}: nenhum programa em erradas/ merece {sem_programa:?}",
            ficha.nome
        );
    }
}

#[test]
fn o_que_um_esqueleto_diz_e_o_que_a_ficha_diz() {
    let fichas = fichas();
    for peca in por_papel(Papel::Esqueleto) {
        let ficha = fichas.achar(&peca.exercicio).unwrap();
        let conferir = format!("cargo conferir {}", ficha.nome);
        assert!(
            peca.texto.contains(&conferir),
            "{}: falta {conferir}",
            peca.arquivo
        );
        assert!(!peca.texto.contains("todo!("), "{}", peca.arquivo);
    }
}

/// Um programa que ainda não compila, de quem está estudando, não pode parar `cargo test`.
#[test]
fn o_que_a_pessoa_escreve_fica_fora_das_provas() {
    let texto = fs::read_to_string(pasta().join("../Cargo.toml")).unwrap();
    let linha = |comeco: &str| {
        let linha = texto.lines().find(|linha| linha.starts_with(comeco));
        linha.unwrap_or_else(|| panic!("falta {comeco}"))
    };
    assert!(linha("members").contains("\"exercicios\""));
    assert!(!linha("default-members").contains("\"exercicios\""));
}
