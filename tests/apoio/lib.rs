//! O que as provas do livro têm em comum: achar e rodar os programas, conversar
//! com eles por um terminal de mentira e nunca esperar para sempre.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`exemplos`] | os programas de `examples/`, compilados agora |
//! | [`filho`] | um processo, o que ele mostrou e o que se digita nele |
//! | [`chat`] | o chat: quem fala com quem, e o que se mostrou |
//! | `janela` | um processo em um terminal só dele (só no Unix) |
//! | [`porta`] | portas que nenhuma outra prova usa |
//! | [`ferramentas`] | comandos que a máquina pode não ter |
//! | [`medir`] | o programa das medições e as tabelas dele |
//! | [`rede`] | dois computadores de mentira, com perda de verdade (só no Linux) |
//! | [`cenario`] | as cenas de `book/cenas/`: ler, decidir se rodam aqui |
//! | [`comparar()`] e [`gravar()`] | rodar uma cena e conferir, ou gravar o que se viu |
//! | [`falha`] | por que uma prova falhou, em uma mensagem que se lê |
//!
//! Uma prova curta, com um programa do livro:
//!
//! ```no_run
//! use provas::Filho;
//!
//! fn prova() -> Result<(), provas::Falha> {
//!     let mut servidor = Filho::exemplo("servidor", &["127.0.0.1:0"])?;
//!     let endereco = servidor.esperar_endereco()?;
//!     let mut cliente = Filho::exemplo("cliente", &[&endereco.to_string()])?;
//!     cliente.esperar_trecho("desconectar): ")?;
//!     cliente.escrever("off\n");
//!     cliente.esperar_trecho("Servidor encerrado.")?;
//!     assert_eq!(cliente.esperar_fim()?, 0);
//!     assert_eq!(servidor.esperar_fim()?, 0);
//!     Ok(())
//! }
//! ```
//!
//! [`Falha`] vira `libtest_mimic::Failed` com `?`, e serve de erro de `#[test]`.

pub mod cenario;
pub mod chat;
mod comando;
mod comparar;
pub mod exemplos;
pub mod falha;
pub mod ferramentas;
pub mod filho;
mod gravar;
mod grupo;
#[cfg(unix)]
pub mod janela;
pub mod medir;
mod padrao;
mod palco;
pub mod porta;
mod portas_da_cena;
#[cfg(unix)]
mod pseudoterminal;
pub mod rede;
mod saida;

pub use comparar::comparar;
pub use exemplos::exemplo;
pub use falha::Falha;
pub use ferramentas::exigir;
pub use filho::Filho;
pub use gravar::{Gravacao, gravar};
#[cfg(unix)]
pub use janela::Janela;
pub use palco::Ambiente;
pub use porta::porta_livre;
pub use rede::Rede;

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A raiz do repositório, onde o leitor digita os comandos do livro.
#[must_use]
pub fn raiz() -> PathBuf {
    let provas = Path::new(env!("CARGO_MANIFEST_DIR"));
    provas.parent().unwrap_or(provas).to_path_buf()
}

/// Quanto se espera por qualquer coisa: 10 s, ou 60 s em integração contínua
/// (variável `CI`) e no portão (`EXIGIR_TUDO=1`), onde a máquina pode estar ocupada
/// com outros.
#[must_use]
pub fn prazo_padrao() -> Duration {
    let em_ci = env::var_os("CI").is_some_and(|v| !v.is_empty());
    let segundos = if em_ci || ferramentas::exigir_tudo() {
        60
    } else {
        10
    };
    Duration::from_secs(segundos)
}
