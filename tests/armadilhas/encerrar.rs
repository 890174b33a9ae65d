//! Encerrar: a porta, os bytes por ler, o linger, os recados, o processo morto e o cabo.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use libtest_mimic::{Completion, Failed, Trial};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use provas::{Falha, Filho, Rede, exemplo, prazo_padrao, rede};
use socket2::SockRef;

type Prova = Result<(), Box<dyn Error>>;

/// O que `encerrar_certo` aceita e o que ele diz quando é demais.
const LIMITE: usize = 1000;
const RECUSA: &str = "pedido grande demais";

/// O tamanho do arquivo e o que se manda dele nos programas da morte.
const ARQUIVO: usize = 1000;

/// As provas deste capítulo.
pub fn provas() -> Vec<Trial> {
    let mut provas = vec![
        prova("a_despedida_em_ordem_entrega_a_recusa", recusa_certa),
        prova("qualquer_pedido_tem_resposta_e_fim", qualquer_pedido),
        prova("quem_nao_para_de_enviar_nao_prende", inundacao),
        prova("quem_goteja_nao_ganha_tempo", gotejamento),
        prova("quem_se_cala_nao_prende", silencio),
        prova("quem_some_com_rst_nao_derruba", sumico),
        prova("a_porta_reabre_depois_de_tudo", porta_certa),
        prova("qualquer_sequencia_de_despedidas", despedidas),
        prova("sem_linger_tudo_chega", linger_certo),
        prova("so_conta_o_confirmado", recado_certo),
        prova("nenhuma_mentira_passa_por_confirmacao", mentiras),
        prova("o_arquivo_cortado_e_acusado", morte_certa),
        prova("qualquer_corte_do_arquivo_e_acusado", cortes),
        prova("um_tamanho_absurdo_e_recusado", tamanho_absurdo),
        prova("o_prazo_acha_o_programa_travado", travado),
        Trial::ignorable_test("encerrar::o_cabo_arrancado", cabo),
    ];
    // O que se vê de cada defeito foi visto no Linux.
    if cfg!(target_os = "linux") {
        provas.extend([
            prova("fechar_com_bytes_por_ler_perde_a_recusa", recusa_errada),
            prova("sem_a_opcao_nos_dois_a_porta_nao_reabre", porta_errada),
            prova("linger_de_zero_perde_a_resposta", linger_errado),
            prova("o_segundo_recado_passa_por_entregue", recado_errado),
            prova("o_arquivo_cortado_passa_por_inteiro", morte_errada),
        ]);
    }
    provas
}

fn prova(nome: &str, roda: fn() -> Prova) -> Trial {
    Trial::test(format!("encerrar::{nome}"), move || {
        roda().map_err(|erro| Failed::from(erro.to_string()))
    })
}

/// Roda o exemplo até o fim, confere o código e devolve o que ele mostrou.
fn ate_o_fim(nome: &str, codigo: i32) -> Result<String, Falha> {
    let argumentos: [&str; 0] = [];
    let mut programa = Filho::exemplo(nome, &argumentos)?;
    acabou(&mut programa, codigo)
}

fn acabou(programa: &mut Filho, codigo: i32) -> Result<String, Falha> {
    match programa.esperar_fim()? {
        certo if certo == codigo => Ok(programa.tudo()),
        outro => Err(programa.falha(&format!("acabou com {outro}, e não com {codigo}"))),
    }
}

fn conter(tudo: &str, trechos: &[&str]) -> Prova {
    for trecho in trechos {
        if !tudo.contains(trecho) {
            return Err(format!("faltou {trecho:?} em:\n{tudo}").into());
        }
    }
    Ok(())
}

/// Um exemplo que atende em uma porta que o sistema escolheu, e um par conectado a ele.
fn com_par(nome: &str, argumentos: &[&str]) -> Result<(Filho, TcpStream), Box<dyn Error>> {
    let mut todos = vec!["127.0.0.1:0"];
    todos.extend(argumentos);
    let mut programa = Filho::exemplo(nome, &todos)?;
    let endereco = programa.esperar_endereco()?;
    Ok((programa, ligar(endereco)?))
}

