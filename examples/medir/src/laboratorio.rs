//! Onde os experimentos acontecem: um cliente, um servidor e o caminho entre eles.

mod procurado;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use socket2::{Domain, SockRef, Socket, Type};

use self::procurado::{Procurado, SEM_TCP};
use crate::caminho::{Contas, Regras};
use crate::cpu::{self, Ocupacao};
use crate::espera;
#[cfg(not(target_os = "linux"))]
use crate::rede::SemRede;
#[cfg(target_os = "linux")]
use crate::rede::montagem::Emulado;

pub use crate::rede::conexao::Conexao;
pub use crate::rede::contadores::Contadores;

/// Quanto se espera que uma conexão TCP se abra: mesmo perdendo um quinto de tudo, cinco
/// tentativas, a 1, 2, 4, 8 e 16 segundos uma da outra.
const PRAZO_DA_CONEXAO: Duration = Duration::from_secs(40);

/// Quanto se espera que o fim de uma conexão atravesse o caminho. Se uma das pontas já a
/// tinha esquecido, não há o que esperar.
const PRAZO_DO_FIM: Duration = Duration::from_millis(50);

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

/// Quantos bytes cabem nos buffers de um socket; `None`, o que o sistema der.
///
/// O Linux dobra o que se pede e conta nele também o que gasta consigo (`socket(7)`,
/// `SO_RCVBUF`): um datagrama pequeno ocupa centenas de bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Buffers {
    /// O do que chegou e ninguém leu.
    pub recepcao: Option<usize>,
    /// O do que se mandou e ainda não saiu.
    pub envio: Option<usize>,
}

/// Um cliente, um servidor e o caminho entre eles.
pub struct Laboratorio {
    rede: Rede,
}

/// O que há de verdade por baixo.
enum Rede {
    /// Dois computadores de mentira, com cabos e emulador.
    #[cfg(target_os = "linux")]
    Emulada(Emulado),
    /// Só esta máquina, com um procurador UDP.
    Procurada(Procurado),
}

impl Laboratorio {
    /// Monta os dois computadores e o caminho perfeito entre eles, e confere que tudo
    /// passa. Quem não é root tem de chamá-la antes que o processo tenha outra thread.
    ///
    /// # Errors
    /// Um [`SemRede`], com a frase que explica o que o sistema não deixou fazer. A rede
    /// do processo continua como era.
    pub fn montar() -> Result<Self> {
        #[cfg(target_os = "linux")]
        {
            let laboratorio = Self {
                rede: Rede::Emulada(Emulado::montar()?),
            };
            crate::rede::conferencia::conferir(&laboratorio)?;
            Ok(laboratorio)
        }
        #[cfg(not(target_os = "linux"))]
        Err(SemRede::outro_sistema().into())
    }

    /// O de quem não tem espaços de rede: o cliente e o servidor são esta máquina, e o
    /// caminho entre eles, um procurador UDP. O TCP não passa por ele
    /// ([`sem_tcp`](Self::sem_tcp)), e os contadores são os da máquina inteira.
    #[must_use]
    pub fn por_procurador() -> Self {
        Self {
            rede: Rede::Procurada(Procurado::default()),
        }
    }

    /// Os cabos, os computadores e o emulador, se há.
    #[cfg(target_os = "linux")]
    pub(crate) fn emulado(&self) -> Option<&Emulado> {
        match &self.rede {
            Rede::Emulada(emulado) => Some(emulado),
            Rede::Procurada(_) => None,
        }
    }

