//! O que o sistema diz de si que explica uma recusa do núcleo.

use std::{fs, io, path::Path};

use super::{Motivo, SemRede, Tentativa};

/// O arquivo que cada contêiner deixa dentro de si, e o que isso quer dizer.
const CONTEINERES: [(&str, &str); 3] = [
    (
        "/.dockerenv",
        "/.dockerenv existe: é um contêiner do Docker",
    ),
    (
        "/run/.containerenv",
        "/run/.containerenv existe: é um contêiner do Podman",
    ),
    (
        "/run/systemd/container",
        "/run/systemd/container existe: é um contêiner",
    ),
];

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
    /// O que denuncia um contêiner.
    pub conteiner: Option<&'static str>,
    /// Se há um filtro de chamadas de sistema (`seccomp(2)`) em volta.
    pub filtrado: bool,
}

impl Sinais {
    /// Os deste processo, agora. O que não se deixa ler fica sem valor.
    #[must_use]
    pub fn ler() -> Self {
        let sysctl = |nome: &str| {
            let texto = fs::read_to_string(Path::new("/proc/sys").join(nome));
            texto.ok()?.trim().parse().ok()
        };
        Self {
            threads: fs::read_dir("/proc/self/task").map_or(1, Iterator::count),
            espacos_de_usuarios: sysctl("user/max_user_namespaces"),
            espacos_de_rede: sysctl("user/max_net_namespaces"),
            clone_sem_privilegio: sysctl("kernel/unprivileged_userns_clone"),
            apparmor: sysctl("kernel/apparmor_restrict_unprivileged_userns"),
            conhece_usuarios: Path::new("/proc/self/ns/user").exists(),
            conhece_redes: Path::new("/proc/self/ns/net").exists(),
            conteiner: CONTEINERES
                .iter()
                .find(|(arquivo, _)| Path::new(arquivo).exists())
                .map(|(_, sinal)| *sinal),
            filtrado: fs::read_to_string("/proc/self/status")
                .is_ok_and(|texto| texto.lines().any(|l| l == "Seccomp:\t2")),
        }
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
        use Tentativa::{Cabo, EspacoDeRede, EspacoDeUsuarios, Quadros};
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
            Some(libc::EMFILE) => {
                Self::LimiteDoProcesso("-n", "arquivos abertos")
            }
            Some(libc::EAGAIN) => {
                Self::LimiteDoProcesso("-u", "processos e threads")
            }
            Some(libc::EPERM | libc::EACCES)
                if tentativa == EspacoDeUsuarios
                    && sinais.clone_sem_privilegio == Some(0) =>
            {
                Self::SoParaRoot
            }
            Some(libc::EPERM | libc::EACCES | libc::ENOSYS) => {
                Self::de_uma_proibicao(sinais)
            }
            _ => Self::Desconhecido,
        }
    }
}

impl Motivo {
    /// Quem proibiu, quando só se sabe que é proibido.
    ///
    /// O Ubuntu deixa criar um espaço de usuários, mas sem nenhuma capacidade
    /// dentro: a recusa dele pode aparecer em qualquer coisa que venha depois. Em um
    /// contêiner, é o contêiner que se vê primeiro.
    fn de_uma_proibicao(sinais: &Sinais) -> Self {
        match sinais {
            Sinais {
                conteiner: Some(sinal),
                ..
            } => Self::Cercado(sinal),
            Sinais {
                apparmor: Some(1..),
                ..
            } => Self::AppArmor,
            Sinais { filtrado: true, .. } => Self::Cercado(
                "um filtro de chamadas: Seccomp 2 em /proc/self/status",
            ),
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
            motivo: Motivo::de(tentativa, erro.raw_os_error(), &Sinais::ler()),
            resposta: Some(erro),
        })
    }
}

#[cfg(test)]
mod testes {
    use super::*;
    use Tentativa::{
        Cabo, Enderecos, EspacoDeRede, EspacoDeUsuarios, Quadros, SerRoot,
    };

    /// Um sistema que deixa tudo.
    fn livre() -> Sinais {
        Sinais {
            threads: 1,
            espacos_de_usuarios: Some(63_000),
            espacos_de_rede: Some(63_000),
            conhece_usuarios: true,
            conhece_redes: true,
            ..Sinais::default()
        }
    }

