//! O lado que manda: guarda até a confirmação, e decide o que mandar, o que repetir
//! e quando.
//!
//! São duas as razões para repetir um segmento:
//!
//! - **Outro, mandado depois dele, já chegou**, e ele já devia ter chegado também. O
//!   que conta é a ordem dos envios, e não a dos números: por isso vale igual para
//!   um segmento já repetido e perdido de novo (é a ideia do RACK, RFC 8985, e do
//!   QUIC, RFC 9002 §6.1).
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
    /// Se foi mandado mais de uma vez.
    repetido: bool,
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
    /// Um envio que talvez tenha chegado, e até quando duvidar.
    duvida: Option<(u64, Instante)>,
    rto: Rto,
    /// Quando mandar a sonda, se nada novo se confirmar até lá.
    alarme: Option<Instante>,
    sonda: bool,
    prazos_vencidos: u64,
    recibos_recusados: u64,
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
            duvida: None,
            rto: Rto::novo(&configuracao),
            alarme: None,
            sonda: false,
            prazos_vencidos: 0,
            recibos_recusados: 0,
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
            repetido: false,
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
    /// O que deve sair agora, ou `None` quando não há mais. Conta como mandado: o que
    /// quem chama não conseguir pôr na rede é uma perda como outra.
    pub fn proximo_envio(&mut self, agora: Instante) -> Option<Envio<'_>> {
        if !self.segmentos.is_empty() && self.alarme.is_none() {
            self.armar(agora);
        }
        let lugar = self.escolher()?;
        self.envios += 1;
        let segmento = &mut self.segmentos[lugar];
        segmento.repetido = segmento.estado != Estado::Guardado;
        segmento.enviado = agora;
        segmento.ordem = self.envios;
        if segmento.estado != Estado::Chegou {
            segmento.estado = Estado::NoAr;
        }
        self.inedito += u64::from(!segmento.repetido);
        Some(Envio {
            numero: self.base + lugar as u64,
            carga: &segmento.carga,
            repetido: segmento.repetido,
        })
    }
    // ANCHOR_END: proximo-envio

    /// Conta um prazo inteiro a partir de agora.
    fn armar(&mut self, agora: Instante) {
        self.alarme = Some(agora.saturating_add(self.rto.prazo()));
    }

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
        if recibo.fim() > self.inedito {
            self.recibos_recusados += 1;
            return 0;
        }
        let novidade = self.marcar_chegados(agora, recibo);
        let confirmados = self.deslizar(recibo);
        if novidade || confirmados > 0 {
            self.sonda = false;
            self.armar(agora);
        }
        if self.segmentos.is_empty() {
            self.alarme = None;
            self.duvida = None;
        }
        self.achar_perdidos(agora);
        confirmados
    }
    // ANCHOR_END: recibo-do-emissor

    // ANCHOR: deslizar
    /// Esquece o que foi entregue e põe a janela onde o recibo diz. Devolve quantos
    /// segmentos foram esquecidos.
    fn deslizar(&mut self, recibo: &Recibo) -> u64 {
        let confirmados = recibo.proximo.saturating_sub(self.base);
        for _ in 0..confirmados {
            self.segmentos.pop_front();
        }
        self.base += confirmados;
        // Um recibo que se atrasou na rede não sabe da janela de agora.
        if recibo.proximo == self.base {
            let janela = self.configuracao.janela().min(recibo.janela.into());
            self.limite = self.base + janela;
        }
        confirmados
    }
    // ANCHOR_END: deslizar

    // ANCHOR: marcar-chegados
    /// Marca o que o recibo diz que chegou e mede a ida e volta do mais novo dos que
    /// foram mandados uma vez só. `true` se havia alguma novidade.
    fn marcar_chegados(&mut self, agora: Instante, recibo: &Recibo) -> bool {
        let mut novidade = false;
        let mut medida: Option<(u64, Duration)> = None;
        let mut cedo: Option<u64> = None;
        for (numero, segmento) in (self.base..).zip(&mut self.segmentos) {
            if !segmento.falta() || !recibo.confirma(numero) {
                continue;
            }
            segmento.estado = Estado::Chegou;
            novidade = true;
            let demora = agora.saturating_sub(segmento.enviado);
            if !segmento.repetido {
                self.rto.encurtar(demora);
                medida = medida.max(Some((segmento.ordem, demora)));
            } else if self.rto.menor().is_none_or(|menor| demora < menor) {
                // Cedo demais para ser a resposta à repetição.
                cedo = cedo.max(Some(segmento.ordem));
                continue;
            }
            self.ultimo_que_chegou = self.ultimo_que_chegou.max(segmento.ordem);
        }
        if let Some((_, ida_e_volta)) = medida {
            self.rto.medir(ida_e_volta);
        }
        if let Some(ordem) = cedo {
            self.duvidar(agora, ordem);
        }
        novidade
    }
    // ANCHOR_END: marcar-chegados

    // ANCHOR: duvidar
    /// Veio cedo demais o que parece resposta ao envio `ordem`. Se era resposta ao de
    /// antes, as dos vizinhos dele vêm logo atrás. Se não vierem, a ida e volta é que
    /// ficou mais curta do que já foi: a rede tinha uma fila, e não tem mais.
    fn duvidar(&mut self, agora: Instante, ordem: u64) {
        let antes = |s: &Segmento| s.estado == Estado::NoAr && s.ordem < ordem;
        if self.segmentos.iter().any(antes) {
            let ate = agora.saturating_add(self.rto.tolerancia());
            let outra = self.duvida.map_or(0, |(outra, _)| outra);
            self.duvida = Some((ordem.max(outra), ate));
        }
    }

    /// A dúvida durou o que devia, e nada a desmentiu.
    fn deixar_de_duvidar(&mut self, agora: Instante) {
        if let Some((ordem, _)) = self.duvida.take_if(|(_, ate)| *ate <= agora)
        {
            self.ultimo_que_chegou = self.ultimo_que_chegou.max(ordem);
        }
    }
    // ANCHOR_END: duvidar

    // ANCHOR: achar-perdidos
    /// Dá por perdidos os que já deviam ter chegado.
    fn achar_perdidos(&mut self, agora: Instante) {
        self.deixar_de_duvidar(agora);
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
            self.prazos_vencidos += 1;
            self.rto.recuar();
            self.sonda = true;
            self.armar(agora);
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
            .chain(self.duvida.map(|(_, ate)| ate))
            .min()
    }
    // ANCHOR_END: despertar

    /// Uma ida e volta medida por fora, sem dúvida sobre o que teve resposta: a de um
    /// ping com marca, a de um cumprimento. Evita o primeiro prazo, de 1 s.
    pub fn medir(&mut self, ida_e_volta: Duration) {
        self.rto.medir(ida_e_volta);
    }

    /// O outro lado voltou de uma ausência: esquece o recuo e sonda já.
    pub fn retomar(&mut self, agora: Instante) {
        self.rto.esquecer_recuo();
        if !self.segmentos.is_empty() {
            self.sonda = true;
            self.armar(agora);
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
        MedidasDoEmissor {
            enviados: self.inedito,
            retransmitidos: self.envios - self.inedito,
            prazos_vencidos: self.prazos_vencidos,
            recibos_recusados: self.recibos_recusados,
        }
    }
}

