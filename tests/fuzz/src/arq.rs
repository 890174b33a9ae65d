//! A entrega confiável diante de segmentos e recibos quaisquer.
//!
//! Os bytes são um roteiro: o primeiro dá a janela; depois, cada passo é um byte que
//! diz o que acontece e os argumentos dele. Quando os bytes acabam, acabou.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use sockets::arq::{Chegada, Configuracao, Emissor, MAIOR_MAPA, Receptor, Recibo};

/// Quantos segmentos o emissor guarda.
const GUARDADOS: usize = 64;

/// O receptor entrega em ordem, uma vez só e sem guardar mais que a janela; o emissor
/// não confirma o que não mandou, não perde o que guardou e não repete sem fim.
///
/// Devolve quantos segmentos o receptor entregou e quantos o emissor deu por
/// confirmados.
pub fn arq(roteiro: &[u8]) -> (u64, u64) {
    let mut roteiro = Roteiro(roteiro);
    let janela = u16::from(roteiro.byte().unwrap_or(0)) + 1;
    let configuracao = Configuracao {
        janela,
        guardados: GUARDADOS,
        ..Configuracao::default()
    };
    let mut recebe = Recebe {
        maior_carga: configuracao.maior_carga,
        receptor: Receptor::novo(configuracao.clone()),
        janela: u64::from(janela),
        guardados: BTreeMap::new(),
        entregues: 0,
    };
    let mut manda = Manda {
        emissor: Emissor::novo(configuracao),
        agora: Duration::ZERO,
        guardados: 0,
    };
    while passo(&mut roteiro, &mut recebe, &mut manda).is_some() {
        recebe.conferir();
        manda.conferir();
    }
    recebe.conferir_recibo();
    (recebe.entregues, manda.emissor.confirmados())
}

fn passo(roteiro: &mut Roteiro<'_>, recebe: &mut Recebe, manda: &mut Manda) -> Option<()> {
    match roteiro.byte()? % 8 {
        0 => {
            let numero = roteiro.perto_de(recebe.entregues)?;
            recebe.chegou(numero, usize::from(roteiro.byte()?) * 6);
        }
        1 => recebe.chegou(roteiro.numero()?, 1),
        2 => recebe.entregar(),
        3 => {
            let proximo = roteiro.perto_de(manda.emissor.confirmados())?;
            manda.recibo(&roteiro.recibo(proximo)?);
        }
        4 => {
            let proximo = roteiro.numero()?;
            manda.recibo(&roteiro.recibo(proximo)?);
        }
        5 => manda.guardar(roteiro.byte()?),
        6 => manda.despertar(roteiro.byte()?),
        _ => manda.enviar(),
    }
    Some(())
}

/// O receptor, ao lado de um modelo que guarda tudo em um mapa.
struct Recebe {
    receptor: Receptor,
    janela: u64,
    maior_carga: usize,
    guardados: BTreeMap<u64, usize>,
    entregues: u64,
}

impl Recebe {
    fn chegou(&mut self, numero: u64, tamanho: usize) {
        let esperada = match numero.checked_sub(self.entregues) {
            None => Chegada::Repetido,
            Some(longe) if longe >= self.janela => Chegada::ForaDaJanela,
            Some(_) if tamanho > self.maior_carga => Chegada::GrandeDemais,
            Some(_) => match self.guardados.entry(numero) {
                Entry::Occupied(_) => Chegada::Repetido,
                Entry::Vacant(lugar) => {
                    lugar.insert(tamanho);
                    Chegada::Novo
                }
            },
        };
        let chegada = self.receptor.chegou(numero, &vec![7; tamanho]);
        assert_eq!(chegada, esperada, "{numero}, {tamanho} bytes");
    }

    fn entregar(&mut self) {
        while let Some(carga) = self.receptor.entregar() {
            let tamanho = self.guardados.remove(&self.entregues);
            assert_eq!(Some(carga.len()), tamanho);
            self.entregues += 1;
        }
        assert!(!self.guardados.contains_key(&self.entregues));
        self.conferir_recibo();
    }

    /// O recibo diz, bit a bit, o que está guardado.
    fn conferir_recibo(&self) {
        let recibo = self.receptor.recibo();
        assert!(recibo.mapa.len() <= MAIOR_MAPA);
        for numero in self.entregues + 1..self.entregues + self.janela {
            let chegou = self.guardados.contains_key(&numero);
            assert_eq!(recibo.confirma(numero), chegou, "{numero}");
        }
    }

    fn conferir(&self) {
        assert_eq!(self.receptor.entregues(), self.entregues);
        assert_eq!(self.receptor.em_espera(), self.guardados.len());
    }
}

/// O emissor, e quanto se pediu a ele.
struct Manda {
    emissor: Emissor,
    agora: Duration,
    guardados: u64,
}

impl Manda {
    fn guardar(&mut self, quantos: u8) {
        for _ in 0..quantos {
            if !self.emissor.cabe() {
                break;
            }
            assert_eq!(self.emissor.guardar(vec![7]), self.guardados);
            self.guardados += 1;
        }
    }

    fn recibo(&mut self, recibo: &Recibo) {
        let antes = self.emissor.confirmados();
        let confirmados = self.emissor.recibo(self.agora, recibo);
        assert_eq!(antes + confirmados, self.emissor.confirmados());
    }

    fn despertar(&mut self, espera: u8) {
        self.agora += Duration::from_millis(u64::from(espera) * 16);
        self.emissor.despertar(self.agora);
    }

    fn enviar(&mut self) {
        let base = self.emissor.confirmados();
        let mut saidos = 0;
        while let Some(envio) = self.emissor.proximo_envio(self.agora) {
            assert!((base..self.guardados).contains(&envio.numero));
            assert_eq!(envio.carga, [7]);
            saidos += 1;
            assert!(saidos <= 1 + GUARDADOS, "envia sem parar");
        }
    }

    fn conferir(&self) {
        let pendentes = self.emissor.pendentes();
        assert!(pendentes <= GUARDADOS);
        let confirmados = self.emissor.confirmados();
        assert_eq!(confirmados + pendentes as u64, self.guardados);
        assert!(confirmados <= self.emissor.medidas().enviados);
        assert_eq!(self.emissor.tudo_confirmado(), pendentes == 0);
    }
}

/// O que falta do roteiro.
struct Roteiro<'a>(&'a [u8]);

impl Roteiro<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, resto) = self.0.split_first()?;
        self.0 = resto;
        Some(*byte)
    }

    /// Oito bytes.
    fn numero(&mut self) -> Option<u64> {
        let (numero, resto) = self.0.split_first_chunk()?;
        self.0 = resto;
        Some(u64::from_be_bytes(*numero))
    }

    /// Um byte com sinal, a contar de `numero`.
    fn perto_de(&mut self, numero: u64) -> Option<u64> {
        let desvio = self.byte()?.cast_signed();
        Some(numero.saturating_add_signed(i64::from(desvio)))
    }

    /// Um byte de janela, um que diz quantos tem o mapa, e o mapa: até mais do que o
    /// protocolo deixa.
    fn recibo(&mut self, proximo: u64) -> Option<Recibo> {
        let janela = u16::from(self.byte()?);
        let tamanho = usize::from(self.byte()?) % (MAIOR_MAPA + 8);
        let (mapa, resto) = self.0.split_at_checked(tamanho)?;
        self.0 = resto;
        Some(Recibo {
            proximo,
            janela,
            mapa: mapa.to_vec(),
        })
    }
}
