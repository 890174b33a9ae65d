//! O lado da thread de um caminho: o relógio dela, os dois sentidos, as ordens que
//! cumpre e as contas que deve.

use std::hint;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};
use std::time::{Duration, Instant};

use sockets::sorteio::Sorteio;

use super::modelo::{Instante, Sentido};
use super::ordens::Ordem;
use super::regras::{Contas, Regras};

/// Quanto o caminho tem de estar em silêncio para que as contas estejam completas: o
/// que o núcleo pode demorar a entregar um quadro que já foi mandado.
const SOSSEGO: Duration = Duration::from_millis(2);

/// Quanto se espera por um silêncio de quem não para.
const PACIENCIA: Duration = Duration::from_millis(20);

/// O mais que se espera que saia o que está no caminho, por maior que seja o atraso.
const MAIOR_ESPERA: Duration = Duration::from_secs(30);

/// Depois de ler tantos pacotes leu-se tudo que já tinha chegado quando se perguntou: é
/// mais do que cabe, à espera de ser lido, nos dois sentidos.
const MAIS_QUE_CABEM: u64 = 1 << 18;

/// O mais que se dorme de uma vez.
const MAIOR_SONO: Duration = Duration::from_secs(3600);

/// Quanto antes da hora se acorda, para esperar o fim acordado: um processador que
/// dormia demora para atender o relógio, e em uma máquina virtual passa de 200 µs. Só se
/// faz depois de um sono de ao menos o dobro, para que esperar não ocupe a CPU de quem
/// trabalha.
const ANTECEDENCIA: Duration = Duration::from_micros(300);

/// O trabalho de uma thread. `P` é o que se guarda de cada pacote.
pub(super) struct Turno<P> {
    /// A ida e a volta.
    pub(super) sentidos: [Sentido<P>; 2],
    ordens: Receiver<Ordem>,
    perguntas: Vec<Pergunta>,
    comeco: Instant,
    ultima_chegada: Instante,
    /// Quantos pacotes chegaram, desde sempre.
    chegaram: u64,
}

/// Um pedido de contas à espera de que elas estejam completas.
struct Pergunta {
    resposta: SyncSender<Contas>,
    /// Quantos já se tinham lido quando ela veio.
    lidos: u64,
    /// Quando terá saído tudo que entrou antes dela; `None` se ainda há disso por ler.
    ate: Option<Instante>,
}

impl<P> Turno<P> {
    /// Um caminho perfeito, que cumpre as ordens que vierem por `ordens`.
    pub(super) fn novo(ordens: Receiver<Ordem>) -> Self {
        Self {
            sentidos: sentidos(Regras::default(), Regras::default(), 0),
            ordens,
            perguntas: Vec::new(),
            comeco: Instant::now(),
            ultima_chegada: Instante::ZERO,
            chegaram: 0,
        }
    }

    pub(super) fn agora(&self) -> Instante {
        self.comeco.elapsed()
    }

    /// Chegou um pacote.
    pub(super) fn chegou(&mut self, agora: Instante) {
        self.ultima_chegada = agora;
        self.chegaram += 1;
    }

    /// Cumpre as ordens que há. Antes de mudar as regras chama `esquecer`, que joga
    /// fora o que ainda não se leu. `false` se não haverá mais ordens: é o fim.
    pub(super) fn obedecer(&mut self, mut esquecer: impl FnMut()) -> bool {
        loop {
            match self.ordens.try_recv() {
                Ok(Ordem::Aplicar {
                    ida,
                    volta,
                    semente,
                    feito,
                }) => {
                    esquecer();
                    self.sentidos = sentidos(ida, volta, semente);
                    let _ = feito.send(());
                }
                Ok(Ordem::Contar(resposta)) => {
                    self.perguntas.push(Pergunta {
                        resposta,
                        lidos: self.chegaram,
                        ate: None,
                    });
                }
                Ok(Ordem::Rodar(tarefa)) => tarefa(),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    /// Responde a quem pediu as contas, se elas estão completas. Só então chama
    /// `conferir`, que acrescenta o que só o núcleo sabe. `leu_tudo` diz que desde
    /// `agora`, quando as ordens já tinham sido ouvidas, leu-se tudo que havia e mandou-se
    /// tudo que devia sair.
    pub(super) fn responder(
        &mut self,
        agora: Instante,
        leu_tudo: bool,
        conferir: impl FnOnce(&mut [Sentido<P>; 2]),
    ) {
        if self.perguntas.is_empty() {
            return;
        }
        let esvazia = self.sentidos.iter().filter_map(Sentido::esvazia);
        let saiu_tudo = esvazia
            .fold(agora + PACIENCIA, Instante::max)
            .min(agora + MAIOR_ESPERA);
        for pergunta in &mut self.perguntas {
            let lidos_depois = self.chegaram - pergunta.lidos;
            if leu_tudo || lidos_depois >= MAIS_QUE_CABEM {
                pergunta.ate.get_or_insert(saiu_tudo);
            }
        }
        let sossego = leu_tudo
            && agora >= self.ultima_chegada + SOSSEGO
            && self.sentidos.iter().all(|sentido| sentido.no_ar() == 0);
        let completas = |pergunta: &mut Pergunta| {
            sossego || pergunta.ate.is_some_and(|ate| agora > ate)
        };
        if !self.perguntas.iter_mut().any(completas) {
            return;
        }
        conferir(&mut self.sentidos);
        let [ida, volta] = [0, 1].map(|n: usize| self.sentidos[n].contas());
        for pergunta in self.perguntas.extract_if(.., completas) {
            // Quem perguntou pode ter desistido.
            let _ = pergunta.resposta.send(Contas { ida, volta });
        }
    }

    /// Espera que chegue um pacote ou uma ordem, ou que haja o que fazer. `dormir` dorme
    /// até que chegue algo, ou o prazo acabe, e diz se chegou; `chegou` só olha.
    pub(super) fn descansar(
        &self,
        dormir: impl Fn(Duration) -> bool,
        chegou: impl Fn() -> bool,
    ) {
        let sono = self.sono();
        let acorda = self.agora() + sono;
        if sono < 2 * ANTECEDENCIA {
            dormir(sono);
        } else if !dormir(sono.saturating_sub(ANTECEDENCIA)) {
            while self.agora() < acorda && !chegou() {
                hint::spin_loop();
            }
        }
    }

    /// Quanto se pode dormir se nada chegar.
    fn sono(&self) -> Duration {
        let agora = self.agora();
        let saidas = self.sentidos.iter().filter_map(Sentido::proximo);
        let pergunta = (!self.perguntas.is_empty()).then_some(agora + SOSSEGO);
        saidas
            .chain(pergunta)
            .min()
            .map_or(MAIOR_SONO, |quando| quando.saturating_sub(agora))
            .min(MAIOR_SONO)
    }
}

/// Os dois sentidos, cada um com o seu sorteio.
fn sentidos<P>(ida: Regras, volta: Regras, semente: u64) -> [Sentido<P>; 2] {
    let mut sementes = Sorteio::novo(semente);
    [ida, volta].map(|regras| Sentido::novo(regras, sementes.numero()))
}
