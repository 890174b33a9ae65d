//! Um corredor entre dois chats em TCP: leva os bytes de um ao outro e, se a prova
//! quer, corta a conexão depois de tantos.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Quem liga para a porta do corredor fala com quem está na porta de destino.
pub struct Corredor {
    pub porta: u16,
    fechado: Arc<AtomicBool>,
}

impl Corredor {
    /// Um corredor até `destino`. A primeira conexão é cortada depois de
    /// `cortes[0]` bytes, somados os dois sentidos; a segunda, de `cortes[1]`;
    /// as que vêm depois do último não são cortadas.
    pub fn abrir(destino: u16, cortes: Vec<usize>) -> io::Result<Self> {
        let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, provas::porta_livre()))?;
        let corredor = Self {
            porta: escuta.local_addr()?.port(),
            fechado: Arc::default(),
        };
        let fechado = Arc::clone(&corredor.fechado);
        thread::spawn(move || {
            let mut cortes = cortes.into_iter();
            for de in escuta.incoming() {
                if fechado.load(Ordering::SeqCst) {
                    return;
                }
                let para = TcpStream::connect((Ipv4Addr::LOCALHOST, destino));
                // Se o destino não atende, quem ligou tenta de novo.
                if let (Ok(de), Ok(para)) = (de, para) {
                    let restam = cortes.next().unwrap_or(usize::MAX);
                    juntar(&de, &para, restam);
                }
            }
        });
        Ok(corredor)
    }
}

impl Drop for Corredor {
    fn drop(&mut self) {
        self.fechado.store(true, Ordering::SeqCst);
        // Acorda quem espera por uma conexão.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.porta));
    }
}

/// Leva os bytes entre as duas pontas, nos dois sentidos, até `restam` ao todo.
pub fn juntar(de: &TcpStream, para: &TcpStream, restam: usize) {
    let restam = Arc::new(AtomicUsize::new(restam));
    // Os dois sentidos não escrevem ao mesmo tempo: o corte é em um byte exato.
    let vez = Arc::new(Mutex::new(()));
    for (leitura, escrita) in [(de, para), (para, de)] {
        let (Ok(leitura), Ok(escrita)) = (leitura.try_clone(), escrita.try_clone()) else {
            return;
        };
        let (restam, vez) = (Arc::clone(&restam), Arc::clone(&vez));
        thread::spawn(move || {
            levar(&leitura, &escrita, &restam, &vez);
        });
    }
}

fn levar(mut leitura: &TcpStream, mut escrita: &TcpStream, restam: &AtomicUsize, vez: &Mutex<()>) {
    let mut pedaco = [0; 16 * 1024];
    loop {
        let Ok(lidos @ 1..) = leitura.read(&mut pedaco) else {
            // O fim de um sentido não é o fim do outro.
            let _ = escrita.shutdown(Shutdown::Write);
            return;
        };
        let cabem = {
            let _guarda = vez.lock();
            let cabem = lidos.min(restam.load(Ordering::SeqCst));
            restam.fetch_sub(cabem, Ordering::SeqCst);
            cabem
        };
        if escrita.write_all(&pedaco[..cabem]).is_err() || cabem < lidos {
            let _ = leitura.shutdown(Shutdown::Both);
            let _ = escrita.shutdown(Shutdown::Both);
            return;
        }
    }
}
