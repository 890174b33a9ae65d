//! Quanto demora uma ida e volta quando nada se perde: uma mensagem por vez, devolvida
//! por quem a recebe, pelo TCP e pelo UDP.
//!
//! No loopback só há o núcleo; no caminho há também dois cabos e o emulador. As duas
//! threads (e o emulador) ficam na mesma CPU; as linhas `livres` mostram o que isso
//! muda.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sockets::medir::sonda::{MENOR_PACOTE, Sonda};

use super::confiavel::Limite;
use super::latencia::eco::{de_datagramas, de_fluxo, so_uma_olhada};
use super::latencia::fluxo::esquecer_ao_fechar;
use super::latencia::{
    Demoras, Fluxo, OLHADA, Posto, Unidade, do_caminho, em_dupla,
};
use crate::caminho::Regras;
use crate::cpu::Ocupacao;
use crate::laboratorio::{AjustesTcp, Laboratorio, Lado};
use crate::resultados::{Contexto, Linha, Passo, Valor};

/// O subcomando, e a tabela.
pub const NOME: &str = "ida-e-volta";

/// A tabela das caudas.
const CAUDA: &str = "ida-e-volta-ccdf";

/// Quanto uma volta pode demorar além do atraso pedido: muito mais que qualquer soluço
/// da máquina. Quem não voltou até aí se perdeu, e aqui nada se perde.
const PACIENCIA: Duration = Duration::from_secs(5);

/// Onde as mensagens vão e voltam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lugar {
    /// Dentro do cliente, por 127.0.0.1.
    Loopback,
    /// Do cliente ao servidor, por um caminho com esta ida e volta.
    Caminho(Duration),
}

/// Por qual protocolo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocolo {
    /// Uma conexão, sem Nagle.
    Tcp,
    /// Datagramas.
    Udp,
}

/// O que medir em um lugar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condicao {
    /// Onde.
    pub lugar: Lugar,
    /// Em que CPUs.
    pub ocupacao: Ocupacao,
    /// Quantas idas e voltas contam; antes delas, um décimo disso é aquecimento.
    pub trocas: u32,
}

/// O que medir.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pedido {
    /// Os lugares.
    pub condicoes: Vec<Condicao>,
    /// Bytes de cada mensagem.
    pub tamanho: usize,
    /// Quantas rodadas de cada condição.
    pub rodadas: u32,
}

impl Pedido {
    /// O do `medir rapido`.
    #[must_use]
    pub fn rapido() -> Self {
        Self {
            condicoes: condicoes(3_000, 30),
            tamanho: 64,
            rodadas: 3,
        }
    }

    /// O do `medir completo`.
    #[must_use]
    pub fn completo() -> Self {
        Self {
            condicoes: condicoes(20_000, 200),
            tamanho: 64,
            rodadas: 5,
        }
    }
}

/// Perto, muitas trocas em pouco tempo; longe, cada uma custa o atraso inteiro.
fn condicoes(perto: u32, longe: u32) -> Vec<Condicao> {
    use Lugar::{Caminho, Loopback};
    use Ocupacao::{Juntas, Livres};
    let distante = Caminho(Duration::from_millis(20));
    [
        (Loopback, Juntas, perto),
        (Loopback, Livres, perto),
        (Caminho(Duration::ZERO), Juntas, perto),
        (Caminho(Duration::ZERO), Livres, perto),
        (distante, Juntas, longe),
    ]
    .map(|(lugar, ocupacao, trocas)| Condicao {
        lugar,
        ocupacao,
        trocas,
    })
    .into()
}

/// Os passos: em cada rodada, todas as condições, pelos dois protocolos.
#[must_use]
pub fn passos(pedido: &Pedido) -> Vec<Passo> {
    let mut passos = Vec::new();
    for rodada in 1..=pedido.rodadas {
        for condicao in &pedido.condicoes {
            for protocolo in [Protocolo::Tcp, Protocolo::Udp] {
                passos.push(passo(pedido, *condicao, protocolo, rodada));
            }
        }
    }
    passos
}

