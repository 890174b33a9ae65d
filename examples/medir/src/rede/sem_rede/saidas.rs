//! O que dá para fazer em uma máquina sem rede de mentira.

use super::{Motivo, SemRede};

impl SemRede {
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
            Motivo::LimiteDoProcesso(opcao, _) => saidas.push(format!(
                "aumente o limite neste terminal: `ulimit {opcao} 1024` (ou feche o \
                 que o gasta)"
            )),
            Motivo::Cercado(_) => saidas.push(
                "rode fora da cerca, na própria máquina; ou, no Docker e no Podman, \
                 crie o contêiner com `--cap-add SYS_ADMIN --cap-add NET_ADMIN` (isso \
                 desfaz quase toda a cerca: só com o que é seu)"
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
    let frases: &[&str] = match sistema {
        "linux" => &[
            "estrague a rede da máquina inteira e meça entre dois terminais: `sudo tc \
             qdisc add dev lo root netem delay 10ms loss 5%`, depois `medir servidor` e \
             `medir cliente --ip 127.0.0.1`, e no fim `sudo tc qdisc del dev lo root`",
        ],
        "macos" => &[
            "rode em um Linux dentro de uma máquina virtual (UTM, Lima, Multipass): lá \
             os dois computadores se montam sem administrador",
            "ou estrague a rede da máquina e meça entre dois terminais: `sudo dnctl pipe \
             1 config delay 10 plr 0.05` e `echo 'dummynet in on lo0 all pipe 1' | sudo \
             pfctl -E -f -`, depois `medir servidor` e `medir cliente --ip 127.0.0.1`, e \
             no fim `sudo pfctl -f /etc/pf.conf; sudo dnctl -q flush`",
            "ou meça entre dois computadores, com o Network Link Conditioner (nas \
             Additional Tools for Xcode) ligado em um deles: em 127.0.0.1 ele não age",
        ],
        "windows" => &[
            "rode no WSL 2 (`wsl --install`): é um Linux, e lá os dois computadores se \
             montam sem administrador",
            "ou estrague a rede da máquina com o clumsy, que pede administrador, e meça \
             entre dois computadores: em 127.0.0.1 ele trata cada pacote duas vezes",
        ],
        _ => &["rode em um Linux, em uma máquina real ou virtual"],
    };
    frases.iter().map(|&frase| frase.into()).collect()
}

#[cfg(test)]
mod testes {
    use super::super::Tentativa;
    use super::*;

    /// Um de cada.
    fn motivos() -> Vec<Motivo> {
        vec![
            Motivo::OutroSistema,
            Motivo::OutrasThreads(3),
            Motivo::AppArmor,
            Motivo::SoParaRoot,
            Motivo::LimiteZero("user.max_user_namespaces"),
            Motivo::LimiteCheio,
            Motivo::LimiteDoProcesso("-n", "arquivos abertos"),
            Motivo::Cercado("/.dockerenv existe: é um contêiner do Docker"),
            Motivo::NucleoSem("espaços de rede (CONFIG_NET_NS)"),
            Motivo::SemModulo("veth"),
            Motivo::NaoConfere("um datagrama não passou".into()),
            Motivo::Desconhecido,
        ]
    }

    #[test]
    fn toda_recusa_e_uma_frase_e_tem_saida() {
        for motivo in motivos() {
            let recusa = SemRede {
                tentativa: Tentativa::EspacoDeRede,
                resposta: None,
                motivo,
            };
            let frase = recusa.to_string();
            assert!(frase.starts_with("não foi possível criar"), "{frase}");
            assert!(!frase.contains('\n'), "{frase}");
            let saidas = recusa.saidas("medir rapido");
            assert!(!saidas.is_empty(), "{frase}");
            for saida in saidas {
                // Cada uma vai em uma lista, com um ponto no fim.
                assert!(!saida.ends_with('.'), "{saida}");
                assert_eq!(saida.matches('`').count() % 2, 0, "{saida}");
            }
        }
    }

    #[test]
    fn todo_sistema_tem_saida() {
        for sistema in ["linux", "macos", "windows", "freebsd"] {
            assert!(!saidas_do_sistema(sistema).is_empty(), "{sistema}");
        }
    }

    #[test]
    fn a_linha_de_comando_se_copia_para_o_shell() {
        for (argumento, no_shell) in [
            ("--perda=0,1", "--perda=0,1"),
            ("", "''"),
            ("pasta com espaço", "'pasta com espaço'"),
            ("$(x)", "'$(x)'"),
            ("d'água", r"'d'\''água'"),
        ] {
            assert_eq!(entre_aspas(argumento), no_shell);
        }
    }
}
