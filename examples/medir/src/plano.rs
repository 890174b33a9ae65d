//! O plano: que passos, de que experimentos, em que ordem.

use std::collections::BTreeSet;
use std::time::Duration;

use sockets::sorteio::Sorteio;

use crate::experimentos::{Experimento, TODOS};
use crate::opcoes::escolhas::Escolhas;
use crate::resultados::Passo;

/// Os dois tamanhos em que tudo se mede.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tamanho {
    /// O que cabe em dois minutos.
    Rapido,
    /// O que o livro cita: cabe em 35 minutos.
    Completo,
}

impl Tamanho {
    /// O subcomando.
    #[must_use]
    pub fn nome(self) -> &'static str {
        match self {
            Self::Rapido => "rapido",
            Self::Completo => "completo",
        }
    }

    /// O que vale neste tamanho.
    pub fn escolher<T>(self, rapido: fn() -> T, completo: fn() -> T) -> T {
        match self {
            Self::Rapido => rapido(),
            Self::Completo => completo(),
        }
    }
}

/// O que se vai medir.
pub struct Plano {
    /// O pedido, como se escreve na linha de comando, com só o que muda o que se mede.
    pub comando: String,
    /// A semente de que saem todas.
    pub semente: u64,
    /// Os experimentos, na ordem.
    pub partes: Vec<Parte>,
}

/// Os passos de um experimento.
pub struct Parte {
    /// O nome do experimento.
    pub experimento: &'static str,
    /// Os passos, na ordem.
    pub passos: Vec<Passo>,
}

impl Parte {
    /// Os passos de `experimento` neste tamanho, com o que se escolheu.
    #[must_use]
    pub fn nova(
        experimento: &Experimento,
        tamanho: Tamanho,
        escolhas: &Escolhas<'_>,
    ) -> Self {
        Self {
            experimento: experimento.nome,
            passos: (experimento.passos)(tamanho, escolhas),
        }
    }
}

impl Plano {
    /// Todos os experimentos, neste tamanho.
    #[must_use]
    pub fn inteiro(tamanho: Tamanho, comando: String, semente: u64) -> Self {
        let escolhas = Escolhas::nenhuma();
        let partes = TODOS.iter();
        let partes = partes.map(|e| Parte::nova(e, tamanho, &escolhas));
        let partes = partes.collect();
        Self {
            comando,
            semente,
            partes,
        }
    }

    /// Quantos passos há.
    #[must_use]
    pub fn passos(&self) -> usize {
        self.partes.iter().map(|parte| parte.passos.len()).sum()
    }

    /// Quantos passos faltam a quem já fez os `feitos`, e quanto devem demorar.
    #[must_use]
    pub fn falta(&self, feitos: &BTreeSet<String>) -> (usize, Duration) {
        let passos = self.partes.iter().flat_map(|parte| &parte.passos);
        let faltam: Vec<Duration> = passos
            .filter(|passo| !feitos.contains(&passo.chave))
            .map(|passo| passo.estimativa)
            .collect();
        (faltam.len(), faltam.iter().sum())
    }

    /// Um número que muda quando muda um passo: a chave, a estimativa ou a ordem.
    #[must_use]
    pub fn impressao(&self) -> String {
        let mut impressao = Fnv::default();
        for passo in self.partes.iter().flat_map(|parte| &parte.passos) {
            impressao.por(passo.chave.as_bytes());
            impressao.por(&passo.estimativa.as_micros().to_be_bytes());
        }
        format!("{:016x}", impressao.0)
    }
}

/// A semente de um passo: sai da semente da execução e da chave dele, e por isso não
/// depende de que passos vieram antes.
#[must_use]
pub fn semente_do_passo(semente: u64, chave: &str) -> u64 {
    let mut da_chave = Fnv::default();
    da_chave.por(chave.as_bytes());
    Sorteio::novo(semente ^ da_chave.0).numero()
}

/// O resumo FNV-1a de 64 bits (RFC 9923), que não muda de uma versão do Rust para outra.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn por(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 ^= u64::from(*byte);
            self.0 = self.0.wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const TAMANHOS: [(Tamanho, u64); 2] =
        [(Tamanho::Rapido, 2 * 60), (Tamanho::Completo, 35 * 60)];

    fn plano(tamanho: Tamanho) -> Plano {
        Plano::inteiro(tamanho, tamanho.nome().into(), 1)
    }

    #[test]
    fn o_plano_cabe_no_tempo_que_se_promete() {
        for (tamanho, segundos) in TAMANHOS {
            let plano = plano(tamanho);
            let relato: Vec<String> = plano
                .partes
                .iter()
                .map(|parte| {
                    let passos = &parte.passos;
                    let soma: Duration =
                        passos.iter().map(|p| p.estimativa).sum();
                    let nome = parte.experimento;
                    format!("{nome}: {} passos, {soma:?}", passos.len())
                })
                .collect();
            let (_, estimativa) = plano.falta(&BTreeSet::new());
            assert!(
                estimativa <= Duration::from_secs(segundos),
                "{} demora {estimativa:?}: {relato:#?}",
                tamanho.nome()
            );
        }
    }

    #[test]
    fn cada_passo_tem_uma_chave_so_dele_que_diz_de_quem_e() {
        for (tamanho, _) in TAMANHOS {
            let mut vistas = BTreeSet::new();
            for parte in plano(tamanho).partes {
                assert!(!parte.passos.is_empty(), "{}", parte.experimento);
                for passo in parte.passos {
                    let chave = passo.chave;
                    assert!(
                        chave.starts_with(&format!("{} ", parte.experimento)),
                        "{chave}"
                    );
                    assert!(passo.estimativa > Duration::ZERO, "{chave}");
                    assert!(vistas.insert(chave.clone()), "{chave}");
                }
            }
        }
    }

    #[test]
    fn o_mesmo_plano_tem_a_mesma_impressao() {
        let rapido = plano(Tamanho::Rapido).impressao();
        assert_eq!(rapido, plano(Tamanho::Rapido).impressao());
        assert_ne!(rapido, plano(Tamanho::Completo).impressao());
    }

    /// O valor publicado para «foobar» no apêndice da RFC 9923.
    #[test]
    fn o_resumo_e_o_publicado() {
        let mut resumo = Fnv::default();
        assert_eq!(resumo.0, 0xcbf2_9ce4_8422_2325);
        resumo.por(b"foobar");
        assert_eq!(resumo.0, 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_semente_de_um_passo_depende_da_execucao_e_da_chave() {
        let semente = semente_do_passo(1, "perda p=5 rodada=1");
        assert_eq!(semente, semente_do_passo(1, "perda p=5 rodada=1"));
        assert_ne!(semente, semente_do_passo(2, "perda p=5 rodada=1"));
        assert_ne!(semente, semente_do_passo(1, "perda p=5 rodada=2"));
    }
}
