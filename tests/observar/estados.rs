//! Os estados dos sockets, perguntados ao núcleo sem parar (`sock_diag(7)`), por um
//! processo em cada computador.
//!
//! O `/proc/net/tcp` diria o mesmo, mas percorre a tabela de todas as conexões da
//! máquina, e em cada leitura passariam milissegundos. Aqui se pergunta por um socket de
//! cada vez, pelos quatro números que o identificam.

use std::collections::BTreeMap;
use std::env;
use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use provas::{Falha, Filho};
use socket2::{Domain, Protocol, Socket, Type};

use crate::bancada::{Caminho, Lado};
use crate::execucao::PORTA;

/// Os estados de `tcp(7)`, na ordem em que o núcleo os numera a partir de 1.
const ESTADOS: [&str; 12] = [
    "ESTABLISHED",
    "SYN-SENT",
    "SYN-RECEIVED",
    "FIN-WAIT-1",
    "FIN-WAIT-2",
    "TIME-WAIT",
    FECHADO,
    "CLOSE-WAIT",
    "LAST-ACK",
    "LISTEN",
    "CLOSING",
    // O núcleo chama assim um aperto de mãos ainda sem socket.
    "SYN-RECEIVED",
];

/// O nome do estado de um socket que não existe.
const FECHADO: &str = "CLOSED";

/// O endereço de cada lado.
const CLIENTE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const SERVIDOR: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

/// As portas de onde o cliente pode ligar: poucas, para se perguntar por todas.
const PORTAS_DO_CLIENTE: [u16; 2] = [40_000, 40_003];

/// Diz a este programa que ele é quem olha, e de que lado.
const QUAL: &str = "OBSERVAR_ESTADOS";

/// Quanto se descansa entre uma olhada e outra, para não tomar o processador de quem é
/// observado. O núcleo arredonda para umas dezenas de microssegundos.
const DESCANSO: Duration = Duration::from_micros(1);

/// Uma mudança de estado.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mudanca {
    pub lado: Lado,
    /// Se é o socket de escuta, e não o da conversa.
    pub escuta: bool,
    pub estado: String,
    /// Quando se viu primeiro este estado, em nanossegundos desde 1970.
    pub visto: u64,
    /// Quando se viu por último o anterior.
    pub antes: u64,
}

/// Quem olha um computador.
pub struct Vigia {
    lado: Lado,
    processo: Filho,
}

impl Vigia {
    /// Passa a olhar os sockets deste lado, e só volta quando já olha.
    ///
    /// # Errors
    /// O que o sistema não deixou fazer.
    pub fn comecar(caminho: &Caminho, lado: Lado) -> Result<Self, Falha> {
        if lado == Lado::Cliente {
            let [de, ate] = PORTAS_DO_CLIENTE;
            let mut ajuste = Command::new("sh");
            ajuste.arg("-c").arg(format!(
                "echo {de} {ate} > /proc/sys/net/ipv4/ip_local_port_range"
            ));
            let mut ajuste = Filho::rodar("sh", caminho.de(lado).comando(&ajuste))?;
            if ajuste.esperar_fim()? != 0 {
                return Err(ajuste.falha("não deu ao cliente as portas dele"));
            }
        }
        let este = env::current_exe().map_err(|erro| Falha::nova(erro.to_string()))?;
        let mut comando = caminho.de(lado).comando(&Command::new(este));
        comando.env(QUAL, lado.nome());
        let mut processo = Filho::rodar("quem olha", comando)?;
        if processo.esperar_linha()? != "olhando" {
            return Err(processo.falha("não começou a olhar"));
        }
        Ok(Self { lado, processo })
    }

    /// Para de olhar, e conta o que mudou, na ordem.
    ///
    /// # Errors
    /// Quando quem olhava parou antes.
    pub fn acabar(mut self) -> Result<Vec<Mudanca>, Falha> {
        self.processo.fechar_entrada();
        if self.processo.esperar_fim()? != 0 {
            return Err(self.processo.falha("parou no meio"));
        }
        let tudo = self.processo.tudo();
        let mudanca = |linha: &str| {
            let campos: Vec<&str> = linha.split(' ').collect();
            let [antes, visto, socket, estado] = campos[..] else {
                return None;
            };
            Some(Mudanca {
                lado: self.lado,
                escuta: socket == "escuta",
                estado: estado.to_string(),
                visto: visto.parse().ok()?,
                antes: antes.parse().ok()?,
            })
        };
        Ok(tudo.lines().filter_map(mudanca).collect())
    }
}

/// Se este processo é um que olha, olha, até que a entrada dele acabe.
pub fn se_e_quem_olha() -> Option<ExitCode> {
    let lado = Lado::de(&env::var(QUAL).ok()?)?;
    Some(match olhar(lado) {
        Ok(()) => ExitCode::SUCCESS,
        Err(erro) => {
            eprintln!("{erro}");
            ExitCode::FAILURE
        }
    })
}

