//! As fórmulas pelo nome.

use std::fmt;

use crate::medir::estatistica::{Intervalo, wilson};

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
    /// Quantas perguntas, uma de cada vez, ou quantos datagramas.
    N,
    /// A ida e volta, em segundos.
    RttS,
    /// O prazo antes de repetir ou desistir, em segundos.
    RtoS,
    /// A probabilidade de uma tentativa se perder, de 0 a 1.
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
            Self::Janela | Self::Carga | Self::RtoS => {
                ("um número maior que zero", valor > 0.0)
            }
            Self::N | Self::RttS | Self::MssBytes | Self::Bytes => {
                ("um número que não é negativo", valor >= 0.0)
            }
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
    Formula {
        nome: "wilson-de",
        unidade: "",
        parametros: &[Parametro::N, Parametro::P],
        conta: |v| intervalo(v[0], v[1]).de,
    },
    Formula {
        nome: "wilson-ate",
        unidade: "",
        parametros: &[Parametro::N, Parametro::P],
        conta: |v| intervalo(v[0], v[1]).ate,
    },
];

/// O intervalo de confiança de quem perdeu a fração `p` de `n` datagramas, os dois
/// arredondados para que sejam contagens.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "os parâmetros são conferidos: não são negativos; o que passa de u64 satura"
)]
fn intervalo(n: f64, p: f64) -> Intervalo {
    wilson((n * p).round() as u64, n.round() as u64)
}

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
        let (mut valores, mut faltam) = (Vec::new(), Vec::new());
        for parametro in self.parametros {
            let nome = parametro.nome();
            match parametros.iter().find(|(dado, _)| *dado == nome) {
                Some(&(_, valor)) => {
                    valores.push(self.conferir(*parametro, valor)?);
                }
                None => faltam.push(nome),
            }
        }
        if !faltam.is_empty() {
            return Err(ErroDeFormula::Falta(self.nome, faltam));
        }
        let valor = (self.conta)(&valores);
        if valor.is_finite() {
            Ok(valor)
        } else {
            Err(ErroDeFormula::SemValor(self.nome))
        }
    }

    /// O próprio valor, se o parâmetro o aceita.
    fn conferir(
        &self,
        parametro: Parametro,
        valor: f64,
    ) -> Result<f64, ErroDeFormula> {
        let (limites, dentro) = parametro.limites(valor);
        if dentro {
            return Ok(valor);
        }
        Err(ErroDeFormula::Fora {
            formula: self.nome,
            parametro: parametro.nome(),
            valor,
            limites,
        })
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

#[cfg(test)]
mod testes {
    use super::*;
    use crate::medir::formulas;

    const TRES: [(&str, f64); 3] =
        [("mss_bytes", 1460.0), ("rtt_s", 0.02), ("p", 0.01)];

    /// Um valor que todos os parâmetros aceitam, diferente em cada um.
    fn aceitavel(parametro: Parametro) -> f64 {
        match parametro {
            Parametro::P => 0.01,
            Parametro::Q => 0.02,
            Parametro::RttS => 0.03,
            Parametro::RtoS => 0.2,
            Parametro::N => 1000.0,
            Parametro::MssBytes => 1460.0,
            Parametro::Bytes => 1e6,
            Parametro::Janela => 32.0,
            Parametro::Carga => 1180.0,
        }
    }

    #[test]
    fn cada_nome_faz_a_sua_conta_em_qualquer_ordem() {
        let (n, rtt_s, rto_s, q) = (1000.0, 0.03, 0.2, 0.02);
        let esperados = [
            ("nos-dois-sentidos", "p", formulas::nos_dois_sentidos(0.01)),
            (
                "sem-repeticao",
                "n rtt_s rto_s q",
                formulas::sem_repeticao(n, rtt_s, rto_s, q),
            ),
            (
                "pare-e-espere",
                "n rtt_s rto_s q",
                formulas::pare_e_espere(n, rtt_s, rto_s, q),
            ),
            (
                "tcp-pergunta-e-resposta",
                "n rtt_s rto_s q",
                formulas::tcp_pergunta_e_resposta(n, rtt_s, rto_s, q),
            ),
            (
                "mathis",
                "mss_bytes rtt_s p",
                formulas::mathis(1460.0, rtt_s, 0.01),
            ),
            (
                "janela",
                "bytes janela carga rtt_s",
                formulas::janela(1e6, 32.0, 1180.0, rtt_s),
            ),
            ("wilson-de", "n p", wilson(10, 1000).de),
            ("wilson-ate", "n p", wilson(10, 1000).ate),
        ];
        assert_eq!(TABELA.len(), esperados.len());
        for (formula, (nome, pede, esperado)) in TABELA.iter().zip(esperados) {
            assert_eq!(formula.nome, nome);
            let mut parametros: Vec<_> = pede
                .split(' ')
                .zip(formula.parametros.iter().map(|p| aceitavel(*p)))
                .collect();
            assert_eq!(por_nome(nome, &parametros), Ok(esperado));
            parametros.reverse();
            assert_eq!(por_nome(nome, &parametros), Ok(esperado));
        }
    }

    #[test]
    fn o_erro_diz_o_que_esta_errado() {
        let erro = |nome: &str, parametros: &[(&str, f64)]| {
            por_nome(nome, parametros).unwrap_err().to_string()
        };
        let desconhecida = erro("matis", &TRES);
        assert!(desconhecida.contains("\"matis\""), "{desconhecida}");
        assert!(
            desconhecida.ends_with(", mathis, janela, wilson-de, wilson-ate"),
            "{desconhecida}"
        );
        assert_eq!(
            erro("janela", &[("carga", 1.0), ("bytes", 1.0)]),
            "a fórmula janela precisa também de janela, rtt_s"
        );
        assert_eq!(
            erro("nos-dois-sentidos", &[("p", 0.1), ("q\u{1b}", 0.1)]),
            "a fórmula nos-dois-sentidos não tem o parâmetro \"q\\u{1b}\""
        );
        assert_eq!(
            erro("nos-dois-sentidos", &[("p", 0.1), ("p", 0.2)]),
            "a fórmula nos-dois-sentidos recebeu \"p\" mais de uma vez"
        );
        assert_eq!(
            erro("nos-dois-sentidos", &[("p", 5.0)]),
            "a fórmula nos-dois-sentidos recebeu p = 5, que tem de ser uma \
             fração de 0 a 1"
        );
        assert_eq!(
            erro("mathis", &[TRES[0], TRES[1], ("p", 0.0)]),
            "a fórmula mathis não tem valor com estes parâmetros: o resultado é \
             infinito"
        );
    }

    #[test]
    fn o_que_divide_nao_pode_ser_zero() {
        let perguntas =
            [("n", 9.0), ("rtt_s", 0.0), ("rto_s", 0.0), ("q", 1.0)];
        let transferencia = [
            ("bytes", 0.0),
            ("rtt_s", 0.0),
            ("janela", 0.0),
            ("carga", 1.0),
        ];
        for (nome, parametros, errado) in [
            ("pare-e-espere", perguntas, "rto_s = 0"),
            ("janela", transferencia, "janela = 0"),
        ] {
            let erro = por_nome(nome, &parametros).unwrap_err().to_string();
            assert!(erro.contains(errado), "{erro}");
            assert!(erro.ends_with("ser um número maior que zero"), "{erro}");
        }
    }

    #[test]
    fn nenhum_parametro_aceita_o_que_nao_e_numero() {
        for formula in TABELA {
            for errado in formula.parametros {
                for valor in [f64::NAN, -1.0, f64::NEG_INFINITY] {
                    let dar = |p: &Parametro| {
                        let troca = p == errado;
                        let valor = if troca { valor } else { aceitavel(*p) };
                        (p.nome(), valor)
                    };
                    let dados: Vec<_> =
                        formula.parametros.iter().map(dar).collect();
                    let erro = formula.valor(&dados).unwrap_err();
                    assert!(matches!(
                        erro,
                        ErroDeFormula::Fora { parametro, .. }
                            if parametro == errado.nome()
                    ));
                }
            }
        }
    }
}
