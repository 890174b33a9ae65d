//! O exercício `observar`.

use std::collections::BTreeSet;

use super::apoio::acaba_bem;
use crate::{Falha, Programa, Resultado, exigir, mostrar};

/// Um segmento e o que se escreve dele.
struct Caso {
    nome: &'static str,
    segmento: &'static [u8],
    portas: (u16, u16),
    sequencia: u32,
    confirmacao: u32,
    cabecalho: usize,
    marcas: &'static str,
}

/// Os três primeiros são das capturas do capítulo: `coladas`, pacotes 4 e 1, e `recusa`,
/// pacote 2. O último ninguém capturou: tem todos os bits ligados que não interessam.
const CASOS: [Caso; 4] = [
    Caso {
        nome: "um segmento com dados e opções",
        segmento:
            b"\x86\xb6\x9e\xe5\x30\x3a\xd2\x14\xe4\xd7\x96\x90\x80\x18\x00\x40\xfe\x2a\x00\x00\
            \x01\x01\x08\x0a\x4f\x18\x2d\xc0\xc1\xaf\x7c\x06oi",
        portas: (34486, 40677),
        sequencia: 809_161_236,
        confirmacao: 3_839_334_032,
        cabecalho: 32,
        marcas: "PSH ACK",
    },
    Caso {
        nome: "um SYN, com 20 bytes de opções e sem dados",
        segmento:
            b"\x86\xb6\x9e\xe5\x30\x3a\xd2\x13\x00\x00\x00\x00\xa0\x02\xff\xd7\xfe\x30\x00\x00\
            \x02\x04\xff\xd7\x04\x02\x08\x0a\x4f\x18\x2d\xc0\x00\x00\x00\x00\x01\x03\x03\x0a",
        portas: (34486, 40677),
        sequencia: 809_161_235,
        confirmacao: 0,
        cabecalho: 40,
        marcas: "SYN",
    },
    Caso {
        nome: "uma recusa, sem opções nem dados",
        segmento:
            b"\xc3\x50\xa4\x22\x00\x00\x00\x00\xca\x1d\x6c\x61\x50\x14\x00\x00\x13\xdc\x00\x00",
        portas: (50000, 42018),
        sequencia: 0,
        confirmacao: 3_390_925_921,
        cabecalho: 20,
        marcas: "RST ACK",
    },
    Caso {
        nome: "um segmento inventado, com as marcas FIN, ACK e URG e dados que não são texto",
        segmento:
            b"\x00\x50\xff\xff\xff\xff\xff\xfe\x80\x00\x00\x01\x6f\xf1\xff\xff\xff\xff\xff\xff\
            \x01\x01\x01\x00\x00\xff\xc3\r\n",
        portas: (80, 65535),
        sequencia: 4_294_967_294,
        confirmacao: 2_147_483_649,
        cabecalho: 24,
        marcas: "FIN ACK URG",
    },
];

/// Segmentos que não podem ser o que dizem.
const IMPOSSIVEIS: [(&str, &[u8]); 5] = [
    ("nada", b""),
    (
        "os primeiros 19 bytes de um cabeçalho",
        CASOS[2].segmento.split_at(19).0,
    ),
    (
        "um segmento que diz ter um cabeçalho de 16 bytes",
        b"\xc3\x50\xa4\x22\x00\x00\x00\x00\xca\x1d\x6c\x61\x40\x14\x00\x00\x13\xdc\x00\x00dados",
    ),
    (
        "um segmento que diz ter um cabeçalho de 0 bytes",
        b"\xc3\x50\xa4\x22\x00\x00\x00\x00\xca\x1d\x6c\x61\x00\x14\x00\x00\x13\xdc\x00\x00dados",
    ),
    (
        "um segmento de 25 bytes que diz ter um cabeçalho de 60",
        b"\xc3\x50\xa4\x22\x00\x00\x00\x00\xca\x1d\x6c\x61\xf0\x14\x00\x00\x13\xdc\x00\x00dados",
    ),
];

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    for caso in &CASOS {
        disseca(programa, caso)?;
    }
    for (nome, segmento) in IMPOSSIVEIS {
        recusa(programa, nome, segmento)?;
    }
    Ok(())
}

