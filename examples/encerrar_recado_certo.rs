//! Entregue é o recado que o outro programa confirmou.
//!
//! Cada recado leva um número, e o servidor responde `ok` com o mesmo número
//! depois de lê-lo. O daqui confirma o primeiro e morre:
//!
//! `cargo run --example encerrar_recado_certo`
//!
//! Com um endereço, o servidor é um seu, que ainda pode mentir à vontade:
//! `cargo run --example encerrar_recado_certo -- 127.0.0.1:50000`

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::{process::ExitCode, thread, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use sockets::ComPrazo;

const RECADOS: [&str; 3] = ["cheguei", "trouxe o pão", "até logo"];

/// `ok 3` e a quebra de linha cabem, com folga. Uma confirmação maior não é uma.
const MAIOR_CONFIRMACAO: u64 = 16;

const PRAZO: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA"])?;
    if argumentos.texto(0).is_some() {
        return entregar_todos(argumentos.destino()?);
    }
    let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let endereco = escuta.local_addr()?;
    thread::scope(|threads| {
        threads.spawn(|| confirmar_um(&escuta));
        entregar_todos(endereco)
    })
}

// ANCHOR: entregar
fn entregar_todos(endereco: SocketAddr) -> Result<()> {
    let conexao = TcpStream::connect_timeout(&endereco, PRAZO)
        .with_context(|| format!("não foi possível ligar para {endereco}"))?;
    let mut conexao = BufReader::new(ComPrazo::novo(conexao, PRAZO));
    for (numero, recado) in (1..).zip(RECADOS) {
        if entregar(&mut conexao, numero, recado).is_err() {
            println!("recado {numero}: sem confirmação; não sei se chegou");
            bail!("{} de {} recados entregues", numero - 1, RECADOS.len());
        }
        println!("recado {numero}: entregue");
    }
    Ok(())
}

/// Só dá certo quando volta a confirmação deste recado, e de nenhum outro.
fn entregar(
    conexao: &mut BufReader<ComPrazo>,
    numero: usize,
    recado: &str,
) -> Result<()> {
    let saida = conexao.get_mut();
    saida.recomecar(PRAZO);
    saida.write_all(format!("{numero} {recado}\n").as_bytes())?;
    let mut linha = Vec::new();
    conexao
        .take(MAIOR_CONFIRMACAO)
        .read_until(b'\n', &mut linha)?;
    ensure!(
        linha == format!("ok {numero}\n").as_bytes(),
        "não confirmou"
    );
    Ok(())
}
// ANCHOR_END: entregar

/// O servidor de mentira: lê um recado, confirma e morre.
fn confirmar_um(escuta: &TcpListener) -> Result<()> {
    let (mut conexao, _) = escuta.accept()?;
    conexao.set_read_timeout(Some(PRAZO))?;
    let mut recado = String::new();
    BufReader::new(&conexao).take(100).read_line(&mut recado)?;
    let numero = recado.split(' ').next().unwrap_or_default();
    conexao.write_all(format!("ok {numero}\n").as_bytes())?;
    Ok(())
}
