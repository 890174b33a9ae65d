//! A rede em que se mede: monta-se onde o sistema deixa, diz por que não onde ele não
//! deixa, e não sobra nada dela.
//!
//! O que se recusa é de verdade: os limites de `namespaces(7)`, postos em zero dentro de
//! um espaço de usuários desta prova. Onde nem isso existe, as provas são ignoradas, com
//! o motivo; com `EXIGIR_TUDO=1`, falham.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use cena::Teclado;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use provas::exemplos::{Programa, executavel};
use provas::{Falha, Filho, rede};

/// Quanto se espera por qualquer coisa: a máquina pode estar ocupada com outros.
const PRAZO: Duration = Duration::from_secs(120);

/// Quantos espaços de rede o programa cria: os dois computadores e o meio.
const ESPACOS: u32 = 3;

/// Roda o programa como quem não pode criar redes, a menos que crie um espaço de
/// usuários: quem é root não precisa dele.
const SEM_PODER: &str = "setpriv --bounding-set -sys_admin";

fn main() {
    let provas = vec![
        prova("monta_confere_e_mede", &["sh"], || monta_confere_e_mede("")),
        prova("monta_sem_ser_root", &["setpriv"], || {
            monta_confere_e_mede(SEM_PODER)
        }),
        prova("sem_sobras", &["sh"], nada_sobra_de_quem_morre),
        prova("sem_espacos_de_usuarios", &["setpriv"], || {
            recusa(
                "user/max_user_namespaces",
                SEM_PODER,
                &[
                    "não foi possível criar um espaço de usuários",
                    "ENOSPC",
                    "(user.max_user_namespaces=0)",
                    "`sudo sysctl user.max_user_namespaces=",
                ],
            )
        }),
        prova("sem_espacos_de_rede", &[], || {
            recusa(
                "user/max_net_namespaces",
                "",
                &[
                    "não foi possível criar um espaço de rede",
                    "ENOSPC",
                    "(user.max_net_namespaces=0)",
                    "`sudo sysctl user.max_net_namespaces=",
                ],
            )
        }),
    ];
    libtest_mimic::run(&Arguments::from_args(), provas).exit();
}

/// Uma prova que precisa de espaços de rede, e destes comandos.
fn prova(
    nome: &str,
    comandos: &'static [&str],
    roda: impl FnOnce() -> Result<(), Falha> + Send + 'static,
) -> Trial {
    Trial::ignorable_test(nome, move || {
        if let Err(ausente) = rede::ha_espacos().and_then(|()| provas::exigir(comandos)) {
            return ausente.concluir();
        }
        roda().map_err(Failed::from)?;
        Ok(Completion::Completed)
    })
}

/// O executável, compilado como o livro manda: com otimização.
fn medir() -> Result<PathBuf, Falha> {
    executavel(&Programa {
        nome: "medir".into(),
        otimizado: true,
    })
}

/// Um shell que é root em um espaço de usuários só dele. `$0` é o programa.
fn shell(nome: &str, roteiro: &str) -> Result<Filho, Falha> {
    let mut unshare = Command::new("unshare");
    unshare
        .args(["--user", "--map-root-user", "sh", "-euc", roteiro])
        .arg(medir()?);
    Ok(Filho::com_teclado(nome, unshare, Teclado::Cano)?.com_prazo(PRAZO))
}

/// `certo`, ou a falha com o que o programa mostrou.
fn exigir(filho: &Filho, certo: bool, o_que: &str) -> Result<(), Falha> {
    if certo {
        Ok(())
    } else {
        Err(filho.falha(o_que))
    }
}

/// A rede existe, está quieta, e a conta de uma perda fecha ao pacote.
fn monta_confere_e_mede(como: &str) -> Result<(), Falha> {
    let roteiro = format!("exec {como} \"$0\" rede");
    let mut filho = shell("medir rede", &roteiro)?;
    let codigo = filho.esperar_fim()?;
    let tudo = filho.tudo();
    exigir(&filho, codigo == 0, "não acabou bem")?;
    for trecho in [
        "montados e conferidos em",
        "com ninguém falando, nada passou pelo caminho",
        "a conta fecha",
        "com o menor prazo em 50 ms",
    ] {
        exigir(&filho, tudo.contains(trecho), &format!("não diz: {trecho}"))?;
    }
    exigir(&filho, !tudo.contains("DEFEITO"), "achou um defeito")
}

/// Com `limite` em zero, o programa diz o que houve e o que fazer, e só mede o que um
/// procurador deixa.
fn recusa(limite: &str, como: &str, trechos: &[&str]) -> Result<(), Falha> {
    let roteiro = format!("echo 0 > /proc/sys/{limite}; exec {como} \"$0\" rede");
    let mut filho = shell("medir rede, com um limite em zero", &roteiro)?;
    let codigo = filho.esperar_fim()?;
    let tudo = filho.tudo();
    exigir(&filho, codigo == 1, "acabou como se houvesse rede")?;
    let do_procurador = [
        "por um procurador UDP em 127.0.0.1:",
        "TCP não medido (",
        "um intermediário partiria a conexão em duas",
        "a conta fecha",
    ];
    for trecho in trechos.iter().chain(&do_procurador) {
        exigir(&filho, tudo.contains(trecho), &format!("não diz: {trecho}"))?;
    }
    exigir(&filho, !tudo.contains("DEFEITO"), "achou um defeito")
}

/// Quem morre no meio, sem poder desfazer nada, não deixa nenhum espaço de rede: com o
/// limite no tanto que um programa usa, outro ainda cabe.
fn nada_sobra_de_quem_morre() -> Result<(), Falha> {
    // O núcleo desfaz espaços de rede com calma (`cleanup_net`): insiste-se um pouco.
    let roteiro = format!(
        "echo {ESPACOS} > /proc/sys/user/max_net_namespaces\n\
         \"$0\" rede & vivo=$!\n\
         read -r _ && kill -KILL $vivo && wait $vivo || echo morto: $?\n\
         for vez in $(seq 2000); do\n\
         case $(\"$0\" rede) in *conferidos*) echo coube; exit;; esac\n\
         done"
    );
    let mut filho = shell("medir rede, morto no meio", &roteiro)?;
    filho.esperar_linha_com("montados e conferidos em")?;
    filho.escrever("\n");
    filho.esperar_linha_com("morto: 137")?;
    filho.esperar_linha_com("coube")?;
    let codigo = filho.esperar_fim()?;
    exigir(&filho, codigo == 0, "não acabou bem")
}
