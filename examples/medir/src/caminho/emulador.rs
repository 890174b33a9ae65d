//! O emulador: passa quadros inteiros de um cabo ao outro.
//!
//! Uma thread lê os quadros de dois sockets `packet(7)`, um em cada cabo, pergunta ao
//! [modelo](super::modelo) o que fazer de cada um e os escreve no outro. Só os pacotes
//! IP passam pelo modelo; o resto é da vizinhança do cabo, e passa na hora, fora das
//! contas.
//!
//! Um atraso conta desde que o quadro **entrou**, pela hora que o núcleo lhe pôs: o que
//! ele esperou até ser lido não se soma. Para sair na hora, a thread não deixa que o
//! núcleo junte despertadores e espera acordada o fim de cada sono. O que não consegue
//! fazer, ela confessa: o que o núcleo jogou fora antes que ela lesse e o que não aceitou
//! de volta contam em [`falhas`](super::ContasDoSentido::falhas).

use std::io::Write;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use socket2::Socket;

use super::modelo::{Entrada, Instante, Sentido};
use super::ordens::Comando;
use super::ponta::Ponta;
use super::quadro;
use super::regras::{Contas, Regras};
use super::turno::Turno;
use crate::cpu;
use crate::rede::nucleo::anel::{CABECALHO, Quadro, VAGAS};

/// Quantos quadros se leem de um lado antes de olhar o outro e o relógio.
const RODADA: usize = 32;

/// O caminho entre dois cabos, em uma thread dele.
pub struct Emulador {
    comando: Comando,
    lidos: Arc<AtomicU64>,
}

impl Emulador {
    /// Liga as interfaces `cliente` e `servidor` deste espaço de rede.
    ///
    /// # Errors
    /// O que o núcleo não deixou fazer.
    pub fn ligar(cliente: u32, servidor: u32) -> Result<Self> {
        let pontas = [Ponta::abrir(cliente)?, Ponta::abrir(servidor)?];
        let sino = Arc::new(eventfd(
            0,
            EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK,
        )?);
        let ouvido = Arc::clone(&sino);
        let acordar = Box::new(move || {
            // Só falha com quase 2⁶⁴ toques por ouvir: então ele já vai acordar.
            let _ = rustix::io::write(&*sino, &1_u64.to_ne_bytes());
        });
        let lidos = Arc::new(AtomicU64::new(0));
        let contador = Arc::clone(&lidos);
        let comando = Comando::iniciar("emulador", acordar, |ordens| {
            let andamento = Andamento {
                turno: Turno::novo(ordens),
                pontas,
                sino: ouvido,
                lidos: contador,
            };
            andamento.rodar();
        })?;
        Ok(Self { comando, lidos })
    }

    /// Passa a valer `ida` para o que vai do cliente ao servidor e `volta` para o
    /// contrário, com o sorteio recomeçado em `semente` e as contas zeradas. O que
    /// estava no caminho é esquecido. Quando volta, já valem.
    pub fn aplicar(&self, ida: Regras, volta: Regras, semente: u64) {
        self.comando.aplicar(ida, volta, semente);
    }

    /// As contas desde que as regras foram aplicadas, com tudo que entrou até agora já
    /// fora do caminho.
    ///
    /// Espera para isso que o caminho fique vazio e 2 ms em silêncio: com o tráfego
    /// parado, as contas são definitivas. Se ele não para, espera que saia o que tinha
    /// entrado antes do pedido, e dá as contas daquele momento. Um atraso de mais de meio
    /// minuto não se espera: o que falta sair é o que falta para que a conta feche.
    #[must_use]
    pub fn contas(&self) -> Contas {
        self.comando.contas()
    }

    /// Quantos quadros do cliente já se leram, desde que o emulador existe. Não espera
    /// por nada: serve a quem manda sem parar, para não passar muito à frente.
    #[must_use]
    pub fn lidos(&self) -> u64 {
        self.lidos.load(Ordering::Relaxed)
    }

