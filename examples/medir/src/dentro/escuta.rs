//! Se alguém já escuta no servidor: o cliente não deve começar antes.

use std::fs;

/// Como `/proc/net/tcp` diz que um socket escuta (`TCP_LISTEN`, em
/// `include/net/tcp_states.h`).
const ESCUTA: &str = "0A";

/// Como ele diz que um socket UDP não está ligado a ninguém (`TCP_CLOSE`).
const SEM_PAR: &str = "07";

/// Se, no computador desta thread, há um socket à espera de alguém.
pub fn ha_alguem() -> bool {
    [("tcp", ESCUTA), ("udp", SEM_PAR)]
        .iter()
        .any(|(nome, estado)| {
            ["", "6"].iter().any(|versao| {
                let arquivo = format!("/proc/thread-self/net/{nome}{versao}");
                // Sem IPv6, o arquivo não existe.
                fs::read_to_string(arquivo)
                    .is_ok_and(|texto| tem_estado(&texto, estado))
            })
        })
}

/// Se alguma linha, fora o cabeçalho, tem este estado: é a quarta coluna (`proc(5)`).
fn tem_estado(texto: &str, estado: &str) -> bool {
    texto
        .lines()
        .skip(1)
        .any(|linha| linha.split_whitespace().nth(3) == Some(estado))
}

#[cfg(test)]
mod testes {
    use super::*;

    const TABELA: &str = "  sl  local_address rem_address   st tx_queue rx_queue\n   \
         0: 0100007F:1451 00000000:0000 0A 00000000:00000000 00:00000000\n   \
         1: 0100007F:C350 0100007F:1451 01 00000000:00000000 00:00000000\n";

    #[test]
    fn o_estado_e_o_da_quarta_coluna() {
        assert!(tem_estado(TABELA, "0A"));
        assert!(tem_estado(TABELA, "01"));
        assert!(!tem_estado(TABELA, "07"));
        assert!(!tem_estado("  sl  local rem 0A\n", "0A"));
        assert!(!tem_estado("", "0A"));
    }
}
