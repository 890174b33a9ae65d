//! A ortografia: cada palavra está no dicionário do sistema ou na lista da casa.
//!
//! O dicionário é o VERO, o do `LibreOffice`, no formato do Hunspell. Ele não vem com o livro: a
//! prova o procura onde os sistemas o põem, ou na pasta que [`VARIAVEL`] diz. A lista da casa
//! (`book/dados/palavras.txt`) tem o que o dicionário não conhece e o livro escreve assim
//! mesmo; ela falha se tem uma palavra a mais.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libtest_mimic::{Completion, Failed, Trial};
use provas::ferramentas::Ausente;
use spellbook::Dictionary;

use crate::fontes::{self, Trecho, Voz};
use crate::palavras::palavras;
use crate::{prova, sem_achados};

/// A lista da casa.
const LISTA: &str = "book/dados/palavras.txt";

/// A variável de ambiente com a pasta do dicionário.
const VARIAVEL: &str = "DICIONARIO_PT_BR";

/// Os nomes que os sistemas dão ao dicionário.
const NOMES: [&str; 2] = ["pt_BR", "pt-BR"];

/// Onde o Debian, o Fedora, o Arch, o `LibreOffice`, o macOS e o Homebrew o põem. No Windows, o
/// `LibreOffice` o traz na pasta dele.
const PASTAS: [&str; 9] = [
    "/usr/share/hunspell",
    "/usr/share/myspell",
    "/usr/share/myspell/dicts",
    "/usr/lib/libreoffice/share/extensions/dict-pt-BR",
    "/opt/libreoffice/share/extensions/dict-pt-BR",
    "/Applications/LibreOffice.app/Contents/Resources/extensions/dict-pt-BR",
    "/Library/Spelling",
    "/opt/homebrew/share/hunspell",
    r"C:\Program Files\LibreOffice\share\extensions\dict-pt-BR",
];

/// O que se escreve e se confere: o dicionário e a lista.
struct Lexico {
    dicionario: &'static Dictionary,
    lista: Lista,
}

/// A lista da casa: de cada palavra, a linha e onde ela vale, se não vale em toda parte.
struct Lista(BTreeMap<String, (usize, Option<String>)>);

impl Lista {
    /// Lê a lista. Cada seção começa com um comentário que diz o porquê, e tem as palavras
    /// em ordem. `palavra: caminho` só vale no arquivo, ou na pasta, do caminho: é o que um
    /// programa obriga a escrever sem acentos e em outro lugar seria um erro.
    ///
    /// # Errors
    /// Cada palavra repetida, fora de ordem ou fora de uma seção, com a linha.
    fn ler(texto: &str) -> Result<Self, Vec<String>> {
        let mut lidas = BTreeMap::new();
        let mut problemas = Vec::new();
        let mut anterior: Option<String> = None;
        let mut em_secao = false;
        for (linha, texto) in (1..).zip(texto.lines()) {
            let (texto, onde) = match texto.split_once(": ") {
                Some((palavra, onde)) if !texto.starts_with('#') => (palavra, Some(onde)),
                _ => (texto, None),
            };
            let mut acusar = |frase: String| problemas.push(format!("{LISTA}:{linha}: {frase}"));
            if texto.starts_with('#') {
                em_secao = true;
                anterior = None;
                continue;
            }
            if texto.is_empty() {
                em_secao = false;
                continue;
            }
            if !em_secao {
                acusar(format!(
                    "«{texto}» está fora de uma seção: falta o comentário que a abre"
                ));
            }
            if palavras(texto) != [texto] {
                acusar(format!("«{texto}» não é uma palavra"));
            }
            let chave = ordem(texto);
            if anterior.is_some_and(|anterior| anterior >= chave) {
                acusar(format!("«{texto}» está fora da ordem alfabética"));
            }
            anterior = Some(chave);
            let onde = onde.map(String::from);
            if let Some((outra, _)) = lidas.insert(texto.to_string(), (linha, onde)) {
                acusar(format!("«{texto}» já está na linha {outra}"));
            }
        }
        if problemas.is_empty() {
            Ok(Self(lidas))
        } else {
            Err(problemas)
        }
    }

