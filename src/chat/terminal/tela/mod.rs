//! A tela: a conversa rola em cima, e embaixo fica sempre inteira a linha que se
//! digita.
//!
//! ```text
//! [14:03:09] * conectado com Bia, em 127.0.0.1:50001
//! [14:03:11] Bia: oi
//! [14:03:15] Ana: olá ✓
//! [14:03:20] Ana: está aí?          ← ainda não confirmada
//! > o que estou digitan_
//!  Bia · 127.0.0.1:50001 · TCP · ida e volta 0,43 ms · 1 à espera
//! ```
//!
//! A conversa não é da tela: é escrita no terminal, como a de qualquer programa, e
//! continua lá, com a rolagem dele, depois que o chat acaba. Só o rodapé é
//! redesenhado (a *inline viewport* do ratatui).
//!
//! | módulo | ideia |
//! | --- | --- |
//! | `campo` | o que cada tecla faz |
//! | `editor` | a linha que se digita |
//! | `historico` | as que já foram digitadas |
//! | `colagem` | o que se cola de uma vez |
//! | `linha` | uma linha da conversa, e onde ela quebra |
//! | `falas` | as que ainda vão aparecer e as últimas que apareceram |
//! | `situacao` | a linha de situação |
//! | `rodape` | o desenho do que fica embaixo |
//! | `fundo` | o que o ratatui desenha, até ser escrito |
//! | `modo` | o terminal no modo da tela, e de volta ao que era |
//! | `vigia` | a thread que espera as teclas |
//!
//! | tecla | faz |
//! | --- | --- |
//! | setas, Home, End, Ctrl-A, Ctrl-E, Ctrl-← e Ctrl-→ | andam na linha |
//! | Backspace, Delete, Ctrl-U, Ctrl-K, Ctrl-W | apagam uma letra, até o começo, até o fim, uma palavra |
//! | ↑ e ↓ | trazem o que já foi digitado |
//! | Enter | manda |
//! | Ctrl-D na linha vazia | acaba com a entrada |
//! | Ctrl-C | vai embora |
//! | Ctrl-L | redesenha |
//! | colar | uma linha entra no campo; várias pedem um Enter (Esc desiste) e vão uma a uma |

mod campo;
mod colagem;
mod editor;
mod falas;
mod fundo;
mod historico;
mod linha;
mod modo;
mod rodape;
mod situacao;
mod vigia;

pub use modo::restaurar;
pub use vigia::vigiar;

use std::collections::VecDeque;
use std::env;
use std::io::{self, IsTerminal, Stdout, Write, stdin, stdout};
use std::mem;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Size;
use ratatui::{TerminalOptions, Viewport};

use self::campo::Campo;
use self::falas::Falas;
use self::fundo::Fundo;
use self::linha::{Linha, Quem};
use self::rodape::Pendente;
use self::situacao::Resumo;
use super::{Digitado, Situacao, Terminal};

/// Quando há mais bytes do que isto à espera do terminal, são escritos, com um rodapé
/// inteiro, antes que todas as linhas novas estejam desenhadas.
const MUITOS_BYTES: usize = 64 * 1024;

/// O tamanho de um terminal que não diz o seu.
const TAMANHO_DE_COSTUME: Size = Size::new(80, 24);

/// Se dá para ter uma tela: a entrada e a saída são um terminal, e um que obedece a
/// comandos (`TERM=dumb` diz que não).
#[must_use]
pub fn serve() -> bool {
    let burro = env::var_os("TERM").is_some_and(|tipo| tipo == "dumb");
    stdin().is_terminal() && stdout().is_terminal() && !burro
}

/// A conversa em um terminal, com a linha que se digita embaixo.
#[derive(Debug)]
pub struct Tela<S: Write = Stdout> {
    saida: S,
    terminal: ratatui::Terminal<Fundo>,
    /// Se as nossas linhas só entram na conversa quando o outro as confirma.
    confirma: bool,
    falas: Falas,
    /// As nossas linhas que o outro ainda não confirmou.
    pendentes: VecDeque<Pendente>,
    campo: Campo,
    resumo: Resumo,
    /// Se algo no rodapé mudou.
    mudou: bool,
    /// Se é preciso desenhar tudo de novo, e em que tamanho.
    repintar: Option<Size>,
}

