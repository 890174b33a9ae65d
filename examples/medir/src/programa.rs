//! O programa: monta a rede, faz os passos, guarda o que se mediu e conta o que viu.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sockets::chat::interrupcao::Interrompido;

use crate::ambiente::{
    Ambiente, SEM_OTIMIZACAO, avisa_da_carga, otimizado, outros_programas_agora,
};
use crate::dentro;
use crate::execucao::{Fim, executar};
use crate::experimentos::TODOS;
use crate::interrupcao::Interrupcao;
use crate::laboratorio::Laboratorio;
use crate::opcoes::{self, Medicao, Pedido};
use crate::par;
use crate::progresso::tempo;
use crate::rede::SemRede;
use crate::rede::relato::{explicar, relatar as relatar_rede};
use crate::resultados;
use crate::resultados::disco::visivel;
use crate::resultados::numeros::com_casas;
use crate::resultados::pasta::{Pasta, ler_ambiente};
use crate::resultados::quadro::quebrar;
use crate::resultados::relatorio::relatar;

/// Onde ficam as pastas de quem não dá outra. Não vai para o git: é do cargo.
const MEDIDAS: &str = "target/medidas";

/// Acima disto, a máquina está ocupada demais para medir.
const OCUPADA: f64 = 0.1;

/// Faz o que os argumentos pedem, o nome do programa primeiro.
///
/// # Errors
/// [`sockets::ErroDeUso`] quando os argumentos não servem; [`Interrompido`] quando
/// alguém pediu para parar; senão, o que não deu para fazer.
pub fn principal(argumentos: impl IntoIterator<Item = OsString>) -> Result<()> {
    match opcoes::ler(argumentos)? {
        Pedido::Medir(medicao) => medir(medicao),
        Pedido::Rede => conferir_rede(),
        Pedido::Dentro(pedido) => dentro::rodar(&pedido),
        Pedido::Servidor(opcoes) => par::servidor::servir(&opcoes),
        Pedido::Cliente(opcoes) => par::cliente::medir(&opcoes),
    }
}

fn medir(medicao: Medicao) -> Result<()> {
    // Antes de qualquer outra thread: veja `Laboratorio::montar`.
    let laboratorio = montar()?;
    let interrupcao = Interrupcao::vigiar()
        .context("não foi possível passar a tratar o Ctrl-C")?;
    let mut ambiente = Ambiente::novo(&medicao.plano, &laboratorio);
    let caminho = escolher_pasta(&medicao)?;
    let mut pasta = if medicao.continuar {
        continuar(&caminho, &mut ambiente)?
    } else {
        Pasta::criar(&caminho, &ambiente.texto())?
    };
    avisar_do_que_atrapalha();
    let (passos, estimativa) = medicao.plano.falta(&pasta.feitos());
    eprintln!(
        "{}: {}, em cerca de {}",
        medicao.nome,
        resultados::passos(passos),
        tempo(estimativa)
    );
    let comando_de_continuar = medicao.comando_de_continuar();
    let fim = executar(medicao.plano, &laboratorio, &mut pasta, &interrupcao);
    let interrompida = !matches!(fim, Ok(Fim::Completa));
    ambiente.acabar_sessao(interrompida);
    let guardado = pasta.guardar_ambiente(&ambiente.texto());
    let fim = fim.with_context(|| {
        format!(
            "a medição parou no meio. Para continuar: {comando_de_continuar}"
        )
    })?;
    guardado?;
    for linha in relatar(&caminho, pasta.registros())? {
        println!("{linha}");
    }
    if laboratorio.sem_tcp().is_some() {
        println!("\nSem espaços de rede: medido por um procurador UDP.");
    }
    println!("\nTabelas em {}", visivel(&caminho));
    if fim == Fim::Interrompida {
        println!("Interrompido. Para continuar:\n  {comando_de_continuar}");
        return Err(Interrompido.into());
    }
    ensure!(
        pasta.registros().is_empty() || !pasta.feitos().is_empty(),
        "nenhum passo pôde ser medido"
    );
    Ok(())
}

/// A rede em que se mede. Onde não há espaços de rede, diz por que e o que se pode
/// fazer, e segue com um procurador UDP.
fn montar() -> Result<Laboratorio> {
    let recusa = match Laboratorio::montar() {
        Ok(laboratorio) => return Ok(laboratorio),
        Err(erro) => erro.downcast::<SemRede>()?,
    };
    let laboratorio = Laboratorio::por_procurador();
    // Se isto não se pode escrever, mede-se assim mesmo: as tabelas o dizem.
    let _ = explicar(&mut io::stderr(), &recusa);
    let sem_tcp = laboratorio.sem_tcp().unwrap_or_default();
    for linha in quebrar(&format!(
        "Enquanto isso, medem-se os datagramas, por um procurador UDP em \
         127.0.0.1; {sem_tcp}."
    )) {
        eprintln!("{linha}");
    }
    Ok(laboratorio)
}

