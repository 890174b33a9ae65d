//! Uma perda segura, no TCP, as mensagens que vêm atrás dela; no UDP, só falta ela.

use libtest_mimic::Trial;
use provas::Falha;
use provas::medir::Linha;

use super::{com, exigir, mediana, medir_e_conferir, prova, soma};

pub fn provas() -> Vec<Trial> {
    vec![prova("fila::a_perda_segura_o_tcp_e_nao_o_udp", fila)]
}

fn fila() -> Result<(), Falha> {
    let pedido = ["fila", "--perda", "0,5", "--quantos", "1500"];
    medir_e_conferir(&pedido, 5, conferir)
}

fn conferir(todas: &[Linha]) -> Result<(), Falha> {
    let de = |protocolo, perda| com(todas, &[("protocolo", protocolo), ("perda", perda)]);
    for (protocolo, perda) in [("tcp", "0.00"), ("tcp", "5.00"), ("udp", "0.00")] {
        let linhas = de(protocolo, perda)?;
        let entregues = soma(&linhas, "entregues")?;
        exigir(
            entregues >= soma(&linhas, "mensagens")?,
            &format!("{protocolo} com {perda} % entregou só {entregues}"),
            &linhas,
        )?;
    }
    let udp = de("udp", "5.00")?;
    let entregues = soma(&udp, "entregues")? / soma(&udp, "mensagens")?;
    exigir(
        (0.93..0.97).contains(&entregues),
        &format!("com 5 % de perda o UDP entregou {entregues}"),
        &udp,
    )?;
    // O que a perda acrescenta ao p90: nada no UDP, uma repetição no TCP.
    let p90 = |protocolo, perda| mediana(&de(protocolo, perda)?, "p90_ms");
    let no_tcp = p90("tcp", "5.00")? - p90("tcp", "0.00")?;
    let no_udp = p90("udp", "5.00")? - p90("udp", "0.00")?;
    exigir(
        no_tcp > 5.0 && no_tcp > 3.0 * no_udp,
        &format!("a perda acrescentou {no_tcp} ms ao p90 do TCP e {no_udp} ms ao do UDP"),
        &de("tcp", "5.00")?,
    )
}
