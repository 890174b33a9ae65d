//! Leva pacotes por um sentido do caminho, em tempo virtual, conferindo as contas a
//! cada passo.

use std::time::Duration;

use medir::caminho::modelo::{Entrada, Instante, Sentido};
use medir::caminho::{ContasDoSentido, Regras};
use proptest::collection::vec;
use proptest::prelude::*;

/// Um pacote a mandar.
#[derive(Debug, Clone, Copy)]
pub struct Pacote {
    /// Quanto depois do anterior.
    pub depois: Duration,
    pub bytes: usize,
}

/// Um pacote que saiu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saida {
    pub numero: u64,
    pub quando: Instante,
    pub vezes: u64,
}

impl Saida {
    /// Quanto demorou quem entrou em `entrada`.
    pub fn demora(self, entrada: Instante) -> Duration {
        self.quando
            .checked_sub(entrada)
            .expect("ninguém sai antes de entrar")
    }
}

/// Quando se pergunta ao caminho o que já devia ter saído.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressa {
    /// Na hora de cada saída.
    Exata,
    /// Só quando outro pacote entra, e no fim.
    SoQuandoEntraOutro,
}

/// Tudo que saiu de um caminho em que entraram `pacotes`, e as contas no fim.
pub fn passar(
    regras: &Regras,
    semente: u64,
    pacotes: &[Pacote],
    pressa: Pressa,
) -> (Vec<Saida>, ContasDoSentido) {
    let mut conducao = Conducao {
        sentido: Sentido::novo(regras.clone(), semente),
        saidas: Vec::new(),
        sairam: 0,
    };
    let mut agora = Instante::ZERO;
    for (numero, pacote) in (0..).zip(pacotes) {
        agora += pacote.depois;
        match pressa {
            Pressa::Exata => conducao.ate(agora),
            Pressa::SoQuandoEntraOutro => conducao.em(agora),
        }
        conducao.entra(agora, numero, pacote.bytes);
    }
    conducao.ate(Instante::MAX);
    assert_eq!(conducao.sentido.no_ar(), 0);
    assert_eq!(conducao.sentido.esvazia(), None);
    (conducao.saidas, conducao.sentido.contas())
}

struct Conducao {
    sentido: Sentido<u64>,
    saidas: Vec<Saida>,
    /// Quantas vezes saíram, somadas.
    sairam: u64,
}

impl Conducao {
    fn entra(&mut self, agora: Instante, numero: u64, bytes: usize) {
        let mut guardou = false;
        let entrada = self.sentido.entra(agora, bytes, || {
            guardou = true;
            numero
        });
        assert_eq!(guardou, entrada == Entrada::Espera);
        if let Entrada::Sai(vezes) = entrada {
            self.anotar(numero, agora, vezes);
        }
        self.conferir();
    }

    /// Tira, na hora de cada um, tudo que sai até `agora`.
    fn ate(&mut self, agora: Instante) {
        while let Some(proximo) = self.sentido.proximo()
            && proximo <= agora
        {
            if let Some(antes) = proximo.checked_sub(Duration::from_nanos(1)) {
                assert_eq!(self.sentido.sai(antes), None, "saiu antes da hora");
            }
            self.em(proximo);
        }
    }

    /// Tira tudo que em `agora` já devia ter saído.
    fn em(&mut self, agora: Instante) {
        while let Some((numero, vezes)) = self.sentido.sai(agora) {
            self.anotar(numero, agora, vezes);
            self.conferir();
        }
        assert!(self.sentido.proximo().is_none_or(|proximo| proximo > agora));
    }

    fn anotar(&mut self, numero: u64, quando: Instante, vezes: u64) {
        self.sairam += vezes;
        self.saidas.push(Saida {
            numero,
            quando,
            vezes,
        });
    }

    /// A conta fecha, e a saída das contas é a que se viu.
    fn conferir(&self) {
        let contas = self.sentido.contas();
        let no_ar = self.sentido.no_ar() as u64;
        assert_eq!(
            contas.entraram,
            contas.derrubados
                + contas.sem_lugar
                + contas.falhas
                + (contas.sairam - contas.duplicados)
                + no_ar,
            "{contas:?}"
        );
        assert_eq!(contas.sairam, self.sairam);
        assert_eq!(contas.duplicados, self.sairam - self.saidas.len() as u64);
        assert_eq!(self.sentido.proximo().is_some(), no_ar > 0);
        assert!(self.sentido.esvazia() >= self.sentido.proximo());
    }
}

/// Regras quaisquer, com os extremos no meio.
pub fn regras() -> impl Strategy<Value = Regras> {
    let probabilidade = || prop_oneof![Just(0.0), Just(1.0), 0.0..0.1, 0.0..1.0];
    let duracao = || prop_oneof![Just(0), 1..40_000_000_u64].prop_map(Duration::from_nanos);
    let taxa = prop_oneof![Just(None), (5_000..200_000_000_u64).prop_map(Some)];
    let sorteadas = (probabilidade(), probabilidade(), probabilidade());
    let tempos = (duracao(), duracao());
    (sorteadas, tempos, taxa, 0..30_000_usize).prop_map(
        |((perda, duplicacao, reordenacao), (atraso, variacao), taxa, fila)| Regras {
            perda,
            duplicacao,
            reordenacao,
            atraso,
            variacao,
            taxa,
            fila,
        },
    )
}

/// Pacotes quaisquer, em rajadas e com pausas.
pub fn pacotes() -> impl Strategy<Value = Vec<Pacote>> {
    let depois = prop_oneof![
        5 => Just(0),
        5 => 1..3_000_000_u64,
        1 => 1..120_000_000_u64,
    ];
    let pacote = (depois, 20..1515_usize).prop_map(|(depois, bytes)| Pacote {
        depois: Duration::from_nanos(depois),
        bytes,
    });
    vec(pacote, 0..200)
}

/// `quantos` pacotes de `bytes`, um a cada `intervalo`.
pub fn iguais(quantos: usize, intervalo: Duration, bytes: usize) -> Vec<Pacote> {
    let depois = intervalo;
    vec![Pacote { depois, bytes }; quantos]
}
