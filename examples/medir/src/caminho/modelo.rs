//! O que um sentido do caminho faz a cada pacote: uma máquina sem relógio e sem
//! sockets. Entra um pacote e o instante; ela diz o que sai, quando e quantas vezes.
//!
//! Um pacote passa, nesta ordem, por:
//!
//! 1. a **fila** do trecho de taxa limitada, se há um ([`Trecho`]): quem não cabe é
//!    derrubado na cauda;
//! 2. o **meio**, em que pode sumir: quem some já ocupou a fila e a taxa, como o quadro
//!    que o rádio estraga;
//! 3. o **atraso**, fixo mais uma parte sorteada, que nunca troca a ordem: quem o
//!    sorteio faria passar à frente sai logo depois do anterior;
//! 4. a **saída**, uma vez ou duas seguidas.
//!
//! # O que se sorteia
//! Quatro números por pacote, usados ou não: o destino do n-ésimo pacote depende só da
//! semente e de n, e não dos tamanhos, dos instantes ou das outras regras. Com a mesma
//! semente, quem some com perda de 5 % some também com 10 %.
//!
//! # O que é um pacote reordenado
//! O sorteado espera, ao sair da fila, que um pacote não sorteado o ultrapasse, e sai
//! logo depois dele: é o que a RFC 4737 §3.3 chama de reordenado, um que chega
//! com um número menor que o de outro que já chegou. Só ultrapassa quem também chega:
//! se o seguinte some ou não cabe na fila, a espera continua. Sorteados seguidos
//! esperam juntos e saem na ordem em que estavam, todos ultrapassados. Quem espera
//! [`PRAZO_DO_ATRASADO`] sem que ninguém o ultrapasse segue adiante, atrasado mas em
//! ordem, e não conta. As cópias de um duplicado saem juntas, e a RFC só olha a
//! primeira. Assim os reordenados das contas são os que o receptor conta, se nenhum dos
//! dois (o ultrapassado e quem o ultrapassou) se perder depois do caminho.

use std::collections::VecDeque;
use std::mem::size_of;
use std::time::Duration;

use sockets::sorteio::Sorteio;

use super::regras::{ContasDoSentido, Regras};
use super::taxa::Trecho;

/// Quanto se passou desde um começo qualquer, o mesmo para todos os instantes de um
/// caminho.
pub type Instante = Duration;

/// Quanto um pacote espera ser ultrapassado. Menos que os 200 ms do menor prazo de
/// retransmissão do TCP do Linux, para que a espera não vire perda; mais que o intervalo
/// entre dois pacotes de quem manda ao menos vinte por segundo.
pub const PRAZO_DO_ATRASADO: Duration = Duration::from_millis(50);

/// Quantos bytes esperam em um sentido, no máximo, quaisquer que sejam as regras: o
/// bastante para 1 Gb/s durante meio segundo.
pub const CABEM_NO_AR: usize = 64 << 20;

/// O que fazer com o pacote que entrou.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entrada {
    /// Sai já, tantas vezes, e antes de qualquer outro.
    Sai(u64),
    /// Ficou guardado: [`Sentido::sai`] o devolverá.
    Espera,
    /// Não sai mais.
    Some,
}

/// Um sentido do caminho, com os pacotes que estão nele. `P` é o que se guarda de cada
/// um enquanto ele espera.
#[derive(Debug)]
pub struct Sentido<P> {
    regras: Regras,
    sorteio: Sorteio,
    trecho: Option<Trecho>,
    /// Os que vão sair, na ordem em que saem.
    no_ar: VecDeque<Guardado<P>>,
    /// Os que esperam ser ultrapassados, na ordem em que entraram.
    atrasados: VecDeque<Guardado<P>>,
    /// Quanto os guardados ocupam, em bytes.
    ocupam: usize,
    /// Quando entrou o último: o tempo não volta.
    ultima_entrada: Instante,
    /// Quando sai o último que já tem hora de sair: ninguém sai antes dele.
    ultima_saida: Instante,
    contas: ContasDoSentido,
}

/// Um pacote que espera.
#[derive(Debug)]
struct Guardado<P> {
    pacote: P,
    bytes: usize,
    vezes: u64,
    /// Quando sai, se ninguém o segurar.
    sai: Instante,
    /// Até quando espera ser ultrapassado.
    desiste: Instante,
}

/// O que o sorteio decidiu sobre um pacote.
struct Sorte {
    some: bool,
    repete: bool,
    fica_para_tras: bool,
    /// Quanto da variação, de 0 a 1.
    variacao: f64,
}

impl<P> Sentido<P> {
    /// Um sentido vazio com estas regras e esta semente.
    #[must_use]
    pub fn novo(regras: Regras, semente: u64) -> Self {
        Self {
            trecho: regras.taxa.map(|taxa| Trecho::novo(taxa, regras.fila)),
            regras,
            sorteio: Sorteio::novo(semente),
            no_ar: VecDeque::new(),
            atrasados: VecDeque::new(),
            ocupam: 0,
            ultima_entrada: Instante::ZERO,
            ultima_saida: Instante::ZERO,
            contas: ContasDoSentido::default(),
        }
    }

