//! close: como se despede?
//!
//! As duas pontas da mesma conexão moram neste programa, e a tela mostra, na
//! ordem, o que cada uma faz e o que ela vê. Um terminal só:
//!
//! `cargo run --example close`
//!
//! O segundo argumento escolhe a despedida, `shutdown` (quando ele falta),
//! `drop`, `sem-ler` ou `clone`:
//! `cargo run --example close -- 127.0.0.1:50000 drop`

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use socket2::{Domain, Socket, Type};

const PRAZO: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "DESPEDIDA"])?;
    let endereco = argumentos.endereco()?;
    let (cliente, servidor) = conectar(endereco)?;
    match argumentos.texto(1).unwrap_or("shutdown") {
        "shutdown" => parar_de_falar(&cliente, servidor)?,
        "drop" => fechar(cliente, &servidor),
        "sem-ler" => fechar_sem_ler(cliente, &servidor)?,
        "clone" => fechar_uma_copia(cliente, &servidor)?,
        _ => Err(argumentos.erro("use shutdown, drop, sem-ler ou clone"))?,
    }
    Ok(())
}

// ANCHOR: shutdown
fn parar_de_falar(cliente: &Ponta, servidor: Ponta) -> io::Result<()> {
    cliente.escrever("quanto deu?");
    cliente.socket.shutdown(Shutdown::Write)?; // shutdown(2)
    println!("cliente:  shutdown(Write)");
    servidor.ler();
    servidor.ler();
    servidor.escrever("deu 42");
    servidor.fechar();
    cliente.ler();
    cliente.ler();
    cliente.escrever("obrigado");
    Ok(())
}
// ANCHOR_END: shutdown

// ANCHOR: drop
fn fechar(cliente: Ponta, servidor: &Ponta) {
    cliente.fechar();
    servidor.ler();
    // A primeira escrita parte; o RST que ela provoca leva um tempo para
    // voltar, e só depois dele uma escrita falha.
    while servidor.escrever("oi") {}
}
// ANCHOR_END: drop

// ANCHOR: sem-ler
fn fechar_sem_ler(cliente: Ponta, servidor: &Ponta) -> io::Result<()> {
    servidor.escrever("uma resposta comprida");
    (&cliente.socket).read_exact(&mut [0; 3])?;
    println!("cliente:  leu só 3 bytes");
    cliente.fechar();
    servidor.ler();
    Ok(())
}
// ANCHOR_END: sem-ler

// ANCHOR: clone
fn fechar_uma_copia(cliente: Ponta, servidor: &Ponta) -> io::Result<()> {
    let socket = cliente.socket.try_clone()?; // mais um descritor
    let copia = Ponta {
        nome: "cópia:",
        socket,
    };
    cliente.fechar();
    servidor.ler();
    copia.fechar();
    servidor.ler();
    Ok(())
}
// ANCHOR_END: clone

struct Ponta {
    nome: &'static str,
    socket: Socket,
}

impl Ponta {
    // ANCHOR: fechar
    fn fechar(self) {
        println!("{:9} drop", self.nome);
        drop(self.socket); // close(2)
    }
    // ANCHOR_END: fechar

    fn escrever(&self, texto: &str) -> bool {
        let resultado = (&self.socket).write(texto.as_bytes());
        self.contar(&format!("write {texto:?}"), &resultado);
        resultado.is_ok()
    }

    fn ler(&self) {
        let resultado = (&self.socket).read(&mut [0; 1024]);
        self.contar("read", &resultado);
    }

    fn contar(&self, chamada: &str, resultado: &io::Result<usize>) {
        match resultado {
            Ok(n) => println!("{:9} {chamada} → Ok({n})", self.nome),
            Err(erro) => println!("{:9} {chamada} → Err({erro})", self.nome),
        }
    }
}

/// `socket`, `bind`, `listen`, `connect` e `accept`, tudo neste processo.
fn conectar(endereco: SocketAddr) -> Result<(Ponta, Ponta)> {
    let familia = Domain::for_address(endereco);
    let escuta = Socket::new(familia, Type::STREAM, None)?;
    #[cfg(not(windows))]
    escuta.set_reuse_address(true)?;
    escuta
        .bind(&endereco.into())
        .with_context(|| format!("não foi possível usar {endereco}"))?;
    escuta.listen(1)?;
    let cliente = Socket::new(familia, Type::STREAM, None)?;
    cliente.connect(&escuta.local_addr()?)?;
    let (servidor, _) = escuta.accept()?;
    for socket in [&cliente, &servidor] {
        socket.set_read_timeout(Some(PRAZO))?;
        socket.set_write_timeout(Some(PRAZO))?;
    }
    let ponta = |nome, socket| Ponta { nome, socket };
    Ok((ponta("cliente:", cliente), ponta("servidor:", servidor)))
}
