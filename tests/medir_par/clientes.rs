//! Clientes hostis: o servidor sobrevive a todos e volta a atender.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use medir::par::protocolo::escrita::montar;
use medir::par::protocolo::{
    Chegadas, Duvida, Duvidas, Envio, Mensagem, Motivo, Pedido, Protocolo, Sentido, Serie, Sessao,
    Tempos,
};
use provas::Falha;
use socket2::{Domain, SockRef, Socket, Type};

use crate::apoio::{Cliente, PRAZO, Servidor, conectar, exigir, falhou, ligar, prova, recusado};

pub fn provas() -> Vec<Trial> {
    vec![
        prova("clientes::o_silencio_nao_atrasa_ninguem", silencio),
        prova("clientes::quem_se_cala_no_meio_sai_no_prazo", cala_no_meio),
        prova("clientes::um_corte_em_qualquer_byte", cortes),
        prova("clientes::lixo_de_todo_tipo", lixo),
        prova("clientes::pedidos_absurdos", absurdos),
        prova("clientes::mensagens_fora_de_hora", fora_de_hora),
        prova("clientes::quem_mente_e_desmentido", mentiroso),
        prova("clientes::quem_nao_le_nao_prende_o_servidor", nao_le),
        prova("clientes::quem_nao_abre_a_conexao_de_dados", sem_dados),
        prova("clientes::a_conexao_de_dados_de_outro", dados_de_outro),
        prova("clientes::centenas_de_conexoes", centenas),
    ]
}

pub const SERIE: Serie = Serie {
    quantos: 50,
    tamanho: 100,
    ritmo: 1000,
    escoar_ms: 0,
};

pub fn volta(serie: Serie) -> Pedido {
    Pedido::Datagramas {
        sentido: Sentido::Volta,
        serie,
    }
}

fn ida(serie: Serie) -> Pedido {
    Pedido::Datagramas {
        sentido: Sentido::Ida,
        serie,
    }
}

fn fluxo(sentido: Sentido, duracao_ms: u32) -> Pedido {
    Pedido::Fluxo {
        sentido,
        tempos: Tempos {
            duracao_ms,
            aquecimento_ms: 1,
        },
    }
}

fn escrever(conexao: &mut TcpStream, bytes: &[u8]) -> Result<(), Falha> {
    let escrito = conexao.write_all(bytes);
    escrito.map_err(|erro| falhou("escrever", &erro))
}

/// Lê até que o servidor feche.
fn ate_o_fim(conexao: &mut TcpStream) -> Result<Vec<u8>, Falha> {
    let mut tudo = Vec::new();
    match conexao.take(1 << 20).read_to_end(&mut tudo) {
        Ok(_) => Ok(tudo),
        // O servidor fechou com bytes por ler.
        Err(erro) if erro.kind() == std::io::ErrorKind::ConnectionReset => Ok(tudo),
        Err(erro) => Err(falhou("ler até o fim", &erro)),
    }
}

/// Quem liga e não diz nada não atrasa quem vem depois, e ouve que demorou.
fn silencio() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let calada = conectar(servidor.endereco)?;
    let mut pela_metade = conectar(servidor.endereco)?;
    escrever(&mut pela_metade, &montar(&Mensagem::Ola)[..5])?;
    servidor.continua_de_pe()?;
    for mut conexao in [calada, pela_metade] {
        let dito = ate_o_fim(&mut conexao)?;
        let recusa = String::from_utf8_lossy(&dito).into_owned();
        exigir(
            recusa.contains("o que eu esperava não veio a tempo"),
            format!("ouviu {recusa:?}"),
        )?;
    }
    servidor.continua_de_pe()
}

/// Quem se apresenta e se cala ocupa o servidor por pouco tempo.
fn cala_no_meio() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let mut calado = Cliente::novo(servidor.endereco)?;
    calado.e_recusado(Motivo::Demora)?;
    servidor
        .filho
        .esperar_linha_com("não mandou o próximo pedido")?;
    servidor.continua_de_pe()?;

    // No meio de uma medida: os envios nunca acabam.
    let mut calado = Cliente::insistir(servidor.endereco)?;
    calado.provar_o_caminho()?;
    calado.pedir(1, ida(SERIE))?;
    calado.e_recusado(Motivo::Demora)?;
    servidor
        .filho
        .esperar_linha_com("não mandou o fim dos envios")?;

    // Uma mensagem que começa e não acaba, gota a gota.
    let mut conexao = conectar(servidor.endereco)?;
    escrever(&mut conexao, &montar(&Mensagem::Ola))?;
    for byte in &montar(&Mensagem::Caminho { prova: 7 })[..8] {
        escrever(&mut conexao, &[*byte])?;
    }
    let dito = ate_o_fim(&mut conexao)?;
    exigir(!dito.is_empty(), "fechou sem dizer nada")?;
    servidor.continua_de_pe()
}

