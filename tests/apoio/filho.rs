//! Um processo filho, o que ele mostrou e o que se digita nele.
//!
//! A saída e os erros vão para o mesmo cano, na ordem em que foram escritos,
//! como em um terminal. O [`Filho`] tem um cursor: cada espera consome a saída
//! até onde achou o que procurava. Toda espera tem prazo, e quando falha conta
//! tudo que o processo mostrou até ali. Ao sair de cena, o processo é morto.

use std::ffi::OsStr;
use std::io::{self, PipeReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use cena::Teclado;

#[cfg(unix)]
use crate::pseudoterminal::{FIM_DA_ENTRADA, Pseudoterminal};
use crate::saida::{Estado, LIMITE, Saida};
use crate::{Falha, exemplo, grupo, prazo_padrao, raiz};

/// De quanto em quanto tempo se pergunta ao sistema se um processo acabou.
const PASSO: Duration = Duration::from_millis(5);

/// Quanto se espera que o grupo de um processo morto vá embora.
const SAIDA_DO_GRUPO: Duration = Duration::from_secs(10);

/// Uma mensagem de falha mostra no máximo o dobro disto da saída: o começo e o fim.
const MOSTRADOS: usize = 16 * 1024;

/// Um processo filho com um terminal de mentira.
pub struct Filho {
    nome: String,
    processo: Child,
    saida: Saida,
    /// Até onde da saída já se leu.
    cursor: usize,
    /// O que se digita vai por aqui; `None` depois do fim de um cano.
    entrada: Option<Sender<Vec<u8>>>,
    teclado: Teclado,
    fim: Option<ExitStatus>,
    prazo: Duration,
}

/// O que uma espera achou na saída ainda não lida.
pub(crate) enum Achado<T> {
    /// Achou, e consome estes bytes.
    Pronto(usize, T),
    /// Ainda não dá para saber.
    Falta,
}

impl Filho {
    /// Roda o exemplo `nome`, recém-compilado, com estes argumentos.
    ///
    /// # Errors
    /// Quando o exemplo não existe, não compila ou não começa.
    pub fn exemplo<A: AsRef<OsStr>>(nome: &str, argumentos: &[A]) -> Result<Self, Falha> {
        let mut comando = Command::new(exemplo(nome)?);
        comando.args(argumentos);
        Self::rodar(nome, comando)
    }

    /// Roda `comando` na pasta que ele diz ou na raiz do repositório; `nome` é como as falhas o chamam.
    ///
    /// O ambiente é sempre o mesmo: idioma C.UTF-8, Python sem buffer, nada de
    /// cores, sem a `SOCKETS_PORTA` de quem roda os testes (a que for posta em
    /// `comando` vale).
    ///
    /// # Errors
    /// Quando o processo não começa.
    pub fn rodar(nome: &str, comando: Command) -> Result<Self, Falha> {
        Self::com_teclado(nome, comando, Teclado::Cano)
    }

    /// Como [`Filho::rodar`], com a entrada padrão que se quiser.
    ///
    /// # Errors
    /// Quando o processo não começa, ou quando não há terminais de mentira aqui.
    pub fn com_teclado(nome: &str, comando: Command, teclado: Teclado) -> Result<Self, Falha> {
        Self::abrir(nome, comando, teclado, None)
    }

    /// Como [`Filho::com_teclado`], mas a saída padrão vai para `saida`, e aqui só se
    /// vê a saída de erro.
    ///
    /// # Errors
    /// Quando o processo não começa, ou quando não há terminais de mentira aqui.
    pub fn separado(
        nome: &str,
        comando: Command,
        teclado: Teclado,
        saida: impl Into<Stdio>,
    ) -> Result<Self, Falha> {
        Self::abrir(nome, comando, teclado, Some(saida.into()))
    }

    fn abrir(
        nome: &str,
        mut comando: Command,
        teclado: Teclado,
        saida: Option<Stdio>,
    ) -> Result<Self, Falha> {
        ambiente(&mut comando);
        grupo::separar(&mut comando);
        let (cano, entrada, processo) = ligar(comando, teclado, saida)
            .map_err(|erro| Falha::nova(format!("não foi possível rodar {nome}: {erro}")))?;
        Ok(Self {
            nome: nome.to_string(),
            processo,
            saida: Saida::ler(cano),
            cursor: 0,
            entrada: Some(digitar(entrada)),
            teclado,
            fim: None,
            prazo: prazo_padrao(),
        })
    }

    /// Troca o prazo das esperas seguintes (o de costume é [`prazo_padrao`]).
    #[must_use]
    pub fn com_prazo(mut self, prazo: Duration) -> Self {
        self.prazo = prazo;
        self
    }

    /// Espera uma linha inteira e a devolve sem a quebra no fim.
    ///
    /// # Errors
    /// Quando o prazo ou a saída acaba antes.
    pub fn esperar_linha(&mut self) -> Result<String, Falha> {
        self.esperar("uma linha", |resto, _| proxima_linha(resto))
    }

    /// Espera uma linha que contenha `trecho`, pulando as outras, e a devolve.
    ///
    /// # Errors
    /// Quando o prazo ou a saída acaba antes.
    pub fn esperar_linha_com(&mut self, trecho: &str) -> Result<String, Falha> {
        self.esperar(&format!("uma linha com {trecho:?}"), |resto, _| {
            let mut inicio = 0;
            while let Achado::Pronto(tamanho, linha) = proxima_linha(&resto[inicio..]) {
                inicio += tamanho;
                if linha.contains(trecho) {
                    return Achado::Pronto(inicio, linha);
                }
            }
            Achado::Falta
        })
    }

    /// Espera que `trecho` apareça, mesmo no meio de uma linha ou em várias, e
    /// devolve o que veio até o fim dele. Serve para um prompt sem quebra de linha.
    ///
    /// # Errors
    /// Quando o prazo ou a saída acaba antes.
    pub fn esperar_trecho(&mut self, trecho: &str) -> Result<String, Falha> {
        let procurado = trecho.as_bytes();
        let mut olhados = 0;
        self.esperar(&format!("{trecho:?}"), |resto, _| {
            let achado = resto[olhados..]
                .windows(procurado.len().max(1))
                .position(|janela| janela == procurado);
            if let Some(posicao) = achado {
                let fim = olhados + posicao + procurado.len();
                return Achado::Pronto(fim, texto(&resto[..fim]));
            }
            olhados = (resto.len() + 1).saturating_sub(procurado.len().max(1));
            Achado::Falta
        })
    }

    /// Espera uma linha que traga um endereço `IP:PORTA` e devolve o endereço:
    /// é assim que um servidor aberto na porta 0 diz onde está.
    ///
    /// # Errors
    /// Quando o prazo ou a saída acaba antes.
    pub fn esperar_endereco(&mut self) -> Result<SocketAddr, Falha> {
        self.esperar("uma linha com um endereço IP:PORTA", |resto, _| {
            let mut inicio = 0;
            while let Achado::Pronto(tamanho, linha) = proxima_linha(&resto[inicio..]) {
                inicio += tamanho;
                if let Some(endereco) = endereco_em(&linha) {
                    return Achado::Pronto(inicio, endereco);
                }
            }
            Achado::Falta
        })
    }

    /// Manda `texto` pela entrada do processo (o Enter é o `\n`, por sua conta).
    /// Nunca bloqueia: uma thread escreve. Depois do fim da entrada não faz nada.
    pub fn escrever(&mut self, texto: impl AsRef<[u8]>) {
        if let Some(entrada) = &self.entrada {
            // Só falha quando o processo já fechou a entrada: quem espera a
            // resposta é que vai dizer o que faltou.
            let _ = entrada.send(texto.as_ref().to_vec());
        }
    }

    /// Fim da entrada (Ctrl-D), depois do que já se mandou escrever. Em um
    /// terminal só vale para quem está lendo: pode-se digitar mais depois.
    pub fn fechar_entrada(&mut self) {
        match self.teclado {
            Teclado::Cano => self.entrada = None,
            #[cfg(unix)]
            Teclado::Terminal => self.escrever([FIM_DA_ENTRADA]),
            #[cfg(not(unix))]
            Teclado::Terminal => {}
        }
    }

    /// Ctrl-C: SIGINT ao grupo do processo.
    #[cfg(unix)]
    pub fn interromper(&self) {
        if self.fim.is_none() {
            grupo::interromper(&self.processo);
        }
    }

    /// Espera que o processo acabe, no prazo de costume, e devolve o código de
    /// saída. Veja [`Filho::esperar_fim_em`].
    ///
    /// # Errors
    /// Quando o prazo acaba antes.
    pub fn esperar_fim(&mut self) -> Result<i32, Falha> {
        self.esperar_fim_em(self.prazo)
    }

    /// Espera até `prazo` que o processo acabe e feche a saída, e devolve o
    /// código de saída; no Unix, 128 + N para quem morreu pelo sinal N, como no
    /// shell. A saída que ainda não se leu fica à espera em [`Filho::resto`].
    ///
    /// # Errors
    /// Quando o prazo acaba antes.
    pub fn esperar_fim_em(&mut self, prazo: Duration) -> Result<i32, Falha> {
        let limite = Instant::now() + prazo;
        let fechou = self.saida.esperar(prazo, |e| e.acabou.then_some(()));
        loop {
            if let Some(codigo) = self.codigo()
                && fechou.is_some()
            {
                return Ok(codigo);
            }
            if Instant::now() >= limite {
                let o_que = match self.fim {
                    Some(_) => "acabou, mas algo que ele abriu ainda segura a saída",
                    None => "não acabou",
                };
                return Err(self.falha(&format!("{o_que} em {prazo:?}")));
            }
            thread::sleep(PASSO);
        }
    }

    /// O código de saída, se o processo já acabou; não espera.
    pub fn codigo(&mut self) -> Option<i32> {
        if self.fim.is_none() {
            self.fim = self.processo.try_wait().ok().flatten();
        }
        self.fim.map(codigo_de)
    }

    /// O que já saiu e ainda não foi lido por nenhuma espera; não espera nem consome.
    #[must_use]
    pub fn resto(&self) -> String {
        texto(&self.saida.estado().bytes[self.cursor..])
    }

    /// Tudo que o processo mostrou até agora.
    #[must_use]
    pub fn tudo(&self) -> String {
        texto(&self.saida.estado().bytes)
    }

    /// Quantos bytes o processo mostrou até agora.
    #[must_use]
    pub fn tamanho(&self) -> u64 {
        let estado = self.saida.estado();
        estado.bytes.len() as u64 + estado.descartados
    }

    /// Se quem escrevia na saída já a fechou.
    #[must_use]
    pub fn saida_acabou(&self) -> bool {
        self.saida.estado().acabou
    }

    /// Quando chegou o que se leu por último.
    pub(crate) fn chegada(&self) -> Option<Instant> {
        self.saida.estado().chegada(self.cursor)
    }

    /// O número do processo, que no Unix é também o do grupo.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.processo.id()
    }

    /// Mata o processo (no Unix, o grupo inteiro) e espera que ele vá embora.
    pub fn matar(&mut self) {
        let resta_alguem = !self.saida.estado().acabou;
        if self.fim.is_none() || resta_alguem {
            grupo::matar(&mut self.processo);
        }
        if self.fim.is_none() {
            self.fim = self.processo.wait().ok();
        }
        if cfg!(unix) {
            // Quem ele abriu pode ir um pouco depois, e segura a saída até lá. De quem
            // saiu do grupo não se espera o fim para sempre.
            self.saida
                .esperar(SAIDA_DO_GRUPO, |e| e.acabou.then_some(()));
        }
    }

    /// Uma falha com esta mensagem e tudo que o processo mostrou até agora.
    #[must_use]
    pub fn falha(&self, mensagem: &str) -> Falha {
        let nome = &self.nome;
        Falha::nova(format!(
            "{nome}: {mensagem}\n{}",
            relato(&self.saida.estado())
        ))
    }

    /// Espera o que `procurar` achar no que ainda não se leu; o segundo
    /// argumento dele diz se a saída acabou.
    pub(crate) fn esperar<T>(
        &mut self,
        o_que: &str,
        procurar: impl FnMut(&[u8], bool) -> Achado<T>,
    ) -> Result<T, Falha> {
        self.esperar_em(self.prazo, o_que, procurar)
    }

    /// Como [`Filho::esperar`], com outro prazo.
    pub(crate) fn esperar_em<T>(
        &mut self,
        prazo: Duration,
        o_que: &str,
        mut procurar: impl FnMut(&[u8], bool) -> Achado<T>,
    ) -> Result<T, Falha> {
        let cursor = self.cursor;
        let achado = self.saida.esperar(prazo, |estado| {
            let motivo = match procurar(&estado.bytes[cursor..], estado.acabou) {
                Achado::Pronto(consumidos, valor) => return Some(Ok((consumidos, valor))),
                Achado::Falta if estado.acabou => "a saída acabou antes".into(),
                Achado::Falta if estado.descartados > 0 => {
                    format!("a saída passou de {LIMITE} bytes antes")
                }
                Achado::Falta => return None,
            };
            Some(Err(motivo))
        });
        match achado {
            Some(Ok((consumidos, valor))) => {
                self.cursor += consumidos;
                Ok(valor)
            }
            Some(Err(motivo)) => Err(self.falha(&format!("esperava {o_que}; {motivo}"))),
            None => Err(self.falha(&format!("esperava {o_que}; não veio em {prazo:?}"))),
        }
    }
}

