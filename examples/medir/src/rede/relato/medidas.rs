//! Medições curtas: servem para ver se a rede é o que parece, não para um achado.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sockets::medir::estatistica::{ordenar, percentil};

use crate::caminho::Regras;
use crate::espera;
use crate::laboratorio::{AjustesTcp, Laboratorio};
use crate::par::descartes;

/// O tamanho de uma pergunta e de uma resposta.
const BYTES: usize = 64;

/// Quanto se espera por algo que devia ter chegado há muito.
const PRAZO: Duration = Duration::from_secs(2);

/// Por quanto tempo se mede a vazão.
const VAZAO: Duration = Duration::from_millis(500);

/// A probabilidade de um pacote sumir quando se confere a conta das perdas.
pub const PERDA: f64 = 0.1;

/// Idas e voltas, em microssegundos.
pub struct IdasEVoltas {
    /// A mediana.
    pub p50: f64,
    /// O percentil 99.
    pub p99: f64,
    /// A maior.
    pub maior: f64,
}

impl IdasEVoltas {
    fn de(mut micros: Vec<f64>) -> Result<Self> {
        ordenar(&mut micros);
        let p = |p| percentil(&micros, p).context("nada se mediu");
        Ok(Self {
            p50: p(50.0)?,
            p99: p(99.0)?,
            maior: p(100.0)?,
        })
    }
}

/// Idas e voltas por UDP, com o caminho que estiver valendo.
///
/// # Errors
/// O que o sistema não deixou fazer, ou uma mensagem que não chegou.
pub fn udp(laboratorio: &Laboratorio) -> Result<IdasEVoltas> {
    udp_tantas(laboratorio, 2000)
}

/// Como [`udp`], mas poucas, para um caminho que demora.
///
/// # Errors
/// Os mesmos.
pub fn udp_poucas(laboratorio: &Laboratorio) -> Result<IdasEVoltas> {
    udp_tantas(laboratorio, 20)
}

fn udp_tantas(laboratorio: &Laboratorio, quantas: u32) -> Result<IdasEVoltas> {
    let (cliente, servidor) = laboratorio.par_udp()?;
    for socket in [&cliente, &servidor] {
        // Grosso, mas só decide quando se desiste.
        socket.set_read_timeout(Some(PRAZO))?;
    }
    perguntar(
        quantas,
        |mensagem| {
            cliente.send(mensagem)?;
            cliente.recv(mensagem)?;
            Ok(())
        },
        |mensagem| {
            let lidos = servidor.recv(mensagem)?;
            servidor.send(&mensagem[..lidos])?;
            Ok(())
        },
    )
}

/// Idas e voltas por uma conexão TCP, com o caminho que estiver valendo.
///
/// # Errors
/// O que o sistema não deixou fazer, ou uma mensagem que não chegou.
pub fn tcp(laboratorio: &Laboratorio) -> Result<IdasEVoltas> {
    let pontas = laboratorio.par_tcp(AjustesTcp {
        sem_nagle: true,
        ..AjustesTcp::default()
    })?;
    for ponta in [&pontas.0, &pontas.1] {
        ponta.set_read_timeout(Some(PRAZO))?;
    }
    let medidas = perguntar(
        2000,
        |mensagem| {
            (&pontas.0).write_all(mensagem)?;
            (&pontas.0).read_exact(mensagem)
        },
        |mensagem| {
            (&pontas.1).read_exact(mensagem)?;
            (&pontas.1).write_all(mensagem)
        },
    )?;
    laboratorio.encerrar(pontas)?;
    Ok(medidas)
}

/// Faz `quantas` trocas depois de um décimo de aquecimento.
fn perguntar(
    quantas: u32,
    mut trocar: impl FnMut(&mut [u8]) -> io::Result<()>,
    mut responder: impl FnMut(&mut [u8]) -> io::Result<()> + Send,
) -> Result<IdasEVoltas> {
    let aquecimento = quantas / 10;
    let micros = thread::scope(|escopo| {
        let eco = escopo.spawn(move || -> io::Result<()> {
            let mut mensagem = [0; BYTES];
            (0..aquecimento + quantas)
                .try_for_each(|_| responder(&mut mensagem))
        });
        let mut mensagem = [0; BYTES];
        let mut micros = Vec::new();
        for numero in 0..aquecimento + quantas {
            let inicio = Instant::now();
            trocar(&mut mensagem)?;
            if numero >= aquecimento {
                micros.push(inicio.elapsed().as_secs_f64() * 1e6);
            }
        }
        eco.join().expect("o eco não entra em pânico")?;
        io::Result::Ok(micros)
    })
    .context("uma pergunta não teve resposta")?;
    IdasEVoltas::de(micros)
}

/// O controle de congestionamento de quando se quer um que toda máquina tem.
pub const RENO: AjustesTcp = AjustesTcp {
    congestionamento: Some("reno"),
    sem_nagle: false,
};

