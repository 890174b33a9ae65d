//! Como uma conversa acaba: o outro some, ou um dos dois se despede.

use std::time::Instant;

use super::{Avisos, Vinculo};
use crate::chat::protocolo::{Mensagem, Modo};
use crate::chat::transporte::{Acontecimento, Ouvinte};

impl Vinculo {
    // ANCHOR: cair
    /// O outro não está lá. Volta-se a cumprimentar; se ele já tinha se despedido,
    /// era isso.
    pub(super) fn cair(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        if self.ha_despedida() {
            self.encerrar(agora);
            return;
        }
        self.de_pe = false;
        self.cumprimento.recomecar(agora);
        self.avisos = Avisos::da_queda(self.obstaculo);
        let motivo = match self.obstaculo {
            Some(obstaculo) => obstaculo.frase(self.canal.par()).to_string(),
            None => format!("nada mais chega de {}", self.canal.par()),
        };
        ouvinte(Acontecimento::Caiu { motivo: &motivo });
    }
    // ANCHOR_END: cair

    /// Se algum dos dois já disse TCHAU.
    pub(super) fn ha_despedida(&self) -> bool {
        self.despedida.ouvida() || self.despedida.dizendo()
    }

    /// A pessoa quer sair.
    pub fn despedir(&mut self) {
        self.despedida.pedir();
    }

    /// Se a despedida acabou.
    #[must_use]
    pub fn despediu(&self) -> bool {
        self.despedida.feita()
    }

    /// Os itens de número menor que este ainda vão nesta conversa.
    #[must_use]
    pub fn limite(&self) -> u64 {
        self.limite
    }

    // ANCHOR: despachar
    /// O modo já mandou o que podia, e [`Contas`](super::Contas) está em dia: é a
    /// hora das despedidas, se nada mais falta. `total` é o número que o próximo
    /// item digitado vai ter.
    pub fn despachar(&mut self, total: u64, agora: Instant) {
        let quer_sair = self.despedida.pedida() && self.contas.proximo >= total;
        if quer_sair && self.de_pe && !self.basta_responder() {
            self.despedida.dizer(agora);
        }
        self.repetir_tchau(agora);
        let nada_falta = self.contas.proximo >= total.min(self.limite);
        if self.despedida.deve_resposta() && nada_falta {
            self.dizer_ate_logo(agora);
            if !self.despedida.dizendo() {
                self.encerrar(agora);
            }
        }
        if quer_sair && !self.de_pe {
            self.despedida.terminar(agora);
        }
    }
    // ANCHOR_END: despachar

    /// Se um ATÉ LOGO diz tudo: o outro já se despede, e tem o que mandamos. Em UDP,
    /// só o nosso TCHAU lhe conta quanto foi.
    fn basta_responder(&self) -> bool {
        self.modo == Modo::UdpConfiavel && self.despedida.deve_resposta()
    }

    pub(super) fn repetir_tchau(&mut self, agora: Instant) {
        let dizia = self.despedida.dizendo();
        if self.despedida.hora_do_tchau(agora) {
            let enviados = self.contas.proximo;
            self.mandar(&Mensagem::Tchau { enviados }, agora);
        } else if dizia && !self.despedida.dizendo() {
            self.encerrar(agora);
        }
    }

    fn dizer_ate_logo(&mut self, agora: Instant) {
        let recebidos = self.contas.recebidos;
        self.mandar(&Mensagem::AteLogo { recebidos }, agora);
        self.despedida.responder(agora);
    }

    // ANCHOR: ouvir-tchau
    /// Chegou TCHAU, e o modo já fez as contas dele. `true` se é o primeiro; a
    /// resposta sai quando o que já se tinha digitado estiver com o outro. A um TCHAU
    /// repetido responde-se sempre: a resposta de antes pode ter se perdido.
    pub fn ouvir_tchau(&mut self, total: u64, agora: Instant) -> bool {
        let primeiro = self.despedida.ouvir();
        if primeiro {
            self.limite = total;
        }
        if !self.de_pe || !self.despedida.deve_resposta() {
            self.dizer_ate_logo(agora);
        }
        primeiro
    }
    // ANCHOR_END: ouvir-tchau

    /// O outro ainda manda o que faltava: a despedida continua.
    pub fn progrediu(&mut self) {
        self.despedida.progrediu();
    }

    /// A conversa acabou com uma despedida, e a sessão dele não volta.
    pub(super) fn encerrar(&mut self, agora: Instant) {
        self.de_pe = false;
        self.identidade.findar();
        if self.despedida.dizendo() {
            self.despedida.terminar(agora);
        }
        self.cumprimento.recomecar(agora);
        self.avisos = Avisos::do_adeus();
    }
}
