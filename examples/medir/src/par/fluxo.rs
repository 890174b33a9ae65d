//! Bytes por uma conexão, tão depressa quanto ela os leve.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::canal::{OLHADA, Vigia, esperar, passageiro};
use super::falha::Falha;
use super::protocolo::limites::MAIS_BYTES_DO_FLUXO;
use super::protocolo::{Bytes, Envio, Tempos};
use super::ritmo::{Ronda, nanossegundos};
use crate::espera::{gravavel, legivel};

/// Quantos bytes vão ou vêm em cada chamada.
pub const PEDACO: usize = 128 << 10;

/// Quanto se espera, depois da hora de o fluxo acabar, pelo que ainda está no caminho.
/// Não conta para a vazão: só para saber se o fluxo chegou inteiro.
pub const SOBRA: Duration = Duration::from_millis(500);

/// Quanto se espera que cheguem os primeiros bytes.
const PRIMEIROS: Duration = Duration::from_secs(5);

/// Manda por `conexao`, que não bloqueia, por tanto tempo quanto dizem os `tempos`, e
/// diz que acabou. `pedaco` é o que se manda, de novo e de novo.
///
/// # Errors
/// O que a vigia achou, ou o que o sistema respondeu. Que o outro lado feche antes não é
/// um erro: ele também tem a sua hora de parar.
pub fn mandar(
    conexao: &TcpStream,
    tempos: Tempos,
    pedaco: &[u8],
    vigia: Vigia<'_>,
) -> Result<Envio, Falha> {
    let mut envio = Envio::default();
    let inicio = Instant::now();
    let ate = inicio + tempos.duracao();
    let mut ronda = Ronda::nova();
    loop {
        let agora = Instant::now();
        if agora >= ate || envio.bytes >= MAIS_BYTES_DO_FLUXO {
            break;
        }
        ronda.passar(agora, vigia)?;
        match (&*conexao).write(pedaco) {
            Ok(0) => break,
            Ok(escritos) => {
                envio.bytes += escritos as u64;
                envio.intervalo_ns = nanossegundos(inicio.elapsed());
            }
            Err(erro) if passageiro(&erro) => {
                let falta = ate.saturating_duration_since(agora);
                esperar(gravavel(conexao, falta.min(OLHADA)))?;
            }
            Err(erro) => match Falha::da_conexao("mandar pela conexão", erro) {
                Falha::Fechou => break,
                outra => return Err(outra),
            },
        }
    }
    // Se o outro lado já fechou, não há mais a quem dizer.
    let _ = conexao.shutdown(Shutdown::Write);
    envio.retransmitidos = retransmitidos(conexao);
    envio.congestionamento = congestionamento(conexao);
    Ok(envio)
}

/// O que se sabe do que chega.
#[derive(Debug, Default)]
struct Leitura {
    bytes: Bytes,
    primeira: Option<Instant>,
}

impl Leitura {
    /// Chegaram tantos bytes em `agora`.
    fn chegou(&mut self, lidos: usize, agora: Instant, tempos: Tempos) {
        let lidos = lidos as u64;
        let passou = agora - *self.primeira.get_or_insert(agora);
        self.bytes.recebidos += lidos;
        self.bytes.intervalo_ns = nanossegundos(passou);
        if (tempos.aquecimento()..=tempos.duracao()).contains(&passou) {
            self.bytes.na_janela += lidos;
        }
    }

    /// Até quando ler.
    fn ate(&self, inicio: Instant, tempos: Tempos) -> Instant {
        match self.primeira {
            None => inicio + PRIMEIROS,
            Some(primeira) => primeira + tempos.duracao() + SOBRA,
        }
    }

    /// Acabou-se de ler em `agora`. A janela vai do fim do aquecimento à hora marcada
    /// para o fim, ou até aqui: o tempo em que nada chegou também conta.
    fn fechar(mut self, agora: Instant, tempos: Tempos) -> Bytes {
        let passou = self.primeira.map_or(Duration::ZERO, |p| agora - p);
        let fim = passou.min(tempos.duracao());
        let janela = fim.saturating_sub(tempos.aquecimento());
        self.bytes.janela_ns = nanossegundos(janela);
        self.bytes
    }
}

/// Lê de `conexao`, que não bloqueia, até que o outro lado diga que acabou, ou até um
/// pouco depois da hora de ele acabar.
///
/// # Errors
/// [`Falha::Calou`] se não chega nada, o que a vigia achou, ou o que o sistema
/// respondeu.
pub fn receber(
    conexao: &TcpStream,
    tempos: Tempos,
    vigia: Vigia<'_>,
) -> Result<Bytes, Falha> {
    let mut leitura = Leitura::default();
    let mut pedaco = vec![0; PEDACO];
    let inicio = Instant::now();
    let mut ronda = Ronda::nova();
    loop {
        let agora = Instant::now();
        ronda.passar(agora, vigia)?;
        if agora >= leitura.ate(inicio, tempos) {
            break;
        }
        match (&*conexao).read(&mut pedaco) {
            Ok(0) => {
                leitura.bytes.inteiro = true;
                break;
            }
            Ok(lidos) => leitura.chegou(lidos, Instant::now(), tempos),
            Err(erro) if passageiro(&erro) => {
                esperar(legivel(conexao, OLHADA))?;
            }
            Err(erro) => match Falha::da_conexao("ler da conexão", erro) {
                Falha::Fechou => break,
                outra => return Err(outra),
            },
        }
    }
    if leitura.bytes.recebidos == 0 {
        return Err(Falha::Calou("os bytes da medida"));
    }
    Ok(leitura.fechar(Instant::now(), tempos))
}

