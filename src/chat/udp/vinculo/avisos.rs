//! O que se conta à pessoa do caminho até o outro: cada coisa uma vez, e não uma por
//! datagrama.

use std::fmt::Display;
use std::time::Instant;

use super::super::obstaculo::Obstaculo;
use super::Vinculo;
use crate::chat::datagrama;
use crate::chat::protocolo::{Mensagem, Motivo};
use crate::chat::transporte::{Acontecimento, Ouvinte};

/// Quantos OLÁs vão sem que nada volte antes de se contar isso à pessoa: cerca de
/// 3 s.
const OLAS_SEM_RESPOSTA: u32 = 5;

/// O que já se contou à pessoa desde que a conversa começou ou acabou.
#[derive(Debug, Default)]
pub struct Avisos {
    /// Que nada chega.
    silencio: bool,
    obstaculos: Vec<Obstaculo>,
    /// Por que recusamos o outro.
    recusamos: Vec<Motivo>,
    /// Por que ele nos recusou.
    recusaram: Vec<Motivo>,
}

impl Avisos {
    /// Nada se contou: a conversa acaba de começar.
    pub fn nenhum() -> Self {
        Self::default()
    }

    /// A conversa acaba de cair, e já se contou por quê. Que nada chegue, ou que
    /// haja no caminho o mesmo obstáculo, não é notícia.
    pub fn da_queda(obstaculo: Option<Obstaculo>) -> Self {
        Self {
            silencio: true,
            obstaculos: obstaculo.into_iter().collect(),
            ..Self::default()
        }
    }

    /// O outro saiu: que ninguém atenda na porta dele não é notícia.
    pub fn do_adeus() -> Self {
        Self::da_queda(Some(Obstaculo::Porta))
    }

    fn nada_se_contou(&self) -> bool {
        !self.silencio
            && self.obstaculos.is_empty()
            && self.recusamos.is_empty()
            && self.recusaram.is_empty()
    }
}

/// Põe na lista o que ainda não está. `true` se é novidade.
fn novidade<T: PartialEq>(lista: &mut Vec<T>, coisa: T) -> bool {
    let nova = !lista.contains(&coisa);
    if nova {
        lista.push(coisa);
    }
    nova
}

impl Vinculo {
    /// Depois de uns OLÁs sem resposta, conta que nada chega, se nada mais explica
    /// isso.
    pub(super) fn contar_silencio(&mut self, ouvinte: Ouvinte<'_>) {
        if self.cumprimento.vezes() < OLAS_SEM_RESPOSTA
            || !self.avisos.nada_se_contou()
        {
            return;
        }
        self.avisos.silencio = true;
        let motivo = format!(
            "nada chega de {} (abra o chat também lá; se já está aberto, \
             confira os endereços e o firewall)",
            self.canal.par()
        );
        ouvinte(Acontecimento::SemResposta { motivo: &motivo });
    }

    // ANCHOR: obstaculo
    /// Um erro do socket não derruba nada. Com uma conversa de pé, um que é sobre o
    /// outro nem é notícia ainda: pergunta-se a ele antes de acreditar.
    pub(super) fn contar_obstaculo(
        &mut self,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) {
        let Some(obstaculo) = self.canal.obstaculo() else {
            return;
        };
        self.obstaculo = Some(obstaculo);
        if self.de_pe && obstaculo.e_sobre_o_par() {
            if obstaculo == Obstaculo::Porta && self.ha_despedida() {
                self.encerrar(agora);
            } else {
                self.presenca.desconfiar(agora);
            }
            return;
        }
        if self.despedida.saindo()
            || !novidade(&mut self.avisos.obstaculos, obstaculo)
        {
            return;
        }
        let motivo = &obstaculo.frase(self.canal.par()).to_string();
        ouvinte(if self.de_pe {
            Acontecimento::Dificuldade { motivo }
        } else {
            Acontecimento::SemResposta { motivo }
        });
    }
    // ANCHOR_END: obstaculo

    // ANCHOR: recusar
    /// Diz ao outro por que não se fala com ele, sem pressa, e conta à pessoa uma
    /// vez.
    pub(super) fn recusar(
        &mut self,
        motivo: Motivo,
        explicacao: &str,
        detalhe: &dyn Display,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) {
        self.descartados += 1;
        if self.recusas.deixa(agora) {
            let recusa = Mensagem::Recusa { motivo, explicacao };
            datagrama::montar(0, &recusa, &mut self.saida);
            self.enviar(agora);
        }
        if novidade(&mut self.avisos.recusamos, motivo) {
            let detalhe = &detalhe.to_string();
            ouvinte(Acontecimento::Recusado { motivo, detalhe });
        }
    }
    // ANCHOR_END: recusar

    /// Uma recusa só diz alguma coisa a quem espera por uma conversa.
    pub(super) fn ouvir_recusa(
        &mut self,
        motivo: Motivo,
        explicacao: &str,
        ouvinte: Ouvinte<'_>,
    ) {
        if self.cumprimentando() && novidade(&mut self.avisos.recusaram, motivo)
        {
            ouvinte(Acontecimento::Recusou { motivo, explicacao });
        } else {
            self.descartados += 1;
        }
    }
}