    /// Roda `tarefa` na thread do emulador, entre um quadro e outro, e devolve o que ela
    /// devolver: é como se escolhe em que CPU ele roda.
    pub fn na_thread<T: Send + 'static>(
        &self,
        tarefa: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        self.comando.na_thread(tarefa)
    }
}

/// O que a thread do emulador tem em mãos.
struct Andamento {
    turno: Turno<Box<[u8]>>,
    /// A ponta do cliente, por onde entra a ida, e a do servidor.
    pontas: [Ponta; 2],
    sino: Arc<OwnedFd>,
    /// Quantos quadros vieram do cliente.
    lidos: Arc<AtomicU64>,
}

impl Andamento {
    fn rodar(mut self) {
        // Sem relógio fino os atrasos só ficam um pouco maiores, e isso se mede.
        let _ = cpu::relogio_fino();
        loop {
            let pontas = &mut self.pontas;
            if !self.turno.obedecer(|| esquecer(pontas)) {
                return;
            }
            let agora = self.turno.agora();
            let mut sobrou = false;
            for sentido in 0..2 {
                sobrou |= self.ler(sentido);
                self.mandar(sentido);
            }
            let pontas = &mut self.pontas;
            self.turno.responder(agora, !sobrou, |sentidos| {
                for (sentido, ponta) in sentidos.iter_mut().zip(pontas) {
                    sentido.perdidos_antes(perdidos(ponta));
                }
            });
            if !sobrou {
                self.descansar();
            }
        }
    }

    /// Lê uma rodada de quadros; `true` se pode haver mais.
    fn ler(&mut self, sentido: usize) -> bool {
        let (de, para) = extremos(&mut self.pontas, sentido);
        // O do calendário antes: se a thread perde a CPU entre os dois, o quadro parece ter
        // entrado depois, e não sai antes da hora.
        let calendario = SystemTime::now();
        let relogios = (self.turno.agora(), calendario);
        for _ in 0..RODADA {
            let este = &mut self.turno.sentidos[sentido];
            let leu =
                de.anel.ler(|quadro| passar(este, quadro, relogios, para));
            if leu.is_none() {
                return false;
            }
            self.turno.chegou(relogios.0);
            if sentido == 0 {
                self.lidos.fetch_add(1, Ordering::Relaxed);
            }
        }
        true
    }

    /// Manda tudo que já devia ter saído.
    fn mandar(&mut self, sentido: usize) {
        let agora = self.turno.agora();
        let (_, para) = extremos(&mut self.pontas, sentido);
        let este = &mut self.turno.sentidos[sentido];
        while let Some((quadro, vezes)) = este.sai(agora) {
            escrever(este, para, &quadro, vezes);
        }
    }

    fn descansar(&self) {
        self.turno.descansar(
            |prazo| self.dormir(prazo),
            || self.pontas.iter().any(|ponta| ponta.anel.tem()),
        );
    }

    /// Dorme até que chegue um quadro ou uma ordem, e por `prazo` no máximo; `true` se
    /// chegou.
    fn dormir(&self, prazo: Duration) -> bool {
        let prazo = Timespec::try_from(prazo).expect("o sono tem limite");
        let mut fds = [
            PollFd::new(self.pontas[0].anel.socket(), PollFlags::IN),
            PollFd::new(self.pontas[1].anel.socket(), PollFlags::IN),
            PollFd::new(&*self.sino, PollFlags::IN),
        ];
        // Um erro ou um sinal só fazem a volta começar mais cedo.
        let chegou = poll(&mut fds, Some(&prazo)) != Ok(0);
        if !fds[2].revents().is_empty() {
            let _ = rustix::io::read(&*self.sino, &mut [0; 8]);
        }
        chegou
    }
}

