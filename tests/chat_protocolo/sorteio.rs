//! Mensagens e textos ao acaso, para as provas que valem para todos.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sockets::arq::{MAIOR_MAPA, Recibo};
use sockets::chat::protocolo::{
    Item, MAIOR_CARGA, MAIOR_EXPLICACAO, MAIOR_NOME, MAIOR_TEXTO, Mensagem, Modo, Motivo, Sessao,
    VERSAO,
};

/// De onde sai uma mensagem qualquer: ela só empresta o texto e os bytes.
#[derive(Debug, Clone)]
pub struct Sorteio {
    qual: u8,
    numeros: [u64; 4],
    modo: Modo,
    motivo: Motivo,
    texto: String,
    bytes: Vec<u8>,
}

impl Sorteio {
    /// A mensagem.
    pub fn mensagem(&self) -> Mensagem<'_> {
        let [a, b, c, d] = self.numeros;
        match self.qual {
            0 => Mensagem::Ola {
                versao: VERSAO,
                modo: self.modo,
                sessao: Sessao(a.max(1)),
                conhecida: (b != 0).then_some(Sessao(b)),
                recebidos: c,
                proximo: d,
                nome: self.nome(),
            },
            1 => Mensagem::Aceito,
            2 => Mensagem::Recusa {
                motivo: self.motivo,
                explicacao: ate(&self.texto, MAIOR_EXPLICACAO),
            },
            3 | 4 => Mensagem::Item {
                numero: a,
                item: Item::Texto {
                    texto: ate(&self.texto, MAIOR_TEXTO),
                    continua: self.qual == 4,
                },
            },
            5 => Mensagem::Item {
                numero: a,
                item: Item::Nome(self.nome()),
            },
            6 => Mensagem::Confirma { recebidos: a },
            7 => Mensagem::Ping { marca: a },
            8 => Mensagem::Pong {
                marca: a,
                recebidos: b,
            },
            9 => Mensagem::Tchau { enviados: a },
            10 => Mensagem::AteLogo { recebidos: a },
            11 => Mensagem::Recibo(Recibo {
                proximo: a,
                janela: self.motivo as u16 * 9000,
                mapa: self.bytes[..self.bytes.len().min(MAIOR_MAPA)].to_vec(),
            }),
            _ => Mensagem::Segmento {
                numero: a,
                carga: &self.bytes[..self.bytes.len().min(MAIOR_CARGA)],
            },
        }
    }

    fn nome(&self) -> &str {
        match ate(&self.texto, MAIOR_NOME) {
            "" => "Ninguém",
            nome => nome,
        }
    }
}

/// O começo de um texto, sem cortar um caractere.
fn ate(texto: &str, bytes: usize) -> &str {
    let fim = (0..=bytes.min(texto.len())).rfind(|fim| texto.is_char_boundary(*fim));
    &texto[..fim.unwrap_or(0)]
}

/// Um fluxo ou um datagrama leva qualquer mensagem, a não ser que ela não caiba: um
/// segmento só vai em datagrama.
pub fn mensagem(com_segmento: bool) -> impl Strategy<Value = Sorteio> {
    let modos = select(&[Modo::Tcp, Modo::Udp, Modo::UdpConfiavel][..]);
    let motivos = select(
        &[
            Motivo::Versao,
            Motivo::Estranho,
            Motivo::Ocupado,
            Motivo::Lixo,
            Motivo::Modo,
            Motivo::Espelho,
            Motivo::Demora,
        ][..],
    );
    (
        0..12 + u8::from(com_segmento),
        any::<[u64; 4]>(),
        modos,
        motivos,
        texto(1100).prop_map(|texto| texto.replace('\n', " ")),
        vec(any::<u8>(), 0..=MAIOR_CARGA),
    )
        .prop_map(|(qual, numeros, modo, motivo, texto, bytes)| Sorteio {
            qual,
            numeros,
            modo,
            motivo,
            texto,
            bytes,
        })
}

/// Um texto de até tantos caracteres, com muitos dos que dão trabalho.
pub fn texto(maior: usize) -> impl Strategy<Value = String> {
    let perigosos = ('\0'..='\u{a0}')
        .chain('\u{2000}'..='\u{2070}')
        .chain('\u{fe00}'..='\u{fe0f}')
        .chain("\u{ad}\u{300}\u{301}\u{489}\u{61c}\u{1160}\u{1161}\u{3164}\u{feff}".chars())
        .chain("\u{ffa0}\u{fffb}\u{e0001}\u{e0100}❤🙂ação字".chars())
        .collect::<Vec<_>>();
    let caractere = prop_oneof![
        4 => prop::char::range(' ', '~'),
        2 => select(perigosos),
        1 => any::<char>(),
    ];
    // Quase sempre curto, como numa conversa.
    prop_oneof![4 => 0..40usize, 1 => 0..=maior]
        .prop_flat_map(move |tamanho| vec(caractere.clone(), tamanho))
        .prop_map(String::from_iter)
}
