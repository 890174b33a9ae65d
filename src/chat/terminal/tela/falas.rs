//! As linhas da conversa: as que ainda vão aparecer e as últimas que apareceram.

use std::collections::VecDeque;
use std::mem;

use super::linha::{Linha, Quem};

/// Quantas linhas se guardam para desenhar de novo a tela quando ela muda de
/// tamanho: as de uma tela bem alta.
const LEMBRADAS: usize = 200;

/// O que chega como continuação de uma linha se junta a ela até este tamanho, em
/// bytes; depois começa outra. É o que limita a memória de quem ouve uma linha sem
/// fim.
const MAIOR_FALA: usize = 16 * 1024;

/// Em que pé está a última linha do outro.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Fala {
    #[default]
    Inteira,
    /// O resto ainda não chegou, e ela é a última das novas.
    Aberta,
    /// O resto ainda não chegou, e ela já foi mostrada ou outra veio depois.
    Interrompida,
}

/// As linhas da conversa.
#[derive(Debug, Default)]
pub(super) struct Falas {
    novas: Vec<Linha>,
    mostradas: VecDeque<Linha>,
    fala: Fala,
}

impl Falas {
    /// Se há linhas por mostrar.
    pub(super) fn ha_novas(&self) -> bool {
        !self.novas.is_empty()
    }

    /// Uma linha que não é do outro.
    pub(super) fn dizer(&mut self, linha: Linha) {
        self.interromper();
        self.novas.push(linha);
    }

    /// Um texto do outro, que pode ser o resto do anterior.
    pub(super) fn ouvir(
        &mut self,
        hora: &str,
        nome: &str,
        texto: &str,
        continua: bool,
    ) {
        let cabe = self
            .novas
            .last()
            .is_some_and(|linha| linha.tamanho() < MAIOR_FALA);
        if self.fala == Fala::Aberta && !cabe {
            self.interromper();
        }
        match (self.fala, self.novas.last_mut()) {
            (Fala::Aberta, Some(linha)) => linha.continuar(texto),
            (fala, _) => {
                let mut linha = Linha::fala(hora, nome, Quem::OOutro);
                if fala == Fala::Interrompida {
                    linha.continuar("…");
                }
                linha.continuar(texto);
                self.novas.push(linha);
            }
        }
        self.fala = if continua {
            Fala::Aberta
        } else {
            Fala::Inteira
        };
    }

    /// Tira as linhas novas, que vão ser mostradas agora.
    pub(super) fn tirar_novas(&mut self) -> Vec<Linha> {
        self.interromper();
        mem::take(&mut self.novas)
    }

    /// Guarda linhas que foram mostradas.
    pub(super) fn lembrar(&mut self, linhas: Vec<Linha>) {
        let demais = linhas.len().saturating_sub(LEMBRADAS);
        self.mostradas.extend(linhas.into_iter().skip(demais));
        let velhas = self.mostradas.len().saturating_sub(LEMBRADAS);
        self.mostradas.drain(..velhas);
    }

    /// As últimas linhas mostradas que cabem em uma tela deste tamanho, e quantos
    /// pedaços da primeira não cabem.
    pub(super) fn que_cabem(
        &self,
        largura: usize,
        altura: usize,
    ) -> (Vec<Linha>, usize) {
        let mut ocupam = 0;
        let cabem = self.mostradas.iter().rev().take_while(|linha| {
            let ainda_cabe = ocupam < altura;
            if ainda_cabe {
                ocupam += linha.quebrar(largura).len();
            }
            ainda_cabe
        });
        let primeira = self.mostradas.len() - cabem.count();
        let linhas = self.mostradas.range(primeira..).cloned().collect();
        (linhas, ocupam.saturating_sub(altura))
    }

    fn interromper(&mut self) {
        if self.fala == Fala::Aberta {
            self.fala = Fala::Interrompida;
        }
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const HORA: &str = "14:03:11";

    fn textos(linhas: &[Linha]) -> Vec<&str> {
        linhas.iter().map(|linha| &linha.texto()[11..]).collect()
    }

    #[test]
    fn o_resto_de_uma_linha_se_junta_a_ela_enquanto_nada_vem_no_meio() {
        let mut falas = Falas::default();
        falas.ouvir(HORA, "Bia", "a", true);
        falas.ouvir(HORA, "Bia", "b", true);
        assert_eq!(textos(&falas.tirar_novas()), ["Bia: ab"]);
        falas.ouvir(HORA, "Bia", "c", true);
        Linha::aviso(HORA, "x").for_each(|linha| falas.dizer(linha));
        falas.ouvir(HORA, "Bia", "d", false);
        falas.ouvir(HORA, "Bia", "e", false);
        let novas = falas.tirar_novas();
        assert_eq!(textos(&novas), ["Bia: …c", "* x", "Bia: …d", "Bia: e"]);
    }

    #[test]
    fn uma_linha_sem_fim_vira_varias() {
        let mut falas = Falas::default();
        for _ in 0..100 {
            falas.ouvir(HORA, "Bia", &"x".repeat(1000), true);
        }
        let novas = falas.tirar_novas();
        assert!(novas.len() > 1);
        assert!(novas.iter().all(|linha| linha.tamanho() < 2 * MAIOR_FALA));
    }

    #[test]
    fn so_se_lembram_as_ultimas_e_so_se_redesenham_as_que_cabem() {
        let mut falas = Falas::default();
        for leva in 0..3 {
            for numero in 0..LEMBRADAS {
                falas.ouvir(HORA, "Bia", &format!("{leva} {numero}"), false);
            }
            let novas = falas.tirar_novas();
            falas.lembrar(novas);
        }
        assert_eq!(falas.mostradas.len(), LEMBRADAS);
        let (cabem, sobram) = falas.que_cabem(80, 2);
        assert_eq!(textos(&cabem), ["Bia: 2 198", "Bia: 2 199"]);
        assert_eq!(sobram, 0);
        // Cada uma ocupa duas linhas de doze colunas.
        let (cabem, sobram) = falas.que_cabem(12, 5);
        assert_eq!((cabem.len(), sobram), (3, 1));
        assert_eq!(falas.que_cabem(12, 0).0.len(), 0);
    }
}
