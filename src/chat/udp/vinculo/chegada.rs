//! O que chega: de quem é, o que prova e o que se responde.

use std::time::Instant;

use super::super::canal::Chegada;
use super::super::identidade::Dono;
use super::{Avisos, Vinculo};
use crate::chat::confiavel;
use crate::chat::datagrama::{self, Datagrama};
use crate::chat::protocolo::{
    Mensagem, Modo, Motivo, Sessao, VERSAO, Violacao,
};
use crate::chat::transporte::{Acontecimento, Ouvinte};

/// O que um datagrama trouxe ao modo, depois do que o vínculo já fez.
#[derive(Debug, Default)]
pub struct Ouvido<'b> {
    /// A conversa começou ou voltou com ele.
    pub comeco: Option<Comeco>,
    /// Uma mensagem sobre itens, a tratar depois do começo. Um TCHAU se devolve a
    /// [`Vinculo::ouvir_tchau`]; um ATÉ LOGO que chega aqui é o que se esperava.
    pub mensagem: Option<Mensagem<'b>>,
}

/// Como uma conversa ficou de pé.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comeco {
    /// Com uma sessão nova, cujos itens começam por este número.
    Nova {
        /// O número.
        proximo: u64,
    },
    /// Com a mesma sessão de antes da queda.
    Volta,
}

