//! Dois chats no mesmo processo, com sockets de verdade e um relógio de mentira: o
//! tempo só passa quando ninguém tem mais nada a fazer. Uma prova de minutos dura
//! milissegundos e dá sempre o mesmo.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};
use sockets::chat::confiavel::Confiavel;
use sockets::chat::protocolo::{Item, Modo, Motivo, Sessao};
use sockets::chat::transporte::{Acontecimento, Transporte};
use sockets::chat::udp::{Abertura, Prazos, Udp};

use super::encaminhador::{Encaminhador, Rede};

/// Quanto se espera, de verdade, antes de deixar o relógio andar. No Linux o que se
/// manda por loopback já está na fila do outro socket quando o envio volta.
const ESPERA: Duration = if cfg!(target_os = "linux") {
    Duration::ZERO
} else {
    Duration::from_millis(2)
};

/// Quantas voltas uma prova pode dar: mais que isso é um laço sem fim.
const VOLTAS: u32 = 3_000_000;

/// Um [`Acontecimento`] que se pode guardar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visto {
    Conectou { nome: String, voltou: bool },
    Texto(String),
    Atrasado { texto: String, passaram: u64 },
    NovoNome(String),
    Entregue(u64),
    Perdidos(u64),
    Eco,
    Caiu(String),
    Saiu,
    AteLogo { enviados: u64, recebidos: u64 },
    NaoEntregue(u64, String),
    Estranho(IpAddr),
    Recusou(Motivo),
    Recusado(Motivo),
    SemResposta(String),
    Dificuldade(String),
}

impl Visto {
    fn de(acontecimento: &Acontecimento<'_>) -> Self {
        match *acontecimento {
            Acontecimento::Conectou { nome, voltou, .. } => Self::Conectou {
                nome: nome.into(),
                voltou,
            },
            Acontecimento::Texto { texto, continua } => {
                let mut texto = texto.to_owned();
                if continua {
                    texto.push('…');
                }
                Self::Texto(texto)
            }
            Acontecimento::Atrasado { texto, passaram } => Self::Atrasado {
                texto: texto.into(),
                passaram,
            },
            Acontecimento::NovoNome { nome } => Self::NovoNome(nome.into()),
            Acontecimento::Entregue { ate } => Self::Entregue(ate),
            Acontecimento::Perdidos { quantos } => Self::Perdidos(quantos),
            Acontecimento::Eco { .. } => Self::Eco,
            Acontecimento::Caiu { motivo } => Self::Caiu(motivo.into()),
            Acontecimento::Saiu => Self::Saiu,
            Acontecimento::AteLogo {
                enviados,
                recebidos,
            } => Self::AteLogo {
                enviados,
                recebidos,
            },
            Acontecimento::NaoEntregue { numero, item } => {
                let (Item::Texto { texto, .. } | Item::Nome(texto)) = item;
                Self::NaoEntregue(numero, texto.into())
            }
            Acontecimento::Estranho { quem } => Self::Estranho(quem),
            Acontecimento::Recusou { motivo, .. } => Self::Recusou(motivo),
            Acontecimento::Recusado { motivo, .. } => Self::Recusado(motivo),
            Acontecimento::SemResposta { motivo } => Self::SemResposta(motivo.into()),
            Acontecimento::Dificuldade { motivo } => Self::Dificuldade(motivo.into()),
        }
    }
}

/// Um dos lados: o transporte, o que ainda vai ser digitado e o que se viu.
pub struct Lado {
    poll: Poll,
    eventos: Events,
    pub transporte: Box<dyn Transporte>,
    pub endereco: SocketAddr,
    /// O que se digita, assim que couber.
    pub entrada: VecDeque<String>,
    /// Se a pessoa sai quando a entrada acaba.
    pub sai_no_fim: bool,
    pub visto: Vec<Visto>,
    /// Quantas voltas já deu.
    pub voltas: u64,
}

