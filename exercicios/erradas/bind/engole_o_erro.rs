//! Mostra o erro e acaba com código 0, como se tivesse dado certo.
//!
//! diagnostico: erro-calado

use std::net::TcpListener;

fn main() {
    let pedido = std::env::args().nth(1).unwrap_or_default();
    match TcpListener::bind(pedido) {
        Ok(escuta) => {
            println!("Escutando em {}", escuta.local_addr().unwrap());
            let _ = sockets::esperar_enter("soltar a porta");
        }
        Err(erro) => eprintln!("erro: {erro}"),
    }
}
