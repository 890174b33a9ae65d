//! Os bytes do protocolo do chat: um cumprimento e um texto, campo por campo, em
//! TCP e em UDP. Não abre socket nenhum.
//!
//! Terminal: `cargo run --example protocolo -- [NOME] [TEXTO]`

use std::process::ExitCode;

use anyhow::{Result, ensure};
use sockets::chat::protocolo::{
    Item, MAIOR_NOME, MAIOR_TEXTO, Mensagem, Modo, Sessao, VERSAO,
};
use sockets::chat::{datagrama, quadro};

/// Um chat de verdade as sorteia. Estas são fáceis de achar no meio dos bytes.
const ANA: Sessao = Sessao(0x0102_0304_0506_0708);
const BIA: Sessao = Sessao(0x1112_1314_1516_1718);

/// Quantos bytes se mostram em cada linha.
const POR_LINHA: usize = 8;

/// Um campo: quantos bytes tem e como se chama. O último vai até o fim.
type Campo = (usize, &'static str);

const QUADRO: &[Campo] = &[(2, "tamanho do corpo")];
const CABECALHO: &[Campo] = &[(2, "magia"), (1, "versao"), (8, "conversa")];
const OLA: &[Campo] = &[
    (1, "tipo: OLÁ"),
    (1, "versao"),
    (1, "modo"),
    (8, "sessao"),
    (8, "conhecida"),
    (8, "recebidos"),
    (8, "proximo"),
    (usize::MAX, "nome"),
];
const ITEM: &[Campo] = &[
    (1, "tipo: ITEM"),
    (8, "numero"),
    (1, "especie"),
    (usize::MAX, "resto: o texto"),
];

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["NOME", "TEXTO"])?;
    let nome = argumentos.texto(0).unwrap_or("Ana");
    let texto = argumentos.texto(1).unwrap_or("olá");
    ensure!(
        (1..=MAIOR_NOME).contains(&nome.len()),
        "o nome tem de ter de 1 a {MAIOR_NOME} bytes"
    );
    ensure!(
        texto.len() <= MAIOR_TEXTO && !texto.contains('\n'),
        "o texto tem de ter até {MAIOR_TEXTO} bytes, em uma linha só"
    );

    // Em TCP, Ana ainda não conhece Bia; em UDP, acabou de conhecer.
    em_tcp("OLÁ", &ola(Modo::Tcp, None, nome), OLA);
    em_udp("OLÁ", 0, &ola(Modo::Udp, Some(BIA), nome), OLA);
    let item = Item::Texto {
        texto,
        continua: false,
    };
    let item = Mensagem::Item { numero: 0, item };
    em_tcp("ITEM", &item, ITEM);
    em_udp("ITEM", datagrama::conversa(ANA, BIA), &item, ITEM);
    Ok(())
}

fn ola(modo: Modo, conhecida: Option<Sessao>, nome: &str) -> Mensagem<'_> {
    Mensagem::Ola {
        versao: VERSAO,
        modo,
        sessao: ANA,
        conhecida,
        recebidos: 0,
        proximo: 0,
        nome,
    }
}

// ANCHOR: montar
fn em_tcp(titulo: &str, mensagem: &Mensagem<'_>, corpo: &[Campo]) {
    let mut bytes = Vec::new();
    quadro::enquadrar(mensagem, &mut bytes);
    println!("{titulo} em TCP, {} bytes", bytes.len());
    mostrar(&bytes, &[QUADRO, corpo].concat());
}

fn em_udp(
    titulo: &str,
    conversa: u64,
    mensagem: &Mensagem<'_>,
    corpo: &[Campo],
) {
    let mut bytes = Vec::new();
    datagrama::montar(conversa, mensagem, &mut bytes);
    println!("{titulo} em UDP, {} bytes", bytes.len());
    mostrar(&bytes, &[CABECALHO, corpo].concat());
}
// ANCHOR_END: montar

fn mostrar(mut bytes: &[u8], campos: &[Campo]) {
    for (tamanho, nome) in campos {
        let (campo, resto) = bytes.split_at((*tamanho).min(bytes.len()));
        let mut rotulo = *nome;
        for linha in campo.chunks(POR_LINHA) {
            let linha: Vec<_> =
                linha.iter().map(|byte| format!("{byte:02X}")).collect();
            println!("  {:24} {rotulo}", linha.join(" "));
            rotulo = "";
        }
        bytes = resto;
    }
}