/// A conversa inteira de um cliente com uma medida que não chega a haver.
fn conversa() -> Vec<Mensagem> {
    vec![
        Mensagem::Ola,
        Mensagem::Caminho { prova: 0 },
        Mensagem::Pedido {
            experimento: 1,
            pedido: fluxo(Sentido::Ida, 10),
        },
        Mensagem::Envio {
            experimento: 1,
            envio: Envio::default(),
        },
        Mensagem::Chegadas {
            experimento: 1,
            chegadas: Chegadas::default(),
        },
        Mensagem::Opiniao {
            experimento: 1,
            duvidas: Duvidas::default(),
        },
        Mensagem::Tchau,
    ]
}

/// Cada mensagem, cortada em cada byte, com um fim educado e com um brusco.
fn cortes() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    for mensagem in conversa() {
        let quadro = montar(&mensagem);
        for corte in 0..=quadro.len() {
            for brusco in [false, true] {
                cortar(servidor.endereco, &mensagem, &quadro[..corte], brusco)?;
            }
        }
    }
    servidor.continua_de_pe()
}

fn cortar(
    servidor: SocketAddr,
    mensagem: &Mensagem,
    pedaco: &[u8],
    brusco: bool,
) -> Result<(), Falha> {
    let mut conexao = conectar(servidor)?;
    if !matches!(mensagem, Mensagem::Ola) {
        escrever(&mut conexao, &montar(&Mensagem::Ola))?;
    }
    // Pode já ter ouvido que o servidor está ocupado com o de antes, e que feche.
    let _ = conexao.write_all(pedaco);
    if brusco {
        let fim = SockRef::from(&conexao).set_linger(Some(Duration::ZERO));
        fim.map_err(|erro| falhou("acabar bruscamente", &erro))?;
    } else {
        let _ = conexao.shutdown(Shutdown::Write);
        ate_o_fim(&mut conexao)?;
    }
    Ok(())
}

fn lixo() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let muito = vec![0xff; 1 << 20];
    let zeros = vec![0; 1 << 20];
    let casos: [&[u8]; 9] = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x1b]52;c;bWVudGlyYQ==\x07\x1b[2J",
        b"\xff\xff",
        b"\x00\x00",
        b"\x01\x01",
        &muito,
        &zeros,
    ];
    for primeiro in casos {
        let mut conexao = conectar(servidor.endereco)?;
        // O servidor pode fechar antes de ouvir tudo.
        let _ = conexao.write_all(primeiro);
        let _ = conexao.shutdown(Shutdown::Write);
        ate_o_fim(&mut conexao)?;
    }
    servidor.continua_de_pe()?;
    for depois in casos {
        let mut cliente = Cliente::insistir(servidor.endereco)?;
        let mut conexao = conectar(servidor.endereco)?;
        escrever(&mut conexao, &montar(&Mensagem::Ola))?;
        ate_o_fim(&mut conexao)?;
        // Na conexão que foi aceita.
        cliente.dizer(&Mensagem::Caminho { prova: 1 })?;
        cliente.e_recusado(Motivo::Caminho)?;
        let mut aceita = aceito(servidor.endereco)?;
        let _ = aceita.write_all(depois);
        let _ = aceita.shutdown(Shutdown::Write);
        ate_o_fim(&mut aceita)?;
    }
    servidor.continua_de_pe()?;
    outra_versao(&mut servidor)
}

/// Uma conexão que o servidor aceitou, e de que já se leram as boas-vindas.
fn aceito(servidor: SocketAddr) -> Result<TcpStream, Falha> {
    let limite = Instant::now() + PRAZO;
    while Instant::now() < limite {
        let mut conexao = conectar(servidor)?;
        escrever(&mut conexao, &montar(&Mensagem::Ola))?;
        let mut boas_vindas = [0; 3];
        let lido = conexao.read_exact(&mut boas_vindas);
        if lido.is_ok() && boas_vindas[2] == 2 {
            let resto = conexao.read_exact(&mut [0; 10]);
            resto.map_err(|erro| falhou("ler as boas-vindas", &erro))?;
            return Ok(conexao);
        }
    }
    Err(Falha::nova("o servidor nunca ficou livre"))
}

