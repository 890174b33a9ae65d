//! O lado que manda: guarda até a confirmação, e decide o que mandar, o que repetir
//! e quando.
//!
//! São duas as razões para repetir um segmento:
//!
//! - **Outro, mandado depois dele, já chegou**, e ele já devia ter chegado também. O
//!   que conta é a ordem dos envios, e não a dos números: por isso vale igual para
//!   um segmento já repetido e perdido de novo (é a ideia do RACK, RFC 8985, e do
//!   QUIC, RFC 9002, seção 6.1).
//! - **Nada novo se confirmou durante um prazo inteiro**. Sai então um segmento só, o
//!   mais velho: a sonda. A resposta a ela diz o que mais se perdeu, pela primeira
//!   razão. Repetir logo a janela inteira encheria de novo o buffer que transbordou.

use std::collections::VecDeque;
use std::time::Duration;

use super::rto::Rto;
use super::{Configuracao, Instante, Recibo};

/// Quantos segmentos saem antes do primeiro recibo, quando ainda não se sabe nem a
/// janela do receptor nem a ida e volta. É o que a RFC 6928 dá ao TCP.
const JANELA_INICIAL: u64 = 10;

// ANCHOR: segmento
/// Um segmento guardado até ser confirmado.
#[derive(Debug)]
struct Segmento {
    carga: Vec<u8>,
    /// Quantas vezes foi mandado.
    envios: u32,
    /// Quando foi mandado pela última vez.
    enviado: Instante,
    /// O lugar do último envio entre todos os envios do emissor; o primeiro é o 1.
    ordem: u64,
    estado: Estado,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Estado {
    /// Ainda não foi mandado.
    Guardado,
    /// Foi mandado, e não se sabe o que foi dele.
    NoAr,
    /// Foi dado por perdido: vai de novo.
    Perdido,
    /// O mapa de um recibo diz que chegou; espera os de antes para ser confirmado.
    Chegou,
}
// ANCHOR_END: segmento

/// Um segmento que deve sair agora.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envio<'a> {
    /// O número do segmento.
    pub numero: u64,
    /// A carga.
    pub carga: &'a [u8],
    /// Se já tinha sido mandado antes.
    pub repetido: bool,
}

/// As contas do emissor, desde o começo.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MedidasDoEmissor {
    /// Segmentos mandados ao menos uma vez.
    pub enviados: u64,
    /// Envios além do primeiro de cada segmento, sondas incluídas.
    pub retransmitidos: u64,
    /// Vezes em que o prazo venceu sem novidade.
    pub prazos_vencidos: u64,
    /// Recibos que confirmavam o que nunca se mandou.
    pub recibos_recusados: u64,
}

/// A máquina de quem manda.
///
/// A cada volta de quem a usa: [`recibo`](Self::recibo) para cada recibo que chegou,
/// [`despertar`](Self::despertar) se [`proximo_prazo`](Self::proximo_prazo) passou,
/// [`guardar`](Self::guardar) o que houver de novo enquanto [`cabe`](Self::cabe), e
/// por fim [`proximo_envio`](Self::proximo_envio) até que não haja mais.
#[derive(Debug)]
pub struct Emissor {
    configuracao: Configuracao,
    /// Os que ainda não foram confirmados, em ordem: o primeiro tem o número `base`.
    segmentos: VecDeque<Segmento>,
    base: u64,
    /// O primeiro que nunca foi mandado.
    inedito: u64,
    /// O primeiro que não cabe na janela. Nunca é menor que `base`.
    limite: u64,
    /// Quantos envios já houve.
    envios: u64,
    /// O envio mais novo que se sabe que chegou; 0 enquanto nenhum.
    ultimo_que_chegou: u64,
    rto: Rto,
    /// Quando mandar a sonda, se nada novo se confirmar até lá.
    alarme: Option<Instante>,
    sonda: bool,
    medidas: MedidasDoEmissor,
}

impl Emissor {
    /// Um emissor que começa pelo segmento 0.
    #[must_use]
    pub fn novo(configuracao: Configuracao) -> Self {
        Self {
            segmentos: VecDeque::new(),
            base: 0,
            inedito: 0,
            limite: configuracao.janela().min(JANELA_INICIAL),
            envios: 0,
            ultimo_que_chegou: 0,
            rto: Rto::novo(&configuracao),
            alarme: None,
            sonda: false,
            medidas: MedidasDoEmissor::default(),
            configuracao,
        }
    }

