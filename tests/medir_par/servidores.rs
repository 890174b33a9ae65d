//! Servidores hostis: o cliente acaba, com uma frase, e o que já mediu fica guardado.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use libtest_mimic::Trial;
use medir::par::protocolo::escrita::montar;
use medir::par::protocolo::{Mensagem, Motivo, Sessao};
use provas::chat::so_texto;
use provas::{Falha, Filho};

use crate::apoio::{
    CURTO, SEM_VAZAO, Servidor, argumentos, celulas, exigir, falhou, medir, pasta, prova, rodar,
    tabela,
};
use crate::procurador::{Para, Passagem, Procurador, Regras};

pub fn provas() -> Vec<Trial> {
    vec![
        prova("servidores::que_se_calam", calados),
        prova("servidores::que_cortam_em_qualquer_byte", cortes),
        prova("servidores::que_mandam_lixo", lixo),
        prova("servidores::que_recusam_com_comandos", recusas),
        prova("servidores::sem_udp_o_tcp_se_mede", sem_udp),
        prova("servidores::que_se_calam_no_meio", || {
            no_meio(|_| Passagem::Calar, "não mandou")
        }),
        prova("servidores::que_cortam_no_meio", || {
            no_meio(|_| Passagem::Cortar, "o outro lado fechou a conexão")
        }),
        prova("servidores::que_dizem_lixo_no_meio", || {
            let bomba = || Passagem::Bytes(vec![0xff; 64]);
            no_meio(move |_| bomba(), "um quadro de 65535 bytes")
        }),
        prova("servidores::que_devolvem_outra_coisa", outra_coisa),
        prova("servidores::que_nunca_param_de_mandar", sem_fim),
    ]
}

/// O que um servidor de mentira faz com cada conexão.
type Conduta = fn(TcpStream, &[u8]);

/// Um servidor de mentira, que faz isto com a primeira conexão.
fn falso(conduta: Conduta, bytes: Vec<u8>) -> Result<SocketAddr, Falha> {
    let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .map_err(|erro| falhou("abrir um servidor de mentira", &erro))?;
    let endereco = escuta.local_addr();
    thread::spawn(move || {
        if let Ok((conexao, _)) = escuta.accept() {
            conduta(conexao, &bytes);
        }
    });
    endereco.map_err(|erro| falhou("saber a porta", &erro))
}

/// Diz o que tem a dizer depois de ouvir o cliente, e fecha.
fn dizer_e_fechar(mut conexao: TcpStream, bytes: &[u8]) {
    let _ = conexao.read(&mut [0; 64]);
    let _ = conexao.write_all(bytes);
}

/// O mesmo, mas fica calado até que o cliente vá embora.
fn dizer_e_calar(mut conexao: TcpStream, bytes: &[u8]) {
    let _ = conexao.read(&mut [0; 64]);
    let _ = conexao.write_all(bytes);
    let mut resto = [0; 1024];
    while conexao.read(&mut resto).is_ok_and(|lidos| lidos > 0) {}
}

/// O cliente diante de um servidor com que não chega a medir: acaba com 1, diz `frase`, e
/// não deixa pasta nenhuma.
fn recusa_medir(servidor: SocketAddr, frase: &str) -> Result<Filho, Falha> {
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    let cliente = medir(servidor, &saida, &CURTO, 1)?;
    let mostrado = cliente.tudo();
    let texto: Vec<&str> = mostrado.split_whitespace().collect();
    let texto = texto.join(" ");
    if !texto.contains(frase) {
        return Err(cliente.falha(&format!("não diz {frase:?}")));
    }
    let comeco = format!("erro: não foi possível medir com {servidor}: ");
    if !texto.contains(&comeco) {
        return Err(cliente.falha(&format!("não diz {comeco:?}")));
    }
    exigir(!saida.exists(), "deixou uma pasta sem medidas")?;
    Ok(cliente)
}

