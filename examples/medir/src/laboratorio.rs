//! Onde os experimentos acontecem: um cliente, um servidor e o caminho entre eles.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::caminho::{Contas, Regras};
#[cfg(target_os = "linux")]
use crate::{
    caminho::emulador::Emulador,
    rede::{computador::Computador, espaco},
};

/// De qual dos dois computadores se fala.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lado {
    /// Quem pergunta, ou quem manda.
    Cliente,
    /// Quem responde, ou quem recebe.
    Servidor,
}

/// Por que o TCP não é medido neste laboratório; `None` quando é.
pub type SemTcp = Option<&'static str>;

/// Como deve ser uma conexão TCP de um experimento.
#[derive(Debug, Clone, Copy, Default)]
pub struct AjustesTcp {
    /// O controle de congestionamento, como o núcleo o chama (`reno`, `cubic`, `bbr`);
    /// `None`, o padrão do sistema.
    pub congestionamento: Option<&'static str>,
    /// Se o algoritmo de Nagle fica desligado.
    pub sem_nagle: bool,
}

/// Um cliente, um servidor e o caminho entre eles.
pub struct Laboratorio {
    #[cfg(target_os = "linux")]
    emulado: Emulado,
}

/// O laboratório inteiro: dois computadores de mentira e o emulador.
#[cfg(target_os = "linux")]
struct Emulado {
    cliente: Computador,
    servidor: Computador,
    emulador: Emulador,
}

/// Contadores do núcleo de um dos computadores que interessam às contas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contadores {
    /// Datagramas entregues a um socket (`Udp: InDatagrams`, RFC 4113).
    pub udp_recebidos: u64,
    /// Datagramas derrubados porque o buffer de recepção do socket estava cheio
    /// (`Udp: RcvbufErrors`).
    pub udp_sem_buffer: u64,
    /// Segmentos TCP mandados de novo (`Tcp: RetransSegs`, RFC 4022).
    pub tcp_retransmitidos: u64,
}

impl Laboratorio {
    /// Monta os dois computadores e o caminho perfeito entre eles. Tem de ser chamada
    /// antes que o processo tenha outra thread.
    ///
    /// # Errors
    /// O que o sistema não deixou fazer.
    #[cfg(target_os = "linux")]
    pub fn montar() -> Result<Self> {
        espaco::entrar()?;
        let cliente = Computador::ligar("cliente", Ipv4Addr::new(10, 0, 0, 1))?;
        let servidor =
            Computador::ligar("servidor", Ipv4Addr::new(10, 0, 0, 2))?;
        let emulador =
            Emulador::ligar(cliente.interface(), servidor.interface())?;
        Ok(Self {
            emulado: Emulado {
                cliente,
                servidor,
                emulador,
            },
        })
    }

    /// Roda `tarefa` em uma thread do computador `lado`: os sockets que ela abrir são
    /// dele, e continuam a ser depois, em qualquer thread.
    pub fn dentro<T: Send>(
        &self,
        lado: Lado,
        tarefa: impl FnOnce() -> T + Send,
    ) -> T {
        match lado {
            Lado::Cliente => self.emulado.cliente.dentro(tarefa),
            Lado::Servidor => self.emulado.servidor.dentro(tarefa),
        }
    }

    /// O endereço do computador `lado`.
    #[must_use]
    pub fn endereco(&self, lado: Lado) -> IpAddr {
        match lado {
            Lado::Cliente => self.emulado.cliente.endereco().into(),
            Lado::Servidor => self.emulado.servidor.endereco().into(),
        }
    }

    /// Passa a valer `ida` (do cliente ao servidor) e `volta`, com o sorteio recomeçado
    /// em `semente` e as contas zeradas. O que estava no caminho é esquecido.
    pub fn aplicar(&self, ida: Regras, volta: Regras, semente: u64) {
        self.emulado.emulador.aplicar(ida, volta, semente);
    }

    /// As contas do caminho desde [`aplicar`](Self::aplicar).
    #[must_use]
    pub fn contas(&self) -> Contas {
        self.emulado.emulador.contas()
    }

