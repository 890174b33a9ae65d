//! Uma conexão TCP que não bloqueia: os bytes que chegam, em quadros, e os que ainda
//! não couberam no sistema.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{SockRef, TcpKeepalive};

use super::super::protocolo::{Mensagem, Motivo};
use super::super::quadro::{Desmontador, enquadrar};
use super::fim::{Fim, explicacao};

/// Quantas leituras, de 64 KiB no máximo, se fazem por vez: uma enxurrada não impede
/// o laço de atender o resto, e o que chegou é confirmado sem esperar que ela acabe.
pub(super) const COTA: usize = 4;

/// Se uma leitura que não enche o buffer mostra que o socket ficou vazio, e que o
/// próximo byte será avisado. É assim em epoll(7), «Questions and answers», e em
/// kqueue; poupa uma chamada de sistema por mensagem. No Windows, o mio só volta a
/// avisar depois de um `WouldBlock`.
const LEITURA_CURTA_ESVAZIA: bool = cfg!(any(
    target_os = "linux",
    target_os = "android",
    target_vendor = "apple"
));

/// Depois de quanto silêncio o sistema pergunta, ele mesmo, se o outro lado ainda
/// existe, e de quanto em quanto tempo repete. Uma rede de segurança para o PING.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_REPETE: Duration = Duration::from_secs(5);

/// O que uma leitura trouxe.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Leitura {
    Bytes,
    Nada,
    Fim,
}

/// O que o sistema disse do socket. Ele só avisa quando algo muda
/// (*edge-triggered*): o que se sabe vale até uma chamada dar `WouldBlock`, e quem
/// esquece não é lembrado.
#[derive(Debug)]
struct Prontidao {
    /// Há o que ler.
    ler: bool,
    /// O que há para ler acaba em um fim ou em um erro, e não vem outro aviso.
    fim: bool,
    /// Há lugar para escrever.
    escrever: bool,
}

/// Um socket conectado e os seus dois buffers.
#[derive(Debug)]
pub(super) struct Conexao {
    socket: TcpStream,
    pub ficha: Token,
    pub endereco: SocketAddr,
    pub entrada: Desmontador,
    /// Quadros a caminho do sistema; os primeiros `escritos` bytes já foram.
    saida: Vec<u8>,
    escritos: usize,
    prontidao: Prontidao,
    /// Se o sistema foi avisado de que se espera lugar para escrever.
    espera_lugar: bool,
    /// Desde quando nada se consegue escrever.
    parada: Option<Instant>,
    /// Desde quando há um quadro pela metade na entrada.
    quadro: Option<Instant>,
}

impl Conexao {
    /// Prepara um socket já conectado. `registrado` diz se o sistema já o vigia com
    /// esta ficha.
    pub fn nova(
        mut socket: TcpStream,
        endereco: SocketAddr,
        ficha: Token,
        registrado: bool,
        registro: &Registry,
    ) -> io::Result<Self> {
        // Cada mensagem sai na hora, sem esperar por outra (algoritmo de Nagle).
        socket.set_nodelay(true)?;
        let keepalive = TcpKeepalive::new()
            .with_time(KEEPALIVE)
            .with_interval(KEEPALIVE_REPETE);
        SockRef::from(&socket).set_tcp_keepalive(&keepalive)?;
        if registrado {
            registro.reregister(&mut socket, ficha, Interest::READABLE)?;
        } else {
            registro.register(&mut socket, ficha, Interest::READABLE)?;
        }
        Ok(Self {
            socket,
            ficha,
            endereco,
            entrada: Desmontador::novo(),
            saida: Vec::new(),
            escritos: 0,
            prontidao: Prontidao {
                ler: false,
                fim: false,
                escrever: true,
            },
            espera_lugar: false,
            parada: None,
            quadro: None,
        })
    }

    /// O sistema diz o que mudou.
    pub fn novidade(&mut self, evento: &Event) {
        let prontidao = &mut self.prontidao;
        prontidao.fim |= evento.is_read_closed() || evento.is_error();
        prontidao.ler |= evento.is_readable() || prontidao.fim;
        prontidao.escrever |= evento.is_writable() || evento.is_error();
    }

    /// Se há bytes por ler que o sistema não vai anunciar de novo.
    pub fn ha_mais(&self) -> bool {
        self.prontidao.ler
    }

    /// Tenta ler mesmo sem aviso: antes de desistir de alguém, convém ter certeza.
    pub fn insistir(&mut self) {
        self.prontidao.ler = true;
    }

