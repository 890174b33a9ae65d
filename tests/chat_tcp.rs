//! O transporte TCP do chat: dois programas em processo, por sockets de loopback, e
//! pares que fazem tudo errado.
//!
//! Nada aqui dorme: quem espera dá voltas no laço até ver o que espera, ou falha
//! quando passa o prazo das provas.

#[path = "chat_tcp/corredor.rs"]
mod corredor;
#[path = "chat_tcp/hostil.rs"]
mod hostil;
#[path = "chat_tcp/lado.rs"]
mod lado;

#[path = "chat_tcp/adocao.rs"]
mod adocao;
#[path = "chat_tcp/despedida.rs"]
mod despedida;
#[path = "chat_tcp/enxurrada.rs"]
mod enxurrada;
#[path = "chat_tcp/hostis.rs"]
mod hostis;
#[path = "chat_tcp/partida.rs"]
mod partida;
#[path = "chat_tcp/queda.rs"]
mod queda;
