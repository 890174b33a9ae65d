//! Escuta, mas não diz onde.
//!
//! diagnostico: sem-endereco

use std::net::TcpListener;

fn main() {
    let pedido = std::env::args().nth(1).unwrap();
    let _escuta = TcpListener::bind(pedido).unwrap();
    println!("Escutando.");
}
