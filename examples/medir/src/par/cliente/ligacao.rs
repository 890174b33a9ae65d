//! A ligação com o servidor: a conexão de controle, a porta UDP e as de dados.

use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};
use sockets::medir::sonda::Sonda;

use crate::espera::legivel;
use crate::par::canal::{Canal, OLHADA, PRAZO, Parar, esperar, preparar};
use crate::par::datagrama::{self, CAMINHO, DO_CAMINHO};
use crate::par::falha::Falha;
use crate::par::protocolo::escrita::montar;
use crate::par::protocolo::{Mensagem, Sessao};
use crate::par::servidor::escuta::ajustar;

/// Quanto se insiste em saber se os datagramas passam nos dois sentidos.
const INSISTIR: Duration = Duration::from_secs(3);

/// De quanto em quanto tempo se pergunta de novo.
const DE_NOVO: Duration = Duration::from_millis(150);

/// Uma sessão com um servidor, vista do cliente.
pub struct Ligacao<'p> {
    /// A conexão de controle.
    pub canal: Canal<'p>,
    /// A sessão que o servidor deu.
    pub sessao: Sessao,
    /// A porta UDP, ligada à do servidor, sem bloquear.
    pub udp: UdpSocket,
    /// Se os datagramas passam nos dois sentidos.
    pub caminho: bool,
    /// Quanto demorou a maior das trocas da apresentação: por TCP e por UDP.
    pub ida_e_volta: Duration,
    servidor: SocketAddr,
    /// O endereço deste computador que o servidor vê, com qualquer porta: dele saem
    /// também os datagramas e as conexões de dados.
    daqui: SocketAddr,
    parar: Parar<'p>,
}

/// Por que não há ligação.
pub enum SemLigacao {
    /// O sistema não conseguiu ligar.
    Sistema(io::Error),
    /// O servidor atendeu, e a conversa não foi adiante.
    Falha(Falha),
}

impl From<Falha> for SemLigacao {
    fn from(falha: Falha) -> Self {
        Self::Falha(falha)
    }
}

impl<'p> Ligacao<'p> {
    /// Liga para `servidor`, apresenta-se e procura o caminho por UDP.
    ///
    /// # Errors
    /// O que não deu certo. Que os datagramas não passem não é um erro: fica dito em
    /// [`caminho`](Self::caminho).
    pub fn abrir(
        servidor: SocketAddr,
        parar: Parar<'p>,
    ) -> Result<Self, SemLigacao> {
        let conexao = conectar(servidor, None, parar)?;
        let conexao = conexao.map_err(SemLigacao::Sistema)?;
        let daqui = conexao.local_addr();
        let mut daqui = daqui.map_err(SemLigacao::Sistema)?;
        daqui.set_port(0);
        let mut canal = Canal::novo(conexao, parar)?;
        let ola = Instant::now();
        canal.enviar(&Mensagem::Ola)?;
        let sessao = match canal.receber("as boas-vindas", PRAZO)? {
            Mensagem::BemVindo { sessao } => sessao,
            outra => return Err(Falha::fora_de_hora(&outra).into()),
        };
        let udp = abrir_udp(servidor, daqui)
            .map_err(|erro| Falha::Sistema("abrir uma porta UDP", erro))?;
        let mut ligacao = Self {
            canal,
            sessao,
            udp,
            caminho: false,
            ida_e_volta: ola.elapsed(),
            servidor,
            daqui,
            parar,
        };
        ligacao.procurar_caminho()?;
        Ok(ligacao)
    }

    /// Pergunta por UDP até que o servidor responda, e lhe diz por TCP o que ele pôs na
    /// resposta: assim ele sabe que o que manda por UDP chega aqui.
    fn procurar_caminho(&mut self) -> Result<(), Falha> {
        let inicio = Instant::now();
        let mut pergunta = [0; DO_CAMINHO];
        for numero in 0.. {
            let passou = inicio.elapsed();
            if passou >= INSISTIR {
                return Ok(());
            }
            self.canal.conferir_calado()?;
            let sonda = Sonda {
                experimento: CAMINHO,
                numero,
                enviada_ns: 0,
            };
            datagrama::escrever(&sonda, self.sessao, &mut pergunta);
            // Se não saiu, sai da próxima vez.
            let _ = self.udp.send(&pergunta);
            let saida = Instant::now();
            let Some(prova) = self.ouvir_prova(saida + DE_NOVO)? else {
                continue;
            };
            self.ida_e_volta = self.ida_e_volta.max(saida.elapsed());
            self.canal.enviar(&Mensagem::Caminho { prova })?;
            return match self.canal.receber("que conhece o caminho", PRAZO)? {
                Mensagem::Pronto { experimento: 0 } => {
                    self.caminho = true;
                    Ok(())
                }
                outra => Err(Falha::fora_de_hora(&outra)),
            };
        }
        Ok(())
    }

