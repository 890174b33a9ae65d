//! Duas conexões que se cruzam: com qual ficar.
//!
//! Os dois programas ligam um para o outro, e às vezes as duas ligações dão certo.
//! Se cada um ficasse com a primeira que viu, poderiam ficar com conexões
//! diferentes, e cada um fecharia a do outro. Por isso um só escolhe: o **árbitro**,
//! que é o de sessão maior. A especificação está no capítulo «O protocolo», em
//! «Duas ligações que se cruzam».
//!
//! Funções puras: entram as sessões, sai o que fazer. A prova, abaixo, percorre
//! todas as ordens em que as coisas podem acontecer nos dois lados.

use super::protocolo::Sessao;

/// O que fazer com uma conexão.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escolha {
    /// Mandar ACEITO: a conversa é nesta conexão.
    Aceitar,
    /// Esperar que o outro mande ACEITO nesta ou em outra.
    Esperar,
    /// A conversa é nesta conexão, porque o árbitro disse. Se havia outra conexão,
    /// ela morreu para ele.
    Adotar,
    /// Recusar: já há uma conversa. Convém perguntar nela se o outro ainda está lá.
    Ocupado,
    /// Recusar: é este mesmo programa que está do outro lado.
    Espelho,
    /// Recusar: quem não é o árbitro mandou ACEITO.
    Lixo,
}

// ANCHOR: escolha
/// Os dois OLÁs de uma conexão se completaram. `conversa` é a sessão com que já se
/// conversa, se há conversa de pé.
#[must_use]
pub fn ao_cumprimentar(
    minha: Sessao,
    dele: Sessao,
    conversa: Option<Sessao>,
) -> Escolha {
    match conversa {
        _ if minha == dele => Escolha::Espelho,
        Some(atual) if atual != dele || sou_arbitro(minha, dele) => {
            Escolha::Ocupado
        }
        None if sou_arbitro(minha, dele) => Escolha::Aceitar,
        // O ACEITO dele virá aqui ou em outra; se já há conversa, virá trocá-la.
        Some(_) | None => Escolha::Esperar,
    }
}

/// Chegou ACEITO em uma conexão cujos OLÁs já se completaram.
#[must_use]
pub fn ao_ser_aceito(
    minha: Sessao,
    dele: Sessao,
    conversa: Option<Sessao>,
) -> Escolha {
    match conversa {
        _ if sou_arbitro(minha, dele) => Escolha::Lixo,
        Some(atual) if atual != dele => Escolha::Ocupado,
        Some(_) | None => Escolha::Adotar,
    }
}

/// Se quem escolhe sou eu.
fn sou_arbitro(minha: Sessao, dele: Sessao) -> bool {
    minha > dele
}
// ANCHOR_END: escolha

#[cfg(test)]
mod provas;
