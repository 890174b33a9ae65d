//! Dois computadores de mentira e o caminho entre eles, sem sair desta máquina e sem
//! ser administrador dela. Só existe no Linux; nos outros sistemas, e onde o Linux não
//! deixa, [`SemRede`] diz por quê.
//!
//! Cada computador é um espaço de nomes de rede (`network_namespaces(7)`), com os seus
//! endereços, portas, rotas e contadores; todos ficam dentro de um espaço de usuários
//! em que somos root (`user_namespaces(7)`). Um terceiro espaço de rede é o meio do
//! caminho: um cabo (`veth(4)`) vai de cada computador a ele, e ali o
//! [emulador](crate::caminho) passa os quadros de um cabo ao outro. Este processo
//! continua na rede de sempre. Quando ele acaba, mesmo morto, o núcleo desfaz tudo.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`sem_rede`] | por que não deu, e o que quem lê pode fazer |
//! | `espaco` | os espaços de usuários e de rede |
//! | `enlace` | cabos, endereços e vizinhos, pedidos ao núcleo |
//! | `rota` | a rota até o outro computador, e o que ela manda o TCP fazer |
//! | `conversa` | um pedido ao núcleo e a resposta dele (`rtnetlink(7)`) |
//! | `montagem` | a rede inteira |
//! | `computador` | um computador: o espaço, o cabo, o endereço |
//! | `conferencia` | o que se prova antes de medir |
//! | [`conexao`] | o estado de uma conexão TCP, segundo o núcleo |
//! | [`contadores`] | o que o núcleo de cada computador contou |
//! | [`relato`] | monta, confere, mede um pouco e conta o que achou |
//! | `nucleo` | o que só se faz sem intermediário: o único lugar com `unsafe` |

#[cfg(target_os = "linux")]
pub mod computador;
pub mod conexao;
#[cfg(target_os = "linux")]
pub mod conferencia;
pub mod contadores;
#[cfg(target_os = "linux")]
mod conversa;
#[cfg(target_os = "linux")]
pub mod enlace;
#[cfg(target_os = "linux")]
pub mod espaco;
#[cfg(target_os = "linux")]
pub mod montagem;
#[cfg(target_os = "linux")]
pub mod nucleo;
pub mod relato;
#[cfg(target_os = "linux")]
pub mod rota;
pub mod sem_rede;

pub use sem_rede::SemRede;
