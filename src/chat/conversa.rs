//! O laço da conversa: espera por tudo em um lugar só e é dono de tudo.
//!
//! Cada volta faz o mesmo, nesta ordem: ouve a rede, ouve a pessoa, mostra, manda.
//! Mostrar vem antes de mandar porque a confirmação vai junto: só se confirma o que
//! foi mostrado.

mod cano;
mod despedida;
mod digitado;
mod fim;
mod pessoa;
#[cfg(test)]
mod provas;

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use mio::event::Event;
use mio::{Events, Poll};

use self::fim::Fim;
use self::pessoa::Pessoa;
use super::evento::{Caixa, FICHA_DAS_THREADS};
use super::frases;
use super::linhas::Linhas;
use super::narrador::Narrador;
use super::protocolo::Modo;
use super::transporte::Transporte;
use crate::programa::ErroDeSaida;

/// Quantos avisos do sistema cabem em uma volta; os outros vêm na próxima.
const EVENTOS: usize = 64;

/// De onde vem o que se diz.
pub enum Entrada {
    /// De ninguém: só se ouve.
    Nenhuma,
    /// De um cano ou de um arquivo: tudo é texto.
    Cano(Linhas),
    /// De uma pessoa em um terminal: há comandos, e o que ela diz aparece.
    Pessoa(Pessoa),
}

impl Entrada {
    /// Um cano de que ainda não se leu nada.
    #[must_use]
    pub fn cano() -> Self {
        Self::Cano(Linhas::default())
    }

    /// Uma pessoa que ainda não digitou nada.
    #[must_use]
    pub fn pessoa() -> Self {
        Self::Pessoa(Pessoa::default())
    }
}

/// Como a conversa é levada.
#[derive(Debug, Clone)]
pub struct Jeito {
    /// Em que protocolo.
    pub modo: Modo,
    /// Como nos chamamos.
    pub nome: String,
    /// Se acaba quando o outro se despede.
    pub uma_conversa: bool,
    /// Quanto se espera, sem progresso, pela entrega do que falta.
    pub espera: Duration,
}

/// A conversa.
pub struct Conversa {
    transporte: Box<dyn Transporte>,
    narrador: Narrador,
    entrada: Entrada,
    jeito: Jeito,
    fim: Fim,
    /// Se tudo que a entrada deu já está no transporte.
    entrada_vazia: bool,
    /// Se a entrada pode ter mais a dar sem que nada nos acorde.
    entrada_tem_mais: bool,
    acabou: bool,
    /// Por que o código de saída não é 0, além do que não foi entregue.
    falha: Option<anyhow::Error>,
}

impl Conversa {
    /// Uma conversa ainda sem par.
    #[must_use]
    pub fn nova(
        transporte: Box<dyn Transporte>,
        mut narrador: Narrador,
        entrada: Entrada,
        jeito: Jeito,
        agora: Instant,
    ) -> Self {
        narrador.chamar_nos(&jeito.nome);
        let fim = Fim::novo(jeito.espera, agora);
        Self {
            transporte,
            narrador,
            entrada,
            jeito,
            fim,
            entrada_vazia: true,
            entrada_tem_mais: true,
            acabou: false,
            falha: None,
        }
    }

    // ANCHOR: durar
    /// Conversa até o fim. O `poll` é o dos sockets do transporte e o da `caixa`.
    ///
    /// # Errors
    /// Quando algo não foi entregue, quando não se consegue ler a entrada ou
    /// escrever na saída, ou quando o sistema não deixa esperar.
    pub fn durar(mut self, mut poll: Poll, caixa: &Caixa) -> Result<()> {
        let mut eventos = Events::with_capacity(EVENTOS);
        while !self.acabou {
            esperar(&mut poll, &mut eventos, self.quanto_esperar())?;
            self.volta(eventos.iter(), caixa, Instant::now());
        }
        self.fechar(caixa)
    }
    // ANCHOR_END: durar

