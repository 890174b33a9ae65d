//! Datagramas hostis: o servidor não serve de alvo nem de amplificador.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use medir::par::datagrama::{self, DO_CAMINHO};
use medir::par::protocolo::{Chegadas, Duvidas, Envio, Mensagem, Pedido, Protocolo, Serie, Sessao};
use provas::Falha;
use sockets::medir::sonda::Sonda;

use crate::apoio::{Cliente, PRAZO, Servidor, exigir, falhou, prova};
use crate::clientes::{SERIE, volta};

pub fn provas() -> Vec<Trial> {
    vec![
        prova("datagramas::so_a_sessao_e_ouvida", so_a_sessao),
        prova("datagramas::um_eco_nao_multiplica", eco),
        prova("datagramas::so_o_cliente_e_contado", so_o_cliente),
        prova("datagramas::quem_foi_embora_nao_recebe_mais", foi_embora),
        prova("datagramas::sem_sessao_a_porta_nao_existe", sem_sessao),
    ]
}

/// O que há para ler agora, sem esperar mais que um instante: em loopback, o que foi
/// respondido antes de uma mensagem por TCP já chegou quando ela chega.
fn ha_resposta(socket: &UdpSocket) -> Result<bool, Falha> {
    let erro = |erro: &std::io::Error| falhou("ouvir", erro);
    socket.set_nonblocking(true).map_err(|e| erro(&e))?;
    let lido = socket.recv(&mut [0; 2048]);
    socket.set_nonblocking(false).map_err(|e| erro(&e))?;
    match lido {
        Ok(_) => Ok(true),
        Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(false),
        // O aviso de que ninguém ouve (ICMP) não é uma resposta.
        Err(e) if e.kind() == ErrorKind::ConnectionRefused => Ok(false),
        Err(e) => Err(erro(&e)),
    }
}

fn mandar(socket: &UdpSocket, datagrama: &[u8]) -> Result<(), Falha> {
    let mandado = socket.send(datagrama);
    mandado.map_err(|e| falhou("mandar", &e))?;
    Ok(())
}

/// Um datagrama desta sessão, desta medida e deste tamanho.
fn sonda(sessao: Sessao, experimento: u32, numero: u64, tamanho: usize) -> Vec<u8> {
    let mut bytes = vec![0; tamanho.max(32)];
    let sonda = Sonda {
        experimento,
        numero,
        enviada_ns: 0,
    };
    datagrama::escrever(&sonda, sessao, &mut bytes);
    bytes.truncate(tamanho);
    bytes
}

/// Só a pergunta exata, da sessão certa e do mesmo IP, tem resposta, e do mesmo tamanho.
fn so_a_sessao() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let mut cliente = Cliente::novo(servidor.endereco)?;
    let certa = cliente.pergunta();
    let outra = Sessao(cliente.sessao.0 ^ 1);
    let mut sem_magia = certa.to_vec();
    sem_magia[0] ^= 1;
    let ruins = [
        Vec::new(),
        vec![0; 1],
        vec![0xff; 1472],
        certa[..DO_CAMINHO - 1].to_vec(),
        [&certa[..], &[0]].concat(),
        sonda(outra, 0, 0, DO_CAMINHO),
        sonda(cliente.sessao, 1, 0, DO_CAMINHO),
        sonda(cliente.sessao, u32::MAX, u64::MAX, DO_CAMINHO),
        sem_magia,
    ];
    for ruim in &ruins {
        mandar(&cliente.udp, ruim)?;
    }
    // De outro endereço deste computador, nem a pergunta certa.
    if let Ok(estranho) = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 2), 0)) {
        let enviado = estranho.send_to(&certa, servidor.endereco);
        enviado.map_err(|erro| falhou("mandar", &erro))?;
        cliente.provar_o_caminho()?;
        exigir(!ha_resposta(&estranho)?, "respondeu a outro endereço")?;
    } else {
        cliente.provar_o_caminho()?;
    }
    exigir(!ha_resposta(&cliente.udp)?, "respondeu ao que não devia")?;
    // Confirmado o caminho, nem a pergunta tem resposta.
    mandar(&cliente.udp, &certa)?;
    cliente.dizer(&Mensagem::Tchau)?;
    servidor.filho.esperar_linha_com("acabou: 0 medidas")?;
    exigir(!ha_resposta(&cliente.udp)?, "respondeu depois de confirmar")?;
    servidor.continua_de_pe()
}

