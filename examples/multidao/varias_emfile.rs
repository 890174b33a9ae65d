//! Os descritores acabam no meio do accept: cair, girar ou esperar.
//!
//! Cai: `cargo run --release --example varias_emfile -- cai`
//!
//! Gasta o processador à toa: `cargo run --release --example varias_emfile -- gira`
//!
//! O certo: `cargo run --release --example varias_emfile -- espera`

use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

#[cfg(not(unix))]
fn principal() -> Result<()> {
    anyhow::bail!(
        "este programa diminui o limite de descritores, que só existe no Unix"
    )
}

#[cfg(unix)]
fn principal() -> Result<()> {
    unix::principal()
}

#[cfg(unix)]
mod unix {
    use std::io::{self, Read, Write};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};
    use std::sync::mpsc;
    use std::thread::Builder;
    use std::time::{Duration, Instant};

    use anyhow::{Context, Result, bail};
    use multidao::descritores;
    use sockets::eco;

    /// Quantos clientes ligam.
    const CLIENTES: usize = 12;

    /// Quantos descritores sobram para atendê-los.
    const SOBRAM: u64 = 5;

    /// Quanto se espera, no máximo, antes de tentar de novo.
    const PAUSA: Duration = Duration::from_secs(1);

    // ANCHOR: principal
    pub fn principal() -> Result<()> {
        let argumentos = sockets::Argumentos::ler(&["cai|gira|espera"])?;
        let servir = match argumentos.texto(0) {
            Some("cai") => cai,
            Some("gira") => gira,
            Some("espera") => espera,
            _ => Err(argumentos.erro("diga cai, gira ou espera"))?,
        };
        let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let endereco = escuta.local_addr()?;
        // O aperto de mãos é do núcleo: ninguém precisa do accept para ligar.
        let clientes = (0..CLIENTES)
            .map(|_| TcpStream::connect(endereco))
            .collect::<io::Result<Vec<_>>>()?;
        let ultimo = clientes.iter().map(sockets::descritor).max();
        let usados = u64::try_from(ultimo.unwrap_or(0))? + 1;
        descritores::limitar(usados + SOBRAM)?;
        println!("{CLIENTES} clientes ligaram; sobram {SOBRAM} descritores.");
        servir(&escuta, clientes)
    }
    // ANCHOR_END: principal

    // ANCHOR: cai
    fn cai(escuta: &TcpListener, _clientes: Vec<TcpStream>) -> Result<()> {
        let mut conversas = Vec::new();
        loop {
            let (conexao, _) =
                escuta.accept().context("não foi possível aceitar")?;
            conversas.push(conexao);
            println!("Aceitei {}.", conversas.len());
        }
    }
    // ANCHOR_END: cai

    // ANCHOR: gira
    fn gira(escuta: &TcpListener, _clientes: Vec<TcpStream>) -> Result<()> {
        let comeco = Instant::now();
        let (mut conversas, mut falhas) = (Vec::new(), 0);
        while comeco.elapsed() < PAUSA {
            match escuta.accept() {
                Ok((conexao, _)) => conversas.push(conexao),
                // “Não foi nada, tento de novo”: na mesma hora, para sempre.
                Err(_) => falhas += 1,
            }
        }
        println!("Aceitei {}.", conversas.len());
        bail!("em {PAUSA:?}, o accept falhou {falhas} vezes")
    }
    // ANCHOR_END: gira

    // ANCHOR: espera
    fn espera(escuta: &TcpListener, clientes: Vec<TcpStream>) -> Result<()> {
        let mut calados = Some(clientes);
        let mut falantes = None;
        let (acabei, acabou) = mpsc::channel();
        let mut aceitos = 0;
        while aceitos < CLIENTES {
            match escuta.accept() {
                Ok((conexao, _)) => {
                    aceitos += 1;
                    let acabei = acabei.clone();
                    Builder::new().spawn(move || {
                        let conversa = eco::ecoar(&conexao);
                        drop(conexao);
                        acabei.send(conversa)
                    })?;
                }
                Err(erro) => {
                    if let Some(clientes) = calados.take() {
                        println!("Aceitei {aceitos}. accept: {erro}");
                        let conversas = || conversar(clientes);
                        falantes = Some(Builder::new().spawn(conversas)?);
                    }
                    // Nada a fazer até alguém desligar, ou por um segundo.
                    let _ = acabou.recv_timeout(PAUSA);
                }
            }
        }
        let falantes = falantes.context("os descritores não acabaram")?;
        let respostas = falantes.join().unwrap_or(Ok(0))?;
        println!("Aceitei os {aceitos}, e {respostas} tiveram resposta.");
        Ok(())
    }
    // ANCHOR_END: espera

    /// Um depois do outro: diz "oi", ouve o eco e desliga. Devolve quantos ouviram.
    fn conversar(clientes: Vec<TcpStream>) -> io::Result<usize> {
        let mut respostas = 0;
        for mut cliente in clientes {
            cliente.set_read_timeout(Some(eco::SILENCIO))?;
            cliente.write_all(b"oi")?;
            cliente.read_exact(&mut [0; 2])?;
            respostas += 1;
        }
        Ok(respostas)
    }
}
