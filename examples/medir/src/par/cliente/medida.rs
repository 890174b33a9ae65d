//! Uma medida, vista do cliente: o pedido, o que se mandou e se recebeu, e as opiniões.

use std::time::Instant;

use super::ligacao::Ligacao;
use super::roteiro::{Ensaio, Sabido};
use crate::par::canal::{self, Canal, PRAZO};
use crate::par::descartes::sem_buffer;
use crate::par::emissao::Emissao;
use crate::par::falha::Falha;
use crate::par::perguntas::{self, Respostas};
use crate::par::protocolo::{
    Bytes, Chegadas, Duvidas, Envio, Mensagem, Pedido, Protocolo, Sentido,
    Serie, Tempos,
};
use crate::par::recepcao::Recepcao;
use crate::par::{fluxo, opiniao};

/// O que se mediu em um ensaio.
#[derive(Debug)]
pub struct Medida {
    /// O que se pediu.
    pub pedido: Pedido,
    /// O que se viu.
    pub visto: Visto,
    /// Do que este lado duvida.
    pub minhas: Duvidas,
    /// Do que o servidor duvida.
    pub dele: Duvidas,
}

/// O que um lado diz ter mandado, e o outro, recebido.
#[derive(Debug)]
pub enum Visto {
    /// Perguntas deste lado, e as respostas do servidor.
    Respostas(Respostas),
    /// Datagramas em um sentido.
    Datagramas {
        /// O que se mandou.
        envio: Envio,
        /// O que chegou.
        chegadas: Chegadas,
    },
    /// Bytes em um sentido.
    Bytes {
        /// O que se mandou.
        envio: Envio,
        /// O que chegou.
        bytes: Bytes,
    },
}

/// Faz o ensaio de número `experimento`. `enchimento` é o que vai dentro do que se manda.
///
/// # Errors
/// O que não deixou medir. A sessão não continua depois disso.
pub fn medir(
    ligacao: &mut Ligacao<'_>,
    experimento: u32,
    ensaio: &Ensaio,
    sabido: &Sabido,
    enchimento: &[u8],
) -> Result<Medida, Falha> {
    let pedido = ensaio.pedido(sabido);
    let mut medicao = Medicao {
        ja_perdidos: sem_buffer(&ligacao.udp),
        ligacao,
        experimento,
        enchimento,
        inicio: Instant::now(),
    };
    medicao.pedir(pedido)?;
    let (visto, minhas) = match pedido {
        Pedido::Eco {
            protocolo: Protocolo::Udp,
            serie,
        } => medicao.eco_de_datagramas(serie)?,
        Pedido::Eco {
            protocolo: Protocolo::Tcp,
            serie,
        } => medicao.eco_de_fluxo(serie)?,
        Pedido::Datagramas {
            sentido: Sentido::Ida,
            serie,
        } => medicao.datagramas_da_ida(serie)?,
        Pedido::Datagramas {
            sentido: Sentido::Volta,
            serie,
        } => medicao.datagramas_da_volta(serie)?,
        Pedido::Fluxo {
            sentido: Sentido::Ida,
            tempos,
        } => medicao.fluxo_da_ida(tempos)?,
        Pedido::Fluxo {
            sentido: Sentido::Volta,
            tempos,
        } => medicao.fluxo_da_volta(tempos)?,
    };
    let dele = medicao.opinar(minhas)?;
    Ok(Medida {
        pedido,
        visto,
        minhas,
        dele,
    })
}

/// Uma medida que se está fazendo.
struct Medicao<'m, 'p> {
    ligacao: &'m mut Ligacao<'p>,
    experimento: u32,
    enchimento: &'m [u8],
    inicio: Instant,
    /// O que o buffer da porta UDP já tinha perdido antes do pedido.
    ja_perdidos: Option<u64>,
}

