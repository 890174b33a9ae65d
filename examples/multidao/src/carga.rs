//! Muitos clientes de eco em um processo só, que conferem cada byte que volta.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use polling::{Event, PollMode, Poller};
use sockets::ComPrazo;

use crate::{ainda_nao, descritores};

/// O tamanho de cada pergunta, em bytes.
pub const PERGUNTA: usize = 64;

/// Uma pergunta, ou o eco dela.
type Pergunta = [u8; PERGUNTA];

/// Conexões abertas com um servidor de eco, e paradas.
pub struct Multidao {
    conexoes: Vec<ComPrazo>,
    /// Quanto pode demorar cada eco, inteiro.
    prazo: Duration,
    /// Quantas perguntas já se fizeram, para que nenhuma se repita.
    vez: u64,
}

impl Multidao {
    // ANCHOR: ligar
    /// Abre `quantas` conexões, uma depois da outra. Cada uma faz uma pergunta e só
    /// conta como aberta quando o eco volta, em menos de `prazo`.
    ///
    /// # Errors
    /// Quando faltam descritores, ou quando uma conexão não abre ou não responde: a
    /// frase diz qual.
    pub fn ligar(
        endereco: SocketAddr,
        quantas: usize,
        prazo: Duration,
    ) -> Result<Self> {
        descritores::garantir(quantas as u64 + descritores::FOLGA)?;
        let mut multidao = Self {
            conexoes: Vec::with_capacity(quantas),
            prazo,
            vez: 0,
        };
        for numero in 1..=quantas {
            let conexao = TcpStream::connect_timeout(&endereco, prazo)
                .with_context(|| {
                    format!("a conexão {numero} de {quantas} não se abriu")
                })?;
            multidao.conexoes.push(ComPrazo::novo(conexao, prazo));
            multidao.conferir(numero - 1)?;
        }
        Ok(multidao)
    }
    // ANCHOR_END: ligar

    /// Faz uma pergunta nova a cada conexão, e confere cada eco.
    ///
    /// # Errors
    /// Quando uma não responde, ou responde outra coisa.
    pub fn perguntar_a_todas(&mut self) -> Result<()> {
        (0..self.conexoes.len()).try_for_each(|qual| self.conferir(qual))
    }

    fn conferir(&mut self, qual: usize) -> Result<()> {
        self.vez += 1;
        let pergunta = pergunta(qual, self.vez);
        let conexao = &mut self.conexoes[qual];
        let mut eco = [0; PERGUNTA];
        let numero = qual + 1;
        conexao.recomecar(self.prazo);
        conexao
            .write_all(&pergunta)
            .and_then(|()| conexao.read_exact(&mut eco))
            .with_context(|| format!("a conexão {numero} não respondeu"))?;
        ensure!(eco == pergunta, "o eco da conexão {numero} veio trocado");
        Ok(())
    }

    /// Quantos ecos por segundo o servidor dá às primeiras `falantes` conexões, que
    /// perguntam sem parar, cada uma uma pergunta por vez, durante `duracao`. As
    /// outras continuam abertas e paradas.
    ///
    /// # Errors
    /// Quando uma conexão cai ou responde outra coisa, ou quando todas ficam `prazo`
    /// sem resposta.
    pub fn vazao(
        &mut self,
        falantes: usize,
        duracao: Duration,
        prazo: Duration,
    ) -> Result<f64> {
        let vigia = Poller::new().context("não foi possível criar o vigia")?;
        let falantes = self.conexoes.iter_mut().take(falantes);
        let mut falantes: Vec<_> = falantes.map(Falante::novo).collect();
        for (quem, falante) in falantes.iter_mut().enumerate() {
            falante.socket().set_nonblocking(true)?;
            vigia.add_with_mode(
                falante.socket(),
                Event::readable(quem),
                PollMode::Level,
            )?;
            falante.perguntar(quem)?;
        }

        let comeco = Instant::now();
        let mut ecos = 0_u32;
        let mut prontos = Vec::new();
        while comeco.elapsed() < duracao {
            prontos.clear();
            match vigia.wait(&mut prontos, Some(prazo)) {
                Ok(0) => bail!("ninguém teve resposta em {prazo:?}"),
                Err(erro) if !ainda_nao(&erro) => return Err(erro.into()),
                _ => {}
            }
            for pronto in &prontos {
                let falante = &mut falantes[pronto.key];
                if falante.ouvir(pronto.key)? {
                    ecos += 1;
                    falante.perguntar(pronto.key)?;
                }
            }
        }
        let vazao = f64::from(ecos) / comeco.elapsed().as_secs_f64();

        for (quem, mut falante) in falantes.into_iter().enumerate() {
            vigia.delete(falante.socket())?;
            falante.socket().set_nonblocking(false)?;
            falante.conexao.recomecar(prazo);
            falante.terminar(quem)?;
        }
        Ok(vazao)
    }
}

/// Os bytes de uma pergunta: nenhuma é igual a outra.
fn pergunta(quem: usize, vez: u64) -> Pergunta {
    let mut pergunta = [b'.'; PERGUNTA];
    pergunta[..8].copy_from_slice(&(quem as u64).to_be_bytes());
    pergunta[8..16].copy_from_slice(&vez.to_be_bytes());
    pergunta
}

/// Uma conexão que tem sempre uma pergunta no ar.
struct Falante<'m> {
    conexao: &'m mut ComPrazo,
    vez: u64,
    eco: Pergunta,
    /// Quanto do eco já chegou, em bytes.
    recebidos: usize,
}

impl<'m> Falante<'m> {
    fn novo(conexao: &'m mut ComPrazo) -> Self {
        Self {
            conexao,
            vez: 0,
            eco: [0; PERGUNTA],
            recebidos: 0,
        }
    }

    /// O socket sem o prazo: quem não bloqueia não precisa dele.
    fn socket(&self) -> &TcpStream {
        self.conexao.socket()
    }

    /// O eco anterior já voltou: a pergunta cabe inteira no buffer de envio.
    fn perguntar(&mut self, quem: usize) -> Result<()> {
        self.vez += 1;
        self.recebidos = 0;
        self.socket()
            .write_all(&pergunta(quem, self.vez))
            .context("uma das conexões caiu")
    }

    /// Lê o que chegou do eco; `true` quando ele está inteiro.
    fn ouvir(&mut self, quem: usize) -> Result<bool> {
        match self.conexao.socket().read(&mut self.eco[self.recebidos..]) {
            Ok(0) => bail!("o servidor desligou uma das conexões"),
            Ok(lidos) => self.recebidos += lidos,
            Err(erro) if ainda_nao(&erro) => {}
            Err(erro) => return Err(erro).context("uma das conexões caiu"),
        }
        if self.recebidos < PERGUNTA {
            return Ok(false);
        }
        self.conferir(quem)?;
        Ok(true)
    }

    /// Espera o resto do último eco, em um socket que bloqueia.
    fn terminar(&mut self, quem: usize) -> Result<()> {
        self.conexao
            .read_exact(&mut self.eco[self.recebidos..])
            .context("o último eco não veio")?;
        self.conferir(quem)
    }

    fn conferir(&self, quem: usize) -> Result<()> {
        ensure!(self.eco == pergunta(quem, self.vez), "um eco veio trocado");
        Ok(())
    }
}