/// Por mais que se mande, volta no máximo o que veio, e no máximo o dobro do pedido.
fn eco() -> Result<(), Falha> {
    const PEDIDOS: u32 = 10;
    /// Seis datagramas em cada uma: todos cabem no buffer do servidor, mesmo que ele só
    /// leia depois do último.
    const VEZES: u64 = 50;
    let servidor = Servidor::abrir()?;
    let mut cliente = Cliente::novo(servidor.endereco)?;
    cliente.provar_o_caminho()?;
    let serie = Serie {
        quantos: PEDIDOS,
        ..SERIE
    };
    let protocolo = Protocolo::Udp;
    cliente.pedir(1, Pedido::Eco { protocolo, serie })?;
    let tamanho = serie.tamanho as usize;
    for vez in 0..VEZES {
        let sessao = cliente.sessao;
        mandar(&cliente.udp, &sonda(sessao, 1, vez % 10, tamanho))?;
        // O que não é da medida não volta.
        mandar(&cliente.udp, &sonda(sessao, 1, 10 + vez, tamanho))?;
        mandar(&cliente.udp, &sonda(sessao, 1, u64::MAX, tamanho))?;
        mandar(&cliente.udp, &sonda(sessao, 1, 0, tamanho + 1))?;
        mandar(&cliente.udp, &sonda(sessao, 2, 0, tamanho))?;
        mandar(&cliente.udp, &sonda(Sessao(sessao.0 ^ 1), 1, 0, tamanho))?;
    }
    cliente.dizer(&Mensagem::Envio {
        experimento: 1,
        envio: Envio {
            enviados: 10,
            bytes: 1000,
            ..Envio::default()
        },
    })?;
    let diz = match cliente.ouvir()? {
        Mensagem::Chegadas { chegadas, .. } => chegadas,
        outra => return Err(Falha::nova(format!("em vez de CHEGADAS: {outra:?}"))),
    };
    let mut voltaram = 0;
    while ha_resposta(&cliente.udp)? {
        voltaram += 1;
    }
    exigir(
        voltaram == 2 * u64::from(PEDIDOS) && diz.devolvidos == voltaram,
        format!("voltaram {voltaram}, e diz {}", diz.devolvidos),
    )?;
    exigir(
        (diz.unicos, diz.repetidos, diz.inventados) == (10, VEZES - 10, 2 * VEZES),
        format!("contou {diz:?}"),
    )?;
    servidor.memoria()
}

/// Um vizinho que sabe a sessão, mas fala de outra porta, não entra na conta.
fn so_o_cliente() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let mut cliente = Cliente::novo(servidor.endereco)?;
    cliente.provar_o_caminho()?;
    cliente.pedir(
        1,
        Pedido::Datagramas {
            sentido: medir::par::protocolo::Sentido::Ida,
            serie: SERIE,
        },
    )?;
    let vizinho = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|vizinho| vizinho.connect(servidor.endereco).map(|()| vizinho))
        .map_err(|erro| falhou("abrir o vizinho", &erro))?;
    let tamanho = SERIE.tamanho as usize;
    for numero in 0..20 {
        // O núcleo pode avisar ao vizinho que ali ninguém o ouve.
        let _ = vizinho.send(&sonda(cliente.sessao, 1, numero, tamanho));
        mandar(
            &cliente.udp,
            &sonda(cliente.sessao, 1, 20 + numero, tamanho),
        )?;
    }
    let envio = Envio {
        enviados: 50,
        bytes: 5000,
        ..Envio::default()
    };
    cliente.dizer(&Mensagem::Envio {
        experimento: 1,
        envio,
    })?;
    match cliente.ouvir()? {
        Mensagem::Chegadas { chegadas, .. } if chegadas.unicos == 20 => {}
        outra => return Err(Falha::nova(format!("em vez de vinte: {outra:?}"))),
    }
    drop(cliente);
    servidor
        .filho
        .esperar_linha_com("o outro lado fechou a conexão")?;
    servidor.continua_de_pe()
}

/// A volta acaba com a conexão de controle: ninguém recebe o que já não quer.
fn foi_embora() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let mut cliente = Cliente::novo(servidor.endereco)?;
    cliente.provar_o_caminho()?;
    let serie = Serie {
        quantos: 10_000,
        tamanho: 100,
        ritmo: 1000,
        escoar_ms: 0,
    };
    cliente.pedir(1, volta(serie))?;
    let Cliente { canal, udp, .. } = cliente;
    let primeiro = udp.recv(&mut [0; 2048]);
    primeiro.map_err(|erro| falhou("receber o primeiro", &erro))?;
    let inicio = Instant::now();
    drop(canal);
    servidor
        .filho
        .esperar_linha_com("o outro lado fechou a conexão")?;
    // Dez segundos de datagramas não se mandaram.
    let mut chegaram = 1_u32;
    while ha_resposta(&udp)? {
        chegaram += 1;
    }
    exigir(
        chegaram < serie.quantos / 2,
        format!("chegaram {chegaram} em {:?}", inicio.elapsed()),
    )?;
    servidor.continua_de_pe()?;
    // E ninguém manda mais nada.
    exigir(!ha_resposta(&udp)?, "ainda chegam datagramas")
}

/// Fora de uma sessão não há a quem mandar datagramas.
fn sem_sessao() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir()?;
    let mut cliente = Cliente::novo(servidor.endereco)?;
    cliente.provar_o_caminho()?;
    cliente.pedir(1, volta(SERIE))?;
    loop {
        if let Mensagem::Envio { .. } = cliente.ouvir()? {
            break;
        }
    }
    cliente.dizer(&Mensagem::Chegadas {
        experimento: 1,
        chegadas: Chegadas::default(),
    })?;
    cliente.dizer(&Mensagem::Opiniao {
        experimento: 1,
        duvidas: Duvidas::default(),
    })?;
    cliente.dizer(&Mensagem::Tchau)?;
    servidor.filho.esperar_linha_com("acabou: 1 medida ")?;
    // A porta está livre: outro programa pode abri-la.
    let limite = Instant::now() + PRAZO;
    while UdpSocket::bind(servidor.endereco).is_err() {
        exigir(Instant::now() < limite, "a porta UDP continua aberta")?;
        std::thread::sleep(Duration::from_millis(5));
    }
    servidor.continua_de_pe()
}
