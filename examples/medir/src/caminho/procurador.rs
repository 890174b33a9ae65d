//! Um intermediário UDP: faz aos datagramas de dois programas o que o caminho faria aos
//! pacotes, onde o sistema não tem espaços de rede.
//!
//! Não serve para o TCP: entre um intermediário e cada ponta haveria uma conexão, e a
//! perda ficaria entre as duas, onde nenhuma a vê.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use socket2::SockRef;

use super::modelo::{Entrada, Sentido};
use super::ordens::Comando;
use super::regras::{Contas, Regras};
use super::turno::Turno;
use crate::{cpu, espera};

/// O maior datagrama que existe (RFC 768: o tamanho tem 16 bits).
const MAIOR_DATAGRAMA: usize = 65_535;

/// Quantos datagramas se leem antes de olhar o relógio.
const RODADA: usize = 64;

/// Quanto se pede para cada buffer do sistema; se for demais, a metade, até dar.
const BUFFER: usize = 8 << 20;

/// O que um quadro leva além da carga do datagrama: Ethernet (14), IP (20 ou 40) e
/// UDP (8).
const fn cabecalhos(endereco: SocketAddr) -> usize {
    match endereco {
        SocketAddr::V4(_) => 14 + 20 + 8,
        SocketAddr::V6(_) => 14 + 40 + 8,
    }
}

/// O caminho entre dois sockets UDP desta máquina, em uma thread dele.
///
/// As regras e as contas são as do [emulador](super::emulador), com cada datagrama no
/// lugar de um pacote IP, e o tamanho do quadro que o levaria. Duas coisas ele não vê:
/// superpacotes, que aqui não há, e o que o sistema descarta por não caber no buffer
/// antes que ele leia, que só aparece como perda a mais em quem recebe.
pub struct Procurador {
    comando: Comando,
    endereco: SocketAddr,
    lidos: Arc<AtomicU64>,
}

impl Procurador {
    /// Um caminho perfeito entre dois sockets já abertos nesta máquina, pelos endereços
    /// deles. Cada um deve mandar (ou `connect`) para [`endereco`](Self::endereco); o que
    /// vier de qualquer outro é ignorado.
    ///
    /// # Errors
    /// O que o sistema não deixou fazer, ou dois endereços que não se falam: iguais, ou
    /// um IPv4 e o outro IPv6.
    pub fn ligar(cliente: SocketAddr, servidor: SocketAddr) -> Result<Self> {
        ensure!(
            cliente != servidor && cliente.is_ipv4() == servidor.is_ipv4(),
            "não há caminho de {cliente} a {servidor}: são precisos dois \
             endereços diferentes da mesma família"
        );
        let abrir = || -> io::Result<UdpSocket> {
            let socket = UdpSocket::bind((cliente.ip(), 0))?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        let socket = abrir().with_context(|| {
            format!("não foi possível abrir um socket UDP em {}", cliente.ip())
        })?;
        aumentar_buffers(&socket);
        let endereco = socket.local_addr()?;
        // Um datagrama vazio de quem ele não conhece: acorda, e é ignorado.
        let sino = abrir().context("não foi possível abrir um socket UDP")?;
        let acordar = Box::new(move || {
            // Se não couber, há o que ler, e ele já vai acordar.
            let _ = sino.send_to(&[], endereco);
        });
        let lidos = Arc::new(AtomicU64::new(0));
        let contador = Arc::clone(&lidos);
        let comando = Comando::iniciar("procurador", acordar, move |ordens| {
            let andamento = Andamento {
                turno: Turno::novo(ordens),
                socket,
                pontas: [cliente, servidor],
                datagrama: vec![0; MAIOR_DATAGRAMA],
                lidos: contador,
            };
            andamento.rodar();
        })?;
        Ok(Self {
            comando,
            endereco,
            lidos,
        })
    }

    /// Para onde as duas pontas mandam, e de onde lhes chega o que a outra mandou.
    #[must_use]
    pub fn endereco(&self) -> SocketAddr {
        self.endereco
    }

    /// Passa a valer `ida` para o que vai do cliente ao servidor e `volta` para o
    /// contrário, com o sorteio recomeçado em `semente` e as contas zeradas. O que
    /// estava no caminho é esquecido. Quando volta, já valem.
    pub fn aplicar(&self, ida: Regras, volta: Regras, semente: u64) {
        self.comando.aplicar(ida, volta, semente);
    }

    /// As contas desde que as regras foram aplicadas, com tudo que entrou até agora já
    /// fora do caminho. Espera para isso o mesmo que o emulador.
    #[must_use]
    pub fn contas(&self) -> Contas {
        self.comando.contas()
    }

    /// Quantos datagramas do cliente já se leram, desde que o procurador existe. Não
    /// espera por nada: serve a quem manda sem parar, para não passar muito à frente.
    #[must_use]
    pub fn lidos(&self) -> u64 {
        self.lidos.load(Ordering::Relaxed)
    }

    /// Roda `tarefa` na thread do procurador, entre um datagrama e outro, e devolve o que
    /// ela devolver: é como se escolhe em que CPU ele roda.
    pub fn na_thread<T: Send + 'static>(
        &self,
        tarefa: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        self.comando.na_thread(tarefa)
    }
}

