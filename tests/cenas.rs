//! Cada cena de `book/cenas/` é uma prova: o que o livro mostra é o que os
//! programas mostram. `ATUALIZAR=1 cargo test` grava de novo.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::thread;

use cena::{Acao, Cena};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use provas::{Ambiente, Falha, Gravacao, cenario, comparar, gravar};

/// As cenas que medem rodam sozinhas; as outras, juntas.
static A_MAQUINA: RwLock<()> = RwLock::new(());

fn main() {
    let mut argumentos = Arguments::from_args();
    let gravando = env::var_os("ATUALIZAR").is_some_and(|valor| valor == "1");
    if gravando {
        // A gravação usa as portas do livro: só cabe uma cena por vez.
        argumentos.test_threads = Some(1);
    }
    // Uma cena quase só espera pelos programas: cabem várias por núcleo.
    let por_nucleo = thread::available_parallelism().map_or(4, |n| n.get() * 3);
    argumentos.test_threads.get_or_insert(por_nucleo);
    let provas = match cenario::arquivos() {
        Ok(arquivos) => {
            let todas: Vec<String> = arquivos
                .iter()
                .map(|arquivo| cenario::nome(arquivo))
                .collect();
            let conferencia = Trial::test("as_presas_ao_relogio_existem", move || existem(&todas));
            let cenas = arquivos.into_iter().map(|arquivo| prova(arquivo, gravando));
            cenas.chain([conferencia]).collect()
        }
        Err(falha) => vec![Trial::test("ha_cenas", || Err(falha.into()))],
    };
    libtest_mimic::run(&argumentos, provas).exit();
}

fn prova(arquivo: PathBuf, gravando: bool) -> Trial {
    Trial::ignorable_test(cenario::nome(&arquivo), move || {
        let (_, cena) = cenario::abrir(&arquivo)?;
        cenario::conferir_requisitos(&cena)?;
        if let Some(fim) = cenario::nao_roda(&cena) {
            return fim;
        }
        let ambiente = Ambiente::do_livro();
        if gravando {
            regravar(&arquivo, &ambiente)?;
        } else {
            conferir(&cenario::nome(&arquivo), &cena, &ambiente)?;
        }
        Ok::<_, Failed>(Completion::Completed)
    })
}

/// Quantas vezes, sozinha, se tenta uma cena a que um soluço da máquina põe o que o livro
/// não mostra. As outras cenas têm uma chance só.
const TENTATIVAS: usize = 3;

/// As cenas, fora as que medem, em que uma pausa da máquina muda o que os programas
/// mostram sem que nenhum esteja errado: entre dois deles corre um prazo curto, ou as
/// linhas de duas threads saem na ordem em que elas chegam à saída.
const PRESAS_AO_RELOGIO: [&str; 14] = [
    // O texto que demora mais de 50 ms é mandado outra vez, e a estrada o conta.
    "chat-confiavel-estrada",
    // Bia é morta em 3 s.
    "chat-tcp-queda",
    // Com 3 s de silêncio, Ana avisa que nada chega.
    "chat-udp-cauda",
    "chat-udp-estrada",
    "chat-udp-queda",
    // A resposta que demora mais de 300 ms já não conta.
    "datagramas-com-numero",
    "datagramas-estrada",
    "datagramas-sem-numero",
    // Cada conexão tem a sua thread, e o prazo delas é de 1 s.
    "desconfie-enxurrada-certo",
    "desconfie-gota-certo",
    "desconfie-gota-errado",
    "desconfie-linha-certo",
    "desconfie-tamanho-certo",
    // Em 3 s a ligação que se observa já não existe.
    "prazos-syn",
];

fn conferir(nome: &str, cena: &Cena, ambiente: &Ambiente) -> Result<(), Falha> {
    if !mede(cena) {
        let _junto = A_MAQUINA.read().unwrap_or_else(PoisonError::into_inner);
        let fim = comparar(nome, cena, ambiente);
        if fim.is_ok() || !PRESAS_AO_RELOGIO.contains(&nome) {
            return fim;
        }
    }
    let _sozinha = A_MAQUINA.write().unwrap_or_else(PoisonError::into_inner);
    for _ in 1..TENTATIVAS {
        if comparar(nome, cena, ambiente).is_ok() {
            return Ok(());
        }
    }
    comparar(nome, cena, ambiente)
}

/// Uma cena que mudou de nome não perde, calada, as tentativas dela.
fn existem(todas: &[String]) -> Result<(), Failed> {
    let falta = |nome: &&&str| !todas.iter().any(|cena| cena == **nome);
    match PRESAS_AO_RELOGIO.iter().find(falta) {
        Some(nome) => Err(format!("não há a cena {nome}").into()),
        None => Ok(()),
    }
}

/// Se a cena mede: os números dela, e as ressalvas que os acompanham, mudam com o que
/// mais a máquina estiver fazendo.
fn mede(cena: &Cena) -> bool {
    cena.passos.iter().any(
        |passo| matches!(&passo.acao, Acao::Comando(comando) if comando.contains("--example medir")),
    )
}

/// Grava e confere que a cena gravada se repete com outras portas.
fn regravar(arquivo: &Path, ambiente: &Ambiente) -> Result<(), Falha> {
    let nome = cenario::nome(arquivo);
    if gravar(arquivo, ambiente)? == Gravacao::Nova {
        eprintln!("gravada: book/cenas/{nome}.cena");
    }
    let (_, gravada) = cenario::abrir(arquivo)?;
    comparar(&nome, &gravada, ambiente).map_err(|falha| {
        Falha::nova(format!(
            "A cena {nome} foi gravada, mas não se repete. Marque o que muda de uma \
             execução para outra com ‹nome=valor›.\n\n{falha}"
        ))
    })
}
