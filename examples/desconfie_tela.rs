//! Um terminal de brinquedo: mostra o que outro programa escreve, byte a byte, e o
//! que se leria na tela quando uma linha que já estava nela muda.
//!
//! `cargo run --example desconfie_errado | cargo run --example desconfie_tela`
//!
//! Um byte de controle aparece como o `cat -v` o mostra: `^M` é o retorno de
//! carro, e `^[`, o escape.

use std::io::{self, BufRead, Read};
use std::process::ExitCode;

use anyhow::{Context, Result};

/// A maior linha que se olha, em bytes.
const MAIOR_LINHA: u64 = 4096;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let mut entrada = io::stdin().lock();
    let mut tela = Tela::default();
    loop {
        let mut bytes = Vec::new();
        let lidos = entrada
            .by_ref()
            .take(MAIOR_LINHA)
            .read_until(b'\n', &mut bytes)
            .context("não foi possível ler a entrada")?;
        if lidos == 0 {
            return Ok(());
        }
        let texto = String::from_utf8_lossy(&bytes);
        let linha = texto.trim_end_matches('\n');
        println!("bytes| {}", com_circunflexo(linha));
        let antes = tela.linhas.clone();
        tela.mostrar(linha);
        if !tela.linhas.starts_with(&antes) {
            tela.linhas
                .iter()
                .for_each(|linha| println!(" tela| {linha}"));
        }
    }
}

fn com_circunflexo(linha: &str) -> String {
    let mut saida = String::new();
    for c in linha.chars() {
        match c {
            '\0'..='\x1f' => saida.extend(['^', (c as u8 + b'@') as char]),
            _ => sockets::visivel_em(&mut saida, c.encode_utf8(&mut [0; 4])),
        }
    }
    saida
}

/// O que se lê em um terminal, de cima para baixo.
#[derive(Default)]
struct Tela {
    linhas: Vec<String>,
}

impl Tela {
    // ANCHOR: mostrar
    /// Escreve em uma linha nova e obedece a três ordens: o retorno de carro,
    /// `ESC [1A` (sobe uma linha) e `ESC [2K` (apaga a linha).
    fn mostrar(&mut self, texto: &str) {
        let (mut linha, mut coluna) = (self.linhas.len(), 0);
        self.linhas.push(String::new());
        let mut resto = texto;
        while let Some(c) = resto.chars().next() {
            if let Some(depois) = resto.strip_prefix("\x1b[1A") {
                linha = linha.saturating_sub(1);
                resto = depois;
                continue;
            }
            if let Some(depois) = resto.strip_prefix("\x1b[2K") {
                self.linhas[linha].clear();
                resto = depois;
                continue;
            }
            resto = &resto[c.len_utf8()..];
            if c == '\r' {
                coluna = 0;
            } else if !c.is_control() {
                escrever(&mut self.linhas[linha], coluna, c);
                coluna += 1;
            }
        }
        // O cursor acaba onde parou, e o Enter desce uma linha dali.
        self.linhas.truncate(linha + 1);
    }
    // ANCHOR_END: mostrar
}

/// Põe `c` na coluna, por cima do que houver nela.
fn escrever(linha: &mut String, coluna: usize, c: char) {
    let mut letras: Vec<char> = linha.chars().collect();
    letras.resize(letras.len().max(coluna + 1), ' ');
    letras[coluna] = c;
    *linha = letras.into_iter().collect();
}
