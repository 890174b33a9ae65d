//! Quando perguntar se o outro está lá, e quando desistir dele.
//!
//! Um par que some não avisa: o cabo sai, o computador dorme, e do lado de cá é só
//! silêncio. Por isso se pergunta de tempos em tempos (PING), e o silêncio depois de
//! tanta pergunta quer dizer alguma coisa. A resposta (PONG) serve também para
//! medir a ida e volta.
//!
//! Uma máquina pura: entram instantes, saem perguntas a mandar e a hora de desistir.
//! TCP e UDP usam a mesma, com prazos diferentes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Quantas perguntas sem resposta se guardam. Uma resposta que chegue depois de
/// tantas outras perguntas já não diz nada sobre agora.
const PERGUNTAS: usize = 8;

/// De quanto em quanto tempo perguntar, e quanto silêncio aturar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prazos {
    /// Entre uma pergunta e a próxima.
    pub pergunta: Duration,
    /// Sem ouvir nada por este tempo, a conversa caiu.
    pub silencio: Duration,
    /// O mesmo, quando há um motivo para desconfiar
    /// ([`Presenca::desconfiar`]).
    pub suspeita: Duration,
}

impl Prazos {
    /// Em TCP o sistema repete o que se perde: o silêncio demora mais a querer
    /// dizer alguma coisa.
    pub const TCP: Self = Self {
        pergunta: Duration::from_secs(5),
        silencio: Duration::from_secs(15),
        suspeita: Duration::from_secs(3),
    };

    /// Em UDP uma pergunta pode se perder: em 8 s vão quatro.
    pub const UDP: Self = Self {
        pergunta: Duration::from_secs(2),
        silencio: Duration::from_secs(8),
        suspeita: Duration::from_secs(3),
    };
}

/// O que está na hora de fazer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passo {
    /// Mandar um PING com esta marca.
    Perguntar {
        /// A marca, que volta no PONG.
        marca: u64,
    },
    /// O outro não está lá: a conversa caiu.
    Desistir,
}

/// O que se sabe sobre o outro estar lá, enquanto uma conversa dura.
#[derive(Debug)]
pub struct Presenca {
    prazos: Prazos,
    /// A última vez que se ouviu alguma coisa.
    ouvido: Instant,
    /// Quando vai a próxima pergunta.
    pergunta: Instant,
    /// Até quando se espera ouvir algo, se há uma desconfiança no ar.
    suspeita: Option<Instant>,
    /// Antes disto não se desconfia outra vez.
    sossego: Instant,
    /// As perguntas sem resposta, da mais velha à mais nova.
    perguntas: VecDeque<Pergunta>,
    /// A marca da próxima pergunta.
    marca: u64,
    /// A pessoa quer saber a resposta da pergunta com esta marca, ou de uma
    /// posterior se ela se perder.
    pedida: Option<u64>,
    ida_e_volta: Option<Duration>,
}

#[derive(Debug)]
struct Pergunta {
    marca: u64,
    quando: Instant,
}

impl Presenca {
    /// Uma conversa que começa em `agora`. A primeira pergunta já está na hora: é
    /// ela que mede a ida e volta.
    #[must_use]
    pub fn nova(prazos: Prazos, agora: Instant) -> Self {
        Self {
            prazos,
            ouvido: agora,
            pergunta: agora,
            suspeita: None,
            sossego: agora,
            perguntas: VecDeque::with_capacity(PERGUNTAS),
            marca: 0,
            pedida: None,
            ida_e_volta: None,
        }
    }

    /// A conversa voltou em `agora`, depois de uma queda. O que se sabe da ida e
    /// volta continua a valer; as perguntas de antes da queda, não.
    pub fn recomecar(&mut self, agora: Instant) {
        self.ouvido = agora;
        self.pergunta = agora;
        self.suspeita = None;
        self.sossego = agora;
        self.perguntas.clear();
        self.pedida = None;
    }

    /// Chegou algo do outro, qualquer coisa.
    pub fn ouvir(&mut self, agora: Instant) {
        self.ouvido = agora;
        self.suspeita = None;
    }

    /// Há um motivo para achar que o outro já não está lá (alguém se apresentou no
    /// lugar dele): pergunta já, com prazo curto. Quem desconfia de novo antes desse
    /// prazo não muda nada; senão, um estranho que insiste nos faria perguntar sem
    /// parar, ou esperar para sempre.
    pub fn desconfiar(&mut self, agora: Instant) {
        if agora >= self.sossego {
            let prazo = agora + self.prazos.suspeita;
            self.suspeita = Some(prazo);
            self.sossego = prazo;
            self.perguntar(agora);
        }
    }

