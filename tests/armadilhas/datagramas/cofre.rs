//! O cofre por UDP: o errado para ou guarda a mais; o certo guarda o que se mandou.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use libtest_mimic::Trial;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use provas::{Falha, Filho};

use super::estrada::{Estrada, Sorte};
use super::{exigir, prova};

/// A última linha de um cofre em que tudo deu certo.
const CERTO: &str = "Mandei guardar 60 moedas; no cofre há 60.";

/// Quantas estradas se sorteiam. Cada perda custa ao programa um prazo de 300 ms.
const ESTRADAS: u32 = 6;

/// Quantas vezes se abre o programa diante do intruso: o instante é curto.
const ABERTURAS: u32 = 30;

/// Uma rodada inteira, em uma máquina ocupada.
const PRAZO: Duration = Duration::from_secs(60);

pub fn provas() -> Vec<Trial> {
    vec![
        prova("sem_prazo_para_na_primeira_perda", para),
        prova("sem_numero_guarda_a_mais", guarda_a_mais),
        prova("com_numero_guarda_o_que_se_mandou", qualquer_estrada),
        prova("com_numero_ignora_o_que_nao_e_conversa", lixo),
        prova("com_numero_nao_ouve_quem_veio_antes_do_connect", intruso),
        prova("sem_ninguem_desiste", desiste),
        prova("direto_chegam_todos", direto),
    ]
}

/// Na mesma estrada, que perde só o primeiro pedido, o certo acaba e o errado ainda
/// espera: nada do que ele mostra veio depois do primeiro pedido.
fn para() -> Result<(), Falha> {
    let sortes = [vec![Sorte::Perde], vec![Sorte::Passa; 40]].concat();
    let (estrada_do_errado, argumentos) = Estrada::abrir()?;
    let mut errado = abrir_errado("0", &argumentos)?;
    errado.esperar_linha_com("depósito 1: mando")?;

    let (mut estrada, argumentos) = Estrada::abrir()?;
    let mut certo = abrir_certo(&argumentos)?;
    estrada.levar(&mut certo, &sortes)?;
    acabou(&mut certo)?;

    // O pedido do errado está na fila da estrada dele, e agora se perde.
    estrada_do_errado.perder_um(&errado)?;
    exigir(
        errado.codigo().is_none() && errado.tudo().lines().count() == 1,
        &errado,
        "sem prazo, devia esperar para sempre a resposta do primeiro pedido",
    )
}

/// Cada pedido passa três vezes: quem não conta pedidos guarda todos.
fn guarda_a_mais() -> Result<(), Falha> {
    let sortes = [Sorte::Repete, Sorte::Passa, Sorte::Passa, Sorte::Passa];
    let (mut estrada, argumentos) = Estrada::abrir()?;
    let mut errado = abrir_errado("5000", &argumentos)?;
    estrada.levar(&mut errado, &sortes)?;
    let codigo = errado.esperar_fim_em(PRAZO)?;
    let ultimas = errado.tudo();
    exigir(
        codigo == 0 && !ultimas.contains(CERTO) && ultimas.contains("Mandei guardar 60"),
        &errado,
        "sem número, pedidos repetidos deviam ser guardados de novo",
    )?;

    let (mut estrada, argumentos) = Estrada::abrir()?;
    let mut certo = abrir_certo(&argumentos)?;
    estrada.levar(&mut certo, &sortes)?;
    acabou(&mut certo)
}

/// Perdas, cópias, atrasos e lixo, em qualquer combinação.
fn qualquer_estrada() -> Result<(), Falha> {
    let sorte = prop_oneof![
        3 => Just(Sorte::Passa),
        2 => Just(Sorte::Perde),
        2 => Just(Sorte::Repete),
        2 => Just(Sorte::Atrasa),
        2 => vec(any::<u8>(), 0..40).prop_map(Sorte::Lixo),
    ];
    let mut sorteio = TestRunner::new(Config {
        cases: ESTRADAS,
        failure_persistence: None,
        max_shrink_iters: 4,
        ..Config::default()
    });
    let resultado = sorteio.run(&vec(sorte, 1..20), |sortes| {
        uma_estrada(&sortes).map_err(|falha| TestCaseError::fail(falha.to_string()))
    });
    resultado.map_err(|erro| Falha::nova(erro.to_string()))
}

