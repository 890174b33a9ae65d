//! Os ataques de `desconfie_ataque` contra os dois servidores.

use std::net::SocketAddr;

use libtest_mimic::Trial;
use provas::{Falha, Filho};

use super::{Servidor, acabou, prova};

/// O que um servidor de oito lugares, cada um de menos de 100 KiB, não precisa passar.
const MEMORIA: u64 = 16;

pub fn provas() -> Vec<Trial> {
    let mut provas = vec![
        prova("gota_errado", gota_errado),
        prova("escape_errado", escape_errado),
        prova("linha_certo", linha_certo),
        prova("tamanho_certo", tamanho_certo),
        prova("gota_certo", gota_certo),
        prova("enxurrada_certo", enxurrada_certo),
        prova("escape_certo", escape_certo),
        prova("so_ataca_este_computador", so_ataca_este_computador),
    ];
    if cfg!(target_os = "linux") {
        provas.push(prova("linha_errado", linha_errado));
    }
    if cfg!(unix) {
        provas.push(prova("tamanho_errado", tamanho_errado));
        provas.push(prova("enxurrada_errado", enxurrada_errado));
        provas.push(prova(
            "enxurrada_sem_descritores",
            enxurrada_sem_descritores,
        ));
    }
    provas
}

/// Roda o ataque até o fim e confere que ele mostrou `linhas`, nesta ordem.
fn atacar(alvo: SocketAddr, ataque: &str, linhas: &[&str]) -> Result<(), Falha> {
    let mut atacante = Filho::exemplo("desconfie_ataque", &[&alvo.to_string(), ataque])?;
    for linha in linhas {
        atacante.esperar_linha_com(linha)?;
    }
    acabou(&mut atacante, 0)
}

const ATENDIDO: &str = "Um cliente honesto: Mensagem recebida.";
const NINGUEM: &str = "Um cliente honesto: ninguém me atende.";

/// Um servidor em um shell que, antes, limita o que ele pode abrir.
fn limitado(nome: &str, segundos: &str) -> Result<Servidor, Falha> {
    let mut comando = std::process::Command::new("sh");
    comando
        .args(["-c", "ulimit -n 32; exec \"$0\" 127.0.0.1:0 \"$1\""])
        .arg(provas::exemplo(nome)?)
        .arg(segundos);
    Servidor::de(Filho::rodar(nome, comando)?)
}

fn linha_errado() -> Result<(), Falha> {
    let servidor = Servidor::abrir("desconfie_errado", "60")?;
    atacar(servidor.endereco, "linha", &["128 MiB em uma linha só"])?;
    // O fim da linha ainda pode estar nos buffers do sistema.
    match servidor.pico()? {
        Some(100..) => Ok(()),
        pico => Err(servidor
            .programa
            .falha(&format!("só chegou a {pico:?} MiB"))),
    }
}

fn linha_certo() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("desconfie_certo", "60")?;
    let linhas = ["O servidor desligou no meio da linha.", ATENDIDO];
    atacar(servidor.endereco, "linha", &linhas)?;
    servidor
        .programa
        .esperar_linha_com(": uma linha não pode passar de 1024 bytes")?;
    servidor.conferir(MEMORIA)
}

/// Um pedido de memória que o sistema nega derruba o processo inteiro, e com ele quem
/// estava sendo atendido.
fn tamanho_errado() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("desconfie_errado", "60")?;
    let honesto = servidor.ligar()?;
    super::mandar(&honesto, "oi\n")?;
    super::ouvir(&honesto, "Mensagem recebida.\n")?;
    let linhas = ["O servidor desligou sem responder.", NINGUEM];
    atacar(servidor.endereco, "tamanho", &linhas)?;
    // 128 mais o número de SIGABRT.
    acabou(&mut servidor.programa, 134)?;
    let frase = "memory allocation of 1000000000000000 bytes failed";
    servidor.programa.esperar_linha_com(frase)?;
    match super::ate_o_fim(&honesto)?.as_str() {
        "" => Ok(()),
        outra => Err(Falha::nova(format!("o honesto ainda leu {outra:?}"))),
    }
}

fn tamanho_certo() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("desconfie_certo", "60")?;
    let linhas = ["Resposta: esse anexo não serve", ATENDIDO];
    atacar(servidor.endereco, "tamanho", &linhas)?;
    servidor.conferir(MEMORIA)
}

/// Cada gota recomeça o prazo, de dois segundos: o ataque inteiro dura três.
fn gota_errado() -> Result<(), Falha> {
    let servidor = Servidor::abrir("desconfie_errado", "2")?;
    let linhas = [
        "10 gotas em 3 segundos, e o servidor ainda espera",
        ATENDIDO,
    ];
    atacar(servidor.endereco, "gota", &linhas)
}

fn gota_certo() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("desconfie_certo", "1")?;
    let linhas = [
        "O servidor desistiu na gota ",
        "Resposta: prazo esgotado",
        ATENDIDO,
    ];
    atacar(servidor.endereco, "gota", &linhas)?;
    servidor.conferir(MEMORIA)
}

fn enxurrada_errado() -> Result<(), Falha> {
    let mut servidor = limitado("desconfie_errado", "60")?;
    atacar(servidor.endereco, "enxurrada", &[NINGUEM])?;
    acabou(&mut servidor.programa, 1)?;
    let frase = "erro: não foi possível aceitar a conexão";
    servidor.programa.esperar_linha_com(frase).map(drop)
}

/// Quem chega durante a enxurrada ouve por que não entra, e entra quando o prazo dos
/// que não dizem nada acaba.
fn enxurrada_certo() -> Result<(), Falha> {
    vencer_a_enxurrada(Servidor::abrir("desconfie_certo", "1")?)
}

fn enxurrada_sem_descritores() -> Result<(), Falha> {
    vencer_a_enxurrada(limitado("desconfie_certo", "1")?)
}

fn vencer_a_enxurrada(mut servidor: Servidor) -> Result<(), Falha> {
    let linhas = ["100 conexões abertas, sem dizer nada.", ATENDIDO];
    atacar(servidor.endereco, "enxurrada", &linhas)?;
    for _ in 0..8 {
        servidor.programa.esperar_linha_com(": prazo esgotado")?;
    }
    servidor.conferir(MEMORIA)
}

fn escape_errado() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("desconfie_errado", "60")?;
    atacar(servidor.endereco, "escape", &[ATENDIDO])?;
    servidor
        .programa
        .esperar_trecho("\r\x1b[2K\x1b[1A\x1b[2KRecebido: a Ana me deve R$ 900\n")
        .map(drop)
}

fn escape_certo() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("desconfie_certo", "60")?;
    atacar(servidor.endereco, "escape", &[ATENDIDO])?;
    let linha = r"Recebido: \r\u{1b}[2K\u{1b}[1A\u{1b}[2KRecebido: a Ana me deve R$ 900";
    servidor.programa.esperar_linha_com(linha)?;
    servidor.conferir(MEMORIA)
}

/// Nem o atacante, nem quem fica no meio do caminho.
fn so_ataca_este_computador() -> Result<(), Falha> {
    for fora in ["192.0.2.1:50000", "[2001:db8::1]:50000"] {
        for (programa, argumentos) in [
            ("desconfie_ataque", [fora, "linha"]),
            ("desconfie_intermediario", ["127.0.0.1:0", fora]),
            ("impostor_tls", ["127.0.0.1:0", fora]),
        ] {
            let mut atacante = Filho::exemplo(programa, &argumentos)?;
            acabou(&mut atacante, 2)?;
            atacante.esperar_linha_com("computador (127.0.0.1)")?;
        }
    }
    Ok(())
}
