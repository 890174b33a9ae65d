//! O socket: ouvir só o par, mandar só ao par, e os erros que passam.
//!
//! Um erro em um socket UDP quase nunca é sobre o socket. É a notícia de um
//! datagrama de antes que não chegou, ou do que falta à rede agora; o próximo pode
//! chegar. Por isso nenhum é fatal: cada um é anotado, para que se conte à pessoa
//! uma vez.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use socket2::SockRef;

use super::obstaculo::Obstaculo;

/// Quanto se pede ao sistema que guarde em cada sentido, em bytes: o que chega
/// enquanto o programa está ocupado não se perde por falta de lugar.
const FILA_DO_SISTEMA: usize = 4 << 20;

/// Abaixo disto não vale a pena insistir: é menos do que os sistemas já dão.
const MENOR_FILA: usize = 128 << 10;

/// Um envio pode trazer o erro de outro, mais velho, e então não vai: é preciso
/// tentar de novo o mesmo datagrama.
const TENTATIVAS: u32 = 3;

/// Um socket UDP que só fala com um par.
#[derive(Debug)]
pub struct Canal {
    socket: UdpSocket,
    par: SocketAddr,
    /// Se o `connect` já deu certo: sem rede, ele falha.
    conectado: bool,
    /// O que se anotou desde a última vez que se perguntou.
    anotado: Option<Obstaculo>,
}

/// O que foi feito de um datagrama nosso.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Envio {
    /// O sistema o levou. Daí em diante não se sabe mais nada dele.
    Foi,
    /// Agora não há lugar, ou não há rede: pode ir depois.
    Depois,
    /// O sistema nunca o levará: é maior do que a rede aceita.
    Nunca,
}

/// O que uma leitura deu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chegada {
    /// Um datagrama do par, com tantos bytes.
    Datagrama(usize),
    /// Um datagrama de outro endereço: não se ouve.
    Estranho(IpAddr),
    /// Um erro que passa. Pode haver mais o que ler.
    Aviso,
    /// Não há mais nada por agora.
    Nada,
}

impl Canal {
    /// Conecta um socket já associado e o põe à escuta em `registro`.
    ///
    /// Falta de rede não é erro aqui: tenta-se de novo a cada envio.
    ///
    /// # Errors
    /// Quando o sistema não deixa o socket ser esperado.
    pub fn abrir(
        registro: &Registry,
        ficha: Token,
        socket: std::net::UdpSocket,
        par: SocketAddr,
    ) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        aumentar_filas(&socket);
        let mut socket = UdpSocket::from_std(socket);
        registro.register(
            &mut socket,
            ficha,
            Interest::READABLE | Interest::WRITABLE,
        )?;
        let mut canal = Self {
            socket,
            par,
            conectado: false,
            anotado: None,
        };
        canal.conectar();
        Ok(canal)
    }

    /// Com quem este canal fala.
    #[must_use]
    pub fn par(&self) -> SocketAddr {
        self.par
    }

    // ANCHOR: conectar
    /// Daqui em diante o sistema só entrega o que vem do par, e conta o que o
    /// caminho até ele respondeu (ICMP).
    fn conectar(&mut self) -> bool {
        match self.socket.connect(self.par) {
            Ok(()) => self.conectado = true,
            Err(erro) => self.anotado = Some(Obstaculo::de(&erro)),
        }
        self.conectado
    }

    /// Lê um datagrama. O endereço se confere mesmo depois do `connect`: o que
    /// já estava na fila quando ele foi chamado pode ser de qualquer um.
    pub fn receber(&mut self, buffer: &mut [u8]) -> Chegada {
        loop {
            let erro = match self.socket.recv_from(buffer) {
                Ok((bytes, de)) if mesmo_endereco(de, self.par) => {
                    return Chegada::Datagrama(bytes);
                }
                Ok((_, de)) => return Chegada::Estranho(de.ip()),
                Err(erro) => erro,
            };
            match erro.kind() {
                ErrorKind::Interrupted => {}
                ErrorKind::WouldBlock => return Chegada::Nada,
                _ => return self.anotar_leitura(&erro),
            }
        }
    }
    // ANCHOR_END: conectar

    /// Um erro que não se conhece pode repetir-se sem fim: espera-se a próxima
    /// novidade do socket.
    fn anotar_leitura(&mut self, erro: &io::Error) -> Chegada {
        let obstaculo = Obstaculo::de(erro);
        self.anotado = Some(obstaculo);
        match obstaculo {
            Obstaculo::Outro(_) => Chegada::Nada,
            _ => Chegada::Aviso,
        }
    }

    // ANCHOR: enviar
    /// Manda um datagrama ao par.
    ///
    /// O erro que um `send` devolve é muitas vezes o de um datagrama anterior; este
    /// não foi, e tenta-se de novo.
    pub fn enviar(&mut self, datagrama: &[u8]) -> Envio {
        if !self.conectado && !self.conectar() {
            return Envio::Depois;
        }
        for _ in 0..TENTATIVAS {
            let Err(erro) = self.socket.send(datagrama) else {
                return Envio::Foi;
            };
            match erro.kind() {
                ErrorKind::WouldBlock => return Envio::Depois,
                ErrorKind::Interrupted => continue,
                _ => {}
            }
            let obstaculo = Obstaculo::de(&erro);
            self.anotado = Some(obstaculo);
            match obstaculo {
                Obstaculo::Grande => return Envio::Nunca,
                // Um firewall deste computador o jogou fora: perdeu-se, como
                // se perderia no caminho.
                Obstaculo::Barrado => return Envio::Foi,
                _ => {}
            }
        }
        Envio::Depois
    }
    // ANCHOR_END: enviar

    /// O erro mais novo desde a última pergunta.
    pub fn obstaculo(&mut self) -> Option<Obstaculo> {
        self.anotado.take()
    }
}

