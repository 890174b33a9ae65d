//! Ctrl-C e os outros pedidos para acabar.
//!
//! Quem trata um sinal pode fazer muito pouco (`signal-safety(7)`): aqui ele só
//! levanta uma bandeira, e uma thread que a vigia avisa o laço.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::evento::{Evento, Remetente};

/// O código de saída de quem pede duas vezes: 128 + 2, o número do SIGINT, como os
/// shells dizem.
pub const CODIGO_DE_INTERRUPCAO: u8 = 130;

/// A pessoa pediu duas vezes para acabar, e o laço acabou sem esperar por nada.
#[derive(Debug)]
pub struct Interrompido;

impl fmt::Display for Interrompido {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrompido")
    }
}

impl std::error::Error for Interrompido {}

/// De quanto em quanto tempo se olha a bandeira: depressa para uma pessoa, raro para
/// o computador.
const VIGIA: Duration = Duration::from_millis(50);

/// Pedidos que chegam juntos são um só: `timeout(1)`, por exemplo, manda o sinal ao
/// programa e ao grupo dele, isto é, duas vezes.
const UM_SO: Duration = Duration::from_millis(300);

/// O SIGHUP do Unix: a janela do terminal se fechou (`signal(7)`).
const FIM_DO_TERMINAL: i32 = 1;

/// Ctrl-C, `kill` e o fim do terminal. No Windows só existem os dois primeiros.
const PEDIDOS: &[i32] = if cfg!(unix) {
    &[SIGINT, SIGTERM, FIM_DO_TERMINAL]
} else {
    &[SIGINT, SIGTERM]
};

/// Passa a contar ao laço cada pedido para acabar.
///
/// O segundo pedido acaba com o programa na hora, com o código
/// [`CODIGO_DE_INTERRUPCAO`], mesmo que o laço esteja parado em uma saída que não
/// anda. Com a tela, `restaurar` é o que devolve o terminal antes disso; sem ela,
/// `None`.
///
/// # Errors
/// Quando o sistema não aceita as bandeiras ou não dá uma thread.
pub fn vigiar(remetente: Remetente, restaurar: Option<fn()>) -> io::Result<()> {
    let bandeira = Arc::new(AtomicBool::new(false));
    registrar(&bandeira)?;
    let vigia = move || {
        esperar(&bandeira);
        if !remetente.mandar(Evento::Interrupcao) {
            return;
        }
        thread::sleep(UM_SO);
        bandeira.store(false, Ordering::SeqCst);
        esperar(&bandeira);
        if let Some(restaurar) = restaurar {
            restaurar();
        }
        std::process::exit(CODIGO_DE_INTERRUPCAO.into());
    };
    thread::Builder::new()
        .name("interrupcao".to_string())
        .spawn(vigia)?;
    Ok(())
}

/// Faz cada pedido para acabar levantar `bandeira`, no lugar de acabar com o programa.
///
/// # Errors
/// Quando o sistema não aceita a bandeira.
pub fn registrar(bandeira: &Arc<AtomicBool>) -> io::Result<()> {
    for pedido in PEDIDOS.iter().filter(|pedido| !ignorado(**pedido)) {
        flag::register(*pedido, Arc::clone(bandeira))?;
    }
    Ok(())
}

/// Se quem abriu o programa pediu que o fim do terminal não acabasse com ele
/// (`nohup(1)`). Só o Linux conta (`proc_pid_status(5)`); nos outros sistemas, vale
/// a despedida.
fn ignorado(pedido: i32) -> bool {
    let sem_terminal = cfg!(target_os = "linux") && pedido == FIM_DO_TERMINAL;
    sem_terminal && esta_entre_os_ignorados(pedido).unwrap_or(false)
}

fn esta_entre_os_ignorados(pedido: i32) -> Option<bool> {
    let situacao = std::fs::read_to_string("/proc/self/status").ok()?;
    let mascara = situacao
        .lines()
        .find_map(|linha| linha.strip_prefix("SigIgn:"))?;
    let mascara = u64::from_str_radix(mascara.trim(), 16).ok()?;
    // O sinal 1 é o bit 0.
    Some(mascara >> (pedido - 1) & 1 == 1)
}

fn esperar(bandeira: &AtomicBool) {
    while !bandeira.load(Ordering::SeqCst) {
        thread::sleep(VIGIA);
    }
}

#[cfg(test)]
mod testes {
    use super::*;
    use crate::chat::evento;
    use mio::{Events, Poll};

    #[test]
    fn um_pedido_para_acabar_acorda_o_laco() {
        let mut poll = Poll::new().unwrap();
        let (remetente, caixa) = evento::fila(poll.registry()).unwrap();
        vigiar(remetente, None).unwrap();
        assert!(!caixa.interrompida());
        signal_hook::low_level::raise(SIGTERM).unwrap();
        let mut eventos = Events::with_capacity(1);
        let prazo = Some(Duration::from_secs(60));
        poll.poll(&mut eventos, prazo).unwrap();
        assert!(!eventos.is_empty());
        assert!(caixa.interrompida());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn o_sistema_diz_o_que_se_ignora() {
        // A std ignora o SIGPIPE (13) antes do `main`.
        assert_eq!(esta_entre_os_ignorados(13), Some(true));
        assert_eq!(esta_entre_os_ignorados(SIGTERM), Some(false));
    }
}