fn ligar(endereco: SocketAddr) -> io::Result<TcpStream> {
    let par = TcpStream::connect_timeout(&endereco, prazo_padrao())?;
    par.set_read_timeout(Some(prazo_padrao()))?;
    par.set_write_timeout(Some(prazo_padrao()))?;
    Ok(par)
}

/// Tudo até o fim do fluxo.
fn ler_tudo(mut par: &TcpStream) -> io::Result<String> {
    let mut tudo = Vec::new();
    par.read_to_end(&mut tudo)?;
    Ok(String::from_utf8_lossy(&tudo).into_owned())
}

/// Fecha com RST em vez de FIN.
fn resetar(par: TcpStream) -> io::Result<()> {
    SockRef::from(&par).set_linger(Some(Duration::ZERO))?;
    drop(par);
    Ok(())
}

/// Uma propriedade, com menos casos do que de costume: cada um roda um processo.
fn para_todo<E: Strategy>(entradas: &E, vale: impl Fn(E::Value) -> Prova) -> Prova {
    let config = Config {
        cases: 32,
        failure_persistence: None,
        ..Config::default()
    };
    let conferir = |entrada| vale(entrada).map_err(|erro| TestCaseError::fail(erro.to_string()));
    Ok(TestRunner::new(config)
        .run(entradas, conferir)
        .map_err(|falha| falha.to_string())?)
}

// --- fechar com bytes por ler ---------------------------------------------

fn recusa_errada() -> Prova {
    let tudo = ate_o_fim("encerrar_errado", 1)?;
    conter(&tudo, &["recuso e fecho", "o pedido não foi enviado"])?;
    assert!(!tudo.contains(RECUSA), "{tudo}");
    // Um cliente de fora, que já mandou tudo e só quer ler: nem ele se despede em paz.
    let (mut servidor, mut par) = com_par("encerrar_errado", &[])?;
    par.write_all(&vec![b'x'; 2 * LIMITE])?;
    acabou(&mut servidor, 0)?;
    assert!(ler_tudo(&par).is_err());
    Ok(())
}

fn recusa_certa() -> Prova {
    let tudo = ate_o_fim("encerrar_certo", 0)?;
    conter(&tudo, &[&format!("resposta {RECUSA:?}"), "até o Ok(0)"])
}

fn qualquer_pedido() -> Prova {
    let cortes = vec(1..700_usize, 0..6);
    para_todo(&cortes, |pedacos| {
        let (mut servidor, mut par) = com_par("encerrar_certo", &[])?;
        for tamanho in &pedacos {
            par.write_all(&vec![b'x'; *tamanho])?;
        }
        par.shutdown(Shutdown::Write)?;
        let demais = pedacos.iter().sum::<usize>() > LIMITE;
        let esperada = if demais { RECUSA } else { "recebido" };
        assert_eq!(ler_tudo(&par)?, esperada);
        drop(par);
        acabou(&mut servidor, 0)?;
        Ok(())
    })
}

/// Quem nunca para de enviar: acaba quando o servidor acaba, e foi ele quem desistiu.
fn enviar_sem_parar(pedaco: &[u8], pausa: Duration) -> Prova {
    let (mut servidor, mut par) = com_par("encerrar_certo", &[])?;
    par.write_all(&[b'x'; 2 * LIMITE])?;
    while par.write_all(pedaco).is_ok() && servidor.codigo().is_none() {
        thread::sleep(pausa);
    }
    conter(&acabou(&mut servidor, 1)?, &["a despedida não acabou"])
}

fn inundacao() -> Prova {
    enviar_sem_parar(&vec![b'x'; 1 << 20], Duration::ZERO)
}

fn gotejamento() -> Prova {
    enviar_sem_parar(b"x", Duration::from_millis(10))
}

fn silencio() -> Prova {
    for pedido in [0, 2 * LIMITE] {
        let (mut servidor, mut par) = com_par("encerrar_certo", &[])?;
        par.write_all(&vec![b'x'; pedido])?;
        acabou(&mut servidor, 1)?;
    }
    Ok(())
}