    /// Entra um pacote de `bytes`, contado o quadro inteiro. `guardar` é chamada só se
    /// ele tem de esperar.
    pub fn entra(
        &mut self,
        agora: Instante,
        bytes: usize,
        guardar: impl FnOnce() -> P,
    ) -> Entrada {
        let agora = agora.max(self.ultima_entrada);
        self.ultima_entrada = agora;
        self.contas.entraram += 1;
        let sorte = self.sortear();
        let Some(no_meio) = self.passar_a_fila(agora, bytes) else {
            self.contas.sem_lugar += 1;
            return Entrada::Some;
        };
        self.desistir_dos_atrasados(no_meio);
        if sorte.some {
            self.contas.derrubados += 1;
            return Entrada::Some;
        }
        let variacao = self.regras.variacao.mul_f64(sorte.variacao);
        let vezes = 1 + u64::from(sorte.repete);
        let sai = no_meio
            .saturating_add(self.regras.atraso)
            .saturating_add(variacao);
        let sai_ja = !sorte.fica_para_tras
            && sai.max(self.ultima_saida) <= agora
            && self.no_ar.is_empty();
        if sai_ja {
            self.ultima_saida = agora;
            self.contar_saida(vezes);
            self.soltar_ultrapassados();
            return Entrada::Sai(vezes);
        }
        if self.ocupam + Self::ocupa(bytes) > CABEM_NO_AR {
            self.contas.falhas += 1;
            return Entrada::Some;
        }
        self.ocupam += Self::ocupa(bytes);
        let guardado = Guardado {
            pacote: guardar(),
            bytes,
            vezes,
            sai,
            desiste: no_meio + PRAZO_DO_ATRASADO,
        };
        if sorte.fica_para_tras {
            self.atrasados.push_back(guardado);
        } else {
            self.por_no_ar(guardado);
            self.soltar_ultrapassados();
        }
        Entrada::Espera
    }

    /// O próximo dos que já deviam ter saído, e quantas vezes ele sai.
    pub fn sai(&mut self, agora: Instante) -> Option<(P, u64)> {
        self.desistir_dos_atrasados(agora);
        if self.no_ar.front()?.sai > agora {
            return None;
        }
        let primeiro = self.no_ar.pop_front()?;
        self.ocupam -= Self::ocupa(primeiro.bytes);
        self.contar_saida(primeiro.vezes);
        Some((primeiro.pacote, primeiro.vezes))
    }

    /// Quando chamar [`sai`](Self::sai) de novo; `None` se não há ninguém no caminho.
    #[must_use]
    pub fn proximo(&self) -> Option<Instante> {
        let sai = self.no_ar.front().map(|p| p.sai);
        let desiste = self.atrasados.front().map(|p| p.desiste);
        sai.into_iter().chain(desiste).min()
    }

    /// Até quando fica aqui, no máximo, quem está aqui agora; `None` se não há ninguém.
    #[must_use]
    pub fn esvazia(&self) -> Option<Instante> {
        let sai = self.no_ar.back().map(|p| p.sai);
        let desiste = self.atrasados.back().map(|p| p.sai.max(p.desiste));
        sai.into_iter().chain(desiste).max()
    }

    /// Quantos estão no caminho.
    #[must_use]
    pub fn no_ar(&self) -> usize {
        self.no_ar.len() + self.atrasados.len()
    }

    /// As contas até aqui.
    ///
    /// Sempre vale: `entraram + duplicados = derrubados + sem_lugar + sairam + no ar +
    /// falhas` (das falhas, só as de quem entrou).
    #[must_use]
    pub fn contas(&self) -> ContasDoSentido {
        self.contas
    }

    /// Quem recebeu um pacote não o aceitou: ele conta como falha, e não como saído.
    pub fn recusado(&mut self) {
        self.contas.sairam -= 1;
        self.contas.falhas += 1;
    }

    /// Perderam-se tantos pacotes antes que entrassem.
    pub fn perdidos_antes(&mut self, quantos: u64) {
        self.contas.falhas += quantos;
    }

    /// O pacote que vai entrar é maior que a MTU.
    pub fn grande(&mut self) {
        self.contas.grandes += 1;
    }

    /// O que `bytes` guardados ocupam.
    fn ocupa(bytes: usize) -> usize {
        bytes + size_of::<Guardado<P>>()
    }

    // ANCHOR: sortear
    fn sortear(&mut self) -> Sorte {
        Sorte {
            some: self.sorteio.acontece(self.regras.perda),
            repete: self.sorteio.acontece(self.regras.duplicacao),
            fica_para_tras: self.sorteio.acontece(self.regras.reordenacao),
            variacao: self.sorteio.fracao(),
        }
    }
    // ANCHOR_END: sortear

    fn passar_a_fila(
        &mut self,
        agora: Instante,
        bytes: usize,
    ) -> Option<Instante> {
        match &mut self.trecho {
            Some(trecho) => trecho.passa(agora, bytes),
            None => Some(agora),
        }
    }

    /// Segue adiante quem, em `agora`, já esperou demais.
    fn desistir_dos_atrasados(&mut self, agora: Instante) {
        while self.atrasados.front().is_some_and(|p| p.desiste <= agora)
            && let Some(mut atrasado) = self.atrasados.pop_front()
        {
            atrasado.sai = atrasado.sai.max(atrasado.desiste);
            self.por_no_ar(atrasado);
        }
    }

    /// Acaba de passar quem ultrapassa todos os que esperavam.
    fn soltar_ultrapassados(&mut self) {
        self.contas.reordenados += self.atrasados.len() as u64;
        while let Some(atrasado) = self.atrasados.pop_front() {
            self.por_no_ar(atrasado);
        }
    }

    fn por_no_ar(&mut self, mut guardado: Guardado<P>) {
        guardado.sai = guardado.sai.max(self.ultima_saida);
        self.ultima_saida = guardado.sai;
        self.no_ar.push_back(guardado);
    }

    fn contar_saida(&mut self, vezes: u64) {
        self.contas.sairam += vezes;
        self.contas.duplicados += vezes - 1;
    }
}
