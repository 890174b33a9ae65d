//! Relatos que não podem ser verdade: o outro lado os marca e diz por quê, e a medição
//! vai até o fim.

use libtest_mimic::Trial;
use medir::par::datagrama::MENOR_DATAGRAMA;
use medir::par::protocolo::{Bytes, Chegadas, Envio, Mensagem};
use provas::Falha;
use sockets::medir::sonda::Sonda;

use crate::apoio::{
    CURTO, Linha, Servidor, celulas, exigir, medir, pasta, prova, ressalvas, tabela,
};
use crate::procurador::{Para, Passagem, Procurador, Regras};

pub fn provas() -> Vec<Trial> {
    vec![
        prova("mentiras::do_servidor_sobre_o_que_recebeu", || {
            do_servidor(
                |mensagem| {
                    if let Mensagem::Chegadas { chegadas, .. } = mensagem {
                        demais(chegadas);
                    }
                    if let Mensagem::Bytes { bytes, .. } = mensagem {
                        bytes.recebidos *= 2;
                    }
                },
                "o servidor diz ter recebido mais do que se mandou",
                &["ida-e-volta", "ida"],
            )
        }),
        prova("mentiras::do_servidor_sobre_o_que_mandou", || {
            do_servidor(
                |mensagem| {
                    if let Mensagem::Envio { envio, .. } = mensagem {
                        de_menos(envio);
                    }
                },
                "o servidor diz ter mandado menos do que chegou",
                &["volta"],
            )
        }),
        prova("mentiras::do_servidor_com_tempos", || {
            do_servidor(
                |mensagem| match mensagem {
                    Mensagem::Chegadas { chegadas, .. } => {
                        chegadas.intervalo_ns = u64::MAX;
                    }
                    Mensagem::Bytes { bytes, .. } => bytes.intervalo_ns = u64::MAX,
                    Mensagem::Envio { envio, .. } => envio.intervalo_ns = u64::MAX,
                    _ => {}
                },
                "o servidor dá um tempo que não cabe no que passou",
                &["ida", "volta", "ida-e-volta"],
            )
        }),
        prova("mentiras::do_servidor_com_numeros_absurdos", || {
            do_servidor(
                |mensagem| match mensagem {
                    Mensagem::Chegadas { chegadas, .. } => *chegadas = ABSURDAS,
                    Mensagem::Bytes { bytes, .. } => *bytes = ABSURDOS,
                    Mensagem::Envio { envio, .. } => *envio = absurdo(),
                    _ => {}
                },
                "o servidor d",
                &["ida", "volta", "ida-e-volta"],
            )
        }),
        prova(
            "mentiras::do_servidor_que_responde_antes",
            antes_da_pergunta,
        ),
        prova("mentiras::do_cliente", do_cliente),
    ]
}

const ABSURDAS: Chegadas = Chegadas {
    unicos: u64::MAX,
    repetidos: u64::MAX,
    ultrapassados: u64::MAX,
    inventados: u64::MAX,
    proximo: u64::MAX,
    bytes: u64::MAX,
    intervalo_ns: u64::MAX,
    variacao_ns: Some(u64::MAX),
    sem_buffer: Some(u64::MAX),
    buffer: u64::MAX,
    devolvidos: u64::MAX,
};

const ABSURDOS: Bytes = Bytes {
    recebidos: u64::MAX,
    intervalo_ns: u64::MAX,
    na_janela: u64::MAX,
    janela_ns: u64::MAX,
    inteiro: true,
};

fn absurdo() -> Envio {
    Envio {
        enviados: u64::MAX,
        bytes: u64::MAX,
        erros: u64::MAX,
        remarcados: u64::MAX,
        intervalo_ns: u64::MAX,
        retransmitidos: Some(u64::MAX),
        congestionamento: "\u{1b}[2Jmentira".into(),
    }
}

/// Mais do que se mandou, e com as contas certas.
fn demais(chegadas: &mut Chegadas) {
    let tamanho = chegadas.bytes / (chegadas.unicos + chegadas.repetidos).max(1);
    chegadas.unicos += 1_000_000;
    chegadas.proximo = chegadas.unicos;
    chegadas.bytes = (chegadas.unicos + chegadas.repetidos) * tamanho;
}

/// Menos do que chegou, e com as contas certas.
fn de_menos(envio: &mut Envio) {
    let de_cada = envio.bytes.checked_div(envio.enviados);
    envio.enviados = u64::from(de_cada.is_some());
    envio.bytes = de_cada.unwrap_or(1);
}

/// O servidor mente assim: nestes sentidos, todas as linhas do cliente o dizem; nos
/// outros, nenhuma.
fn do_servidor(
    mentir: impl Fn(&mut Mensagem) + Send + 'static,
    ressalva: &str,
    sentidos: &[&str],
) -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let regras = Regras::das_mensagens(move |para, mut mensagem| {
        if para == Para::Cliente {
            mentir(&mut mensagem);
        }
        Passagem::Passar(mensagem)
    });
    let procurador = Procurador::abrir(servidor.endereco, regras)?;
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    let cliente = medir(procurador.endereco, &saida, &CURTO, 0)?;
    let linhas = tabela(&saida)?;
    for sentido in ["ida", "volta", "ida-e-volta"] {
        let estas = celulas(&linhas, &[("sentido", sentido)], "ressalva");
        let mente = sentidos.contains(&sentido);
        let certo = estas.iter().all(|r| r.contains(ressalva) == mente);
        exigir(
            certo && !estas.is_empty(),
            format!("{sentido}: as ressalvas são {:?}", ressalvas(&linhas)),
        )?;
    }
    sem_terminal(&linhas)?;
    cliente_mostra(&cliente, ressalva)?;
    // Ele também sabe que não se acreditou nele.
    servidor
        .filho
        .esperar_linha_com("ele não acredita: o servidor d")?;
    servidor.filho.esperar_linha_com("acabou: 8 medidas")?;
    servidor.continua_de_pe()
}