fn calados() -> Result<(), Falha> {
    let servidor = falso(dizer_e_calar, Vec::new())?;
    recusa_medir(servidor, "o outro lado não mandou as boas-vindas a tempo")?;
    let meio = boas_vindas()[..6].to_vec();
    recusa_medir(falso(dizer_e_calar, meio)?, "as boas-vindas a tempo")?;
    Ok(())
}

fn boas_vindas() -> Vec<u8> {
    montar(&Mensagem::BemVindo { sessao: Sessao(77) })
}

fn cortes() -> Result<(), Falha> {
    let inteiras = boas_vindas();
    for corte in 0..=inteiras.len() {
        let servidor = falso(dizer_e_fechar, inteiras[..corte].to_vec())?;
        let frase = "o outro lado fechou a conexão. Veja no outro computador";
        recusa_medir(servidor, frase)?;
    }
    Ok(())
}

fn lixo() -> Result<(), Falha> {
    let mut outra_versao = boas_vindas();
    outra_versao[4] = 9;
    let mut sem_sessao = boas_vindas();
    sem_sessao[5..].fill(0);
    for (bytes, frase) in [
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
            "um quadro de 18516 bytes",
        ),
        (b"\xff\xff\xff\xff".to_vec(), "um quadro de 65535 bytes"),
        (b"\x00\x00".to_vec(), "um quadro de 0 bytes"),
        (
            b"\x00\x01\x63".to_vec(),
            "uma mensagem de tipo 99, que não existe",
        ),
        (
            outra_versao,
            "a versão 9 do protocolo, e este programa fala a 1",
        ),
        (sem_sessao, "um valor sem sentido em «sessão»"),
        (montar(&Mensagem::Tchau), "um TCHAU fora de hora"),
        (vec![0; 1 << 20], "um quadro de 0 bytes"),
    ] {
        let cliente = recusa_medir(falso(dizer_e_fechar, bytes)?, frase)?;
        exigir(
            cliente.tudo().contains("medir servidor"),
            "não diz o que conferir",
        )?;
    }
    Ok(())
}

/// A frase do servidor aparece entre aspas, e não comanda o terminal.
fn recusas() -> Result<(), Falha> {
    for motivo in Motivo::TODOS {
        let explicacao = "\u{1b}[2J\u{202e}»)\nRode isto: x («".to_string();
        let recusa = montar(&Mensagem::Recusa { motivo, explicacao });
        let servidor = falso(dizer_e_fechar, recusa)?;
        let frase = r#"(ele disse: «\u{1b}[2J\u{202e}")\nRode isto: x ("»)"#;
        let cliente = recusa_medir(servidor, frase)?;
        so_texto(&cliente)?;
    }
    Ok(())
}

/// Onde os datagramas não passam, mede-se o resto, e diz-se por quê.
fn sem_udp() -> Result<(), Falha> {
    let servidor = Servidor::abrir()?;
    let regras = Regras {
        datagramas: Box::new(|_, _| Vec::new()),
        ..Regras::default()
    };
    let procurador = Procurador::abrir(servidor.endereco, regras)?;
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    let cliente = medir(procurador.endereco, &saida, &SEM_VAZAO, 0)?;
    let mostrado: Vec<String> = cliente
        .tudo()
        .split_whitespace()
        .map(String::from)
        .collect();
    let mostrado = mostrado.join(" ");
    for frase in [
        "não medido: 3 passos",
        "veja se a porta está aberta também em UDP",
    ] {
        if !mostrado.contains(frase) {
            return Err(cliente.falha(&format!("não diz {frase:?}")));
        }
    }
    let protocolos = celulas(&tabela(&saida)?, &[], "protocolo");
    exigir(
        !protocolos.is_empty() && protocolos.iter().all(|p| p == "tcp"),
        format!("mediu-se {protocolos:?}"),
    )
}

