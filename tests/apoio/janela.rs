//! Uma janela de terminal: um programa em um pseudoterminal só dele, e o que uma
//! pessoa veria.
//!
//! O programa lidera uma sessão cujo terminal é a janela, como no emulador de
//! terminal de alguém: mudar o tamanho dela o avisa, fechá-la também. O que ele
//! escreve é interpretado (crate `vt100`), e as provas olham para a tela, não para
//! os bytes.
//!
//! A sessão é aberta por este mesmo executável, que se chama de novo: por isso a
//! `main` de uma prova com janelas começa por [`abrir_sessao_se_for_o_caso`].

use std::env;
use std::fs::File;
use std::io::{self, Read, Write};
use std::num::NonZeroU16;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, ioctl_tiocsctty, kill_process, setsid};
use rustix::termios::{LocalModes, Termios, Winsize, tcgetattr, tcsetwinsize};
use vt100::{Callbacks, Parser, Screen};

use crate::filho::{ambiente, codigo_de};
use crate::pseudoterminal::Pseudoterminal;
use crate::{Falha, prazo_padrao};

/// O argumento com que este executável se chama para abrir uma sessão.
const SESSAO: &str = "--abrir-sessao";

/// De quanto em quanto tempo se pergunta ao sistema se o programa acabou.
const PASSO: Duration = Duration::from_millis(5);

/// Quantas linhas que já saíram por cima se guardam.
const ROLAGEM: usize = 20_000;

/// Se este processo foi chamado para abrir uma sessão, abre-a e vira o programa da
/// janela; não volta. Senão, não faz nada.
///
/// # Panics
/// Quando o sistema não deixa: quem espera pelo programa conta o que houve.
pub fn abrir_sessao_se_for_o_caso() {
    let mut argumentos = env::args_os().skip(1);
    if argumentos.next().is_none_or(|primeiro| primeiro != SESSAO) {
        return;
    }
    setsid().expect("este processo não lidera nenhum grupo");
    ioctl_tiocsctty(io::stdin()).expect("a entrada é o terminal da janela");
    let programa = argumentos.next().expect("há um programa");
    let erro = Command::new(programa).args(argumentos).exec();
    panic!("não foi possível virar o programa da janela: {erro}");
}

/// Um programa em uma janela de terminal.
pub struct Janela {
    nome: String,
    processo: Child,
    /// O lado de quem digita, até que a janela se feche.
    pessoa: Option<File>,
    /// O lado do programa, aberto para que a janela não se feche quando ele acaba.
    programa: File,
    modos: Termios,
    vista: Vista,
    olhos: Option<JoinHandle<()>>,
    fechada: Arc<AtomicBool>,
    acabou: Option<i32>,
    prazo: Duration,
}

/// O que se vê, compartilhado com a thread que lê o que o programa escreve.
#[derive(Clone)]
struct Vista(Arc<(Mutex<Parser<Respostas>>, Condvar)>);

/// O que o emulador tem de responder ao programa; `None` em um que não responde.
struct Respostas(Option<Vec<u8>>);

impl Callbacks for Respostas {
    /// «Onde está o cursor?» (`CSI 6 n`, ECMA-48, seção 8.3.35).
    fn unhandled_csi(
        &mut self,
        tela: &mut Screen,
        _: Option<u8>,
        _: Option<u8>,
        parametros: &[&[u16]],
        letra: char,
    ) {
        if let Some(respostas) = &mut self.0
            && letra == 'n'
            && parametros == [&[6]]
        {
            let (linha, coluna) = tela.cursor_position();
            let resposta = format!("\x1b[{};{}R", linha + 1, coluna + 1);
            respostas.extend_from_slice(resposta.as_bytes());
        }
    }
}

impl Vista {
    fn nova(linhas: u16, colunas: u16) -> Self {
        let (linhas, colunas) = existentes(linhas, colunas);
        let emulador =
            Parser::new_with_callbacks(linhas, colunas, ROLAGEM, Respostas(Some(Vec::new())));
        Self(Arc::new((Mutex::new(emulador), Condvar::new())))
    }

