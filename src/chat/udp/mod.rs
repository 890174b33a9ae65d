//! UDP: cada item em um datagrama, uma vez só. O que se perde, perdeu-se, mas quem
//! recebe conta quanto foi.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`canal`] | o socket: ouvir só o par, e os erros que passam |
//! | [`obstaculo`] | o que cada erro quer dizer, em uma frase |
//! | [`identidade`] | com quem se fala, e o que prova isso |
//! | [`ritmo`] | repetir cada vez mais devagar, responder só de vez em quando |
//! | [`despedida`] | despedir-se por um caminho que perde |
//! | [`vinculo`] | tudo isso junto: o começo, a presença e o fim |
//!
//! Os mesmos servem ao [`confiavel`](super::confiavel); aqui está só o que se faz
//! com os itens.

pub mod canal;
pub mod despedida;
pub mod identidade;
pub mod obstaculo;
pub mod ritmo;
pub mod vinculo;

use std::io;
use std::time::Instant;

use mio::Registry;
use mio::event::Event;

use self::canal::Envio;
use self::vinculo::{Comeco, Ouvido, Vinculo};
use super::pendentes::Pendentes;
use super::perdas::{Chegada, Perdas};
use super::protocolo::{Item, Mensagem, Modo};
use super::quadro::quadros;
use super::transporte::{Acontecimento, Medidas, Ouvinte, Transporte};

pub use self::vinculo::{Abertura, Prazos};

/// Onde se lê um datagrama. O Windows dá erro se ele não couber; assim sempre cabe.
pub(super) const MAIOR_LEITURA: usize = 64 * 1024;

/// Quantos datagramas se leem por vez: uma enxurrada não prende o laço.
pub(super) const COTA: usize = 256;

/// Quantos datagramas se mandam por vez, pela mesma razão: UDP não tem quem nos
/// mande esperar.
pub(super) const LEVA: usize = 64;

/// Quantos TCHAUs vão sem resposta.
const TCHAUS: u32 = 10;

/// O modo `udp`.
#[derive(Debug)]
pub struct Udp {
    vinculo: Vinculo,
    buffer: Box<[u8]>,
    /// O que ainda não foi mandado.
    fila: Pendentes,
    /// Um quadro da fila, a caminho de um datagrama.
    quadro: Vec<u8>,
    /// Os itens desta sessão do outro.
    perdas: Perdas,
    /// Os itens dele têm números menores que este, depois que ele se despediu.
    fim: u64,
    /// O item em que veio o último nome: um nome atrasado não desfaz um mais novo.
    nome: u64,
    /// O número do primeiro item que mandamos a esta sessão.
    base: u64,
    /// Quantos dos nossos o outro disse ter recebido, da última vez.
    ouvidos: u64,
    enviados: u64,
    /// As contas das sessões anteriores do outro.
    antes: Medidas,
    /// Ficou o que ler ou o que mandar para a próxima volta.
    sobra: Option<Instant>,
}

