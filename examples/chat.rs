//! O chat: duas pessoas, dois computadores, o mesmo comando nos dois.
//!
//! No 192.168.0.10: `cargo run --example chat -- --ip 192.168.0.12`
//! No 192.168.0.12: `cargo run --example chat -- --ip 192.168.0.10`
//!
//! Ou os dois neste computador, em dois terminais, cada um com a sua porta:
//!
//! ```sh
//! cargo run --example chat -- --ip 127.0.0.1 --porta-local 50000 --porta 50001
//! cargo run --example chat -- --ip 127.0.0.1 --porta-local 50001 --porta 50000
//! ```
//!
//! O mesmo com uma tela, em que o que chega não se mistura com o que se digita:
//! `cargo chat --ip 192.168.0.12`. Todas as opções: `--ajuda`.
//!
//! O texto não vai cifrado: quem escuta a rede o lê.

use std::process::ExitCode;

use anyhow::Result;
use sockets::chat::abertura;
use sockets::chat::opcoes::Opcoes;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let opcoes = Opcoes::ler(std::env::args_os())?;
    abertura::conversar(&opcoes)
}
