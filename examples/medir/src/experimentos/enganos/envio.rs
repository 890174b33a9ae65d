//! Cronometrar o `send`: ele volta quando os bytes estão em um buffer desta máquina, e
//! não quando chegam à outra.

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};

use super::{Achado, Engano};
use crate::caminho::Regras;
use crate::cpu::Ocupacao;
use crate::espera::legivel;
use crate::experimentos::latencia::{Posto, do_caminho};
use crate::laboratorio::AjustesTcp;
use crate::resultados::Contexto;

/// Veja [`Engano`].
pub const ENGANO: Engano = Engano {
    nome: "envio",
    medida: "o tempo de mandar 14.000 bytes por um caminho de 1 Mb/s e 10 ms",
    errado: "em volta do send",
    certo: "até o último byte ser lido do outro lado",
    estimativa: Duration::from_millis(500),
    medir: os_dois,
};

/// O atraso de cada sentido.
const ATRASO: Duration = Duration::from_millis(10);

/// Bits por segundo que cabem na ida.
const TAXA: u64 = 1_000_000;

/// Bytes de cada escrita.
const PEDACO: usize = 1_400;

/// Quantas escritas. Com dez segmentos, a janela inicial do TCP (RFC 6928) deixa todos
/// saírem sem esperar por nada.
const PEDACOS: usize = 10;

/// Os cabeçalhos de um datagrama em um quadro: Ethernet, IPv4 e UDP.
const CABECALHOS_UDP: usize = 14 + 20 + 8;

/// Os de um segmento: Ethernet, IPv4 e TCP com a hora (RFC 7323).
const CABECALHOS_TCP: usize = 14 + 20 + 20 + 12;

/// Quantos bytes de dados leva um segmento, em um cabo de MTU 1500.
const MSS: usize = 1_448;

/// Quanto se espera por tudo: o caminho leva um décimo de segundo.
const PRAZO: Duration = Duration::from_secs(5);

fn os_dois(contexto: &Contexto<'_>) -> Result<Vec<Achado>> {
    let laboratorio = contexto.laboratorio;
    let _posto = Posto::tomar(laboratorio, Ocupacao::Juntas)?;
    let ida = Regras {
        atraso: ATRASO,
        taxa: Some(TAXA),
        fila: 1 << 20,
        ..Regras::default()
    };
    let volta = Regras {
        atraso: ATRASO,
        ..Regras::default()
    };
    laboratorio.aplicar(ida, volta, contexto.semente);
    let udp = por_udp(contexto)?;
    let tcp = por_tcp(contexto)?;
    let segmentos = (PEDACO * PEDACOS).div_ceil(MSS);
    let ressalva = do_caminho(&laboratorio.contas()).join("; ");
    let achado =
        |condicao: &str, cronometrado: Cronometrado, cabecalhos| Achado {
            condicao: condicao.into(),
            errado: milissegundos(cronometrado.no_send),
            certo: milissegundos(cronometrado.ate_o_fim),
            verdade: Some(milissegundos(menor_tempo(cabecalhos))),
            unidade: "ms",
            ressalva: ressalva.clone(),
        };
    Ok(vec![
        achado("UDP", udp, PEDACOS * CABECALHOS_UDP),
        achado("TCP", tcp, segmentos * CABECALHOS_TCP),
    ])
}

/// O mesmo envio, cronometrado dos dois jeitos.
struct Cronometrado {
    no_send: Duration,
    ate_o_fim: Duration,
}

/// O atraso, mais o tempo de passar todos os quadros.
fn menor_tempo(cabecalhos: usize) -> Duration {
    let bits = (PEDACO * PEDACOS + cabecalhos) as u64 * 8;
    ATRASO + Duration::from_micros(bits * 1_000_000 / TAXA)
}

fn milissegundos(duracao: Duration) -> f64 {
    duracao.as_secs_f64() * 1e3
}

fn por_udp(contexto: &Contexto<'_>) -> Result<Cronometrado> {
    let (cliente, servidor) = contexto.laboratorio.par_udp()?;
    cronometrar(|| cliente.send(&[0; PEDACO]), || ler_datagramas(&servidor))
}

fn por_tcp(contexto: &Contexto<'_>) -> Result<Cronometrado> {
    let laboratorio = contexto.laboratorio;
    let (mut cliente, mut servidor) = laboratorio.par_tcp(AjustesTcp {
        congestionamento: Some("reno"),
        sem_nagle: true,
    })?;
    let cronometrado = cronometrar(
        || cliente.write(&[0; PEDACO]),
        || ler_fluxo(&mut servidor),
    )?;
    laboratorio.encerrar((cliente, servidor))?;
    Ok(cronometrado)
}

/// Manda nesta thread e recebe em outra, que devolve quando leu o último byte.
fn cronometrar(
    mut mandar: impl FnMut() -> std::io::Result<usize>,
    receber: impl FnOnce() -> Result<Instant> + Send,
) -> Result<Cronometrado> {
    thread::scope(|escopo| {
        let receptor = escopo.spawn(receber);
        let inicio = Instant::now();
        for _ in 0..PEDACOS {
            let mandados = mandar().context("não foi possível mandar")?;
            ensure!(mandados == PEDACO, "o sistema só aceitou parte");
        }
        let no_send = inicio.elapsed();
        let fim = receptor
            .join()
            .map_err(|_| anyhow!("o receptor acabou em pânico"))??;
        Ok(Cronometrado {
            no_send,
            ate_o_fim: fim - inicio,
        })
    })
}

fn ler_datagramas(servidor: &UdpSocket) -> Result<Instant> {
    for _ in 0..PEDACOS {
        ensure!(legivel(servidor, PRAZO)?, "os datagramas não chegaram");
        servidor.recv(&mut [0; PEDACO])?;
    }
    Ok(Instant::now())
}

fn ler_fluxo(servidor: &mut TcpStream) -> Result<Instant> {
    let mut faltam = PEDACO * PEDACOS;
    while faltam > 0 {
        ensure!(legivel(servidor, PRAZO)?, "os bytes não chegaram");
        let lidos = servidor.read(&mut [0; PEDACO])?;
        ensure!(lidos > 0, "o cliente fechou antes do fim");
        faltam = faltam.saturating_sub(lidos);
    }
    Ok(Instant::now())
}
