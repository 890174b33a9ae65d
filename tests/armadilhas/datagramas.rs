//! Datagramas: o que se perde, se corta, se parte, transborda ou vem de um estranho.
//!
//! As cenas do capítulo já mostram cada par na estrada do livro. Aqui a estrada é
//! sorteada, o outro lado manda lixo, e o cabo é de verdade.

#[path = "datagramas/cabo.rs"]
mod cabo;
#[path = "datagramas/cofre.rs"]
mod cofre;
#[path = "datagramas/estrada.rs"]
mod estrada;
#[path = "datagramas/nucleo.rs"]
mod nucleo;
#[path = "datagramas/tamanhos.rs"]
mod tamanhos;

use libtest_mimic::{Failed, Trial};
use provas::{Falha, Filho};

/// As provas deste capítulo.
pub fn provas() -> Vec<Trial> {
    [
        cofre::provas(),
        cabo::provas(),
        tamanhos::provas(),
        nucleo::provas(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Uma prova que roda em qualquer sistema.
fn prova(nome: &str, roda: fn() -> Result<(), Falha>) -> Trial {
    Trial::test(format!("datagramas::{nome}"), move || {
        roda().map_err(Failed::from)
    })
}

/// Falha contando tudo que o programa mostrou.
fn exigir(certo: bool, programa: &Filho, se_nao: &str) -> Result<(), Falha> {
    if certo {
        Ok(())
    } else {
        Err(programa.falha(se_nao))
    }
}
