//! Quem pergunta por uma conexão TCP: manda uma mensagem e espera que volte inteira.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use socket2::SockRef;

use super::OLHADA;
use super::eco::so_uma_olhada;
use crate::experimentos::confiavel::Limite;

/// O lado de uma conexão que pergunta.
pub struct Fluxo<'a> {
    conexao: TcpStream,
    limite: Limite<'a>,
    mensagem: Vec<u8>,
}

impl<'a> Fluxo<'a> {
    /// Quem pergunta por `conexao`, com mensagens de `tamanho` bytes, até o `limite`.
    ///
    /// # Errors
    /// O que o sistema respondeu.
    pub fn novo(
        conexao: TcpStream,
        tamanho: usize,
        limite: Limite<'a>,
    ) -> Result<Self> {
        conexao.set_read_timeout(Some(OLHADA))?;
        Ok(Self {
            conexao,
            limite,
            mensagem: vec![0; tamanho],
        })
    }

    /// A conexão.
    #[must_use]
    pub fn conexao(&self) -> &TcpStream {
        &self.conexao
    }

    /// Manda a mensagem em tantos pedaços, um `write` para cada, espera que ela volte e
    /// devolve quanto demorou.
    ///
    /// # Errors
    /// [`Interrompido`](crate::resultados::Interrompido), o fim do prazo, ou o que o
    /// sistema respondeu.
    // ANCHOR: perguntar
    pub fn perguntar(&mut self, pedacos: usize) -> Result<Duration> {
        let inicio = Instant::now();
        for pedaco in self.mensagem.chunks(self.mensagem.len() / pedacos) {
            self.conexao
                .write_all(pedaco)
                .context("não foi possível mandar a pergunta")?;
        }
        self.ouvir()?;
        Ok(inicio.elapsed())
    }
    // ANCHOR_END: perguntar

    /// Espera a mensagem inteira.
    fn ouvir(&mut self) -> Result<()> {
        let mut falta = self.mensagem.as_mut_slice();
        while !falta.is_empty() {
            match self.conexao.read(falta) {
                Ok(0) => bail!("o outro lado fechou a conexão"),
                Ok(lidos) => falta = &mut falta[lidos..],
                Err(erro) if so_uma_olhada(&erro) => {
                    if !self.limite.continua()? {
                        bail!("a resposta não chegou no prazo do experimento");
                    }
                }
                Err(erro) => {
                    return Err(erro)
                        .context("não foi possível ler a resposta");
                }
            }
        }
        Ok(())
    }
}

/// Faz com que fechar `conexao` a esqueça na hora, em vez de insistir nas despedidas: o
/// que ela repetisse entraria nas contas do experimento seguinte.
///
/// # Errors
/// O que o sistema respondeu.
pub fn esquecer_ao_fechar(conexao: &TcpStream) -> Result<()> {
    SockRef::from(conexao)
        .set_linger(Some(Duration::ZERO))
        .context("não foi possível ajustar o fim da conexão")
}