impl Segmento {
    /// Se foi mandado e não se sabe que chegou.
    fn falta(&self) -> bool {
        matches!(self.estado, Estado::NoAr | Estado::Perdido)
    }

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

#[cfg(test)]
mod testes {
    use super::*;
    use crate::arq::MAIOR_JANELA;

    const MS: Duration = Duration::from_millis(1);

    fn ms(quantos: u32) -> Instante {
        MS * quantos
    }

    fn emissor(janela: u16, segmentos: u8) -> Emissor {
        let mut emissor = Emissor::novo(Configuracao {
            janela,
            ..Configuracao::default()
        });
        for numero in 0..segmentos {
            emissor.guardar(vec![numero]);
        }
        emissor
    }

    /// Os números que saem em `agora`.
    fn saem(emissor: &mut Emissor, agora: Instante) -> Vec<u64> {
        std::iter::from_fn(|| emissor.proximo_envio(agora).map(|e| e.numero))
            .collect()
    }

    fn de(numeros: std::ops::Range<u64>) -> Vec<u64> {
        numeros.collect()
    }

    /// O recibo de quem entregou até `proximo` e guarda os `depois`.
    fn recibo(proximo: u64, janela: u16, depois: &[u64]) -> Recibo {
        let mut mapa = vec![0; 32];
        for numero in depois {
            let bit = usize::try_from(numero - proximo - 1).unwrap();
            mapa[bit / 8] |= 0x80 >> (bit % 8);
        }
        Recibo {
            proximo,
            janela,
            mapa,
        }
    }

