//! Depois do Enter, acaba com o código de quem falhou.
//!
//! diagnostico: codigo-errado

use std::net::TcpListener;
use std::process::ExitCode;

fn main() -> ExitCode {
    let pedido = std::env::args().nth(1).unwrap();
    let escuta = TcpListener::bind(pedido).unwrap();
    println!("Escutando em {}", escuta.local_addr().unwrap());
    let _ = sockets::esperar_enter("soltar a porta");
    ExitCode::FAILURE
}
