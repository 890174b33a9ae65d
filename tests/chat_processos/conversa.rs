//! A saída padrão de um chat, em um arquivo: a conversa, e mais nada.

use std::fs;
use std::process::Stdio;

use cena::Teclado;
use provas::{Falha, Filho};
use tempfile::NamedTempFile;

use provas::chat::{Chat, PRAZO, sem_comeco};

/// O arquivo.
pub struct Conversa(NamedTempFile);

impl Conversa {
    pub fn nova() -> Result<Self, Falha> {
        let arquivo = NamedTempFile::new().map_err(|erro| falhou(&erro))?;
        Ok(Self(arquivo))
    }

    /// Abre o chat com a saída padrão aqui; o que ele mostra é só a saída de erro.
    pub fn abrir(&self, chat: &Chat) -> Result<Filho, Falha> {
        let saida = self.0.reopen().map_err(|erro| falhou(&erro))?;
        separado(chat, saida)
    }

    /// Confere que o que há aqui é o que `quem` disse, com o começo de cada linha e
    /// nada mais. `dito` tem as quebras como vieram.
    pub fn conferir(&self, quem: &str, dito: &str) -> Result<(), Falha> {
        let mostrado = fs::read_to_string(self.0.path()).map_err(|erro| falhou(&erro))?;
        let mut textos = String::new();
        for linha in mostrado.split_inclusive('\n') {
            let Some(texto) = sem_comeco(linha, quem) else {
                let linha = sockets::visivel(linha.as_bytes());
                return Err(Falha::nova(format!("isto {quem} não disse: {linha}")));
            };
            textos.push_str(texto);
        }
        if textos == dito {
            return Ok(());
        }
        let iguais = textos.chars().zip(dito.chars()).take_while(|(a, b)| a == b);
        let iguais = iguais.count();
        let depois = |texto: &str| texto.chars().skip(iguais).take(80).collect::<String>();
        Err(Falha::nova(format!(
            "chegaram {} bytes em vez de {}; depois de {iguais} caracteres iguais, veio {:?} e não {:?}",
            textos.len(),
            dito.len(),
            depois(&textos),
            depois(dito)
        )))
    }
}

/// Abre o chat com a saída padrão em `saida`; o que ele mostra é só a saída de erro.
pub fn separado(chat: &Chat, saida: impl Into<Stdio>) -> Result<Filho, Falha> {
    let filho = Filho::separado(chat.nome, chat.comando()?, Teclado::Cano, saida)?;
    Ok(filho.com_prazo(PRAZO))
}

fn falhou(erro: &std::io::Error) -> Falha {
    Falha::nova(format!("não há onde guardar a saída: {erro}"))
}
