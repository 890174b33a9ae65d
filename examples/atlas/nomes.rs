//! Erros de quem escreve um endereço ou procura um nome.

use std::net::{SocketAddr, ToSocketAddrs};

use crate::{Erro, Tentativa};

pub const ERROS: &[Erro] = &[
    Erro::novo("eai-noname", "getaddrinfo, de um nome torto", eai_noname),
    Erro::novo("eai-again", "getaddrinfo, sem rede", eai_again),
    Erro::novo(
        "endereco-sem-porta",
        "to_socket_addrs, de um IP só",
        sem_porta,
    ),
    Erro::novo("endereco-invalido", "parse, de um nome", endereco_invalido),
    Erro::novo(
        "porta-invalida",
        "to_socket_addrs, porta 65536",
        porta_invalida,
    ),
];

fn eai_noname() -> Tentativa {
    // Um nome de computador não tem espaços: este nem chega a ser procurado.
    ("meu servidor", 50000).to_socket_addrs()?;
    Ok("o sistema achou um computador com um espaço no nome")
}

fn eai_again() -> Tentativa {
    // `.invalid` nunca será de ninguém (RFC 6761). Com rede, a resposta é que
    // o nome não existe; sem ela, que não se sabe.
    ("servidor.invalid", 50000).to_socket_addrs()?;
    Ok("alguém, nesta rede, responde por qualquer nome")
}

fn sem_porta() -> Tentativa {
    "127.0.0.1".to_socket_addrs()?;
    Ok("a std achou uma porta")
}

fn endereco_invalido() -> Tentativa {
    "localhost:50000".parse::<SocketAddr>()?;
    Ok("a std tomou um nome por um endereço")
}

fn porta_invalida() -> Tentativa {
    "127.0.0.1:65536".to_socket_addrs()?;
    Ok("a std aceitou uma porta de 17 bits")
}
