//! O programa: monta a rede, faz os passos, guarda o que se mediu.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};
use sockets::ErroDeUso;

use crate::experimentos::TODOS;
use crate::laboratorio::Laboratorio;
use crate::resultados::{Contexto, Linha, Valor};

/// Faz o que os argumentos pedem, o nome do programa primeiro.
///
/// # Errors
/// [`ErroDeUso`] quando os argumentos não servem; senão, o que não deu para fazer.
pub fn principal(argumentos: impl IntoIterator<Item = OsString>) -> Result<()> {
    let pedido = argumentos.into_iter().nth(1).unwrap_or_default();
    let nomes: Vec<&str> = TODOS.iter().map(|e| e.nome).collect();
    let experimento =
        TODOS.iter().find(|e| pedido == e.nome).ok_or_else(|| {
            ErroDeUso::novo(format!("use um destes: {}", nomes.join(", ")))
        })?;
    let laboratorio = Laboratorio::montar()?;
    let pasta = Path::new("target/medidas");
    fs::create_dir_all(pasta)?;
    for passo in (experimento.rapido)() {
        let contexto = Contexto {
            laboratorio: &laboratorio,
            semente: 1,
            interrompido: &|| false,
        };
        match (passo.fazer)(&contexto) {
            Ok(linhas) => {
                for linha in linhas {
                    guardar(pasta, &linha)?;
                }
            }
            Err(erro) => eprintln!("{}: {erro:#}", passo.chave),
        }
    }
    Ok(())
}

fn guardar(pasta: &Path, linha: &Linha) -> Result<()> {
    let campos: Vec<String> = linha
        .campos
        .iter()
        .map(|(nome, valor)| format!("{nome}={}", texto(valor)))
        .collect();
    let campos = campos.join(" ");
    println!("{}: {campos}", linha.tabela);
    let mut arquivo = fs::File::options()
        .create(true)
        .append(true)
        .open(pasta.join(format!("{}.txt", linha.tabela)))
        .context("não foi possível abrir a tabela")?;
    Ok(writeln!(arquivo, "{campos}")?)
}

fn texto(valor: &Valor) -> String {
    match valor {
        Valor::Texto(texto) => texto.clone(),
        Valor::Inteiro(numero) => numero.to_string(),
        Valor::Medida(medida, casas) => format!("{medida:.casas$}"),
        Valor::Ausente => String::new(),
    }
}
