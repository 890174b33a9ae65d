//! Erros de quem conversa por uma conexão.

use std::io::{Read, Write};

use crate::par;
use crate::{Erro, Tentativa};

pub const ERROS: &[Erro] = &[
    Erro::novo("econnreset", "read, de quem fechou sem ler", econnreset),
    Erro::novo("epipe", "write, a quem já fechou", epipe),
    Erro::novo("econnaborted", "read, depois de ss -K", econnaborted),
    Erro::novo("eagain", "read, sem bloquear, e nada chegou", eagain),
    Erro::novo("eintr", "read, com um sinal no meio", eintr),
];

/// Mais escritas do que são precisas para o RST voltar.
const MUITAS: usize = 1000;

// ANCHOR: econnreset
fn econnreset() -> Tentativa {
    let (cliente, mut servidor) = par::conexao()?;
    servidor.write_all("resposta que ninguém lê".as_bytes())?;
    cliente.peek(&mut [0])?; // ela chegou…
    drop(cliente); // …e o cliente fecha sem a ler: sai um RST
    servidor.read_exact(&mut [0])?;
    Ok("o outro lado fechou, e o sistema não reclamou")
}
// ANCHOR_END: econnreset

fn epipe() -> Tentativa {
    let (cliente, mut servidor) = par::conexao()?;
    drop(cliente);
    // A primeira escrita parte; o RST que ela provoca faz falhar outra.
    for _ in 0..MUITAS {
        servidor.write_all(b"oi")?;
    }
    Ok("o outro lado fechou, e o sistema não reclamou")
}

#[cfg(target_os = "linux")]
fn econnaborted() -> Tentativa {
    use std::process::Command;

    let (mut cliente, _servidor) = par::conexao()?;
    let porta = cliente.local_addr()?.port().to_string();
    let filtro = ["src", "127.0.0.1", "sport", "=", &porta];
    // O administrador manda o núcleo derrubar a conexão.
    Command::new("ss").arg("-Kt").args(filtro).output()?;
    cliente.read_exact(&mut [0])?;
    Ok("a conexão continuou de pé")
}

#[cfg(not(target_os = "linux"))]
fn econnaborted() -> Tentativa {
    Ok("aqui não há o ss, que manda o núcleo do Linux derrubar a conexão")
}

fn eagain() -> Tentativa {
    let (mut cliente, _servidor) = par::conexao()?;
    cliente.set_nonblocking(true)?;
    cliente.read_exact(&mut [0])?;
    Ok("chegou um byte que ninguém mandou")
}

#[cfg(unix)]
fn eintr() -> Tentativa {
    use std::process::{self, Command};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use signal_hook::consts::SIGUSR1;

    let (mut cliente, _servidor) = par::conexao()?;
    // Com um prazo no socket, nenhum sinal deixa a chamada recomeçar sozinha.
    let recebido = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGUSR1, Arc::clone(&recebido))?;
    let kill = format!("kill -USR1 {}", process::id());
    let acabou = Arc::new(AtomicBool::new(false));
    let ate = Arc::clone(&acabou);
    // O sinal pode chegar antes de a leitura começar: ele se repete até o fim.
    let sinais = thread::spawn(move || {
        while !ate.load(Ordering::Relaxed) {
            if Command::new("sh").args(["-c", &kill]).status().is_err() {
                break;
            }
        }
    });
    let lidos = cliente.read(&mut [0]);
    acabou.store(true, Ordering::Relaxed);
    let _ = sinais.join();
    lidos?;
    Ok("a leitura acabou sem ser interrompida")
}

#[cfg(not(unix))]
fn eintr() -> Tentativa {
    Ok("este sistema não tem sinais")
}
