//! Tomar a resposta atrasada de uma pergunta pela resposta da seguinte.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use sockets::medir::estatistica::percentil;
use sockets::medir::sonda::{MENOR_PACOTE, Sonda};

use super::perguntas::em_ordem_ms;
use super::{Achado, Engano};
use crate::caminho::Regras;
use crate::cpu::Ocupacao;
use crate::espera::legivel;
use crate::experimentos::latencia::eco::de_datagramas;
use crate::experimentos::latencia::{Posto, do_caminho, em_dupla};
use crate::resultados::{Contexto, Interrompido};

/// Veja [`Engano`].
pub const ENGANO: Engano = Engano {
    nome: "tardias",
    medida: "a ida e volta em UDP, em um caminho de 50 ms, com prazo de 30 ms",
    errado: "a primeira resposta que chega é a da pergunta de agora",
    certo: "a resposta traz o número da pergunta dela",
    estimativa: Duration::from_millis(1_600),
    medir: os_dois,
};

const PERGUNTAS: u32 = 25;

/// De quanto em quanto tempo se pergunta.
const INTERVALO: Duration = Duration::from_millis(40);

/// Quanto se espera por uma resposta antes de a dar por perdida.
const PRAZO: Duration = Duration::from_millis(30);

/// De cada sentido. Nenhuma resposta chega no prazo, e cada uma chega no da pergunta
/// seguinte.
const ATRASO: Duration = Duration::from_millis(25);

/// Quanto se espera, no fim, pelas últimas respostas.
const ESCOAR: Duration = Duration::from_millis(500);

fn os_dois(contexto: &Contexto<'_>) -> Result<Vec<Achado>> {
    let laboratorio = contexto.laboratorio;
    let _posto = Posto::tomar(laboratorio, Ocupacao::Juntas)?;
    let regras = Regras {
        atraso: ATRASO,
        ..Regras::default()
    };
    laboratorio.aplicar(regras.clone(), regras, contexto.semente);
    let (cliente, servidor) = laboratorio.par_udp()?;
    let (conversa, ()) = em_dupla(
        |acabou| Ok(de_datagramas(&servidor, acabou)?),
        || perguntar(contexto, &cliente),
    )?;
    let ressalva = do_caminho(&laboratorio.contas()).join("; ");
    let do_meio = |demoras: &[Duration]| {
        percentil(&em_ordem_ms(demoras), 50.0).context("nenhuma resposta veio")
    };
    Ok(vec![Achado {
        condicao: "p50".into(),
        errado: do_meio(&conversa.pela_ordem(PRAZO))?,
        certo: do_meio(&conversa.pelo_numero())?,
        verdade: Some((2 * ATRASO).as_secs_f64() * 1e3),
        unidade: "ms",
        ressalva,
    }])
}

/// O que se perguntou e o que se ouviu, com as horas no relógio da conversa.
#[derive(Debug, Default)]
struct Conversa {
    /// Quando saiu cada pergunta: a de número 0, a de número 1…
    saidas: Vec<Duration>,
    /// O número que cada resposta trazia e quando ela chegou, na ordem em que chegaram.
    chegadas: Vec<(u64, Duration)>,
}

impl Conversa {
    /// Quanto demorou cada resposta, se ela é da pergunta de que traz o número.
    fn pelo_numero(&self) -> Vec<Duration> {
        let demora = |(numero, chegada): &(u64, Duration)| {
            let saida = self.saidas.get(usize::try_from(*numero).ok()?)?;
            Some(chegada.saturating_sub(*saida))
        };
        self.chegadas.iter().filter_map(demora).collect()
    }

    /// O que mede quem não olha o número: depois de cada pergunta, lê do socket a
    /// primeira resposta que estiver lá, ou que chegue no `prazo`.
    fn pela_ordem(&self, prazo: Duration) -> Vec<Duration> {
        let mut no_socket = self.chegadas.iter().map(|(_, quando)| *quando);
        let mut proxima = no_socket.next();
        let mut demoras = Vec::new();
        for saida in &self.saidas {
            if let Some(chegada) = proxima.filter(|c| *c <= *saida + prazo) {
                demoras.push(chegada.saturating_sub(*saida));
                proxima = no_socket.next();
            }
        }
        demoras
    }
}

/// Pergunta de tempos em tempos, e anota tudo que chega quando chega.
fn perguntar(contexto: &Contexto<'_>, cliente: &UdpSocket) -> Result<Conversa> {
    let mut conversa = Conversa::default();
    let inicio = Instant::now();
    for qual in 0..PERGUNTAS {
        if (contexto.interrompido)() {
            return Err(Interrompido.into());
        }
        let mut pergunta = [0; MENOR_PACOTE];
        Sonda {
            experimento: 1,
            numero: qual.into(),
            enviada_ns: 0,
        }
        .escrever(&mut pergunta);
        conversa.saidas.push(inicio.elapsed());
        cliente.send(&pergunta)?;
        ouvir(cliente, inicio, INTERVALO * (qual + 1), &mut conversa)?;
    }
    let fim = inicio.elapsed() + ESCOAR;
    ouvir(cliente, inicio, fim, &mut conversa)?;
    Ok(conversa)
}

/// Anota o que chega até a hora `ate`.
fn ouvir(
    cliente: &UdpSocket,
    inicio: Instant,
    ate: Duration,
    conversa: &mut Conversa,
) -> Result<()> {
    while let falta = ate.saturating_sub(inicio.elapsed())
        && !falta.is_zero()
    {
        if legivel(cliente, falta)? {
            let chegada = inicio.elapsed();
            let mut resposta = [0; MENOR_PACOTE];
            let lidos = cliente.recv(&mut resposta)?;
            if let Some(sonda) = Sonda::ler(&resposta[..lidos]) {
                conversa.chegadas.push((sonda.numero, chegada));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod testes {
    use super::*;

    fn ms(horas: &[u64]) -> Vec<Duration> {
        horas.iter().map(|h| Duration::from_millis(*h)).collect()
    }

    fn conversa(saidas: &[u64], chegadas: &[(u64, u64)]) -> Conversa {
        let chegadas = chegadas
            .iter()
            .map(|(numero, quando)| (*numero, Duration::from_millis(*quando)));
        Conversa {
            saidas: ms(saidas),
            chegadas: chegadas.collect(),
        }
    }

    #[test]
    fn no_prazo_os_dois_jeitos_concordam() {
        let conversa = conversa(&[0, 40, 80], &[(0, 10), (1, 55), (2, 81)]);
        assert_eq!(conversa.pelo_numero(), ms(&[10, 15, 1]));
        assert_eq!(conversa.pela_ordem(PRAZO), conversa.pelo_numero());
    }

    #[test]
    fn uma_resposta_atrasada_passa_por_resposta_da_pergunta_seguinte() {
        let conversa = conversa(&[0, 40, 80], &[(0, 50), (1, 90), (2, 130)]);
        assert_eq!(conversa.pelo_numero(), ms(&[50, 50, 50]));
        // A primeira passou do prazo; a última chegou quando ninguém mais lia.
        assert_eq!(conversa.pela_ordem(PRAZO), ms(&[10, 10]));
    }

    #[test]
    fn a_que_ja_esperava_no_socket_parece_instantanea() {
        let conversa = conversa(&[0, 40], &[(0, 35)]);
        assert_eq!(conversa.pela_ordem(PRAZO), ms(&[0]));
    }

    #[test]
    fn um_numero_que_nao_se_perguntou_nao_conta() {
        let conversa = conversa(&[0], &[(7, 5), (u64::MAX, 6)]);
        assert_eq!(conversa.pelo_numero(), []);
    }
}
