//! O exercício `listen`.

use std::net::SocketAddr;

use super::apoio::{acaba_bem, espera_o_enter, ligar, servir};
use crate::{Falha, Processo, Programa, Resultado, exigir};

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    tres_na_fila(programa)?;
    ninguem_na_fila(programa)?;
    a_fila_de_um(programa)
}

/// Três entram antes do Enter, e são os que se contam.
fn tres_na_fila(programa: &Programa) -> Resultado {
    let feito = "Rodei o programa com uma fila de 8 e conectei três clientes antes do Enter.";
    let (mut aluno, endereco) = servir(programa, &["127.0.0.1:0", "8"])?;
    espera_o_enter(&mut aluno, "Rodei o programa, e não teclei nada.")?;
    let mut clientes = Vec::new();
    for _ in 0..3 {
        clientes.push(ligar(&mut aluno, endereco, feito, "acabou-cedo")?);
    }
    esperar_na_fila(feito, &aluno, endereco, 3)?;
    contar(&mut aluno, feito, 3)
}

fn ninguem_na_fila(programa: &Programa) -> Resultado {
    let (mut aluno, _) = servir(programa, &["127.0.0.1:0", "8"])?;
    contar(
        &mut aluno,
        "Rodei o programa e teclei Enter sem que ninguém se conectasse.",
        0,
    )
}

/// Tecla Enter e confere a conta e o fim.
fn contar(aluno: &mut Processo, feito: &str, esperados: usize) -> Resultado {
    let feito = format!("{feito} Depois teclei Enter.");
    aluno.digitar(b"\n");
    let fim = acaba_bem(aluno, &feito).map_err(|falha| falha.quando("nao-termina", "nao-acaba"))?;
    let saida = String::from_utf8_lossy(&fim.saida);
    let contados = saida.lines().rev().find_map(numero);
    exigir(contados == Some(esperados), || {
        let nome = if contados == Some(1) {
            "um-so"
        } else {
            "conta-errada"
        };
        Falha::nova(nome)
            .feito(feito)
            .esperado(format!("A linha `na fila: {esperados}`."))
            .veio(crate::mostrar(&fim.saida))
            .erros(fim.erros.clone())
    })
}

fn numero(linha: &str) -> Option<usize> {
    let (_, depois) = linha.split_once("na fila")?;
    depois
        .trim_start_matches([':', ' '])
        .trim_end_matches(['.', ' '])
        .parse()
        .ok()
}

/// Espera que o sistema tenha as conexões na fila do programa: se não chegam a ficar lá,
/// é que alguém as tirou.
#[cfg(target_os = "linux")]
fn esperar_na_fila(feito: &str, aluno: &Processo, endereco: SocketAddr, quantas: u64) -> Resultado {
    use crate::{espera, nucleo};

    let prazo = std::time::Duration::from_secs(2);
    let todas = || nucleo::na_fila(endereco).is_none_or(|vistas| vistas >= quantas);
    espera::ate(prazo, todas);
    // Quem está em um `accept` é acordado pela chegada: quando dorme de novo, já tirou o seu.
    espera::ate(prazo, || nucleo::dorme(aluno.pid()));
    exigir(todas(), || {
        Falha::nova("antes-da-hora")
            .feito(feito)
            .esperado(format!("{quantas} conexões à espera na fila do sistema."))
            .veio("O programa já tirou alguém de lá.")
    })
}

#[cfg(not(target_os = "linux"))]
fn esperar_na_fila(_: &str, _: &Processo, _: SocketAddr, _: u64) -> Resultado {
    // O sistema completa as conexões sozinho, logo depois de o cliente se dar por ligado.
    std::thread::sleep(std::time::Duration::from_millis(50));
    Ok(())
}

/// No Linux uma fila de 1 guarda duas conexões, e a terceira fica sem resposta. O que os
/// outros sistemas fazem com uma fila tão curta não se promete.
#[cfg(target_os = "linux")]
fn a_fila_de_um(programa: &Programa) -> Resultado {
    use std::net::TcpStream;
    use std::time::Duration;

    let feito = "Rodei o programa com uma fila de 1 e conectei dois clientes, que nela cabem.";
    let (mut aluno, endereco) = servir(programa, &["127.0.0.1:0", "1"])?;
    let mut clientes = Vec::new();
    for _ in 0..2 {
        clientes.push(ligar(&mut aluno, endereco, feito, "acabou-cedo")?);
    }
    esperar_na_fila(feito, &aluno, endereco, 2)?;
    let terceiro = TcpStream::connect_timeout(&endereco, Duration::from_millis(300));
    exigir(terceiro.is_err(), || {
        Falha::nova("fila-ignorada")
            .feito(format!("{feito} Depois tentei um terceiro."))
            .esperado("Que ele ficasse sem resposta: a fila está cheia.")
            .veio("Ele entrou na fila também.")
    })?;
    contar(&mut aluno, feito, 2)
}

#[cfg(not(target_os = "linux"))]
fn a_fila_de_um(_: &Programa) -> Resultado {
    Ok(())
}
