//! O que se mostra de cada engano: o número errado e, embaixo, o certo.

use csv::StringRecord;
use sockets::medir::estatistica::{Resumo, mediana};

use super::{Engano, TODOS};
use crate::resultados::numeros::com_algarismos;
use crate::resultados::quadro::{LARGURA, quebrar, quebrar_em};

/// Até quantas condições de um engano se mostram uma a uma; de mais que isso, a faixa.
const POUCAS: usize = 4;

/// O texto que conta as linhas da tabela, engano por engano, na ordem do capítulo.
#[must_use]
pub fn contar(colunas: &[String], linhas: &[StringRecord]) -> Vec<String> {
    let contados = TODOS.iter().filter_map(|engano| {
        um(engano, &Deste::entre(engano.nome, colunas, linhas))
    });
    let contados: Vec<Vec<String>> = contados.collect();
    contados.join(&String::new())
}

/// As linhas de um engano.
struct Deste<'t> {
    colunas: &'t [String],
    linhas: Vec<&'t StringRecord>,
}

impl<'t> Deste<'t> {
    fn entre(
        nome: &str,
        colunas: &'t [String],
        linhas: &'t [StringRecord],
    ) -> Self {
        let mut este = Self {
            colunas,
            linhas: Vec::new(),
        };
        este.linhas = linhas
            .iter()
            .filter(|linha| este.celula(linha, "engano") == nome)
            .collect();
        este
    }

    fn celula(&self, linha: &'t StringRecord, coluna: &str) -> &'t str {
        let qual = self.colunas.iter().position(|nome| nome == coluna);
        qual.and_then(|qual| linha.get(qual)).unwrap_or_default()
    }

    /// A mediana das rodadas de cada condição, na ordem em que elas aparecem.
    fn por_condicao(&self, coluna: &str) -> Vec<(&'t str, f64)> {
        let mut condicoes: Vec<(&str, Vec<f64>)> = Vec::new();
        for linha in &self.linhas {
            let condicao = self.celula(linha, "condicao");
            let Ok(valor) = self.celula(linha, coluna).parse() else {
                continue;
            };
            match condicoes.iter_mut().find(|(nome, _)| *nome == condicao) {
                Some((_, valores)) => valores.push(valor),
                None => condicoes.push((condicao, vec![valor])),
            }
        }
        condicoes
            .into_iter()
            .filter_map(|(nome, valores)| Some((nome, mediana(&valores)?)))
            .collect()
    }
}

/// O título e as duas linhas; `None` se ele não foi medido.
fn um(engano: &Engano, deste: &Deste<'_>) -> Option<Vec<String>> {
    let unidade = deste.celula(deste.linhas.first()?, "unidade");
    let numero = |coluna| {
        let valores = deste.por_condicao(coluna);
        (!valores.is_empty())
            .then(|| format!("{} {unidade}", apresentar(&valores)))
    };
    let com_ressalva = deste
        .linhas
        .iter()
        .any(|linha| !deste.celula(linha, "ressalva").is_empty());
    let marca = if com_ressalva { "*" } else { "" };
    let verdade = numero("verdade")
        .map_or_else(String::new, |v| format!(" (o caminho: {v})"));
    let titulo = format!("{}{marca}: {}", engano.nome, engano.medida);
    let numeros = [
        format!("errado: {}, {}", numero("errado")?, engano.errado),
        format!("certo: {}, {}{verdade}", numero("certo")?, engano.certo),
    ];
    let mut texto = quebrar(&titulo);
    texto.extend(numeros.iter().flat_map(|frase| {
        quebrar_em(frase, LARGURA - 2)
            .into_iter()
            .map(|linha| format!("  {linha}"))
    }));
    Some(texto)
}

/// Um número, se é o mesmo em todas as condições; senão o de cada uma, ou a faixa.
fn apresentar(valores: &[(&str, f64)]) -> String {
    let numeros: Vec<f64> = valores.iter().map(|(_, valor)| *valor).collect();
    let Some(resumo) = Resumo::de(&numeros) else {
        return String::new();
    };
    let (menor, maior) =
        (com_algarismos(resumo.menor), com_algarismos(resumo.maior));
    if menor == maior {
        return maior;
    }
    if valores.len() > POUCAS {
        return format!("de {menor} a {maior}");
    }
    let cada: Vec<String> = valores
        .iter()
        .map(|(nome, valor)| {
            let nome = sockets::visivel(nome.as_bytes());
            format!("{nome} {}", com_algarismos(*valor))
        })
        .collect();
    cada.join("; ")
}

#[cfg(test)]
mod testes {
    use super::*;

    fn contado(linhas: &[[&str; 7]]) -> Vec<String> {
        let colunas = [
            "engano", "condicao", "errado", "certo", "unidade", "verdade",
            "ressalva",
        ];
        let linhas: Vec<StringRecord> = linhas
            .iter()
            .map(|linha| StringRecord::from(linha.as_slice()))
            .collect();
        contar(&colunas.map(String::from), &linhas)
    }

    #[test]
    fn mostra_a_mediana_das_rodadas_do_errado_e_do_certo() {
        let texto = contado(&[
            ["cauda", "", "0.000", "33.333", "%", "33.333", ""],
            ["cauda", "", "0.000", "33.400", "%", "33.400", ""],
            ["cauda", "", "0.000", "33.500", "%", "33.500", ""],
        ]);
        assert!(texto[0].starts_with("cauda: "), "{texto:?}");
        assert!(texto[1].starts_with("  errado: 0 %, "), "{texto:?}");
        let certo = texto[2..].join(" ").replace("     ", " ");
        assert!(certo.starts_with("  certo: 33,4 %, "), "{texto:?}");
        assert!(certo.contains("(o caminho: 33,4 %)"), "{texto:?}");
    }

    #[test]
    fn poucas_condicoes_aparecem_uma_a_uma_e_muitas_como_faixa() {
        let texto = contado(&[
            ["media", "p50", "4.100", "2.000", "ms", "", ""],
            ["media", "p99", "4.100", "210.000", "ms", "", "ruim"],
        ]);
        let texto = texto.join("\n");
        assert!(texto.contains("errado: 4,10 ms"), "{texto}");
        assert!(texto.contains("p50 2,00; p99 210 ms"), "{texto}");
        assert!(texto.starts_with("media*: "), "{texto}");
        assert!(!texto.contains("caminho:"), "{texto}");

        let vezes = ["vez 1", "vez 2", "vez 3", "vez 4", "vez 5"];
        let errados = ["3.000", "1.000", "9.000", "4.000", "5.000"];
        let linhas: Vec<[&str; 7]> = vezes
            .into_iter()
            .zip(errados)
            .map(|(vez, errado)| {
                ["amostra", vez, errado, "5.100", "%", "5.100", ""]
            })
            .collect();
        let texto = contado(&linhas).join("\n");
        assert!(texto.contains("errado: de 1,00 a 9,00 %"), "{texto}");
        assert!(texto.contains("certo: 5,10 %"), "{texto}");
    }
}
