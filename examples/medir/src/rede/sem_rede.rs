//! Por que não há dois computadores de mentira nesta máquina, e o que quem lê pode
//! fazer. As respostas do núcleo são números que querem dizer várias coisas: o que
//! separa uma da outra é o que o sistema diz de si em `/proc`.

use std::fmt;
use std::io;

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

    /// O que quem lê pode fazer, cada coisa em uma frase, da mais fácil à mais
    /// trabalhosa. `programa` é a linha de comando que se rodou
    /// ([`linha_de_comando`]).
    #[must_use]
    pub fn saidas(&self, programa: &str) -> Vec<String> {
        let mut saidas = Vec::new();
        match &self.motivo {
            Motivo::OutroSistema => {
                return saidas_do_sistema(std::env::consts::OS);
            }
            Motivo::AppArmor => {
                saidas.push(como_administrador(programa));
                saidas.push(ate_reiniciar(
                    "kernel.apparmor_restrict_unprivileged_userns=0",
                ));
            }
            Motivo::SoParaRoot => {
                saidas.push(como_administrador(programa));
                saidas.push(ate_reiniciar(
                    "kernel.unprivileged_userns_clone=1",
                ));
            }
            Motivo::LimiteZero(nome) => {
                // O limite de espaços de usuários não atinge quem já é root.
                if nome.contains("user_namespaces") {
                    saidas.push(como_administrador(programa));
                }
                saidas.push(ate_reiniciar(&format!("{nome}=15000")));
            }
            Motivo::LimiteCheio => saidas.push(
                "feche os programas que criam espaços (navegadores, \
                 contêineres) ou aumente os limites em /proc/sys/user"
                    .into(),
            ),
            Motivo::Cercado(_) => saidas.push(
                "rode fora do contêiner, na própria máquina; ou, no Docker e no \
                 Podman, crie-o com `--cap-add NET_ADMIN --cap-add SYS_ADMIN \
                 --security-opt seccomp=unconfined --security-opt \
                 apparmor=unconfined` (isso desfaz quase toda a cerca: só com o que \
                 é seu)"
                    .into(),
            ),
            Motivo::SemModulo(nome) => saidas.push(format!(
                "carregue o módulo: `sudo modprobe {nome}` (se o núcleo acabou de ser \
                 atualizado, reinicie a máquina antes)"
            )),
            Motivo::NucleoSem(_) => saidas.push(
                "rode em uma máquina com um núcleo de distribuição comum, real ou \
                 virtual"
                    .into(),
            ),
            Motivo::OutrasThreads(_) => saidas.push(
                "é um defeito deste programa: a rede tem de ser montada antes de \
                 qualquer thread"
                    .into(),
            ),
            Motivo::NaoConfere(_) => saidas.push(
                "é um defeito deste programa ou uma novidade deste núcleo: conte a \
                 quem mantém o livro, com o que `uname -a` mostra"
                    .into(),
            ),
            Motivo::Desconhecido => saidas.push(como_administrador(programa)),
        }
        saidas.extend(saidas_do_sistema("linux"));
        saidas
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

/// A linha de comando que roda só o programa já compilado, com os mesmos argumentos e
/// sem o cargo, pronta para se copiar.
#[must_use]
pub fn linha_de_comando() -> String {
    let mut argumentos = std::env::args_os();
    let chamado = argumentos.next().unwrap_or_default();
    let programa = std::env::current_exe().unwrap_or_else(|_| chamado.into());
    std::iter::once(programa.to_string_lossy().into_owned())
        .chain(argumentos.map(|a| a.to_string_lossy().into_owned()))
        .map(|a| entre_aspas(&a))
        .collect::<Vec<_>>()
        .join(" ")
}

/// O argumento como o shell o lê de volta.
fn entre_aspas(argumento: &str) -> String {
    let comum = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@+".contains(c);
    if !argumento.is_empty() && argumento.chars().all(comum) {
        argumento.into()
    } else {
        format!("'{}'", argumento.replace('\'', r"'\''"))
    }
}

fn como_administrador(programa: &str) -> String {
    format!(
        "rode como administrador só o programa, que já está compilado: `sudo \
         {programa}`"
    )
}

fn ate_reiniciar(ajuste: &str) -> String {
    format!(
        "deixe, até a máquina reiniciar: `sudo sysctl {ajuste}` (e desfaça depois: é \
         uma proteção)"
    )
}

/// Como cada sistema estraga a própria rede, sem este programa.
fn saidas_do_sistema(sistema: &str) -> Vec<String> {
    match sistema {
        "linux" => vec![
            "estrague a rede da máquina inteira e meça entre dois terminais: `sudo tc \
             qdisc add dev lo root netem delay 10ms loss 5%`, depois `medir servidor` \
             e `medir cliente --ip 127.0.0.1`, e no fim `sudo tc qdisc del dev lo \
             root`"
                .into(),
        ],
        "macos" => vec![
            "rode em um Linux dentro de uma máquina virtual (UTM, Lima, Multipass): \
             lá os dois computadores se montam sem administrador"
                .into(),
            "ou estrague a rede da máquina e meça entre dois terminais: `sudo dnctl \
             pipe 1 config delay 10 plr 0.05`, `echo 'dummynet in quick on lo0 pipe \
             1' | sudo pfctl -Ef -`, depois `medir servidor` e `medir cliente --ip \
             127.0.0.1`, e no fim `sudo pfctl -f /etc/pf.conf; sudo dnctl -q flush`"
                .into(),
            "ou use o Network Link Conditioner, das Additional Tools for Xcode, entre \
             dois computadores"
                .into(),
        ],
        "windows" => vec![
            "rode no WSL 2 (`wsl --install`): é um Linux, e lá os dois computadores se \
             montam sem administrador"
                .into(),
            "ou estrague a rede da máquina com o clumsy, que pede administrador, e \
             meça entre dois terminais com `medir servidor` e `medir cliente --ip \
             127.0.0.1`"
                .into(),
        ],
        _ => vec!["rode em um Linux, em uma máquina real ou virtual".into()],
    }
}

/// O nome que as páginas de manual dão ao erro, que é o que se procura depois.
fn nome_do_erro(erro: &io::Error) -> String {
    #[cfg(target_os = "linux")]
    {
        let nome = match erro.raw_os_error() {
            Some(libc::EPERM) => "EPERM",
            Some(libc::EACCES) => "EACCES",
            Some(libc::ENOSPC) => "ENOSPC",
            Some(libc::EUSERS) => "EUSERS",
            Some(libc::EINVAL) => "EINVAL",
            Some(libc::ENOSYS) => "ENOSYS",
            Some(libc::EOPNOTSUPP) => "EOPNOTSUPP",
            Some(libc::EAFNOSUPPORT) => "EAFNOSUPPORT",
            Some(libc::ENOMEM) => "ENOMEM",
            Some(libc::EMFILE) => "EMFILE",
            _ => return erro.to_string(),
        };
        format!("{nome} ({erro})")
    }
    #[cfg(not(target_os = "linux"))]
    erro.to_string()
}

#[cfg(target_os = "linux")]
pub use linux::{Sinais, Tentando};

#[cfg(target_os = "linux")]
mod linux {
    use std::{fs, io, path::Path};

    use super::{Motivo, SemRede, Tentativa};

    /// O que o sistema diz de si que explica uma recusa.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct Sinais {
        /// Quantas threads o processo tem.
        pub threads: usize,
        /// `user.max_user_namespaces`.
        pub espacos_de_usuarios: Option<u64>,
        /// `user.max_net_namespaces`.
        pub espacos_de_rede: Option<u64>,
        /// `kernel.unprivileged_userns_clone` (Debian).
        pub clone_sem_privilegio: Option<u64>,
        /// `kernel.apparmor_restrict_unprivileged_userns` (Ubuntu).
        pub apparmor: Option<u64>,
        /// Se o núcleo conhece espaços de usuários.
        pub conhece_usuarios: bool,
        /// Se o núcleo conhece espaços de rede.
        pub conhece_redes: bool,
        /// O que denuncia um contêiner ou uma cerca.
        pub cerca: Option<&'static str>,
    }

    impl Sinais {
        /// Os deste processo, agora. O que não se deixa ler fica sem valor.
        #[must_use]
        pub fn ler() -> Self {
            let sysctl = |nome: &str| {
                let texto =
                    fs::read_to_string(Path::new("/proc/sys").join(nome));
                texto.ok()?.trim().parse().ok()
            };
            Self {
                threads: fs::read_dir("/proc/self/task")
                    .map_or(1, Iterator::count),
                espacos_de_usuarios: sysctl("user/max_user_namespaces"),
                espacos_de_rede: sysctl("user/max_net_namespaces"),
                clone_sem_privilegio: sysctl(
                    "kernel/unprivileged_userns_clone",
                ),
                apparmor: sysctl(
                    "kernel/apparmor_restrict_unprivileged_userns",
                ),
                conhece_usuarios: Path::new("/proc/self/ns/user").exists(),
                conhece_redes: Path::new("/proc/self/ns/net").exists(),
                cerca: cerca(),
            }
        }
    }

    /// O que denuncia um contêiner ou uma cerca em volta deste processo.
    fn cerca() -> Option<&'static str> {
        let existe = |caminho: &str| Path::new(caminho).exists();
        let filtrado = || {
            fs::read_to_string("/proc/self/status")
                .is_ok_and(|texto| texto.lines().any(|l| l == "Seccomp:\t2"))
        };
        if existe("/.dockerenv") {
            Some("há um /.dockerenv: é um contêiner do Docker")
        } else if existe("/run/.containerenv") {
            Some("há um /run/.containerenv: é um contêiner do Podman")
        } else if existe("/run/systemd/container") {
            Some("há um /run/systemd/container: é um contêiner")
        } else if filtrado() {
            Some("um filtro de chamadas, Seccomp: 2 em /proc/self/status")
        } else {
            None
        }
    }

    impl Motivo {
        /// Por que o núcleo respondeu `erro` a `tentativa`, pelos sinais que há.
        #[must_use]
        pub fn de(
            tentativa: Tentativa,
            erro: Option<i32>,
            sinais: &Sinais,
        ) -> Self {
            use Tentativa::{
                Cabo, EspacoDeRede, EspacoDeUsuarios, Quadros, SerRoot,
            };
            let (conhece, limite, nome, o_que) = match tentativa {
                EspacoDeRede => (
                    sinais.conhece_redes,
                    sinais.espacos_de_rede,
                    "user.max_net_namespaces",
                    "espaços de rede (CONFIG_NET_NS)",
                ),
                _ => (
                    sinais.conhece_usuarios,
                    sinais.espacos_de_usuarios,
                    "user.max_user_namespaces",
                    "espaços de usuários (CONFIG_USER_NS)",
                ),
            };
            let separar = matches!(tentativa, EspacoDeUsuarios | EspacoDeRede);
            match erro {
                Some(libc::EINVAL | libc::ENOSYS) if separar && !conhece => {
                    Self::NucleoSem(o_que)
                }
                Some(libc::EINVAL)
                    if tentativa == EspacoDeUsuarios && sinais.threads > 1 =>
                {
                    Self::OutrasThreads(sinais.threads)
                }
                Some(libc::ENOSPC | libc::EUSERS) if separar => {
                    if limite == Some(0) {
                        Self::LimiteZero(nome)
                    } else {
                        Self::LimiteCheio
                    }
                }
                Some(libc::EOPNOTSUPP) if tentativa == Cabo => {
                    Self::SemModulo("veth")
                }
                Some(libc::EAFNOSUPPORT) if tentativa == Quadros => {
                    Self::SemModulo("af_packet")
                }
                Some(libc::EPERM | libc::EACCES)
                    if tentativa == EspacoDeUsuarios
                        && sinais.clone_sem_privilegio == Some(0) =>
                {
                    Self::SoParaRoot
                }
                // O Ubuntu deixa criar o espaço, mas sem nenhuma capacidade dentro: a
                // recusa só aparece no que vem depois.
                Some(libc::EPERM | libc::EACCES)
                    if sinais.apparmor.is_some_and(|valor| valor != 0)
                        && matches!(
                            tentativa,
                            EspacoDeUsuarios
                                | SerRoot
                                | EspacoDeRede
                                | Cabo
                                | Quadros
                        ) =>
                {
                    Self::AppArmor
                }
                Some(libc::EPERM | libc::EACCES | libc::ENOSYS) => {
                    sinais.cerca.map_or(Self::Desconhecido, Self::Cercado)
                }
                _ => Self::Desconhecido,
            }
        }
    }

    /// Diz o que se tentava quando o sistema recusou.
    pub trait Tentando<T> {
        /// O mesmo resultado, com o erro explicado.
        ///
        /// # Errors
        /// Quando já era um erro.
        fn tentando(self, tentativa: Tentativa) -> Result<T, SemRede>;
    }

    impl<T> Tentando<T> for io::Result<T> {
        fn tentando(self, tentativa: Tentativa) -> Result<T, SemRede> {
            self.map_err(|erro| SemRede {
                tentativa,
                motivo: Motivo::de(
                    tentativa,
                    erro.raw_os_error(),
                    &Sinais::ler(),
                ),
                resposta: Some(erro),
            })
        }
    }
}