/// Um quadro entra no caminho; se não tem por que esperar, sai logo para `para`.
/// `relogios` são o mesmo momento, no relógio do caminho e no do calendário.
fn passar(
    sentido: &mut Sentido<Box<[u8]>>,
    quadro: &Quadro<'_>,
    relogios: (Instante, SystemTime),
    para: &Socket,
) {
    if !quadro::leva_ip(quadro.bytes) {
        // A vizinhança repete o que se perde.
        let _ = (&mut &*para).write(quadro.bytes);
        return;
    }
    if quadro::grande(quadro.bytes) {
        sentido.grande();
    }
    if !quadro.inteiro {
        sentido.perdidos_antes(1);
        return;
    }
    let quando = no_caminho(relogios, quadro.quando);
    let bytes = quadro.bytes.len() - CABECALHO;
    let entrada = sentido.entra(quando, bytes, || quadro.bytes.into());
    if let Entrada::Sai(vezes) = entrada {
        escrever(sentido, para, quadro.bytes, vezes);
    }
}

/// O instante, no relógio do caminho, em que o calendário marcava `quando`. Se alguém
/// acabou de acertar o calendário e a diferença não faz sentido, é o do momento.
fn no_caminho(
    (agora, calendario): (Instante, SystemTime),
    quando: SystemTime,
) -> Instante {
    const FAZ_SENTIDO: Duration = Duration::from_secs(1);
    match calendario.duration_since(quando) {
        Ok(antes) if antes < FAZ_SENTIDO => agora.saturating_sub(antes),
        Err(depois) if depois.duration() < FAZ_SENTIDO => {
            agora + depois.duration()
        }
        _ => agora,
    }
}

/// Manda `quadro` tantas vezes e conta as que não foram aceitas.
fn escrever(
    sentido: &mut Sentido<Box<[u8]>>,
    mut para: &Socket,
    quadro: &[u8],
    vezes: u64,
) {
    for _ in 0..vezes {
        if para.write(quadro).is_err() {
            sentido.recusado();
        }
    }
}

/// De onde vem e para onde vai o que anda no sentido 0 (a ida) ou 1.
fn extremos(
    [cliente, servidor]: &mut [Ponta; 2],
    sentido: usize,
) -> (&mut Ponta, &Socket) {
    match sentido {
        0 => (cliente, servidor.anel.socket()),
        _ => (servidor, cliente.anel.socket()),
    }
}

/// Joga fora o que chegou e ainda não foi lido, menos o que não é do caminho.
fn esquecer(pontas: &mut [Ponta; 2]) {
    for sentido in 0..2 {
        let (de, mut para) = extremos(pontas, sentido);
        for _ in 0..VAGAS {
            let leu = de.anel.ler(|quadro| {
                if !quadro::leva_ip(quadro.bytes) {
                    let _ = para.write(quadro.bytes);
                }
            });
            if leu.is_none() {
                break;
            }
        }
        perdidos(de);
    }
}

/// Quantos quadros o núcleo jogou fora antes desta ponta desde a última vez.
fn perdidos(ponta: &mut Ponta) -> u64 {
    ponta
        .perdidos_desde_a_ultima_vez()
        .expect("os contadores já se deixaram ler uma vez")
}

#[cfg(test)]
mod testes {
    use super::*;

    /// O quadro que esperou para ser lido entrou antes; o que chegou enquanto se lia a
    /// rodada, depois.
    #[test]
    fn o_atraso_conta_desde_que_o_quadro_entrou() {
        let ms = Duration::from_millis;
        let calendario = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 31);
        let relogios = (ms(5000), calendario);
        let em = |quando| no_caminho(relogios, quando);
        assert_eq!(em(calendario), ms(5000));
        assert_eq!(em(calendario - ms(7)), ms(4993));
        assert_eq!(em(calendario + ms(3)), ms(5003));
    }

    /// Acertar o calendário no meio de uma medição não faz um quadro sair há uma hora.
    #[test]
    fn um_calendario_acertado_nao_muda_a_hora_dos_quadros() {
        let calendario = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 31);
        let agora = Duration::from_secs(50);
        let hora = Duration::from_secs(3600);
        for quando in [calendario - hora, calendario + hora] {
            assert_eq!(no_caminho((agora, calendario), quando), agora);
        }
    }
}
