//! O exercício `protocolo`.

use std::time::Duration;

use crate::{Falha, Processo, Programa, Resultado, exigir, mostrar};

/// Quanto se espera pelo que o programa deve dizer assim que pode.
const LOGO: Duration = Duration::from_secs(3);

/// A mensagem que abre quase todas as provas, e a linha dela.
const PING: (&[u8], &str) = (&[6, 0, 0, 0, 0, 0, 0, 1, 2], "PING 258");

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    todas_coladas(programa)?;
    aos_pedacos(programa)?;
    os_limites_servem(programa)?;
    nada_manda_no_terminal(programa)?;
    tamanhos_recusados(programa)?;
    corpos_recusados(programa)?;
    fim_no_meio(programa)?;
    quebra_de_linha_no_nome(programa)
}

/// Uma de cada, em uma escrita só, e o fim da entrada.
fn todas_coladas(programa: &Programa) -> Resultado {
    let mensagens = [
        (PING.0.to_vec(), PING.1.to_string()),
        (numeros(5, &[3]), "CONFIRMA 3".into()),
        (item(7, 0, "olá".as_bytes()), "ITEM 7 texto: olá".into()),
        (item(8, 1, b"vai"), "ITEM 8 parte: vai".into()),
        (item(9, 2, "João".as_bytes()), "ITEM 9 nome: João".into()),
        (numeros(7, &[5, 300]), "PONG 5 300".into()),
        (numeros(8, &[u64::MAX]), format!("TCHAU {}", u64::MAX)),
        (numeros(9, &[9]), "ATÉ LOGO 9".into()),
    ];
    let feito = "Mandei de uma vez um PING, um CONFIRMA, três ITEM, um PONG, um TCHAU e um ATÉ LOGO, e fechei a entrada.";
    let bytes: Vec<u8> = mensagens.iter().flat_map(|(m, _)| quadro(m)).collect();
    let mut aluno = programa.rodar(&[])?;
    aluno.digitar(&bytes);
    aluno.fechar_entrada();
    for (i, (_, linha)) in mensagens.iter().enumerate() {
        let engano = if i == 0 {
            "ordem-dos-bytes"
        } else {
            "mensagem-errada"
        };
        escreve(&mut aluno, feito, linha, engano)?;
    }
    let fim = aluno.fim().map_err(|falha| falha.depois_de(feito))?;
    exigir(fim.codigo == Some(0) && fim.saida.is_empty(), || {
        Falha::nova("fim-errado")
            .feito(feito)
            .esperado("Depois da última linha, o código 0 e mais nada: a entrada acabou entre dois quadros.")
            .veio(format!("Ele acabou com {}, e na saída {}.", fim.como(), mostrar(&fim.saida)))
            .erros(fim.erros.clone())
    })
}

/// Cada mensagem sai assim que está inteira, esteja a rede onde estiver.
fn aos_pedacos(programa: &Programa) -> Resultado {
    let mut aluno = programa.rodar(&[])?;
    let ola = quadro(&item(0, 0, "ação".as_bytes()));
    // O corte fica no meio do ç: o último byte dele, e o resto, vêm depois.
    let corte = ola.len() - 4;
    aluno.digitar(&[&quadro(PING.0), &ola[..corte]].concat());
    let feito =
        "Mandei um PING e o começo de um ITEM, até o meio de um ç, e deixei a entrada aberta.";
    escreve(&mut aluno, feito, PING.1, "espera-mais")?;
    aluno.digitar(&ola[corte..]);
    let feito = "Mandei um PING e o começo de um ITEM, até o meio de um ç; lida a linha do PING, mandei o resto.";
    escreve(&mut aluno, feito, "ITEM 0 texto: ação", "espera-mais")?;
    let feito = "Mandei um PONG, um byte por vez.";
    for byte in quadro(&numeros(7, &[1, 2])) {
        aluno.digitar(&[byte]);
    }
    escreve(&mut aluno, feito, "PONG 1 2", "espera-mais")
}

