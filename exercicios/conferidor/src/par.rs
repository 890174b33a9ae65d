//! O outro lado: o par que manda em pedaços, cola, corta, cala e mede o que vem.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use crate::nucleo;
use crate::{Falha, PACIENCIA, Resultado};

/// O máximo que se guarda do que um programa manda pela rede.
const MAIOR: usize = 64 * 1024 * 1024;

/// Quanto se espera que o programa leia um pedaço: em uma máquina ocupada, a vez dele demora.
#[cfg(target_os = "linux")]
const LEITURA: Duration = Duration::from_secs(3);

/// Onde não se vê se o outro lado já leu, a pausa depois de cada pedaço.
#[cfg(not(target_os = "linux"))]
const PAUSA: Duration = Duration::from_millis(20);

/// Uma conexão com o programa em teste.
#[derive(Debug)]
pub struct Par {
    conexao: TcpStream,
}

/// Como acabou uma leitura.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Termino {
    /// O programa fechou o lado dele: o fim do fluxo.
    Fechou,
    /// A conexão foi derrubada (RST).
    Derrubou,
    /// O prazo passou, e a conexão continua aberta: nada mais vinha, ou ainda não tinha
    /// acabado de vir.
    Calou,
    /// Veio tudo que se pediu.
    Completo,
    /// Veio mais do que cabe.
    Transbordou,
}

/// O que se leu, e como a leitura acabou.
#[derive(Debug, Clone)]
pub struct Lido {
    /// Os bytes.
    pub bytes: Vec<u8>,
    /// O fim.
    pub termino: Termino,
}

impl Par {
    /// Conecta ao programa.
    ///
    /// # Errors
    /// `nao-escuta`, quando a conexão é recusada ou não se completa.
    pub fn ligar(endereco: SocketAddr) -> Resultado<Self> {
        // Um servidor em 0.0.0.0 atende em todos os endereços; o de loopback é um deles.
        let alvo = if endereco.ip().is_unspecified() {
            SocketAddr::from((Ipv4Addr::LOCALHOST, endereco.port()))
        } else {
            endereco
        };
        let conexao = TcpStream::connect_timeout(&alvo, PACIENCIA).map_err(|erro| {
            Falha::nova("nao-escuta")
                .feito(format!("Conectei em {alvo}."))
                .esperado("Que a conexão se completasse.")
                .veio(erro.to_string())
        })?;
        Self::de(conexao)
    }

    /// Uma conexão já feita.
    ///
    /// # Errors
    /// `conexao-caiu`, quando ela já foi derrubada.
    pub fn de(conexao: TcpStream) -> Resultado<Self> {
        // Cada pedaço sai na hora: o algoritmo de Nagle os juntaria.
        conexao.set_nodelay(true).map_err(|erro| caiu(&erro))?;
        conexao
            .set_write_timeout(Some(PACIENCIA))
            .map_err(|erro| caiu(&erro))?;
        Ok(Self { conexao })
    }

    /// A conexão, para o que este tipo não faz.
    #[must_use]
    pub fn conexao(&self) -> &TcpStream {
        &self.conexao
    }

    /// Pede ao sistema buffers deste tamanho, nos dois sentidos: o Linux faz crescer os
    /// que ninguém pediu. O que ele recusar fica como está.
    pub fn buffers(&self, bytes: usize) {
        let socket = socket2::SockRef::from(&self.conexao);
        let _ = socket.set_recv_buffer_size(bytes);
        let _ = socket.set_send_buffer_size(bytes);
    }

    /// Troca por `prazo` o tempo que um envio espera que o programa leia.
    pub fn paciencia(&self, prazo: Duration) {
        // Sem ele vale a de antes, que também acaba.
        let _ = self.conexao.set_write_timeout(Some(prazo));
    }

    /// O endereço deste lado.
    ///
    /// # Errors
    /// `conexao-caiu`.
    pub fn endereco(&self) -> Resultado<SocketAddr> {
        self.conexao.local_addr().map_err(|erro| caiu(&erro))
    }

