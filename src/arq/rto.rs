//! Quanto esperar antes de repetir: o estimador da RFC 6298, que o TCP usa.

use std::time::Duration;

use super::Configuracao;

/// O prazo de quem ainda não mediu nada (RFC 6298, 2.1).
const SEM_MEDIDA: Duration = Duration::from_secs(1);

/// O grão do relógio de quem usa a máquina (o G da RFC 6298).
const GRAO: Duration = Duration::from_millis(1);

/// A ida e volta, o quanto ela varia, e o prazo que sai daí.
#[derive(Debug)]
pub(super) struct Rto {
    /// A ida e volta alisada (o SRTT da RFC).
    media: Option<Duration>,
    /// O desvio médio dela (o RTTVAR).
    desvio: Duration,
    /// A menor já medida.
    menor: Option<Duration>,
    /// Quantas vezes seguidas o prazo dobrou.
    recuo: u32,
    menor_prazo: Duration,
    maior_prazo: Duration,
}

impl Rto {
    pub(super) fn novo(configuracao: &Configuracao) -> Self {
        Self {
            media: None,
            desvio: Duration::ZERO,
            menor: None,
            recuo: 0,
            menor_prazo: configuracao.menor_prazo,
            maior_prazo: configuracao.maior_prazo,
        }
    }

    // ANCHOR: medir
    /// Uma ida e volta medida em um segmento mandado uma vez só: do que foi mandado
    /// duas vezes não se sabe qual das duas teve resposta (é a regra de Karn; RFC
    /// 6298, seção 3). Só uma medida nova desfaz o recuo.
    pub(super) fn medir(&mut self, ida_e_volta: Duration) {
        let (media, desvio) = match self.media {
            None => (ida_e_volta, ida_e_volta / 2),
            Some(media) => (
                (media * 7 + ida_e_volta) / 8,
                (self.desvio * 3 + media.abs_diff(ida_e_volta)) / 4,
            ),
        };
        self.media = Some(media);
        self.desvio = desvio;
        self.recuo = 0;
        self.encurtar(ida_e_volta);
    }
    // ANCHOR_END: medir

    /// Uma ida e volta que não chega a medida, por haver outra mais nova, mas que pode
    /// ser a menor de todas.
    pub(super) fn encurtar(&mut self, ida_e_volta: Duration) {
        let menor = self.menor.unwrap_or(ida_e_volta);
        self.menor = Some(menor.min(ida_e_volta));
    }

    // ANCHOR: prazo
    /// Quanto demora, no pior caso razoável, a resposta a um segmento que chegou.
    pub(super) fn tolerancia(&self) -> Duration {
        self.media.map_or(SEM_MEDIDA, |media| {
            media + (self.desvio * 4).max(media / 8).max(GRAO)
        })
    }

    /// Quanto esperar, sem resposta nenhuma, antes de repetir.
    pub(super) fn prazo(&self) -> Duration {
        self.tolerancia()
            .max(self.menor_prazo)
            .saturating_mul(2_u32.saturating_pow(self.recuo))
            .min(self.maior_prazo)
    }

    /// O prazo venceu: o próximo é o dobro (RFC 6298, 5.5).
    pub(super) fn recuar(&mut self) {
        self.recuo = self.recuo.saturating_add(1);
    }
    // ANCHOR_END: prazo

    /// O outro lado voltou: o recuo era da ausência dele.
    pub(super) fn esquecer_recuo(&mut self) {
        self.recuo = 0;
    }

    /// A ida e volta alisada, se já se mediu alguma.
    pub(super) fn media(&self) -> Option<Duration> {
        self.media
    }

    /// A menor ida e volta medida.
    pub(super) fn menor(&self) -> Option<Duration> {
        self.menor
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn ms(quantos: u64) -> Duration {
        Duration::from_millis(quantos)
    }

    fn rto() -> Rto {
        Rto::novo(&Configuracao::default())
    }

    #[test]
    fn sem_medida_o_prazo_e_de_um_segundo() {
        assert_eq!(rto().prazo(), ms(1000));
    }

    #[test]
    fn as_contas_sao_as_da_rfc_6298() {
        let mut rto = rto();
        rto.medir(ms(100));
        assert_eq!((rto.media(), rto.desvio), (Some(ms(100)), ms(50)));
        assert_eq!(rto.prazo(), ms(300));
        rto.medir(ms(180));
        assert_eq!(rto.media(), Some(ms(110)));
        assert_eq!(rto.desvio, Duration::from_micros(57_500));
        assert_eq!(rto.prazo(), ms(340));
        assert_eq!(rto.menor(), Some(ms(100)));
    }

    #[test]
    fn o_prazo_fica_entre_os_limites_e_a_tolerancia_nao_tem_o_de_baixo() {
        for (estavel, tolerancia) in [(1, 2), (40, 45)] {
            let mut rto = rto();
            for _ in 0..200 {
                rto.medir(ms(estavel));
            }
            assert_eq!(rto.tolerancia().as_millis(), tolerancia);
            assert_eq!(rto.prazo(), ms(50));
            rto.medir(Duration::from_secs(3600));
            assert_eq!(rto.prazo(), ms(3000));
        }
    }

    #[test]
    fn o_recuo_dobra_ate_o_maximo_e_so_uma_medida_o_desfaz() {
        let mut rto = rto();
        rto.medir(ms(20));
        let mut prazos = Vec::new();
        for _ in 0..7 {
            prazos.push(rto.prazo());
            rto.recuar();
        }
        assert_eq!(prazos, [60, 120, 240, 480, 960, 1920, 3000].map(ms));
        for _ in 0..100 {
            rto.recuar();
        }
        assert_eq!(rto.prazo(), ms(3000));
        rto.medir(ms(20));
        assert_eq!(rto.prazo(), ms(50));
    }
}