    /// Se há lugar para guardar mais um segmento.
    #[must_use]
    pub fn cabe(&self) -> bool {
        self.segmentos.len() < self.configuracao.guardados.max(1)
    }

    /// Quantos segmentos a mais, além dos já guardados, sairiam agora. Quem junta
    /// várias mensagens em um segmento espera por isto para fechar o próximo.
    #[must_use]
    pub fn janela_livre(&self) -> u64 {
        self.limite.saturating_sub(self.fim())
    }

    /// Guarda a carga de um segmento até a confirmação e devolve o número dele.
    ///
    /// # Panics
    /// Quando não [`cabe`](Self::cabe), ou quando a carga passa da maior da
    /// configuração: são erros de quem chama.
    pub fn guardar(&mut self, carga: Vec<u8>) -> u64 {
        assert!(self.cabe(), "não cabe mais nenhum segmento");
        assert!(
            carga.len() <= self.configuracao.maior_carga,
            "a carga passa do limite"
        );
        let numero = self.fim();
        self.segmentos.push_back(Segmento {
            carga,
            envios: 0,
            enviado: Instante::ZERO,
            ordem: 0,
            estado: Estado::Guardado,
        });
        numero
    }

    /// O número do próximo a guardar.
    fn fim(&self) -> u64 {
        self.base + self.segmentos.len() as u64
    }