/// O que se mostra quebra as frases compridas em linhas.
fn cliente_mostra(cliente: &provas::Filho, frase: &str) -> Result<(), Falha> {
    let mostrado = cliente.tudo();
    let mostrado: Vec<&str> = mostrado.split_whitespace().collect();
    if mostrado.join(" ").contains(frase) {
        return Ok(());
    }
    Err(cliente.falha(&format!("não mostra {frase:?}")))
}

/// Nenhuma célula comanda um terminal.
fn sem_terminal(linhas: &[Linha]) -> Result<(), Falha> {
    let celulas = linhas.iter().flat_map(|linha| linha.values());
    for celula in celulas {
        exigir(
            *celula == sockets::visivel(celula.as_bytes()),
            format!("uma célula comanda o terminal: {celula:?}"),
        )?;
    }
    Ok(())
}

/// Quem responde adivinha as próximas perguntas, para parecer rápido.
fn antes_da_pergunta() -> Result<(), Falha> {
    /// O tamanho das perguntas da ida e volta.
    const PERGUNTA: usize = 64;
    let servidor = Servidor::abrir()?;
    let regras = Regras {
        datagramas: Box::new(|para, datagrama| {
            let mut passam = vec![datagrama.to_vec()];
            let sonda = Sonda::ler(datagrama);
            if let Some(sonda) = sonda
                && para == Para::Cliente
                && datagrama.len() == PERGUNTA
                && sonda.experimento > 0
            {
                let mut futura = datagrama.to_vec();
                let adivinhada = Sonda {
                    numero: sonda.numero + 1,
                    enviada_ns: sonda.enviada_ns + 5_000_000,
                    ..sonda
                };
                adivinhada.escrever(&mut futura[..MENOR_DATAGRAMA]);
                passam.push(futura);
            }
            passam
        }),
        ..Regras::default()
    };
    let procurador = Procurador::abrir(servidor.endereco, regras)?;
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    let cliente = medir(procurador.endereco, &saida, &CURTO, 0)?;
    let linhas = tabela(&saida)?;
    let ida_e_volta = [("ensaio", "ida-e-volta"), ("protocolo", "udp")];
    let frase = "respondeu antes da pergunta: um tempo menor que zero";
    let estas = celulas(&linhas, &ida_e_volta, "ressalva");
    exigir(
        !estas.is_empty() && estas.iter().all(|r| r.contains(frase)),
        format!("as ressalvas são {:?}", ressalvas(&linhas)),
    )?;
    cliente_mostra(&cliente, frase)?;
    // As adivinhadas não contam: respostas há tantas quantas as perguntas.
    let da_volta = |medida: &str| {
        let quais = [ida_e_volta[0], ida_e_volta[1], ("medida", medida)];
        celulas(&linhas, &quais, "valor")
    };
    exigir(
        da_volta("respostas") == da_volta("perguntas"),
        format!("{:?} respostas", da_volta("respostas")),
    )
}

/// O cliente mente: o servidor não acredita, diz a ele, e continua a atender.
fn do_cliente() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let regras = Regras::das_mensagens(|para, mut mensagem| {
        if para == Para::Servidor {
            match &mut mensagem {
                Mensagem::Chegadas { chegadas, .. } => demais(chegadas),
                Mensagem::Bytes { bytes, .. } => bytes.recebidos *= 2,
                Mensagem::Envio { envio, .. } => de_menos(envio),
                _ => {}
            }
        }
        Passagem::Passar(mensagem)
    });
    let procurador = Procurador::abrir(servidor.endereco, regras)?;
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    medir(procurador.endereco, &saida, &CURTO, 0)?;
    let linhas = tabela(&saida)?;
    for (sentido, frase) in [
        ("volta", "o cliente diz ter recebido mais do que se mandou"),
        ("ida", "o cliente diz ter mandado menos do que chegou"),
        (
            "ida-e-volta",
            "o cliente diz ter recebido mais do que se mandou",
        ),
    ] {
        let frase = format!("o servidor não acredita: {frase}");
        let estas = celulas(&linhas, &[("sentido", sentido)], "ressalva");
        exigir(
            !estas.is_empty() && estas.iter().all(|r| r.contains(&frase)),
            format!("{sentido}: as ressalvas são {:?}", ressalvas(&linhas)),
        )?;
    }
    for frase in ["diz ter recebido mais", "diz ter mandado menos"] {
        let frase = format!("não acredito: o cliente {frase}");
        exigir(
            servidor.filho.tudo().contains(&frase),
            format!("o servidor não diz {frase:?}"),
        )?;
    }
    servidor.filho.esperar_linha_com("acabou: 8 medidas")?;
    servidor.continua_de_pe()
}
