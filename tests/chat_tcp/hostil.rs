//! Um par que fala com o transporte byte a byte, e que pode fazer tudo errado.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use provas::chat::PRAZO;
use socket2::{Domain, SockRef, Socket, Type};
use sockets::chat::protocolo::{Item, Mensagem, Modo, Motivo, Sessao, VERSAO};
use sockets::chat::quadro::{Desmontador, enquadrar};

use super::lado::{Lado, local};

/// Uma ponta crua de conexão.
pub struct Hostil {
    pub socket: TcpStream,
    entrada: Desmontador,
    /// O que chegou: uma frase por mensagem.
    pub chegou: Vec<String>,
    /// O fluxo acabou, ou deu erro.
    pub acabou: bool,
    /// Foi com um erro: o outro lado fechou com bytes por ler (RST).
    pub cortado: bool,
}

/// Um OLÁ comum.
pub fn ola(sessao: u64) -> Mensagem<'static> {
    Mensagem::Ola {
        versao: VERSAO,
        modo: Modo::Tcp,
        sessao: Sessao(sessao),
        conhecida: None,
        recebidos: 0,
        proximo: 0,
        nome: "hostil",
    }
}

pub fn texto(numero: u64, texto: &str) -> Mensagem<'_> {
    let continua = false;
    Mensagem::Item {
        numero,
        item: Item::Texto { texto, continua },
    }
}

pub fn quadro(mensagem: &Mensagem<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    enquadrar(mensagem, &mut bytes);
    bytes
}

impl Hostil {
    /// Liga para `porta`, a partir de `de`.
    pub fn ligar_de(de: IpAddr, porta: u16) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((de, 0)).into())?;
        socket.connect(&local(porta).into())?;
        Self::novo(socket.into())
    }

    pub fn ligar(porta: u16) -> Self {
        Self::ligar_de(Ipv4Addr::LOCALHOST.into(), porta).unwrap()
    }

    /// Espera que `lado` ligue.
    pub fn atender(escuta: &TcpListener, lado: &mut Lado) -> Self {
        let mut hostil = None;
        lado.ate(|_| {
            hostil = escuta.accept().ok();
            hostil.is_some()
        });
        Self::novo(hostil.unwrap().0).unwrap()
    }

    fn novo(socket: TcpStream) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            entrada: Desmontador::novo(),
            chegou: Vec::new(),
            acabou: false,
            cortado: false,
        })
    }

    /// Manda tudo, enquanto `lado` anda. Devolve quantos bytes foram antes que ele
    /// fechasse.
    pub fn mandar_bytes(&mut self, bytes: &[u8], lado: &mut Lado) -> usize {
        let limite = Instant::now() + PRAZO;
        let mut mandados = 0;
        while mandados < bytes.len() && Instant::now() < limite {
            match self.socket.write(&bytes[mandados..]) {
                Ok(n) => mandados += n,
                Err(erro) if erro.kind() == ErrorKind::WouldBlock => {}
                Err(_) => break,
            }
            lado.volta(Duration::ZERO);
        }
        mandados
    }

    pub fn mandar(&mut self, mensagem: &Mensagem<'_>, lado: &mut Lado) {
        self.mandar_bytes(&quadro(mensagem), lado);
    }

    /// Lê o que houver.
    pub fn ler(&mut self) {
        loop {
            match self.socket.read(self.entrada.lugar()) {
                Ok(0) => self.acabou = true,
                Ok(n) => self.entrada.chegaram(n),
                Err(erro) if erro.kind() == ErrorKind::WouldBlock => return,
                Err(_) => (self.acabou, self.cortado) = (true, true),
            }
            while let Some(corpo) = self.entrada.proximo().unwrap() {
                let mensagem = Mensagem::decodificar(corpo).unwrap();
                self.chegou.push(format!("{mensagem:?}"));
            }
            if self.acabou {
                return;
            }
        }
    }

    /// Lê enquanto `lado` anda, até `chega`.
    pub fn ate(&mut self, lado: &mut Lado, mut chega: impl FnMut(&Self, &Lado) -> bool) {
        let limite = Instant::now() + PRAZO;
        loop {
            self.ler();
            if chega(self, lado) {
                return;
            }
            let chegou = &self.chegou;
            assert!(Instant::now() < limite, "chegou {chegou:?} e {lado:?}");
            lado.volta(Duration::from_millis(1));
        }
    }

    /// Lê até ver uma mensagem que começa assim (o nome dela em Rust).
    pub fn ate_chegar(&mut self, comeco: &str, lado: &mut Lado) {
        self.ate(lado, |hostil, _| hostil.viu(comeco));
    }

    pub fn viu(&self, comeco: &str) -> bool {
        self.chegou.iter().any(|vista| vista.starts_with(comeco))
    }

    /// Lê até ser recusado por este motivo e a conexão acabar, sem RST.
    pub fn ate_recusar(&mut self, motivo: Motivo, lado: &mut Lado) {
        self.ate(lado, |hostil, _| hostil.acabou);
        let esperada = format!("Recusa {{ motivo: {motivo:?},");
        assert!(self.viu(&esperada), "{motivo:?}: {:?}", self.chegou);
        assert!(!self.cortado, "{:?}", self.chegou);
    }

    /// Cumprimenta e espera ser adotado por `lado`, que é o árbitro.
    pub fn conversar(&mut self, sessao: u64, lado: &mut Lado) {
        self.mandar(&ola(sessao), lado);
        self.ate_chegar("Aceito", lado);
        // Quem adota pergunta logo, e assim o árbitro sabe que há conversa.
        self.mandar(&Mensagem::Ping { marca: 0 }, lado);
        self.ate_chegar("Pong", lado);
    }

    /// Fecha com RST.
    pub fn cortar(self) {
        let linger = Some(Duration::ZERO);
        SockRef::from(&self.socket).set_linger(linger).unwrap();
    }
}