    /// Manda tudo de uma vez.
    ///
    /// # Errors
    /// `conexao-caiu`, quando o programa já fechou; `nao-le`, quando ele não lê e os
    /// buffers se encheram por [`PACIENCIA`].
    pub fn enviar(&mut self, bytes: &[u8]) -> Resultado {
        self.conexao.write_all(bytes).map_err(|erro| {
            if matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) {
                Falha::nova("nao-le")
                    .esperado("Que o programa lesse o que lhe mandei.")
                    .veio("Ele não leu, os buffers se encheram e o envio parou.")
            } else {
                caiu(&erro)
            }
        })
    }

    /// Manda cada pedaço sozinho: o seguinte só sai depois que o programa leu o anterior
    /// (onde o sistema deixa ver isso; nos outros, depois de uma pausa), de modo que dois
    /// nunca chegam juntos. Se um deles não é lido em 3 s, os seguintes vão sem espera.
    ///
    /// # Errors
    /// Os de [`Par::enviar`].
    pub fn pedacos<'p>(&mut self, pedacos: impl IntoIterator<Item = &'p [u8]>) -> Resultado {
        let mut le = true;
        for pedaco in pedacos {
            self.enviar(pedaco)?;
            // Quem não leu um não vai ler os outros: não se espera por cada um deles.
            le = le && self.esperar_que_leia();
        }
        Ok(())
    }

    /// Manda um byte por vez, como [`Par::pedacos`].
    ///
    /// # Errors
    /// Os de [`Par::enviar`].
    pub fn pingar(&mut self, bytes: &[u8]) -> Resultado {
        self.pedacos(bytes.chunks(1))
    }

    /// Espera até 3 s que o programa tire do buffer de recepção dele tudo que já se mandou, e
    /// diz se ele tirou (onde o sistema não mostra, diz que sim).
    #[must_use]
    pub fn esperar_que_leia(&self) -> bool {
        #[cfg(target_os = "linux")]
        if let (Ok(daqui), Ok(dali)) = (self.conexao.local_addr(), self.conexao.peer_addr()) {
            let ate = Instant::now() + LEITURA;
            while nucleo::por_ler(dali, daqui).is_some_and(|n| n > 0) {
                if Instant::now() >= ate {
                    return false;
                }
                thread::sleep(Duration::from_micros(200));
            }
        }
        #[cfg(not(target_os = "linux"))]
        thread::sleep(PAUSA);
        true
    }

    /// Diz que não manda mais nada (FIN), e continua lendo.
    pub fn fechar_escrita(&self) {
        // Se a conexão já caiu, quem lê depois é que conta.
        let _ = self.conexao.shutdown(std::net::Shutdown::Write);
    }

    /// Derruba a conexão (RST) no meio do que for.
    pub fn derrubar(self) {
        let socket = socket2::SockRef::from(&self.conexao);
        let _ = socket.set_linger(Some(Duration::ZERO));
    }

    /// Lê até a quebra de linha (que não entra no que se devolve), o fim ou o prazo.
    pub fn linha(&mut self, prazo: Duration) -> Lido {
        let mut lido = self.ler(prazo, MAIOR, |bytes| bytes.ends_with(b"\n"));
        if lido.termino == Termino::Completo {
            lido.bytes.pop();
        }
        lido
    }

    /// Lê exatamente `quantos` bytes, ou até o fim ou o prazo.
    pub fn exatamente(&mut self, quantos: usize, prazo: Duration) -> Lido {
        self.ler(prazo, quantos, |bytes| bytes.len() == quantos)
    }

    /// Lê o que houver, até `maior` bytes: [`Termino::Completo`] com algum, o fim ou o
    /// prazo sem nenhum.
    pub fn ate_haver_algo(&mut self, maior: usize, prazo: Duration) -> Lido {
        let mut bytes = vec![0; maior];
        let (lidos, termino) = match self.ler_pedaco(&mut bytes, Instant::now() + prazo) {
            Ok(0) => (0, Termino::Fechou),
            Ok(lidos) => (lidos, Termino::Completo),
            Err(erro) if passou(&erro) => (0, Termino::Calou),
            Err(_) => (0, Termino::Derrubou),
        };
        bytes.truncate(lidos);
        Lido { bytes, termino }
    }

    /// Lê até o programa fechar, o prazo passar ou virem mais de `maior` bytes. O que
    /// chega quando o prazo vence ainda se lê, mas não por mais de [`PACIENCIA`]: quem
    /// pinga sem parar não segura o conferidor.
    pub fn ate_o_fim(&mut self, maior: usize, prazo: Duration) -> Lido {
        let mut lido = Lido {
            bytes: Vec::new(),
            termino: Termino::Calou,
        };
        let ate = Instant::now() + prazo;
        let mut pedaco = vec![0; 64 * 1024];
        while lido.termino == Termino::Calou {
            match self.ler_pedaco(&mut pedaco, ate) {
                Ok(0) => lido.termino = Termino::Fechou,
                Ok(lidos) => lido.bytes.extend_from_slice(&pedaco[..lidos]),
                Err(erro) if passou(&erro) => return lido,
                Err(_) => lido.termino = Termino::Derrubou,
            }
            if lido.bytes.len() > maior.min(MAIOR) {
                lido.termino = Termino::Transbordou;
            }
            if lido.termino == Termino::Calou && Instant::now() >= ate + PACIENCIA {
                return lido;
            }
        }
        lido
    }

    /// Lê um byte por vez, para não passar do que se procura: é o par que é lento, não a
    /// rede. Como em [`Par::ate_o_fim`], quem pinga não adia o fim para sempre.
    fn ler(&mut self, prazo: Duration, maior: usize, pronto: impl Fn(&[u8]) -> bool) -> Lido {
        let ate = Instant::now() + prazo;
        let mut bytes = Vec::new();
        let mut um = [0];
        loop {
            if pronto(&bytes) {
                let termino = Termino::Completo;
                return Lido { bytes, termino };
            }
            if bytes.len() >= maior {
                let termino = Termino::Transbordou;
                return Lido { bytes, termino };
            }
            let termino = match self.ler_pedaco(&mut um, ate) {
                Ok(0) => Termino::Fechou,
                Ok(_) => {
                    bytes.push(um[0]);
                    if pronto(&bytes) || Instant::now() < ate + PACIENCIA {
                        continue;
                    }
                    Termino::Calou
                }
                Err(erro) if passou(&erro) => Termino::Calou,
                Err(_) => Termino::Derrubou,
            };
            return Lido { bytes, termino };
        }
    }

    fn ler_pedaco(&mut self, pedaco: &mut [u8], ate: Instant) -> io::Result<usize> {
        loop {
            let resta = ate.saturating_duration_since(Instant::now());
            // O prazo zero quer dizer “sem prazo”: o menor que há é 1 ms.
            let resta = resta.max(Duration::from_millis(1));
            ou_ja_acabou(self.conexao.set_read_timeout(Some(resta)))?;
            match self.conexao.read(pedaco) {
                Err(erro) if erro.kind() == ErrorKind::Interrupted => {}
                outro => return outro,
            }
        }
    }
}

