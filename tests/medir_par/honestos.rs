//! Um cliente e um servidor como devem ser.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv6Addr, UdpSocket};

use libtest_mimic::{Completion, Failed, Trial};
use provas::ferramentas::Ausente;
use provas::{Falha, Filho};

use crate::apoio::{
    Linha, SEM_VAZAO, Servidor, argumentos, celulas, exigir, medir, ninguem_duvida, pasta, prova,
    rodar, soma, tabela,
};

pub fn provas() -> Vec<Trial> {
    vec![
        prova("honestos::tudo_se_mede_e_se_guarda", tudo),
        prova("honestos::um_depois_do_outro_pelo_nome", um_depois_do_outro),
        prova("honestos::o_segundo_ouve_que_esta_ocupado", ocupado),
        Trial::ignorable_test("honestos::por_ipv6", || {
            if UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
                return Ausente::porque("não há IPv6 nesta máquina").concluir();
            }
            por_ipv6().map_err(Failed::from)?;
            Ok(Completion::Completed)
        }),
        prova("honestos::a_mesma_semente_repete_a_ordem", a_ordem),
    ]
}

/// As colunas, nesta ordem.
const COLUNAS: &str = "rodada,semente,ensaio,medida,protocolo,sentido,tamanho,ritmo,valor,unidade,\
                       de,ate,quem,congestionamento,ressalva";

/// O que se mostrou cabe em 80 colunas.
fn cabe(filho: &Filho) -> Result<(), Falha> {
    let tudo = filho.tudo();
    let larga = tudo.lines().find(|linha| linha.chars().count() > 80);
    match larga {
        None => Ok(()),
        Some(linha) => Err(filho.falha(&format!("passa de 80 colunas: {linha}"))),
    }
}

fn tudo() -> Result<(), Falha> {
    let mut servidor = Servidor::com(&["--ip", "127.0.0.1", "--um-cliente"])?;
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    let cliente = medir(servidor.endereco, &saida, &["--rodadas", "2"], 0)?;
    for titulo in [
        "ida e volta (mensagens de 64 bytes)",
        "perda de datagramas de 200 bytes, 1.250 por segundo",
        "vazão",
        "O atraso de um sentido só não está aqui",
        "Tabela em ",
    ] {
        let tem = cliente.tudo().contains(titulo);
        if !tem {
            return Err(cliente.falha(&format!("não mostra {titulo:?}")));
        }
    }
    cabe(&cliente)?;
    exigir(
        servidor.filho.esperar_fim()? == 0,
        "o servidor não acabou bem",
    )?;
    servidor.filho.esperar_linha_com("acabou: 16 medidas")?;
    provas::chat::so_texto(&servidor.filho)?;
    conferir_a_pasta(&saida)?;
    let linhas = tabela(&saida)?;
    ninguem_duvida(&linhas)?;
    tudo_esta_la(&linhas)?;
    numeros_possiveis(&linhas)
}

fn conferir_a_pasta(pasta: &std::path::Path) -> Result<(), Falha> {
    let ler = |nome: &str| fs::read_to_string(pasta.join(nome)).unwrap_or_default();
    let ambiente = ler("ambiente.toml");
    for trecho in [
        "comando = \"cliente --rodadas 2 --semente 1 --tamanho 200 --ritmo 1250 --quantos 1000\"",
        "rede = \"a que há até 127.0.0.1:",
        "interrompida = false",
    ] {
        exigir(
            ambiente.contains(trecho),
            format!("falta {trecho}: {ambiente}"),
        )?;
    }
    let passos = ler("passos.csv");
    exigir(
        passos.lines().count() == 17 && passos.matches(",feito,").count() == 16,
        format!("os passos não são dezesseis: {passos}"),
    )?;
    let tabela = ler("dois-computadores.csv");
    exigir(
        tabela.starts_with(COLUNAS),
        format!("as colunas são outras: {tabela}"),
    )
}

/// Cada medida, de cada ensaio, em cada rodada, uma vez.
fn tudo_esta_la(linhas: &[Linha]) -> Result<(), Falha> {
    let da_volta: &[&str] = &[
        "perguntas",
        "respostas",
        "sem_resposta",
        "p50",
        "p90",
        "p99",
        "maior",
    ];
    let dos_datagramas: &[&str] = &[
        "enviados",
        "erros_de_envio",
        "unicos",
        "duplicados",
        "fora_de_ordem",
        "perdidos",
        "perda",
        "sem_buffer",
        "buffer",
        "variacao",
    ];
    let da_vazao = [dos_datagramas, &["oferecida", "vazao"]].concat();
    let do_fluxo: &[&str] = &[
        "bytes_enviados",
        "bytes_recebidos",
        "retransmitidos",
        "vazao",
    ];
    let mut esperadas = BTreeSet::new();
    for rodada in ["1", "2"] {
        let mut por = |ensaio: &str, protocolo: &str, sentido: &str, medidas: &[&str]| {
            for medida in medidas {
                esperadas.insert([rodada, ensaio, protocolo, sentido, medida].map(String::from));
            }
        };
        for protocolo in ["tcp", "udp"] {
            por("ida-e-volta", protocolo, "ida-e-volta", da_volta);
        }
        for sentido in ["ida", "volta"] {
            por("perda", "udp", sentido, dos_datagramas);
            por("vazao", "udp", sentido, &da_vazao);
            por("vazao", "tcp", sentido, do_fluxo);
        }
    }
    let colunas = ["rodada", "ensaio", "protocolo", "sentido", "medida"];
    let vistas: Vec<[String; 5]> = linhas
        .iter()
        .map(|linha| colunas.map(|c| linha.get(c).cloned().unwrap_or_default()))
        .collect();
    let diferentes: BTreeSet<_> = vistas.iter().cloned().collect();
    exigir(vistas.len() == diferentes.len(), "há medidas repetidas")?;
    let faltam: Vec<_> = esperadas.symmetric_difference(&diferentes).collect();
    exigir(faltam.is_empty(), format!("faltam ou sobram: {faltam:?}"))
}

