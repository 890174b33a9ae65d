//! Um programa de um lado da conversa: o transporte de verdade, um `mio::Poll` só
//! dele e tudo que ele contou.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};
use provas::chat::PRAZO;
use provas::porta_livre;
use sockets::chat::presenca;
use sockets::chat::protocolo::{Item, Motivo, Sessao};
use sockets::chat::tcp::{Config, Prazos, Tcp, escutar};
use sockets::chat::transporte::{Acontecimento, Transporte};

/// Um acontecimento, guardado.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visto {
    Conectou { voltou: bool, endereco: SocketAddr },
    Texto(String),
    Nome(String),
    Entregue(u64),
    Eco,
    Caiu(String),
    Saiu,
    NaoEntregue(u64, String),
    Estranho(IpAddr),
    Recusou(Motivo),
    Recusado(Motivo, String),
    SemResposta(String),
}

impl From<Acontecimento<'_>> for Visto {
    fn from(acontecimento: Acontecimento<'_>) -> Self {
        match acontecimento {
            Acontecimento::Conectou {
                voltou, endereco, ..
            } => Self::Conectou { voltou, endereco },
            Acontecimento::Texto { texto, .. } => Self::Texto(texto.into()),
            Acontecimento::NovoNome { nome } => Self::Nome(nome.into()),
            Acontecimento::Entregue { ate } => Self::Entregue(ate),
            Acontecimento::Eco { .. } => Self::Eco,
            Acontecimento::Caiu { motivo } => Self::Caiu(motivo.into()),
            Acontecimento::Saiu => Self::Saiu,
            Acontecimento::NaoEntregue { numero, item } => {
                Self::NaoEntregue(numero, format!("{item:?}"))
            }
            Acontecimento::Estranho { quem } => Self::Estranho(quem),
            Acontecimento::Recusou { motivo, .. } => Self::Recusou(motivo),
            Acontecimento::Recusado { motivo, detalhe } => Self::Recusado(motivo, detalhe.into()),
            Acontecimento::SemResposta { motivo } => Self::SemResposta(motivo.into()),
            outro => panic!("isto não é de TCP: {outro:?}"),
        }
    }
}

/// Um programa.
pub struct Lado {
    poll: Poll,
    eventos: Events,
    pub tcp: Tcp,
    pub vistos: Vec<Visto>,
    /// Quanto o relógio deste programa está à frente: as provas vencem prazos sem
    /// esperar por eles.
    adiantado: Duration,
    /// Se o que chega é só contado, para as provas de muitas linhas.
    pub so_contar: bool,
    pub contados: u64,
}

/// Os prazos das provas: quatro vezes os de verdade, para que só vençam quando o
/// relógio é adiantado, e pausas curtas, que são tempo perdido.
pub fn prazos() -> Prazos {
    let Prazos {
        ligar,
        cumprimento,
        quadro,
        escrita,
        despedida,
        fechar,
        presenca,
        ..
    } = Prazos::default();
    Prazos {
        pausa: Duration::from_millis(1),
        maior_pausa: Duration::from_millis(20),
        ligar: 4 * ligar,
        cumprimento: 4 * cumprimento,
        quadro: 4 * quadro,
        escrita: 4 * escrita,
        despedida: 4 * despedida,
        fechar: 4 * fechar,
        presenca: presenca::Prazos {
            pergunta: 4 * presenca.pergunta,
            silencio: 4 * presenca.silencio,
            suspeita: 4 * presenca.suspeita,
        },
        ..Prazos::default()
    }
}

pub fn local(porta: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, porta).into()
}

/// Um socket à escuta em uma porta qualquer, e a porta.
pub fn escuta() -> (TcpListener, u16) {
    let escuta = escutar(local(0)).unwrap();
    let porta = escuta.local_addr().unwrap().port();
    (escuta, porta)
}

impl Lado {
    /// Abre o programa: escuta em `escuta` e liga para a porta `par`.
    pub fn abrir(escuta: TcpListener, par: u16, sessao: u64, prazos: Prazos) -> Self {
        Self::abrir_para(escuta, vec![local(par)], sessao, prazos)
    }

    /// O mesmo, para um de vários endereços.
    pub fn abrir_para(
        escuta: TcpListener,
        enderecos: Vec<SocketAddr>,
        sessao: u64,
        prazos: Prazos,
    ) -> Self {
        let poll = Poll::new().unwrap();
        let config = Config {
            enderecos,
            sessao: Sessao(sessao),
            nome: format!("programa {sessao}"),
            ficha: Token(1),
            prazos,
        };
        let tcp = Tcp::abrir(poll.registry(), escuta, config, Instant::now()).unwrap();
        Self {
            poll,
            eventos: Events::with_capacity(64),
            tcp,
            vistos: Vec::new(),
            adiantado: Duration::ZERO,
            so_contar: false,
            contados: 0,
        }
    }

    /// Adianta o relógio deste programa.
    pub fn adiantar(&mut self, quanto: Duration) {
        self.adiantado += quanto;
    }

    fn agora(&self) -> Instant {
        Instant::now() + self.adiantado
    }

