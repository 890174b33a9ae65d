//! As contas escritas nos arquivos de dados: `soma(perdidos) / soma(enviados) * 100`.

use std::fmt;

use sockets::medir::formulas::{self, ErroDeFormula};

/// Uma conta lida.
#[derive(Debug, Clone, PartialEq)]
pub enum Conta {
    /// Um número escrito.
    Numero(f64),
    /// Um nome: de outro número, de uma coluna ou do que varia no eixo.
    Nome(String),
    /// `funcao(argumentos)`.
    Chamada {
        /// O nome da função.
        funcao: String,
        /// O que vai entre os parênteses.
        argumentos: Vec<Argumento>,
    },
    /// O oposto.
    Menos(Box<Conta>),
    /// Uma operação: `+`, `-`, `*` ou `/`.
    Operacao(char, Box<Conta>, Box<Conta>),
}

/// Um argumento: `nome = conta`, ou só a conta.
#[derive(Debug, Clone, PartialEq)]
pub struct Argumento {
    /// O nome do parâmetro, se foi dito.
    pub nome: Option<String>,
    /// O valor dele.
    pub valor: Conta,
}

/// Por que uma conta não tem valor.
#[derive(Debug, Clone, PartialEq)]
pub enum Defeito {
    /// Por este motivo, que é de quem a escreveu.
    Motivo(String),
    /// O resultado passa de qualquer número: a vazão sem perda nenhuma.
    Infinito,
    /// Ela depende de algo que já foi acusado.
    Acusado,
}

impl From<String> for Defeito {
    fn from(motivo: String) -> Self {
        Self::Motivo(motivo)
    }
}

impl fmt::Display for Defeito {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Motivo(motivo) => f.write_str(motivo),
            Self::Infinito => f.write_str("o resultado é infinito"),
            Self::Acusado => f.write_str("depende de um número que tem um problema"),
        }
    }
}

/// O que os nomes e as funções de uma conta querem dizer.
pub trait Significado {
    /// O valor de um nome.
    fn nome(&mut self, nome: &str) -> Result<f64, Defeito>;

    /// O valor de uma função que não é uma fórmula, se `funcao` é uma.
    fn funcao(&mut self, funcao: &str, argumentos: &[Argumento]) -> Option<Result<f64, Defeito>>;
}

impl Conta {
    /// Lê uma conta.
    ///
    /// # Errors
    /// O que não se entende, e onde.
    pub fn ler(texto: &str) -> Result<Self, String> {
        let mut leitor = Leitor { texto, posicao: 0 };
        let conta = leitor.soma()?;
        leitor.espaco();
        if leitor.posicao < texto.len() {
            return Err(leitor.estranha());
        }
        Ok(conta)
    }

    /// O valor da conta.
    ///
    /// # Errors
    /// O [`Defeito`]: um nome que não há, uma divisão por zero, um infinito.
    pub fn valor(&self, significado: &mut dyn Significado) -> Result<f64, Defeito> {
        let valor = match self {
            Self::Numero(numero) => *numero,
            Self::Nome(nome) => significado.nome(nome)?,
            Self::Menos(conta) => -conta.valor(significado)?,
            Self::Operacao(sinal, um, outro) => {
                let (um, outro) = (um.valor(significado)?, outro.valor(significado)?);
                match sinal {
                    '+' => um + outro,
                    '-' => um - outro,
                    '*' => um * outro,
                    _ if outro == 0.0 => {
                        return Err(Defeito::Motivo(format!("a conta «{self}» divide por zero")));
                    }
                    _ => um / outro,
                }
            }
            Self::Chamada { funcao, argumentos } => match significado.funcao(funcao, argumentos) {
                Some(valor) => valor?,
                None => formula(funcao, argumentos, significado)?,
            },
        };
        if valor.is_finite() {
            Ok(valor)
        } else {
            Err(Defeito::Infinito)
        }
    }

