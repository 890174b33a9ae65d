//! As chamadas de sistema de um programa, segundo o `strace`, e a linha de Rust de que
//! cada uma saiu.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use provas::Falha;
use regex::Regex;

/// Uma linha do `strace` com o instante e quanto a chamada demorou, em segundos.
static CHAMADA: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\d+)\.(\d{9}) (\w+)\((.*)\)\s+= (.+?)(?: <(\d+)\.(\d{9})>)?$")
        .expect("a expressão é constante")
});

/// Uma chamada de sistema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chamada {
    /// Quando começou e acabou, em nanossegundos desde 1970.
    pub instantes: [u64; 2],
    pub nome: String,
    pub argumentos: String,
    pub resultado: String,
}

/// `programa`, visto pelo `strace`, que escreve em `arquivo`.
pub fn vigiado(programa: &Path, argumentos: &[&str], arquivo: &Path) -> Command {
    let mut strace = Command::new("strace");
    strace
        .args(["-e", "trace=%network,poll,close", "-e", "signal=none"])
        .args(["--absolute-timestamps=format:unix,precision:ns"])
        .args(["--syscall-times=ns", "-o"])
        .arg(arquivo)
        .arg(programa)
        .args(argumentos);
    strace
}

/// As chamadas sobre sockets que o `strace` escreveu, na ordem.
///
/// # Errors
/// A linha que não se entendeu.
pub fn ler(texto: &str) -> Result<Vec<Chamada>, Falha> {
    let mut chamadas: Vec<Chamada> = Vec::new();
    for linha in texto.lines() {
        if let Some(partes) = CHAMADA.captures(linha) {
            let nanos = |segundos: usize| {
                let parte = |i| partes.get(i).map_or("0", |parte| parte.as_str());
                let numero = |i| parte(i).parse::<u64>().unwrap_or(0);
                numero(segundos) * 1_000_000_000 + numero(segundos + 1)
            };
            chamadas.push(Chamada {
                instantes: [nanos(1), nanos(1) + nanos(6)],
                nome: partes[3].to_string(),
                argumentos: partes[4].to_string(),
                resultado: partes[5].to_string(),
            });
        } else if !linha.is_empty() && !linha.contains("+++") {
            return Err(Falha::nova(format!("o strace escreveu «{linha}»")));
        }
    }
    let mut sockets = BTreeSet::new();
    chamadas.retain(|chamada| {
        let cria = ["socket", "accept4"].contains(&chamada.nome.as_str());
        if cria {
            sockets.insert(chamada.resultado.clone());
        }
        cria || chamada.descritor().is_some_and(|fd| sockets.contains(&fd))
    });
    Ok(chamadas)
}

impl Chamada {
    /// O descritor de que ela trata, se ela trata de um.
    pub fn descritor(&self) -> Option<String> {
        // O poll leva uma lista: `[{fd=3, events=POLLOUT}], 1, 9999`.
        let inicio = self.argumentos.strip_prefix("[{fd=");
        let inicio = inicio.unwrap_or(&self.argumentos);
        let fim = inicio
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(inicio.len());
        (fim > 0).then(|| inicio[..fim].to_string())
    }
}

/// As funções da libc que fazem estas chamadas de sistema. Só `recv` e `send` têm outro
/// nome para o núcleo.
const FUNCOES: &[(&str, &str)] = &[
    ("socket", "socket"),
    ("setsockopt", "setsockopt"),
    ("bind", "bind"),
    ("listen", "listen"),
    ("getsockname", "getsockname"),
    ("getpeername", "getpeername"),
    ("accept4", "accept4"),
    ("connect", "connect"),
    ("poll", "poll"),
    ("recv", "recvfrom"),
    ("send", "sendto"),
    ("close", "close"),
];

