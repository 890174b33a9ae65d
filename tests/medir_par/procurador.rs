//! Um procurador entre o cliente e o servidor: perde, repete e troca datagramas, e conta
//! o que fez; e muda, corta ou cala o que um diz ao outro.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use medir::par::protocolo::Mensagem;
use medir::par::protocolo::escrita::montar;
use medir::par::protocolo::quadro::Montagem;
use provas::Falha;
use socket2::SockRef;

use crate::apoio::falhou;

/// Quanto uma espera dura antes de se olhar se a prova acabou.
const OLHADA: Duration = Duration::from_millis(20);

/// O buffer que se pede para os datagramas: o procurador não pode perder nenhum sem o
/// saber. O sistema dá o que quiser.
const BUFFER: usize = 4 << 20;

/// Para onde vai o que passa.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Para {
    Servidor,
    Cliente,
}

/// O que fazer com uma mensagem de controle.
pub enum Passagem {
    /// Segue, esta ou outra.
    Passar(Mensagem),
    /// No lugar dela vão estes bytes.
    Bytes(Vec<u8>),
    /// Não segue, nem nada mais neste sentido.
    Calar,
    /// A conexão se fecha.
    Cortar,
}

type DeMensagens = Box<dyn FnMut(Para, Mensagem) -> Passagem + Send>;
type DeDatagramas = Box<dyn FnMut(Para, &[u8]) -> Vec<Vec<u8>> + Send>;
type DeEsperas = Box<dyn FnMut(Para) -> Vec<Vec<u8>> + Send>;
type DeDados = Box<dyn FnMut(Para, &mut [u8]) + Send>;

/// O que o procurador faz com o que passa por ele.
pub struct Regras {
    pub mensagens: DeMensagens,
    pub datagramas: DeDatagramas,
    /// Os datagramas que saem quando nenhum chega.
    pub esperas: DeEsperas,
    pub dados: DeDados,
}

impl Default for Regras {
    /// Passa tudo como veio.
    fn default() -> Self {
        Self {
            mensagens: Box::new(|_, mensagem| Passagem::Passar(mensagem)),
            datagramas: Box::new(|_, datagrama| vec![datagrama.to_vec()]),
            esperas: Box::new(|_| Vec::new()),
            dados: Box::new(|_, _| ()),
        }
    }
}

impl Regras {
    /// Só mexe nas mensagens de controle.
    pub fn das_mensagens(
        mensagens: impl FnMut(Para, Mensagem) -> Passagem + Send + 'static,
    ) -> Self {
        Self {
            mensagens: Box::new(mensagens),
            ..Self::default()
        }
    }
}

/// O procurador. Acaba ao sair de cena.
pub struct Procurador {
    pub endereco: SocketAddr,
    comum: Arc<Comum>,
}

struct Comum {
    servidor: SocketAddr,
    regras: Mutex<Regras>,
    acabou: AtomicBool,
}

impl Comum {
    fn regras(&self) -> MutexGuard<'_, Regras> {
        self.regras.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn acabou(&self) -> bool {
        self.acabou.load(Ordering::Relaxed)
    }
}

impl Drop for Procurador {
    fn drop(&mut self) {
        self.comum.acabou.store(true, Ordering::Relaxed);
    }
}

impl Procurador {
    /// Põe um procurador na frente de `servidor`.
    pub fn abrir(servidor: SocketAddr, regras: Regras) -> Result<Self, Falha> {
        let comum = Arc::new(Comum {
            servidor,
            regras: Mutex::new(regras),
            acabou: AtomicBool::new(false),
        });
        let (escuta, udp) = porta().map_err(|erro| falhou("abrir o procurador", &erro))?;
        let endereco = escuta.local_addr();
        let endereco = endereco.map_err(|erro| falhou("saber a porta", &erro))?;
        let dele = Arc::clone(&comum);
        thread::spawn(move || aceitar(&escuta, &dele));
        let dele = Arc::clone(&comum);
        thread::spawn(move || passar_datagramas(&udp, &dele));
        Ok(Self { endereco, comum })
    }
}

/// A mesma porta em TCP e em UDP.
fn porta() -> std::io::Result<(TcpListener, UdpSocket)> {
    loop {
        let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        if let Ok(udp) = UdpSocket::bind(escuta.local_addr()?) {
            escuta.set_nonblocking(true)?;
            ajustar(&udp)?;
            return Ok((escuta, udp));
        }
    }
}

fn ajustar(udp: &UdpSocket) -> std::io::Result<()> {
    let _ = SockRef::from(udp).set_recv_buffer_size(BUFFER);
    udp.set_read_timeout(Some(OLHADA))
}

