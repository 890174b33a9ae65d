//! Uma tabela medida, `book/dados/medidas/NOME.csv`: ler, escolher linhas, resumir
//! colunas.

use std::fmt;

use csv::{ReaderBuilder, StringRecord};
use sockets::medir::estatistica;

use super::conta::{Argumento, Conta, Defeito, Significado};
use super::formato;

/// A coluna em que um experimento diz que a linha não vale, e por quê.
const RESSALVA: &str = "ressalva";

/// Quantos valores de uma coluna se mostram a quem pediu um que ela não tem.
const AMOSTRA: usize = 8;

/// As funções de uma coluna e o que cada uma faz.
pub const FUNCOES: [&str; 7] = [
    "mediana", "menor", "maior", "media", "soma", "linhas", "unico",
];

/// Uma tabela.
#[derive(Debug)]
pub struct Tabela {
    /// O nome do arquivo, a partir da raiz do projeto.
    pub arquivo: String,
    colunas: Vec<String>,
    linhas: Vec<StringRecord>,
}

/// As linhas de uma tabela que uma conta usa.
#[derive(Debug, Clone)]
pub struct Selecao<'t> {
    tabela: &'t Tabela,
    linhas: Vec<&'t StringRecord>,
}

/// O que as linhas têm de ter, coluna por coluna.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Onde(pub Vec<(String, Condicao)>);

/// O que se aceita em uma coluna.
#[derive(Debug, Clone, PartialEq)]
pub enum Condicao {
    /// Um destes.
    Um(Vec<Campo>),
    /// De um número a outro, os dois inclusive.
    Faixa(f64, f64),
}

/// O valor de um campo.
#[derive(Debug, Clone, PartialEq)]
pub enum Campo {
    /// Um texto, que tem de ser igual.
    Texto(String),
    /// Um número, igual como número: `5` serve a `5.0`.
    Numero(f64),
}

impl Tabela {
    /// Lê o texto do arquivo.
    ///
    /// # Errors
    /// Cada problema, com a linha.
    pub fn ler(arquivo: &str, texto: &str) -> Result<Self, Vec<(usize, String)>> {
        let mut leitor = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(texto.as_bytes());
        let mut problemas = Vec::new();
        let mut linhas = Vec::new();
        for lida in leitor.records() {
            match lida {
                Ok(linha) => linhas.push(linha),
                Err(erro) => {
                    let linha = erro.position().map_or(1, |posicao| numero(posicao.line()));
                    problemas.push((linha, format!("o CSV não se entende aqui: {erro}")));
                }
            }
        }
        let cabecalho = if linhas.is_empty() {
            StringRecord::new()
        } else {
            linhas.remove(0)
        };
        let colunas: Vec<String> = cabecalho.iter().map(ToString::to_string).collect();
        if colunas.is_empty() {
            problemas.push((1, "a tabela não tem cabeçalho".into()));
        }
        for (indice, coluna) in colunas.iter().enumerate() {
            if coluna.is_empty() {
                problemas.push((1, format!("a coluna {} não tem nome", indice + 1)));
            } else if colunas[..indice].contains(coluna) {
                problemas.push((1, format!("a coluna «{coluna}» aparece duas vezes")));
            }
        }
        for linha in &linhas {
            if linha.len() != colunas.len() {
                let texto = format!(
                    "a linha tem {} campos, e o cabeçalho, {}",
                    linha.len(),
                    colunas.len()
                );
                problemas.push((linha_do_arquivo(linha), texto));
            }
        }
        if problemas.is_empty() {
            Ok(Self {
                arquivo: arquivo.into(),
                colunas,
                linhas,
            })
        } else {
            Err(problemas)
        }
    }

