//! Uma execução do par, gravada de quatro modos ao mesmo tempo: as linhas de Rust, as
//! chamadas de sistema, os estados dos sockets e os pacotes, com um relógio só.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use provas::{Falha, Filho, exemplo, raiz};

use crate::bancada::{Caminho, Lado};
use crate::captura::Captura;
use crate::chamadas::{self, Chamada, Origem};
use crate::estados::{Mudanca, Vigia};
use crate::pacotes::{FIN, Quadro, Segmento};

/// A porta do livro.
pub const PORTA: u16 = 50_000;

/// Onde o servidor atende.
const ENDERECO: &str = "10.0.0.2:50000";

/// Quanto um pacote leva para ir e outro para voltar, em milissegundos: o bastante para
/// que se vejam os estados que no loopback duram um instante.
pub const IDA_E_VOLTA: u32 = 40;

/// Quanto se espera por um programa: o `gdb` lê os símbolos dele, e para a cada chamada.
const PRAZO: Duration = Duration::from_secs(60);

/// O que a pessoa diz ao cliente.
const MENSAGEM: &str = "oi";

/// Um pacote, do instante em que saiu de um computador ao em que chegou ao outro.
#[derive(Debug, Clone)]
struct Viagem {
    de: Lado,
    saiu: u64,
    chegou: u64,
    segmento: Segmento,
}

/// A execução inteira.
pub struct Execucao {
    chamadas: Vec<(Lado, Origem, Chamada)>,
    estados: Vec<Mudanca>,
    viagens: Vec<Viagem>,
    /// O que passou pela interface de cada lado.
    pub quadros: BTreeMap<Lado, Vec<Quadro>>,
}

/// Grava uma execução.
///
/// # Errors
/// O que não deu certo.
pub fn gravar() -> Result<Execucao, Falha> {
    let lados = [Lado::Servidor, Lado::Cliente];
    let caminho = Caminho::abrir(IDA_E_VOLTA)?;
    let mut capturas = BTreeMap::new();
    for lado in lados {
        let filtro = format!("tcp port {PORTA}");
        let captura = Captura::comecar(caminho.de(lado), Caminho::INTERFACE, &filtro)?;
        capturas.insert(lado, captura);
    }
    let vigias = [
        Vigia::comecar(&caminho, Lado::Servidor)?,
        Vigia::comecar(&caminho, Lado::Cliente)?,
    ];
    let pasta = tempfile::tempdir().map_err(|erro| Falha::nova(erro.to_string()))?;
    let arquivo = |lado: Lado| pasta.path().join(lado.nome());
    conversar(&caminho, |lado, programa| {
        Ok(chamadas::vigiado(programa, &[ENDERECO], &arquivo(lado)))
    })?;
    let mut quadros = BTreeMap::new();
    for (lado, captura) in capturas {
        quadros.insert(lado, captura.acabar(despediu)?);
    }
    let mut estados = Vec::new();
    for vigia in vigias {
        estados.extend(vigia.acabar()?);
    }
    estados.sort_by_key(|mudanca| mudanca.visto);
    // O gdb para o programa a cada chamada: as linhas são de outra execução, igual.
    let pilhas = conversar(&caminho, |lado, programa| {
        let ordens = pasta.path().join(format!("{}.gdb", lado.nome()));
        chamadas::depurado(programa, &[ENDERECO], &ordens)
    })?;
    let mut juntas = Vec::new();
    for lado in lados {
        let nome = lado.nome();
        let texto = fs::read_to_string(arquivo(lado))
            .map_err(|erro| Falha::nova(format!("o strace não escreveu: {erro}")))?;
        let feitas = chamadas::ler(&texto)?;
        let origens = chamadas::origens(&pilhas[&lado], nome);
        let iguais = feitas
            .iter()
            .map(|c| c.nome.as_str())
            .eq(origens.iter().map(|o| o.chamada));
        if !iguais {
            return Err(Falha::nova(format!(
                "o {nome} fez {feitas:?}, e diante do gdb {origens:?}:\n{}",
                pilhas[&lado]
            )));
        }
        for (chamada, origem) in feitas.into_iter().zip(origens) {
            juntas.push((lado, origem, chamada));
        }
    }
    Ok(Execucao {
        chamadas: juntas,
        estados,
        viagens: viagens(&quadros)?,
        quadros,
    })
}