fn disseca(programa: &Programa, caso: &Caso) -> Resultado {
    let feito = format!(
        "Pus na entrada {}: {}.",
        caso.nome,
        hexadecimal(caso.segmento)
    );
    let mut aluno = programa.rodar(&[])?;
    aluno.digitar(caso.segmento);
    let fim = acaba_bem(&mut aluno, &feito)?;
    let saida = String::from_utf8_lossy(&fim.saida).into_owned();
    let falha = |nome: &str, esperada: String| {
        Falha::nova(nome)
            .feito(&feito)
            .esperado(format!("A linha `{esperada}`."))
            .veio(mostrar(&fim.saida))
            .erros(fim.erros.clone())
    };
    let numeros = [
        ("portas", portas(caso.portas)),
        ("sequência", caso.sequencia.to_string()),
        ("confirmação", caso.confirmacao.to_string()),
    ];
    for (nome, certo) in &numeros {
        let veio = campo(&saida, nome);
        exigir(veio == Some(certo.as_str()), || {
            let engano = if veio == Some(ao_contrario(nome, caso).as_str()) {
                "ordem-dos-bytes"
            } else {
                "campo-errado"
            };
            falha(engano, format!("{nome}: {certo}"))
        })?;
    }
    let certo = format!("{} bytes", caso.cabecalho);
    exigir(campo(&saida, "cabeçalho") == Some(certo.as_str()), || {
        falha("tamanho-errado", format!("cabeçalho: {certo}"))
    })?;
    let conjunto = |texto: &str| -> BTreeSet<String> {
        texto.split_whitespace().map(str::to_string).collect()
    };
    let marcas = campo(&saida, "marcas").map(conjunto);
    exigir(marcas == Some(conjunto(caso.marcas)), || {
        falha("marcas-erradas", format!("marcas: {}", caso.marcas))
    })?;
    let dados = hexadecimal(&caso.segmento[caso.cabecalho..]);
    exigir(campo(&saida, "dados") == Some(dados.as_str()), || {
        falha("opcoes-como-dados", format!("dados: {dados}"))
    })
}

/// O que vem depois de `nome:`, sem os espaços das pontas.
fn campo<'s>(saida: &'s str, nome: &str) -> Option<&'s str> {
    saida
        .lines()
        .find_map(|linha| linha.trim().strip_prefix(nome)?.strip_prefix(':'))
        .map(str::trim)
}

fn portas((de, para): (u16, u16)) -> String {
    format!("{de} -> {para}")
}

/// O campo, com os bytes de cada número na outra ordem.
fn ao_contrario(nome: &str, caso: &Caso) -> String {
    match nome {
        "portas" => portas((caso.portas.0.swap_bytes(), caso.portas.1.swap_bytes())),
        "sequência" => caso.sequencia.swap_bytes().to_string(),
        _ => caso.confirmacao.swap_bytes().to_string(),
    }
}

fn recusa(programa: &Programa, nome: &str, segmento: &[u8]) -> Resultado {
    let feito = format!("Pus na entrada {nome}: {}.", hexadecimal(segmento));
    let mut aluno = programa.rodar(&[])?;
    aluno.digitar(segmento);
    let fim = aluno.fim().map_err(|falha| falha.depois_de(&feito))?;
    exigir(
        fim.codigo == Some(1) && fim.saida.is_empty() && !fim.erros.is_empty(),
        || {
            Falha::nova("acredita-no-tamanho")
                .feito(&feito)
                .esperado("Uma frase na saída de erro, nada na saída, e o código 1.")
                .veio(format!(
                    "Ele acabou com {}, e na saída {}.",
                    fim.como(),
                    mostrar(&fim.saida)
                ))
                .erros(fim.erros.clone())
        },
    )
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;

    bytes.iter().fold(String::new(), |mut texto, byte| {
        // Escrever em uma String não falha.
        let _ = write!(texto, "{byte:02x}");
        texto
    })
}
