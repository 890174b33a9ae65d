//! Por que a conversa com o outro lado parou.

use std::fmt;
use std::io;

use super::protocolo::{Mensagem, Motivo, Violacao};

/// O que deu errado entre os dois programas.
#[derive(Debug)]
pub enum Falha {
    /// Alguém pediu para parar.
    Interrompido,
    /// O sistema não deixou fazer isto, por esta razão.
    Sistema(&'static str, io::Error),
    /// O outro lado fechou a conexão.
    Fechou,
    /// O outro lado não disse isto a tempo.
    Calou(&'static str),
    /// O outro lado disse o que não é deste protocolo.
    Violou(Violacao),
    /// O outro lado disse isto, que não cabe agora.
    ForaDeHora(&'static str),
    /// O outro lado pediu mais do que se dá.
    Limite(&'static str),
    /// O caminho por UDP não está confirmado, e o que se pede precisa dele.
    SemCaminho,
    /// O outro lado devolveu algo que não é o que se mandou.
    OutraCoisa,
    /// O outro lado recusa, e diz por quê.
    Recusou {
        /// O motivo.
        motivo: Motivo,
        /// A frase dele, que pode ser qualquer coisa.
        explicacao: String,
    },
}

impl Falha {
    /// O que se diz ao outro lado; `None` se ele já foi embora.
    #[must_use]
    pub fn motivo(&self) -> Option<Motivo> {
        Some(match self {
            Self::Fechou | Self::Recusou { .. } => return None,
            Self::Interrompido => Motivo::Fim,
            Self::Sistema(..) => Motivo::Sistema,
            Self::Calou(_) => Motivo::Demora,
            Self::Violou(Violacao::Versao(_)) => Motivo::Versao,
            Self::Violou(_) | Self::ForaDeHora(_) | Self::OutraCoisa => {
                Motivo::Lixo
            }
            Self::Limite(_) => Motivo::Limite,
            Self::SemCaminho => Motivo::Caminho,
        })
    }

    /// O que o cliente pode fazer, para o fim da frase; vazio quando ela já o diz.
    #[must_use]
    pub fn conselho(&self) -> &'static str {
        match self {
            Self::Interrompido | Self::Recusou { .. } | Self::Sistema(..) => "",
            Self::Fechou => {
                ". Veja no outro computador o que houve com o servidor, e comece \
                 de novo"
            }
            Self::Calou(_) => {
                ". Veja se o servidor ainda está lá e se a rede continua de pé, e \
                 comece de novo"
            }
            Self::Violou(_)
            | Self::ForaDeHora(_)
            | Self::Limite(_)
            | Self::SemCaminho
            | Self::OutraCoisa => {
                ". Veja se o que atende nessa porta é mesmo o medir servidor, da \
                 mesma versão"
            }
        }
    }

    /// O outro lado disse `mensagem`, e não é a vez dela.
    #[must_use]
    pub fn fora_de_hora(mensagem: &Mensagem) -> Self {
        Self::ForaDeHora(mensagem.nome())
    }

    /// O que aconteceu ao ler ou escrever: um fim, ou um erro do sistema.
    #[must_use]
    pub fn da_conexao(tentativa: &'static str, erro: io::Error) -> Self {
        match erro.kind() {
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => Self::Fechou,
            _ => Self::Sistema(tentativa, erro),
        }
    }
}

impl From<Violacao> for Falha {
    fn from(violacao: Violacao) -> Self {
        Self::Violou(violacao)
    }
}

impl fmt::Display for Falha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrompido => f.write_str("alguém pediu para parar"),
            Self::Sistema(tentativa, erro) => {
                write!(f, "não foi possível {tentativa}: {erro}")
            }
            Self::Fechou => f.write_str("o outro lado fechou a conexão"),
            Self::Calou(o_que) => {
                write!(f, "o outro lado não mandou {o_que} a tempo")
            }
            Self::Violou(violacao) => {
                write!(f, "o outro lado mandou {violacao}")
            }
            Self::ForaDeHora(nome) => {
                write!(f, "o outro lado mandou um {nome} fora de hora")
            }
            Self::Limite(limite) => {
                write!(f, "o outro lado pediu demais: {limite}")
            }
            Self::SemCaminho => f.write_str(
                "o outro lado pediu datagramas sem provar que os recebe",
            ),
            Self::OutraCoisa => f.write_str(
                "o outro lado devolveu bytes que não são os que se mandaram",
            ),
            Self::Recusou { motivo, explicacao } => {
                f.write_str(recusa(*motivo))?;
                dito(f, explicacao)
            }
        }
    }
}

