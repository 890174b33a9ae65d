//! De bytes para mensagem. Uma mensagem tem um jeito só de ser escrita: o que se lê e
//! se escreve de novo dá os mesmos bytes.

use super::limites::MAIS_MEDIDAS;
use super::{
    Bytes, Chegadas, Duvidas, Envio, MAGIA, MAIOR_CONGESTIONAMENTO,
    MAIOR_EXPLICACAO, Mensagem, Motivo, Pedido, Protocolo, Sentido, Serie,
    Sessao, Tempos, VERSAO, Violacao,
};

/// A mensagem de um corpo, sem o tamanho.
///
/// # Errors
/// O que não é deste protocolo. Uma versão que não é esta é [`Violacao::Versao`], o que
/// quer que venha depois dela.
pub fn abrir(corpo: &[u8]) -> Result<Mensagem, Violacao> {
    let mut corpo = Corpo(corpo);
    let mensagem = corpo.mensagem()?;
    match corpo.0.len() {
        0 => Ok(mensagem),
        sobra => Err(Violacao::Sobra(sobra)),
    }
}

/// O que falta ler de um corpo.
struct Corpo<'b>(&'b [u8]);

impl Corpo<'_> {
    fn mensagem(&mut self) -> Result<Mensagem, Violacao> {
        Ok(match self.u8()? {
            1 => {
                self.apresentacao()?;
                Mensagem::Ola
            }
            2 => {
                self.versao()?;
                let sessao = self.sessao()?;
                Mensagem::BemVindo { sessao }
            }
            3 => {
                self.apresentacao()?;
                Mensagem::Dados {
                    sessao: self.sessao()?,
                    experimento: self.experimento()?,
                }
            }
            4 => Mensagem::Caminho { prova: self.u64()? },
            5 => Mensagem::Pedido {
                experimento: self.experimento()?,
                pedido: self.pedido()?,
            },
            6 => Mensagem::Pronto {
                experimento: self.u32()?,
            },
            7 => Mensagem::Envio {
                experimento: self.experimento()?,
                envio: self.envio()?,
            },
            8 => Mensagem::Chegadas {
                experimento: self.experimento()?,
                chegadas: self.chegadas()?,
            },
            9 => Mensagem::Bytes {
                experimento: self.experimento()?,
                bytes: self.bytes()?,
            },
            10 => Mensagem::Opiniao {
                experimento: self.experimento()?,
                duvidas: Duvidas::dos_bits(self.u32()?)
                    .ok_or(Violacao::Valor("dúvidas"))?,
            },
            11 => Mensagem::Recusa {
                motivo: self.motivo()?,
                explicacao: self.texto(MAIOR_EXPLICACAO, "explicação")?,
            },
            12 => Mensagem::Tchau,
            outro => return Err(Violacao::Tipo(outro)),
        })
    }

    fn apresentacao(&mut self) -> Result<(), Violacao> {
        if self.tirar()? != MAGIA {
            return Err(Violacao::Magia);
        }
        self.versao()
    }

    fn versao(&mut self) -> Result<(), Violacao> {
        match self.u16()? {
            VERSAO => Ok(()),
            outra => Err(Violacao::Versao(outra)),
        }
    }

    fn sessao(&mut self) -> Result<Sessao, Violacao> {
        match self.u64()? {
            0 => Err(Violacao::Valor("sessão")),
            sessao => Ok(Sessao(sessao)),
        }
    }

    fn experimento(&mut self) -> Result<u32, Violacao> {
        let experimento = self.u32()?;
        if (1..=MAIS_MEDIDAS).contains(&experimento) {
            return Ok(experimento);
        }
        Err(Violacao::Valor("experimento"))
    }

    fn pedido(&mut self) -> Result<Pedido, Violacao> {
        let protocolo = |qual| match qual {
            1 => Protocolo::Tcp,
            _ => Protocolo::Udp,
        };
        let sentido = |qual| match qual {
            3 | 5 => Sentido::Ida,
            _ => Sentido::Volta,
        };
        Ok(match self.u8()? {
            qual @ (1 | 2) => Pedido::Eco {
                protocolo: protocolo(qual),
                serie: self.serie()?,
            },
            qual @ (3 | 4) => Pedido::Datagramas {
                sentido: sentido(qual),
                serie: self.serie()?,
            },
            qual @ (5 | 6) => Pedido::Fluxo {
                sentido: sentido(qual),
                tempos: Tempos {
                    duracao_ms: self.u32()?,
                    aquecimento_ms: self.u32()?,
                },
            },
            _ => return Err(Violacao::Valor("medida")),
        })
    }

    fn serie(&mut self) -> Result<Serie, Violacao> {
        Ok(Serie {
            quantos: self.u32()?,
            tamanho: self.u32()?,
            ritmo: self.u32()?,
            escoar_ms: self.u32()?,
        })
    }

    fn envio(&mut self) -> Result<Envio, Violacao> {
        Ok(Envio {
            enviados: self.u64()?,
            bytes: self.u64()?,
            erros: self.u64()?,
            remarcados: self.u64()?,
            intervalo_ns: self.u64()?,
            retransmitidos: self.talvez("retransmitidos")?,
            congestionamento: self
                .texto(MAIOR_CONGESTIONAMENTO, "congestionamento")?,
        })
    }

    fn chegadas(&mut self) -> Result<Chegadas, Violacao> {
        Ok(Chegadas {
            unicos: self.u64()?,
            repetidos: self.u64()?,
            ultrapassados: self.u64()?,
            inventados: self.u64()?,
            proximo: self.u64()?,
            bytes: self.u64()?,
            intervalo_ns: self.u64()?,
            variacao_ns: self.talvez("variação")?,
            sem_buffer: self.talvez("sem buffer")?,
            buffer: self.u64()?,
            devolvidos: self.u64()?,
        })
    }

    fn bytes(&mut self) -> Result<Bytes, Violacao> {
        Ok(Bytes {
            recebidos: self.u64()?,
            intervalo_ns: self.u64()?,
            na_janela: self.u64()?,
            janela_ns: self.u64()?,
            inteiro: self.sim_ou_nao("inteiro")?,
        })
    }

    fn motivo(&mut self) -> Result<Motivo, Violacao> {
        let lugar = usize::from(self.u8()?).checked_sub(1);
        let motivo = lugar.and_then(|lugar| Motivo::TODOS.get(lugar));
        motivo.copied().ok_or(Violacao::Valor("motivo"))
    }

    fn tirar<const N: usize>(&mut self) -> Result<[u8; N], Violacao> {
        let (tirados, resto) =
            self.0.split_first_chunk().ok_or(Violacao::Curta)?;
        self.0 = resto;
        Ok(*tirados)
    }

    fn u8(&mut self) -> Result<u8, Violacao> {
        self.tirar().map(u8::from_be_bytes)
    }

    fn u16(&mut self) -> Result<u16, Violacao> {
        self.tirar().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, Violacao> {
        self.tirar().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Result<u64, Violacao> {
        self.tirar().map(u64::from_be_bytes)
    }

    fn sim_ou_nao(&mut self, campo: &'static str) -> Result<bool, Violacao> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Violacao::Valor(campo)),
        }
    }

    fn talvez(&mut self, campo: &'static str) -> Result<Option<u64>, Violacao> {
        match (self.sim_ou_nao(campo)?, self.u64()?) {
            (true, numero) => Ok(Some(numero)),
            (false, 0) => Ok(None),
            (false, _) => Err(Violacao::Valor(campo)),
        }
    }

    fn texto(
        &mut self,
        limite: usize,
        campo: &'static str,
    ) -> Result<String, Violacao> {
        let tamanho = usize::from(self.u8()?);
        if tamanho > limite {
            return Err(Violacao::Valor(campo));
        }
        let (texto, resto) =
            self.0.split_at_checked(tamanho).ok_or(Violacao::Curta)?;
        self.0 = resto;
        let texto = std::str::from_utf8(texto);
        Ok(texto.map_err(|_| Violacao::Valor(campo))?.to_string())
    }
}
