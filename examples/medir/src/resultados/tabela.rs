//! Uma tabela em um arquivo CSV (RFC 4180): um cabeçalho e uma linha por vez.
//!
//! Cada linha é um só `write`, e ocupa uma só linha do arquivo: se o programa morre no
//! meio, o que não acaba em `\n` é o que não se acabou de escrever.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use csv::{ReaderBuilder, StringRecord, WriterBuilder};

use super::disco::{self, visivel};

/// Uma tabela aberta para se escrever no fim dela.
pub struct Tabela {
    arquivo: File,
    caminho: PathBuf,
    colunas: Vec<String>,
}

/// O que há no arquivo de uma tabela.
pub struct Guardado {
    /// Os nomes das colunas.
    pub colunas: Vec<String>,
    /// As linhas inteiras, sem o cabeçalho, cada uma com tantos campos quantas são as
    /// colunas.
    pub linhas: Vec<StringRecord>,
    /// Em que byte do arquivo acaba cada linha; o primeiro é o do cabeçalho.
    fins: Vec<u64>,
}

impl Tabela {
    /// Cria o arquivo `caminho`, que não pode existir, com estas colunas.
    ///
    /// # Errors
    /// O que o disco não deixou fazer.
    pub fn criar<T: AsRef<str>>(caminho: &Path, colunas: &[T]) -> Result<Self> {
        let arquivo = File::options()
            .append(true)
            .create_new(true)
            .open(caminho)
            .map_err(|e| disco::erro("criar", caminho, &e))?;
        let mut tabela = Self {
            arquivo,
            caminho: caminho.to_path_buf(),
            colunas: colunas.iter().map(|c| c.as_ref().to_string()).collect(),
        };
        tabela.escrever(&tabela.colunas.clone())?;
        Ok(tabela)
    }

    /// Abre a tabela de `caminho` com as primeiras `linhas` linhas dela; o que vem
    /// depois é apagado.
    ///
    /// # Errors
    /// O que o disco não deixou fazer, ou se não há tantas linhas.
    pub fn retomar(caminho: &Path, linhas: usize) -> Result<Self> {
        let guardado = Guardado::ler(caminho)?;
        let Some(fim) = guardado.fins.get(linhas) else {
            bail!(
                "{} devia ter {linhas} linhas, e tem {}",
                visivel(caminho),
                guardado.linhas.len()
            );
        };
        let abrir = || {
            let arquivo = File::options().append(true).open(caminho)?;
            if arquivo.metadata()?.len() != *fim {
                arquivo.set_len(*fim)?;
            }
            Ok(arquivo)
        };
        let arquivo = abrir()
            .map_err(|e| disco::erro("continuar a escrever em", caminho, &e))?;
        Ok(Self {
            arquivo,
            caminho: caminho.to_path_buf(),
            colunas: guardado.colunas,
        })
    }

    /// Os nomes das colunas.
    #[must_use]
    pub fn colunas(&self) -> &[String] {
        &self.colunas
    }

    /// Acrescenta uma linha.
    ///
    /// # Errors
    /// O que o disco não deixou fazer, ou um número de campos que não é o de colunas.
    pub fn escrever(&mut self, campos: &[String]) -> Result<()> {
        if campos.len() != self.colunas.len() {
            bail!(
                "uma linha de {} campos não cabe nas {} colunas de {}",
                campos.len(),
                self.colunas.len(),
                visivel(&self.caminho)
            );
        }
        self.arquivo
            .write_all(&linha(campos)?)
            .and_then(|()| self.arquivo.flush())
            .map_err(|e| disco::erro("escrever em", &self.caminho, &e))
    }
}

/// Uma linha de CSV, em uma só linha de texto. As células não trazem quebras de linha:
/// o que as traria já passou por [`sockets::visivel`].
fn linha(campos: &[String]) -> Result<Vec<u8>> {
    let campos = campos
        .iter()
        .map(|campo| sockets::visivel(campo.as_bytes()));
    let mut escritor = WriterBuilder::new().from_writer(Vec::new());
    escritor.write_record(campos)?;
    Ok(escritor.into_inner()?)
}

impl Guardado {
    /// Lê o arquivo `caminho`. Uma última linha sem `\n` não conta.
    ///
    /// # Errors
    /// O que o disco não deixou ler, ou uma linha inteira que não é desta tabela.
    pub fn ler(caminho: &Path) -> Result<Self> {
        let bytes =
            fs::read(caminho).map_err(|e| disco::erro("ler", caminho, &e))?;
        let inteiros = bytes.iter().rposition(|b| *b == b'\n');
        let inteiros = &bytes[..inteiros.map_or(0, |fim| fim + 1)];
        let mut leitor = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(inteiros);
        let mut linhas = Vec::new();
        let mut fins = Vec::new();
        let mut uma = StringRecord::new();
        let estranha = |qual: usize| {
            anyhow::anyhow!(
                "a linha {qual} de {} não é de uma tabela deste programa: \
                 ponha o arquivo como estava, ou dê outra pasta em --resultados",
                visivel(caminho)
            )
        };
        while leitor
            .read_record(&mut uma)
            .map_err(|_| estranha(linhas.len() + 1))?
        {
            let primeira = linhas.first().map_or(uma.len(), StringRecord::len);
            if uma.len() != primeira {
                return Err(estranha(linhas.len() + 1));
            }
            linhas.push(uma.clone());
            fins.push(leitor.position().byte());
        }
        let colunas = if linhas.is_empty() {
            Vec::new()
        } else {
            linhas.remove(0).iter().map(str::to_string).collect()
        };
        Ok(Self {
            colunas,
            linhas,
            fins,
        })
    }