fn sumico() -> Prova {
    let (mut servidor, mut par) = com_par("encerrar_certo", &[])?;
    par.write_all(b"oi")?;
    resetar(par)?;
    conter(&acabou(&mut servidor, 1)?, &["erro: "])
}

// --- a porta --------------------------------------------------------------

fn porta_errada() -> Prova {
    let tudo = ate_o_fim("encerrar_porta_errado", 0)?;
    let em_uso = tudo.lines().filter(|l| l.contains("os error 98")).count();
    assert_eq!(em_uso, 3, "{tudo}");
    Ok(())
}

fn porta_certa() -> Prova {
    let tudo = ate_o_fim("encerrar_porta_certo", 0)?;
    assert_eq!(tudo.matches(": reaberta").count(), 4, "{tudo}");
    Ok(())
}

fn despedidas() -> Prova {
    let sequencia = vec((any::<bool>(), any::<bool>(), any::<bool>()), 1..8);
    para_todo(&sequencia, |sequencia| {
        let mut endereco = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut abertas = Vec::new();
        for (servidor_primeiro, com_rst, fica) in sequencia {
            let escuta = TcpListener::bind(endereco)?;
            endereco = escuta.local_addr()?;
            let cliente = ligar(endereco)?;
            let (servidor, _) = escuta.accept()?;
            let (primeiro, segundo) = if servidor_primeiro {
                (servidor, cliente)
            } else {
                (cliente, servidor)
            };
            if com_rst {
                resetar(primeiro)?;
            } else {
                drop(primeiro);
            }
            if fica {
                abertas.push(segundo);
            }
        }
        TcpListener::bind(endereco)?;
        Ok(())
    })
}

// --- linger ---------------------------------------------------------------

/// Quantos bytes o cliente leu, segundo ele.
fn lidos(tudo: &str) -> Option<usize> {
    let (_, depois) = tudo.split_once("li ")?;
    depois.split(' ').next()?.parse().ok()
}

fn linger_errado() -> Prova {
    let tudo = ate_o_fim("encerrar_linger_errado", 0)?;
    assert!(lidos(&tudo).is_some_and(|n| n < 100_000), "{tudo}");
    conter(&tudo, &["os error 104"])
}

fn linger_certo() -> Prova {
    let tudo = ate_o_fim("encerrar_linger_certo", 0)?;
    conter(
        &tudo,
        &["li 100000 bytes, e depois veio o fim", "sem reclamar"],
    )
}

// --- recados --------------------------------------------------------------

fn recado_errado() -> Prova {
    let tudo = ate_o_fim("encerrar_recado_errado", 0)?;
    conter(
        &tudo,
        &["conta 2 entregues; o servidor leu 1", "read → Ok(0)"],
    )
}

fn recado_certo() -> Prova {
    let tudo = ate_o_fim("encerrar_recado_certo", 1)?;
    conter(
        &tudo,
        &["recado 1: entregue", "recado 2: sem", "1 de 3 recados"],
    )
}

/// Um servidor que responde o que quiser, sem olhar para o que veio.
fn responder(escuta: &TcpListener, resposta: &[u8]) -> io::Result<()> {
    let (mut par, _) = escuta.accept()?;
    par.set_read_timeout(Some(prazo_padrao()))?;
    par.write_all(resposta)?;
    par.shutdown(Shutdown::Write)?;
    // Sem isto o fim seria um RST, que apagaria a resposta no caminho.
    io::copy(&mut par, &mut io::sink()).map(drop)
}

fn mentiras() -> Prova {
    let pedaco = prop_oneof![
        Just(b"ok 1\n".to_vec()),
        Just(b"ok 2\n".to_vec()),
        Just(b"ok 3\n".to_vec()),
        Just(b"ok ".to_vec()),
        vec(any::<u8>(), 0..40),
    ];
    para_todo(&vec(pedaco, 0..6), |pedacos| {
        let resposta = pedacos.concat();
        let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let endereco = escuta.local_addr()?.to_string();
        let todas = ["ok 1\n", "ok 1\nok 2\n", "ok 1\nok 2\nok 3\n"];
        let certas = todas
            .iter()
            .take_while(|certa| resposta.starts_with(certa.as_bytes()))
            .count();
        let tudo = thread::scope(|threads| {
            threads.spawn(|| responder(&escuta, &resposta));
            let mut cliente = Filho::exemplo("encerrar_recado_certo", &[&endereco])?;
            acabou(&mut cliente, i32::from(certas < 3))
        })?;
        assert_eq!(tudo.matches(": entregue").count(), certas, "{tudo}");
        Ok(())
    })
}