    // ANCHOR: ler
    /// Lê uma vez. Quem chama repete enquanto vierem bytes, até a sua cota.
    pub fn ler(&mut self) -> io::Result<Leitura> {
        while self.prontidao.ler {
            let lugar = self.entrada.lugar();
            let cabem = lugar.len();
            match self.socket.read(lugar) {
                Ok(0) => return Ok(Leitura::Fim),
                Ok(lidos) => {
                    self.entrada.chegaram(lidos);
                    let vazio = lidos < cabem && LEITURA_CURTA_ESVAZIA;
                    self.prontidao.ler = !vazio || self.prontidao.fim;
                    return Ok(Leitura::Bytes);
                }
                Err(erro) => match erro.kind() {
                    ErrorKind::WouldBlock => self.prontidao.ler = false,
                    ErrorKind::Interrupted => {}
                    _ => return Err(erro),
                },
            }
        }
        Ok(Leitura::Nada)
    }
    // ANCHOR_END: ler

    /// Depois de tirar da entrada todos os quadros inteiros: começa, ou continua, a
    /// contar o tempo de um que ficou pela metade. `andou` diz se algum foi tirado.
    pub fn contar_quadro(&mut self, andou: bool, agora: Instant) {
        let antes = self.quadro.filter(|_| !andou);
        let pela_metade = self.entrada.pela_metade();
        self.quadro = pela_metade.then(|| antes.unwrap_or(agora));
    }

    /// Acrescenta uma mensagem ao que há para escrever.
    pub fn dizer(&mut self, mensagem: &Mensagem<'_>) {
        enquadrar(mensagem, &mut self.saida);
    }

    /// Acrescenta uma RECUSA, que é a última coisa que se diz.
    pub fn recusar(&mut self, motivo: Motivo, frase: &str) {
        let explicacao = explicacao(frase);
        self.dizer(&Mensagem::Recusa { motivo, explicacao });
    }

    /// Onde acrescentar quadros já montados. Só cresce o que couber no sistema: quem
    /// acrescenta espera antes que [`escrever`](Self::escrever) esvazie.
    pub fn saida(&mut self) -> &mut Vec<u8> {
        &mut self.saida
    }

    // ANCHOR: escrever
    /// Escreve o que o sistema aceitar. O resto fica guardado, e o sistema avisa
    /// quando houver lugar. Devolve se foi tudo.
    pub fn escrever(
        &mut self,
        registro: &Registry,
        agora: Instant,
    ) -> io::Result<bool> {
        while self.prontidao.escrever && self.escritos < self.saida.len() {
            match self.socket.write(&self.saida[self.escritos..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(escritos) => {
                    self.escritos += escritos;
                    self.parada = None;
                }
                Err(erro) => match erro.kind() {
                    ErrorKind::WouldBlock => self.prontidao.escrever = false,
                    ErrorKind::Interrupted => {}
                    _ => return Err(erro),
                },
            }
        }
        let foi_tudo = self.escritos == self.saida.len();
        if foi_tudo {
            self.saida.clear();
            self.escritos = 0;
            self.parada = None;
        } else {
            self.parada.get_or_insert(agora);
        }
        self.esperar_lugar(!foi_tudo, registro)?;
        Ok(foi_tudo)
    }
    // ANCHOR_END: escrever

    /// Pede ao sistema que avise, ou não avise mais, quando houver lugar. Pedir
    /// sempre acordaria o laço à toa onde há sempre lugar.
    fn esperar_lugar(
        &mut self,
        espera: bool,
        registro: &Registry,
    ) -> io::Result<()> {
        if espera == self.espera_lugar {
            return Ok(());
        }
        let interesse = if espera {
            Interest::READABLE | Interest::WRITABLE
        } else {
            Interest::READABLE
        };
        registro.reregister(&mut self.socket, self.ficha, interesse)?;
        self.espera_lugar = espera;
        Ok(())
    }

    /// Diz ao outro lado que não vem mais nada daqui (FIN), sem deixar de ouvir.
    pub fn encerrar_escrita(&mut self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }

    /// Quando a escrita parada ou o quadro pela metade passam do prazo, o que vier
    /// antes.
    pub fn limite(
        &self,
        escrita: Duration,
        quadro: Duration,
    ) -> Option<Instant> {
        let escrita = self.parada.map(|desde| desde + escrita);
        let quadro = self.quadro.map(|desde| desde + quadro);
        escrita.into_iter().chain(quadro).min()
    }

    /// O prazo que já passou, se algum passou.
    pub fn vencer(
        &self,
        escrita: Duration,
        quadro: Duration,
        agora: Instant,
    ) -> Result<(), Fim> {
        if self.parada.is_some_and(|desde| agora >= desde + escrita) {
            return Err(Fim::escrita_parada(escrita));
        }
        if self.quadro.is_some_and(|desde| agora >= desde + quadro) {
            return Err(Fim::demora(quadro));
        }
        Ok(())
    }

    /// Quantos bytes de memória os buffers ocupam.
    pub fn memoria(&self) -> usize {
        self.saida.capacity() + self.entrada.memoria()
    }
}
