//! A ida e volta mais curta que se consegue com a std: o piso com que o chat se compara.
//!
//! `eco_nu responder PORTA`: atende uma conexão, e a cada PERGUNTA bytes devolve RESPOSTA.
//! `eco_nu perguntar PORTA`: a cada linha da entrada, uma ida e volta, e o tempo dela em
//! nanossegundos na saída.
//! `eco_nu seguidas PORTA QUANTAS`: tantas idas e voltas sem parar; na saída, o tempo de
//! cada uma. `eco_nu ao-chat PORTA QUANTAS`: o mesmo, com um chat de verdade.
//! `eco_nu reger PEDIDO QUANTAS`: escreve o pedido na saída e espera por uma linha na
//! entrada, tantas vezes; as linhas vão para os erros.
//!
//! A pergunta e a resposta têm o tamanho das do chat: em `perguntar`, o PING e o PONG; em
//! `seguidas`, um ITEM de `TEXTO` bytes e o CONFIRMA.

use std::env;
use std::io::{self, BufRead, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

const PING: usize = 11;
const PONG: usize = 19;
const TEXTO: usize = 32;
const ITEM: usize = 12 + TEXTO;
const CONFIRMA: usize = 11;

fn main() -> io::Result<()> {
    let argumentos: Vec<String> = env::args().skip(1).collect();
    let argumentos: Vec<&str> = argumentos.iter().map(String::as_str).collect();
    match argumentos[..] {
        ["responder", porta, "ping"] => responder(porta, PING, PONG),
        ["responder", porta, "item"] => responder(porta, ITEM, CONFIRMA),
        ["perguntar", porta] => perguntar(porta),
        ["seguidas", porta, quantas] => seguidas(ligar(porta)?, quantas, &mut |_| ()),
        ["ao-chat", local, quantas] => ao_chat(local, quantas),
        ["reger", pedido, quantas] => reger(pedido, quantas),
        _ => panic!("argumentos: {argumentos:?}"),
    }
}

fn endereco(porta: &str) -> String {
    format!("127.0.0.1:{porta}")
}

fn ligar(porta: &str) -> io::Result<TcpStream> {
    let socket = TcpStream::connect(endereco(porta))?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn responder(porta: &str, pergunta: usize, resposta: usize) -> io::Result<()> {
    let escuta = TcpListener::bind(endereco(porta))?;
    eprintln!("à escuta");
    let (mut socket, _) = escuta.accept()?;
    socket.set_nodelay(true)?;
    let (mut entrada, saida) = (vec![0; pergunta], vec![0; resposta]);
    while socket.read_exact(&mut entrada).is_ok() {
        socket.write_all(&saida)?;
    }
    Ok(())
}

fn perguntar(porta: &str) -> io::Result<()> {
    let mut socket = ligar(porta)?;
    let mut resposta = [0; PONG];
    for linha in io::stdin().lock().lines() {
        linha?;
        let inicio = Instant::now();
        socket.write_all(&[0; PING])?;
        socket.read_exact(&mut resposta)?;
        println!("{}", inicio.elapsed().as_nanos());
    }
    Ok(())
}

/// Pede e espera a resposta, com o menor programa possível: o que ele põe no cache da CPU
/// é o que ele tira dos que se medem.
fn reger(pedido: &str, quantas: &str) -> io::Result<()> {
    let quantas: usize = quantas.parse().expect("um número");
    let pedido = format!("{pedido}\n");
    let (mut entrada, mut saida) = (io::stdin().lock(), io::stdout().lock());
    let mut respostas = String::new();
    for _ in 0..quantas {
        saida.write_all(pedido.as_bytes())?;
        saida.flush()?;
        entrada.read_line(&mut respostas)?;
    }
    io::stderr().write_all(respostas.as_bytes())
}

/// Idas e voltas sem parar; `numerar` ajeita cada pergunta.
fn seguidas(
    mut socket: TcpStream,
    quantas: &str,
    numerar: &mut dyn FnMut(&mut [u8; ITEM]),
) -> io::Result<()> {
    let quantas: usize = quantas.parse().expect("um número");
    let mut tempos = Vec::with_capacity(quantas);
    let (mut pergunta, mut resposta) = ([0; ITEM], [0; CONFIRMA]);
    for _ in 0..quantas {
        numerar(&mut pergunta);
        let inicio = Instant::now();
        socket.write_all(&pergunta)?;
        socket.read_exact(&mut resposta)?;
        tempos.push(inicio.elapsed().as_nanos());
    }
    let mut saida = io::stdout().lock();
    tempos
        .iter()
        .try_for_each(|tempo| writeln!(saida, "{tempo}"))
}

/// Atende um chat de verdade, cumprimenta-o como manda o capítulo do protocolo e mede o
/// tempo entre cada ITEM e o CONFIRMA dele.
fn ao_chat(local: &str, quantas: &str) -> io::Result<()> {
    let escuta = TcpListener::bind(endereco(local))?;
    eprintln!("à escuta");
    let (mut socket, _) = escuta.accept()?;
    socket.set_nodelay(true)?;
    // OLÁ com a maior sessão possível: o árbitro somos nós.
    let mut ola = vec![0, 35 + 3, 1, 1, 1];
    ola.extend([255; 8]);
    ola.extend([0; 24]);
    ola.extend(b"Nua!");
    ola[1] = u8::try_from(ola.len() - 2).expect("é curto");
    socket.write_all(&ola)?;
    quadro(&mut socket)?;
    // ACEITO. Depois dele vem um PING, que se responde.
    socket.write_all(&[0, 1, 2])?;
    let ping = quadro(&mut socket)?;
    assert_eq!(ping[0], 6, "esperava um PING: {ping:?}");
    let mut pong = vec![0, 17, 7];
    pong.extend(&ping[1..]);
    pong.extend([0; 8]);
    socket.write_all(&pong)?;
    let mut numero = 0_u64;
    seguidas(socket, quantas, &mut |item| {
        item[1] = u8::try_from(ITEM - 2).expect("é curto");
        item[2] = 4;
        item[3..11].copy_from_slice(&numero.to_be_bytes());
        item[12..].fill(b'x');
        numero += 1;
    })
}

fn quadro(socket: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut tamanho = [0; 2];
    socket.read_exact(&mut tamanho)?;
    let mut corpo = vec![0; u16::from_be_bytes(tamanho).into()];
    socket.read_exact(&mut corpo)?;
    Ok(corpo)
}
