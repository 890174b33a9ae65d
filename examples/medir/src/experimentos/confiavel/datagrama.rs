//! Os datagramas da entrega confiável, e como se leem sem confiar em quem os mandou.
//!
//! | bytes | segmento | recibo |
//! | --- | --- | --- |
//! | 0 | 1 | 2 |
//! | 1–4 | a conversa | a conversa |
//! | 5–12 | o número do segmento | o próximo que o receptor espera |
//! | 13–14 | a carga, até o fim | quantos segmentos cabem no receptor |
//! | 15 | | quantos bytes tem o mapa |
//! | 16… | | o mapa e, depois dele, a resposta |
//!
//! Os inteiros vão do byte mais significativo ao menos (*big-endian*). A resposta é o
//! que um pare-e-espere de perguntas traz junto com o recibo; numa transferência ela é
//! vazia.

use sockets::arq::{MAIOR_MAPA, Recibo};

/// O maior datagrama: o mesmo do chat, que passa inteiro por qualquer rede comum (RFC
/// 8085, seção 3.2).
pub const MAIOR_DATAGRAMA: usize = 1200;

/// A maior carga de um segmento: o que sobra depois do tipo, da conversa e do número.
pub const MAIOR_CARGA: usize = MAIOR_DATAGRAMA - 1 - 4 - 8;

/// A maior resposta que cabe com qualquer recibo.
pub const MAIOR_RESPOSTA: usize = MAIOR_CARGA - 2 - 1 - MAIOR_MAPA;

const SEGMENTO: u8 = 1;
const RECIBO: u8 = 2;

/// O que um datagrama diz.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Datagrama<'a> {
    /// Um segmento.
    Segmento {
        /// O número dele.
        numero: u64,
        /// O que ele leva.
        carga: &'a [u8],
    },
    /// Um recibo.
    Recibo {
        /// O que o receptor tem.
        recibo: Recibo,
        /// A resposta ao último segmento entregue; vazia quando não há perguntas.
        resposta: &'a [u8],
    },
}

/// Troca o que há em `saida` por este datagrama.
pub fn montar(conversa: u32, datagrama: &Datagrama<'_>, saida: &mut Vec<u8>) {
    saida.clear();
    let mut comecar = |tipo: u8, numero: u64| {
        saida.push(tipo);
        saida.extend(conversa.to_be_bytes());
        saida.extend(numero.to_be_bytes());
    };
    match datagrama {
        Datagrama::Segmento { numero, carga } => {
            comecar(SEGMENTO, *numero);
            saida.extend(*carga);
        }
        Datagrama::Recibo { recibo, resposta } => {
            comecar(RECIBO, recibo.proximo);
            saida.extend(recibo.janela.to_be_bytes());
            let mapa = &recibo.mapa[..recibo.mapa.len().min(MAIOR_MAPA)];
            saida.extend(u8::try_from(mapa.len()));
            saida.extend(mapa);
            saida.extend(*resposta);
        }
    }
    debug_assert!(saida.len() <= MAIOR_DATAGRAMA, "{} bytes", saida.len());
}

