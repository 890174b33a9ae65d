//! O que a pessoa faz com o teclado: digita, volta ao que já digitou, cola.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::colagem::Colagem;
use super::editor::{Editor, MAIOR_LINHA};
use super::historico::Historico;
use crate::chat::terminal::Digitado;

/// O campo em que se digita.
#[derive(Debug, Default)]
pub(super) struct Campo {
    pub(super) editor: Editor,
    historico: Historico,
    /// As linhas coladas que esperam um sim ou um não.
    pergunta: Option<Vec<String>>,
}

impl Campo {
    /// As linhas coladas que esperam um sim ou um não, se houver, e a linha que se
    /// digita.
    pub(super) fn partes(&mut self) -> (Option<&[String]>, &mut Editor) {
        (self.pergunta.as_deref(), &mut self.editor)
    }

    /// Uma tecla; devolve o que ela pediu.
    pub(super) fn apertar(&mut self, tecla: KeyEvent) -> Vec<Digitado> {
        if self.pergunta.is_some() {
            return self.responder(tecla);
        }
        let controle = tecla.modifiers.contains(KeyModifiers::CONTROL);
        match tecla.code {
            KeyCode::Enter => return self.mandar(),
            KeyCode::Left if controle => self.editor.recuar_palavra(),
            KeyCode::Right if controle => self.editor.avancar_palavra(),
            KeyCode::Left => self.editor.recuar(),
            KeyCode::Right => self.editor.avancar(),
            KeyCode::Home => self.editor.ir_ao_comeco(),
            KeyCode::End => self.editor.ir_ao_fim(),
            KeyCode::Backspace => self.editor.apagar_antes(),
            KeyCode::Delete => self.editor.apagar_depois(),
            KeyCode::Up => {
                if let Some(linha) =
                    self.historico.anterior(self.editor.texto())
                {
                    self.editor.trocar(linha.to_string());
                }
            }
            KeyCode::Down => {
                if let Some(linha) = self.historico.seguinte() {
                    self.editor.trocar(linha.to_string());
                }
            }
            KeyCode::Char(letra) if escreve(letra, tecla.modifiers) => {
                self.editor.inserir(letra.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Char(letra) if controle => return self.comandar(letra),
            _ => {}
        }
        Vec::new()
    }

    /// Um texto colado de uma vez.
    pub(super) fn colar(&mut self, texto: &str) {
        let livres = MAIOR_LINHA - self.editor.texto().len();
        match Colagem::de(texto, |linha| linha.len() <= livres) {
            Colagem::Nada => {}
            Colagem::NoCampo(linha) => {
                self.editor.inserir(&linha);
            }
            Colagem::Perguntar(linhas) => self.pergunta = Some(linhas),
        }
    }

    /// Uma letra com Ctrl.
    fn comandar(&mut self, letra: char) -> Vec<Digitado> {
        match letra.to_ascii_lowercase() {
            'a' => self.editor.ir_ao_comeco(),
            'e' => self.editor.ir_ao_fim(),
            'u' => self.editor.apagar_o_comeco(),
            'k' => self.editor.apagar_o_fim(),
            'w' => self.editor.apagar_palavra(),
            // Alguns terminais mandam Ctrl-H por Backspace e Ctrl-J por Enter.
            'h' => self.editor.apagar_antes(),
            'j' => return self.mandar(),
            'c' => return vec![Digitado::Interrupcao],
            'd' if self.editor.texto().is_empty() => {
                return vec![Digitado::Fim];
            }
            'd' => self.editor.apagar_depois(),
            _ => {}
        }
        Vec::new()
    }

    /// Uma linha sem nada que se veja não é mandada.
    fn mandar(&mut self) -> Vec<Digitado> {
        let linha = self.editor.tirar();
        if linha.trim().is_empty() {
            return Vec::new();
        }
        self.historico.lembrar(&linha);
        vec![Digitado::Linha(linha)]
    }

    /// Uma tecla enquanto se pergunta se o que foi colado vai.
    fn responder(&mut self, tecla: KeyEvent) -> Vec<Digitado> {
        match tecla.code {
            KeyCode::Enter => {
                let linhas = self.pergunta.take().unwrap_or_default();
                return linhas.into_iter().map(Digitado::Linha).collect();
            }
            KeyCode::Esc => self.pergunta = None,
            KeyCode::Char('c' | 'd')
                if tecla.modifiers.contains(KeyModifiers::CONTROL) =>
            {
                self.pergunta = None;
            }
            _ => {}
        }
        Vec::new()
    }
}

/// Se uma letra apertada com estas teclas é para escrever. Ctrl e Alt juntos são o
/// `AltGr` do Windows, com que se digitam letras como `/` e `€`.
fn escreve(letra: char, com: KeyModifiers) -> bool {
    let altgr = com.contains(KeyModifiers::CONTROL | KeyModifiers::ALT);
    let nenhuma = !com.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    nenhuma || (altgr && !letra.is_ascii_alphabetic())
}

#[cfg(test)]
mod testes {
    use super::*;

    fn digitar(campo: &mut Campo, texto: &str) {
        for letra in texto.chars() {
            let tecla = KeyEvent::new(KeyCode::Char(letra), KeyModifiers::NONE);
            assert_eq!(campo.apertar(tecla), []);
        }
    }

    fn tecla(campo: &mut Campo, codigo: KeyCode) -> Vec<Digitado> {
        campo.apertar(codigo.into())
    }

    fn com_ctrl(campo: &mut Campo, letra: char) -> Vec<Digitado> {
        campo
            .apertar(KeyEvent::new(KeyCode::Char(letra), KeyModifiers::CONTROL))
    }

    fn linha(texto: &str) -> Vec<Digitado> {
        vec![Digitado::Linha(texto.into())]
    }

    #[test]
    fn enter_manda_e_a_linha_vazia_nao_vai() {
        let mut campo = Campo::default();
        assert_eq!(tecla(&mut campo, KeyCode::Enter), []);
        digitar(&mut campo, "  ");
        assert_eq!(tecla(&mut campo, KeyCode::Enter), []);
        digitar(&mut campo, "olá, ção");
        assert_eq!(tecla(&mut campo, KeyCode::Enter), linha("olá, ção"));
        assert_eq!(campo.editor.texto(), "");
    }

    #[test]
    fn ctrl_d_so_acaba_na_linha_vazia_e_ctrl_c_em_qualquer_uma() {
        let mut campo = Campo::default();
        assert_eq!(com_ctrl(&mut campo, 'd'), [Digitado::Fim]);
        digitar(&mut campo, "ab");
        com_ctrl(&mut campo, 'a');
        assert_eq!(com_ctrl(&mut campo, 'd'), []);
        assert_eq!(campo.editor.texto(), "b");
        assert_eq!(com_ctrl(&mut campo, 'c'), [Digitado::Interrupcao]);
    }

    #[test]
    fn as_setas_para_cima_e_para_baixo_andam_no_historico() {
        let mut campo = Campo::default();
        for texto in ["um", "dois"] {
            digitar(&mut campo, texto);
            tecla(&mut campo, KeyCode::Enter);
        }
        digitar(&mut campo, "r");
        for (seta, texto) in [
            (KeyCode::Up, "dois"),
            (KeyCode::Up, "um"),
            (KeyCode::Up, "um"),
            (KeyCode::Down, "dois"),
            (KeyCode::Down, "r"),
        ] {
            tecla(&mut campo, seta);
            assert_eq!(campo.editor.texto(), texto);
        }
    }

    #[test]
    fn colar_varias_linhas_pergunta_e_nao_mexe_no_que_se_digitava() {
        let mut campo = Campo::default();
        digitar(&mut campo, "meio");
        campo.colar("um\ndois\n");
        assert_eq!(tecla(&mut campo, KeyCode::Char('x')), []);
        assert_eq!(campo.partes().0.map(<[String]>::len), Some(2));
        assert_eq!(
            tecla(&mut campo, KeyCode::Enter),
            [linha("um"), linha("dois")].concat()
        );
        assert_eq!(campo.editor.texto(), "meio");
        campo.colar("três\nquatro");
        assert_eq!(tecla(&mut campo, KeyCode::Esc), []);
        assert_eq!(tecla(&mut campo, KeyCode::Enter), linha("meio"));
    }

    #[test]
    fn colar_uma_linha_e_como_digitar() {
        let mut campo = Campo::default();
        digitar(&mut campo, "[]");
        tecla(&mut campo, KeyCode::Left);
        campo.colar("com/barra e ç\n");
        assert_eq!(tecla(&mut campo, KeyCode::Enter), linha("[com/barra e ç]"));
        campo.colar(&"z".repeat(MAIOR_LINHA + 1));
        assert_eq!(campo.partes().0.map(<[String]>::len), Some(1));
    }

    #[test]
    fn altgr_escreve_e_alt_nao() {
        let mut campo = Campo::default();
        let altgr = KeyModifiers::CONTROL | KeyModifiers::ALT;
        campo.apertar(KeyEvent::new(KeyCode::Char('€'), altgr));
        campo.apertar(KeyEvent::new(KeyCode::Char('x'), KeyModifiers::ALT));
        campo.apertar(KeyEvent::new(KeyCode::Char('A'), KeyModifiers::SHIFT));
        assert_eq!(campo.editor.texto(), "€A");
    }

    #[test]
    fn ctrl_j_e_ctrl_h_valem_por_enter_e_backspace() {
        let mut campo = Campo::default();
        digitar(&mut campo, "ab");
        com_ctrl(&mut campo, 'h');
        assert_eq!(com_ctrl(&mut campo, 'j'), linha("a"));
    }
}
