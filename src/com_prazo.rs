//! Um prazo para a mensagem inteira, e não para cada chamada.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// Uma conexão em que ler e escrever só valem até um instante marcado.
///
/// O prazo de `set_read_timeout` conta por chamada: quem manda um byte de cada vez
/// o recomeça a cada byte. Aqui cada chamada só tem o tempo que *falta*, por mais
/// que ela receba; quem usa marca um novo prazo, com
/// [`recomecar`](Self::recomecar), quando começa uma mensagem nova.
///
/// O prazo vencido é sempre [`ErrorKind::TimedOut`], em qualquer sistema.
#[derive(Debug)]
pub struct ComPrazo {
    conexao: TcpStream,
    limite: Instant,
}

impl ComPrazo {
    /// `conexao`, com o primeiro prazo a contar de agora. Os prazos que ela tinha
    /// deixam de valer.
    #[must_use]
    pub fn novo(conexao: TcpStream, prazo: Duration) -> Self {
        let limite = Instant::now() + prazo;
        Self { conexao, limite }
    }

    /// Marca o prazo da próxima mensagem, a contar de agora.
    pub fn recomecar(&mut self, prazo: Duration) {
        self.limite = Instant::now() + prazo;
    }

    /// A conexão, para quem não bloqueia nela.
    #[must_use]
    pub fn socket(&self) -> &TcpStream {
        &self.conexao
    }

    /// Diz ao outro lado que daqui não sai mais nada, sem deixar de ouvi-lo.
    ///
    /// # Errors
    /// Os de [`TcpStream::shutdown`].
    pub fn parar_de_enviar(&self) -> io::Result<()> {
        self.conexao.shutdown(Shutdown::Write)
    }

    // ANCHOR: falta
    /// O que falta para o limite, que é o prazo da próxima chamada.
    fn falta(&self) -> io::Result<Duration> {
        let falta = self.limite.saturating_duration_since(Instant::now());
        if falta.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        Ok(falta)
    }
    // ANCHOR_END: falta
}

// ANCHOR: ler
impl Read for ComPrazo {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        ou_acabou(self.conexao.set_read_timeout(Some(self.falta()?)))?;
        self.conexao.read(buffer).map_err(um_nome_so)
    }
}
// ANCHOR_END: ler

impl Write for ComPrazo {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        ou_acabou(self.conexao.set_write_timeout(Some(self.falta()?)))?;
        self.conexao.write(bytes).map_err(um_nome_so)
    }

    /// Vários pedaços em uma chamada só: o que sai junto viaja junto.
    fn write_vectored(&mut self, pedacos: &[IoSlice<'_>]) -> io::Result<usize> {
        ou_acabou(self.conexao.set_write_timeout(Some(self.falta()?)))?;
        self.conexao.write_vectored(pedacos).map_err(um_nome_so)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.conexao.flush()
    }
}

/// O macOS não aceita o prazo de uma conexão que já acabou nos dois sentidos (`EINVAL`,
/// `setsockopt(2)`). Ela não precisa dele: nenhuma chamada espera.
fn ou_acabou(marcado: io::Result<()>) -> io::Result<()> {
    marcado.or_else(|erro| match erro.kind() {
        ErrorKind::InvalidInput => Ok(()),
        _ => Err(erro),
    })
}

/// O prazo vencido é `WouldBlock` no Unix e `TimedOut` no Windows.
fn um_nome_so(erro: io::Error) -> io::Error {
    match erro.kind() {
        ErrorKind::WouldBlock => ErrorKind::TimedOut.into(),
        _ => erro,
    }
}

#[cfg(test)]
mod testes {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    fn par() -> (TcpStream, TcpStream) {
        let escuta = TcpListener::bind("127.0.0.1:0").unwrap();
        let um = TcpStream::connect(escuta.local_addr().unwrap()).unwrap();
        (um, escuta.accept().unwrap().0)
    }

    #[test]
    fn quem_goteja_nao_recomeca_o_prazo() {
        let (atacante, vitima) = par();
        // Uma gota de cada vez, até que a vítima feche; 500 são dez segundos.
        let gotas = thread::spawn(move || {
            let pausa = Some(Duration::from_millis(20));
            atacante.set_read_timeout(pausa).unwrap();
            for _ in 0..500 {
                let gota = (&atacante).write(b"a");
                match gota.and_then(|_| (&atacante).read(&mut [0])) {
                    Err(erro) if e_prazo(&erro) => {}
                    _ => return,
                }
            }
        });
        let mut vitima = ComPrazo::novo(vitima, Duration::from_millis(200));
        let erro = vitima.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(erro.kind(), ErrorKind::TimedOut);
        drop(vitima);
        gotas.join().unwrap();
    }

    fn e_prazo(erro: &io::Error) -> bool {
        matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
    }

    #[test]
    fn quem_nao_le_tambem_esgota_o_prazo() {
        let (_atacante, vitima) = par();
        let mut vitima = ComPrazo::novo(vitima, Duration::from_millis(100));
        let erro = io::copy(&mut io::repeat(0), &mut vitima).unwrap_err();
        assert_eq!(erro.kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn quem_para_de_enviar_ainda_ouve() {
        let (mut outro, este) = par();
        let mut este = ComPrazo::novo(este, Duration::from_secs(60));
        este.parar_de_enviar().unwrap();
        assert_eq!(outro.read(&mut [0]).unwrap(), 0);
        outro.write_all(b"a").unwrap();
        assert_eq!(este.read(&mut [0]).unwrap(), 1);
    }

    #[test]
    fn o_que_chegou_se_le_depois_que_os_dois_pararam() {
        let (mut outro, este) = par();
        let mut este = ComPrazo::novo(este, Duration::from_secs(60));
        este.parar_de_enviar().unwrap();
        outro.write_all(b"tchau").unwrap();
        drop(outro);
        // No Linux nenhum prazo é recusado; no macOS estes o são.
        let mut ouvido = Vec::new();
        este.read_to_end(&mut ouvido).unwrap();
        assert_eq!(ouvido, b"tchau");
        let acabada = Err(ErrorKind::InvalidInput.into());
        assert!(ou_acabou(acabada).is_ok());
        let perdida = Err(ErrorKind::NotConnected.into());
        assert!(ou_acabou(perdida).is_err());
    }

    #[test]
    fn cada_mensagem_tem_o_seu_prazo() {
        let (mut honesto, vitima) = par();
        let mut vitima = ComPrazo::novo(vitima, Duration::ZERO);
        let erro = vitima.read(&mut [0]).unwrap_err();
        assert_eq!(erro.kind(), ErrorKind::TimedOut);
        vitima.recomecar(Duration::from_secs(60));
        honesto.write_all(b"a").unwrap();
        assert_eq!(vitima.read(&mut [0]).unwrap(), 1);
        drop(honesto);
        assert_eq!(vitima.read(&mut [0]).unwrap(), 0);
    }
}