/// Uma versão que não é esta é dita pelo nome, e não é lixo.
fn outra_versao(servidor: &mut Servidor) -> Result<(), Falha> {
    let mut quadro = montar(&Mensagem::Ola);
    let ultimo = quadro.len() - 1;
    quadro[ultimo] = 2;
    let mut conexao = conectar(servidor.endereco)?;
    escrever(&mut conexao, &quadro)?;
    let dito = ate_o_fim(&mut conexao)?;
    let versao = Mensagem::Recusa {
        motivo: Motivo::Versao,
        explicacao: "este servidor de medições fala outra versão".into(),
    };
    exigir(dito == montar(&versao), format!("ouviu {dito:?}"))?;
    servidor.continua_de_pe()
}

fn absurdos() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let series = [
        Serie {
            quantos: 0,
            ..SERIE
        },
        Serie {
            quantos: u32::MAX,
            ..SERIE
        },
        Serie {
            tamanho: 31,
            ..SERIE
        },
        Serie {
            tamanho: 65_507,
            ..SERIE
        },
        Serie {
            tamanho: u32::MAX,
            ..SERIE
        },
        Serie { ritmo: 0, ..SERIE },
        Serie {
            ritmo: u32::MAX,
            ..SERIE
        },
        Serie {
            escoar_ms: u32::MAX,
            ..SERIE
        },
        Serie {
            quantos: 1_000_000,
            ritmo: 1,
            ..SERIE
        },
        Serie {
            quantos: 1_000_000,
            tamanho: 1472,
            ritmo: 250_000,
            escoar_ms: 0,
        },
    ];
    let eco = |protocolo| move |serie| Pedido::Eco { protocolo, serie };
    let mut pedidos: Vec<Pedido> = Vec::new();
    for serie in series {
        pedidos.extend([
            ida(serie),
            volta(serie),
            eco(Protocolo::Tcp)(serie),
            eco(Protocolo::Udp)(serie),
        ]);
    }
    for (duracao, aquecimento) in [(10_001, 0), (u32::MAX, 0), (5, 5), (0, 0)] {
        for sentido in [Sentido::Ida, Sentido::Volta] {
            let tempos = Tempos {
                duracao_ms: duracao,
                aquecimento_ms: aquecimento,
            };
            pedidos.push(Pedido::Fluxo { sentido, tempos });
        }
    }
    for pedido in pedidos {
        let mut cliente = Cliente::insistir(servidor.endereco)?;
        cliente.dizer(&Mensagem::Pedido {
            experimento: 1,
            pedido,
        })?;
        let recusa = cliente.e_recusado(Motivo::Limite);
        recusa.map_err(|falha| Falha::nova(format!("{pedido:?}: {falha}")))?;
    }
    servidor.continua_de_pe()
}

fn fora_de_hora() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let sessao = Sessao(7);
    let mut mensagens = conversa();
    mensagens.retain(|m| !matches!(m, Mensagem::Tchau | Mensagem::Caminho { .. }));
    mensagens.retain(|m| !matches!(m, Mensagem::Pedido { .. }));
    mensagens.extend([
        Mensagem::BemVindo { sessao },
        Mensagem::Pronto { experimento: 1 },
        Mensagem::Dados {
            sessao,
            experimento: 1,
        },
        // A primeira medida é a 1, e as seguintes, uma a mais.
        Mensagem::Pedido {
            experimento: 2,
            pedido: fluxo(Sentido::Ida, 10),
        },
    ]);
    for mensagem in mensagens {
        let mut cliente = Cliente::insistir(servidor.endereco)?;
        cliente.dizer(&mensagem)?;
        let recusa = cliente.e_recusado(Motivo::Lixo);
        recusa.map_err(|falha| Falha::nova(format!("{mensagem:?}: {falha}")))?;
    }
    // Antes de provar que recebe por UDP, ninguém pede datagramas.
    for pedido in [
        ida(SERIE),
        volta(SERIE),
        Pedido::Eco {
            protocolo: Protocolo::Udp,
            serie: SERIE,
        },
    ] {
        let mut cliente = Cliente::insistir(servidor.endereco)?;
        cliente.dizer(&Mensagem::Pedido {
            experimento: 1,
            pedido,
        })?;
        cliente.e_recusado(Motivo::Caminho)?;
    }
    // Nem com a prova errada, nem sem ter perguntado.
    for perguntou in [true, false] {
        let mut cliente = Cliente::insistir(servidor.endereco)?;
        let certa = if perguntou {
            cliente.ouvir_a_prova()?
        } else {
            0
        };
        cliente.dizer(&Mensagem::Caminho { prova: certa ^ 1 })?;
        cliente.e_recusado(Motivo::Caminho)?;
    }
    // Quem fala no meio de uma medida acaba com ela.
    let mut cliente = Cliente::insistir(servidor.endereco)?;
    cliente.provar_o_caminho()?;
    cliente.pedir(
        1,
        volta(Serie {
            quantos: 5000,
            ..SERIE
        }),
    )?;
    cliente.dizer(&Mensagem::Tchau)?;
    cliente.e_recusado(Motivo::Lixo)?;
    servidor.continua_de_pe()
}