    /// Um emissor que mandou 0 a 9 em 0 ms e soube, em 20 ms, que só 0 se entregou
    /// e que os `depois` chegaram: a ida e volta é de 20 ms.
    fn depois_da_primeira_volta(depois: &[u64]) -> Emissor {
        let mut emissor = emissor(10, 10);
        assert_eq!(saem(&mut emissor, ms(0)).len(), 10);
        assert_eq!(emissor.recibo(ms(20), &recibo(1, 10, depois)), 1);
        emissor
    }

    #[test]
    fn saem_poucos_ate_o_primeiro_recibo_e_depois_a_janela_toda() {
        let mut emissor = emissor(32, 64);
        assert_eq!(saem(&mut emissor, ms(0)), de(0..10));
        assert_eq!(emissor.recibo(ms(20), &recibo(1, 128, &[])), 1);
        assert_eq!(saem(&mut emissor, ms(20)), de(10..33));
        assert_eq!(emissor.recibo(ms(21), &recibo(10, 8, &[])), 9);
        assert_eq!(saem(&mut emissor, ms(21)), []);
        assert_eq!(emissor.recibo(ms(40), &recibo(33, 8, &[])), 23);
        assert_eq!(saem(&mut emissor, ms(40)), de(33..41));
    }

    #[test]
    fn a_janela_de_um_e_o_pare_e_espere() {
        let mut emissor = emissor(1, 3);
        for numero in 0..3 {
            assert_eq!(saem(&mut emissor, ms(0)), [numero]);
            assert!(!emissor.tudo_confirmado());
            assert_eq!(emissor.recibo(ms(0), &recibo(numero + 1, 128, &[])), 1);
        }
        assert!(emissor.tudo_confirmado());
        assert_eq!(emissor.proximo_prazo(), None);
    }

    #[test]
    fn so_o_que_falta_se_repete_e_so_quando_ja_devia_ter_chegado() {
        // A primeira medida é de 20 ms: a tolerância é de 20 + 4 × 10 = 60 ms.
        let mut emissor = depois_da_primeira_volta(&[3, 4, 6]);
        emissor.guardar(vec![10]);
        assert_eq!(saem(&mut emissor, ms(20)), [10]);
        assert_eq!(emissor.proximo_prazo(), Some(ms(60)));
        emissor.despertar(ms(59));
        assert_eq!(saem(&mut emissor, ms(59)), []);
        emissor.despertar(ms(60));
        // 7, 8 e 9 saíram depois do último que chegou: não se sabe deles.
        assert_eq!(saem(&mut emissor, ms(60)), [1, 2, 5]);
        assert_eq!(emissor.medidas().retransmitidos, 3);
        assert_eq!(emissor.medidas().prazos_vencidos, 0);
    }

