//! Cada mensagem tem os bytes que a especificação diz.

use sockets::arq::Recibo;
use sockets::chat::protocolo::{Item, Mensagem, Modo, Motivo, Sessao};

/// Confere os bytes de uma mensagem, nos dois sentidos. `partes` são os campos, em
/// hexadecimal ou, depois de um apóstrofo, em texto.
fn conferir(mensagem: &Mensagem<'_>, partes: &[&str]) {
    let esperado: Vec<u8> = partes
        .iter()
        .flat_map(|parte| match parte.strip_prefix('\'') {
            Some(texto) => texto.as_bytes().to_vec(),
            None => hexadecimal(parte),
        })
        .collect();
    let mut corpo = Vec::new();
    mensagem.codificar(&mut corpo);
    assert_eq!(corpo, esperado, "{mensagem:?}");
    assert_eq!(Mensagem::decodificar(&esperado).as_ref(), Ok(mensagem));
}

fn hexadecimal(digitos: &str) -> Vec<u8> {
    let digito = |c: u8| char::from(c).to_digit(16).expect("hexadecimal");
    digitos
        .as_bytes()
        .chunks(2)
        .map(|par| u8::try_from(digito(par[0]) * 16 + digito(par[1])).expect("um byte"))
        .collect()
}

#[test]
fn ola() {
    conferir(
        &Mensagem::Ola {
            versao: 1,
            modo: Modo::Tcp,
            sessao: Sessao(0x0102_0304_0506_0708),
            conhecida: None,
            recebidos: 0,
            proximo: 0,
            nome: "Zé",
        },
        &[
            "01",
            "01",
            "01",
            "0102030405060708",
            "0000000000000000",
            "0000000000000000",
            "0000000000000000",
            "'Zé",
        ],
    );
    conferir(
        &Mensagem::Ola {
            versao: 1,
            modo: Modo::UdpConfiavel,
            sessao: Sessao(1),
            conhecida: Some(Sessao(2)),
            recebidos: 3,
            proximo: 4,
            nome: "B",
        },
        &[
            "01",
            "01",
            "03",
            "0000000000000001",
            "0000000000000002",
            "0000000000000003",
            "0000000000000004",
            "'B",
        ],
    );
}

#[test]
fn aceito_e_recusa() {
    conferir(&Mensagem::Aceito, &["02"]);
    for (motivo, byte) in [
        (Motivo::Versao, "01"),
        (Motivo::Estranho, "02"),
        (Motivo::Ocupado, "03"),
        (Motivo::Lixo, "04"),
        (Motivo::Modo, "05"),
        (Motivo::Espelho, "06"),
        (Motivo::Demora, "07"),
    ] {
        let explicacao = "não é você";
        conferir(
            &Mensagem::Recusa { motivo, explicacao },
            &["03", byte, "'não é você"],
        );
    }
}

#[test]
fn item() {
    for (item, especie, resto) in [
        (texto("oi", false), "00", "'oi"),
        (texto("", false), "00", "'"),
        (texto("oi", true), "01", "'oi"),
        (Item::Nome("Ana"), "02", "'Ana"),
    ] {
        let numero = 0x0a0b;
        conferir(
            &Mensagem::Item { numero, item },
            &["04", "0000000000000a0b", especie, resto],
        );
    }
}

fn texto(texto: &str, continua: bool) -> Item<'_> {
    Item::Texto { texto, continua }
}

#[test]
fn numeros() {
    let (cinco, seis) = ("0000000000000005", "0000000000000006");
    conferir(&Mensagem::Confirma { recebidos: 5 }, &["05", cinco]);
    conferir(&Mensagem::Ping { marca: 5 }, &["06", cinco]);
    conferir(
        &Mensagem::Pong {
            marca: 5,
            recebidos: 6,
        },
        &["07", cinco, seis],
    );
    conferir(&Mensagem::Tchau { enviados: 6 }, &["08", seis]);
    conferir(&Mensagem::AteLogo { recebidos: 6 }, &["09", seis]);
}

#[test]
fn segmento_e_recibo() {
    conferir(
        &Mensagem::Segmento {
            numero: 5,
            carga: b"abc",
        },
        &["0a", "0000000000000005", "'abc"],
    );
    conferir(
        &Mensagem::Recibo(Recibo {
            proximo: 5,
            janela: 0x0102,
            mapa: vec![0x80, 0x01],
        }),
        &["0b", "0000000000000005", "0102", "8001"],
    );
}
