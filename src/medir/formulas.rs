//! O que a teoria espera das medições, para desenhar ao lado delas.
//!
//! As funções servem a quem escreve Rust; a [`TABELA`] e [`por_nome`], a quem escreve
//! um gráfico, e só tem nomes. Tempos em segundos, vazões em bits por segundo,
//! probabilidades de 0 a 1.

#![expect(clippy::similar_names, reason = "RTT e RTO são os nomes da área")]

mod tabela;

pub use tabela::{ErroDeFormula, Formula, Parametro, TABELA, por_nome};

/// A probabilidade de que uma pergunta **ou** a resposta dela se perca, quando cada
/// sentido perde a fração `p`: 1 − (1 − p)².
///
/// ```
/// use sockets::medir::formulas::nos_dois_sentidos;
///
/// assert!((nos_dois_sentidos(0.1) - 0.19).abs() < 1e-15);
/// ```
#[must_use]
pub fn nos_dois_sentidos(p: f64) -> f64 {
    // O mesmo que 1 − (1 − p)², sem perder as casas de um p pequeno.
    p * (2.0 - p)
}

/// Quanto demoram, em segundos, `n` perguntas uma de cada vez, sem repetir nenhuma:
/// cada uma custa uma ida e volta se voltou, e o prazo inteiro se não voltou.
///
/// n·((1 − q)·RTT + q·RTO), com `q` a probabilidade de ficar sem resposta (veja
/// [`nos_dois_sentidos`]). Quando o RTT é muito menor que o prazo, é n·(RTT + RTO·q).
/// `rto_s` é o prazo que o relógio cumpre de verdade, não o que se pediu a ele.
#[must_use]
pub fn sem_repeticao(n: f64, rtt_s: f64, rto_s: f64, q: f64) -> f64 {
    n * ((1.0 - q) * rtt_s + q * rto_s)
}

/// Quanto demoram, em segundos, `n` perguntas com pare-e-espere: cada tentativa que se
/// perde custa um prazo, e a que volta, uma ida e volta.
///
/// n·(RTT + RTO·q/(1 − q)): as tentativas perdidas antes de uma que volta são
/// q/(1 − q), em média (distribuição geométrica). Kurose e Ross, *Redes de
/// computadores*, seção 3.4, descrevem o protocolo. Com `q` = 1 não acaba nunca:
/// infinito.
#[must_use]
pub fn pare_e_espere(n: f64, rtt_s: f64, rto_s: f64, q: f64) -> f64 {
    n * (rtt_s + esperando(rto_s, q / (1.0 - q)))
}

/// Quanto demoram, em segundos, `n` perguntas em uma conexão TCP, uma de cada vez.
///
/// n·(RTT + RTO·q·(1 − q)/(1 − 2q)). A primeira repetição é a sonda de cauda (RFC
/// 8985, seção 7), que sai depois de um prazo e não o dobra; daí em diante cada
/// repetição espera o dobro (RFC 6298, regra 5.5): com k perdas seguidas, 2ᵏ⁻¹ prazos
/// ao todo. A média disso, com k perdas de probabilidade qᵏ·(1 − q), é a fórmula. Com
/// `q` ≥ 1/2 o prazo cresce mais depressa do que as perdas rareiam: infinito.
///
/// `rto_s` é o prazo que o núcleo usa: o menor que ele admite (200 ms no Linux) mais o
/// que o RTT variou.
#[must_use]
pub fn tcp_pergunta_e_resposta(n: f64, rtt_s: f64, rto_s: f64, q: f64) -> f64 {
    if q >= 0.5 {
        return f64::INFINITY;
    }
    n * (rtt_s + esperando(rto_s, q * (1.0 - q) / (1.0 - 2.0 * q)))
}

/// `prazos` prazos de espera; nenhum, se o prazo é nenhum.
fn esperando(rto_s: f64, prazos: f64) -> f64 {
    if rto_s == 0.0 { 0.0 } else { rto_s * prazos }
}

/// A vazão, em bits por segundo, que o TCP Reno alcança em um caminho que perde a
/// fração `p` dos segmentos, com segmentos de `mss_bytes` e ida e volta de `rtt_s`.
///
/// (MSS / RTT) · C/√p, com C = √(3/2) ≈ 1,22: Mathis, Semke, Mahdavi e Ott, *The
/// Macroscopic Behavior of the TCP Congestion Avoidance Algorithm*, Computer
/// Communication Review 27(3), 1997. Vale para perdas espaçadas, uma confirmação por
/// segmento e nenhum prazo estourado; não vale para CUBIC nem para BBR. Sem perda não
/// há limite: infinito.
///
/// ```
/// use sockets::medir::formulas::mathis;
///
/// // 1460 bytes, 20 ms e 1 %: 7,15 Mbit/s.
/// assert_eq!((mathis(1460.0, 0.02, 0.01) / 1e4).round(), 715.0);
/// ```
#[must_use]
pub fn mathis(mss_bytes: f64, rtt_s: f64, p: f64) -> f64 {
    mss_bytes * 8.0 / rtt_s * (1.5 / p).sqrt()
}

/// Quanto demora, em segundos, a transferência de `bytes` com uma janela fixa de
/// `janela` segmentos de `carga` bytes, em um caminho que não perde e em que mandar não
/// custa tempo: uma ida e volta por janela, ⌈⌈bytes/carga⌉/janela⌉·RTT.
///
/// É o limite que a janela impõe a qualquer protocolo (RFC 7323, seção 1.1: não mais
/// que uma janela por ida e volta).
///
/// ```
/// use sockets::medir::formulas::janela;
///
/// assert_eq!(janela(1e6, 1.0, 1000.0, 0.02), 20.0);
/// assert_eq!(janela(1e6, 32.0, 1000.0, 0.02), 0.64);
/// ```
#[must_use]
pub fn janela(bytes: f64, janela: f64, carga: f64, rtt_s: f64) -> f64 {
    ((bytes / carga).ceil() / janela).ceil() * rtt_s
}
