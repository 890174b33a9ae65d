//! Perguntas por uma conexão TCP: quem repete é o núcleo, depois do prazo dele.

use std::cell::RefCell;
use std::time::Duration;

use anyhow::Result;

use super::TAMANHO;
use super::previsao::{Prazo, Prazos};
use super::rodada::{AQUECIMENTO, Medida, Percurso, Pergunta};
use crate::experimentos::latencia::eco::de_fluxo;
use crate::experimentos::latencia::fluxo::esquecer_ao_fechar;
use crate::experimentos::latencia::{Fluxo, em_dupla};
use crate::laboratorio::{AjustesTcp, Conexao};

/// O controle de congestionamento: com um segmento por vez no ar ele não tem o que
/// controlar, mas o padrão muda de máquina para máquina.
const CONGESTIONAMENTO: &str = "reno";

/// Faz as perguntas de `percurso`.
///
/// O prazo de cada lado é a média do que o núcleo disse (`TCP_INFO`) ao lado de cada
/// pergunta, e não uma constante: quem perde respostas mede, sem querer, idas e voltas
/// de um prazo inteiro, e o prazo cresce.
///
/// # Errors
/// Os de [`Percurso::percorrer`], e os de abrir a conexão.
pub fn medir(percurso: &Percurso<'_>) -> Result<Medida> {
    let laboratorio = percurso.contexto().laboratorio;
    let (cliente, servidor) = laboratorio.par_tcp(AjustesTcp {
        congestionamento: Some(CONGESTIONAMENTO),
        sem_nagle: true,
    })?;
    esquecer_ao_fechar(&cliente)?;
    esquecer_ao_fechar(&servidor)?;
    let mut fluxo = Fluxo::novo(cliente, TAMANHO, percurso.limite())?;
    let vistos = RefCell::new(Vec::new());
    let (medida, do_servidor) = em_dupla(
        |acabou| {
            let mut vistos = Vec::new();
            de_fluxo(&servidor, acabou, || {
                vistos.push(laboratorio.estado_tcp(&servidor)?);
                Ok(())
            })?;
            Ok(vistos)
        },
        || {
            percurso.percorrer(|_| {
                let demora = fluxo.perguntar(1)?;
                let visto = laboratorio.estado_tcp(fluxo.conexao())?;
                vistos.borrow_mut().push(visto);
                Ok(Pergunta {
                    demora,
                    respondida: true,
                    limpa: demora < percurso.condicao().menor_prazo_do_tcp,
                    prazo: None,
                })
            })
        },
    )?;
    let do_cliente = vistos.into_inner();
    let menor_prazo = percurso.condicao().menor_prazo_do_tcp;
    Ok(Medida {
        congestionamento: Some(CONGESTIONAMENTO),
        prazos: Prazos {
            cliente: prazo_medio(&do_cliente, menor_prazo),
            servidor: prazo_medio(&do_servidor, menor_prazo),
        },
        retransmissoes: retransmitidos(&do_cliente)
            + retransmitidos(&do_servidor),
        ..medida
    })
}

/// A média dos prazos que valiam em cada pergunta depois do aquecimento.
fn prazo_medio(vistos: &[Conexao], menor_prazo: Duration) -> Prazo {
    let valeram = &vistos[vistos.len().min(AQUECIMENTO as usize)..];
    let quantos = u32::try_from(valeram.len().max(1)).unwrap_or(u32::MAX);
    let media_s = |prazo: &dyn Fn(&Conexao) -> Duration| {
        let soma: Duration = valeram.iter().map(prazo).sum();
        soma.as_secs_f64() / f64::from(quantos)
    };
    Prazo {
        primeiro_s: media_s(&|conexao| espera_da_sonda(conexao, menor_prazo)),
        seguinte_s: media_s(&|conexao| conexao.prazo),
    }
}

/// Quanto o Linux espera, com um segmento só no ar, antes da sonda de cauda: duas idas e
/// voltas e o menor prazo, mas nunca mais que o prazo (`tcp_schedule_loss_probe`; a RFC
/// 8985, na seção 7.2, põe no lugar do menor prazo a maior confirmação atrasada).
fn espera_da_sonda(conexao: &Conexao, menor_prazo: Duration) -> Duration {
    conexao.prazo.min(2 * conexao.ida_e_volta + menor_prazo)
}

fn retransmitidos(vistos: &[Conexao]) -> u64 {
    vistos.last().map_or(0, |conexao| conexao.retransmitidos)
}
