//! Perguntas por UDP com o ARQ do chat: janela de um segmento e prazo fixo.
//!
//! A pergunta vai em um segmento, e a resposta volta no recibo dele: quem não a recebe
//! repete a pergunta, e o outro lado, que já a viu, só repete a resposta.
//!
//! O ARQ do chat mede a ida e volta e dobra o prazo a cada perda seguida. Aqui o menor
//! prazo é igual ao maior, e ele fica fixo: é o pare-e-espere dos livros, em que cada
//! perda custa um prazo.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Result, bail};
use sockets::arq::Configuracao;

use super::previsao::Prazos;
use super::rodada::{Medida, Percurso, Pergunta};
use super::{PRAZO, TAMANHO};
use crate::experimentos::confiavel::{Canal, Destinatario, Limite, Remetente};
use crate::experimentos::latencia::em_dupla;

/// Faz as perguntas de `percurso`.
///
/// # Errors
/// Os de [`Percurso::percorrer`], e os de abrir os sockets.
pub fn medir(percurso: &Percurso<'_>) -> Result<Medida> {
    let (cliente, servidor) = percurso.contexto().laboratorio.par_udp()?;
    let conversa = (percurso.semente() & 0xffff_ffff) as u32;
    let mut remetente =
        Remetente::novo(Canal::novo(cliente, conversa)?, configuracao());
    let mut destinatario =
        Destinatario::novo(Canal::novo(servidor, conversa)?, configuracao());
    let limite = percurso.limite();
    let (mut medida, ()) = em_dupla(
        |acabou| {
            let limite = Limite {
                ate: limite.ate,
                parar: &|| acabou.load(Ordering::Relaxed),
            };
            destinatario.receber(&limite, |pergunta, resposta| {
                resposta.extend(pergunta);
            })
        },
        || percurso.percorrer(|n| perguntar(&mut remetente, &limite, n)),
    )?;
    medida.retransmissoes = remetente.contas().emissor.retransmitidos;
    if let Some(prazo) = medida.prazo_visto() {
        medida.prazos = Prazos::iguais(prazo);
    }
    let sem_perda = medida.retransmissoes.abs_diff(medida.derrubados());
    if sem_perda > 0 {
        medida.ressalvas.push(format!(
            "{sem_perda} repetições sem que o caminho derrubasse nada: as \
             respostas passaram do prazo"
        ));
    }
    Ok(medida)
}

fn configuracao() -> Configuracao {
    Configuracao {
        janela: 1,
        guardados: 1,
        maior_carga: TAMANHO,
        menor_prazo: PRAZO,
        maior_prazo: PRAZO,
    }
}

fn perguntar(
    remetente: &mut Remetente,
    limite: &Limite<'_>,
    numero: u64,
) -> Result<Pergunta> {
    let mut pergunta = [0; TAMANHO];
    pergunta[..8].copy_from_slice(&numero.to_be_bytes());
    let mut resposta = Vec::new();
    let repetidos = |quem: &Remetente| quem.contas().emissor.retransmitidos;
    let antes = repetidos(remetente);
    let demora = remetente.perguntar(&pergunta, limite, &mut resposta)?;
    if resposta != pergunta {
        bail!("a resposta não é a da pergunta {numero}");
    }
    let repeticoes =
        u32::try_from(repetidos(remetente) - antes).unwrap_or(u32::MAX);
    Ok(Pergunta {
        demora,
        respondida: true,
        limpa: repeticoes == 0,
        // A última ida e volta, milhares de vezes menor, entra na divisão.
        prazo: Duration::checked_div(demora, repeticoes),
    })
}
