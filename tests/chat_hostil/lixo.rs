//! O que não é do chat, ou é de outra versão dele.

use std::net::{Ipv4Addr, Shutdown, UdpSocket};

use libtest_mimic::Trial;
use provas::Falha;
use socket2::SockRef;
use sockets::chat::protocolo::{Mensagem, Motivo};

use crate::alvo::Alvo;
use crate::par::{Datagramas, Fluxo, MAIOR, ola, quadro, quadro_de};
use provas::chat::{Modo, prova};

pub fn provas() -> Vec<Trial> {
    let mut provas = vec![
        prova("tcp::lixo::bytes", em_tcp),
        prova("tcp::lixo::conexoes", conexoes),
    ];
    for modo in ["udp", "udp-confiavel"] {
        provas.push(prova(format!("{modo}::lixo::datagramas"), move || {
            em_udp(modo)
        }));
    }
    provas
}

/// O começo de uma conversa de TLS (RFC 8446 §5.1), de HTTP e de SSH.
const DE_OUTROS: &[&[u8]] = &[
    b"\x16\x03\x01\x00\xf1\x01\x00\x00\xed\x03\x03",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.6\r\n",
    b"\x00\x00",
    b"\xff\xff",
    b"\x04\x4d",
];

/// Bytes quaisquer, sempre os mesmos.
fn quaisquer(quantos: usize, mut semente: u32) -> Vec<u8> {
    let proximo = || {
        semente = semente.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        semente.to_be_bytes()[0]
    };
    std::iter::repeat_with(proximo).take(quantos).collect()
}

fn ola_da_versao(versao: u8) -> Vec<u8> {
    let mut corpo = quadro(&ola("tcp", MAIOR, "futuro")).split_off(2);
    corpo[1] = versao;
    corpo
}

/// Cada um é recusado com o seu motivo, e a pessoa lê cada motivo uma vez só.
fn em_tcp() -> Result<(), Falha> {
    let mut alvo = Alvo::abrir("tcp")?;
    let mut casos: Vec<(Vec<u8>, Motivo)> = Vec::new();
    for bytes in DE_OUTROS {
        casos.push((bytes.to_vec(), Motivo::Lixo));
        casos.push(([*bytes, &quaisquer(100_000, 1)].concat(), Motivo::Lixo));
    }
    for versao in [0, 2, 255] {
        casos.push((quadro_de(&ola_da_versao(versao)), Motivo::Versao));
        casos.push((quadro_de(&ola_da_versao(versao)[..2]), Motivo::Versao));
    }
    for corpo in [
        &[0][..],
        &[1],
        &[4; 12],
        &[12],
        &[255; 1100],
        &[3, 0],
        &[3, 8],
        &[2, 2],
    ] {
        casos.push((quadro_de(corpo), Motivo::Lixo));
    }
    let mut sem_sessao = quadro(&ola("tcp", MAIOR, "x"));
    sem_sessao[5..13].fill(0);
    casos.push((sem_sessao, Motivo::Lixo));
    casos.push((quadro(&ola("udp", MAIOR, "x")), Motivo::Modo));
    for (bytes, motivo) in casos {
        let mut fluxo = Fluxo::ligar(&alvo)?;
        // O alvo pode recusar antes de o resto caber.
        fluxo.insistir(&bytes);
        fluxo.ate_recusar(motivo)?;
    }
    alvo.conversar_com_bia()?;
    for trecho in [
        "este chat foi aberto em tcp",
        "fala a versão",
        "Confira se o que está lá",
    ] {
        let vezes = alvo.chat.tudo().matches(trecho).count();
        if vezes > 1 {
            return Err(alvo.chat.falha(&format!("disse {vezes} vezes {trecho:?}")));
        }
    }
    alvo.ainda_conversa()
}

/// Conexões que se abrem e se fecham de todo jeito. O alvo pode fechá-las antes, se já
/// há muitas.
fn conexoes() -> Result<(), Falha> {
    let alvo = Alvo::abrir("tcp")?;
    let saudacao = quadro(&ola("tcp", MAIOR, "x"));
    for corte in 0..=saudacao.len() {
        let mut fluxo = Fluxo::ligar(&alvo)?;
        fluxo.insistir(&saudacao[..corte]);
        match corte % 3 {
            0 => fluxo.cortar(),
            1 => drop(fluxo),
            _ => {
                let _ = fluxo.socket.shutdown(Shutdown::Write);
                let _ = fluxo.ate_o_fim();
            }
        }
    }
    // Bytes urgentes (`tcp(7)`) fazem a leitura parar no meio de um quadro.
    for corte in 1..saudacao.len() {
        let mut fluxo = Fluxo::ligar(&alvo)?;
        let (antes, depois) = saudacao.split_at(corte);
        fluxo.insistir(antes);
        let _ = SockRef::from(&fluxo.socket).send_out_of_band(b"!");
        fluxo.insistir(&[depois, &quadro(&Mensagem::Aceito)].concat());
        fluxo.cortar();
    }
    alvo.ainda_conversa()
}

/// Nada disto derruba a conversa que está de pé, nem a que ainda não começou.
fn em_udp(modo: Modo) -> Result<(), Falha> {
    let mut alvo = Alvo::abrir(modo)?;
    let par = Datagramas::abrir(&alvo)?;
    despejar(&par, modo)?;
    drop(par);
    let par = Datagramas::conversar(&alvo, "Carla")?;
    alvo.chat.esperar_linha_com("conectado com Carla")?;
    despejar(&par, modo)?;
    estranhos(&alvo)?;
    par.responde()?;
    if alvo.chat.tudo().contains("caiu") {
        return Err(alvo.chat.falha("deixou cair a conversa"));
    }
    drop(par);
    alvo.ainda_conversa()
}

fn despejar(par: &Datagramas, modo: Modo) -> Result<(), Falha> {
    for bytes in DE_OUTROS {
        par.bytes(bytes)?;
    }
    for tamanho in [0, 1, 2, 3, 10, 11, 12, 100, 1199, 1200, 1201, 9000] {
        par.bytes(&quaisquer(tamanho, 2))?;
        par.bytes(&[b"SK\x01", &quaisquer(tamanho, 3)[..]].concat())?;
    }
    // O maior de todos; nem todo sistema o leva.
    let _ = par.bytes(&quaisquer(65_507, 4));
    for versao in [0, 2, 255] {
        par.bytes(&[b"SK", &[versao][..], &[0; 50]].concat())?;
        par.bytes(&[b"SK\x01", &[0; 8][..], &ola_da_versao(versao)].concat())?;
    }
    let outro = if modo == "udp" {
        "udp-confiavel"
    } else {
        "udp"
    };
    par.mandar(&ola(outro, 9, "de outro modo"))?;
    par.mandar(&ola("tcp", 9, "de outro modo"))?;
    Ok(())
}

/// De outra porta do mesmo computador, nem o que seria certo conta.
fn estranhos(alvo: &Alvo) -> Result<(), Falha> {
    let mandar = || {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        for sessao in 1..100 {
            let mut bytes = Vec::new();
            let ola = ola(alvo.modo, sessao, "estranho");
            sockets::chat::datagrama::montar(0, &ola, &mut bytes);
            socket.send_to(&bytes, (Ipv4Addr::LOCALHOST, alvo.local))?;
        }
        Ok(())
    };
    mandar().map_err(|erro: std::io::Error| Falha::nova(erro.to_string()))
}
