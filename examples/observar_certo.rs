//! O servidor de `observar_errado`, consertado: de cada cliente que vai embora
//! fica só a conta, e o socket se fecha. A tela é a mesma; `ss` e `lsof`, não.
//!
//! Terminal 1: `cargo run --example observar_certo`
//! Terminal 2: `ss -tan state close-wait 'sport = :50000'`

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result};

/// Quantos clientes o programa faz ligar, um depois do outro.
const CLIENTES: usize = 5;

/// Quanto se espera por qualquer dos lados.
const PRAZO: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let endereco = sockets::Argumentos::ler(&["HOST:PORTA"])?.endereco()?;
    let escuta = TcpListener::bind(endereco)
        .with_context(|| format!("não foi possível escutar em {endereco}"))?;
    let endereco = escuta.local_addr()?;

    // ANCHOR: atender
    let mut atendidos = Vec::new();
    for _ in 0..CLIENTES {
        let cliente = ligar(endereco)?;
        let mut conexao = aceitar(&escuta)?;
        drop(cliente);
        let lidos = conversar(&mut conexao)?;
        // A conexão, que ninguém levou, se fecha na chave aqui embaixo.
        atendidos.push(lidos);
    }
    // ANCHOR_END: atender
    let total: usize = atendidos.iter().sum();
    println!("Atendi {CLIENTES} clientes em {endereco}: {total} bytes lidos.");
    println!("Todos já desligaram. Tecle Enter para acabar.");
    io::stdin().read_line(&mut String::new())?;
    Ok(())
}

/// Um cliente que liga, diz `oi` e fica ligado.
fn ligar(alvo: SocketAddr) -> Result<TcpStream> {
    let mut cliente = TcpStream::connect_timeout(&alvo, PRAZO)
        .with_context(|| format!("não foi possível conectar a {alvo}"))?;
    cliente.write_all(b"oi")?;
    Ok(cliente)
}

fn aceitar(escuta: &TcpListener) -> Result<TcpStream> {
    let (conexao, _) = escuta
        .accept()
        .context("não foi possível aceitar a conexão")?;
    conexao.set_read_timeout(Some(PRAZO))?;
    Ok(conexao)
}

/// Lê até o fim do fluxo; devolve quantos bytes vieram.
fn conversar(conexao: &mut TcpStream) -> Result<usize> {
    let mut buffer = [0; 1024];
    let mut total = 0;
    loop {
        match conexao.read(&mut buffer).context("a conexão caiu")? {
            0 => return Ok(total),
            lidos => total += lidos,
        }
    }
}
