//! Datagramas maiores do que se esperava, e mais do que cabem.

use std::cell::RefCell;
use std::net::{Ipv4Addr, UdpSocket};

use libtest_mimic::Trial;
use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use proptest::{prop_assert_eq, prop_oneof};
use provas::{Falha, Filho};
use regex::Regex;

use super::{exigir, prova};

/// Quantos datagramas se sorteiam.
const DATAGRAMAS: u32 = 200;

/// Os dados do maior datagrama, em bytes. O macOS não manda mais de 9216.
const MAIOR: usize = if cfg!(target_os = "macos") {
    9216
} else {
    65_507
};

/// O maior pedido que o programa certo aceita, em bytes.
const MAIOR_PEDIDO: usize = 16;

pub fn provas() -> Vec<Trial> {
    vec![
        prova("buffer_pequeno_muda_o_pedido", corta),
        prova("buffer_grande_recusa_ou_le_inteiro", nao_corta),
        prova("quem_nao_espera_transborda", transborda),
        prova("quem_espera_nao_transborda", nao_transborda),
    ]
}

/// No Unix, um pedido de 1000 vira um de 100; no Windows, o programa cai.
fn corta() -> Result<(), Falha> {
    let mut programa = Filho::exemplo::<&str>("datagramas_corte_errado", &[])?;
    let codigo = programa.esperar_fim()?;
    let tudo = programa.tudo();
    let cortado = tudo.contains("mandei  «pague 1000», 10 bytes\nrecebi  «pague 100», 9 bytes");
    let certo = if cfg!(windows) {
        codigo == 1 && !cortado && tudo.contains("10040")
    } else {
        codigo == 0 && cortado
    };
    exigir(certo, &programa, "o pedido de 1000 devia ser mal entendido")
}

/// Qualquer datagrama, até o maior: ou se lê inteiro, ou se recusa com o tamanho certo,
/// e o seguinte é atendido.
fn nao_corta() -> Result<(), Falha> {
    let mut programa = Filho::exemplo("datagramas_corte_certo", &["127.0.0.1:0"])?;
    let endereco = programa.esperar_endereco()?;
    let erro = |erro| Falha::nova(format!("não foi possível mandar: {erro}"));
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(erro)?;

    let datagrama = prop_oneof![
        3 => vec(any::<u8>(), 0..40),
        1 => (0..=MAIOR, any::<u8>()).prop_map(|(tamanho, byte)| vec![byte; tamanho]),
    ];
    let mut sorteio = TestRunner::new(Config {
        cases: DATAGRAMAS,
        failure_persistence: None,
        ..Config::default()
    });
    // O programa é um só, e o sorteio pede uma função que não muda nada.
    let programa = RefCell::new(programa);
    let resultado = sorteio.run(&datagrama, |bytes| {
        socket.send_to(&bytes, endereco)?;
        let linha = programa.borrow_mut().esperar_linha();
        let linha = linha.map_err(|falha| TestCaseError::fail(falha.to_string()))?;
        prop_assert_eq!(linha, esperada(&bytes));
        Ok(())
    });
    resultado.map_err(|erro| Falha::nova(erro.to_string()))
}

/// O que se lê no terminal de quem recebe este datagrama.
fn esperada(bytes: &[u8]) -> String {
    let tamanho = bytes.len();
    if tamanho > MAIOR_PEDIDO {
        format!("recusei {tamanho} bytes: o máximo é {MAIOR_PEDIDO}")
    } else {
        let lido = sockets::visivel(bytes);
        format!("recebi  «{lido}», {tamanho} bytes")
    }
}

/// Ao datagrama: o que se leu e o que o núcleo diz que jogou fora somam o que se mandou.
fn transborda() -> Result<(), Falha> {
    let mut programa = Filho::exemplo::<&str>("datagramas_estouro_errado", &[])?;
    let codigo = programa.esperar_fim()?;
    let tudo = programa.tudo();
    exigir(codigo == 0, &programa, "devia acabar bem")?;
    let recebidas = numero(&tudo, r"(?m)^recebi (\d+)$");
    if !cfg!(target_os = "linux") {
        let certo = recebidas.is_some() && tudo.contains("só o Linux conta");
        return exigir(certo, &programa, "devia dizer que aqui não se sabe");
    }
    let descartadas = numero(&tudo, r"(?m)^o núcleo jogou fora (\d+), neste socket$");
    let soma = recebidas.zip(descartadas).map(|(r, d)| r + d);
    exigir(
        soma == Some(2000) && descartadas > Some(0),
        &programa,
        "o que se leu e o que se jogou fora deviam somar 2000",
    )
}

fn nao_transborda() -> Result<(), Falha> {
    let mut programa = Filho::exemplo::<&str>("datagramas_estouro_certo", &[])?;
    let codigo = programa.esperar_fim()?;
    exigir(
        codigo == 0 && programa.tudo().ends_with("recebi 2000\n"),
        &programa,
        "quem espera não devia perder nada",
    )
}

fn numero(texto: &str, expressao: &str) -> Option<u64> {
    let expressao = Regex::new(expressao).expect("é constante");
    expressao.captures(texto)?[1].parse().ok()
}
