//! O que tem de ser verdade para quaisquer bytes que o outro lado mande.
//!
//! Cada função recebe bytes e entra em pânico se algo não se cumpre. São as mesmas
//! para a libFuzzer (`alvos/`), para o corpus (`tests/corpo/`) e para as entradas
//! ao acaso de `tests/chat_protocolo.rs`.

mod arq;

pub use arq::arq;

use sockets::chat::protocolo::{Item, MAIOR_NOME, MAIOR_TEXTO, Mensagem, Violacao};
use sockets::chat::quadro::{Desmontador, MAIOR_QUADRO, enquadrar, quadros};
use sockets::chat::{datagrama, protocolo as chat};

/// Um corpo é recusado com uma frase, ou é uma mensagem que, escrita de novo, dá os
/// mesmos bytes.
pub fn protocolo(corpo: &[u8]) {
    match Mensagem::decodificar(corpo) {
        Ok(mensagem) => {
            dentro_dos_limites(&mensagem);
            let mut de_novo = Vec::new();
            mensagem.codificar(&mut de_novo);
            assert_eq!(de_novo, corpo, "{mensagem:?}");
        }
        Err(violacao) => com_frase(violacao),
    }
}

/// Um fluxo dá os mesmos corpos em qualquer corte, e o [`Desmontador`] nunca guarda
/// mais que o seu lugar. Os cortes saem dos próprios bytes.
pub fn quadro(fluxo: &[u8]) {
    let mut desmontador = Desmontador::novo();
    let maior_lugar = desmontador.lugar().len();
    let mut inteiros = quadros(fluxo);
    let mut chegaram = 0;
    let mut cortes = fluxo.iter().cycle();
    while chegaram < fluxo.len() {
        // De um byte até um pouco mais que um quadro, de jeitos que se misturam.
        let corte = cortes.next().map_or(1, |byte| match usize::from(*byte) {
            byte @ 0..0x80 => byte % 8 + 1,
            byte => (byte - 0x80) * 10 + 1,
        });
        let lugar = desmontador.lugar();
        assert!(lugar.len() <= maior_lugar);
        let quantos = corte.min(fluxo.len() - chegaram).min(lugar.len());
        assert!(quantos > 0, "sem lugar e sem quadros por tirar");
        lugar[..quantos].copy_from_slice(&fluxo[chegaram..][..quantos]);
        desmontador.chegaram(quantos);
        chegaram += quantos;
        loop {
            match desmontador.proximo() {
                Ok(Some(corpo)) => {
                    assert_eq!(inteiros.next(), Some(Ok(corpo)));
                    protocolo(corpo);
                }
                Ok(None) => break,
                Err(violacao) => {
                    assert_eq!(inteiros.next(), Some(Err(violacao)));
                    assert_eq!(inteiros.next(), None);
                    com_frase(violacao);
                    return;
                }
            }
        }
    }
    let sobra = desmontador
        .pela_metade()
        .then_some(Err(Violacao::QuadroCortado));
    assert_eq!(inteiros.next(), sobra);
}

/// Um datagrama é recusado com uma frase, ou é um que, montado de novo, dá os mesmos
/// bytes; o que houver dentro de um segmento também não derruba ninguém.
pub fn datagrama(bytes: &[u8]) {
    match datagrama::abrir(bytes) {
        Ok(aberto) => {
            dentro_dos_limites(&aberto.mensagem);
            let mut de_novo = Vec::new();
            datagrama::montar(aberto.conversa, &aberto.mensagem, &mut de_novo);
            if let Mensagem::Recusa { .. } = aberto.mensagem {
                // A recusa se entende em qualquer versão.
                de_novo[2] = bytes[2];
            }
            assert_eq!(de_novo, bytes, "{aberto:?}");
            if let Mensagem::Segmento { carga, .. } = aberto.mensagem {
                quadros(carga).flatten().for_each(protocolo);
            }
        }
        Err(violacao) => com_frase(violacao),
    }
}

/// Os campos respeitam o protocolo, e os textos podem ir ao terminal.
fn dentro_dos_limites(mensagem: &Mensagem<'_>) {
    match mensagem {
        Mensagem::Ola { sessao, nome, .. } => {
            assert_ne!(sessao.0, 0);
            assert!((1..=MAIOR_NOME).contains(&nome.len()));
            no_terminal(nome);
        }
        Mensagem::Recusa { explicacao, .. } => {
            assert!(explicacao.len() <= chat::MAIOR_EXPLICACAO);
            no_terminal(explicacao);
        }
        Mensagem::Item { item, .. } => {
            let texto = match item {
                Item::Texto { texto, .. } => texto,
                Item::Nome(nome) => nome,
            };
            assert!(texto.len() <= MAIOR_TEXTO);
            no_terminal(texto);
            let mut saida = Vec::new();
            enquadrar(mensagem, &mut saida);
            assert!(saida.len() <= 2 + MAIOR_QUADRO);
        }
        Mensagem::Segmento { carga, .. } => {
            assert!(carga.len() <= chat::MAIOR_CARGA);
        }
        Mensagem::Recibo(recibo) => {
            assert!(recibo.mapa.len() <= sockets::arq::MAIOR_MAPA);
        }
        _ => {}
    }
}

/// Nada do texto, depois de [`sockets::visivel_em`], manda no terminal.
pub fn no_terminal(texto: &str) {
    let mut mostrado = String::new();
    sockets::visivel_em(&mut mostrado, texto);
    assert!(mostrado.len() <= 10 * texto.len(), "{texto:?}");
    assert!(!mostrado.chars().any(obedecido), "{texto:?}: {mostrado:?}");
}

/// Controles, quebras de linha, direção, largura zero: a lista curta e independente
/// do que nunca pode passar.
fn obedecido(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}')
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{2060}'..='\u{2064}')
        || matches!(c, '\u{3164}' | '\u{feff}' | '\u{ffa0}')
        || matches!(c, '\u{fe00}'..='\u{fe0d}' | '\u{e0000}'..='\u{e0fff}')
}

/// A frase de uma recusa cabe em uma linha e não leva nada que o outro escreveu.
fn com_frase(violacao: Violacao) {
    let frase = violacao.to_string();
    assert!(!frase.is_empty() && !frase.ends_with('.'), "{frase}");
    assert!(frase.len() <= 120 && !frase.contains('\n'), "{frase}");
}
