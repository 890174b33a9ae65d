//! Qualquer programa por um caminho ruim: um comando no cliente e, se for o caso, outro
//! no servidor, com as contas do caminho no fim.
//!
//! Serve a quem quer ver o `ping`, o `iperf3`, o chat ou um programa seu onde se perde,
//! se atrasa e se repete; e às provas, que comparam o que os outros medem com o que o
//! caminho fez.
//!
//! O que os comandos mostram passa como eles o escreveram, sem que nada se torne
//! visível: são programas que a própria pessoa escolheu rodar nesta máquina.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`contas`] | as contas do caminho, em texto |
//! | `escuta` | se alguém já escuta no servidor |
//! | `processo` | um comando em um dos computadores, e o fim dele |
//! | `saida` | o que o servidor mostra, com o nome dele na frente |
//! | `rodada` | os dois comandos, o corte, o prazo e o fim |

pub mod contas;
#[cfg(target_os = "linux")]
mod escuta;
#[cfg(target_os = "linux")]
mod processo;
#[cfg(target_os = "linux")]
mod rodada;
#[cfg(target_os = "linux")]
mod saida;

use std::ffi::OsString;
use std::time::Duration;

use anyhow::Result;

use crate::caminho::Regras;

/// O subcomando.
pub const NOME: &str = "dentro";

/// O que separa o comando do servidor do comando do cliente.
pub const SEPARADOR: &str = "---";

/// O que se pede.
#[derive(Debug, Clone, PartialEq)]
pub struct Pedido {
    /// O que o caminho faz do cliente ao servidor.
    pub ida: Regras,
    /// O que ele faz na volta.
    pub volta: Regras,
    /// A semente dos sorteios.
    pub semente: u64,
    /// De quando até quando, desde que o cliente começa, nada passa.
    pub corte: Option<(Duration, Duration)>,
    /// Quanto o comando do cliente pode durar.
    pub prazo: Option<Duration>,
    /// O comando do servidor e os argumentos dele; vazio se não há.
    pub servidor: Vec<OsString>,
    /// O comando do cliente e os argumentos dele.
    pub cliente: Vec<OsString>,
}

/// Separa o comando do servidor do comando do cliente; sem separador, é tudo do cliente.
///
/// # Errors
/// O que falta, para a recusa.
pub fn separar(
    palavras: Vec<OsString>,
) -> Result<(Vec<OsString>, Vec<OsString>), &'static str> {
    if palavras.is_empty() {
        return Err("diga, depois de --, que comando rodar no cliente");
    }
    let onde = palavras.iter().position(|palavra| palavra == SEPARADOR);
    let Some(onde) = onde else {
        return Ok((Vec::new(), palavras));
    };
    let mut servidor = palavras;
    let cliente = servidor.split_off(onde + 1);
    servidor.pop();
    if servidor.is_empty() {
        return Err("falta o comando do servidor, antes do ---");
    }
    if cliente.is_empty() {
        return Err("falta o comando do cliente, depois do ---");
    }
    if cliente.iter().any(|palavra| palavra == SEPARADOR) {
        return Err("o --- separa dois comandos, e só se usa uma vez");
    }
    Ok((servidor, cliente))
}

/// Monta a rede, roda os comandos e conta o que o caminho fez.
///
/// # Errors
/// O que o sistema não deixou fazer; que um comando não existe, que o do cliente acabou
/// mal ou que o prazo acabou antes dele; que alguém pediu para parar.
pub fn rodar(pedido: &Pedido) -> Result<()> {
    #[cfg(target_os = "linux")]
    {
        rodada::rodar(pedido)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = pedido;
        crate::laboratorio::Laboratorio::montar().map(drop)
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn palavras(texto: &str) -> Vec<OsString> {
        texto.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn sem_separador_e_tudo_do_cliente() {
        let separado = separar(palavras("ping -c 3 10.0.0.2"));
        assert_eq!(separado, Ok((vec![], palavras("ping -c 3 10.0.0.2"))));
    }

    #[test]
    fn o_separador_separa() {
        let separado = separar(palavras("iperf3 -s --- iperf3 -c 10.0.0.2"));
        let certo = (palavras("iperf3 -s"), palavras("iperf3 -c 10.0.0.2"));
        assert_eq!(separado, Ok(certo));
    }

    #[test]
    fn o_que_falta_e_dito() {
        for (texto, falta) in [
            ("--- ping", "do servidor"),
            ("iperf3 -s ---", "do cliente"),
            ("a --- b --- c", "uma vez"),
            ("---", "do servidor"),
            ("", "no cliente"),
        ] {
            let recusa = separar(palavras(texto)).unwrap_err();
            assert!(recusa.contains(falta), "{texto}: {recusa}");
        }
    }
}
