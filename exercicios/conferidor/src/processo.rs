//! O programa de quem estuda, rodando: o que se digita nele, o que ele escreve, e o fim.
//!
//! Toda espera tem prazo. Um pânico, uma enxurrada ou um silêncio viram uma [`Falha`] com
//! o diagnóstico comum que lhes cabe; a prova que sabe mais troca-o com [`Falha::quando`].

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::limites::Jaula;
use crate::saida::{Estado, Saida};
use crate::{Falha, Resultado, mostrar};

/// Quanto se espera por algo que o programa deve fazer logo.
pub const PACIENCIA: Duration = Duration::from_secs(5);

/// De quanto em quanto tempo se pergunta ao sistema se o processo acabou.
const PASSO: Duration = Duration::from_millis(5);

/// Quantos bytes do fim da saída de erro entram em um veredito.
const ERROS_MOSTRADOS: usize = 1500;

/// O executável de um exercício.
#[derive(Debug, Clone)]
pub struct Programa {
    executavel: PathBuf,
}

impl Programa {
    /// O programa que está neste arquivo.
    #[must_use]
    pub fn novo(executavel: &Path) -> Self {
        Self {
            executavel: executavel.to_path_buf(),
        }
    }

    /// Roda o programa com estes argumentos.
    ///
    /// # Errors
    /// `nao-comeca`, quando o sistema não consegue começá-lo.
    pub fn rodar(&self, argumentos: &[&str]) -> Resultado<Processo> {
        let mut comando = Command::new(&self.executavel);
        comando
            .args(argumentos)
            .env_remove("SOCKETS_PORTA")
            .env("RUST_BACKTRACE", "0")
            // A glibc reserva 64 MiB de endereços para cada thread que pede memória: com o
            // limite que se põe, um servidor certo não passaria de umas trinta (mallopt(3)).
            .env("MALLOC_ARENA_MAX", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let nao_comeca = |motivo: String| {
            Falha::nova("nao-comeca")
                .feito(rodei_com(argumentos))
                .esperado("Que ele começasse.")
                .veio(motivo)
        };
        let mut jaula = Jaula::comecar(comando).map_err(|erro| nao_comeca(erro.to_string()))?;
        let filho = jaula.filho();
        let (Some(entrada), Some(saida), Some(erros)) = (
            filho.stdin().take(),
            filho.stdout().take(),
            filho.stderr().take(),
        ) else {
            return Err(nao_comeca("os canos dele não existem".into()));
        };
        Ok(Processo {
            entrada: Some(digitar(entrada)),
            saida: Saida::ler(saida),
            erros: Saida::ler(erros),
            cursor: 0,
            fim: None,
            jaula,
        })
    }
}

/// Um programa rodando. Ao sair de cena é morto, com tudo que abriu.
pub struct Processo {
    jaula: Jaula,
    entrada: Option<Sender<Vec<u8>>>,
    saida: Saida,
    erros: Saida,
    /// Até onde da saída já se leu.
    cursor: usize,
    fim: Option<ExitStatus>,
}

/// Como um programa acabou, e o que escreveu.
#[derive(Debug, Clone)]
pub struct Fim {
    /// O código de saída; `None` se um sinal o matou.
    pub codigo: Option<i32>,
    /// O que escreveu na saída padrão e ainda não tinha sido lido.
    pub saida: Vec<u8>,
    /// Tudo que escreveu na saída de erro, como texto inofensivo.
    pub erros: String,
}

impl Fim {
    /// Como acabou, no meio de uma frase: `o código 1`, ou o sinal.
    #[must_use]
    pub fn como(&self) -> String {
        self.codigo
            .map_or("um sinal".into(), |codigo| format!("o código {codigo}"))
    }
}

impl Processo {
    /// O número do processo.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.jaula.pid()
    }