/// Quem diz ter recebido mais do que se mandou ouve que não se acredita.
fn mentiroso() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let mut cliente = Cliente::novo(servidor.endereco)?;
    cliente.provar_o_caminho()?;
    cliente.pedir(1, volta(SERIE))?;
    // De uma máquina que para, nem todos saem a tempo.
    match cliente.ouvir()? {
        Mensagem::Envio {
            experimento: 1,
            envio,
        } if (1..=u64::from(SERIE.quantos)).contains(&envio.enviados) => {}
        outra => return Err(Falha::nova(format!("em vez de ENVIO: {outra:?}"))),
    }
    cliente.dizer(&Mensagem::Chegadas {
        experimento: 1,
        chegadas: Chegadas {
            unicos: 51,
            proximo: 51,
            bytes: 5100,
            variacao_ns: Some(0),
            ..Chegadas::default()
        },
    })?;
    cliente.dizer(&Mensagem::Opiniao {
        experimento: 1,
        duvidas: Duvidas::default(),
    })?;
    let duvidas: Vec<Duvida> = match cliente.ouvir()? {
        Mensagem::Opiniao { duvidas, .. } => duvidas.iter().collect(),
        outra => return Err(Falha::nova(format!("em vez de OPINIÃO: {outra:?}"))),
    };
    exigir(
        duvidas.contains(&Duvida::RecebeuDemais),
        format!("o servidor só duvida de {duvidas:?}"),
    )?;
    let linha = "não acredito: o cliente diz ter recebido mais do que se mandou";
    servidor.filho.esperar_linha_com(linha)?;
    cliente.dizer(&Mensagem::Tchau)?;
    servidor.filho.esperar_linha_com("acabou: 1 medida ")?;
    servidor.continua_de_pe()
}

/// Abre a conexão de dados da medida 1.
fn dados(cliente: &Cliente) -> Result<TcpStream, Falha> {
    let mut conexao = conectar(cliente.servidor)?;
    let mensagem = Mensagem::Dados {
        sessao: cliente.sessao,
        experimento: 1,
    };
    escrever(&mut conexao, &montar(&mensagem))?;
    Ok(conexao)
}

/// Quem pede um fluxo e não o lê, ou promete um e não o manda.
fn nao_le() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let mut cliente = Cliente::novo(servidor.endereco)?;
    cliente.pedir(1, fluxo(Sentido::Volta, 300))?;
    let parada = dados(&cliente)?;
    match cliente.ouvir()? {
        Mensagem::Envio { .. } => {}
        outra => return Err(Falha::nova(format!("em vez de ENVIO: {outra:?}"))),
    }
    cliente.e_recusado(Motivo::Demora)?;
    drop(parada);
    servidor.continua_de_pe()?;

    let mut cliente = Cliente::insistir(servidor.endereco)?;
    cliente.pedir(1, fluxo(Sentido::Ida, 300))?;
    let parada = dados(&cliente)?;
    cliente.e_recusado(Motivo::Demora)?;
    drop(parada);
    servidor.continua_de_pe()?;

    // Um eco de que não se lê a resposta.
    let mut cliente = Cliente::insistir(servidor.endereco)?;
    cliente.pedir(
        1,
        Pedido::Eco {
            protocolo: Protocolo::Tcp,
            serie: Serie {
                quantos: 100_000,
                tamanho: 1400,
                ritmo: 80_000,
                escoar_ms: 0,
            },
        },
    )?;
    let parada = dados(&cliente)?;
    let prazo = Some(Duration::from_millis(200));
    let ajustada = parada.set_write_timeout(prazo);
    ajustada.map_err(|erro| falhou("ajustar o prazo", &erro))?;
    // Até que não caiba mais, no caminho nem no servidor.
    let pedaco = vec![0; 64 << 10];
    while (&parada).write(&pedaco).is_ok() {}
    cliente.e_recusado(Motivo::Demora)?;
    drop(parada);
    servidor.continua_de_pe()
}

