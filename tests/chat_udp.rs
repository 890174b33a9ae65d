//! O chat por UDP, com e sem confirmação: em uma rede que perde, duplica e troca a
//! ordem, diante de quem cai, volta, reabre ou mente.
//!
//! Os sockets são de verdade, em loopback; o relógio e a rede são da prova.

#[path = "chat_udp/bancada.rs"]
mod bancada;
#[path = "chat_udp/caos.rs"]
mod caos;
#[path = "chat_udp/confiavel.rs"]
mod confiavel;
#[path = "chat_udp/encaminhador.rs"]
mod encaminhador;
#[path = "chat_udp/hostis.rs"]
mod hostis;
#[path = "chat_udp/puro.rs"]
mod puro;
#[path = "chat_udp/sorteio.rs"]
mod sorteio;
#[path = "chat_udp/vinculo.rs"]
mod vinculo;
