//! Erros que a própria std faz, e pânicos.

use std::io::{self, IsTerminal, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use crate::par::{self, AQUI};
use crate::{Erro, Tentativa};

pub const ERROS: &[Erro] = &[
    Erro::novo(
        "utf-8-no-fluxo",
        "read_to_string, de um ç cortado",
        no_fluxo,
    ),
    Erro::novo("utf-8-cortado", "str::from_utf8, de um ç cortado", cortado),
    Erro::novo("faltam-bytes", "read_exact, e o fluxo acaba antes", faltam),
    Erro::novo("buffer-cheio", "write_all, em 4 bytes de memória", cheio),
    Erro::novo("prazo-zero", "set_read_timeout(0)", prazo_zero),
    Erro::novo("println", "println!, e ninguém lê a saída", imprimir),
    Erro::novo("unwrap", "unwrap, no erro de um bind", unwrap),
    Erro::novo("overflow", "4 - 5, em usize", overflow),
    Erro::novo("fora-do-buffer", "buffer[..5], e ele tem 4 bytes", fora),
];

/// Linhas de sobra para que a falta de um leitor apareça.
const MUITAS: usize = 100_000;

/// A ponta de quem lê um fluxo que é só isto, e acaba.
fn fluxo_com(bytes: &[u8]) -> io::Result<TcpStream> {
    let (mut cliente, servidor) = par::conexao()?;
    cliente.write_all(bytes)?;
    cliente.shutdown(Shutdown::Write)?;
    Ok(servidor)
}

fn no_fluxo() -> Tentativa {
    let meio_c = &"ç".as_bytes()[..1];
    fluxo_com(meio_c)?.read_to_string(&mut String::new())?;
    Ok("meio ç é texto")
}

fn cortado() -> Tentativa {
    std::str::from_utf8(&"maçã".as_bytes()[..3])?;
    Ok("meio ç é texto")
}

fn faltam() -> Tentativa {
    fluxo_com(b"oi")?.read_exact(&mut [0; 4])?;
    Ok("dois bytes viraram quatro")
}

fn cheio() -> Tentativa {
    let mut memoria = [0; 4];
    memoria.as_mut_slice().write_all(b"cinco")?;
    Ok("couberam cinco bytes em quatro")
}

fn prazo_zero() -> Tentativa {
    let (cliente, _servidor) = par::conexao()?;
    cliente.set_read_timeout(Some(Duration::ZERO))?;
    Ok("a std aceitou um prazo de zero")
}

fn imprimir() -> Tentativa {
    if io::stdout().is_terminal() {
        return Ok("o terminal lê tudo; acrescente ao comando: | head -1");
    }
    // O relato comum de um pânico, que os programas do livro trocam por outro.
    drop(std::panic::take_hook());
    for vez in 0..MUITAS {
        println!("{vez}");
    }
    io::stdout().flush()?;
    Ok("alguém leu tudo")
}

fn unwrap() -> Tentativa {
    let dono = TcpListener::bind(AQUI)?;
    TcpListener::bind(dono.local_addr()?).unwrap();
    Ok("o sistema deu a mesma porta a dois sockets")
}

fn overflow() -> Tentativa {
    let lidos = fluxo_com(b"cinco")?.read(&mut [0; 16])?;
    let faltam = 4 - lidos;
    println!("faltam {faltam} bytes");
    Ok("sem verificação, a conta dá a volta (é o --release)")
}

fn fora() -> Tentativa {
    let buffer = [0; 4];
    let mut anunciado = [0];
    // O par diz que mandará cinco bytes.
    fluxo_com(&[5])?.read_exact(&mut anunciado)?;
    println!("{:?}", &buffer[..usize::from(anunciado[0])]);
    Ok("o buffer tinha mais lugar do que se pediu")
}
