//! O começo e o fim de todo programa do livro: rodar, contar o erro, sair.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::process::{ExitCode, exit};

use anyhow::{Error, Result};

use crate::argumentos::{ErroDeUso, NomeSemEndereco};
use crate::chat::interrupcao::{CODIGO_DE_INTERRUPCAO, Interrompido};

/// O código de saída de quem foi chamado do jeito errado.
const CODIGO_DE_USO: u8 = 2;

/// Como o sistema diz que ninguém lê mais a saída (`EPIPE`; no Windows,
/// `ERROR_BROKEN_PIPE` e `ERROR_NO_DATA`).
const SAIDA_FECHADA: &[&str] = if cfg!(windows) {
    &["(os error 109)", "(os error 232)"]
} else {
    &["(os error 32)"]
};

/// Os erros de quem abre arquivos e sockets demais: `EMFILE`, do processo, e
/// `ENFILE`, do computador; no Windows, `WSAEMFILE`.
const DESCRITORES_ACABARAM: &[i32] =
    if cfg!(windows) { &[10024] } else { &[24, 23] };

/// O que se mostra não pôde ser escrito. Guarda só o texto do erro do sistema,
/// para que ele não passe por um erro da rede.
#[derive(Debug)]
pub(crate) struct ErroDeSaida(String);

impl From<io::Error> for ErroDeSaida {
    fn from(erro: io::Error) -> Self {
        Self(erro.to_string())
    }
}

impl fmt::Display for ErroDeSaida {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "não foi possível escrever na saída: {}", self.0)
    }
}

impl std::error::Error for ErroDeSaida {}

impl ErroDeSaida {
    /// Conta o erro, a não ser que seja só o fim de `… | head -1`: aí não há nada
    /// a relatar, nem quem leia o relato.
    fn contar(&self) {
        if !SAIDA_FECHADA.iter().any(|fim| self.0.ends_with(fim)) {
            mostrar_erro(format_args!("erro: {self}"));
        }
    }
}

/// Roda `principal` e transforma o resultado no código de saída do processo.
///
/// Um erro sai no terminal em uma frase, com a causa que o sistema deu e, quando
/// se conhece, o que fazer. Códigos: 0 quando deu certo, 1 quando algo falhou,
/// 2 quando os argumentos não servem, 130 quando a pessoa interrompe o chat sem
/// esperar pela despedida.
///
/// Se quem lê a saída do programa vai embora (`… | head -1`), o programa acaba
/// em silêncio, com código 1.
pub fn executar(principal: impl FnOnce() -> Result<()>) -> ExitCode {
    sair_quando_nao_se_escreve();
    let Err(erro) = principal() else {
        return ExitCode::SUCCESS;
    };
    match erro.downcast_ref::<ErroDeUso>() {
        Some(uso) if uso.ajuda => {
            println!("{uso}");
            ExitCode::SUCCESS
        }
        Some(uso) => {
            mostrar_erro(format_args!("erro: {uso}"));
            ExitCode::from(CODIGO_DE_USO)
        }
        None if erro.is::<Interrompido>() => {
            ExitCode::from(CODIGO_DE_INTERRUPCAO)
        }
        None => {
            match erro.downcast_ref::<ErroDeSaida>() {
                Some(erro) => erro.contar(),
                None => contar(&erro),
            }
            ExitCode::FAILURE
        }
    }
}

/// O erro em uma frase e, se houver, o que fazer.
fn contar(erro: &Error) {
    mostrar_erro(format_args!("erro: {erro:#}"));
    if let Some(dica) = dica(erro) {
        mostrar_erro(format_args!("dica: {dica}"));
    }
}

/// Se nem o erro pode ser escrito, resta o código de saída, que não muda.
fn mostrar_erro(linhas: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{linhas}");
}

/// `println!` entra em pânico quando não consegue escrever. Para estes programas
/// isso é um fim como outro: código 1, sem o relato de pânico.
fn sair_quando_nao_se_escreve() {
    let anterior = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panico| {
        let mensagem = panico.payload().downcast_ref::<String>();
        let causa = mensagem
            .and_then(|mensagem| {
                mensagem.strip_prefix("failed printing to std")
            })
            .and_then(|resto| resto.split_once(": "));
        if let Some((_, causa)) = causa {
            ErroDeSaida(causa.to_string()).contar();
            exit(1);
        }
        anterior(panico);
    }));
}

