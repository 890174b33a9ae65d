//! Exercício `listen`: conte quem esperava na fila, sem ficar preso nela.
//!
//! Rode: `cargo run -p exercicios --bin listen -- 127.0.0.1:50000 5`
//! Confira: `cargo conferir listen`

use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "FILA"])?;
    let pedido = argumentos.endereco()?;
    let fila = i32::try_from(argumentos.numero(1, 5, 1, 4096)?)?;

    // Aqui você põe um socket a escutar no endereço pedido, com uma fila desse tamanho,
    // e escreve “Escutando em IP:PORTA”, com o endereço que ele ganhou.
    println!(
        "Pediram {pedido} com uma fila de {fila}, e ninguém escuta ainda."
    );

    sockets::esperar_enter("atender quem chegou")?;
    // Aqui você aceita todos que já esperavam e escreve quantos eram: “na fila: 3”.
    Ok(())
}
