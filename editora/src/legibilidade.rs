//! O quanto cada página é fácil de ler, para quem escreve: `cargo run -- legibilidade`.

use std::path::Path;

use anyhow::{Result, bail};
use texto::casa;
use texto::legibilidade::{MINIMO, Medida, sozinha};

/// Quantas frases se mostram da página que alguém quer melhorar.
const MAIS_PESADAS: usize = 10;

/// O relatório, uma linha por página. Com uma `pagina` (o caminho ou o fim dele), também as
/// frases dela que mais pesam.
///
/// # Errors
/// Quando as páginas não se deixam ler, ou nenhuma é a que se pede.
pub fn relatorio(raiz: &Path, pagina: Option<&str>) -> Result<Vec<String>> {
    let mut paginas = casa::paginas(raiz)?;
    if let Some(pedida) = pagina {
        let fim = pedida.replace('\\', "/");
        paginas.retain(|pagina| {
            pagina
                .caminho
                .trim_end_matches(".md")
                .ends_with(fim.trim_end_matches(".md"))
        });
        if paginas.is_empty() {
            bail!(
                "não achei a página «{pedida}» em book/src. Diga o caminho dela, ou o fim dele: \
                 chamadas/bind.md"
            );
        }
    }
    let mut linhas = vec![format!(
        "{:>6} {:>8} {:>9} {:>10}  página",
        "índice", "palavras", "por frase", "por palavra"
    )];
    for lida in &paginas {
        let medida = Medida::de(&lida.texto);
        linhas.push(linha(&medida, &lida.caminho));
        if pagina.is_some() {
            for frase in medida.mais_pesadas(MAIS_PESADAS) {
                let indice = sozinha(frase);
                linhas.push(format!(
                    "{}:{}: {indice:.0}: {}",
                    lida.caminho, frase.linha, frase.texto
                ));
            }
        }
    }
    linhas.push(format!(
        "Índice de Flesch, com os coeficientes do português: de 0 a 100, quanto maior mais fácil. \
         Nenhuma página pode ficar abaixo de {MINIMO:.0}; um traço é a que tem pouca prosa para medir."
    ));
    Ok(linhas)
}

fn linha(medida: &Medida, caminho: &str) -> String {
    let indice = medida
        .indice()
        .map_or("—".to_string(), |indice| decimal(indice, 1));
    format!(
        "{indice:>6} {:>8} {:>9} {:>11}  {caminho}",
        medida.palavras(),
        decimal(medida.por_frase(), 1),
        decimal(medida.por_palavra(), 2)
    )
}

fn decimal(numero: f64, casas: usize) -> String {
    format!("{numero:.casas$}").replace('.', ",")
}