    /// A marca que o ambiente do programa leva, e que os filhos dele herdam.
    #[must_use]
    pub fn marca(&self) -> &str {
        self.jaula.marca()
    }

    /// Espera a próxima linha da saída padrão, sem a quebra.
    ///
    /// # Errors
    /// `silencio`, quando ela não vem em [`PACIENCIA`]; `acabou-cedo`, `panico` ou
    /// `enxurrada`, quando o programa acaba ou transborda antes.
    pub fn linha(&mut self) -> Resultado<String> {
        self.linha_em(PACIENCIA)
    }

    /// Como [`Processo::linha`], com outro prazo.
    ///
    /// # Errors
    /// Os de [`Processo::linha`].
    pub fn linha_em(&mut self, prazo: Duration) -> Resultado<String> {
        let cursor = self.cursor;
        let achado = self.saida.esperar(Instant::now() + prazo, |estado| {
            let resto = &estado.bytes[cursor..];
            match resto.iter().position(|byte| *byte == b'\n') {
                Some(fim) => Some(Ok((fim + 1, resto[..fim].to_vec()))),
                None if estado.acabou || estado.transbordou => Some(Err(())),
                None => None,
            }
        });
        let Some(Ok((lidos, linha))) = achado else {
            return Err(self.sem_resposta(achado.is_none(), "uma linha", prazo));
        };
        self.cursor += lidos;
        let linha = linha.strip_suffix(b"\r").unwrap_or(&linha);
        Ok(String::from_utf8_lossy(linha).into_owned())
    }

    /// Espera a primeira linha que `serve` aceita, pulando as outras.
    ///
    /// # Errors
    /// Os de [`Processo::linha`].
    pub fn linha_que(&mut self, serve: impl Fn(&str) -> bool) -> Resultado<String> {
        let ate = Instant::now() + PACIENCIA;
        loop {
            let resta = ate.saturating_duration_since(Instant::now());
            // O prazo que se conta a quem estuda é o de todas, e não o que sobrou para esta.
            let linha = self.linha_em(resta).map_err(|falha| {
                falha.esperado(format!(
                    "Que o programa escrevesse em até {} a linha que se pede.",
                    segundos(PACIENCIA)
                ))
            })?;
            if serve(&linha) {
                return Ok(linha);
            }
        }
    }

    /// Espera a linha em que o programa diz o endereço em que escuta (`IP:PORTA`, em
    /// qualquer lugar dela), e o devolve.
    ///
    /// # Errors
    /// Os de [`Processo::linha`].
    pub fn endereco(&mut self) -> Resultado<SocketAddr> {
        let linha = self
            .linha_que(|linha| achar_endereco(linha).is_some())
            .map_err(|falha| {
                falha.esperado(format!(
                    "Que o programa escrevesse em até {} uma linha com um endereço, IP:PORTA.",
                    segundos(PACIENCIA)
                ))
            })?;
        achar_endereco(&linha).ok_or_else(|| Falha::nova("silencio").veio(linha))
    }

    /// Digita estes bytes no programa. Nunca espera: se ele não lê, ficam guardados.
    pub fn digitar(&mut self, bytes: &[u8]) {
        if let Some(entrada) = &self.entrada {
            // Quem já fechou a entrada não vai ler: não é uma falha do conferidor.
            let _ = entrada.send(bytes.to_vec());
        }
    }

    /// Diz ao programa que não há mais o que ler (o Ctrl-D de um terminal), depois do que
    /// já se digitou.
    pub fn fechar_entrada(&mut self) {
        self.entrada = None;
    }

    /// Se o programa ainda roda.
    pub fn roda(&mut self) -> bool {
        self.acabou().is_none()
    }

    /// Espera que o programa acabe, fechando antes a entrada dele.
    ///
    /// # Errors
    /// `nao-termina`, quando não acaba em [`PACIENCIA`]; `panico` ou `enxurrada`.
    pub fn fim(&mut self) -> Resultado<Fim> {
        self.fim_em(PACIENCIA)
    }

