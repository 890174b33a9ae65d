//! Exercício `socket`: peça sockets ao sistema e diga que números ele lhe deu.
//!
//! Rode: `cargo run -p exercicios --bin socket -- 3`
//! Confira: `cargo conferir socket`

use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["QUANTOS"])?;
    let quantos = argumentos.numero(0, 3, 1, 100)?;

    // Aqui você abre os sockets e escreve o descritor de cada um: “descritor 3”.
    println!("Pediram {quantos}, e este programa ainda não abre nenhum.");

    sockets::esperar_enter("fechar o primeiro e abrir outro")?;
    // Aqui você fecha o primeiro, abre outro e escreve o descritor dele.

    sockets::esperar_enter("acabar")
}
