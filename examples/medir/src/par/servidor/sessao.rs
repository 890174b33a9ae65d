//! Uma sessão: o que o servidor faz com um cliente, do primeiro BEM-VINDO ao TCHAU.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use super::escuta::abrir_udp;
use super::porteiro::{Chamada, Porteiro};
use super::recusa::recusa;
use super::relato::{Medida, Relato};
use crate::par::canal::{
    self, Canal, OLHADA, PRAZO, Parar, passageiro, preparar,
};
use crate::par::datagrama::{self, DO_CAMINHO};
use crate::par::descartes::sem_buffer;
use crate::par::emissao::{ATRASO, Emissao};
use crate::par::falha::Falha;
use crate::par::protocolo::limites::{MAIOR_SESSAO, MAIS_MEDIDAS};
use crate::par::protocolo::{
    Chegadas, Duvidas, Envio, Mensagem, Motivo, Pedido, Protocolo, Sentido,
    Serie, Sessao, Tempos,
};
use crate::par::recepcao::Recepcao;
use crate::par::{fluxo, opiniao};

/// Quanto um cliente pode ficar sem pedir nada.
const OCIOSO: Duration = Duration::from_secs(10);

/// Quantos datagramas que perguntam pelo caminho se respondem de uma vez.
const DE_UMA_VEZ: usize = 16;

/// Uma sessão com um cliente.
pub struct Atendimento<'s> {
    canal: Canal<'s>,
    porteiro: &'s Porteiro,
    /// De onde o cliente ligou: só daí se aceitam datagramas e conexões de dados.
    ip: IpAddr,
    sessao: Sessao,
    /// O que se põe na resposta a quem pergunta pelo caminho.
    prova: u64,
    udp: UdpSocket,
    /// Para onde foi a última resposta a quem pergunta pelo caminho.
    respondido: Option<SocketAddr>,
    /// Se `udp` já está ligado ao cliente.
    caminho: bool,
    /// Bytes que não se comprimem.
    enchimento: Vec<u8>,
    medidas: u32,
    ate: Instant,
}

/// Como uma sessão acabou, e quantas medidas teve.
pub struct Fim {
    /// Quantas medidas acabaram.
    pub medidas: u32,
    /// O que a fez parar; nada, se o cliente se despediu.
    pub falha: Option<Falha>,
}

/// Atende um cliente até o fim, e mostra cada medida a `mostrar`.
pub fn atender(
    chamada: Chamada,
    porteiro: &Porteiro,
    parar: Parar<'_>,
    mostrar: &mut dyn FnMut(&Relato),
) -> Fim {
    match Atendimento::comecar(chamada, porteiro, parar) {
        Ok(mut atendimento) => {
            let conversa = atendimento.conversar(mostrar);
            porteiro.nao_esperar();
            if let Err(falha) = &conversa
                && let Some(motivo) = falha.motivo()
            {
                // Se ele já não ouve, não há a quem dizer.
                let _ = atendimento.canal.despedir(&recusa(motivo));
            }
            Fim {
                medidas: atendimento.medidas,
                falha: conversa.err(),
            }
        }
        Err(falha) => Fim {
            medidas: 0,
            falha: Some(falha),
        },
    }
}

/// Um número que ninguém mais sabe, e não é zero: as chaves de um [`RandomState`] vêm do
/// sorteio do sistema.
fn sortear() -> u64 {
    RandomState::new().hash_one(std::process::id()).max(1)
}

impl<'s> Atendimento<'s> {
    fn comecar(
        chamada: Chamada,
        porteiro: &'s Porteiro,
        parar: Parar<'s>,
    ) -> Result<Self, Falha> {
        let local = chamada.conexao.local_addr();
        let mut canal = Canal::novo(chamada.conexao, parar)?;
        let udp = match local.and_then(abrir_udp) {
            Ok(udp) => udp,
            Err(erro) => {
                // Se ele já não ouve, não há a quem dizer.
                let _ = canal.despedir(&recusa(Motivo::Sistema));
                let tentativa = "abrir a porta UDP para este cliente";
                return Err(Falha::Sistema(tentativa, erro));
            }
        };
        let sessao = Sessao(sortear());
        canal.enviar(&Mensagem::BemVindo { sessao })?;
        Ok(Self {
            canal,
            porteiro,
            ip: chamada.de.ip().to_canonical(),
            sessao,
            prova: sortear(),
            udp,
            respondido: None,
            caminho: false,
            enchimento: crate::par::enchimento(sortear()),
            medidas: 0,
            ate: Instant::now() + MAIOR_SESSAO,
        })
    }