    /// Como [`Processo::fim`], com outro prazo.
    ///
    /// # Errors
    /// Os de [`Processo::fim`].
    pub fn fim_em(&mut self, prazo: Duration) -> Resultado<Fim> {
        self.fechar_entrada();
        let ate = Instant::now() + prazo;
        while self.acabou().is_none() {
            if self.saida.estado().transbordou || self.erros.estado().transbordou {
                return Err(self.enxurrada());
            }
            if Instant::now() >= ate {
                if let Some(falha) = self.multiplicou() {
                    return Err(falha);
                }
                return Err(Falha::nova("nao-termina")
                    .esperado(format!(
                        "Que o programa acabasse em até {}.",
                        segundos(prazo)
                    ))
                    .veio("Ele continuou rodando.".to_string() + &self.ja_escrito())
                    .erros(self.texto_dos_erros()));
            }
            thread::sleep(PASSO);
        }
        // O que ele escreveu antes de acabar ainda pode estar no cano; o que um filho dele
        // segura aberto não se espera.
        self.jaula.matar();
        self.ler_ate_o_fim();
        if self.saida.estado().transbordou || self.erros.estado().transbordou {
            return Err(self.enxurrada());
        }
        if let Some(falha) = self.multiplicou().or_else(|| self.panico()) {
            return Err(falha);
        }
        let saida = self.saida.estado().bytes[self.cursor..].to_vec();
        self.cursor += saida.len();
        Ok(Fim {
            codigo: self.fim.and_then(|fim| fim.code()),
            saida,
            erros: self.texto_dos_erros(),
        })
    }

    /// Tudo que o programa escreveu na saída padrão até agora, lido ou não.
    #[must_use]
    pub fn escrito(&self) -> Vec<u8> {
        self.saida.estado().bytes.clone()
    }

    /// O fim do que o programa escreveu na saída de erro, como texto inofensivo.
    #[must_use]
    pub fn texto_dos_erros(&self) -> String {
        let estado = self.erros.estado();
        let inicio = estado.bytes.len().saturating_sub(ERROS_MOSTRADOS);
        estado.bytes[inicio..]
            .split(|byte| *byte == b'\n')
            .map(sockets::visivel)
            .collect::<Vec<_>>()
            .join("\n")
            .trim_end()
            .to_string()
    }

    fn acabou(&mut self) -> Option<ExitStatus> {
        if self.fim.is_none() {
            self.fim = self.jaula.acabou().ok().flatten();
        }
        self.fim
    }

    fn ler_ate_o_fim(&self) {
        let ate = Instant::now() + PACIENCIA;
        let parou = |estado: &Estado| (estado.acabou || estado.transbordou).then_some(());
        let _ = self.saida.esperar(ate, parou);
        let _ = self.erros.esperar(ate, parou);
    }

    /// Por que não veio `o_que`: o prazo passou, o programa acabou ou transbordou.
    fn sem_resposta(&mut self, passou_o_prazo: bool, o_que: &str, prazo: Duration) -> Falha {
        if self.saida.estado().transbordou {
            return self.enxurrada();
        }
        let esperado = format!(
            "Que o programa escrevesse {o_que} em até {}.",
            segundos(prazo)
        );
        if passou_o_prazo {
            return Falha::nova("silencio")
                .esperado(esperado)
                .veio("O prazo passou.".to_string() + &self.ja_escrito())
                .erros(self.texto_dos_erros());
        }
        // A saída fechou: o programa está acabando.
        let ate = Instant::now() + PACIENCIA;
        while self.acabou().is_none() && Instant::now() < ate {
            thread::sleep(PASSO);
        }
        self.jaula.matar();
        self.ler_ate_o_fim();
        if let Some(falha) = self.multiplicou() {
            return falha;
        }
        if let Some(panico) = self.panico() {
            return panico.esperado(esperado);
        }
        let como = match self.fim.map(|fim| fim.code()) {
            Some(Some(codigo)) => format!("O programa acabou, com código {codigo}."),
            Some(None) => "O programa foi morto por um sinal.".to_string(),
            None => "O programa fechou a saída.".to_string(),
        };
        Falha::nova("acabou-cedo")
            .esperado(esperado)
            .veio(como + &self.ja_escrito())
            .erros(self.texto_dos_erros())
    }

