//! O que a linha de comando recusa, e com que frase.

use std::process::Command;

use libtest_mimic::Trial;
use provas::{Falha, Filho, exemplo, porta_livre};

use provas::chat::{PRAZO, acabou, prova};

pub fn provas() -> Vec<Trial> {
    vec![
        prova("uso::recusas", recusas),
        prova("uso::sockets_porta", porta_do_ambiente),
        prova("uso::registro_que_nao_abre", registro_que_nao_abre),
        prova("uso::ajuda", ajuda),
    ]
}

fn chat(argumentos: &[&str]) -> Result<Filho, Falha> {
    let mut comando = Command::new(exemplo("chat")?);
    comando.args(argumentos);
    let nome = format!("chat {}", argumentos.join(" "));
    Ok(Filho::rodar(&nome, comando)?.com_prazo(PRAZO))
}

/// O chat recusa: uma linha que começa com `erro:`, com este trecho, e o código.
fn recusa(mut chat: Filho, codigo: i32, trecho: &str) -> Result<(), Falha> {
    acabou(&mut chat, codigo)?;
    let tudo = chat.tudo();
    if tudo.starts_with("erro: ") && tudo.contains(trecho) && tudo.lines().count() == 1 {
        return Ok(());
    }
    Err(chat.falha(&format!("esperava só uma frase com {trecho:?}")))
}

const RECUSAS: &[(&[&str], i32, &str)] = &[
    (&[], 2, "falta a opção «--ip <IP>»"),
    (&["--ip"], 2, "falta o valor da opção «--ip <IP>»"),
    (&["127.0.0.1"], 2, "não sei o que fazer com «127.0.0.1»"),
    (&["--ip", "0.0.0.0"], 2, "Dê o IP do outro computador"),
    (&["--ip", "::"], 2, "Dê o IP do outro computador"),
    (&["--ip", "224.0.0.1"], 2, "Dê o IP de um só"),
    (&["--ip", "ff02::1"], 2, "Dê o IP de um só"),
    (&["--ip", "255.255.255.255"], 2, "Dê o IP de um só"),
    (
        &["--ip", "::ffff:0.0.0.0"],
        2,
        "Dê o IP do outro computador",
    ),
    (&["--ip", "fe80::1"], 2, "Ponha a interface depois de um %"),
    (
        &["--ip", "127.0.0.1"],
        2,
        "--porta-local 50000 --porta 50001 em um",
    ),
    (
        &["--ip", "::1", "--porta", "7000"],
        2,
        "--porta-local 7000 --porta 7001 em um",
    ),
    (
        &["--ip", "127.0.0.1:7000"],
        2,
        "--ip 127.0.0.1 --porta 7000",
    ),
    (&["--ip", "[::1]:7000"], 2, "--ip ::1 --porta 7000"),
    (
        &["--ip", "nao-existe.invalid"],
        1,
        "Confira como está escrito",
    ),
    (&["--ip", ""], 1, "Confira como está escrito"),
    (&["--ip", "a\u{1b}[2Jb"], 1, r"«a\u{1b}[2Jb»"),
    (
        &["--ip", "127.0.0.1", "--porta", "0"],
        2,
        "use um número de 1 a 65535",
    ),
    (
        &["--ip", "127.0.0.1", "--porta", "65536"],
        2,
        "use um número de 1 a 65535",
    ),
    (&["--ip", "127.0.0.1", "--porta", "-1"], 2, "«-1»"),
    (
        &["--ip", "127.0.0.1", "--porta-local", "0"],
        2,
        "use um número de 1 a 65535",
    ),
    (
        &["--ip", "127.0.0.1", "--porta-local", "http"],
        2,
        "não aceita «http»",
    ),
    (
        &["--ip", "127.0.0.1", "--protocolo", "sctp"],
        2,
        "use tcp, udp ou udp-confiavel",
    ),
    (&["--ip", "127.0.0.1", "--nome", ""], 2, "--nome"),
    (
        &["--ip", "127.0.0.1", "--nome", " "],
        2,
        "escreva ao menos uma letra",
    ),
    (
        &["--ip", "127.0.0.1", "--nome", "A\u{1b}[31m"],
        2,
        r"«A\u{1b}[31m»: tire os caracteres",
    ),
    (
        &["--ip", "127.0.0.1", "--espera", "86401"],
        2,
        "de 0 a 86400",
    ),
    (&["--ip", "127.0.0.1", "--espera", "1,5"], 2, "de 0 a 86400"),
    (&["--ip", "127.0.0.1", "--simples=sim"], 2, "não leva valor"),
    (
        &["--ip", "127.0.0.1", "--ip", "127.0.0.2"],
        2,
        "só pode aparecer uma vez",
    ),
    (
        &["--ip", "127.0.0.1", "--tela"],
        2,
        "não conheço a opção «--tela»",
    ),
];

