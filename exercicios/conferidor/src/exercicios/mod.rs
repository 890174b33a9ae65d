//! Um módulo por exercício, na ordem dos capítulos: cada um roda o programa e o põe à
//! prova.

use crate::{Programa, Resultado};

mod accept;
mod apoio;
mod bind;
mod cliente_chat;
mod close;
mod connect;
mod datagramas;
mod desconfie;
mod eco;
mod emissor;
mod impasse;
mod linhas;
mod listen;
mod nomes;
mod observar;
mod perda;
mod pergunta_udp;
mod ping;
mod prazo;
mod protocolo;
mod quadros;
mod recebedor;
mod recusa;
mod recv;
mod sendall;
mod socket;
mod varias;

/// O que se faz com o programa de um exercício.
pub type Conferencia = fn(&Programa) -> Resultado;

/// As conferências, pelo nome do exercício, na ordem dos capítulos.
pub const CONFERENCIAS: &[(&str, Conferencia)] = &[
    ("socket", socket::conferir),
    ("bind", bind::conferir),
    ("listen", listen::conferir),
    ("accept", accept::conferir),
    ("connect", connect::conferir),
    ("sendall", sendall::conferir),
    ("recv", recv::conferir),
    ("close", close::conferir),
    ("eco", eco::conferir),
    ("pergunta_udp", pergunta_udp::conferir),
    ("linhas", linhas::conferir),
    ("quadros", quadros::conferir),
    ("prazo", prazo::conferir),
    ("impasse", impasse::conferir),
    ("recusa", recusa::conferir),
    ("nomes", nomes::conferir),
    ("datagramas", datagramas::conferir),
    ("varias", varias::conferir),
    ("desconfie", desconfie::conferir),
    ("observar", observar::conferir),
    ("perda", perda::conferir),
    ("ping", ping::conferir),
    ("protocolo", protocolo::conferir),
    ("cliente_chat", cliente_chat::conferir),
    ("recebedor", recebedor::conferir),
    ("emissor", emissor::conferir),
];

/// A conferência do exercício `nome`.
#[must_use]
pub fn conferencia(nome: &str) -> Option<Conferencia> {
    CONFERENCIAS
        .iter()
        .find(|(este, _)| *este == nome)
        .map(|(_, conferencia)| *conferencia)
}
