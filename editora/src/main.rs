//! A editora: monta o livro em `book/`, confere tudo que ele promete e o abre.
//!
//! `cargo run` é `editora abrir`; `cargo run -- construir` só monta e confere.
//! Um livro com qualquer problema não é publicado: os problemas saem todos de
//! uma vez, como `arquivo:linha: problema`, e o livro montado antes fica como
//! estava.

mod abrir;
mod atlas;
mod avisos;
mod caixas;
mod captura;
mod causa;
mod cenario;
mod conferir;
mod construir;
mod dados;
mod destino;
mod diretivas;
mod enderecos;
mod epub;
mod execucao;
mod exercicios;
mod figura;
mod glossario;
mod grafico;
mod html;
mod legibilidade;
mod leitura;
mod letras;
mod ligacoes;
mod ligacoes_externas;
mod linha_de_comando;
mod lista;
mod listagem;
mod material;
mod novo;
mod oficina;
#[cfg(not(all(feature = "epub", feature = "servir")))]
mod outro_cargo;
mod paginas;
mod pdf;
mod perguntas;
mod problema;
mod realce;
mod referencias;
mod registro;
mod servir;
mod tema;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::construir::Resultado;
use crate::linha_de_comando::{Pedido, Recusa};
use crate::problema::Problema;

/// O código de saída de um livro com problemas, ou de uma falha ao montar.
const CODIGO_DE_PROBLEMA: u8 = 1;
/// O código de saída de um pedido que não pode ser atendido como foi feito.
const CODIGO_DE_USO: u8 = 2;

fn main() -> ExitCode {
    let pedido = match linha_de_comando::ler(std::env::args_os()) {
        Ok(pedido) => pedido,
        Err(Recusa::Ajuda(texto)) => {
            for linha in texto.trim_end().lines() {
                dizer(io::stdout(), linha);
            }
            return ExitCode::SUCCESS;
        }
        Err(Recusa::Erro(texto)) => {
            dizer(io::stderr(), &format!("erro: {texto}"));
            return ExitCode::from(CODIGO_DE_USO);
        }
    };
    atender(&pedido).unwrap_or_else(|erro| {
        dizer(io::stderr(), &format!("erro: {}", causa::historia(&erro)));
        ExitCode::from(
            if erro.is::<destino::Recusa>() || erro.is::<novo::Recusa>() {
                CODIGO_DE_USO
            } else {
                CODIGO_DE_PROBLEMA
            },
        )
    })
}

fn atender(pedido: &Pedido) -> Result<ExitCode> {
    let raiz = encontrar_raiz()?;
    match pedido {
        Pedido::Montar { destino, abrir } => montar(&raiz, destino.as_deref(), *abrir),
        Pedido::Novo { capitulo, titulo } => {
            for linha in novo::criar(&raiz, capitulo, titulo)? {
                dizer(io::stdout(), &linha);
            }
            Ok(ExitCode::SUCCESS)
        }
        Pedido::Legibilidade { pagina } => {
            for linha in legibilidade::relatorio(&raiz, pagina.as_deref())? {
                dizer(io::stdout(), &linha);
            }
            Ok(ExitCode::SUCCESS)
        }
        Pedido::Pdf(pedido) => pdf::atender(&raiz, pedido),
        Pedido::LigacoesExternas { conferir } => ligacoes_externas(&raiz, *conferir),
        Pedido::Epub { destino } => epub::atender(&raiz, destino.as_deref()),
        Pedido::Servir { endereco, ao_vivo } => servir::atender(&raiz, *endereco, *ao_vivo),
    }
}

fn ligacoes_externas(raiz: &Path, conferir: bool) -> Result<ExitCode> {
    let todas = ligacoes_externas::todas(raiz)?;
    if !conferir {
        for (endereco, lugares) in &todas {
            dizer(io::stdout(), &ligacoes_externas::linha(endereco, lugares));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let ruins = ligacoes_externas::conferir(&todas, &|linha| dizer(io::stdout(), linha))?;
    if ruins == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let quantos = todas.len();
    dizer(
        io::stderr(),
        &format!("erro: de {quantos} endereços, {ruins} não responderam bem"),
    );
    Ok(ExitCode::from(CODIGO_DE_PROBLEMA))
}

fn montar(raiz: &Path, destino: Option<&Path>, abrir: bool) -> Result<ExitCode> {
    let inicio = Instant::now();
    let pasta = destino.map_or_else(|| raiz.join("target").join("livro"), Path::to_path_buf);
    let destino = destino::validar(&pasta, raiz)?;
    match construir::construir(raiz, &destino, &|passo| dizer(io::stderr(), passo))? {
        Resultado::Problemas(problemas) => {
            mostrar_problemas(&problemas, destino.existe());
            Ok(ExitCode::from(CODIGO_DE_PROBLEMA))
        }
        Resultado::Pronto => {
            let segundos = format!("{:.2}", inicio.elapsed().as_secs_f64()).replace('.', ",");
            let indice = destino.pasta().join("index.html");
            let onde = indice.display();
            dizer(
                io::stdout(),
                &format!("Livro pronto em {segundos} s: {onde}"),
            );
            if abrir && let Err(motivo) = abrir::no_navegador(&indice) {
                dizer(io::stdout(), &motivo);
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Escreve uma linha, em que nada do que veio de fora (um argumento, o nome de um
/// arquivo) comanda o terminal nem finge ser outra linha. Se ninguém a lê
/// (`cargo run | head -1`), o livro se monta do mesmo jeito: não é um erro dele.
fn dizer(mut saida: impl Write, linha: &str) {
    let _ = writeln!(saida, "{}", sockets::visivel(linha.as_bytes()));
}

/// Mostra cada problema, e quantos são.
fn mostrar_problemas(problemas: &[Problema], havia_livro: bool) {
    for problema in problemas {
        dizer(io::stderr(), &problema.to_string());
    }
    let resumo = resumo_dos_problemas(problemas.len(), havia_livro);
    dizer(io::stderr(), &resumo);
}

fn resumo_dos_problemas(quantos: usize, havia_livro: bool) -> String {
    let contagem = if quantos == 1 {
        "1 problema".to_string()
    } else {
        format!("{quantos} problemas")
    };
    let anterior = if havia_livro {
        " O livro montado antes ficou como estava."
    } else {
        ""
    };
    format!("erro: o livro tem {contagem} e não foi montado.{anterior}")
}

/// A raiz do projeto: a pasta com `book/book.toml`, desta pasta para cima. Fora
/// de um projeto vale o lugar de onde a editora foi compilada.
fn encontrar_raiz() -> Result<PathBuf> {
    let aqui = std::env::current_dir().context(
        "não foi possível saber em que pasta você está. Entre com cd em uma que exista e rode de novo",
    )?;
    let daqui_para_cima = aqui.ancestors();
    let de_onde_veio = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    daqui_para_cima
        .chain(de_onde_veio)
        .find(|pasta| pasta.join("book").join("book.toml").is_file())
        .map(Path::to_path_buf)
        .context("não achei book/book.toml nesta pasta nem acima dela: rode dentro do projeto")
}