    /// Roda `tarefa` em uma thread do computador `lado`: os sockets que ela abrir são
    /// dele, e continuam a ser depois, em qualquer thread.
    ///
    /// # Panics
    /// Se a tarefa entra em pânico, ou se o sistema não deixa criar mais uma thread.
    pub fn dentro<T: Send>(
        &self,
        lado: Lado,
        tarefa: impl FnOnce() -> T + Send,
    ) -> T {
        match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(emulado) => emulado.computador(lado).dentro(tarefa),
            Rede::Procurada(_) => std::thread::scope(|escopo| {
                let _ = lado;
                match escopo.spawn(tarefa).join() {
                    Ok(resultado) => resultado,
                    Err(panico) => std::panic::resume_unwind(panico),
                }
            }),
        }
    }

    /// O endereço do computador `lado`.
    #[must_use]
    pub fn endereco(&self, lado: Lado) -> IpAddr {
        match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(emulado) => {
                emulado.computador(lado).endereco().into()
            }
            Rede::Procurada(_) => {
                let _ = lado;
                Ipv4Addr::LOCALHOST.into()
            }
        }
    }

    /// Passa a valer `ida` (do cliente ao servidor) e `volta`, com o sorteio recomeçado
    /// em `semente` e as contas zeradas. O que estava no caminho é esquecido.
    pub fn aplicar(&self, ida: Regras, volta: Regras, semente: u64) {
        match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(emulado) => {
                emulado.emulador.aplicar(ida, volta, semente);
            }
            Rede::Procurada(procurado) => {
                procurado.aplicar(ida, volta, semente);
            }
        }
    }

    /// As contas do caminho desde [`aplicar`](Self::aplicar).
    #[must_use]
    pub fn contas(&self) -> Contas {
        match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(emulado) => emulado.emulador.contas(),
            Rede::Procurada(procurado) => procurado.contas(),
        }
    }

    /// Quantos quadros do cliente o caminho já leu, desde que ele existe; não espera. Quem
    /// manda sem parar não se afasta muito deste número: é o papel da fila da placa de
    /// rede, que um cabo de mentira não tem.
    #[must_use]
    pub fn lidos_do_cliente(&self) -> u64 {
        match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(emulado) => emulado.emulador.lidos(),
            Rede::Procurada(procurado) => procurado.lidos(),
        }
    }

    /// Escolhe como a thread que chama, as que ela criar daqui em diante e a do emulador
    /// dividem as CPUs. `Ok(false)` onde isso não se escolhe: elas ficam livres.
    ///
    /// # Errors
    /// O que o sistema respondeu.
    pub fn cpus(&self, ocupacao: Ocupacao) -> Result<bool> {
        let lugar = ocupacao.lugar();
        let fixar = move || {
            cpu::fixar(lugar).with_context(|| {
                format!("não foi possível deixar as CPUs {}", ocupacao.nome())
            })
        };
        let esta = fixar()?;
        let caminho = match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(emulado) => emulado.emulador.na_thread(fixar)?,
            // O que ainda não começou nascerá onde esta thread está.
            Rede::Procurada(procurado) => {
                procurado.na_thread(fixar).unwrap_or(Ok(true))?
            }
        };
        Ok(esta && caminho)
    }

    /// Um socket UDP em cada lado, cada um ligado (`connect`) ao outro, com o caminho
    /// que estiver valendo.
    ///
    /// # Errors
    /// O que o sistema não deixou fazer.
    pub fn par_udp(&self) -> Result<(UdpSocket, UdpSocket)> {
        self.par_udp_com(Buffers::default())
    }

    /// Como [`par_udp`](Self::par_udp), com os buffers dos dois ajustados.
    ///
    /// # Errors
    /// O que o sistema não deixou fazer; em particular, um buffer maior do que ele dá.
    pub fn par_udp_com(
        &self,
        buffers: Buffers,
    ) -> Result<(UdpSocket, UdpSocket)> {
        let abrir = |lado| -> Result<UdpSocket> {
            let endereco = self.endereco(lado);
            let socket = self
                .dentro(lado, move || UdpSocket::bind((endereco, 0)))
                .with_context(|| {
                    format!(
                        "não foi possível abrir um socket UDP em {endereco}"
                    )
                })?;
            ajustar(&SockRef::from(&socket), buffers)?;
            Ok(socket)
        };
        let (cliente, servidor) =
            (abrir(Lado::Cliente)?, abrir(Lado::Servidor)?);
        if let Rede::Procurada(procurado) = &self.rede {
            procurado.ligar(&cliente, &servidor)?;
            return Ok((cliente, servidor));
        }
        let ligar =
            |um: &UdpSocket, outro: &UdpSocket| um.connect(outro.local_addr()?);
        ligar(&cliente, &servidor)
            .and_then(|()| ligar(&servidor, &cliente))
            .context("não foi possível ligar um socket UDP ao outro")?;
        Ok((cliente, servidor))
    }

    /// Uma conexão TCP do cliente ao servidor: as duas pontas, nesta ordem. O aperto de
    /// mãos passa pelo caminho que estiver valendo, e demora no máximo 40 segundos.
    ///
    /// As duas pontas usam o controle de congestionamento pedido: isso se confere.
    ///
    /// # Errors
    /// O que o sistema não deixou fazer; em particular, um controle de congestionamento
    /// que este núcleo não tem.
    pub fn par_tcp(
        &self,
        ajustes: AjustesTcp,
    ) -> Result<(TcpStream, TcpStream)> {
        self.par_tcp_com(ajustes, Buffers::default())
    }

    /// Como [`par_tcp`](Self::par_tcp), com os buffers das duas pontas ajustados.
    ///
    /// # Errors
    /// O que o sistema não deixou fazer; em particular, um buffer maior do que ele dá.
    pub fn par_tcp_com(
        &self,
        ajustes: AjustesTcp,
        buffers: Buffers,
    ) -> Result<(TcpStream, TcpStream)> {
        if let Some(motivo) = self.sem_tcp() {
            bail!(motivo);
        }
        let novo = |lado| {
            self.dentro(lado, || -> Result<Socket> {
                let socket = Socket::new(Domain::IPV4, Type::STREAM, None)
                    .context("não foi possível abrir um socket TCP")?;
                preparar(&socket, ajustes, buffers)?;
                Ok(socket)
            })
        };
        let escuta = novo(Lado::Servidor)?;
        let endereco = SocketAddr::new(self.endereco(Lado::Servidor), 0);
        let destino = escuta
            .bind(&endereco.into())
            .and_then(|()| escuta.listen(1))
            .and_then(|()| escuta.local_addr())
            .with_context(|| {
                format!("não foi possível escutar em {endereco}")
            })?;
        let cliente = novo(Lado::Cliente)?;
        cliente
            .connect_timeout(&destino, PRAZO_DA_CONEXAO)
            .with_context(|| {
                format!(
                    "a conexão TCP pelo caminho não se abriu em {} s",
                    PRAZO_DA_CONEXAO.as_secs()
                )
            })?;
        ensure!(
            espera::legivel(&escuta, PRAZO_DA_CONEXAO)?,
            "o servidor não viu a conexão TCP que o cliente abriu"
        );
        let (servidor, _) = escuta.accept()?;
        let pontas = (TcpStream::from(cliente), TcpStream::from(servidor));
        pontas.1.set_nodelay(ajustes.sem_nagle)?;
        #[cfg(target_os = "linux")]
        for ponta in [&pontas.0, &pontas.1] {
            conferir_congestionamento(ponta, ajustes)?;
        }
        Ok(pontas)
    }

    /// Acaba com uma conexão sem deixar rastro: as duas pontas mandam um RST e esquecem
    /// tudo. Um fim comum deixaria FINs, e dados ainda sem confirmação, a ser mandados de
    /// novo no meio da medição seguinte.
    ///
    /// # Errors
    /// O que o sistema respondeu.
    pub fn encerrar(&self, pontas: (TcpStream, TcpStream)) -> io::Result<()> {
        for ponta in [&pontas.0, &pontas.1] {
            SockRef::from(ponta).set_linger(Some(Duration::ZERO))?;
        }
        let entraram = || {
            let contas = self.contas();
            contas.ida.entraram + contas.volta.entraram
        };
        let antes = entraram();
        drop(pontas);
        // Em uma máquina ocupada, até o RST demora a ser visto.
        let inicio = Instant::now();
        while entraram() == antes && inicio.elapsed() < PRAZO_DO_FIM {}
        Ok(())
    }

    /// Por que o TCP não é medido aqui; `None` quando é.
    #[must_use]
    pub fn sem_tcp(&self) -> SemTcp {
        match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(_) => None,
            Rede::Procurada(_) => Some(SEM_TCP),
        }
    }

    /// O controle de congestionamento das conexões que não pedem nenhum.
    ///
    /// # Errors
    /// O que o sistema respondeu; fora do Linux, que ele não diz.
    pub fn congestionamento_padrao(&self) -> Result<String> {
        let socket = self
            .dentro(Lado::Cliente, || {
                Socket::new(Domain::IPV4, Type::STREAM, None)
            })
            .context("não foi possível abrir um socket TCP")?;
        congestionamento(&SockRef::from(&socket))
    }

    /// O estado de uma conexão, visto da ponta `ponta`.
    ///
    /// # Errors
    /// O que o núcleo respondeu; fora do Linux, que ele não diz.
    pub fn estado_tcp(&self, ponta: &TcpStream) -> Result<Conexao> {
        #[cfg(target_os = "linux")]
        {
            crate::rede::conexao::estado(ponta)
                .context("o núcleo não disse o estado da conexão (TCP_INFO)")
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = ponta;
            bail!("não medido: só o Linux diz o estado de uma conexão")
        }
    }

    /// Os contadores do núcleo do computador `lado`, desde que ele existe.
    ///
    /// # Errors
    /// Quando não se deixam ler.
    pub fn contadores(&self, lado: Lado) -> Result<Contadores> {
        let ler = |nome: &str| {
            let arquivo = format!("/proc/thread-self/net/{nome}");
            std::fs::read_to_string(&arquivo)
                .with_context(|| format!("não foi possível ler {arquivo}"))
        };
        let (snmp, netstat) =
            self.dentro(lado, || (ler("snmp"), ler("netstat")));
        Contadores::ler(&snmp?, &netstat?)
    }

    /// Muda o menor prazo de retransmissão do TCP nos dois computadores, para as
    /// conexões que se abrirem daqui em diante. Vale em milissegundos inteiros.
    ///
    /// # Errors
    /// Onde o núcleo não deixa mudar.
    pub fn menor_prazo_do_tcp(&self, prazo: Duration) -> Result<()> {
        self.mudar_menor_prazo(Some(prazo))
    }

    /// Devolve aos dois computadores o menor prazo de retransmissão do núcleo (200 ms).
    ///
    /// # Errors
    /// Onde o núcleo não deixa mudar.
    pub fn menor_prazo_padrao(&self) -> Result<()> {
        self.mudar_menor_prazo(None)
    }

    fn mudar_menor_prazo(&self, prazo: Option<Duration>) -> Result<()> {
        #[cfg(target_os = "linux")]
        if let Some(emulado) = self.emulado() {
            for lado in [Lado::Cliente, Lado::Servidor] {
                emulado
                    .computador(lado)
                    .menor_prazo_do_tcp(prazo)
                    .context(
                        "não foi possível mudar o menor prazo do TCP (rto_min da rota)",
                    )?;
            }
            return Ok(());
        }
        let _ = prazo;
        bail!(SEM_TCP)
    }
}

