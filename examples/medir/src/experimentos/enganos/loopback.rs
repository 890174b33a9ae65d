//! Medir a vazão em um caminho que não demora: quem espera uma confirmação a cada bloco
//! só passa um bloco por ida e volta, e no *loopback* a ida e volta é quase nada.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};

use super::{Achado, Engano};
use crate::caminho::Regras;
use crate::espera::legivel;
use crate::experimentos::latencia::do_caminho;
use crate::laboratorio::{AjustesTcp, Lado};
use crate::resultados::{Contexto, Interrompido};

/// Veja [`Engano`].
pub const ENGANO: Engano = Engano {
    nome: "loopback",
    medida: "a vazão de um programa que manda 64 KiB, espera um byte de volta e repete",
    errado: "em 127.0.0.1",
    certo: "em um caminho com 20 ms de ida e volta",
    estimativa: Duration::from_millis(1_200),
    medir: os_dois,
};

/// Bytes que se mandam antes de esperar a confirmação: a janela deste programa.
const BLOCO: usize = 64 << 10;

/// De cada sentido.
const ATRASO: Duration = Duration::from_millis(10);

/// Blocos que não contam: o TCP ainda está aprendendo quanto pode mandar.
const AQUECIMENTO: u32 = 10;

/// Blocos que contam.
const BLOCOS: u32 = 30;

/// Quanto se espera por um bloco, ou pela confirmação dele.
const PRAZO: Duration = Duration::from_secs(5);

fn os_dois(contexto: &Contexto<'_>) -> Result<Vec<Achado>> {
    let laboratorio = contexto.laboratorio;
    let local = laboratorio.dentro(Lado::Servidor, em_lo)?;
    let errado = vazao(contexto, local)?;

    let regras = Regras {
        atraso: ATRASO,
        ..Regras::default()
    };
    laboratorio.aplicar(regras.clone(), regras, contexto.semente);
    let longe = laboratorio.par_tcp(AjustesTcp {
        congestionamento: Some("reno"),
        sem_nagle: true,
    })?;
    let certo = vazao(contexto, longe)?;
    let contas = laboratorio.contas();
    Ok(vec![Achado {
        errado,
        certo,
        verdade: Some(megabits(BLOCO, 2 * ATRASO)),
        unidade: "Mb/s",
        ressalva: do_caminho(&contas).join("; "),
        ..Achado::default()
    }])
}

/// As duas pontas de uma conexão que não sai do computador desta thread.
fn em_lo() -> Result<(TcpStream, TcpStream)> {
    let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .context("não foi possível escutar em 127.0.0.1")?;
    let cliente = TcpStream::connect(escuta.local_addr()?)
        .context("não foi possível conectar a 127.0.0.1")?;
    cliente.set_nodelay(true)?;
    let (servidor, _) = escuta.accept()?;
    Ok((cliente, servidor))
}

/// Quantos megabits por segundo passam de uma ponta à outra, bloco a bloco.
fn vazao(
    contexto: &Contexto<'_>,
    (mut cliente, mut servidor): (TcpStream, TcpStream),
) -> Result<f64> {
    let demora = thread::scope(|escopo| {
        let confirma = escopo.spawn(|| confirmar(&mut servidor));
        let mandado = mandar(contexto, &mut cliente);
        // Quem confirma está à espera do próximo bloco: o fim o solta.
        cliente.shutdown(std::net::Shutdown::Both)?;
        let confirmado = confirma
            .join()
            .map_err(|_| anyhow!("quem confirmava acabou em pânico"))?;
        let demora = mandado?;
        confirmado?;
        anyhow::Ok(demora)
    })?;
    contexto.laboratorio.encerrar((cliente, servidor))?;
    Ok(megabits(BLOCO * BLOCOS as usize, demora))
}

fn mandar(
    contexto: &Contexto<'_>,
    cliente: &mut TcpStream,
) -> Result<Duration> {
    let bloco = vec![0; BLOCO];
    let mut inicio = Instant::now();
    for qual in 0..AQUECIMENTO + BLOCOS {
        if (contexto.interrompido)() {
            return Err(Interrompido.into());
        }
        if qual == AQUECIMENTO {
            inicio = Instant::now();
        }
        cliente
            .write_all(&bloco)
            .context("não foi possível mandar um bloco")?;
        ensure!(legivel(cliente, PRAZO)?, "a confirmação não chegou");
        cliente.read_exact(&mut [0])?;
    }
    Ok(inicio.elapsed())
}

/// Lê blocos até o fim da conexão, e confirma cada um com um byte.
fn confirmar(servidor: &mut TcpStream) -> Result<()> {
    let mut bloco = vec![0; BLOCO];
    loop {
        let mut lidos = 0;
        while lidos < BLOCO {
            ensure!(legivel(servidor, PRAZO)?, "um bloco não chegou inteiro");
            match servidor.read(&mut bloco[lidos..])? {
                0 => return Ok(()),
                n => lidos += n,
            }
        }
        servidor.write_all(&[1])?;
    }
}

#[expect(clippy::cast_precision_loss, reason = "são poucos megabytes")]
fn megabits(bytes: usize, demora: Duration) -> f64 {
    bytes as f64 * 8.0 / demora.as_secs_f64() / 1e6
}
