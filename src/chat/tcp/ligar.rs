//! Ligar para o outro programa, e insistir com pausas que crescem.

use std::hash::BuildHasher;
use std::hash::RandomState;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::prazos::Prazos;

/// Uma ligação em que o sistema ainda trabalha.
#[derive(Debug)]
struct Tentativa {
    socket: TcpStream,
    ficha: Token,
    ate: Instant,
}

/// Quem liga: para um endereço do outro programa de cada vez.
#[derive(Debug)]
pub(super) struct Ligador {
    enderecos: Vec<SocketAddr>,
    /// Para qual deles é a tentativa de agora, ou a próxima.
    alvo: usize,
    tentativa: Option<Tentativa>,
    /// Antes disto não se liga.
    quando: Instant,
    /// A pausa depois de todos os endereços falharem.
    pausa: Duration,
    /// Quantas conversas seguidas caíram logo que começaram.
    quedas: u32,
    /// O que houve com os endereços que já falharam nesta rodada.
    falhas: Vec<String>,
}

/// No que deu uma tentativa.
#[derive(Debug)]
pub(super) enum Ligacao {
    /// O sistema ainda trabalha.
    Tentando,
    /// Há uma conexão, já vigiada com esta ficha.
    Atendeu(TcpStream, Token, SocketAddr),
    /// Não há, por esta razão.
    Falhou(io::Error),
}

impl Ligador {
    pub fn novo(
        enderecos: Vec<SocketAddr>,
        prazos: &Prazos,
        agora: Instant,
    ) -> Self {
        Self {
            enderecos,
            alvo: 0,
            tentativa: None,
            quando: agora,
            pausa: prazos.pausa,
            quedas: 0,
            falhas: Vec::new(),
        }
    }

    pub fn enderecos(&self) -> &[SocketAddr] {
        &self.enderecos
    }

    /// O endereço da tentativa de agora, ou da próxima.
    pub fn alvo(&self) -> SocketAddr {
        self.enderecos[self.alvo]
    }

    pub fn ficha(&self) -> Option<Token> {
        self.tentativa.as_ref().map(|tentativa| tentativa.ficha)
    }

    // ANCHOR: ligar
    /// Começa a ligar, sem esperar: quem trabalha é o sistema, que avisa quando o
    /// socket puder ser escrito, ou der erro.
    pub fn ligar(
        &mut self,
        ficha: Token,
        prazo: Duration,
        registro: &Registry,
        agora: Instant,
    ) -> io::Result<()> {
        let mut socket = TcpStream::connect(self.alvo())?;
        registro.register(&mut socket, ficha, Interest::WRITABLE)?;
        self.tentativa = Some(Tentativa {
            socket,
            ficha,
            ate: agora + prazo,
        });
        Ok(())
    }

    /// No que deu a ligação, até agora.
    pub fn conferir(&mut self, agora: Instant) -> Ligacao {
        let Some(tentativa) = self.tentativa.take() else {
            return Ligacao::Tentando;
        };
        match estado(&tentativa.socket) {
            Ok(true) => {
                let Tentativa { socket, ficha, .. } = tentativa;
                Ligacao::Atendeu(socket, ficha, self.alvo())
            }
            Ok(false) if agora >= tentativa.ate => {
                Ligacao::Falhou(ErrorKind::TimedOut.into())
            }
            Ok(false) => {
                self.tentativa = Some(tentativa);
                Ligacao::Tentando
            }
            Err(erro) => Ligacao::Falhou(erro),
        }
    }
    // ANCHOR_END: ligar

    /// Desiste da tentativa de agora.
    pub fn largar(&mut self) {
        self.tentativa = None;
    }

    /// A tentativa falhou: o próximo endereço é já; se não há mais, todos de novo
    /// depois de uma pausa. `frase` é o que houve, se a pessoa deve saber; no fim da
    /// rodada se devolve o que houve com todos.
    pub fn falhou(
        &mut self,
        frase: Option<String>,
        prazos: &Prazos,
        agora: Instant,
    ) -> Option<String> {
        self.falhas.extend(frase);
        self.alvo += 1;
        if self.alvo < self.enderecos.len() {
            self.quando = agora;
            return None;
        }
        self.alvo = 0;
        self.pausar(prazos, agora);
        let falhas = std::mem::take(&mut self.falhas);
        (!falhas.is_empty()).then(|| falhas.join("; "))
    }

    // ANCHOR: pausar
    /// Espera antes da próxima rodada, e mais a cada vez. O sorteio evita que dois
    /// programas, abertos juntos, tentem para sempre no mesmo instante.
    pub fn pausar(&mut self, prazos: &Prazos, agora: Instant) {
        self.quando = agora + sortear(self.pausa);
        self.pausa = (self.pausa * 2).min(prazos.maior_pausa);
    }
    // ANCHOR_END: pausar

