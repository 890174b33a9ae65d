//! O servidor de linhas de `desconfie_errado`, para quem não se conhece: há um
//! limite para cada coisa que o outro lado escolhe.
//!
//! Terminal 1: `cargo run --example desconfie_certo -- [HOST:PORTA] [SEGUNDOS]`
//! Terminal 2: `cargo run --example desconfie_ataque -- 127.0.0.1:50000 linha`
//!
//! SEGUNDOS é quanto uma mensagem inteira pode demorar.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::{process::ExitCode, sync::Arc, thread, time::Duration};

use anyhow::{Context, Result};
use sockets::{ComPrazo, visivel};

// ANCHOR: limites
/// A maior linha, com a quebra, em bytes.
const MAIOR_LINHA: u64 = 1024;

/// O maior anexo, em bytes. É a memória que uma conexão pode pedir.
const MAIOR_ANEXO: usize = 64 * 1024;

/// Tudo o que uma conexão pode mandar, em bytes. Depois, que ligue de novo.
const ORCAMENTO: usize = 1024 * 1024;

/// Quantas conexões se atendem ao mesmo tempo.
const LUGARES: usize = 8;

/// Quanto se espera para explicar a alguém por que foi desligado.
const CORTESIA: Duration = Duration::from_secs(1);
// ANCHOR_END: limites

/// A pausa depois de um `accept` que falhou: tentar sem parar não ajuda.
const PAUSA: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "SEGUNDOS"])?;
    let endereco = argumentos.endereco()?;
    let prazo = Duration::from_secs(argumentos.numero(1, 10, 1, 3600)?);
    let escuta = TcpListener::bind(endereco)
        .with_context(|| format!("não foi possível escutar em {endereco}"))?;
    let endereco = escuta.local_addr()?;
    println!("Servidor aguardando conexões em {endereco}...");
    // ANCHOR: aceitar
    let lugar = Arc::new(());
    loop {
        let Ok((mut conexao, par)) = escuta.accept() else {
            thread::sleep(PAUSA);
            continue;
        };
        // Um dos donos de `lugar` é este laço.
        if Arc::strong_count(&lugar) > LUGARES {
            let _ = conexao.write_all(b"Servidor cheio.\n");
            continue;
        }
        let meu_lugar = Arc::clone(&lugar);
        let thread = thread::Builder::new().spawn(move || {
            let fim = atender(conexao, prazo);
            println!("{par}: {fim}");
            drop(meu_lugar);
        });
        if thread.is_err() {
            thread::sleep(PAUSA);
        }
    }
    // ANCHOR_END: aceitar
}

// ANCHOR: atender
/// Conversa até o fim e diz, em uma frase, qual foi.
fn atender(conexao: TcpStream, prazo: Duration) -> String {
    let mut leitor = BufReader::new(ComPrazo::novo(conexao, prazo));
    let Err(erro) = conversar(&mut leitor, prazo) else {
        return "desligou.".into();
    };
    let frase = match erro.kind() {
        ErrorKind::TimedOut => "Prazo esgotado.".into(),
        ErrorKind::UnexpectedEof => "Mensagem cortada.".into(),
        ErrorKind::InvalidData => erro.to_string(),
        _ => "A conexão caiu.".into(),
    };
    // Explicar é cortesia: se não der, que não dê.
    leitor.get_mut().recomecar(CORTESIA);
    let _ = writeln!(leitor.get_mut(), "{frase}");
    frase
}
// ANCHOR_END: atender

// ANCHOR: conversar
fn conversar(
    leitor: &mut BufReader<ComPrazo>,
    prazo: Duration,
) -> io::Result<()> {
    let mut gastos = 0;
    while gastos < ORCAMENTO {
        leitor.get_mut().recomecar(prazo);
        let Some(linha) = ler_linha(leitor)? else {
            return Ok(());
        };
        gastos += linha.len();
        let texto = linha.trim_ascii_end();
        let resposta = if let Some(tamanho) = texto.strip_prefix(b"anexo ") {
            gastos += ler_anexo(leitor, tamanho)?;
            "Anexo recebido."
        } else {
            println!("Recebido: {}", visivel(texto));
            "Mensagem recebida."
        };
        writeln!(leitor.get_mut(), "{resposta}")?;
    }
    Err(recusa("Orçamento esgotado."))
}
// ANCHOR_END: conversar

// ANCHOR: ler
/// Uma linha inteira, ou `None` no fim do fluxo.
fn ler_linha(leitor: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut linha = Vec::new();
    let mut ate_o_limite = leitor.by_ref().take(MAIOR_LINHA);
    let lidos = ate_o_limite.read_until(b'\n', &mut linha)?;
    match linha.last() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(linha)),
        _ if lidos as u64 == MAIOR_LINHA => Err(recusa("Linha longa demais.")),
        _ => Err(ErrorKind::UnexpectedEof.into()),
    }
}

/// Confere o tamanho antes de pedir a memória. Devolve quantos bytes vieram.
fn ler_anexo(leitor: &mut impl Read, tamanho: &[u8]) -> io::Result<usize> {
    let tamanho = str::from_utf8(tamanho).ok().and_then(|n| n.parse().ok());
    let Some(tamanho) = tamanho.filter(|n| *n <= MAIOR_ANEXO) else {
        return Err(recusa("Esse anexo não serve: até 65536 bytes."));
    };
    let mut anexo = vec![0; tamanho];
    leitor.read_exact(&mut anexo)?;
    Ok(anexo.len())
}
// ANCHOR_END: ler

fn recusa(frase: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, frase)
}