fn olhar(lado: Lado) -> std::io::Result<()> {
    // AF_NETLINK e NETLINK_SOCK_DIAG, de <linux/netlink.h>.
    let mut nucleo = Socket::new(Domain::from(16), Type::RAW, Some(Protocol::from(4)))?;
    let parar = Arc::new(AtomicBool::new(false));
    let sinal = Arc::clone(&parar);
    thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        sinal.store(true, Ordering::Relaxed);
    });
    let mut saida = std::io::stdout();
    writeln!(saida, "olhando")?;
    let [de, ate] = PORTAS_DO_CLIENTE;
    let mut agora: BTreeMap<&str, &str> = BTreeMap::new();
    let mut ultima = instante();
    while !parar.load(Ordering::Relaxed) {
        let mut vistos = BTreeMap::from([("escuta", FECHADO), ("conversa", FECHADO)]);
        for porta in de..=ate {
            let estado = match lado {
                Lado::Cliente => perguntar(&mut nucleo, (CLIENTE, porta), (SERVIDOR, PORTA))?,
                Lado::Servidor => perguntar(&mut nucleo, (SERVIDOR, PORTA), (CLIENTE, porta))?,
            };
            // Sem uma conexão com estes números, o núcleo responde pelo socket que a
            // aceitaria.
            match estado {
                FECHADO => {}
                "LISTEN" => drop(vistos.insert("escuta", estado)),
                // Uma conexão anterior ainda em TIME-WAIT não é a desta conversa.
                "TIME-WAIT" if vistos["conversa"] != FECHADO => {}
                _ => drop(vistos.insert("conversa", estado)),
            }
        }
        let visto = instante();
        for (socket, estado) in vistos {
            if agora.insert(socket, estado).unwrap_or(FECHADO) != estado {
                writeln!(saida, "{ultima} {visto} {socket} {estado}")?;
            }
        }
        ultima = visto;
        thread::sleep(DESCANSO);
    }
    Ok(())
}

/// O estado do socket com estes dois endereços.
fn perguntar(
    nucleo: &mut Socket,
    local: (Ipv4Addr, u16),
    remoto: (Ipv4Addr, u16),
) -> std::io::Result<&'static str> {
    nucleo.write_all(&pergunta(local, remoto))?;
    let mut resposta = [0; 512];
    let lidos = nucleo.read(&mut resposta)?;
    Ok(estado(&resposta[..lidos]))
}

/// Um `inet_diag_req_v2`, com o cabeçalho de netlink dele (`sock_diag(7)`).
fn pergunta(local: (Ipv4Addr, u16), remoto: (Ipv4Addr, u16)) -> Vec<u8> {
    const TAMANHO: u32 = 16 + 56;
    let mut pedido = Vec::new();
    pedido.extend(TAMANHO.to_ne_bytes());
    // SOCK_DIAG_BY_FAMILY e NLM_F_REQUEST.
    pedido.extend(20_u16.to_ne_bytes());
    pedido.extend(1_u16.to_ne_bytes());
    pedido.extend([0; 8]);
    // AF_INET, IPPROTO_TCP, nada a mais, qualquer estado.
    pedido.extend([2, 6, 0, 0]);
    pedido.extend(u32::MAX.to_ne_bytes());
    pedido.extend(local.1.to_be_bytes());
    pedido.extend(remoto.1.to_be_bytes());
    for (ip, _) in [local, remoto] {
        pedido.extend(ip.octets());
        pedido.extend([0; 12]);
    }
    // Qualquer interface, e sem a marca que distingue um socket de outro igual.
    pedido.extend([0; 4]);
    pedido.extend([255; 8]);
    pedido
}

/// O estado que uma resposta diz: um `inet_diag_msg`, ou um erro, se não há o socket.
fn estado(resposta: &[u8]) -> &'static str {
    let tipo = resposta.get(4..6).map(|t| u16::from_ne_bytes([t[0], t[1]]));
    let numero = resposta.get(17).filter(|_| tipo == Some(20));
    let indice = numero.and_then(|numero| usize::from(*numero).checked_sub(1));
    let nome = indice.and_then(|indice| ESTADOS.get(indice));
    nome.copied().unwrap_or(FECHADO)
}

fn instante() -> u64 {
    let desde = SystemTime::now().duration_since(UNIX_EPOCH);
    desde.map_or(0, |desde| {
        u64::try_from(desde.as_nanos()).unwrap_or(u64::MAX)
    })
}

/// A prova de quem lê a resposta do núcleo.
pub fn le_o_que_o_nucleo_responde() {
    let mut resposta = vec![0; 16 + 72];
    resposta[4] = 20;
    for (numero, nome) in [
        (1, "ESTABLISHED"),
        (3, "SYN-RECEIVED"),
        (10, "LISTEN"),
        (99, FECHADO),
    ] {
        resposta[17] = numero;
        assert_eq!(estado(&resposta), nome);
    }
    // NLMSG_ERROR: não há esse socket.
    resposta[4] = 2;
    resposta[17] = 1;
    assert_eq!(estado(&resposta), FECHADO);
    assert_eq!(estado(&[]), FECHADO);
    let pedido = pergunta((SERVIDOR, PORTA), (CLIENTE, 40_000));
    assert_eq!(pedido.len(), 72);
    assert_eq!(pedido[24..28], [0xc3, 0x50, 0x9c, 0x40]);
}
