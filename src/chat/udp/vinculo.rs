//! O que os dois modos sobre UDP têm em comum: cumprimentar até ser ouvido, saber
//! com quem se fala e se ele ainda está lá, e despedir-se. O que se faz dos itens é
//! de cada modo.
//!
//! ```text
//!                      prova de que ele me conhece
//!   cumprimentando ─────────────────────────────────► de pé
//!     ▲  (OLÁ repetido)                                │ (itens, PING e PONG)
//!     └────────────────────────────────────────────────┘
//!        8 s sem ouvir nada, ou a despedida acabou
//! ```

mod avisos;
mod chegada;
mod fim;

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::{Registry, Token};

use super::canal::{Canal, Envio};
use super::despedida::Despedida;
use super::identidade::Identidade;
use super::obstaculo::Obstaculo;
use super::ritmo::{Repeticao, Ritmo};
use crate::chat::datagrama;
use crate::chat::presenca::{self, Passo, Presenca};
use crate::chat::protocolo::{Mensagem, Modo, Sessao, VERSAO};
use crate::chat::transporte::{Medidas, Ouvinte};

use avisos::Avisos;

pub use chegada::{Comeco, Ouvido};

/// Quando falta lugar ou falta rede, quanto se espera para mandar de novo, se o
/// sistema não avisar antes.
const ESPERA_PELO_SISTEMA: Duration = Duration::from_millis(50);

/// Entre dois avisos de que um estranho escreveu.
const ENTRE_ESTRANHOS: Duration = Duration::from_secs(60);

/// Os prazos da conversa por UDP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prazos {
    /// Entre o primeiro OLÁ e o segundo; depois dobra.
    pub ola: Duration,
    /// O mais que se espera entre um OLÁ e o próximo.
    pub maior_ola: Duration,
    /// O menos que se espera entre duas respostas a OLÁs.
    pub resposta: Duration,
    /// O menos que se espera entre duas recusas.
    pub recusa: Duration,
    /// Entre um TCHAU e o próximo.
    pub tchau: Duration,
    /// As perguntas e o silêncio.
    pub presenca: presenca::Prazos,
}

impl Default for Prazos {
    /// Os da especificação.
    fn default() -> Self {
        Self {
            ola: Duration::from_millis(200),
            maior_ola: Duration::from_secs(2),
            resposta: Duration::from_millis(50),
            recusa: Duration::from_secs(1),
            tchau: Duration::from_millis(200),
            presenca: presenca::Prazos::UDP,
        }
    }
}

/// O que é preciso para abrir uma conversa por UDP.
#[derive(Debug)]
pub struct Abertura {
    /// O socket, já associado à porta local.
    pub socket: std::net::UdpSocket,
    /// A ficha com que o laço espera por ele.
    pub ficha: Token,
    /// O endereço do par: só ele é ouvido.
    pub par: SocketAddr,
    /// A sessão deste programa.
    pub sessao: Sessao,
    /// O nome a dizer.
    pub nome: String,
    /// Os prazos; os da especificação são [`Prazos::default`].
    pub prazos: Prazos,
}

/// O que os cumprimentos, os PONGs e a despedida contam dos itens. Quem o mantém é o
/// modo.
#[derive(Debug, Default)]
pub struct Contas {
    /// O número do primeiro item que ainda se pode mandar a uma sessão nova.
    pub proximo: u64,
    /// Quantos itens diferentes desta sessão do outro já chegaram.
    pub recebidos: u64,
}

/// O começo, a presença e o fim de uma conversa por UDP.
#[derive(Debug)]
pub struct Vinculo {
    canal: Canal,
    modo: Modo,
    nome: String,
    identidade: Identidade,
    /// Se há uma conversa.
    de_pe: bool,
    /// Mantidas por quem cuida dos itens.
    pub contas: Contas,
    cumprimento: Repeticao,
    presenca: Presenca,
    despedida: Despedida,
    /// O outro se despediu quando o próximo item nosso teria este número: os de
    /// antes ainda vão a ele, os outros não.
    limite: u64,
    respostas: Ritmo,
    recusas: Ritmo,
    estranhos: Ritmo,
    avisos: Avisos,
    /// O último erro do socket desde que se ouviu o outro: explica uma queda.
    obstaculo: Option<Obstaculo>,
    /// Quando insistir com o sistema, se ele não teve lugar.
    insistir: Option<Instant>,
    descartados: u64,
    /// O datagrama que se monta.
    saida: Vec<u8>,
}

