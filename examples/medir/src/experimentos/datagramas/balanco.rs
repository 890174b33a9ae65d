//! A conta que tem de fechar: o que a aplicação perdeu é o que o caminho derrubou mais
//! o que o buffer do receptor não guardou, ao pacote.

use crate::caminho::{Contas, ContasDoSentido};
use crate::experimentos::latencia::do_caminho;

/// O que a aplicação contou e o que os outros dizem que aconteceu.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balanco {
    /// Datagramas que o emissor mandou.
    pub enviados: u64,
    /// Os que chegaram pelo menos uma vez.
    pub unicos: u64,
    /// Cópias a mais que chegaram.
    pub duplicados: u64,
    /// Os que chegaram depois de um de número maior (RFC 4737).
    pub fora_de_ordem: u64,
    /// O que o caminho diz que fez, na ida.
    pub ida: ContasDoSentido,
    /// Os que o núcleo do servidor jogou fora por falta de lugar no buffer do socket
    /// (`RcvbufErrors`).
    pub sem_buffer: u64,
}

impl Balanco {
    /// Os que não chegaram nenhuma vez.
    #[must_use]
    pub fn perdidos(&self) -> u64 {
        self.enviados.saturating_sub(self.unicos)
    }

    /// Se tudo o que saiu do emissor tem destino conhecido.
    ///
    /// Com o buffer sempre folgado, cada número fecha sozinho. Quando ele enche, não se
    /// sabe se o que se perdeu nele era a primeira vez ou a cópia de um duplicado: fecha
    /// só a soma.
    #[must_use]
    // ANCHOR: fecha
    pub fn fecha(&self) -> bool {
        let ida = &self.ida;
        let entrou_tudo = ida.entraram == self.enviados;
        let no_caminho = ida.derrubados + ida.sem_lugar + ida.falhas;
        let tudo_tem_destino =
            self.unicos + self.duplicados + self.sem_buffer + no_caminho
                == self.enviados + ida.duplicados;
        let cada_um = self.sem_buffer > 0
            || (self.perdidos() == no_caminho
                && self.duplicados == ida.duplicados
                && self.fora_de_ordem == ida.reordenados);
        entrou_tudo && tudo_tem_destino && cada_um
    }
    // ANCHOR_END: fecha

    /// O que invalida o número, uma frase para cada coisa.
    #[must_use]
    pub fn ressalvas(&self) -> Vec<String> {
        let mut ressalvas = do_caminho(&Contas {
            ida: self.ida,
            ..Contas::default()
        });
        if !self.fecha() {
            ressalvas.push("a conta não fecha".into());
        }
        ressalvas
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn quieto() -> Balanco {
        Balanco {
            enviados: 1000,
            unicos: 940,
            duplicados: 30,
            fora_de_ordem: 7,
            ida: ContasDoSentido {
                entraram: 1000,
                sairam: 970,
                derrubados: 50,
                sem_lugar: 10,
                duplicados: 30,
                reordenados: 7,
                ..ContasDoSentido::default()
            },
            sem_buffer: 0,
        }
    }

    #[test]
    fn fecha_quando_tudo_tem_destino() {
        let conta = quieto();
        assert_eq!(conta.perdidos(), 60);
        assert!(conta.fecha());
        assert!(conta.ressalvas().is_empty());
    }

    #[test]
    fn um_pacote_a_mais_ou_a_menos_em_qualquer_parte_nao_fecha() {
        type Mexer = fn(&mut Balanco);
        let mexidas: [Mexer; 8] = [
            |c| c.unicos += 1,
            |c| c.unicos -= 1,
            |c| c.duplicados += 1,
            |c| c.fora_de_ordem += 1,
            |c| c.ida.derrubados += 1,
            |c| c.ida.sem_lugar -= 1,
            |c| c.ida.entraram += 1,
            |c| c.sem_buffer += 1,
        ];
        for (qual, mexer) in mexidas.into_iter().enumerate() {
            let mut conta = quieto();
            mexer(&mut conta);
            assert!(!conta.fecha(), "mexida {qual}");
            assert_eq!(conta.ressalvas(), ["a conta não fecha"]);
        }
    }

    #[test]
    fn trocar_um_perdido_por_uma_copia_a_mais_nao_engana() {
        let mut conta = quieto();
        conta.unicos -= 1;
        conta.duplicados += 1;
        assert!(!conta.fecha());
    }

    #[test]
    fn com_o_buffer_cheio_fecha_a_soma() {
        let mut conta = quieto();
        conta.unicos -= 100;
        conta.duplicados -= 5;
        conta.sem_buffer = 105;
        assert!(conta.fecha());
        conta.sem_buffer -= 1;
        assert!(!conta.fecha());
    }

    #[test]
    fn o_que_o_emulador_perdeu_e_dito() {
        let mut conta = quieto();
        conta.ida.falhas = 3;
        conta.ida.derrubados -= 3;
        assert!(conta.fecha());
        conta.ida.grandes = 2;
        let ressalvas = conta.ressalvas();
        assert!(ressalvas[0].contains("perdeu 3"), "{ressalvas:?}");
        assert!(ressalvas[1].contains("2 quadros"), "{ressalvas:?}");
    }
}
