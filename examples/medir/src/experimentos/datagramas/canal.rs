//! Uma medição com datagramas: dois sockets, as regras do caminho, as contas.

use std::net::UdpSocket;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use socket2::SockRef;
use sockets::medir::contagem::Contagem;
use sockets::medir::sonda::{MENOR_PACOTE, Sonda};

use super::balanco::Balanco;
use super::emissor::{Emissor, Mandados, nanossegundos};
use super::receptor::{Chegada, Fim, MENOR_ESCOAMENTO, receber};
use crate::caminho::Regras;
use crate::cpu::Ocupacao;
use crate::espera::legivel;
use crate::experimentos::latencia::Posto;
use crate::laboratorio::Lado;
use crate::resultados::Contexto;

/// O buffer de quem não quer que ele estoure: o núcleo dá o que puder.
pub const BUFFER_FOLGADO: usize = 4 << 20;

/// O maior datagrama que cabe em um quadro de um cabo comum (MTU de 1500 bytes).
pub const MAIOR_SEM_FRAGMENTAR: usize = 1472;

/// Quanto se espera que o primeiro datagrama passe por um caminho perfeito.
const PRAZO_DO_AQUECIMENTO: Duration = Duration::from_secs(10);

/// Como é uma medição com datagramas.
#[derive(Debug, Clone, PartialEq)]
pub struct Montagem {
    /// Bytes de cada datagrama.
    pub tamanho: usize,
    /// Quantos datagramas se pretende mandar: é o que a contagem aceita.
    pub pacotes: u64,
    /// O que o caminho faz na ida; a volta é perfeita.
    pub ida: Regras,
    /// Quantos bytes de buffer de recepção se pedem (`SO_RCVBUF`).
    pub buffer: usize,
    /// Como as threads da medição dividem as CPUs.
    pub ocupacao: Ocupacao,
}

/// O que se mediu.
#[derive(Debug)]
pub struct Medicao {
    /// O que saiu.
    pub mandados: Mandados,
    /// O que chegou.
    pub contagem: Contagem,
    /// Quando saiu o último, em nanossegundos desde o começo.
    pub ultimo_envio_ns: u64,
    /// A conta.
    pub balanco: Balanco,
    /// O buffer de recepção que o núcleo deu, em bytes. No Linux é o dobro do que se
    /// pediu, para caber também o que ele guarda com cada datagrama (`socket(7)`).
    pub buffer: usize,
}