    #[test]
    fn a_repeticao_perdida_se_repete_sem_esperar_o_prazo() {
        let mut emissor = depois_da_primeira_volta(&[2, 3, 4, 5, 6, 7, 8, 9]);
        emissor.guardar(vec![10]);
        emissor.despertar(ms(60));
        assert_eq!(saem(&mut emissor, ms(60)), [1, 10]);
        // A repetição do 1 se perdeu; o 10, que saiu depois dela, chegou.
        emissor.recibo(ms(80), &recibo(1, 10, &[10]));
        let prazo = emissor.proximo_prazo().unwrap();
        assert!(prazo < ms(60) + ms(60), "{prazo:?}");
        emissor.despertar(prazo);
        assert_eq!(saem(&mut emissor, prazo), [1]);
        assert_eq!(emissor.medidas().prazos_vencidos, 0);
    }

    #[test]
    fn a_resposta_ao_envio_de_antes_nao_condena_ninguem() {
        let mut emissor = depois_da_primeira_volta(&[2]);
        emissor.despertar(ms(60));
        assert_eq!(saem(&mut emissor, ms(60)), [1]);
        // 1 ms depois de repetido, o 1 se confirma: era o primeiro envio, atrasado.
        // Nada se sabe dos que saíram entre os dois.
        emissor.recibo(ms(61), &recibo(3, 10, &[]));
        emissor.despertar(ms(100));
        assert_eq!(saem(&mut emissor, ms(100)), []);
        // Os recibos deles vêm logo atrás.
        emissor.recibo(ms(101), &recibo(10, 10, &[]));
        assert_eq!(emissor.proximo_prazo(), None);
    }

    #[test]
    fn a_resposta_que_so_pareceu_cedo_acaba_por_valer() {
        // A primeira ida e volta enfrentou uma fila: 20 ms. Agora são 5.
        let mut emissor = depois_da_primeira_volta(&[]);
        let prazo = emissor.proximo_prazo().unwrap();
        emissor.despertar(prazo);
        assert_eq!(saem(&mut emissor, prazo), [1]);
        emissor.recibo(prazo + ms(5), &recibo(2, 10, &[]));
        let ate = emissor.proximo_prazo().unwrap();
        assert!(ate < prazo + ms(5) + emissor.rto.prazo(), "{ate:?}");
        emissor.despertar(ate);
        // Nenhum dos outros respondeu: perderam-se com o 1.
        assert_eq!(saem(&mut emissor, ate), de(2..10));
        assert_eq!(emissor.medidas().prazos_vencidos, 1);
    }

    #[test]
    fn a_repeticao_nao_serve_de_medida() {
        let mut emissor = emissor(1, 2);
        assert_eq!(saem(&mut emissor, ms(0)), [0]);
        emissor.despertar(ms(1000));
        assert_eq!(saem(&mut emissor, ms(1000)), [0]);
        emissor.recibo(ms(1020), &recibo(1, 1, &[]));
        assert_eq!(emissor.ida_e_volta(), None);
        // Sem medida nova, o prazo dobrado continua (RFC 6298 §5).
        assert_eq!(saem(&mut emissor, ms(1020)), [1]);
        assert_eq!(emissor.proximo_prazo(), Some(ms(1020 + 2000)));
        emissor.recibo(ms(1040), &recibo(2, 1, &[]));
        assert_eq!(emissor.ida_e_volta(), Some(ms(20)));
    }

    #[test]
    fn a_medida_de_um_ping_dispensa_o_primeiro_prazo() {
        let mut emissor = emissor(1, 1);
        emissor.medir(ms(20));
        assert_eq!(saem(&mut emissor, ms(0)), [0]);
        assert_eq!(emissor.proximo_prazo(), Some(ms(60)));
    }

    #[test]
    fn no_silencio_sai_um_segmento_por_prazo_e_o_prazo_dobra() {
        let mut emissor = depois_da_primeira_volta(&[]);
        assert_eq!(saem(&mut emissor, ms(20)), []);
        let mut sondas = Vec::new();
        for _ in 0..7 {
            let prazo = emissor.proximo_prazo().unwrap();
            emissor.despertar(prazo);
            assert_eq!(saem(&mut emissor, prazo), [1]);
            sondas.push(prazo.as_millis());
        }
        assert_eq!(sondas, [80, 200, 440, 920, 1880, 3800, 6800]);
    }