    /// O mesmo, ou `None` se o arquivo não existe ou nem o cabeçalho está inteiro.
    ///
    /// # Errors
    /// Os de [`ler`](Self::ler).
    pub fn ler_se_ha(caminho: &Path) -> Result<Option<Self>> {
        match fs::metadata(caminho) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            _ => Ok(Some(Self::ler(caminho)?).filter(|g| !g.fins.is_empty())),
        }
    }

    /// O número da coluna `nome`.
    #[must_use]
    pub fn coluna(&self, nome: &str) -> Option<usize> {
        self.colunas.iter().position(|coluna| coluna == nome)
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn textos(campos: &[&str]) -> Vec<String> {
        campos.iter().map(ToString::to_string).collect()
    }

    fn tres_linhas(pasta: &Path) -> PathBuf {
        let caminho = pasta.join("t.csv");
        let mut tabela = Tabela::criar(&caminho, &["a", "b"]).unwrap();
        for campos in [["1", "x,y"], ["2", "aspas \" e\nquebra"], ["3", ""]] {
            tabela.escrever(&textos(&campos)).unwrap();
        }
        caminho
    }

    #[test]
    fn o_que_se_escreve_e_o_que_se_le_e_cada_linha_e_uma_linha() {
        let pasta = tempfile::tempdir().unwrap();
        let caminho = tres_linhas(pasta.path());
        let texto = fs::read_to_string(&caminho).unwrap();
        assert_eq!(texto.lines().count(), 4, "{texto}");
        let guardado = Guardado::ler(&caminho).unwrap();
        assert_eq!(guardado.colunas, ["a", "b"]);
        assert_eq!(guardado.linhas[0], vec!["1", "x,y"]);
        assert_eq!(guardado.linhas[1], vec!["2", r#"aspas " e\nquebra"#]);
        assert_eq!(guardado.linhas[2], vec!["3", ""]);
        assert_eq!(guardado.coluna("b"), Some(1));
    }

    /// Um corte em qualquer byte deixa só linhas inteiras, e dá para continuar delas.
    #[test]
    fn de_um_corte_em_qualquer_byte_ficam_as_linhas_inteiras() {
        let pasta = tempfile::tempdir().unwrap();
        let caminho = tres_linhas(pasta.path());
        let tudo = fs::read(&caminho).unwrap();
        for corte in 0..=tudo.len() {
            fs::write(&caminho, &tudo[..corte]).unwrap();
            let inteiras = tudo[..corte].split(|b| *b == b'\n').count() - 1;
            let guardado = Guardado::ler_se_ha(&caminho).unwrap();
            assert_eq!(guardado.is_some(), inteiras > 0, "corte em {corte}");
            let Some(guardado) = guardado else { continue };
            assert_eq!(guardado.linhas.len(), inteiras - 1, "corte em {corte}");
            for linhas in 0..inteiras {
                fs::write(&caminho, &tudo[..corte]).unwrap();
                let mut tabela = Tabela::retomar(&caminho, linhas).unwrap();
                tabela.escrever(&textos(&["9", "z"])).unwrap();
                let guardado = Guardado::ler(&caminho).unwrap();
                assert_eq!(guardado.linhas.len(), linhas + 1);
                assert_eq!(guardado.linhas[linhas], vec!["9", "z"]);
            }
            fs::write(&caminho, &tudo[..corte]).unwrap();
            assert!(Tabela::retomar(&caminho, inteiras).is_err());
        }
    }

    #[test]
    fn uma_linha_de_outra_tabela_e_recusada_pelo_numero() {
        let pasta = tempfile::tempdir().unwrap();
        let caminho = tres_linhas(pasta.path());
        let mut texto = fs::read_to_string(&caminho).unwrap();
        texto.push_str("4,x,y\n");
        fs::write(&caminho, &texto).unwrap();
        let erro = Guardado::ler(&caminho).err().unwrap().to_string();
        assert!(erro.contains("a linha 5 de"), "{erro}");
        fs::write(&caminho, b"a,b\n\xff\xfe,1\n").unwrap();
        let erro = Guardado::ler(&caminho).err().unwrap().to_string();
        assert!(erro.contains("a linha 2 de"), "{erro}");
    }

    #[test]
    fn uma_tabela_nunca_e_escrita_por_cima_nem_com_outras_colunas() {
        let pasta = tempfile::tempdir().unwrap();
        let caminho = tres_linhas(pasta.path());
        assert!(Tabela::criar(&caminho, &["a", "b"]).is_err());
        let mut tabela = Tabela::retomar(&caminho, 3).unwrap();
        assert!(tabela.escrever(&textos(&["só um"])).is_err());
    }
}
