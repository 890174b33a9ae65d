//! Erros de quem liga.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::par::{self, AQUI};
use crate::{Erro, Tentativa};

pub const ERROS: &[Erro] = &[
    Erro::novo("econnrefused", "connect, onde ninguém escuta", econnrefused),
    Erro::novo("etimedout", "connect, a quem não responde", etimedout),
    Erro::novo(
        "connection-timed-out",
        "connect_timeout, sem resposta",
        prazo_do_connect,
    ),
    Erro::novo("enetunreach", "connect, a uma rede inteira", enetunreach),
    Erro::novo("ehostunreach", "connect, a 198.51.100.1", ehostunreach),
    Erro::novo("einprogress", "connect, sem bloquear", einprogress),
    Erro::novo("ealready", "connect, duas vezes, sem bloquear", ealready),
    Erro::novo("eisconn", "connect, pela segunda vez", eisconn),
    Erro::novo("enotconn", "getpeername, antes de ligar", enotconn),
];

/// Onde ninguém responde, quanto esperar.
const POUCO: Duration = Duration::from_millis(200);

/// A um computador que talvez exista, quanto esperar.
const MAIS: Duration = Duration::from_secs(3);

fn novo() -> io::Result<Socket> {
    Socket::new(Domain::IPV4, Type::STREAM, None)
}

fn econnrefused() -> Tentativa {
    // Este socket segura a porta e não escuta nela.
    let mudo = novo()?;
    mudo.bind(&SocketAddr::from(AQUI).into())?;
    novo()?.connect(&mudo.local_addr()?)?;
    Ok("alguém atendeu")
}

/// Um socket de escuta com a fila cheia, em que ninguém atende, e quem a enche.
struct FilaCheia {
    escuta: Socket,
    clientes: Vec<TcpStream>,
}

impl FilaCheia {
    /// A fila mais curta que o sistema der é enchida: o primeiro a esgotar o
    /// prazo diz que ela está cheia.
    fn nova() -> io::Result<Self> {
        let escuta = novo()?;
        escuta.bind(&SocketAddr::from(AQUI).into())?;
        escuta.listen(0)?;
        let mut fila = Self {
            escuta,
            clientes: Vec::new(),
        };
        loop {
            match TcpStream::connect_timeout(&fila.endereco()?, POUCO) {
                Ok(cliente) => fila.clientes.push(cliente),
                Err(e) if e.kind() == io::ErrorKind::TimedOut => break,
                Err(e) => return Err(e),
            }
        }
        Ok(fila)
    }

    fn endereco(&self) -> io::Result<SocketAddr> {
        let endereco = self.escuta.local_addr()?.as_socket();
        endereco.ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
    }
}

#[cfg(target_os = "linux")]
fn etimedout() -> Tentativa {
    let fila = FilaCheia::nova()?;
    let cliente = novo()?;
    // Sem isto o núcleo insistiria por cerca de dois minutos.
    cliente.set_tcp_user_timeout(Some(POUCO))?;
    cliente.connect(&fila.endereco()?.into())?;
    Ok("alguém atendeu")
}

#[cfg(not(target_os = "linux"))]
fn etimedout() -> Tentativa {
    Ok("só o Linux deixa encurtar a espera, que aqui passa de um minuto")
}

fn prazo_do_connect() -> Tentativa {
    let fila = FilaCheia::nova()?;
    TcpStream::connect_timeout(&fila.endereco()?, POUCO)?;
    Ok("alguém atendeu")
}

fn enetunreach() -> Tentativa {
    // Todos os computadores da rede de loopback: não se liga a mais de um.
    TcpStream::connect("127.255.255.255:9")?;
    Ok("alguém atendeu")
}

fn ehostunreach() -> Tentativa {
    // Um endereço só para exemplos (RFC 5737): ninguém o tem.
    TcpStream::connect_timeout(&([198, 51, 100, 1], 9).into(), MAIS)?;
    Ok("alguém atendeu")
}

fn einprogress() -> Tentativa {
    let fila = FilaCheia::nova()?;
    let cliente = novo()?;
    cliente.set_nonblocking(true)?;
    cliente.connect(&fila.endereco()?.into())?;
    Ok("a conexão ficou pronta na hora")
}

fn ealready() -> Tentativa {
    let fila = FilaCheia::nova()?;
    let endereco = fila.endereco()?.into();
    let cliente = novo()?;
    cliente.set_nonblocking(true)?;
    // O primeiro pedido está a caminho: é o erro de `einprogress`.
    let a_caminho = cliente.connect(&endereco).is_err();
    cliente.connect(&endereco)?;
    Ok(if a_caminho {
        "a primeira ligação já tinha acabado"
    } else {
        "a conexão ficou pronta na hora"
    })
}

fn eisconn() -> Tentativa {
    let (cliente, _servidor) = par::conexao()?;
    let endereco = cliente.peer_addr()?;
    Socket::from(cliente).connect(&endereco.into())?;
    Ok("o sistema ligou duas vezes o mesmo socket")
}

fn enotconn() -> Tentativa {
    novo()?.peer_addr()?;
    Ok("um socket que não ligou tem outro lado")
}
