//! O amplificador, e o servidor que não se deixa usar.

use std::net::{SocketAddr, UdpSocket};

use libtest_mimic::Trial;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use provas::{Falha, Filho, prazo_padrao};

use super::{acabou, do_sistema, prova};

const LISTA: usize = 1200;

pub fn provas() -> Vec<Trial> {
    vec![
        prova("amplificacao_errado", errado),
        prova("amplificacao_certo", certo),
        prova("token_alheio", token_alheio),
        prova("nunca_responde_mais_do_que_ouve", nunca_responde_mais),
    ]
}

fn mostra(nome: &str, linhas: &[&str]) -> Result<(), Falha> {
    let mut programa = Filho::exemplo::<&str>(nome, &[])?;
    for linha in linhas {
        programa.esperar_linha_com(linha)?;
    }
    acabou(&mut programa, 0)
}

fn errado() -> Result<(), Falha> {
    mostra(
        "desconfie_amplificacao_errado",
        &[
            "o atacante mandou 10 perguntas: 50 bytes",
            "a vítima recebeu 12000 bytes que não pediu",
            "fator: 240,0",
            "fator no fio, com os cabeçalhos: 37,2",
        ],
    )
}

fn certo() -> Result<(), Falha> {
    mostra(
        "desconfie_amplificacao_certo",
        &[
            "o atacante mandou 10 pedidos: 130 bytes",
            "a vítima recebeu 130 bytes que não pediu",
            "o cliente honesto recebeu 13 bytes, e depois 1200",
            "com o token dele, à vítima só chegam 13",
        ],
    )
}

/// O servidor, sozinho, e um cliente com socket próprio.
struct Cliente {
    socket: UdpSocket,
    servidor: SocketAddr,
}

impl Cliente {
    fn novo(servidor: SocketAddr) -> Result<Self, Falha> {
        let socket = UdpSocket::bind("127.0.0.1:0").map_err(do_sistema)?;
        let prazo = Some(prazo_padrao());
        socket.set_read_timeout(prazo).map_err(do_sistema)?;
        Ok(Self { socket, servidor })
    }

    fn mandar(&self, datagrama: &[u8]) -> Result<(), Falha> {
        let enviado = self.socket.send_to(datagrama, self.servidor);
        enviado.map(drop).map_err(do_sistema)
    }

    fn receber(&self) -> Result<Vec<u8>, Falha> {
        let mut buffer = vec![0; 65_536];
        let lidos = self.socket.recv(&mut buffer).map_err(do_sistema)?;
        buffer.truncate(lidos);
        Ok(buffer)
    }

    fn pedir(&self, token: &[u8]) -> Result<Vec<u8>, Falha> {
        self.mandar(&[b"LISTA", token].concat())?;
        self.receber()
    }

    /// O token que o servidor manda a este endereço.
    fn token(&self) -> Result<Vec<u8>, Falha> {
        let resposta = self.pedir(&[0; 8])?;
        match resposta.strip_prefix(b"TOKEN") {
            Some(token) if token.len() == 8 => Ok(token.to_vec()),
            _ => Err(Falha::nova(format!("veio {resposta:?}"))),
        }
    }
}

fn servir() -> Result<(Filho, SocketAddr), Falha> {
    let mut servidor = Filho::exemplo("desconfie_amplificacao_certo", &["127.0.0.1:0"])?;
    let endereco = servidor.esperar_endereco()?;
    Ok((servidor, endereco))
}

fn token_alheio() -> Result<(), Falha> {
    let (_servidor, endereco) = servir()?;
    let (ana, bia) = (Cliente::novo(endereco)?, Cliente::novo(endereco)?);
    let (da_ana, da_bia) = (ana.token()?, bia.token()?);
    let tamanhos = [
        ana.pedir(&da_bia)?.len(),
        bia.pedir(&da_ana)?.len(),
        ana.pedir(&da_ana)?.len(),
        bia.pedir(&da_bia)?.len(),
    ];
    if tamanhos == [13, 13, LISTA, LISTA] {
        return Ok(());
    }
    Err(Falha::nova(format!("as respostas têm {tamanhos:?} bytes")))
}

/// Sem o token, a resposta nunca é maior que a pergunta, seja ela qual for.
fn nunca_responde_mais() -> Result<(), Falha> {
    let (_servidor, endereco) = servir()?;
    let (cliente, outro) = (Cliente::novo(endereco)?, Cliente::novo(endereco)?);
    let datagrama = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..100),
        any::<[u8; 8]>().prop_map(|token| [&b"LISTA"[..], &token].concat()),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(|fim| [&b"LISTA"[..], &fim].concat()),
    ];
    let mut corredor = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::default()
    });
    let resultado = corredor.run(&datagrama, |datagrama| {
        let falhou = |falha: Falha| TestCaseError::fail(falha.to_string());
        cliente.mandar(&datagrama).map_err(falhou)?;
        // Quando o outro tem resposta, o servidor já viu o datagrama deste.
        outro.token().map_err(falhou)?;
        cliente.socket.set_nonblocking(true)?;
        let resposta = cliente.receber();
        cliente.socket.set_nonblocking(false)?;
        let tamanho = resposta.map_or(0, |resposta| resposta.len());
        prop_assert!(tamanho <= datagrama.len(), "{tamanho} bytes");
        Ok(())
    });
    resultado.map_err(|erro| Falha::nova(erro.to_string()))?;
    let token = cliente.token()?;
    match cliente.pedir(&token)?.len() {
        LISTA => Ok(()),
        outro => Err(Falha::nova(format!("a lista veio com {outro} bytes"))),
    }
}
