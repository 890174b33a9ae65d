//! `medir servidor`: o lado que espera.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`escuta`] | onde se atende |
//! | [`porteiro`] | quem atende a porta, enquanto o resto mede |
//! | [`sessao`] | um cliente, do começo ao fim |
//! | [`recusa`] | o que se diz a quem não se atende |
//! | [`relato`] | o que se mostra de cada medida |

pub mod escuta;
pub mod porteiro;
pub mod recusa;
pub mod relato;
pub mod sessao;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use sockets::chat::unidades::contar;

use self::porteiro::{Chamada, Porteiro};
use self::relato::Relato;
use self::sessao::Fim;
use super::falha::Falha;
use super::opcoes::Servidor;
use crate::interrupcao::Interrupcao;
use crate::opcoes::PREFIXO;
use crate::progresso::tempo;
use crate::resultados::quadro::quebrar;

/// De quanto em quanto tempo se olha se alguém pediu para parar.
const OLHADA: Duration = Duration::from_millis(100);

/// De quanto em quanto tempo se diz, no máximo, que alguém nem começou.
const CADA: Duration = Duration::from_secs(1);

/// Atende clientes, um por vez, até que alguém peça para parar.
///
/// # Errors
/// O que o sistema não deixou fazer, antes do primeiro cliente. Depois, nenhum cliente
/// acaba com o servidor.
pub fn servir(opcoes: &Servidor) -> Result<()> {
    let interrupcao = Interrupcao::vigiar()
        .context("não foi possível passar a tratar o Ctrl-C")?;
    // Quem responde devagar é medido como rede.
    crate::cpu::relogio_fino()
        .context("não foi possível afinar o despertador da thread")?;
    let escuta = escuta::escutar(opcoes.ip, opcoes.porta)?;
    let local = escuta.local_addr().context("não há onde atender")?;
    let porteiro = Porteiro::abrir(escuta)?;
    apresentar(local);
    let mut queixas = Queixas::default();
    while !interrupcao.pedida() {
        let Some(chamada) = porteiro.proximo(OLHADA) else {
            continue;
        };
        let despedido = atender(chamada, &porteiro, &interrupcao, &mut queixas);
        if despedido && opcoes.um_cliente {
            return Ok(());
        }
    }
    println!("servidor encerrado");
    Ok(())
}

/// Diz onde se atende, e o que fazer no outro computador.
fn apresentar(local: SocketAddr) {
    let todos = local.ip().is_unspecified();
    let mostrado = if todos {
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, local.port()))
    } else {
        local
    };
    println!("servidor de medições em {mostrado}, TCP e UDP; Ctrl-C acaba");
    let na_rede = if todos {
        escuta::endereco_na_rede()
    } else {
        Some(local.ip())
    };
    let ip = na_rede.map_or("IP_DESTE".into(), |ip: IpAddr| ip.to_string());
    let porta = match local.port() {
        sockets::PORTA_PADRAO => String::new(),
        porta => format!(" --porta {porta}"),
    };
    println!("no outro computador:");
    println!("  {PREFIXO} cliente --ip {ip}{porta}");
}

/// Atende um cliente; `true` se ele se despediu. Quando mostra que acabou, o servidor já
/// pode atender outro.
fn atender(
    chamada: Chamada,
    porteiro: &Porteiro,
    interrupcao: &Interrupcao,
    queixas: &mut Queixas,
) -> bool {
    let ip = chamada.de.ip().to_canonical();
    let inicio = Instant::now();
    let mut primeira = true;
    let mut mostrar = |relato: &Relato| {
        if std::mem::take(&mut primeira) {
            println!("{ip}:");
        }
        for linha in relato.linhas() {
            println!("{linha}");
        }
    };
    let parar = || interrupcao.pedida();
    let Fim { medidas, falha } =
        sessao::atender(chamada, porteiro, &parar, &mut mostrar);
    porteiro.liberar();
    let quantas = contar(medidas.into(), "medida", "medidas");
    let durou = tempo(inicio.elapsed());
    match falha {
        None => println!("{ip} acabou: {quantas} em {durou}"),
        Some(Falha::Interrompido) => {}
        Some(falha) => {
            let frase = format!("{ip} parou depois de {quantas}: {falha}");
            queixas.contar(&frase, medidas > 0);
            return false;
        }
    }
    true
}

/// O que se diz de quem não chega ao fim. De muitos que nem começam, só se diz um por
/// segundo, e quantos foram os outros.
#[derive(Default)]
struct Queixas {
    ultima: Option<Instant>,
    caladas: u64,
}

impl Queixas {
    /// Conta esta; `sempre` se ela não se cala.
    fn contar(&mut self, frase: &str, sempre: bool) {
        let agora = Instant::now();
        let cedo = self.ultima.is_some_and(|ultima| agora < ultima + CADA);
        if cedo && !sempre {
            self.caladas += 1;
            return;
        }
        self.ultima = Some(agora);
        for linha in quebrar(frase) {
            println!("{linha}");
        }
        match std::mem::take(&mut self.caladas) {
            0 => {}
            n => println!("  (e mais {n} que não deram em nada)"),
        }
    }
}