impl Tela {
    /// Põe o terminal no modo da tela e desenha o rodapé, na linha em que está o
    /// cursor. Quando a tela se desfaz, o terminal volta ao que era. `confirma` diz
    /// se as linhas próprias só entram na conversa, com um ✓, quando o outro as
    /// confirma.
    ///
    /// # Errors
    /// Quando o terminal não aceita o modo da tela ou não se consegue escrever nele.
    pub fn nova(confirma: bool) -> io::Result<Self> {
        modo::ligar()?;
        let tamanho = tamanho_do_terminal();
        let linha = linha_do_cursor(tamanho);
        let mut tela = Self::montar(stdout(), tamanho, linha, confirma)
            .inspect_err(|_| restaurar())?;
        tela.descarregar()?;
        Ok(tela)
    }
}

impl<S: Write> Tela<S> {
    /// Uma tela que escreve em `saida`, em um terminal deste tamanho com o cursor
    /// nesta linha.
    fn montar(
        saida: S,
        tamanho: Size,
        linha: u16,
        confirma: bool,
    ) -> io::Result<Self> {
        let fundo = Fundo::novo(tamanho, linha);
        let altura = rodape::altura(0, tamanho.height);
        Ok(Self {
            saida,
            terminal: com_rodape(fundo, altura)?,
            confirma,
            falas: Falas::default(),
            pendentes: VecDeque::new(),
            campo: Campo::default(),
            resumo: Resumo::default(),
            mudou: true,
            repintar: None,
        })
    }

    /// Se o rodapé precisa de outra altura, troca-o por um que a tenha, no mesmo
    /// lugar.
    fn ajustar_o_rodape(&mut self) -> io::Result<()> {
        let tamanho = self.terminal.size()?;
        let altura = rodape::altura(self.pendentes.len(), tamanho.height);
        let area = self.terminal.get_frame().area();
        if altura == area.height {
            return Ok(());
        }
        self.terminal.clear()?;
        let fundo = self.terminal.backend_mut().no_mesmo_lugar(area.y);
        self.terminal = com_rodape(fundo, altura)?;
        Ok(())
    }

    /// Escreve linhas acima do rodapé, em levas que cabem na tela, menos os primeiros
    /// pedaços.
    fn inserir(&mut self, linhas: &[Linha], pulados: usize) -> io::Result<()> {
        let Size { width, height } = self.terminal.size()?;
        let largura = usize::from(width);
        let mut pedacos = linhas
            .iter()
            .flat_map(|linha| {
                linha.quebrar(largura).into_iter().map(move |p| (linha, p))
            })
            .skip(pulados)
            .peekable();
        while pedacos.peek().is_some() {
            let leva: Vec<_> =
                pedacos.by_ref().take(usize::from(height)).collect();
            let altura = u16::try_from(leva.len()).unwrap_or(height);
            self.terminal.insert_before(altura, |celulas| {
                for (y, (linha, pedaco)) in (0..).zip(leva) {
                    linha.desenhar(pedaco, y, celulas);
                }
            })?;
            if self.terminal.backend().por_escrever() > MUITOS_BYTES {
                self.mostrar()?;
            }
        }
        Ok(())
    }

    /// Apaga a tela e a desenha do começo, com as últimas linhas que couberem: quando
    /// o tamanho muda, cada terminal deixa o que já estava escrito em um lugar.
    fn repintar(&mut self, tamanho: Size) -> io::Result<()> {
        let mut fundo = Fundo::novo(tamanho, 0);
        fundo.limpar_a_tela();
        let altura = rodape::altura(self.pendentes.len(), tamanho.height);
        let sobram = usize::from(tamanho.height - altura);
        self.terminal = com_rodape(fundo, altura)?;
        let largura = usize::from(tamanho.width);
        let (linhas, pulados) = self.falas.que_cabem(largura, sobram);
        self.inserir(&linhas, pulados)
    }

    /// Desenha o rodapé e manda ao terminal, de uma vez, tudo que se desenhou.
    fn mostrar(&mut self) -> io::Result<()> {
        let mut linha = 0;
        let (pergunta, editor) = self.campo.partes();
        self.terminal.draw(|quadro| {
            linha = rodape::desenhar(
                quadro,
                &self.pendentes,
                editor,
                pergunta,
                &self.resumo,
            );
        })?;
        modo::digita_se_na_linha(linha);
        let bytes = self.terminal.backend_mut().tirar_desenho();
        self.saida.write_all(&bytes)?;
        self.saida.flush()
    }
}

