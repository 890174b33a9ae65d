//! Nomes e endereços: o que cada programa errado perde, e o que o certo aguenta.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write;
use std::net::{AddrParseError, IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use libtest_mimic::{Completion, Failed, Trial};
use proptest::prelude::*;
use proptest::test_runner::Config;
use provas::{Falha, Filho, exemplo, porta_livre, prazo_padrao, rede};
use sockets::nomes::{self, MAXIMO, Mudo, Prazos};

use crate::insistir;

type Prova = Result<(), Box<dyn Error>>;

/// As provas deste capítulo.
pub fn provas() -> Vec<Trial> {
    let mut provas = vec![
        prova("o_certo_tenta_todos", o_certo_tenta_todos),
        prova("qualquer_lista_acha_quem_atende", qualquer_lista),
        prova("nenhum_atende", nenhum_atende),
        prova("lista_de_quem_mente", lista_de_quem_mente),
        prova("nome_que_demora", nome_que_demora),
        prova("ligar_para_um_nome", ligar_para_um_nome),
        com_ipv6("ipv4_vestido_de_ipv6", ipv4_vestido_de_ipv6),
        prova("tamanho_ao_contrario", tamanho_ao_contrario),
        prova("tamanho_em_qualquer_corte", tamanho_em_qualquer_corte),
        prova("tamanho_de_um_par_hostil", tamanho_de_um_par_hostil),
        prova("tamanho_gotejado", tamanho_gotejado),
        prova("ouvinte_tem_fim", ouvinte_tem_fim),
        prova("ouvinte_de_pares_hostis", ouvinte_de_pares_hostis),
    ];
    if cfg!(target_os = "linux") {
        provas.extend([
            prova("um_mudo_nao_custa_o_prazo", um_mudo_nao_custa_o_prazo),
            prova("difusao", difusao),
            prova("multicast", multicast),
            prova("o_grupo_nao_ouve_o_resto", o_grupo_nao_ouve_o_resto),
        ]);
    }
    provas
}

fn prova(nome: &str, roda: fn() -> Prova) -> Trial {
    Trial::test(format!("nomes_{nome}"), move || {
        roda().map_err(|e| e.to_string().into())
    })
}

fn com_ipv6(nome: &str, roda: fn() -> Prova) -> Trial {
    Trial::ignorable_test(format!("nomes_{nome}"), move || {
        if let Err(ausente) = rede::ha_ipv6() {
            return ausente.concluir();
        }
        roda().map_err(|erro| Failed::from(erro.to_string()))?;
        Ok(Completion::Completed)
    })
}

/// O programa acaba com `codigo`, tendo mostrado cada um dos `trechos`.
fn acaba(programa: &mut Filho, codigo: i32, trechos: &[&str]) -> Result<(), Falha> {
    let saiu = programa.esperar_fim()?;
    if saiu != codigo {
        return Err(programa.falha(&format!("esperava o código {codigo}, veio {saiu}")));
    }
    let tudo = programa.tudo();
    match trechos.iter().find(|trecho| !tudo.contains(**trecho)) {
        Some(trecho) => Err(programa.falha(&format!("não mostrou {trecho:?}"))),
        None => Ok(()),
    }
}

fn roda(nome: &str, codigo: i32, trechos: &[&str]) -> Result<(), Falha> {
    acaba(&mut Filho::exemplo::<&str>(nome, &[])?, codigo, trechos)
}

// --- um nome, vários endereços --------------------------------------------

fn o_certo_tenta_todos() -> Prova {
    roda("nomes_errado", 1, &["não foi possível conectar a [::1]:"])?;
    roda("nomes_certo", 0, &["não serviu", "Conectado a 127.0.0.1:"])?;
    Ok(())
}

fn um_mudo_nao_custa_o_prazo() -> Prova {
    roda("nomes_mudo_errado", 1, &["acabou antes da vez"])?;
    insistir(Duration::from_secs(2), || {
        roda("nomes_mudo_certo", 0, &["Conectado a 127.0.0.1:"])
    })?;
    Ok(())
}

/// Um endereço de que se sabe como responde.
enum Endereco {
    Atende(TcpListener),
    /// Associado, mas sem escuta: ninguém mais usa a porta, e quem liga é recusado.
    /// Prende a porta uma conexão cuja escuta já não existe. Um socket só associado não
    /// serviria: no macOS ele não recusa, cala.
    Recusa(TcpStream),
    Mudo(Mudo),
}

impl Endereco {
    fn que_atende() -> std::io::Result<Self> {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map(Self::Atende)
    }

    fn que_recusa() -> std::io::Result<Self> {
        let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let _ida = TcpStream::connect(escuta.local_addr()?)?;
        Ok(Self::Recusa(escuta.accept()?.0))
    }

    fn endereco(&self) -> std::io::Result<SocketAddr> {
        match self {
            Self::Atende(escuta) => escuta.local_addr(),
            Self::Recusa(conexao) => conexao.local_addr(),
            Self::Mudo(mudo) => Ok(mudo.endereco()),
        }
    }
}

/// Com o passo curto, para que a prova não demore. O total dá tempo de sobra.
fn prazos() -> Prazos {
    Prazos {
        passo: Duration::from_millis(5),
        tentativa: prazo_padrao(),
        total: prazo_padrao(),
    }
}

/// Tantos casos, e nenhum arquivo ao lado dos testes.
fn vezes(casos: u32) -> Config {
    Config {
        failure_persistence: None,
        ..Config::with_cases(casos)
    }
}

fn qualquer_lista() -> Prova {
    let mut todos = Vec::new();
    for _ in 0..3 {
        todos.push(Endereco::que_recusa()?);
        todos.push(Endereco::que_atende()?);
        if cfg!(target_os = "linux") {
            todos.push(Endereco::Mudo(Mudo::novo()?));
        }
    }
    let mut listas = Vec::new();
    for endereco in &todos {
        listas.push((
            endereco.endereco()?,
            matches!(endereco, Endereco::Atende(_)),
        ));
    }
    let ordem = Just(listas).prop_shuffle();
    let tamanho = 1..=MAXIMO;
    proptest!(vezes(64), |(ordem in ordem, tamanho in tamanho)| {
        let lista = &ordem[..tamanho.min(ordem.len())];
        let respostas: Vec<SocketAddr> = lista.iter().map(|(endereco, _)| *endereco).collect();
        let bons: BTreeSet<SocketAddr> =
            lista.iter().filter(|(_, atende)| *atende).map(|(endereco, _)| *endereco).collect();
        // Sem ninguém que atenda, esperar pelos mudos levaria o prazo inteiro.
        prop_assume!(!bons.is_empty());
        let conexao = nomes::conectar(&respostas, &prazos())
            .map_err(|erro| TestCaseError::fail(erro.to_string()))?;
        prop_assert!(bons.contains(&conexao.peer_addr()?));
    });
    // Quem perdeu a corrida ainda liga para os mudos: se as portas deles se soltassem, ligaria
    // para o servidor de outra prova que as recebesse.
    std::mem::forget(todos);
    Ok(())
}

fn nenhum_atende() -> Prova {
    let recusa = Endereco::que_recusa()?;
    let mut respostas = vec![recusa.endereco()?];
    let mudo = Mudo::novo()?;
    if cfg!(target_os = "linux") {
        respostas.insert(0, mudo.endereco());
    }
    let prazos = Prazos {
        total: Duration::from_millis(300),
        ..prazos()
    };
    let erro = nomes::conectar(&respostas, &prazos).map(drop);
    let erro = erro.expect_err("ninguém atende").to_string();
    for endereco in respostas {
        assert!(erro.contains(&endereco.to_string()), "{erro}");
    }
    let vazia = nomes::conectar(&[], &prazos).map(drop);
    assert!(
        vazia
            .expect_err("não há a quem ligar")
            .to_string()
            .contains("não tem endereço")
    );
    Ok(())
}

/// Endereços que se repetem muito, e os que não são de máquina nenhuma.
fn ips() -> Result<impl Strategy<Value = IpAddr>, AddrParseError> {
    let fixos = [
        "0.0.0.0",
        "::",
        "::ffff:0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "ff02::1",
        "::1",
        "127.0.0.1",
        "::ffff:127.0.0.1",
        "192.0.2.1",
        "2001:db8::1",
    ];
    let fixos: Vec<IpAddr> = fixos
        .iter()
        .map(|ip| ip.parse())
        .collect::<Result<_, _>>()?;
    Ok(prop_oneof![
        prop::sample::select(fixos),
        any::<[u8; 4]>().prop_map(IpAddr::from),
        any::<[u8; 16]>().prop_map(IpAddr::from)
    ])
}

fn lista_de_quem_mente() -> Prova {
    let lista = prop::collection::vec(
        (ips()?, prop_oneof![Just(0_u16), Just(80), any::<u16>()]),
        0..200,
    );
    proptest!(vezes(256), |(lista in lista)| {
        let lista: Vec<SocketAddr> = lista.into_iter().map(SocketAddr::from).collect();
        let escolhidos = nomes::escolher(lista.iter().copied());
        let unicos: BTreeSet<&SocketAddr> = escolhidos.iter().collect();
        prop_assert!(escolhidos.len() <= MAXIMO);
        prop_assert_eq!(unicos.len(), escolhidos.len(), "há repetidos");
        prop_assert!(escolhidos.iter().all(|e| lista.contains(e)));
        let serve = |e: &&SocketAddr| {
            let ip = e.ip().to_canonical();
            e.port() != 0 && !ip.is_unspecified() && !ip.is_multicast()
                && ip != IpAddr::from(Ipv4Addr::BROADCAST)
        };
        prop_assert!(escolhidos.iter().all(|e| serve(&e)));
        // Quem o sistema pôs na frente continua na frente, e nenhuma família some.
        let servem: Vec<&SocketAddr> = lista.iter().filter(serve).collect();
        prop_assert_eq!(escolhidos.first(), servem.first().copied());
        let primeira = escolhidos.first().map(SocketAddr::is_ipv4);
        if servem.iter().any(|e| Some(e.is_ipv4()) != primeira) {
            prop_assert_ne!(escolhidos.get(1).map(SocketAddr::is_ipv4), primeira);
        }
    });
    let milhares = (0..100_000_u32).map(|n| SocketAddr::from((Ipv4Addr::from(n), 80)));
    assert_eq!(nomes::escolher(milhares).len(), MAXIMO);
    Ok(())
}

fn nome_que_demora() -> Prova {
    let (soltar, presa) = mpsc::channel::<()>();
    let lento = nomes::com_prazo(Duration::from_millis(50), move || {
        // Só acaba quando a prova acaba.
        let _ = presa.recv();
        Ok(())
    });
    let erro = lento.expect_err("o prazo acaba antes");
    assert_eq!(erro.kind(), std::io::ErrorKind::TimedOut);
    drop(soltar);
    roda("nomes_lento_errado", 0, &["Conectado a "])?;
    roda("nomes_lento_certo", 1, &["não foi resolvido a tempo"])?;
    let numero = nomes::resolver("127.0.0.1:7", prazo_padrao())?;
    assert_eq!(numero, ["127.0.0.1:7".parse()?]);
    Ok(())
}

fn ligar_para_um_nome() -> Prova {
    let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let porta = escuta.local_addr()?.port();
    let mut bom = Filho::exemplo("nomes_ligar", &[format!("localhost:{porta}")])?;
    acaba(&mut bom, 0, &[&format!("Conectado a 127.0.0.1:{porta}")])?;
    for ruim in ["sem porta", "127.0.0.1:x", "[::1", "\u{1b}[2J:1"] {
        let mut ruim = Filho::exemplo("nomes_ligar", &[ruim])?;
        acaba(&mut ruim, 1, &["não sei que endereços tem"])?;
        so_texto(&ruim)?;
    }
    Ok(())
}

fn ipv4_vestido_de_ipv6() -> Prova {
    let errado = if cfg!(target_os = "linux") {
        "::ffff:127.0.0.1: não é daqui"
    } else {
        "127.0.0.1"
    };
    roda("nomes_pilha_errado", 0, &["::1: pode entrar", errado])?;
    roda(
        "nomes_pilha_certo",
        0,
        &["::1: pode entrar", "\n127.0.0.1: pode entrar"],
    )?;
    Ok(())
}

// --- a ordem dos bytes ----------------------------------------------------

fn tamanho_ao_contrario() -> Prova {
    if cfg!(target_endian = "little") {
        roda(
            "nomes_ordem_errado",
            1,
            &["como 134217728", "não vieram os"],
        )?;
    }
    roda("nomes_ordem_certo", 0, &["como 8", "Recebido: oi, tudo"])?;
    Ok(())
}

/// O programa à espera de uma mensagem, e um par ligado a ele.
fn esperando() -> Result<(Filho, TcpStream), Box<dyn Error>> {
    let mut programa = Filho::exemplo("nomes_ordem_certo", &["127.0.0.1:0"])?;
    let endereco = programa.esperar_endereco()?;
    let par = TcpStream::connect_timeout(&endereco, prazo_padrao())?;
    par.set_nodelay(true)?;
    Ok((programa, par))
}

fn quadro(mensagem: &[u8]) -> Vec<u8> {
    let tamanho = u32::try_from(mensagem.len()).expect("é pequena");
    [&tamanho.to_be_bytes(), mensagem].concat()
}

fn tamanho_em_qualquer_corte() -> Prova {
    let quadro = quadro("ção\u{1b}[2J".as_bytes());
    for corte in [1, 3, 4, 5, quadro.len()] {
        let (mut programa, mut par) = esperando()?;
        let (antes, depois) = quadro.split_at(corte);
        par.write_all(antes)?;
        par.write_all(depois)?;
        acaba(&mut programa, 0, &[r"Recebido: ção\u{1b}[2J"])?;
        so_texto(&programa)?;
    }
    Ok(())
}

fn tamanho_de_um_par_hostil() -> Prova {
    let inteiro = quadro(&[b'a'; 1000]);
    let bomba = [0xff, 0xff, 0xff, 0xff];
    let um_a_mais = (64 * 1024 + 1_u32).to_be_bytes();
    let (prefixo, corpo) = ("o tamanho não veio", "não vieram os 1000 bytes");
    // Quem desliga no meio, e quem só se cala.
    for (bytes, desliga, fim) in [
        (&[][..], true, prefixo),
        (&[0, 0], true, prefixo),
        (&[0, 0], false, prefixo),
        (&inteiro[..4], true, corpo),
        (&inteiro[..1003], true, corpo),
        (&inteiro[..1003], false, corpo),
        (&bomba, false, "é grande demais"),
        (&um_a_mais, false, "é grande demais"),
    ] {
        let (mut programa, mut par) = esperando()?;
        par.write_all(bytes)?;
        let par = (!desliga).then_some(par);
        acaba(&mut programa, 1, &[fim])?;
        drop(par);
    }
    Ok(())
}

fn tamanho_gotejado() -> Prova {
    let (mut programa, mut par) = esperando()?;
    let inteiro = quadro(&vec![b'a'; 60_000]);
    let (acabou, parar) = mpsc::channel::<()>();
    let gotas = std::thread::spawn(move || {
        for byte in inteiro {
            let ainda =
                parar.recv_timeout(Duration::from_millis(50)) == Err(RecvTimeoutError::Timeout);
            if !ainda || par.write_all(&[byte]).is_err() {
                return;
            }
        }
    });
    let fim = acaba(&mut programa, 1, &["não vieram os 60000 bytes"]);
    drop(acabou);
    gotas.join().expect("quem goteja não entra em pânico");
    Ok(fim?)
}

// --- um datagrama para muitos ---------------------------------------------

/// Só há texto no que o programa mostrou, e só com as quebras de linha dele.
fn so_texto(programa: &Filho) -> Result<(), Falha> {
    let tudo = programa.tudo();
    let limpo = tudo
        .lines()
        .all(|linha| sockets::visivel(linha.as_bytes()) == linha);
    if limpo {
        Ok(())
    } else {
        Err(programa.falha("mostrou algo que um terminal obedece"))
    }
}

fn na_porta(nome: &str, porta: u16, argumentos: &[&str]) -> Result<Filho, Falha> {
    let mut comando = Command::new(exemplo(nome)?);
    comando
        .args(argumentos)
        .env("SOCKETS_PORTA", porta.to_string());
    Filho::rodar(nome, comando)
}

fn ouvinte(nome: &str, porta: u16, argumentos: &[&str]) -> Result<Filho, Falha> {
    let argumentos = [&["ouvir"], argumentos].concat();
    let mut ouvinte = na_porta(nome, porta, &argumentos)?;
    ouvinte.esperar_linha_com(" por ")?;
    Ok(ouvinte)
}

/// Quem fala uma vez é ouvido por dois.
fn dois_ouvem(nome: &str) -> Prova {
    let porta = porta_livre();
    let mut ouvintes = [ouvinte(nome, porta, &[])?, ouvinte(nome, porta, &[])?];
    let mut fala = na_porta(nome, porta, &["falar"])?;
    acaba(&mut fala, 0, &["Mandei a "])?;
    for ouvinte in &mut ouvintes {
        ouvinte.esperar_linha_com(": tem alguem ai?")?;
    }
    Ok(())
}

fn difusao() -> Prova {
    roda(
        "nomes_difusao_errado",
        1,
        &["não foi possível mandar", "Permission denied"],
    )?;
    dois_ouvem("nomes_difusao_certo")
}

fn multicast() -> Prova {
    roda("nomes_multicast_errado", 1, &["sem erro", "nada chegou"])?;
    dois_ouvem("nomes_multicast_certo")
}

fn o_grupo_nao_ouve_o_resto() -> Prova {
    let porta = porta_livre();
    let mut ouvinte = ouvinte("nomes_multicast_certo", porta, &[])?;
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?
        .send_to(b"so para um", (Ipv4Addr::LOCALHOST, porta))?;
    let mut fala = na_porta("nomes_multicast_certo", porta, &["falar"])?;
    acaba(&mut fala, 0, &["Mandei a "])?;
    // O loopback entrega em ordem: se o outro tivesse chegado, viria antes.
    let linha = ouvinte.esperar_linha()?;
    assert!(linha.ends_with(": tem alguem ai?"), "{linha}");
    Ok(())
}

fn ouvinte_tem_fim() -> Prova {
    let mut ouvinte = ouvinte("nomes_difusao_certo", porta_livre(), &["127.0.0.1", "1"])?;
    acaba(&mut ouvinte, 0, &["Parei: ouvi 0."])?;
    Ok(())
}

fn ouvinte_de_pares_hostis() -> Prova {
    let porta = porta_livre();
    let mut ouvinte = ouvinte("nomes_difusao_certo", porta, &["127.0.0.1"])?;
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mandar = |bytes: &[u8]| socket.send_to(bytes, (Ipv4Addr::LOCALHOST, porta));
    mandar(b"\x1b[2J\x1b]52;c;cm0=\x07\r\xff\xc3")?;
    ouvinte.esperar_linha_com(r"\u{1b}[2J")?;
    mandar(b"")?;
    mandar(&[b'a'; 9000])?;
    let grande = ouvinte.esperar_linha_com("aaa")?;
    assert_eq!(grande.matches('a').count(), nomes::MAIOR_TRECHO, "{grande}");
    // Uma enxurrada: o que não couber no buffer se perde, e o resto enche a conta.
    while ouvinte.codigo().is_none() {
        // Recusado: o ouvinte acaba de sair.
        let _ = mandar("\u{202e}mais um\n".as_bytes());
    }
    acaba(&mut ouvinte, 0, &["Parei: ouvi 100."])?;
    so_texto(&ouvinte)?;
    Ok(())
}