/// Quantos bits de dados por segundo uma conexão TCP leva pelo caminho perfeito.
///
/// # Errors
/// O que o sistema não deixou fazer.
#[expect(clippy::cast_precision_loss, reason = "contagens pequenas")]
pub fn vazao(laboratorio: &Laboratorio) -> Result<f64> {
    laboratorio.aplicar(Regras::default(), Regras::default(), 0);
    let pontas = laboratorio.par_tcp(RENO)?;
    let (cliente, servidor) = &pontas;
    servidor.set_read_timeout(Some(PRAZO))?;
    let (bytes, tempo) = thread::scope(|escopo| -> Result<_> {
        let recebe = escopo.spawn(|| receber(servidor));
        let inicio = Instant::now();
        let dados = vec![0; 128 << 10];
        while inicio.elapsed() < VAZAO {
            (&mut &*cliente).write_all(&dados)?;
        }
        cliente.shutdown(Shutdown::Write)?;
        let bytes = recebe.join().expect("quem recebe não entra em pânico")?;
        Ok((bytes, inicio.elapsed()))
    })
    .context("a conexão parou no meio")?;
    laboratorio.encerrar(pontas)?;
    Ok(bytes as f64 * 8.0 / tempo.as_secs_f64())
}

/// Lê até o fim e diz quantos bytes vieram.
fn receber(mut conexao: &TcpStream) -> io::Result<u64> {
    let mut buffer = vec![0; 128 << 10];
    let mut bytes = 0;
    loop {
        match conexao.read(&mut buffer)? {
            0 => return Ok(bytes),
            lidos => bytes += lidos as u64,
        }
    }
}

/// A conta de uma perda.
pub struct Perda {
    /// Datagramas que o cliente mandou.
    pub enviados: u64,
    /// Datagramas que o servidor leu.
    pub recebidos: u64,
    /// Os que o caminho derrubou.
    pub derrubados: u64,
    /// Os que não couberam no buffer do servidor; `None` onde o sistema não o diz.
    pub sem_buffer: Option<u64>,
}

impl Perda {
    /// Se cada datagrama que falta se sabe onde ficou.
    pub fn fecha(&self) -> bool {
        self.enviados
            == self.recebidos + self.derrubados + self.sem_buffer.unwrap_or(0)
    }
}

/// Manda datagramas por um caminho que perde, e confere a conta.
///
/// # Errors
/// O que o sistema não deixou fazer.
pub fn perda(laboratorio: &Laboratorio) -> Result<Perda> {
    /// Cabem todos no buffer de recepção padrão.
    const QUANTOS: u64 = 100;
    laboratorio.aplicar(Regras::default(), Regras::default(), 0);
    let (cliente, servidor) = laboratorio.par_udp()?;
    let ruim = Regras {
        perda: PERDA,
        ..Regras::default()
    };
    laboratorio.aplicar(ruim, Regras::default(), 1);
    for _ in 0..QUANTOS {
        cliente.send(&[0; BYTES])?;
    }
    // Dar as contas espera que tudo saia do caminho, por mais que ele demore a ser visto.
    let contas = laboratorio.contas();
    let recebidos = escoar(&servidor)?;
    Ok(Perda {
        enviados: QUANTOS,
        recebidos,
        derrubados: contas.ida.derrubados,
        sem_buffer: descartes::sem_buffer(&servidor),
    })
}

/// Lê até que nada mais chegue, e diz quantos chegaram.
fn escoar(socket: &UdpSocket) -> io::Result<u64> {
    /// Em uma máquina ocupada, o que saiu pode demorar a ser visto.
    const SOSSEGO: Duration = Duration::from_millis(200);
    let mut quantos = 0;
    while espera::legivel(socket, SOSSEGO)? {
        socket.recv(&mut [0; BYTES])?;
        quantos += 1;
    }
    Ok(quantos)
}

/// O prazo de retransmissão com que começa uma conexão por um caminho sem atraso, logo
/// depois de outra, por um caminho lento, ter acabado em paz: é quando o núcleo guardaria
/// o que aprendeu.
///
/// # Errors
/// O que o sistema não deixou fazer.
pub fn prazo_depois_de_um_caminho_lento(
    laboratorio: &Laboratorio,
) -> Result<Duration> {
    let lento = Regras {
        atraso: Duration::from_millis(100),
        ..Regras::default()
    };
    laboratorio.aplicar(lento.clone(), lento, 0);
    let (mut cliente, mut servidor) =
        laboratorio.par_tcp(AjustesTcp::default())?;
    for ponta in [&cliente, &servidor] {
        ponta.set_read_timeout(Some(PRAZO))?;
    }
    // Cada lado manda, confirma e acaba por sua vez: só assim a ida e volta se mede.
    let fim = |de: &mut TcpStream, para: &mut TcpStream| -> io::Result<()> {
        de.write_all(&[0; BYTES])?;
        de.shutdown(Shutdown::Write)?;
        receber(para).map(|_| ())
    };
    fim(&mut cliente, &mut servidor)
        .and_then(|()| fim(&mut servidor, &mut cliente))
        .context("a conexão não acabou em paz")?;
    drop((cliente, servidor));
    // Dar as contas espera que o último adeus atravesse o caminho.
    let _ = laboratorio.contas();
    laboratorio.aplicar(Regras::default(), Regras::default(), 0);
    prazo_do_tcp(laboratorio)
}

/// O menor prazo de retransmissão de algumas conexões TCP que acabam de se abrir: em uma
/// máquina ocupada, a ida e volta de uma delas pode entrar na conta.
///
/// # Errors
/// O que o sistema não deixou fazer.
pub fn prazo_do_tcp(laboratorio: &Laboratorio) -> Result<Duration> {
    let mut menor = Duration::MAX;
    for _ in 0..5 {
        let pontas = laboratorio.par_tcp(AjustesTcp::default())?;
        menor = menor.min(laboratorio.estado_tcp(&pontas.0)?.prazo);
        laboratorio.encerrar(pontas)?;
    }
    Ok(menor)
}
