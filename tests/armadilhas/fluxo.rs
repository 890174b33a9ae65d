//! O fluxo não tem mensagens: o protocolo do curso se parte de cinco maneiras, e o
//! que recebe por quadros dá as mesmas mensagens em qualquer corte.

use std::io::{self, Read, Write};
use std::iter::Cycle;
use std::net::{Shutdown, TcpStream};
use std::ops::RangeInclusive;
use std::slice::Iter;

use libtest_mimic::{Failed, Trial};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use provas::{Falha, Filho, prazo_padrao};
use sockets::quadros::{
    Chegada, LinhaLonga, PREFIXO, Separado, TamanhoRecusado, prefixo, receber, separar_linha,
    separar_quadro,
};

/// As provas deste capítulo.
pub fn provas() -> Vec<Trial> {
    let mut provas: Vec<Trial> = ERRADOS
        .iter()
        .map(|(caso, codigo, trechos)| {
            Trial::test(format!("fluxo::errado_{caso}"), move || {
                mostra("fluxo_errado", &[caso], *codigo, trechos)
            })
        })
        .collect();
    provas.extend([
        Trial::test("fluxo::certo_com_tudo_colado", certo_com_tudo_colado),
        Trial::test("fluxo::linhas_e_seus_limites", linhas_e_seus_limites),
        Trial::test("fluxo::qualquer_corte_quadros", || {
            qualquer_corte_da_as_mesmas_mensagens();
            Ok(())
        }),
        Trial::test("fluxo::qualquer_corte_linhas", || {
            qualquer_corte_da_as_mesmas_linhas();
            Ok(())
        }),
        Trial::test("fluxo::uma_leitura_nao_e_uma_mensagem", || {
            uma_leitura_nao_e_uma_mensagem();
            Ok(())
        }),
        Trial::test("fluxo::quaisquer_bytes", || {
            quaisquer_bytes_sao_lidos_ou_recusados();
            Ok(())
        }),
        Trial::test("fluxo::servidor_byte_a_byte", servidor_byte_a_byte),
        Trial::test("fluxo::servidor_recusa_antes", servidor_recusa_antes),
        Trial::test("fluxo::servidor_sabe_do_corte", servidor_sabe_do_corte),
        Trial::test("fluxo::o_par_em_dois_terminais", o_par_em_dois_terminais),
    ]);
    provas
}

/// Cada caso do programa errado, o código com que ele acaba e o que ele mostra, nesta
/// ordem.
const ERRADOS: &[(&str, i32, &[&str])] = &[
    (
        "coladas",
        0,
        &[
            "servidor: recv de 5 bytes: oioff\n",
            "cliente: recv: Mensagem recebida.\n",
        ],
    ),
    (
        "corte",
        0,
        &[
            "servidor: recv de 1024 bytes",
            "servidor: recv de 476 bytes",
            "cliente: recv: Mensagem recebida.Mensagem recebida.\n",
        ],
    ),
    (
        "letra",
        1,
        &[
            "cliente: sendall de 1028 bytes: …aaação\n",
            "servidor: recv de 1024 bytes: …aaaaaaa\u{fffd}\n",
            "servidor: erro: ",
            "erro: não houve resposta: ",
        ],
    ),
    (
        "velha",
        0,
        &[
            "cliente: sendall de 3 bytes: off\n",
            "cliente: recv: Mensagem recebida.\n",
            "servidor: respondo Servidor encerrado.\n",
        ],
    ),
    (
        "parcial",
        0,
        &[
            "cliente: write de 60000 bytes: Ok(",
            "cliente: sendall de 3 bytes: off\n",
            "servidor: recv de 3 bytes: off\n",
        ],
    ),
];

/// Roda um programa e confere o código de saída e os trechos, na ordem.
fn mostra(nome: &str, argumentos: &[&str], codigo: i32, trechos: &[&str]) -> Result<(), Failed> {
    let mut programa = Filho::exemplo(nome, argumentos)?;
    for trecho in trechos {
        programa.esperar_trecho(trecho)?;
    }
    acabou(&mut programa, codigo)
}

fn acabou(programa: &mut Filho, codigo: i32) -> Result<(), Failed> {
    let saiu = programa.esperar_fim()?;
    if saiu != codigo {
        let frase = format!("esperava o código {codigo}, veio {saiu}");
        return Err(programa.falha(&frase).into());
    }
    Ok(())
}

fn certo_com_tudo_colado() -> Result<(), Failed> {
    let trechos = [
        "servidor: 2 bytes: \"oi\"\n",
        "servidor: 1028 bytes: \"…aaação\"\n",
        "servidor: 0 bytes: \"\"\n",
        "servidor: 60000 bytes: \"…xxxxxxxx\"\n",
        "servidor: 3 bytes: \"off\"\n",
        "cliente: Mensagem recebida.\ncliente: Mensagem recebida.\n",
        "cliente: Mensagem recebida.\ncliente: Mensagem recebida.\n",
        "cliente: Servidor encerrado.\n",
    ];
    mostra("fluxo_certo", &[], 0, &trechos)
}

