//! O que se vê enquanto se mede: com terminal, sem terminal e sem ninguém que leia.

use libtest_mimic::Trial;

/// Só onde há terminais de mentira e espaços de rede.
#[cfg(not(target_os = "linux"))]
pub fn provas() -> Vec<Trial> {
    Vec::new()
}

#[cfg(target_os = "linux")]
pub fn provas() -> Vec<Trial> {
    linux::provas()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::process::Command;

    use cena::Teclado;
    use libtest_mimic::Trial;
    use provas::chat::acabou;
    use provas::{Falha, Filho, Janela, medir};

    use crate::apoio::{
        PRAZO, SESSENTA_PASSOS, em, exigir, passos_feitos, pasta, prova_que_mede, rodar,
    };

    pub fn provas() -> Vec<Trial> {
        vec![
            prova_que_mede("saida::sem_terminal", sem_terminal),
            prova_que_mede("saida::com_terminal", com_terminal),
            prova_que_mede("saida::fechada", fechada),
        ]
    }

    const PEDIDO: [&str; 5] = ["perda", "--perda", "1,5", "--quantos", "100"];

    /// Uma linha por experimento, e o resumo: nada que um terminal obedeça.
    fn sem_terminal() -> Result<(), Falha> {
        let raiz = pasta()?;
        let onde = raiz.path().join("r");
        let mut medir = rodar(&em(&onde, &PEDIDO))?;
        // Também confere que nada ali comanda um terminal.
        acabou(&mut medir, 0)?;
        let tudo = medir.tudo();
        exigir(&medir, !tudo.contains('\r'), "voltou ao começo da linha")?;
        let do_experimento = tudo
            .lines()
            .filter(|l| l.starts_with("perda: 2 passos em "));
        exigir(&medir, do_experimento.count() == 1, "não diz que acabou")?;
        let fim = format!("Tabelas em {}\n", onde.display());
        exigir(&medir, tudo.ends_with(&fim), "não diz onde guardou")
    }

    /// A barra diz o que roda, quanto passou e quanto falta, e some no fim.
    fn com_terminal() -> Result<(), Falha> {
        let raiz = pasta()?;
        let onde = raiz.path().join("r");
        let mut comando = Command::new(medir::programa()?);
        comando.args(em(&onde, &SESSENTA_PASSOS));
        let mut janela = Janela::abrir("medir", &comando, 24, 80)?.com_prazo(PRAZO);
        janela.esperar("a barra", |quadro| {
            let linha = |trecho: &str| quadro.linhas.iter().any(|l| l.contains(trecho));
            linha("pergunta-resposta ") && linha("passou ") && linha("falta ")
        })?;
        assert_eq!(janela.esperar_fim()?, 0);
        janela.conferir_como_antes()?;
        janela.esperar_trecho("Tabelas em ")?;
        let quadro = janela.quadro();
        let barra = quadro.mostra("passou ") || quadro.mostra("===");
        if barra {
            return Err(janela.falha("a barra ficou na tela"));
        }
        Ok(())
    }

    /// Quem lia foi embora (`… | head -1`): mede-se até o fim, e acaba-se em silêncio.
    fn fechada() -> Result<(), Falha> {
        let raiz = pasta()?;
        let onde = raiz.path().join("r");
        let (leitura, escrita) = io::pipe().map_err(|e| Falha::nova(e.to_string()))?;
        drop(leitura);
        let mut comando = Command::new(medir::programa()?);
        comando.args(em(&onde, &PEDIDO));
        let medir = Filho::separado("medir", comando, Teclado::Cano, escrita)?;
        let mut medir = medir.com_prazo(PRAZO);
        acabou(&mut medir, 1)?;
        let erros = medir.tudo();
        let calado = !erros.contains("erro") && !erros.contains("panic");
        exigir(&medir, calado, "não acabou em silêncio")?;
        exigir(&medir, passos_feitos(&onde) == 2, "não guardou o que mediu")
    }
}
