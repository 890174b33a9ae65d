//! O que se prova de uma rede recém-montada antes de medir nela: um número tirado de uma
//! rede que não faz o que se pensa é pior que nenhum.

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::SemRede;
use super::enlace::{Interfaces, SEGMENTOS_POR_QUADRO};
use crate::caminho::{Contas, Regras};
use crate::espera;
use crate::laboratorio::{AjustesTcp, Laboratorio, Lado};

/// Quanto se espera que algo passe por um caminho perfeito.
const PRAZO: Duration = Duration::from_secs(2);

/// Confere o que tem de valer em toda medição, em milésimos de segundo. No fim o caminho
/// é o perfeito, e as contas estão zeradas.
///
/// # Errors
/// A primeira coisa que não é como devia.
pub fn conferir(laboratorio: &Laboratorio) -> Result<(), SemRede> {
    let tudo = || -> Result<()> {
        cabos(laboratorio)?;
        udp(laboratorio)?;
        tcp(laboratorio)?;
        silencio(laboratorio)
    };
    tudo().map_err(|erro| SemRede::nao_confere(format!("{erro:#}")))
}

/// Nenhuma das quatro pontas de cabo junta segmentos.
fn cabos(laboratorio: &Laboratorio) -> Result<()> {
    let emulado = laboratorio.emulado().context("não há cabos")?;
    for lado in [Lado::Cliente, Lado::Servidor] {
        let computador = emulado.computador(lado);
        let ler =
            |interface| Interfaces::abrir()?.segmentos_por_quadro(interface);
        let pontas = [
            computador.dentro(|| ler(computador.ponta())),
            emulado.meio.dentro(|| ler(computador.ponta_do_meio())),
        ];
        for quantos in pontas {
            let quantos = quantos.context("o cabo não se deixa conferir")?;
            ensure!(
                quantos == SEGMENTOS_POR_QUADRO,
                "o núcleo junta {quantos} segmentos em um quadro: uma perda \
                 valeria por muitas"
            );
        }
    }
    Ok(())
}

/// Um datagrama vai, e outro volta.
fn udp(laboratorio: &Laboratorio) -> Result<()> {
    let (cliente, servidor) = laboratorio.par_udp()?;
    let passa = |de: &UdpSocket, para: &UdpSocket| -> Result<()> {
        de.send(b"ping").context("um datagrama não saiu")?;
        ensure!(
            espera::legivel(para, PRAZO)?,
            "um datagrama não passou pelo caminho em {} s",
            PRAZO.as_secs()
        );
        let mut lido = [0; 8];
        let quantos = para.recv(&mut lido)?;
        ensure!(&lido[..quantos] == b"ping", "um datagrama chegou mudado");
        Ok(())
    };
    passa(&cliente, &servidor).context("do cliente ao servidor")?;
    passa(&servidor, &cliente).context("do servidor ao cliente")
}

/// Uma conexão se abre, e bytes vão e voltam inteiros.
fn tcp(laboratorio: &Laboratorio) -> Result<()> {
    /// Cabem em qualquer buffer, e são mais que um segmento.
    const BYTES: usize = 4000;
    let pontas = laboratorio.par_tcp(AjustesTcp::default())?;
    let dados: Vec<u8> = (0..=u8::MAX).cycle().take(BYTES).collect();
    let passa = |mut de: &TcpStream, mut para: &TcpStream| -> Result<()> {
        de.write_all(&dados)?;
        let mut lidos = Vec::with_capacity(BYTES);
        while lidos.len() < BYTES {
            ensure!(
                espera::legivel(para, PRAZO)?,
                "de {BYTES} bytes, passaram {} pelo caminho em {} s",
                lidos.len(),
                PRAZO.as_secs()
            );
            let mut pedaco = [0; BYTES];
            match para.read(&mut pedaco)? {
                0 => bail!("a conexão acabou no meio"),
                n => lidos.extend_from_slice(&pedaco[..n]),
            }
        }
        ensure!(lidos == dados, "os bytes chegaram mudados");
        Ok(())
    };
    passa(&pontas.0, &pontas.1).context("TCP, do cliente ao servidor")?;
    passa(&pontas.1, &pontas.0).context("TCP, do servidor ao cliente")?;
    laboratorio.encerrar(pontas)?;
    Ok(())
}

/// Com ninguém falando, nada passa. Em uma máquina ocupada, o adeus de quem já acabou
/// pode demorar a atravessar: só o que não se cala é um defeito.
fn silencio(laboratorio: &Laboratorio) -> Result<()> {
    let inicio = Instant::now();
    loop {
        laboratorio.aplicar(Regras::default(), Regras::default(), 0);
        let contas = laboratorio.contas();
        if contas == Contas::default() {
            return Ok(());
        }
        ensure!(
            inicio.elapsed() < PRAZO,
            "com tudo quieto, ainda passa algo pelo caminho: {contas:?}"
        );
    }
}
