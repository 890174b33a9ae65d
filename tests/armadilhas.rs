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

use libtest_mimic::{Arguments, Trial};

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
