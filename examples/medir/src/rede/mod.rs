//! Dois computadores de mentira e o caminho entre eles, sem sair desta máquina e sem
//! ser administrador dela. Só existe no Linux.
//!
//! Cada computador é um espaço de nomes de rede (`network_namespaces(7)`), com os seus
//! endereços, portas, rotas e contadores; todos ficam dentro de um espaço de usuários
//! em que somos root (`user_namespaces(7)`). Um cabo (`veth(4)`) vai de cada computador
//! a este processo, e o [emulador](crate::caminho::emulador) passa os quadros de um
//! cabo ao outro. Quando o processo acaba, o núcleo desfaz tudo.

pub mod computador;
pub mod conexao;
pub mod enlace;
pub mod espaco;
pub mod nucleo;