    /// As linhas que são como `onde` diz e não têm ressalva.
    ///
    /// # Errors
    /// A coluna que não há, ou por que não sobra nenhuma linha.
    pub fn escolher(&self, onde: &Onde) -> Result<Selecao<'_>, String> {
        let condicoes: Vec<(usize, &Condicao)> = onde
            .0
            .iter()
            .map(|(coluna, condicao)| Ok((self.coluna(coluna)?, condicao)))
            .collect::<Result<_, String>>()?;
        let serve = |linha: &&StringRecord| {
            condicoes
                .iter()
                .all(|(coluna, condicao)| condicao.aceita(linha.get(*coluna).unwrap_or("")))
        };
        let servem: Vec<_> = self.linhas.iter().filter(serve).collect();
        let ressalva = |linha: &StringRecord| -> Option<String> {
            let posicao = self.colunas.iter().position(|coluna| coluna == RESSALVA)?;
            let ressalva = linha.get(posicao).unwrap_or("").trim();
            (!ressalva.is_empty()).then(|| ressalva.to_string())
        };
        let linhas: Vec<_> = servem
            .iter()
            .copied()
            .filter(|linha| ressalva(linha).is_none())
            .collect();
        if !linhas.is_empty() {
            return Ok(Selecao {
                tabela: self,
                linhas,
            });
        }
        let motivo = match servem.first() {
            Some(primeira) => format!(
                "as {} que são assim têm ressalva («{}»)",
                servem.len(),
                ressalva(primeira).unwrap_or_default()
            ),
            None => self.por_que_nenhuma(&condicoes),
        };
        Err(format!(
            "{} não tem nenhuma linha com {onde}: {motivo}",
            self.arquivo
        ))
    }

    /// O que há na coluna que, sozinha, já não deixa nenhuma linha.
    fn por_que_nenhuma(&self, condicoes: &[(usize, &Condicao)]) -> String {
        let culpada = condicoes.iter().find(|(coluna, condicao)| {
            let mut campos = self.linhas.iter().filter_map(|linha| linha.get(*coluna));
            !campos.any(|campo| condicao.aceita(campo))
        });
        let Some((coluna, _)) = culpada else {
            return "há cada valor, mas não juntos".into();
        };
        let mut valores: Vec<&str> = Vec::new();
        for campo in self.linhas.iter().filter_map(|linha| linha.get(*coluna)) {
            if !valores.contains(&campo) {
                valores.push(campo);
            }
        }
        let mais = if valores.len() > AMOSTRA { "…" } else { "" };
        valores.truncate(AMOSTRA);
        format!(
            "a coluna {} tem {}{mais}",
            self.colunas[*coluna],
            valores.join(", ")
        )
    }

    fn coluna(&self, nome: &str) -> Result<usize, String> {
        let posicao = self.colunas.iter().position(|coluna| coluna == nome);
        posicao.ok_or_else(|| {
            format!(
                "{} não tem a coluna «{nome}»; tem {}",
                self.arquivo,
                self.colunas.join(", ")
            )
        })
    }
}

impl<'t> Selecao<'t> {
    /// Quantas linhas são.
    pub fn quantas(&self) -> usize {
        self.linhas.len()
    }

    /// Se a tabela tem a coluna.
    pub fn tem_coluna(&self, nome: &str) -> bool {
        self.tabela.colunas.iter().any(|coluna| coluna == nome)
    }

    /// O valor de uma conta com as colunas de cada linha.
    ///
    /// # Errors
    /// O defeito da conta, com a linha da tabela.
    pub fn por_linha(&self, conta: &Conta) -> Result<Vec<f64>, Defeito> {
        let valor = |linha: &&'t StringRecord| {
            let mut significado = Linha {
                tabela: self.tabela,
                linha,
            };
            conta.valor(&mut significado)
        };
        self.linhas.iter().map(valor).collect()
    }

    /// As mesmas linhas separadas pelo valor de `conta`, em ordem crescente.
    ///
    /// # Errors
    /// O defeito da conta.
    pub fn por_valor(&self, conta: &Conta) -> Result<Vec<(f64, Self)>, Defeito> {
        let valores = self.por_linha(conta)?;
        let mut grupos: Vec<(f64, Self)> = Vec::new();
        for (valor, linha) in valores.into_iter().zip(&self.linhas) {
            match grupos.iter_mut().find(|(outro, _)| iguais(*outro, valor)) {
                Some((_, grupo)) => grupo.linhas.push(linha),
                None => grupos.push((
                    valor,
                    Self {
                        tabela: self.tabela,
                        linhas: vec![linha],
                    },
                )),
            }
        }
        grupos.sort_by(|(um, _), (outro, _)| um.total_cmp(outro));
        Ok(grupos)
    }

    /// Os números de uma coluna; um campo vazio não é um número, e não conta.
    fn numeros(&self, coluna: &str) -> Result<Vec<f64>, String> {
        let posicao = self.tabela.coluna(coluna)?;
        let mut numeros = Vec::new();
        for linha in &self.linhas {
            let campo = linha.get(posicao).unwrap_or("").trim();
            if !campo.is_empty() {
                numeros.push(self.tabela.numero(linha, coluna, campo)?);
            }
        }
        if numeros.is_empty() {
            return Err(format!(
                "a coluna «{coluna}» de {} está vazia nas {} linhas escolhidas",
                self.tabela.arquivo,
                self.linhas.len()
            ));
        }
        Ok(numeros)
    }

    fn resumo(&self, funcao: &str, argumentos: &[Argumento]) -> Result<f64, String> {
        #[expect(clippy::cast_precision_loss, reason = "são contagens pequenas")]
        let como_numero = |quantas: usize| quantas as f64;
        if funcao == "linhas" {
            return if argumentos.is_empty() {
                Ok(como_numero(self.linhas.len()))
            } else {
                Err("linhas() não leva argumento".into())
            };
        }
        let [
            Argumento {
                nome: None,
                valor: Conta::Nome(coluna),
            },
        ] = argumentos
        else {
            return Err(format!(
                "{funcao} leva o nome de uma coluna: {funcao}(tempo_s)"
            ));
        };
        let numeros = self.numeros(coluna)?;
        let soma = numeros.iter().sum::<f64>();
        let menor = numeros.iter().copied().fold(f64::INFINITY, f64::min);
        let maior = numeros.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        match funcao {
            "menor" => Ok(menor),
            "maior" => Ok(maior),
            "soma" => Ok(soma),
            "media" => Ok(soma / como_numero(numeros.len())),
            "unico" if iguais(menor, maior) => Ok(menor),
            "unico" => Err(format!(
                "a coluna «{coluna}» não tem um valor só nas linhas escolhidas: vai de {} a {}",
                formato::enxuto(menor),
                formato::enxuto(maior)
            )),
            _ => estatistica::mediana(&numeros).ok_or_else(|| "não há o que medir".into()),
        }
    }
}

