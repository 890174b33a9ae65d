//! O servidor certo diante de qualquer corte, tamanho, byte e silêncio.

use std::cell::RefCell;
use std::io::Read;
use std::net::Shutdown;

use libtest_mimic::Trial;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use provas::Falha;

use super::{Servidor, ate_o_fim, do_sistema, mandar, prova};

const MEMORIA: u64 = 16;

const RECEBIDA: &str = "Mensagem recebida.\n";
const ANEXO: &str = "Anexo recebido.\n";

pub fn provas() -> Vec<Trial> {
    vec![
        prova("limites", limites),
        prova("orcamento", orcamento),
        prova("curtas_tambem_gastam", curtas),
        prova("cada_resposta_sai_inteira", inteira),
        prova("quem_nunca_le", quem_nunca_le),
        prova("qualquer_corte", qualquer_corte),
    ]
}

/// Manda `pedacos`, cada um em uma escrita, meio-fecha e lê até o fim.
fn responder(servidor: &Servidor, pedacos: &[Vec<u8>]) -> Result<String, Falha> {
    let conexao = servidor.ligar()?;
    conexao.set_nodelay(true).map_err(do_sistema)?;
    for pedaco in pedacos {
        // Quem é recusado no meio não consegue mandar o resto.
        if mandar(&conexao, pedaco).is_err() {
            break;
        }
    }
    // Depois de um RST não há o que fechar.
    let _ = conexao.shutdown(Shutdown::Write);
    ate_o_fim(&conexao)
}

fn limites() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("desconfie_certo", "60")?;
    let linha = |tamanho: usize| format!("{}\n", "a".repeat(tamanho - 1));
    let anexo = |tamanho: usize| format!("anexo {tamanho}\n{}", "\0".repeat(tamanho));
    let recusado = "esse anexo não serve: até 65536 bytes\n";
    for (bytes, resposta) in [
        (String::new(), String::new()),
        ("\n".into(), RECEBIDA.into()),
        ("oi\r\nolá\n".into(), RECEBIDA.repeat(2)),
        (linha(1025), RECEBIDA.into()),
        (
            linha(1026),
            "uma linha não pode passar de 1024 bytes\n".into(),
        ),
        ("a".repeat(1024), "mensagem cortada\n".into()),
        (
            "a".repeat(1025),
            "uma linha não pode passar de 1024 bytes\n".into(),
        ),
        ("oi".into(), "mensagem cortada\n".into()),
        (anexo(0), ANEXO.into()),
        (anexo(65_536) + "oi\n", format!("{ANEXO}{RECEBIDA}")),
        ("anexo 65537\n".into(), recusado.into()),
        ("anexo -1\n".into(), recusado.into()),
        ("anexo \n".into(), RECEBIDA.into()),
        ("anexo dez\n".into(), recusado.into()),
        (format!("anexo {}\n", "9".repeat(900)), recusado.into()),
        ("anexo 10\nabc".into(), "mensagem cortada\n".into()),
    ] {
        let veio = responder(&servidor, &[bytes.clone().into_bytes()])?;
        if veio != resposta {
            let bytes = sockets::visivel(&bytes.as_bytes()[..bytes.len().min(60)]);
            return Err(Falha::nova(format!(
                "a {bytes} esperava {resposta:?}, veio {veio:?}"
            )));
        }
    }
    servidor.conferir(MEMORIA)
}

/// Dezesseis anexos de 64 KiB são o que cabe em 1 MiB.
fn orcamento() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("desconfie_certo", "60")?;
    let conexao = servidor.ligar()?;
    let anexo = [b"anexo 65536\n".to_vec(), vec![0; 65_536]].concat();
    for _ in 0..16 {
        mandar(&conexao, &anexo)?;
    }
    let veio = ate_o_fim(&conexao)?;
    if veio != ANEXO.repeat(16) + "orçamento esgotado\n" {
        return Err(Falha::nova(format!("veio {veio:?}")));
    }
    servidor.conferir(MEMORIA)
}