    // ANCHOR: volta
    /// Uma volta do laço.
    fn volta<'e>(
        &mut self,
        eventos: impl Iterator<Item = &'e Event>,
        caixa: &Caixa,
        agora: Instant,
    ) {
        self.narrador.acertar(agora);
        for evento in eventos.filter(|e| e.token() != FICHA_DAS_THREADS) {
            let Self {
                transporte,
                narrador,
                ..
            } = self;
            transporte.pronto(evento, agora, &mut |a| narrador.contar(a));
        }
        if self.transporte.proximo_prazo().is_some_and(|p| p <= agora) {
            let Self {
                transporte,
                narrador,
                ..
            } = self;
            transporte.despertar(agora, &mut |a| narrador.contar(a));
        }
        self.ouvir_a_entrada(caixa, agora);
        if caixa.interrompida() {
            self.pedir_para_sair(agora);
        }
        self.ver_novidades(agora);
        self.mostrar(agora);
        if !self.fim.aberta() && self.entrada_vazia {
            self.despedir(agora);
        }
        let Self {
            transporte,
            narrador,
            ..
        } = self;
        transporte.mandar(agora, &mut |a| narrador.contar(a));
        self.ver_novidades(agora);
        self.mostrar(agora);
        self.acabou |= self.chegou_ao_fim(agora);
    }
    // ANCHOR_END: volta

    /// Até o próximo prazo, ou nada, se já há o que fazer.
    fn quanto_esperar(&self) -> Option<Duration> {
        if self.entrada_tem_mais && self.transporte.cabe() {
            return Some(Duration::ZERO);
        }
        let prazos = [
            self.transporte.proximo_prazo(),
            self.fim.limite(self.cano_parado()),
        ];
        let primeiro = prazos.into_iter().flatten().min()?;
        Some(primeiro.saturating_duration_since(Instant::now()))
    }

    fn ouvir_a_entrada(&mut self, caixa: &Caixa, agora: Instant) {
        match self.entrada {
            Entrada::Nenhuma => self.entrada_tem_mais = false,
            Entrada::Cano(_) => self.ouvir_o_cano(caixa, agora),
            Entrada::Pessoa(_) => self.ouvir_a_pessoa(caixa, agora),
        }
    }

    fn entrada_falhou(&mut self, erro: &io::Error, agora: Instant) {
        self.fim.entrada_acabou(agora);
        let erro = anyhow!("não foi possível ler a entrada: {erro}");
        self.narrador.aviso(&erro.to_string());
        self.falha.get_or_insert(erro);
    }

    // ANCHOR: novidades
    fn ver_novidades(&mut self, agora: Instant) {
        let novidades = self.narrador.novidades();
        let pendentes = self.transporte.pendentes();
        self.fim.andou(novidades.progrediu, pendentes, agora);
        // Se os dois saem ao mesmo tempo, não há o que contar.
        if novidades.saiu && !(self.fim.despedindo() && pendentes == 0) {
            let uma_so = self.jeito.uma_conversa;
            let frase = frases::saiu(self.narrador.outro(), uma_so);
            self.narrador.aviso(&frase);
            if uma_so {
                self.fim.o_outro_saiu(agora);
                self.despedir(agora);
            }
        }
    }
    // ANCHOR_END: novidades

    // ANCHOR: mostrar
    /// Mostra o que se contou. Se ninguém mais lê a saída, é hora de sair.
    fn mostrar(&mut self, agora: Instant) {
        self.narrador
            .situacao(self.jeito.modo, self.transporte.as_ref());
        if let Err(erro) = self.narrador.descarregar() {
            self.falha
                .get_or_insert_with(|| ErroDeSaida::from(erro).into());
            self.transporte.parar_de_confirmar();
            self.fim.saida_fechou(agora);
        }
    }
    // ANCHOR_END: mostrar
}

const NAO_E_UTF_8: &str =
    "a entrada tem bytes que não são UTF-8: no lugar deles vai um �";

/// `epoll_wait(2)`, `kevent(2)` ou o que o sistema tiver.
fn esperar(
    poll: &mut Poll,
    eventos: &mut Events,
    quanto: Option<Duration>,
) -> Result<()> {
    match poll.poll(eventos, quanto) {
        // Um sinal chegou: quem o trata é a thread que vigia as bandeiras.
        Err(erro) if erro.kind() == ErrorKind::Interrupted => {
            eventos.clear();
            Ok(())
        }
        esperado => esperado.context("o sistema não deixou esperar pela rede"),
    }
}
