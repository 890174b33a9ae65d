//! O cliente do par, por dentro de TLS, que aceita qualquer certificado: conversa em
//! segredo, mas não sabe com quem.
//!
//! Terminal 1: `cargo run --example servidor_tls`
//! Terminal 2: `cargo run --example impostor_tls -- 127.0.0.1:50001`
//! Terminal 3: `cargo run --example cliente_tls_errado -- 127.0.0.1:50001`

use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA"])?;
    let alvo = argumentos.destino()?;
    tls::conversar(alvo, tls::sem_conferir()?)
}