fn uma_estrada(sortes: &[Sorte]) -> Result<(), Falha> {
    let (mut estrada, argumentos) = Estrada::abrir()?;
    let mut certo = abrir_certo(&argumentos)?;
    estrada.levar(&mut certo, sortes)?;
    acabou(&mut certo)
}

/// Datagramas que só um par hostil mandaria, antes de cada um dos verdadeiros.
fn lixo() -> Result<(), Falha> {
    let maior = vec![0xff; 65_507];
    let hostis: [&[u8]; 9] = [
        b"",
        b"1",
        b"0 0",
        b"2 4294967295",
        b"4294967295 10",
        b"-1 -1",
        b"1 10 \x1b[2J",
        &maior,
        b"99999999999999999999 10",
    ];
    let sortes: Vec<Sorte> = hostis.map(|bytes| Sorte::Lixo(bytes.to_vec())).into();
    uma_estrada(&sortes)
}

/// Quem não é da estrada responde sem parar, desde antes de o programa abrir: entre o
/// `bind` e o `connect` dele há um instante em que qualquer um é ouvido.
fn intruso() -> Result<(), Falha> {
    let (mut estrada, argumentos) = Estrada::abrir()?;
    let falso = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
        .map_err(|erro| Falha::nova(format!("o intruso não abriu: {erro}")))?;
    let parar = AtomicBool::new(false);
    thread::scope(|threads| {
        threads.spawn(|| {
            while !parar.load(Ordering::Relaxed) {
                // Enquanto a porta não existe, cada envio leva a recusa do anterior.
                let _ = falso.send_to(b"1 999", &argumentos[1]);
            }
        });
        let resultado = (0..ABERTURAS).try_for_each(|_| {
            let mut certo = abrir_certo(&argumentos)?;
            estrada.levar(&mut certo, &[Sorte::Passa])?;
            acabou(&mut certo)?;
            let enganado = certo.tudo().contains("999");
            exigir(!enganado, &certo, "acreditou em quem não é da estrada")
        });
        parar.store(true, Ordering::Relaxed);
        resultado
    })
}

/// Onde não há estrada, o certo diz isso e acaba.
fn desiste() -> Result<(), Falha> {
    let (estrada, argumentos) = Estrada::abrir()?;
    drop(estrada);
    let mut certo = abrir_certo(&argumentos)?;
    let codigo = certo.esperar_fim_em(PRAZO)?;
    exigir(
        codigo == 1 && certo.tudo().contains("nenhuma resposta em 8 tentativas"),
        &certo,
        "sem estrada, devia desistir com uma frase",
    )
}

/// Sem estrada nenhuma no meio, o loopback entrega os doze cartões na ordem.
fn direto() -> Result<(), Falha> {
    let mut programa = Filho::exemplo::<&str>("datagramas_estrada", &[])?;
    let codigo = programa.esperar_fim()?;
    let cartoes: Vec<String> = (1..=12).map(|numero| format!("{numero:>4}")).collect();
    let linhas: Vec<String> = programa.tudo().lines().map(str::to_string).collect();
    exigir(
        codigo == 0
            && linhas[1..13] == cartoes
            && linhas[13] == "Chegaram 12, e 12 são diferentes.",
        &programa,
        "direto, deviam chegar os doze, na ordem",
    )
}

fn abrir_errado(prazo_ms: &str, estrada: &[String]) -> Result<Filho, Falha> {
    let argumentos = [&[prazo_ms.to_string()], estrada].concat();
    Filho::exemplo("datagramas_errado", &argumentos)
}

fn abrir_certo(estrada: &[String]) -> Result<Filho, Falha> {
    Filho::exemplo("datagramas_certo", estrada)
}

fn acabou(certo: &mut Filho) -> Result<(), Falha> {
    let codigo = certo.esperar_fim_em(PRAZO)?;
    let inteiro = certo.tudo();
    exigir(
        codigo == 0 && inteiro.ends_with(&format!("{CERTO}\n")) && !inteiro.contains('\u{1b}'),
        certo,
        "devia guardar as 60 moedas que mandou, e mostrar só texto",
    )
}
