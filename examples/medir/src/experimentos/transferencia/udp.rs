//! Uma transferência com a entrega confiável sobre UDP.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use socket2::SockRef;
use sockets::arq::{Configuracao, MedidasDoEmissor, MedidasDoReceptor};

use super::conteudo::{Soma, conteudo};
use super::{Condicao, DESISTENCIA, Medida, Sementes};
use crate::caminho::{Contas, ContasDoSentido};
use crate::cpu::relogio_fino;
use crate::experimentos::confiavel::{
    Canal, ContasDoRemetente, Destinatario, Limite, Remetente,
};
use crate::laboratorio::{Buffers, Contadores, Laboratorio, Lado};
use crate::resultados::Contexto;

/// Depois do último recibo, quanto se espera, no máximo, que acabe de chegar o que foi
/// repetido sem precisar.
const ESCOAMENTO: Duration = Duration::from_millis(500);

/// De quanto em quanto tempo se olha se já escoou.
const OLHADA: Duration = Duration::from_millis(2);

/// O que só se conta do ARQ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContasDoArq {
    /// O buffer de recepção de quem recebe, em bytes, como o sistema o conta.
    pub buffer: usize,
    /// Segmentos que chegaram e não couberam no buffer de recepção de quem recebe; `None`
    /// onde não se sabe.
    pub sem_buffer: Option<u64>,
    /// Segmentos que chegaram a quem já os tinha, ou não os queria: repetidos à toa.
    pub a_toa: u64,
    /// Recibos que chegaram a quem mandava.
    pub recibos: u64,
    /// Vezes em que um prazo inteiro passou sem novidade.
    pub prazos_vencidos: u64,
    /// Se todo segmento que saiu está em alguma conta: chegou, foi derrubado no caminho,
    /// ou não coube na fila nem no buffer; `None` onde não se sabe.
    pub conta_fecha: Option<bool>,
}

/// Transfere com a janela `janela`.
///
/// # Errors
/// Os de [`super::medir`].
///
/// # Panics
/// Nunca: só se quem recebe entrasse em pânico.
pub fn medir(
    contexto: &Contexto<'_>,
    condicao: &Condicao,
    janela: u16,
) -> Result<Medida> {
    let laboratorio = contexto.laboratorio;
    let sementes = Sementes::de(contexto.semente);
    let bytes = conteudo(condicao.bytes, sementes.conteudo);
    let atraso = condicao.so_atraso();
    laboratorio.aplicar(atraso.clone(), atraso, sementes.caminho);
    let (cliente, servidor) = laboratorio.par_udp_com(Buffers {
        recepcao: condicao.buffer,
        envio: None,
    })?;
    let buffer = SockRef::from(&servidor).recv_buffer_size()?;
    let cliente = Canal::novo(cliente, sementes.conversa)?;
    let servidor = Canal::novo(servidor, sementes.conversa)?;
    let configuracao = Configuracao {
        janela,
        guardados: janela.into(),
        ..Configuracao::default()
    };
    let ate = Instant::now() + DESISTENCIA;
    let acabou = AtomicBool::new(false);
    let parou = || acabou.load(Ordering::Relaxed);
    thread::scope(|escopo| {
        let recebe = escopo.spawn(|| {
            let parar = &parou;
            let destinatario =
                Destinatario::novo(servidor, configuracao.clone());
            receber(destinatario, &Limite { ate, parar }, condicao.bytes)
        });
        let ida = Ida {
            laboratorio,
            condicao,
            bytes: &bytes,
            semente: sementes.caminho,
            limite: Limite {
                ate,
                parar: contexto.interrompido,
            },
        };
        let mandado =
            ida.mandar(Remetente::novo(cliente, configuracao.clone()));
        acabou.store(true, Ordering::Relaxed);
        let recebido =
            recebe.join().expect("quem recebe não entra em pânico")?;
        medida(condicao, &bytes, buffer, &mandado?, &recebido)
    })
}

/// O que se recebeu.
struct Recebido {
    /// Quando chegou o último byte.
    fim: Option<Instant>,
    soma: Soma,
    medidas: MedidasDoReceptor,
}

fn receber(
    mut destinatario: Destinatario,
    limite: &Limite<'_>,
    esperados: usize,
) -> Result<Recebido> {
    relogio_fino()?;
    let (mut bytes, mut soma, mut fim) = (0, Soma::NADA, None);
    destinatario.receber(limite, |carga, _| {
        bytes += carga.len();
        soma = soma.com(carga);
        if bytes == esperados {
            fim = Some(Instant::now());
        }
    })?;
    Ok(Recebido {
        fim,
        soma,
        medidas: destinatario.contas().receptor,
    })
}

