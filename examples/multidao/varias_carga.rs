//! Muitos clientes de uma vez: abre conexões paradas, confere que todas respondem e
//! mede quantos ecos por segundo o servidor dá a cem delas.
//!
//! Terminal 1: `cargo run --release --example varias_polling`
//! Terminal 2: `cargo run --release --example varias_carga -- 127.0.0.1:50000 10000`

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use multidao::carga::{Multidao, PERGUNTA};

/// Quantas conexões perguntam ao mesmo tempo quando se mede a vazão.
const FALANTES: usize = 100;

/// Por quanto tempo.
const DURACAO: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos =
        sockets::Argumentos::ler(&["HOST:PORTA", "CONEXÕES", "SEGUNDOS"])?;
    let endereco = argumentos.destino()?;
    // Cada conexão gasta uma porta efêmera deste lado: no Linux há 28 232.
    let quantas = usize::try_from(argumentos.numero(1, 1000, 1, 28_000)?)?;
    let prazo = Duration::from_secs(argumentos.numero(2, 5, 1, 600)?);

    let mut multidao = Multidao::ligar(endereco, quantas, prazo)?;
    println!("{quantas} conexões abertas, e cada uma teve resposta.");
    multidao.perguntar_a_todas()?;
    println!("As {quantas} continuam abertas, e todas responderam de novo.");
    let falantes = quantas.min(FALANTES);
    let vazao = multidao.vazao(falantes, DURACAO, prazo)?;
    println!(
        "{falantes} falando: {vazao:.0} ecos de {PERGUNTA} bytes por segundo."
    );
    sockets::esperar_enter("desligar")
}
