//! O que se perdeu, repetiu ou atrasou em UDP, só pelos números dos itens.

/// Quantos números para trás são lembrados. Um item que chega mais atrasado que isso
/// já não se sabe se é novo ou repetido.
const JANELA: usize = 1024;

/// O maior salto que se leva a sério: mais de uma hora sem receber nada de quem
/// manda um milhão de itens por segundo. Um número mais longe que isso só pode ter
/// sido inventado, e aceitá-lo faria parecer velho tudo que viesse depois.
const MAIOR_SALTO: u64 = 1 << 32;

/// O que se sabe de um item que acaba de chegar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chegada {
    /// É o que se esperava.
    EmOrdem,
    /// Antes dele faltam outros, dados por perdidos.
    Buraco {
        /// Quantos.
        perdidos: u64,
    },
    /// Já tinha sido dado por perdido; a conta dos perdidos foi corrigida.
    Atrasado {
        /// Quantos itens de número maior chegaram antes dele; 0 se foi só a
        /// despedida que passou na frente.
        passaram: u64,
    },
    /// Já tinha chegado: não se mostra.
    Repetido,
    /// É tão antigo que não se sabe se já chegou: não se mostra.
    VelhoDemais,
    /// O número salta mais do que é possível: não se mostra, e nada muda.
    Absurdo,
}

/// As contas dos itens de uma sessão do outro lado.
///
/// Ocupa sempre a mesma memória, e cada chegada custa, no máximo, uma passagem pela
/// janela de 1024 números, qualquer que seja o número.
///
/// ```
/// use sockets::chat::perdas::{Chegada, Perdas};
///
/// let mut perdas = Perdas::desde(0);
/// assert_eq!(perdas.chegou(0), Chegada::EmOrdem);
/// assert_eq!(perdas.chegou(3), Chegada::Buraco { perdidos: 2 });
/// assert_eq!(perdas.chegou(1), Chegada::Atrasado { passaram: 1 });
/// assert_eq!(perdas.chegou(3), Chegada::Repetido);
/// assert_eq!(perdas.fim(6), 2); // o 4 e o 5; o 2 já estava na conta
/// assert_eq!(perdas.perdidos(), 3);
/// ```
#[derive(Debug, Clone)]
pub struct Perdas {
    /// O menor número que esta sessão pode mandar.
    inicio: u64,
    /// O que se espera agora: um a mais que o maior que já chegou.
    proximo: u64,
    /// Quais dos últimos [`JANELA`] números antes de `proximo` chegaram; o lugar de
    /// cada um é o resto da divisão por [`JANELA`].
    chegaram: [bool; JANELA],
    recebidos: u64,
    perdidos: u64,
    atrasados: u64,
    repetidos: u64,
}

impl Perdas {
    /// Começa a contar do número que o cumprimento do outro lado anuncia.
    #[must_use]
    pub fn desde(inicio: u64) -> Self {
        Self {
            inicio,
            proximo: inicio,
            chegaram: [false; JANELA],
            recebidos: 0,
            perdidos: 0,
            atrasados: 0,
            repetidos: 0,
        }
    }

    // ANCHOR: chegou
    /// Chegou o item deste número.
    pub fn chegou(&mut self, numero: u64) -> Chegada {
        if numero < self.proximo {
            return self.chegou_depois(numero);
        }
        let Some(perdidos) = self.saltar(numero) else {
            return Chegada::Absurdo;
        };
        // `saltar` recusa o maior número de todos: há sempre um seguinte.
        self.proximo = numero + 1;
        self.marcar(numero, true);
        self.recebidos += 1;
        if perdidos == 0 {
            Chegada::EmOrdem
        } else {
            Chegada::Buraco { perdidos }
        }
    }
    // ANCHOR_END: chegou

    /// O outro lado diz que numerou, ao todo, `enviados` itens. Devolve quantos do
    /// fim não chegaram; da segunda vez em diante, 0. Um total absurdo, ou menor que
    /// o que já se viu, não diz nada: 0.
    pub fn fim(&mut self, enviados: u64) -> u64 {
        if enviados < self.proximo {
            return 0;
        }
        self.saltar(enviados).unwrap_or(0)
    }

    /// Quantos itens foram dados por perdidos e não apareceram depois.
    #[must_use]
    pub fn perdidos(&self) -> u64 {
        self.perdidos
    }

    /// Quantos itens diferentes chegaram.
    #[must_use]
    pub fn recebidos(&self) -> u64 {
        self.recebidos
    }

    /// Quantos itens chegaram depois de outro de número maior.
    #[must_use]
    pub fn atrasados(&self) -> u64 {
        self.atrasados
    }

    /// Quantos itens chegaram de novo.
    #[must_use]
    pub fn repetidos(&self) -> u64 {
        self.repetidos
    }