/// Se os dois endereços são o mesmo. O escopo de um endereço IPv6 só se compara
/// quando os dois o dizem, e o rótulo de fluxo não faz parte do endereço.
fn mesmo_endereco(um: SocketAddr, outro: SocketAddr) -> bool {
    let escopo = match (um, outro) {
        (SocketAddr::V6(um), SocketAddr::V6(outro)) => {
            let escopos = [um.scope_id(), outro.scope_id()];
            escopos.contains(&0) || escopos[0] == escopos[1]
        }
        _ => true,
    };
    um.ip() == outro.ip() && um.port() == outro.port() && escopo
}

/// Pede filas maiores ao sistema, e fica com o que ele der: cada um tem o seu
/// limite, e alguns recusam um pedido acima dele em vez de o baixar.
fn aumentar_filas(socket: &std::net::UdpSocket) {
    let socket = SockRef::from(socket);
    let pedidos = || {
        std::iter::successors(Some(FILA_DO_SISTEMA), |fila| Some(fila / 2))
            .take_while(|fila| *fila >= MENOR_FILA)
    };
    // Sem filas maiores o chat funciona: perde mais em uma rajada.
    let _ = pedidos().find(|fila| socket.set_recv_buffer_size(*fila).is_ok());
    let _ = pedidos().find(|fila| socket.set_send_buffer_size(*fila).is_ok());
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn o_escopo_so_conta_quando_os_dois_o_dizem() {
        let endereco = |texto: &str| texto.parse::<SocketAddr>().unwrap();
        let sem = endereco("[fe80::1]:5");
        let dois = endereco("[fe80::1%2]:5");
        let tres = endereco("[fe80::1%3]:5");
        assert!(mesmo_endereco(sem, dois));
        assert!(mesmo_endereco(dois, dois));
        assert!(!mesmo_endereco(dois, tres));
        assert!(!mesmo_endereco(sem, endereco("[fe80::1]:6")));
        assert!(!mesmo_endereco(sem, endereco("[fe80::2]:5")));
        assert!(!mesmo_endereco(sem, endereco("127.0.0.1:5")));
    }
}
