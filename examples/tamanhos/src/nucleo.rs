//! As perguntas ao núcleo do Linux.

use std::fs;
use std::io;
use std::net::UdpSocket;

use rustix::net::sockopt::{self, Ipv4PathMtuDiscovery};

/// O maior pacote IP, em bytes, que cabe no caminho até o endereço do `connect`
/// (`IP_MTU`, em `ip(7)`).
///
/// # Errors
/// Quando o socket não foi conectado.
pub fn mtu(socket: &UdpSocket) -> io::Result<Option<u32>> {
    Ok(Some(sockopt::ip_mtu(socket)?))
}

// ANCHOR: nao-partir
/// Pede que os pacotes deste socket levem o bit DF e nunca se partam
/// (`IP_MTU_DISCOVER`, em `ip(7)`). Diz se o sistema sabe fazer isso.
///
/// # Errors
/// Quando o núcleo recusa.
pub fn nao_partir(socket: &UdpSocket) -> io::Result<bool> {
    sockopt::set_ip_mtu_discover(socket, Ipv4PathMtuDiscovery::DO)?;
    Ok(true)
}
// ANCHOR_END: nao-partir

// ANCHOR: fragmentos
/// Quantos fragmentos este computador já fez, de todos os programas (`FragCreates`, na
/// linha `Ip:` de `/proc/net/snmp`).
///
/// # Errors
/// Quando o núcleo não diz.
pub fn fragmentos_feitos() -> io::Result<Option<u64>> {
    let tabela = fs::read_to_string("/proc/net/snmp")?;
    let mut linhas = tabela.lines().filter(|linha| linha.starts_with("Ip: "));
    // Uma linha de nomes e, embaixo, uma de números, na mesma ordem.
    let nomes = linhas.next().unwrap_or_default().split_whitespace();
    let numeros = linhas.next().unwrap_or_default().split_whitespace();
    let mut pares = nomes.zip(numeros);
    let achado = pares.find(|(nome, _)| *nome == "FragCreates");
    Ok(achado.and_then(|(_, numero)| numero.parse().ok()))
}
// ANCHOR_END: fragmentos
