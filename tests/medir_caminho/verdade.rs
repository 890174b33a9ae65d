//! O que o caminho promete, escrito outra vez e de outro jeito: sem filas, com a
//! história inteira à mão.

use std::time::Duration;

use medir::caminho::Regras;
use medir::caminho::modelo::{Instante, PRAZO_DO_ATRASADO};
use proptest::prelude::*;
use sockets::medir::contagem::Contagem;
use sockets::sorteio::Sorteio;

use super::conduzir::{Pacote, Pressa, Saida, pacotes, passar, regras};

/// Um pacote que acabou de sair da fila, e o que lhe coube.
struct NoMeio {
    numero: u64,
    quando: Instante,
    vezes: u64,
    fica_para_tras: bool,
    /// Quando sairia, sozinho no caminho.
    sai: Instante,
}

/// Quem passa pela fila e não some, e quantos não couberam.
fn os_que_passam(regras: &Regras, semente: u64, pacotes: &[Pacote]) -> (Vec<NoMeio>, u64) {
    let mut sorteio = Sorteio::novo(semente);
    let mut fila = Fila::default();
    let (mut passam, mut sem_lugar) = (Vec::new(), 0);
    let mut agora = Instante::ZERO;
    for (numero, pacote) in (0..).zip(pacotes) {
        agora += pacote.depois;
        let [some, repete, atrasa, variacao] = [(); 4].map(|()| sorteio.fracao());
        let quando = regras.taxa.map_or(Some(agora), |taxa| {
            fila.passar(agora, pacote.bytes, taxa, regras.fila)
        });
        let Some(quando) = quando else {
            sem_lugar += 1;
            continue;
        };
        if some >= regras.perda {
            passam.push(NoMeio {
                numero,
                quando,
                vezes: if repete < regras.duplicacao { 2 } else { 1 },
                fica_para_tras: atrasa < regras.reordenacao,
                sai: quando + regras.atraso + regras.variacao.mul_f64(variacao),
            });
        }
    }
    (passam, sem_lugar)
}

/// A história de um trecho: quando começou e acabou cada transmissão.
#[derive(Default)]
struct Fila {
    transmissoes: Vec<(Instante, Instante, usize)>,
    /// Quando começou o trabalho sem pausa de agora, e quantos bits ele já tem.
    trabalho: (Instante, u128),
}

impl Fila {
    fn passar(
        &mut self,
        agora: Instante,
        bytes: usize,
        taxa: u64,
        cabem: usize,
    ) -> Option<Instante> {
        let livre = self.transmissoes.last().map_or(Instante::ZERO, |t| t.1);
        let esperam: usize = self
            .transmissoes
            .iter()
            .filter(|t| t.0 > agora)
            .map(|t| t.2)
            .sum();
        if livre > agora && esperam + bytes > cabem {
            return None;
        }
        if livre < agora {
            self.trabalho = (agora, 0);
        }
        self.trabalho.1 += 8 * bytes as u128;
        let nanos = self.trabalho.1 * 1_000_000_000 / u128::from(taxa);
        let acaba = self.trabalho.0 + Duration::from_nanos(nanos.try_into().unwrap());
        self.transmissoes.push((livre.max(agora), acaba, bytes));
        Some(acaba)
    }
}

/// O que sai, na ordem, e quantos foram ultrapassados. Quem fica para trás sai logo
/// depois do primeiro que não fica, se este chega ao meio antes do prazo; se não, no fim
/// do prazo.
fn o_que_sai(passam: &[NoMeio]) -> (Vec<Saida>, u64) {
    let mut ordem: Vec<(usize, bool, Instante)> = Vec::new();
    for (n, pacote) in passam.iter().enumerate() {
        let desiste = pacote.quando + PRAZO_DO_ATRASADO;
        let ultrapassa = (n + 1..passam.len())
            .find(|&m| !passam[m].fica_para_tras)
            .filter(|&m| passam[m].quando < desiste);
        ordem.push(match (pacote.fica_para_tras, ultrapassa) {
            (false, _) => (n, false, pacote.sai),
            (true, Some(m)) => (m, true, pacote.sai),
            (true, None) => (n, false, pacote.sai.max(desiste)),
        });
    }
    let mut fila: Vec<usize> = (0..passam.len()).collect();
    fila.sort_by_key(|&n| (ordem[n].0, ordem[n].1, n));
    let mut ultima = Instante::ZERO;
    let saidas = fila.iter().map(|&n| {
        ultima = ultima.max(ordem[n].2);
        Saida {
            numero: passam[n].numero,
            quando: ultima,
            vezes: passam[n].vezes,
        }
    });
    let saidas = saidas.collect();
    let ultrapassados = ordem.iter().filter(|este| este.1).count();
    (saidas, ultrapassados as u64)
}

proptest! {
    #[test]
    fn sai_o_que_se_promete_na_hora_prometida(
        regras in regras(),
        semente in any::<u64>(),
        pacotes in pacotes(),
    ) {
        let (passam, sem_lugar) = os_que_passam(&regras, semente, &pacotes);
        let (esperadas, ultrapassados) = o_que_sai(&passam);
        let (saidas, contas) = passar(&regras, semente, &pacotes, Pressa::Exata);
        prop_assert_eq!(saidas, esperadas);
        prop_assert_eq!(contas.entraram, pacotes.len() as u64);
        prop_assert_eq!(contas.sem_lugar, sem_lugar);
        prop_assert_eq!(contas.reordenados, ultrapassados);
        prop_assert_eq!(contas.falhas + contas.grandes, 0);
    }

    /// Quem pergunta tarde recebe tarde, mas o mesmo, na mesma ordem.
    #[test]
    fn a_pressa_de_quem_pergunta_nao_muda_nada(
        regras in regras(),
        semente in any::<u64>(),
        pacotes in pacotes(),
    ) {
        let sem_hora = |pressa| {
            let (saidas, contas) = passar(&regras, semente, &pacotes, pressa);
            let saidas = saidas.into_iter().map(|saida| (saida.numero, saida.vezes));
            (saidas.collect::<Vec<_>>(), contas)
        };
        prop_assert_eq!(
            sem_hora(Pressa::Exata),
            sem_hora(Pressa::SoQuandoEntraOutro)
        );
    }

    /// O que o caminho diz que fez é o que conta quem recebe.
    #[test]
    fn o_receptor_conta_o_mesmo_que_o_caminho(
        regras in regras(),
        semente in any::<u64>(),
        pacotes in pacotes(),
    ) {
        let (saidas, contas) = passar(&regras, semente, &pacotes, Pressa::Exata);
        let mut contagem = Contagem::nova(pacotes.len() as u64).unwrap();
        for saida in saidas {
            for _ in 0..saida.vezes {
                contagem.chegou(saida.numero, 0);
            }
        }
        prop_assert_eq!(contagem.perdidos(), contas.derrubados + contas.sem_lugar);
        prop_assert_eq!(contagem.repetidos(), contas.duplicados);
        prop_assert_eq!(contagem.ultrapassados(), contas.reordenados);
    }
}
