//! TCP: os dois programas escutam, os dois ligam, e uma conexão fica.
//!
//! | arquivo | ideia |
//! | --- | --- |
//! | `escuta` | escutar na própria porta e atender |
//! | `ligar` | ligar para o outro, com pausas que crescem |
//! | `conexao` | os bytes de uma conexão, sem bloquear |
//! | `cumprimento` | o OLÁ dos dois, e com qual conexão ficar |
//! | `outro` | o que sobrevive a uma conexão: quem é ele, o que falta entregar |
//! | `conversa` | a conexão adotada: itens, confirmações, perguntas, despedida |
//! | `passagem` | as conexões que passam de um desses estados a outro |
//! | `fechando` | fechar sem destruir o que se acabou de dizer |
//! | `fim` | por que uma conexão acaba, em frases |
//! | `avisos` | não dizer duas vezes a mesma coisa |
//! | `prazos` | quanto se espera por cada coisa |
//!
//! Uma conexão passa por estas mãos, nesta ordem:
//!
//! ```text
//! Escuta ──┐
//!          ├─► Cumprimento ──► Conversa ──► Fechando
//! Ligador ─┘        └────────────────────────▲
//! ```

mod avisos;
mod conexao;
mod conversa;
mod cumprimento;
mod escuta;
mod fechando;
mod fim;
mod ligar;
mod outro;
mod passagem;
mod prazos;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Instant;

use mio::event::Event;
use mio::{Registry, Token};

use super::pendentes::Pendentes;
use super::presenca::Presenca;
use super::protocolo::{Item, Sessao};
use super::transporte::{Acontecimento, Medidas, Ouvinte, Transporte};
use avisos::Avisos;
use conexao::Conexao;
use conversa::Conversa;
use cumprimento::Cumprimento;
use escuta::Escuta;
use fechando::Fechando;
use ligar::Ligador;
use outro::{Nosso, Outro};

pub use escuta::escutar;
pub use prazos::Prazos;

/// Quantas fichas do mio este transporte usa, a partir de [`Config::ficha`].
pub const FICHAS: usize = 32;

/// Quantas conexões que outros abriram se cumprimentam ao mesmo tempo.
const CUMPRIMENTOS: usize = 8;

/// Quantas conexões esperam, ao mesmo tempo, que o outro lado as feche.
const FECHANDO: usize = 8;

/// O que o transporte precisa de saber para começar.
#[derive(Debug, Clone)]
pub struct Config {
    /// Os endereços do outro programa, na ordem em que se tenta ligar para eles. Só
    /// se atende quem liga de um destes IPs.
    pub enderecos: Vec<SocketAddr>,
    /// A sessão deste programa.
    pub sessao: Sessao,
    /// O nome a dizer no cumprimento.
    pub nome: String,
    /// A primeira ficha do mio que este transporte pode usar; as outras são as
    /// seguintes, [`FICHAS`] ao todo.
    pub ficha: Token,
    /// Quanto esperar por cada coisa.
    pub prazos: Prazos,
}

/// O transporte TCP.
#[derive(Debug)]
pub struct Tcp {
    registro: Registry,
    /// A primeira ficha, que é a da escuta.
    ficha: Token,
    prazos: Prazos,
    nosso: Nosso,
    /// O programa da última conversa que acabou.
    ultimo: Option<Outro>,
    escuta: Escuta,
    ligador: Ligador,
    cumprimentos: Vec<Cumprimento>,
    conversa: Option<Conversa>,
    fechando: Vec<Fechando>,
    avisos: Avisos,
    saindo: bool,
    /// Conexões que não eram do outro programa, ou que passaram da conta.
    descartados: u64,
    /// Um instante que já passou.
    inicio: Instant,
}

impl Tcp {
    /// Começa a escutar em `escuta` (veja [`escutar`]) e a ligar.
    ///
    /// # Errors
    /// Quando o sistema não deixa vigiar o socket, ou quando não há para quem ligar.
    pub fn abrir(
        registro: &Registry,
        escuta: TcpListener,
        config: Config,
        agora: Instant,
    ) -> io::Result<Self> {
        if config.enderecos.is_empty() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let prazos = config.prazos;
        Ok(Self {
            escuta: Escuta::nova(escuta, config.ficha, registro)?,
            registro: registro.try_clone()?,
            ficha: config.ficha,
            prazos,
            nosso: Nosso {
                sessao: config.sessao,
                nome: config.nome,
                pendentes: Pendentes::default(),
                confirmados: 0,
                recebidos: 0,
                duplicados: 0,
                confirma: true,
            },
            ultimo: None,
            ligador: Ligador::novo(config.enderecos, &prazos, agora),
            cumprimentos: Vec::new(),
            conversa: None,
            fechando: Vec::new(),
            avisos: Avisos::default(),
            saindo: false,
            descartados: 0,
            inicio: agora,
        })
    }

