//! As linhas da tabela.

use crate::experimentos::latencia::do_caminho;
use crate::resultados::{Linha, Valor};

use super::Medida;
use super::condicao::Protocolo;

/// A linha de uma transferência na tabela `tabela`; a que passou por um gargalo diz
/// também por qual.
#[must_use]
pub fn linha(
    tabela: &'static str,
    rodada: u32,
    semente: u64,
    medida: &Medida,
) -> Linha {
    use Valor::{Ausente, Inteiro, Medida as Numero, Texto};
    let condicao = &medida.condicao;
    let (protocolo, janela) = match condicao.protocolo {
        Protocolo::UdpJanela(janela) => ("udp-janela".into(), janela),
        Protocolo::Tcp(controle) => (format!("tcp-{controle}"), 0),
    };
    let tempo_s = medida.tempo.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "são poucos bytes")]
    let bits = 8.0 * condicao.bytes as f64;
    let formula = condicao
        .limite_da_janela_s()
        .map_or(Ausente, |limite| Numero(limite, 6));
    let arq = |campo: fn(&super::udp::ContasDoArq) -> Valor| {
        medida.arq.as_ref().map_or(Ausente, campo)
    };
    let mut campos = vec![
        ("rodada", Inteiro(rodada.into())),
        ("semente", Inteiro(semente)),
        ("protocolo", Texto(protocolo)),
        ("janela", Inteiro(janela.into())),
        ("perda", Numero(condicao.porcento, 2)),
        (
            "atraso_ms",
            Numero(condicao.ida_e_volta.as_secs_f64() * 1e3, 3),
        ),
        ("bytes", Inteiro(condicao.bytes as u64)),
        ("tempo_s", Numero(tempo_s, 6)),
        ("vazao_mbits", Numero(bits / tempo_s / 1e6, 3)),
        ("formula_s", formula),
        ("segmentos", Inteiro(medida.segmentos)),
        ("retransmitidos", Inteiro(medida.retransmitidos)),
        ("derrubados_na_ida", Inteiro(medida.contas.ida.derrubados)),
        (
            "derrubados_na_volta",
            Inteiro(medida.contas.volta.derrubados),
        ),
        (
            "sem_buffer",
            arq(|arq| arq.sem_buffer.map_or(Ausente, Inteiro)),
        ),
        ("sem_lugar", Inteiro(medida.contas.ida.sem_lugar)),
        ("a_toa", arq(|arq| Inteiro(arq.a_toa))),
        ("prazos_vencidos", arq(|arq| Inteiro(arq.prazos_vencidos))),
        ("recibos", arq(|arq| Inteiro(arq.recibos))),
        ("buffer_bytes", arq(|arq| Inteiro(arq.buffer as u64))),
        ("soma_mandada", Texto(medida.mandada.texto())),
        ("soma_entregue", Texto(medida.entregue.texto())),
        (
            "conta_fecha",
            arq(|arq| {
                arq.conta_fecha.map_or(Ausente, |fecha| {
                    Texto(if fecha { "sim" } else { "não" }.into())
                })
            }),
        ),
    ];
    if let Some(gargalo) = condicao.gargalo {
        #[expect(clippy::cast_precision_loss, reason = "é uma taxa")]
        let mbits = gargalo.bits_por_segundo as f64 / 1e6;
        campos.extend([
            ("taxa_mbits", Numero(mbits, 3)),
            ("fila_bytes", Inteiro(gargalo.fila as u64)),
        ]);
    }
    campos.push(("ressalva", Texto(ressalva(medida))));
    Linha { tabela, campos }
}

/// O que faz duvidar do número; vazia quando nada.
fn ressalva(medida: &Medida) -> String {
    let mut ressalvas = do_caminho(&medida.contas);
    if medida.arq.is_some_and(|arq| arq.conta_fecha == Some(false)) {
        ressalvas.push("a conta dos segmentos não fecha".into());
    }
    ressalvas.join("; ")
}
