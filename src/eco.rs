//! O eco dos servidores de várias conexões, e quem liga para eles.
//!
//! Todos esses servidores fazem a mesma coisa, devolver o que recebem: o que muda
//! de um para o outro é quem atende quem, e isso está em cada programa.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::{Argumentos, visivel};

/// Quanto silêncio de um cliente um servidor de eco aguenta.
pub const SILENCIO: Duration = Duration::from_secs(120);

/// Quanto um servidor de eco lê de cada vez, em bytes.
pub const BUFFER: usize = 4096;

/// Quantas visitas ligam e não dizem nada.
const CALADAS: usize = 4;

/// Quanto a visita que fala espera antes de se queixar, em segundos.
const ESPERA: u64 = 1;

/// Devolve cada byte que chega, até o cliente desligar.
///
/// # Errors
/// Quando a conexão cai, ou quando o cliente passa [`SILENCIO`] sem falar ou sem
/// ler.
// ANCHOR: ecoar
pub fn ecoar(mut conexao: &TcpStream) -> io::Result<()> {
    conexao.set_read_timeout(Some(SILENCIO))?;
    conexao.set_write_timeout(Some(SILENCIO))?;
    let mut buffer = [0; BUFFER];
    loop {
        match conexao.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(lidos) => conexao.write_all(&buffer[..lidos])?,
            Err(erro) if erro.kind() == ErrorKind::Interrupted => {}
            Err(erro) => return Err(erro),
        }
    }
}
// ANCHOR_END: ecoar

/// Atende em `HOST:PORTA` com `servir`. Sem argumento, atende em uma porta livre
/// deste computador e liga para ela: quatro visitas que não dizem nada e uma
/// quinta, que fala.
///
/// # Errors
/// Quando não se pode escutar, quando `servir` acaba, ou quando a quinta visita
/// fica sem resposta mesmo depois de as outras irem embora.
pub fn apresentar(
    servir: impl FnOnce(&TcpListener) -> Result<()> + Send + 'static,
) -> Result<()> {
    let argumentos = Argumentos::ler(&["HOST:PORTA"])?;
    if argumentos.texto(0).is_some() {
        return servir(&escutar(argumentos.endereco()?)?);
    }
    let escuta = escutar((Ipv4Addr::LOCALHOST, 0).into())?;
    let endereco = escuta.local_addr().context("a escuta se perdeu")?;
    thread::Builder::new()
        .spawn(move || servir(&escuta))
        .context("não foi possível criar a thread do servidor")?;
    visitar(endereco).context("a visita acabou antes da hora")
}

/// Escuta em `endereco`, e mostra o endereço de verdade.
///
/// # Errors
/// Quando não se pode escutar nele.
pub fn escutar(endereco: SocketAddr) -> Result<TcpListener> {
    let escuta = TcpListener::bind(endereco)
        .with_context(|| format!("não foi possível escutar em {endereco}"))?;
    let endereco = escuta.local_addr().context("a escuta se perdeu")?;
    println!("Servidor aguardando conexões em {endereco}");
    Ok(escuta)
}

// ANCHOR: visitar
fn visitar(endereco: SocketAddr) -> Result<()> {
    let caladas = (0..CALADAS)
        .map(|_| TcpStream::connect(endereco))
        .collect::<io::Result<Vec<_>>>()?;
    println!("{CALADAS} visitas ligaram e não dizem nada.");

    let mut quinta = TcpStream::connect(endereco)?;
    quinta.write_all(b"oi")?;
    println!("A quinta ligou e mandou \"oi\".");
    if esperar(&mut quinta, Duration::from_secs(ESPERA))? {
        return Ok(());
    }
    println!("A quinta: nada em {ESPERA} s.");
    drop(caladas);
    println!("As {CALADAS} caladas desligaram.");
    let respondeu = esperar(&mut quinta, SILENCIO)?;
    ensure!(respondeu, "a quinta ficou sem resposta");
    Ok(())
}
// ANCHOR_END: visitar

/// Espera o "oi" de volta; `false` se ele não vem a tempo.
fn esperar(visita: &mut TcpStream, prazo: Duration) -> io::Result<bool> {
    visita.set_read_timeout(Some(prazo))?;
    let mut resposta = [0; 2];
    match visita.read_exact(&mut resposta) {
        Ok(()) => {
            println!("A quinta: o eco respondeu \"{}\".", visivel(&resposta));
            Ok(true)
        }
        // O mesmo prazo vencido: o primeiro no Unix, o segundo no Windows.
        Err(erro)
            if matches!(
                erro.kind(),
                ErrorKind::WouldBlock | ErrorKind::TimedOut
            ) =>
        {
            Ok(false)
        }
        Err(erro) => Err(erro),
    }
}