/// Devolve por `conexao`, que não bloqueia, o que vem por ela, até que o outro lado diga
/// que acabou, até `ate` ou até `mais_bytes`.
///
/// # Errors
/// O que a vigia achou, ou o que o sistema respondeu.
pub fn ecoar(
    conexao: &TcpStream,
    mais_bytes: u64,
    ate: Instant,
    vigia: Vigia<'_>,
) -> Result<Bytes, Falha> {
    let mut bytes = Bytes::default();
    let mut pedaco = vec![0; PEDACO];
    let (mut cheio, mut ido) = (0, 0);
    let mut ronda = Ronda::nova();
    loop {
        let agora = Instant::now();
        ronda.passar(agora, vigia)?;
        if agora >= ate || bytes.recebidos > mais_bytes {
            return Ok(bytes);
        }
        // Enquanto não se devolve o que se leu, não se lê mais.
        let feito = if ido < cheio {
            (&*conexao).write(&pedaco[ido..cheio]).map(|escritos| {
                ido += escritos;
                true
            })
        } else {
            (&*conexao).read(&mut pedaco).map(|lidos| {
                (cheio, ido) = (lidos, 0);
                bytes.recebidos += lidos as u64;
                lidos > 0
            })
        };
        match feito {
            Ok(true) => {}
            Ok(false) => {
                bytes.inteiro = true;
                let _ = conexao.shutdown(Shutdown::Write);
                return Ok(bytes);
            }
            Err(erro) if passageiro(&erro) => {
                esperar(if ido < cheio {
                    gravavel(conexao, OLHADA)
                } else {
                    legivel(conexao, OLHADA)
                })?;
            }
            Err(erro) => {
                return match Falha::da_conexao("devolver o eco", erro) {
                    Falha::Fechou => Ok(bytes),
                    outra => Err(outra),
                };
            }
        }
    }
}

/// Quantos segmentos o TCP mandou de novo até agora; `None` fora do Linux.
fn retransmitidos(conexao: &TcpStream) -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        let estado = crate::rede::conexao::estado(conexao).ok()?;
        Some(estado.retransmitidos)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = conexao;
        None
    }
}

/// O controle de congestionamento da conexão (`TCP_CONGESTION`, em `tcp(7)`); vazio fora
/// do Linux.
fn congestionamento(conexao: &TcpStream) -> String {
    #[cfg(target_os = "linux")]
    {
        let nome = socket2::SockRef::from(conexao).tcp_congestion();
        let nome = nome.unwrap_or_default();
        let fim = nome.iter().position(|byte| *byte == 0);
        String::from_utf8_lossy(&nome[..fim.unwrap_or(nome.len())]).into()
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = conexao;
        String::new()
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const TEMPOS: Tempos = Tempos {
        duracao_ms: 1000,
        aquecimento_ms: 300,
    };

    #[test]
    fn a_janela_nao_conta_o_aquecimento_nem_o_que_vem_depois() {
        let inicio = Instant::now();
        let ms = |n| inicio + Duration::from_millis(n);
        for (fim, janela_ms) in
            [(1400, 700), (1000, 700), (990, 690), (300, 0), (0, 0)]
        {
            let mut leitura = Leitura::default();
            for (quando, bytes) in
                [(0, 1), (299, 2), (300, 4), (600, 8), (1000, 16), (1001, 32)]
            {
                leitura.chegou(bytes, ms(quando), TEMPOS);
            }
            let bytes = leitura.fechar(ms(fim), TEMPOS);
            assert_eq!(bytes.recebidos, 63);
            assert_eq!(bytes.intervalo_ns, 1_001_000_000);
            assert_eq!(bytes.na_janela, 28);
            assert_eq!(bytes.janela_ns, janela_ms * 1_000_000, "{fim}");
        }
        let nada = Leitura::default().fechar(inicio, TEMPOS);
        assert_eq!(nada, Bytes::default());
    }

    #[test]
    fn os_primeiros_bytes_e_o_fim_tem_prazo() {
        let inicio = Instant::now();
        let mut leitura = Leitura::default();
        assert_eq!(leitura.ate(inicio, TEMPOS), inicio + PRIMEIROS);
        let chegou = inicio + Duration::from_millis(70);
        leitura.chegou(1, chegou, TEMPOS);
        let fim = chegou + TEMPOS.duracao() + SOBRA;
        assert_eq!(leitura.ate(inicio, TEMPOS), fim);
    }
}