    /// Um socket UDP em cada lado, cada um ligado (`connect`) ao outro, com o caminho
    /// que estiver valendo.
    ///
    /// # Errors
    /// O que o sistema não deixou fazer.
    pub fn par_udp(&self) -> Result<(UdpSocket, UdpSocket)> {
        let abrir = |lado| -> io::Result<UdpSocket> {
            let endereco = self.endereco(lado);
            self.dentro(lado, move || UdpSocket::bind((endereco, 0)))
        };
        let (cliente, servidor) =
            (abrir(Lado::Cliente)?, abrir(Lado::Servidor)?);
        cliente.connect(servidor.local_addr()?)?;
        servidor.connect(cliente.local_addr()?)?;
        Ok((cliente, servidor))
    }

    /// Uma conexão TCP do cliente ao servidor: as duas pontas, nesta ordem. O aperto de
    /// mãos passa pelo caminho que estiver valendo.
    ///
    /// # Errors
    /// O que o sistema não deixou fazer; em particular, um controle de congestionamento
    /// que este núcleo não tem.
    pub fn par_tcp(
        &self,
        ajustes: AjustesTcp,
    ) -> Result<(TcpStream, TcpStream)> {
        use socket2::{Domain, Socket, Type};
        let preparar = |socket: &Socket| -> Result<()> {
            #[cfg(target_os = "linux")]
            if let Some(nome) = ajustes.congestionamento {
                socket.set_tcp_congestion(nome.as_bytes()).with_context(
                    || format!("este núcleo não deixa usar {nome}"),
                )?;
            }
            socket.set_tcp_nodelay(ajustes.sem_nagle)?;
            Ok(())
        };
        let endereco = self.endereco(Lado::Servidor);
        let escuta = self.dentro(Lado::Servidor, || -> Result<Socket> {
            let escuta = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            preparar(&escuta)?;
            escuta.bind(&SocketAddr::new(endereco, 0).into())?;
            escuta.listen(1)?;
            Ok(escuta)
        })?;
        let destino = escuta.local_addr()?;
        let cliente = self.dentro(Lado::Cliente, || -> Result<Socket> {
            let cliente = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            preparar(&cliente)?;
            cliente.connect_timeout(&destino, Duration::from_secs(30))?;
            Ok(cliente)
        })?;
        let (servidor, _) = escuta.accept()?;
        servidor.set_tcp_nodelay(ajustes.sem_nagle)?;
        Ok((cliente.into(), servidor.into()))
    }

    /// Por que o TCP não é medido aqui; `None` quando é.
    #[must_use]
    pub fn sem_tcp(&self) -> SemTcp {
        None
    }

    /// Os contadores do núcleo do computador `lado`, desde que ele existe.
    ///
    /// # Errors
    /// Quando `/proc/net/snmp` não se deixa ler.
    pub fn contadores(&self, lado: Lado) -> Result<Contadores> {
        let texto = self
            .dentro(lado, || {
                std::fs::read_to_string("/proc/thread-self/net/snmp")
            })
            .context("não foi possível ler /proc/thread-self/net/snmp")?;
        let valor = |grupo: &str, nome: &str| {
            let mut linhas = texto.lines().filter(|l| l.starts_with(grupo));
            let coluna = linhas.next()?.split(' ').position(|n| n == nome)?;
            linhas.next()?.split(' ').nth(coluna)?.parse().ok()
        };
        let ler = |grupo, nome| {
            valor(grupo, nome).with_context(|| {
                format!("/proc/net/snmp não tem {grupo} {nome}")
            })
        };
        Ok(Contadores {
            udp_recebidos: ler("Udp:", "InDatagrams")?,
            udp_sem_buffer: ler("Udp:", "RcvbufErrors")?,
            tcp_retransmitidos: ler("Tcp:", "RetransSegs")?,
        })
    }

    /// Muda o menor prazo de retransmissão do TCP nos dois computadores, para as
    /// conexões que se abrirem daqui em diante.
    ///
    /// # Errors
    /// Onde o núcleo não deixa mudar.
    pub fn menor_prazo_do_tcp(&self, prazo: Duration) -> Result<()> {
        let texto = prazo.as_micros().to_string();
        for lado in [Lado::Cliente, Lado::Servidor] {
            self.dentro(lado, || {
                std::fs::write("/proc/sys/net/ipv4/tcp_rto_min_us", &texto)
            })?;
        }
        Ok(())
    }
}
