//! O programa das medições, e as tabelas que ele escreve.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use tempfile::TempDir;

use crate::exemplos::{Programa, executavel};
use crate::ferramentas::Ausente;
use crate::{Falha, Filho};

/// Quanto se espera, no máximo, por uma medição de uma prova.
const PRAZO: Duration = Duration::from_secs(300);

/// O `medir`, otimizado e recém-compilado.
///
/// # Errors
/// Quando não compila.
pub fn programa() -> Result<PathBuf, Falha> {
    executavel(&Programa {
        nome: "medir".into(),
        otimizado: true,
    })
}

/// Se o `medir` consegue montar os dois computadores nesta máquina; monta-os, na primeira
/// vez, para saber.
///
/// # Errors
/// O que o próprio `medir` disse que falta.
pub fn possivel() -> Result<(), Ausente> {
    static POSSIVEL: OnceLock<Result<(), Ausente>> = OnceLock::new();
    let tentar = || {
        let rodar = || -> Result<(i32, String), Falha> {
            let mut comando = Command::new(programa()?);
            comando.arg("rede");
            let mut filho = Filho::rodar("medir rede", comando)?;
            let codigo = filho.esperar_fim_em(PRAZO)?;
            Ok((codigo, filho.tudo()))
        };
        let motivo = match rodar() {
            Ok((0, _)) => return Ok(()),
            Ok((_, saida)) => saida.split_whitespace().collect::<Vec<_>>().join(" "),
            Err(falha) => falha.to_string(),
        };
        Err(Ausente::porque(motivo))
    };
    POSSIVEL.get_or_init(tentar).clone()
}

/// Uma medição que começou.
pub struct Medicao {
    filho: Filho,
    pasta: TempDir,
}

impl Medicao {
    /// Roda o `medir` com estes argumentos, com os resultados em uma pasta só desta
    /// medição. Várias podem correr ao mesmo tempo.
    ///
    /// # Errors
    /// Quando ele não compila ou não começa.
    pub fn comecar<A: AsRef<str>>(argumentos: &[A]) -> Result<Self, Falha> {
        let pasta = TempDir::with_prefix("medir-")
            .map_err(|erro| Falha::nova(format!("não foi possível criar uma pasta: {erro}")))?;
        let argumentos: Vec<&str> = argumentos.iter().map(AsRef::as_ref).collect();
        let mut comando = Command::new(programa()?);
        comando.args(&argumentos);
        comando
            .arg("--resultados")
            .arg(pasta.path().join("tabelas"));
        let nome = format!("medir {}", argumentos.join(" "));
        Ok(Self {
            filho: Filho::rodar(&nome, comando)?.com_prazo(PRAZO),
            pasta,
        })
    }

    /// Espera que ela acabe, com todos os passos feitos, e devolve as tabelas.
    ///
    /// # Errors
    /// Quando ela falha, deixa um passo por fazer ou não acaba no prazo.
    pub fn tabelas(mut self) -> Result<Tabelas, Falha> {
        let codigo = self.filho.esperar_fim()?;
        if codigo != 0 {
            return Err(self.filho.falha(&format!("acabou com o código {codigo}")));
        }
        let tabelas = Tabelas(self.pasta);
        for passo in tabelas.ler("passos")? {
            if passo.texto("situacao")? != "feito" {
                let chave = passo.texto("chave")?;
                return Err(self.filho.falha(&format!("não fez o passo {chave}")));
            }
        }
        Ok(tabelas)
    }
}

/// As tabelas de uma medição; somem com ela.
pub struct Tabelas(TempDir);

impl Tabelas {
    /// A pasta em que estão.
    #[must_use]
    pub fn pasta(&self) -> PathBuf {
        self.0.path().join("tabelas")
    }

    /// As linhas da tabela `nome`.
    ///
    /// # Errors
    /// Quando ela não existe ou não se deixa ler.
    pub fn ler(&self, nome: &str) -> Result<Vec<Linha>, Falha> {
        let arquivo = self.pasta().join(format!("{nome}.csv"));
        linhas(&arquivo).map_err(|erro| {
            let arquivo = arquivo.display();
            Falha::nova(format!("não foi possível ler {arquivo}: {erro}"))
        })
    }
}

fn linhas(arquivo: &Path) -> Result<Vec<Linha>, csv::Error> {
    let mut leitor = csv::Reader::from_path(arquivo)?;
    leitor.deserialize().map(|linha| linha.map(Linha)).collect()
}

/// Uma linha de uma tabela.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linha(BTreeMap<String, String>);

impl Linha {
    /// O que está em `coluna`, como foi escrito.
    ///
    /// # Errors
    /// Quando a tabela não tem essa coluna.
    pub fn texto(&self, coluna: &str) -> Result<&str, Falha> {
        let campo = self.0.get(coluna).map(String::as_str);
        campo.ok_or_else(|| Falha::nova(format!("não há a coluna {coluna} em {:?}", self.0)))
    }

    /// O número que está em `coluna`.
    ///
    /// # Errors
    /// Quando a tabela não tem essa coluna, ou o que está nela não é um número.
    pub fn numero(&self, coluna: &str) -> Result<f64, Falha> {
        let texto = self.texto(coluna)?;
        let numero = texto.parse();
        numero.map_err(|_| Falha::nova(format!("{coluna} é {texto:?} em {:?}", self.0)))
    }
}
