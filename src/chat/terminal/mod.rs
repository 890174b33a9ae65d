//! O que se vê: linhas simples, que servem a qualquer terminal, a um cano e a um
//! arquivo, ou a tela, com a linha que se digita sempre inteira.

use std::io;
use std::time::Duration;

use super::protocolo::Modo;

pub mod simples;
#[cfg(feature = "tela")]
pub mod tela;

/// Onde a conversa aparece. Quem implementa passa por [`crate::visivel`] tudo que
/// possa ter vindo da rede: nomes, textos e avisos.
///
/// `hora` é a hora local, `14:03:11`.
pub trait Terminal {
    /// Um texto do outro. Se o anterior tinha `continua`, este é o resto da mesma
    /// linha.
    fn recebido(&mut self, hora: &str, nome: &str, texto: &str, continua: bool);

    /// Uma linha nossa, mandada (`numero` a identifica até a confirmação). Só se
    /// chama quando a entrada é uma pessoa.
    fn enviado(&mut self, numero: u64, hora: &str, nome: &str, texto: &str);

    /// O outro programa confirmou todas as linhas de número menor que `ate`.
    fn entregue(&mut self, ate: u64);

    /// A linha não vai chegar. `numero` é o que [`enviado`](Self::enviado) recebeu;
    /// `None` quando ela nem chegou a ser numerada.
    fn nao_entregue(&mut self, numero: Option<u64>, hora: &str, texto: &str);

    /// Algo que não é da conversa: conectou, caiu, resposta de um comando. Pode ter
    /// várias linhas.
    fn aviso(&mut self, hora: &str, texto: &str);

    /// O que a linha de situação mostra, se houver uma.
    fn situacao(&mut self, situacao: &Situacao<'_>);

    /// Põe à vista o que foi mostrado desde a última vez.
    ///
    /// # Errors
    /// Quando não se consegue escrever na saída.
    fn descarregar(&mut self) -> io::Result<()>;

    /// Uma novidade do terminal; devolve o que a pessoa acabou de pedir.
    #[cfg(feature = "tela")]
    fn tecla(&mut self, _evento: crossterm::event::Event) -> Vec<Digitado> {
        Vec::new()
    }
}

/// O que a pessoa pediu pela tela.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Digitado {
    /// Uma linha, sem quebra.
    Linha(String),
    /// O fim da entrada (Ctrl-D na linha vazia).
    Fim,
    /// Ctrl-C.
    Interrupcao,
}

/// Um retrato da conversa.
#[derive(Debug, Clone, PartialEq)]
pub struct Situacao<'a> {
    /// O protocolo.
    pub modo: Modo,
    /// O nome do outro, se há conversa.
    pub outro: Option<&'a str>,
    /// O endereço com que se fala, ou se tenta falar.
    pub endereco: std::net::SocketAddr,
    /// A ida e volta.
    pub ida_e_volta: Option<Duration>,
    /// Itens nossos que o outro ainda não confirmou; `None` onde não há
    /// confirmação.
    pub pendentes: Option<u64>,
    /// Itens do outro que se perderam e quantos eram ao todo.
    pub perdidos: (u64, u64),
}