    /// Tudo que a conta contém, ela primeiro.
    pub fn partes(&self) -> Vec<&Self> {
        let mut partes = vec![self];
        let mut vistas = 0;
        while let Some(parte) = partes.get(vistas).copied() {
            vistas += 1;
            match parte {
                Self::Numero(_) | Self::Nome(_) => {}
                Self::Menos(conta) => partes.push(conta),
                Self::Operacao(_, um, outro) => partes.extend([&**um, &**outro]),
                Self::Chamada { argumentos, .. } => {
                    partes.extend(argumentos.iter().map(|argumento| &argumento.valor));
                }
            }
        }
        partes
    }

    /// Os nomes que aparecem na conta.
    pub fn nomes(&self) -> Vec<&str> {
        self.partes()
            .into_iter()
            .filter_map(|parte| match parte {
                Self::Nome(nome) => Some(nome.as_str()),
                _ => None,
            })
            .collect()
    }

    /// A mesma conta com as chamadas de `de` feitas a `para`.
    pub fn trocando(&self, de: &str, para: &str) -> Self {
        match self {
            Self::Numero(_) | Self::Nome(_) => self.clone(),
            Self::Menos(conta) => Self::Menos(Box::new(conta.trocando(de, para))),
            Self::Operacao(sinal, um, outro) => Self::Operacao(
                *sinal,
                Box::new(um.trocando(de, para)),
                Box::new(outro.trocando(de, para)),
            ),
            Self::Chamada { funcao, argumentos } => Self::Chamada {
                funcao: if funcao == de { para } else { funcao }.to_string(),
                argumentos: argumentos
                    .iter()
                    .map(|argumento| Argumento {
                        nome: argumento.nome.clone(),
                        valor: argumento.valor.trocando(de, para),
                    })
                    .collect(),
            },
        }
    }
}

/// O valor de uma fórmula da biblioteca, com os parâmetros pelo nome.
fn formula(
    funcao: &str,
    argumentos: &[Argumento],
    significado: &mut dyn Significado,
) -> Result<f64, Defeito> {
    let mut valores = Vec::new();
    for argumento in argumentos {
        let Some(nome) = argumento.nome.as_deref() else {
            return Err(Defeito::Motivo(format!(
                "os parâmetros de {funcao} têm nome: {funcao}({})",
                parametros(funcao)
            )));
        };
        valores.push((nome, argumento.valor.valor(significado)?));
    }
    formulas::por_nome(funcao, &valores).map_err(|erro| match erro {
        ErroDeFormula::SemValor(_) => Defeito::Infinito,
        outro => Defeito::Motivo(outro.to_string()),
    })
}

/// Como se chama uma fórmula: `p = …, q = …`.
fn parametros(funcao: &str) -> String {
    let formula = formulas::TABELA
        .iter()
        .find(|formula| formula.nome == funcao);
    let nomes = formula.into_iter().flat_map(|formula| formula.parametros);
    let nomes: Vec<_> = nomes.map(|p| format!("{} = …", p.nome())).collect();
    if nomes.is_empty() {
        "nome = …".into()
    } else {
        nomes.join(", ")
    }
}

impl fmt::Display for Conta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entre_parenteses = |conta: &Self| match conta {
            Self::Operacao(..) => format!("({conta})"),
            outra => outra.to_string(),
        };
        match self {
            Self::Numero(numero) => write!(f, "{numero}"),
            Self::Nome(nome) => f.write_str(nome),
            Self::Menos(conta) => write!(f, "-{}", entre_parenteses(conta)),
            Self::Operacao(sinal, um, outro) => {
                write!(
                    f,
                    "{} {sinal} {}",
                    entre_parenteses(um),
                    entre_parenteses(outro)
                )
            }
            Self::Chamada { funcao, argumentos } => {
                let dentro: Vec<_> = argumentos
                    .iter()
                    .map(|argumento| match &argumento.nome {
                        Some(nome) => format!("{nome} = {}", argumento.valor),
                        None => argumento.valor.to_string(),
                    })
                    .collect();
                write!(f, "{funcao}({})", dentro.join(", "))
            }
        }
    }
}

/// Quem lê uma conta, da esquerda para a direita.
struct Leitor<'t> {
    texto: &'t str,
    posicao: usize,
}

