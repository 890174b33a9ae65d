//! O espaço de usuários e de rede em que tudo acontece.

use std::fs;

use anyhow::{Context, Result};
use rustix::process::{getgid, getuid};
use rustix::thread::UnshareFlags;

use super::nucleo;

/// Muda este processo para um espaço de usuários e um de rede só dele, em que ele é
/// root. Tem de ser chamada antes que exista outra thread (`unshare(2)`).
///
/// # Errors
/// Onde o administrador não deixa (`user.max_user_namespaces`, AppArmor no Ubuntu).
pub fn entrar() -> Result<()> {
    let (usuario, grupo) = (getuid().as_raw(), getgid().as_raw());
    nucleo::separar(UnshareFlags::NEWUSER | UnshareFlags::NEWNET)
        .context("não foi possível criar um espaço de rede")?;
    // Sem isto, `user_namespaces(7)` não deixa escrever o mapa de grupos.
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("0 {usuario} 1"))?;
    fs::write("/proc/self/gid_map", format!("0 {grupo} 1"))?;
    Ok(())
}
