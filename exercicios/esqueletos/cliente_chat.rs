//! Exercício `cliente_chat`: converse, por TCP, no protocolo do chat.
//!
//! Em outro terminal, o chat do livro:
//! `cargo run --example chat -- --ip 127.0.0.1 --porta-local 50001 --porta 50000 --nome Bia`
//! Rode: `cargo run -p exercicios --bin cliente_chat -- 127.0.0.1:50001 Ana`
//! Confira: `cargo conferir cliente_chat`

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

const MAIOR_QUADRO: usize = 1100;
/// O silêncio que derruba uma conversa.
const SILENCIO: Duration = Duration::from_secs(15);

/// O que acontece: as duas threads que leem só produzem isto.
enum Evento {
    Digitou(Vec<u8>),
    FimDaEntrada,
    Chegou(Vec<u8>),
    FimDaConexao(Option<String>),
}

struct Conversa {
    conexao: TcpStream,
    sessao: u64,
}

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "NOME"])?;
    let destino = argumentos.destino()?;
    let nome = argumentos.texto(1).unwrap_or("Ana");
    let conexao = TcpStream::connect(destino)
        .with_context(|| format!("não foi possível conectar a {destino}"))?;
    conexao.set_read_timeout(Some(SILENCIO))?;
    conexao.set_write_timeout(Some(SILENCIO))?;

    let (eventos, chegadas) = mpsc::channel();
    let (da_rede, do_teclado) = (eventos.clone(), eventos);
    let leitura = conexao.try_clone()?;
    thread::spawn(move || ler_rede(leitura, &da_rede));
    thread::spawn(move || ler_teclado(&do_teclado));

    let mut conversa = Conversa {
        conexao,
        // O dispersor da std parte de um número sorteado; o 1 garante que não é 0.
        sessao: RandomState::new().build_hasher().finish() | 1,
    };
    conversa.cumprimentar(nome)?;
    // Uma thread presa no teclado não segura ninguém: ela morre com o processo.
    for evento in chegadas {
        if conversa.tratar(evento)? {
            return Ok(());
        }
    }
    bail!("ninguém mais produz eventos")
}

fn ler_teclado(eventos: &Sender<Evento>) {
    for linha in io::stdin().lock().split(b'\n').map_while(Result::ok) {
        let _ = eventos.send(Evento::Digitou(linha));
    }
    let _ = eventos.send(Evento::FimDaEntrada);
}

fn ler_rede(conexao: TcpStream, eventos: &Sender<Evento>) {
    let mut entrada = BufReader::new(conexao);
    loop {
        let evento = match ler_quadro(&mut entrada) {
            Ok(Some(corpo)) => Evento::Chegou(corpo),
            Ok(None) => Evento::FimDaConexao(None),
            Err(erro) => Evento::FimDaConexao(Some(format!("{erro:#}"))),
        };
        let acabou = matches!(evento, Evento::FimDaConexao(_));
        if eventos.send(evento).is_err() || acabou {
            return;
        }
    }
}

fn ler_quadro(entrada: &mut impl BufRead) -> Result<Option<Vec<u8>>> {
    if entrada.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut tamanho = [0; 2];
    entrada.read_exact(&mut tamanho)?;
    let tamanho = usize::from(u16::from_be_bytes(tamanho));
    ensure!(
        (1..=MAIOR_QUADRO).contains(&tamanho),
        "veio um quadro de {tamanho} bytes"
    );
    let mut corpo = vec![0; tamanho];
    entrada.read_exact(&mut corpo)?;
    Ok(Some(corpo))
}

impl Conversa {
    /// O OLÁ vai logo, sem esperar o do outro.
    fn cumprimentar(&mut self, nome: &str) -> Result<()> {
        let mut campos = vec![1, 1]; // versão 1, modo tcp
        campos.extend(self.sessao.to_be_bytes());
        campos.extend([0; 24]); // conhecida, recebidos, proximo: acabei de abrir
        campos.extend(nome.as_bytes());
        self.mandar(1, &campos)
    }

    /// Trata um evento, e diz se a conversa acabou bem.
    ///
    /// Aqui vai a conversa: o ACEITO, os itens, as confirmações, os PINGs, a despedida.
    /// Que campos `Conversa` precisa ter para lembrar onde está?
    fn tratar(&mut self, evento: Evento) -> Result<bool> {
        match evento {
            Evento::Digitou(linha) => {
                println!("(ainda não sei mandar {} bytes)", linha.len());
            }
            Evento::FimDaEntrada => println!("(ainda não sei me despedir)"),
            Evento::Chegou(corpo) => {
                println!(
                    "(ainda não sei ler um corpo de {} bytes)",
                    corpo.len()
                );
            }
            Evento::FimDaConexao(None) => {
                bail!("o outro lado fechou sem se despedir")
            }
            Evento::FimDaConexao(Some(motivo)) => {
                bail!("a conversa caiu: {motivo}")
            }
        }
        Ok(false)
    }

    fn mandar(&mut self, tipo: u8, campos: &[u8]) -> Result<()> {
        let tamanho = u16::try_from(1 + campos.len())?.to_be_bytes();
        let quadro = [&tamanho[..], &[tipo], campos].concat();
        self.conexao
            .write_all(&quadro)
            .context("não foi possível mandar")
    }
}
