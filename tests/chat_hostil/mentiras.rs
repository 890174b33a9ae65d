//! Mensagens certas na hora errada, ou com números que não podem ser.

use libtest_mimic::Trial;
use provas::Falha;
use sockets::arq::Recibo;
use sockets::chat::protocolo::{Item, Mensagem, Motivo};

use crate::alvo::Alvo;
use crate::par::{Conversa, Datagramas, Fluxo, MAIOR, Par, ola, quadro, quadro_de, texto};
use provas::chat::{Modo, prova};

pub fn provas() -> Vec<Trial> {
    let mut provas = vec![
        prova("tcp::mentira::na_conversa", em_tcp),
        prova("tcp::mentira::no_cumprimento", no_cumprimento),
        prova("tcp::mentira::recusa_em_cada_fase", recusas_em_tcp),
    ];
    for modo in ["udp", "udp-confiavel"] {
        provas.push(prova(format!("{modo}::mentira::na_conversa"), move || {
            em_udp(modo)
        }));
        provas.push(prova(format!("{modo}::mentira::tchau"), move || {
            tchau_em_udp(modo)
        }));
    }
    provas
}

fn recibo(proximo: u64, janela: u16, mapa: &[u8]) -> Mensagem<'static> {
    let mapa = mapa.to_vec();
    Mensagem::Recibo(Recibo {
        proximo,
        janela,
        mapa,
    })
}

fn item(numero: u64) -> Mensagem<'static> {
    let item = texto("mentira");
    Mensagem::Item { numero, item }
}

/// O que nenhum programa honesto manda em uma conversa que acabou de começar.
fn mentiras() -> Vec<Mensagem<'static>> {
    let recibos = [
        recibo(1, 256, &[]),
        recibo(u64::MAX, u16::MAX, &[0xff; 32]),
        recibo(0, 0, &[0xff; 32]),
    ];
    let mut mentiras = vec![
        Mensagem::Aceito,
        Mensagem::Confirma { recebidos: 1 },
        Mensagem::Confirma {
            recebidos: u64::MAX,
        },
        item(u64::MAX),
        item(1 << 40),
        Mensagem::AteLogo { recebidos: 0 },
        Mensagem::AteLogo {
            recebidos: u64::MAX,
        },
        Mensagem::Segmento {
            numero: u64::MAX,
            carga: &[],
        },
        Mensagem::Segmento {
            numero: 0,
            carga: &[0, 0],
        },
    ];
    mentiras.extend(recibos);
    mentiras
}