impl Vinculo {
    /// Conecta o socket e o põe à escuta em `registro`. Na despedida, manda até
    /// `tchaus` TCHAUs sem que nada aconteça.
    ///
    /// # Errors
    /// Quando o sistema não deixa o socket ser esperado.
    pub fn abrir(
        registro: &Registry,
        modo: Modo,
        abertura: Abertura,
        tchaus: u32,
        agora: Instant,
    ) -> io::Result<Self> {
        let Abertura {
            socket,
            ficha,
            par,
            sessao,
            nome,
            prazos,
        } = abertura;
        Ok(Self {
            canal: Canal::abrir(registro, ficha, socket, par)?,
            modo,
            nome,
            identidade: Identidade::nova(sessao),
            de_pe: false,
            contas: Contas::default(),
            cumprimento: Repeticao::nova(prazos.ola, prazos.maior_ola, agora),
            presenca: Presenca::nova(prazos.presenca, agora),
            despedida: Despedida::nova(prazos.tchau, tchaus, agora),
            limite: u64::MAX,
            respostas: Ritmo::novo(prazos.resposta),
            recusas: Ritmo::novo(prazos.recusa),
            estranhos: Ritmo::novo(ENTRE_ESTRANHOS),
            avisos: Avisos::nenhum(),
            obstaculo: None,
            insistir: None,
            descartados: 0,
            saida: Vec::with_capacity(datagrama::MAIOR_DATAGRAMA),
        })
    }

    /// Se há uma conversa em que mandar itens.
    #[must_use]
    pub fn de_pe(&self) -> bool {
        self.de_pe
    }

    /// Se há uma conversa e o outro não se despediu.
    #[must_use]
    pub fn conversando(&self) -> bool {
        self.de_pe && !self.despedida.ouvida()
    }

    /// O nome a dizer daqui em diante.
    pub fn renomear(&mut self, nome: &str) {
        nome.clone_into(&mut self.nome);
    }

    /// O outro mudou de nome.
    pub fn renomear_par(&mut self, nome: &str) {
        self.identidade.renomear_par(nome);
    }

    /// A pessoa pediu a ida e volta. `false` se não há conversa.
    pub fn ping(&mut self, agora: Instant) -> bool {
        let conversando = self.conversando();
        if conversando {
            self.presenca.pedir(agora);
        }
        conversando
    }

    /// Põe em `medidas` o que se sabe aqui.
    pub fn medir(&self, medidas: &mut Medidas) {
        medidas.descartados = self.descartados;
        medidas.ida_e_volta = self.presenca.ida_e_volta();
    }

    /// Manda uma mensagem da conversa de agora.
    pub fn mandar(&mut self, mensagem: &Mensagem<'_>, agora: Instant) -> Envio {
        let conversa = self.identidade.par().map_or(0, |par| par.conversa);
        datagrama::montar(conversa, mensagem, &mut self.saida);
        self.enviar(agora)
    }

    fn enviar(&mut self, agora: Instant) -> Envio {
        let envio = self.canal.enviar(&self.saida);
        if envio == Envio::Depois {
            self.insistir = Some(agora + ESPERA_PELO_SISTEMA);
        }
        envio
    }

    // ANCHOR: despertar
    /// Faz o que já está na hora: cumprimentar, perguntar, desistir, dizer tchau.
    pub fn despertar(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        self.insistir.take_if(|quando| agora >= *quando);
        if self.cumprimentando() && self.cumprimento.hora(agora) {
            self.dizer_ola(agora);
            self.contar_silencio(ouvinte);
        }
        while self.de_pe
            && let Some(passo) = self.presenca.despertar(agora)
        {
            match passo {
                Passo::Perguntar { marca } => {
                    self.mandar(&Mensagem::Ping { marca }, agora);
                }
                Passo::Desistir => self.cair(agora, ouvinte),
            }
        }
        self.repetir_tchau(agora);
        self.despedida.despertar(agora);
        self.contar_obstaculo(agora, ouvinte);
    }
    // ANCHOR_END: despertar

    /// Quando chamar [`despertar`](Self::despertar) de novo.
    #[must_use]
    pub fn proximo_prazo(&self) -> Option<Instant> {
        let cumprimento =
            self.cumprimentando().then(|| self.cumprimento.proxima());
        let presenca = self.de_pe.then(|| self.presenca.proximo_prazo());
        [cumprimento, presenca, self.insistir]
            .into_iter()
            .chain([self.despedida.proximo_prazo()])
            .flatten()
            .min()
    }

    fn cumprimentando(&self) -> bool {
        !self.de_pe && !self.despedida.saindo()
    }

    // ANCHOR: ola
    /// Cumprimenta, com a última sessão que se ouviu do outro. Pode se perder:
    /// repete-se até haver conversa.
    fn dizer_ola(&mut self, agora: Instant) {
        let ola = Mensagem::Ola {
            versao: VERSAO,
            modo: self.modo,
            sessao: self.identidade.minha(),
            conhecida: self.identidade.conhecida(),
            recebidos: 0,
            proximo: self.contas.proximo,
            nome: &self.nome,
        };
        datagrama::montar(0, &ola, &mut self.saida);
        self.enviar(agora);
    }
    // ANCHOR_END: ola
}
