//! Uma transferência por TCP.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::conteudo::{Soma, conteudo};
use super::{Condicao, DESISTENCIA, Medida, Sementes};
use crate::laboratorio::AjustesTcp;
use crate::resultados::{Contexto, Interrompido};

/// De quanto em quanto tempo se pergunta se é hora de parar.
const OLHADA: Duration = Duration::from_millis(100);

/// Quantos bytes se pedem ao sistema em cada leitura.
const LEITURA: usize = 64 * 1024;

/// Transfere com o controle de congestionamento `controle`.
///
/// # Errors
/// Os de [`super::medir`].
pub fn medir(
    contexto: &Contexto<'_>,
    condicao: &Condicao,
    controle: &'static str,
) -> Result<Medida> {
    let laboratorio = contexto.laboratorio;
    let sementes = Sementes::de(contexto.semente);
    let bytes = conteudo(condicao.bytes, sementes.conteudo);
    let atraso = condicao.so_atraso();
    laboratorio.aplicar(atraso.clone(), atraso, sementes.caminho);
    let pontas = laboratorio.par_tcp(AjustesTcp {
        congestionamento: Some(controle),
        // Nagle seguraria o último pedaço, menor que os outros, por uma ida e volta.
        sem_nagle: true,
    })?;
    let (ida, volta) = condicao.regras();
    laboratorio.aplicar(ida, volta, sementes.caminho);
    let transferido = transferir(&pontas, &bytes, contexto.interrompido);
    let retransmitidos = laboratorio.estado_tcp(&pontas.0)?.retransmitidos;
    let contas = laboratorio.contas();
    laboratorio.encerrar(pontas)?;
    let (inicio, fim, entregue) = transferido?;
    let mandada = Soma::NADA.com(&bytes);
    ensure!(mandada == entregue, "o que chegou não é o que se mandou");
    Ok(Medida {
        condicao: condicao.clone(),
        tempo: fim.saturating_duration_since(inicio),
        mandada,
        entregue,
        segmentos: contas.ida.entraram,
        retransmitidos,
        arq: None,
        contas,
    })
}

/// Manda `bytes` por uma ponta e lê na outra, cada uma em uma thread. Quando se mandou o
/// primeiro, quando se leu o último e a soma do que se leu.
fn transferir(
    (cliente, servidor): &(TcpStream, TcpStream),
    bytes: &[u8],
    interrompido: &dyn Fn() -> bool,
) -> Result<(Instant, Instant, Soma)> {
    let (acabou, fim) = mpsc::channel();
    let desistencia = Instant::now() + DESISTENCIA;
    thread::scope(|escopo| {
        escopo.spawn(move || {
            // Quem espera pelo fim desistiu, se não há quem ouça.
            let _ = acabou.send(ler(servidor, bytes.len()));
        });
        let manda = escopo.spawn(move || -> Result<Instant> {
            let inicio = Instant::now();
            (&*cliente).write_all(bytes)?;
            Ok(inicio)
        });
        let lido = loop {
            match fim.recv_timeout(OLHADA) {
                Ok(lido) => break lido,
                Err(RecvTimeoutError::Timeout) if interrompido() => {
                    break Err(Interrompido.into());
                }
                Err(RecvTimeoutError::Timeout)
                    if Instant::now() < desistencia => {}
                Err(_) => break Err(desisti()),
            }
        };
        // Solta quem ainda estiver preso em uma leitura ou em uma escrita.
        if lido.is_err() {
            let _ = cliente.shutdown(Shutdown::Both);
            let _ = servidor.shutdown(Shutdown::Both);
        }
        let (fim, soma) = lido?;
        let inicio = manda
            .join()
            .expect("quem manda não entra em pânico")
            .context("não foi possível mandar")?;
        Ok((inicio, fim, soma))
    })
}

fn desisti() -> anyhow::Error {
    anyhow::anyhow!("a transferência não acabou em {} s", DESISTENCIA.as_secs())
}

/// Lê `esperados` bytes. Quando chegou o último, e a soma deles.
fn ler(mut servidor: &TcpStream, esperados: usize) -> Result<(Instant, Soma)> {
    let mut buffer = vec![0; LEITURA];
    let (mut lidos, mut soma) = (0, Soma::NADA);
    loop {
        let agora = servidor.read(&mut buffer).context("ao ler")?;
        if agora == 0 {
            bail!("a conexão acabou com {lidos} de {esperados} bytes lidos");
        }
        lidos += agora;
        soma = soma.com(&buffer[..agora]);
        if lidos >= esperados {
            return Ok((Instant::now(), soma));
        }
    }
}
