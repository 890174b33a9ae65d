//! As linhas da tabela.

use super::{Medida, NOME};
use crate::cpu::Ocupacao;
use crate::experimentos::latencia::do_caminho;
use crate::resultados::{Linha, Valor};

/// A linha de uma rodada.
#[must_use]
pub fn linha(rodada: u32, semente: u64, medida: &Medida) -> Linha {
    use Valor::{Ausente, Inteiro, Medida as Numero, Texto};
    let condicao = &medida.condicao;
    let (antes, depois) = (&medida.lido.antes, &medida.lido.depois);
    let mathis = medida.mathis_mbits();
    let numero = |valor: Option<f64>, casas| {
        valor.map_or(Ausente, |valor| Numero(valor, casas))
    };
    let rtt_ms = condicao.ida_e_volta.as_secs_f64() * 1e3;
    let campos = vec![
        ("rodada", Inteiro(rodada.into())),
        ("semente", Inteiro(semente)),
        ("congestionamento", Texto(condicao.congestionamento.into())),
        ("perda", Numero(condicao.porcento, 2)),
        ("atraso_ms", Numero(rtt_ms, 3)),
        ("segundos", Numero(medida.lido.tempo.as_secs_f64(), 3)),
        ("bytes", Inteiro(medida.lido.bytes)),
        ("vazao_mbits", Numero(medida.mbits(), 3)),
        ("mathis_mbits", numero(mathis, 3)),
        ("razao", numero(mathis.map(|m| medida.mbits() / m), 3)),
        ("mss", Inteiro(depois.0.maior_carga.into())),
        (
            "retransmitidos",
            Inteiro(depois.0.retransmitidos - antes.0.retransmitidos),
        ),
        (
            "derrubados_na_ida",
            Inteiro(depois.1.ida.derrubados - antes.1.ida.derrubados),
        ),
        ("cpus", Texto(Ocupacao::Livres.nome().into())),
        ("ressalva", Texto(do_caminho(&depois.1).join("; "))),
    ];
    Linha {
        tabela: NOME,
        campos,
    }
}