    /// Um programa que escuta e para o qual ninguém está do outro lado, e a porta.
    pub fn sozinho(prazos: Prazos) -> (Self, u16) {
        let (escuta, porta) = escuta();
        // Uma porta em que ninguém escuta.
        let par = porta_livre();
        (Self::abrir(escuta, par, 1000, prazos), porta)
    }

    /// Uma volta do laço, à espera de novidades por até `espera`.
    pub fn volta(&mut self, espera: Duration) {
        let prazo = self.tcp.proximo_prazo();
        let falta = prazo.map_or(espera, |prazo| {
            prazo.saturating_duration_since(self.agora()).min(espera)
        });
        let Self {
            poll,
            eventos,
            tcp,
            vistos,
            adiantado,
            so_contar,
            contados,
        } = self;
        let mut ouvinte = |acontecimento: Acontecimento<'_>| match acontecimento {
            Acontecimento::Texto { .. } | Acontecimento::Entregue { .. } if *so_contar => {
                *contados += u64::from(matches!(acontecimento, Acontecimento::Texto { .. }));
            }
            outro => vistos.push(outro.into()),
        };
        match poll.poll(eventos, Some(falta)) {
            Err(erro) if erro.kind() == io::ErrorKind::Interrupted => return,
            outro => outro.unwrap(),
        }
        let agora = Instant::now() + *adiantado;
        for evento in eventos.iter() {
            tcp.pronto(evento, agora, &mut ouvinte);
        }
        if prazo.is_some_and(|prazo| prazo <= agora) {
            tcp.despertar(agora, &mut ouvinte);
        }
        tcp.mandar(agora, &mut ouvinte);
    }

    /// Escreve, sem antes ouvir o que o sistema tem a contar.
    pub fn falar(&mut self) {
        let agora = self.agora();
        let vistos = &mut self.vistos;
        self.tcp
            .mandar(agora, &mut |visto| vistos.push(visto.into()));
    }

    /// Faz o que está na hora, sem antes ouvir o que o sistema tem a contar.
    pub fn despertar(&mut self) {
        let agora = self.agora();
        let vistos = &mut self.vistos;
        self.tcp
            .despertar(agora, &mut |visto| vistos.push(visto.into()));
    }

    /// Dá voltas até `chega`.
    pub fn ate(&mut self, mut chega: impl FnMut(&mut Self) -> bool) {
        let limite = Instant::now() + PRAZO;
        while !chega(self) {
            assert!(Instant::now() < limite, "não chegou: {self:?}");
            self.volta(Duration::from_millis(1));
        }
    }

    pub fn dizer(&mut self, texto: &str) -> u64 {
        assert!(self.tcp.cabe());
        self.tcp.guardar(Item::Texto {
            texto,
            continua: false,
        })
    }

    pub fn despedir(&mut self) {
        self.tcp.despedir(self.agora());
    }

    pub fn viu(&self, visto: &Visto) -> bool {
        self.vistos.contains(visto)
    }

    pub fn caiu(&self) -> bool {
        self.vistos.iter().any(|v| matches!(v, Visto::Caiu(_)))
    }

    pub fn saiu(&self) -> bool {
        self.viu(&Visto::Saiu)
    }

    /// Se recusou alguém por este motivo.
    pub fn recusado(&self, motivo: Motivo) -> bool {
        self.vistos
            .iter()
            .any(|v| matches!(v, Visto::Recusado(visto, _) if *visto == motivo))
    }

    /// Os textos que chegaram, em ordem.
    pub fn textos(&self) -> Vec<String> {
        let texto = |visto: &Visto| match visto {
            Visto::Texto(texto) => Some(texto.clone()),
            _ => None,
        };
        self.vistos.iter().filter_map(texto).collect()
    }

    /// As conversas que começaram: o endereço do outro e se era uma volta.
    pub fn conversas(&self) -> Vec<(SocketAddr, bool)> {
        self.vistos
            .iter()
            .filter_map(|visto| match visto {
                Visto::Conectou { voltou, endereco } => Some((*endereco, *voltou)),
                _ => None,
            })
            .collect()
    }
}

impl std::fmt::Debug for Lado {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ultimos = self.vistos.len().saturating_sub(20);
        f.debug_struct("Lado")
            .field("conversando", &self.tcp.conversando())
            .field("pendentes", &self.tcp.pendentes())
            .field("medidas", &self.tcp.medidas())
            .field("vistos (fim)", &&self.vistos[ultimos..])
            .finish_non_exhaustive()
    }
}

/// Alterna voltas de dois programas até `chegam`.
pub fn juntos(a: &mut Lado, b: &mut Lado, mut chegam: impl FnMut(&mut Lado, &mut Lado) -> bool) {
    let limite = Instant::now() + PRAZO;
    let mut espera = Duration::ZERO;
    while !chegam(a, b) {
        assert!(Instant::now() < limite, "não chegaram: {a:#?} {b:#?}");
        a.volta(espera);
        b.volta(espera);
        // Nas primeiras voltas há sempre o que fazer; depois, só esperar prazos.
        espera = Duration::from_micros(100).min(espera + Duration::from_micros(1));
    }
}