    fn conversar(
        &mut self,
        mostrar: &mut dyn FnMut(&Relato),
    ) -> Result<(), Falha> {
        loop {
            match self.proxima()? {
                Mensagem::Tchau => return Ok(()),
                Mensagem::Caminho { prova } => self.confirmar(prova)?,
                Mensagem::Pedido {
                    experimento,
                    pedido,
                } => {
                    self.aceitar(experimento, &pedido)?;
                    let relato = self.medir(experimento, pedido)?;
                    self.medidas += 1;
                    mostrar(&relato);
                }
                outra => return Err(Falha::fora_de_hora(&outra)),
            }
        }
    }

    /// A próxima mensagem do cliente. Enquanto ela não vem, responde a quem pergunta
    /// pelo caminho.
    fn proxima(&mut self) -> Result<Mensagem, Falha> {
        let ate = Instant::now() + OCIOSO;
        loop {
            if let Some(mensagem) = self.canal.tentar_ja()? {
                return Ok(mensagem);
            }
            let agora = Instant::now();
            if agora >= self.ate {
                return Err(Falha::Limite("uma sessão dura até 15 minutos"));
            }
            if agora >= ate {
                return Err(Falha::Calou("o próximo pedido"));
            }
            if !self.caminho {
                self.responder();
            }
            self.canal.legivel(OLHADA)?;
        }
    }

    /// Responde aos datagramas desta sessão que perguntam pelo caminho, com tantos bytes
    /// quantos trazem.
    fn responder(&mut self) {
        for _ in 0..DE_UMA_VEZ {
            let mut datagrama = [0; DO_CAMINHO + 1];
            let (lidos, de) = match self.udp.recv_from(&mut datagrama) {
                Ok(recebido) => recebido,
                Err(erro) if passageiro(&erro) => return,
                // No Windows, um datagrama grande demais ou o aviso de um que não
                // chegou.
                Err(_) => continue,
            };
            if de.ip().to_canonical() != self.ip {
                continue;
            }
            let datagrama = &datagrama[..lidos];
            let resposta =
                datagrama::responder(datagrama, self.sessao, self.prova);
            if let Some(resposta) = resposta
                && self.udp.send_to(&resposta, de).is_ok()
            {
                self.respondido = Some(de);
            }
        }
    }

    /// O cliente diz o que ouviu por UDP: se é a prova, ele recebe onde se respondeu.
    fn confirmar(&mut self, prova: u64) -> Result<(), Falha> {
        let de = self.respondido.filter(|_| prova == self.prova);
        let de = de.ok_or(Falha::SemCaminho)?;
        self.udp.connect(de).map_err(|erro| {
            Falha::Sistema("ligar a porta UDP ao cliente", erro)
        })?;
        self.caminho = true;
        self.canal.enviar(&Mensagem::Pronto { experimento: 0 })
    }

    fn aceitar(&self, experimento: u32, pedido: &Pedido) -> Result<(), Falha> {
        if experimento != self.medidas + 1 {
            return Err(Falha::ForaDeHora("PEDIDO com outro número"));
        }
        if experimento > MAIS_MEDIDAS {
            return Err(Falha::Limite("uma sessão tem até 1000 medidas"));
        }
        pedido.conferir().map_err(Falha::Limite)?;
        let por_udp = match pedido {
            Pedido::Eco { protocolo, .. } => *protocolo == Protocolo::Udp,
            Pedido::Datagramas { .. } => true,
            Pedido::Fluxo { .. } => false,
        };
        if por_udp && !self.caminho {
            return Err(Falha::SemCaminho);
        }
        Ok(())
    }

