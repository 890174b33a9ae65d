//! Toda espera tem um fim: o impasse que um prazo acaba, a mensagem em gotas que só
//! um prazo por mensagem vence, e o silêncio.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use provas::{Filho, prazo_padrao};

use crate::insistir;

/// As provas deste capítulo.
pub fn provas() -> Vec<Trial> {
    vec![
        Trial::test("prazos::vazia_para_os_dois", || {
            let trechos = [
                "cliente: espero a resposta\nservidor: espero a mensagem\n",
                "os dois ainda esperam\n",
            ];
            mostra("prazos_errado", &["vazia"], 0, &trechos)
        }),
        Trial::test("prazos::vazia_em_quadro", || {
            let trechos = ["mensagem de 0 bytes\n", "cliente: tive resposta\n"];
            insistir(PRAZO, || mostra("prazos_certo", &["vazia"], 0, &trechos))
        }),
        Trial::test("prazos::gotas_vencem_o_prazo_por_leitura", || {
            let trechos = ["servidor: a mensagem veio inteira"];
            insistir(PRAZO, || mostra("prazos_errado", &["gotas"], 0, &trechos))
        }),
        Trial::test("prazos::gotas_perdem_para_o_prazo_por_mensagem", || {
            let trechos = ["cliente: o servidor desligou\n", NAO_VEIO];
            mostra("prazos_certo", &["gotas"], 1, &trechos)
        }),
        Trial::test("prazos::silencio", || par_que_para(&[])),
        Trial::test("prazos::meio_tamanho", || par_que_para(&[0])),
        Trial::test("prazos::meia_mensagem", || par_que_para(b"\0\x05abc")),
        Trial::test("prazos::silencio_depois_de_uma", || {
            insistir(PRAZO, silencio_depois_de_uma)
        }),
        Trial::test("prazos::impasse", || {
            let fim = ["erro: um impasse: ninguém leu, e o prazo acabou"];
            mostra("prazos_impasse_errado", &["127.0.0.1:0"], 1, &fim)
        }),
        Trial::test("prazos::sem_impasse", || {
            let lidos = [
                "cliente: li 16000000 bytes\n",
                "servidor: li 16000000 bytes\n",
            ];
            mostra("prazos_impasse_certo", &["127.0.0.1:0"], 0, &lidos)
        }),
        Trial::test("prazos::nomes", || {
            // A leitura com prazo, em um sistema e em outro.
            let nome = if cfg!(windows) {
                "TimedOut"
            } else {
                "WouldBlock"
            };
            let leitura = format!("read com prazo: {nome}: ");
            let trechos = [&leitura, "read que não bloqueia: WouldBlock: "];
            mostra("prazos_nomes", &[], 0, &trechos)
        }),
    ]
}

/// O dos programas do capítulo.
const PRAZO: Duration = Duration::from_secs(1);

const NAO_VEIO: &str = "a mensagem não veio inteira em 1s";

/// Roda um programa e confere o código de saída e os trechos, na ordem.
fn mostra(nome: &str, argumentos: &[&str], codigo: i32, trechos: &[&str]) -> Result<(), Failed> {
    acabou(Filho::exemplo(nome, argumentos)?, codigo, trechos)
}

fn acabou(mut programa: Filho, codigo: i32, trechos: &[&str]) -> Result<(), Failed> {
    for trecho in trechos {
        programa.esperar_trecho(trecho)?;
    }
    let saiu = programa.esperar_fim()?;
    if saiu != codigo {
        let frase = format!("esperava o código {codigo}, veio {saiu}");
        return Err(programa.falha(&frase).into());
    }
    Ok(())
}

fn servidor_com_par() -> Result<(Filho, TcpStream), Failed> {
    let mut servidor = Filho::exemplo("prazos_certo", &["127.0.0.1:0"])?;
    let endereco = servidor.esperar_endereco()?;
    let par = TcpStream::connect_timeout(&endereco, prazo_padrao())?;
    par.set_read_timeout(Some(prazo_padrao()))?;
    Ok((servidor, par))
}

/// Um par que manda isto e se cala, sem desligar: o servidor desiste dele.
fn par_que_para(bytes: &[u8]) -> Result<(), Failed> {
    let (servidor, mut par) = servidor_com_par()?;
    par.write_all(bytes)?;
    acabou(servidor, 1, &[NAO_VEIO])
}

fn silencio_depois_de_uma() -> Result<(), Failed> {
    let (servidor, mut par) = servidor_com_par()?;
    par.write_all(b"\0\x02oi")?;
    let mut resposta = [0; 20];
    par.read_exact(&mut resposta)?;
    assert_eq!(&resposta, b"\0\x12Mensagem recebida.");
    acabou(servidor, 1, &["servidor: mensagem de 2 bytes\n", NAO_VEIO])
}
