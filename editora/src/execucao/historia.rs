//! A execução como uma história: os acontecimentos em ordem, e como cada um se conta.

use super::gravacao::{Chamada, Gravacao, Lado, Pacote};
use crate::dados::formato;

/// Quanto uma chamada demora, em milissegundos, para se dizer que ela espera.
const ESPERA: f64 = 1.0;

/// Chamadas que só perguntam ou ajustam: estão na tabela, e não na figura.
const SECUNDARIAS: &[&str] = &["getpeername", "getsockname", "getsockopt", "setsockopt"];

/// O que aconteceu.
#[derive(Debug, Clone)]
pub enum Fato {
    /// Uma chamada começou; se não espera, também acabou.
    Chama { chamada: Chamada, espera: bool },
    /// Uma chamada que esperava voltou.
    Volta(Chamada),
    /// Um socket mudou de estado.
    Muda { escuta: bool, estado: String },
    /// Um pacote saiu; o número dele serve para se achar a chegada.
    Sai(usize, Pacote),
    /// Um pacote chegou.
    Chega(usize, Pacote),
}

/// Um acontecimento.
#[derive(Debug, Clone)]
pub struct Acontecimento {
    /// Em milissegundos.
    pub quando: f64,
    pub lado: Lado,
    pub fato: Fato,
}

/// Os acontecimentos da gravação, na ordem em que se deram.
pub fn contar(gravacao: &Gravacao) -> Vec<Acontecimento> {
    let mut historia = Vec::new();
    let mut por = |quando, lado, fato| {
        historia.push(Acontecimento { quando, lado, fato });
    };
    for chamada in &gravacao.chamadas {
        let espera = !chamada.secundaria() && chamada.ate - chamada.de >= ESPERA;
        por(
            chamada.de,
            chamada.lado,
            Fato::Chama {
                chamada: chamada.clone(),
                espera,
            },
        );
        if espera {
            por(chamada.ate, chamada.lado, Fato::Volta(chamada.clone()));
        }
    }
    for estado in &gravacao.estados {
        let muda = Fato::Muda {
            escuta: estado.escuta,
            estado: estado.nome.clone(),
        };
        por(estado.de, estado.lado, muda);
    }
    for (numero, pacote) in gravacao.pacotes.iter().enumerate() {
        let lado = pacote.lado;
        por(pacote.de, lado, Fato::Sai(numero, pacote.clone()));
        por(
            pacote.ate,
            lado.outro(),
            Fato::Chega(numero, pacote.clone()),
        );
    }
    historia.sort_by(|um, outro| um.quando.total_cmp(&outro.quando));
    historia
}

impl Chamada {
    /// Se a figura a dispensa.
    pub fn secundaria(&self) -> bool {
        SECUNDARIAS.contains(&self.nome.as_str())
    }

    /// A linha de Rust, ou de que função é a chave que fecha um socket.
    pub fn de_onde(&self) -> String {
        if self.rust == "}" {
            format!("}} de {}", self.funcao)
        } else {
            self.rust.clone()
        }
    }

    /// O resultado, sem a explicação que o strace lhe põe: `-1 EINPROGRESS`, `18`.
    pub fn curto(&self) -> &str {
        let fim = self.resultado.find(" (").unwrap_or(self.resultado.len());
        &self.resultado[..fim]
    }
}

impl Pacote {
    /// O que o pacote é, em duas palavras: `SYN, ACK`, `18 bytes`.
    pub fn nome(&self) -> String {
        match (self.bytes, self.marcas.as_str()) {
            (0, marcas) => marcas.to_string(),
            (1, _) => "1\u{a0}byte".to_string(),
            (bytes, _) => format!("{bytes}\u{a0}bytes"),
        }
    }
}

/// Um instante, como se lê.
pub fn instante(quando: f64) -> String {
    format!("{} ms", formato::numero(quando, 1))
}

/// A história para quem não vê a figura: uma frase por acontecimento.
pub fn em_frases(historia: &[Acontecimento]) -> String {
    let mut frases = vec![
        "O cliente à esquerda, o servidor à direita, o tempo para baixo; nas beiras, o estado \
         de cada socket."
            .to_string(),
    ];
    for Acontecimento { quando, lado, fato } in historia {
        let lado = lado.nome();
        let frase = match fato {
            Fato::Chama { chamada, .. } if chamada.secundaria() => continue,
            Fato::Chama { chamada, espera } => {
                let fim = if *espera {
                    "e espera".to_string()
                } else {
                    format!("que devolve {}", chamada.curto())
                };
                format!(
                    "o {lado}, em {}, chama {}, {fim}",
                    chamada.de_onde(),
                    chamada.nome
                )
            }
            Fato::Volta(chamada) => {
                format!("o {} do {lado} volta com {}", chamada.nome, chamada.curto())
            }
            Fato::Muda { escuta, estado } => {
                let socket = if *escuta { "de escuta" } else { "da conversa" };
                format!("o socket {socket} do {lado} passa a {estado}")
            }
            Fato::Sai(_, pacote) => format!("sai do {lado} o {}", de_que(pacote)),
            Fato::Chega(_, pacote) => format!("chega ao {lado} o {}", de_que(pacote)),
        };
        frases.push(format!("{}: {frase}.", instante(*quando)));
    }
    frases.join(" ")
}

/// O pacote no meio de uma frase.
pub fn de_que(pacote: &Pacote) -> String {
    if pacote.bytes == 0 {
        pacote.nome()
    } else {
        format!("pacote com «{}», {}", pacote.dados, pacote.nome())
    }
}
