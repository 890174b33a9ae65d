//! Toma qualquer erro da leitura por um fim, e acaba calado, com o código 0.
//!
//! diagnostico: recusa-calada

use std::io::{self, BufRead};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};

const MAIOR_QUADRO: usize = 1100;
const MAIOR_TEXTO: usize = 1000;
const MAIOR_NOME: usize = 96;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let mut entrada = io::stdin().lock();
    while let Ok(Some(corpo)) = ler_quadro(&mut entrada) {
        println!("{}", descrever(&corpo)?);
    }
    Ok(())
}

/// O corpo do próximo quadro; `None` se a entrada acabou entre um quadro e outro.
fn ler_quadro(entrada: &mut impl BufRead) -> Result<Option<Vec<u8>>> {
    if entrada.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut tamanho = [0; 2];
    entrada
        .read_exact(&mut tamanho)
        .context("o fim veio no meio de um tamanho")?;
    let tamanho = usize::from(u16::from_be_bytes(tamanho));
    // Antes de guardar e de esperar pelo corpo: este tamanho pode ser de qualquer um.
    ensure!(
        (1..=MAIOR_QUADRO).contains(&tamanho),
        "um quadro não pode ter {tamanho} bytes"
    );
    let mut corpo = vec![0; tamanho];
    entrada
        .read_exact(&mut corpo)
        .context("o fim veio no meio de um quadro")?;
    Ok(Some(corpo))
}

fn descrever(corpo: &[u8]) -> Result<String> {
    let (tipo, campos) = corpo.split_first().context("veio um corpo vazio")?;
    Ok(match tipo {
        4 => descrever_item(campos)?,
        5 => format!("CONFIRMA {}", numeros::<1>(campos)?),
        6 => format!("PING {}", numeros::<1>(campos)?),
        7 => format!("PONG {}", numeros::<2>(campos)?),
        8 => format!("TCHAU {}", numeros::<1>(campos)?),
        9 => format!("ATÉ LOGO {}", numeros::<1>(campos)?),
        outro => bail!("o tipo {outro} não é dos que este programa lê"),
    })
}

fn descrever_item(campos: &[u8]) -> Result<String> {
    let (numero, resto) = campos.split_first_chunk().context("ITEM sem número")?;
    let numero = u64::from_be_bytes(*numero);
    let (especie, texto) = resto.split_first().context("ITEM sem espécie")?;
    let (nome, tamanhos) = match especie {
        0 => ("texto", 0..=MAIOR_TEXTO),
        1 => ("parte", 0..=MAIOR_TEXTO),
        2 => ("nome", 1..=MAIOR_NOME),
        outra => bail!("não existe item da espécie {outra}"),
    };
    ensure!(
        tamanhos.contains(&texto.len()),
        "veio um {nome} de {} bytes",
        texto.len()
    );
    ensure!(
        str::from_utf8(texto).is_ok(),
        "veio um {nome} que não é UTF-8"
    );
    ensure!(
        *especie == 2 || !texto.contains(&b'\n'),
        "veio uma quebra de linha em um {nome}"
    );
    Ok(format!("ITEM {numero} {nome}: {}", sockets::visivel(texto)))
}

/// Os campos, se são exatamente `N` números de 8 bytes.
fn numeros<const N: usize>(campos: &[u8]) -> Result<String> {
    let (numeros, sobra) = campos.as_chunks();
    ensure!(
        numeros.len() == N && sobra.is_empty(),
        "{} bytes de campos não formam esta mensagem",
        campos.len()
    );
    let textos: Vec<_> = numeros
        .iter()
        .map(|numero| u64::from_be_bytes(*numero).to_string())
        .collect();
    Ok(textos.join(" "))
}