/// O macOS não muda o prazo de uma conexão em que os dois lados já disseram que acabaram
/// (`EINVAL`, `setsockopt(2)`). O que veio dela continua por ler, e essa leitura não espera.
fn ou_ja_acabou(marcado: io::Result<()>) -> io::Result<()> {
    marcado.or_else(|erro| match erro.kind() {
        ErrorKind::InvalidInput => Ok(()),
        _ => Err(erro),
    })
}

fn passou(erro: &io::Error) -> bool {
    matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn caiu(erro: &io::Error) -> Falha {
    Falha::nova("conexao-caiu")
        .esperado("Que a conexão continuasse aberta.")
        .veio(format!("O programa a fechou antes da hora ({erro})."))
}

/// Um lugar em que o programa em teste deve conectar.
#[derive(Debug)]
pub struct Escuta {
    escuta: TcpListener,
}

impl Escuta {
    /// Escuta em 127.0.0.1, em uma porta livre.
    ///
    /// # Errors
    /// `conferidor`, quando esta máquina não deixa.
    pub fn nova() -> Resultado<Self> {
        let escuta =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|erro| desta_maquina(&erro))?;
        Self::de(escuta)
    }

    /// Um socket que já escuta, com as opções que a prova quis.
    ///
    /// # Errors
    /// `conferidor`, quando esta máquina não deixa.
    pub fn de(escuta: TcpListener) -> Resultado<Self> {
        escuta
            .set_nonblocking(true)
            .map_err(|erro| desta_maquina(&erro))?;
        Ok(Self { escuta })
    }

    /// O endereço, para o programa.
    ///
    /// # Errors
    /// `conferidor`.
    pub fn endereco(&self) -> Resultado<SocketAddr> {
        self.escuta
            .local_addr()
            .map_err(|erro| desta_maquina(&erro))
    }

    /// Espera que o programa conecte.
    ///
    /// # Errors
    /// `nao-liga`, quando ele não conecta em `prazo`.
    pub fn aceitar(&self, prazo: Duration) -> Resultado<Par> {
        let ate = Instant::now() + prazo;
        loop {
            match self.escuta.accept() {
                Ok((conexao, _)) => {
                    conexao
                        .set_nonblocking(false)
                        .map_err(|erro| desta_maquina(&erro))?;
                    return Par::de(conexao);
                }
                Err(erro) if erro.kind() == ErrorKind::WouldBlock && Instant::now() < ate => {
                    thread::sleep(Duration::from_millis(2));
                }
                Err(_) => {
                    return Err(Falha::nova("nao-liga")
                        .esperado("Que o programa conectasse no endereço que recebeu.")
                        .veio("Ninguém conectou."));
                }
            }
        }
    }
}

