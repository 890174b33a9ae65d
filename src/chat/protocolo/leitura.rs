//! As mensagens, de bytes para valores.

use std::ops::RangeInclusive;

use super::{
    Item, MAIOR_CARGA, MAIOR_EXPLICACAO, MAIOR_NOME, MAIOR_TEXTO, Mensagem,
    Modo, Motivo, Sessao, VERSAO, Violacao, especie, tipo,
};
use crate::arq::{MAIOR_MAPA, Recibo};

impl<'a> Mensagem<'a> {
    /// Lê um corpo inteiro. Os textos da mensagem são fatias dele: nada é copiado,
    /// a não ser o mapa de um recibo (32 bytes, no máximo).
    ///
    /// # Errors
    /// [`Violacao`], para qualquer corpo que o protocolo não permite.
    // Uma vez por linha: a chamada custaria tanto quanto a leitura.
    #[inline]
    pub fn decodificar(corpo: &'a [u8]) -> Result<Self, Violacao> {
        let (&tipo, resto) = corpo.split_first().ok_or(Violacao::Vazia)?;
        // Quase tudo que passa pela rede é item: é o caminho curto.
        if tipo == tipo::ITEM {
            return decodificar_item(resto);
        }
        let mut campos = Campos {
            resto,
            mensagem: tipo::nome(tipo).ok_or(Violacao::Tipo(tipo))?,
            bytes: corpo.len(),
        };
        let mensagem = match tipo {
            tipo::OLA => decodificar_ola(&mut campos)?,
            tipo::RECUSA => Self::Recusa {
                motivo: motivo(campos.u8()?)?,
                explicacao: texto(
                    campos.tudo(),
                    0..=MAIOR_EXPLICACAO,
                    Violacao::Explicacao,
                )?,
            },
            tipo::CONFIRMA => Self::Confirma {
                recebidos: campos.u64()?,
            },
            tipo::PING => Self::Ping {
                marca: campos.u64()?,
            },
            tipo::PONG => Self::Pong {
                marca: campos.u64()?,
                recebidos: campos.u64()?,
            },
            tipo::TCHAU => Self::Tchau {
                enviados: campos.u64()?,
            },
            tipo::ATE_LOGO => Self::AteLogo {
                recebidos: campos.u64()?,
            },
            tipo::SEGMENTO => Self::Segmento {
                numero: campos.u64()?,
                carga: campos.ate(MAIOR_CARGA)?,
            },
            tipo::RECIBO => Self::Recibo(Recibo {
                proximo: campos.u64()?,
                janela: campos.u16()?,
                mapa: campos.ate(MAIOR_MAPA)?.to_vec(),
            }),
            _ => Self::Aceito,
        };
        campos.acabaram()?;
        Ok(mensagem)
    }
}

#[inline]
fn decodificar_item(campos: &[u8]) -> Result<Mensagem<'_>, Violacao> {
    let Some((numero, [especie, resto @ ..])) = campos.split_first_chunk()
    else {
        return Err(Violacao::Comprimento {
            mensagem: "ITEM",
            bytes: campos.len() + 1,
        });
    };
    let item = match *especie {
        especie::TEXTO | especie::TEXTO_QUE_CONTINUA => {
            let texto = texto(resto, 0..=MAIOR_TEXTO, Violacao::Texto)?;
            if resto.contains(&b'\n') {
                return Err(Violacao::QuebraDeLinha);
            }
            Item::Texto {
                texto,
                continua: *especie == especie::TEXTO_QUE_CONTINUA,
            }
        }
        especie::NOME => Item::Nome(nome(resto)?),
        outra => return Err(Violacao::Especie(outra)),
    };
    Ok(Mensagem::Item {
        numero: u64::from_be_bytes(*numero),
        item,
    })
}

fn decodificar_ola<'a>(
    campos: &mut Campos<'a>,
) -> Result<Mensagem<'a>, Violacao> {
    let versao = campos.u8()?;
    // O que vem depois deste byte só quem fala a outra versão sabe ler.
    if versao != VERSAO {
        return Err(Violacao::Versao(versao));
    }
    Ok(Mensagem::Ola {
        versao,
        modo: modo(campos.u8()?)?,
        sessao: sessao(campos.u64()?).ok_or(Violacao::SemSessao)?,
        conhecida: sessao(campos.u64()?),
        recebidos: campos.u64()?,
        proximo: campos.u64()?,
        nome: nome(campos.tudo())?,
    })
}

fn sessao(numero: u64) -> Option<Sessao> {
    (numero != 0).then_some(Sessao(numero))
}

fn modo(byte: u8) -> Result<Modo, Violacao> {
    [Modo::Tcp, Modo::Udp, Modo::UdpConfiavel]
        .into_iter()
        .find(|modo| *modo as u8 == byte)
        .ok_or(Violacao::Modo(byte))
}

fn motivo(byte: u8) -> Result<Motivo, Violacao> {
    use Motivo::{Demora, Espelho, Estranho, Lixo, Modo, Ocupado, Versao};
    [Versao, Estranho, Ocupado, Lixo, Modo, Espelho, Demora]
        .into_iter()
        .find(|motivo| *motivo as u8 == byte)
        .ok_or(Violacao::Motivo(byte))
}

fn nome(bytes: &[u8]) -> Result<&str, Violacao> {
    texto(bytes, 1..=MAIOR_NOME, Violacao::Nome)
}

/// O texto destes bytes, se a quantidade deles serve.
fn texto(
    bytes: &[u8],
    tamanhos: RangeInclusive<usize>,
    violacao: fn(usize) -> Violacao,
) -> Result<&str, Violacao> {
    if !tamanhos.contains(&bytes.len()) {
        return Err(violacao(bytes.len()));
    }
    std::str::from_utf8(bytes).map_err(|_| Violacao::Utf8)
}

/// Os campos de um corpo, tirados um a um.
struct Campos<'a> {
    resto: &'a [u8],
    /// De que mensagem são e de quantos bytes, para contar se faltarem ou sobrarem.
    mensagem: &'static str,
    bytes: usize,
}

impl<'a> Campos<'a> {
    fn comprimento(&self) -> Violacao {
        Violacao::Comprimento {
            mensagem: self.mensagem,
            bytes: self.bytes,
        }
    }

    fn tirar<const N: usize>(&mut self) -> Result<[u8; N], Violacao> {
        let (campo, resto) = self
            .resto
            .split_first_chunk()
            .ok_or_else(|| self.comprimento())?;
        self.resto = resto;
        Ok(*campo)
    }

    fn u8(&mut self) -> Result<u8, Violacao> {
        self.tirar().map(u8::from_be_bytes)
    }

    fn u16(&mut self) -> Result<u16, Violacao> {
        self.tirar().map(u16::from_be_bytes)
    }

    fn u64(&mut self) -> Result<u64, Violacao> {
        self.tirar().map(u64::from_be_bytes)
    }

    /// O campo que vai até o fim do corpo.
    fn tudo(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.resto)
    }

    /// O mesmo, se não passar de `maximo` bytes.
    fn ate(&mut self, maximo: usize) -> Result<&'a [u8], Violacao> {
        let resto = self.tudo();
        if resto.len() > maximo {
            return Err(self.comprimento());
        }
        Ok(resto)
    }

    fn acabaram(&self) -> Result<(), Violacao> {
        if self.resto.is_empty() {
            Ok(())
        } else {
            Err(self.comprimento())
        }
    }
}
