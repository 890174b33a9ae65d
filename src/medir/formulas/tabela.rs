//! As fórmulas pelo nome.

use std::fmt;

/// Uma fórmula que se pede pelo nome.
#[derive(Debug)]
pub struct Formula {
    /// O nome: `pare-e-espere`.
    pub nome: &'static str,
    /// A unidade do resultado; vazia quando é uma probabilidade.
    pub unidade: &'static str,
    /// O que ela pede, na ordem em que `conta` quer.
    pub parametros: &'static [Parametro],
    conta: fn(&[f64]) -> f64,
}

/// O que uma fórmula pede.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parametro {
    /// Quantas perguntas, uma de cada vez.
    N,
    /// A ida e volta, em segundos.
    RttS,
    /// O prazo antes de repetir ou desistir, em segundos.
    RtoS,
    /// A probabilidade de uma pergunta ficar sem resposta, de 0 a 1.
    Q,
    /// A probabilidade de um pacote se perder em um sentido, de 0 a 1.
    P,
    /// O maior segmento do TCP, em bytes.
    MssBytes,
    /// O tamanho da transferência, em bytes.
    Bytes,
    /// A janela, em segmentos.
    Janela,
    /// O que um segmento leva, em bytes.
    Carga,
}

impl Parametro {
    /// O nome por que se dá o valor dele.
    #[must_use]
    pub fn nome(self) -> &'static str {
        match self {
            Self::N => "n",
            Self::RttS => "rtt_s",
            Self::RtoS => "rto_s",
            Self::Q => "q",
            Self::P => "p",
            Self::MssBytes => "mss_bytes",
            Self::Bytes => "bytes",
            Self::Janela => "janela",
            Self::Carga => "carga",
        }
    }

    /// Os valores que ele pode ter, em palavras, e se `valor` é um deles.
    fn limites(self, valor: f64) -> (&'static str, bool) {
        match self {
            Self::P | Self::Q => {
                ("uma fração de 0 a 1", (0.0..=1.0).contains(&valor))
            }
            Self::Janela | Self::Carga => {
                ("um número maior que zero", valor > 0.0)
            }
            Self::N
            | Self::RttS
            | Self::RtoS
            | Self::MssBytes
            | Self::Bytes => ("um número que não é negativo", valor >= 0.0),
        }
    }
}

/// Todas as fórmulas que têm nome.
pub const TABELA: &[Formula] = &[
    Formula {
        nome: "nos-dois-sentidos",
        unidade: "",
        parametros: &[Parametro::P],
        conta: |v| super::nos_dois_sentidos(v[0]),
    },
    Formula {
        nome: "sem-repeticao",
        unidade: "s",
        parametros: PERGUNTAS,
        conta: |v| super::sem_repeticao(v[0], v[1], v[2], v[3]),
    },
    Formula {
        nome: "pare-e-espere",
        unidade: "s",
        parametros: PERGUNTAS,
        conta: |v| super::pare_e_espere(v[0], v[1], v[2], v[3]),
    },
    Formula {
        nome: "tcp-pergunta-e-resposta",
        unidade: "s",
        parametros: PERGUNTAS,
        conta: |v| super::tcp_pergunta_e_resposta(v[0], v[1], v[2], v[3]),
    },
    Formula {
        nome: "mathis",
        unidade: "bit/s",
        parametros: &[Parametro::MssBytes, Parametro::RttS, Parametro::P],
        conta: |v| super::mathis(v[0], v[1], v[2]),
    },
    Formula {
        nome: "janela",
        unidade: "s",
        parametros: &[
            Parametro::Bytes,
            Parametro::Janela,
            Parametro::Carga,
            Parametro::RttS,
        ],
        conta: |v| super::janela(v[0], v[1], v[2], v[3]),
    },
];

/// O que pedem as três fórmulas de perguntas e respostas.
const PERGUNTAS: &[Parametro] =
    &[Parametro::N, Parametro::RttS, Parametro::RtoS, Parametro::Q];

/// O valor da fórmula `nome` da [`TABELA`], com os parâmetros dados em pares de nome e
/// valor, em qualquer ordem.
///
/// # Errors
/// Um [`ErroDeFormula`], que diz o que falta, sobra ou não pode ser.
///
/// ```
/// use sockets::medir::formulas::por_nome;
///
/// let p = [("p", 0.1)];
/// assert_eq!(por_nome("nos-dois-sentidos", &p), Ok(0.1 * 1.9));
///
/// let erro = por_nome("mathis", &[("p", 0.01), ("rtt_s", 0.02)]).unwrap_err();
/// assert_eq!(erro.to_string(), "a fórmula mathis precisa também de mss_bytes");
/// ```
pub fn por_nome(
    nome: &str,
    parametros: &[(&str, f64)],
) -> Result<f64, ErroDeFormula> {
    let formula = TABELA
        .iter()
        .find(|formula| formula.nome == nome)
        .ok_or_else(|| ErroDeFormula::Desconhecida(nome.into()))?;
    formula.valor(parametros)
}

