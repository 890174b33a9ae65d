//! Uma rodada em uma condição, e o que se mediu nela.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::previsao::{self, Prazos};
use super::{pare_e_espere, tcp, udp};
use crate::caminho::{Contas, Regras};
use crate::cpu::Ocupacao;
use crate::experimentos::confiavel::Limite;
use crate::experimentos::latencia::{Posto, do_caminho};
use crate::resultados::Contexto;

/// Quantas perguntas se fazem antes, no caminho perfeito: o TCP aprende a ida e volta, e
/// que isto é uma conversa.
pub const AQUECIMENTO: u32 = 100;

/// Quem leva as perguntas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocolo {
    /// Uma conexão TCP com o Reno, sem Nagle.
    Tcp,
    /// UDP, sem repetir.
    Udp,
    /// UDP, com o ARQ do chat.
    PareEEspere,
}

impl Protocolo {
    /// Os três.
    pub const TODOS: [Self; 3] = [Self::Tcp, Self::Udp, Self::PareEEspere];

    /// O nome dele nas tabelas.
    #[must_use]
    pub fn nome(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::PareEEspere => "pare-e-espere",
        }
    }
}

/// Uma condição.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condicao {
    /// Quem leva as perguntas.
    pub protocolo: Protocolo,
    /// A fração que se perde em cada sentido, de 0 a 1.
    pub perda: f64,
    /// Quantas perguntas.
    pub perguntas: u32,
    /// A ida e volta do caminho.
    pub atraso: Duration,
    /// O menor prazo de retransmissão do TCP que vale nos dois lados.
    pub menor_prazo_do_tcp: Duration,
}

/// O que houve com uma pergunta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pergunta {
    /// Quanto ela prendeu quem perguntava.
    pub demora: Duration,
    /// Se a resposta dela chegou.
    pub respondida: bool,
    /// Se foi e voltou sem que nada dela se perdesse.
    pub limpa: bool,
    /// Um prazo que se viu, ou que valia, nesta pergunta.
    pub prazo: Option<Duration>,
}

/// O que se mediu em uma rodada.
#[derive(Debug, Clone)]
pub struct Medida {
    /// Em que condição.
    pub condicao: Condicao,
    /// O que houve com cada pergunta.
    pub perguntas: Vec<Pergunta>,
    /// Da primeira pergunta à última resposta.
    pub tempo: Duration,
    /// O que o caminho fez.
    pub contas: Contas,
    /// O controle de congestionamento que a conexão usou; `None` onde não há.
    pub congestionamento: Option<&'static str>,
    /// Quanto cada lado esperou antes de repetir ou desistir.
    pub prazos: Prazos,
    /// Quantas vezes se repetiu alguma coisa, nos dois lados.
    pub retransmissoes: u64,
    /// Respostas que não eram da pergunta que se fazia.
    pub alheias: u64,
    /// O que invalida o número, em frases.
    pub ressalvas: Vec<String>,
}

/// Faz uma rodada, com as perdas de `semente`.
///
/// # Errors
/// [`Interrompido`](crate::resultados::Interrompido), o fim do prazo, ou o que o sistema
/// respondeu.
pub fn medir(
    contexto: &Contexto<'_>,
    condicao: &Condicao,
    semente: u64,
) -> Result<Medida> {
    let _posto = Posto::tomar(contexto.laboratorio, Ocupacao::Juntas)?;
    let percurso = Percurso::novo(contexto, *condicao, semente);
    percurso.limpar();
    let mut medida = match condicao.protocolo {
        Protocolo::Tcp => tcp::medir(&percurso)?,
        Protocolo::Udp => udp::medir(&percurso)?,
        Protocolo::PareEEspere => pare_e_espere::medir(&percurso)?,
    };
    percurso.limpar();
    medida.ressalvas.extend(do_caminho(&medida.contas));
    Ok(medida)
}

/// O caminho de uma rodada, do aquecimento à última pergunta.
pub struct Percurso<'a> {
    contexto: &'a Contexto<'a>,
    condicao: Condicao,
    semente: u64,
    limite: Limite<'a>,
}