    fn medir(
        &mut self,
        experimento: u32,
        pedido: Pedido,
    ) -> Result<Relato, Falha> {
        let inicio = Instant::now();
        let medida = match pedido {
            Pedido::Eco {
                protocolo: Protocolo::Udp,
                serie,
            } => self.eco_de_datagramas(experimento, serie, inicio),
            Pedido::Eco {
                protocolo: Protocolo::Tcp,
                serie,
            } => self.eco_de_fluxo(experimento, serie, inicio),
            Pedido::Datagramas {
                sentido: Sentido::Ida,
                serie,
            } => self.datagramas_da_ida(experimento, serie, inicio),
            Pedido::Datagramas {
                sentido: Sentido::Volta,
                serie,
            } => self.datagramas_da_volta(experimento, serie, inicio),
            Pedido::Fluxo {
                sentido: Sentido::Ida,
                tempos,
            } => self.fluxo_da_ida(experimento, tempos, inicio),
            Pedido::Fluxo {
                sentido: Sentido::Volta,
                tempos,
            } => self.fluxo_da_volta(experimento, tempos, inicio),
        };
        let (medida, minhas) = medida?;
        let dele = self.canal.receber("a opinião dele", PRAZO)?;
        let dele = canal::opiniao(dele, experimento)?;
        self.canal.enviar(&Mensagem::Opiniao {
            experimento,
            duvidas: minhas,
        })?;
        Ok(Relato {
            pedido,
            medida,
            minhas,
            dele,
        })
    }

    fn pronto(&mut self, experimento: u32) -> Result<(), Falha> {
        self.canal.enviar(&Mensagem::Pronto { experimento })
    }

    /// Recebe uma série, e relata o que recebeu.
    fn receber_datagramas(
        &mut self,
        experimento: u32,
        serie: Serie,
        devolver: bool,
    ) -> Result<(Envio, Chegadas), Falha> {
        let ja_perdidos = sem_buffer(&self.udp);
        self.pronto(experimento)?;
        let recepcao = Recepcao {
            socket: &self.udp,
            sessao: self.sessao,
            experimento,
            serie,
            devolver,
            ja_perdidos,
        };
        let (envio, chegadas) = recepcao.receber(&mut self.canal)?;
        self.canal.enviar(&Mensagem::Chegadas {
            experimento,
            chegadas,
        })?;
        Ok((envio, chegadas))
    }

    fn eco_de_datagramas(
        &mut self,
        experimento: u32,
        serie: Serie,
        inicio: Instant,
    ) -> Result<(Medida, Duvidas), Falha> {
        let (envio, chegadas) =
            self.receber_datagramas(experimento, serie, true)?;
        let dele = self.canal.receber("o que ele recebeu", PRAZO)?;
        let dele = canal::chegadas(dele, experimento)?;
        let passou = inicio.elapsed();
        let mut duvidas =
            opiniao::de_quem_mandou(&serie, &chegadas, &envio, passou);
        duvidas.juntar(opiniao::de_quem_ouviu_o_eco(&chegadas, &dele));
        let medida = Medida::Datagramas { envio, chegadas };
        Ok((medida, duvidas))
    }

    fn datagramas_da_ida(
        &mut self,
        experimento: u32,
        serie: Serie,
        inicio: Instant,
    ) -> Result<(Medida, Duvidas), Falha> {
        let (envio, chegadas) =
            self.receber_datagramas(experimento, serie, false)?;
        let passou = inicio.elapsed();
        let duvidas =
            opiniao::de_quem_mandou(&serie, &chegadas, &envio, passou);
        Ok((Medida::Datagramas { envio, chegadas }, duvidas))
    }

    fn datagramas_da_volta(
        &mut self,
        experimento: u32,
        serie: Serie,
        inicio: Instant,
    ) -> Result<(Medida, Duvidas), Falha> {
        self.pronto(experimento)?;
        let emissao = Emissao {
            socket: &self.udp,
            sessao: self.sessao,
            experimento,
            serie,
            enchimento: &self.enchimento,
        };
        let canal = &mut self.canal;
        let envio = emissao.mandar(&mut || canal.conferir_calado())?;
        self.canal.enviar(&Mensagem::Envio {
            experimento,
            envio: envio.clone(),
        })?;
        let prazo = serie.escoamento() + PRAZO;
        let chegadas = self.canal.receber("o que ele recebeu", prazo)?;
        let chegadas = canal::chegadas(chegadas, experimento)?;
        let passou = inicio.elapsed();
        let duvidas =
            opiniao::de_quem_recebeu(&serie, &envio, &chegadas, passou);
        Ok((Medida::Datagramas { envio, chegadas }, duvidas))
    }

