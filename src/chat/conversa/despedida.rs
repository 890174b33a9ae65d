//! As maneiras de acabar, e o que se diz do que não foi entregue.

use std::time::Instant;

use anyhow::{Result, ensure};

use super::digitado::Dito;
use super::fim::Estado;
use super::{Conversa, Entrada};
use crate::chat::evento::{Caixa, EventoDeTeclado};
use crate::chat::interrupcao::Interrompido;
use crate::chat::linhas::Pedaco;
use crate::chat::unidades::contar;
use crate::programa::ErroDeSaida;

impl Conversa {
    // ANCHOR: sair
    /// `/sair`, Ctrl-C, um pedido do sistema. O segundo acaba na hora.
    pub(super) fn pedir_para_sair(&mut self, agora: Instant) {
        if self.fim.pedir(agora) {
            self.dizer_o_que_falta("outro Ctrl-C acaba na hora");
        } else {
            self.falha = Some(Interrompido.into());
            self.acabou = true;
        }
    }
    // ANCHOR_END: sair

    pub(super) fn dizer_o_que_falta(&mut self, saida: &str) {
        let pendentes = self.transporte.pendentes();
        if pendentes > 0 {
            let quantas = contar(pendentes, "mensagem", "mensagens");
            self.narrador
                .aviso(&format!("esperando a entrega de {quantas}; {saida}"));
        }
    }

    // ANCHOR: despedir
    pub(super) fn despedir(&mut self, agora: Instant) {
        self.transporte.despedir(agora);
        self.fim.despediu_se();
    }

    pub(super) fn chegou_ao_fim(&mut self, agora: Instant) -> bool {
        if self.fim.despedindo() && self.transporte.despediu() {
            return true;
        }
        let limite = self.fim.limite(self.cano_parado());
        if limite.is_none_or(|limite| agora < limite) {
            return false;
        }
        if !matches!(self.fim.estado(), Estado::Saindo { .. }) {
            let espera = self.jeito.espera.as_secs();
            self.narrador.aviso(&format!(
                "nada foi entregue em {espera} s: desistindo do que falta"
            ));
        }
        true
    }
    // ANCHOR_END: despedir

    // ANCHOR: fechar
    /// Conta o que não foi entregue e diz como a conversa acabou.
    pub(super) fn fechar(mut self, caixa: &Caixa) -> Result<()> {
        let interrompida = anyhow::Error::is::<Interrompido>;
        let mut sobrou = false;
        if !self.falha.as_ref().is_some_and(interrompida) {
            sobrou = self.contar_o_que_ficou(caixa);
        }
        let mostrado = self.narrador.descarregar();
        if let Some(falha) = self.falha {
            return Err(falha);
        }
        mostrado.map_err(ErroDeSaida::from)?;
        let faltou = match self.narrador.nao_entregues() {
            0 => None,
            1 => Some("uma mensagem não foi entregue".to_string()),
            quantas => Some(format!("{quantas} mensagens não foram entregues")),
        };
        let sobrou = sobrou.then(|| SOBROU.to_string());
        let faltas: Vec<_> = faltou.into_iter().chain(sobrou).collect();
        ensure!(faltas.is_empty(), faltas.join(", e "));
        Ok(())
    }
    // ANCHOR_END: fechar

    // ANCHOR: ficou
    /// Conta linha a linha o que não foi entregue. Devolve se a entrada ainda tinha
    /// mais: quem interrompe um cano no meio deve saber que foi no meio.
    fn contar_o_que_ficou(&mut self, caixa: &Caixa) -> bool {
        let Self {
            transporte,
            narrador,
            ..
        } = self;
        transporte.desistir(&mut |a| narrador.contar(a));
        let mut sobrou = false;
        match &mut self.entrada {
            Entrada::Nenhuma => {}
            Entrada::Cano(linhas) => {
                let evento = caixa.teclado();
                sobrou = matches!(evento, Some(EventoDeTeclado::Bloco(_)));
                if !sobrou && evento.is_some() {
                    linhas.acabar();
                }
                while let Some(Pedaco { texto, continua }) = linhas.proximo() {
                    narrador.nao_entregue(None, texto, continua);
                }
                sobrou |= linhas.tem_resto();
            }
            Entrada::Pessoa(pessoa) => {
                while let Some(dito) = pessoa.fila.tirar() {
                    if let Dito::Texto(linha) = dito {
                        narrador.nao_entregue(None, &linha, false);
                    }
                }
            }
        }
        narrador.acabar();
        sobrou
    }
    // ANCHOR_END: ficou
}

const SOBROU: &str = "o resto da entrada não foi enviado";
