//! De um nome a uma conexão: a pergunta com prazo, poucas respostas, e nenhuma
//! tentativa que custe o tempo das outras. E ouvir o que se manda a muitos.
//!
//! [`conectar`] é o *happy eyeballs* da RFC 8305, simplificado: a lista já vem
//! inteira, as famílias se alternam, e as tentativas começam uma depois da
//! outra, sem esperar que a anterior acabe.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::net::{ToSocketAddrs, UdpSocket};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use socket2::{Domain, Socket, Type};

/// Quantos endereços de um nome se tentam. Quem responde por um nome pode dar
/// milhares, e cada um custaria uma thread e um socket.
pub const MAXIMO: usize = 8;

/// Quantos bytes de um datagrama [`ouvir`] entrega. O resto é ignorado.
pub const MAIOR_TRECHO: usize = 200;

/// Em bytes. Todo datagrama cabe: no Windows, um que não coubesse seria um erro.
const MAIOR_DATAGRAMA: usize = 65_536;

// ANCHOR: prazos
/// Os três prazos de [`conectar`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prazos {
    /// Quanto se espera por uma tentativa antes de começar outra ao lado dela.
    pub passo: Duration,
    /// Quanto dura, no máximo, cada tentativa.
    pub tentativa: Duration,
    /// Quanto duram todas juntas.
    pub total: Duration,
}

impl Default for Prazos {
    /// O passo é o que a RFC 8305 §5 recomenda. A tentativa dá tempo a um SYN
    /// repetido, que sai 1 s depois do primeiro.
    fn default() -> Self {
        Self {
            passo: Duration::from_millis(250),
            tentativa: Duration::from_secs(3),
            total: Duration::from_secs(5),
        }
    }
}
// ANCHOR_END: prazos

/// Os endereços de `nome`, que tem a forma `NOME:PORTA`: até [`MAXIMO`], na
/// ordem em que convém tentá-los.
///
/// # Errors
/// Os de `getaddrinfo(3)`, e [`ErrorKind::TimedOut`] depois de `prazo`.
// ANCHOR: resolver
pub fn resolver(nome: &str, prazo: Duration) -> io::Result<Vec<SocketAddr>> {
    let nome = nome.to_string();
    // getaddrinfo(3): lê /etc/hosts, pergunta ao DNS, e não aceita prazo.
    com_prazo(prazo, move || nome.to_socket_addrs().map(escolher))
}
// ANCHOR_END: resolver

/// O que `tarefa` devolver, se for antes do prazo.
///
/// Uma tarefa atrasada não é interrompida: continua na thread dela, e o que ela
/// devolver é jogado fora.
///
/// # Errors
/// Os da tarefa, e [`ErrorKind::TimedOut`] depois de `prazo`.
// ANCHOR: com_prazo
pub fn com_prazo<T: Send + 'static>(
    prazo: Duration,
    tarefa: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (entregar, receber) = mpsc::sync_channel(1);
    thread::Builder::new().spawn(move || {
        // Falha quando ninguém espera mais: não há a quem contar.
        let _ = entregar.send(tarefa());
    })?;
    receber
        .recv_timeout(prazo)
        .unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
}
// ANCHOR_END: com_prazo

/// Os endereços que vale a pena tentar, e em que ordem: as famílias alternadas
/// (RFC 8305 §4), sem repetidos, até [`MAXIMO`].
///
/// A família do primeiro, que o sistema pôs na frente, continua na frente.
// ANCHOR: escolher
pub fn escolher(
    respostas: impl IntoIterator<Item = SocketAddr>,
) -> Vec<SocketAddr> {
    let mut familias: [Vec<SocketAddr>; 2] = Default::default();
    for endereco in respostas.into_iter().filter(e_destino) {
        let primeira = familias[0].first().unwrap_or(&endereco);
        let outra = primeira.is_ipv4() != endereco.is_ipv4();
        let familia = &mut familias[usize::from(outra)];
        if familia.len() < MAXIMO && !familia.contains(&endereco) {
            familia.push(endereco);
        }
    }
    let [primeira, segunda] = &familias;
    let alternados =
        (0..MAXIMO).flat_map(|i| [primeira.get(i), segunda.get(i)]);
    alternados.flatten().copied().take(MAXIMO).collect()
}
// ANCHOR_END: escolher

/// Se é endereço de uma máquina só: nenhum outro atende uma conexão.
fn e_destino(endereco: &SocketAddr) -> bool {
    let ip = endereco.ip().to_canonical();
    let de_ninguem = ip.is_unspecified() || ip.is_multicast();
    endereco.port() != 0 && !de_ninguem && ip != Ipv4Addr::BROADCAST
}