/// Faz uma medição: abre os sockets com o caminho perfeito, aplica as regras, deixa
/// `emitir` mandar, mostra cada chegada a `ao_chegar` e junta as contas.
///
/// # Errors
/// O que o sistema não deixou fazer, ou o que `emitir` devolveu.
pub fn medir(
    contexto: &Contexto<'_>,
    montagem: &Montagem,
    emitir: impl FnOnce(&mut Emissor<'_>) -> Result<()>,
    mut ao_chegar: impl FnMut(Chegada) + Send,
) -> Result<Medicao> {
    conferir(montagem)?;
    let laboratorio = contexto.laboratorio;
    laboratorio.aplicar(Regras::default(), Regras::default(), 0);
    let (cliente, servidor) = laboratorio.par_udp()?;
    let buffer = pedir_buffers(&cliente, &servidor, montagem.buffer)?;
    aquecer(&cliente, &servidor)?;
    let mut contagem = Contagem::nova(montagem.pacotes)?;

    let _posto = Posto::tomar(laboratorio, montagem.ocupacao)?;
    let antes = laboratorio.contadores(Lado::Servidor)?;
    laboratorio.aplicar(
        montagem.ida.clone(),
        Regras::default(),
        contexto.semente,
    );
    let inicio = Instant::now();
    let mut emissor = Emissor {
        socket: &cliente,
        inicio,
        experimento: experimento(contexto.semente),
        interrompido: contexto.interrompido,
        datagrama: vec![0; montagem.tamanho],
        mandados: Mandados::default(),
    };
    let menor_ida = montagem.ida.atraso + montagem.ida.variacao;
    let ultimo_envio_ns = receber_enquanto(
        &servidor,
        menor_ida,
        &mut emissor,
        emitir,
        |chegada| {
            contagem.chegou(chegada.numero, chegada.ida_ns().cast_signed());
            ao_chegar(chegada);
        },
    )?;
    let ida = laboratorio.contas().ida;
    let depois = laboratorio.contadores(Lado::Servidor)?;
    let mandados = emissor.mandados();
    Ok(Medicao {
        mandados,
        ultimo_envio_ns,
        balanco: Balanco {
            enviados: mandados.enviados,
            unicos: contagem.unicos(),
            duplicados: contagem.repetidos(),
            fora_de_ordem: contagem.ultrapassados(),
            ida,
            sem_buffer: depois.udp_sem_buffer - antes.udp_sem_buffer,
        },
        contagem,
        buffer,
    })
}

/// Quanto deve demorar uma medição: os envios e o escoamento.
#[must_use]
pub fn duracao_dos_envios(pacotes: u64, por_segundo: u32) -> Duration {
    let pacotes = u32::try_from(pacotes).unwrap_or(u32::MAX);
    let envios = f64::from(pacotes) / f64::from(por_segundo.max(1));
    let envios = if por_segundo == 0 { 0.0 } else { envios };
    Duration::from_secs_f64(envios) + MENOR_ESCOAMENTO
}

fn conferir(montagem: &Montagem) -> Result<()> {
    let tamanhos = MENOR_PACOTE..=MAIOR_SEM_FRAGMENTAR;
    if !tamanhos.contains(&montagem.tamanho) {
        bail!(
            "um datagrama de medição tem de {MENOR_PACOTE} a \
             {MAIOR_SEM_FRAGMENTAR} bytes, e não {}",
            montagem.tamanho
        );
    }
    Ok(())
}

/// Pede os buffers e devolve o de recepção que o núcleo deu.
fn pedir_buffers(
    cliente: &UdpSocket,
    servidor: &UdpSocket,
    recepcao: usize,
) -> Result<usize> {
    // O núcleo dá o que quiser sem erro: por isso se pergunta.
    SockRef::from(cliente).set_send_buffer_size(BUFFER_FOLGADO)?;
    let servidor = SockRef::from(servidor);
    servidor.set_recv_buffer_size(recepcao)?;
    Ok(servidor.recv_buffer_size()?)
}

/// Passa uma sonda, que não conta, por um caminho perfeito: as duas pontas aprendem o
/// endereço de quadro uma da outra (ARP) antes que algo se perca.
fn aquecer(cliente: &UdpSocket, servidor: &UdpSocket) -> Result<()> {
    let mut datagrama = [0; MENOR_PACOTE];
    Sonda {
        experimento: 0,
        numero: 0,
        enviada_ns: 0,
    }
    .escrever(&mut datagrama);
    cliente.send(&datagrama)?;
    if !legivel(servidor, PRAZO_DO_AQUECIMENTO)? {
        bail!("um datagrama não passou por um caminho perfeito em 10 s");
    }
    servidor.recv(&mut datagrama)?;
    Ok(())
}

/// O nome da medição, nas sondas: nunca o zero, que é do aquecimento.
fn experimento(semente: u64) -> u32 {
    u32::try_from(semente & 0x7fff_ffff).unwrap_or(0) + 1
}

/// Recebe em outra thread enquanto `emitir` manda nesta, e até escoar. Devolve quando
/// saiu o último, em nanossegundos desde o começo da medição.
fn receber_enquanto(
    servidor: &UdpSocket,
    menor_ida: Duration,
    emissor: &mut Emissor<'_>,
    emitir: impl FnOnce(&mut Emissor<'_>) -> Result<()>,
    ao_chegar: impl FnMut(Chegada) + Send,
) -> Result<u64> {
    let (experimento, inicio) = (emissor.experimento, emissor.inicio);
    let fim = Fim::default();
    thread::scope(|escopo| {
        let receptor = escopo.spawn(|| {
            receber(servidor, experimento, inicio, menor_ida, &fim, ao_chegar)
        });
        let abandono = Abandono(&fim);
        emitir(emissor)?;
        let ultimo_ns = nanossegundos(inicio.elapsed());
        fim.acabou(ultimo_ns);
        drop(abandono);
        receptor
            .join()
            .map_err(|_| anyhow!("o receptor acabou em pânico"))?
            .context("o receptor parou antes do fim")?;
        Ok(ultimo_ns)
    })
}

/// Ao sair de cena, também por um erro ou em um pânico, ninguém espera pelo emissor.
struct Abandono<'a>(&'a Fim);

impl Drop for Abandono<'_> {
    fn drop(&mut self) {
        self.0.abandonar();
    }
}