fn passo(
    pedido: &Pedido,
    condicao: Condicao,
    protocolo: Protocolo,
    rodada: u32,
) -> Passo {
    let tamanho = pedido.tamanho;
    let atraso = condicao.lugar.atraso();
    Passo {
        chave: format!(
            "ida-e-volta {} {} {} {} n={} tamanho={tamanho} rodada={rodada}",
            condicao.lugar.nome(),
            atraso.as_millis(),
            protocolo.nome(),
            condicao.ocupacao.nome(),
            condicao.trocas,
        ),
        estimativa: (atraso + Duration::from_micros(80)) * condicao.trocas,
        fazer: Box::new(move |contexto| {
            let (demoras, ressalva) =
                uma_rodada(contexto, condicao, protocolo, tamanho)?;
            let comeco = vec![
                ("rodada", Valor::Inteiro(rodada.into())),
                ("semente", Valor::Inteiro(contexto.semente)),
                ("lugar", Valor::Texto(condicao.lugar.nome().into())),
                ("atraso_ms", Valor::Medida(atraso.as_secs_f64() * 1e3, 0)),
                ("protocolo", Valor::Texto(protocolo.nome().into())),
            ];
            Ok(linhas(&comeco, condicao, tamanho, &demoras, &ressalva))
        }),
    }
}

