//! Dez segmentos atravessam uma rede que perde: a linha do tempo de cada um.
//!
//! Pare e espere: `cargo run --example confiavel -- 1 20`
//! Janela de 4: `cargo run --example confiavel -- 4 20`
//!
//! A rede e o tempo são simulados, e nada espera. O terceiro argumento é a semente
//! dos sorteios: a mesma dá sempre o mesmo desenho.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, ensure};
use sockets::arq::simulacao::{Passo, Simulacao};
use sockets::arq::{Instante, MAIOR_JANELA};

const SEGMENTOS: u8 = 10;

/// Com esta semente e 20 % de perda, a rede perde um segmento e um recibo, seja a
/// janela de 1, de 4 ou de 10.
const SEMENTE: u64 = 55;

/// A largura do desenho, e quantos milissegundos cabem em cada coluna dele: os
/// primeiros que servirem.
const COLUNAS: u128 = 72;
const ESCALAS: [u128; 8] = [10, 20, 50, 100, 200, 500, 1000, 5000];

const LEGENDA: &str = "\
> mandado          x mandado, e perdido no caminho
R mandado de novo  X mandado de novo, e perdido
e entregue         o guardado à espera dos de antes
d descartado       ✓ confirmado";

/// A marca que cada segmento tem em cada instante.
type Historia = BTreeMap<(u64, Instante), char>;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos =
        sockets::Argumentos::ler(&["JANELA", "PERDA%", "SEMENTE"])?;
    let janela = argumentos.numero(0, 4, 1, MAIOR_JANELA.into())?;
    let perda = argumentos.numero(1, 20, 0, 50)?;
    let semente = argumentos.numero(2, SEMENTE, 0, u64::MAX)?;
    let rede = rede(janela.try_into()?, perda.try_into()?, semente);

    let mut historia = Historia::new();
    let cargas = (0..SEGMENTOS).map(|numero| vec![numero]);
    let fim = rede.rodar(cargas, |agora, numero, passo| {
        historia.insert((numero, agora), marca(passo));
    });
    ensure!(fim.acabou, "a transferência não acabou em um dia simulado");

    desenhar(&historia, fim.demorou)?;
    let envios = fim.emissor.enviados + fim.emissor.retransmitidos;
    let milissegundos = fim.demorou.as_millis();
    println!("\nDemorou {milissegundos} ms, com {envios} envios.");
    println!("Segmentos perdidos no caminho: {}.", fim.segmentos_perdidos);
    println!("Recibos perdidos na volta: {}.", fim.recibos_perdidos);
    Ok(())
}

// ANCHOR: rede
/// Uma ida e volta de 20 ms, com a mesma perda nos dois sentidos.
fn rede(janela: u16, perda: u32, semente: u64) -> Simulacao {
    let mut rede = Simulacao {
        semente,
        ..Simulacao::default()
    };
    rede.emissor.janela = janela;
    for sentido in [&mut rede.ida, &mut rede.volta] {
        sentido.atraso = Duration::from_millis(10);
        sentido.perda = f64::from(perda) / 100.0;
    }
    rede
}
// ANCHOR_END: rede

fn marca(passo: Passo<'_>) -> char {
    match passo {
        Passo::Mandou => '>',
        Passo::MandouEPerdeu => 'x',
        Passo::Repetiu => 'R',
        Passo::RepetiuEPerdeu => 'X',
        Passo::Guardou => 'o',
        Passo::Entregou(_) => 'e',
        Passo::Descartou => 'd',
        Passo::Confirmou => '✓',
    }
}

// ANCHOR: desenhar
/// Uma linha por segmento, o tempo para a direita.
fn desenhar(historia: &Historia, demorou: Duration) -> Result<()> {
    let cabe = |coluna: &u128| demorou.as_millis() / coluna < COLUNAS;
    let coluna = ESCALAS.into_iter().find(cabe).unwrap_or(ESCALAS[7]);
    println!("{LEGENDA}\nCada coluna são {coluna} ms.\n");
    for numero in 0..u64::from(SEGMENTOS) {
        let mut linha = Vec::new();
        let vida = (numero, Instante::ZERO)..=(numero, Instante::MAX);
        for ((_, quando), marca) in historia.range(vida) {
            let fundo = if linha.is_empty() { ' ' } else { '·' };
            linha.resize(usize::try_from(quando.as_millis() / coluna)?, fundo);
            linha.push(*marca);
        }
        println!("{numero} |{}", String::from_iter(linha));
    }
    Ok(())
}
// ANCHOR_END: desenhar
