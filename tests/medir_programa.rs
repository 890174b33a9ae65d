//! O programa das medições, como processo: a linha de comando, o que ele guarda, como
//! para e como continua.
//!
//! Os números que ele mede são provados em outro lugar; aqui se prova que nenhum se
//! perde, nenhum se repete e nenhum se inventa. Onde não há espaços de rede, as provas
//! que medem são ignoradas, com o motivo; com `EXIGIR_TUDO=1`, falham.

#[path = "medir_programa/apoio.rs"]
mod apoio;
#[path = "medir_programa/continuar.rs"]
mod continuar;
#[path = "medir_programa/disco.rs"]
mod disco;
#[path = "medir_programa/experimentos.rs"]
mod experimentos;
#[path = "medir_programa/saida.rs"]
mod saida;
#[path = "medir_programa/sem_rede.rs"]
mod sem_rede;
#[path = "medir_programa/uso.rs"]
mod uso;

use libtest_mimic::{Arguments, Trial};

fn main() {
    #[cfg(unix)]
    provas::janela::abrir_sessao_se_for_o_caso();
    let provas = [
        // As que mais esperam começam antes.
        continuar::provas(),
        experimentos::provas(),
        disco::provas(),
        saida::provas(),
        sem_rede::provas(),
        uso::provas(),
    ];
    let provas: Vec<Trial> = provas.into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), provas).exit();
}