/// Em uma seleção, as funções resumem colunas; um nome sozinho não diz de que linha.
impl Significado for Selecao<'_> {
    fn nome(&mut self, nome: &str) -> Result<f64, Defeito> {
        Err(Defeito::Motivo(format!(
            "«{nome}» sozinho não diz de que linha: use uma função, como mediana({nome})"
        )))
    }

    fn funcao(&mut self, funcao: &str, argumentos: &[Argumento]) -> Option<Result<f64, Defeito>> {
        FUNCOES
            .contains(&funcao)
            .then(|| self.resumo(funcao, argumentos).map_err(Defeito::Motivo))
    }
}

/// Uma linha só: os nomes são as colunas dela.
struct Linha<'t> {
    tabela: &'t Tabela,
    linha: &'t StringRecord,
}

impl Significado for Linha<'_> {
    fn nome(&mut self, nome: &str) -> Result<f64, Defeito> {
        let posicao = self.tabela.coluna(nome)?;
        let campo = self.linha.get(posicao).unwrap_or("").trim();
        Ok(self.tabela.numero(self.linha, nome, campo)?)
    }

    fn funcao(&mut self, funcao: &str, _: &[Argumento]) -> Option<Result<f64, Defeito>> {
        FUNCOES.contains(&funcao).then(|| {
            Err(Defeito::Motivo(format!(
                "aqui cabe uma conta com as colunas de cada linha, e não {funcao}()"
            )))
        })
    }
}

impl Tabela {
    fn numero(&self, linha: &StringRecord, coluna: &str, campo: &str) -> Result<f64, String> {
        let numero = campo.parse().ok().filter(|numero: &f64| numero.is_finite());
        numero.ok_or_else(|| {
            format!(
                "{}, linha {}: a coluna «{coluna}» tem «{campo}», que não é um número",
                self.arquivo,
                linha_do_arquivo(linha)
            )
        })
    }
}

impl Onde {
    /// Estas condições e as de `outro`; onde as duas falam de uma coluna, vale a de
    /// `outro`.
    pub fn com(&self, outro: &Self) -> Self {
        let deste = self
            .0
            .iter()
            .filter(|(coluna, _)| outro.0.iter().all(|(outra, _)| outra != coluna));
        Self(deste.chain(&outro.0).cloned().collect())
    }
}

impl Condicao {
    fn aceita(&self, campo: &str) -> bool {
        let campo = campo.trim();
        let numero: Option<f64> = campo.parse().ok();
        match self {
            Self::Um(valores) => valores.iter().any(|valor| match valor {
                Campo::Texto(texto) => texto == campo,
                Campo::Numero(valor) => numero.is_some_and(|numero| iguais(numero, *valor)),
            }),
            Self::Faixa(de, ate) => numero.is_some_and(|numero| (*de..=*ate).contains(&numero)),
        }
    }
}

impl fmt::Display for Onde {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("qualquer valor");
        }
        let partes: Vec<String> = self
            .0
            .iter()
            .map(|(coluna, condicao)| match condicao {
                Condicao::Um(valores) => {
                    let valores: Vec<String> = valores.iter().map(ToString::to_string).collect();
                    format!("{coluna} = {}", valores.join(" ou "))
                }
                Condicao::Faixa(de, ate) => format!("{coluna} de {de} a {ate}"),
            })
            .collect();
        f.write_str(&partes.join(" e "))
    }
}

impl fmt::Display for Campo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Texto(texto) => f.write_str(texto),
            Self::Numero(numero) => write!(f, "{numero}"),
        }
    }
}

/// Se dois números escritos de modos diferentes são o mesmo.
fn iguais(um: f64, outro: f64) -> bool {
    (um - outro).abs() <= 1e-9 * um.abs().max(outro.abs())
}