    #[test]
    fn a_resposta_a_sonda_diz_o_que_mais_se_perdeu() {
        let mut emissor = depois_da_primeira_volta(&[]);
        emissor.despertar(ms(80));
        assert_eq!(saem(&mut emissor, ms(80)), [1]);
        assert_eq!(emissor.recibo(ms(100), &recibo(2, 10, &[])), 1);
        assert_eq!(saem(&mut emissor, ms(100)), de(2..10));
        emissor.recibo(ms(120), &recibo(10, 10, &[]));
        assert!(emissor.tudo_confirmado());
    }

    #[test]
    fn com_a_janela_fechada_sai_so_a_sonda_e_ela_nunca_para() {
        let mut emissor = emissor(8, 20);
        saem(&mut emissor, ms(0));
        emissor.recibo(ms(20), &recibo(8, 0, &[]));
        assert_eq!(saem(&mut emissor, ms(20)), []);
        let mut antes = ms(20);
        for _ in 0..50 {
            let prazo = emissor.proximo_prazo().unwrap();
            assert!(prazo > antes && prazo <= antes + ms(3000));
            emissor.despertar(prazo);
            assert_eq!(saem(&mut emissor, prazo), [8]);
            emissor.recibo(prazo + ms(20), &recibo(8, 0, &[]));
            antes = prazo;
        }
        emissor.recibo(antes + ms(40), &recibo(9, 4, &[]));
        assert_eq!(saem(&mut emissor, antes + ms(40)), [9, 10, 11, 12]);
    }

    #[test]
    fn a_janela_fechada_antes_do_primeiro_envio_tambem_e_sondada() {
        let mut emissor = emissor(8, 0);
        emissor.recibo(ms(0), &recibo(0, 0, &[]));
        emissor.guardar(vec![0]);
        assert_eq!(saem(&mut emissor, ms(0)), []);
        let prazo = emissor.proximo_prazo().unwrap();
        emissor.despertar(prazo);
        assert_eq!(saem(&mut emissor, prazo), [0]);
    }

    #[test]
    fn o_que_o_receptor_guarda_sem_entregar_so_se_repete_como_sonda() {
        let mut emissor = emissor(4, 4);
        saem(&mut emissor, ms(0));
        emissor.recibo(ms(20), &recibo(0, 4, &[1, 2, 3]));
        // O recibo que diria que 0 e 1 foram entregues se perdeu; chega o seguinte.
        emissor.recibo(ms(30), &recibo(1, 4, &[2, 3]));
        let prazo = emissor.proximo_prazo().unwrap();
        emissor.despertar(prazo);
        assert_eq!(saem(&mut emissor, prazo), [1]);
        assert_eq!(emissor.recibo(prazo, &recibo(4, 4, &[])), 3);
        assert!(emissor.tudo_confirmado());
    }

    #[test]
    fn a_sonda_do_que_ja_chegou_nao_se_da_por_perdida() {
        let mut emissor = emissor(4, 4);
        saem(&mut emissor, ms(0));
        emissor.recibo(ms(20), &recibo(0, 4, &[1, 2, 3]));
        emissor.recibo(ms(30), &recibo(1, 4, &[2, 3]));
        let prazo = emissor.proximo_prazo().unwrap();
        emissor.despertar(prazo);
        emissor.guardar(vec![4]);
        assert_eq!(saem(&mut emissor, prazo), [1, 4]);
        emissor.recibo(prazo + ms(20), &recibo(1, 4, &[2, 3, 4]));
        let depois = prazo + ms(70);
        emissor.despertar(depois);
        assert_eq!(saem(&mut emissor, depois), []);
    }

    #[test]
    fn um_recibo_que_chega_na_hora_dispensa_a_sonda() {
        let mut emissor = depois_da_primeira_volta(&[]);
        emissor.despertar(ms(80));
        emissor.recibo(ms(80), &recibo(2, 10, &[]));
        assert_eq!(saem(&mut emissor, ms(80)), []);
    }

