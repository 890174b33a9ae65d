//! A entrega confiável sobre UDP: o ARQ do chat ([`sockets::arq`]), com sockets e relógio
//! de verdade, entre os dois computadores.
//!
//! Aqui não se decide o que repetir nem quando: isso é do ARQ. Aqui se espera, se lê e
//! se manda.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`datagrama`] | o que vai em cada datagrama |
//! | [`canal`] | um socket ligado ao par; o que vem dele não merece confiança |
//! | [`remetente`] | quem manda, ou pergunta |
//! | [`destinatario`] | quem recebe, ou responde |
//!
//! Com janela de um segmento é o pare-e-espere; com prazo fixo (`menor_prazo` igual a
//! `maior_prazo`) é o dos livros, em que cada perda custa um prazo inteiro.

pub mod canal;
pub mod datagrama;
pub mod destinatario;
mod limite;
pub mod remetente;

pub use canal::Canal;
pub use datagrama::{MAIOR_CARGA, MAIOR_RESPOSTA};
pub use destinatario::{ContasDoDestinatario, Destinatario};
pub use limite::Limite;
pub use remetente::{ContasDoRemetente, Remetente};

/// Quantos datagramas se leem antes de cuidar do resto: quem manda sem parar não prende
/// ninguém na leitura.
const MAIOR_LEVA: usize = 64;

#[cfg(test)]
mod testes;