/// Mil e vinte e quatro linhas vazias gastam o mesmo 1 MiB.
fn curtas() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("desconfie_certo", "60")?;
    let veio = responder(&servidor, &["\n".repeat(1024).into()])?;
    if veio != RECEBIDA.repeat(1024) + "orçamento esgotado\n" {
        return Err(Falha::nova(format!("vieram {} bytes", veio.len())));
    }
    servidor.conferir(MEMORIA)
}

/// Uma resposta, uma leitura: uma quebra escrita à parte esperaria pelo ACK do resto.
fn inteira() -> Result<(), Falha> {
    let servidor = Servidor::abrir("desconfie_certo", "60")?;
    let mut conexao = &servidor.ligar()?;
    for _ in 0..20 {
        mandar(conexao, "oi\n")?;
        let mut lida = [0; 100];
        let lidos = conexao.read(&mut lida).map_err(do_sistema)?;
        if &lida[..lidos] != RECEBIDA.as_bytes() {
            return Err(servidor.programa.falha(&format!("vieram só {lidos} bytes")));
        }
    }
    Ok(())
}

/// Quem pede sem parar e não lê as respostas acaba por ser desligado: ou elas enchem
/// os buffers e o prazo vence, ou o orçamento acaba.
fn quem_nunca_le() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("desconfie_certo", "5")?;
    let conexao = servidor.ligar()?;
    let pedidos = "anexo 0\n".repeat(1024);
    while mandar(&conexao, &pedidos).is_ok() {}
    servidor.programa.esperar_linha_com(" esgotado")?;
    let honesto = servidor.ligar()?;
    mandar(&honesto, "oi\n")?;
    honesto.shutdown(Shutdown::Write).map_err(do_sistema)?;
    if ate_o_fim(&honesto)? != RECEBIDA {
        return Err(servidor.programa.falha("não atende mais"));
    }
    servidor.conferir(MEMORIA)
}

/// Trechos que se parecem com o protocolo, e bytes que não.
fn trecho() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"\n".to_vec()),
        Just(b"oi\n".to_vec()),
        Just(b"anexo ".to_vec()),
        (0..40_usize).prop_map(|n| format!("anexo {n}\n").into_bytes()),
        prop::collection::vec(any::<u8>(), 0..40),
        (900..1200_usize).prop_map(|n| vec![b'a'; n]),
    ]
}

/// O mesmo fluxo, inteiro ou em pedaços, tem as mesmas respostas.
fn qualquer_corte() -> Result<(), Falha> {
    let servidor = RefCell::new(Servidor::abrir("desconfie_certo", "60")?);
    let trechos = prop::collection::vec(trecho(), 0..12);
    let cortes = prop::collection::vec(1..50_usize, 1..20);
    let mut corredor = TestRunner::new(Config {
        cases: 100,
        failure_persistence: None,
        ..Config::default()
    });
    let resultado = corredor.run(&(trechos, cortes), |(trechos, cortes)| {
        let servidor = servidor.borrow();
        let bytes = trechos.concat();
        let mut pedacos = Vec::new();
        let mut resto = &bytes[..];
        for corte in cortes.iter().cycle() {
            let (pedaco, depois) = resto.split_at((*corte).min(resto.len()));
            pedacos.push(pedaco.to_vec());
            resto = depois;
            if resto.is_empty() {
                break;
            }
        }
        let falhou = |falha: Falha| TestCaseError::fail(falha.to_string());
        let inteiro = responder(&servidor, &[bytes]).map_err(falhou)?;
        let cortado = responder(&servidor, &pedacos).map_err(falhou)?;
        // Um RST pode levar as últimas respostas de quem foi recusado.
        prop_assert!(
            inteiro.starts_with(&cortado) || cortado.starts_with(&inteiro),
            "inteiro {inteiro:?}, cortado {cortado:?}"
        );
        Ok(())
    });
    resultado.map_err(|erro| Falha::nova(erro.to_string()))?;
    servidor.borrow_mut().conferir(MEMORIA)
}