impl<'t> Leitor<'t> {
    /// Parcelas somadas ou subtraídas.
    fn soma(&mut self) -> Result<Conta, String> {
        let mut conta = self.produto()?;
        while let Some(sinal) = self.sinal(&['+', '-']) {
            conta = Conta::Operacao(sinal, Box::new(conta), Box::new(self.produto()?));
        }
        Ok(conta)
    }

    /// Fatores multiplicados ou divididos.
    fn produto(&mut self) -> Result<Conta, String> {
        let mut conta = self.fator()?;
        while let Some(sinal) = self.sinal(&['*', '/']) {
            conta = Conta::Operacao(sinal, Box::new(conta), Box::new(self.fator()?));
        }
        Ok(conta)
    }

    /// Um número, um nome, uma chamada, algo entre parênteses ou o oposto de um deles.
    fn fator(&mut self) -> Result<Conta, String> {
        if self.sinal(&['-']).is_some() {
            return Ok(Conta::Menos(Box::new(self.fator()?)));
        }
        if self.sinal(&['(']).is_some() {
            let conta = self.soma()?;
            self.exigir(')')?;
            return Ok(conta);
        }
        self.espaco();
        if self.resto().starts_with(|c: char| c.is_ascii_digit()) {
            let numero = self.enquanto(|c| c.is_ascii_digit() || c == '.');
            return numero
                .parse()
                .map(Conta::Numero)
                .map_err(|_| format!("«{numero}» não é um número"));
        }
        let nome = self.nome()?;
        if self.sinal(&['(']).is_none() {
            return Ok(Conta::Nome(nome));
        }
        let mut argumentos = Vec::new();
        while self.sinal(&[')']).is_none() {
            if !argumentos.is_empty() {
                self.exigir(',')?;
            }
            argumentos.push(self.argumento()?);
        }
        Ok(Conta::Chamada {
            funcao: nome,
            argumentos,
        })
    }

    fn argumento(&mut self) -> Result<Argumento, String> {
        let valor = self.soma()?;
        if self.sinal(&['=']).is_none() {
            return Ok(Argumento { nome: None, valor });
        }
        match valor {
            Conta::Nome(nome) => Ok(Argumento {
                nome: Some(nome),
                valor: self.soma()?,
            }),
            outra => Err(format!(
                "antes de = vem o nome de um parâmetro, e não «{outra}»"
            )),
        }
    }