/// Ajusta um socket TCP antes que ele se ligue.
fn preparar(
    socket: &Socket,
    ajustes: AjustesTcp,
    buffers: Buffers,
) -> Result<()> {
    if let Some(nome) = ajustes.congestionamento {
        #[cfg(target_os = "linux")]
        socket
            .set_tcp_congestion(nome.as_bytes())
            .map_err(|erro| recusa_do_congestionamento(nome, &erro))?;
        #[cfg(not(target_os = "linux"))]
        bail!("não medido: só o Linux deixa escolher {nome} por conexão");
    }
    socket.set_tcp_nodelay(ajustes.sem_nagle)?;
    ajustar(socket, buffers)
}

/// O erro de um controle de congestionamento que não se pode usar.
#[cfg(target_os = "linux")]
fn recusa_do_congestionamento(nome: &str, erro: &io::Error) -> anyhow::Error {
    let ha = std::fs::read_to_string(
        "/proc/sys/net/ipv4/tcp_available_congestion_control",
    );
    let ha = ha.as_deref().map_or("não se sabe quais", str::trim);
    match erro.kind() {
        io::ErrorKind::NotFound => anyhow!(
            "este núcleo não tem, agora, o controle de congestionamento {nome} \
             (tem: {ha}); se ele for um módulo, `sudo modprobe tcp_{nome}` o carrega"
        ),
        _ => anyhow!(
            "este núcleo não deixa usar o controle de congestionamento {nome} \
             (tem: {ha}): {erro}"
        ),
    }
}