/// Se já passaram os dois FIN e a confirmação do último.
fn despediu(quadros: &[Quadro]) -> bool {
    let segmentos: Vec<Segmento> = quadros.iter().filter_map(Quadro::segmento).collect();
    let fins = segmentos.iter().filter(|s| s.leva(FIN)).count();
    fins >= 2 && segmentos.last().is_some_and(Segmento::so_confirma)
}

/// A conversa: o cliente diz uma coisa, ouve a resposta e desliga. `vigiar` diz como se
/// roda cada programa. Devolve o que cada um mostrou.
fn conversar(
    caminho: &Caminho,
    vigiar: impl Fn(Lado, &Path) -> Result<Command, Falha>,
) -> Result<BTreeMap<Lado, String>, Falha> {
    let abrir = |lado: Lado| -> Result<Filho, Falha> {
        let comando = vigiar(lado, &exemplo(lado.nome())?)?;
        let filho = Filho::rodar(lado.nome(), caminho.de(lado).comando(&comando))?;
        Ok(filho.com_prazo(PRAZO))
    };
    let mut servidor = abrir(Lado::Servidor)?;
    servidor.esperar_trecho("aguardando")?;
    let mut cliente = abrir(Lado::Cliente)?;
    cliente.esperar_trecho("desconectar): ")?;
    cliente.escrever(format!("{MENSAGEM}\n"));
    cliente.esperar_trecho("Mensagem recebida.")?;
    cliente.esperar_trecho("desconectar): ")?;
    cliente.fechar_entrada();
    let mut mostrado = BTreeMap::new();
    for (lado, filho) in [
        (Lado::Cliente, &mut cliente),
        (Lado::Servidor, &mut servidor),
    ] {
        let codigo = filho.esperar_fim()?;
        if codigo != 0 {
            return Err(filho.falha(&format!("acabou com {codigo}")));
        }
        mostrado.insert(lado, filho.tudo());
    }
    Ok(mostrado)
}

/// Cada pacote com a hora da saída, em um computador, e a da chegada, no outro.
fn viagens(quadros: &BTreeMap<Lado, Vec<Quadro>>) -> Result<Vec<Viagem>, Falha> {
    let de = |onde: Lado, quem: Lado| -> Vec<(u64, Segmento)> {
        let vistos = quadros[&onde].iter();
        let segmentos = vistos.filter_map(|q| Some((q.instante, q.segmento()?)));
        let dele = |(_, s): &(u64, Segmento)| (s.origem == PORTA) == (quem == Lado::Servidor);
        segmentos.filter(dele).collect()
    };
    let mut viagens = Vec::new();
    for (quem, outro) in [
        (Lado::Cliente, Lado::Servidor),
        (Lado::Servidor, Lado::Cliente),
    ] {
        let (saidas, chegadas) = (de(quem, quem), de(outro, quem));
        let iguais = saidas
            .iter()
            .map(|(_, s)| s)
            .eq(chegadas.iter().map(|(_, s)| s));
        if !iguais {
            return Err(Falha::nova(format!(
                "do {} saíram {saidas:?} e chegaram {chegadas:?}",
                quem.nome()
            )));
        }
        for ((saiu, segmento), (chegou, _)) in saidas.into_iter().zip(chegadas) {
            viagens.push(Viagem {
                de: quem,
                saiu,
                chegou,
                segmento,
            });
        }
    }
    viagens.sort_by_key(|viagem| viagem.saiu);
    Ok(viagens)
}

