//! Um programa que trava, escreve sem parar, come memória, se multiplica ou deixa filhos
//! para trás não leva o conferidor com ele, e não sobra nada dele.

use std::path::Path;
use std::time::{Duration, Instant};

use conferidor::{Falha, Fim, Processo, Programa};

/// Bem menos que os 600 s que os vilões dormem.
const LONGE_DO_SONO: Duration = Duration::from_secs(120);

/// O prazo de quem não acaba nunca.
const POUCO: Duration = Duration::from_secs(2);

/// O prazo de quem acaba, ou se faz parar: em uma máquina ocupada, tudo leva tempo.
const FOLGADO: Duration = Duration::from_secs(60);

/// O que o vilão `qual`, que acaba sozinho, merece, e o processo, ainda não recolhido.
fn veredito(qual: &str) -> (Result<Fim, Falha>, Processo) {
    veredito_em(qual, FOLGADO)
}

fn veredito_em(qual: &str, prazo: Duration) -> (Result<Fim, Falha>, Processo) {
    let programa = Programa::novo(Path::new(env!("CARGO_BIN_EXE_vilao")));
    let mut processo = programa.rodar(&[qual]).expect("o vilão começa");
    let inicio = Instant::now();
    let fim = processo.fim_em(prazo);
    assert!(inicio.elapsed() < LONGE_DO_SONO, "esperou pelo vilão");
    (fim, processo)
}

fn merece(qual: &str, prazo: Duration, diagnostico: &str) {
    let (fim, processo) = veredito_em(qual, prazo);
    let falha = fim.expect_err("o vilão não passa");
    assert_eq!(falha.diagnostico, diagnostico, "{falha}");
    nada_sobra(processo);
}

/// Nenhum processo com a marca deste: os que ele abriu morreram com ele. O sistema ainda pode
/// estar recolhendo um que já tem o sinal; um que não o tem dorme muito mais que isto.
#[cfg(target_os = "linux")]
fn nada_sobra(processo: Processo) {
    let marca = format!("CONFERIDOR_MARCA={}", processo.marca());
    let ha = || {
        std::fs::read_dir("/proc").unwrap().flatten().any(|pasta| {
            std::fs::read(pasta.path().join("environ"))
                .is_ok_and(|a| a.split(|b| *b == 0).any(|v| v == marca.as_bytes()))
        })
    };
    drop(processo);
    let ate = Instant::now() + Duration::from_secs(10);
    while ha() {
        assert!(Instant::now() < ate, "sobrou um processo de {marca}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(not(target_os = "linux"))]
fn nada_sobra(_: Processo) {}

#[test]
fn quem_cala_e_quem_gira_nao_terminam() {
    merece("calado", POUCO, "nao-termina");
    merece("gira", POUCO, "nao-termina");
}

#[test]
fn quem_escreve_sem_parar_e_parado() {
    merece("enxurrada", FOLGADO, "enxurrada");
    merece("enxurrada-de-erros", FOLGADO, "enxurrada");
}

#[test]
fn um_panico_e_dito_com_o_motivo() {
    let (fim, _) = veredito("panico");
    let falha = fim.expect_err("o vilão não passa");
    assert_eq!(falha.diagnostico, "panico");
    assert!(falha.erros.contains("um motivo"), "{falha}");
}

#[test]
fn nada_do_que_ele_escreve_manda_no_terminal() {
    let (fim, _) = veredito("escape");
    let fim = fim.expect("acabou sozinho");
    assert!(!fim.erros.contains('\x1b') && fim.erros.contains("vermelho"));
    assert!(!conferidor::mostrar(&fim.saida).contains(['\x1b', '\x07']));
}

#[cfg(target_os = "linux")]
#[test]
fn quem_come_memoria_morre_sozinho() {
    let (fim, processo) = veredito("memoria");
    let fim = fim.expect("o sistema o matou, e isso é um fim");
    assert_eq!(fim.codigo, None, "{}", fim.erros);
    nada_sobra(processo);
}

/// O limite de memória é de endereços, que as threads gastam depressa.
#[test]
fn quem_abre_muitas_threads_cabe_no_limite() {
    let (fim, processo) = veredito("multidao");
    let fim = fim.expect("acabou sozinho");
    assert_eq!(fim.codigo, Some(0), "{}", fim.erros);
    nada_sobra(processo);
}

#[cfg(target_os = "linux")]
#[test]
fn quem_se_multiplica_e_morto_com_todos() {
    merece("multiplica", FOLGADO, "multiplicou");
}

#[test]
fn um_filho_com_a_saida_aberta_nao_segura_o_fim() {
    let (fim, processo) = veredito("herdeiro");
    assert_eq!(fim.expect("o pai acabou").codigo, Some(0));
    nada_sobra(processo);
}

#[cfg(target_os = "linux")]
#[test]
fn quem_foge_do_grupo_e_achado() {
    merece("fugitivo", POUCO, "nao-termina");
}

/// O filho deixou a sessão, o ambiente e o pai: só quem adota os órfãos o alcança.
#[cfg(target_os = "linux")]
#[test]
fn quem_apaga_a_marca_e_adotado() {
    conferidor::adotar_orfaos();
    let (fim, processo) = veredito("orfao");
    let escrito = fim.expect("o pai acabou").saida;
    let filho = String::from_utf8_lossy(&escrito).trim().to_string();
    assert!(filho.parse::<u32>().is_ok_and(|pid| pid > 1), "{filho:?}");
    drop(processo);
    let stat = std::fs::read_to_string(format!("/proc/{filho}/stat"));
    assert!(stat.is_err(), "sobrou o órfão: {stat:?}");
}