impl Lado {
    /// Um lado novo, em um socket só dele, que fala com `par`.
    pub fn novo(nome: &str, modo: Modo, sessao: u64, par: SocketAddr, agora: Instant) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        Self::com_socket(socket, nome, modo, sessao, par, agora)
    }

    pub fn com_socket(
        socket: UdpSocket,
        nome: &str,
        modo: Modo,
        sessao: u64,
        par: SocketAddr,
        agora: Instant,
    ) -> Self {
        let poll = Poll::new().unwrap();
        let endereco = socket.local_addr().unwrap();
        let abertura = Abertura {
            socket,
            ficha: Token(1),
            par,
            sessao: Sessao(sessao),
            nome: nome.into(),
            prazos: Prazos::default(),
        };
        let transporte: Box<dyn Transporte> = match modo {
            Modo::Udp => Box::new(Udp::abrir(poll.registry(), abertura, agora).unwrap()),
            Modo::UdpConfiavel => {
                Box::new(Confiavel::abrir(poll.registry(), abertura, agora).unwrap())
            }
            Modo::Tcp => panic!("aqui só há UDP"),
        };
        Self {
            poll,
            eventos: Events::with_capacity(16),
            transporte,
            endereco,
            entrada: VecDeque::new(),
            sai_no_fim: false,
            visto: Vec::new(),
            voltas: 0,
        }
    }

    /// Uma volta do laço da conversa. `true` se aconteceu alguma coisa.
    fn volta(&mut self, agora: Instant, espera: Duration) -> bool {
        let Self {
            transporte, visto, ..
        } = self;
        let mut ouvinte = |acontecimento: Acontecimento<'_>| {
            visto.push(Visto::de(&acontecimento));
        };
        self.voltas += 1;
        self.poll.poll(&mut self.eventos, Some(espera)).unwrap();
        let mut fez = false;
        for evento in &self.eventos {
            fez = true;
            transporte.pronto(evento, agora, &mut ouvinte);
        }
        if transporte
            .proximo_prazo()
            .is_some_and(|prazo| prazo <= agora)
        {
            fez = true;
            transporte.despertar(agora, &mut ouvinte);
        }
        while transporte.cabe()
            && let Some(linha) = self.entrada.pop_front()
        {
            fez = true;
            guardar(transporte.as_mut(), &linha);
        }
        if self.sai_no_fim && self.entrada.is_empty() {
            transporte.despedir(agora);
        }
        transporte.mandar(agora, &mut ouvinte);
        fez
    }

    /// Desiste do que falta entregar.
    pub fn desistir(&mut self) {
        let visto = &mut self.visto;
        self.transporte
            .desistir(&mut |acontecimento| visto.push(Visto::de(&acontecimento)));
    }

    pub fn quantos(&self, filtro: impl Fn(&Visto) -> bool) -> usize {
        self.visto.iter().filter(|visto| filtro(visto)).count()
    }

    /// Os textos que se viram, em ordem, sem os atrasados.
    pub fn textos(&self) -> Vec<&str> {
        self.visto
            .iter()
            .filter_map(|visto| match visto {
                Visto::Texto(texto) => Some(texto.as_str()),
                _ => None,
            })
            .collect()
    }

    /// O que se viu, menos textos e confirmações, para uma falha que se leia.
    pub fn notas(&self) -> Vec<&Visto> {
        self.visto
            .iter()
            .filter(|visto| !matches!(visto, Visto::Texto(_) | Visto::Entregue(_)))
            .collect()
    }
}

/// Guarda uma linha. As que acabam em `…` continuam na próxima.
fn guardar(transporte: &mut dyn Transporte, linha: &str) {
    let (texto, continua) = match linha.strip_suffix('…') {
        Some(texto) => (texto, true),
        None => (linha, false),
    };
    transporte.guardar(Item::Texto { texto, continua });
}

/// Os dois lados, o relógio e, quase sempre, a rede entre eles.
pub struct Bancada {
    pub ana: Lado,
    pub bia: Lado,
    pub rede: Option<Encaminhador>,
    pub agora: Instant,
    sessoes: u64,
}

impl Bancada {
    /// Dois lados no mesmo modo, com uma rede entre eles.
    pub fn nova(modo: Modo, rede: Rede, semente: u64) -> Self {
        Self::com_modos(modo, modo, rede, semente)
    }

