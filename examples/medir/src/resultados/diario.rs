//! O diário, `passos.csv`: o que foi feito, quanto levou, e o que não pôde ser medido e
//! por quê.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use csv::StringRecord;

use super::Linha;

/// As colunas do diário.
pub const COLUNAS: [&str; 8] = [
    "experimento",
    "chave",
    "situacao",
    "levou_s",
    "estimativa_s",
    "outros_programas",
    "linhas",
    "motivo",
];

/// Como um passo acabou.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Situacao {
    /// Foi medido, e as linhas dele estão nas tabelas.
    Feito,
    /// Não pôde ser medido.
    NaoMedido,
}

impl Situacao {
    const TODAS: [Self; 2] = [Self::Feito, Self::NaoMedido];

    fn nome(self) -> &'static str {
        match self {
            Self::Feito => "feito",
            Self::NaoMedido => "não medido",
        }
    }
}

/// Um passo que acabou.
#[derive(Debug, Clone, PartialEq)]
pub struct Registro {
    /// De que experimento.
    pub experimento: String,
    /// Qual passo.
    pub chave: String,
    /// Se foi medido.
    pub situacao: Situacao,
    /// Quanto levou, em segundos.
    pub levou_s: f64,
    /// Quanto se esperava que levasse, em segundos.
    pub estimativa_s: f64,
    /// Quanto das CPUs outros programas usaram enquanto isso, de 0 a 1; `None` onde
    /// não se sabe.
    pub outros_programas: Option<f64>,
    /// Quantas linhas ele pôs em cada tabela.
    pub linhas: BTreeMap<String, usize>,
    /// Por que não foi medido; vazio se foi.
    pub motivo: String,
}

impl Registro {
    /// Os campos, na ordem de [`COLUNAS`].
    #[must_use]
    pub fn campos(&self) -> Vec<String> {
        let linhas = self.linhas.iter();
        let linhas: Vec<String> =
            linhas.map(|(tabela, n)| format!("{tabela}:{n}")).collect();
        vec![
            self.experimento.clone(),
            self.chave.clone(),
            self.situacao.nome().into(),
            format!("{:.3}", self.levou_s),
            format!("{:.3}", self.estimativa_s),
            self.outros_programas
                .map_or(String::new(), |parte| format!("{parte:.3}")),
            linhas.join(" "),
            self.motivo.clone(),
        ]
    }

    /// O contrário de [`campos`](Self::campos).
    ///
    /// # Errors
    /// Quando uma célula não é o que devia.
    pub fn de(campos: &StringRecord) -> Result<Self> {
        let campo = |qual: usize| campos.get(qual).unwrap_or_default();
        let numero = |qual: usize| -> Result<f64> {
            campo(qual)
                .parse()
                .with_context(|| format!("{} não é um número", COLUNAS[qual]))
        };
        let contar = |texto: &str| {
            let (tabela, linhas) = texto.rsplit_once(':')?;
            Some((tabela.to_string(), linhas.parse().ok()?))
        };
        let linhas = campo(6).split_whitespace().map(contar);
        Ok(Self {
            experimento: campo(0).into(),
            chave: campo(1).into(),
            situacao: Situacao::TODAS
                .into_iter()
                .find(|situacao| situacao.nome() == campo(2))
                .context("a situação não é conhecida")?,
            levou_s: numero(3)?,
            estimativa_s: numero(4)?,
            outros_programas: match campo(5) {
                "" => None,
                _ => Some(numero(5)?),
            },
            linhas: linhas
                .collect::<Option<_>>()
                .context("as linhas não são tabela:quantas")?,
            motivo: campo(7).into(),
        })
    }
}

/// Quantas linhas há de cada tabela.
#[must_use]
pub fn contar(linhas: &[Linha]) -> BTreeMap<String, usize> {
    let mut quantas = BTreeMap::new();
    for linha in linhas {
        *quantas.entry(linha.tabela.to_string()).or_default() += 1;
    }
    quantas
}

/// De quantos registros, a partir do primeiro, todas as linhas estão nas tabelas, que
/// têm estas `linhas`.
///
/// Quem grava põe as linhas nas tabelas e só então o passo no diário; ainda assim, se
/// falta a energia, o sistema pode ter guardado o diário e não as linhas.
#[must_use]
pub fn sustentados(
    registros: &[Registro],
    linhas: &BTreeMap<String, usize>,
) -> usize {
    let mut somas: BTreeMap<&str, usize> = BTreeMap::new();
    for (qual, registro) in registros.iter().enumerate() {
        for (tabela, n) in &registro.linhas {
            let soma = somas.entry(tabela).or_default();
            *soma += n;
            if *soma > linhas.get(tabela).copied().unwrap_or(0) {
                return qual;
            }
        }
    }
    registros.len()
}

#[cfg(test)]
mod testes {
    use super::*;

    fn registro(chave: &str, linhas: &[(&str, usize)]) -> Registro {
        let linhas = linhas.iter().map(|(t, n)| ((*t).to_string(), *n));
        Registro {
            experimento: "perda".into(),
            chave: chave.into(),
            situacao: Situacao::Feito,
            levou_s: 1.25,
            estimativa_s: 2.0,
            outros_programas: Some(0.125),
            linhas: linhas.collect(),
            motivo: String::new(),
        }
    }

    #[test]
    fn um_registro_vai_e_volta() {
        let feito = registro("perda p=5", &[("perda", 1), ("perda-ccdf", 30)]);
        let nao_medido = Registro {
            situacao: Situacao::NaoMedido,
            outros_programas: None,
            motivo: "este núcleo não deixa usar bbr".into(),
            ..registro("x", &[])
        };
        for este in [feito, nao_medido] {
            let campos = este.campos();
            assert_eq!(campos.len(), COLUNAS.len());
            assert_eq!(Registro::de(&campos.into()).unwrap(), este);
        }
    }

    #[test]
    fn um_registro_estranho_e_recusado() {
        let campos = registro("a", &[("perda", 1)]).campos();
        for (qual, estranho) in
            [(2, "feita"), (3, "muito"), (5, "x"), (6, "perda")]
        {
            let mut campos = campos.clone();
            campos[qual] = estranho.into();
            assert!(Registro::de(&campos.into()).is_err(), "{estranho}");
        }
    }

    #[test]
    fn so_vale_o_passo_cujas_linhas_estao_todas_nas_tabelas() {
        let registros = [
            registro("a", &[("t", 1), ("u", 2)]),
            registro("b", &[]),
            registro("c", &[("t", 1)]),
            registro("d", &[("u", 2)]),
        ];
        let tem = |t, u| {
            let linhas = [("t".to_string(), t), ("u".to_string(), u)].into();
            sustentados(&registros, &linhas)
        };
        assert_eq!(tem(2, 4), 4);
        assert_eq!(tem(9, 9), 4, "o que sobra não atrapalha");
        assert_eq!(tem(2, 3), 3);
        assert_eq!(tem(1, 4), 2);
        assert_eq!(tem(1, 1), 0);
        assert_eq!(sustentados(&registros, &BTreeMap::new()), 0);
    }
}