/// O que fazer diante do erro do sistema que está na origem de `erro`.
fn dica(erro: &Error) -> Option<&'static str> {
    if erro.is::<NomeSemEndereco>() {
        return Some(
            "confira como o nome foi escrito e se há rede, ou use o IP no lugar dele: -- 127.0.0.1:50000",
        );
    }
    let causa = erro
        .chain()
        .find_map(|causa| causa.downcast_ref::<io::Error>())?;
    if causa
        .raw_os_error()
        .is_some_and(|e| DESCRITORES_ACABARAM.contains(&e))
    {
        return Some(
            "há descritores abertos demais. Feche os que não estão em uso; no Linux e no macOS, ulimit -n mostra o limite",
        );
    }
    Some(match causa.kind() {
        ErrorKind::AddrInUse => {
            "a porta já está em uso. Feche o outro programa (se ele acabou agora há pouco, espere um minuto) ou use outra porta: -- 127.0.0.1:50001"
        }
        ErrorKind::AddrNotAvailable => {
            "esse endereço não é deste computador. Use 127.0.0.1, 0.0.0.0 ou um endereço seu"
        }
        ErrorKind::PermissionDenied => {
            "o sistema não deixou. Para atender, use uma porta acima de 1023, como 50000; para falar com alguém, o IP de um computador só"
        }
        ErrorKind::ConnectionRefused => {
            "ninguém escuta nesse endereço. Abra o servidor primeiro e confira a porta"
        }
        ErrorKind::TimedOut | ErrorKind::WouldBlock => {
            "o prazo acabou. Veja se o outro lado parou ou se a rede não chega até ele"
        }
        ErrorKind::ConnectionReset
        | ErrorKind::BrokenPipe
        | ErrorKind::ConnectionAborted => {
            "o outro lado derrubou a conexão. Veja no outro terminal o que aconteceu com ele"
        }
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => {
            "não há caminho até esse endereço. Confira o IP e se os dois estão na mesma rede"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod testes {
    use super::*;
    use anyhow::Context;

    #[test]
    fn a_dica_vem_da_causa_mesmo_por_baixo_do_contexto() {
        let erro = Err::<(), _>(io::Error::from(ErrorKind::AddrInUse))
            .context("não foi possível escutar")
            .context("mais acima")
            .unwrap_err();
        assert!(dica(&erro).unwrap().contains("em uso"));
    }

    #[test]
    fn a_saida_fechada_nao_passa_por_erro_da_rede() {
        let erro = Error::from(ErroDeSaida("x".into())).context("ao perguntar");
        assert!(erro.is::<ErroDeSaida>());
        assert_eq!(dica(&erro), None);
    }

    #[test]
    fn um_nome_que_nao_se_resolve_tem_dica_qualquer_que_seja_a_causa() {
        let nome = || NomeSemEndereco("nao-existe.invalid".into());
        let causa = io::Error::from(ErrorKind::TimedOut);
        let erro = Error::from(causa).context(nome()).context("mais acima");
        assert!(dica(&erro).unwrap().contains("o nome"), "{erro:#}");
        let sem_causa = None::<()>.context(nome()).unwrap_err();
        assert!(dica(&sem_causa).is_some());
    }

    #[test]
    fn descritores_que_acabam_tem_dica() {
        for codigo in DESCRITORES_ACABARAM {
            let erro = Error::from(io::Error::from_raw_os_error(*codigo))
                .context("ao aceitar");
            assert!(dica(&erro).unwrap().contains("descritores"), "{erro:#}");
        }
    }

    #[test]
    fn a_falta_de_permissao_serve_a_quem_atende_e_a_quem_fala() {
        let erro = Error::from(io::Error::from(ErrorKind::PermissionDenied));
        let dica = dica(&erro).unwrap();
        assert!(dica.contains("atender") && dica.contains("falar"), "{dica}");
    }

    #[test]
    fn erro_desconhecido_fica_sem_dica() {
        assert_eq!(dica(&anyhow::anyhow!("outra coisa")), None);
    }
}
