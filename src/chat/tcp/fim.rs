//! Como uma conexão acaba, e como se conta isso à pessoa.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use super::super::protocolo::{MAIOR_EXPLICACAO, Motivo, Violacao};

/// Os erros de quem abre sockets demais: `EMFILE`, do processo, e `ENFILE`, do
/// computador; no Windows, `WSAEMFILE`.
const SEM_DESCRITORES: &[i32] =
    if cfg!(windows) { &[10024] } else { &[24, 23] };

/// Por que uma conexão acabou. As frases não têm ponto final.
#[derive(Debug)]
pub(super) enum Fim {
    /// Nós a recusamos. A frase vai na RECUSA, e também à pessoa.
    Recusamos(Motivo, String),
    /// O outro programa a recusou, com esta explicação.
    Recusou(Motivo, String),
    /// Acabou por outra razão.
    Acabou(String),
}

impl From<Violacao> for Fim {
    fn from(violacao: Violacao) -> Self {
        let motivo = match violacao {
            Violacao::Versao(_) => Motivo::Versao,
            _ => Motivo::Lixo,
        };
        Self::Recusamos(motivo, violacao.to_string())
    }
}

impl From<io::Error> for Fim {
    fn from(erro: io::Error) -> Self {
        Self::Acabou(frase_da_queda(&erro))
    }
}

impl Fim {
    /// Uma mensagem certa na hora errada, ou com números que não podem ser.
    pub fn lixo(frase: impl Into<String>) -> Self {
        Self::Recusamos(Motivo::Lixo, frase.into())
    }

    /// Uma mensagem que não se manda neste momento da conversa.
    pub fn fora_de_hora() -> Self {
        Self::lixo("veio uma mensagem fora de hora")
    }

    /// O fluxo acabou sem despedida.
    pub fn do_fluxo() -> Self {
        Self::Acabou("o outro programa fechou a conexão sem se despedir".into())
    }

    /// Um quadro ficou pela metade.
    pub fn demora(prazo: Duration) -> Self {
        Self::Recusamos(
            Motivo::Demora,
            format!(
                "veio o começo de uma mensagem, e em {} s não veio o resto",
                prazo.as_secs_f64()
            ),
        )
    }

    /// O outro não lê o que se escreve.
    pub fn escrita_parada(prazo: Duration) -> Self {
        Self::Acabou(format!(
            "o outro programa não lê nada há {} s",
            prazo.as_secs_f64()
        ))
    }

    /// O outro não dá sinal.
    pub fn silencio() -> Self {
        Self::Acabou("o outro computador não dá mais sinal".into())
    }

    /// Por que a conversa caiu, em uma frase, quando ela já estava de pé.
    pub fn frase(&self) -> &str {
        match self {
            Self::Recusamos(Motivo::Demora, _) => {
                "o outro programa parou no meio de uma mensagem"
            }
            Self::Recusamos(..) => "o outro programa não seguiu o protocolo",
            Self::Recusou(..) => "o outro programa não quis continuar",
            Self::Acabou(frase) => frase,
        }
    }
}

/// O começo de `frase` que cabe na explicação de uma RECUSA.
pub(super) fn explicacao(frase: &str) -> &str {
    let mut fim = frase.len().min(MAIOR_EXPLICACAO);
    while !frase.is_char_boundary(fim) {
        fim -= 1;
    }
    &frase[..fim]
}

/// O erro que derrubou uma conexão que já estava aberta.
fn frase_da_queda(erro: &io::Error) -> String {
    match erro.kind() {
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe => {
            "o outro lado cortou a conexão sem se despedir".into()
        }
        ErrorKind::TimedOut => Fim::silencio().frase().into(),
        ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown => {
            "não há mais caminho até o outro computador: confira a rede".into()
        }
        _ => format!("a conexão deu erro: {erro}"),
    }
}

// ANCHOR: frase-de-ligar
/// O erro de quem ligou para `endereco`, e o que fazer.
pub(super) fn frase_de_ligar(endereco: SocketAddr, erro: &io::Error) -> String {
    if faltam_descritores(erro) {
        return "há sockets e arquivos abertos demais neste computador: feche \
                algum programa"
            .into();
    }
    match erro.kind() {
        ErrorKind::ConnectionRefused => format!(
            "ninguém atende em {endereco} (o chat de lá está fechado, ou usa \
             outra porta ou outro protocolo)"
        ),
        ErrorKind::TimedOut => format!(
            "{endereco} não responde: confira o IP, se o outro computador está \
             ligado e na mesma rede, e se o firewall dele deixa passar a porta"
        ),
        ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown => format!(
            "não há caminho até {} (confira o IP e se os dois estão na \
             mesma rede)",
            endereco.ip()
        ),
        ErrorKind::PermissionDenied => format!(
            "o sistema não deixa ligar para {endereco}: talvez um firewall deste \
             computador"
        ),
        ErrorKind::AddrNotAvailable => format!(
            "não dá para ligar daqui para {endereco}: este computador não tem um \
             endereço que sirva"
        ),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => {
            frase_de_quem_desligou(endereco)
        }
        _ => format!("não foi possível ligar para {endereco}: {erro}"),
    }
}
// ANCHOR_END: frase-de-ligar

/// O que se diz quando alguém atendeu e desligou antes de haver conversa.
pub(super) fn frase_de_quem_desligou(endereco: SocketAddr) -> String {
    format!(
        "{endereco} atendeu e desligou: confira se é um chat que está nessa porta"
    )
}

/// O erro de quem não consegue aceitar conexões.
pub(super) fn frase_de_aceitar(erro: &io::Error) -> String {
    if faltam_descritores(erro) {
        return "não há como atender quem liga: há sockets e arquivos abertos \
                demais neste computador; feche algum programa"
            .into();
    }
    format!("não há como atender quem liga, por enquanto: {erro}")
}

fn faltam_descritores(erro: &io::Error) -> bool {
    erro.raw_os_error()
        .is_some_and(|codigo| SEM_DESCRITORES.contains(&codigo))
}
