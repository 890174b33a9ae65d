//! O chat entre dois computadores, cada um com o seu endereço, e com perda de verdade
//! no cabo entre eles.
//!
//! Os computadores são de mentira (veja [`provas::rede`]); o TCP, o UDP, as rotas e a
//! perda são os do núcleo. Onde isso não existe, as provas são ignoradas, com o motivo;
//! com `EXIGIR_TUDO=1`, falham.

#[path = "chat_rede/cabo.rs"]
mod cabo;
#[path = "chat_rede/contagem.rs"]
mod contagem;
#[path = "chat_rede/enderecos.rs"]
mod enderecos;
#[path = "chat_rede/entrega.rs"]
mod entrega;
#[path = "chat_rede/estranho.rs"]
mod estranho;
#[path = "chat_rede/lado.rs"]
mod lado;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use provas::{Falha, Rede, rede};

fn main() {
    // As que mais esperam vão na frente: as outras correm ao lado delas.
    let provas = [
        cabo::provas(),
        entrega::provas(),
        contagem::provas(),
        enderecos::provas(),
        estranho::provas(),
    ];
    let provas = provas.into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), provas).exit();
}

/// Uma prova em uma rede só dela.
fn prova(
    nome: impl Into<String>,
    roda: impl FnOnce(&Rede) -> Result<(), Falha> + Send + 'static,
) -> Trial {
    Trial::ignorable_test(nome, move || {
        if let Err(ausente) = rede::possivel() {
            return ausente.concluir();
        }
        let rede = Rede::abrir().map_err(Failed::from)?;
        roda(&rede).map_err(Failed::from)?;
        Ok(Completion::Completed)
    })
}
