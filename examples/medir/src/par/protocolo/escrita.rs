//! De mensagem para bytes.

use super::{
    Bytes, Chegadas, Envio, MAGIA, MAIOR_CONGESTIONAMENTO, MAIOR_EXPLICACAO,
    Mensagem, Motivo, Pedido, Protocolo, Sentido, Serie, Tempos, VERSAO,
};

/// O quadro inteiro de uma mensagem: o tamanho do corpo e o corpo.
#[must_use]
pub fn montar(mensagem: &Mensagem) -> Vec<u8> {
    let mut corpo = Corpo(vec![0, 0]);
    corpo.mensagem(mensagem);
    let Corpo(mut quadro) = corpo;
    let tamanho = u16::try_from(quadro.len() - 2).unwrap_or(u16::MAX);
    quadro[..2].copy_from_slice(&tamanho.to_be_bytes());
    quadro
}

struct Corpo(Vec<u8>);

impl Corpo {
    fn mensagem(&mut self, mensagem: &Mensagem) {
        match mensagem {
            Mensagem::Ola => {
                self.u8(1);
                self.apresentar();
            }
            Mensagem::BemVindo { sessao } => {
                self.u8(2);
                self.u16(VERSAO);
                self.u64(sessao.0);
            }
            Mensagem::Dados {
                sessao,
                experimento,
            } => {
                self.u8(3);
                self.apresentar();
                self.u64(sessao.0);
                self.u32(*experimento);
            }
            Mensagem::Caminho { prova } => {
                self.u8(4);
                self.u64(*prova);
            }
            Mensagem::Pedido {
                experimento,
                pedido,
            } => {
                self.u8(5);
                self.u32(*experimento);
                self.pedido(pedido);
            }
            Mensagem::Pronto { experimento } => {
                self.u8(6);
                self.u32(*experimento);
            }
            Mensagem::Envio { experimento, envio } => {
                self.u8(7);
                self.u32(*experimento);
                self.envio(envio);
            }
            Mensagem::Chegadas {
                experimento,
                chegadas,
            } => {
                self.u8(8);
                self.u32(*experimento);
                self.chegadas(chegadas);
            }
            Mensagem::Bytes { experimento, bytes } => {
                self.u8(9);
                self.u32(*experimento);
                self.bytes(bytes);
            }
            Mensagem::Opiniao {
                experimento,
                duvidas,
            } => {
                self.u8(10);
                self.u32(*experimento);
                self.u32(duvidas.bits());
            }
            Mensagem::Recusa { motivo, explicacao } => {
                self.u8(11);
                self.motivo(*motivo);
                self.texto(explicacao, MAIOR_EXPLICACAO);
            }
            Mensagem::Tchau => self.u8(12),
        }
    }

    fn apresentar(&mut self) {
        self.0.extend(MAGIA);
        self.u16(VERSAO);
    }

    fn pedido(&mut self, pedido: &Pedido) {
        match pedido {
            Pedido::Eco { protocolo, serie } => {
                self.u8(match protocolo {
                    Protocolo::Tcp => 1,
                    Protocolo::Udp => 2,
                });
                self.serie(serie);
            }
            Pedido::Datagramas { sentido, serie } => {
                self.u8(match sentido {
                    Sentido::Ida => 3,
                    Sentido::Volta => 4,
                });
                self.serie(serie);
            }
            Pedido::Fluxo { sentido, tempos } => {
                self.u8(match sentido {
                    Sentido::Ida => 5,
                    Sentido::Volta => 6,
                });
                let Tempos {
                    duracao_ms,
                    aquecimento_ms,
                } = tempos;
                self.u32(*duracao_ms);
                self.u32(*aquecimento_ms);
            }
        }
    }

    fn serie(&mut self, serie: &Serie) {
        let Serie {
            quantos,
            tamanho,
            ritmo,
            escoar_ms,
        } = serie;
        for numero in [quantos, tamanho, ritmo, escoar_ms] {
            self.u32(*numero);
        }
    }

    fn envio(&mut self, envio: &Envio) {
        for numero in [
            envio.enviados,
            envio.bytes,
            envio.erros,
            envio.remarcados,
            envio.intervalo_ns,
        ] {
            self.u64(numero);
        }
        self.talvez(envio.retransmitidos);
        self.texto(&envio.congestionamento, MAIOR_CONGESTIONAMENTO);
    }

