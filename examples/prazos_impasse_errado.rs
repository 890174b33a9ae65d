//! Um impasse: os dois lados escrevem tudo antes de ler, e nenhum lê.
//!
//! `cargo run --example prazos_impasse_errado -- [HOST:PORTA] [SEGUNDOS]`
//!
//! SEGUNDOS é o prazo de cada envio. Com um prazo grande, há tempo de olhar o
//! impasse em outro terminal; no Linux, `ss -tn 'sport = :50000'`.
//!
//! O conserto está em `prazos_impasse_certo`.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use socket2::SockRef;

/// Mais do que cabe nos buffers das duas pontas.
const BYTES: usize = 16_000_000;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "SEGUNDOS"])?;
    let endereco = argumentos.endereco()?;
    let prazo = Duration::from_secs(argumentos.numero(1, 1, 1, 600)?);
    let escuta = TcpListener::bind(endereco)
        .with_context(|| format!("não foi possível escutar em {endereco}"))?;
    let alvo = escuta.local_addr()?;
    let cliente = preparar("cliente", TcpStream::connect(alvo)?, prazo)?;
    let servidor = preparar("servidor", escuta.accept()?.0, prazo)?;
    println!("os dois escrevem {BYTES} bytes, e só depois leem");

    let (do_cliente, do_servidor) = thread::scope(|threads| {
        let cliente = threads.spawn(|| trocar(&cliente));
        let do_servidor = trocar(&servidor);
        (cliente.join(), do_servidor)
    });
    let do_cliente = do_cliente.ok().context("o cliente parou")?;
    let cliente_parou = contar("cliente", do_cliente);
    let servidor_parou = contar("servidor", do_servidor);
    if cliente_parou || servidor_parou {
        bail!("um impasse: ninguém leu, e o prazo acabou");
    }
    Ok(())
}

/// O prazo de envio e os tamanhos dos buffers desta ponta.
fn preparar(
    nome: &str,
    lado: TcpStream,
    prazo: Duration,
) -> io::Result<TcpStream> {
    lado.set_read_timeout(Some(prazo))?;
    lado.set_write_timeout(Some(prazo))?;
    let opcoes = SockRef::from(&lado);
    let envio = opcoes.send_buffer_size()?; // getsockopt(2), com SO_SNDBUF
    let recepcao = opcoes.recv_buffer_size()?; // com SO_RCVBUF
    println!("{nome}: buffer de envio {envio}, de recepção {recepcao}");
    Ok(lado)
}

// ANCHOR: trocar
/// Escreve tudo, depois lê tudo. Devolve quanto conseguiu escrever.
fn trocar(mut lado: &TcpStream) -> (usize, io::Result<()>) {
    let dados = vec![b'x'; BYTES];
    let mut escritos = 0;
    while escritos < BYTES {
        match lado.write(&dados[escritos..]) {
            Ok(quantos) => escritos += quantos,
            Err(erro) if erro.kind() == ErrorKind::Interrupted => {}
            Err(erro) => return (escritos, Err(erro)),
        }
    }
    let lidos = lado.read_exact(&mut vec![0; BYTES]);
    (escritos, lidos)
}
// ANCHOR_END: trocar

/// Mostra o que houve com um lado, e diz se ele parou no meio.
fn contar(nome: &str, (escritos, fim): (usize, io::Result<()>)) -> bool {
    match fim {
        Ok(()) => println!("{nome}: escrevi {escritos} e li o mesmo"),
        Err(ref erro) => println!("{nome}: escrevi {escritos}, e {erro}"),
    }
    fim.is_err()
}
