//! Despedir-se por um caminho que perde: o TCHAU se repete até vir o ATÉ LOGO, e
//! quem respondeu fica mais um pouco, para o caso de a resposta ter se perdido.
//!
//! Certeza não há: quem manda a última mensagem nunca sabe se ela chegou. No UDP
//! confiável isso já não custa nada, porque o TCHAU só vai depois de tudo estar
//! confirmado.
//!
//! Uma máquina pura, uma por programa. As duas despedidas, a nossa e a do outro,
//! podem se cruzar: uma não espera pela outra.

use std::time::{Duration, Instant};

/// A nossa despedida.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nossa {
    /// Ninguém quer sair.
    Nenhuma,
    /// A pessoa quer sair, e falta mandar alguma coisa.
    Pedida,
    /// TCHAU repetido, até vir a resposta.
    Dizendo { restam: u32, proximo: Instant },
    /// Nada mais a dizer. O outro ainda pode repetir o TCHAU dele.
    Ouvindo { ate: Instant },
    /// O programa pode acabar.
    Feita,
}

/// A despedida do outro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dele {
    /// Não se despediu.
    Nenhuma,
    /// Disse TCHAU; ainda lhe mandamos o que faltava.
    Ouvida,
    /// Respondemos ATÉ LOGO.
    Respondida,
}

/// As duas despedidas de uma conversa.
#[derive(Debug)]
pub struct Despedida {
    nossa: Nossa,
    dele: Dele,
    /// Entre um TCHAU e o próximo.
    pausa: Duration,
    /// Quantos TCHAUs vão sem que nada aconteça.
    maximo: u32,
    /// Até quando um TCHAU repetido pode vir.
    atento: Instant,
}

impl Despedida {
    /// Nenhuma das duas começou. Vão até `maximo` TCHAUs, um a cada `pausa`.
    #[must_use]
    pub fn nova(pausa: Duration, maximo: u32, agora: Instant) -> Self {
        Self {
            nossa: Nossa::Nenhuma,
            dele: Dele::Nenhuma,
            pausa,
            maximo,
            atento: agora,
        }
    }

    /// A conversa é com outra sessão, que não se despediu.
    pub fn outra_conversa(&mut self) {
        self.dele = Dele::Nenhuma;
    }

    /// A pessoa quer sair.
    pub fn pedir(&mut self) {
        if self.nossa == Nossa::Nenhuma {
            self.nossa = Nossa::Pedida;
        }
    }

    /// Se a pessoa quer sair e ainda não se disse TCHAU.
    #[must_use]
    pub fn pedida(&self) -> bool {
        self.nossa == Nossa::Pedida
    }

    /// Se o TCHAU está sendo repetido.
    #[must_use]
    pub fn dizendo(&self) -> bool {
        matches!(self.nossa, Nossa::Dizendo { .. })
    }

    /// Se já se disse TCHAU, ou não foi preciso: não se começa conversa nenhuma.
    #[must_use]
    pub fn saindo(&self) -> bool {
        !matches!(self.nossa, Nossa::Nenhuma | Nossa::Pedida)
    }

    /// Se o programa pode acabar.
    #[must_use]
    pub fn feita(&self) -> bool {
        self.nossa == Nossa::Feita
    }

    // ANCHOR: dizer
    /// Tudo que havia a mandar está mandado: começa o TCHAU.
    pub fn dizer(&mut self, agora: Instant) {
        self.nossa = Nossa::Dizendo {
            restam: self.maximo,
            proximo: agora,
        };
    }

    /// Se está na hora de mandar TCHAU. Depois do último, o silêncio é a resposta.
    pub fn hora_do_tchau(&mut self, agora: Instant) -> bool {
        let Nossa::Dizendo { restam, proximo } = self.nossa else {
            return false;
        };
        if agora < proximo {
            return false;
        }
        if restam == 0 {
            self.terminar(agora);
            return false;
        }
        self.nossa = Nossa::Dizendo {
            restam: restam - 1,
            proximo: agora + self.pausa,
        };
        true
    }
    // ANCHOR_END: dizer

    /// O outro ainda manda o que faltava: vale a pena continuar.
    pub fn progrediu(&mut self) {
        if let Nossa::Dizendo { restam, .. } = &mut self.nossa {
            *restam = self.maximo;
        }
    }

    /// Chegou ATÉ LOGO. `true` se era esperado.
    pub fn respondida(&mut self, agora: Instant) -> bool {
        let esperado = self.dizendo();
        if esperado {
            self.terminar(agora);
        }
        esperado
    }