impl Vinculo {
    // ANCHOR: ouvir
    /// Lê um datagrama e faz o que não depende do modo. `None` quando não há mais o
    /// que ler.
    pub fn ouvir<'b>(
        &mut self,
        buffer: &'b mut [u8],
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) -> Option<Ouvido<'b>> {
        let chegada = self.canal.receber(buffer);
        self.contar_obstaculo(agora, ouvinte);
        let bytes = match chegada {
            Chegada::Datagrama(tamanho) => &buffer[..tamanho],
            Chegada::Estranho(quem) => {
                self.descartados += 1;
                if self.estranhos.deixa(agora) {
                    ouvinte(Acontecimento::Estranho { quem });
                }
                return Some(Ouvido::default());
            }
            Chegada::Aviso => return Some(Ouvido::default()),
            Chegada::Nada => return None,
        };
        Some(match datagrama::abrir(bytes) {
            Ok(datagrama) => self.tratar(datagrama, agora, ouvinte),
            Err(violacao) => self.descartar(violacao, agora, ouvinte),
        })
    }
    // ANCHOR_END: ouvir

    // ANCHOR: descartar
    /// Lixo não derruba uma conversa por UDP: a rede pode estragar um datagrama, e
    /// qualquer um pode escrever o remetente que quiser. Só a versão tem resposta.
    fn descartar<'b>(
        &mut self,
        violacao: Violacao,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) -> Ouvido<'b> {
        if let Violacao::Versao(_) = violacao {
            let nossa = format!("este chat fala a versão {VERSAO}");
            self.recusar(Motivo::Versao, &nossa, &violacao, agora, ouvinte);
        } else {
            self.descartados += 1;
        }
        Ouvido::default()
    }
    // ANCHOR_END: descartar

    fn tratar<'b>(
        &mut self,
        datagrama: Datagrama<'b>,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) -> Ouvido<'b> {
        match datagrama.mensagem {
            Mensagem::Ola {
                modo,
                sessao,
                conhecida,
                proximo,
                nome,
                ..
            } => {
                if !self.serve(modo, sessao, agora, ouvinte) {
                    return Ouvido::default();
                }
                self.identidade.apresentar(sessao, nome, proximo);
                let prova = conhecida == Some(self.identidade.minha());
                Ouvido {
                    comeco: self.ouvir_ola(sessao, prova, agora, ouvinte),
                    mensagem: None,
                }
            }
            Mensagem::Recusa { motivo, explicacao } => {
                self.ouvir_recusa(motivo, explicacao, ouvinte);
                Ouvido::default()
            }
            mensagem => self.ouvir_da_conversa(
                datagrama.conversa,
                mensagem,
                agora,
                ouvinte,
            ),
        }
    }

    /// Se um OLÁ pode dar em conversa.
    fn serve(
        &mut self,
        modo: Modo,
        sessao: Sessao,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) -> bool {
        if modo != self.modo {
            let (meu, dele) = (self.modo.opcao(), modo.opcao());
            let nossa = format!("este chat foi aberto com {meu}");
            let detalhe =
                format!("o outro chat foi aberto com {dele}, e este com {meu}");
            self.recusar(Motivo::Modo, &nossa, &detalhe, agora, ouvinte);
            return false;
        }
        if sessao == self.identidade.minha() {
            let frase = "este programa está falando consigo mesmo";
            self.recusar(Motivo::Espelho, frase, &frase, agora, ouvinte);
            return false;
        }
        let serve = !self.identidade.acabou(sessao) && !self.despedida.saindo();
        if !serve {
            self.descartados += 1;
        }
        serve
    }

    // ANCHOR: ouvir-ola
    /// Quem me cumprimenta sem me conhecer recebe o meu OLÁ; quem já me conhece
    /// pode conversar.
    ///
    /// A quem já conversa se responde PING, e não OLÁ: a resposta a um PING é um
    /// PONG, que não pede outra. Dois OLÁs se responderiam para sempre.
    fn ouvir_ola(
        &mut self,
        sessao: Sessao,
        prova: bool,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) -> Option<Comeco> {
        let repetido = prova && self.de_pe && self.identidade.e_o_par(sessao);
        let comeco = (prova && !repetido).then(|| {
            let novo = self.identidade.adotar();
            self.comecar(novo, agora, ouvinte)
        });
        if self.respostas.deixa(agora) {
            if repetido {
                self.presenca.perguntar(agora);
            } else {
                self.dizer_ola(agora);
            }
        }
        comeco
    }
    // ANCHOR_END: ouvir-ola

    // ANCHOR: comecar
    /// A conversa fica de pé: com uma sessão nova, e aqui está o número do primeiro
    /// item dela, ou de novo com a mesma.
    fn comecar(
        &mut self,
        novo: Option<u64>,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) -> Comeco {
        if novo.is_some() {
            self.largar_o_anterior(ouvinte);
        }
        self.de_pe = true;
        self.presenca.recomecar(agora);
        self.avisos = Avisos::nenhum();
        self.obstaculo = None;
        if let Some(par) = self.identidade.par() {
            ouvinte(Acontecimento::Conectou {
                nome: &par.nome,
                endereco: self.canal.par(),
                voltou: novo.is_none(),
            });
        }
        novo.map_or(Comeco::Volta, |proximo| Comeco::Nova { proximo })
    }
    // ANCHOR_END: comecar

    fn largar_o_anterior(&mut self, ouvinte: Ouvinte<'_>) {
        if self.conversando() {
            let motivo = "o outro programa foi fechado e aberto de novo";
            ouvinte(Acontecimento::Caiu { motivo });
        }
        self.despedida.outra_conversa();
        self.limite = u64::MAX;
        self.contas.recebidos = 0;
    }

    // ANCHOR: ouvir-da-conversa
    /// Tudo que não é OLÁ nem RECUSA vem com o número da conversa, que só quem ouviu
    /// as duas sessões sabe calcular.
    fn ouvir_da_conversa<'b>(
        &mut self,
        conversa: u64,
        mensagem: Mensagem<'b>,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) -> Ouvido<'b> {
        let dono = self.identidade.dono(conversa);
        let serve = match dono {
            Dono::Par => self.de_pe || !self.despedida.saindo(),
            Dono::Apresentado => !self.despedida.saindo(),
            Dono::ParQueSaiu => vem_depois_do_fim(&mensagem),
            Dono::Ninguem => false,
        };
        if !serve || !cabe(self.modo, &mensagem) {
            self.descartados += 1;
            return Ouvido::default();
        }
        let novo = match dono {
            Dono::Apresentado => self.identidade.adotar(),
            _ => None,
        };
        let volta = dono == Dono::Par && !self.de_pe;
        let comeco = (novo.is_some() || volta)
            .then(|| self.comecar(novo, agora, ouvinte));
        self.presenca.ouvir(agora);
        self.obstaculo = None;
        Ouvido {
            comeco,
            mensagem: self.responder(mensagem, agora, ouvinte),
        }
    }
    // ANCHOR_END: ouvir-da-conversa

    /// Responde ao que não depende do modo, e devolve o resto.
    fn responder<'b>(
        &mut self,
        mensagem: Mensagem<'b>,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) -> Option<Mensagem<'b>> {
        match mensagem {
            Mensagem::Ping { marca } => {
                let recebidos = self.contas.recebidos;
                self.mandar(&Mensagem::Pong { marca, recebidos }, agora);
                return None;
            }
            Mensagem::Pong { marca, .. } => {
                if let Some(demorou) = self.presenca.responder(marca, agora) {
                    ouvinte(Acontecimento::Eco { demorou });
                }
            }
            Mensagem::AteLogo { .. } => {
                if !self.despedida.respondida(agora) {
                    self.descartados += 1;
                    return None;
                }
                self.encerrar(agora);
            }
            _ => {}
        }
        Some(mensagem)
    }
}

/// Se uma mensagem existe neste modo e está inteira.
fn cabe(modo: Modo, mensagem: &Mensagem<'_>) -> bool {
    match mensagem {
        Mensagem::Item { .. } => modo == Modo::Udp,
        Mensagem::Recibo(_) => modo == Modo::UdpConfiavel,
        Mensagem::Segmento { carga, .. } => {
            modo == Modo::UdpConfiavel && confiavel::so_traz_itens(carga)
        }
        Mensagem::Aceito | Mensagem::Confirma { .. } => false,
        _ => true,
    }
}

/// Depois da despedida ainda podem chegar um TCHAU repetido, porque a nossa resposta
/// se perdeu, e um item que se atrasou.
fn vem_depois_do_fim(mensagem: &Mensagem<'_>) -> bool {
    matches!(mensagem, Mensagem::Tchau { .. } | Mensagem::Item { .. })
}
