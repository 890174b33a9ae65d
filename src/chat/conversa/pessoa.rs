//! A entrada que é uma pessoa: há comandos, e o que ela diz aparece.

use std::time::Instant;

use super::digitado::{Dito, Fila, Leitura};
use super::{Conversa, Entrada, NAO_E_UTF_8};
use crate::chat::comandos::{self, Pedido};
use crate::chat::evento::{Caixa, EventoDeTeclado};
use crate::chat::frases;
use crate::chat::protocolo::Item;

/// Quantos eventos da entrada de uma pessoa se ouvem por volta. Quem cola um livro
/// não para a rede.
const COTA_DA_PESSOA: usize = 32;

/// O que uma pessoa digita.
#[derive(Debug, Default)]
pub struct Pessoa {
    leitura: Leitura,
    pub(super) fila: Fila,
}

impl Conversa {
    pub(super) fn ouvir_a_pessoa(&mut self, caixa: &Caixa, agora: Instant) {
        let mut restam = COTA_DA_PESSOA;
        while let Some(evento) = caixa.teclado() {
            self.ouvir_um_evento(evento, agora);
            restam -= 1;
            if restam == 0 {
                break;
            }
        }
        self.entrada_tem_mais = restam == 0;
        self.mandar_a_fila();
    }

    fn ouvir_um_evento(&mut self, evento: EventoDeTeclado, agora: Instant) {
        let Entrada::Pessoa(pessoa) = &mut self.entrada else {
            return;
        };
        match evento {
            EventoDeTeclado::Bloco(bloco) => {
                let linhas = pessoa.leitura.entrar(&bloco);
                self.digitou_linhas(&linhas, agora);
            }
            EventoDeTeclado::Fim => {
                let ultima = pessoa.leitura.acabar();
                self.digitou_linhas(&ultima, agora);
                self.acabou_de_digitar(agora);
            }
            EventoDeTeclado::Falhou(erro) => self.entrada_falhou(&erro, agora),
            #[cfg(feature = "tela")]
            EventoDeTeclado::Tela(tecla) => {
                for digitado in self.narrador.terminal().tecla(tecla) {
                    self.ouvir_a_tela(digitado, agora);
                }
            }
        }
    }

    fn digitou_linhas(&mut self, linhas: &[String], agora: Instant) {
        if let Entrada::Pessoa(pessoa) = &mut self.entrada
            && pessoa.leitura.estragou()
        {
            self.narrador.aviso(NAO_E_UTF_8);
        }
        for linha in linhas {
            self.digitou(linha, agora);
        }
    }

    #[cfg(feature = "tela")]
    fn ouvir_a_tela(
        &mut self,
        digitado: crate::chat::terminal::Digitado,
        agora: Instant,
    ) {
        use crate::chat::terminal::Digitado;
        match digitado {
            Digitado::Linha(linha) => self.digitou(&linha, agora),
            Digitado::Fim => self.acabou_de_digitar(agora),
            Digitado::Interrupcao => self.pedir_para_sair(agora),
        }
    }

    // ANCHOR: digitou
    /// Faz o que uma linha pede.
    fn digitou(&mut self, linha: &str, agora: Instant) {
        match comandos::interpretar(linha) {
            // Um Enter à toa não é uma mensagem.
            Pedido::Texto("") => {}
            Pedido::Texto(texto) => self.dizer(Dito::Texto(texto.to_string())),
            Pedido::Nome(nome) => self.dizer(Dito::Nome(nome.to_string())),
            Pedido::Ajuda => self.narrador.aviso(comandos::AJUDA),
            Pedido::Sair => {
                self.pedir_para_sair(agora);
            }
            Pedido::Ping => {
                if !self.transporte.ping(agora) {
                    self.narrador.aviso(
                        "não há a quem perguntar: a conversa ainda não começou, ou \
                         acabou",
                    );
                }
            }
            Pedido::Estatisticas => self.dizer_as_estatisticas(),
            Pedido::Recusado(frase) => self.narrador.aviso(&frase),
        }
    }
    // ANCHOR_END: digitou

    fn dizer_as_estatisticas(&mut self) {
        // O que se digitou antes do comando entra na conta.
        self.mandar_a_fila();
        self.narrador.aviso(&frases::estatisticas(
            &self.transporte.medidas(),
            self.jeito.modo,
            self.transporte.pendentes(),
        ));
    }

    /// Põe na fila, ou diz que não vai: quem digita nunca fica parado à espera.
    fn dizer(&mut self, dito: Dito) {
        let Entrada::Pessoa(pessoa) = &mut self.entrada else {
            return;
        };
        let recusado = if self.fim.aberta() {
            pessoa.fila.por(dito).err()
        } else {
            Some(dito)
        };
        self.entrada_vazia = pessoa.fila.vazia();
        if let Some(Dito::Texto(linha)) = recusado {
            self.narrador.nao_entregue(None, &linha, false);
        }
    }

    fn mandar_a_fila(&mut self) {
        let Entrada::Pessoa(pessoa) = &mut self.entrada else {
            return;
        };
        while !self.fim.despedindo()
            && !pessoa.fila.vazia()
            && self.transporte.cabe()
        {
            let guardar = |item: Item<'_>| self.transporte.guardar(item);
            match pessoa.fila.passar(guardar) {
                Some((numero, Dito::Texto(linha))) => {
                    self.narrador.enviado(numero, &self.jeito.nome, &linha);
                }
                Some((_, Dito::Nome(nome))) => {
                    self.narrador.aviso(&format!("agora você se chama {nome}"));
                    self.transporte.renomear(&nome);
                    self.narrador.chamar_nos(&nome);
                    self.jeito.nome = nome;
                }
                None => {}
            }
        }
        self.entrada_vazia = pessoa.fila.vazia();
        self.entrada_tem_mais |= !self.entrada_vazia && !self.fim.despedindo();
    }

    fn acabou_de_digitar(&mut self, agora: Instant) {
        self.fim.entrada_acabou(agora);
        self.dizer_o_que_falta("Ctrl-C desiste");
    }
}
