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
        Ok(arquivos) => arquivos
            .into_iter()
            .map(|arquivo| prova(arquivo, gravando))
            .collect(),
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
        let _sozinha =
            mede(&cena).then(|| A_MAQUINA.write().unwrap_or_else(PoisonError::into_inner));
        let _junto =
            (!mede(&cena)).then(|| A_MAQUINA.read().unwrap_or_else(PoisonError::into_inner));
        let ambiente = Ambiente::do_livro();
        if gravando {
            regravar(&arquivo, &ambiente)?;
        } else {
            conferir(&cenario::nome(&arquivo), &cena, &ambiente)?;
        }
        Ok::<_, Failed>(Completion::Completed)
    })
}

/// Quantas vezes se tenta uma cena que mede: um soluço da máquina põe nela uma ressalva
/// que o livro não mostra. As outras cenas têm uma chance só.
const TENTATIVAS_DE_QUEM_MEDE: usize = 3;

fn conferir(nome: &str, cena: &Cena, ambiente: &Ambiente) -> Result<(), Falha> {
    let mais = if mede(cena) {
        TENTATIVAS_DE_QUEM_MEDE - 1
    } else {
        0
    };
    for _ in 0..mais {
        if comparar(nome, cena, ambiente).is_ok() {
            return Ok(());
        }
    }
    comparar(nome, cena, ambiente)
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