/// Um socket UDP deste lado.
#[derive(Debug)]
pub struct Datagramas {
    socket: UdpSocket,
}

impl Datagramas {
    /// Um socket em 127.0.0.1, em uma porta livre.
    ///
    /// # Errors
    /// `conferidor`, quando esta máquina não deixa.
    pub fn novo() -> Resultado<Self> {
        let socket =
            UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|erro| desta_maquina(&erro))?;
        Ok(Self { socket })
    }

    /// Uma porta em que ninguém atende, e o que a segura: um socket que só ouve a si mesmo.
    /// Aos outros o sistema diz que não há ninguém, e a porta não passa a outro programa.
    ///
    /// # Errors
    /// `conferidor`, quando esta máquina não deixa.
    pub fn ninguem() -> Resultado<(SocketAddr, Option<Self>)> {
        let socket = Self::novo()?;
        let endereco = socket.endereco()?;
        if cfg!(windows) {
            // Lá quem só ouve a si mesmo cala para os outros, sem aviso: solta-se a porta.
            return Ok((endereco, None));
        }
        socket
            .socket
            .connect(endereco)
            .map_err(|erro| desta_maquina(&erro))?;
        Ok((endereco, Some(socket)))
    }

    /// O endereço deste lado.
    ///
    /// # Errors
    /// `conferidor`.
    pub fn endereco(&self) -> Resultado<SocketAddr> {
        self.socket
            .local_addr()
            .map_err(|erro| desta_maquina(&erro))
    }

    /// O socket, para o que este tipo não faz.
    #[must_use]
    pub fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// Manda um datagrama.
    ///
    /// # Errors
    /// `conferidor`, quando o sistema não o manda.
    pub fn enviar(&self, bytes: &[u8], para: SocketAddr) -> Resultado {
        match self.socket.send_to(bytes, para) {
            // Um ICMP de antes (ninguém na porta) não é deste envio; o segundo é do Windows.
            Err(erro)
                if matches!(
                    erro.kind(),
                    ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
                ) =>
            {
                Ok(())
            }
            Err(erro) => Err(desta_maquina(&erro)),
            Ok(_) => Ok(()),
        }
    }

    /// O próximo datagrama e de quem veio; `None` se não vem nenhum em `prazo`.
    #[must_use]
    pub fn receber(&self, prazo: Duration) -> Option<(Vec<u8>, SocketAddr)> {
        let ate = Instant::now() + prazo;
        let mut buffer = vec![0; 65_536];
        loop {
            let resta = ate.saturating_duration_since(Instant::now());
            let resta = resta.max(Duration::from_millis(1));
            self.socket.set_read_timeout(Some(resta)).ok()?;
            match self.socket.recv_from(&mut buffer) {
                Ok((quantos, de)) => return Some((buffer[..quantos].to_vec(), de)),
                Err(erro) if passou(&erro) => return None,
                // Interrompido, ou um ICMP de antes: o que se espera ainda pode vir.
                Err(_) if Instant::now() < ate => {}
                Err(_) => return None,
            }
        }
    }
}

/// O conferidor não pôde fazer a parte dele.
pub(crate) fn desta_maquina(erro: &io::Error) -> Falha {
    Falha::nova("conferidor")
        .esperado("Que esta máquina deixasse o conferidor usar a rede dela mesma.")
        .veio(erro.to_string())
}

#[cfg(test)]
mod testes {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn na_porta_de_ninguem_vem_o_aviso() {
        let (endereco, _porta) = Datagramas::ninguem().unwrap();
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.connect(endereco).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        socket.send(b"oi").unwrap();
        let erro = socket.recv(&mut [0]).unwrap_err();
        assert_eq!(erro.kind(), ErrorKind::ConnectionRefused);
    }

    #[test]
    fn quem_manda_sem_parar_nao_segura_uma_leitura() {
        let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut par = Par::ligar(escuta.local_addr().unwrap()).unwrap();
        let (mut dali, _) = escuta.accept().unwrap();
        let manda = thread::spawn(move || while dali.write_all(&[b'x'; 8192]).is_ok() {});
        let lido = par.linha(Duration::from_millis(1));
        assert_eq!(lido.termino, Termino::Calou);
        drop(par);
        manda.join().unwrap();
    }
}
