//! O que o núcleo do Linux mostra de um programa, sem que ele saiba: os sockets que tem, o
//! que há nas filas deles, e o Ctrl-Z seguido de `fg` que qualquer pessoa pode dar.

use std::fmt::Write;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// Os estados de `/proc/net/tcp` que aqui interessam (`include/net/tcp_states.h`).
const PEDIU: u8 = 2;
const ESCUTA: u8 = 10;

/// Uma linha de `/proc/net/tcp`.
struct Linha {
    aqui: String,
    la: String,
    estado: u8,
    por_confirmar: u64,
    por_ler: u64,
}

/// Os bytes que já chegaram ao socket cujo endereço é `dono`, do par `par`, e que o
/// programa ainda não leu. `None` quando o núcleo não mostra esse socket.
pub(crate) fn por_ler(dono: SocketAddr, par: SocketAddr) -> Option<u64> {
    conexao(dono, par).map(|linha| linha.por_ler)
}

/// Os bytes que o programa já mandou por esse socket e que o par não confirmou.
pub(crate) fn por_confirmar(dono: SocketAddr, par: SocketAddr) -> Option<u64> {
    conexao(dono, par).map(|linha| linha.por_confirmar)
}

/// Quantas conexões prontas esperam o `accept` de quem escuta em `endereco`.
pub(crate) fn na_fila(endereco: SocketAddr) -> Option<u64> {
    let escrito = escrito(endereco);
    linhas(endereco)?
        .into_iter()
        .find(|linha| linha.estado == ESCUTA && linha.aqui == escrito)
        .map(|linha| linha.por_ler)
}

/// Se alguém pediu conexão com `endereco` e ainda não teve resposta.
pub(crate) fn alguem_pede(endereco: SocketAddr) -> bool {
    let escrito = escrito(endereco);
    let pede = |linha: &Linha| linha.estado == PEDIU && linha.la == escrito;
    linhas(endereco).is_some_and(|linhas| linhas.iter().any(pede))
}

/// O descritor e o protocolo (`TCP`, `UDP`) de cada socket do processo. Um que se feche ou
/// se abra durante a leitura pode vir ou não. `None` quando o sistema não os mostra.
pub(crate) fn sockets(pid: u32) -> Option<Vec<(u64, String)>> {
    let mut achados = Vec::new();
    for entrada in fs::read_dir(format!("/proc/{pid}/fd")).ok()? {
        let caminho = entrada.ok()?.path();
        let Some(antes) = socket_em(&caminho) else {
            continue;
        };
        let mut nome = [0; 32];
        match rustix::fs::getxattr(&caminho, c"system.sockprotoname", &mut nome) {
            Ok(quantos) => {
                let numero = caminho.file_name()?.to_str()?.parse().ok()?;
                let nome = String::from_utf8_lossy(&nome[..quantos]);
                achados.push((numero, nome.trim_end_matches('\0').to_string()));
            }
            // O socket ainda está lá: é o sistema que não diz o que ele é.
            Err(_) if socket_em(&caminho).as_ref() == Some(&antes) => return None,
            // Fechou-se entre uma chamada e outra: não é de ninguém.
            Err(_) => {}
        }
    }
    achados.sort();
    Some(achados)
}

/// O socket que há nesse descritor, `socket:[inode]`. `None` se ele é de outra coisa, ou se
/// já se fechou.
fn socket_em(descritor: &Path) -> Option<PathBuf> {
    let alvo = fs::read_link(descritor).ok()?;
    alvo.to_string_lossy()
        .starts_with("socket:")
        .then_some(alvo)
}

/// O Ctrl-Z e o `fg` do terminal: o programa para e segue. Uma chamada que estava no meio
/// de uma espera volta com o que já fez. `false` se o sistema não deixou.
pub(crate) fn suspender_e_seguir(pid: u32) -> bool {
    let parou = suspender(pid);
    // Mesmo que não se tenha visto parar: ninguém pode ficar suspenso.
    seguir(pid) && parou
}

/// O Ctrl-Z do terminal. Volta quando o programa parou; `false` se o sistema não deixou.
pub(crate) fn suspender(pid: u32) -> bool {
    let parado = || estado(pid) == Some('T');
    sinal(pid, Signal::STOP) && crate::espera::ate(Duration::from_secs(2), parado)
}

/// O `fg` do terminal: o que estava suspenso segue.
pub(crate) fn seguir(pid: u32) -> bool {
    sinal(pid, Signal::CONT)
}

fn sinal(pid: u32, sinal: Signal) -> bool {
    let numero = i32::try_from(pid).ok().and_then(Pid::from_raw);
    numero.is_some_and(|numero| kill_process(numero, sinal).is_ok())
}

