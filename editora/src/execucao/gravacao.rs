//! O que se gravou de uma execução, conferido com os programas de hoje.

use std::collections::BTreeMap;

use crate::dados::folha::{Bloco, Folha, Problemas};

/// Como se grava de novo.
const DE_NOVO: &str = "ATUALIZAR=1 cargo test -p provas --test observar";

/// Quem acha o texto de um programa.
pub type Fontes<'f> = &'f dyn Fn(&str) -> Result<String, String>;

/// De que lado aconteceu.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lado {
    /// À esquerda.
    Cliente,
    /// À direita.
    Servidor,
}

impl Lado {
    /// O nome, que é também o do programa.
    pub fn nome(self) -> &'static str {
        match self {
            Self::Cliente => "cliente",
            Self::Servidor => "servidor",
        }
    }

    /// O do outro lado.
    pub fn outro(self) -> Self {
        match self {
            Self::Cliente => Self::Servidor,
            Self::Servidor => Self::Cliente,
        }
    }
}

/// Uma chamada de sistema e a linha de Rust de que ela saiu.
#[derive(Debug, Clone)]
pub struct Chamada {
    pub lado: Lado,
    /// Quando começou e acabou, em milissegundos.
    pub de: f64,
    pub ate: f64,
    /// A função e a linha do programa, e o que dela interessa.
    pub funcao: String,
    pub linha: usize,
    pub rust: String,
    pub nome: String,
    pub argumentos: String,
    pub resultado: String,
}

/// Um socket que muda de estado.
#[derive(Debug, Clone)]
pub struct Estado {
    pub lado: Lado,
    /// Se é o de escuta, e não o da conversa.
    pub escuta: bool,
    pub de: f64,
    pub nome: String,
}

/// Um pacote, da saída à chegada.
#[derive(Debug, Clone)]
pub struct Pacote {
    /// De quem ele é.
    pub lado: Lado,
    pub de: f64,
    pub ate: f64,
    pub marcas: String,
    pub bytes: usize,
    pub dados: String,
}

/// Uma execução gravada.
#[derive(Debug)]
pub struct Gravacao {
    pub titulo: String,
    pub chamadas: Vec<Chamada>,
    pub estados: Vec<Estado>,
    pub pacotes: Vec<Pacote>,
}

/// Lê uma gravação.
///
/// # Errors
/// O que falta ou não serve, e as linhas de Rust que já não são as do programa.
pub fn ler(texto: &str, fontes: Fontes<'_>) -> Result<Gravacao, Problemas> {
    Folha::ler(texto, |folha| {
        let titulo = folha.texto_exigido("titulo");
        folha.numero("ida-e-volta");
        let mut programas = BTreeMap::new();
        let chamadas = todos(folha, "chamada", "a chamada", |bloco| {
            chamada(bloco, &mut programas, fontes)
        });
        let estados = todos(folha, "estado", "o estado", estado);
        let pacotes = todos(folha, "pacote", "o pacote", pacote);
        Some(Gravacao {
            titulo: titulo?,
            chamadas,
            estados,
            pacotes,
        })
    })
}

fn todos<'f, T>(
    folha: &mut Bloco<'f>,
    chave: &'static str,
    nome: &str,
    mut ler: impl FnMut(&mut Bloco<'f>) -> Option<T>,
) -> Vec<T> {
    let mut lidos = Vec::new();
    for mut bloco in folha.blocos(chave, nome) {
        lidos.extend(ler(&mut bloco));
        bloco.acabar();
    }
    lidos
}