    /// A palavra da lista que justifica `palavra`: a que está em minúsculas vale também com
    /// maiúsculas; a que tem maiúsculas só vale como está.
    fn tem(&self, palavra: &str, arquivo: &str) -> Option<&str> {
        let minuscula = palavra.to_lowercase();
        [palavra, &minuscula]
            .into_iter()
            .filter_map(|forma| self.0.get_key_value(forma))
            .find(|(_, (_, onde))| onde.as_ref().is_none_or(|onde| arquivo.starts_with(onde)))
            .map(|(palavra, _)| palavra.as_str())
    }
}

/// A chave de ordem: sem maiúsculas nem acentos; a própria palavra desempata.
fn ordem(palavra: &str) -> String {
    let simples: String = palavra
        .to_lowercase()
        .chars()
        .map(|letra| match letra {
            'á' | 'à' | 'â' | 'ã' => 'a',
            'é' | 'ê' | 'è' => 'e',
            'í' => 'i',
            'ó' | 'ô' | 'õ' | 'ö' => 'o',
            'ú' | 'ü' => 'u',
            'ç' => 'c',
            outra => outra,
        })
        .collect();
    format!("{simples} {palavra}")
}

impl Lexico {
    /// As partes de `palavra` que ninguém conhece. As que a lista conhece vão para `usadas`.
    fn desconhecidas(
        &self,
        palavra: &str,
        arquivo: &str,
        usadas: &mut BTreeSet<String>,
    ) -> Vec<String> {
        if self.conhece(palavra, arquivo, usadas) {
            return Vec::new();
        }
        // Uma palavra composta é conhecida se as partes dela são.
        let partes: Vec<&str> = palavra.split(['-', '’']).collect();
        if partes.len() == 1 {
            return vec![palavra.to_string()];
        }
        let desconhecida = |parte: &&str| !self.conhece(parte, arquivo, usadas);
        partes
            .into_iter()
            .filter(desconhecida)
            .map(String::from)
            .collect()
    }

    fn conhece(&self, palavra: &str, arquivo: &str, usadas: &mut BTreeSet<String>) -> bool {
        if self.no_dicionario(palavra) {
            return true;
        }
        // O plural de uma sigla é a sigla.
        let singular = palavra
            .strip_suffix('s')
            .filter(|sigla| sigla.chars().count() > 1 && sigla.chars().all(char::is_uppercase));
        let forma = [Some(palavra), singular]
            .into_iter()
            .flatten()
            .find_map(|forma| self.lista.tem(forma, arquivo));
        if let Some(forma) = forma {
            usadas.insert(forma.to_string());
        }
        forma.is_some() || singular.is_some_and(|sigla| self.no_dicionario(sigla))
    }

    fn no_dicionario(&self, palavra: &str) -> bool {
        // O dicionário conhece `a`, `e`, `o` e aceitaria qualquer outra letra solta.
        palavra.chars().count() == 1 || self.dicionario.check(palavra)
    }

    /// O que está errado nos trechos, e as palavras da lista que eles usam.
    fn conferir(&self, trechos: &[Trecho]) -> (Vec<String>, BTreeSet<String>) {
        let mut achados = Vec::new();
        let mut usadas = BTreeSet::new();
        for trecho in trechos {
            let todas = palavras(&trecho.texto);
            if self.e_de_outra_lingua(trecho, &todas) {
                continue;
            }
            for palavra in todas {
                let (arquivo, linha) = (&trecho.arquivo, trecho.linha);
                for desconhecida in self.desconhecidas(&palavra, arquivo, &mut usadas) {
                    achados.push(format!("{arquivo}:{linha}: «{desconhecida}»"));
                }
            }
        }
        (achados, usadas)
    }

