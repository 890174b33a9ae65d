//! As capturas que vão com o livro: como cada uma se faz.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use provas::{Falha, Filho, exemplo, raiz};

use crate::bancada::{Lado, Loopback};
use crate::captura::Captura;
use crate::execucao::Execucao;
use crate::pacotes::{FIN, Quadro, RST, Segmento, em_pcapng};

/// Onde o par conversa, no loopback só dele.
const ENDERECO: &str = "127.0.0.1:50000";

/// Uma captura no loopback.
pub struct Receita {
    /// O nome do arquivo, sem `.pcapng`.
    pub nome: &'static str,
    filtro: &'static str,
    /// O que se roda enquanto ela dura.
    rodar: fn(&Loopback) -> Result<(), Falha>,
    /// Se os pacotes já são todos.
    completa: fn(&[Quadro]) -> bool,
}

/// As capturas no loopback.
pub const RECEITAS: &[Receita] = &[
    Receita {
        nome: "udp",
        filtro: "udp port 50000",
        rodar: conversar_em_udp,
        completa: |quadros| quadros.len() >= 4,
    },
    Receita {
        nome: "recusa",
        filtro: "tcp port 50000",
        rodar: |rede| sozinho(rede, "cliente", "", 1),
        completa: |quadros| quadros.len() >= 2,
    },
    Receita {
        nome: "udp-sem-servidor",
        filtro: "udp port 50000 or icmp",
        rodar: |rede| sozinho(rede, "cliente_udp", "oi\n", 0),
        completa: |quadros| quadros.len() >= 2,
    },
    Receita {
        nome: "coladas",
        filtro: "tcp",
        rodar: coladas,
        completa: |quadros| confirmados(quadros) >= 2,
    },
    Receita {
        nome: "derrubada",
        filtro: "tcp port 50000",
        rodar: derrubada,
        completa: |quadros| segmentos(quadros).iter().any(|s| s.leva(RST)),
    },
];

/// Faz uma captura.
///
/// # Errors
/// O que não deu certo.
pub fn gravar(receita: &Receita) -> Result<Vec<Quadro>, Falha> {
    let rede = Loopback::abrir()?;
    let captura = Captura::comecar(rede.aqui(), "lo", receita.filtro)?;
    (receita.rodar)(&rede)?;
    captura.acabar(receita.completa)
}

/// Guarda as capturas no livro: as do loopback e os dois lados da execução.
///
/// # Errors
/// O que não se deixou escrever.
pub fn guardar(execucao: &Execucao, outras: &BTreeMap<&str, Vec<Quadro>>) -> Result<(), Falha> {
    let do_par = [Lado::Cliente, Lado::Servidor]
        .map(|lado| (format!("par-{}", lado.nome()), &execucao.quadros[&lado]));
    let outras = outras.iter().map(|(nome, q)| ((*nome).to_string(), q));
    for (nome, quadros) in do_par.into_iter().chain(outras) {
        let arquivo = arquivo(&nome);
        fs::write(&arquivo, em_pcapng(quadros))
            .map_err(|erro| Falha::nova(format!("{}: {erro}", arquivo.display())))?;
    }
    Ok(())
}

/// Onde fica a captura `nome`.
pub fn arquivo(nome: &str) -> PathBuf {
    raiz().join(format!("book/dados/capturas/{nome}.pcapng"))
}

fn segmentos(quadros: &[Quadro]) -> Vec<Segmento> {
    quadros.iter().filter_map(Quadro::segmento).collect()
}

/// Em quantos FIN a resposta já foi dada: um FIN e, depois dele, uma confirmação.
fn confirmados(quadros: &[Quadro]) -> usize {
    let segmentos = segmentos(quadros);
    let fins = segmentos.iter().filter(|s| s.leva(FIN)).count();
    let acabou = segmentos.last().is_some_and(Segmento::so_confirma);
    if acabou { fins } else { fins.min(1) }
}

/// Um programa do livro neste computador.
fn programa(rede: &Loopback, nome: &str, argumentos: &[&str]) -> Result<Filho, Falha> {
    let mut comando = Command::new(exemplo(nome)?);
    comando.args(argumentos);
    Filho::rodar(nome, rede.aqui().comando(&comando))
}

fn acabar(mut filho: Filho, esperado: i32) -> Result<(), Falha> {
    match filho.esperar_fim()? {
        codigo if codigo == esperado => Ok(()),
        codigo => Err(filho.falha(&format!("acabou com {codigo}"))),
    }
}

/// Só o cliente, que acaba com este código: não há servidor nenhum.
fn sozinho(rede: &Loopback, nome: &str, digitado: &str, codigo: i32) -> Result<(), Falha> {
    let mut cliente = programa(rede, nome, &[ENDERECO])?;
    cliente.escrever(digitado);
    cliente.fechar_entrada();
    acabar(cliente, codigo)
}

fn conversar_em_udp(rede: &Loopback) -> Result<(), Falha> {
    let mut servidor = programa(rede, "servidor_udp", &[ENDERECO])?;
    servidor.esperar_endereco()?;
    let mut cliente = programa(rede, "cliente_udp", &[ENDERECO])?;
    for dito in ["oi", "off"] {
        cliente.esperar_trecho("desconectar): ")?;
        cliente.escrever(format!("{dito}\n"));
    }
    acabar(cliente, 0)?;
    acabar(servidor, 0)
}

/// O `oi` e o `off` que uma leitura só entrega.
fn coladas(rede: &Loopback) -> Result<(), Falha> {
    let mut python = Command::new("python3");
    python.arg("tests/pares/coladas.py");
    acabar(Filho::rodar("coladas.py", rede.aqui().comando(&python))?, 0)
}

/// A conexão que o cliente fecha com bytes por ler.
fn derrubada(rede: &Loopback) -> Result<(), Falha> {
    acabar(programa(rede, "close", &[ENDERECO, "sem-ler"])?, 0)
}
