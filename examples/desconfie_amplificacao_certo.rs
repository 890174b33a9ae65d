//! A lista de `desconfie_amplificacao_errado`, para quem prova que está no endereço
//! que diz: só leva a lista quem devolve um token que foi mandado para lá.
//!
//! `cargo run --example desconfie_amplificacao_certo`: os três personagens e um
//! cliente honesto, em `127.0.0.1`.
//!
//! `cargo run --example desconfie_amplificacao_certo -- HOST:PORTA`: só o servidor.

use std::hash::{BuildHasher, RandomState};
use std::net::{SocketAddr, UdpSocket};
use std::{io, process::ExitCode, time::Duration};

use anyhow::{Context, Result, ensure};

/// O pedido e a resposta pequena têm o mesmo tamanho: cinco letras e o token.
const PEDIDO: [u8; 5] = *b"LISTA";
const RESPOSTA: [u8; 5] = *b"TOKEN";

/// Um número que só o servidor sabe fazer. Quem ainda não tem um manda zeros.
type Token = [u8; 8];

const PEDIDOS: usize = 10;

/// O que a lista ocupa, em bytes.
const LISTA: usize = 1200;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA"])?;
    if argumentos.texto(0).is_some() {
        return servir(argumentos.endereco()?);
    }
    let servidor = Servidor::abrir(([127, 0, 0, 1], 0).into())?;
    let (vitima, honesto) = (abrir()?, abrir()?);
    let endereco = servidor.socket.local_addr()?;
    let mut buffer = vec![0; 65_536];
    let (mut mandados, mut recebidos) = (0, 0);
    for _ in 0..PEDIDOS {
        mandados += vitima.send_to(&juntar(PEDIDO, [0; 8]), endereco)?;
        servidor.atender_um()?;
        recebidos += vitima.recv(&mut buffer)?;
    }
    println!("o atacante mandou {PEDIDOS} pedidos: {mandados} bytes");
    println!("a vítima recebeu {recebidos} bytes que não pediu");

    // ANCHOR: honesto
    honesto.send_to(&juntar(PEDIDO, [0; 8]), endereco)?;
    servidor.atender_um()?;
    let lidos = honesto.recv(&mut buffer)?;
    let token = separar(RESPOSTA, &buffer[..lidos]);
    let token = token.context("o servidor não mandou um token")?;
    honesto.send_to(&juntar(PEDIDO, token), endereco)?;
    servidor.atender_um()?;
    let lista = honesto.recv(&mut buffer)?;
    // ANCHOR_END: honesto
    println!("o cliente honesto recebeu {lidos} bytes, e depois {lista}");

    vitima.send_to(&juntar(PEDIDO, token), endereco)?;
    servidor.atender_um()?;
    let lidos = vitima.recv(&mut buffer)?;
    ensure!(lidos < LISTA, "o token de um serviu para outro");
    println!("com o token dele, à vítima só chegam {lidos}");
    Ok(())
}

fn abrir() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(Duration::from_secs(2)))?;
    Ok(socket)
}

fn servir(endereco: SocketAddr) -> Result<()> {
    let servidor = Servidor::abrir(endereco)?;
    println!("Servidor atendendo em {}...", servidor.socket.local_addr()?);
    loop {
        // Nenhum erro de um datagrama pode parar quem atende a todos.
        let _ = servidor.atender_um();
    }
}

// ANCHOR: servidor
struct Servidor {
    socket: UdpSocket,
    /// Sorteado quando o programa começa.
    segredo: RandomState,
}

impl Servidor {
    fn atender_um(&self) -> io::Result<()> {
        let mut buffer = vec![0; 65_536];
        let (lidos, remetente) = self.socket.recv_from(&mut buffer)?;
        // O que não é um pedido fica sem resposta.
        let Some(token) = separar(PEDIDO, &buffer[..lidos]) else {
            return Ok(());
        };
        if token == self.token(remetente) {
            self.socket.send_to(&[b'.'; LISTA], remetente)?;
        } else {
            let token = self.token(remetente);
            self.socket.send_to(&juntar(RESPOSTA, token), remetente)?;
        }
        Ok(())
    }

    /// O token de um endereço. Nada fica guardado: ele se refaz.
    fn token(&self, remetente: SocketAddr) -> Token {
        self.segredo.hash_one(remetente).to_be_bytes()
    }
}
// ANCHOR_END: servidor

impl Servidor {
    fn abrir(endereco: SocketAddr) -> Result<Self> {
        let socket = UdpSocket::bind(endereco).with_context(|| {
            format!("não foi possível atender em {endereco}")
        })?;
        let segredo = RandomState::new();
        Ok(Self { socket, segredo })
    }
}

fn juntar(letras: [u8; 5], token: Token) -> Vec<u8> {
    [&letras[..], &token].concat()
}

fn separar(letras: [u8; 5], datagrama: &[u8]) -> Option<Token> {
    datagrama.strip_prefix(&letras)?.try_into().ok()
}
