//! UDP confiável: os itens viajam em segmentos, e um segmento se repete até que um
//! recibo diga que chegou. Chegam todos, uma vez e em ordem.
//!
//! O começo, a presença e o fim são os do [`udp`](super::udp); o que se repete e
//! quando é do [`arq`](crate::arq). Aqui está o que liga os dois: empacotar itens em
//! segmentos e saber, pelos recibos, que itens o outro já mostrou.

use std::collections::VecDeque;
use std::io;
use std::time::Instant;

use mio::Registry;
use mio::event::Event;

use super::pendentes::Pendentes;
use super::protocolo::{Item, MAIOR_CARGA, Mensagem, Modo};
use super::quadro::quadros;
use super::transporte::{Acontecimento, Medidas, Ouvinte, Transporte};
use super::udp::canal::Envio;
use super::udp::vinculo::{Comeco, Ouvido, Vinculo};
use super::udp::{Abertura, COTA, LEVA, MAIOR_LEITURA};
use crate::arq::{Configuracao, Emissor, Instante, Receptor, Recibo};

/// Quantos TCHAUs vão sem que nada aconteça: 5 s, o bastante para o outro acabar de
/// mandar o que já tinha digitado.
const TCHAUS: u32 = 25;

/// O modo `udp-confiavel`.
#[derive(Debug)]
pub struct Confiavel {
    vinculo: Vinculo,
    buffer: Box<[u8]>,
    /// O que o outro ainda não confirmou.
    fila: Pendentes,
    emissor: Emissor,
    /// Para cada segmento por confirmar, o número do item depois do último dele.
    segmentos: VecDeque<u64>,
    receptor: Receptor,
    /// O número do próximo item a mostrar.
    esperado: u64,
    /// De onde se contam os instantes do emissor e do receptor.
    origem: Instant,
    confirmados: u64,
    recebidos: u64,
    /// Se o que chega é mostrado, e por isso confirmado.
    confirma: bool,
    /// As contas dos emissores e receptores das sessões anteriores do outro.
    antes: Medidas,
    /// Ficou o que ler ou o que mandar para a próxima volta.
    sobra: Option<Instant>,
}

impl Confiavel {
    /// Abre a conversa: conecta o socket, põe-no à escuta em `registro` e começa a
    /// cumprimentar na primeira volta.
    ///
    /// # Errors
    /// Quando o sistema não deixa o socket ser esperado.
    pub fn abrir(
        registro: &Registry,
        abertura: Abertura,
        agora: Instant,
    ) -> io::Result<Self> {
        Ok(Self {
            vinculo: Vinculo::abrir(
                registro,
                Modo::UdpConfiavel,
                abertura,
                TCHAUS,
                agora,
            )?,
            buffer: vec![0; MAIOR_LEITURA].into_boxed_slice(),
            fila: Pendentes::default(),
            emissor: Emissor::novo(Configuracao::default()),
            segmentos: VecDeque::new(),
            receptor: Receptor::novo(Configuracao::default()),
            esperado: 0,
            origem: agora,
            confirmados: 0,
            recebidos: 0,
            confirma: true,
            antes: Medidas::default(),
            sobra: None,
        })
    }

    /// O instante, como o emissor conta.
    fn instante(&self, agora: Instant) -> Instante {
        agora.saturating_duration_since(self.origem)
    }

    fn ler(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut lidos = 0;
        while lidos < COTA
            && let Some(ouvido) =
                self.vinculo.ouvir(&mut buffer, agora, ouvinte)
        {
            lidos += 1;
            self.tratar(ouvido, agora, ouvinte);
        }
        if lidos == COTA {
            self.sobra = Some(agora);
        }
        self.buffer = buffer;
    }

    fn tratar(
        &mut self,
        ouvido: Ouvido<'_>,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) {
        let Ouvido { comeco, mensagem } = ouvido;
        match comeco {
            Some(Comeco::Nova { proximo }) => self.outra_sessao(proximo),
            Some(Comeco::Volta) => self.emissor.retomar(self.instante(agora)),
            None => {}
        }
        match mensagem {
            Some(Mensagem::Segmento { numero, carga }) => {
                // Mesmo repetido: ele ainda tenta, e precisa do recibo.
                self.vinculo.progrediu();
                self.receptor.chegou(numero, carga);
                self.entregar(ouvinte);
            }
            Some(Mensagem::Recibo(recibo)) => {
                self.confirmar(&recibo, agora, ouvinte);
            }
            Some(Mensagem::Tchau { .. }) => self.ouvir_tchau(agora, ouvinte),
            _ => {}
        }
    }

