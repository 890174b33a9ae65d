//! Uma estrada entre dois chats em UDP, por onde a prova decide o que passa.
//!
//! Só olha os bytes, nos lugares que o capítulo diz: o tipo da mensagem é o
//! primeiro byte do corpo, que vem depois dos 11 do cabeçalho.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use provas::{Falha, porta_livre};

/// O tipo do corpo de um datagrama; 0 se não há corpo.
pub fn tipo(datagrama: &[u8]) -> u8 {
    datagrama.get(11).copied().unwrap_or(0)
}

pub const ITEM: u8 = 4;
pub const TCHAU: u8 = 8;
pub const ATE_LOGO: u8 = 9;

/// O que a estrada faz com um datagrama: manda o que sair daqui, nesta ordem.
pub trait Regra: Send + 'static {
    fn passar(&mut self, datagrama: &[u8]) -> Vec<Vec<u8>>;

    /// O que a estrada solta quando nada chega há alguns milissegundos.
    fn soltar(&mut self) -> Option<Vec<u8>> {
        None
    }
}

impl<F: FnMut(&[u8]) -> Vec<Vec<u8>> + Send + 'static> Regra for F {
    fn passar(&mut self, datagrama: &[u8]) -> Vec<Vec<u8>> {
        self(datagrama)
    }
}

/// Os dois chats ligam para a porta da estrada.
pub struct Estrada {
    pub porta: u16,
    fechada: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Estrada {
    /// Uma estrada entre as duas portas locais, com uma regra para cada sentido.
    pub fn abrir(chats: [u16; 2], regras: [Box<dyn Regra>; 2]) -> Result<Self, Falha> {
        let porta = porta_livre();
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, porta))
            .and_then(|socket| {
                // Acorda de vez em quando para soltar os atrasados e ver se a
                // prova acabou.
                socket.set_read_timeout(Some(Duration::from_millis(10)))?;
                Ok(socket)
            })
            .map_err(|erro| Falha::nova(format!("não abriu a estrada: {erro}")))?;
        let fechada = Arc::new(AtomicBool::new(false));
        let ate_quando = Arc::clone(&fechada);
        let thread = thread::spawn(move || {
            encaminhar(&socket, chats, regras, &ate_quando);
        });
        Ok(Self {
            porta,
            fechada,
            thread: Some(thread),
        })
    }
}

impl Drop for Estrada {
    fn drop(&mut self) {
        self.fechada.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn encaminhar(
    socket: &UdpSocket,
    chats: [u16; 2],
    mut regras: [Box<dyn Regra>; 2],
    fechada: &AtomicBool,
) {
    let chats = chats.map(|porta| SocketAddr::from((Ipv4Addr::LOCALHOST, porta)));
    let mut buffer = vec![0; 65_536];
    while !fechada.load(Ordering::SeqCst) {
        // Um erro é o prazo curto, ou a notícia de um chat ainda fechado.
        let recebido = socket.recv_from(&mut buffer);
        for (qual, regra) in regras.iter_mut().enumerate() {
            let passam = match recebido {
                Ok((tamanho, quem)) if quem == chats[qual] => regra.passar(&buffer[..tamanho]),
                Ok(_) => vec![],
                Err(_) => regra.soltar().into_iter().collect(),
            };
            for datagrama in passam {
                let _ = socket.send_to(&datagrama, chats[1 - qual]);
            }
        }
    }
}
