//! A ajuda e o que a linha de comando recusa.

use libtest_mimic::Trial;
use provas::Falha;
use provas::chat::acabou;

use crate::apoio::{exigir, prova, rodar};

pub fn provas() -> Vec<Trial> {
    vec![
        prova("uso::ajuda", ajuda),
        prova("uso::ajuda_de_cada_comando", ajuda_de_cada_comando),
        prova("uso::recusas", recusas),
    ]
}

/// Todos os comandos.
const COMANDOS: &[&str] = &[
    "rapido",
    "completo",
    "perda",
    "ida-e-volta",
    "pergunta-resposta",
    "rto",
    "fila",
    "nagle",
    "estouro",
    "transferencia",
    "gargalo",
    "rajada",
    "vazao",
    "teto",
    "enganos",
    "rede",
    "dentro",
    "servidor",
    "cliente",
];

/// Pede a ajuda com estes argumentos: sai com 0, sem inglês e em até 80 colunas.
fn pedir_ajuda(argumentos: &[&str]) -> Result<String, Falha> {
    let mut medir = rodar(argumentos)?;
    acabou(&mut medir, 0)?;
    let ajuda = medir.tudo();
    let ingles = [
        "usage", "options", "print", "help", "default", "possible", "values", "command", "commands",
    ];
    let palavras = ajuda.to_lowercase();
    let mut palavras = palavras.split(|letra: char| !letra.is_alphabetic());
    exigir(
        &medir,
        !palavras.any(|palavra| ingles.contains(&palavra)),
        "tem palavra em inglês",
    )?;
    let larga = ajuda.lines().any(|linha| linha.chars().count() > 80);
    exigir(&medir, !larga, "passa de 80 colunas")?;
    Ok(ajuda)
}

fn ajuda() -> Result<(), Falha> {
    for pedido in ["--ajuda", "-h", "--help"] {
        let ajuda = pedir_ajuda(&[pedido])?;
        for comando in COMANDOS {
            if !ajuda.contains(&format!("\n  {comando} ")) {
                return Err(Falha::nova(format!("não diz {comando}: {ajuda}")));
            }
        }
    }
    Ok(())
}

fn ajuda_de_cada_comando() -> Result<(), Falha> {
    for comando in COMANDOS {
        let ajuda = pedir_ajuda(&[comando, "--ajuda"])?;
        let comuns: &[&str] = match *comando {
            "rede" | "dentro" | "servidor" | "cliente" => &[],
            "rapido" | "completo" => &[
                "--so ",
                "--rodadas ",
                "--semente ",
                "--resultados ",
                "--continuar ",
            ],
            _ => &[
                "--completo ",
                "--rodadas ",
                "--semente ",
                "--resultados ",
                "--continuar ",
            ],
        };
        for opcao in comuns {
            if !ajuda.contains(opcao) {
                return Err(Falha::nova(format!(
                    "{comando} não explica {opcao}: {ajuda}"
                )));
            }
        }
    }
    Ok(())
}

const RECUSAS: &[(&[&str], &str)] = &[
    (&[], "diga o que medir"),
    (&["tudo"], "não conheço o comando «tudo»"),
    (&["\u{1b}[2J"], r"«\u{1b}[2J»"),
    (&["perda", "mais"], "não sei o que fazer com «mais»"),
    (
        &["perda", "--velocidade"],
        "não conheço a opção «--velocidade»",
    ),
    (
        &["perda", "--perda"],
        "falta o valor da opção «--perda <P[,P]>»",
    ),
    (&["perda", "--perda", "101"], "use percentagens de 0 a 100"),
    (&["perda", "--perda", "0,5;1"], "com ponto decimal"),
    (&["perda", "--perda", "5,5.0"], "não repita um valor"),
    (&["perda", "--perda=-1"], "use percentagens de 0 a 100"),
    (&["perda", "--perda", "NaN"], "use percentagens de 0 a 100"),
    (
        &["perda", "--quantos", "0"],
        "use um número inteiro de 1 a 1000000",
    ),
    (&["perda", "--quantos", "5,5"], "use um número inteiro"),
    (
        &["perda", "--tamanho", "10"],
        "use um número inteiro de 32 a 1472",
    ),
    (
        &["perda", "--rodadas", "0"],
        "use um número inteiro de 1 a 100",
    ),
    (&["perda", "--semente=-1"], "«-1»: use um número inteiro"),
    (&["perda", "--semente=muitas"], "use um número inteiro"),
    (&["perda", "--so", "rto"], "não conheço a opção «--so»"),
    (&["perda", "--continuar=sim"], "não leva valor"),
    (
        &["rto", "--prazos", "200,0"],
        "use números inteiros de 1 a 10000",
    ),
    (&["rto", "--perda", "1,5"], "use uma percentagem"),
    (
        &["vazao", "--congestionamento", "vegas"],
        "reno, cubic, bbr",
    ),
    (&["rapido", "--so", "perda,tudo"], "use um ou mais destes"),
    (&["rapido", "--perda", "5"], "não conheço a opção «--perda»"),
    (
        &["rapido", "--semente", "1", "--semente", "2"],
        "só pode aparecer uma vez",
    ),
    (
        &["--semente", "1", "rapido"],
        "não conheço a opção «--semente»",
    ),
    (
        &["rede", "--rodadas", "1"],
        "não conheço a opção «--rodadas»",
    ),
];

fn recusas() -> Result<(), Falha> {
    for (argumentos, trecho) in RECUSAS {
        let mut medir = rodar(argumentos)?;
        acabou(&mut medir, 2)?;
        let tudo = medir.tudo();
        let serve = tudo.starts_with("erro: ")
            && tudo.contains(trecho)
            && tudo.contains("--ajuda")
            && tudo.lines().count() == 1;
        exigir(
            &medir,
            serve,
            &format!("esperava só uma frase com {trecho:?}"),
        )?;
    }
    Ok(())
}