impl Formula {
    /// O valor dela, com os parâmetros dados em pares de nome e valor, em qualquer
    /// ordem.
    ///
    /// # Errors
    /// Um [`ErroDeFormula`], que diz o que falta, sobra ou não pode ser.
    pub fn valor(
        &self,
        parametros: &[(&str, f64)],
    ) -> Result<f64, ErroDeFormula> {
        for (i, (nome, _)) in parametros.iter().enumerate() {
            if !self.parametros.iter().any(|p| p.nome() == *nome) {
                return Err(ErroDeFormula::Sobra(self.nome, (*nome).into()));
            }
            if parametros[..i].iter().any(|(antes, _)| antes == nome) {
                return Err(ErroDeFormula::DuasVezes(
                    self.nome,
                    (*nome).into(),
                ));
            }
        }
        let dado = |p: &Parametro| {
            parametros.iter().find(|(nome, _)| *nome == p.nome())
        };
        let faltam: Vec<_> = self
            .parametros
            .iter()
            .filter(|p| dado(p).is_none())
            .map(|p| p.nome())
            .collect();
        if !faltam.is_empty() {
            return Err(ErroDeFormula::Falta(self.nome, faltam));
        }
        let mut valores = Vec::new();
        for parametro in self.parametros {
            let valor = dado(parametro).map_or(f64::NAN, |(_, valor)| *valor);
            let (limites, dentro) = parametro.limites(valor);
            if !dentro {
                return Err(ErroDeFormula::Fora {
                    formula: self.nome,
                    parametro: parametro.nome(),
                    valor,
                    limites,
                });
            }
            valores.push(valor);
        }
        let valor = (self.conta)(&valores);
        if valor.is_finite() {
            Ok(valor)
        } else {
            Err(ErroDeFormula::SemValor(self.nome))
        }
    }
}

/// Por que uma fórmula pedida pelo nome não tem valor.
#[derive(Debug, Clone, PartialEq)]
pub enum ErroDeFormula {
    /// Não há fórmula com este nome.
    Desconhecida(String),
    /// À fórmula faltam estes parâmetros.
    Falta(&'static str, Vec<&'static str>),
    /// A fórmula não tem este parâmetro.
    Sobra(&'static str, String),
    /// O parâmetro foi dado mais de uma vez.
    DuasVezes(&'static str, String),
    /// O valor não é um dos que o parâmetro pode ter.
    Fora {
        /// A fórmula.
        formula: &'static str,
        /// O nome do parâmetro.
        parametro: &'static str,
        /// O que foi dado.
        valor: f64,
        /// O que ele pode ser, em palavras.
        limites: &'static str,
    },
    /// Com estes parâmetros o resultado não é um número finito: a vazão sem perda
    /// nenhuma, o tempo do que nunca acaba.
    SemValor(&'static str),
}

impl fmt::Display for ErroDeFormula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Desconhecida(nome) => {
                let nomes: Vec<_> = TABELA.iter().map(|f| f.nome).collect();
                let nomes = nomes.join(", ");
                write!(f, "não há fórmula {nome:?}; as que há: {nomes}")
            }
            Self::Falta(formula, faltam) => {
                let faltam = faltam.join(", ");
                write!(f, "a fórmula {formula} precisa também de {faltam}")
            }
            Self::Sobra(formula, nome) => {
                write!(f, "a fórmula {formula} não tem o parâmetro {nome:?}")
            }
            Self::DuasVezes(formula, nome) => write!(
                f,
                "a fórmula {formula} recebeu {nome:?} mais de uma vez"
            ),
            Self::Fora {
                formula,
                parametro,
                valor,
                limites,
            } => write!(
                f,
                "a fórmula {formula} recebeu {parametro} = {valor}, que tem de \
                 ser {limites}"
            ),
            Self::SemValor(formula) => write!(
                f,
                "a fórmula {formula} não tem valor com estes parâmetros: o \
                 resultado é infinito"
            ),
        }
    }
}

impl std::error::Error for ErroDeFormula {}