/// O maior texto, o vazio e o maior nome.
fn os_limites_servem(programa: &Programa) -> Resultado {
    let mut aluno = programa.rodar(&[])?;
    let (texto, nome) = ("ç".repeat(500), "n".repeat(96));
    for (oque, corpo, linha) in [
        (
            "um texto de 1000 bytes",
            item(1, 0, texto.as_bytes()),
            format!("ITEM 1 texto: {texto}"),
        ),
        ("um texto vazio", item(2, 0, b""), "ITEM 2 texto: ".into()),
        (
            "um nome de 96 bytes",
            item(3, 2, nome.as_bytes()),
            format!("ITEM 3 nome: {nome}"),
        ),
    ] {
        aluno.digitar(&quadro(&corpo));
        let feito = format!("Mandei um ITEM com {oque}.");
        escreve(&mut aluno, &feito, &linha, "recusa-o-que-serve")?;
    }
    Ok(())
}

/// O que veio de fora não apaga a tela nem muda o título.
fn nada_manda_no_terminal(programa: &Programa) -> Resultado {
    let mut aluno = programa.rodar(&[])?;
    let feito = "Mandei um ITEM cujo texto tem um ESC, um retorno de carro e uma sequência que apaga a tela.";
    aluno.digitar(&quadro(&item(1, 0, "a\u{1b}[2J\rb\u{9b}2J".as_bytes())));
    let linha = aluno
        .linha_em(LOGO)
        .map_err(|falha| falha.depois_de(feito))?;
    exigir(!linha.chars().any(char::is_control), || {
        Falha::nova("manda-no-terminal")
            .feito(feito)
            .esperado("Uma linha em que nada mande no terminal.")
            .veio(mostrar(linha.as_bytes()))
    })
}

/// O tamanho que não serve se recusa logo, sem esperar pelo corpo.
fn tamanhos_recusados(programa: &Programa) -> Resultado {
    for tamanho in [1101_u16, 0, 18245, u16::MAX] {
        let feito = format!(
            "Mandei um PING e, no lugar de outro quadro, o tamanho {tamanho} e mais nada, com a entrada aberta."
        );
        let mut aluno = programa.rodar(&[])?;
        aluno.digitar(&[&quadro(PING.0), &tamanho.to_be_bytes()[..]].concat());
        escreve(&mut aluno, &feito, PING.1, "mensagem-errada")?;
        let recusou = match aluno.linha_em(LOGO) {
            Err(falha) if falha.diagnostico == "acabou-cedo" => true,
            Err(falha) if falha.diagnostico == "silencio" => false,
            Err(falha) => return Err(falha.depois_de(feito)),
            Ok(_) => false,
        };
        exigir(recusou, || {
            Falha::nova("tamanho-tarde")
                .feito(&feito)
                .esperado(
                    "Que ele recusasse o tamanho assim que o leu: os permitidos vão de 1 a 1100.",
                )
                .veio("Ele continuou, à espera de um corpo.")
        })?;
        recusado(&mut aluno, &feito, "tamanho-tarde", "recusa-calada")?;
    }
    Ok(())
}

/// Cada violação, depois de uma mensagem boa.
fn corpos_recusados(programa: &Programa) -> Resultado {
    for (oque, corpo) in [
        ("de um tipo que não existe, o 12", vec![12]),
        ("ACEITO, que não é dos que ele lê", vec![2]),
        ("PING com 7 bytes de marca", vec![6, 0, 0, 0, 0, 0, 0, 1]),
        (
            "PING com 9 bytes de marca",
            vec![6, 0, 0, 0, 0, 0, 0, 0, 1, 2],
        ),
        ("PONG só com a marca", numeros(7, &[1])),
        ("ITEM sem a espécie", numeros(4, &[1])),
        ("ITEM da espécie 3", item(1, 3, b"x")),
        ("ITEM com 1001 bytes de texto", item(1, 0, &[b'x'; 1001])),
        ("ITEM com uma quebra de linha no texto", item(1, 0, b"a\nb")),
        ("ITEM com um texto que não é UTF-8", item(1, 0, b"a\xc3")),
        ("ITEM com um nome vazio", item(1, 2, b"")),
        ("ITEM com um nome de 97 bytes", item(1, 2, &[b'x'; 97])),
    ] {
        let feito = format!("Mandei um PING, um {oque}, e outro PING.");
        let mut aluno = programa.rodar(&[])?;
        let ping = quadro(PING.0);
        aluno.digitar(&[ping.clone(), quadro(&corpo), ping].concat());
        escreve(&mut aluno, &feito, PING.1, "mensagem-errada")?;
        recusado(&mut aluno, &feito, "aceita-violacao", "recusa-calada")?;
    }
    Ok(())
}