    fn ouvir_prova(&self, ate: Instant) -> Result<Option<u64>, Falha> {
        let mut datagrama = [0; DO_CAMINHO + 1];
        loop {
            let falta = ate.saturating_duration_since(Instant::now());
            if falta.is_zero() || (self.parar)() {
                return Ok(None);
            }
            if !esperar(legivel(&self.udp, falta.min(OLHADA)))? {
                continue;
            }
            let Ok(lidos) = self.udp.recv(&mut datagrama) else {
                // O aviso de que a pergunta não chegou (ICMP): espera-se a próxima.
                thread::sleep(Duration::from_millis(1));
                continue;
            };
            let prova = datagrama::prova(&datagrama[..lidos], self.sessao);
            if prova.is_some() {
                return Ok(prova);
            }
        }
    }

    /// Abre a conexão de dados de uma medida.
    ///
    /// # Errors
    /// O que não deu certo.
    pub fn dados(&mut self, experimento: u32) -> Result<TcpStream, Falha> {
        let conexao = conectar(self.servidor, Some(self.daqui), self.parar)?;
        let conexao = conexao
            .map_err(|erro| Falha::Sistema("abrir a conexão de dados", erro))?;
        preparar(&conexao)?;
        let dados = montar(&Mensagem::Dados {
            sessao: self.sessao,
            experimento,
        });
        // Em uma conexão nova, uma mensagem curta sempre cabe inteira.
        let escritos = io::Write::write(&mut &conexao, &dados);
        match escritos {
            Ok(escritos) if escritos == dados.len() => Ok(conexao),
            Ok(_) => Err(Falha::Fechou),
            Err(erro) => {
                Err(Falha::da_conexao("abrir a conexão de dados", erro))
            }
        }
    }
}

/// Liga para `servidor`, do endereço `daqui`, se ele importa, com prazo e sem deixar de
/// olhar se alguém pediu para parar.
fn conectar(
    servidor: SocketAddr,
    daqui: Option<SocketAddr>,
    parar: Parar<'_>,
) -> Result<io::Result<TcpStream>, Falha> {
    let (para, resultado) = channel();
    thread::Builder::new()
        .name("ligar".into())
        .spawn(move || {
            // Se ninguém mais quer saber, a conexão se fecha.
            let _ = para.send(conectar_de(servidor, daqui));
        })
        .map_err(|erro| Falha::Sistema("criar uma thread", erro))?;
    loop {
        match resultado.recv_timeout(OLHADA) {
            Ok(conexao) => return Ok(conexao.and_then(nao_e_a_mesma)),
            Err(RecvTimeoutError::Timeout) if parar() => {
                return Err(Falha::Interrompido);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let erro = io::Error::other("a thread que ligava sumiu");
                return Ok(Err(erro));
            }
        }
    }
}

fn conectar_de(
    servidor: SocketAddr,
    daqui: Option<SocketAddr>,
) -> io::Result<TcpStream> {
    let dominio = Domain::for_address(servidor);
    let socket = Socket::new(dominio, Type::STREAM, None)?;
    if let Some(daqui) = daqui {
        socket.bind(&daqui.into())?;
    }
    socket.connect_timeout(&servidor.into(), PRAZO)?;
    Ok(socket.into())
}

/// A porta que o sistema sorteia para esta ponta pode ser a própria para onde se liga:
/// se ninguém escuta nela, o TCP liga a ponta a ela mesma.
fn nao_e_a_mesma(conexao: TcpStream) -> io::Result<TcpStream> {
    if conexao.local_addr()? == conexao.peer_addr()? {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(conexao)
}

fn abrir_udp(servidor: SocketAddr, daqui: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(daqui)?;
    socket.connect(servidor)?;
    ajustar(&socket)?;
    Ok(socket)
}
