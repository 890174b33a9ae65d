//! Por que não há dois computadores de mentira nesta máquina, e o que quem lê pode
//! fazer. As respostas do núcleo são números que querem dizer várias coisas: o que
//! separa uma da outra é o que o sistema diz de si em `/proc`.

mod saidas;
#[cfg(target_os = "linux")]
mod sinais;

use std::fmt;
use std::io;

pub use saidas::linha_de_comando;
#[cfg(target_os = "linux")]
pub use sinais::{Sinais, Tentando};

/// O que se tentou fazer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tentativa {
    /// Tudo: este sistema não é Linux.
    Montar,
    /// Criar um espaço de usuários, para ser root dentro dele.
    EspacoDeUsuarios,
    /// Dizer quem é quem no espaço de usuários.
    SerRoot,
    /// Criar um espaço de rede.
    EspacoDeRede,
    /// Criar um cabo entre dois espaços de rede.
    Cabo,
    /// Pôr endereços e rotas nos computadores.
    Enderecos,
    /// Abrir os sockets que passam quadros de um cabo ao outro.
    Quadros,
    /// Conferir o que se montou.
    Conferir,
}

impl fmt::Display for Tentativa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Montar => "montar dois computadores de mentira",
            Self::EspacoDeUsuarios => {
                "criar um espaço de usuários (unshare com CLONE_NEWUSER)"
            }
            Self::SerRoot => {
                "ser root no espaço de usuários (escrever em uid_map e gid_map)"
            }
            Self::EspacoDeRede => {
                "criar um espaço de rede (unshare com CLONE_NEWNET)"
            }
            Self::Cabo => "criar um cabo entre dois espaços de rede (veth)",
            Self::Enderecos => "dar endereços e rotas aos computadores",
            Self::Quadros => {
                "abrir os sockets que passam os quadros (AF_PACKET)"
            }
            Self::Conferir => "conferir a rede montada",
        })
    }
}

/// Por que não deu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Motivo {
    /// Só o Linux tem espaços de rede.
    OutroSistema,
    /// O programa já tinha outras threads, e o núcleo só separa quem tem uma.
    OutrasThreads(usize),
    /// O `AppArmor` do Ubuntu (≥ 23.10) só deixa programas com perfil próprio.
    AppArmor,
    /// O Debian e derivados deixam desligar espaços para quem não é root.
    SoParaRoot,
    /// O administrador pôs o limite dito em zero.
    LimiteZero(&'static str),
    /// Um limite de espaços se esgotou.
    LimiteCheio,
    /// Um limite do processo se esgotou: a opção do `ulimit` que o muda, e do que é.
    LimiteDoProcesso(&'static str, &'static str),
    /// Um contêiner ou outra cerca (seccomp) não deixa; o que o denuncia.
    Cercado(&'static str),
    /// O núcleo foi compilado sem isto.
    NucleoSem(&'static str),
    /// Falta um módulo do núcleo.
    SemModulo(&'static str),
    /// A rede montou, mas não faz o que se espera dela: o que se viu.
    NaoConfere(String),
    /// Nenhum dos de cima.
    Desconhecido,
}

/// Por que não há dois computadores de mentira nesta máquina.
///
/// Em texto, é uma frase que diz o que se tentou, o que houve e por quê; o que dá para
/// fazer está em [`saidas`](Self::saidas).
#[derive(Debug)]
pub struct SemRede {
    /// O que se tentou.
    pub tentativa: Tentativa,
    /// O que o núcleo respondeu, quando foi ele.
    pub resposta: Option<io::Error>,
    /// Por que não deu.
    pub motivo: Motivo,
}

impl SemRede {
    /// A rede montada não confere: `visto` é a frase que o diz.
    #[must_use]
    pub fn nao_confere(visto: String) -> Self {
        Self {
            tentativa: Tentativa::Conferir,
            resposta: None,
            motivo: Motivo::NaoConfere(visto),
        }
    }

    /// Este sistema não é Linux.
    #[must_use]
    pub fn outro_sistema() -> Self {
        Self {
            tentativa: Tentativa::Montar,
            resposta: None,
            motivo: Motivo::OutroSistema,
        }
    }
}

impl fmt::Display for SemRede {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "não foi possível {}", self.tentativa)?;
        if let Some(resposta) = &self.resposta {
            write!(f, ": o núcleo respondeu {}", nome_do_erro(resposta))?;
        }
        match &self.motivo {
            Motivo::OutroSistema => f.write_str(
                ": só o Linux separa redes dentro de uma máquina (espaços de nomes)",
            ),
            Motivo::OutrasThreads(quantas) => write!(
                f,
                ", porque o programa já tinha {quantas} threads, e só quem tem uma \
                 se separa"
            ),
            Motivo::AppArmor => f.write_str(
                ", porque o AppArmor deste sistema só deixa programas com perfil \
                 próprio (kernel.apparmor_restrict_unprivileged_userns=1, o padrão do \
                 Ubuntu desde a versão 24.04)",
            ),
            Motivo::SoParaRoot => f.write_str(
                ", porque este sistema só deixa o root (kernel.\
                 unprivileged_userns_clone=0)",
            ),
            Motivo::LimiteZero(nome) => {
                write!(f, ", porque o administrador não deixa ({nome}=0)")
            }
            Motivo::LimiteCheio => f.write_str(
                ", porque um limite de espaços de nomes se esgotou, aqui ou em volta \
                 (/proc/sys/user)",
            ),
            Motivo::LimiteDoProcesso(opcao, de_que) => write!(
                f,
                ", porque o limite de {de_que} se esgotou (ulimit {opcao})"
            ),
            Motivo::Cercado(sinal) => write!(
                f,
                ", porque o programa está dentro de uma cerca que não deixa \
                 ({sinal})"
            ),
            Motivo::NucleoSem(o_que) => {
                write!(f, ", porque este núcleo não tem {o_que}")
            }
            Motivo::SemModulo(nome) => {
                write!(f, ", porque falta ao núcleo o módulo {nome}")
            }
            Motivo::NaoConfere(visto) => write!(f, ": {visto}"),
            Motivo::Desconhecido => {
                f.write_str(", e nada em /proc diz por quê")
            }
        }
    }
}

impl std::error::Error for SemRede {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        None
    }
}

/// O nome que as páginas de manual dão ao erro, que é o que se procura depois.
fn nome_do_erro(erro: &io::Error) -> String {
    #[cfg(target_os = "linux")]
    for (numero, nome) in [
        (libc::EPERM, "EPERM"),
        (libc::EACCES, "EACCES"),
        (libc::ENOSPC, "ENOSPC"),
        (libc::EUSERS, "EUSERS"),
        (libc::EINVAL, "EINVAL"),
        (libc::ENOSYS, "ENOSYS"),
        (libc::EOPNOTSUPP, "EOPNOTSUPP"),
        (libc::EAFNOSUPPORT, "EAFNOSUPPORT"),
        (libc::EMFILE, "EMFILE"),
        (libc::EAGAIN, "EAGAIN"),
    ] {
        if erro.raw_os_error() == Some(numero) {
            return nome.into();
        }
    }
    erro.to_string()
}
