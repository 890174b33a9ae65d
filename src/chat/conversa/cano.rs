//! A entrada que é um cano ou um arquivo: tudo que vem dela é texto.

use std::time::Instant;

use super::{Conversa, Entrada, NAO_E_UTF_8};
use crate::chat::evento::{Caixa, EventoDeTeclado};
use crate::chat::linhas::Pedaco;
use crate::chat::protocolo::Item;

impl Conversa {
    /// Passa ao transporte o que couber, com um bloco novo por volta, no máximo:
    /// nem o cano monopoliza o laço, nem a rede.
    pub(super) fn ouvir_o_cano(&mut self, caixa: &Caixa, agora: Instant) {
        self.mandar_as_linhas();
        let mut novo = false;
        if self.entrada_vazia
            && self.fim.aberta()
            && let Some(evento) = caixa.teclado()
        {
            self.ouvir_um_bloco(evento, agora);
            self.mandar_as_linhas();
            novo = true;
        }
        // Depois da despedida o que sobra já não vai, e não há por que insistir.
        self.entrada_tem_mais =
            novo || (!self.entrada_vazia && !self.fim.despedindo());
    }

    // ANCHOR: bloco
    fn ouvir_um_bloco(&mut self, evento: EventoDeTeclado, agora: Instant) {
        let Entrada::Cano(linhas) = &mut self.entrada else {
            return;
        };
        if let EventoDeTeclado::Bloco(bloco) = evento {
            return linhas.entrar(&bloco);
        }
        linhas.acabar();
        match evento {
            EventoDeTeclado::Falhou(erro) => self.entrada_falhou(&erro, agora),
            _ => self.fim.entrada_acabou(agora),
        }
    }
    // ANCHOR_END: bloco

    /// Se o cano tem o que dar e não há lugar.
    pub(super) fn cano_parado(&self) -> bool {
        matches!(self.entrada, Entrada::Cano(_)) && !self.entrada_vazia
    }

    // ANCHOR: linhas
    fn mandar_as_linhas(&mut self) {
        let Entrada::Cano(linhas) = &mut self.entrada else {
            return;
        };
        if self.fim.despedindo() {
            return;
        }
        self.entrada_vazia = false;
        while self.transporte.cabe() {
            let Some(Pedaco { texto, continua }) = linhas.proximo() else {
                self.entrada_vazia = true;
                break;
            };
            self.transporte.guardar(Item::Texto { texto, continua });
            self.narrador.registrar(&self.jeito.nome, texto, continua);
        }
        if linhas.estragou() {
            self.narrador.aviso(NAO_E_UTF_8);
        }
    }
    // ANCHOR_END: linhas
}