impl<'p> Medicao<'_, 'p> {
    fn pedir(&mut self, pedido: Pedido) -> Result<(), Falha> {
        let experimento = self.experimento;
        let canal = &mut self.ligacao.canal;
        canal.enviar(&Mensagem::Pedido {
            experimento,
            pedido,
        })?;
        match canal.receber("que está pronto", PRAZO)? {
            Mensagem::Pronto { experimento: de } if de == experimento => Ok(()),
            outra => Err(Falha::fora_de_hora(&outra)),
        }
    }

    /// Diz ao servidor o que se acha do que ele relata, e ouve o que ele acha.
    fn opinar(&mut self, duvidas: Duvidas) -> Result<Duvidas, Falha> {
        let experimento = self.experimento;
        let canal = &mut self.ligacao.canal;
        canal.enviar(&Mensagem::Opiniao {
            experimento,
            duvidas,
        })?;
        let dele = canal.receber("a opinião dele", PRAZO)?;
        canal::opiniao(dele, experimento)
    }

    /// O canal, e a série que se manda.
    fn emissao(&mut self, serie: Serie) -> (&mut Canal<'p>, Emissao<'_>) {
        let Ligacao {
            canal, udp, sessao, ..
        } = &mut *self.ligacao;
        let emissao = Emissao {
            socket: udp,
            sessao: *sessao,
            experimento: self.experimento,
            serie,
            enchimento: self.enchimento,
        };
        (canal, emissao)
    }

    fn dizer_o_envio(&mut self, envio: &Envio) -> Result<(), Falha> {
        self.ligacao.canal.enviar(&Mensagem::Envio {
            experimento: self.experimento,
            envio: envio.clone(),
        })
    }

    /// O que o servidor diz ter recebido de uma série.
    fn chegadas(&mut self, serie: &Serie) -> Result<Chegadas, Falha> {
        let prazo = serie.escoamento() + PRAZO;
        let canal = &mut self.ligacao.canal;
        let chegadas = canal.receber("o que ele recebeu", prazo)?;
        canal::chegadas(chegadas, self.experimento)
    }

    fn bytes(&mut self) -> Result<Bytes, Falha> {
        let prazo = fluxo::SOBRA + PRAZO;
        let canal = &mut self.ligacao.canal;
        let bytes = canal.receber("o que ele recebeu", prazo)?;
        canal::bytes(bytes, self.experimento)
    }

    fn eco_de_datagramas(
        &mut self,
        serie: Serie,
    ) -> Result<(Visto, Duvidas), Falha> {
        let (canal, emissao) = self.emissao(serie);
        let respostas = perguntas::por_datagramas(&emissao, &mut || {
            canal.conferir_calado()
        })?;
        self.dizer_o_envio(&respostas.envio)?;
        let diz = self.chegadas(&serie)?;
        self.ligacao.canal.enviar(&Mensagem::Chegadas {
            experimento: self.experimento,
            chegadas: respostas.chegadas,
        })?;
        let passou = self.inicio.elapsed();
        let mut duvidas =
            opiniao::de_quem_recebeu(&serie, &respostas.envio, &diz, passou);
        duvidas.juntar(opiniao::de_quem_respondeu(
            &respostas.chegadas,
            respostas.impossiveis,
            &diz,
        ));
        Ok((Visto::Respostas(respostas), duvidas))
    }

    fn eco_de_fluxo(
        &mut self,
        serie: Serie,
    ) -> Result<(Visto, Duvidas), Falha> {
        let conexao = self.ligacao.dados(self.experimento)?;
        let (canal, emissao) = self.emissao(serie);
        let respostas =
            perguntas::por_conexao(&conexao, &emissao, &mut || {
                canal.conferir_calado()
            })?;
        drop(conexao);
        self.dizer_o_envio(&respostas.envio)?;
        let diz = self.bytes()?;
        let ouvidos = Bytes {
            recebidos: respostas.chegadas.bytes,
            intervalo_ns: respostas.chegadas.intervalo_ns,
            inteiro: respostas.chegadas.unicos == respostas.envio.enviados,
            ..Bytes::default()
        };
        self.ligacao.canal.enviar(&Mensagem::Bytes {
            experimento: self.experimento,
            bytes: ouvidos,
        })?;
        let duvidas = opiniao::do_eco(
            &respostas.envio,
            &ouvidos,
            respostas.impossiveis,
            &diz,
            self.inicio.elapsed(),
        );
        Ok((Visto::Respostas(respostas), duvidas))
    }

    fn datagramas_da_ida(
        &mut self,
        serie: Serie,
    ) -> Result<(Visto, Duvidas), Falha> {
        let (canal, emissao) = self.emissao(serie);
        let envio = emissao.mandar(&mut || canal.conferir_calado())?;
        self.dizer_o_envio(&envio)?;
        let chegadas = self.chegadas(&serie)?;
        let passou = self.inicio.elapsed();
        let duvidas =
            opiniao::de_quem_recebeu(&serie, &envio, &chegadas, passou);
        Ok((Visto::Datagramas { envio, chegadas }, duvidas))
    }

    fn datagramas_da_volta(
        &mut self,
        serie: Serie,
    ) -> Result<(Visto, Duvidas), Falha> {
        let Ligacao {
            canal, udp, sessao, ..
        } = &mut *self.ligacao;
        let recepcao = Recepcao {
            socket: udp,
            sessao: *sessao,
            experimento: self.experimento,
            serie,
            devolver: false,
            ja_perdidos: self.ja_perdidos,
        };
        let (envio, chegadas) = recepcao.receber(canal)?;
        let passou = self.inicio.elapsed();
        canal.enviar(&Mensagem::Chegadas {
            experimento: self.experimento,
            chegadas,
        })?;
        let duvidas =
            opiniao::de_quem_mandou(&serie, &chegadas, &envio, passou);
        Ok((Visto::Datagramas { envio, chegadas }, duvidas))
    }

    fn fluxo_da_ida(
        &mut self,
        tempos: Tempos,
    ) -> Result<(Visto, Duvidas), Falha> {
        let conexao = self.ligacao.dados(self.experimento)?;
        let canal = &mut self.ligacao.canal;
        let envio =
            fluxo::mandar(&conexao, tempos, self.enchimento, &mut || {
                canal.conferir_calado()
            })?;
        self.dizer_o_envio(&envio)?;
        let bytes = self.bytes()?;
        let passou = self.inicio.elapsed();
        let duvidas = opiniao::de_quem_leu(tempos, &envio, &bytes, passou);
        Ok((Visto::Bytes { envio, bytes }, duvidas))
    }

    fn fluxo_da_volta(
        &mut self,
        tempos: Tempos,
    ) -> Result<(Visto, Duvidas), Falha> {
        let conexao = self.ligacao.dados(self.experimento)?;
        let canal = &mut self.ligacao.canal;
        let bytes = fluxo::receber(&conexao, tempos, &mut || canal.conferir())?;
        drop(conexao);
        let envio = canal.receber("o fim dos envios", PRAZO)?;
        let envio = canal::envio(envio, self.experimento)?;
        canal.enviar(&Mensagem::Bytes {
            experimento: self.experimento,
            bytes,
        })?;
        let passou = self.inicio.elapsed();
        let duvidas = opiniao::de_quem_escreveu(&bytes, &envio, passou);
        Ok((Visto::Bytes { envio, bytes }, duvidas))
    }
}
