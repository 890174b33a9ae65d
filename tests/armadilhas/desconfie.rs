//! O par como atacante: cada ataque vence o servidor errado; o certo continua
//! atendendo, com pouca memória, e não se deixa comandar.

#[path = "desconfie/amplificacao.rs"]
mod amplificacao;
#[path = "desconfie/ataques.rs"]
mod ataques;
#[path = "desconfie/linhas.rs"]
mod linhas;
#[path = "desconfie/meio.rs"]
mod meio;
#[path = "desconfie/tls.rs"]
mod tls;

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use libtest_mimic::{Failed, Trial};
use provas::{Falha, Filho, prazo_padrao};

/// As provas deste capítulo.
pub fn provas() -> Vec<Trial> {
    [
        ataques::provas(),
        linhas::provas(),
        amplificacao::provas(),
        tls::provas(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn prova(nome: &str, roda: fn() -> Result<(), Falha>) -> Trial {
    Trial::test(format!("desconfie::{nome}"), move || {
        roda().map_err(Failed::from)
    })
}

/// Um servidor do capítulo, aberto em uma porta que o sistema escolheu.
struct Servidor {
    programa: Filho,
    endereco: SocketAddr,
}

impl Servidor {
    /// `segundos` é o prazo que ele dá a quem liga.
    fn abrir(nome: &str, segundos: &str) -> Result<Self, Falha> {
        Self::de(Filho::exemplo(nome, &["127.0.0.1:0", segundos])?)
    }

    fn de(mut programa: Filho) -> Result<Self, Falha> {
        let endereco = programa.esperar_endereco()?;
        Ok(Self { programa, endereco })
    }

    fn ligar(&self) -> Result<TcpStream, Falha> {
        ligar(self.endereco)
    }

    /// Ainda atende, mostrou só texto e, no Linux, nunca passou de `mib` de memória.
    fn conferir(&mut self, mib: u64) -> Result<(), Falha> {
        if let Some(codigo) = self.programa.codigo() {
            return Err(self.programa.falha(&format!("acabou com {codigo}")));
        }
        if !self.programa.tudo().lines().all(provas::chat::e_texto) {
            return Err(self.programa.falha("mostrou o que um terminal obedece"));
        }
        match self.pico()? {
            Some(pico) if pico > mib => Err(self
                .programa
                .falha(&format!("chegou a ocupar {pico} MiB de memória"))),
            _ => Ok(()),
        }
    }

    /// O mais que já ocupou de memória, em MiB, onde o sistema conta
    /// (`proc_pid_status(5)`).
    fn pico(&self) -> Result<Option<u64>, Falha> {
        if !cfg!(target_os = "linux") {
            return Ok(None);
        }
        let arquivo = format!("/proc/{}/status", self.programa.pid());
        let situacao = fs::read_to_string(arquivo).map_err(do_sistema)?;
        let kib = situacao
            .lines()
            .find_map(|linha| linha.strip_prefix("VmHWM:"))
            .and_then(|resto| resto.trim().strip_suffix(" kB"))
            .and_then(|kib| kib.parse::<u64>().ok());
        match kib {
            Some(kib) => Ok(Some(kib / 1024)),
            None => Err(self.programa.falha("não há VmHWM em /proc")),
        }
    }
}

fn ligar(endereco: SocketAddr) -> Result<TcpStream, Falha> {
    let conexao = TcpStream::connect_timeout(&endereco, prazo_padrao()).map_err(do_sistema)?;
    conexao
        .set_read_timeout(Some(prazo_padrao()))
        .map_err(do_sistema)?;
    conexao
        .set_write_timeout(Some(prazo_padrao()))
        .map_err(do_sistema)?;
    Ok(conexao)
}

fn mandar(mut conexao: &TcpStream, bytes: impl AsRef<[u8]>) -> Result<(), Falha> {
    conexao.write_all(bytes.as_ref()).map_err(do_sistema)
}

/// Espera ouvir exatamente `resposta`.
fn ouvir(mut conexao: &TcpStream, resposta: &str) -> Result<(), Falha> {
    let mut bytes = vec![0; resposta.len()];
    conexao.read_exact(&mut bytes).map_err(do_sistema)?;
    if bytes != resposta.as_bytes() {
        let veio = String::from_utf8_lossy(&bytes);
        return Err(Falha::nova(format!(
            "em vez de {resposta:?}, veio {veio:?}"
        )));
    }
    Ok(())
}

/// O que o servidor diz até o fim. Um RST é um fim como outro.
fn ate_o_fim(mut conexao: &TcpStream) -> Result<String, Falha> {
    let mut bytes = Vec::new();
    match conexao.read_to_end(&mut bytes) {
        Err(erro) if erro.kind() != std::io::ErrorKind::ConnectionReset => Err(do_sistema(erro)),
        _ => Ok(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "é o que `map_err` dá")]
fn do_sistema(erro: std::io::Error) -> Falha {
    Falha::nova(erro.to_string())
}

/// Espera que o programa acabe com `codigo`.
fn acabou(programa: &mut Filho, codigo: i32) -> Result<(), Falha> {
    match programa.esperar_fim()? {
        certo if certo == codigo => Ok(()),
        outro => Err(programa.falha(&format!("acabou com {outro}, e não com {codigo}"))),
    }
}
