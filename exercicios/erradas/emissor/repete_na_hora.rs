//! Repete na hora a cada datagrama que não serve, e assim gasta as tentativas.
//!
//! diagnostico: repete-na-hora

use std::io::{self, BufRead, ErrorKind};
use std::net::{Ipv4Addr, UdpSocket};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

const DADO: u8 = b'D';
const FIM: u8 = b'F';
const CONFIRMA: u8 = b'C';

struct Emissor {
    socket: UdpSocket,
    prazo: Duration,
    tentativas: u64,
}

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS", "TENTATIVAS"])?;
    let destino = argumentos.destino()?;
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).context("não há socket")?;
    // Com o `connect`, o núcleo só entrega o que vem do destino.
    socket
        .connect(destino)
        .with_context(|| format!("não dá para mandar a {destino}"))?;
    let emissor = Emissor {
        socket,
        prazo: Duration::from_millis(argumentos.numero(1, 200, 1, 60_000)?),
        tentativas: argumentos.numero(2, 10, 1, 1000)?,
    };

    let mut numero = 0;
    for linha in io::stdin().lock().split(b'\n') {
        let linha = linha.context("não foi possível ler a entrada")?;
        let texto = linha.strip_suffix(b"\r").unwrap_or(&linha);
        emissor.entregar(DADO, numero, texto)?;
        numero += 1;
    }
    emissor.entregar(FIM, numero, b"")?;
    println!("Entregues {numero} mensagens.");
    Ok(())
}

impl Emissor {
    /// Manda, espera a confirmação, e repete enquanto ela não vem.
    fn entregar(&self, tipo: u8, numero: u32, texto: &[u8]) -> Result<()> {
        let datagrama = [&[tipo], &numero.to_be_bytes()[..], texto].concat();
        let confirmacao = [&[CONFIRMA], &(numero + 1).to_be_bytes()[..]].concat();
        for _ in 0..self.tentativas {
            match self.socket.send(&datagrama) {
                // O aviso fala de um datagrama de antes: vale por uma perda.
                Err(erro) if !aviso(&erro) => {
                    return Err(erro).context("não foi possível mandar");
                }
                _ => {}
            }
            if self.confirmou(&confirmacao)? {
                return Ok(());
            }
        }
        bail!(
            "ninguém confirmou a mensagem {numero} em {} tentativas; o recebedor está aberto?",
            self.tentativas
        );
    }

    /// Se o próximo datagrama que chega, até a hora marcada, é esta confirmação.
    fn confirmou(&self, confirmacao: &[u8]) -> Result<bool> {
        let ate = Instant::now() + self.prazo;
        let mut buffer = vec![0; 65_536];
        loop {
            let resta = ate.saturating_duration_since(Instant::now());
            if resta.is_zero() {
                return Ok(false);
            }
            self.socket.set_read_timeout(Some(resta))?;
            match self.socket.recv(&mut buffer) {
                Ok(tamanho) if buffer[..tamanho] == *confirmacao => {
                    return Ok(true);
                }
                // Chegou, e não é a confirmação: repete.
                Ok(_) => return Ok(false),
                Err(erro) if acabou_o_prazo(&erro) => return Ok(false),
                Err(erro) if aviso(&erro) || erro.kind() == ErrorKind::Interrupted => {}
                Err(erro) => {
                    return Err(erro).context("não foi possível receber");
                }
            }
        }
    }
}

/// O mesmo fim de prazo tem um nome no Unix e outro no Windows.
fn acabou_o_prazo(erro: &io::Error) -> bool {
    matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Ninguém na porta, dito por ICMP: o recebedor ainda pode abrir.
fn aviso(erro: &io::Error) -> bool {
    let kind = erro.kind();
    matches!(
        kind,
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
    )
}