    /// Pergunta já, sem esperar a hora: a pergunta serve também para mostrar ao
    /// outro que se está aqui.
    pub fn perguntar(&mut self, agora: Instant) {
        self.pergunta = self.pergunta.min(agora);
    }

    /// A pessoa quer saber a ida e volta: pergunta já.
    pub fn pedir(&mut self, agora: Instant) {
        if self.pedida.is_none() {
            self.pedida = Some(self.marca);
            self.perguntar(agora);
        }
    }

    // ANCHOR: despertar
    /// O que está na hora de fazer, se há algo. Chame até dar `None`.
    pub fn despertar(&mut self, agora: Instant) -> Option<Passo> {
        if agora >= self.limite() {
            return Some(Passo::Desistir);
        }
        if agora < self.pergunta {
            return None;
        }
        self.pergunta = agora + self.prazos.pergunta;
        let marca = self.marca;
        self.marca += 1;
        if self.perguntas.len() == PERGUNTAS {
            self.perguntas.pop_front();
        }
        let quando = agora;
        self.perguntas.push_back(Pergunta { marca, quando });
        Some(Passo::Perguntar { marca })
    }

    /// Quando se desiste, se até lá nada se ouvir.
    fn limite(&self) -> Instant {
        let silencio = self.ouvido + self.prazos.silencio;
        self.suspeita.map_or(silencio, |prazo| prazo.min(silencio))
    }
    // ANCHOR_END: despertar

    // ANCHOR: responder
    /// Chegou um PONG. Devolve a ida e volta se foi a pessoa que pediu. Uma marca
    /// que não se espera (repetida, velha ou inventada) não mede nada.
    pub fn responder(
        &mut self,
        marca: u64,
        agora: Instant,
    ) -> Option<Duration> {
        let achada = self.perguntas.iter().position(|p| p.marca == marca)?;
        let pergunta = self.perguntas.remove(achada)?;
        let amostra = agora.saturating_duration_since(pergunta.quando);
        self.ida_e_volta = Some(match self.ida_e_volta {
            None => amostra,
            // RFC 6298 §2.3: um oitavo da medida nova, sete do que se sabia.
            Some(alisada) => alisada * 7 / 8 + amostra / 8,
        });
        let pedida = self.pedida.take_if(|pedida| *pedida <= marca);
        pedida.map(|_| amostra)
    }
    // ANCHOR_END: responder

    /// Quando chamar [`despertar`](Self::despertar) de novo.
    #[must_use]
    pub fn proximo_prazo(&self) -> Instant {
        self.pergunta.min(self.limite())
    }

