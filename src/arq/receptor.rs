//! O lado que recebe: põe em ordem, entrega uma vez só e conta o que chegou.

use std::collections::VecDeque;

use super::{Configuracao, Recibo};

/// O que se fez de um segmento que chegou. Todos merecem um recibo: o repetido diz
/// que o recibo anterior se perdeu, e o que não cabe, que o emissor não sabe da
/// janela.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chegada {
    /// Foi guardado.
    Novo,
    /// Já tinha chegado; foi descartado.
    Repetido,
    /// O número está além da janela; foi descartado.
    ForaDaJanela,
    /// A carga passa do limite; foi descartado.
    GrandeDemais,
}

/// As contas do receptor, desde o começo.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MedidasDoReceptor {
    /// Segmentos diferentes que chegaram e couberam.
    pub recebidos: u64,
    /// Segmentos que chegaram de novo.
    pub repetidos: u64,
    /// Segmentos além da janela ou grandes demais.
    pub descartados: u64,
}

/// A máquina de quem recebe.
#[derive(Debug)]
pub struct Receptor {
    configuracao: Configuracao,
    /// O próximo a entregar: é o lugar 0 de `guardados`.
    proximo: u64,
    /// O que chegou e ainda não foi entregue, cada um no lugar do seu número. Nunca
    /// tem mais lugares que a janela.
    guardados: VecDeque<Option<Vec<u8>>>,
    deve_recibo: bool,
    medidas: MedidasDoReceptor,
}

impl Receptor {
    /// Um receptor à espera do segmento 0. Da configuração valem a janela e a maior
    /// carga.
    #[must_use]
    pub fn novo(configuracao: Configuracao) -> Self {
        Self {
            configuracao,
            proximo: 0,
            guardados: VecDeque::new(),
            deve_recibo: false,
            medidas: MedidasDoReceptor::default(),
        }
    }

    // ANCHOR: chegou
    /// Chegou um segmento: guarda-o, se é novo e se cabe.
    pub fn chegou(&mut self, numero: u64, carga: &[u8]) -> Chegada {
        self.deve_recibo = true;
        let chegada = self.examinar(numero, carga);
        match chegada {
            Chegada::Novo => self.medidas.recebidos += 1,
            Chegada::Repetido => self.medidas.repetidos += 1,
            _ => self.medidas.descartados += 1,
        }
        chegada
    }
    // ANCHOR_END: chegou

    // ANCHOR: examinar
    fn examinar(&mut self, numero: u64, carga: &[u8]) -> Chegada {
        let Some(distancia) = numero.checked_sub(self.proximo) else {
            return Chegada::Repetido;
        };
        let lugar = match usize::try_from(distancia) {
            Ok(lugar) if distancia < self.configuracao.janela() => lugar,
            _ => return Chegada::ForaDaJanela,
        };
        if carga.len() > self.configuracao.maior_carga {
            return Chegada::GrandeDemais;
        }
        if self.guardados.len() <= lugar {
            self.guardados.resize(lugar + 1, None);
        }
        if self.guardados[lugar].is_some() {
            return Chegada::Repetido;
        }
        self.guardados[lugar] = Some(carga.to_vec());
        Chegada::Novo
    }
    // ANCHOR_END: examinar

    // ANCHOR: entregar
    /// A carga do próximo segmento na ordem, se ele já chegou. É só ao entregar que
    /// a janela anda e que o recibo passa a contar o segmento como recebido.
    pub fn entregar(&mut self) -> Option<Vec<u8>> {
        let carga = self.guardados.front_mut()?.take()?;
        self.guardados.pop_front();
        self.proximo += 1;
        self.deve_recibo = true;
        Some(carga)
    }
    // ANCHOR_END: entregar

    // ANCHOR: recibo-do-receptor
    /// O recibo de agora.
    #[must_use]
    pub fn recibo(&self) -> Recibo {
        let mut mapa = Vec::new();
        for (lugar, guardado) in self.guardados.iter().skip(1).enumerate() {
            if lugar % 8 == 0 {
                mapa.push(0);
            }
            if guardado.is_some() {
                mapa[lugar / 8] |= 0x80 >> (lugar % 8);
            }
        }
        Recibo {
            proximo: self.proximo,
            janela: u16::try_from(self.configuracao.janela())
                .unwrap_or(u16::MAX),
            mapa,
        }
    }
    // ANCHOR_END: recibo-do-receptor

    /// O recibo, se algo chegou ou foi entregue desde o último que saiu daqui.
    pub fn recibo_devido(&mut self) -> Option<Recibo> {
        std::mem::take(&mut self.deve_recibo).then(|| self.recibo())
    }

    /// Quantos segmentos já foram entregues: o número do próximo.
    #[must_use]
    pub fn entregues(&self) -> u64 {
        self.proximo
    }

