//! A tabela das quatro línguas tem toda chamada sobre sockets que os programas do livro
//! fazem.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// O que a std e o `socket2` oferecem para se fazer com um socket. Uma função nova que os
/// programas passem a usar entra aqui, e na tabela.
const CHAMADAS: [&str; 57] = [
    "accept",
    "as_raw_fd",
    "as_raw_socket",
    "bind",
    "connect",
    "connect_timeout",
    "incoming",
    "join_multicast_v4",
    "join_multicast_v6",
    "leave_multicast_v4",
    "linger",
    "listen",
    "local_addr",
    "nodelay",
    "only_v6",
    "peek",
    "peek_from",
    "peer_addr",
    "read",
    "read_exact",
    "read_to_end",
    "read_until",
    "recv",
    "recv_buffer_size",
    "recv_from",
    "recv_vectored",
    "send",
    "send_buffer_size",
    "send_to",
    "send_vectored",
    "set_broadcast",
    "set_keepalive",
    "set_linger",
    "set_multicast_if_v4",
    "set_multicast_loop_v4",
    "set_multicast_ttl_v4",
    "set_nodelay",
    "set_nonblocking",
    "set_only_v6",
    "set_read_timeout",
    "set_recv_buffer_size",
    "set_reuse_address",
    "set_reuse_port",
    "set_send_buffer_size",
    "set_tcp_congestion",
    "set_tcp_keepalive",
    "set_tcp_nodelay",
    "set_tcp_user_timeout",
    "set_tos_v4",
    "set_ttl_v4",
    "set_write_timeout",
    "shutdown",
    "take_error",
    "to_socket_addrs",
    "try_clone",
    "write",
    "write_all",
];

#[test]
fn toda_chamada_dos_programas_esta_na_tabela() {
    let tabela = fs::read_to_string(provas::raiz().join("book/src/apendices/tabela.md")).unwrap();
    let programas: Vec<String> = programas(&provas::raiz().join("examples"))
        .iter()
        .map(|programa| fs::read_to_string(programa).unwrap())
        .collect();
    let tem = |texto: &str, padrao: &str| Regex::new(padrao).unwrap().is_match(texto);
    let usadas: Vec<&str> = CHAMADAS
        .into_iter()
        .filter(|nome| {
            let chamada = format!(r"(?:\.|::){nome}\(");
            programas.iter().any(|programa| tem(programa, &chamada))
        })
        .collect();
    // Se um dia nenhum programa for lido, a prova não prova nada.
    assert!(usadas.len() > 30, "{usadas:?}");
    let faltam: Vec<&str> = usadas
        .into_iter()
        .filter(|nome| !tem(&tabela, &format!(r"`(?:\w+::)?{nome}\b")))
        .collect();
    assert!(faltam.is_empty(), "faltam na tabela: {faltam:?}");
}

/// Os arquivos em Rust abaixo de `pasta`.
fn programas(pasta: &Path) -> Vec<PathBuf> {
    let mut achados = Vec::new();
    for arquivo in fs::read_dir(pasta).unwrap() {
        let arquivo = arquivo.unwrap().path();
        if arquivo.is_dir() {
            achados.extend(programas(&arquivo));
        } else if arquivo.extension().is_some_and(|tipo| tipo == "rs") {
            achados.push(arquivo);
        }
    }
    achados
}
