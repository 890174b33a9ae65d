//! Uma estrada ruim entre dois chats em UDP: perde, repete e atrasa textos, sempre
//! os mesmos, e conta o que fez. O resto da conversa passa intacto. O datagrama que
//! não é do chat (a Parte 2 manda alguns) tem a sorte de um texto.
//!
//! Terminal 1: `cargo run --example estrada_ruim -- [AQUI] [ANA] [BIA]`
//! Terminal 2: `cargo run --example chat -- --ip 127.0.0.1 --porta 50002
//! --porta-local 50000 --protocolo udp --nome Ana`
//! Terminal 3: o mesmo, com `--porta-local 50001` e `--nome Bia`
//!
//! Cada chat toma a estrada pelo outro: os dois mandam para a porta 50002.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::ExitCode;

use anyhow::{Context, Result};
use sockets::chat::datagrama;
use sockets::chat::protocolo::Mensagem;

use Sorte::{Atrasa, Passa, Perde, Repete};

// ANCHOR: sorte
#[derive(Clone, Copy)]
enum Sorte {
    Passa,
    Perde,
    Repete,
    /// Espera o texto seguinte passar na frente.
    Atrasa,
}

/// A sorte de cada texto, na ordem em que chegam; depois do último, de novo o
/// primeiro. Cada sentido tem a sua conta.
const SORTES: [Sorte; 6] = [Passa, Perde, Passa, Repete, Atrasa, Passa];
// ANCHOR_END: sorte

/// Um dos dois sentidos da estrada.
struct Sentido {
    nome: &'static str,
    origem: SocketAddr,
    destino: SocketAddr,
    textos: usize,
    atrasado: Option<Vec<u8>>,
}

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["AQUI", "ANA", "BIA"])?;
    let aqui = argumentos.ip_e_porta(0, (Ipv4Addr::LOCALHOST, 50002))?;
    let ana = argumentos.ip_e_porta(1, (Ipv4Addr::LOCALHOST, 50000))?;
    let bia = argumentos.ip_e_porta(2, (Ipv4Addr::LOCALHOST, 50001))?;
    let socket = UdpSocket::bind(aqui)
        .with_context(|| format!("não foi possível receber em {aqui}"))?;
    println!("Estrada ruim em {}...", socket.local_addr()?);
    let ida = ("de Ana para Bia", ana, bia);
    let volta = ("de Bia para Ana", bia, ana);
    let sentidos = [ida, volta].map(|(nome, origem, destino)| Sentido {
        nome,
        origem,
        destino,
        textos: 0,
        atrasado: None,
    });
    encaminhar(&socket, sentidos)
}

// ANCHOR: encaminhar
fn encaminhar(socket: &UdpSocket, mut sentidos: [Sentido; 2]) -> Result<()> {
    let mut buffer = vec![0; 65_536];
    loop {
        let (tamanho, quem) = match socket.recv_from(&mut buffer) {
            Ok(recebido) => recebido,
            // No Windows, é o aviso de que um dos chats está fechado.
            Err(erro) if erro.kind() == ErrorKind::ConnectionReset => continue,
            Err(erro) => return Err(erro).context("a estrada acabou"),
        };
        let datagrama = &buffer[..tamanho];
        let sentido = sentidos.iter_mut().find(|s| s.origem == quem);
        match sentido {
            Some(sentido) if leva_texto(datagrama) => {
                sentido.levar(socket, datagrama);
            }
            Some(sentido) => sentido.mandar(socket, datagrama),
            None => {}
        }
    }
}

fn leva_texto(datagrama: &[u8]) -> bool {
    use Mensagem::{Item, Segmento};
    datagrama::abrir(datagrama).map_or(true, |aberto| {
        matches!(aberto.mensagem, Item { .. } | Segmento { .. })
    })
}
// ANCHOR_END: encaminhar

impl Sentido {
    // ANCHOR: levar
    fn levar(&mut self, socket: &UdpSocket, texto: &[u8]) {
        let sorte = SORTES[self.textos % SORTES.len()];
        self.textos += 1;
        let (vezes, conto) = match sorte {
            Passa => (1, "passou"),
            Perde => (0, "se perdeu"),
            Repete => (2, "passou duas vezes"),
            Atrasa => (0, "ficou para trás"),
        };
        println!("{}: o texto {} {conto}", self.nome, self.textos);
        for _ in 0..vezes {
            self.mandar(socket, texto);
        }
        if let Some(atrasado) = self.atrasado.take() {
            self.mandar(socket, &atrasado);
        }
        if let Atrasa = sorte {
            self.atrasado = Some(texto.to_vec());
        }
    }
    // ANCHOR_END: levar

    /// Um datagrama que não sai é só mais um que se perde.
    fn mandar(&self, socket: &UdpSocket, datagrama: &[u8]) {
        let _ = socket.send_to(datagrama, self.destino);
    }
}
