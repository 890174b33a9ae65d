//! O servidor de linhas de `desconfie_errado`, para quem não se conhece: há um
//! limite para cada coisa que o outro lado escolhe.
//!
//! Terminal 1: `cargo run --example desconfie_certo -- [HOST:PORTA] [SEGUNDOS]`
//! Terminal 2: `cargo run --example desconfie_ataque -- 127.0.0.1:50000 linha`
//!
//! SEGUNDOS é quanto uma mensagem inteira pode demorar.

use std::io::{self, ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::{process::ExitCode, sync::Arc, thread, time::Duration};

use anyhow::{Context, Result};
use sockets::quadros::{Chegada, receber, separar_linha};
use sockets::{ComPrazo, visivel};

// ANCHOR: limites
/// A maior linha, sem a quebra, em bytes.
const MAIOR_LINHA: usize = 1024;

/// O maior anexo, em bytes. É também o que se guarda do que chegou.
const MAIOR_ANEXO: usize = 64 * 1024;

/// Tudo o que uma conexão pode mandar, em bytes. Depois, que ligue de novo.
const ORCAMENTO: usize = 1024 * 1024;

/// O que a menor mensagem gasta dele: senão uma linha vazia no fim de cada prazo
/// ocuparia um lugar por meses.
const MENOR_GASTO: usize = 1024;

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
            let _ = conexao.write_all(b"servidor cheio\n");
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
    let mut conexao = ComPrazo::novo(conexao, prazo);
    let Err(erro) = conversar(&mut conexao, prazo) else {
        return "desligou".into();
    };
    let frase = match erro.kind() {
        ErrorKind::TimedOut => "prazo esgotado".into(),
        ErrorKind::UnexpectedEof => "mensagem cortada".into(),
        ErrorKind::InvalidData => erro.to_string(),
        _ => "a conexão caiu".into(),
    };
    // Explicar é cortesia: se não der, que não dê.
    conexao.recomecar(CORTESIA);
    let _ = conexao.write_all(format!("{frase}\n").as_bytes());
    frase
}
// ANCHOR_END: atender

// ANCHOR: conversar
fn conversar(conexao: &mut ComPrazo, prazo: Duration) -> io::Result<()> {
    let mut chegada = Chegada::nova(MAIOR_ANEXO);
    let mut gastos = 0;
    while gastos < ORCAMENTO {
        conexao.recomecar(prazo);
        let linha = receber(conexao, &mut chegada, |bytes| {
            separar_linha(bytes, MAIOR_LINHA)
        })?;
        let Some(linha) = linha else {
            return Ok(());
        };
        gastos += MENOR_GASTO.max(linha.len() + 1);
        let texto = linha.trim_ascii_end();
        let resposta = if let Some(tamanho) = texto.strip_prefix(b"anexo ") {
            gastos += receber_anexo(conexao, &mut chegada, tamanho)?;
            "Anexo recebido.\n"
        } else {
            println!("Recebido: {}", visivel(texto));
            "Mensagem recebida.\n"
        };
        // Em uma escrita só: com a quebra à parte, ela esperaria pelo ACK do resto.
        conexao.write_all(resposta.as_bytes())?;
    }
    Err(recusa("orçamento esgotado"))
}
// ANCHOR_END: conversar

// ANCHOR: anexo
/// Confere o tamanho antes de pedir a memória. Devolve quantos bytes vieram.
fn receber_anexo(
    conexao: &mut ComPrazo,
    chegada: &mut Chegada,
    tamanho: &[u8],
) -> io::Result<usize> {
    let tamanho = str::from_utf8(tamanho).ok().and_then(|n| n.parse().ok());
    let Some(tamanho) = tamanho.filter(|n| *n <= MAIOR_ANEXO) else {
        return Err(recusa("esse anexo não serve: até 65536 bytes"));
    };
    let anexo = receber(conexao, chegada, |bytes| {
        Ok::<_, io::Error>(bytes.split_at_checked(tamanho))
    })?;
    let anexo = anexo.ok_or(ErrorKind::UnexpectedEof)?;
    Ok(anexo.len())
}
// ANCHOR_END: anexo

fn recusa(frase: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, frase)
}
