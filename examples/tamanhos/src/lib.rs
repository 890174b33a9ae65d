//! O que só o Linux conta de um envio UDP: o MTU do caminho, os fragmentos em que um
//! datagrama se partiu, e o pedido de que não se parta. Nos outros sistemas, nada.

#[cfg(target_os = "linux")]
mod nucleo;
#[cfg(target_os = "linux")]
pub use nucleo::{fragmentos_feitos, mtu, nao_partir};

#[cfg(not(target_os = "linux"))]
mod sem_nucleo;
#[cfg(not(target_os = "linux"))]
pub use sem_nucleo::{fragmentos_feitos, mtu, nao_partir};
