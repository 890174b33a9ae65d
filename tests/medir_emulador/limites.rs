//! O que o emulador faz quando não dá conta: aguenta, ou confessa.

use std::net::UdpSocket;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use anyhow::{Result, ensure};
use medir::caminho::{ContasDoSentido, Regras};
use medir::laboratorio::{AjustesTcp, Laboratorio, Lado};
use medir::rede::computador::Computador;
use medir::rede::montagem::Emulado;
use medir::rede::nucleo::anel::VAGAS;

use super::caminho::transferir;

/// Manda `quantos` datagramas enquanto o emulador está parado, e devolve as contas de
/// depois.
fn mandar_com_o_emulador_parado(quantos: u32) -> Result<ContasDoSentido> {
    let rede = Emulado::montar()?;
    let [cliente, servidor] = [Lado::Cliente, Lado::Servidor].map(|lado| rede.computador(lado));
    let abrir = |computador: &Computador| {
        let endereco = computador.endereco();
        computador.dentro(move || UdpSocket::bind((endereco, 0)))
    };
    let (de, para) = (abrir(cliente)?, abrir(servidor)?);
    let destino = para.local_addr()?;
    rede.emulador
        .aplicar(Regras::default(), Regras::default(), 1);
    let (parou, esta_parado) = mpsc::channel();
    let (solta, soltou) = mpsc::channel::<()>();
    thread::scope(|escopo| -> Result<()> {
        let emulador = &rede.emulador;
        escopo.spawn(move || {
            emulador.na_thread(move || {
                let _ = parou.send(());
                // Acaba quando `solta` é largado.
                let _ = soltou.recv();
            });
        });
        esta_parado.recv()?;
        for _ in 0..quantos {
            de.send_to(&[0; 8], destino)?;
        }
        drop(solta);
        Ok(())
    })?;
    Ok(rede.emulador.contas().ida)
}

/// Uma rajada inteira espera no anel, quaisquer que sejam os buffers que o sistema dá.
pub fn a_rajada_que_cabe_no_anel_passa_inteira() -> Result<()> {
    let contas = mandar_com_o_emulador_parado(VAGAS - 1)?;
    assert_eq!(contas.entraram, u64::from(VAGAS - 1));
    assert_eq!((contas.sairam, contas.falhas), (contas.entraram, 0));
    Ok(())
}

/// O que o núcleo joga fora antes que o emulador leia é uma falha dele, e não some das
/// contas.
pub fn o_que_nao_cabe_no_anel_e_falha() -> Result<()> {
    let quantos = VAGAS + 1000;
    let contas = mandar_com_o_emulador_parado(quantos)?;
    assert_eq!(contas.entraram + contas.falhas, u64::from(quantos));
    assert_eq!(contas.falhas, 1000);
    Ok(())
}

/// Se o núcleo junta segmentos, eles passam inteiros, e as contas o dizem.
pub fn superpacotes_passam_e_contam_como_grandes() -> Result<()> {
    let laboratorio = Laboratorio::montar()?;
    let juntar = laboratorio.dentro(Lado::Cliente, || {
        Command::new("ip")
            .args(["link", "set", "cabo", "gso_max_segs", "64"])
            .status()
    })?;
    ensure!(juntar.success(), "o ip não mudou o cabo");
    let mut pontas = laboratorio.par_tcp(AjustesTcp::default())?;
    laboratorio.aplicar(Regras::default(), Regras::default(), 1);
    transferir(&mut pontas, 1_000_000)?;
    let contas = laboratorio.contas().ida;
    assert!(contas.grandes > 0, "{contas:?}");
    // Um a um seriam quase setecentos.
    assert!(contas.entraram < 500, "{contas:?}");
    Ok(())
}
