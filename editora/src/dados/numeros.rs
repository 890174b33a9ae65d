//! Os números do texto: `book/dados/numeros/CAPITULO.toml`.
//!
//! Cada um é tirado de uma tabela medida, de uma conta com outros, do ambiente ou de
//! uma fonte; o que vem de medida leva em `entre` o que o texto afirma, e um dado que
//! não sustenta mais o texto é um problema do livro.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::ambiente::Ambiente;
use super::conta::{Argumento, Conta, Defeito, Significado};
use super::folha::{Bloco, Folha, Problemas};
use super::formato;
use super::tabela::{Onde, Tabela};
use crate::problema::Problema;

/// O arquivo dos números que servem a todas as páginas.
pub const COMUM: &str = "comum";

/// O espaço que não quebra, entre um número e a unidade dele.
const ESPACO: char = '\u{a0}';

/// O nome completo de um número: o arquivo e o nome dentro dele.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nome {
    /// O arquivo, sem `.toml`.
    pub arquivo: String,
    /// O nome dentro do arquivo.
    pub nome: String,
}

/// Um número como está definido.
#[derive(Debug, Clone, PartialEq)]
pub struct Definicao {
    /// A linha em que começa.
    pub linha: usize,
    origem: Origem,
    unidade: Option<String>,
    casas: i32,
    entre: Option<Afirmacao>,
}

/// De onde vem um número.
#[derive(Debug, Clone, PartialEq)]
enum Origem {
    /// De linhas de uma tabela medida.
    Medida {
        tabela: String,
        onde: Onde,
        valor: Conta,
    },
    /// De outros números.
    Conta(Conta),
    /// Do que se sabe da máquina que mediu.
    Ambiente(String),
    /// De uma fonte, que a página cita.
    Citado(f64),
}

/// O que o texto afirma de um número.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Afirmacao {
    linha: usize,
    de: f64,
    ate: f64,
}

/// Como uma página quer um número.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forma {
    /// Com a unidade.
    Inteira,
    /// Sem a unidade.
    Pura,
    /// O menor e o maior das mesmas linhas.
    Faixa,
}

/// O que se mostra de um número.
#[derive(Debug, Clone, PartialEq)]
pub struct Mostrado {
    valor: Valor,
    unidade: Option<String>,
    casas: i32,
}

#[derive(Debug, Clone, PartialEq)]
enum Valor {
    Numero {
        valor: f64,
        faixa: Option<(f64, f64)>,
        medido: bool,
    },
    Texto(String),
}

/// Todos os números, definidos e avaliados.
#[derive(Debug, Default)]
pub struct Numeros {
    definidos: BTreeMap<Nome, Definicao>,
    prontos: BTreeMap<Nome, Result<Mostrado, Defeito>>,
    /// Os arquivos que não se entendem: o que falta neles já foi acusado.
    tortos: BTreeSet<String>,
    /// Os que estão no meio de uma avaliação, do primeiro ao último pedido.
    abertos: Vec<Nome>,
}

/// Lê um arquivo de números.
///
/// # Errors
/// Os problemas, com a linha.
pub fn ler(texto: &str) -> Result<BTreeMap<String, Definicao>, Problemas> {
    Folha::ler(texto, |arquivo| {
        let mut definicoes = BTreeMap::new();
        for (nome, valor) in arquivo.resto() {
            let chamado = format!("o número «{nome}»");
            let Some(mut bloco) = arquivo.bloco(chamado.clone(), &valor) else {
                continue;
            };
            if !nome_de_numero(&nome) {
                let texto = "o nome só pode ter letras minúsculas sem acento, algarismos e hifens";
                bloco.acusar(valor.linha, texto);
            }
            let modelo = Modelo::tirar(&mut bloco);
            match bloco.tirar("casos") {
                None => definicoes.extend(modelo.definicao(&bloco).map(|d| (nome, d))),
                Some(casos) => {
                    let nome_dos_casos = format!("os casos de «{nome}»");
                    if let Some(mut casos) = bloco.bloco(nome_dos_casos, &casos) {
                        for (caso, valor) in casos.resto() {
                            let nome = format!("{nome}-{caso}");
                            let chamado = format!("o número «{nome}»");
                            let Some(mut bloco) = casos.bloco(chamado, &valor) else {
                                continue;
                            };
                            let definicao = modelo.caso(&mut bloco).definicao(&bloco);
                            bloco.acabar();
                            if definicoes.contains_key(&nome) {
                                casos.acusar(valor.linha, format!("já há um número «{nome}»"));
                            }
                            definicoes.extend(definicao.map(|d| (nome, d)));
                        }
                    }
                }
            }
            bloco.acabar();
        }
        Some(definicoes)
    })
}

