//! Mede quanto cada servidor de eco gasta por conexão parada, e quantos ecos por
//! segundo dá a cem clientes. Escreve duas tabelas em PASTA.
//!
//! `cargo build --release --examples`
//! `cargo run --release --example varias_medir -- PASTA [RODADAS]`
//!
//! Só no Linux, e com um limite de descritores que baste a dez mil conexões.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use multidao::carga::Multidao;
use multidao::descritores;
use multidao::processo::Servidor;

/// Os servidores, e como as tabelas os chamam.
const SERVIDORES: [(&str, &str); 3] = [
    ("varias_threads", "threads"),
    ("varias_polling", "polling"),
    ("eco_tokio", "tokio"),
];

/// Quantas conexões se abrem em cada medida de memória.
const CONEXOES: [usize; 3] = [1, 100, 10_000];

/// Quantos clientes falam quando se mede a vazão, e por quanto tempo.
const FALANTES: usize = 100;
const DURACAO: Duration = Duration::from_secs(1);

/// Quanto se espera por um eco.
const PRAZO: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["PASTA", "RODADAS"])?;
    let pasta = argumentos.texto(0);
    let pasta =
        pasta.ok_or_else(|| argumentos.erro("diga em que pasta escrever"))?;
    let rodadas = argumentos.numero(1, 5, 1, 1000)?;
    // Os servidores herdam o limite.
    descritores::garantir(10_000 + descritores::FOLGA)?;

    let mut memoria = String::from(
        "rodada,servidor,conexoes,memoria_kib,reservado_kib,tabelas_kib,threads,\
         por_conexao_kib,reservado_por_conexao_kib,abrir_us,responder_us,carga\n",
    );
    let mut vazao = String::from("rodada,servidor,conexoes,ecos_por_s,carga\n");
    for rodada in 1..=rodadas {
        for (exemplo, nome) in SERVIDORES {
            for conexoes in CONEXOES {
                let linha =
                    medir_memoria(exemplo, conexoes).with_context(|| {
                        format!("{exemplo}, {conexoes} conexões")
                    })?;
                writeln!(memoria, "{rodada},{nome},{conexoes},{linha}")?;
            }
        }
        // Um logo depois do outro: a mesma máquina, no mesmo estado.
        for (exemplo, nome) in SERVIDORES {
            let ecos = medir_vazao(exemplo).context(exemplo)?;
            let carga = carga_da_maquina()?;
            writeln!(vazao, "{rodada},{nome},{FALANTES},{ecos:.0},{carga}")?;
        }
        println!("Rodada {rodada} de {rodadas}.");
    }
    escrever(pasta, "varias-memoria.csv", &memoria)?;
    escrever(pasta, "varias-vazao.csv", &vazao)
}

/// O que cresce no servidor com `conexoes` que já falaram e se calaram.
fn medir_memoria(exemplo: &str, conexoes: usize) -> Result<String> {
    let servidor = Servidor::comecar(exemplo)?;
    let antes = servidor.gasto_no_comeco()?;
    let comeco = Instant::now();
    let mut multidao = Multidao::ligar(servidor.endereco, conexoes, PRAZO)?;
    let abrir = por_conexao(comeco.elapsed(), conexoes)?;
    let comeco = Instant::now();
    multidao.perguntar_a_todas()?;
    let responder = por_conexao(comeco.elapsed(), conexoes)?;
    let gasto = servidor.gasto()?.desde(&antes);
    let conexoes = u32::try_from(conexoes)?;
    let cada = |kib: u64| {
        Ok::<_, anyhow::Error>(
            f64::from(u32::try_from(kib)?) / f64::from(conexoes),
        )
    };
    Ok(format!(
        "{},{},{},{},{:.3},{:.1},{abrir:.1},{responder:.1},{}",
        gasto.memoria,
        gasto.reservado,
        gasto.tabelas,
        gasto.threads,
        cada(gasto.memoria)?,
        cada(gasto.reservado)?,
        carga_da_maquina()?
    ))
}

fn medir_vazao(exemplo: &str) -> Result<f64> {
    let servidor = Servidor::comecar(exemplo)?;
    let mut multidao = Multidao::ligar(servidor.endereco, FALANTES, PRAZO)?;
    multidao.vazao(FALANTES, DURACAO, PRAZO)
}

/// Em microssegundos.
fn por_conexao(tempo: Duration, conexoes: usize) -> Result<f64> {
    Ok(tempo.as_secs_f64() * 1e6 / f64::from(u32::try_from(conexoes)?))
}

/// Quantas threads, em média, quiseram um processador no último minuto.
fn carga_da_maquina() -> Result<String> {
    let texto =
        fs::read_to_string("/proc/loadavg").context("não há /proc/loadavg")?;
    Ok(texto.split(' ').next().unwrap_or_default().to_string())
}

fn escrever(pasta: &str, nome: &str, tabela: &str) -> Result<()> {
    let arquivo = Path::new(pasta).join(nome);
    fs::write(&arquivo, tabela).with_context(|| {
        format!("não foi possível escrever {}", arquivo.display())
    })?;
    println!("{}", arquivo.display());
    Ok(())
}