/// Cada mentira acaba com a conexão em que veio, com o motivo.
fn em_tcp() -> Result<(), Falha> {
    let mut alvo = Alvo::abrir("tcp")?;
    let mut quadros: Vec<Vec<u8>> = mentiras().iter().map(quadro).collect();
    quadros.extend([
        quadro(&ola("tcp", MAIOR, "outra vez")),
        quadro(&item(1)),
        quadro(&Mensagem::Tchau { enviados: 1 }),
        quadro(&Mensagem::Tchau { enviados: u64::MAX }),
        // Corpos de tamanho errado, ou com o que não cabe neles.
        quadro_de(&[6, 0, 0]),
        quadro_de(&[&[4; 10][..], b"quebra\n"].concat()),
        quadro_de(&[&[4, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], b"quebra\n"].concat()),
        quadro_de(&[&[4, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], b"\xff\xfe"].concat()),
        quadro_de(&[&[4, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &[b'a'; 1001]].concat()),
        quadro_de(&[&[4, 0, 0, 0, 0, 0, 0, 0, 0, 2][..], &[b'a'; 97]].concat()),
        quadro_de(&[4, 0, 0, 0, 0, 0, 0, 0, 0, 2]),
        quadro_de(&[4, 0, 0, 0, 0, 0, 0, 0, 0, 3]),
    ]);
    for bytes in quadros {
        let mut fluxo = Fluxo::conversar(&alvo, "Carla")?;
        fluxo.bytes(&bytes)?;
        fluxo.ate_recusar(Motivo::Lixo)?;
        alvo.chat.esperar_linha_com("a conversa com Carla caiu")?;
    }
    if alvo.conversa()?.contains("mentira") {
        return Err(alvo.chat.falha("mostrou um item que não podia vir"));
    }
    alvo.ainda_conversa()
}

/// Antes da conversa, só um OLÁ e, do árbitro, um ACEITO.
fn no_cumprimento() -> Result<(), Falha> {
    let alvo = Alvo::abrir("tcp")?;
    let saudacao = quadro(&ola("tcp", MAIOR, "Carla"));
    let sem_arbitro = quadro(&ola("tcp", 1, "Carla"));
    let mut casos = vec![quadro(&Mensagem::Aceito), saudacao.repeat(2)];
    for mentira in mentiras().iter().skip(1) {
        casos.push(quadro(mentira));
        casos.push([saudacao.clone(), quadro(mentira)].concat());
    }
    for (bytes, motivo) in casos.iter().map(|bytes| (bytes, Motivo::Lixo)) {
        let mut fluxo = Fluxo::ligar(&alvo)?;
        fluxo.bytes(bytes)?;
        fluxo.ate_recusar(motivo)?;
    }
    // Quem não é o árbitro não aceita: o alvo é que já aceitou.
    let mut fluxo = Fluxo::ligar(&alvo)?;
    fluxo.bytes(&[sem_arbitro, quadro(&Mensagem::Aceito)].concat())?;
    fluxo.ate_recusar(Motivo::Lixo)?;
    drop(fluxo);
    alvo.ainda_conversa()
}

/// RECUSA antes do OLÁ, depois dele, na conversa e na despedida.
fn recusas_em_tcp() -> Result<(), Falha> {
    let mut alvo = Alvo::abrir("tcp")?;
    for motivo in [
        Motivo::Ocupado,
        Motivo::Lixo,
        Motivo::Versao,
        Motivo::Demora,
    ] {
        let explicacao = "não quero";
        let recusa = Mensagem::Recusa { motivo, explicacao };
        for antes in [vec![], quadro(&ola("tcp", MAIOR, "Carla"))] {
            let mut fluxo = Fluxo::ligar(&alvo)?;
            fluxo.bytes(&antes)?;
            fluxo.mandar(&recusa)?;
            fluxo.ate_o_fim()?;
        }
        let mut fluxo = Fluxo::conversar(&alvo, "Carla")?;
        fluxo.mandar(&recusa)?;
        fluxo.ate_o_fim()?;
        alvo.chat.esperar_linha_com("a conversa com Carla caiu")?;
        let mut fluxo = Fluxo::conversar(&alvo, "Carla")?;
        fluxo.mandar(&Mensagem::Tchau { enviados: 0 })?;
        fluxo.ate(|mensagem| matches!(mensagem, Mensagem::AteLogo { .. }))?;
        // Já ninguém lê esta.
        fluxo.insistir(&quadro(&recusa));
        fluxo.ate_o_fim()?;
        alvo.chat.esperar_linha_com("Carla saiu")?;
    }
    alvo.ainda_conversa()
}

/// Em UDP a mentira é descartada, e a conversa continua.
fn em_udp(modo: Modo) -> Result<(), Falha> {
    let mut alvo = Alvo::abrir(modo)?;
    let mut conversa = Conversa::nova(&mut alvo, "Carla")?;
    alvo.chat.escrever("uma linha de Ana\n");
    let Par::Udp(par) = &conversa.par else {
        return Err(alvo.chat.falha("não é um modo sobre UDP"));
    };
    for mentira in mentiras() {
        par.mandar(&mentira)?;
        par.responde()?;
    }
    for motivo in [Motivo::Versao, Motivo::Lixo, Motivo::Modo, Motivo::Espelho] {
        let explicacao = "não quero";
        par.mandar(&Mensagem::Recusa { motivo, explicacao })?;
    }
    // OLÁs de programas que não ouviram nada não tomam o lugar de quem ouviu.
    for sessao in 100..200 {
        par.mandar(&ola(modo, sessao, "outra"))?;
    }
    par.responde()?;
    conversa.dizer(texto("ainda aqui"))?;
    conversa.ate_mostrar(&mut alvo)?;
    drop(conversa);
    if !alvo.conversa()?.contains("Carla: ainda aqui\n") || alvo.conversa()?.contains("mentira") {
        return Err(alvo
            .chat
            .falha("não mostrou o que devia, ou mostrou uma mentira"));
    }
    if alvo.chat.tudo().contains("caiu") || alvo.chat.tudo().contains("não quero") {
        return Err(alvo.chat.falha("acreditou em uma mentira"));
    }
    alvo.ainda_conversa()
}

/// TCHAUs com contas que não podem ser, repetidos e depois do fim.
fn tchau_em_udp(modo: Modo) -> Result<(), Falha> {
    let mut alvo = Alvo::abrir(modo)?;
    let mut conversa = Conversa::nova(&mut alvo, "Carla")?;
    conversa.dizer(Item::Nome("Carla"))?;
    let Par::Udp(par) = &conversa.par else {
        return Err(alvo.chat.falha("não é um modo sobre UDP"));
    };
    let par: &Datagramas = par;
    for enviados in [u64::MAX, 1 << 40, 0, 1] {
        for _ in 0..10 {
            par.mandar(&Mensagem::Tchau { enviados })?;
        }
    }
    alvo.chat.esperar_linha_com("Carla saiu")?;
    par.ate(|mensagem| matches!(mensagem, Mensagem::AteLogo { .. }))?;
    par.mandar(&Mensagem::AteLogo { recebidos: 9 })?;
    par.mandar(&item(5))?;
    // A sessão que se despediu não volta.
    par.mandar(&par.prova("Carla"))?;
    drop(conversa);
    alvo.conversar_com_bia()?;
    if alvo.chat.tudo().matches("conectado com Carla").count() != 1
        || alvo.chat.tudo().contains("perdida")
        || alvo.conversa()?.contains("mentira")
    {
        return Err(alvo.chat.falha("acreditou em uma mentira"));
    }
    alvo.ainda_conversa()
}