impl<S: Write> Terminal for Tela<S> {
    fn recebido(
        &mut self,
        hora: &str,
        nome: &str,
        texto: &str,
        continua: bool,
    ) {
        self.falas.ouvir(hora, nome, texto, continua);
    }

    fn enviado(&mut self, numero: u64, hora: &str, nome: &str, texto: &str) {
        let mut linha = Linha::fala(hora, nome, Quem::Nos);
        linha.continuar(texto);
        if self.confirma {
            self.pendentes.push_back(Pendente { numero, linha });
            self.mudou = true;
        } else {
            self.falas.dizer(linha);
        }
    }

    fn entregue(&mut self, ate: u64) {
        while self.pendentes.front().is_some_and(|p| p.numero < ate) {
            if let Some(pendente) = self.pendentes.pop_front() {
                self.falas.dizer(pendente.linha.entregue());
            }
        }
    }

    fn nao_entregue(&mut self, numero: Option<u64>, hora: &str, texto: &str) {
        let qual = self.pendentes.iter().position(|p| Some(p.numero) == numero);
        match qual.and_then(|qual| self.pendentes.remove(qual)) {
            Some(pendente) => self.falas.dizer(pendente.linha.nao_entregue()),
            None => self.aviso(hora, &format!("não entregue: {texto}")),
        }
    }

    fn aviso(&mut self, hora: &str, texto: &str) {
        for linha in Linha::aviso(hora, texto) {
            self.falas.dizer(linha);
        }
    }

    fn situacao(&mut self, situacao: &Situacao<'_>) {
        let resumo = Resumo::de(situacao);
        self.mudou |= resumo != self.resumo;
        self.resumo = resumo;
    }

    fn descarregar(&mut self) -> io::Result<()> {
        let nada =
            !self.mudou && !self.falas.ha_novas() && self.repintar.is_none();
        if nada || modo::restaurado() {
            return Ok(());
        }
        self.mudou = false;
        match self.repintar.take() {
            Some(tamanho) => self.repintar(tamanho)?,
            None => self.ajustar_o_rodape()?,
        }
        let novas = self.falas.tirar_novas();
        self.inserir(&novas, 0)?;
        self.falas.lembrar(novas);
        self.mostrar()
    }

    fn tecla(&mut self, evento: Event) -> Vec<Digitado> {
        self.mudou = true;
        match evento {
            Event::Key(tecla) if e_redesenhar(tecla) => {
                self.repintar = Some(tamanho_do_terminal());
            }
            Event::Key(tecla) => return self.campo.apertar(tecla),
            Event::Paste(texto) => self.campo.colar(&texto),
            Event::Resize(largura, altura) => {
                self.repintar = Some(que_existe(Size::new(largura, altura)));
            }
            Event::FocusGained | Event::FocusLost | Event::Mouse(_) => {}
        }
        Vec::new()
    }
}

/// As linhas que ninguém confirmou ficam na conversa, sem a marca.
impl<S: Write> Drop for Tela<S> {
    fn drop(&mut self) {
        for pendente in mem::take(&mut self.pendentes) {
            self.falas.dizer(pendente.linha);
        }
        // A saída pode já não existir; o modo do terminal se restaura assim mesmo.
        let _ = self.descarregar();
        restaurar();
    }
}

/// Um rodapé de `altura` linhas a partir de onde está o cursor; a tela rola se ele
/// não couber.
fn com_rodape(
    fundo: Fundo,
    altura: u16,
) -> io::Result<ratatui::Terminal<Fundo>> {
    let viewport = Viewport::Inline(altura);
    ratatui::Terminal::with_options(fundo, TerminalOptions { viewport })
}

/// Ctrl-L, como em todo programa de terminal.
fn e_redesenhar(tecla: KeyEvent) -> bool {
    tecla.code == KeyCode::Char('l') && tecla.modifiers == KeyModifiers::CONTROL
}

fn tamanho_do_terminal() -> Size {
    let tamanho = crossterm::terminal::size().map(Size::from);
    que_existe(tamanho.unwrap_or(TAMANHO_DE_COSTUME))
}

/// Alguns terminais de mentira dizem que têm tamanho zero.
fn que_existe(tamanho: Size) -> Size {
    if tamanho.width == 0 || tamanho.height == 0 {
        TAMANHO_DE_COSTUME
    } else {
        tamanho
    }
}