impl std::error::Error for Falha {}

/// O que houve do outro lado, e o que fazer.
fn recusa(motivo: Motivo) -> &'static str {
    match motivo {
        Motivo::Versao => {
            "o outro lado fala outra versão do protocolo. Compile o programa \
             da mesma versão nos dois computadores"
        }
        Motivo::Ocupado => {
            "o servidor está ocupado: mede com outro cliente. Espere que ele \
             acabe e tente de novo"
        }
        Motivo::Lixo => {
            "o outro lado não entendeu o que recebeu. Veja se o que atende \
             nessa porta é mesmo o medir servidor, da mesma versão"
        }
        Motivo::Estranho => {
            "o servidor não esperava a conexão de dados, ou não a reconheceu. \
             Veja se os dois computadores se veem sempre com o mesmo IP"
        }
        Motivo::Limite => {
            "o servidor não aceita medir tanto. Peça menos, em --ritmo, \
             --tamanho ou --quantos"
        }
        Motivo::Caminho => {
            "o servidor não sabe se o que ele manda por UDP chega aqui. Tente \
             de novo"
        }
        Motivo::Demora => {
            "o outro lado cansou de esperar pelo que não chegou. Veja como está \
             a rede"
        }
        Motivo::Sistema => {
            "o sistema do outro lado não deixou. Veja lá o que ele disse"
        }
        Motivo::Fim => "o outro lado acabou com o programa no meio da medição",
    }
}

/// A frase do outro programa. As aspas mostram até onde vai o que é dele.
fn dito(f: &mut fmt::Formatter<'_>, explicacao: &str) -> fmt::Result {
    if explicacao.is_empty() {
        return Ok(());
    }
    let explicacao = sockets::visivel(explicacao.as_bytes());
    let explicacao = explicacao.replace(['«', '»'], "\"");
    write!(f, " (ele disse: «{explicacao}»)")
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn a_frase_do_outro_nao_comanda_o_terminal_nem_sai_das_aspas() {
        for motivo in Motivo::TODOS {
            let explicacao = "\u{1b}[2J\nmentira») Rode isto («".to_string();
            let falha = Falha::Recusou { motivo, explicacao };
            let frase = falha.to_string();
            assert_eq!(frase, sockets::visivel(frase.as_bytes()));
            assert_eq!(frase.matches(['«', '»']).count(), 2, "{frase}");
            assert_eq!(falha.motivo(), None);
        }
        let sem = Falha::Recusou {
            motivo: Motivo::Ocupado,
            explicacao: String::new(),
        };
        assert!(sem.to_string().ends_with("tente de novo"), "{sem}");
    }

    #[test]
    fn quem_foi_embora_nao_e_um_erro_do_sistema() {
        for tipo in [
            io::ErrorKind::ConnectionReset,
            io::ErrorKind::ConnectionAborted,
            io::ErrorKind::BrokenPipe,
        ] {
            let falha = Falha::da_conexao("ler", tipo.into());
            assert!(matches!(falha, Falha::Fechou));
        }
        let outra = Falha::da_conexao("ler", io::ErrorKind::OutOfMemory.into());
        assert_eq!(outra.motivo(), Some(Motivo::Sistema));
        let versao = Falha::from(Violacao::Versao(9));
        assert_eq!(versao.motivo(), Some(Motivo::Versao));
    }
}
