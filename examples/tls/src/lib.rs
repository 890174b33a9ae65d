//! O que os programas de TLS do livro têm em comum: o certificado feito na hora, a
//! conversa do cliente e as frases de quando algo dá errado.

mod certificado;
mod conversa;
mod explicar;
mod sem_conferir;

pub use certificado::{Identidade, NOME, arquivo_do_certificado, provedor};
pub use conversa::{
    apertar_as_maos, chegada, conversar, despedir, ler_linha, ligar,
};
pub use explicar::explicar;
pub use sem_conferir::sem_conferir;