    fn multiplicou(&self) -> Option<Falha> {
        self.jaula.multiplicou().then(|| {
            Falha::nova("multiplicou")
                .esperado("Um processo só.")
                .veio("Ele abriu processos demais, e foi morto com todos eles.")
        })
    }

    fn panico(&self) -> Option<Falha> {
        let erros = self.texto_dos_erros();
        let codigo = self.fim.and_then(|fim| fim.code());
        (codigo == Some(101) || erros.contains("panicked at")).then(|| {
            Falha::nova("panico")
                .esperado("Que o programa tratasse a falha, ou dissesse em uma frase o que houve.")
                .veio("Ele entrou em pânico.")
                .erros(erros)
        })
    }

    fn enxurrada(&mut self) -> Falha {
        self.jaula.matar();
        Falha::nova("enxurrada")
            .esperado("Que o programa escrevesse só o que o enunciado pede.")
            .veio(format!("Ele escreveu sem parar.{}", self.ja_escrito()))
    }

    fn ja_escrito(&self) -> String {
        let estado = self.saida.estado();
        if estado.bytes.is_empty() {
            " Não tinha escrito nada.".to_string()
        } else {
            format!(" Até ali tinha escrito {}.", mostrar(&estado.bytes))
        }
    }
}

/// Uma thread que escreve no cano o que lhe mandam, e o fecha quando ninguém mais manda.
fn digitar(mut cano: impl Write + Send + 'static) -> Sender<Vec<u8>> {
    let (entrada, pedidos) = mpsc::channel::<Vec<u8>>();
    thread::spawn(move || {
        for bytes in pedidos {
            if cano.write_all(&bytes).and_then(|()| cano.flush()).is_err() {
                return;
            }
        }
    });
    entrada
}

/// O primeiro `IP:PORTA` de uma linha; a pontuação em volta não conta.
pub(crate) fn achar_endereco(linha: &str) -> Option<SocketAddr> {
    linha.split_whitespace().find_map(|palavra| {
        palavra
            .trim_end_matches(['.', ',', ';', ':', ')', '!', '…'])
            .trim_start_matches('(')
            .parse()
            .ok()
    })
}

/// O que se fez ao rodar o programa, com os argumentos como se digitam.
pub(crate) fn rodei_com(argumentos: &[&str]) -> String {
    if argumentos.is_empty() {
        return "Rodei o programa, sem argumentos.".to_string();
    }
    format!(
        "Rodei o programa com estes argumentos: {}",
        argumentos.join(" ")
    )
}

fn segundos(prazo: Duration) -> String {
    let decimos = (prazo.as_millis() + 50) / 100;
    if decimos.is_multiple_of(10) {
        format!("{} s", decimos / 10)
    } else {
        format!("{},{} s", decimos / 10, decimos % 10)
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn acha_o_endereco_em_uma_frase() {
        let achado = achar_endereco("Escutando em 127.0.0.1:4321...");
        assert_eq!(achado, "127.0.0.1:4321".parse().ok());
        assert_eq!(achar_endereco("(em [::1]:80)."), "[::1]:80".parse().ok());
        assert_eq!(achar_endereco("sem endereço: 12"), None);
    }

    #[test]
    fn diz_os_segundos_em_portugues() {
        assert_eq!(segundos(Duration::from_secs(5)), "5 s");
        assert_eq!(segundos(Duration::from_millis(1500)), "1,5 s");
    }
}