    /// Uma conversa que ficou de pé este tempo acabou: a pausa volta a ser a
    /// primeira, a não ser que uma conversa atrás da outra caia logo.
    pub fn recomecar(
        &mut self,
        durou: Duration,
        prazos: &Prazos,
        agora: Instant,
    ) {
        if durou >= prazos.maior_pausa {
            self.quedas = 0;
        }
        let crescida = prazos.pausa.saturating_mul(1 << self.quedas.min(16));
        self.pausa = crescida.min(prazos.maior_pausa);
        self.quedas += 1;
        self.alvo = 0;
        self.falhas.clear();
        self.pausar(prazos, agora);
    }

    /// Se já se pode ligar.
    pub fn na_hora(&self, agora: Instant) -> bool {
        self.tentativa.is_none() && agora >= self.quando
    }

    /// Quando a tentativa de agora passa do prazo, ou quando fazer outra.
    pub fn proximo_prazo(&self) -> Instant {
        self.tentativa
            .as_ref()
            .map_or(self.quando, |tentativa| tentativa.ate)
    }
}

/// Se a conexão já está feita (`true`), se ainda está a ser (`false`), ou por que não
/// vai ser. É a receita da documentação de [`TcpStream::connect`] do mio.
fn estado(socket: &TcpStream) -> io::Result<bool> {
    if let Some(erro) = socket.take_error()? {
        return Err(erro);
    }
    let dele = match socket.peer_addr() {
        Ok(dele) => dele,
        Err(erro) if erro.kind() == ErrorKind::NotConnected => {
            return Ok(false);
        }
        Err(erro) => return Err(erro),
    };
    // A porta que o sistema sorteou para esta ponta pode ser a própria porta para
    // onde se liga. Se ninguém escuta nela, o TCP liga a ponta a ela mesma.
    let meu = socket.local_addr()?;
    if (meu.ip(), meu.port()) == (dele.ip(), dele.port()) {
        return Err(ErrorKind::ConnectionRefused.into());
    }
    Ok(true)
}

/// Um tempo perto de `pausa`: até 25 % a mais ou a menos.
fn sortear(pausa: Duration) -> Duration {
    let sorteado = RandomState::new().hash_one(0) % 1001;
    let fracao = u32::try_from(sorteado).unwrap_or_default();
    pausa * 3 / 4 + pausa / 2 * fracao / 1000
}

#[cfg(test)]
mod testes {
    use super::*;
    #[cfg(target_os = "linux")]
    use socket2::{Domain, Socket, Type};

    #[test]
    fn o_sorteio_fica_em_um_quarto_para_cada_lado() {
        let pausa = Duration::from_millis(200);
        let mut menor = pausa;
        let mut maior = pausa;
        for _ in 0..10_000 {
            let sorteada = sortear(pausa);
            menor = menor.min(sorteada);
            maior = maior.max(sorteada);
        }
        assert!(menor >= pausa * 3 / 4 && maior <= pausa * 5 / 4);
        assert!(menor < pausa * 4 / 5 && maior > pausa * 6 / 5);
    }

    #[test]
    fn a_pausa_dobra_ate_a_maior_e_volta_depois_de_uma_conversa() {
        let prazos = Prazos::default();
        let agora = Instant::now();
        let enderecos = vec![([127, 0, 0, 1], 9).into()];
        let mut ligador = Ligador::novo(enderecos, &prazos, agora);
        for esperada in [200, 400, 800, 1600, 3200, 5000, 5000] {
            assert_eq!(ligador.pausa, Duration::from_millis(esperada));
            ligador.falhou(None, &prazos, agora);
        }
        let curta = Duration::from_secs(1);
        for esperada in [400, 800, 1600] {
            ligador.recomecar(curta, &prazos, agora);
            assert_eq!(ligador.pausa, Duration::from_millis(esperada));
        }
        ligador.recomecar(prazos.maior_pausa, &prazos, agora);
        assert_eq!(ligador.pausa, Duration::from_millis(400));
    }

    /// No Linux, uma ponta que liga para a própria porta fica ligada a si mesma.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_ponta_ligada_a_si_mesma_nao_serve() {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        socket.bind(&local.into()).unwrap();
        socket.connect(&socket.local_addr().unwrap()).unwrap();
        let socket = TcpStream::from_std(socket.into());
        let erro = estado(&socket).unwrap_err();
        assert_eq!(erro.kind(), ErrorKind::ConnectionRefused);
    }

    #[test]
    fn todos_os_enderecos_sao_tentados_antes_da_pausa() {
        let prazos = Prazos::default();
        let agora = Instant::now();
        let enderecos: Vec<SocketAddr> =
            vec![([127, 0, 0, 1], 9).into(), ([127, 0, 0, 2], 9).into()];
        let mut ligador = Ligador::novo(enderecos.clone(), &prazos, agora);
        let frase = |qual: &str| Some(qual.to_string());
        assert_eq!(ligador.falhou(frase("um"), &prazos, agora), None);
        assert!(ligador.na_hora(agora));
        assert_eq!(ligador.alvo(), enderecos[1]);
        let todas = ligador.falhou(frase("dois"), &prazos, agora);
        assert_eq!(todas, frase("um; dois"));
        assert!(!ligador.na_hora(agora));
    }
}
