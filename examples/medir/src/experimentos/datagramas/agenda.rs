//! Os instantes marcados de quem manda em malha aberta.

use std::time::{Duration, Instant};

/// Quanto atraso ainda se recupera, mandando um logo depois do outro: a grossura do
/// despertador do sistema, que acorda a thread um pouco depois da hora. Mais que isso
/// seria uma rajada que ninguém pediu, e é ela, não o caminho, que estouraria as filas.
const RECUPERAVEL: Duration = Duration::from_millis(2);

/// Um calendário de envios, um a cada `intervalo`.
///
/// Quem se atrasa mais de 2 ms, ou de um intervalo, se ele é maior, não corre atrás: o
/// resto do calendário anda para a frente, e [`remarcados`](Self::remarcados) conta
/// quantas vezes.
#[derive(Debug)]
pub struct Agenda {
    intervalo: Duration,
    proximo: Instant,
    remarcados: u64,
}

impl Agenda {
    /// Um calendário de `por_segundo` instantes por segundo, o primeiro em `inicio`. Com
    /// zero, todos são agora.
    #[must_use]
    pub fn nova(inicio: Instant, por_segundo: u32) -> Self {
        let intervalo = match por_segundo {
            0 => Duration::ZERO,
            ritmo => Duration::from_secs(1) / ritmo,
        };
        Self {
            intervalo,
            proximo: inicio,
            remarcados: 0,
        }
    }

    /// O instante do próximo envio, que passa a ser o de quem pergunta; `agora` diz se o
    /// calendário ainda se cumpre.
    pub fn proximo(&mut self, agora: Instant) -> Instant {
        let atraso = agora.saturating_duration_since(self.proximo);
        let toleravel = RECUPERAVEL.max(self.intervalo);
        if !self.intervalo.is_zero() && atraso > toleravel {
            self.proximo = agora;
            self.remarcados += 1;
        }
        let marcado = self.proximo;
        self.proximo += self.intervalo;
        marcado
    }

    /// Quantas vezes o resto do calendário andou para a frente.
    #[must_use]
    pub fn remarcados(&self) -> u64 {
        self.remarcados
    }
}

/// Dorme até `instante`; não dorme se ele já passou.
pub fn dormir_ate(instante: Instant) {
    let falta = instante.saturating_duration_since(Instant::now());
    if !falta.is_zero() {
        std::thread::sleep(falta);
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn no_prazo_os_instantes_nao_dependem_de_quando_se_pergunta() {
        let inicio = Instant::now();
        let mut agenda = Agenda::nova(inicio, 1000);
        for n in 0..20 {
            // Sempre meio intervalo atrasado: o atraso não se acumula.
            let agora = inicio + MS * n + MS / 2;
            assert_eq!(agenda.proximo(agora), inicio + MS * n);
        }
        assert_eq!(agenda.remarcados(), 0);
    }

    #[test]
    fn pouco_atraso_se_recupera_e_muito_nao_vira_rajada() {
        let inicio = Instant::now();
        let mut agenda = Agenda::nova(inicio, 1000);
        let agora = inicio + RECUPERAVEL;
        let saem_ja = (0..100)
            .take_while(|_| agenda.proximo(agora) <= agora)
            .count();
        // Os de 0, de 1 e de 2 ms.
        assert_eq!(saem_ja, 3);
        assert_eq!(agenda.remarcados(), 0);

        let mut agenda = Agenda::nova(inicio, 1000);
        let agora = inicio + MS * 500;
        assert_eq!(agenda.proximo(agora), agora);
        assert_eq!(agenda.proximo(agora), agora + MS);
        assert_eq!(agenda.remarcados(), 1);
    }

    #[test]
    fn quem_manda_devagar_pode_se_atrasar_um_intervalo() {
        let inicio = Instant::now();
        let mut agenda = Agenda::nova(inicio, 10);
        let agora = inicio + MS * 100;
        assert_eq!(agenda.proximo(agora), inicio);
        assert_eq!(agenda.proximo(agora), agora);
        assert_eq!(agenda.proximo(agora + MS * 201), agora + MS * 201);
        assert_eq!(agenda.remarcados(), 1);
    }

    #[test]
    fn sem_ritmo_todo_instante_e_agora() {
        let inicio = Instant::now();
        let mut agenda = Agenda::nova(inicio, 0);
        for _ in 0..10 {
            assert_eq!(agenda.proximo(inicio + MS * 900), inicio);
        }
        assert_eq!(agenda.remarcados(), 0);
    }
}