    fn nome(&mut self) -> Result<String, String> {
        self.espaco();
        if !self.resto().starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(self.estranha());
        }
        let letra = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.".contains(c);
        let nome = self.enquanto(letra);
        // O que fica pendurado no fim não é do nome: em `a- b`, o menos.
        let certo = nome.trim_end_matches(['-', '.']);
        self.posicao -= nome.len() - certo.len();
        Ok(certo.to_string())
    }

    fn enquanto(&mut self, serve: impl Fn(char) -> bool) -> &'t str {
        let texto = self.texto;
        let daqui = &texto[self.posicao..];
        let fim = daqui.find(|c| !serve(c)).unwrap_or(daqui.len());
        self.posicao += fim;
        &daqui[..fim]
    }

    fn sinal(&mut self, sinais: &[char]) -> Option<char> {
        self.espaco();
        let sinal = self.resto().chars().next().filter(|c| sinais.contains(c))?;
        self.posicao += sinal.len_utf8();
        Some(sinal)
    }

    fn exigir(&mut self, sinal: char) -> Result<(), String> {
        match self.sinal(&[sinal]) {
            Some(_) => Ok(()),
            None if self.resto().is_empty() => {
                Err(format!("a conta «{}» acaba sem «{sinal}»", self.texto))
            }
            None => Err(self.estranha()),
        }
    }

    fn espaco(&mut self) {
        self.enquanto(char::is_whitespace);
    }

    fn resto(&self) -> &'t str {
        &self.texto[self.posicao..]
    }

    fn estranha(&self) -> String {
        match self.resto() {
            "" => format!("a conta «{}» acaba no meio", self.texto),
            resto => format!("não entendo a conta «{}» a partir de «{resto}»", self.texto),
        }
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    /// `x` vale 2, `a-b` vale 10, e `dobro(c)` é o dobro.
    struct Prova;

    impl Significado for Prova {
        fn nome(&mut self, nome: &str) -> Result<f64, Defeito> {
            match nome {
                "x" => Ok(2.0),
                "a-b" => Ok(10.0),
                outro => Err(Defeito::Motivo(format!("não há {outro}"))),
            }
        }

        fn funcao(&mut self, nome: &str, dados: &[Argumento]) -> Option<Result<f64, Defeito>> {
            (nome == "dobro").then(|| Ok(dados[0].valor.valor(self)? * 2.0))
        }
    }

    fn valor(texto: &str) -> Result<f64, String> {
        let conta = Conta::ler(texto)?;
        conta
            .valor(&mut Prova)
            .map_err(|defeito| defeito.to_string())
    }

    #[test]
    fn a_ordem_das_operacoes_e_a_da_aritmetica() {
        for (texto, certo) in [
            ("1 + 2 * 3", 7.0),
            ("(1 + 2) * 3", 9.0),
            ("8 / 4 / 2", 1.0),
            ("8 - 4 - 2", 2.0),
            ("-x + 5", 3.0),
            ("2 * -x", -4.0),
            ("a-b - x", 8.0),
            ("a-b/x", 5.0),
            ("dobro(1 + x) / 100", 0.06),
            ("nos-dois-sentidos(p = x / 20)", 0.19),
        ] {
            let veio = valor(texto).unwrap();
            assert!((veio - certo).abs() < 1e-12, "{texto}: {veio}");
        }
    }

    #[test]
    fn o_que_se_le_se_escreve_e_se_le_de_novo() {
        for texto in [
            "(a-b + x) * 2 - -x",
            "mathis(mss_bytes = 1448, rtt_s = x / 100, p = 0.01)",
            "soma(perdidos) / soma(enviados) * 100",
        ] {
            let conta = Conta::ler(texto).unwrap();
            assert_eq!(Conta::ler(&conta.to_string()), Ok(conta));
        }
    }

    #[test]
    fn cada_engano_tem_a_sua_frase() {
        for (texto, palavras) in [
            ("", "acaba no meio"),
            ("1 +", "acaba no meio"),
            ("(1", "acaba sem «)»"),
            ("1 2", "a partir de «2»"),
            ("x $ 2", "a partir de «$ 2»"),
            ("X", "a partir de «X»"),
            ("1,5", "a partir de «,5»"),
            ("1.2.3", "«1.2.3» não é um número"),
            ("f(1 = 2)", "o nome de um parâmetro"),
            ("f(1 2)", "a partir de «2)»"),
            ("x / (x - 2)", "divide por zero"),
            ("y", "não há y"),
            (
                "mathis(1448, 0.02, 0.01)",
                "mathis(mss_bytes = …, rtt_s = …, p = …)",
            ),
            ("mathis(p = 2)", "mathis"),
            ("nada(p = 1)", "nada"),
        ] {
            let erro = valor(texto).unwrap_err();
            assert!(erro.contains(palavras), "{texto}: {erro}");
        }
    }

    #[test]
    fn o_infinito_nao_e_um_numero() {
        let conta = Conta::ler("mathis(mss_bytes = 1448, rtt_s = 0.02, p = 0)").unwrap();
        assert_eq!(conta.valor(&mut Prova), Err(Defeito::Infinito));
    }

    #[test]
    fn sabe_os_seus_nomes_e_troca_uma_funcao_por_outra() {
        let conta = Conta::ler("mediana(tempo_s) * x - comum.rto").unwrap();
        let mut nomes = conta.nomes();
        nomes.sort_unstable();
        assert_eq!(nomes, ["comum.rto", "tempo_s", "x"]);
        let trocada = conta.trocando("mediana", "menor");
        assert_eq!(trocada.to_string(), "(menor(tempo_s) * x) - comum.rto");
    }
}