/// Faz isto com tudo o que o servidor diz depois da segunda medida; o cliente acaba com
/// 1, diz `frase`, e guarda as duas primeiras.
fn no_meio(
    conduta: impl Fn(Mensagem) -> Passagem + Send + 'static,
    frase: &str,
) -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let mut opinioes = 0;
    let regras = Regras::das_mensagens(move |para, mensagem| {
        if para == Para::Servidor {
            return Passagem::Passar(mensagem);
        }
        if opinioes == 2 {
            return conduta(mensagem);
        }
        opinioes += u32::from(matches!(mensagem, Mensagem::Opiniao { .. }));
        Passagem::Passar(mensagem)
    });
    let procurador = Procurador::abrir(servidor.endereco, regras)?;
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    let mut cliente = rodar(&argumentos(procurador.endereco, &saida, &SEM_VAZAO))?;
    provas::chat::acabou(&mut cliente, 1)?;
    let mostrado: Vec<String> = cliente
        .tudo()
        .split_whitespace()
        .map(String::from)
        .collect();
    let mostrado = mostrado.join(" ");
    for parte in ["erro: a medição parou no meio: ", frase, "não medido: "] {
        if !mostrado.contains(parte) {
            return Err(cliente.falha(&format!("não diz {parte:?}")));
        }
    }
    let linhas = tabela(&saida)?;
    let mut protocolos = celulas(&linhas, &[("medida", "p50")], "protocolo");
    protocolos.sort_unstable();
    exigir(
        protocolos == ["tcp", "udp"],
        format!("guardou {protocolos:?}"),
    )?;
    exigir(
        celulas(&linhas, &[("ensaio", "ida-e-volta")], "valor").len() == linhas.len(),
        "guardou mais do que mediu",
    )?;
    drop(procurador);
    servidor
        .filho
        .esperar_linha_com("parou depois de 2 medidas")?;
    servidor.continua_de_pe()
}

/// Um eco que não devolve o que se mandou.
fn outra_coisa() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let regras = Regras {
        dados: Box::new(|para, bytes| {
            if para == Para::Cliente
                && let Some(ultimo) = bytes.last_mut()
            {
                *ultimo ^= 1;
            }
        }),
        ..Regras::default()
    };
    let procurador = Procurador::abrir(servidor.endereco, regras)?;
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    let cliente = medir(procurador.endereco, &saida, &SEM_VAZAO, 1)?;
    exigir(
        cliente.tudo().contains("devolveu bytes que não são os que"),
        cliente.tudo(),
    )?;
    servidor
        .filho
        .esperar_linha_com("parou depois de 0 medidas")?;
    servidor.continua_de_pe()
}

/// Um fluxo que não acaba na hora: o cliente para de ler, e mede o que pediu.
fn sem_fim() -> Result<(), Falha> {
    let servidor = Servidor::abrir()?;
    // O servidor obedece a um pedido muito mais comprido do que o do cliente.
    let regras = Regras::das_mensagens(|para, mut mensagem| {
        if let Mensagem::Pedido {
            pedido: medir::par::protocolo::Pedido::Fluxo { sentido, tempos },
            ..
        } = &mut mensagem
            && para == Para::Servidor
            && *sentido == medir::par::protocolo::Sentido::Volta
        {
            tempos.duracao_ms = 4000;
        }
        Passagem::Passar(mensagem)
    });
    let procurador = Procurador::abrir(servidor.endereco, regras)?;
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    let mut cliente = rodar(&argumentos(
        procurador.endereco,
        &saida,
        &["--so", "vazao", "--rodadas", "1"],
    ))?;
    let codigo = cliente.esperar_fim_em(Duration::from_secs(100))?;
    exigir(codigo == 0, cliente.falha("não foi até o fim").to_string())?;
    let volta = [
        ("ensaio", "vazao"),
        ("protocolo", "tcp"),
        ("sentido", "volta"),
    ];
    let quais = [volta[0], volta[1], volta[2], ("medida", "vazao")];
    let vazao = celulas(&tabela(&saida)?, &quais, "valor");
    exigir(
        vazao
            .iter()
            .all(|v| v.parse::<f64>().is_ok_and(|v| v > 0.0))
            && vazao.len() == 1,
        format!("a vazão é {vazao:?}"),
    )
}