    fn agora(&self) -> MutexGuard<'_, Parser<Respostas>> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// O que se vê em um instante.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quadro {
    /// As linhas da tela, sem os espaços do fim.
    pub linhas: Vec<String>,
    /// A linha e a coluna do cursor, a partir de 0, se ele está visível.
    pub cursor: Option<(u16, u16)>,
    /// Se o que se cola vem marcado.
    cola_marcado: bool,
}

impl Quadro {
    fn de(tela: &Screen) -> Self {
        let (_, colunas) = tela.size();
        let linhas = tela.rows(0, colunas.get());
        Self {
            linhas: linhas.map(|linha| linha.trim_end().to_string()).collect(),
            cursor: (!tela.hide_cursor()).then(|| tela.cursor_position()),
            cola_marcado: tela.bracketed_paste(),
        }
    }

    /// Se alguma linha contém `trecho`.
    #[must_use]
    pub fn mostra(&self, trecho: &str) -> bool {
        self.linhas.iter().any(|linha| linha.contains(trecho))
    }

    /// O número da última linha que não está vazia.
    #[must_use]
    pub fn ultima(&self) -> Option<usize> {
        self.linhas.iter().rposition(|linha| !linha.is_empty())
    }
}

impl Janela {
    /// Abre uma janela de `linhas` por `colunas` e roda `comando` nela, na raiz do
    /// repositório; `nome` é como as falhas o chamam.
    ///
    /// # Errors
    /// Quando o sistema não dá um pseudoterminal ou o programa não começa.
    ///
    /// # Panics
    /// Com um tamanho zero.
    pub fn abrir(nome: &str, comando: &Command, linhas: u16, colunas: u16) -> Result<Self, Falha> {
        let abrir = || -> io::Result<Self> {
            let Pseudoterminal { pessoa, programa } = Pseudoterminal::novo()?;
            tcsetwinsize(&pessoa, tamanho(linhas, colunas))?;
            let modos = tcgetattr(&pessoa)?;
            let processo = na_sessao(comando)?
                .stdin(Stdio::from(programa.try_clone()?))
                .stdout(Stdio::from(programa.try_clone()?))
                .stderr(Stdio::from(programa.try_clone()?))
                .spawn()?;
            let fechada = Arc::new(AtomicBool::new(false));
            let vista = Vista::nova(linhas, colunas);
            let olhos = olhar(vista.clone(), pessoa.try_clone()?, Arc::clone(&fechada));
            Ok(Self {
                nome: nome.to_string(),
                processo,
                pessoa: Some(pessoa),
                programa,
                modos,
                vista,
                olhos: Some(olhos),
                fechada,
                acabou: None,
                prazo: prazo_padrao(),
            })
        };
        abrir().map_err(|erro| Falha::nova(format!("não foi possível abrir {nome}: {erro}")))
    }

    /// Muda quanto se espera por este programa.
    #[must_use]
    pub fn com_prazo(mut self, prazo: Duration) -> Self {
        self.prazo = prazo;
        self
    }

    /// Daqui em diante o terminal não responde a nenhuma pergunta do programa.
    pub fn calar(&self) {
        self.vista.agora().callbacks_mut().0 = None;
    }

    /// Espera que o programa deixe de receber linhas inteiras e passe a receber as
    /// teclas, uma a uma.
    ///
    /// # Errors
    /// Quando o prazo acaba antes.
    pub fn esperar_tecla_a_tecla(&self) -> Result<(), Falha> {
        let limite = Instant::now() + self.prazo;
        loop {
            let modos = self.modos_de_agora()?;
            if !modos.local_modes.contains(LocalModes::ICANON) {
                return Ok(());
            }
            if Instant::now() >= limite {
                return Err(self.falha("não passou a receber tecla a tecla"));
            }
            thread::sleep(PASSO);
        }
    }

    /// Digita `texto`, byte a byte como veio (o Enter é `\r`).
    ///
    /// # Panics
    /// Quando a janela não existe mais.
    pub fn digitar(&mut self, texto: &str) {
        let mut pessoa = self.pessoa.as_ref().expect("a janela está aberta");
        pessoa
            .write_all(texto.as_bytes())
            .expect("a janela está aberta");
    }