    // ANCHOR: terminar
    /// Não há mais nada a dizer. Se respondemos a um TCHAU há pouco, ou ainda vamos
    /// responder, a resposta pode se perder e ele se repetir: espera-se por isso.
    pub fn terminar(&mut self, agora: Instant) {
        self.nossa = if self.deve_resposta() {
            Nossa::Ouvindo {
                ate: agora + 2 * self.pausa,
            }
        } else if agora < self.atento {
            Nossa::Ouvindo { ate: self.atento }
        } else {
            Nossa::Feita
        };
    }
    // ANCHOR_END: terminar

    /// Chegou TCHAU. `true` da primeira vez.
    pub fn ouvir(&mut self) -> bool {
        let primeira = self.dele == Dele::Nenhuma;
        if primeira {
            self.dele = Dele::Ouvida;
        }
        primeira
    }

    /// Se o outro disse TCHAU.
    #[must_use]
    pub fn ouvida(&self) -> bool {
        self.dele != Dele::Nenhuma
    }

    /// Se devemos um ATÉ LOGO, assim que o outro tiver o que faltava.
    #[must_use]
    pub fn deve_resposta(&self) -> bool {
        self.dele == Dele::Ouvida
    }

    /// Mandamos ATÉ LOGO.
    pub fn responder(&mut self, agora: Instant) {
        self.dele = Dele::Respondida;
        self.atento = agora + 2 * self.pausa;
        if let Nossa::Ouvindo { ate } = &mut self.nossa {
            *ate = self.atento;
        }
    }

    /// Faz o que já está na hora, menos mandar TCHAU.
    pub fn despertar(&mut self, agora: Instant) {
        if matches!(self.nossa, Nossa::Ouvindo { ate } if agora >= ate) {
            self.nossa = Nossa::Feita;
        }
    }

    /// Quando há algo a fazer.
    #[must_use]
    pub fn proximo_prazo(&self) -> Option<Instant> {
        match self.nossa {
            Nossa::Dizendo { proximo, .. } => Some(proximo),
            Nossa::Ouvindo { ate } => Some(ate),
            _ => None,
        }
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const PAUSA: Duration = Duration::from_millis(200);

    fn nova() -> (Despedida, Instant) {
        let agora = Instant::now();
        (Despedida::nova(PAUSA, 10, agora), agora)
    }

    #[test]
    fn o_tchau_se_repete_dez_vezes_e_entao_o_silencio_basta() {
        let (mut despedida, zero) = nova();
        despedida.pedir();
        despedida.dizer(zero);
        for vez in 0..10 {
            let agora = zero + vez * PAUSA;
            assert!(despedida.hora_do_tchau(agora));
            assert!(!despedida.hora_do_tchau(agora));
            assert_eq!(despedida.proximo_prazo(), Some(agora + PAUSA));
        }
        assert!(!despedida.feita());
        assert!(!despedida.hora_do_tchau(zero + 10 * PAUSA));
        assert!(despedida.feita());
    }

    #[test]
    fn a_resposta_acaba_a_despedida_de_quem_nada_deve() {
        let (mut despedida, zero) = nova();
        assert!(!despedida.respondida(zero), "ninguém se despediu ainda");
        despedida.dizer(zero);
        assert!(despedida.respondida(zero));
        assert!(despedida.feita());
        assert!(!despedida.respondida(zero), "só a primeira conta");
    }

    #[test]
    fn quem_respondeu_espera_por_um_tchau_repetido() {
        let (mut despedida, zero) = nova();
        assert!(despedida.ouvir());
        despedida.responder(zero);
        despedida.pedir();
        despedida.terminar(zero);
        assert!(!despedida.feita());
        assert!(!despedida.ouvir(), "repetido");
        despedida.responder(zero + PAUSA);
        despedida.despertar(zero + 2 * PAUSA);
        assert!(!despedida.feita());
        despedida.despertar(zero + 3 * PAUSA);
        assert!(despedida.feita());
    }

    #[test]
    fn as_duas_despedidas_se_cruzam_sem_esperar_uma_pela_outra() {
        let (mut despedida, zero) = nova();
        despedida.dizer(zero);
        assert!(despedida.hora_do_tchau(zero));
        assert!(despedida.ouvir());
        assert!(despedida.deve_resposta());
        despedida.responder(zero);
        assert!(despedida.dizendo());
        assert!(despedida.respondida(zero + PAUSA));
        despedida.despertar(zero + 2 * PAUSA);
        assert!(despedida.feita());
    }
}