fn nome_de_numero(nome: &str) -> bool {
    nome.starts_with(|c: char| c.is_ascii_lowercase())
        && !nome.ends_with('-')
        && nome
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// As chaves de um número, ainda sem conferir se juntas fazem sentido.
#[derive(Debug, Clone, Default)]
struct Modelo {
    tabela: Option<String>,
    onde: Onde,
    valor: Option<Conta>,
    conta: Option<Conta>,
    ambiente: Option<String>,
    citado: Option<f64>,
    fonte: Option<String>,
    unidade: Option<String>,
    casas: Option<i32>,
    entre: Option<Afirmacao>,
}

impl Modelo {
    fn tirar(bloco: &mut Bloco<'_>) -> Self {
        Self {
            tabela: bloco.texto("tabela"),
            onde: bloco.onde(),
            valor: bloco.conta("valor"),
            conta: bloco.conta("conta"),
            ambiente: bloco.texto("ambiente"),
            citado: bloco.numero("citado"),
            fonte: bloco.texto("fonte"),
            unidade: bloco.texto("unidade"),
            casas: bloco.casas(),
            entre: bloco
                .par("entre")
                .map(|(de, ate, linha)| Afirmacao { linha, de, ate }),
        }
    }

    /// Este modelo com o que um caso dele muda.
    fn caso(&self, bloco: &mut Bloco<'_>) -> Self {
        let caso = Self::tirar(bloco);
        Self {
            tabela: caso.tabela.or_else(|| self.tabela.clone()),
            onde: self.onde.com(&caso.onde),
            valor: caso.valor.or_else(|| self.valor.clone()),
            conta: caso.conta.or_else(|| self.conta.clone()),
            ambiente: caso.ambiente.or_else(|| self.ambiente.clone()),
            citado: caso.citado.or(self.citado),
            fonte: caso.fonte.or_else(|| self.fonte.clone()),
            unidade: caso.unidade.or_else(|| self.unidade.clone()),
            casas: caso.casas.or(self.casas),
            entre: caso.entre.or(self.entre),
        }
    }

    /// O número, se as chaves dele fazem sentido juntas.
    fn definicao(&self, bloco: &Bloco<'_>) -> Option<Definicao> {
        let linha = bloco.linha;
        let acusar = |texto: &str| bloco.acusar(linha, texto);
        let origens = [
            self.tabela.is_some() || self.valor.is_some(),
            self.conta.is_some(),
            self.ambiente.is_some(),
            self.citado.is_some(),
        ];
        if origens.iter().filter(|ha| **ha).count() != 1 {
            acusar("diga de onde ele vem, e uma vez só: tabela e valor, conta, ambiente ou citado");
            return None;
        }
        let medida = self.tabela.is_some() || self.valor.is_some();
        if !medida && !self.onde.0.is_empty() {
            acusar("«onde» escolhe linhas de uma tabela, e aqui não há tabela");
        }
        if self.fonte.is_some() != self.citado.is_some() {
            acusar("o que se cita tem «citado» e «fonte», os dois");
        }
        let origem = match (&self.tabela, &self.valor, &self.conta, &self.ambiente) {
            (Some(tabela), Some(valor), ..) => Origem::Medida {
                tabela: tabela.clone(),
                onde: self.onde.clone(),
                valor: valor.clone(),
            },
            (Some(_), None, ..) => {
                acusar("falta «valor = …», como em valor = \"mediana(tempo_s)\"");
                return None;
            }
            (None, Some(_), ..) => {
                acusar("falta «tabela = …», o nome de um arquivo de book/dados/medidas");
                return None;
            }
            (None, None, Some(conta), _) => Origem::Conta(conta.clone()),
            (None, None, None, Some(chave)) => Origem::Ambiente(chave.clone()),
            (None, None, None, None) => Origem::Citado(self.citado?),
        };
        if medida && self.entre.is_none() {
            acusar(
                "falta «entre = [menor, maior]»: o que o texto afirma de um número medido, para \
                 que o livro não monte se os dados deixarem de dizê-lo",
            );
        }
        Some(Definicao {
            linha,
            origem,
            unidade: self.unidade.clone(),
            casas: self.casas.unwrap_or(0),
            entre: self.entre,
        })
    }
}

impl Numeros {
    /// Os números definidos em cada arquivo, ainda por avaliar.
    pub fn de(arquivos: BTreeMap<String, Option<BTreeMap<String, Definicao>>>) -> Self {
        let mut definidos = BTreeMap::new();
        let mut tortos = BTreeSet::new();
        for (arquivo, definicoes) in arquivos {
            if definicoes.is_none() {
                tortos.insert(arquivo.clone());
            }
            for (nome, definicao) in definicoes.into_iter().flatten() {
                let arquivo = arquivo.clone();
                definidos.insert(Nome { arquivo, nome }, definicao);
            }
        }
        Self {
            definidos,
            tortos,
            ..Self::default()
        }
    }

    /// Os nomes de todos, com a linha de cada um.
    pub fn nomes(&self) -> impl Iterator<Item = (&Nome, usize)> {
        self.definidos
            .iter()
            .map(|(nome, definicao)| (nome, definicao.linha))
    }

    /// As tabelas de que os números vêm.
    pub fn tabelas(&self) -> impl Iterator<Item = &str> {
        self.definidos
            .values()
            .filter_map(|definicao| match &definicao.origem {
                Origem::Medida { tabela, .. } => Some(tabela.as_str()),
                _ => None,
            })
    }

    /// O nome completo do que uma página chama de `dito`: `arquivo.nome`, ou um nome do
    /// arquivo dela (`capitulo`) ou do comum.
    ///
    /// # Errors
    /// Não há um número assim, ou há dois.
    pub fn achar(&self, dito: &str, capitulo: Option<&str>) -> Result<Nome, Defeito> {
        let nome = |arquivo: &str, nome: &str| Nome {
            arquivo: arquivo.into(),
            nome: nome.into(),
        };
        if let Some((arquivo, resto)) = dito.split_once('.') {
            let nome = nome(arquivo, resto);
            return if self.definidos.contains_key(&nome) {
                Ok(nome)
            } else if self.tortos.contains(arquivo) {
                Err(Defeito::Acusado)
            } else {
                Err(Defeito::Motivo(format!(
                    "{} não define o número «{resto}»",
                    caminho(arquivo)
                )))
            };
        }
        let Some(capitulo) = capitulo else {
            return Err(Defeito::Motivo(format!(
                "«{dito}» não diz de que arquivo é: aqui é arquivo.nome, como em comum.{dito}"
            )));
        };
        let mut achados = [capitulo, COMUM]
            .map(|arquivo| nome(arquivo, dito))
            .to_vec();
        achados.dedup();
        achados.retain(|nome| self.definidos.contains_key(nome));
        match &achados[..] {
            [nome] => Ok(nome.clone()),
            [] if [capitulo, COMUM]
                .iter()
                .any(|arquivo| self.tortos.contains(*arquivo)) =>
            {
                Err(Defeito::Acusado)
            }
            [] => Err(Defeito::Motivo(format!(
                "não há o número «{dito}» em {} nem em {}",
                caminho(capitulo),
                caminho(COMUM)
            ))),
            _ => Err(Defeito::Motivo(format!(
                "há um número «{dito}» em {} e outro em {}: diga qual, como em comum.{dito}",
                caminho(capitulo),
                caminho(COMUM)
            ))),
        }
    }

    /// Os números de que a conta de um número depende.
    pub fn dependencias(&self, nome: &Nome) -> Vec<Nome> {
        match self.definidos.get(nome).map(|definicao| &definicao.origem) {
            Some(Origem::Conta(conta)) => conta
                .nomes()
                .into_iter()
                .filter_map(|dito| self.achar(dito, Some(&nome.arquivo)).ok())
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Avalia todos. `onde_se_usa` diz em que lugares do texto cada um aparece.
    pub fn avaliar(
        &mut self,
        tabelas: &BTreeMap<String, Option<Tabela>>,
        ambiente: &Ambiente,
        onde_se_usa: &dyn Fn(&Nome) -> Vec<String>,
    ) -> Vec<Problema> {
        let nomes: Vec<Nome> = self.definidos.keys().cloned().collect();
        let mut problemas = Vec::new();
        for nome in nomes {
            let pronto = self.pronto(&nome, tabelas, ambiente);
            let definicao = &self.definidos[&nome];
            let mut acusar = |linha: usize, motivo: &dyn fmt::Display| {
                let texto = format!("o número «{}»: {motivo}", nome.nome);
                problemas.push(Problema::novo(caminho(&nome.arquivo), linha, texto));
            };
            match pronto {
                Err(Defeito::Acusado) => {}
                Err(defeito) => acusar(definicao.linha, &defeito),
                Ok(mostrado) => {
                    if let Some((linha, motivo)) = definicao.desmentido(&mostrado) {
                        let usos = onde_se_usa(&nome);
                        let usos = if usos.is_empty() {
                            String::new()
                        } else {
                            format!(" ({})", usos.join(", "))
                        };
                        acusar(linha, &format!("{motivo}{usos}"));
                    }
                }
            }
        }
        problemas
    }

    /// O valor de um número, avaliado na primeira vez que se pede.
    fn pronto(
        &mut self,
        nome: &Nome,
        tabelas: &BTreeMap<String, Option<Tabela>>,
        ambiente: &Ambiente,
    ) -> Result<Mostrado, Defeito> {
        if let Some(pronto) = self.prontos.get(nome) {
            return pronto.clone();
        }
        let Some(definicao) = self.definidos.get(nome).cloned() else {
            return Err(Defeito::Acusado);
        };
        self.abertos.push(nome.clone());
        let valor = match &definicao.origem {
            Origem::Medida {
                tabela,
                onde,
                valor,
            } => medir(tabelas, tabela, onde, valor),
            Origem::Ambiente(chave) => ambiente.valor(chave).map(|valor| match valor.numero {
                Some(numero) => Valor::Numero {
                    valor: numero,
                    faixa: None,
                    medido: false,
                },
                None => Valor::Texto(valor.texto),
            }),
            Origem::Citado(valor) => Ok(Valor::Numero {
                valor: *valor,
                faixa: None,
                medido: false,
            }),
            Origem::Conta(conta) => {
                let mut outros = Outros {
                    numeros: self,
                    arquivo: &nome.arquivo,
                    tabelas,
                    ambiente,
                    medido: false,
                };
                conta.valor(&mut outros).map(|valor| Valor::Numero {
                    valor,
                    faixa: None,
                    medido: outros.medido,
                })
            }
        };
        self.abertos.pop();
        let pronto = valor.map(|valor| Mostrado {
            valor,
            unidade: definicao.unidade.clone(),
            casas: definicao.casas,
        });
        self.prontos.insert(nome.clone(), pronto.clone());
        pronto
    }

    /// O caminho de `nome` até ele mesmo, se ele está no meio de uma avaliação.
    fn volta(&self, nome: &Nome) -> Option<String> {
        let inicio = self.abertos.iter().position(|aberto| aberto == nome)?;
        let caminho = self.abertos[inicio..].iter().chain([nome]);
        let nomes: Vec<&str> = caminho.map(|nome| nome.nome.as_str()).collect();
        Some(nomes.join(" → "))
    }

    /// O que mostrar do número, se ele tem valor.
    pub fn mostrado(&self, nome: &Nome) -> Option<&Mostrado> {
        self.prontos.get(nome)?.as_ref().ok()
    }

    /// O valor do número, para uma conta.
    ///
    /// # Errors
    /// Ele não tem valor, ou é um texto.
    pub fn valor(&self, nome: &Nome) -> Result<f64, Defeito> {
        match self.mostrado(nome).map(|mostrado| &mostrado.valor) {
            Some(Valor::Numero { valor, .. }) => Ok(*valor),
            Some(Valor::Texto(_)) => Err(e_um_texto(&nome.nome)),
            None => Err(Defeito::Acusado),
        }
    }
}

fn e_um_texto(nome: &str) -> Defeito {
    Defeito::Motivo(format!("«{nome}» é um texto do ambiente, e não um número"))
}

/// O valor de `conta` nas linhas de uma tabela; se ela tem uma mediana, também com a
/// menor e a maior no lugar dela.
fn medir(
    tabelas: &BTreeMap<String, Option<Tabela>>,
    tabela: &str,
    onde: &Onde,
    conta: &Conta,
) -> Result<Valor, Defeito> {
    let tabela = match tabelas.get(tabela) {
        Some(Some(tabela)) => tabela,
        Some(None) => return Err(Defeito::Acusado),
        None => {
            return Err(Defeito::Motivo(format!(
                "não existe book/dados/medidas/{tabela}.csv"
            )));
        }
    };
    let mut selecao = tabela.escolher(onde)?;
    let valor = conta.valor(&mut selecao)?;
    let faixa = faixa_de(conta)
        .map(|[menor, maior]| {
            Ok::<_, Defeito>((menor.valor(&mut selecao)?, maior.valor(&mut selecao)?))
        })
        .transpose()?;
    Ok(Valor::Numero {
        valor,
        faixa,
        medido: true,
    })
}

/// A conta com a menor e com a maior no lugar da mediana, se ela tem uma só.
pub fn faixa_de(conta: &Conta) -> Option<[Conta; 2]> {
    let e_mediana =
        |parte: &&Conta| matches!(parte, Conta::Chamada { funcao, .. } if funcao == "mediana");
    let uma = conta.partes().into_iter().filter(e_mediana).count() == 1;
    uma.then(|| ["menor", "maior"].map(|funcao| conta.trocando("mediana", funcao)))
}

/// O que uma conta sabe dos outros números.
struct Outros<'n> {
    numeros: &'n mut Numeros,
    arquivo: &'n str,
    tabelas: &'n BTreeMap<String, Option<Tabela>>,
    ambiente: &'n Ambiente,
    /// Se algum dos que ela usou foi medido.
    medido: bool,
}

impl Significado for Outros<'_> {
    fn nome(&mut self, dito: &str) -> Result<f64, Defeito> {
        let nome = self.numeros.achar(dito, Some(self.arquivo))?;
        if let Some(volta) = self.numeros.volta(&nome) {
            return Err(Defeito::Motivo(format!(
                "a conta dele dá em si mesma: {volta}"
            )));
        }
        let pronto = self.numeros.pronto(&nome, self.tabelas, self.ambiente);
        // O defeito do outro é acusado no outro.
        match pronto.map_err(|_| Defeito::Acusado)?.valor {
            Valor::Numero { valor, medido, .. } => {
                self.medido |= medido;
                Ok(valor)
            }
            Valor::Texto(_) => Err(e_um_texto(dito)),
        }
    }

    fn funcao(&mut self, funcao: &str, _: &[Argumento]) -> Option<Result<f64, Defeito>> {
        super::tabela::FUNCOES.contains(&funcao).then(|| {
            Err(Defeito::Motivo(format!(
                "{funcao}() resume linhas de uma tabela: use tabela e valor"
            )))
        })
    }
}

impl Definicao {
    /// A linha e o motivo, se o que o dado diz não é o que o texto afirma dele.
    fn desmentido(&self, mostrado: &Mostrado) -> Option<(usize, String)> {
        let (valor, medido) = match &mostrado.valor {
            Valor::Numero { valor, medido, .. } => (*valor, *medido),
            Valor::Texto(texto) => {
                let afirmacao = self.entre?;
                let motivo = format!("é um texto do ambiente, «{texto}»: não fica entre números");
                return Some((afirmacao.linha, motivo));
            }
        };
        let Some(afirmacao) = self.entre else {
            let motivo = "falta «entre = [menor, maior]»: a conta depende de algo medido";
            return medido.then(|| (self.linha, motivo.to_string()));
        };
        if (afirmacao.de..=afirmacao.ate).contains(&valor) {
            return None;
        }
        let unidade = self.unidade.as_deref();
        let limite = |valor: f64| com_unidade(&formato::enxuto(valor), unidade);
        let casas = self.casas.max(formato::casas_de(valor));
        let motivo = format!(
            "o texto afirma que fica entre {} e {}, e os dados dizem {}{}",
            limite(afirmacao.de),
            limite(afirmacao.ate),
            com_unidade(&formato::numero(valor, casas), unidade),
            self.de_onde()
        );
        Some((afirmacao.linha, motivo))
    }

    /// De onde o valor veio, em palavras.
    fn de_onde(&self) -> String {
        match &self.origem {
            Origem::Medida {
                tabela,
                onde,
                valor,
            } => format!(": {valor} de book/dados/medidas/{tabela}.csv com {onde}"),
            Origem::Conta(conta) => format!(": {conta}"),
            Origem::Ambiente(_) | Origem::Citado(_) => String::new(),
        }
    }
}

impl Mostrado {
    /// O texto do número na forma pedida.
    ///
    /// # Errors
    /// A forma que ele não tem.
    pub fn texto(&self, forma: Forma) -> Result<String, String> {
        let unidade = self.unidade.as_deref();
        match (&self.valor, forma) {
            (Valor::Numero { valor, .. }, Forma::Inteira) => {
                Ok(com_unidade(&formato::numero(*valor, self.casas), unidade))
            }
            (Valor::Numero { valor, .. }, Forma::Pura) => Ok(formato::numero(*valor, self.casas)),
            (
                Valor::Numero {
                    faixa: Some((menor, maior)),
                    ..
                },
                Forma::Faixa,
            ) => {
                let [menor, maior] =
                    [menor, maior].map(|valor| formato::numero(*valor, self.casas));
                let juntos = if menor == maior {
                    menor
                } else {
                    format!("{menor} a {maior}")
                };
                Ok(com_unidade(&juntos, unidade))
            }
            (_, Forma::Faixa) => Err("só tem faixa o número cujo valor tem uma mediana".into()),
            (Valor::Texto(texto), _) => Ok(com_unidade(texto, unidade)),
        }
    }
}

impl Forma {
    /// A forma que uma diretiva pede com esta palavra.
    pub fn de(palavra: &str) -> Option<Self> {
        match palavra {
            "" => Some(Self::Inteira),
            "puro" => Some(Self::Pura),
            "faixa" => Some(Self::Faixa),
            _ => None,
        }
    }
}

fn com_unidade(numero: &str, unidade: Option<&str>) -> String {
    match unidade {
        Some(unidade) => format!("{numero}{ESPACO}{unidade}"),
        None => numero.to_string(),
    }
}

/// O arquivo de números chamado `nome`.
pub fn caminho(nome: &str) -> String {
    format!("book/dados/numeros/{nome}.toml")
}

#[cfg(test)]
mod testes {
    use super::*;

    const TABELA: &str = "\
protocolo,perda,tempo_s,ressalva
tcp,5,11.5,
tcp,5,12.5,
tcp,5,10.5,
udp,5,2.9,
udp,5,3.1,
";

    const NUMEROS: &str = "\
[tempo]
tabela = 'pergunta'
valor = 'mediana(tempo_s)'
unidade = 's'
casas = 1
casos.tcp = { onde = { protocolo = 'tcp' }, entre = [8, 16] }
casos.udp = { onde = { protocolo = 'udp' }, entre = [2, 4] }

[razao]
conta = 'tempo-tcp / tempo-udp'
casas = 1
entre = [3, 6]

[nucleo]
ambiente = 'nucleo'

[hz]
ambiente = 'hz'
unidade = 'Hz'

[c]
citado = 1.22
fonte = 'Mathis'
casas = 2

[dobro]
conta = '2 * c'
casas = 2
";

    fn avaliar(texto: &str) -> (Numeros, Vec<Problema>) {
        let arquivos = BTreeMap::from([("t".to_string(), Some(ler(texto).unwrap()))]);
        let tabelas = BTreeMap::from([
            (
                "pergunta".to_string(),
                Tabela::ler("pergunta.csv", TABELA).ok(),
            ),
            ("torta".to_string(), None),
        ]);
        let ambiente = Ambiente::ler("nucleo = 'Linux 6.18'\nhz = 250\n").unwrap();
        let mut numeros = Numeros::de(arquivos);
        let problemas = numeros.avaliar(&tabelas, &ambiente, &|nome| {
            vec![format!("usado como {}", nome.nome)]
        });
        (numeros, problemas)
    }

    fn mostrar(numeros: &Numeros, dito: &str, forma: Forma) -> Result<String, String> {
        let nome = numeros.achar(dito, Some("t")).map_err(|d| d.to_string())?;
        numeros.mostrado(&nome).ok_or("sem valor")?.texto(forma)
    }

    #[test]
    fn cada_origem_vira_texto() {
        let (numeros, problemas) = avaliar(NUMEROS);
        assert_eq!(problemas, []);
        for (dito, forma, certo) in [
            ("tempo-tcp", Forma::Inteira, "11,5\u{a0}s"),
            ("tempo-tcp", Forma::Pura, "11,5"),
            ("tempo-tcp", Forma::Faixa, "10,5 a 12,5\u{a0}s"),
            ("t.tempo-udp", Forma::Inteira, "3,0\u{a0}s"),
            ("razao", Forma::Inteira, "3,8"),
            ("nucleo", Forma::Inteira, "Linux 6.18"),
            ("hz", Forma::Inteira, "250\u{a0}Hz"),
            ("c", Forma::Inteira, "1,22"),
            ("dobro", Forma::Inteira, "2,44"),
        ] {
            assert_eq!(
                mostrar(&numeros, dito, forma).as_deref(),
                Ok(certo),
                "{dito}"
            );
        }
        assert!(mostrar(&numeros, "razao", Forma::Faixa).is_err());
        let razao = numeros.achar("razao", Some("t")).unwrap();
        assert_eq!(numeros.dependencias(&razao).len(), 2);
    }

    #[test]
    fn o_dado_que_nao_sustenta_o_texto_e_dito_com_o_que_o_texto_afirma() {
        let texto = NUMEROS
            .replace("[8, 16]", "[20, 30]")
            .replace("[3, 6]", "[10, 20]");
        let (_, problemas) = avaliar(&texto);
        let frases: Vec<_> = problemas.iter().map(ToString::to_string).collect();
        assert_eq!(
            frases,
            [
                "book/dados/numeros/t.toml:12: o número «razao»: o texto afirma que fica entre \
                 10 e 20, e os dados dizem 3,83: tempo-tcp / tempo-udp (usado como razao)",
                "book/dados/numeros/t.toml:6: o número «tempo-tcp»: o texto afirma que fica entre \
                 20\u{a0}s e 30\u{a0}s, e os dados dizem 11,5\u{a0}s: mediana(tempo_s) de \
                 book/dados/medidas/pergunta.csv com protocolo = tcp (usado como tempo-tcp)",
            ]
        );
    }

    #[test]
    fn um_defeito_e_acusado_uma_vez_e_na_raiz() {
        for (defeito, linha, palavras) in [
            ("valor = 'mediana(nada)'", 1, "não tem a coluna «nada»"),
            ("onde = { perda = 7 }", 1, "a coluna perda tem 5"),
            (
                "tabela = 'outra'",
                1,
                "não existe book/dados/medidas/outra.csv",
            ),
        ] {
            let chave = defeito.split(' ').next().unwrap();
            let mut linhas = vec![
                "tabela = 'pergunta'".to_string(),
                "valor = 'mediana(tempo_s)'".into(),
                "entre = [0, 99]".into(),
            ];
            linhas.retain(|linha| !linha.starts_with(chave));
            let texto = format!(
                "[a]\n{}\n{defeito}\n[b]\nconta = 'a * 2'\nentre = [0, 99]\n",
                linhas.join("\n")
            );
            let (_, problemas) = avaliar(&texto);
            assert_eq!(problemas.len(), 1, "{problemas:?}");
            assert_eq!(problemas[0].linha, linha);
            assert!(problemas[0].texto.contains(palavras), "{problemas:?}");
        }
        // A tabela que não se leu já foi acusada.
        let (_, problemas) = avaliar("[a]\ntabela='torta'\nvalor='linhas()'\nentre=[0,1]\n");
        assert_eq!(problemas, []);
    }

    #[test]
    fn a_conta_que_da_em_si_mesma_ou_em_nada_e_acusada() {
        let (_, problemas) = avaliar("[a]\nconta = 'b'\n[b]\nconta = 'a'\n");
        assert!(
            problemas
                .iter()
                .any(|p| p.texto.contains("dá em si mesma: a → b → a")),
            "{problemas:?}"
        );
        for (texto, palavras) in [
            (
                "[a]\nconta = 'z'\n",
                "não há o número «z» em book/dados/numeros/t.toml nem",
            ),
            (
                "[a]\nconta = 'x.z'\n",
                "book/dados/numeros/x.toml não define o número «z»",
            ),
            ("[a]\nconta = 'mediana(z)'\n", "use tabela e valor"),
            ("[a]\nconta = '1 / 0'\n", "divide por zero"),
            ("[a]\nambiente = 'z'\n", "ambiente.toml não tem «z»"),
            (
                "[n]\nambiente = 'nucleo'\n[a]\nconta = 'n + 1'\n",
                "é um texto do ambiente",
            ),
            (
                "[a]\nambiente = 'nucleo'\nentre = [1, 2]\n",
                "não fica entre números",
            ),
        ] {
            let (_, problemas) = avaliar(texto);
            assert!(
                problemas.iter().any(|p| p.texto.contains(palavras)),
                "{texto}: {problemas:?}"
            );
        }
    }

    #[test]
    fn o_que_vem_de_medida_tem_de_afirmar_algo() {
        let achados = ler("[a]\ntabela = 'x'\nvalor = 'linhas()'\n").unwrap_err();
        assert!(achados[0].1.contains("falta «entre"), "{achados:?}");
        let (_, problemas) = avaliar(&NUMEROS.replace("entre = [3, 6]\n", ""));
        assert_eq!(problemas.len(), 1, "{problemas:?}");
        assert!(
            problemas[0]
                .texto
                .contains("a conta depende de algo medido")
        );
    }

    #[test]
    fn chaves_que_nao_fazem_sentido_juntas_sao_acusadas() {
        for (texto, palavras) in [
            ("[a]\n", "diga de onde ele vem"),
            ("[a]\nconta = '1'\nambiente = 'x'\n", "uma vez só"),
            ("[a]\ntabela = 'x'\n", "falta «valor = …»"),
            ("[a]\nvalor = 'linhas()'\n", "falta «tabela = …»"),
            ("[a]\nconta = '1'\nonde = { x = 1 }\n", "aqui não há tabela"),
            ("[a]\ncitado = 1\n", "«citado» e «fonte»"),
            ("[a]\nconta = '1'\nfonte = 'x'\n", "«citado» e «fonte»"),
            ("[a]\nconta = '1'\ncor = 'x'\n", "não conheço a chave «cor»"),
            ("[A]\nconta = '1'\n", "letras minúsculas"),
            ("a = 1\n", "é uma tabela"),
            (
                "[a]\nconta = '1'\ncasos.b = { cor = 1 }\n",
                "o número «a-b»: não conheço",
            ),
            (
                "[a-b]\nconta = '1'\n[a]\nconta = '1'\ncasos.b = {}\n",
                "já há um número «a-b»",
            ),
        ] {
            let achados = ler(texto).unwrap_err();
            assert!(
                achados.iter().any(|(_, achado)| achado.contains(palavras)),
                "{texto}: {achados:?}"
            );
        }
    }

    #[test]
    fn a_pagina_acha_o_seu_o_comum_e_o_de_outro_arquivo() {
        let um = |nome: &str| Some(ler(&format!("[{nome}]\nconta = '1'\n")).unwrap());
        let numeros = Numeros::de(BTreeMap::from([
            ("tempo".to_string(), um("a")),
            (COMUM.to_string(), um("b")),
            ("perda".to_string(), um("b")),
        ]));
        let achar = |dito: &str, capitulo| numeros.achar(dito, capitulo);
        assert_eq!(achar("a", Some("tempo")).unwrap().arquivo, "tempo");
        assert_eq!(achar("b", Some("tempo")).unwrap().arquivo, COMUM);
        assert_eq!(achar("b", Some(COMUM)).unwrap().arquivo, COMUM);
        assert_eq!(achar("perda.b", Some("tempo")).unwrap().arquivo, "perda");
        assert!(
            achar("a", Some("perda"))
                .unwrap_err()
                .to_string()
                .contains("não há o número «a»")
        );
        assert!(
            achar("b", Some("perda"))
                .unwrap_err()
                .to_string()
                .contains("diga qual")
        );
        assert!(
            achar("a", None)
                .unwrap_err()
                .to_string()
                .contains("comum.a")
        );
    }
}