    /// Passa a esperar `numero`, que não é menor que o esperado, e dá por perdidos os
    /// que ficaram para trás. `None`, sem mudar nada, se o salto é absurdo.
    fn saltar(&mut self, numero: u64) -> Option<u64> {
        let perdidos = numero - self.proximo;
        if perdidos > MAIOR_SALTO || numero == u64::MAX {
            return None;
        }
        let esquecer = numero.saturating_sub(JANELA as u64).max(self.proximo);
        for perdido in esquecer..numero {
            self.marcar(perdido, false);
        }
        self.proximo = numero;
        self.perdidos += perdidos;
        Some(perdidos)
    }

    // ANCHOR: depois
    /// Chegou um item menor que o esperado.
    fn chegou_depois(&mut self, numero: u64) -> Chegada {
        if numero < self.inicio || self.proximo - numero > JANELA as u64 {
            return Chegada::VelhoDemais;
        }
        if self.chegou_antes(numero) {
            self.repetidos += 1;
            return Chegada::Repetido;
        }
        self.marcar(numero, true);
        self.perdidos -= 1;
        self.recebidos += 1;
        self.atrasados += 1;
        let passaram =
            (numero + 1..self.proximo).filter(|n| self.chegou_antes(*n));
        Chegada::Atrasado {
            passaram: passaram.count() as u64,
        }
    }
    // ANCHOR_END: depois

    fn chegou_antes(&self, numero: u64) -> bool {
        self.chegaram[lugar(numero)]
    }

    fn marcar(&mut self, numero: u64, chegou: bool) {
        self.chegaram[lugar(numero)] = chegou;
    }
}

/// O lugar de um número na janela.
#[expect(clippy::cast_possible_truncation, reason = "é menor que a janela")]
fn lugar(numero: u64) -> usize {
    (numero % JANELA as u64) as usize
}

#[cfg(test)]
mod testes {
    use super::*;

    const JANELA: u64 = super::JANELA as u64;

    #[test]
    fn um_numero_inventado_nao_muda_nada() {
        let mut perdas = Perdas::desde(5);
        assert_eq!(perdas.chegou(5), Chegada::EmOrdem);
        for numero in [u64::MAX, u64::MAX - 1, 7 + MAIOR_SALTO] {
            assert_eq!(perdas.chegou(numero), Chegada::Absurdo);
            assert_eq!(perdas.fim(numero), 0);
        }
        assert_eq!(perdas.chegou(6), Chegada::EmOrdem);
        assert_eq!(perdas.perdidos(), 0);
    }

    #[test]
    fn o_maior_salto_conta_e_o_que_ficou_para_tras_e_velho() {
        let mut perdas = Perdas::desde(0);
        assert_eq!(
            perdas.chegou(MAIOR_SALTO),
            Chegada::Buraco {
                perdidos: MAIOR_SALTO
            }
        );
        assert_eq!(perdas.chegou(0), Chegada::VelhoDemais);
        assert_eq!(
            perdas.chegou(MAIOR_SALTO - 1),
            Chegada::Atrasado { passaram: 1 }
        );
        assert_eq!(perdas.perdidos(), MAIOR_SALTO - 1);
    }

    #[test]
    fn a_janela_acaba_onde_diz() {
        let mut perdas = Perdas::desde(0);
        perdas.chegou(JANELA);
        assert_eq!(perdas.chegou(0), Chegada::VelhoDemais);
        assert_eq!(perdas.chegou(1), Chegada::Atrasado { passaram: 1 });
        assert_eq!(perdas.chegou(1), Chegada::Repetido);
    }

    #[test]
    fn o_que_e_de_antes_do_cumprimento_e_velho() {
        let mut perdas = Perdas::desde(10);
        assert_eq!(perdas.chegou(9), Chegada::VelhoDemais);
        assert_eq!(perdas.chegou(12), Chegada::Buraco { perdidos: 2 });
        assert_eq!(perdas.chegou(9), Chegada::VelhoDemais);
        assert_eq!(perdas.chegou(10), Chegada::Atrasado { passaram: 1 });
    }

    #[test]
    fn a_cauda_so_e_contada_uma_vez() {
        let mut perdas = Perdas::desde(0);
        perdas.chegou(0);
        assert_eq!(perdas.fim(3), 2);
        assert_eq!(perdas.fim(3), 0);
        assert_eq!(perdas.fim(1), 0);
        assert_eq!(perdas.chegou(2), Chegada::Atrasado { passaram: 0 });
        assert_eq!((perdas.perdidos(), perdas.recebidos()), (1, 2));
        assert_eq!((perdas.atrasados(), perdas.repetidos()), (1, 0));
    }

    #[test]
    fn o_ultimo_dos_numeros_nao_estoura() {
        let mut perdas = Perdas::desde(u64::MAX - 1);
        assert_eq!(perdas.chegou(u64::MAX - 1), Chegada::EmOrdem);
        assert_eq!(perdas.chegou(u64::MAX), Chegada::Absurdo);
        assert_eq!(perdas.chegou(u64::MAX - 1), Chegada::Repetido);
        assert_eq!(Perdas::desde(u64::MAX).chegou(0), Chegada::VelhoDemais);
    }
}
