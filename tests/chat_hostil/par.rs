//! O par que ataca: fala o protocolo tão bem ou tão mal quanto quiser.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use provas::Falha;
use socket2::SockRef;
use sockets::chat::datagrama;
use sockets::chat::protocolo::{Item, Mensagem, Modo as ModoDoProtocolo, Motivo, Sessao, VERSAO};
use sockets::chat::quadro::{Desmontador, enquadrar};

use crate::alvo::{Alvo, esperar_a_porta};
use provas::chat::{Modo, PRAZO};

/// A maior sessão: em TCP, quem a tem é o árbitro.
pub const MAIOR: u64 = u64::MAX;

/// Um OLÁ de quem não conhece ninguém.
pub fn ola(modo: Modo, sessao: u64, nome: &str) -> Mensagem<'_> {
    Mensagem::Ola {
        versao: VERSAO,
        modo: match modo {
            "udp" => ModoDoProtocolo::Udp,
            "udp-confiavel" => ModoDoProtocolo::UdpConfiavel,
            _ => ModoDoProtocolo::Tcp,
        },
        sessao: Sessao(sessao),
        conhecida: None,
        recebidos: 0,
        proximo: 0,
        nome,
    }
}

pub fn texto(texto: &str) -> Item<'_> {
    Item::Texto {
        texto,
        continua: false,
    }
}

pub fn quadro(mensagem: &Mensagem<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    enquadrar(mensagem, &mut bytes);
    bytes
}

/// O quadro de um corpo qualquer, mesmo um que não seja mensagem.
pub fn quadro_de(corpo: &[u8]) -> Vec<u8> {
    let tamanho = u16::try_from(corpo.len()).expect("um corpo curto");
    [&tamanho.to_be_bytes(), corpo].concat()
}

fn falhou(o_que: &str, erro: &io::Error) -> Falha {
    Falha::nova(format!("o ataque não conseguiu {o_que}: {erro}"))
}

/// Uma conexão com o alvo.
pub struct Fluxo {
    pub socket: TcpStream,
    entrada: Desmontador,
}

