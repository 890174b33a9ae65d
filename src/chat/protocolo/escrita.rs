//! As mensagens, de valores para bytes.

use super::{
    Item, MAIOR_CARGA, MAIOR_EXPLICACAO, MAIOR_NOME, MAIOR_TEXTO, Mensagem,
    especie, tipo,
};
use crate::arq::{MAIOR_MAPA, Recibo};

impl Mensagem<'_> {
    /// Acrescenta o corpo desta mensagem a `saida`.
    ///
    /// Quem chama já respeita os limites de cada campo: um texto comprido, por
    /// exemplo, é dividido antes de chegar aqui.
    // Uma vez por linha: a chamada custaria tanto quanto a escrita.
    #[inline]
    pub fn codificar(&self, saida: &mut Vec<u8>) {
        debug_assert!(self.cabe(), "fora dos limites: {self:?}");
        match self {
            Self::Item { numero, item } => {
                codificar_item(*numero, *item, saida);
            }
            Self::Ola {
                versao,
                modo,
                sessao,
                conhecida,
                recebidos,
                proximo,
                nome,
            } => {
                saida.extend([tipo::OLA, *versao, *modo as u8]);
                saida.extend(sessao.0.to_be_bytes());
                saida.extend(conhecida.map_or(0, |s| s.0).to_be_bytes());
                saida.extend(recebidos.to_be_bytes());
                saida.extend(proximo.to_be_bytes());
                saida.extend_from_slice(nome.as_bytes());
            }
            Self::Aceito => saida.push(tipo::ACEITO),
            Self::Recusa { motivo, explicacao } => {
                saida.extend([tipo::RECUSA, *motivo as u8]);
                saida.extend_from_slice(explicacao.as_bytes());
            }
            Self::Confirma { recebidos } => {
                saida.push(tipo::CONFIRMA);
                saida.extend(recebidos.to_be_bytes());
            }
            Self::Ping { marca } => {
                saida.push(tipo::PING);
                saida.extend(marca.to_be_bytes());
            }
            Self::Pong { marca, recebidos } => {
                saida.push(tipo::PONG);
                saida.extend(marca.to_be_bytes());
                saida.extend(recebidos.to_be_bytes());
            }
            Self::Tchau { enviados } => {
                saida.push(tipo::TCHAU);
                saida.extend(enviados.to_be_bytes());
            }
            Self::AteLogo { recebidos } => {
                saida.push(tipo::ATE_LOGO);
                saida.extend(recebidos.to_be_bytes());
            }
            Self::Segmento { numero, carga } => {
                saida.push(tipo::SEGMENTO);
                saida.extend(numero.to_be_bytes());
                saida.extend_from_slice(carga);
            }
            Self::Recibo(Recibo {
                proximo,
                janela,
                mapa,
            }) => {
                saida.push(tipo::RECIBO);
                saida.extend(proximo.to_be_bytes());
                saida.extend(janela.to_be_bytes());
                saida.extend_from_slice(mapa);
            }
        }
    }

    /// Se os campos de tamanho variável respeitam os limites do protocolo.
    fn cabe(&self) -> bool {
        match self {
            Self::Ola { sessao, nome, .. } => {
                sessao.0 != 0 && (1..=MAIOR_NOME).contains(&nome.len())
            }
            Self::Recusa { explicacao, .. } => {
                explicacao.len() <= MAIOR_EXPLICACAO
            }
            Self::Item { item, .. } => match item {
                Item::Texto { texto, .. } => {
                    texto.len() <= MAIOR_TEXTO && !texto.contains('\n')
                }
                Item::Nome(nome) => (1..=MAIOR_NOME).contains(&nome.len()),
            },
            Self::Segmento { carga, .. } => carga.len() <= MAIOR_CARGA,
            Self::Recibo(recibo) => recibo.mapa.len() <= MAIOR_MAPA,
            _ => true,
        }
    }
}

/// O caminho de cada linha da conversa: dez bytes de uma vez e o texto.
#[inline]
fn codificar_item(numero: u64, item: Item<'_>, saida: &mut Vec<u8>) {
    let (especie, resto) = match item {
        Item::Texto {
            texto,
            continua: false,
        } => (especie::TEXTO, texto),
        Item::Texto {
            texto,
            continua: true,
        } => (especie::TEXTO_QUE_CONTINUA, texto),
        Item::Nome(nome) => (especie::NOME, nome),
    };
    let mut cabeca = [tipo::ITEM; 10];
    cabeca[1..9].copy_from_slice(&numero.to_be_bytes());
    cabeca[9] = especie;
    saida.extend_from_slice(&cabeca);
    saida.extend_from_slice(resto.as_bytes());
}
