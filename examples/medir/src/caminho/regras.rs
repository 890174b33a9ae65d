//! O que se pede ao caminho, e as contas do que ele fez.

use std::time::Duration;

/// O que um sentido do caminho faz aos pacotes IP que passam por ele. O padrão é o
/// caminho perfeito: tudo passa, na hora, em ordem, uma vez só. Em que ordem as regras
/// se aplicam, e o que se sorteia, está em [`modelo`](super::modelo).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Regras {
    /// A probabilidade de um pacote sumir, de 0 a 1.
    pub perda: f64,
    /// A probabilidade de um pacote passar duas vezes, de 0 a 1.
    pub duplicacao: f64,
    /// A probabilidade de um pacote ficar para trás e ser ultrapassado pelo seguinte,
    /// de 0 a 1. Se não vem um seguinte, ele só se atrasa
    /// ([`PRAZO_DO_ATRASADO`](super::modelo::PRAZO_DO_ATRASADO)).
    pub reordenacao: f64,
    /// Quanto todo pacote demora a mais.
    pub atraso: Duration,
    /// Quanto o atraso varia: cada pacote demora de `atraso` a `atraso + variacao`.
    /// Não troca a ordem: quem entrou antes sai antes.
    pub variacao: Duration,
    /// Quantos bits por segundo cabem, contando os quadros inteiros; `None`, quantos
    /// vierem.
    pub taxa: Option<u64>,
    /// Quantos bytes esperam a vez na entrada do trecho de [`taxa`](Self::taxa); o que
    /// não cabe é derrubado. Sem taxa não há fila; com ela e zero bytes, só passa quem
    /// acha o trecho livre.
    pub fila: usize,
}

/// O que um sentido do caminho fez, desde que as regras foram aplicadas. Em pacotes IP.
///
/// Depois que tudo saiu, `entraram = derrubados + sem_lugar + (sairam − duplicados)`; no
/// meio do caminho, falta somar os que estão nele. É o que se prova em qualquer sequência
/// de pacotes, e o que se confere de fora em cada medição.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ContasDoSentido {
    /// Entraram no caminho.
    pub entraram: u64,
    /// Saíram dele, cópias incluídas.
    pub sairam: u64,
    /// Sumiram por sorteio ([`Regras::perda`]).
    pub derrubados: u64,
    /// Não couberam na fila ([`Regras::fila`]).
    pub sem_lugar: u64,
    /// Passaram duas vezes.
    pub duplicados: u64,
    /// Foram ultrapassados de propósito.
    pub reordenados: u64,
    /// Eram maiores que a MTU: o núcleo juntou segmentos, e a perda de um deles valeria
    /// por muitas. Tem de ser zero.
    pub grandes: u64,
    /// Perdas que o próprio emulador causou: quadros que o núcleo descartou antes que
    /// ele os lesse (que não entraram), que não aceitou de volta, ou que não couberam na
    /// memória dele ([`CABEM_NO_AR`](super::modelo::CABEM_NO_AR)). Tem de ser zero.
    pub falhas: u64,
}

/// As contas dos dois sentidos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contas {
    /// Do cliente ao servidor.
    pub ida: ContasDoSentido,
    /// Do servidor ao cliente.
    pub volta: ContasDoSentido,
}
