//! Troca a sequência pela confirmação.
//!
//! diagnostico: campo-errado

use std::io::Read;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

/// O cabeçalho sem opções, em bytes (RFC 9293 §3.1).
const MENOR_CABECALHO: usize = 20;

/// As marcas, a partir do bit que vale 1.
const MARCAS: [&str; 6] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let mut segmento = Vec::new();
    std::io::stdin()
        .read_to_end(&mut segmento)
        .context("não foi possível ler o segmento")?;
    dissecar(&segmento)
}

fn dissecar(segmento: &[u8]) -> Result<()> {
    let tamanho = segmento.len();
    ensure!(
        tamanho >= MENOR_CABECALHO,
        "vieram {tamanho} bytes, e um cabeçalho TCP tem pelo menos {MENOR_CABECALHO}"
    );
    // A metade alta do byte conta palavras de 4 bytes.
    let cabecalho = usize::from(segmento[12] >> 4) * 4;
    ensure!(
        (MENOR_CABECALHO..=tamanho).contains(&cabecalho),
        "o segmento diz ter um cabeçalho de {cabecalho} bytes, e veio com {tamanho}"
    );

    println!("portas: {} -> {}", de_16(segmento, 0), de_16(segmento, 2));
    println!("sequência: {}", de_32(segmento, 8));
    println!("confirmação: {}", de_32(segmento, 4));
    println!("cabeçalho: {cabecalho} bytes");
    println!("marcas: {}", marcas(segmento[13]).join(" "));
    print!("dados: ");
    mostrar_hexadecimal(&segmento[cabecalho..]);
    Ok(())
}

/// O número de 16 bits que começa em `onde`, na ordem da rede.
fn de_16(bytes: &[u8], onde: usize) -> u16 {
    u16::from_be_bytes([bytes[onde], bytes[onde + 1]])
}

fn de_32(bytes: &[u8], onde: usize) -> u32 {
    let [a, b, c, d] = [0, 1, 2, 3].map(|i| bytes[onde + i]);
    u32::from_be_bytes([a, b, c, d])
}

/// Várias podem estar ligadas: cada bit se olha sozinho.
fn marcas(byte: u8) -> Vec<&'static str> {
    let ligadas = MARCAS.iter().enumerate();
    ligadas
        .filter(|(bit, _)| byte & (1 << bit) != 0)
        .map(|(_, nome)| *nome)
        .collect()
}

/// Escreve os bytes em hexadecimal, dois algarismos para cada um, e acaba a linha.
fn mostrar_hexadecimal(bytes: &[u8]) {
    for byte in bytes {
        print!("{byte:02x}");
    }
    println!();
}