impl Udp {
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
                Modo::Udp,
                abertura,
                TCHAUS,
                agora,
            )?,
            buffer: vec![0; MAIOR_LEITURA].into_boxed_slice(),
            fila: Pendentes::default(),
            quadro: Vec::new(),
            perdas: Perdas::desde(0),
            fim: u64::MAX,
            nome: 0,
            base: 0,
            ouvidos: 0,
            enviados: 0,
            antes: Medidas::default(),
            sobra: None,
        })
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
        if let Some(Comeco::Nova { proximo }) = comeco {
            self.outra_sessao(proximo);
        }
        match mensagem {
            Some(Mensagem::Item { numero, item }) => {
                self.chegou(numero, item, ouvinte);
            }
            Some(Mensagem::Pong { recebidos, .. }) => self.ouviram(recebidos),
            Some(Mensagem::Tchau { enviados }) => {
                self.ouvir_tchau(enviados, agora, ouvinte);
            }
            Some(Mensagem::AteLogo { recebidos }) => {
                self.ouviram(recebidos);
                ouvinte(Acontecimento::AteLogo {
                    enviados: self.fila.enviados() - self.base,
                    recebidos: self.ouvidos,
                });
            }
            _ => {}
        }
    }

    fn outra_sessao(&mut self, proximo: u64) {
        self.antes = self.medidas();
        self.perdas = Perdas::desde(proximo);
        self.fim = u64::MAX;
        self.nome = proximo;
        self.base = self.fila.enviados();
        self.ouvidos = 0;
    }

    // ANCHOR: chegou
    /// Chegou um item. O número diz se falta algum antes dele, se ele se atrasou ou
    /// se já esteve aqui.
    fn chegou(&mut self, numero: u64, item: Item<'_>, ouvinte: Ouvinte<'_>) {
        if numero >= self.fim {
            return;
        }
        let chegada = self.perdas.chegou(numero);
        self.vinculo.contas.recebidos = self.perdas.recebidos();
        match (chegada, item) {
            (Chegada::Atrasado { passaram }, Item::Texto { texto, .. }) => {
                ouvinte(Acontecimento::Atrasado { texto, passaram });
            }
            (Chegada::Atrasado { .. }, Item::Nome(nome)) => {
                self.mudar_nome(numero, nome, ouvinte);
            }
            (Chegada::Buraco { perdidos }, _) => {
                ouvinte(Acontecimento::Perdidos { quantos: perdidos });
                self.mostrar(numero, item, ouvinte);
            }
            (Chegada::EmOrdem, _) => self.mostrar(numero, item, ouvinte),
            _ => {}
        }
    }
    // ANCHOR_END: chegou

    fn mostrar(&mut self, numero: u64, item: Item<'_>, ouvinte: Ouvinte<'_>) {
        match item {
            Item::Texto { texto, continua } => {
                ouvinte(Acontecimento::Texto { texto, continua });
            }
            Item::Nome(nome) => self.mudar_nome(numero, nome, ouvinte),
        }
    }

    fn mudar_nome(&mut self, numero: u64, nome: &str, ouvinte: Ouvinte<'_>) {
        if numero >= self.nome {
            self.nome = numero;
            self.vinculo.renomear_par(nome);
            ouvinte(Acontecimento::NovoNome { nome });
        }
    }

    /// O outro diz quantos itens nossos recebeu. Nada depende disso, e ele pode
    /// dizer qualquer coisa: vale até o que lhe mandamos.
    fn ouviram(&mut self, recebidos: u64) {
        let mandados = self.fila.enviados() - self.base;
        self.ouvidos = self.ouvidos.max(recebidos.min(mandados));
    }

    // ANCHOR: ouvir-tchau
    /// O TCHAU diz quantos itens houve ao todo: é o que conta a cauda perdida, que
    /// nenhum item mais novo denunciaria.
    fn ouvir_tchau(
        &mut self,
        enviados: u64,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) {
        self.fim = enviados;
        let quantos = self.perdas.fim(enviados);
        if quantos > 0 {
            ouvinte(Acontecimento::Perdidos { quantos });
        }
        if self.vinculo.ouvir_tchau(self.fila.proximo(), agora) {
            ouvinte(Acontecimento::Saiu);
        }
    }
    // ANCHOR_END: ouvir-tchau

    // ANCHOR: esvaziar
    /// Manda uma leva da fila, um item por datagrama. O que o sistema leva sai da
    /// fila: não há segunda vez.
    fn esvaziar(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        let ate = self.vinculo.limite();
        for _ in 0..LEVA {
            self.quadro.clear();
            self.fila.copiar(ate, 0, &mut self.quadro);
            let Some(Ok(corpo)) = quadros(&self.quadro).next() else {
                return;
            };
            let Ok(mensagem) = Mensagem::decodificar(corpo) else {
                return;
            };
            match self.vinculo.mandar(&mensagem, agora) {
                Envio::Foi => self.enviados += 1,
                Envio::Depois => return self.fila.recomecar(),
                Envio::Nunca => nao_entregue(&mensagem, ouvinte),
            }
            self.fila.confirmar(self.fila.enviados());
            self.vinculo.contas.proximo = self.fila.enviados();
        }
        self.sobra = Some(agora);
    }
    // ANCHOR_END: esvaziar
}

fn nao_entregue(mensagem: &Mensagem<'_>, ouvinte: Ouvinte<'_>) {
    if let Mensagem::Item { numero, item } = *mensagem {
        ouvinte(Acontecimento::NaoEntregue { numero, item });
    }
}

impl Transporte for Udp {
    fn guardar(&mut self, item: Item<'_>) -> u64 {
        self.fila.guardar(item)
    }

    fn cabe(&self) -> bool {
        self.fila.cabe()
    }

    fn mandar(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        if self.vinculo.de_pe() {
            self.esvaziar(agora, ouvinte);
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
    }

    fn proximo_prazo(&self) -> Option<Instant> {
        let prazos = [self.vinculo.proximo_prazo(), self.sobra];
        prazos.into_iter().flatten().min()
    }

    fn ping(&mut self, agora: Instant) -> bool {
        self.vinculo.ping(agora)
    }

    fn renomear(&mut self, nome: &str) {
        self.vinculo.renomear(nome);
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
        self.vinculo.contas.proximo = self.fila.enviados();
    }

    fn medidas(&self) -> Medidas {
        let antes = &self.antes;
        let mut medidas = Medidas {
            enviados: self.enviados,
            confirmados: antes.confirmados + self.ouvidos,
            recebidos: antes.recebidos + self.perdas.recebidos(),
            perdidos: antes.perdidos + self.perdas.perdidos(),
            duplicados: antes.duplicados + self.perdas.repetidos(),
            fora_de_ordem: antes.fora_de_ordem + self.perdas.atrasados(),
            ..Medidas::default()
        };
        self.vinculo.medir(&mut medidas);
        medidas
    }
}
