//! Exercício `observar`: dê nome aos campos de um segmento TCP que alguém capturou.
//!
//! Rode, no Linux e no macOS, com um segmento da captura `coladas`:
//! `printf '\206\266\236\345\060\072\322\024\344\327\226\220\200\030\000\100\376\052\000\000\001\001\010\012\117\030\055\300\301\257\174\006\157\151' | cargo run -p exercicios --bin observar`
//! Confira: `cargo conferir observar`

use std::io::Read;
use std::process::ExitCode;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let mut segmento = Vec::new();
    std::io::stdin()
        .read_to_end(&mut segmento)
        .context("não foi possível ler o segmento")?;

    // Aqui você confere o tamanho e escreve as seis linhas.
    print!("vieram: ");
    mostrar_hexadecimal(&segmento);
    Ok(())
}

/// Escreve os bytes em hexadecimal, dois algarismos para cada um, e acaba a linha.
fn mostrar_hexadecimal(bytes: &[u8]) {
    for byte in bytes {
        print!("{byte:02x}");
    }
    println!();
}