fn chamada(
    bloco: &mut Bloco<'_>,
    programas: &mut BTreeMap<Lado, Result<String, String>>,
    fontes: Fontes<'_>,
) -> Option<Chamada> {
    let lado = lado(bloco);
    let instantes = instantes(bloco);
    let funcao = campo(bloco, "funcao");
    let linha = inteiro(bloco, "linha");
    let rust = campo(bloco, "rust");
    let nome = campo(bloco, "nome");
    let argumentos = campo(bloco, "argumentos");
    let resultado = campo(bloco, "resultado");
    let (lado, linha, (rust, onde)) = (lado?, linha?, rust?);
    let arquivo = format!("examples/{}.rs", lado.nome());
    match programas.entry(lado).or_insert_with(|| fontes(&arquivo)) {
        Err(motivo) => bloco.acusar(onde, motivo),
        Ok(programa) => {
            let no_programa = linha
                .checked_sub(1)
                .and_then(|indice| programa.lines().nth(indice));
            if !no_programa.is_some_and(|no_programa| no_programa.contains(&rust)) {
                bloco.acusar(
                    onde,
                    format!(
                        "a linha {arquivo}:{linha} não é «{rust}». O programa mudou? Grave de \
                         novo, com {DE_NOVO}"
                    ),
                );
            }
        }
    }
    let (de, ate) = instantes?;
    Some(Chamada {
        lado,
        de,
        ate,
        funcao: funcao?.0,
        linha,
        rust,
        nome: nome?.0,
        argumentos: argumentos?.0,
        resultado: resultado?.0,
    })
}

fn estado(bloco: &mut Bloco<'_>) -> Option<Estado> {
    let lado = lado(bloco);
    let socket = campo(bloco, "socket");
    numero(bloco, "antes");
    let de = numero(bloco, "de");
    let estado = campo(bloco, "estado");
    let (socket, linha) = socket?;
    if !["escuta", "conversa"].contains(&socket.as_str()) {
        bloco.acusar(linha, "«socket» é escuta ou conversa");
        return None;
    }
    Some(Estado {
        lado: lado?,
        escuta: socket == "escuta",
        de: de?.0,
        nome: estado?.0,
    })
}

fn pacote(bloco: &mut Bloco<'_>) -> Option<Pacote> {
    let lado = lado(bloco);
    let instantes = instantes(bloco);
    let marcas = campo(bloco, "marcas");
    let bytes = inteiro(bloco, "bytes");
    let dados = campo(bloco, "dados");
    let (de, ate) = instantes?;
    Some(Pacote {
        lado: lado?,
        de,
        ate,
        marcas: marcas?.0,
        bytes: bytes?,
        dados: dados?.0,
    })
}

/// Um texto, que pode estar vazio, e a linha em que está.
fn campo(bloco: &mut Bloco<'_>, chave: &'static str) -> Option<(String, usize)> {
    bloco.exigir(chave);
    let valor = bloco.tirar(chave)?;
    Some((valor.escrito()?, valor.linha))
}

/// Um número e a linha em que está.
fn numero(bloco: &mut Bloco<'_>, chave: &'static str) -> Option<(f64, usize)> {
    bloco.exigir(chave);
    let valor = bloco.tirar(chave)?;
    let numero = valor.como_numero();
    if numero.is_none() {
        bloco.acusar(valor.linha, format!("«{chave}» é um número"));
    }
    Some((numero?, valor.linha))
}

fn inteiro(bloco: &mut Bloco<'_>, chave: &'static str) -> Option<usize> {
    let (numero, linha) = numero(bloco, chave)?;
    if numero < 0.0 || numero.fract() != 0.0 || numero > 1e9 {
        bloco.acusar(linha, format!("«{chave}» é um número inteiro"));
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "é inteiro, positivo e pequeno"
    )]
    Some(numero as usize)
}

fn lado(bloco: &mut Bloco<'_>) -> Option<Lado> {
    let (nome, linha) = campo(bloco, "lado")?;
    let lado = [Lado::Cliente, Lado::Servidor]
        .into_iter()
        .find(|lado| lado.nome() == nome);
    if lado.is_none() {
        bloco.acusar(linha, "«lado» é cliente ou servidor");
    }
    lado
}

/// `de` e `ate`, nesta ordem.
fn instantes(bloco: &mut Bloco<'_>) -> Option<(f64, f64)> {
    let (de, ate) = (numero(bloco, "de"), numero(bloco, "ate"));
    let ((de, _), (ate, linha)) = (de?, ate?);
    if ate < de {
        bloco.acusar(linha, "acaba antes de começar");
        return None;
    }
    Some((de, ate))
}
