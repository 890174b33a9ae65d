//! Lê o tipo e o número sem ver se eles vieram.
//!
//! diagnostico: panico

use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};

const DADO: u8 = b'D';
const FIM: u8 = b'F';
const CONFIRMA: u8 = b'C';

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let endereco = argumentos.endereco()?;
    let prazo = Duration::from_millis(argumentos.numero(1, 5000, 1, 60_000)?);

    let socket = UdpSocket::bind(endereco)
        .with_context(|| format!("não foi possível receber em {endereco}"))?;
    socket.set_read_timeout(Some(prazo))?;
    println!("Recebendo em {}", socket.local_addr()?);
    receber(&socket)
}

fn receber(socket: &UdpSocket) -> Result<()> {
    let mut buffer = vec![0; 65_536];
    let mut emissor = None;
    // O número da próxima mensagem a escrever: tudo que é menor já foi escrito.
    let mut esperado = 0;
    let mut acabou = false;
    loop {
        let (tamanho, quem) = match socket.recv_from(&mut buffer) {
            Ok(recebido) => recebido,
            Err(erro) if acabou_o_prazo(&erro) && acabou => return Ok(()),
            Err(erro) if acabou_o_prazo(&erro) => bail!("quem manda calou antes do FIM"),
            // Interrompido, ou o aviso sobre uma confirmação que não chegou.
            Err(erro) if passageiro(&erro) => continue,
            Err(erro) => return Err(erro).context("não foi possível receber"),
        };
        let datagrama = &buffer[..tamanho];
        let tipo = &datagrama[0];
        if ![DADO, FIM].contains(tipo) {
            continue;
        }
        let numero: &[u8; 4] = datagrama[1..5].try_into().unwrap();
        let texto = &datagrama[5..];
        if *tipo == FIM && !texto.is_empty() {
            continue; // um FIM acaba no número
        }
        if *emissor.get_or_insert(quem) != quem {
            continue;
        }
        if u32::from_be_bytes(*numero) == esperado && !acabou {
            acabou = *tipo == FIM;
            if !acabou {
                println!("{}", sockets::visivel(texto));
            }
            esperado += 1;
        }
        // A cópia também tem resposta: a da primeira pode ter se perdido.
        let [a, b, c, d] = esperado.to_be_bytes();
        if let Err(erro) = socket.send_to(&[CONFIRMA, a, b, c, d], quem) {
            eprintln!("uma confirmação não saiu ({erro}); o emissor vai repetir");
        }
    }
}

/// O mesmo fim de prazo tem um nome no Unix e outro no Windows.
fn acabou_o_prazo(erro: &io::Error) -> bool {
    matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn passageiro(erro: &io::Error) -> bool {
    let kind = erro.kind();
    matches!(kind, ErrorKind::Interrupted | ErrorKind::ConnectionReset)
}
