//! O que a pessoa digitou, da leitura até haver lugar no transporte.

use std::collections::VecDeque;

use crate::chat::linhas::{Linhas, Pedaco, cortar};
use crate::chat::protocolo::Item;

/// Quanto texto, em bytes, espera por lugar no transporte. Uma pessoa só chega aqui
/// colando: o que passa disso não é aceito, em vez de travar quem digita.
const MAIOR_FILA: usize = 1 << 20;

/// A maior linha que se digita, em bytes. Os terminais param muito antes; uma maior
/// vira duas.
const MAIOR_LINHA: usize = 64 * 1024;

/// Algo a mandar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dito {
    /// Uma linha, de qualquer tamanho.
    Texto(String),
    /// O nome novo.
    Nome(String),
}

/// As linhas da pessoa, inteiras, a partir dos blocos que a entrada dá.
#[derive(Debug, Default)]
pub struct Leitura {
    linhas: Linhas,
    linha: String,
}

impl Leitura {
    /// As linhas que acabam neste bloco.
    pub fn entrar(&mut self, bloco: &[u8]) -> Vec<String> {
        self.linhas.entrar(bloco);
        self.prontas()
    }

    /// A linha que ficou sem quebra.
    pub fn acabar(&mut self) -> Vec<String> {
        self.linhas.acabar();
        self.prontas()
    }

    /// Se algum byte não era UTF-8. Só se diz uma vez, por mais que se pergunte.
    pub fn estragou(&mut self) -> bool {
        self.linhas.estragou()
    }

    fn prontas(&mut self) -> Vec<String> {
        let mut prontas = Vec::new();
        while let Some(Pedaco { texto, continua }) = self.linhas.proximo() {
            self.linha.push_str(texto);
            if !continua || self.linha.len() >= MAIOR_LINHA {
                prontas.push(std::mem::take(&mut self.linha));
            }
        }
        prontas
    }
}

/// O que espera por lugar no transporte, na ordem em que foi dito.
#[derive(Debug, Default)]
pub struct Fila {
    ditos: VecDeque<Dito>,
    /// Quantos bytes os textos somam.
    tamanho: usize,
    /// Quantos bytes do primeiro texto já foram.
    usado: usize,
}

impl Fila {
    /// Põe no fim. Devolve o que não cabe.
    ///
    /// # Errors
    /// O próprio `dito`, quando já se espera demais.
    pub fn por(&mut self, dito: Dito) -> Result<(), Dito> {
        let tamanho = tamanho(&dito);
        if !self.ditos.is_empty() && self.tamanho + tamanho > MAIOR_FILA {
            return Err(dito);
        }
        self.tamanho += tamanho;
        self.ditos.push_back(dito);
        Ok(())
    }

    /// Se não há nada à espera.
    #[must_use]
    pub fn vazia(&self) -> bool {
        self.ditos.is_empty()
    }

    /// Passa o primeiro item a `guardar`, que diz que número ele teve. Quando é o
    /// último de um dito, devolve o número e o dito, que já não espera.
    pub fn passar(
        &mut self,
        guardar: impl FnOnce(Item<'_>) -> u64,
    ) -> Option<(u64, Dito)> {
        let numero = match self.ditos.front()? {
            Dito::Nome(nome) => guardar(Item::Nome(nome)),
            Dito::Texto(linha) => {
                let (pedaco, _) = cortar(&linha[self.usado..]);
                let Pedaco { texto, continua } = pedaco;
                let numero = guardar(Item::Texto { texto, continua });
                if continua {
                    self.usado += texto.len();
                    return None;
                }
                numero
            }
        };
        self.usado = 0;
        self.tirar().map(|dito| (numero, dito))
    }

    /// Tira o primeiro dito; de um texto de que uma parte já foi, só o resto.
    pub fn tirar(&mut self) -> Option<Dito> {
        let mut dito = self.ditos.pop_front()?;
        self.tamanho -= tamanho(&dito);
        if let Dito::Texto(linha) = &mut dito {
            linha.drain(..std::mem::take(&mut self.usado));
        }
        Some(dito)
    }
}

fn tamanho(dito: &Dito) -> usize {
    match dito {
        Dito::Texto(texto) | Dito::Nome(texto) => texto.len(),
    }
}

#[cfg(test)]
mod testes {
    use super::*;
    use crate::chat::protocolo::MAIOR_TEXTO;

    fn texto(tamanho: usize) -> Dito {
        Dito::Texto("a".repeat(tamanho))
    }

    #[test]
    fn um_bloco_da_as_linhas_que_acabam_nele() {
        let mut leitura = Leitura::default();
        assert_eq!(leitura.entrar(b"um\ndo"), ["um"]);
        assert_eq!(leitura.entrar(b"is\r\n\ntr"), ["dois", ""]);
        assert_eq!(leitura.acabar(), ["tr"]);
        assert!(leitura.acabar().is_empty());
    }

    #[test]
    fn uma_linha_grande_sai_inteira_ate_certo_ponto() {
        let mut leitura = Leitura::default();
        let linha = "é".repeat(5000);
        assert_eq!(leitura.entrar(format!("{linha}\n").as_bytes()), [linha]);
        let sem_fim = vec![b'a'; 3 * MAIOR_LINHA];
        let prontas = leitura.entrar(&sem_fim);
        assert!(prontas.len() > 1);
        assert!(prontas.iter().all(|p| p.len() < MAIOR_LINHA + MAIOR_TEXTO));
    }

    #[test]
    fn cada_dito_sai_na_ordem_com_o_numero_do_ultimo_item() {
        let mut fila = Fila::default();
        fila.por(texto(2500)).unwrap();
        fila.por(Dito::Nome("Bia".into())).unwrap();
        let mut itens = Vec::new();
        let mut saidos = Vec::new();
        while !fila.vazia() {
            saidos.extend(fila.passar(|item| {
                itens.push(match item {
                    Item::Texto { texto, continua } => (texto.len(), continua),
                    Item::Nome(nome) => (nome.len(), false),
                });
                itens.len() as u64
            }));
        }
        assert_eq!(
            itens,
            [(1000, true), (1000, true), (500, false), (3, false)]
        );
        assert_eq!(saidos, [(3, texto(2500)), (4, Dito::Nome("Bia".into()))]);
        assert_eq!(fila.passar(|_| 0), None);
    }

    #[test]
    fn de_um_texto_que_foi_em_parte_so_resta_o_resto() {
        let mut fila = Fila::default();
        fila.por(texto(2500)).unwrap();
        assert_eq!(fila.passar(|_| 0), None);
        assert_eq!(fila.tirar(), Some(texto(1500)));
        fila.por(texto(7)).unwrap();
        assert_eq!(fila.tirar(), Some(texto(7)));
        assert_eq!(fila.tirar(), None);
    }

    #[test]
    fn a_fila_tem_um_limite_e_esquece_o_que_saiu() {
        let mut fila = Fila::default();
        for _ in 0..3 {
            fila.por(texto(MAIOR_FILA)).unwrap();
            assert_eq!(fila.por(texto(1)), Err(texto(1)));
            fila.tirar();
        }
        for _ in 0..10 {
            fila.por(texto(MAIOR_FILA / 10)).unwrap();
        }
        assert!(fila.por(texto(MAIOR_FILA / 10)).is_err());
    }
}