impl Execucao {
    /// Se serve para o livro: cada estado foi visto assim que começou, até os mais
    /// curtos, e nada se atrasou por causa do que mais a máquina fazia.
    pub fn nitida(&self) -> bool {
        let na_hora = |mudanca: &Mudanca| mudanca.visto - mudanca.antes < DEMORA_NITIDA;
        let da_conversa = |mudanca: &&Mudanca| !mudanca.escuta;
        let curto = self.estados.iter().any(|m| m.estado == DE_PASSAGEM[0]);
        let demora = u64::from(IDA_E_VOLTA) * 500_000 + DEMORA_NITIDA;
        let pontuais = self.viagens.iter().all(|v| v.chegou - v.saiu < demora);
        // O servidor já esperava quando o cliente começou.
        let comeco = |lado: Lado, nome: &str| {
            let dele = self
                .chamadas
                .iter()
                .find(|(de, _, c)| *de == lado && c.nome == nome);
            dele.map(|(_, _, chamada)| chamada.instantes[0])
        };
        let esperava = comeco(Lado::Servidor, "accept4") < comeco(Lado::Cliente, "socket");
        let nitidos = self.estados.iter().filter(da_conversa).all(na_hora);
        curto && pontuais && esperava && nitidos
    }

    /// A gravação, como o livro a guarda.
    ///
    /// # Errors
    /// Quando um programa não se deixa ler.
    pub fn em_toml(&self) -> Result<String, Falha> {
        let chamadas = self.chamadas.iter().map(|(_, _, c)| c.instantes[0]);
        let comeco = chamadas.min().unwrap_or(0);
        let ms = |instante: u64| {
            let micros = instante.saturating_sub(comeco) / 1000;
            format!("{}.{:03}", micros / 1000, micros % 1000)
        };
        let mut toml = format!(
            "# Gravado com ATUALIZAR=1 cargo test -p provas --test observar. Não se edita.\n\
             # Os instantes são milissegundos desde a primeira chamada.\n\
             titulo = \"Uma conversa do par, vista de quatro modos\"\n\
             ida-e-volta = {IDA_E_VOLTA}\n"
        );
        let fontes = [Lado::Servidor, Lado::Cliente].map(|lado| {
            let arquivo = format!("examples/{}.rs", lado.nome());
            fs::read_to_string(raiz().join(&arquivo))
                .map(|texto| (lado, texto))
                .map_err(|erro| Falha::nova(format!("não foi possível ler {arquivo}: {erro}")))
        });
        let mut textos = BTreeMap::new();
        for fonte in fontes {
            let (lado, texto) = fonte?;
            textos.insert(lado, texto);
        }
        for (lado, origem, chamada) in &self.chamadas {
            let fonte = textos[lado]
                .lines()
                .nth(origem.linha - 1)
                .unwrap_or_default();
            let Chamada {
                instantes,
                nome,
                argumentos,
                resultado,
                ..
            } = chamada;
            let _ = write!(
                toml,
                "\n[[chamada]]\nlado = \"{}\"\nde = {}\nate = {}\nfuncao = '{}'\n\
                 linha = {}\nrust = '{}'\nnome = \"{nome}\"\nargumentos = '{argumentos}'\n\
                 resultado = '{resultado}'\n",
                lado.nome(),
                ms(instantes[0]),
                ms(instantes[1]),
                origem.funcao,
                origem.linha,
                trecho(fonte),
            );
        }
        for mudanca in &self.estados {
            let socket = if mudanca.escuta { "escuta" } else { "conversa" };
            let _ = write!(
                toml,
                "\n[[estado]]\nlado = \"{}\"\nsocket = \"{socket}\"\nantes = {}\nde = {}\n\
                 estado = \"{}\"\n",
                mudanca.lado.nome(),
                ms(mudanca.antes),
                ms(mudanca.visto),
                mudanca.estado
            );
        }
        for viagem in &self.viagens {
            let dados = &viagem.segmento.dados;
            let _ = write!(
                toml,
                "\n[[pacote]]\nlado = \"{}\"\nde = {}\nate = {}\nmarcas = \"{}\"\nbytes = {}\n\
                 dados = '{}'\n",
                viagem.de.nome(),
                ms(viagem.saiu),
                ms(viagem.chegou),
                viagem.segmento.nomes(),
                dados.len(),
                sockets::visivel(dados)
            );
        }
        Ok(toml)
    }
}