/// Uma conexão com o primeiro endereço que atender.
///
/// Um que não responde atrasa os outros um passo; um que recusa, nada. Quem perde
/// a corrida é desligado quando a tentativa dele acaba.
///
/// # Errors
/// Quando nenhum atende: o que houve com cada um.
// ANCHOR: conectar
pub fn conectar(
    respostas: &[SocketAddr],
    prazos: &Prazos,
) -> Result<TcpStream> {
    let limite = Instant::now() + prazos.total;
    let fila = escolher(respostas.iter().copied());
    let (avisar, avisos) = mpsc::channel();
    let mut comecadas = 0;
    let mut recusas = Vec::new();
    loop {
        let resta = limite.saturating_duration_since(Instant::now());
        if resta.is_zero() || recusas.len() == fila.len() {
            bail!(fracasso(&fila, &recusas));
        }
        let mut espera = resta;
        if let Some(endereco) = fila.get(comecadas) {
            let prazo = prazos.tentativa.min(resta);
            comecadas += 1;
            if let Err(erro) = tentar(*endereco, prazo, avisar.clone()) {
                // Não há thread para este; os que já tentam continuam.
                recusas.push((*endereco, erro));
                continue;
            }
            espera = resta.min(prazos.passo);
        }
        match avisos.recv_timeout(espera) {
            Ok((_, Ok(conexao))) => return Ok(conexao),
            Ok((endereco, Err(erro))) => recusas.push((endereco, erro)),
            Err(_) => {} // passou a vez deste, ou o prazo de todos
        }
    }
}
// ANCHOR_END: conectar

/// Como acabou a tentativa de um endereço.
type Aviso = (SocketAddr, io::Result<TcpStream>);

// ANCHOR: tentar
fn tentar(
    endereco: SocketAddr,
    prazo: Duration,
    avisar: Sender<Aviso>,
) -> io::Result<()> {
    thread::Builder::new().spawn(move || {
        let resultado = TcpStream::connect_timeout(&endereco, prazo);
        // Quem perde a corrida não tem a quem avisar: a conexão se fecha aqui.
        let _ = avisar.send((endereco, resultado));
    })?;
    Ok(())
}
// ANCHOR_END: tentar

fn fracasso(
    fila: &[SocketAddr],
    recusas: &[(SocketAddr, io::Error)],
) -> String {
    let sorte_de = |endereco: &SocketAddr| {
        let recusa = recusas.iter().find(|(de, _)| de == endereco);
        match recusa {
            Some((_, erro)) if erro.kind() != ErrorKind::TimedOut => {
                format!("{endereco}: {erro}")
            }
            _ => format!("{endereco}: sem resposta"),
        }
    };
    if fila.is_empty() {
        return "o nome não tem endereço a que se possa ligar".to_string();
    }
    let sortes: Vec<String> = fila.iter().map(sorte_de).collect();
    format!("nenhum endereço atendeu ({})", sortes.join("; "))
}

/// Um endereço deste computador que não responde a quem liga, enquanto este valor
/// existir: um socket que escuta, com a fila cheia, e que ninguém atende.
///
/// Fora do Linux uma fila cheia pode recusar em vez de calar.
#[derive(Debug)]
pub struct Mudo {
    endereco: SocketAddr,
    _escuta: TcpListener,
    _fila: Vec<TcpStream>,
}

impl Mudo {
    /// Cala um endereço.
    ///
    /// # Errors
    /// Quando o sistema não deixa escutar.
    pub fn novo() -> io::Result<Self> {
        /// A fila pode ter lugar para um pouco mais do que se pediu.
        const FOLGA: usize = 8;
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        socket.listen(1)?;
        let escuta = TcpListener::from(socket);
        let endereco = escuta.local_addr()?;
        let espera = Duration::from_millis(100);
        let chegar = |_| TcpStream::connect_timeout(&endereco, espera).ok();
        let fila = (0..FOLGA).map_while(chegar).collect();
        Ok(Self {
            endereco,
            _escuta: escuta,
            _fila: fila,
        })
    }

    /// O endereço que não responde.
    #[must_use]
    pub fn endereco(&self) -> SocketAddr {
        self.endereco
    }
}

/// Entrega a `mostrar` cada datagrama que chega, com o endereço de quem o mandou,
/// até o prazo ou até `maximo` deles. Devolve quantos foram.
///
/// Só os primeiros [`MAIOR_TRECHO`] bytes de cada um são entregues.
///
/// # Errors
/// Quando o socket deixa de receber.
// ANCHOR: ouvir
pub fn ouvir(
    socket: &UdpSocket,
    prazo: Duration,
    maximo: usize,
    mut mostrar: impl FnMut(SocketAddr, &[u8]),
) -> io::Result<usize> {
    let limite = Instant::now() + prazo;
    let mut buffer = vec![0; MAIOR_DATAGRAMA];
    let mut ouvidos = 0;
    while ouvidos < maximo {
        let resta = limite.saturating_duration_since(Instant::now());
        if resta.is_zero() {
            break;
        }
        socket.set_read_timeout(Some(resta))?;
        match socket.recv_from(&mut buffer) {
            Ok((tamanho, de)) => {
                mostrar(de, &buffer[..tamanho.min(MAIOR_TRECHO)]);
                ouvidos += 1;
            }
            Err(erro) => match erro.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => break,
                // No Windows, ConnectionReset fala de algo que se mandou antes.
                ErrorKind::ConnectionReset | ErrorKind::Interrupted => {}
                _ => return Err(erro),
            },
        }
    }
    Ok(ouvidos)
}
// ANCHOR_END: ouvir
