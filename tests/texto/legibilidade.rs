//! Nenhuma página do livro é difícil de ler: o índice de Flesch, com os coeficientes do
//! português. A conta e o relatório são de `editora/texto`: `cargo run -- legibilidade`.

use libtest_mimic::Trial;
use texto::casa::{self, Arquivo};
use texto::legibilidade::{MENOR_AMOSTRA, MINIMO, Medida, sozinha};

use crate::{prova, sem_achados};

/// Quantas frases se mostram de uma página difícil.
const MAIS_PESADAS: usize = 5;

/// As páginas abaixo do mínimo, cada uma com as frases que mais pesam.
fn dificeis(paginas: &[Arquivo]) -> Vec<String> {
    let mut achados = Vec::new();
    for pagina in paginas {
        let medida = Medida::de(&pagina.texto);
        let Some(indice) = medida.indice().filter(|indice| *indice < MINIMO) else {
            continue;
        };
        let caminho = &pagina.caminho;
        achados.push(format!("{caminho}: o índice é {indice:.1}"));
        for frase in medida.mais_pesadas(MAIS_PESADAS) {
            let (linha, texto) = (frase.linha, &frase.texto);
            achados.push(format!("{caminho}:{linha}: {:.0}: {texto}", sozinha(frase)));
        }
    }
    achados
}

pub fn provas() -> Vec<Trial> {
    vec![
        prova("legibilidade::nenhuma_pagina_e_dificil", || {
            let paginas = casa::paginas(&provas::raiz()).map_err(|erro| format!("{erro:#}"))?;
            sem_achados(
                &dificeis(&paginas),
                &format!(
                    "Abaixo de {MINIMO} um texto é difícil: parta as frases longas e troque as \
                     palavras compridas, a começar por estas."
                ),
            )
        }),
        prova("legibilidade::so_o_que_nao_e_prosa_fica_sem_indice", || {
            // As páginas sem índice são a de erro e as que só apresentam uma lista feita dos
            // dados; um capítulo tem sempre mais do que uma amostra.
            let paginas = casa::paginas(&provas::raiz()).map_err(|erro| format!("{erro:#}"))?;
            let capitulos = paginas.iter().filter(|pagina| {
                let fora = ["book/src/404.md", "book/src/apendices/"];
                !fora.iter().any(|fora| pagina.caminho.starts_with(fora))
            });
            let mut medidos = 0;
            for capitulo in capitulos {
                let palavras = Medida::de(&capitulo.texto).palavras();
                assert!(
                    palavras >= MENOR_AMOSTRA,
                    "{}: {palavras}",
                    capitulo.caminho
                );
                medidos += 1;
            }
            assert!(medidos > 30, "{medidos} capítulos");
            Ok(())
        }),
        prova("legibilidade::uma_pagina_dificil_e_acusada", || {
            let pesada = "A característica determinante dos procedimentos administrativos \
                internacionais é a complexidade burocrática das regulamentações institucionais.";
            let pagina = |texto: String| Arquivo {
                caminho: "a.md".to_string(),
                texto,
            };
            let achados = dificeis(&[pagina(format!(
                "# Um\n\n{}",
                format!("{pesada}\n\n").repeat(9)
            ))]);
            assert_eq!(achados.len(), 1 + MAIS_PESADAS, "{achados:?}");
            assert!(achados[1].starts_with("a.md:3: "), "{achados:?}");
            let leve = pagina("O sol sai e a casa fica clara. ".repeat(20));
            assert_eq!(dificeis(&[leve]), [""; 0]);
            Ok(())
        }),
    ]
}