fn recusas() -> Result<(), Falha> {
    for (argumentos, codigo, trecho) in RECUSAS {
        recusa(chat(argumentos)?, *codigo, trecho)?;
    }
    let nome = "n".repeat(97);
    let comprido = ["--ip", "127.0.0.1", "--nome", &nome];
    recusa(chat(&comprido)?, 2, "use até 96 bytes (este tem 97")
}

fn porta_do_ambiente() -> Result<(), Falha> {
    for (valor, trecho) in [
        ("0", "ponha nela um número de 1 a 65535"),
        ("muitas", "SOCKETS_PORTA"),
        ("", "SOCKETS_PORTA"),
    ] {
        let mut comando = Command::new(exemplo("chat")?);
        comando.args(["--ip", "127.0.0.1"]);
        comando.env("SOCKETS_PORTA", valor);
        let filho = Filho::rodar(&format!("SOCKETS_PORTA={valor}"), comando)?;
        recusa(filho.com_prazo(PRAZO), 2, trecho)?;
    }
    Ok(())
}

/// Não se conversa achando que se registra.
fn registro_que_nao_abre() -> Result<(), Falha> {
    let pasta = tempfile::tempdir().map_err(|erro| Falha::nova(erro.to_string()))?;
    let pasta = pasta.path().to_string_lossy().into_owned();
    let porta = porta_livre().to_string();
    for caminho in [pasta.clone(), format!("{pasta}/nao-existe/conversa.txt")] {
        let argumentos = [
            "--ip",
            "127.0.0.1",
            "--porta-local",
            &porta,
            "--registro",
            &caminho,
        ];
        recusa(chat(&argumentos)?, 1, "Dê em --registro um arquivo")?;
    }
    Ok(())
}

/// Sem palavra em inglês, com todas as opções, em até 80 colunas.
fn ajuda() -> Result<(), Falha> {
    for pedido in ["--ajuda", "-h", "--help"] {
        let mut chat = chat(&[pedido])?;
        acabou(&mut chat, 0)?;
        let ajuda = chat.tudo();
        for opcao in [
            "--ip",
            "--porta",
            "--porta-local",
            "--protocolo",
            "--nome",
            "--simples",
            "--registro",
            "--uma-conversa",
            "--so-ouvir",
            "--espera",
            "--ajuda",
        ] {
            if !ajuda.contains(&format!("{opcao} ")) {
                return Err(chat.falha(&format!("não explica {opcao}")));
            }
        }
        let ingles = [
            "usage", "options", "print", "help", "default", "possible", "values",
        ];
        let palavras = ajuda.to_lowercase();
        let mut palavras = palavras.split(|letra: char| !letra.is_alphabetic());
        if palavras.any(|palavra| ingles.contains(&palavra)) {
            return Err(chat.falha("tem palavra em inglês"));
        }
        if ajuda.lines().any(|linha| linha.chars().count() > 80) {
            return Err(chat.falha("passa de 80 colunas"));
        }
    }
    Ok(())
}
