//! Quem manda: o emissor do ARQ, com um socket, um relógio e um prazo.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use sockets::arq::{Configuracao, Emissor, MedidasDoEmissor};

use super::canal::{Canal, Leitura};
use super::datagrama::Datagrama;
use super::{Limite, MAIOR_LEVA};

/// As contas de quem manda.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ContasDoRemetente {
    /// Os segmentos, as repetições e os prazos vencidos.
    pub emissor: MedidasDoEmissor,
    /// Quantos recibos chegaram.
    pub recibos: u64,
    /// Quantos datagramas chegaram e não eram recibos desta conversa.
    pub recusados: u64,
    /// Quantos datagramas o sistema não aceitou mandar.
    pub nao_sairam: u64,
}

/// Quem manda.
#[derive(Debug)]
pub struct Remetente {
    canal: Canal,
    emissor: Emissor,
    recibos: u64,
    /// Segmentos e outras coisas que só um par confuso manda a quem manda.
    estranhos: u64,
}

impl Remetente {
    /// Um remetente que começa pelo segmento 0.
    #[must_use]
    pub fn novo(canal: Canal, configuracao: Configuracao) -> Self {
        Self {
            canal,
            emissor: Emissor::novo(configuracao),
            recibos: 0,
            estranhos: 0,
        }
    }

    // ANCHOR: mandar
    /// Manda `cargas`, uma por segmento, e volta quando a última foi confirmada. A cada
    /// recibo que confirma alguma, entrega a `ouvir` a resposta que veio com ele.
    ///
    /// # Errors
    /// - [`Interrompido`](crate::resultados::Interrompido), quando o limite diz que é
    ///   hora de parar;
    /// - quando o prazo acaba antes, ou o sistema não deixa ler.
    ///
    /// # Panics
    /// Se uma carga passa da maior da configuração.
    pub fn mandar(
        &mut self,
        cargas: impl IntoIterator<Item = Vec<u8>>,
        limite: &Limite<'_>,
        mut ouvir: impl FnMut(&[u8]),
    ) -> Result<()> {
        let mut cargas = cargas.into_iter().fuse();
        loop {
            while self.emissor.cabe() {
                let Some(carga) = cargas.next() else { break };
                self.emissor.guardar(carga);
            }
            self.mandar_o_que_cabe();
            if self.emissor.tudo_confirmado() {
                return Ok(());
            }
            if !limite.continua()? {
                bail!(
                    "a entrega não acabou no prazo: {} segmentos confirmados, {} \
                     ainda não, {} datagramas que o sistema não mandou",
                    self.emissor.confirmados(),
                    self.emissor.pendentes(),
                    self.canal.nao_sairam()
                );
            }
            if self.canal.esperar(limite.espera(self.falta()))? {
                self.ler(&mut ouvir)?;
            }
            self.emissor.despertar(self.canal.agora());
        }
    }

    fn mandar_o_que_cabe(&mut self) {
        let agora = self.canal.agora();
        while let Some(envio) = self.emissor.proximo_envio(agora) {
            self.canal.mandar(&Datagrama::Segmento {
                numero: envio.numero,
                carga: envio.carga,
            });
        }
    }

    /// Quanto falta para o ARQ ter o que fazer sem que chegue nada.
    fn falta(&self) -> Duration {
        self.emissor.proximo_prazo().map_or(Duration::MAX, |prazo| {
            prazo.saturating_sub(self.canal.agora())
        })
    }

    fn ler(&mut self, ouvir: &mut impl FnMut(&[u8])) -> Result<()> {
        for _ in 0..MAIOR_LEVA {
            let agora = self.canal.agora();
            match self.canal.ler()? {
                Leitura::Nada => break,
                Leitura::Datagrama(Datagrama::Recibo { recibo, resposta }) => {
                    self.recibos += 1;
                    if self.emissor.recibo(agora, &recibo) > 0 {
                        ouvir(resposta);
                    }
                }
                Leitura::Datagrama(Datagrama::Segmento { .. }) => {
                    self.estranhos += 1;
                }
                Leitura::Recusado => {}
            }
        }
        Ok(())
    }
    // ANCHOR_END: mandar

    /// Manda `pergunta` sozinha e espera a resposta, que fica em `resposta`. É o
    /// pare-e-espere: uma de cada vez, repetida até que o recibo dela chegue. Devolve
    /// quanto demorou.
    ///
    /// # Errors
    /// Os de [`mandar`](Self::mandar).
    pub fn perguntar(
        &mut self,
        pergunta: &[u8],
        limite: &Limite<'_>,
        resposta: &mut Vec<u8>,
    ) -> Result<Duration> {
        let inicio = Instant::now();
        self.mandar([pergunta.to_vec()], limite, |veio| {
            resposta.clear();
            resposta.extend(veio);
        })?;
        Ok(inicio.elapsed())
    }

    /// As contas, desde o começo.
    #[must_use]
    pub fn contas(&self) -> ContasDoRemetente {
        ContasDoRemetente {
            emissor: self.emissor.medidas(),
            recibos: self.recibos,
            recusados: self.canal.recusados() + self.estranhos,
            nao_sairam: self.canal.nao_sairam(),
        }
    }
}
