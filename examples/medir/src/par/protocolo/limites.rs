//! O que se pode pedir. O servidor recusa o que passa disto, e o cliente nem pede.

use std::time::Duration;

use super::{Pedido, Serie, Tempos};

/// A menor mensagem de uma série, em bytes: a sonda e a sessão.
pub const MENOR_TAMANHO: u32 = 32;

/// A maior, em bytes: o que cabe em um quadro de um cabo comum (MTU de 1500 bytes) sem
/// ser dividido.
pub const MAIOR_TAMANHO: u32 = 1472;

/// Quantas mensagens tem uma série, no máximo. Quem recebe guarda um bit de cada uma.
pub const MAIS_MENSAGENS: u32 = 1_000_000;

/// Quantas por segundo, no máximo.
pub const MAIOR_RITMO: u32 = 250_000;

/// Quanto dura uma medida, no máximo, sem o que se espera depois dela.
pub const MAIOR_DURACAO: Duration = Duration::from_secs(10);

/// Quanto se espera depois, no máximo.
pub const MAIOR_ESCOAMENTO: Duration = Duration::from_secs(10);

/// Quantos bytes por segundo se mandam em datagramas, no máximo: 1 Gb/s.
pub const MAIS_BYTES_POR_SEGUNDO: u64 = 125_000_000;

/// Quantos bytes tem uma série, no máximo.
pub const MAIS_BYTES: u64 = 256 << 20;

/// Quantos bytes leva um fluxo, no máximo: chegar aqui também o acaba.
pub const MAIS_BYTES_DO_FLUXO: u64 = 16 << 30;

/// Quantas medidas tem uma sessão, no máximo.
pub const MAIS_MEDIDAS: u32 = 1000;

/// Quanto dura uma sessão, no máximo.
pub const MAIOR_SESSAO: Duration = Duration::from_secs(15 * 60);

impl Pedido {
    /// Se o servidor o aceita.
    ///
    /// # Errors
    /// O que passa dos limites, em uma frase.
    pub fn conferir(&self) -> Result<(), &'static str> {
        match self {
            Self::Eco { serie, .. } | Self::Datagramas { serie, .. } => {
                serie.conferir()
            }
            Self::Fluxo { tempos, .. } => tempos.conferir(),
        }
    }
}

impl Serie {
    /// Quanto ela dura, do primeiro envio ao último.
    #[must_use]
    pub fn duracao(&self) -> Duration {
        let segundos = f64::from(self.quantos) / f64::from(self.ritmo.max(1));
        Duration::from_secs_f64(segundos)
    }

    /// Quanto se espera pelas últimas.
    #[must_use]
    pub fn escoamento(&self) -> Duration {
        Duration::from_millis(self.escoar_ms.into())
    }

    fn conferir(&self) -> Result<(), &'static str> {
        let (quantos, tamanho, ritmo) =
            (self.quantos, self.tamanho, self.ritmo);
        let por_segundo = u64::from(ritmo) * u64::from(tamanho);
        let bytes = u64::from(quantos) * u64::from(tamanho);
        for (cabe, frase) in [
            (
                (1..=MAIS_MENSAGENS).contains(&quantos),
                "uma série tem de 1 a 1.000.000 de mensagens",
            ),
            (
                (MENOR_TAMANHO..=MAIOR_TAMANHO).contains(&tamanho),
                "uma mensagem tem de 32 a 1472 bytes",
            ),
            (
                (1..=MAIOR_RITMO).contains(&ritmo),
                "o ritmo vai de 1 a 250.000 por segundo",
            ),
            (
                self.duracao() <= MAIOR_DURACAO,
                "uma série dura no máximo 10 segundos",
            ),
            (
                por_segundo <= MAIS_BYTES_POR_SEGUNDO,
                "uma série leva no máximo 1 Gb/s",
            ),
            (bytes <= MAIS_BYTES, "uma série tem no máximo 256 MiB"),
            (
                self.escoamento() <= MAIOR_ESCOAMENTO,
                "espera-se no máximo 10 segundos depois da última",
            ),
        ] {
            if !cabe {
                return Err(frase);
            }
        }
        Ok(())
    }
}

impl Tempos {
    /// Por quanto tempo se manda.
    #[must_use]
    pub fn duracao(self) -> Duration {
        Duration::from_millis(self.duracao_ms.into())
    }

    /// Quanto do começo não conta.
    #[must_use]
    pub fn aquecimento(self) -> Duration {
        Duration::from_millis(self.aquecimento_ms.into())
    }

    fn conferir(self) -> Result<(), &'static str> {
        if self.duracao() > MAIOR_DURACAO {
            return Err("um fluxo dura no máximo 10 segundos");
        }
        if self.aquecimento_ms >= self.duracao_ms {
            return Err("o aquecimento acaba antes do fluxo");
        }
        Ok(())
    }
}

#[cfg(test)]
mod testes {
    use super::super::{Protocolo, Sentido};
    use super::*;

    const SERIE: Serie = Serie {
        quantos: 1000,
        tamanho: 200,
        ritmo: 1250,
        escoar_ms: 500,
    };

    fn recusa(mudar: impl FnOnce(&mut Serie)) -> &'static str {
        let mut serie = SERIE;
        mudar(&mut serie);
        let sentido = Sentido::Volta;
        let volta = Pedido::Datagramas { sentido, serie }.conferir();
        let protocolo = Protocolo::Udp;
        assert_eq!(volta, Pedido::Eco { protocolo, serie }.conferir());
        volta.unwrap_err()
    }

    #[test]
    fn cada_limite_e_conferido() {
        assert_eq!(SERIE.conferir(), Ok(()));
        for quantos in [0, MAIS_MENSAGENS + 1, u32::MAX] {
            assert!(recusa(|s| s.quantos = quantos).contains("1.000.000"));
        }
        for tamanho in [0, 31, 1473, u32::MAX] {
            assert!(recusa(|s| s.tamanho = tamanho).contains("1472"));
        }
        for ritmo in [0, MAIOR_RITMO + 1, u32::MAX] {
            assert!(recusa(|s| s.ritmo = ritmo).contains("250.000"));
        }
        assert!(recusa(|s| s.ritmo = 99).contains("10 segundos"));
        assert!(recusa(|s| s.escoar_ms = 10_001).contains("depois da"));
        let depressa = recusa(|s| {
            s.tamanho = 1472;
            s.ritmo = 100_000;
        });
        assert!(depressa.contains("1 Gb/s"));
        let demais = recusa(|s| {
            s.quantos = 200_000;
            s.tamanho = 1472;
            s.ritmo = 80_000;
        });
        assert!(demais.contains("256 MiB"));
    }

    #[test]
    fn os_tempos_de_um_fluxo_tem_limites() {
        let conferir = |duracao_ms, aquecimento_ms| {
            let tempos = Tempos {
                duracao_ms,
                aquecimento_ms,
            };
            let sentido = Sentido::Ida;
            Pedido::Fluxo { sentido, tempos }.conferir()
        };
        assert_eq!(conferir(1200, 400), Ok(()));
        assert_eq!(conferir(10_000, 0), Ok(()));
        for (duracao, aquecimento) in
            [(10_001, 0), (u32::MAX, 0), (0, 0), (5, 5), (5, 9)]
        {
            assert!(conferir(duracao, aquecimento).is_err());
        }
    }
}
