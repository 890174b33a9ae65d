//! Onde o núcleo não responde a estas perguntas.

use std::io;
use std::net::UdpSocket;

/// Aqui não se sabe.
///
/// # Errors
/// Nunca.
pub fn mtu(_: &UdpSocket) -> io::Result<Option<u32>> {
    Ok(None)
}

/// Aqui não se pede.
///
/// # Errors
/// Nunca.
pub fn nao_partir(_: &UdpSocket) -> io::Result<bool> {
    Ok(false)
}

/// Aqui não se sabe.
///
/// # Errors
/// Nunca.
pub fn fragmentos_feitos() -> io::Result<Option<u64>> {
    Ok(None)
}