impl<'a> Percurso<'a> {
    fn novo(
        contexto: &'a Contexto<'a>,
        condicao: Condicao,
        semente: u64,
    ) -> Self {
        // A sorte pode ser muito ruim: no TCP cada perda seguida dobra a espera.
        let paciencia = 10 * previsao::estimativa(&condicao);
        let limite = Limite {
            ate: Instant::now() + Duration::from_secs(60) + paciencia,
            parar: contexto.interrompido,
        };
        Self {
            contexto,
            condicao,
            semente,
            limite,
        }
    }

    /// O contexto do passo.
    #[must_use]
    pub fn contexto(&self) -> &'a Contexto<'a> {
        self.contexto
    }

    /// A condição que se mede.
    #[must_use]
    pub fn condicao(&self) -> Condicao {
        self.condicao
    }

    /// A semente das perdas.
    #[must_use]
    pub fn semente(&self) -> u64 {
        self.semente
    }

    /// Até quando a rodada pode durar.
    #[must_use]
    pub fn limite(&self) -> Limite<'a> {
        self.limite
    }

    /// O caminho volta a ser perfeito, e o que estava nele é esquecido.
    fn limpar(&self) {
        let perfeito = Regras::default();
        let laboratorio = self.contexto.laboratorio;
        laboratorio.aplicar(perfeito.clone(), perfeito, self.semente);
    }

    /// Aquece no caminho perfeito, põe a perda nos dois sentidos e faz as perguntas, uma
    /// por vez: `perguntar` recebe o número de cada uma.
    ///
    /// # Errors
    /// Os de `perguntar`, ou o fim do prazo.
    pub fn percorrer(
        &self,
        mut perguntar: impl FnMut(u64) -> Result<Pergunta>,
    ) -> Result<Medida> {
        let laboratorio = self.contexto.laboratorio;
        let mut respondidas = 0;
        for numero in 0..AQUECIMENTO {
            respondidas += u32::from(perguntar(numero.into())?.respondida);
        }
        // Uma ou outra pode faltar, se a máquina parar mais que o prazo.
        if respondidas < AQUECIMENTO / 2 {
            bail!(
                "no caminho perfeito só {respondidas} de {AQUECIMENTO} \
                 perguntas tiveram resposta: a máquina está ocupada demais"
            );
        }
        let regras = Regras {
            perda: self.condicao.perda,
            atraso: self.condicao.atraso / 2,
            ..Regras::default()
        };
        laboratorio.aplicar(regras.clone(), regras, self.semente);
        let inicio = Instant::now();
        let mut feitas = Vec::new();
        for numero in AQUECIMENTO..AQUECIMENTO + self.condicao.perguntas {
            if !self.limite.continua()? {
                bail!("as perguntas não acabaram no prazo");
            }
            feitas.push(perguntar(numero.into())?);
        }
        Ok(Medida {
            condicao: self.condicao,
            perguntas: feitas,
            tempo: inicio.elapsed(),
            contas: laboratorio.contas(),
            congestionamento: None,
            prazos: Prazos::iguais(super::PRAZO),
            retransmissoes: 0,
            alheias: 0,
            ressalvas: Vec::new(),
        })
    }
}

impl Medida {
    /// Quantas perguntas tiveram resposta.
    #[must_use]
    pub fn respondidas(&self) -> u64 {
        self.perguntas.iter().filter(|p| p.respondida).count() as u64
    }

    /// Quantos pacotes o caminho derrubou, nos dois sentidos.
    #[must_use]
    pub fn derrubados(&self) -> u64 {
        self.contas.ida.derrubados + self.contas.volta.derrubados
    }

    /// A ida e volta efetiva, em segundos: a média das perguntas de que nada se perdeu.
    /// Não a mediana: os soluços da máquina também fazem parte do tempo.
    #[must_use]
    pub fn ida_e_volta_s(&self) -> f64 {
        let limpas = || self.perguntas.iter().filter(|p| p.limpa);
        let quantas = u32::try_from(limpas().count()).unwrap_or(u32::MAX);
        let soma: Duration = limpas().map(|p| p.demora).sum();
        soma.as_secs_f64() / f64::from(quantas.max(1))
    }

    /// A mediana dos prazos que se viram; `None` quando não se viu nenhum.
    #[must_use]
    pub fn prazo_visto(&self) -> Option<Duration> {
        let mut vistos: Vec<Duration> =
            self.perguntas.iter().filter_map(|p| p.prazo).collect();
        vistos.sort_unstable();
        vistos.get(vistos.len() / 2).copied()
    }
}
