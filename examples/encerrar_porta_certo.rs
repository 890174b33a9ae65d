//! A porta reabre na hora, como quer que a conversa anterior tenha acabado.
//!
//! O servidor atende, acaba e reabre a mesma porta quatro vezes, uma depois de
//! cada despedida. `TcpListener::bind` ativa `SO_REUSEADDR` em todas elas:
//!
//! `cargo run --example encerrar_porta_certo`
//!
//! Com uma porta escolhida, dá para olhar depois o que ficou nela:
//! `cargo run --example encerrar_porta_certo -- 127.0.0.1:50000`

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use socket2::SockRef;

/// Recebe as duas pontas, a do servidor e a do cliente, e devolve as que
/// ficam abertas.
type Despedida = fn(TcpStream, TcpStream) -> io::Result<Vec<TcpStream>>;

// ANCHOR: despedidas
const DESPEDIDAS: [(&str, Despedida); 4] = [
    ("o servidor fecha primeiro", fecha_primeiro),
    ("o cliente fecha primeiro", |servidor, cliente| {
        fecha_primeiro(cliente, servidor)
    }),
    ("o cliente some com um RST", |_servidor, cliente| {
        SockRef::from(&cliente).set_linger(Some(Duration::ZERO))?;
        Ok(Vec::new())
    }),
    ("ninguém fechou ainda", |servidor, cliente| {
        Ok(vec![cliente, servidor])
    }),
];
// ANCHOR_END: despedidas

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA"])?;
    let mut endereco = match argumentos.texto(0) {
        Some(_) => argumentos.endereco()?,
        None => (Ipv4Addr::LOCALHOST, 0).into(),
    };
    let mut abertas = Vec::new();
    for (nome, despedir) in DESPEDIDAS {
        let escuta = TcpListener::bind(endereco)
            .with_context(|| format!("não foi possível usar {endereco}"))?;
        endereco = escuta.local_addr()?;
        let cliente = TcpStream::connect(endereco)?;
        let (servidor, _) = escuta.accept()?;
        abertas.extend(despedir(servidor, cliente)?);
        drop(escuta);
        TcpListener::bind(endereco)
            .with_context(|| format!("{nome}, e {endereco} não reabriu"))?;
        println!("{nome}: reaberta");
    }
    Ok(())
}

// ANCHOR: fecha-primeiro
/// O primeiro fecha; o segundo lê até o fim e fecha também.
fn fecha_primeiro(
    um: TcpStream,
    mut outro: TcpStream,
) -> io::Result<Vec<TcpStream>> {
    drop(um);
    io::copy(&mut outro, &mut io::sink())?;
    Ok(Vec::new())
}
// ANCHOR_END: fecha-primeiro
