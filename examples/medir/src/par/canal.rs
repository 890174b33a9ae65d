//! A conexão de controle: mensagens inteiras, com prazo em toda espera.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::falha::Falha;
use super::protocolo::escrita::montar;
use super::protocolo::quadro::Montagem;
use super::protocolo::{
    Bytes, Chegadas, Duvidas, Envio, MAIOR_CORPO, Mensagem,
};
use crate::espera::{gravavel, legivel};

/// Quanto se espera, no máximo, sem olhar se alguém pediu para parar ou se o outro lado
/// foi embora.
pub const OLHADA: Duration = Duration::from_millis(20);

/// Quanto se espera pelo que o outro lado deve dizer já.
pub const PRAZO: Duration = Duration::from_secs(5);

/// Quanto se espera que o outro lado feche, depois de se dizer a última coisa.
const DESPEDIDA: Duration = Duration::from_millis(500);

/// Se alguém pediu para parar.
pub type Parar<'p> = &'p (dyn Fn() -> bool + Sync);

/// O que uma espera faz de tempos em tempos: um erro acaba com ela.
pub type Vigia<'v> = &'v mut dyn FnMut() -> Result<(), Falha>;

/// A conexão de controle.
pub struct Canal<'p> {
    conexao: TcpStream,
    montagem: Montagem,
    parar: Parar<'p>,
}

impl<'p> Canal<'p> {
    /// O canal de uma conexão em que nada se leu ainda, ou só quadros inteiros.
    ///
    /// # Errors
    /// O que o sistema respondeu.
    pub fn novo(conexao: TcpStream, parar: Parar<'p>) -> Result<Self, Falha> {
        preparar(&conexao)?;
        Ok(Self {
            conexao,
            montagem: Montagem::default(),
            parar,
        })
    }

    /// Manda uma mensagem.
    ///
    /// # Errors
    /// Quando o outro lado foi embora, ou não lê.
    pub fn enviar(&mut self, mensagem: &Mensagem) -> Result<(), Falha> {
        let quadro = montar(mensagem);
        let mut resto = quadro.as_slice();
        let ate = Instant::now() + PRAZO;
        while !resto.is_empty() {
            match (&self.conexao).write(resto) {
                Ok(0) => return Err(Falha::Fechou),
                Ok(escritos) => resto = &resto[escritos..],
                Err(erro) if passageiro(&erro) => {
                    self.continuar(ate, "espaço para o que se lhe diz")?;
                    esperar(gravavel(&self.conexao, OLHADA))?;
                }
                Err(erro) => return Err(self.por_que_nao_ouve(erro)),
            }
        }
        Ok(())
    }

