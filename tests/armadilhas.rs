//! Cada armadilha da Parte 2: o programa errado cai nela, o certo não.

#[path = "armadilhas/datagramas.rs"]
mod datagramas;
#[path = "armadilhas/desconfie.rs"]
mod desconfie;
#[path = "armadilhas/encerrar.rs"]
mod encerrar;
#[path = "armadilhas/fluxo.rs"]
mod fluxo;
#[path = "armadilhas/nomes.rs"]
mod nomes;
#[path = "armadilhas/prazos.rs"]
mod prazos;
#[path = "armadilhas/varias.rs"]
mod varias;

use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Trial};

/// Quantas vezes se repete o que pode falhar porque a máquina parou.
const VEZES: usize = 3;

fn main() {
    let provas = [
        datagramas::provas(),
        desconfie::provas(),
        encerrar::provas(),
        fluxo::provas(),
        nomes::provas(),
        prazos::provas(),
        varias::provas(),
    ];
    let provas: Vec<Trial> = provas.into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), provas).exit();
}

/// A prova de um programa cujo prazo é este e, em uma máquina que para tanto tempo, vence
/// sem que haja defeito. Repete a que falhou depois dele; quem o deixa vencer sempre reprova.
fn insistir<E>(prazo: Duration, prova: impl Fn() -> Result<(), E>) -> Result<(), E> {
    for _ in 1..VEZES {
        let inicio = Instant::now();
        match prova() {
            Err(_) if inicio.elapsed() >= prazo => {}
            fim => return fim,
        }
    }
    prova()
}
