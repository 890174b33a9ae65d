//! Um programa que faz o pior: o primeiro argumento diz o quê. Serve para provar que o
//! conferidor sobrevive a ele; ninguém o recebe.

use std::env;
use std::hint::black_box;
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

/// Quantos filhos o que se multiplica abre.
const FILHOS: usize = 48;
/// Quantas threads o que atende uma multidão abre ao mesmo tempo.
const FIOS: usize = 200;

fn main() {
    match env::args().nth(1).as_deref() {
        Some("calado") => dormir(),
        Some("gira") => loop {
            black_box(());
        },
        Some("enxurrada") => enxurrada(io::stdout()),
        Some("enxurrada-de-erros") => enxurrada(io::stderr()),
        Some("panico") => panic!("um motivo"),
        Some("escape") => {
            println!("\x1b[2J\x1b]0;tomei o terminal\x07 fim");
            eprintln!("\x1b[31m vermelho");
        }
        Some("memoria") => {
            let mut guardados = Vec::new();
            loop {
                guardados.push(vec![1_u8; 16 * 1024 * 1024]);
                black_box(&guardados);
            }
        }
        // Não é mau: o servidor de uma thread por cliente, em uma festa.
        Some("multidao") => {
            let todas = Barrier::new(FIOS);
            thread::scope(|escopo| {
                for _ in 0..FIOS {
                    escopo.spawn(|| {
                        let memoria = black_box(vec![1_u8; 64 * 1024]);
                        todas.wait();
                        drop(memoria);
                    });
                }
            });
        }
        // Mais filhos do que se permite, mas com um fim: se o vigia falhar, quem roda a prova
        // não perde a máquina.
        Some("multiplica") => {
            for _ in 0..FILHOS {
                let _ = eu(&["calado"]);
            }
            dormir();
        }
        // Um filho que fica com a saída aberta depois que o pai acaba.
        Some("herdeiro") => {
            let _ = eu(&["calado"]);
        }
        // Um filho que sai do grupo de processos.
        #[cfg(unix)]
        Some("fugitivo") => {
            let mut shell = Command::new("sh");
            shell.args([
                "-c",
                "setsid sleep 600 & setsid sleep 600 >/dev/null 2>&1 &",
            ]);
            let _ = shell.status();
            dormir();
        }
        // Um filho sem grupo, sem marca e sem pai. Escreve o número dele.
        #[cfg(target_os = "linux")]
        Some("orfao") => {
            let mut setsid = Command::new("setsid");
            setsid
                .args(["sleep", "600"])
                .env_clear()
                .env("PATH", "/usr/bin:/bin");
            let filho = setsid.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
            println!("{}", filho.map_or(0, |filho| filho.id()));
        }
        outro => eprintln!("não sei fazer {outro:?}"),
    }
}

fn eu(argumentos: &[&str]) -> io::Result<()> {
    let filho = Command::new(env::current_exe()?)
        .args(argumentos)
        .stdin(Stdio::null())
        .spawn()?;
    drop(filho);
    Ok(())
}

fn enxurrada(mut saida: impl Write) {
    let linha = [b'x'; 4096];
    while saida.write_all(&linha).is_ok() {}
}

fn dormir() {
    thread::sleep(Duration::from_secs(600));
}