impl Fluxo {
    pub fn ligar(alvo: &Alvo) -> Result<Self, Falha> {
        let ligar = || {
            let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, alvo.local))?;
            socket.set_nodelay(true)?;
            socket.set_read_timeout(Some(PRAZO))?;
            socket.set_write_timeout(Some(PRAZO))?;
            Ok(socket)
        };
        Ok(Self {
            socket: ligar().map_err(|erro| falhou("ligar", &erro))?,
            entrada: Desmontador::novo(),
        })
    }

    /// Liga e conversa, como árbitro, com este nome.
    pub fn conversar(alvo: &Alvo, nome: &str) -> Result<Self, Falha> {
        let mut fluxo = Self::ligar(alvo)?;
        fluxo.mandar(&ola("tcp", MAIOR, nome))?;
        fluxo.ate(|mensagem| matches!(mensagem, Mensagem::Ola { .. }))?;
        fluxo.mandar(&Mensagem::Aceito)?;
        // O alvo pergunta logo que adota a conexão.
        fluxo.ate(|mensagem| matches!(mensagem, Mensagem::Ping { .. }))?;
        Ok(fluxo)
    }

    pub fn mandar(&mut self, mensagem: &Mensagem<'_>) -> Result<(), Falha> {
        self.bytes(&quadro(mensagem))
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Falha> {
        let escrito = self.socket.write_all(bytes);
        escrito.map_err(|erro| falhou("escrever", &erro))
    }

    /// Escreve o que o alvo aceitar: ele pode já ter fechado.
    pub fn insistir(&mut self, bytes: &[u8]) -> bool {
        self.socket.write_all(bytes).is_ok()
    }

    /// Lê até chegar uma mensagem como `serve` quer.
    pub fn ate(&mut self, serve: impl Fn(&Mensagem<'_>) -> bool) -> Result<(), Falha> {
        let mut vistas = Vec::new();
        loop {
            while let Some(corpo) = self.proximo()? {
                let Ok(mensagem) = Mensagem::decodificar(corpo) else {
                    return Err(Falha::nova(format!("o alvo mandou {corpo:x?}")));
                };
                if serve(&mensagem) {
                    return Ok(());
                }
                if vistas.len() < 20 {
                    vistas.push(format!("{mensagem:?}"));
                }
            }
            match self.encher() {
                Ok(true) => {}
                Ok(false) => {
                    return Err(Falha::nova(format!(
                        "o alvo fechou; antes disse {vistas:?}"
                    )));
                }
                Err(erro) => {
                    let frase = format!("o alvo não disse o que devia, só {vistas:?}: {erro}");
                    return Err(Falha::nova(frase));
                }
            }
        }
    }

    fn proximo(&mut self) -> Result<Option<&[u8]>, Falha> {
        let corpo = self.entrada.proximo();
        corpo.map_err(|violacao| Falha::nova(format!("o alvo mandou lixo: {violacao}")))
    }

    /// Lê mais; `false` no fim do fluxo.
    fn encher(&mut self) -> io::Result<bool> {
        let lidos = self.socket.read(self.entrada.lugar())?;
        self.entrada.chegaram(lidos);
        Ok(lidos > 0)
    }

    /// Espera uma RECUSA com este motivo, e depois o fim do fluxo, sem RST.
    pub fn ate_recusar(&mut self, motivo: Motivo) -> Result<(), Falha> {
        self.ate(|m| matches!(m, Mensagem::Recusa { motivo: dado, .. } if *dado == motivo))?;
        self.ate_o_fim()
    }

    /// Lê e joga fora até o fim do fluxo.
    pub fn ate_o_fim(&mut self) -> Result<(), Falha> {
        loop {
            self.entrada.esvaziar();
            match self.encher() {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(erro) => return Err(falhou("ver o fim do fluxo", &erro)),
            }
        }
    }

    /// Lê e joga fora em outra thread, para que o alvo nunca fique sem lugar.
    pub fn escoar(&self) -> Result<(), Falha> {
        let mut socket = self
            .socket
            .try_clone()
            .map_err(|erro| falhou("escoar", &erro))?;
        thread::spawn(move || {
            let mut bytes = vec![0; 64 * 1024];
            while matches!(socket.read(&mut bytes), Ok(1..)) {}
        });
        Ok(())
    }

    /// Fecha com RST.
    pub fn cortar(self) {
        let linger = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
        linger.expect("o socket está aberto");
    }
}

/// O socket na porta do par, em UDP.
pub struct Datagramas {
    pub socket: UdpSocket,
    alvo: SocketAddr,
    modo: Modo,
    pub sessao: u64,
    /// A sessão do alvo.
    dele: u64,
}

impl Datagramas {
    pub fn abrir(alvo: &Alvo) -> Result<Self, Falha> {
        esperar_a_porta(alvo.modo, alvo.porta)?;
        let abrir = || {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, alvo.porta))?;
            socket.set_read_timeout(Some(PRAZO))?;
            Ok(socket)
        };
        Ok(Self {
            socket: abrir().map_err(|erro| falhou("abrir o socket", &erro))?,
            alvo: (Ipv4Addr::LOCALHOST, alvo.local).into(),
            modo: alvo.modo,
            sessao: 7,
            dele: 0,
        })
    }

    /// Conversa com o alvo, com este nome.
    pub fn conversar(alvo: &Alvo, nome: &str) -> Result<Self, Falha> {
        let mut par = Self::abrir(alvo)?;
        par.apresentar(nome)?;
        Ok(par)
    }

    /// Apresenta-se com a sessão de agora e espera que o alvo converse com ela.
    pub fn apresentar(&mut self, nome: &str) -> Result<(), Falha> {
        if self.dele == 0 {
            self.mandar(&ola(self.modo, self.sessao, nome))?;
            let mut dele = 0;
            self.ate(|mensagem| {
                if let Mensagem::Ola { sessao, .. } = mensagem {
                    dele = sessao.0;
                }
                dele != 0
            })?;
            self.dele = dele;
        }
        self.perguntar(&[self.prova(nome)])
    }

    /// Um OLÁ que prova que se ouviu o alvo.
    pub fn prova<'n>(&self, nome: &'n str) -> Mensagem<'n> {
        let mut ola = ola(self.modo, self.sessao, nome);
        if let Mensagem::Ola { conhecida, .. } = &mut ola {
            *conhecida = Some(Sessao(self.dele));
        }
        ola
    }

    pub fn mandar(&self, mensagem: &Mensagem<'_>) -> Result<(), Falha> {
        let mut bytes = Vec::new();
        let conversa = match mensagem {
            Mensagem::Ola { .. } | Mensagem::Recusa { .. } => 0,
            _ => self.sessao ^ self.dele,
        };
        datagrama::montar(conversa, mensagem, &mut bytes);
        self.bytes(&bytes)
    }

    pub fn bytes(&self, bytes: &[u8]) -> Result<(), Falha> {
        let mandado = self.socket.send_to(bytes, self.alvo);
        mandado.map_err(|erro| falhou("mandar", &erro))?;
        Ok(())
    }

    /// Lê datagramas até um como `serve` quer.
    pub fn ate(&self, mut serve: impl FnMut(&Mensagem<'_>) -> bool) -> Result<(), Falha> {
        let mut bytes = [0; 2048];
        loop {
            let lidos = match self.socket.recv_from(&mut bytes) {
                Ok((lidos, _)) => lidos,
                // No Windows, a notícia de um datagrama que não chegou.
                Err(erro) if erro.kind() == ErrorKind::ConnectionReset => continue,
                Err(erro) => return Err(falhou("ouvir o alvo", &erro)),
            };
            match datagrama::abrir(&bytes[..lidos]) {
                Ok(datagrama) if serve(&datagrama.mensagem) => return Ok(()),
                Ok(_) => {}
                Err(violacao) => {
                    return Err(Falha::nova(format!("o alvo mandou lixo: {violacao}")));
                }
            }
        }
    }

    /// Espera que o alvo responda a uma pergunta: até ali, tratou tudo que chegou.
    pub fn responde(&self) -> Result<(), Falha> {
        self.perguntar(&[])
    }

    /// Manda `antes` e uma pergunta até que o alvo responda: quando se inunda, perde-se.
    fn perguntar(&self, antes: &[Mensagem<'_>]) -> Result<(), Falha> {
        let marca = 0x5050;
        let insistir = Duration::from_millis(200);
        let aplicar = |prazo| self.socket.set_read_timeout(Some(prazo));
        aplicar(insistir).map_err(|erro| falhou("esperar", &erro))?;
        let vezes = PRAZO.as_millis() / insistir.as_millis();
        let respondeu = (0..vezes).any(|_| {
            antes.iter().all(|mensagem| self.mandar(mensagem).is_ok())
                && self.mandar(&Mensagem::Ping { marca }).is_ok()
                && self
                    .ate(|m| matches!(m, Mensagem::Pong { marca: dada, .. } if *dada == marca))
                    .is_ok()
        });
        aplicar(PRAZO).map_err(|erro| falhou("esperar", &erro))?;
        if respondeu {
            return Ok(());
        }
        Err(Falha::nova("o alvo não respondeu à pergunta"))
    }
}

/// Um par que conversa com o alvo em qualquer modo.
pub enum Par {
    Tcp(Fluxo),
    Udp(Datagramas),
}

/// O par, e o que ele já mandou.
pub struct Conversa {
    pub par: Par,
    itens: u64,
    segmentos: u64,
    recebidos: u64,
}

impl Conversa {
    pub fn nova(alvo: &mut Alvo, nome: &str) -> Result<Self, Falha> {
        let par = if alvo.modo == "tcp" {
            Par::Tcp(Fluxo::conversar(alvo, nome)?)
        } else {
            Par::Udp(Datagramas::conversar(alvo, nome)?)
        };
        alvo.chat.esperar_linha_com("conectado com")?;
        Ok(Self {
            par,
            itens: 0,
            segmentos: 0,
            recebidos: 0,
        })
    }

    /// Manda um item, com o número seguinte, e dá tempo ao alvo: em UDP nada se perde
    /// por falta de lugar no sistema.
    pub fn dizer(&mut self, item: Item<'_>) -> Result<(), Falha> {
        self.jorrar(item)?;
        match &self.par {
            Par::Udp(datagramas) if self.itens.is_multiple_of(64) && datagramas.modo == "udp" => {
                datagramas.responde()
            }
            _ => Ok(()),
        }
    }

    /// Manda um item, com o número seguinte, tão depressa quanto o modo deixa. No
    /// confiável vai em um segmento só dele, com não mais de 64 por confirmar.
    pub fn jorrar(&mut self, item: Item<'_>) -> Result<(), Falha> {
        let numero = self.itens;
        self.itens += 1;
        let mensagem = Mensagem::Item { numero, item };
        let datagramas = match &mut self.par {
            Par::Tcp(fluxo) => return fluxo.mandar(&mensagem),
            Par::Udp(datagramas) => datagramas,
        };
        if datagramas.modo == "udp" {
            return datagramas.mandar(&mensagem);
        }
        let recebidos = &mut self.recebidos;
        while self.segmentos >= *recebidos + 64 {
            datagramas.ate(|mensagem| {
                if let Mensagem::Recibo(recibo) = mensagem {
                    *recebidos = recibo.proximo.max(*recebidos);
                    return true;
                }
                false
            })?;
        }
        let carga = &quadro(&mensagem);
        let numero = self.segmentos;
        self.segmentos += 1;
        datagramas.mandar(&Mensagem::Segmento { numero, carga })
    }

    /// Daqui em diante o par não se deixa parar: lê e joga fora o que o alvo diz.
    pub fn escoar(&self) -> Result<(), Falha> {
        match &self.par {
            Par::Tcp(fluxo) => fluxo.escoar(),
            Par::Udp(_) => Ok(()),
        }
    }

    /// Diz um último nome e espera que o alvo a mostre.
    pub fn ate_mostrar(&mut self, alvo: &mut Alvo) -> Result<(), Falha> {
        self.dizer(Item::Nome("fim do ataque"))?;
        alvo.chat
            .esperar_linha_com("agora se chama fim do ataque")?;
        Ok(())
    }
}