/// O que interessa de uma linha de programa: a chamada, sem o nome que ela ganha, o
/// tratamento do erro e a pontuação.
pub fn trecho(linha: &str) -> &str {
    let mut trecho = linha.trim();
    for antes in ["let ", "mut ", "match ", "return "] {
        trecho = trecho.strip_prefix(antes).unwrap_or(trecho);
    }
    if let Some((nome, resto)) = trecho.split_once(" = ")
        && nome.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    {
        trecho = resto;
    }
    for depois in [".map_err(", ".context(", ".with_context("] {
        trecho = trecho.split(depois).next().unwrap_or(trecho);
    }
    trecho.trim_end_matches(['{', ';', '?', ' '])
}

/// Um acontecimento da gravação: que espécie é e o que se guardou dele.
pub struct Acontecimento {
    pub especie: String,
    pub campos: BTreeMap<String, String>,
}

impl Acontecimento {
    /// O texto de um campo; vazio, se não há.
    pub fn texto(&self, campo: &str) -> &str {
        self.campos.get(campo).map_or("", String::as_str)
    }

    /// O número de um campo.
    pub fn numero(&self, campo: &str) -> f64 {
        self.texto(campo).parse().unwrap_or(f64::NAN)
    }

    /// De que lado foi.
    pub fn lado(&self) -> Option<Lado> {
        Lado::de(self.texto("lado"))
    }
}

/// Os acontecimentos de uma gravação. Lê só o que [`Execucao::em_toml`] escreve.
pub fn ler(toml: &str) -> Vec<Acontecimento> {
    let mut acontecimentos: Vec<Acontecimento> = Vec::new();
    for linha in toml.lines() {
        if let Some(especie) = linha.strip_prefix("[[") {
            acontecimentos.push(Acontecimento {
                especie: especie.trim_end_matches(']').to_string(),
                campos: BTreeMap::new(),
            });
        } else if let (Some((campo, valor)), Some(ultimo)) =
            (linha.split_once(" = "), acontecimentos.last_mut())
        {
            let valor = valor.trim_matches(['"', '\'']);
            ultimo.campos.insert(campo.to_string(), valor.to_string());
        }
    }
    acontecimentos
}

/// O que se repete de uma execução para outra, em ordem: o que cada lado pediu ao
/// núcleo, os estados de cada socket e os pacotes que levaram algo. Ficam de fora os
/// instantes, as portas, os estados de passagem e as confirmações que não levam mais
/// nada, que o núcleo pode juntar a outros pacotes.
pub fn sequencia(acontecimentos: &[Acontecimento]) -> Vec<String> {
    let mut filas: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut por = |fila: String, o_que: String| filas.entry(fila).or_default().push(o_que);
    for este in acontecimentos {
        let lado = este.texto("lado");
        match este.especie.as_str() {
            "chamada" => por(
                format!("o que o {lado} pede"),
                format!(
                    "linha {}: {} = {}",
                    este.texto("linha"),
                    este.texto("nome"),
                    este.texto("resultado")
                ),
            ),
            "estado" if !DE_PASSAGEM.contains(&este.texto("estado")) => por(
                format!("os estados do socket de {} do {lado}", este.texto("socket")),
                este.texto("estado").to_string(),
            ),
            "pacote" if este.texto("marcas") != "ACK" => por(
                format!("o que o {lado} manda"),
                format!("{} «{}»", este.texto("marcas"), este.texto("dados")),
            ),
            _ => {}
        }
    }
    let linhas = filas
        .into_iter()
        .map(|(fila, passos)| format!("{fila}: {}", passos.join("; ")));
    linhas.collect()
}

/// Quanto se pode demorar, em nanossegundos, para ver um estado ou passar um pacote, no
/// que se mostra.
const DEMORA_NITIDA: u64 = 500_000;

/// Os estados que duram o que o programa demorar para fechar, e não o que a rede demora:
/// às vezes nada, e então nem quem amostra sem parar os vê.
const DE_PASSAGEM: [&str; 2] = ["CLOSE-WAIT", "FIN-WAIT-2"];

/// Onde a gravação fica.
pub fn arquivo() -> PathBuf {
    raiz().join("book/dados/execucoes/par.toml")
}
