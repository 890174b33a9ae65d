//! O chat inteiro, como processo: dois programas que conversam, o que cada um mostra
//! e com que código acaba.
//!
//! Os transportes têm provas próprias; aqui se prova o que só existe no programa: a
//! linha de comando, o cano, a pessoa no terminal, os sinais e os fins.

#[path = "chat_processos/canos.rs"]
mod canos;
#[path = "chat_processos/conversa.rs"]
mod conversa;
#[path = "chat_processos/fins.rs"]
mod fins;
#[path = "chat_processos/opcoes.rs"]
mod opcoes;
#[path = "chat_processos/partida.rs"]
mod partida;
#[path = "chat_processos/pessoa.rs"]
mod pessoa;
#[path = "chat_processos/quedas.rs"]
mod quedas;
#[path = "chat_processos/uso.rs"]
mod uso;

use libtest_mimic::{Arguments, Trial};

/// Quantas provas correm ao mesmo tempo: quase todas só esperam.
const JUNTAS: usize = 16;

fn main() {
    let provas = [
        // As que mais esperam começam antes.
        quedas::provas(),
        fins::provas(),
        canos::provas(),
        opcoes::provas(),
        partida::provas(),
        pessoa::provas(),
        uso::provas(),
    ];
    let provas: Vec<Trial> = provas.into_iter().flatten().collect();
    let mut argumentos = Arguments::from_args();
    argumentos.test_threads.get_or_insert(JUNTAS);
    libtest_mimic::run(&argumentos, provas).exit();
}