/// Os maiores buffers que o sistema der, até [`BUFFER`]: uma rajada espera neles.
fn aumentar_buffers(socket: &UdpSocket) {
    let socket = SockRef::from(socket);
    let tamanhos = || (0..8).map(|metades| BUFFER >> metades);
    // Se não der nenhum, ficam os de costume, e cabe menos.
    let _ = tamanhos().find(|t| socket.set_recv_buffer_size(*t).is_ok());
    let _ = tamanhos().find(|t| socket.set_send_buffer_size(*t).is_ok());
}

/// O que a thread do procurador tem em mãos.
struct Andamento {
    turno: Turno<Box<[u8]>>,
    socket: UdpSocket,
    /// O cliente, de onde vem a ida, e o servidor.
    pontas: [SocketAddr; 2],
    datagrama: Vec<u8>,
    /// Quantos datagramas vieram do cliente.
    lidos: Arc<AtomicU64>,
}

/// O que se achou ao ler.
#[derive(Default)]
struct Lido {
    /// Não há mais o que ler.
    tudo: bool,
    /// Veio algo que não é das pontas: o sino, ou um estranho.
    acordaram: bool,
}

impl Andamento {
    fn rodar(mut self) {
        // Sem relógio fino os atrasos só ficam um pouco maiores, e isso se mede.
        let _ = cpu::relogio_fino();
        loop {
            let (socket, datagrama) = (&self.socket, &mut self.datagrama);
            if !self.turno.obedecer(|| esquecer(socket, datagrama)) {
                return;
            }
            let agora = self.turno.agora();
            let lido = self.ler();
            self.mandar();
            self.turno.responder(agora, lido.tudo, |_| ());
            // Quem acorda deu antes uma ordem, que pode ainda não ter sido ouvida.
            if lido.tudo && !lido.acordaram {
                self.turno
                    .descansar(|prazo| self.dormir(prazo), || self.tem());
            }
        }
    }

    /// Lê uma rodada de datagramas.
    fn ler(&mut self) -> Lido {
        let mut lido = Lido::default();
        for _ in 0..RODADA {
            match self.socket.recv_from(&mut self.datagrama) {
                Ok((bytes, de)) => {
                    let ponta = self.pontas.iter().position(|p| *p == de);
                    match ponta {
                        Some(sentido) => self.chegou(bytes, sentido),
                        None => lido.acordaram = true,
                    }
                }
                Err(erro) if erro.kind() == io::ErrorKind::WouldBlock => {
                    lido.tudo = true;
                    break;
                }
                // No Windows, um envio anterior que ninguém recebeu volta aqui.
                Err(_) => {}
            }
        }
        lido
    }

    /// Um datagrama entra no caminho; se não tem por que esperar, sai logo.
    fn chegou(&mut self, bytes: usize, sentido: usize) {
        if sentido == 0 {
            self.lidos.fetch_add(1, Ordering::Relaxed);
        }
        let agora = self.turno.agora();
        self.turno.chegou(agora);
        let carga = &self.datagrama[..bytes];
        let este = &mut self.turno.sentidos[sentido];
        let quadro = bytes + cabecalhos(self.pontas[sentido]);
        if let Entrada::Sai(vezes) = este.entra(agora, quadro, || carga.into())
        {
            let para = self.pontas[1 - sentido];
            escrever(este, &self.socket, carga, para, vezes);
        }
    }

