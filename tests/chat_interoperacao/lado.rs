//! Um dos dois chats, na linguagem em que ele existe, e o que ele mostrou.

use std::fmt;
use std::process::Command;
use std::time::Duration;

use provas::{Falha, Filho, exemplo, raiz};
use regex::Regex;

/// Quanto se espera por qualquer coisa: as conversas longas e as pausas entre
/// tentativas levam segundos em uma máquina ocupada.
pub const PRAZO: Duration = Duration::from_secs(60);

/// A linguagem de um dos lados.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lado {
    Rust,
    Python,
}

pub use Lado::{Python, Rust};

impl fmt::Display for Lado {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Rust => "rust",
            Python => "python",
        })
    }
}

/// O modo da conversa, como se escreve na linha de comando.
pub type Modo = &'static str;

pub const MODOS: [Modo; 3] = ["tcp", "udp", "udp-confiavel"];

/// Os pares que misturam as linguagens, nas duas ordens.
pub const MISTOS: [[Lado; 2]; 2] = [[Rust, Python], [Python, Rust]];

/// O que um chat precisa para abrir.
#[derive(Clone, Copy)]
pub struct Pedido {
    pub lado: Lado,
    pub modo: Modo,
    pub nome: &'static str,
    pub porta_local: u16,
    pub porta: u16,
}

impl Pedido {
    /// Abre o chat, com estas opções a mais.
    pub fn abrir(self, mais: &[&str]) -> Result<Filho, Falha> {
        let comando = self.comando(mais)?;
        Ok(Filho::rodar(self.nome, comando)?.com_prazo(PRAZO))
    }

    /// Abre o chat e espera que ele escute na sua porta.
    pub fn abrir_e_esperar(self, mais: &[&str]) -> Result<Filho, Falha> {
        let mut chat = self.abrir(mais)?;
        chat.esperar_linha_com("escuta")?;
        Ok(chat)
    }

    /// O comando, para quem o roda de outro jeito.
    pub fn comando(self, mais: &[&str]) -> Result<Command, Falha> {
        let mut comando = match self.lado {
            Rust => Command::new(exemplo("chat")?),
            Python => {
                let mut comando = Command::new("python3");
                comando.arg(raiz().join("tests/pares/chat.py"));
                comando
            }
        };
        let [local, porta] = [self.porta_local, self.porta].map(|p| p.to_string());
        comando
            .args(["--ip", "127.0.0.1", "--protocolo", self.modo])
            .args(["--porta-local", &local, "--porta", &porta])
            .args(["--nome", self.nome])
            .args(mais);
        Ok(comando)
    }

    /// Só ouve, e acaba quando o outro sai.
    pub fn so_ouvir(self) -> Result<Filho, Falha> {
        self.abrir(match self.lado {
            Rust => &["--so-ouvir", "--uma-conversa"],
            Python => &["--so-ouvir"],
        })
    }
}

/// Ana e Bia, cada uma com a porta da outra.
pub fn par(modo: Modo, lados: [Lado; 2]) -> [Pedido; 2] {
    let portas = [provas::porta_livre(), provas::porta_livre()];
    [(0, "Ana"), (1, "Bia")].map(|(qual, nome)| Pedido {
        lado: lados[qual],
        modo,
        nome,
        porta_local: portas[qual],
        porta: portas[1 - qual],
    })
}

/// Os textos que o chat mostrou de `quem`, na ordem.
pub fn mensagens(chat: &Filho, quem: &str) -> Vec<String> {
    let de_quem = Regex::new(&format!(
        r"^(\[\d\d:\d\d:\d\d\] )?{quem}( \(atrasad[oa][^)]*\))?: "
    ))
    .expect("uma expressão escrita aqui");
    let tudo = chat.tudo();
    tudo.lines()
        .filter_map(|linha| {
            let prefixo = de_quem.find(linha)?;
            Some(linha[prefixo.end()..].to_string())
        })
        .collect()
}

/// O chat mostrou de `quem` estes textos, nesta ordem, e nada mais.
pub fn conferir(chat: &Filho, quem: &str, textos: &[String]) -> Result<(), Falha> {
    let vistos = mensagens(chat, quem);
    if vistos == textos {
        return Ok(());
    }
    let diferente = vistos.iter().zip(textos).position(|(a, b)| a != b);
    let onde = diferente.unwrap_or(vistos.len().min(textos.len()));
    Err(chat.falha(&format!(
        "mostrou {} de {} textos de {quem}; o primeiro diferente é o {onde}: {:?} em vez de {:?}",
        vistos.len(),
        textos.len(),
        vistos.get(onde),
        textos.get(onde),
    )))
}

/// O chat acaba com o código 0.
pub fn acabou_bem(chat: &mut Filho) -> Result<(), Falha> {
    match chat.esperar_fim()? {
        0 => Ok(()),
        codigo => Err(chat.falha(&format!("acabou com o código {codigo}"))),
    }
}

/// As linhas, cada uma com o seu fim, prontas para a entrada de um chat.
pub fn entrada(textos: &[String]) -> String {
    textos
        .iter()
        .flat_map(|texto| [texto.as_str(), "\n"])
        .collect()
}

/// `quantas` linhas diferentes de `quem`.
pub fn linhas(quem: &str, quantas: usize) -> Vec<String> {
    (1..=quantas)
        .map(|n| format!("linha {n} de {quem}, às vezes com ç e às vezes ☕"))
        .collect()
}