    /// Cola `texto` como um terminal cola: marcado, com `\r` nas quebras de linha.
    pub fn colar(&mut self, texto: &str) {
        let texto = texto.replace('\n', "\r");
        self.digitar(&format!("\x1b[200~{texto}\x1b[201~"));
    }

    /// Muda o tamanho da janela, o que avisa o programa (SIGWINCH).
    ///
    /// # Panics
    /// Com um tamanho zero, ou se a janela não existe mais.
    pub fn redimensionar(&mut self, linhas: u16, colunas: u16) {
        let (altas, largas) = existentes(linhas, colunas);
        self.vista.agora().set_size(altas, largas);
        let pessoa = self.pessoa.as_ref().expect("a janela está aberta");
        tcsetwinsize(pessoa, tamanho(linhas, colunas)).expect("a janela está aberta");
    }

    /// Fecha a janela com o programa dentro.
    ///
    /// # Panics
    /// Quando a janela não existe mais.
    pub fn fechar(&mut self) {
        self.fechada.store(true, Ordering::SeqCst);
        // A thread que olha tem de largar o lado de quem digita; isto a acorda.
        self.programa
            .write_all(b"\n")
            .expect("a janela está aberta");
        if let Some(olhos) = self.olhos.take() {
            olhos.join().expect("quem olha não entra em pânico");
        }
        self.pessoa = None;
    }

    /// Manda um sinal ao programa.
    pub fn sinalizar(&self, sinal: Signal) {
        // Falha quando ele já acabou: quem espera o fim vê.
        let _ = kill_process(Pid::from_child(&self.processo), sinal);
    }

    /// O que se vê agora.
    #[must_use]
    pub fn quadro(&self) -> Quadro {
        Quadro::de(self.vista.agora().screen())
    }

    /// Tudo que já passou pela janela e continua na rolagem dela, e o que está à
    /// vista.
    #[must_use]
    pub fn tudo(&self) -> Vec<String> {
        let mut emulador = self.vista.agora();
        let tela = emulador.screen_mut();
        let mut tudo = Vec::new();
        for atras in (1..=tela.scrollback_len()).rev() {
            tela.set_scrollback(atras);
            tudo.extend(Quadro::de(tela).linhas.into_iter().take(1));
        }
        tela.set_scrollback(0);
        tudo.extend(Quadro::de(tela).linhas);
        tudo
    }