    /// Manda tudo que já devia ter saído.
    fn mandar(&mut self) {
        let agora = self.turno.agora();
        let sentidos = self.turno.sentidos.iter_mut();
        for (este, para) in sentidos.zip(self.pontas.iter().rev()) {
            while let Some((carga, vezes)) = este.sai(agora) {
                escrever(este, &self.socket, &carga, *para, vezes);
            }
        }
    }

    fn dormir(&self, prazo: Duration) -> bool {
        // Um erro só faz a volta começar mais cedo.
        espera::legivel(&self.socket, prazo).unwrap_or(true)
    }

    fn tem(&self) -> bool {
        self.dormir(Duration::ZERO)
    }
}

/// Manda `carga` tantas vezes e conta as que não foram aceitas.
fn escrever(
    sentido: &mut Sentido<Box<[u8]>>,
    socket: &UdpSocket,
    carga: &[u8],
    para: SocketAddr,
    vezes: u64,
) {
    for _ in 0..vezes {
        if socket.send_to(carga, para).is_err() {
            sentido.recusado();
        }
    }
}

/// Joga fora o que chegou e ainda não foi lido: no máximo, o que cabe no buffer.
fn esquecer(socket: &UdpSocket, datagrama: &mut [u8]) {
    const MAIS_QUE_CABEM: usize = BUFFER / 64;
    for _ in 0..MAIS_QUE_CABEM {
        match socket.recv_from(datagrama) {
            Err(erro) if erro.kind() == io::ErrorKind::WouldBlock => break,
            _ => {}
        }
    }
}

#[cfg(test)]
mod testes {
    use super::*;
    use std::time::Instant;

    /// Um cliente e um servidor, cada um ligado ao procurador.
    fn montar() -> Result<(UdpSocket, UdpSocket, Procurador)> {
        let cliente = UdpSocket::bind("127.0.0.1:0")?;
        let servidor = UdpSocket::bind("127.0.0.1:0")?;
        let procurador =
            Procurador::ligar(cliente.local_addr()?, servidor.local_addr()?)?;
        for ponta in [&cliente, &servidor] {
            ponta.connect(procurador.endereco())?;
            ponta.set_nonblocking(true)?;
        }
        Ok((cliente, servidor, procurador))
    }

    /// As cargas que já chegaram a `ponta`.
    fn chegaram(ponta: &UdpSocket) -> Vec<u8> {
        let mut carga = [0; 16];
        let mut cargas = Vec::new();
        while let Ok(1..) = ponta.recv(&mut carga) {
            cargas.push(carga[0]);
        }
        cargas
    }

    fn perda(perda: f64) -> Regras {
        Regras {
            perda,
            ..Regras::default()
        }
    }

    #[test]
    fn passa_nos_dois_sentidos_e_conta_cada_um() -> Result<()> {
        let (cliente, servidor, procurador) = montar()?;
        cliente.send(&[7])?;
        servidor.send(&[8])?;
        servidor.send(&[9])?;
        let contas = procurador.contas();
        assert_eq!((contas.ida.entraram, contas.ida.sairam), (1, 1));
        assert_eq!(procurador.lidos(), 1);
        assert_eq!((contas.volta.entraram, contas.volta.sairam), (2, 2));
        assert_eq!(chegaram(&servidor), [7]);
        assert_eq!(chegaram(&cliente), [8, 9]);
        Ok(())
    }

    /// O sino que se lê antes de ouvir a ordem não deixa a thread dormir com ela na mão.
    #[test]
    fn nenhuma_ordem_fica_por_ouvir() -> Result<()> {
        let (_cliente, _servidor, procurador) = montar()?;
        let (acabou, espera) = std::sync::mpsc::channel();
        let mandar = move || {
            for _ in 0..20_000 {
                procurador.na_thread(|| ());
            }
            let _ = acabou.send(());
        };
        std::thread::spawn(mandar);
        espera
            .recv_timeout(Duration::from_secs(60))
            .context("uma ordem nunca foi cumprida")
    }