    // ANCHOR: proximo-envio
    /// O que deve sair agora, ou `None` quando não há mais. Conta como mandado: quem
    /// chama tem de o pôr na rede (ou deixar que conte como perdido).
    pub fn proximo_envio(&mut self, agora: Instante) -> Option<Envio<'_>> {
        if !self.segmentos.is_empty() {
            self.alarme
                .get_or_insert(agora.saturating_add(self.rto.prazo()));
        }
        let lugar = self.escolher()?;
        self.envios += 1;
        let segmento = &mut self.segmentos[lugar];
        let repetido = segmento.envios > 0;
        segmento.envios = segmento.envios.saturating_add(1);
        segmento.enviado = agora;
        segmento.ordem = self.envios;
        if segmento.estado != Estado::Chegou {
            segmento.estado = Estado::NoAr;
        }
        if repetido {
            self.medidas.retransmitidos += 1;
        } else {
            self.medidas.enviados += 1;
            self.inedito += 1;
        }
        Some(Envio {
            numero: self.base + lugar as u64,
            carga: &segmento.carga,
            repetido,
        })
    }
    // ANCHOR_END: proximo-envio

    // ANCHOR: escolher
    /// Primeiro a sonda, que vai mesmo com a janela fechada; depois os perdidos, do
    /// mais velho ao mais novo; por fim os que nunca foram, até o fim da janela.
    fn escolher(&mut self) -> Option<usize> {
        if std::mem::take(&mut self.sonda) {
            return (!self.segmentos.is_empty()).then_some(0);
        }
        let cabem = usize::try_from(self.limite - self.base).ok()?;
        let mut na_janela = self.segmentos.iter().take(cabem);
        na_janela
            .clone()
            .position(|segmento| segmento.estado == Estado::Perdido)
            .or_else(|| {
                na_janela
                    .position(|segmento| segmento.estado == Estado::Guardado)
            })
    }
    // ANCHOR_END: escolher

    // ANCHOR: recibo-do-emissor
    /// Um recibo que chegou. Devolve quantos segmentos ele confirmou, em ordem: já
    /// foram entregues e não estão mais guardados.
    ///
    /// O recibo pode ser velho, repetido ou mentira: o pior que faz é confirmar o que
    /// o outro lado não recebeu, e quem perde com isso é ele.
    pub fn recibo(&mut self, agora: Instante, recibo: &Recibo) -> u64 {
        if recibo.proximo > self.inedito {
            self.medidas.recibos_recusados += 1;
            return 0;
        }
        let novidade = self.marcar_chegados(agora, recibo);
        let confirmados = recibo.proximo.saturating_sub(self.base);
        for _ in 0..confirmados {
            self.segmentos.pop_front();
        }
        self.base += confirmados;
        if recibo.proximo == self.base {
            let janela = self.configuracao.janela().min(recibo.janela.into());
            self.limite = self.base + janela;
        }
        if novidade || confirmados > 0 {
            self.sonda = false;
            self.alarme = (!self.segmentos.is_empty())
                .then(|| agora.saturating_add(self.rto.prazo()));
        }
        self.achar_perdidos(agora);
        confirmados
    }
    // ANCHOR_END: recibo-do-emissor

    // ANCHOR: marcar-chegados
    /// Marca o que o recibo diz que chegou e, com o envio mais novo que se mede sem
    /// dúvida, mede a ida e volta. `true` se havia alguma novidade.
    fn marcar_chegados(&mut self, agora: Instante, recibo: &Recibo) -> bool {
        let mut novidade = false;
        let mut medida: Option<(u64, Duration)> = None;
        for (numero, segmento) in (self.base..).zip(&mut self.segmentos) {
            let mandado =
                matches!(segmento.estado, Estado::NoAr | Estado::Perdido);
            if !mandado || !recibo.confirma(numero) {
                continue;
            }
            segmento.estado = Estado::Chegou;
            novidade = true;
            let demora = agora.saturating_sub(segmento.enviado);
            if segmento.envios == 1 {
                medida = medida.max(Some((segmento.ordem, demora)));
            } else if self.rto.menor().is_none_or(|menor| demora < menor) {
                // Cedo demais para ser resposta à repetição: foi ao envio de antes.
                continue;
            }
            self.ultimo_que_chegou = self.ultimo_que_chegou.max(segmento.ordem);
        }
        if let Some((_, ida_e_volta)) = medida {
            self.rto.medir(ida_e_volta);
        }
        novidade
    }
    // ANCHOR_END: marcar-chegados

    // ANCHOR: achar-perdidos
    /// Dá por perdidos os que já deviam ter chegado.
    fn achar_perdidos(&mut self, agora: Instante) {
        let tolerancia = self.rto.tolerancia();
        for segmento in &mut self.segmentos {
            if segmento
                .suspeito_ate(self.ultimo_que_chegou, tolerancia)
                .is_some_and(|prazo| prazo <= agora)
            {
                segmento.estado = Estado::Perdido;
            }
        }
    }
    // ANCHOR_END: achar-perdidos

    // ANCHOR: despertar
    /// Faz o que já está na hora. Depois, [`proximo_envio`](Self::proximo_envio) diz o
    /// que repetir.
    pub fn despertar(&mut self, agora: Instante) {
        self.achar_perdidos(agora);
        if self.alarme.is_some_and(|alarme| alarme <= agora) {
            self.medidas.prazos_vencidos += 1;
            self.rto.recuar();
            self.sonda = true;
            self.alarme = Some(agora.saturating_add(self.rto.prazo()));
        }
    }

    /// Quando chamar [`despertar`](Self::despertar), se nenhum recibo chegar antes.
    #[must_use]
    pub fn proximo_prazo(&self) -> Option<Instante> {
        let tolerancia = self.rto.tolerancia();
        self.segmentos
            .iter()
            .filter_map(|segmento| {
                segmento.suspeito_ate(self.ultimo_que_chegou, tolerancia)
            })
            .chain(self.alarme)
            .min()
    }
    // ANCHOR_END: despertar

    /// O outro lado voltou de uma ausência: esquece o recuo e sonda já.
    pub fn retomar(&mut self, agora: Instante) {
        self.rto.esquecer_recuo();
        if !self.segmentos.is_empty() {
            self.sonda = true;
            self.alarme = Some(agora.saturating_add(self.rto.prazo()));
        }
    }

    /// Se tudo que se guardou foi confirmado: o outro programa entregou tudo.
    #[must_use]
    pub fn tudo_confirmado(&self) -> bool {
        self.segmentos.is_empty()
    }

    /// Quantos segmentos foram confirmados, em ordem: o número do primeiro que ainda
    /// não foi.
    #[must_use]
    pub fn confirmados(&self) -> u64 {
        self.base
    }

    /// Quantos segmentos estão guardados: os no ar e os que ainda não saíram.
    #[must_use]
    pub fn pendentes(&self) -> usize {
        self.segmentos.len()
    }

    /// A ida e volta, alisada como na RFC 6298, se já se mediu alguma.
    #[must_use]
    pub fn ida_e_volta(&self) -> Option<Duration> {
        self.rto.media()
    }

    /// As contas.
    #[must_use]
    pub fn medidas(&self) -> MedidasDoEmissor {
        self.medidas
    }
}

impl Segmento {
    // ANCHOR: suspeito
    /// Se um envio posterior ao deste já chegou, até quando ainda se espera por ele.
    fn suspeito_ate(
        &self,
        ultimo_que_chegou: u64,
        tolerancia: Duration,
    ) -> Option<Instante> {
        (self.estado == Estado::NoAr && self.ordem < ultimo_que_chegou)
            .then(|| self.enviado.saturating_add(tolerancia))
    }
    // ANCHOR_END: suspeito
}
