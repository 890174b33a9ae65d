//! A transcrição da conversa em um arquivo, uma linha por acontecimento.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Result, anyhow};

use crate::visivel_em;

/// Quanto se junta, em bytes, antes de escrever sem esperar pelo fim da volta.
const BLOCO: usize = 64 * 1024;

/// O arquivo da transcrição, a que só se acrescenta. Cada linha começa pela data e
/// pela hora, e nada do que o outro mandou comanda o terminal de quem a ler.
#[derive(Debug)]
pub struct Registro<S: Write = File> {
    saida: S,
    linhas: String,
    /// Se o arquivo já falhou: não se escreve mais nada nele.
    falhou: Option<io::Error>,
    avisado: bool,
}

impl Registro {
    /// Abre o arquivo, ou o cria.
    ///
    /// # Errors
    /// Quando o sistema não deixa; o erro diz o que fazer.
    pub fn abrir(caminho: &Path) -> Result<Self> {
        let arquivo =
            OpenOptions::new().append(true).create(true).open(caminho);
        arquivo.map(Self::novo).map_err(|erro| {
            anyhow!(
                "não foi possível abrir o registro {}: {erro}. Dê em --registro um \
                 arquivo de uma pasta que existe e em que você pode escrever",
                crate::visivel(caminho.to_string_lossy().as_bytes())
            )
        })
    }
}

impl<S: Write> Registro<S> {
    fn novo(saida: S) -> Self {
        Self {
            saida,
            linhas: String::new(),
            falhou: None,
            avisado: false,
        }
    }

    /// Alguém disse `texto`. Se ele continua uma linha grande demais para um item,
    /// começa com `…`.
    pub fn dito(
        &mut self,
        (data, hora): (&str, &str),
        quem: &str,
        texto: &str,
        e_resto: bool,
    ) {
        let resto = if e_resto { "…" } else { "" };
        self.linha(&[data, " ", hora, " ", quem, ": ", resto, texto]);
    }

    /// Algo que não é da conversa; cada linha de `texto` vira uma.
    pub fn aviso(&mut self, (data, hora): (&str, &str), texto: &str) {
        for linha in texto.lines() {
            self.linha(&[data, " ", hora, " * ", linha]);
        }
    }

    fn linha(&mut self, partes: &[&str]) {
        if self.falhou.is_some() {
            return;
        }
        for parte in partes {
            visivel_em(&mut self.linhas, parte);
        }
        self.linhas.push('\n');
        if self.linhas.len() >= BLOCO {
            self.escrever();
        }
    }

    fn escrever(&mut self) {
        let escrito = self.saida.write_all(self.linhas.as_bytes());
        self.falhou = escrito.err();
        self.linhas.clear();
    }

    /// Leva ao arquivo o que se acrescentou desde a última vez. Se ele falhou,
    /// devolve o aviso a dar, uma vez só: a conversa segue sem ele.
    pub fn descarregar(&mut self) -> Option<String> {
        if !self.linhas.is_empty() && self.falhou.is_none() {
            self.escrever();
        }
        let erro = self.falhou.as_ref()?;
        if std::mem::replace(&mut self.avisado, true) {
            return None;
        }
        Some(format!(
            "não foi possível escrever no registro: {erro}. A conversa segue, mas \
             já não é registrada"
        ))
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const QUANDO: (&str, &str) = ("2026-11-22", "14:03:11");

    #[test]
    fn cada_acontecimento_e_uma_linha() {
        let mut registro = Registro::novo(Vec::new());
        registro.dito(QUANDO, "Bia", "oi", false);
        registro.dito(QUANDO, "Bia", "mais", true);
        registro.aviso(QUANDO, "Bia saiu");
        registro.aviso(QUANDO, "um\ndois");
        assert_eq!(registro.descarregar(), None);
        assert_eq!(
            String::from_utf8(registro.saida).unwrap(),
            "2026-11-22 14:03:11 Bia: oi\n\
             2026-11-22 14:03:11 Bia: …mais\n\
             2026-11-22 14:03:11 * Bia saiu\n\
             2026-11-22 14:03:11 * um\n\
             2026-11-22 14:03:11 * dois\n"
        );
    }

    #[test]
    fn o_que_o_outro_mandou_fica_visivel() {
        let mut registro = Registro::novo(Vec::new());
        registro.dito(QUANDO, "B\u{7}", "\u{1b}[2J\r", false);
        registro.descarregar();
        assert_eq!(
            String::from_utf8(registro.saida).unwrap(),
            "2026-11-22 14:03:11 B\\u{7}: \\u{1b}[2J\\r\n"
        );
    }

    #[test]
    fn so_se_acrescenta() {
        let arquivo = arquivo_do_teste("acrescenta");
        for texto in ["um", "dois"] {
            let mut registro = Registro::abrir(&arquivo.0).unwrap();
            registro.dito(QUANDO, "Ana", texto, false);
            assert_eq!(registro.descarregar(), None);
        }
        let tudo = std::fs::read_to_string(&arquivo.0).unwrap();
        assert_eq!(tudo.lines().count(), 2, "{tudo}");
    }

    #[test]
    fn um_registro_que_nao_abre_diz_o_que_fazer() {
        let pasta = std::env::temp_dir();
        let erro = Registro::abrir(&pasta).unwrap_err().to_string();
        assert!(erro.contains("Dê em --registro"), "{erro}");
    }

    #[test]
    fn o_disco_cheio_e_dito_uma_vez_e_a_conversa_segue() {
        let sem_lugar: &mut [u8] = &mut [0; 10];
        let mut registro = Registro::novo(sem_lugar);
        registro.dito(QUANDO, "Ana", "um", false);
        let aviso = registro.descarregar().unwrap();
        assert!(aviso.contains("A conversa segue"), "{aviso}");
        for _ in 0..3 {
            registro.dito(QUANDO, "Ana", "dois", false);
            assert_eq!(registro.descarregar(), None);
        }
        assert!(registro.linhas.is_empty());
    }

    #[test]
    fn a_memoria_nao_espera_pelo_fim_da_volta() {
        let mut registro = Registro::novo(io::sink());
        for _ in 0..10_000 {
            registro.dito(QUANDO, "Ana", &"a".repeat(100), false);
        }
        assert!(registro.linhas.capacity() < 4 * BLOCO);
    }

    /// Um caminho que não existe, apagado no fim.
    struct Arquivo(std::path::PathBuf);

    impl Drop for Arquivo {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    fn arquivo_do_teste(nome: &str) -> Arquivo {
        let nome = format!("registro-{nome}-{}.txt", std::process::id());
        Arquivo(std::env::temp_dir().join(nome))
    }
}
