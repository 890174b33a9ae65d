//! Uma conexão TCP em que se pergunta e se ouve, em um caminho que perde.

use std::time::{Duration, Instant};

use anyhow::Result;
use sockets::medir::estatistica::ordenar;

use crate::caminho::Regras;
use crate::cpu::Ocupacao;
use crate::experimentos::confiavel::Limite;
use crate::experimentos::latencia::eco::de_fluxo;
use crate::experimentos::latencia::fluxo::esquecer_ao_fechar;
use crate::experimentos::latencia::{Fluxo, Posto, do_caminho, em_dupla};
use crate::laboratorio::AjustesTcp;
use crate::resultados::Contexto;

/// Bytes de uma pergunta, e da resposta.
const TAMANHO: usize = 64;

/// Perguntas feitas antes que o caminho perca, e que não contam.
const AQUECIMENTO: usize = 20;

/// Muitas vezes o que estas conversas demoram.
const PRAZO: Duration = Duration::from_secs(60);

/// Abre a conexão com o caminho perfeito, aplica as regras e deixa `conversar`
/// perguntar. Devolve o que ela devolveu e o que o caminho diz contra os números.
///
/// # Errors
/// O que o sistema não deixou fazer, ou o que `conversar` devolveu.
pub fn perguntar<T>(
    contexto: &Contexto<'_>,
    ida: Regras,
    volta: Regras,
    conversar: impl FnOnce(&mut Fluxo<'_>) -> Result<T>,
) -> Result<(T, String)> {
    let laboratorio = contexto.laboratorio;
    let _posto = Posto::tomar(laboratorio, Ocupacao::Juntas)?;
    laboratorio.aplicar(Regras::default(), Regras::default(), 0);
    let (cliente, servidor) = laboratorio.par_tcp(AjustesTcp {
        congestionamento: Some("reno"),
        sem_nagle: true,
    })?;
    esquecer_ao_fechar(&cliente)?;
    esquecer_ao_fechar(&servidor)?;
    let limite = Limite {
        ate: Instant::now() + PRAZO,
        parar: contexto.interrompido,
    };
    let mut fluxo = Fluxo::novo(cliente, TAMANHO, limite)?;
    let (conversado, ()) = em_dupla(
        |acabou| de_fluxo(&servidor, acabou, || Ok(())),
        || {
            for _ in 0..AQUECIMENTO {
                fluxo.perguntar(1)?;
            }
            laboratorio.aplicar(ida, volta, contexto.semente);
            conversar(&mut fluxo)
        },
    )?;
    let ressalva = do_caminho(&laboratorio.contas()).join("; ");
    Ok((conversado, ressalva))
}

/// Demoras em milissegundos, em ordem crescente.
#[must_use]
pub fn em_ordem_ms(demoras: &[Duration]) -> Vec<f64> {
    let mut ms: Vec<f64> =
        demoras.iter().map(|d| d.as_secs_f64() * 1e3).collect();
    ordenar(&mut ms);
    ms
}
