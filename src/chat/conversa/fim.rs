//! Quando a conversa acaba: quem pediu, o que falta e até quando se espera.

use std::time::{Duration, Instant};

/// Quanto dura a despedida de quem pediu para sair.
pub const DESPEDIDA: Duration = Duration::from_secs(3);

/// Quanto se espera para responder à despedida do outro.
pub const RESPOSTA: Duration = Duration::from_secs(5);

// ANCHOR: estado
/// Em que ponto a conversa está. Só anda para baixo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Estado {
    /// Com o outro, ou à espera dele.
    Aberta,
    /// A entrada acabou: espera-se que tudo seja entregue, sem pressa enquanto
    /// houver progresso.
    Entregando,
    /// Pediram para sair, ou o outro saiu e era uma conversa só.
    Saindo {
        /// O fim da paciência.
        ate: Instant,
    },
}
// ANCHOR_END: estado

/// Até quando se espera.
#[derive(Debug)]
pub struct Fim {
    estado: Estado,
    /// Quanto se espera sem progresso, com a entrada acabada.
    espera: Duration,
    /// A última vez que algo andou.
    progresso: Instant,
    pendentes: u64,
    /// Se a pessoa já pediu para sair.
    pediram: bool,
    despedindo: bool,
}

impl Fim {
    /// Uma conversa que começa agora.
    #[must_use]
    pub fn novo(espera: Duration, agora: Instant) -> Self {
        Self {
            estado: Estado::Aberta,
            espera,
            progresso: agora,
            pendentes: 0,
            pediram: false,
            despedindo: false,
        }
    }

    /// Em que ponto a conversa está.
    #[must_use]
    pub fn estado(&self) -> Estado {
        self.estado
    }

    /// Se ainda se aceita o que a pessoa diz.
    #[must_use]
    pub fn aberta(&self) -> bool {
        self.estado == Estado::Aberta
    }

    /// A despedida começou.
    pub fn despediu_se(&mut self) {
        self.despedindo = true;
    }

    /// Se a despedida já começou.
    #[must_use]
    pub fn despedindo(&self) -> bool {
        self.despedindo
    }

    /// A entrada acabou.
    pub fn entrada_acabou(&mut self, agora: Instant) {
        if self.aberta() {
            self.estado = Estado::Entregando;
            self.progresso = agora;
        }
    }

    /// A pessoa pediu para sair. `false` quando já tinha pedido.
    pub fn pedir(&mut self, agora: Instant) -> bool {
        self.sair_ate(agora + DESPEDIDA);
        !std::mem::replace(&mut self.pediram, true)
    }

    /// Ninguém mais vê o que se mostra.
    pub fn saida_fechou(&mut self, agora: Instant) {
        self.sair_ate(agora + DESPEDIDA);
    }

    /// O outro saiu, e era uma conversa só.
    pub fn o_outro_saiu(&mut self, agora: Instant) {
        self.sair_ate(agora + RESPOSTA);
    }

    fn sair_ate(&mut self, ate: Instant) {
        let ate = match self.estado {
            Estado::Saindo { ate: antes } => antes.min(ate),
            Estado::Aberta | Estado::Entregando => ate,
        };
        self.estado = Estado::Saindo { ate };
    }

    /// Olha se houve progresso: `houve` diz que sim, e uma mudança no que está
    /// pendente também.
    pub fn andou(&mut self, houve: bool, pendentes: u64, agora: Instant) {
        if houve || pendentes != self.pendentes {
            self.progresso = agora;
            self.pendentes = pendentes;
        }
    }

    /// Quando desistir. `entrada_parada` diz que a entrada tem o que dar e não há
    /// lugar: é como se tivesse acabado.
    #[must_use]
    pub fn limite(&self, entrada_parada: bool) -> Option<Instant> {
        match self.estado {
            Estado::Aberta if !entrada_parada => None,
            Estado::Aberta | Estado::Entregando => {
                Some(self.progresso + self.espera)
            }
            Estado::Saindo { ate } => Some(ate),
        }
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const ESPERA: Duration = Duration::from_secs(300);
    const SEGUNDO: Duration = Duration::from_secs(1);

    #[test]
    fn enquanto_a_entrada_da_e_ha_lugar_nao_ha_limite() {
        let agora = Instant::now();
        let fim = Fim::novo(ESPERA, agora);
        assert_eq!(fim.limite(false), None);
        assert_eq!(fim.limite(true), Some(agora + ESPERA));
    }

    #[test]
    fn o_progresso_adia_a_desistencia() {
        let agora = Instant::now();
        let mut fim = Fim::novo(ESPERA, agora);
        fim.entrada_acabou(agora + SEGUNDO);
        assert_eq!(fim.limite(false), Some(agora + SEGUNDO + ESPERA));
        fim.andou(false, 0, agora + 2 * SEGUNDO);
        assert_eq!(fim.limite(false), Some(agora + SEGUNDO + ESPERA));
        fim.andou(false, 7, agora + 3 * SEGUNDO);
        assert_eq!(fim.limite(false), Some(agora + 3 * SEGUNDO + ESPERA));
        fim.andou(true, 7, agora + 4 * SEGUNDO);
        assert_eq!(fim.limite(false), Some(agora + 4 * SEGUNDO + ESPERA));
    }

    #[test]
    fn quem_pede_para_sair_nao_espera_mais_do_que_a_despedida() {
        let agora = Instant::now();
        let mut fim = Fim::novo(ESPERA, agora);
        fim.entrada_acabou(agora);
        assert!(fim.pedir(agora));
        assert_eq!(fim.limite(false), Some(agora + DESPEDIDA));
        assert!(!fim.pedir(agora + SEGUNDO));
        fim.andou(true, 1, agora + SEGUNDO);
        fim.o_outro_saiu(agora + SEGUNDO);
        assert_eq!(fim.limite(false), Some(agora + DESPEDIDA));
    }

    #[test]
    fn pedir_depois_de_o_outro_sair_ainda_e_o_primeiro_pedido() {
        let agora = Instant::now();
        let mut fim = Fim::novo(ESPERA, agora);
        fim.o_outro_saiu(agora);
        assert!(fim.pedir(agora));
        assert_eq!(fim.limite(false), Some(agora + DESPEDIDA));
        fim.entrada_acabou(agora);
        assert!(matches!(fim.estado(), Estado::Saindo { .. }));
    }
}