/// `programa`, visto pelo `gdb`, que a cada chamada escreve a pilha inteira: de que linha
/// de que função ela saiu. Os comandos do `gdb` ficam em `ordens`.
///
/// # Errors
/// Quando `ordens` não se deixa escrever.
pub fn depurado(programa: &Path, argumentos: &[&str], ordens: &Path) -> Result<Command, Falha> {
    let mut texto = String::from(
        "set width 0\nset confirm off\nset breakpoint pending on\n\
         set debuginfod enabled off\nset startup-with-shell off\n",
    );
    for (funcao, _) in FUNCOES {
        let _ = writeln!(texto, "break {funcao}");
    }
    let ultima = FUNCOES.len();
    let _ = writeln!(
        texto,
        "commands 1-{ultima}\nsilent\nbacktrace\ncontinue\nend\nrun"
    );
    fs::write(ordens, texto).map_err(|erro| Falha::nova(erro.to_string()))?;
    let mut gdb = Command::new("gdb");
    gdb.args(["-nx", "-q", "-batch", "-return-child-result", "-x"])
        .arg(ordens)
        .arg("--args")
        .arg(programa)
        .args(argumentos);
    Ok(gdb)
}

/// De onde saiu uma chamada: a função do programa e a linha dela.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origem {
    pub chamada: &'static str,
    pub funcao: String,
    pub linha: usize,
}

/// Cada chamada que o `gdb` viu, e a linha de `examples/NOME.rs` de que ela saiu: a mais
/// de dentro da pilha que é do programa, e não da std.
pub fn origens(saida: &str, nome: &str) -> Vec<Origem> {
    let arquivo = format!("examples/{nome}.rs:");
    let mut chamadas = Vec::new();
    let mut aberta: Option<&'static str> = None;
    for linha in saida.lines() {
        if let Some(topo) = linha.strip_prefix("#0 ") {
            // `__libc_recv (fd=4, …`; o que tem `::` é um método em Rust do mesmo nome.
            let funcao = topo.split(" (").next().unwrap_or_default();
            let funcao = funcao.rsplit(' ').next().unwrap_or_default();
            let da_libc = |curto: &str| {
                let resto = funcao.strip_suffix(curto);
                resto.is_some_and(|prefixo| PREFIXOS.contains(&prefixo))
            };
            aberta = FUNCOES
                .iter()
                .find(|(curto, _)| da_libc(curto))
                .map(|(_, chamada)| *chamada);
        } else if let (Some(chamada), true, Some((_, resto))) =
            (aberta, linha.starts_with('#'), linha.split_once(&arquivo))
            && let Ok(numero) = resto.trim().parse()
        {
            // `#7  0x1 in servidor::principal () at …`
            let antes = linha.split(" (").next().unwrap_or_default();
            chamadas.push(Origem {
                chamada,
                funcao: antes.rsplit("::").next().unwrap_or_default().to_string(),
                linha: numero,
            });
            aberta = None;
        }
    }
    chamadas
}

/// O que a libc põe antes do nome de uma função: `__GI___close`, `__libc_recv`.
const PREFIXOS: [&str; 5] = ["", "__", "__GI_", "__GI___", "__libc_"];

/// A prova de quem lê o que o `gdb` escreve.
pub fn le_a_pilha() {
    let saida = "Servidor aguardando em 10.0.0.2:50000...\n\
        #0  std::net::udp::UdpSocket::recv () at library/std/src/net/udp.rs:729\n\
        #1  0x1 in servidor::receber (c=0x1) at examples/servidor.rs:104\n\
        #0  __libc_recv (fd=4, buf=0x1, len=1024) at ../sysdeps/recv.c:28\n\
        #5  0x1 in servidor::receber (c=0x1) at /casa/examples/servidor.rs:104\n\
        #6  0x1 in servidor::main () at examples/servidor.rs:18\n\
        #0  0x00007f in poll () from /lib/libc.so.6\n\
        #1  0x1 in main () from x\n\
        #0  __GI___close (fd=3) at ../sysdeps/close.c:27\n\
        #7  0x1 in servidor::principal () at examples/servidor.rs:31\n";
    let origem = |chamada, funcao: &str, linha| Origem {
        chamada,
        funcao: funcao.to_string(),
        linha,
    };
    assert_eq!(
        origens(saida, "servidor"),
        [
            origem("recvfrom", "receber", 104),
            origem("close", "principal", 31)
        ]
    );
}