    fn chegadas(&mut self, chegadas: &Chegadas) {
        for numero in [
            chegadas.unicos,
            chegadas.repetidos,
            chegadas.ultrapassados,
            chegadas.inventados,
            chegadas.proximo,
            chegadas.bytes,
            chegadas.intervalo_ns,
        ] {
            self.u64(numero);
        }
        self.talvez(chegadas.variacao_ns);
        self.talvez(chegadas.sem_buffer);
        self.u64(chegadas.buffer);
        self.u64(chegadas.devolvidos);
    }

    fn bytes(&mut self, bytes: &Bytes) {
        for numero in [
            bytes.recebidos,
            bytes.intervalo_ns,
            bytes.na_janela,
            bytes.janela_ns,
        ] {
            self.u64(numero);
        }
        self.u8(bytes.inteiro.into());
    }

    fn motivo(&mut self, motivo: Motivo) {
        let lugar = Motivo::TODOS.iter().position(|um| *um == motivo);
        let numero = lugar.and_then(|lugar| u8::try_from(lugar + 1).ok());
        self.u8(numero.unwrap_or_default());
    }

    fn u8(&mut self, numero: u8) {
        self.0.push(numero);
    }

    fn u16(&mut self, numero: u16) {
        self.0.extend(numero.to_be_bytes());
    }

    fn u32(&mut self, numero: u32) {
        self.0.extend(numero.to_be_bytes());
    }

    fn u64(&mut self, numero: u64) {
        self.0.extend(numero.to_be_bytes());
    }

    /// Um número que pode não haver: um byte que diz se há, e ele (ou zero).
    fn talvez(&mut self, numero: Option<u64>) {
        self.u8(numero.is_some().into());
        self.u64(numero.unwrap_or_default());
    }

    /// Um texto, depois de um byte com o tamanho. Do que passa do limite, vai o que
    /// cabe.
    fn texto(&mut self, texto: &str, limite: usize) {
        let cabe = |fim: &usize| texto.is_char_boundary(*fim);
        let fim = (0..=limite.min(texto.len())).rev().find(cabe);
        let fim = fim.unwrap_or_default();
        self.u8(u8::try_from(fim).unwrap_or_default());
        self.0.extend(&texto.as_bytes()[..fim]);
    }
}

#[cfg(test)]
mod testes {
    use super::super::Sessao;
    use super::*;

    #[test]
    fn os_bytes_sao_os_da_tabela() {
        let sessao = Sessao(0x0102_0304_0506_0708);
        for (mensagem, bytes) in [
            (Mensagem::Ola, &b"\x00\x07\x01medp\x00\x01"[..]),
            (
                Mensagem::BemVindo { sessao },
                b"\x00\x0b\x02\x00\x01\x01\x02\x03\x04\x05\x06\x07\x08",
            ),
            (
                Mensagem::Dados {
                    sessao,
                    experimento: 9,
                },
                b"\x00\x13\x03medp\x00\x01\x01\x02\x03\x04\x05\x06\x07\x08\
                  \x00\x00\x00\x09",
            ),
            (
                Mensagem::Pedido {
                    experimento: 1,
                    pedido: Pedido::Fluxo {
                        sentido: Sentido::Volta,
                        tempos: Tempos {
                            duracao_ms: 1200,
                            aquecimento_ms: 400,
                        },
                    },
                },
                b"\x00\x0e\x05\x00\x00\x00\x01\x06\x00\x00\x04\xb0\
                  \x00\x00\x01\x90",
            ),
            (
                Mensagem::Recusa {
                    motivo: Motivo::Ocupado,
                    explicacao: "é".into(),
                },
                b"\x00\x05\x0b\x02\x02\xc3\xa9",
            ),
            (Mensagem::Tchau, b"\x00\x01\x0c"),
        ] {
            assert_eq!(montar(&mensagem), bytes, "{mensagem:?}");
        }
    }

    #[test]
    fn um_texto_comprido_e_cortado_entre_caracteres() {
        let quadro = montar(&Mensagem::Recusa {
            motivo: Motivo::Lixo,
            explicacao: "a".to_string() + &"é".repeat(150),
        });
        let texto = std::str::from_utf8(&quadro[5..]).unwrap();
        assert_eq!(texto.len(), MAIOR_EXPLICACAO - 1);
        assert_eq!(usize::from(quadro[4]), texto.len());
    }
}
