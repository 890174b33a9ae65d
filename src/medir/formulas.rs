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
// ANCHOR: pare-e-espere
pub fn pare_e_espere(n: f64, rtt_s: f64, rto_s: f64, q: f64) -> f64 {
    n * (rtt_s + rto_s * q / (1.0 - q))
}
// ANCHOR_END: pare-e-espere

/// Quanto demoram, em segundos, `n` perguntas em uma conexão TCP, uma de cada vez.
///
/// n·(RTT + RTO·q·(1 − q)/(1 − 2q)). Com um segmento só no ar, a primeira repetição é
/// a sonda de cauda, que sai no lugar do primeiro prazo e não o dobra (RFC 8985
/// §7.2); as outras esperam um prazo, dois, quatro (RFC 6298, regra 5.5). Com k perdas
/// seguidas são 2ᵏ⁻¹ prazos ao todo, e a média disso, cada k com a probabilidade
/// `qᵏ·(1 − q)`, é a fórmula. Com `q` ≥ 1/2 o prazo cresce mais depressa do que as perdas
/// rareiam: infinito.
///
/// Aqui `q` é a perda do sentido das perguntas. Cada lado repete o que é seu, com o seu
/// prazo, e a resposta que se perde não faz a pergunta sair de novo: quando os dois
/// sentidos perdem, some a espera da volta, que é esta fórmula com RTT 0, em vez de usar
/// [`nos_dois_sentidos`].
///
/// `rto_s` é o prazo que o núcleo usa: o menor que ele admite (200 ms no Linux) mais
/// o que o RTT pede.
#[must_use]
pub fn tcp_pergunta_e_resposta(n: f64, rtt_s: f64, rto_s: f64, q: f64) -> f64 {
    if q >= 0.5 {
        return f64::INFINITY;
    }
    n * (rtt_s + rto_s * q * (1.0 - q) / (1.0 - 2.0 * q))
}

/// Como [`tcp_pergunta_e_resposta`], quando a sonda de cauda e o prazo demoram
/// diferente.
///
/// n·(RTT + sonda·q + RTO·q²/(1 − 2q)): a primeira perda custa a espera da sonda, e só
/// quem perde também a sonda espera pelo prazo, que daí em diante dobra. A sonda espera
/// duas idas e voltas mais uma folga, que no Linux é o menor prazo, e nunca mais que o
/// prazo (RFC 8985 §7.2). Quem perde respostas mede idas e voltas de um prazo
/// inteiro: a variação delas aumenta o prazo, e não a sonda.
#[must_use]
pub fn tcp_com_sonda(
    n: f64,
    rtt_s: f64,
    sonda_s: f64,
    rto_s: f64,
    q: f64,
) -> f64 {
    if q >= 0.5 {
        return f64::INFINITY;
    }
    n * (rtt_s + sonda_s * q + rto_s * q * q / (1.0 - 2.0 * q))
}

/// A vazão, em bits por segundo, que o TCP Reno alcança em um caminho que perde a
/// fração `p` dos segmentos, com segmentos de `mss_bytes` e ida e volta de `rtt_s`.
///
/// (MSS / RTT) · C/√p, com C = √(3/2) ≈ 1,22: Mathis, Semke, Mahdavi e Ott, *The
/// Macroscopic Behavior of the TCP Congestion Avoidance Algorithm*,
/// *Computer Communication Review* 27(3), 1997. Vale para perdas espaçadas, uma confirmação por
/// segmento (com uma a cada dois, C cai a √(3/4) ≈ 0,87) e nenhum prazo estourado; não
/// vale para CUBIC nem para BBR. Sem perda não há limite: infinito.
///
/// ```
/// use sockets::medir::formulas::mathis;
///
/// // 1460 bytes, 20 ms e 1 %: 7,15 Mbit/s.
/// assert_eq!((mathis(1460.0, 0.02, 0.01) / 1e4).round(), 715.0);
/// ```
#[must_use]
// ANCHOR: mathis
pub fn mathis(mss_bytes: f64, rtt_s: f64, p: f64) -> f64 {
    mss_bytes * 8.0 / rtt_s * (1.5 / p).sqrt()
}
// ANCHOR_END: mathis

/// Quanto demora, em segundos, a transferência de `bytes` com uma janela fixa de
/// `janela` segmentos de `carga` bytes, em um caminho que não perde e em que mandar não
/// custa tempo: uma ida e volta por janela, ⌈bytes/(janela·carga)⌉·RTT.
///
/// É o limite de qualquer protocolo de janela: o produto da vazão pela ida e volta não
/// passa dela (RFC 7323 §1.1).
///
/// ```
/// use sockets::medir::formulas::janela;
///
/// assert_eq!(janela(1e6, 1.0, 1000.0, 0.02), 20.0);
/// assert_eq!(janela(1e6, 32.0, 1000.0, 0.02), 0.64);
/// ```
#[must_use]
pub fn janela(bytes: f64, janela: f64, carga: f64, rtt_s: f64) -> f64 {
    (bytes / (janela * carga)).ceil() * rtt_s
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "são valores exatos")]
mod testes {
    use super::*;
    use crate::sorteio::Sorteio;