    /// A ida e volta alisada (SRTT da RFC 6298), se já se mediu alguma.
    #[must_use]
    pub fn ida_e_volta(&self) -> Option<Duration> {
        self.ida_e_volta
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const SEGUNDO: Duration = Duration::from_secs(1);

    fn nova() -> (Presenca, Instant) {
        let agora = Instant::now();
        (Presenca::nova(Prazos::UDP, agora), agora)
    }

    fn perguntar(presenca: &mut Presenca, agora: Instant) -> u64 {
        match presenca.despertar(agora) {
            Some(Passo::Perguntar { marca }) => marca,
            outro => panic!("esperava uma pergunta, veio {outro:?}"),
        }
    }

    #[test]
    fn pergunta_logo_e_depois_de_cada_intervalo() {
        let (mut presenca, zero) = nova();
        let primeira = perguntar(&mut presenca, zero);
        assert_eq!(presenca.despertar(zero), None);
        assert_eq!(presenca.proximo_prazo(), zero + 2 * SEGUNDO);
        let segunda = perguntar(&mut presenca, zero + 2 * SEGUNDO);
        assert_ne!(primeira, segunda);
    }

    #[test]
    fn desiste_quando_o_silencio_passa_do_prazo() {
        let (mut presenca, zero) = nova();
        presenca.ouvir(zero + SEGUNDO);
        for segundo in 0..9 {
            let passo = presenca.despertar(zero + segundo * SEGUNDO);
            assert_ne!(passo, Some(Passo::Desistir), "aos {segundo} s");
        }
        assert_eq!(presenca.proximo_prazo(), zero + 9 * SEGUNDO);
        let passo = presenca.despertar(zero + 9 * SEGUNDO);
        assert_eq!(passo, Some(Passo::Desistir));
    }

    #[test]
    fn a_desconfianca_pergunta_ja_e_encurta_o_prazo() {
        let (mut presenca, zero) = nova();
        perguntar(&mut presenca, zero);
        presenca.desconfiar(zero + SEGUNDO);
        perguntar(&mut presenca, zero + SEGUNDO);
        assert_eq!(presenca.despertar(zero + 3 * SEGUNDO + SEGUNDO / 2), {
            Some(Passo::Perguntar { marca: 2 })
        });
        let passo = presenca.despertar(zero + 4 * SEGUNDO);
        assert_eq!(passo, Some(Passo::Desistir));
    }

    #[test]
    fn insistir_na_desconfianca_nao_adia_o_fim_nem_multiplica_perguntas() {
        let (mut presenca, zero) = nova();
        presenca.desconfiar(zero);
        perguntar(&mut presenca, zero);
        presenca.desconfiar(zero + SEGUNDO + SEGUNDO / 2);
        assert_eq!(presenca.despertar(zero + SEGUNDO + SEGUNDO / 2), None);
        presenca.desconfiar(zero + 2 * SEGUNDO);
        let passo = presenca.despertar(zero + 3 * SEGUNDO);
        assert_eq!(passo, Some(Passo::Desistir));
    }

    #[test]
    fn quem_responde_desfaz_a_desconfianca() {
        let (mut presenca, zero) = nova();
        presenca.desconfiar(zero);
        presenca.ouvir(zero + SEGUNDO);
        presenca.desconfiar(zero + 2 * SEGUNDO);
        assert_ne!(
            presenca.despertar(zero + 8 * SEGUNDO),
            Some(Passo::Desistir)
        );
        let passo = presenca.despertar(zero + 9 * SEGUNDO);
        assert_eq!(passo, Some(Passo::Desistir));
    }

    #[test]
    fn a_ida_e_volta_e_alisada_como_na_rfc_6298() {
        let (mut presenca, zero) = nova();
        let marca = perguntar(&mut presenca, zero);
        presenca.responder(marca, zero + Duration::from_millis(80));
        assert_eq!(presenca.ida_e_volta(), Some(Duration::from_millis(80)));
        let marca = perguntar(&mut presenca, zero + 2 * SEGUNDO);
        let resposta = zero + 2 * SEGUNDO + Duration::from_millis(160);
        assert_eq!(presenca.responder(marca, resposta), None);
        assert_eq!(presenca.ida_e_volta(), Some(Duration::from_millis(90)));
    }

    #[test]
    fn marca_repetida_ou_inventada_nao_mede_nada() {
        let (mut presenca, zero) = nova();
        let marca = perguntar(&mut presenca, zero);
        presenca.responder(marca, zero);
        for falsa in [marca, marca + 1, u64::MAX] {
            presenca.responder(falsa, zero + SEGUNDO);
        }
        assert_eq!(presenca.ida_e_volta(), Some(Duration::ZERO));
    }

    #[test]
    fn o_pedido_da_pessoa_sobrevive_a_pergunta_que_se_perde() {
        let (mut presenca, zero) = nova();
        let antes = perguntar(&mut presenca, zero);
        presenca.pedir(zero + SEGUNDO);
        let perdida = perguntar(&mut presenca, zero + SEGUNDO);
        assert_eq!(presenca.responder(antes, zero + SEGUNDO), None);
        presenca.pedir(zero + SEGUNDO);
        assert_eq!(presenca.despertar(zero + SEGUNDO), None);
        let seguinte = perguntar(&mut presenca, zero + 3 * SEGUNDO);
        assert!(seguinte > perdida);
        let demorou = presenca.responder(seguinte, zero + 4 * SEGUNDO);
        assert_eq!(demorou, Some(SEGUNDO));
        assert_eq!(presenca.responder(perdida, zero + 5 * SEGUNDO), None);
    }

    #[test]
    fn a_volta_guarda_a_medida_e_esquece_as_perguntas() {
        let (mut presenca, zero) = nova();
        let marca = perguntar(&mut presenca, zero);
        presenca.responder(marca, zero + SEGUNDO);
        presenca.pedir(zero + SEGUNDO);
        let perdida = perguntar(&mut presenca, zero + SEGUNDO);
        presenca.recomecar(zero + 20 * SEGUNDO);
        assert_eq!(presenca.responder(perdida, zero + 20 * SEGUNDO), None);
        assert_eq!(presenca.ida_e_volta(), Some(SEGUNDO));
        let nova = perguntar(&mut presenca, zero + 20 * SEGUNDO);
        assert_ne!(nova, perdida);
    }

    #[test]
    fn perguntas_sem_resposta_nao_enchem_a_memoria() {
        let (mut presenca, zero) = nova();
        for segundo in (0..200).step_by(2) {
            let agora = zero + segundo * SEGUNDO;
            presenca.ouvir(agora);
            perguntar(&mut presenca, agora);
        }
        assert_eq!(presenca.perguntas.len(), PERGUNTAS);
    }
}