    /// Quantos bytes de memória os buffers ocupam, todos juntos.
    #[must_use]
    pub fn memoria(&self) -> usize {
        let conexoes = self.conexoes().map(Conexao::memoria);
        self.nosso.pendentes.memoria() + conexoes.sum::<usize>()
    }

    /// Uma ficha que ninguém usa: as conexões são menos que as fichas.
    fn ficha_livre(&self) -> Token {
        let em_uso = |ficha: Token| {
            self.ligador.ficha() == Some(ficha)
                || self.conexoes().any(|conexao| conexao.ficha == ficha)
        };
        let mut fichas = (self.ficha.0 + 1..self.ficha.0 + FICHAS).map(Token);
        let livre = fichas.find(|ficha| !em_uso(*ficha));
        livre.expect("há mais fichas do que conexões")
    }

    fn conexoes(&self) -> impl Iterator<Item = &Conexao> {
        let conversa = self.conversa.iter().map(|c| &c.conexao);
        let cumprimentos = self.cumprimentos.iter().map(|c| &c.conexao);
        let fechando = self.fechando.iter().map(|f| &f.conexao);
        conversa.chain(cumprimentos).chain(fechando)
    }

    /// O outro programa, se já se conversou com algum.
    fn outro(&self) -> Option<&Outro> {
        let atual = self.conversa.as_ref().map(|conversa| &conversa.outro);
        atual.or(self.ultimo.as_ref())
    }

    /// Quem manda mostrar tudo que chegou já o fez, a não ser que a saída tenha
    /// sido fechada. A conversa pode ter caído entretanto.
    fn mostrado(&mut self) {
        if self.nosso.confirma {
            let atual = self.conversa.as_mut().map(|c| &mut c.outro);
            atual
                .into_iter()
                .chain(&mut self.ultimo)
                .for_each(Outro::mostrado);
        }
    }

    /// Se já não há nada a dizer, nem com quem: o programa está de saída, não há
    /// conversa e tudo que se disse foi entregue.
    fn despedido(&self) -> bool {
        self.saindo
            && self.conversa.is_none()
            && self.nosso.pendentes.quantos() == 0
    }

    /// Vê que cumprimentos passaram do prazo.
    fn vencer_cumprimentos(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        let vencido = |c: &Cumprimento| agora >= c.ate;
        while let Some(qual) = self.cumprimentos.iter().position(vencido) {
            let fim = Cumprimento::demorou(self.prazos.cumprimento);
            self.cumprimento_falhou(qual, fim, agora, ouvinte);
        }
    }

    /// Escreve o que falta dos cumprimentos.
    fn escrever_cumprimentos(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        let mut qual = 0;
        while let Some(cumprimento) = self.cumprimentos.get_mut(qual) {
            if cumprimento.conexao.escrever(&self.registro, agora).is_ok() {
                qual += 1;
            } else {
                let fim = cumprimento.desligou();
                self.cumprimento_falhou(qual, fim, agora, ouvinte);
            }
        }
    }
}

impl Transporte for Tcp {
    fn guardar(&mut self, item: Item<'_>) -> u64 {
        self.nosso.pendentes.guardar(item)
    }

    fn cabe(&self) -> bool {
        self.nosso.pendentes.cabe()
    }

    fn mandar(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        self.mostrado();
        self.escrever_cumprimentos(agora, ouvinte);
        self.falar(agora, ouvinte);
        let registro = &self.registro;
        self.fechando.retain_mut(|f| !f.acabou(registro, agora));
    }