impl Drop for Filho {
    fn drop(&mut self) {
        self.matar();
    }
}

/// O ambiente de todo processo das provas: sempre o mesmo.
pub(crate) fn ambiente(comando: &mut Command) {
    if comando.get_current_dir().is_none() {
        comando.current_dir(raiz());
    }
    let porta_dada = comando.get_envs().any(|(nome, _)| nome == "SOCKETS_PORTA");
    if !porta_dada {
        comando.env_remove("SOCKETS_PORTA");
    }
    for nome in ["LANG", "LANGUAGE", "RUST_BACKTRACE", "RUST_LOG"] {
        comando.env_remove(nome);
    }
    comando
        .env("LC_ALL", "C.UTF-8")
        .env("NO_COLOR", "1")
        .env("TERM", "dumb")
        .env("PYTHONUNBUFFERED", "1")
        .env("PYTHONUTF8", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1");
}

/// Por onde se digita.
type Digitavel = Box<dyn Write + Send>;

/// Começa o processo com a saída e os erros no mesmo cano, ou só os erros, se a
/// `saida` vai para outro lugar. `comando` é consumido porque guarda o lado de
/// escrita: aberto, o cano nunca acabaria.
fn ligar(
    mut comando: Command,
    teclado: Teclado,
    saida: Option<Stdio>,
) -> io::Result<(PipeReader, Digitavel, Child)> {
    let (leitura, escrita) = io::pipe()?;
    let (do_programa, de_quem_digita) = entrada(teclado)?;
    let saida = match saida {
        Some(saida) => saida,
        None => escrita.try_clone()?.into(),
    };
    let processo = comando
        .stdin(do_programa)
        .stdout(saida)
        .stderr(escrita)
        .spawn()?;
    Ok((leitura, de_quem_digita, processo))
}

/// Os dois lados da entrada padrão: o do programa e o de quem digita.
fn entrada(teclado: Teclado) -> io::Result<(Stdio, Digitavel)> {
    match teclado {
        Teclado::Cano => {
            let (leitura, escrita) = io::pipe()?;
            Ok((leitura.into(), Box::new(escrita)))
        }
        #[cfg(unix)]
        Teclado::Terminal => {
            let terminal = Pseudoterminal::teclado()?;
            Ok((terminal.programa.into(), Box::new(terminal.pessoa)))
        }
        #[cfg(not(unix))]
        Teclado::Terminal => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Escreve em uma thread, para que um processo que não lê não prenda a prova.
fn digitar(mut entrada: Digitavel) -> Sender<Vec<u8>> {
    let (mandar, receber) = mpsc::channel::<Vec<u8>>();
    thread::spawn(move || {
        for bytes in receber {
            if entrada.write_all(&bytes).is_err() {
                return;
            }
        }
    });
    mandar
}

/// O código de saída; no Unix, 128 + N para quem morreu pelo sinal N.
pub(crate) fn codigo_de(fim: ExitStatus) -> i32 {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if let Some(sinal) = fim.signal() {
            return 128 + sinal;
        }
    }
    fim.code().unwrap_or(-1)
}

/// A próxima linha inteira, sem `\n` nem `\r\n`.
pub(crate) fn proxima_linha(resto: &[u8]) -> Achado<String> {
    match resto.iter().position(|&byte| byte == b'\n') {
        Some(fim) => {
            let linha = resto[..fim].strip_suffix(b"\r").unwrap_or(&resto[..fim]);
            Achado::Pronto(fim + 1, texto(linha))
        }
        None => Achado::Falta,
    }
}

fn endereco_em(linha: &str) -> Option<SocketAddr> {
    linha
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '"' | '\''))
        .map(|palavra| palavra.trim_matches(['.', ';', '!']))
        .find_map(|palavra| palavra.parse().ok())
}

