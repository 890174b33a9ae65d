//! Uma estrada de prova entre os dois lados de um cofre: a sorte de cada datagrama vem
//! de uma lista, e nada do que ela faz depende do tempo.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use provas::{Falha, Filho, porta_livre, prazo_padrao};

/// O que acontece a um datagrama.
#[derive(Debug, Clone)]
pub enum Sorte {
    Passa,
    Perde,
    Repete,
    /// Espera que outro, no mesmo sentido, passe na frente.
    Atrasa,
    /// Passa, depois de um datagrama que ninguém mandou.
    Lixo(Vec<u8>),
}

/// De quanto em quanto tempo a estrada olha se o programa ainda vive.
const OLHADA: Duration = Duration::from_millis(20);

/// A estrada, os endereços dos dois lados e o que está guardado para cada um.
pub struct Estrada {
    socket: UdpSocket,
    lados: [SocketAddr; 2],
    atrasado: [Option<Vec<u8>>; 2],
    /// Se o último datagrama de cada sentido não chegou na hora.
    faltou: [bool; 2],
}

impl Estrada {
    /// Uma estrada aberta, e os argumentos que o programa precisa para passar por ela.
    pub fn abrir() -> Result<(Self, Vec<String>), Falha> {
        let erro = |erro| Falha::nova(format!("a estrada não abriu: {erro}"));
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(erro)?;
        socket.set_read_timeout(Some(OLHADA)).map_err(erro)?;
        let lados = [(); 2].map(|()| SocketAddr::from((Ipv4Addr::LOCALHOST, porta_livre())));
        let aqui = socket.local_addr().map_err(erro)?;
        let argumentos = [aqui, lados[0], lados[1]].map(|lado| lado.to_string());
        let estrada = Self {
            socket,
            lados,
            atrasado: [None, None],
            faltou: [false, false],
        };
        Ok((estrada, argumentos.into()))
    }

    /// Leva datagramas até o programa acabar. Depois da última sorte, vem de novo a
    /// primeira; mas nunca faltam dois seguidos no mesmo sentido, ou nada garantiria que
    /// alguma resposta chegasse.
    pub fn levar(&mut self, programa: &mut Filho, sortes: &[Sorte]) -> Result<(), Falha> {
        let mut buffer = vec![0; 65_536];
        let mut sortes = sortes.iter().cycle();
        while programa.codigo().is_none() {
            let (tamanho, quem) = match self.socket.recv_from(&mut buffer) {
                Ok(recebido) => recebido,
                Err(erro) if passa(erro.kind()) => continue,
                Err(erro) => return Err(programa.falha(&format!("a estrada acabou: {erro}"))),
            };
            let Some(de) = self.lados.iter().position(|lado| *lado == quem) else {
                continue;
            };
            let sorte = sortes.next().unwrap_or(&Sorte::Passa);
            self.um(de, &buffer[..tamanho], sorte);
        }
        Ok(())
    }

    /// Espera o datagrama que o programa mandou, ou está para mandar, e o perde.
    pub fn perder_um(&self, programa: &Filho) -> Result<(), Falha> {
        let prazo = Some(prazo_padrao());
        let recebido = self.socket.set_read_timeout(prazo);
        recebido
            .and_then(|()| self.socket.recv_from(&mut [0; 64]))
            .map(drop)
            .map_err(|erro| programa.falha(&format!("não havia o que perder: {erro}")))
    }

    fn um(&mut self, de: usize, datagrama: &[u8], sorte: &Sorte) {
        let para = self.lados[1 - de];
        let falta = matches!(sorte, Sorte::Perde | Sorte::Atrasa) && !self.faltou[de];
        self.faltou[de] = falta;
        let vezes = match sorte {
            _ if falta => 0,
            Sorte::Repete => 3,
            _ => 1,
        };
        if let Sorte::Lixo(lixo) = sorte {
            self.mandar(lixo, para);
        }
        for _ in 0..vezes {
            self.mandar(datagrama, para);
        }
        if let Some(atrasado) = self.atrasado[de].take() {
            self.mandar(&atrasado, para);
        }
        if falta && matches!(sorte, Sorte::Atrasa) {
            self.atrasado[de] = Some(datagrama.to_vec());
        }
    }

    /// O que não sai é só mais um que se perde.
    fn mandar(&self, datagrama: &[u8], para: SocketAddr) {
        let _ = self.socket.send_to(datagrama, para);
    }
}

fn passa(erro: ErrorKind) -> bool {
    use ErrorKind::{ConnectionReset, Interrupted, TimedOut, WouldBlock};
    matches!(erro, WouldBlock | TimedOut | Interrupted | ConnectionReset)
}
