//! O laço da conversa: espera por tudo em um lugar só e é dono de tudo.
//!
//! Cada volta faz o mesmo, nesta ordem: ouve a rede, ouve a pessoa, mostra, manda.
//! Mostrar vem antes de mandar porque a confirmação vai junto: só se confirma o que
//! foi mostrado.

mod digitado;
mod fim;
#[cfg(test)]
mod provas;

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use mio::event::Event;
use mio::{Events, Poll};

use self::digitado::{Dito, Fila, Leitura};
use self::fim::{Estado, Fim};
use super::comandos::{self, Pedido};
use super::evento::{Caixa, EventoDeTeclado, FICHA_DAS_THREADS};
use super::frases;
use super::interrupcao::Interrompido;
use super::linhas::{Linhas, Pedaco};
use super::narrador::Narrador;
use super::protocolo::{Item, Modo};
use super::transporte::Transporte;
use super::unidades::contar;
use crate::programa::ErroDeSaida;

/// Quantos eventos da entrada de uma pessoa se ouvem por volta. Quem cola um livro
/// não para a rede.
const COTA_DA_PESSOA: usize = 32;

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

/// O que uma pessoa digita.
#[derive(Debug, Default)]
pub struct Pessoa {
    leitura: Leitura,
    fila: Fila,
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
        narrador: Narrador,
        entrada: Entrada,
        jeito: Jeito,
        agora: Instant,
    ) -> Self {
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

    /// Passa ao transporte o que couber, com um bloco novo por volta, no máximo:
    /// nem o cano monopoliza o laço, nem a rede.
    fn ouvir_o_cano(&mut self, caixa: &Caixa, agora: Instant) {
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
        self.entrada_tem_mais = novo || !self.entrada_vazia;
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
    fn cano_parado(&self) -> bool {
        matches!(self.entrada, Entrada::Cano(_)) && !self.entrada_vazia
    }

    // ANCHOR: linhas
    fn mandar_as_linhas(&mut self) {
        let Entrada::Cano(linhas) = &mut self.entrada else {
            return;
        };
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

    fn ouvir_a_pessoa(&mut self, caixa: &Caixa, agora: Instant) {
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
        digitado: super::terminal::Digitado,
        agora: Instant,
    ) {
        use super::terminal::Digitado;
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
            Pedido::Estatisticas => self.narrador.aviso(&frases::estatisticas(
                &self.transporte.medidas(),
                self.jeito.modo,
                self.transporte.pendentes(),
            )),
            Pedido::Recusado(frase) => self.narrador.aviso(&frase),
        }
    }
    // ANCHOR_END: digitou

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
        while !pessoa.fila.vazia() && self.transporte.cabe() {
            let guardar = |item: Item<'_>| self.transporte.guardar(item);
            match pessoa.fila.passar(guardar) {
                Some((numero, Dito::Texto(linha))) => {
                    self.narrador.enviado(numero, &self.jeito.nome, &linha);
                }
                Some((_, Dito::Nome(nome))) => {
                    self.narrador.aviso(&format!("agora você se chama {nome}"));
                    self.transporte.renomear(&nome);
                    self.jeito.nome = nome;
                }
                None => {}
            }
        }
        self.entrada_vazia = pessoa.fila.vazia();
        self.entrada_tem_mais |= !self.entrada_vazia;
    }

    fn acabou_de_digitar(&mut self, agora: Instant) {
        self.fim.entrada_acabou(agora);
        self.dizer_o_que_falta("Ctrl-C desiste");
    }

    fn entrada_falhou(&mut self, erro: &io::Error, agora: Instant) {
        self.fim.entrada_acabou(agora);
        let erro = anyhow!("não foi possível ler a entrada: {erro}");
        self.narrador.aviso(&erro.to_string());
        self.falha.get_or_insert(erro);
    }

    // ANCHOR: sair
    /// `/sair`, Ctrl-C, um pedido do sistema. O segundo acaba na hora.
    fn pedir_para_sair(&mut self, agora: Instant) {
        if self.fim.pedir(agora) {
            self.dizer_o_que_falta("Ctrl-C de novo acaba já");
        } else {
            self.falha = Some(Interrompido.into());
            self.acabou = true;
        }
    }
    // ANCHOR_END: sair

    fn dizer_o_que_falta(&mut self, saida: &str) {
        let pendentes = self.transporte.pendentes();
        if pendentes > 0 {
            let quantas = contar(pendentes, "mensagem", "mensagens");
            self.narrador
                .aviso(&format!("esperando a entrega de {quantas}; {saida}"));
        }
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

    // ANCHOR: despedir
    fn despedir(&mut self, agora: Instant) {
        self.transporte.despedir(agora);
        self.fim.despediu_se();
    }

    fn chegou_ao_fim(&mut self, agora: Instant) -> bool {
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
    fn fechar(mut self, caixa: &Caixa) -> Result<()> {
        if !self
            .falha
            .as_ref()
            .is_some_and(anyhow::Error::is::<Interrompido>)
        {
            self.contar_o_que_ficou();
            self.ver_se_sobrou(caixa);
        }
        let mostrado = self.narrador.descarregar();
        if let Some(falha) = self.falha {
            return Err(falha);
        }
        mostrado.map_err(ErroDeSaida::from)?;
        match self.narrador.nao_entregues() {
            0 => Ok(()),
            1 => bail!("uma mensagem não foi entregue"),
            quantas => bail!("{quantas} mensagens não foram entregues"),
        }
    }
    // ANCHOR_END: fechar

    /// Quem interrompe um cano no meio deve saber que foi no meio.
    fn ver_se_sobrou(&mut self, caixa: &Caixa) {
        if let Entrada::Cano(_) = self.entrada
            && let Some(EventoDeTeclado::Bloco(_)) = caixa.teclado()
        {
            let sobrou = anyhow!("o resto da entrada não foi enviado");
            self.falha.get_or_insert(sobrou);
        }
    }

    // ANCHOR: ficou
    fn contar_o_que_ficou(&mut self) {
        let Self {
            transporte,
            narrador,
            ..
        } = self;
        transporte.desistir(&mut |a| narrador.contar(a));
        match &mut self.entrada {
            Entrada::Nenhuma => {}
            Entrada::Cano(linhas) => {
                linhas.acabar();
                while let Some(Pedaco { texto, continua }) = linhas.proximo() {
                    narrador.nao_entregue(None, texto, continua);
                }
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
    }
    // ANCHOR_END: ficou
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