    /// Quanto se espera, em prazos, até uma tentativa que não se perde, em média:
    /// `espera` diz quanto dura a que vem depois de tantas perdas.
    fn espera_media(q: f64, espera: impl Fn(i32) -> f64) -> f64 {
        const VEZES: i32 = 200_000;
        let mut sorteio = Sorteio::novo(2);
        let mut prazos = 0.0;
        for _ in 0..VEZES {
            let mut perdas = 0;
            while sorteio.acontece(q) {
                prazos += espera(perdas);
                perdas += 1;
            }
        }
        prazos / f64::from(VEZES)
    }

    fn perto(medido: f64, esperado: f64, folga: f64) {
        let razao = medido / esperado;
        assert!((razao - 1.0).abs() < folga, "{medido} em vez de {esperado}");
    }

    #[test]
    fn a_perda_nos_dois_sentidos_e_a_de_um_ou_de_outro() {
        for p in [0.0, 1e-12, 0.01, 0.2, 0.5, 1.0] {
            let exata = p + p - p * p;
            assert!((nos_dois_sentidos(p) - exata).abs() < 1e-15);
        }
        perto(nos_dois_sentidos(1e-12), 2e-12, 1e-9);
    }

    #[test]
    fn sem_repeticao_cada_pergunta_custa_um_rtt_ou_um_prazo() {
        assert_eq!(sem_repeticao(10.0, 0.02, 0.05, 0.0), 0.2);
        assert_eq!(sem_repeticao(10.0, 0.02, 0.05, 1.0), 0.5);
        perto(sem_repeticao(10.0, 0.02, 0.05, 0.5), 0.35, 1e-12);
        // 1000 perguntas, RTT de 20 µs: a forma curta, n·(RTT + RTO·q).
        let curta = 1000.0 * (20e-6 + 0.05 * 0.05);
        perto(sem_repeticao(1000.0, 20e-6, 0.05, 0.05), curta, 1e-3);
    }

    #[test]
    fn pare_e_espere_e_a_media_das_tentativas() {
        for q in [0.01, 0.05, 0.2, 0.5] {
            let prazos = espera_media(q, |_| 1.0);
            let formula = pare_e_espere(1.0, 0.0, 1.0, q);
            perto(prazos, formula, 0.05);
        }
        perto(pare_e_espere(1000.0, 0.02, 0.05, 0.5), 70.0, 1e-12);
        assert_eq!(pare_e_espere(10.0, 0.02, 0.05, 0.0), 0.2);
        assert_eq!(pare_e_espere(10.0, 0.02, 0.05, 1.0), f64::INFINITY);
    }

    /// A sonda de cauda depois de um prazo; depois dela, um prazo, dois, quatro.
    #[test]
    fn o_tcp_e_a_media_dos_prazos_que_dobram() {
        for q in [0.01, 0.05, 0.1, 0.2] {
            let prazos = espera_media(q, |perdas| match perdas {
                0 => 1.0,
                _ => 2_f64.powi(perdas - 1),
            });
            let formula = tcp_pergunta_e_resposta(1.0, 0.0, 1.0, q);
            perto(prazos, formula, 0.05);
        }
        // 0,25·0,75/0,5 = 0,375 prazo por pergunta.
        perto(tcp_pergunta_e_resposta(8.0, 0.1, 0.2, 0.25), 1.4, 1e-12);
        assert_eq!(tcp_pergunta_e_resposta(10.0, 0.02, 0.2, 0.0), 0.2);
        for q in [0.5, 0.7, 1.0] {
            let tempo = tcp_pergunta_e_resposta(1.0, 0.02, 0.2, q);
            assert_eq!(tempo, f64::INFINITY);
        }
    }

    /// O artigo dá C = 1,22 para perdas periódicas e uma confirmação por segmento.
    #[test]
    fn mathis_tem_a_constante_publicada_e_cai_com_a_raiz_da_perda() {
        let c = mathis(1.0 / 8.0, 1.0, 1.0);
        assert!((c - 1.22).abs() < 0.005, "{c}");
        let base = mathis(1460.0, 0.02, 0.01);
        perto(mathis(1460.0, 0.02, 0.04), base / 2.0, 1e-12);
        perto(mathis(1460.0, 0.04, 0.01), base / 2.0, 1e-12);
        perto(mathis(730.0, 0.02, 0.01), base / 2.0, 1e-12);
        assert_eq!(mathis(1460.0, 0.02, 0.0), f64::INFINITY);
    }

    #[test]
    fn a_janela_custa_uma_ida_e_volta_por_janela_comecada() {
        assert_eq!(janela(1000.0, 1.0, 1000.0, 0.5), 0.5);
        assert_eq!(janela(1001.0, 1.0, 1000.0, 0.5), 1.0);
        assert_eq!(janela(4000.0, 4.0, 1000.0, 0.5), 0.5);
        assert_eq!(janela(4001.0, 4.0, 1000.0, 0.5), 1.0);
        assert_eq!(janela(0.0, 4.0, 1000.0, 0.5), 0.0);
    }
}