fn linhas_e_seus_limites() -> Result<(), Failed> {
    let duas = [
        "servidor: 2 bytes: \"oi\"\n",
        "servidor: 3 bytes: \"off\"\n",
    ];
    mostra("fluxo_linhas", &["coladas"], 0, &duas)?;
    let inteira = ["servidor: 1028 bytes: \"…aaação\"\n"];
    mostra("fluxo_linhas", &["letra"], 0, &inteira)?;
    let partida = [
        "servidor: 7 bytes: \"compre:\"\n",
        "servidor: 3 bytes: \"off\"\n",
    ];
    mostra("fluxo_linhas", &["quebra"], 0, &partida)?;
    let recusada = [
        "cliente: o servidor desligou\n",
        "uma linha não pode passar de 4096 bytes",
    ];
    mostra("fluxo_linhas", &["semfim"], 1, &recusada)
}

/// Como nos programas do capítulo, mas com mensagens pequenas: os limites ficam perto.
const TAMANHOS: RangeInclusive<u16> = 0..=300;
const MAIOR: usize = *TAMANHOS.end() as usize;

fn separar(bytes: &[u8]) -> Result<Option<Separado<'_>>, TamanhoRecusado> {
    separar_quadro(bytes, &TAMANHOS)
}

fn separar_em_linhas(bytes: &[u8]) -> Result<Option<Separado<'_>>, LinhaLonga> {
    separar_linha(bytes, MAIOR)
}

fn enquadrar(mensagem: &[u8]) -> Vec<u8> {
    let tamanho = prefixo(mensagem.len(), &TAMANHOS).expect("cabe em um quadro");
    [&tamanho, mensagem].concat()
}

// ANCHOR: cortado
/// Um fluxo que chega em pedaços: os tamanhos deles estão em `cortes`.
struct Cortado<'a> {
    fluxo: &'a [u8],
    cortes: Cycle<Iter<'a, usize>>,
}

impl Read for Cortado<'_> {
    fn read(&mut self, lugar: &mut [u8]) -> io::Result<usize> {
        let corte = self.cortes.next().map_or(1, |corte| *corte);
        let cabem = corte.min(lugar.len());
        self.fluxo.read(&mut lugar[..cabem])
    }
}
// ANCHOR_END: cortado

fn cortado<'a>(fluxo: &'a [u8], cortes: &'a [usize]) -> Cortado<'a> {
    let cortes = cortes.iter().cycle();
    Cortado { fluxo, cortes }
}

/// Os casos que falham vão para a saída, e não para um arquivo ao lado deste.
fn sem_arquivo() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(sem_arquivo())]

    // ANCHOR: qualquer-corte
    fn qualquer_corte_da_as_mesmas_mensagens(
        mensagens in vec(vec(any::<u8>(), 0..=MAIOR), 0..8),
        cortes in vec(1..400_usize, 1..20),
    ) {
        let fluxo: Vec<u8> = mensagens.iter().flat_map(|m| enquadrar(m)).collect();
        let mut fluxo = cortado(&fluxo, &cortes);
        let mut chegada = Chegada::nova(PREFIXO + MAIOR);
        let mut recebidas = Vec::new();
        while let Some(mensagem) = receber(&mut fluxo, &mut chegada, separar)? {
            recebidas.push(mensagem);
        }
        prop_assert_eq!(recebidas, mensagens);
    }
    // ANCHOR_END: qualquer-corte

    fn qualquer_corte_da_as_mesmas_linhas(
        linhas in vec(vec(any::<u8>().prop_filter("sem quebra", |b| *b != b'\n'), 0..=MAIOR), 0..8),
        cortes in vec(1..400_usize, 1..20),
    ) {
        let fluxo: Vec<u8> = linhas.iter().flat_map(|l| [&l[..], b"\n"].concat()).collect();
        let mut fluxo = cortado(&fluxo, &cortes);
        let mut chegada = Chegada::nova(MAIOR + 1);
        let mut recebidas = Vec::new();
        while let Some(linha) = receber(&mut fluxo, &mut chegada, separar_em_linhas)? {
            recebidas.push(linha);
        }
        prop_assert_eq!(recebidas, linhas);
    }

    /// Nada que chegue derruba quem recebe, nem passa dos limites; e o desfecho não
    /// depende do corte.
    fn quaisquer_bytes_sao_lidos_ou_recusados(
        bytes in vec(prop_oneof![3 => 0..4_u8, 1 => any::<u8>()], 0..2000),
        cortes in vec(1..400_usize, 1..20),
    ) {
        let desfecho = |cortes: &[usize]| {
            let mut fluxo = cortado(&bytes, cortes);
            let mut chegada = Chegada::nova(PREFIXO + MAIOR);
            let mut recebidas = Vec::new();
            loop {
                match receber(&mut fluxo, &mut chegada, separar) {
                    Ok(Some(mensagem)) => recebidas.push(mensagem),
                    Ok(None) => return (recebidas, None),
                    Err(erro) => return (recebidas, Some(erro.to_string())),
                }
            }
        };
        let (mensagens, erro) = desfecho(&cortes);
        prop_assert!(mensagens.iter().all(|m| m.len() <= MAIOR));
        prop_assert_eq!((mensagens, erro), desfecho(&[bytes.len() + 1]));
    }
}