    /// Manda a última mensagem, e dá ao outro lado um pouco de tempo para a ouvir: fechar
    /// com bytes por ler apagaria o que se disse (RFC 1122 §4.2.2.13).
    ///
    /// # Errors
    /// Os de [`enviar`](Self::enviar).
    pub fn despedir(&mut self, mensagem: &Mensagem) -> Result<(), Falha> {
        self.enviar(mensagem)?;
        let _ = self.conexao.shutdown(Shutdown::Write);
        let ate = Instant::now() + DESPEDIDA;
        let mut bytes = [0; MAIOR_CORPO];
        while Instant::now() < ate {
            match (&self.conexao).read(&mut bytes) {
                Ok(0) => break,
                Ok(_) => {}
                Err(erro) if passageiro(&erro) => {
                    self.legivel(OLHADA)?;
                }
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// Espera, no máximo `prazo`, que haja o que ler.
    ///
    /// # Errors
    /// O que o sistema respondeu.
    pub fn legivel(&self, prazo: Duration) -> Result<bool, Falha> {
        esperar(legivel(&self.conexao, prazo))
    }

    /// Por que o outro lado não ouve mais: o que ele disse antes de ir embora, se disse.
    fn por_que_nao_ouve(&mut self, erro: io::Error) -> Falha {
        match self.tentar() {
            Err(recusa @ Falha::Recusou { .. }) => recusa,
            _ => Falha::da_conexao("falar com o outro lado", erro),
        }
    }

    /// Espera a próxima mensagem até `prazo`; se ela não vier, a falha diz que faltou
    /// `o_que`.
    ///
    /// # Errors
    /// O que impediu: inclusive uma recusa do outro lado, que é [`Falha::Recusou`].
    pub fn receber(
        &mut self,
        o_que: &'static str,
        prazo: Duration,
    ) -> Result<Mensagem, Falha> {
        let ate = Instant::now() + prazo;
        loop {
            if let Some(mensagem) = self.tentar_ja()? {
                return Ok(mensagem);
            }
            self.continuar(ate, o_que)?;
            self.legivel(OLHADA)?;
        }
    }

    /// A próxima mensagem, se já chegou inteira; não espera.
    ///
    /// # Errors
    /// Os de [`receber`](Self::receber).
    pub fn tentar(&mut self) -> Result<Option<Mensagem>, Falha> {
        let mut bytes = [0; MAIOR_CORPO];
        loop {
            let falta = self.montagem.falta();
            match (&self.conexao).read(&mut bytes[..falta]) {
                Ok(0) => return Err(Falha::Fechou),
                Ok(lidos) => match self.montagem.juntar(&bytes[..lidos])? {
                    Some(Mensagem::Recusa { motivo, explicacao }) => {
                        return Err(Falha::Recusou { motivo, explicacao });
                    }
                    Some(mensagem) => return Ok(Some(mensagem)),
                    None => {}
                },
                Err(erro) if passageiro(&erro) => return Ok(None),
                Err(erro) => {
                    return Err(Falha::da_conexao("ouvir o outro lado", erro));
                }
            }
        }
    }

    /// O mesmo, se ninguém pediu para parar.
    ///
    /// # Errors
    /// Os mesmos, e [`Falha::Interrompido`].
    pub fn tentar_ja(&mut self) -> Result<Option<Mensagem>, Falha> {
        if (self.parar)() {
            return Err(Falha::Interrompido);
        }
        self.tentar()
    }

    /// Se ainda há por que continuar: ninguém pediu para parar, e o outro lado está lá.
    /// Não lê o que ele disse.
    ///
    /// # Errors
    /// O que acabou.
    pub fn conferir(&self) -> Result<(), Falha> {
        if (self.parar)() {
            return Err(Falha::Interrompido);
        }
        match self.conexao.peek(&mut [0]) {
            Ok(0) => Err(Falha::Fechou),
            Ok(_) => Ok(()),
            Err(erro) if passageiro(&erro) => Ok(()),
            Err(erro) => Err(Falha::da_conexao("ouvir o outro lado", erro)),
        }
    }

    /// O mesmo, quando o outro lado não tem nada a dizer: se ele diz, é uma recusa, ou
    /// fala fora de hora.
    ///
    /// # Errors
    /// O que acabou.
    pub fn conferir_calado(&mut self) -> Result<(), Falha> {
        match self.tentar_ja()? {
            None => Ok(()),
            Some(mensagem) => Err(Falha::fora_de_hora(&mensagem)),
        }
    }

    fn continuar(
        &self,
        ate: Instant,
        o_que: &'static str,
    ) -> Result<(), Falha> {
        if (self.parar)() {
            return Err(Falha::Interrompido);
        }
        if Instant::now() >= ate {
            return Err(Falha::Calou(o_que));
        }
        Ok(())
    }
}

/// O que o outro lado diz ter mandado na medida `experimento`, se `mensagem` diz isso.
///
/// # Errors
/// [`Falha::ForaDeHora`] se diz outra coisa.
pub fn envio(mensagem: Mensagem, experimento: u32) -> Result<Envio, Falha> {
    match mensagem {
        Mensagem::Envio {
            experimento: de,
            envio,
        } if de == experimento => Ok(envio),
        outra => Err(Falha::fora_de_hora(&outra)),
    }
}

/// O que o outro lado diz ter recebido, em datagramas, na medida `experimento`.
///
/// # Errors
/// [`Falha::ForaDeHora`] se diz outra coisa.
pub fn chegadas(
    mensagem: Mensagem,
    experimento: u32,
) -> Result<Chegadas, Falha> {
    match mensagem {
        Mensagem::Chegadas {
            experimento: de,
            chegadas,
        } if de == experimento => Ok(chegadas),
        outra => Err(Falha::fora_de_hora(&outra)),
    }
}

/// O que o outro lado diz ter recebido, em bytes, na medida `experimento`.
///
/// # Errors
/// [`Falha::ForaDeHora`] se diz outra coisa.
pub fn bytes(mensagem: Mensagem, experimento: u32) -> Result<Bytes, Falha> {
    match mensagem {
        Mensagem::Bytes {
            experimento: de,
            bytes,
        } if de == experimento => Ok(bytes),
        outra => Err(Falha::fora_de_hora(&outra)),
    }
}

/// O que o outro lado acha do que relatamos na medida `experimento`.
///
/// # Errors
/// [`Falha::ForaDeHora`] se diz outra coisa.
pub fn opiniao(mensagem: Mensagem, experimento: u32) -> Result<Duvidas, Falha> {
    match mensagem {
        Mensagem::Opiniao {
            experimento: de,
            duvidas,
        } if de == experimento => Ok(duvidas),
        outra => Err(Falha::fora_de_hora(&outra)),
    }
}

/// Deixa uma conexão pronta para quem espera por muitas coisas: nenhuma chamada
/// bloqueia, e nada do que se escreve espera por companhia.
///
/// # Errors
/// O que o sistema respondeu.
pub fn preparar(conexao: &TcpStream) -> Result<(), Falha> {
    conexao
        .set_nonblocking(true)
        .and_then(|()| conexao.set_nodelay(true))
        .map_err(|erro| Falha::da_conexao("preparar a conexão", erro))
}

/// Se a chamada só não tinha o que fazer agora.
#[must_use]
pub fn passageiro(erro: &io::Error) -> bool {
    matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// O resultado de uma espera, com o erro dela contado.
///
/// # Errors
/// O que o sistema respondeu.
pub fn esperar(espera: io::Result<bool>) -> Result<bool, Falha> {
    espera.map_err(|erro| Falha::Sistema("esperar pela rede", erro))
}
