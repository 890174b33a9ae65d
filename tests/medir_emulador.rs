//! O emulador, com pacotes de verdade: o que chega é o que as contas dele dizem.
//!
//! Cada prova roda em um processo à parte, este mesmo programa, porque só um processo de
//! uma thread pode criar os seus espaços de rede sem ser root. Onde não há espaços de
//! rede as provas são ignoradas, com o motivo; com `EXIGIR_TUDO=1`, falham.

#[cfg(target_os = "linux")]
#[path = "medir_emulador/caminho.rs"]
mod caminho;
#[cfg(target_os = "linux")]
#[path = "medir_emulador/limites.rs"]
mod limites;

use std::env;
use std::process::{Command, ExitCode};
use std::time::Duration;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use provas::{Falha, Filho, rede};

/// Uma prova: o nome dela, e o que fazer no processo dela.
type Prova = (&'static str, fn() -> anyhow::Result<()>);

#[cfg(target_os = "linux")]
const PROVAS: &[Prova] = &[
    ("a_conta_fecha_ao_pacote", caminho::a_conta_fecha_ao_pacote),
    ("os_sentidos_sao_dois", caminho::os_sentidos_sao_dois),
    (
        "nada_chega_antes_do_atraso",
        caminho::nada_chega_antes_do_atraso,
    ),
    ("as_contas_esperam", caminho::as_contas_esperam_o_que_entrou),
    (
        "aplicar_esquece",
        caminho::aplicar_esquece_o_que_estava_no_caminho,
    ),
    (
        "o_tcp_chega_inteiro",
        caminho::o_tcp_chega_inteiro_por_um_caminho_ruim,
    ),
    (
        "a_rajada_cabe_no_anel",
        limites::a_rajada_que_cabe_no_anel_passa_inteira,
    ),
    (
        "o_que_nao_cabe_e_falha",
        limites::o_que_nao_cabe_no_anel_e_falha,
    ),
    (
        "superpacotes_contam",
        limites::superpacotes_passam_e_contam_como_grandes,
    ),
];

#[cfg(not(target_os = "linux"))]
const PROVAS: &[Prova] = &[];

/// Diz ao processo de uma prova qual é a dele.
const QUAL: &str = "PROVA_DO_EMULADOR";

/// Quanto se espera por uma prova: a máquina pode estar ocupada com outras.
const PRAZO: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    if let Ok(qual) = env::var(QUAL) {
        return rodar(&qual);
    }
    let provas = PROVAS.iter().map(|&(nome, _)| {
        Trial::ignorable_test(nome, move || {
            if let Err(ausente) = rede::ha_espacos() {
                return ausente.concluir();
            }
            em_outro_processo(nome).map_err(Failed::from)?;
            Ok(Completion::Completed)
        })
    });
    libtest_mimic::run(&Arguments::from_args(), provas.collect()).exit_code()
}

/// Este é o processo da prova `qual`.
fn rodar(qual: &str) -> ExitCode {
    let prova = PROVAS.iter().find(|(nome, _)| *nome == qual);
    match prova.map(|(_, prova)| prova()) {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(erro)) => {
            eprintln!("{erro:#}");
            ExitCode::FAILURE
        }
        None => {
            eprintln!("não há prova {qual}");
            ExitCode::FAILURE
        }
    }
}

fn em_outro_processo(nome: &str) -> Result<(), Falha> {
    let este = env::current_exe().map_err(|erro| Falha::nova(erro.to_string()))?;
    let mut comando = Command::new(este);
    comando.env(QUAL, nome);
    let mut filho = Filho::rodar(nome, comando)?;
    match filho.esperar_fim_em(PRAZO)? {
        0 => Ok(()),
        codigo => Err(filho.falha(&format!("acabou com o código {codigo}"))),
    }
}