    /// Diz ao cliente que está pronto, e espera a conexão de dados dele.
    fn conexao_de_dados(
        &mut self,
        experimento: u32,
    ) -> Result<TcpStream, Falha> {
        let dados =
            self.porteiro
                .esperar_dados(self.ip, self.sessao, experimento);
        self.pronto(experimento)?;
        let ate = Instant::now() + PRAZO;
        loop {
            match dados.recv_timeout(OLHADA) {
                Ok(conexao) => {
                    preparar(&conexao)?;
                    return Ok(conexao);
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() < ate => {
                    self.canal.conferir_calado()?;
                }
                Err(_) => return Err(Falha::Calou("a conexão de dados")),
            }
        }
    }

    fn eco_de_fluxo(
        &mut self,
        experimento: u32,
        serie: Serie,
        inicio: Instant,
    ) -> Result<(Medida, Duvidas), Falha> {
        let conexao = self.conexao_de_dados(experimento)?;
        let mais = u64::from(serie.quantos) * u64::from(serie.tamanho);
        let ate = Instant::now() + serie.duracao() + ATRASO + PRAZO;
        let canal = &self.canal;
        let bytes =
            fluxo::ecoar(&conexao, mais, ate, &mut || canal.conferir())?;
        let envio = self.canal.receber("o fim dos envios", PRAZO * 2)?;
        let envio = canal::envio(envio, experimento)?;
        self.canal.enviar(&Mensagem::Bytes { experimento, bytes })?;
        let dele = self.canal.receber("o que ele recebeu", PRAZO)?;
        let dele = canal::bytes(dele, experimento)?;
        let mut duvidas =
            opiniao::de_quem_escreveu(&bytes, &envio, inicio.elapsed());
        duvidas.juntar(opiniao::de_quem_leu_o_eco(&bytes, &dele));
        Ok((Medida::Bytes { envio, bytes }, duvidas))
    }

    fn fluxo_da_ida(
        &mut self,
        experimento: u32,
        tempos: Tempos,
        inicio: Instant,
    ) -> Result<(Medida, Duvidas), Falha> {
        let conexao = self.conexao_de_dados(experimento)?;
        let canal = &self.canal;
        let bytes = fluxo::receber(&conexao, tempos, &mut || canal.conferir())?;
        drop(conexao);
        let envio = self.canal.receber("o fim dos envios", PRAZO)?;
        let envio = canal::envio(envio, experimento)?;
        self.canal.enviar(&Mensagem::Bytes { experimento, bytes })?;
        let duvidas =
            opiniao::de_quem_escreveu(&bytes, &envio, inicio.elapsed());
        Ok((Medida::Bytes { envio, bytes }, duvidas))
    }

    fn fluxo_da_volta(
        &mut self,
        experimento: u32,
        tempos: Tempos,
        inicio: Instant,
    ) -> Result<(Medida, Duvidas), Falha> {
        let conexao = self.conexao_de_dados(experimento)?;
        let canal = &mut self.canal;
        let envio =
            fluxo::mandar(&conexao, tempos, &self.enchimento, &mut || {
                canal.conferir_calado()
            })?;
        self.canal.enviar(&Mensagem::Envio {
            experimento,
            envio: envio.clone(),
        })?;
        let prazo = fluxo::SOBRA + PRAZO;
        let bytes = self.canal.receber("o que ele recebeu", prazo)?;
        drop(conexao);
        let bytes = canal::bytes(bytes, experimento)?;
        let duvidas =
            opiniao::de_quem_leu(tempos, &envio, &bytes, inicio.elapsed());
        Ok((Medida::Bytes { envio, bytes }, duvidas))
    }
}