fn linhas(
    comeco: &[(&'static str, Valor)],
    condicao: Condicao,
    tamanho: usize,
    demoras: &Demoras,
    ressalva: &str,
) -> Vec<Linha> {
    let linha = |tabela, campos: Vec<(&'static str, Valor)>| {
        let ressalva = ("ressalva", Valor::Texto(ressalva.into()));
        let campos = [comeco, &campos, &[ressalva]].concat();
        Linha { tabela, campos }
    };
    let us = |p| demoras.percentil(p, Unidade::Us);
    let mut linhas = vec![linha(
        NOME,
        vec![
            ("tamanho", Valor::Inteiro(tamanho as u64)),
            ("cpus", Valor::Texto(condicao.ocupacao.nome().into())),
            ("trocas", Valor::Inteiro(condicao.trocas.into())),
            ("p50_us", us(50.0)),
            ("p90_us", us(90.0)),
            ("p99_us", us(99.0)),
            ("p999_us", us(99.9)),
            ("maior_us", demoras.maior(Unidade::Us)),
        ],
    )];
    // As caudas comparam protocolos e lugares; a CPU já é outra comparação.
    if condicao.ocupacao == Ocupacao::Juntas {
        let cauda = demoras.cauda(Unidade::Us).into_iter();
        linhas.extend(cauda.map(|(us, acima)| {
            linha(CAUDA, vec![("us", us), ("acima", acima)])
        }));
    }
    linhas
}

fn uma_rodada(
    contexto: &Contexto<'_>,
    condicao: Condicao,
    protocolo: Protocolo,
    tamanho: usize,
) -> Result<(Demoras, String)> {
    let laboratorio = contexto.laboratorio;
    let _posto = Posto::tomar(laboratorio, condicao.ocupacao)?;
    let regras = Regras {
        atraso: condicao.lugar.atraso() / 2,
        ..Regras::default()
    };
    laboratorio.aplicar(regras.clone(), regras, contexto.semente);
    let demora = condicao.lugar.atraso() + Duration::from_millis(1);
    let limite = Limite {
        ate: Instant::now() + PACIENCIA + 2 * demora * condicao.trocas,
        parar: contexto.interrompido,
    };
    let demoras = match protocolo {
        Protocolo::Tcp => {
            let pontas = par_tcp(laboratorio, condicao.lugar)?;
            por_tcp(pontas, condicao.trocas, tamanho, limite)?
        }
        Protocolo::Udp => {
            let pontas = par_udp(laboratorio, condicao.lugar)?;
            por_udp(&pontas, condicao.trocas, tamanho, limite)?
        }
    };
    let ressalvas = match condicao.lugar {
        Lugar::Loopback => Vec::new(),
        Lugar::Caminho(_) => do_caminho(&laboratorio.contas()),
    };
    Ok((Demoras::novas(&demoras), ressalvas.join("; ")))
}

fn par_tcp(
    laboratorio: &Laboratorio,
    lugar: Lugar,
) -> Result<(TcpStream, TcpStream)> {
    let pontas = match lugar {
        Lugar::Loopback => {
            laboratorio.dentro(Lado::Cliente, || -> io::Result<_> {
                let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
                let cliente = TcpStream::connect(escuta.local_addr()?)?;
                let (servidor, _) = escuta.accept()?;
                cliente.set_nodelay(true)?;
                servidor.set_nodelay(true)?;
                Ok((cliente, servidor))
            })?
        }
        Lugar::Caminho(_) => laboratorio.par_tcp(AjustesTcp {
            congestionamento: Some("reno"),
            sem_nagle: true,
        })?,
    };
    esquecer_ao_fechar(&pontas.0)?;
    esquecer_ao_fechar(&pontas.1)?;
    Ok(pontas)
}

fn par_udp(
    laboratorio: &Laboratorio,
    lugar: Lugar,
) -> Result<(UdpSocket, UdpSocket)> {
    match lugar {
        Lugar::Loopback => {
            let pontas =
                laboratorio.dentro(Lado::Cliente, || -> io::Result<_> {
                    let cliente = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
                    let servidor = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
                    cliente.connect(servidor.local_addr()?)?;
                    servidor.connect(cliente.local_addr()?)?;
                    Ok((cliente, servidor))
                });
            pontas.context("não foi possível abrir dois sockets no loopback")
        }
        Lugar::Caminho(_) => laboratorio.par_udp(),
    }
}

fn por_tcp(
    (cliente, servidor): (TcpStream, TcpStream),
    trocas: u32,
    tamanho: usize,
    limite: Limite<'_>,
) -> Result<Vec<Duration>> {
    let mut fluxo = Fluxo::novo(cliente, tamanho, limite)?;
    let (demoras, ()) = em_dupla(
        |acabou| de_fluxo(&servidor, acabou, || Ok(())),
        || trocar(trocas, limite, |_| fluxo.perguntar(1)),
    )?;
    Ok(demoras)
}

fn por_udp(
    (cliente, servidor): &(UdpSocket, UdpSocket),
    trocas: u32,
    tamanho: usize,
    limite: Limite<'_>,
) -> Result<Vec<Duration>> {
    // Uma leitura bloqueada custa uma chamada a menos que esperar e ler.
    cliente.set_read_timeout(Some(OLHADA))?;
    let mut pacote = vec![0; tamanho.max(MENOR_PACOTE)];
    let (demoras, ()) = em_dupla(
        |acabou| Ok(de_datagramas(servidor, acabou)?),
        || {
            trocar(trocas, limite, |numero| {
                uma_troca(cliente, numero, &mut pacote, limite)
            })
        },
    )?;
    Ok(demoras)
}

fn uma_troca(
    cliente: &UdpSocket,
    numero: u64,
    pacote: &mut [u8],
    limite: Limite<'_>,
) -> Result<Duration> {
    let sonda = Sonda {
        experimento: 0,
        numero,
        enviada_ns: 0,
    };
    let inicio = Instant::now();
    sonda.escrever(pacote);
    cliente.send(pacote)?;
    let lidos = loop {
        match cliente.recv(pacote) {
            Ok(lidos) => break lidos,
            Err(erro) if so_uma_olhada(&erro) && limite.continua()? => {}
            Err(erro) => {
                return Err(erro).context(
                    "um datagrama não voltou de um caminho que não perde",
                );
            }
        }
    };
    let demora = inicio.elapsed();
    if Sonda::ler(&pacote[..lidos]) != Some(sonda) {
        bail!("voltou outro datagrama, e não o que se mandou");
    }
    Ok(demora)
}

/// O aquecimento e as trocas, uma de cada vez; devolve quanto cada troca demorou.
fn trocar(
    trocas: u32,
    limite: Limite<'_>,
    mut uma: impl FnMut(u64) -> Result<Duration>,
) -> Result<Vec<Duration>> {
    let aquecimento = trocas / 10;
    let mut demoras = Vec::new();
    for numero in 0..aquecimento + trocas {
        if !limite.continua()? {
            bail!("as idas e voltas não acabaram no prazo");
        }
        let demora = uma(numero.into())?;
        if numero >= aquecimento {
            demoras.push(demora);
        }
    }
    Ok(demoras)
}

impl Lugar {
    /// O nome dele na tabela.
    #[must_use]
    pub fn nome(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Caminho(_) => "caminho",
        }
    }

    /// A ida e volta pedida ao caminho.
    #[must_use]
    pub fn atraso(self) -> Duration {
        match self {
            Self::Loopback => Duration::ZERO,
            Self::Caminho(atraso) => atraso,
        }
    }
}

impl Protocolo {
    /// O nome dele na tabela.
    #[must_use]
    pub fn nome(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}
