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

mod chegada;

use std::fmt::Display;
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
use crate::chat::protocolo::{Mensagem, Modo, Motivo, Sessao, VERSAO};
use crate::chat::transporte::{Acontecimento, Medidas, Ouvinte};

pub use chegada::{Comeco, Ouvido};

/// Quantos OLÁs vão sem que nada volte antes de se contar isso à pessoa: cerca de
/// 3 s.
const OLAS_SEM_RESPOSTA: u32 = 5;

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

/// O que já se contou à pessoa desde que a conversa começou ou caiu: cada coisa se
/// conta uma vez, e não uma por datagrama.
#[derive(Debug, Default)]
struct Avisos {
    silencio: bool,
    obstaculos: Vec<Obstaculo>,
    recusamos: Vec<Motivo>,
    recusaram: Vec<Motivo>,
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
            avisos: Avisos::default(),
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
            self.avisar_silencio(ouvinte);
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

    fn avisar_silencio(&mut self, ouvinte: Ouvinte<'_>) {
        let contado = self.avisos.silencio
            || !self.avisos.obstaculos.is_empty()
            || !self.avisos.recusaram.is_empty()
            || !self.avisos.recusamos.is_empty();
        if self.cumprimento.vezes() < OLAS_SEM_RESPOSTA || contado {
            return;
        }
        self.avisos.silencio = true;
        let motivo = format!(
            "nada chega de {} (abra o chat também lá; se já está aberto, confira \
             os endereços e o firewall)",
            self.canal.par()
        );
        ouvinte(Acontecimento::SemResposta { motivo: &motivo });
    }

    // ANCHOR: obstaculo
    /// Conta um erro do socket, da primeira vez. Com uma conversa de pé, um erro
    /// sobre o par não é notícia ainda: pergunta-se a ele antes de acreditar.
    fn contar_obstaculo(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        let Some(obstaculo) = self.canal.obstaculo() else {
            return;
        };
        self.obstaculo = Some(obstaculo);
        if obstaculo == Obstaculo::Porta
            && (self.despedida.ouvida() || self.despedida.dizendo())
        {
            self.encerrar(agora);
        } else if self.de_pe && obstaculo.e_sobre_o_par() {
            self.presenca.desconfiar(agora);
        } else if novidade(&mut self.avisos.obstaculos, obstaculo) {
            let motivo = obstaculo.frase(self.canal.par()).to_string();
            ouvinte(Acontecimento::SemResposta { motivo: &motivo });
        }
    }
    // ANCHOR_END: obstaculo

    // ANCHOR: cair
    /// O outro não está lá. Volta-se a cumprimentar; se ele já tinha se despedido,
    /// era isso.
    fn cair(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        if self.despedida.ouvida() || self.despedida.dizendo() {
            self.encerrar(agora);
            return;
        }
        self.de_pe = false;
        self.cumprimento.recomecar(agora);
        self.avisos = Avisos {
            silencio: true,
            obstaculos: self.obstaculo.into_iter().collect(),
            ..Avisos::default()
        };
        let motivo = match self.obstaculo {
            Some(obstaculo) => obstaculo.frase(self.canal.par()).to_string(),
            None => format!("nada mais chega de {}", self.canal.par()),
        };
        ouvinte(Acontecimento::Caiu { motivo: &motivo });
    }
    // ANCHOR_END: cair

    /// Diz ao outro por que não se fala com ele, sem pressa, e conta à pessoa uma
    /// vez.
    fn recusar(
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
            let detalhe = detalhe.to_string();
            let detalhe = detalhe.as_str();
            ouvinte(Acontecimento::Recusado { motivo, detalhe });
        }
    }
}

/// O fim.
impl Vinculo {
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
    /// Depois de o modo mandar o que podia, e já com [`Contas::proximo`] em dia: é a
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

    fn repetir_tchau(&mut self, agora: Instant) {
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
    fn encerrar(&mut self, agora: Instant) {
        self.de_pe = false;
        self.identidade.findar();
        if self.despedida.dizendo() {
            self.despedida.terminar(agora);
        }
        self.cumprimento.recomecar(agora);
        // Que ninguém atenda ou responda depois de um «saiu» não é notícia.
        self.avisos = Avisos {
            silencio: true,
            obstaculos: vec![Obstaculo::Porta],
            ..Avisos::default()
        };
    }
}