    /// Espera que o que se vê seja como `serve` quer.
    ///
    /// # Errors
    /// Quando o prazo acaba antes, com o que se via.
    pub fn esperar(
        &self,
        o_que: &str,
        mut serve: impl FnMut(&Quadro) -> bool,
    ) -> Result<(), Falha> {
        let limite = Instant::now() + self.prazo;
        let mut emulador = self.vista.agora();
        loop {
            if serve(&Quadro::de(emulador.screen())) {
                return Ok(());
            }
            let resta = limite.saturating_duration_since(Instant::now());
            if resta.is_zero() {
                drop(emulador);
                return Err(self.falha(&format!("esperava {o_que}")));
            }
            let espera = self.vista.0.1.wait_timeout(emulador, resta);
            emulador = espera.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Espera que alguma linha à vista contenha `trecho`.
    ///
    /// # Errors
    /// Quando o prazo acaba antes.
    pub fn esperar_trecho(&self, trecho: &str) -> Result<(), Falha> {
        self.esperar(&format!("{trecho:?}"), |quadro| quadro.mostra(trecho))
    }

    /// Espera que o programa acabe e devolve o código de saída; 128 + N para quem
    /// morreu pelo sinal N.
    ///
    /// # Errors
    /// Quando o prazo acaba antes.
    pub fn esperar_fim(&mut self) -> Result<i32, Falha> {
        let limite = Instant::now() + self.prazo;
        loop {
            if let Some(codigo) = self.codigo() {
                return Ok(codigo);
            }
            if Instant::now() >= limite {
                return Err(self.falha("não acabou"));
            }
            thread::sleep(PASSO);
        }
    }

    /// Confere que o programa deixou o terminal como o encontrou: o modo, o cursor
    /// e o jeito de colar. O que ele escreveu por último pode ainda estar chegando.
    ///
    /// # Errors
    /// O que ficou diferente.
    pub fn conferir_como_antes(&self) -> Result<(), Falha> {
        let modos = self.modos_de_agora()?;
        let iguais = modos.input_modes == self.modos.input_modes
            && modos.output_modes == self.modos.output_modes
            && modos.local_modes == self.modos.local_modes
            && modos.control_modes == self.modos.control_modes;
        if !iguais {
            return Err(self.falha(&format!(
                "deixou o terminal em outro modo: era {:?}, ficou {modos:?}",
                self.modos
            )));
        }
        self.esperar("o cursor à vista e a colagem sem marca", |quadro| {
            quadro.cursor.is_some() && !quadro.cola_marcado
        })
    }

    /// Uma falha com esta mensagem e o que se via na janela.
    #[must_use]
    pub fn falha(&self, mensagem: &str) -> Falha {
        let quadro = self.quadro();
        let cheias = quadro.ultima().map_or(0, |ultima| ultima + 1);
        let vistas = quadro.linhas[..cheias].iter();
        let vistas: Vec<String> = vistas.map(|linha| format!("    | {linha}")).collect();
        Falha::nova(format!(
            "{}: {mensagem}; na janela, com o cursor em {:?}:\n{}",
            self.nome,
            quadro.cursor,
            vistas.join("\n")
        ))
    }

    fn modos_de_agora(&self) -> Result<Termios, Falha> {
        // Pelo lado de quem digita: em alguns sistemas o outro deixa de valer quando
        // acaba o programa que lidera a sessão.
        let pessoa = self.pessoa.as_ref();
        pessoa
            .map_or(Err(Errno::IO), tcgetattr)
            .map_err(|erro| self.falha(&format!("não se sabe o modo do terminal: {erro}")))
    }

    fn codigo(&mut self) -> Option<i32> {
        if self.acabou.is_none() {
            let fim = self.processo.try_wait().ok().flatten();
            self.acabou = fim.map(codigo_de);
        }
        self.acabou
    }
}

impl Drop for Janela {
    fn drop(&mut self) {
        if self.codigo().is_none() {
            // Antes de abrir a sessão o processo ainda não tem grupo: só ele.
            let _ = self.processo.kill();
            let _ = self.processo.wait();
        }
    }
}

/// O comando que abre uma sessão e vira `comando`.
fn na_sessao(comando: &Command) -> io::Result<Command> {
    let mut processo = Command::new(env::current_exe()?);
    processo
        .arg(SESSAO)
        .arg(comando.get_program())
        .args(comando.get_args());
    for (nome, valor) in comando.get_envs() {
        match valor {
            Some(valor) => processo.env(nome, valor),
            None => processo.env_remove(nome),
        };
    }
    ambiente(&mut processo);
    processo.env("TERM", "xterm-256color");
    Ok(processo)
}

/// Começa a interpretar o que o programa escreve, até que a janela se feche.
fn olhar(vista: Vista, mut pessoa: File, fechada: Arc<AtomicBool>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut pedaco = vec![0; 64 * 1024];
        while !fechada.load(Ordering::SeqCst) {
            let lidos = match pessoa.read(&mut pedaco) {
                Ok(0) => return,
                Ok(lidos) => lidos,
                Err(erro) if erro.kind() == io::ErrorKind::Interrupted => continue,
                // O Linux diz EIO quando ninguém mais tem o outro lado.
                Err(_) => return,
            };
            let mut emulador = vista.agora();
            emulador.process(&pedaco[..lidos]);
            let respostas = emulador.callbacks_mut().0.as_mut().map(std::mem::take);
            drop(emulador);
            vista.0.1.notify_all();
            if pessoa.write_all(&respostas.unwrap_or_default()).is_err() {
                return;
            }
        }
    })
}

fn existentes(linhas: u16, colunas: u16) -> (NonZeroU16, NonZeroU16) {
    let existe = |quantas| NonZeroU16::new(quantas).expect("a janela tem tamanho");
    (existe(linhas), existe(colunas))
}

fn tamanho(linhas: u16, colunas: u16) -> Winsize {
    Winsize {
        ws_row: linhas,
        ws_col: colunas,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}
