//! `unwrap` no bind: com a porta ocupada, um pânico.
//!
//! diagnostico: panico

use std::net::TcpListener;

fn main() {
    let pedido = std::env::args().nth(1).unwrap();
    let escuta = TcpListener::bind(pedido).unwrap();
    println!("Escutando em {}", escuta.local_addr().unwrap());
    sockets::esperar_enter("soltar a porta").unwrap();
}