    #[track_caller]
    fn confere(
        sinais: &Sinais,
        tentativa: Tentativa,
        erro: i32,
        certo: &Motivo,
    ) {
        assert_eq!(&Motivo::de(tentativa, Some(erro), sinais), certo);
    }

    #[test]
    fn o_ubuntu_recusa_em_qualquer_passo() {
        let ubuntu = Sinais {
            apparmor: Some(1),
            ..livre()
        };
        for tentativa in [
            EspacoDeUsuarios,
            SerRoot,
            EspacoDeRede,
            Cabo,
            Enderecos,
            Quadros,
        ] {
            confere(&ubuntu, tentativa, libc::EPERM, &Motivo::AppArmor);
            confere(&ubuntu, tentativa, libc::EACCES, &Motivo::AppArmor);
        }
        let desligado = Sinais {
            apparmor: Some(0),
            ..livre()
        };
        confere(&desligado, Cabo, libc::EPERM, &Motivo::Desconhecido);
    }

    #[test]
    fn o_debian_so_recusa_o_espaco_de_usuarios() {
        let debian = Sinais {
            clone_sem_privilegio: Some(0),
            ..livre()
        };
        let e = libc::EPERM;
        confere(&debian, EspacoDeUsuarios, e, &Motivo::SoParaRoot);
        confere(&debian, EspacoDeRede, e, &Motivo::Desconhecido);
    }

    #[test]
    fn o_conteiner_se_ve_antes_do_apparmor_e_do_filtro() {
        let sinal = "/.dockerenv existe";
        let docker = Sinais {
            conteiner: Some(sinal),
            filtrado: true,
            apparmor: Some(1),
            ..livre()
        };
        let certo = Motivo::Cercado(sinal);
        confere(&docker, EspacoDeUsuarios, libc::EPERM, &certo);
        let filtrado = Sinais {
            filtrado: true,
            ..livre()
        };
        for erro in [libc::EPERM, libc::ENOSYS] {
            let motivo = Motivo::de(EspacoDeUsuarios, Some(erro), &filtrado);
            assert!(matches!(motivo, Motivo::Cercado(_)), "{motivo:?}");
        }
    }

    #[test]
    fn o_limite_em_zero_nao_e_o_limite_cheio() {
        let e = libc::ENOSPC;
        confere(&livre(), EspacoDeUsuarios, e, &Motivo::LimiteCheio);
        confere(&livre(), EspacoDeRede, libc::EUSERS, &Motivo::LimiteCheio);
        let zerado = Sinais {
            espacos_de_usuarios: Some(0),
            ..livre()
        };
        let certo = Motivo::LimiteZero("user.max_user_namespaces");
        confere(&zerado, EspacoDeUsuarios, e, &certo);
        confere(&zerado, EspacoDeRede, e, &Motivo::LimiteCheio);
        let sem_redes = Sinais {
            espacos_de_rede: Some(0),
            ..livre()
        };
        let certo = Motivo::LimiteZero("user.max_net_namespaces");
        confere(&sem_redes, EspacoDeRede, e, &certo);
    }

    #[test]
    fn o_nucleo_sem_espacos_nao_e_o_programa_com_threads() {
        let e = libc::EINVAL;
        let sem = Sinais {
            threads: 4,
            conhece_usuarios: false,
            ..livre()
        };
        let motivo = Motivo::de(EspacoDeUsuarios, Some(e), &sem);
        assert!(matches!(motivo, Motivo::NucleoSem(_)), "{motivo:?}");
        let com_threads = Sinais {
            threads: 4,
            ..livre()
        };
        let certo = Motivo::OutrasThreads(4);
        confere(&com_threads, EspacoDeUsuarios, e, &certo);
        confere(&livre(), EspacoDeUsuarios, e, &Motivo::Desconhecido);
    }

    #[test]
    fn os_modulos_tem_nome() {
        let veth = Motivo::SemModulo("veth");
        confere(&livre(), Cabo, libc::EOPNOTSUPP, &veth);
        let quadros = Motivo::SemModulo("af_packet");
        confere(&livre(), Quadros, libc::EAFNOSUPPORT, &quadros);
    }

    #[test]
    fn os_sinais_desta_maquina_se_leem() {
        let sinais = Sinais::ler();
        assert!(sinais.threads >= 1);
    }
}