/// O que um datagrama desta conversa diz; `None` para tudo que não se entende.
#[must_use]
pub fn abrir(conversa: u32, datagrama: &[u8]) -> Option<Datagrama<'_>> {
    if datagrama.len() > MAIOR_DATAGRAMA {
        return None;
    }
    let (&tipo, resto) = datagrama.split_first()?;
    let (dele, resto) = resto.split_first_chunk()?;
    if u32::from_be_bytes(*dele) != conversa {
        return None;
    }
    let (numero, resto) = resto.split_first_chunk()?;
    let numero = u64::from_be_bytes(*numero);
    match tipo {
        SEGMENTO => Some(Datagrama::Segmento {
            numero,
            carga: resto,
        }),
        RECIBO => {
            let (janela, resto) = resto.split_first_chunk()?;
            let (&tamanho, resto) = resto.split_first()?;
            let (mapa, resposta) = resto.split_at_checked(tamanho.into())?;
            let recibo = Recibo {
                proximo: numero,
                janela: u16::from_be_bytes(*janela),
                mapa: mapa.to_vec(),
            };
            (mapa.len() <= MAIOR_MAPA)
                .then_some(Datagrama::Recibo { recibo, resposta })
        }
        _ => None,
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const CONVERSA: u32 = 0x0102_0304;

    fn exemplos() -> [Vec<u8>; 2] {
        let mut segmento = Vec::new();
        let carga = b"abc";
        montar(
            CONVERSA,
            &Datagrama::Segmento { numero: 7, carga },
            &mut segmento,
        );
        let mut recibo = b"o que havia antes".to_vec();
        let datagrama = Datagrama::Recibo {
            recibo: Recibo {
                proximo: 8,
                janela: 128,
                mapa: vec![0xa0, 1],
            },
            resposta: b"oi",
        };
        montar(CONVERSA, &datagrama, &mut recibo);
        [segmento, recibo]
    }

    #[test]
    fn os_bytes_sao_os_da_tabela() {
        let [segmento, recibo] = exemplos();
        assert_eq!(
            segmento,
            [1, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 7, b'a', b'b', b'c']
        );
        assert_eq!(
            recibo,
            [
                2, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 8, 0, 128, 2, 0xa0, 1,
                b'o', b'i'
            ]
        );
    }

    #[test]
    fn o_que_se_monta_se_abre_igual() {
        for bytes in exemplos() {
            let aberto = abrir(CONVERSA, &bytes).expect("é nosso");
            let mut outra_vez = Vec::new();
            montar(CONVERSA, &aberto, &mut outra_vez);
            assert_eq!(outra_vez, bytes);
        }
    }

    #[test]
    fn de_outra_conversa_nada_se_abre() {
        for bytes in exemplos() {
            assert_eq!(abrir(CONVERSA + 1, &bytes), None);
        }
    }

    #[test]
    fn cortado_dentro_do_cabecalho_nada_se_abre() {
        let [segmento, recibo] = exemplos();
        for (bytes, cabecalho) in [(segmento, 13), (recibo, 18)] {
            for corte in 0..cabecalho {
                assert_eq!(abrir(CONVERSA, &bytes[..corte]), None, "{corte}");
            }
            assert!(abrir(CONVERSA, &bytes[..cabecalho]).is_some());
        }
    }

    #[test]
    fn o_tipo_desconhecido_e_o_grande_demais_nao_se_abrem() {
        let [segmento, recibo] = exemplos();
        for tipo in [0, 3, 255] {
            let outro = [&[tipo], &segmento[1..]].concat();
            assert_eq!(abrir(CONVERSA, &outro), None);
        }
        let mut mapa_grande = recibo[..15].to_vec();
        mapa_grande.push(33);
        mapa_grande.resize(100, 0xff);
        assert_eq!(abrir(CONVERSA, &mapa_grande), None);
        let mut cheio = segmento;
        cheio.resize(MAIOR_DATAGRAMA, 0);
        assert!(abrir(CONVERSA, &cheio).is_some());
        cheio.push(0);
        assert_eq!(abrir(CONVERSA, &cheio), None);
    }

    #[test]
    fn a_maior_resposta_cabe_com_o_maior_mapa() {
        let datagrama = Datagrama::Recibo {
            recibo: Recibo {
                proximo: u64::MAX,
                janela: u16::MAX,
                mapa: vec![0xff; MAIOR_MAPA],
            },
            resposta: &[7; MAIOR_RESPOSTA],
        };
        let mut bytes = Vec::new();
        montar(CONVERSA, &datagrama, &mut bytes);
        assert_eq!(bytes.len(), MAIOR_DATAGRAMA);
        assert_eq!(abrir(CONVERSA, &bytes), Some(datagrama));
    }
}