/// Em loopback nada se perde, a não ser no buffer de quem recebe.
fn numeros_possiveis(linhas: &[Linha]) -> Result<(), Falha> {
    for sentido in ["ida", "volta"] {
        for ensaio in ["perda", "vazao"] {
            let contado = |medida: &str| soma(linhas, ensaio, sentido, medida);
            let (enviados, unicos) = (contado("enviados")?, contado("unicos")?);
            let perdidos = contado("perdidos")?;
            exigir(
                unicos + perdidos == enviados && contado("duplicados")? == 0,
                format!("{ensaio} {sentido}: a conta não fecha"),
            )?;
            if cfg!(target_os = "linux") {
                exigir(
                    contado("sem_buffer")? == perdidos,
                    format!("{ensaio} {sentido}: {perdidos} perdidos não foram no buffer"),
                )?;
            }
        }
        let quem_conta = celulas(
            linhas,
            &[
                ("ensaio", "perda"),
                ("sentido", sentido),
                ("medida", "unicos"),
            ],
            "quem",
        );
        let certo = if sentido == "ida" {
            "servidor"
        } else {
            "cliente"
        };
        exigir(
            quem_conta.iter().all(|quem| quem == certo),
            format!("quem conta a {sentido} é {quem_conta:?}"),
        )?;
    }
    for medida in ["p50", "maior", "vazao", "oferecida", "variacao"] {
        for valor in celulas(linhas, &[("medida", medida)], "valor") {
            let numero: f64 = valor.parse().unwrap_or(f64::NAN);
            exigir(numero >= 0.0, format!("{medida} é {valor:?}"))?;
        }
    }
    Ok(())
}

fn um_depois_do_outro() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    for _ in 0..2 {
        let pasta = pasta()?;
        let saida = pasta.path().join("r");
        let mut argumentos = argumentos(servidor.endereco, &saida, &SEM_VAZAO);
        for argumento in &mut argumentos {
            if argumento == "127.0.0.1" {
                *argumento = "localhost".into();
            }
        }
        let mut cliente = rodar(&argumentos)?;
        provas::chat::acabou(&mut cliente, 0)?;
        servidor
            .filho
            .esperar_linha_com("127.0.0.1 acabou: 4 medidas")?;
        cabe(&cliente)?;
    }
    cabe(&servidor.filho)?;
    servidor.continua_de_pe()
}

fn ocupado() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let pasta = pasta()?;
    let primeiro = pasta.path().join("primeiro");
    let mut atendido = rodar(&argumentos(servidor.endereco, &primeiro, &SEM_VAZAO))?;
    atendido.esperar_linha_com("medindo até")?;
    let segundo = pasta.path().join("segundo");
    let mut recusado = medir(servidor.endereco, &segundo, &SEM_VAZAO, 1)?;
    recusado.esperar_linha_com("o servidor está ocupado: mede com outro cliente")?;
    exigir(!segundo.exists(), "quem não mediu deixou uma pasta")?;
    provas::chat::acabou(&mut atendido, 0)?;
    ninguem_duvida(&tabela(&primeiro)?)?;
    servidor.filho.esperar_linha_com("acabou: 4 medidas")?;
    servidor.continua_de_pe()
}

fn por_ipv6() -> Result<(), Falha> {
    // Em todos os endereços: o mesmo servidor atende os dois.
    let mut servidor = Servidor::com(&[])?;
    for ip in ["::1", "127.0.0.1"] {
        let pasta = pasta()?;
        let saida = pasta.path().join("r");
        let ip: std::net::IpAddr = ip.parse().map_err(|_| Falha::nova("não é um IP"))?;
        let endereco = (ip, servidor.endereco.port()).into();
        medir(endereco, &saida, &SEM_VAZAO, 0)?;
        ninguem_duvida(&tabela(&saida)?)?;
        let acabou = format!("{ip} acabou: 4 medidas");
        servidor.filho.esperar_linha_com(&acabou)?;
    }
    Ok(())
}

/// Os sentidos de cada ensaio, na ordem em que se fizeram.
fn a_ordem() -> Result<(), Falha> {
    let ordem = |semente: &str| -> Result<Vec<String>, Falha> {
        let servidor = Servidor::abrir()?;
        let pasta = pasta()?;
        let saida = pasta.path().join("r");
        let opcoes = [&SEM_VAZAO[..], &["--semente", semente]].concat();
        medir(servidor.endereco, &saida, &opcoes, 0)?;
        Ok(celulas(&tabela(&saida)?, &[], "sentido"))
    };
    let (uma, outra) = (ordem("3")?, ordem("3")?);
    exigir(uma == outra, "a mesma semente deu outra ordem")
}
