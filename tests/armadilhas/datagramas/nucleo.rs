//! O que o texto afirma do núcleo: quem passa por um socket conectado, e quando o aviso
//! de que não havia ninguém aparece.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use provas::{Falha, Filho, prazo_padrao};

use super::{exigir, prova};
use crate::insistir;

pub fn provas() -> Vec<Trial> {
    let mut provas = vec![
        prova("estranho_so_engana_quem_nao_olha", estranho),
        prova("aviso_so_derruba_quem_o_toma_por_fim", ninguem),
        prova("conectado_so_recebe_de_um", so_de_um),
    ];
    if cfg!(target_os = "linux") {
        provas.push(prova(
            "o_que_chegou_antes_do_connect_fica",
            antes_do_connect,
        ));
        provas.push(prova("aviso_aparece_em_um_envio_posterior", aviso_no_envio));
    }
    provas
}

fn estranho() -> Result<(), Falha> {
    for (nome, resposta) in [
        ("datagramas_estranho_errado", "1000 moedas"),
        ("datagramas_estranho_certo", "10 moedas"),
    ] {
        let mut programa = Filho::exemplo::<&str>(nome, &[])?;
        let codigo = programa.esperar_fim()?;
        exigir(
            codigo == 0
                && programa
                    .tudo()
                    .ends_with(&format!("o cliente acreditou em: {resposta}\n")),
            &programa,
            &format!("devia acreditar em {resposta}"),
        )?;
    }
    Ok(())
}

fn ninguem() -> Result<(), Falha> {
    let mut errado = Filho::exemplo::<&str>("datagramas_ninguem_errado", &[])?;
    let codigo = errado.esperar_fim()?;
    exigir(codigo == 1, &errado, "o aviso devia derrubar o errado")?;
    // O certo pergunta quatro vezes, e espera 300 ms por cada resposta.
    insistir(Duration::from_millis(1200), || {
        let mut certo = Filho::exemplo::<&str>("datagramas_ninguem_certo", &[])?;
        let codigo = certo.esperar_fim()?;
        exigir(
            codigo == 0 && certo.tudo().ends_with("resposta: oi, agora estou\n"),
            &certo,
            "o aviso não devia derrubar o certo",
        )
    })
}

fn abrir() -> io::Result<(UdpSocket, SocketAddr)> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_read_timeout(Some(prazo_padrao()))?;
    let endereco = socket.local_addr()?;
    Ok((socket, endereco))
}

/// O estranho manda antes do servidor, e só o servidor é ouvido.
fn so_de_um() -> Result<(), Falha> {
    let tentar = || -> io::Result<Vec<u8>> {
        let [(cliente, aqui), (servidor, la), (estranho, _)] = [abrir()?, abrir()?, abrir()?];
        cliente.connect(la)?;
        estranho.send_to(b"estranho", aqui)?;
        servidor.send_to(b"servidor", aqui)?;
        let mut buffer = [0; 64];
        let tamanho = cliente.recv(&mut buffer)?;
        Ok(buffer[..tamanho].to_vec())
    };
    conferir(tentar(), |lido| lido == b"servidor")
}

/// O filtro vale para o que chega depois dele: o que já estava na fila é entregue.
fn antes_do_connect() -> Result<(), Falha> {
    let tentar = || -> io::Result<Vec<u8>> {
        let [(cliente, aqui), (_servidor, la), (estranho, _)] = [abrir()?, abrir()?, abrir()?];
        estranho.send_to(b"estranho", aqui)?;
        let mut buffer = [0; 64];
        cliente.peek_from(&mut buffer)?; // ele já está na fila
        cliente.connect(la)?;
        let tamanho = cliente.recv(&mut buffer)?;
        Ok(buffer[..tamanho].to_vec())
    };
    conferir(tentar(), |lido| lido == b"estranho")
}

/// O primeiro envio dá certo, e um dos seguintes recebe o aviso no lugar dele.
fn aviso_no_envio() -> Result<(), Falha> {
    let tentar = || -> io::Result<ErrorKind> {
        let (cliente, _) = abrir()?;
        let (_, porta) = abrir()?; // fecha na mesma hora
        cliente.connect(porta)?;
        cliente.send(b"um")?;
        let comeco = Instant::now();
        while comeco.elapsed() < prazo_padrao() {
            if let Err(erro) = cliente.send(b"outro") {
                return Ok(erro.kind());
            }
        }
        Err(io::Error::other("nenhum envio recebeu o aviso"))
    };
    conferir(tentar(), |erro| *erro == ErrorKind::ConnectionRefused)
}

fn conferir<T: std::fmt::Debug>(
    visto: io::Result<T>,
    certo: impl FnOnce(&T) -> bool,
) -> Result<(), Falha> {
    match visto {
        Ok(visto) if certo(&visto) => Ok(()),
        outro => Err(Falha::nova(format!("o núcleo fez outra coisa: {outro:?}"))),
    }
}