    // ANCHOR: outra-sessao
    /// O outro é um programa novo: não tem nada do que mandamos ao anterior. O que
    /// não foi confirmado vai de novo, em segmentos novos.
    fn outra_sessao(&mut self, proximo: u64) {
        self.antes = self.medidas();
        self.emissor = Emissor::novo(Configuracao::default());
        self.receptor = Receptor::novo(Configuracao::default());
        self.segmentos.clear();
        self.fila.recomecar();
        self.esperado = proximo;
    }
    // ANCHOR_END: outra-sessao

    // ANCHOR: entregar
    /// Mostra os segmentos que já estão na ordem. O recibo deles só sai no fim da
    /// volta: confirma-se o que foi mostrado.
    fn entregar(&mut self, ouvinte: Ouvinte<'_>) {
        while let Some(carga) = self.receptor.entregar() {
            for corpo in quadros(&carga).flatten() {
                if let Ok(Mensagem::Item { numero, item }) =
                    Mensagem::decodificar(corpo)
                {
                    self.mostrar(numero, item, ouvinte);
                }
            }
        }
    }
    // ANCHOR_END: entregar

    /// Os segmentos vêm em ordem; um item com número menor que o esperado já foi
    /// mostrado.
    fn mostrar(&mut self, numero: u64, item: Item<'_>, ouvinte: Ouvinte<'_>) {
        if numero < self.esperado {
            return;
        }
        self.esperado = numero.saturating_add(1);
        self.recebidos += 1;
        self.vinculo.contas.recebidos += 1;
        match item {
            Item::Texto { texto, continua } => {
                ouvinte(Acontecimento::Texto { texto, continua });
            }
            Item::Nome(nome) => {
                self.vinculo.renomear_par(nome);
                ouvinte(Acontecimento::NovoNome { nome });
            }
        }
    }

    // ANCHOR: confirmar
    /// Os segmentos que o recibo confirma dizem quais itens o outro já mostrou.
    fn confirmar(
        &mut self,
        recibo: &Recibo,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) {
        let confirmados = self.emissor.recibo(self.instante(agora), recibo);
        let ultimo = (0..confirmados)
            .map_while(|_| self.segmentos.pop_front())
            .last();
        let Some(ate) = ultimo else { return };
        let primeiro = self.fila.primeiro();
        if self.fila.confirmar(ate) {
            self.confirmados += self.fila.primeiro() - primeiro;
            self.vinculo.contas.proximo = self.fila.primeiro();
            ouvinte(Acontecimento::Entregue { ate });
        }
    }
    // ANCHOR_END: confirmar

    // ANCHOR: ouvir-tchau
    /// O outro tem tudo confirmado e quer sair; só espera pelo que falta daqui. Cada
    /// TCHAU repetido mostra que o caminho está aberto: tenta-se já, sem esperar o
    /// prazo, que pode ter crescido até quase o tempo que ele espera.
    fn ouvir_tchau(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        self.emissor.retomar(self.instante(agora));
        if self.vinculo.ouvir_tchau(self.fila.proximo(), agora) {
            ouvinte(Acontecimento::Saiu);
        }
    }
    // ANCHOR_END: ouvir-tchau

    // ANCHOR: empacotar
    /// Junta itens em segmentos, enquanto houver janela para mais um: enquanto não
    /// há, o que se digita vai se juntando em segmentos mais cheios. Sem nenhum a
    /// caminho, sai um mesmo com a janela fechada, para servir de sonda: quem a
    /// fechou só fala dela de novo em resposta a um segmento.
    fn empacotar(&mut self) {
        let ate = self.vinculo.limite();
        while self.emissor.cabe()
            && (self.emissor.janela_livre() > 0 || self.segmentos.is_empty())
        {
            let mut carga = Vec::new();
            self.fila.copiar(ate, MAIOR_CARGA, &mut carga);
            if carga.is_empty() {
                return;
            }
            self.emissor.guardar(carga);
            self.segmentos.push_back(self.fila.enviados());
        }
    }
    // ANCHOR_END: empacotar