    #[test]
    fn um_recibo_do_que_nunca_se_mandou_nao_muda_nada() {
        let mut emissor = emissor(4, 8);
        assert_eq!(saem(&mut emissor, ms(0)), [0, 1, 2, 3]);
        for proximo in [5, 8, 9, 1 << 40, u64::MAX] {
            assert_eq!(emissor.recibo(ms(1), &recibo(proximo, 9, &[])), 0);
        }
        assert_eq!(emissor.medidas().recibos_recusados, 5);
        // Um mapa que inventa: nada além do que se mandou se marca.
        let mapa = vec![0xff; 1 << 16];
        emissor.recibo(
            ms(1),
            &Recibo {
                proximo: 0,
                janela: u16::MAX,
                mapa,
            },
        );
        assert_eq!(emissor.confirmados(), 0);
        assert_eq!(emissor.recibo(ms(20), &recibo(4, u16::MAX, &[])), 4);
        assert_eq!(saem(&mut emissor, ms(20)), [4, 5, 6, 7]);
    }

    #[test]
    fn um_recibo_velho_nao_fecha_a_janela_nem_desconfirma() {
        let mut emissor = emissor(4, 12);
        saem(&mut emissor, ms(0));
        emissor.recibo(ms(20), &recibo(4, 4, &[]));
        assert_eq!(emissor.recibo(ms(21), &recibo(2, 0, &[])), 0);
        assert_eq!(emissor.confirmados(), 4);
        assert_eq!(saem(&mut emissor, ms(21)), [4, 5, 6, 7]);
    }

    #[test]
    fn a_janela_que_encolhe_e_respeitada() {
        let mut emissor = emissor(8, 20);
        saem(&mut emissor, ms(0));
        emissor.recibo(ms(20), &recibo(0, 2, &[7]));
        emissor.despertar(ms(60));
        assert_eq!(saem(&mut emissor, ms(60)), [0, 1]);
    }

    #[test]
    fn ninguem_guarda_mais_do_que_cabe() {
        let mut emissor = Emissor::novo(Configuracao {
            guardados: 3,
            janela: MAIOR_JANELA,
            ..Configuracao::default()
        });
        assert_eq!(emissor.janela_livre(), 10);
        for numero in 0..3 {
            assert!(emissor.cabe());
            assert_eq!(emissor.guardar(Vec::new()), numero);
        }
        assert!(!emissor.cabe());
        assert_eq!(emissor.janela_livre(), 7);
        saem(&mut emissor, ms(0));
        assert_eq!(emissor.recibo(ms(1), &recibo(1, 3, &[])), 1);
        assert!(emissor.cabe());
        assert_eq!(emissor.janela_livre(), 1);
        assert_eq!(emissor.guardar(Vec::new()), 3);
    }

    #[test]
    #[should_panic(expected = "a carga passa do limite")]
    fn uma_carga_grande_demais_e_erro_de_quem_chama() {
        emissor(1, 0).guardar(vec![0; 1181]);
    }

    #[test]
    fn quem_volta_e_sondado_ja_e_sem_o_recuo_da_ausencia() {
        let mut emissor = depois_da_primeira_volta(&[]);
        for _ in 0..10 {
            let prazo = emissor.proximo_prazo().unwrap();
            emissor.despertar(prazo);
            saem(&mut emissor, prazo);
        }
        emissor.retomar(ms(60_000));
        assert_eq!(saem(&mut emissor, ms(60_000)), [1]);
        assert_eq!(emissor.proximo_prazo(), Some(ms(60_060)));
    }

    #[test]
    fn nem_o_relogio_no_fim_dos_tempos_derruba_a_maquina() {
        let mut emissor = emissor(4, 4);
        saem(&mut emissor, Duration::MAX);
        emissor.despertar(Duration::MAX);
        assert_eq!(saem(&mut emissor, Duration::ZERO), [0]);
        emissor.recibo(Duration::ZERO, &recibo(1, 4, &[3]));
        emissor.recibo(Duration::MAX, &recibo(2, 4, &[]));
        emissor.despertar(Duration::MAX);
    }
}