pub(crate) fn texto(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A saída como aparece em uma mensagem de falha: uma linha por linha, com o que
/// um terminal obedeceria à vista.
fn relato(estado: &Estado) -> String {
    let total = estado.bytes.len();
    let bytes = estado.bytes.strip_suffix(b"\n").unwrap_or(&estado.bytes);
    if total == 0 {
        return "não mostrou nada".into();
    }
    let mut linhas = vec![format!("mostrou {total} bytes:")];
    if bytes.len() <= 2 * MOSTRADOS {
        mostrar(&mut linhas, bytes);
    } else {
        let omitidos = bytes.len() - 2 * MOSTRADOS;
        mostrar(&mut linhas, &bytes[..MOSTRADOS]);
        linhas.push(format!("    … {omitidos} bytes não mostrados …"));
        mostrar(&mut linhas, &bytes[bytes.len() - MOSTRADOS..]);
    }
    if estado.descartados > 0 {
        let descartados = estado.descartados;
        linhas.push(format!("    … e mais {descartados} bytes, não guardados"));
    }
    linhas.join("\n")
}

fn mostrar(linhas: &mut Vec<String>, parte: &[u8]) {
    let visiveis = parte.split(|&byte| byte == b'\n').map(sockets::visivel);
    linhas.extend(visiveis.map(|linha| format!("    | {linha}")));
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn acha_o_endereco_no_meio_da_frase() {
        let casos = [
            (
                "Servidor aguardando conexão em 127.0.0.1:4321...",
                "127.0.0.1:4321",
            ),
            ("ligado a [::1]:80, pronto", "[::1]:80"),
            ("('127.0.0.1:7')", "127.0.0.1:7"),
        ];
        for (linha, endereco) in casos {
            assert_eq!(
                endereco_em(linha),
                endereco.parse::<SocketAddr>().ok(),
                "{linha}"
            );
        }
        assert_eq!(endereco_em("às 10:30 nada"), None);
    }

    #[test]
    fn o_relato_mostra_o_que_um_terminal_obedeceria() {
        let estado = Estado {
            bytes: b"a\x1b[2J\r\nb".to_vec(),
            ..Estado::default()
        };
        assert_eq!(
            relato(&estado),
            "mostrou 8 bytes:\n    | a\\u{1b}[2J\\r\n    | b"
        );
    }
}