/// Se a thread principal do programa espera por alguma coisa: o que já a acordou, ela já
/// tratou.
pub(crate) fn dorme(pid: u32) -> bool {
    estado(pid).is_none_or(|estado| estado == 'S')
}

/// Se todas as threads do programa esperam por alguma coisa.
pub(crate) fn dorme_inteiro(pid: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return true;
    };
    threads
        .flatten()
        .all(|thread| estado_em(&thread.path()).is_none_or(|estado| estado == 'S'))
}

fn estado(pid: u32) -> Option<char> {
    estado_em(Path::new(&format!("/proc/{pid}")))
}

/// O estado vem depois do nome, que é a única parte entre parênteses (`proc_pid_stat(5)`).
fn estado_em(pasta: &Path) -> Option<char> {
    let texto = fs::read_to_string(pasta.join("stat")).ok()?;
    let (_, depois) = texto.rsplit_once(')')?;
    depois.trim_start().chars().next()
}

fn conexao(dono: SocketAddr, par: SocketAddr) -> Option<Linha> {
    let (aqui, la) = (escrito(dono), escrito(par));
    linhas(dono)?
        .into_iter()
        .find(|linha| linha.aqui == aqui && linha.la == la)
}

/// As linhas da tabela da família de `endereco`.
fn linhas(endereco: SocketAddr) -> Option<Vec<Linha>> {
    let tabela = if endereco.is_ipv4() { "tcp" } else { "tcp6" };
    let texto = fs::read_to_string(format!("/proc/net/{tabela}")).ok()?;
    Some(texto.lines().skip(1).filter_map(ler).collect())
}

fn ler(linha: &str) -> Option<Linha> {
    let mut campos = linha.split_whitespace().skip(1);
    let (aqui, la) = (campos.next()?.to_string(), campos.next()?.to_string());
    let estado = u8::from_str_radix(campos.next()?, 16).ok()?;
    let (envio, recepcao) = campos.next()?.split_once(':')?;
    Some(Linha {
        aqui,
        la,
        estado,
        por_confirmar: u64::from_str_radix(envio, 16).ok()?,
        por_ler: u64::from_str_radix(recepcao, 16).ok()?,
    })
}

/// Como o /proc escreve um endereço: as palavras de 32 bits na ordem desta máquina, e
/// a porta em hexadecimal (`proc_pid_net(5)`).
fn escrito(endereco: SocketAddr) -> String {
    let bytes = match endereco.ip() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let palavras = bytes.chunks_exact(4).fold(String::new(), |mut texto, p| {
        let palavra = u32::from_ne_bytes([p[0], p[1], p[2], p[3]]);
        // Escrever em uma String não falha.
        let _ = write!(texto, "{palavra:08X}");
        texto
    });
    format!("{palavras}:{:04X}", endereco.port())
}

#[cfg(test)]
mod testes {
    use std::io::Write;
    use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn conta_o_que_ainda_nao_se_leu_e_quem_espera() {
        let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let endereco = escuta.local_addr().unwrap();
        assert_eq!(na_fila(endereco), Some(0));
        let mut daqui = TcpStream::connect(endereco).unwrap();
        let (dali, _) = escuta.accept().unwrap();
        let (dono, par) = (dali.local_addr().unwrap(), dali.peer_addr().unwrap());
        assert_eq!(por_ler(dono, par), Some(0));
        daqui.write_all(b"tres").unwrap();
        // Com a máquina ocupada, o sistema pode deixar a entrega para depois.
        let prazo = Duration::from_secs(10);
        assert!(crate::espera::ate(prazo, || por_ler(dono, par) == Some(4)));
        assert!(!alguem_pede(endereco));
    }

    /// Os das outras threads abrem e fecham durante a leitura: nenhum deles tira daqui o
    /// que ficou aberto o tempo todo.
    #[test]
    fn diz_o_protocolo_de_cada_socket() {
        let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let numero = u64::try_from(sockets::descritor(&escuta)).unwrap();
        let chega = AtomicBool::new(false);
        let leituras: Vec<_> = thread::scope(|outras| {
            outras.spawn(|| {
                while !chega.load(Ordering::Relaxed) {
                    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
                }
            });
            let leituras = (0..2000).map(|_| sockets(std::process::id())).collect();
            chega.store(true, Ordering::Relaxed);
            leituras
        });
        for todos in leituras {
            let todos = todos.unwrap();
            assert!(todos.contains(&(numero, "TCP".into())), "{todos:?}");
        }
    }
}
