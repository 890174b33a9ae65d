//! Quem está no meio do caminho: guarda, muda e corta o que passa.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use provas::{Falha, prazo_padrao};

use super::{do_sistema, ligar};

/// Um caminho entre um cliente e um servidor, que só existe para um par.
#[derive(Clone)]
pub struct Meio(Arc<Caminho>);

struct Caminho {
    capturados: Mutex<Vec<u8>>,
    mudando: AtomicBool,
    pontas: Mutex<Vec<TcpStream>>,
}

impl Meio {
    /// Abre o caminho até `servidor`; o cliente liga para o endereço devolvido.
    pub fn abrir(servidor: SocketAddr) -> Result<(Self, SocketAddr), Falha> {
        let escuta = TcpListener::bind("127.0.0.1:0").map_err(do_sistema)?;
        let endereco = escuta.local_addr().map_err(do_sistema)?;
        let meio = Self(Arc::new(Caminho {
            capturados: Mutex::default(),
            mudando: AtomicBool::new(false),
            pontas: Mutex::default(),
        }));
        let este = meio.clone();
        // Se ninguém vier, a thread acaba com o processo da prova.
        thread::spawn(move || este.levar(&escuta, servidor));
        Ok((meio, endereco))
    }

    fn levar(&self, escuta: &TcpListener, servidor: SocketAddr) -> Result<(), Falha> {
        let (cliente, _) = escuta.accept().map_err(do_sistema)?;
        let prazo = Some(prazo_padrao() * 2);
        cliente.set_read_timeout(prazo).map_err(do_sistema)?;
        let servidor = ligar(servidor)?;
        for (de, para) in [(&cliente, &servidor), (&servidor, &cliente)] {
            let (mut de, mut para) = (clonar(de)?, clonar(para)?);
            trancar(&self.0.pontas).push(clonar(&de)?);
            let este = self.clone();
            thread::spawn(move || {
                let mut buffer = [0; 16 * 1024];
                while let Ok(lidos @ 1..) = de.read(&mut buffer) {
                    if este.0.mudando.load(Ordering::SeqCst) {
                        buffer[lidos - 1] ^= 1;
                    }
                    trancar(&este.0.capturados).extend(&buffer[..lidos]);
                    if para.write_all(&buffer[..lidos]).is_err() {
                        break;
                    }
                }
                let _ = para.shutdown(Shutdown::Write);
            });
        }
        Ok(())
    }

    /// Se `trecho` passou por aqui, como está.
    pub fn viu(&self, trecho: &str) -> bool {
        let capturados = trancar(&self.0.capturados);
        capturados
            .windows(trecho.len())
            .any(|janela| janela == trecho.as_bytes())
    }

    /// Quantos bytes passaram.
    pub fn quantos(&self) -> usize {
        trancar(&self.0.capturados).len()
    }

    /// Daqui em diante muda um bit do fim do que passar.
    pub fn mudar(&self) {
        self.0.mudando.store(true, Ordering::SeqCst);
    }

    /// Diz aos dois lados, com um FIN, que a conexão acabou.
    pub fn cortar(&self) {
        for ponta in trancar(&self.0.pontas).iter() {
            // Só falha se a ponta já se foi.
            let _ = ponta.shutdown(Shutdown::Both);
        }
    }
}

fn clonar(conexao: &TcpStream) -> Result<TcpStream, Falha> {
    conexao.try_clone().map_err(do_sistema)
}

fn trancar<T>(guardado: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    guardado.lock().unwrap_or_else(PoisonError::into_inner)
}
