//! O que se pede a um socket, e a conferência de que o sistema o deu.

use std::net::TcpStream;

use anyhow::{Result, bail, ensure};
use socket2::{SockRef, Socket};

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

/// Ajusta um socket TCP antes que ele se ligue.
pub(super) fn preparar(
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
fn recusa_do_congestionamento(
    nome: &str,
    erro: &std::io::Error,
) -> anyhow::Error {
    let ha = std::fs::read_to_string(
        "/proc/sys/net/ipv4/tcp_available_congestion_control",
    );
    let ha = ha.as_deref().map_or("não se sabe quais", str::trim);
    match erro.kind() {
        std::io::ErrorKind::NotFound => anyhow::anyhow!(
            "este núcleo não tem, agora, o controle de congestionamento {nome} \
             (tem: {ha}); se ele for um módulo, `sudo modprobe tcp_{nome}` o carrega"
        ),
        _ => anyhow::anyhow!(
            "este núcleo não deixa usar o controle de congestionamento {nome} \
             (tem: {ha}): {erro}"
        ),
    }
}

/// O controle de congestionamento que vale em um socket TCP.
pub(super) fn congestionamento(socket: &SockRef<'_>) -> Result<String> {
    #[cfg(target_os = "linux")]
    {
        use anyhow::Context as _;
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
pub(super) fn conferir_congestionamento(
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
pub(super) fn ajustar(socket: &Socket, buffers: Buffers) -> Result<()> {
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