    /// Se as palavras são de outra língua: a maior parte delas ninguém conhece. Do que se cita,
    /// a metade já é muito, ou duas: em `byte stream`, a primeira também é nossa.
    fn e_de_outra_lingua(&self, trecho: &Trecho, todas: &[String]) -> bool {
        let nossas = todas.iter().filter(|palavra| self.no_dicionario(palavra));
        let nossas = nossas.count();
        let alheias = todas.iter().filter(|palavra| {
            let usadas = &mut BTreeSet::new();
            !self
                .desconhecidas(palavra, &trecho.arquivo, usadas)
                .is_empty()
        });
        let alheias = alheias.count();
        match trecho.voz {
            Voz::Nossa => false,
            Voz::Citada => alheias > 0 && (alheias >= nossas || alheias > 1),
            Voz::Dita => alheias > nossas,
        }
    }

    /// As palavras da lista que não fazem falta: o dicionário as conhece, ou ninguém as usa.
    fn sobras(&self, usadas: &BTreeSet<String>) -> Vec<String> {
        let sobra = |(palavra, (linha, _)): (&String, &(usize, Option<String>))| {
            let motivo = if self.dicionario.check(palavra) {
                "o dicionário já a conhece"
            } else if !usadas.contains(palavra) {
                "ninguém a usa"
            } else {
                return None;
            };
            Some(format!("{LISTA}:{linha}: «{palavra}»: {motivo}"))
        };
        self.lista.0.iter().filter_map(sobra).collect()
    }
}

/// O dicionário desta máquina, lido uma vez.
static DICIONARIO: LazyLock<Result<Dictionary, Ausente>> = LazyLock::new(dicionario);

fn dicionario() -> Result<Dictionary, Ausente> {
    let da_variavel = env::var_os(VARIAVEL).map(PathBuf::from);
    let pastas = da_variavel
        .into_iter()
        .chain(PASTAS.iter().map(PathBuf::from));
    for pasta in pastas {
        for nome in NOMES {
            let ler = |tipo| fs::read_to_string(pasta.join(format!("{nome}.{tipo}")));
            if let (Ok(aff), Ok(dic)) = (ler("aff"), ler("dic")) {
                return Dictionary::new(&aff, &dic).map_err(|erro| {
                    let onde = pasta.display();
                    Ausente::porque(format!("o dicionário {nome} de {onde} não se lê: {erro}"))
                });
            }
        }
    }
    Err(Ausente::porque(format!(
        "não há o dicionário pt_BR do Hunspell nesta máquina (no Debian, hunspell-pt-br; em \
         outra, a pasta dele em {VARIAVEL})"
    )))
}