/// A linha do arquivo em que está uma linha da tabela.
fn linha_do_arquivo(linha: &StringRecord) -> usize {
    linha.position().map_or(1, |posicao| numero(posicao.line()))
}

fn numero(linha: u64) -> usize {
    usize::try_from(linha).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod testes {
    use super::*;

    const TABELA: &str = "\
protocolo,perda,tempo_s,vazia,ressalva
tcp,5.0,11.5,,
tcp,5,12.5,,
tcp,5,10.5,,
tcp,5,99,,o emulador derrubou um quadro
udp,5,3,,
udp,10,x,,
tcp,20,55,,\"falhas, no emulador\"
";

    fn tabela() -> Tabela {
        Tabela::ler("t.csv", TABELA).unwrap()
    }

    fn onde(protocolo: &str, perda: f64) -> Onde {
        Onde(vec![
            (
                "protocolo".into(),
                Condicao::Um(vec![Campo::Texto(protocolo.into())]),
            ),
            ("perda".into(), Condicao::Um(vec![Campo::Numero(perda)])),
        ])
    }

    fn resumo(onde: &Onde, conta: &str) -> Result<f64, String> {
        let tabela = tabela();
        let mut selecao = tabela.escolher(onde)?;
        let conta = Conta::ler(conta).unwrap();
        conta
            .valor(&mut selecao)
            .map_err(|defeito| defeito.to_string())
    }

    #[test]
    fn resume_so_as_linhas_sem_ressalva() {
        let onde = onde("tcp", 5.0);
        for (conta, certo) in [
            ("mediana(tempo_s)", 11.5),
            ("menor(tempo_s)", 10.5),
            ("maior(tempo_s)", 12.5),
            ("media(tempo_s)", 11.5),
            ("soma(tempo_s)", 34.5),
            ("linhas()", 3.0),
            ("unico(perda) / 100", 0.05),
        ] {
            assert_eq!(resumo(&onde, conta), Ok(certo), "{conta}");
        }
    }

    #[test]
    fn diz_por_que_nao_ha_o_que_resumir() {
        for (onde, conta, palavras) in [
            (
                onde("tcp", 7.0),
                "linhas()",
                "a coluna perda tem 5.0, 5, 10, 20",
            ),
            (
                onde("udp", 20.0),
                "linhas()",
                "há cada valor, mas não juntos",
            ),
            (
                onde("tcp", 20.0),
                "linhas()",
                "têm ressalva («falhas, no emulador»)",
            ),
            (
                onde("tcp", 5.0),
                "mediana(vazia)",
                "está vazia nas 3 linhas",
            ),
            (
                onde("tcp", 5.0),
                "mediana(tempo)",
                "não tem a coluna «tempo»; tem protocolo",
            ),
            (onde("tcp", 5.0), "mediana()", "leva o nome de uma coluna"),
            (onde("tcp", 5.0), "tempo_s", "não diz de que linha"),
            (onde("tcp", 5.0), "unico(tempo_s)", "vai de 10,5 a 12,5"),
            (
                onde("udp", 10.0),
                "maior(tempo_s)",
                "t.csv, linha 7: a coluna «tempo_s» tem «x»",
            ),
        ] {
            let erro = resumo(&onde, conta).unwrap_err();
            assert!(erro.contains(palavras), "{conta}: {erro}");
        }
    }

    #[test]
    fn separa_as_linhas_pelo_valor_de_uma_conta() {
        let tabela = tabela();
        let todas = Onde(vec![("perda".into(), Condicao::Faixa(0.0, 10.0))]);
        let selecao = tabela.escolher(&todas).unwrap();
        let grupos = selecao
            .por_valor(&Conta::ler("perda / 100").unwrap())
            .unwrap();
        let resumo: Vec<_> = grupos.iter().map(|(x, g)| (*x, g.quantas())).collect();
        assert_eq!(resumo, [(0.05, 4), (0.1, 1)]);
    }

    #[test]
    fn a_condicao_de_quem_especializa_vale_mais() {
        let juntas = onde("tcp", 5.0).com(&Onde(vec![(
            "perda".into(),
            Condicao::Um(vec![Campo::Numero(1.0), Campo::Numero(2.5)]),
        )]));
        assert_eq!(juntas.to_string(), "protocolo = tcp e perda = 1 ou 2.5");
    }

    #[test]
    fn um_csv_torto_e_acusado_na_linha() {
        let achados = Tabela::ler("t.csv", "a,a,\n1,2,3\n1,2\n").unwrap_err();
        let linhas: Vec<_> = achados.iter().map(|(linha, _)| *linha).collect();
        assert_eq!(linhas, [1, 1, 3], "{achados:?}");
        assert!(Tabela::ler("t.csv", "").is_err());
    }
}