    #[test]
    fn um_estranho_e_ignorado() -> Result<()> {
        let (cliente, servidor, procurador) = montar()?;
        let estranho = UdpSocket::bind("127.0.0.1:0")?;
        estranho.send_to(&[1], procurador.endereco())?;
        cliente.send(&[2])?;
        assert_eq!(procurador.contas().ida.entraram, 1);
        assert_eq!(chegaram(&servidor), [2]);
        assert!(chegaram(&cliente).is_empty());
        Ok(())
    }

    /// O que falta a quem recebe é o que o procurador diz que derrubou; o que se repete,
    /// o que ele repetiu. Em lotes, para que nenhum buffer encha.
    #[test]
    fn a_conta_fecha_ao_datagrama() -> Result<()> {
        let (cliente, servidor, procurador) = montar()?;
        let ida = Regras {
            duplicacao: 0.3,
            ..perda(0.2)
        };
        procurador.aplicar(ida, perda(1.0), 11);
        let mut vieram = 0;
        for lote in 0..40 {
            for _ in 0..25 {
                cliente.send(&[lote])?;
                servidor.send(&[lote])?;
            }
            let contas = procurador.contas();
            vieram += chegaram(&servidor).len() as u64;
            assert_eq!(contas.ida.sairam, vieram);
        }
        assert!(chegaram(&cliente).is_empty());
        let contas = procurador.contas();
        assert_eq!(contas.ida.entraram, 1000);
        assert_eq!(contas.volta.derrubados, 1000);
        let unicos = contas.ida.sairam - contas.ida.duplicados;
        assert_eq!(contas.ida.derrubados, 1000 - unicos);
        assert!((150..250).contains(&contas.ida.derrubados), "{contas:?}");
        assert!((190..290).contains(&contas.ida.duplicados), "{contas:?}");
        Ok(())
    }

    #[test]
    fn nada_chega_antes_do_atraso_e_as_contas_esperam_por_ele() -> Result<()> {
        let (cliente, servidor, procurador) = montar()?;
        let atraso = Duration::from_millis(40);
        let regras = Regras {
            atraso,
            ..Regras::default()
        };
        procurador.aplicar(regras, Regras::default(), 1);
        let inicio = Instant::now();
        cliente.send(&[1])?;
        assert!(espera::legivel(&servidor, Duration::from_secs(20))?);
        assert!(inicio.elapsed() >= atraso);
        for n in 2..5 {
            cliente.send(&[n])?;
        }
        assert_eq!(procurador.contas().ida.sairam, 4);
        assert_eq!(chegaram(&servidor), [1, 2, 3, 4]);
        Ok(())
    }

    #[test]
    fn aplicar_esquece_o_que_estava_no_caminho() -> Result<()> {
        let (cliente, servidor, procurador) = montar()?;
        let sem_fim = Regras {
            atraso: Duration::MAX,
            ..Regras::default()
        };
        procurador.aplicar(sem_fim, Regras::default(), 1);
        cliente.send(&[1])?;
        procurador.aplicar(Regras::default(), Regras::default(), 1);
        cliente.send(&[2])?;
        assert_eq!(procurador.contas().ida.entraram, 1);
        assert_eq!(chegaram(&servidor), [2]);
        Ok(())
    }

    #[test]
    fn ao_acabar_devolve_a_porta() -> Result<()> {
        let (_, _, procurador) = montar()?;
        let endereco = procurador.endereco();
        assert!(UdpSocket::bind(endereco).is_err());
        drop(procurador);
        UdpSocket::bind(endereco)?;
        Ok(())
    }

    #[test]
    fn recusa_pontas_que_nao_se_falam() {
        let v4: SocketAddr = "127.0.0.1:1".parse().expect("é um endereço");
        let v6: SocketAddr = "[::1]:1".parse().expect("é um endereço");
        assert!(Procurador::ligar(v4, v4).is_err());
        assert!(Procurador::ligar(v4, v6).is_err());
    }
}