/// Em que linha está o cursor. Só se pergunta ao terminal aqui, antes que a thread
/// do teclado comece a ler o que ele responde. Se ele não responde, vale a última.
fn linha_do_cursor(tamanho: Size) -> u16 {
    crossterm::cursor::position()
        .map_or(tamanho.height.saturating_sub(1), |(_, linha)| linha)
}

#[cfg(test)]
mod testes {
    use super::*;
    use crate::chat::protocolo::Modo;

    const HORA: &str = "14:03:11";

    fn tela(largura: u16, altura: u16) -> Tela<Vec<u8>> {
        Tela::montar(Vec::new(), Size::new(largura, altura), 0, true).unwrap()
    }

    /// O que foi escrito desde a última vez.
    fn escrito(tela: &mut Tela<Vec<u8>>) -> String {
        tela.descarregar().unwrap();
        String::from_utf8(mem::take(&mut tela.saida)).unwrap()
    }

    #[test]
    fn sem_novidade_nada_e_escrito() {
        let mut tela = tela(80, 24);
        assert_ne!(escrito(&mut tela), "");
        assert_eq!(escrito(&mut tela), "");
        let situacao = Situacao {
            modo: Modo::Tcp,
            outro: Some("Bia"),
            endereco: "127.0.0.1:50001".parse().unwrap(),
            ida_e_volta: None,
            pendentes: Some(0),
            perdidos: (0, 0),
        };
        tela.situacao(&situacao);
        assert!(escrito(&mut tela).contains("Bia"));
        tela.situacao(&situacao);
        assert_eq!(escrito(&mut tela), "");
    }

    #[test]
    fn uma_tecla_so_redesenha_o_que_mudou() {
        let mut tela = tela(80, 24);
        escrito(&mut tela);
        tela.tecla(Event::Key(KeyCode::Char('x').into()));
        let bytes = escrito(&mut tela);
        assert!(bytes.contains('x') && bytes.len() < 100, "{bytes:?}");
    }

    #[test]
    fn uma_enxurrada_custa_em_proporcao_ao_que_mostra() {
        let mut tela = tela(80, 24);
        let mut por_linha = |quantas: usize| {
            for numero in 0..quantas {
                tela.recebido(HORA, "Bia", &format!("linha {numero}"), false);
            }
            escrito(&mut tela).len() / quantas
        };
        let (poucas, muitas) = (por_linha(100), por_linha(20_000));
        assert!(
            muitas < 2 * poucas,
            "{poucas} bytes por linha viraram {muitas}"
        );
    }

    #[test]
    fn em_qualquer_tamanho_e_ordem_nada_entra_em_panico() {
        for (largura, altura) in
            [(1, 1), (1, 5), (5, 1), (2, 2), (7, 3), (200, 60)]
        {
            let mut tela = tela(largura, altura);
            for numero in 0..9 {
                tela.enviado(numero, HORA, "Ana", "日本語 e mais");
                tela.recebido(
                    HORA,
                    "B\x1b",
                    "um texto comprido",
                    numero % 2 == 0,
                );
                tela.aviso(HORA, "a\nb");
                tela.tecla(Event::Paste("p".repeat(3)));
                escrito(&mut tela);
                let outra = Event::Resize(altura * 3, largura + 1);
                tela.tecla(if numero % 3 == 0 {
                    outra
                } else {
                    Event::FocusLost
                });
                tela.entregue(numero.saturating_sub(3));
                escrito(&mut tela);
            }
            tela.nao_entregue(Some(8), HORA, "x");
            tela.nao_entregue(None, HORA, "x");
            tela.tecla(Event::Resize(0, 0));
            escrito(&mut tela);
        }
    }

    #[test]
    #[ignore = "precisa de um terminal: tests/chat_tela.rs a roda em um"]
    #[should_panic = "de propósito"]
    fn um_panico_devolve_o_terminal() {
        let mut tela = Tela::nova(true).expect("a saída é um terminal");
        tela.enviado(0, HORA, "Ana", "por confirmar");
        tela.descarregar().expect("o terminal está aberto");
        panic!("de propósito");
    }

    #[test]
    fn o_que_nao_se_consegue_escrever_e_dito() {
        struct Fechada;
        impl Write for Fechada {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut tela =
            Tela::montar(Fechada, Size::new(80, 24), 0, true).unwrap();
        assert!(tela.descarregar().is_err());
    }
}