// --- a morte --------------------------------------------------------------

fn morte_errada() -> Prova {
    let tudo = ate_o_fim("encerrar_morte_errado", 0)?;
    conter(&tudo, &["arquivo completo, 600 bytes"])
}

fn morte_certa() -> Prova {
    let tudo = ate_o_fim("encerrar_morte_certo", 1)?;
    conter(&tudo, &["arquivo cortado: vieram 600 de 1000 bytes"])
}

fn cortes() -> Prova {
    let inteiro = [&(ARQUIVO as u64).to_be_bytes()[..], &[b'x'; ARQUIVO]].concat();
    let corte = prop_oneof![0..20_usize, 0..=inteiro.len(), Just(inteiro.len())];
    para_todo(&(corte, 1..600_usize), |(corte, pedaco)| {
        let (mut recebe, mut par) = com_par("encerrar_morte_certo", &["receber"])?;
        for parte in inteiro[..corte].chunks(pedaco) {
            par.write_all(parte)?;
        }
        drop(par);
        let completo = corte == inteiro.len();
        let tudo = acabou(&mut recebe, i32::from(!completo))?;
        assert_eq!(tudo.contains("arquivo completo"), completo, "{tudo}");
        Ok(())
    })
}

fn tamanho_absurdo() -> Prova {
    let (mut recebe, mut par) = com_par("encerrar_morte_certo", &["receber"])?;
    par.write_all(&u64::MAX.to_be_bytes())?;
    conter(&acabou(&mut recebe, 1)?, &["mais do que aceito"])
}

// --- o cabo ---------------------------------------------------------------

/// Ninguém atende, mas o núcleo responde às sondas: é como um programa travado.
fn travado() -> Prova {
    let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let endereco = escuta.local_addr()?.to_string();
    let mut cliente = Filho::exemplo("encerrar_cabo_certo", &[&endereco, "1", "2"])?;
    conter(&acabou(&mut cliente, 1)?, &["nenhuma mensagem em 2s"])
}

fn cabo() -> Result<Completion, Failed> {
    if let Err(ausente) = rede::possivel() {
        return ausente.concluir();
    }
    arrancar_o_cabo().map_err(|erro| Failed::from(erro.to_string()))?;
    Ok(Completion::Completed)
}

fn arrancar_o_cabo() -> Prova {
    use cena::Teclado::Cano;
    use std::process::Command;

    let rede = Rede::abrir()?;
    let [um, outro] = &rede.hosts;
    let mut servidor = Command::new(exemplo("servidor")?);
    servidor.arg("0.0.0.0:50000");
    let mut servidor = um.rodar("servidor", &servidor, Cano)?;
    servidor.esperar_linha_com("aguardando")?;
    let endereco = format!("{}:50000", um.endereco());
    let ligar = |nome: &str, argumentos: &[&str]| -> Result<Filho, Falha> {
        let mut cliente = Command::new(exemplo(nome)?);
        cliente.arg(&endereco).args(argumentos);
        let mut cliente = outro.rodar(nome, &cliente, Cano)?;
        cliente.esperar_linha_com("Conectado a")?;
        Ok(cliente)
    };
    let mut errado = ligar("encerrar_cabo_errado", &[])?;
    // O prazo de leitura é comprido: quem acha o cabo é a sonda.
    let mut certo = ligar("encerrar_cabo_certo", &["1", "7200"])?;
    rede.arrancar_cabo()?;
    conter(&acabou(&mut certo, 1)?, &["a conexão caiu"])?;
    assert_eq!(errado.codigo(), None, "{}", errado.tudo());
    Ok(())
}