/// O que se tem na mão para mandar.
struct Ida<'a> {
    laboratorio: &'a Laboratorio,
    condicao: &'a Condicao,
    bytes: &'a [u8],
    semente: u64,
    limite: Limite<'a>,
}

/// O que se mandou.
struct Mandado {
    inicio: Instant,
    cumprimento: MedidasDoEmissor,
    remetente: ContasDoRemetente,
    contas: Contas,
    sem_buffer: Option<u64>,
}

impl Ida<'_> {
    fn mandar(&self, mut remetente: Remetente) -> Result<Mandado> {
        relogio_fino()?;
        // O cumprimento: um segmento vazio mede a ida e volta e traz a janela do outro,
        // como o aperto de mãos do TCP. Só depois dele o caminho passa a perder.
        remetente
            .mandar([Vec::new()], &self.limite, |_| {})
            .context("o cumprimento não teve resposta")?;
        let cumprimento = remetente.contas().emissor;
        let (ida, volta) = self.condicao.regras();
        self.laboratorio.aplicar(ida, volta, self.semente);
        let antes = self.do_nucleo()?;
        let cargas = self.bytes.chunks(self.condicao.carga).map(<[u8]>::to_vec);
        let inicio = Instant::now();
        remetente.mandar(cargas, &self.limite, |_| {})?;
        let (contas, diferenca) = self.escoar(antes.as_ref())?;
        Ok(Mandado {
            inicio,
            cumprimento,
            remetente: remetente.contas(),
            contas,
            sem_buffer: diferenca.map(|d| d.udp_sem_buffer),
        })
    }

    /// Os contadores do núcleo de quem recebe. Com um procurador eles são os da máquina
    /// inteira, e não servem.
    fn do_nucleo(&self) -> Result<Option<Contadores>> {
        if self.laboratorio.sem_tcp().is_some() {
            return Ok(None);
        }
        self.laboratorio.contadores(Lado::Servidor).map(Some)
    }

    /// Espera que o caminho se esvazie e que o outro leia tudo. As contas de então: as do
    /// caminho e, desde `antes`, as do núcleo de quem recebe.
    fn escoar(
        &self,
        antes: Option<&Contadores>,
    ) -> Result<(Contas, Option<Contadores>)> {
        let ate = Instant::now() + ESCOAMENTO;
        loop {
            let contas = self.laboratorio.contas();
            let agora = self.do_nucleo()?;
            let diferenca = agora.zip(antes).map(|(agora, a)| agora.desde(a));
            let leu_tudo = diferenca.is_none_or(|d| {
                contas.ida.sairam == d.udp_recebidos + d.udp_sem_buffer
            });
            if (no_caminho(&contas.ida) == 0 && leu_tudo)
                || Instant::now() >= ate
            {
                return Ok((contas, diferenca));
            }
            thread::sleep(OLHADA);
        }
    }
}

/// Quantos pacotes entraram e ainda não saíram nem se perderam.
fn no_caminho(contas: &ContasDoSentido) -> u64 {
    let destino =
        contas.sairam + contas.derrubados + contas.sem_lugar + contas.falhas;
    (contas.entraram + contas.duplicados).saturating_sub(destino)
}

fn medida(
    condicao: &Condicao,
    bytes: &[u8],
    buffer: usize,
    ida: &Mandado,
    recebido: &Recebido,
) -> Result<Medida> {
    let mandada = Soma::NADA.com(bytes);
    let fim = recebido.fim.context("nem todos os bytes foram entregues")?;
    ensure!(
        mandada == recebido.soma,
        "o que chegou não é o que se mandou"
    );
    let emissor = ida.remetente.emissor;
    let todos =
        |medidas: MedidasDoEmissor| medidas.enviados + medidas.retransmitidos;
    let chegaram = recebido.medidas;
    let a_toa = chegaram.repetidos + chegaram.descartados;
    let caminho = ida.contas.ida;
    let perdidos = ida.remetente.nao_sairam
        + caminho.derrubados
        + caminho.sem_lugar
        + caminho.falhas;
    let cumprimento = ida.cumprimento;
    Ok(Medida {
        condicao: condicao.clone(),
        tempo: fim.saturating_duration_since(ida.inicio),
        mandada,
        entregue: recebido.soma,
        segmentos: todos(emissor) - todos(cumprimento),
        retransmitidos: emissor.retransmitidos - cumprimento.retransmitidos,
        arq: Some(ContasDoArq {
            buffer,
            sem_buffer: ida.sem_buffer,
            a_toa,
            recibos: ida.remetente.recibos,
            prazos_vencidos: emissor.prazos_vencidos,
            conta_fecha: ida.sem_buffer.map(|sem_buffer| {
                todos(emissor)
                    == chegaram.recebidos + a_toa + perdidos + sem_buffer
            }),
        }),
        contas: ida.contas,
    })
}