    pub fn com_modos(ana: Modo, bia: Modo, rede: Rede, semente: u64) -> Self {
        let agora = Instant::now();
        let mut rede = Encaminhador::novo(rede, semente);
        let ana = Lado::novo("Ana", ana, 0xa0, rede.endereco(0), agora);
        let bia = Lado::novo("Bia", bia, 0xb0, rede.endereco(1), agora);
        rede.ligar(0, ana.endereco);
        rede.ligar(1, bia.endereco);
        Self {
            ana,
            bia,
            rede: Some(rede),
            agora,
            sessoes: 0xc0,
        }
    }

    /// Dois lados sem nada entre eles.
    pub fn direta(ana: Lado, bia: Lado, agora: Instant) -> Self {
        Self {
            ana,
            bia,
            rede: None,
            agora,
            sessoes: 0xc0,
        }
    }

    pub fn rede(&mut self) -> &mut Encaminhador {
        self.rede.as_mut().unwrap()
    }

    /// Bia fecha o programa sem se despedir e abre outro, em outra porta que a rede
    /// faz parecer a mesma.
    pub fn reabrir_bia(&mut self, modo: Modo) {
        self.sessoes += 1;
        let par = self.rede().endereco(1);
        let nova = Lado::novo("Bia", modo, self.sessoes, par, self.agora);
        self.rede().ligar(1, nova.endereco);
        self.bia = nova;
    }

    /// O mesmo, com a Ana.
    pub fn reabrir_ana(&mut self, modo: Modo) {
        self.sessoes += 1;
        let par = self.rede().endereco(0);
        let nova = Lado::novo("Ana", modo, self.sessoes, par, self.agora);
        self.rede().ligar(0, nova.endereco);
        self.ana = nova;
    }

    /// Uma volta de cada um; se ninguém fez nada, o relógio anda até o próximo prazo.
    fn volta(&mut self, ate: Instant) {
        let mut fez = self.ana.volta(self.agora, Duration::ZERO);
        fez |= self.bia.volta(self.agora, Duration::ZERO);
        if let Some(rede) = &mut self.rede {
            fez |= rede.bombear(self.agora);
        }
        if !fez && !ESPERA.is_zero() {
            fez = self.ana.volta(self.agora, ESPERA) | self.bia.volta(self.agora, ESPERA);
        }
        if !fez {
            let prazos = [
                self.ana.transporte.proximo_prazo(),
                self.bia.transporte.proximo_prazo(),
                self.rede.as_ref().and_then(Encaminhador::proximo_prazo),
            ];
            let proximo = prazos.into_iter().flatten().min().unwrap_or(ate);
            self.agora = proximo.clamp(self.agora, ate);
        }
    }

    /// Anda até a condição valer, por no máximo `prazo` de relógio de mentira.
    pub fn ate(&mut self, que: &str, prazo: u64, condicao: impl Fn(&Self) -> bool) {
        let fim = self.agora + Duration::from_secs(prazo);
        for _ in 0..VOLTAS {
            if condicao(self) {
                return;
            }
            assert!(
                self.agora < fim,
                "{prazo} s sem que {que}\n{}",
                self.relato()
            );
            self.volta(fim);
        }
        panic!("voltas demais sem que {que}\n{}", self.relato());
    }

    /// Anda tantos segundos do relógio de mentira.
    pub fn segundos(&mut self, segundos: u64) {
        let fim = self.agora + Duration::from_secs(segundos);
        for _ in 0..VOLTAS {
            if self.agora >= fim {
                return;
            }
            self.volta(fim);
        }
        panic!("voltas demais\n{}", self.relato());
    }

    /// Anda até os dois conversarem.
    pub fn conversar(&mut self) {
        self.ate("os dois conversassem", 60, |b| {
            b.ana.transporte.conversando() && b.bia.transporte.conversando()
        });
    }

    /// Anda até os dois saírem.
    pub fn sair(&mut self) {
        self.ana.sai_no_fim = true;
        self.bia.sai_no_fim = true;
        self.ate("os dois saíssem", 3600, |b| {
            b.ana.transporte.despediu() && b.bia.transporte.despediu()
        });
    }

    fn relato(&self) -> String {
        let mut relato = String::new();
        for (nome, lado) in [("Ana", &self.ana), ("Bia", &self.bia)] {
            let _ = writeln!(
                relato,
                "{nome}: {:?}, {} textos, notas: {:?}",
                lado.transporte.medidas(),
                lado.textos().len(),
                lado.notas()
            );
        }
        relato
    }
}