fn conferir_rede() -> Result<()> {
    let achados = relatar_rede(&mut io::stdout().lock())?;
    ensure!(
        achados.ha_rede,
        "sem dois computadores de mentira não há o que conferir"
    );
    ensure!(
        achados.defeitos.is_empty(),
        "a rede montada tem {} defeitos: o que se medir nela não vale",
        achados.defeitos.len()
    );
    Ok(())
}

/// Retoma a pasta `caminho`, se ela é da mesma medição.
fn continuar(caminho: &Path, ambiente: &mut Ambiente) -> Result<Pasta> {
    let mut guardado = Ambiente::ler(&ler_ambiente(caminho)?)?;
    guardado.conferir(ambiente).with_context(|| {
        format!("não é possível continuar {}", visivel(caminho))
    })?;
    let tabelas: Vec<String> = TODOS
        .iter()
        .flat_map(|um| [um.nome.to_string(), format!("{}-ccdf", um.nome)])
        .collect();
    let (pasta, retomada) = Pasta::retomar(caminho, &tabelas)?;
    eprintln!("Continuando {}: {retomada}", visivel(caminho));
    guardado.comecar_sessao();
    pasta.guardar_ambiente(&guardado.texto())?;
    *ambiente = guardado;
    Ok(pasta)
}

/// A pasta que se pediu, ou a de costume.
fn escolher_pasta(medicao: &Medicao) -> Result<PathBuf> {
    if let Some(pasta) = &medicao.resultados {
        return Ok(pasta.clone());
    }
    let prefixo = format!("{}-", medicao.nome);
    if medicao.continuar {
        return ultima_pasta(Path::new(MEDIDAS), &prefixo).with_context(|| {
            format!(
                "não há medições de {} em {MEDIDAS} para continuar: comece sem \
                 --continuar, ou dê a pasta em --resultados",
                medicao.nome
            )
        });
    }
    Ok(pasta_de_agora(&medicao.nome))
}

/// A pasta de quem não dá outra, para uma medição do comando `nome` que começa agora.
pub(crate) fn pasta_de_agora(nome: &str) -> PathBuf {
    let agora = chrono::Local::now().format("%Y-%m-%d-%H%M%S");
    Path::new(MEDIDAS).join(format!("{nome}-{agora}"))
}

/// A última pasta de `onde` que é deste `prefixo` seguido da data.
fn ultima_pasta(onde: &Path, prefixo: &str) -> Option<PathBuf> {
    let pastas = fs::read_dir(onde).ok()?.filter_map(Result::ok);
    let da_data = |pasta: &PathBuf| {
        let nome = pasta.file_name().unwrap_or_default().to_string_lossy();
        let data = nome.strip_prefix(prefixo).unwrap_or_default();
        data.starts_with(|letra: char| letra.is_ascii_digit())
    };
    pastas.map(|pasta| pasta.path()).filter(da_data).max()
}

/// O que faz o mesmo programa dar outros números.
pub(crate) fn avisar_do_que_atrapalha() {
    let mut avisos = Vec::new();
    if !otimizado() {
        avisos.push(format!(
            "aviso: {SEM_OTIMIZACAO}: as medidas não valem, e cada linha o diz. \
             Rode com --release: {} …",
            opcoes::PREFIXO
        ));
    }
    if let Some(parte) = outros_programas_agora()
        .filter(|parte| *parte > OCUPADA && avisa_da_carga())
    {
        let parte = com_casas(100.0 * parte, 0);
        avisos.push(format!(
            "aviso: outros programas usam {parte} % das CPUs agora: o que se medir \
             pode sair pior do que é. Feche-os, se puder"
        ));
    }
    for linha in avisos.iter().flat_map(|aviso| quebrar(aviso)) {
        eprintln!("{linha}");
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn a_ultima_pasta_e_a_da_ultima_data_deste_comando() {
        let onde = tempfile::tempdir().unwrap();
        let ultima = || ultima_pasta(onde.path(), "perda-");
        assert_eq!(ultima(), None);
        for nome in [
            "perda-2025-12-31-235959",
            "perda-2026-01-01-000000",
            "rapido-2026-02-01-000000",
            "perda-minha",
        ] {
            fs::create_dir(onde.path().join(nome)).unwrap();
        }
        let esperada = onde.path().join("perda-2026-01-01-000000");
        assert_eq!(ultima(), Some(esperada));
        assert_eq!(ultima_pasta(&onde.path().join("nada"), "perda-"), None);
    }
}
