//! Um cabo de 1500 bytes entre dois computadores de mentira: quem se parte, em quantos
//! pedaços, e o que acontece quando um deles some.

use std::process::Command;

use cena::Teclado;
use libtest_mimic::{Completion, Failed, Trial};
use provas::rede::Host;
use provas::{Falha, Filho, Rede, exemplo, rede};

use super::exigir;

/// Os dados de um fragmento deste cabo: 1500 bytes menos os 20 do cabeçalho IP.
const POR_FRAGMENTO: usize = 1480;

/// O segundo fragmento de um datagrama, como o nft o vê: a posição dos seus dados, em
/// unidades de 8 bytes, nos 13 bits de baixo.
const SEGUNDO: &str = "ip frag-off & 0x1fff == 185";

pub fn provas() -> Vec<Trial> {
    vec![
        prova("cabo_parte_o_que_nao_cabe", parte),
        prova("cabo_que_perde_um_fragmento_perde_todos", perde_um),
    ]
}

fn prova(nome: &str, roda: fn(&Rede) -> Result<(), Falha>) -> Trial {
    Trial::ignorable_test(format!("datagramas::{nome}"), move || {
        if let Err(ausente) = rede::possivel() {
            return ausente.concluir();
        }
        let rede = Rede::abrir().map_err(Failed::from)?;
        roda(&rede).map_err(Failed::from)?;
        Ok(Completion::Completed)
    })
}

/// O servidor UDP do livro em um computador e o cliente, que espera `segundos` por cada
/// resposta, no outro.
fn abrir(rede: &Rede, segundos: &str) -> Result<[Filho; 2], Falha> {
    let [um, outro] = &rede.hosts;
    let mut servidor = rodar(
        outro,
        "servidor_udp",
        &[format!("{}:50000", outro.endereco())],
    )?;
    let endereco = servidor.esperar_endereco()?;
    let mut cliente = rodar(um, "cliente_udp", &[endereco.to_string(), segundos.into()])?;
    cliente.esperar_trecho("desconectar): ")?;
    Ok([cliente, servidor])
}

fn rodar(host: &Host, nome: &str, argumentos: &[String]) -> Result<Filho, Falha> {
    let mut comando = Command::new(exemplo(nome)?);
    comando.args(argumentos);
    host.rodar(nome, &comando, Teclado::Cano)
}

/// Quantos fragmentos o primeiro computador fez, e quantos o segundo juntou.
fn fragmentos(rede: &Rede) -> Result<(u64, u64), Falha> {
    let [um, outro] = &rede.hosts;
    Ok((
        um.do_nucleo("Ip", "FragCreates")?,
        outro.do_nucleo("Ip", "ReasmReqds")?,
    ))
}

fn parte(rede: &Rede) -> Result<(), Falha> {
    let [mut cliente, servidor] = abrir(rede, "30")?;
    for tamanho in [1200, 1472, 1473, 2952, 2953, 65_507] {
        let antes = fragmentos(rede)?;
        cliente.escrever(format!("{}\n", "x".repeat(tamanho)));
        cliente.esperar_linha_com("Resposta do servidor")?;
        let depois = fragmentos(rede)?;
        // Os 8 bytes do cabeçalho UDP vão no primeiro fragmento.
        let pedacos = (tamanho + 8).div_ceil(POR_FRAGMENTO) as u64;
        let esperados = if pedacos == 1 { 0 } else { pedacos };
        let feitos = (depois.0 - antes.0, depois.1 - antes.1);
        exigir(
            feitos == (esperados, esperados),
            &servidor,
            &format!("{tamanho} bytes: {feitos:?} fragmentos, e deviam ser {esperados}"),
        )?;
    }
    Ok(())
}

fn perde_um(rede: &Rede) -> Result<(), Falha> {
    let [mut cliente, mut servidor] = abrir(rede, "1")?;
    let chegada = &rede.hosts[1];
    chegada.perder(SEGUNDO, 1000)?;
    cliente.escrever(format!("{}\n", "x".repeat(65_507)));
    cliente.esperar_linha_com("Sem resposta")?;
    let chegaram = chegada.do_nucleo("Ip", "ReasmReqds")?;
    let juntados = chegada.do_nucleo("Ip", "ReasmOKs")?;
    exigir(
        (chegada.derrubados()?, chegaram, juntados) == (1, 44, 0),
        &servidor,
        &format!("dos 45, deviam chegar 44 e nenhum datagrama: {chegaram}, {juntados}"),
    )?;
    // O que cabe inteiro não tem o que perder.
    cliente.escrever("oi\n");
    let linha = servidor.esperar_linha()?;
    exigir(
        linha.ends_with("\"oi\" (2 B)"),
        &servidor,
        "a primeira mensagem a chegar ao servidor devia ser a que cabe em um pacote",
    )
}