/// O fim da entrada no meio de um quadro não é um fim.
fn fim_no_meio(programa: &Programa) -> Resultado {
    for (onde, resto) in [
        ("no meio do tamanho", &[0][..]),
        ("no meio do corpo", &[0, 9, 6, 0, 0]),
    ] {
        let feito = format!("Mandei um PING e fechei a entrada {onde} do quadro seguinte.");
        let mut aluno = programa.rodar(&[])?;
        aluno.digitar(&[&quadro(PING.0), resto].concat());
        aluno.fechar_entrada();
        escreve(&mut aluno, &feito, PING.1, "mensagem-errada")?;
        recusado(&mut aluno, &feito, "fim-cortado", "fim-cortado")?;
    }
    Ok(())
}

/// No nome a página a deixa passar, e quem a mostra é que a torna inofensiva.
fn quebra_de_linha_no_nome(programa: &Programa) -> Resultado {
    let feito = "Mandei um ITEM com uma quebra de linha no nome: só no texto ela é proibida.";
    let mut aluno = programa.rodar(&[])?;
    aluno.digitar(&quadro(&item(4, 2, b"Ana\nBia")));
    let certa = format!("ITEM 4 nome: {}", sockets::visivel(b"Ana\nBia"));
    escreve(&mut aluno, feito, &certa, "recusa-o-que-serve")
}

/// A próxima linha é esta. `engano` é o diagnóstico de quem escreve outra, cala ou acaba.
fn escreve(aluno: &mut Processo, feito: &str, certa: &str, engano: &str) -> Resultado {
    let esperado = format!("A linha {}.", mostrar(certa.as_bytes()));
    let linha = aluno.linha_em(LOGO).map_err(|falha| {
        falha
            .depois_de(feito)
            .esperado(&esperado)
            .quando("silencio", engano)
            .quando("acabou-cedo", engano)
    })?;
    exigir(linha == certa, || {
        Falha::nova(engano)
            .feito(feito)
            .esperado(&esperado)
            .veio(mostrar(linha.as_bytes()))
    })
}

/// O programa acaba com uma frase e o código 1, sem escrever mais nada. `calou` é o
/// diagnóstico de quem só não diz que recusou, e `engano`, o de quem escreve mais.
fn recusado(aluno: &mut Processo, feito: &str, engano: &str, calou: &str) -> Resultado {
    let fim = aluno.fim().map_err(|falha| falha.depois_de(feito))?;
    let calado = fim.erros.is_empty();
    exigir(
        fim.codigo == Some(1) && fim.saida.is_empty() && !calado,
        || {
            Falha::nova(if fim.saida.is_empty() { calou } else { engano })
                .feito(feito)
                .esperado("Depois da linha do primeiro PING, uma frase na saída de erro, o código 1 e mais nada.")
                .veio(format!(
                    "Ele acabou com {}, e ao todo escreveu na saída {}.",
                    fim.como(),
                    mostrar(&aluno.escrito())
                ))
                .erros(fim.erros.clone())
        },
    )
}

fn quadro(corpo: &[u8]) -> Vec<u8> {
    let tamanho = u16::try_from(corpo.len()).unwrap_or(u16::MAX);
    [&tamanho.to_be_bytes()[..], corpo].concat()
}

fn numeros(tipo: u8, numeros: &[u64]) -> Vec<u8> {
    let campos = numeros.iter().flat_map(|numero| numero.to_be_bytes());
    std::iter::once(tipo).chain(campos).collect()
}

fn item(numero: u64, especie: u8, resto: &[u8]) -> Vec<u8> {
    [&numeros(4, &[numero])[..], &[especie], resto].concat()
}