/// O controle de congestionamento que vale em um socket TCP.
fn congestionamento(socket: &SockRef<'_>) -> Result<String> {
    #[cfg(target_os = "linux")]
    {
        let nome = socket
            .tcp_congestion()
            .context("o núcleo não disse o controle de congestionamento")?;
        let nome = nome.split(|&b| b == 0).next().unwrap_or_default();
        Ok(String::from_utf8_lossy(nome).into_owned())
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = socket;
        bail!("não medido: só o Linux diz o controle de congestionamento")
    }
}

/// Erro se o que vale na conexão não é o que se pediu.
#[cfg(target_os = "linux")]
fn conferir_congestionamento(
    ponta: &TcpStream,
    ajustes: AjustesTcp,
) -> Result<()> {
    let Some(pedido) = ajustes.congestionamento else {
        return Ok(());
    };
    let vale = congestionamento(&SockRef::from(ponta))?;
    if vale != pedido {
        bail!("pediu-se {pedido} e a conexão ficou com {vale}");
    }
    Ok(())
}

/// Ajusta os buffers e confere que o sistema deu o que se pediu.
fn ajustar(socket: &Socket, buffers: Buffers) -> Result<()> {
    if let Some(bytes) = buffers.recepcao {
        // O root passa do limite do sistema; quem não é fica com ele.
        #[cfg(target_os = "linux")]
        let passou = rustix::net::sockopt::set_socket_recv_buffer_size_force(
            socket, bytes,
        )
        .is_ok();
        #[cfg(not(target_os = "linux"))]
        let passou = false;
        if !passou {
            socket.set_recv_buffer_size(bytes)?;
        }
        bastou("recepção", bytes, socket.recv_buffer_size()?)?;
    }
    if let Some(bytes) = buffers.envio {
        #[cfg(target_os = "linux")]
        let passou = rustix::net::sockopt::set_socket_send_buffer_size_force(
            socket, bytes,
        )
        .is_ok();
        #[cfg(not(target_os = "linux"))]
        let passou = false;
        if !passou {
            socket.set_send_buffer_size(bytes)?;
        }
        bastou("envio", bytes, socket.send_buffer_size()?)?;
    }
    Ok(())
}

/// Erro se o sistema deu um buffer menor do que o pedido.
fn bastou(qual: &str, pedido: usize, dado: usize) -> Result<()> {
    // O Linux diz o dobro do que deu.
    let dado = if cfg!(target_os = "linux") {
        dado / 2
    } else {
        dado
    };
    ensure!(
        dado >= pedido,
        "pediu-se um buffer de {qual} de {pedido} bytes, e o sistema só dá {dado}{}",
        if cfg!(target_os = "linux") {
            "; o limite está em net.core.rmem_max e net.core.wmem_max"
        } else {
            ""
        }
    );
    Ok(())
}
