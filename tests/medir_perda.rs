//! A perda, contada ao pacote: o que a aplicação diz que se perdeu é o que o caminho
//! derrubou, mais o que o buffer do receptor não guardou. E, no mesmo caminho, o que
//! dizem o ping e o iperf3, e os dois casos em que o iperf3 se engana.
//!
//! Roda o programa `medir` inteiro, pela linha de comando, e lê as tabelas dele. Onde não
//! há espaços de rede, as provas são ignoradas, com o motivo; com `EXIGIR_TUDO=1`,
//! falham.

#[path = "medir_perda/conta.rs"]
mod conta;
#[path = "medir_perda/dentro.rs"]
mod dentro;
#[path = "medir_perda/enganos.rs"]
mod enganos;
#[path = "medir_perda/estouro.rs"]
mod estouro;
#[path = "medir_perda/outros.rs"]
mod outros;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use provas::medir::{Linha, possivel};
use provas::{Falha, exigir};

fn main() {
    let provas = [
        // As que mais esperam começam antes.
        outros::provas(),
        enganos::provas(),
        conta::provas(),
        estouro::provas(),
        dentro::provas(),
    ];
    let provas: Vec<Trial> = provas.into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), provas).exit();
}

/// Uma prova que precisa dos dois computadores e, além deles, de `ferramentas`.
fn prova(
    nome: &str,
    ferramentas: &'static [&'static str],
    roda: fn() -> Result<(), Falha>,
) -> Trial {
    Trial::ignorable_test(nome, move || {
        if let Err(ausente) = exigir(ferramentas).and_then(|()| possivel()) {
            return ausente.concluir();
        }
        roda().map_err(Failed::from)?;
        Ok(Completion::Completed)
    })
}

/// Falha com `mensagem` e a linha, se `certo` não é verdade.
fn conferir(certo: bool, linha: &Linha, mensagem: &str) -> Result<(), Falha> {
    if certo {
        return Ok(());
    }
    Err(Falha::nova(format!("{mensagem}: {linha:?}")))
}

/// O inteiro que está em `coluna`.
fn inteiro(linha: &Linha, coluna: &str) -> Result<u64, Falha> {
    let texto = linha.texto(coluna)?;
    let numero = texto.parse();
    numero.map_err(|_| Falha::nova(format!("{coluna} é {texto:?} em {linha:?}")))
}