fn sem_dados() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    for sentido in [Sentido::Ida, Sentido::Volta] {
        let mut cliente = Cliente::insistir(servidor.endereco)?;
        cliente.pedir(1, fluxo(sentido, 300))?;
        cliente.e_recusado(Motivo::Demora)?;
        servidor
            .filho
            .esperar_linha_com("não mandou a conexão de dados")?;
    }
    // Quem vai embora em vez de a abrir liberta o servidor na hora.
    let mut cliente = Cliente::insistir(servidor.endereco)?;
    cliente.pedir(1, fluxo(Sentido::Ida, 300))?;
    drop(cliente);
    servidor.continua_de_pe()
}

/// Uma conexão de dados de outra sessão, ou de outra medida, não toma o lugar da certa.
fn dados_de_outro() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let mut cliente = Cliente::novo(servidor.endereco)?;
    // Acaba quando o fluxo acaba: o tempo é só o que se espera por ele.
    cliente.pedir(1, fluxo(Sentido::Ida, 9000))?;
    for (sessao, experimento) in [
        (Sessao(cliente.sessao.0 ^ 1), 1),
        (Sessao(cliente.sessao.0.wrapping_add(1).max(1)), 1),
        (cliente.sessao, 2),
    ] {
        let mut canal = ligar(servidor.endereco)?;
        let dita = canal.enviar(&Mensagem::Dados {
            sessao,
            experimento,
        });
        crate::apoio::conferir(dita)?;
        recusado(&mut canal, Motivo::Estranho)?;
    }
    // Nem a certa, se vem de outro endereço.
    if let Ok(mut estranha) = de_outro_endereco(servidor.endereco) {
        let mensagem = Mensagem::Dados {
            sessao: cliente.sessao,
            experimento: 1,
        };
        escrever(&mut estranha, &montar(&mensagem))?;
        let dito = ate_o_fim(&mut estranha)?;
        exigir(!dito.is_empty(), "aceitou uma conexão de dados de outro IP")?;
    }
    let mut certa = dados(&cliente)?;
    escrever(&mut certa, &[7; 1000])?;
    let fim = certa.shutdown(Shutdown::Write);
    fim.map_err(|erro| falhou("acabar o fluxo", &erro))?;
    cliente.dizer(&Mensagem::Envio {
        experimento: 1,
        envio: Envio {
            bytes: 1000,
            ..Envio::default()
        },
    })?;
    match cliente.ouvir()? {
        Mensagem::Bytes { bytes, .. } if bytes.recebidos == 1000 && bytes.inteiro => {}
        outra => return Err(Falha::nova(format!("em vez de mil bytes: {outra:?}"))),
    }
    // Depois da medida, não há o que esperar.
    let mut canal = ligar(servidor.endereco)?;
    let dita = canal.enviar(&Mensagem::Dados {
        sessao: cliente.sessao,
        experimento: 1,
    });
    crate::apoio::conferir(dita)?;
    recusado(&mut canal, Motivo::Estranho)?;
    drop(cliente);
    servidor.continua_de_pe()
}

/// Uma conexão que sai de outro endereço deste computador, onde ele tem outros.
fn de_outro_endereco(servidor: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    let daqui = SocketAddr::from(([127, 0, 0, 2], 0));
    socket.bind(&daqui.into())?;
    socket.connect_timeout(&servidor.into(), PRAZO)?;
    socket.set_read_timeout(Some(PRAZO))?;
    Ok(socket.into())
}

/// Muitas conexões caladas não impedem a de um cliente honesto, nem enchem a memória.
fn centenas() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let mut caladas = Vec::new();
    for _ in 0..300 {
        caladas.push(conectar(servidor.endereco)?);
    }
    servidor.continua_de_pe()?;
    for calada in &mut caladas {
        // As que perderam o lugar já foram fechadas; as outras podem falar.
        let _ = calada.write_all(&[0xff; 100]);
    }
    drop(caladas);
    servidor.continua_de_pe()
}
