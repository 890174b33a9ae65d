//! O que os programas que conectam um socket UDP têm de igual.

use std::io;
use std::net::UdpSocket;

/// Joga fora o que chegou entre o `bind` e o `connect`, de quem quer que fosse.
///
/// # Errors
/// Quando o sistema não deixa que o socket deixe de bloquear.
// ANCHOR: esvaziar
pub fn esvaziar(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    while socket.recv(buffer).is_ok() {}
    socket.set_nonblocking(false)
}
// ANCHOR_END: esvaziar
