//! O que já foi digitado, para digitar de novo com as setas.

use std::collections::VecDeque;

/// Quantas linhas se lembram.
const LEMBRADAS: usize = 100;

/// As linhas já mandadas, da mais velha à mais nova.
#[derive(Debug, Default)]
pub(super) struct Historico {
    linhas: VecDeque<String>,
    /// Em que linha a pessoa está, se voltou a alguma.
    lugar: Option<usize>,
    /// O que ela digitava antes de voltar.
    rascunho: String,
}

impl Historico {
    /// Lembra de uma linha, que passa a ser a última. A mesma duas vezes seguidas
    /// conta uma.
    pub(super) fn lembrar(&mut self, linha: &str) {
        self.lugar = None;
        if self.linhas.back().is_none_or(|ultima| ultima != linha) {
            self.linhas.push_back(linha.to_string());
        }
        if self.linhas.len() > LEMBRADAS {
            self.linhas.pop_front();
        }
    }

    /// A linha anterior à que está no campo, que fica guardada se ainda não é do
    /// histórico. `None` quando não há outra mais velha.
    pub(super) fn anterior(&mut self, no_campo: &str) -> Option<&str> {
        let lugar = match self.lugar {
            None => {
                self.rascunho = no_campo.to_string();
                self.linhas.len().checked_sub(1)?
            }
            Some(lugar) => lugar.checked_sub(1)?,
        };
        self.lugar = Some(lugar);
        self.linhas.get(lugar).map(String::as_str)
    }

    /// A linha seguinte; depois da última, o que se digitava. `None` quando a pessoa
    /// não tinha voltado a nenhuma.
    pub(super) fn seguinte(&mut self) -> Option<&str> {
        let lugar = self.lugar? + 1;
        self.lugar = Some(lugar).filter(|lugar| *lugar < self.linhas.len());
        match self.lugar {
            Some(lugar) => self.linhas.get(lugar).map(String::as_str),
            None => Some(&self.rascunho),
        }
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn as_setas_andam_pelas_linhas_e_voltam_ao_rascunho() {
        let mut historico = Historico::default();
        historico.lembrar("um");
        historico.lembrar("dois");
        historico.lembrar("dois");
        assert_eq!(historico.seguinte(), None);
        assert_eq!(historico.anterior("rasc"), Some("dois"));
        assert_eq!(historico.anterior("dois"), Some("um"));
        assert_eq!(historico.anterior("um"), None);
        assert_eq!(historico.seguinte(), Some("dois"));
        assert_eq!(historico.seguinte(), Some("rasc"));
        assert_eq!(historico.seguinte(), None);
    }

    #[test]
    fn sem_linhas_nao_ha_anterior() {
        let mut historico = Historico::default();
        assert_eq!(historico.anterior("x"), None);
        assert_eq!(historico.seguinte(), None);
    }

    #[test]
    fn so_se_lembram_as_ultimas() {
        let mut historico = Historico::default();
        for numero in 0..LEMBRADAS + 3 {
            historico.lembrar(&numero.to_string());
        }
        let mut voltadas = 0;
        while historico.anterior("").is_some() {
            voltadas += 1;
        }
        assert_eq!(voltadas, LEMBRADAS);
        assert_eq!(historico.seguinte(), Some("4"));
    }
}