    /// Quantos segmentos chegaram e ainda não foram entregues.
    #[must_use]
    pub fn em_espera(&self) -> usize {
        self.guardados.iter().flatten().count()
    }

    /// As contas.
    #[must_use]
    pub fn medidas(&self) -> MedidasDoReceptor {
        self.medidas
    }
}

#[cfg(test)]
mod testes {
    use super::*;
    use crate::arq::{MAIOR_JANELA, MAIOR_MAPA};

    fn receptor(janela: u16) -> Receptor {
        Receptor::novo(Configuracao {
            janela,
            maior_carga: 8,
            ..Configuracao::default()
        })
    }

    fn tudo(receptor: &mut Receptor) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| receptor.entregar()).collect()
    }

    #[test]
    fn o_que_chega_fora_de_ordem_espera_pelo_que_falta() {
        let mut receptor = receptor(8);
        assert_eq!(receptor.chegou(2, b"c"), Chegada::Novo);
        assert_eq!(receptor.chegou(1, b"b"), Chegada::Novo);
        assert_eq!(receptor.entregar(), None);
        assert_eq!(receptor.em_espera(), 2);
        assert_eq!(receptor.chegou(0, b"a"), Chegada::Novo);
        assert_eq!(tudo(&mut receptor), [b"a", b"b", b"c"]);
        assert_eq!(receptor.entregues(), 3);
    }

    #[test]
    fn o_repetido_nao_se_entrega_de_novo_e_o_primeiro_e_que_vale() {
        let mut receptor = receptor(8);
        receptor.chegou(1, b"b");
        assert_eq!(receptor.chegou(1, b"x"), Chegada::Repetido);
        receptor.chegou(0, b"a");
        assert_eq!(tudo(&mut receptor), [b"a", b"b"]);
        assert_eq!(receptor.chegou(0, b"a"), Chegada::Repetido);
        assert_eq!(tudo(&mut receptor), Vec::<Vec<u8>>::new());
        assert_eq!(receptor.medidas().repetidos, 2);
    }

    #[test]
    fn a_memoria_tem_limite_em_segmentos_e_em_bytes() {
        let mut receptor = receptor(4);
        assert_eq!(receptor.chegou(3, b"d"), Chegada::Novo);
        for numero in [4, 5, 1 << 40, u64::MAX] {
            assert_eq!(receptor.chegou(numero, b"x"), Chegada::ForaDaJanela);
        }
        assert_eq!(receptor.chegou(0, &[0; 9]), Chegada::GrandeDemais);
        assert_eq!(receptor.chegou(0, &[0; 8]), Chegada::Novo);
        assert!(receptor.guardados.len() <= 4);
        assert_eq!(receptor.medidas().descartados, 5);
    }

    #[test]
    fn so_o_que_foi_entregue_se_confirma_e_o_resto_vai_no_mapa() {
        let mut receptor = receptor(16);
        for numero in [0, 1, 3, 11] {
            receptor.chegou(numero, b"x");
        }
        let antes = receptor.recibo();
        assert_eq!((antes.proximo, antes.janela), (0, 16));
        assert_eq!(antes.mapa, [0b1010_0000, 0b0010_0000]);
        assert_eq!(tudo(&mut receptor).len(), 2);
        let depois = receptor.recibo();
        assert_eq!(depois.proximo, 2);
        assert_eq!(depois.mapa, [0b1000_0000, 0b1000_0000]);
        assert!(depois.confirma(1) && !depois.confirma(2));
        assert!(depois.confirma(3) && depois.confirma(11));
    }

    #[test]
    fn o_recibo_de_quem_so_recebe_em_ordem_nao_leva_mapa() {
        let mut receptor = receptor(16);
        receptor.chegou(0, b"x");
        receptor.entregar();
        assert_eq!(receptor.recibo().mapa, []);
    }

    #[test]
    fn deve_recibo_quem_recebeu_qualquer_coisa() {
        let mut receptor = receptor(4);
        assert_eq!(receptor.recibo_devido(), None);
        for numero in [0, 0, 9] {
            receptor.chegou(numero, b"x");
            assert!(receptor.recibo_devido().is_some(), "{numero}");
            assert_eq!(receptor.recibo_devido(), None);
        }
        receptor.entregar();
        assert_eq!(receptor.recibo_devido().unwrap().proximo, 1);
    }

    #[test]
    fn a_maior_janela_cabe_no_mapa() {
        let mut receptor = receptor(u16::MAX);
        let recibo = receptor.recibo();
        assert_eq!(recibo.janela, MAIOR_JANELA);
        assert_eq!(receptor.chegou(255, b"x"), Chegada::Novo);
        assert_eq!(receptor.chegou(256, b"x"), Chegada::ForaDaJanela);
        let recibo = receptor.recibo();
        assert!(recibo.mapa.len() <= MAIOR_MAPA && recibo.confirma(255));
    }
}