/// Uma prova que precisa do dicionário, com a lista que ela quiser.
fn com_dicionario(
    nome: &str,
    roda: impl FnOnce(&'static Dictionary) -> Result<(), Failed> + Send + 'static,
) -> Trial {
    Trial::ignorable_test(nome, || match &*DICIONARIO {
        Ok(dicionario) => roda(dicionario).map(|()| Completion::Completed),
        Err(ausente) => ausente.concluir(),
    })
}

fn da_casa() -> Result<Lista, Failed> {
    let texto = fs::read_to_string(provas::raiz().join(LISTA))
        .map_err(|erro| format!("não foi possível ler {LISTA}: {erro}"))?;
    Lista::ler(&texto).map_err(|problemas| problemas.join("\n").into())
}

fn trecho(texto: &str, voz: Voz) -> Trecho {
    Trecho {
        arquivo: "a.md".to_string(),
        linha: 7,
        texto: texto.to_string(),
        voz,
    }
}

pub fn provas() -> Vec<Trial> {
    vec![
        com_dicionario("ortografia::toda_a_prosa", |dicionario| {
            let lexico = Lexico {
                dicionario,
                lista: da_casa()?,
            };
            let (mut achados, usadas) = lexico.conferir(fontes::todas());
            achados.extend(lexico.sobras(&usadas));
            sem_achados(
                &achados,
                &format!(
                    "Conserte o que está escrito errado. O que está certo e o dicionário não \
                     conhece entra em {LISTA}, na seção e na ordem; o que sobra sai de lá."
                ),
            )
        }),
        com_dicionario("ortografia::um_erro_e_acusado_na_linha", |dicionario| {
            let lexico = Lexico {
                dicionario,
                lista: Lista::ler("# x\nacao: a.md\nbuffer\nRust\nvazao: b/\n")
                    .map_err(|p| p.join("\n"))?,
            };
            let erros = |texto: &str, voz| {
                let (achados, _) = lexico.conferir(&[trecho(texto, voz)]);
                let palavra = |achado: &String| achado.split(['«', '»']).nth(1).map(String::from);
                achados
                    .iter()
                    .filter_map(palavra)
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            for (texto, esperados) in [
                ("A conexao esta pronta, e o Rust tambem.", "conexao tambem"),
                ("Fechá-la, lê-lo e dá-lo a quem o pediu; d’água.", ""),
                ("Buffers? Um Buffer, os buffers.", "Buffers buffers"),
                (
                    "O guarda-chuva e o guarda-chuba, um pare-e-espere.",
                    "chuba",
                ),
                ("rust e RUST", "rust RUST"),
                ("A acao tem vazao.", "vazao"),
            ] {
                assert_eq!(erros(texto, Voz::Nossa), esperados, "{texto}");
            }
            assert_eq!(erros("byte stream", Voz::Citada), "");
            // Em itálico ou entre aspas, o que é de outra língua passa; o que é nosso, não.
            assert_eq!(erros("Connection reset by peer", Voz::Dita), "");
            assert_eq!(erros("não há ninguem escutando", Voz::Dita), "ninguem");
            let (achados, _) = lexico.conferir(&[trecho("ninguem", Voz::Nossa)]);
            assert_eq!(achados, ["a.md:7: «ninguem»"]);
            Ok(())
        }),
        com_dicionario("ortografia::a_lista_so_tem_o_que_faz_falta", |dicionario| {
            let lexico = Lexico {
                dicionario,
                lista: Lista::ler("# x\nbuffer\nporta\nsocket\n").map_err(|p| p.join("\n"))?,
            };
            let (_, usadas) = lexico.conferir(&[trecho("Um socket na porta.", Voz::Nossa)]);
            let esperadas = [
                format!("{LISTA}:2: «buffer»: ninguém a usa"),
                format!("{LISTA}:3: «porta»: o dicionário já a conhece"),
            ];
            assert_eq!(lexico.sobras(&usadas), esperadas);
            Ok(())
        }),
        prova("ortografia::a_lista_esta_em_ordem", || {
            da_casa().map(|_| ())
        }),
        prova("ortografia::a_lista_fora_de_ordem_e_acusada", || {
            let problemas = |texto: &str| {
                let lista = Lista::ler(texto);
                lista.err().unwrap_or_default().join("; ")
            };
            assert_eq!(problemas("# a\nação\nbit\nÉfeso\n\n# b\nant\n"), "");
            for (texto, parte) in [
                ("# a\nbit\nação\n", ":3: «ação» está fora da ordem"),
                ("# a\nbit\nbit\n", ":3: «bit» está fora da ordem"),
                ("# a\nbit\n\n# b\nbit\n", ":5: «bit» já está na linha 2"),
                ("bit\n", ":1: «bit» está fora de uma seção"),
                ("# a\numa coisa\n", ":2: «uma coisa» não é uma palavra"),
            ] {
                let achados = problemas(texto);
                assert!(achados.contains(parte), "{texto:?}: {achados}");
            }
            Ok(())
        }),
    ]
}