fn passageiro(erro: &std::io::Error) -> bool {
    matches!(
        erro.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

fn aceitar(escuta: &TcpListener, comum: &Arc<Comum>) {
    while !comum.acabou() {
        match escuta.accept() {
            Ok((do_cliente, _)) => {
                let comum = Arc::clone(comum);
                thread::spawn(move || ligar(&do_cliente, &comum));
            }
            Err(_) => thread::sleep(OLHADA / 4),
        }
    }
}

/// Liga uma conexão do cliente a uma do servidor. A primeira mensagem diz se ela é de
/// controle ou de dados.
fn ligar(do_cliente: &TcpStream, comum: &Arc<Comum>) {
    let Ok(do_servidor) = TcpStream::connect(comum.servidor) else {
        return;
    };
    for conexao in [do_cliente, &do_servidor] {
        let ajustada = conexao
            .set_nonblocking(false)
            .and_then(|()| conexao.set_read_timeout(Some(OLHADA)))
            .and_then(|()| conexao.set_nodelay(true));
        if ajustada.is_err() {
            return;
        }
    }
    let Some(primeira) = proxima(do_cliente, &mut Montagem::default(), comum) else {
        return;
    };
    let dados = matches!(primeira, Mensagem::Dados { .. });
    thread::scope(|escopo| {
        escopo.spawn(|| {
            if dados {
                passar_dados(&do_servidor, do_cliente, Para::Cliente, comum);
            } else {
                passar_mensagens(&do_servidor, do_cliente, Para::Cliente, comum);
            }
            // Quem espera pelo outro sentido não espera mais.
            let _ = do_cliente.shutdown(Shutdown::Write);
        });
        if dados {
            let passou = (&do_servidor).write_all(&montar(&primeira));
            if passou.is_ok() {
                passar_dados(do_cliente, &do_servidor, Para::Servidor, comum);
            }
        } else if passar(&do_servidor, Para::Servidor, primeira, comum) {
            passar_mensagens(do_cliente, &do_servidor, Para::Servidor, comum);
        }
        let _ = do_servidor.shutdown(Shutdown::Write);
    });
}

/// A próxima mensagem de controle; `None` no fim, ou no que não é uma.
fn proxima(de: &TcpStream, montagem: &mut Montagem, comum: &Comum) -> Option<Mensagem> {
    let mut bytes = [0; 512];
    while !comum.acabou() {
        let mut de = de;
        match de.read(&mut bytes[..montagem.falta()]) {
            Ok(0) => return None,
            Ok(lidos) => {
                if let Some(mensagem) = montagem.juntar(&bytes[..lidos]).ok()? {
                    return Some(mensagem);
                }
            }
            Err(erro) if passageiro(&erro) => {}
            Err(_) => return None,
        }
    }
    None
}

fn passar_mensagens(de: &TcpStream, ate: &TcpStream, para: Para, comum: &Comum) {
    let mut montagem = Montagem::default();
    while let Some(mensagem) = proxima(de, &mut montagem, comum) {
        if !passar(ate, para, mensagem, comum) {
            return;
        }
    }
}

/// Passa uma mensagem; `false` quando o sentido acabou.
fn passar(ate: &TcpStream, para: Para, mensagem: Mensagem, comum: &Comum) -> bool {
    let mut ate = ate;
    let passagem = (comum.regras().mensagens)(para, mensagem);
    match passagem {
        Passagem::Passar(mensagem) => ate.write_all(&montar(&mensagem)).is_ok(),
        Passagem::Bytes(bytes) => ate.write_all(&bytes).is_ok(),
        Passagem::Calar => {
            while !comum.acabou() {
                thread::sleep(OLHADA);
            }
            false
        }
        Passagem::Cortar => {
            let _ = ate.shutdown(Shutdown::Both);
            false
        }
    }
}

fn passar_dados(de: &TcpStream, ate: &TcpStream, para: Para, comum: &Comum) {
    let (mut de, mut ate) = (de, ate);
    let mut pedaco = vec![0; 256 << 10];
    while !comum.acabou() {
        match de.read(&mut pedaco) {
            Ok(0) => return,
            Ok(lidos) => {
                let pedaco = &mut pedaco[..lidos];
                (comum.regras().dados)(para, pedaco);
                if ate.write_all(pedaco).is_err() {
                    // Quem mandava também fica a saber.
                    let _ = de.shutdown(Shutdown::Both);
                    return;
                }
            }
            Err(erro) if passageiro(&erro) => {}
            Err(_) => return,
        }
    }
}

/// Passa os datagramas do último cliente que falou, e as respostas a ele.
fn passar_datagramas(do_cliente: &UdpSocket, comum: &Arc<Comum>) {
    let abrir = || -> std::io::Result<UdpSocket> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(comum.servidor)?;
        ajustar(&socket)?;
        Ok(socket)
    };
    let Ok(do_servidor) = abrir() else { return };
    let cliente = Mutex::new(None::<SocketAddr>);
    let ultimo = || *cliente.lock().unwrap_or_else(PoisonError::into_inner);
    thread::scope(|escopo| {
        escopo.spawn(|| {
            let mut datagrama = [0; 2048];
            while !comum.acabou() {
                let passam = match do_servidor.recv(&mut datagrama) {
                    Ok(lidos) => (comum.regras().datagramas)(Para::Cliente, &datagrama[..lidos]),
                    // Nada veio, ou só o aviso de que um não chegou.
                    Err(_) => (comum.regras().esperas)(Para::Cliente),
                };
                for um in ultimo().iter().flat_map(|_| &passam) {
                    let _ = ultimo().map(|cliente| do_cliente.send_to(um, cliente));
                }
            }
        });
        let mut datagrama = [0; 2048];
        while !comum.acabou() {
            let passam = match do_cliente.recv_from(&mut datagrama) {
                Ok((lidos, de)) => {
                    *cliente.lock().unwrap_or_else(PoisonError::into_inner) = Some(de);
                    (comum.regras().datagramas)(Para::Servidor, &datagrama[..lidos])
                }
                Err(_) => (comum.regras().esperas)(Para::Servidor),
            };
            for um in passam {
                let _ = do_servidor.send(&um);
            }
        }
    });
}