    // ANCHOR: esvaziar
    /// Manda uma leva do que o emissor quer mandar: o que falta, o que se perdeu, a
    /// sonda.
    fn esvaziar(&mut self, agora: Instant) {
        let instante = self.instante(agora);
        for _ in 0..LEVA {
            let Some(envio) = self.emissor.proximo_envio(instante) else {
                return;
            };
            let segmento = Mensagem::Segmento {
                numero: envio.numero,
                carga: envio.carga,
            };
            // Um segmento que o sistema não levou conta como perdido: repete-se.
            if self.vinculo.mandar(&segmento, agora) != Envio::Foi {
                return;
            }
        }
        self.sobra = Some(agora);
    }
    // ANCHOR_END: esvaziar
}

/// Se a carga de um segmento está inteira e só traz itens.
#[must_use]
pub fn so_traz_itens(carga: &[u8]) -> bool {
    quadros(carga).all(|corpo| {
        matches!(
            corpo.and_then(Mensagem::decodificar),
            Ok(Mensagem::Item { .. })
        )
    })
}

impl Transporte for Confiavel {
    fn guardar(&mut self, item: Item<'_>) -> u64 {
        self.fila.guardar(item)
    }

    fn cabe(&self) -> bool {
        self.fila.cabe()
    }

    fn mandar(&mut self, agora: Instant, _: Ouvinte<'_>) {
        if self.vinculo.de_pe() {
            if self.confirma
                && let Some(recibo) = self.receptor.recibo_devido()
            {
                self.vinculo.mandar(&Mensagem::Recibo(recibo), agora);
            }
            self.empacotar();
            self.esvaziar(agora);
        }
        self.vinculo.despachar(self.fila.proximo(), agora);
    }

    fn pronto(&mut self, _: &Event, agora: Instant, ouvinte: Ouvinte<'_>) {
        self.ler(agora, ouvinte);
    }

    /// Lê antes de ver os prazos: o que já chegou desfaz um silêncio.
    fn despertar(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        self.sobra = None;
        self.ler(agora, ouvinte);
        self.vinculo.despertar(agora, ouvinte);
        if self.vinculo.de_pe() {
            self.emissor.despertar(self.instante(agora));
        }
    }

    fn proximo_prazo(&self) -> Option<Instant> {
        let repetir = self.vinculo.de_pe().then(|| {
            let prazo = self.emissor.proximo_prazo()?;
            Some(self.origem + prazo)
        });
        let prazos =
            [self.vinculo.proximo_prazo(), repetir.flatten(), self.sobra];
        prazos.into_iter().flatten().min()
    }

    fn ping(&mut self, agora: Instant) -> bool {
        self.vinculo.ping(agora)
    }

    fn renomear(&mut self, nome: &str) {
        self.vinculo.renomear(nome);
    }

    fn parar_de_confirmar(&mut self) {
        self.confirma = false;
    }

    fn despedir(&mut self, agora: Instant) {
        self.vinculo.despedir();
        self.vinculo.despachar(self.fila.proximo(), agora);
    }

    fn despediu(&self) -> bool {
        self.vinculo.despediu()
    }

    fn conversando(&self) -> bool {
        self.vinculo.conversando()
    }

    fn pendentes(&self) -> u64 {
        self.fila.quantos()
    }

    fn desistir(&mut self, ouvinte: Ouvinte<'_>) {
        self.fila.desistir(|numero, item| {
            ouvinte(Acontecimento::NaoEntregue { numero, item });
        });
        self.vinculo.contas.proximo = self.fila.proximo();
    }

    fn medidas(&self) -> Medidas {
        let (emissor, receptor) =
            (self.emissor.medidas(), self.receptor.medidas());
        let mut medidas = Medidas {
            enviados: self.fila.inedito(),
            confirmados: self.confirmados,
            recebidos: self.recebidos,
            duplicados: self.antes.duplicados + receptor.repetidos,
            retransmitidos: self.antes.retransmitidos + emissor.retransmitidos,
            ..Medidas::default()
        };
        self.vinculo.medir(&mut medidas);
        medidas
    }
}
