//! O chat do livro e um segundo, em Python, escrito só com o capítulo do protocolo
//! na mão, conversam: nos três modos, nos dois sentidos, em redes ruins.
//!
//! Se os dois se entendem, o capítulo diz tudo que é preciso. Sem `python3` as
//! provas são ignoradas, com o motivo; com `EXIGIR_TUDO=1`, falham.

#[path = "chat_interoperacao/conversas.rs"]
mod conversas;
#[path = "chat_interoperacao/corredor.rs"]
mod corredor;
#[path = "chat_interoperacao/cruzamento.rs"]
mod cruzamento;
#[path = "chat_interoperacao/estrada.rs"]
mod estrada;
#[path = "chat_interoperacao/lado.rs"]
mod lado;
#[path = "chat_interoperacao/quedas.rs"]
mod quedas;
#[path = "chat_interoperacao/recusas.rs"]
mod recusas;
#[path = "chat_interoperacao/rede_ruim.rs"]
mod rede_ruim;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use provas::{Falha, exigir};

/// Quantas provas correm ao mesmo tempo, se quem as roda não diz.
const EM_PARALELO: usize = 6;

fn main() {
    let provas = [
        conversas::provas(),
        cruzamento::provas(),
        quedas::provas(),
        rede_ruim::provas(),
        recusas::provas(),
    ];
    let provas = provas.into_iter().flatten().collect();
    let mut argumentos = Arguments::from_args();
    // As provas passam o tempo à espera dos prazos do protocolo, não do processador.
    argumentos.test_threads.get_or_insert(EM_PARALELO);
    libtest_mimic::run(&argumentos, provas).exit();
}

/// Uma prova que precisa de Python.
fn prova(
    nome: impl Into<String>,
    roda: impl FnOnce() -> Result<(), Falha> + Send + 'static,
) -> Trial {
    Trial::ignorable_test(nome, move || {
        if let Err(ausente) = exigir(&["python3"]) {
            return ausente.concluir();
        }
        roda().map_err(Failed::from)?;
        Ok(Completion::Completed)
    })
}