    // ANCHOR: pronto
    fn pronto(&mut self, evento: &Event, agora: Instant, ouvinte: Ouvinte<'_>) {
        let ficha = evento.token();
        let e_ela = |conexao: &Conexao| conexao.ficha == ficha;
        if let Some(conversa) = &mut self.conversa
            && e_ela(&conversa.conexao)
        {
            conversa.conexao.novidade(evento);
            self.conversar(agora, ouvinte);
        } else if ficha == self.escuta.ficha {
            self.escuta.novidade();
            self.atender(agora, ouvinte);
        } else if self.ligador.ficha() == Some(ficha) {
            self.conferir_ligacao(agora, ouvinte);
        } else if let Some(qual) =
            self.cumprimentos.iter().position(|c| e_ela(&c.conexao))
        {
            self.cumprimentos[qual].conexao.novidade(evento);
            self.continuar(qual, agora, ouvinte);
        } else if let Some(fechando) =
            self.fechando.iter_mut().find(|f| e_ela(&f.conexao))
        {
            fechando.conexao.novidade(evento);
        }
    }
    // ANCHOR_END: pronto

    fn despertar(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        self.conferir_ligacao(agora, ouvinte);
        self.ligar(agora, ouvinte);
        self.atender(agora, ouvinte);
        self.vencer_cumprimentos(agora, ouvinte);
        if let Some(conversa) = &mut self.conversa {
            if agora >= conversa.proximo_prazo(&self.prazos) {
                // O que faltava ouvir pode ter chegado enquanto se fazia outra coisa.
                conversa.conexao.insistir();
            }
            if conversa.ha_mais() {
                self.conversar(agora, ouvinte);
            }
        }
        if let Some(conversa) = &mut self.conversa
            && let Err(fim) = conversa.despertar(&self.prazos, agora)
        {
            self.caiu(fim, agora, ouvinte);
        }
    }

    fn proximo_prazo(&self) -> Option<Instant> {
        let quando = |ha_mais, prazo| if ha_mais { self.inicio } else { prazo };
        let ligador = self.ligador.ficha().is_some() || self.quer_ligar();
        let ligador = ligador.then(|| self.ligador.proximo_prazo());
        let escuta = self.escuta.proximo_prazo(self.inicio);
        let cumprimentos = self.cumprimentos.iter().map(|c| c.ate).min();
        let conversa = self
            .conversa
            .as_ref()
            .map(|c| quando(c.ha_mais(), c.proximo_prazo(&self.prazos)));
        let fechando = self.fechando.iter();
        let fechando = fechando.map(|f| quando(f.conexao.ha_mais(), f.ate));
        [ligador, escuta, cumprimentos, conversa, fechando.min()]
            .into_iter()
            .flatten()
            .min()
    }

    fn ping(&mut self, agora: Instant) -> bool {
        let conversa = self.conversa.as_mut().filter(|c| !c.ele_saiu());
        conversa.map(|c| c.perguntar(agora)).is_some()
    }

    fn renomear(&mut self, nome: &str) {
        nome.clone_into(&mut self.nosso.nome);
    }

    fn parar_de_confirmar(&mut self) {
        self.nosso.confirma = false;
    }

    fn despedir(&mut self, _agora: Instant) {
        self.saindo = true;
    }

    fn despediu(&self) -> bool {
        self.despedido() && !self.fechando.iter().any(|f| f.despedida)
    }

    fn conversando(&self) -> bool {
        let de_pe = |c: &Conversa| c.estreou() && !c.ele_saiu();
        self.conversa.as_ref().is_some_and(de_pe)
    }

    fn pendentes(&self) -> u64 {
        self.nosso.pendentes.quantos()
    }

    fn desistir(&mut self, ouvinte: Ouvinte<'_>) {
        if self.nosso.pendentes.quantos() == 0 {
            return;
        }
        self.nosso.pendentes.desistir(|numero, item| {
            ouvinte(Acontecimento::NaoEntregue { numero, item });
        });
        // O outro espera por itens que não vão: um TCHAU agora seria mentira.
        if let Some(conversa) = self.conversa.take() {
            self.ultimo = Some(conversa.outro);
        }
    }

    fn medidas(&self) -> Medidas {
        let nosso = &self.nosso;
        let presenca = self.outro().map(|outro| &outro.presenca);
        Medidas {
            enviados: nosso.pendentes.inedito(),
            confirmados: nosso.confirmados,
            recebidos: nosso.recebidos,
            duplicados: nosso.duplicados,
            retransmitidos: nosso.pendentes.repetidos(),
            descartados: self.descartados,
            ida_e_volta: presenca.and_then(Presenca::ida_e_volta),
            ..Medidas::default()
        }
    }
}
