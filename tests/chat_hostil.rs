//! O chat inteiro diante de quem o ataca: enganar a pessoa, travar o programa,
//! derrubá-lo ou inchá-lo.
//!
//! Cada prova roda o programa de verdade contra um par que faz tudo errado. No fim de
//! todas, o programa ainda conversa com um par honesto, ocupa pouca memória e não
//! mostrou, nem registrou, nada que um terminal obedeça.

#[path = "chat_hostil/alvo.rs"]
mod alvo;
#[path = "chat_hostil/demoras.rs"]
mod demoras;
#[path = "chat_hostil/enganos.rs"]
mod enganos;
#[path = "chat_hostil/enxurradas.rs"]
mod enxurradas;
#[path = "chat_hostil/inundacoes.rs"]
mod inundacoes;
#[path = "chat_hostil/lixo.rs"]
mod lixo;
#[path = "chat_hostil/mentiras.rs"]
mod mentiras;
#[path = "chat_hostil/par.rs"]
mod par;

use libtest_mimic::{Arguments, Trial};

/// Quantas provas correm ao mesmo tempo: muitas só esperam por um prazo.
const JUNTAS: usize = 8;

fn main() {
    let provas = [
        // As que mais esperam começam antes.
        demoras::provas(),
        enganos::provas(),
        enxurradas::provas(),
        inundacoes::provas(),
        lixo::provas(),
        mentiras::provas(),
    ];
    let provas: Vec<Trial> = provas.into_iter().flatten().collect();
    let mut argumentos = Arguments::from_args();
    argumentos.test_threads.get_or_insert(JUNTAS);
    libtest_mimic::run(&argumentos, provas).exit();
}
