//! Quem recebe: o receptor do ARQ, com um socket.

use anyhow::Result;
use sockets::arq::{Configuracao, MedidasDoReceptor, Receptor};

use super::canal::{Canal, Leitura};
use super::datagrama::{Datagrama, MAIOR_RESPOSTA};
use super::{Limite, MAIOR_LEVA};

/// As contas de quem recebe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ContasDoDestinatario {
    /// Os segmentos: novos, repetidos, descartados.
    pub receptor: MedidasDoReceptor,
    /// Quantos recibos saíram.
    pub recibos: u64,
    /// Quantos datagramas chegaram e não eram segmentos desta conversa.
    pub recusados: u64,
    /// Quantos recibos o sistema não aceitou mandar.
    pub nao_sairam: u64,
}

/// Quem recebe.
#[derive(Debug)]
pub struct Destinatario {
    canal: Canal,
    receptor: Receptor,
    recibos: u64,
    /// Recibos e outras coisas que só um par confuso manda a quem recebe.
    estranhos: u64,
    /// O que vai com todo recibo: a resposta ao último segmento entregue.
    resposta: Vec<u8>,
}

impl Destinatario {
    /// Um destinatário à espera do segmento 0.
    #[must_use]
    pub fn novo(canal: Canal, configuracao: Configuracao) -> Self {
        Self {
            canal,
            receptor: Receptor::novo(configuracao),
            recibos: 0,
            estranhos: 0,
            resposta: Vec::new(),
        }
    }

    // ANCHOR: receber
    /// Recebe segmentos até o limite. Cada carga vai a `entregar`, uma vez e em ordem,
    /// com a resposta vazia para quem quiser responder; o recibo só sai depois, um para
    /// tudo que havia para ler. Quem repete uma pergunta recebe de novo a resposta.
    ///
    /// Chegar ao limite não é erro: quem recebe não sabe quando o outro acabou de mandar.
    ///
    /// # Errors
    /// Quando o sistema não deixa ler.
    ///
    /// # Panics
    /// Se uma resposta passa de [`MAIOR_RESPOSTA`].
    pub fn receber(
        &mut self,
        limite: &Limite<'_>,
        mut entregar: impl FnMut(&[u8], &mut Vec<u8>),
    ) -> Result<()> {
        while matches!(limite.continua(), Ok(true)) {
            if !self.canal.esperar(limite.fatia())? {
                continue;
            }
            for _ in 0..MAIOR_LEVA {
                match self.canal.ler()? {
                    Leitura::Nada => break,
                    Leitura::Datagrama(Datagrama::Segmento {
                        numero,
                        carga,
                    }) => {
                        self.receptor.chegou(numero, carga);
                        self.entregar(&mut entregar);
                    }
                    Leitura::Datagrama(Datagrama::Recibo { .. }) => {
                        self.estranhos += 1;
                    }
                    Leitura::Recusado => {}
                }
            }
            self.responder();
        }
        Ok(())
    }

    fn entregar(&mut self, entregar: &mut impl FnMut(&[u8], &mut Vec<u8>)) {
        while let Some(carga) = self.receptor.entregar() {
            self.resposta.clear();
            entregar(&carga, &mut self.resposta);
            assert!(
                self.resposta.len() <= MAIOR_RESPOSTA,
                "a resposta passa do limite"
            );
        }
    }

    fn responder(&mut self) {
        if let Some(recibo) = self.receptor.recibo_devido() {
            self.recibos += 1;
            self.canal.mandar(&Datagrama::Recibo {
                recibo,
                resposta: &self.resposta,
            });
        }
    }
    // ANCHOR_END: receber

    /// As contas, desde o começo.
    #[must_use]
    pub fn contas(&self) -> ContasDoDestinatario {
        ContasDoDestinatario {
            receptor: self.receptor.medidas(),
            recibos: self.recibos,
            recusados: self.canal.recusados() + self.estranhos,
            nao_sairam: self.canal.nao_sairam(),
        }
    }
}