/// A mesma propriedade reprova o jeito do curso: tomar cada leitura por uma mensagem.
fn uma_leitura_nao_e_uma_mensagem() {
    let mensagens = vec(vec(any::<u8>(), 1..=MAIOR), 1..8);
    let cortes = vec(1..400_usize, 1..20);
    let reprovada =
        TestRunner::new(sem_arquivo()).run(&(mensagens, cortes), |(mensagens, cortes)| {
            let fluxo = mensagens.concat();
            let mut fluxo = cortado(&fluxo, &cortes);
            let mut recebidas = Vec::new();
            let mut buffer = [0; 1024];
            loop {
                match fluxo.read(&mut buffer)? {
                    0 => break,
                    lidos => recebidas.push(buffer[..lidos].to_vec()),
                }
            }
            prop_assert_eq!(recebidas, mensagens);
            Ok(())
        });
    assert!(reprovada.is_err(), "cada leitura foi uma mensagem");
}

/// O servidor do par consertado, em uma porta que o sistema escolheu, e um par que
/// pode fazer o que quiser.
fn servidor_com_par() -> Result<(Filho, TcpStream), Failed> {
    let mut servidor = Filho::exemplo("fluxo_certo", &["127.0.0.1:0"])?;
    let endereco = servidor.esperar_endereco()?;
    let par = TcpStream::connect_timeout(&endereco, prazo_padrao())?;
    par.set_read_timeout(Some(prazo_padrao()))?;
    par.set_write_timeout(Some(prazo_padrao()))?;
    par.set_nodelay(true)?;
    Ok((servidor, par))
}

fn quadro(mensagem: &str) -> Vec<u8> {
    let tamanho = u16::try_from(mensagem.len()).expect("cabe em dois bytes");
    [&tamanho.to_be_bytes(), mensagem.as_bytes()].concat()
}

fn conferir_resposta(par: &mut TcpStream, esperada: &str) -> Result<(), Failed> {
    let esperada = quadro(esperada);
    let mut resposta = vec![0; esperada.len()];
    par.read_exact(&mut resposta)?;
    if resposta != esperada {
        return Err(Falha::nova(format!("veio {:?}", String::from_utf8_lossy(&resposta))).into());
    }
    Ok(())
}

fn servidor_byte_a_byte() -> Result<(), Failed> {
    let (mut servidor, mut par) = servidor_com_par()?;
    for mensagem in ["olá", "", "oioff"] {
        for byte in quadro(mensagem) {
            par.write_all(&[byte])?;
        }
        conferir_resposta(&mut par, "Mensagem recebida.")?;
    }
    for byte in quadro("OFF") {
        par.write_all(&[byte])?;
    }
    conferir_resposta(&mut par, "Servidor encerrado.")?;
    servidor.esperar_trecho(
        "4 bytes: \"olá\"\nservidor: 0 bytes: \"\"\nservidor: 5 bytes: \"oioff\"\n",
    )?;
    acabou(&mut servidor, 0)
}

/// O tamanho é recusado quando chega: do corpo não veio nem um byte.
fn servidor_recusa_antes() -> Result<(), Failed> {
    let (mut servidor, mut par) = servidor_com_par()?;
    par.write_all(&[0xff, 0xff])?;
    servidor.esperar_trecho("um quadro não pode ter 65535 bytes")?;
    acabou(&mut servidor, 1)
}

fn servidor_sabe_do_corte() -> Result<(), Failed> {
    let (mut servidor, mut par) = servidor_com_par()?;
    par.write_all(&quadro("cortada no fim")[..9])?;
    par.shutdown(Shutdown::Write)?;
    servidor.esperar_trecho("o fluxo acabou no meio de uma mensagem")?;
    acabou(&mut servidor, 1)
}

fn o_par_em_dois_terminais() -> Result<(), Failed> {
    let mut servidor = Filho::exemplo("fluxo_certo", &["127.0.0.1:0"])?;
    let endereco = servidor.esperar_endereco()?.to_string();
    let mut cliente = Filho::exemplo("fluxo_certo", &[&endereco, "cliente"])?;
    for (mensagem, resposta) in [("", "Mensagem recebida."), ("off", "Servidor encerrado.")] {
        cliente.esperar_trecho("Mensagem: ")?;
        cliente.escrever(format!("{mensagem}\n"));
        cliente.esperar_trecho(&format!("Resposta: {resposta}\n"))?;
    }
    servidor.esperar_trecho("servidor: 0 bytes: \"\"\nservidor: 3 bytes: \"off\"\n")?;
    acabou(&mut servidor, 0)?;
    cliente.esperar_trecho("Mensagem: ")?;
    cliente.fechar_entrada();
    acabou(&mut cliente, 0)
}
