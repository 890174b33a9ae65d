//! O que chegou a quem mede: a conta de cada número, sem confiar em quem manda.

use std::fmt;

use super::estatistica::{Intervalo, Variacao, wilson};

/// O maior total que se conta: 134 milhões de pacotes, que ocupam 16 MiB. A cem mil por
/// segundo, são vinte e dois minutos.
pub const MAIOR_TOTAL: u64 = 1 << 27;

/// O total pedido passa de [`MAIOR_TOTAL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TotalGrande(
    /// O total que se pediu.
    pub u64,
);

impl fmt::Display for TotalGrande {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "não dá para contar {} pacotes: cada um ocupa um bit, e o limite é \
             de {MAIOR_TOTAL}; meça em partes",
            self.0
        )
    }
}

impl std::error::Error for TotalGrande {}

/// O que se sabe de um pacote que acaba de chegar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chegada {
    /// É novo, e nenhum de número maior chegou antes.
    EmOrdem,
    /// É novo, mas um de número maior o ultrapassou.
    Ultrapassada,
    /// Já tinha chegado: não conta de novo.
    Repetida,
    /// O número não é de nenhum dos que foram mandados: alguém mente, ou é de outra
    /// medição.
    ForaDoIntervalo,
}

/// A conta dos pacotes de números 0 a `total` − 1 que o emissor mandou.
///
/// O denominador da perda é o que o emissor mandou, e não o maior número que se viu:
/// os últimos que se perdem também se perderam. Um pacote que chega duas vezes conta
/// uma, e não esconde a falta de outro.
///
/// Cada chegada cai em exatamente uma das contas: únicos, repetidos ou fora do intervalo. A memória é de um bit por número, pedida de uma vez.
///
/// ```
/// use sockets::medir::contagem::{Chegada, Contagem};
///
/// let mut contagem = Contagem::nova(5)?;
/// assert_eq!(contagem.chegou(0, 100), Chegada::EmOrdem);
/// assert_eq!(contagem.chegou(2, 100), Chegada::EmOrdem);
/// assert_eq!(contagem.chegou(1, 140), Chegada::Ultrapassada);
/// assert_eq!(contagem.chegou(1, 150), Chegada::Repetida);
/// assert_eq!(contagem.perdidos(), 2); // o 3 e o 4, que ninguém viu faltar
/// # Ok::<(), sockets::medir::contagem::TotalGrande>(())
/// ```
#[derive(Debug, Clone)]
pub struct Contagem {
    total: u64,
    /// O bit `n % 64` da palavra `n / 64` diz se o número `n` já chegou.
    chegaram: Vec<u64>,
    /// Um a mais que o maior que chegou no prazo: o `NextExp` da RFC 4737.
    proximo: u64,
    unicos: u64,
    repetidos: u64,
    ultrapassados: u64,
    fora_do_intervalo: u64,
    variacao: Variacao,
}

impl Contagem {
    /// A conta de `total` pacotes, de números 0 a `total` − 1.
    ///
    /// # Errors
    /// [`TotalGrande`] quando passa de [`MAIOR_TOTAL`].
    pub fn nova(total: u64) -> Result<Self, TotalGrande> {
        if total > MAIOR_TOTAL {
            return Err(TotalGrande(total));
        }
        let (palavras, _) = lugar(total + 63);
        Ok(Self {
            total,
            chegaram: vec![0; palavras],
            proximo: 0,
            unicos: 0,
            repetidos: 0,
            ultrapassados: 0,
            fora_do_intervalo: 0,
            variacao: Variacao::default(),
        })
    }

    // ANCHOR: chegou
    /// Chegou o pacote `numero`, depois de viajar `ida_ns` nanossegundos (veja
    /// [`Variacao::chegou`]; só a dos que são novos entra na variação).
    ///
    /// Um pacote novo é ultrapassado quando é *Type-P-Reordered* (RFC 4737
    /// §3.3): o número dele é menor que o próximo que se esperava, isto é, um maior já
    /// chegou. Uma perda não ultrapassa ninguém: o que vem depois dela está em ordem. Das
    /// cópias, só a primeira a chegar entra nesta conta, como a mesma seção manda.
    pub fn chegou(&mut self, numero: u64, ida_ns: i64) -> Chegada {
        if numero >= self.total {
            self.fora_do_intervalo += 1;
            return Chegada::ForaDoIntervalo;
        }
        let (palavra, bit) = lugar(numero);
        if self.chegaram[palavra] & bit != 0 {
            self.repetidos += 1;
            return Chegada::Repetida;
        }
        self.chegaram[palavra] |= bit;
        self.unicos += 1;
        self.variacao.chegou(ida_ns);
        if numero < self.proximo {
            self.ultrapassados += 1;
            return Chegada::Ultrapassada;
        }
        self.proximo = numero + 1;
        Chegada::EmOrdem
    }
    // ANCHOR_END: chegou

    /// Quantos o emissor mandou.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Quantos números diferentes chegaram no prazo.
    #[must_use]
    pub fn unicos(&self) -> u64 {
        self.unicos
    }

    /// Quantas chegadas eram cópias do que já tinha chegado, no prazo ou depois.
    #[must_use]
    pub fn repetidos(&self) -> u64 {
        self.repetidos
    }

    /// Quantos dos únicos chegaram depois de um de número maior.
    #[must_use]
    pub fn ultrapassados(&self) -> u64 {
        self.ultrapassados
    }

    /// Quantas chegadas traziam um número que não foi mandado.
    #[must_use]
    pub fn fora_do_intervalo(&self) -> u64 {
        self.fora_do_intervalo
    }

    /// Quantos números não chegaram no prazo, os do fim inclusive.
    #[must_use]
    pub fn perdidos(&self) -> u64 {
        self.total - self.unicos
    }

    /// Quantos dos perdidos são maiores que todos os que chegaram no prazo. São os que
    /// não vê quem só procura buracos entre os números que chegam.
    #[must_use]
    pub fn perdidos_no_fim(&self) -> u64 {
        self.total - self.proximo
    }

    /// A fração perdida, de 0 a 1; `None` se nada foi mandado.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "o maior total cabe inteiro em um f64"
    )]
    pub fn perda(&self) -> Option<f64> {
        (self.total > 0).then(|| self.perdidos() as f64 / self.total as f64)
    }

    /// O intervalo de 95 % em que está a perda do caminho, se cada pacote se perde por
    /// si (veja [`wilson`]).
    #[must_use]
    pub fn intervalo_da_perda(&self) -> Intervalo {
        wilson(self.perdidos(), self.total)
    }

    /// A variação entre chegadas dos únicos, na ordem em que chegaram.
    #[must_use]
    pub fn variacao(&self) -> &Variacao {
        &self.variacao
    }
}

/// A palavra e o bit de um número.
fn lugar(numero: u64) -> (usize, u64) {
    ((numero / 64) as usize, 1 << (numero % 64))
}

#[cfg(test)]
mod testes {
    use super::*;

    fn contagem(total: u64) -> Contagem {
        Contagem::nova(total).expect("cabe")
    }

    /// Os três primeiros exemplos da RFC 4737 §7; neles os números começam em 1.
    #[test]
    fn os_ultrapassados_sao_os_da_rfc() {
        let casos: [(&[u64], &[u64]); 3] = [
            (&[1, 2, 3, 5, 6, 7, 8, 4, 9, 10], &[4]),
            (&[1, 2, 3, 4, 7, 5, 6, 8, 9, 10], &[5, 6]),
            (&[1, 2, 3, 7, 8, 9, 10, 4, 5, 6, 11], &[4, 5, 6]),
        ];
        for (chegadas, esperados) in casos {
            let mut contagem = contagem(12);
            let mut ultrapassados = chegadas.to_vec();
            ultrapassados
                .retain(|n| contagem.chegou(*n, 0) == Chegada::Ultrapassada);
            assert_eq!(ultrapassados, esperados);
            assert_eq!(contagem.ultrapassados(), esperados.len() as u64);
        }
    }

    #[test]
    fn o_que_se_repete_nao_esconde_o_que_se_perdeu() {
        let mut contagem = contagem(10);
        for numero in [0, 0, 1, 1, 2, 2, 2] {
            contagem.chegou(numero, 0);
        }
        assert_eq!((contagem.unicos(), contagem.repetidos()), (3, 4));
        assert_eq!((contagem.perdidos(), contagem.perdidos_no_fim()), (7, 7));
        assert_eq!(contagem.perda(), Some(0.7));
    }

    #[test]
    fn um_numero_inventado_so_muda_a_conta_dos_inventados() {
        let mut contagem = contagem(3);
        for numero in [3, 64, MAIOR_TOTAL, u64::MAX] {
            assert_eq!(contagem.chegou(numero, 0), Chegada::ForaDoIntervalo);
        }
        assert_eq!(contagem.fora_do_intervalo(), 4);
        assert_eq!((contagem.unicos(), contagem.perdidos()), (0, 3));
        assert_eq!(contagem.chegou(0, 0), Chegada::EmOrdem);
    }

    #[test]
    fn so_os_novos_entram_na_variacao() {
        let mut contagem = contagem(4);
        for (numero, ida) in [(0, 0), (0, 9_999), (9, 9_999), (1, 16)] {
            contagem.chegou(numero, ida);
        }
        assert_eq!(contagem.variacao().ns(), Some(1.0));
    }

    #[test]
    fn a_memoria_tem_limite_e_nada_mandado_nao_e_perda() {
        let recusa = Contagem::nova(MAIOR_TOTAL + 1).unwrap_err();
        assert_eq!(recusa, TotalGrande(MAIOR_TOTAL + 1));
        assert!(recusa.to_string().contains("134217729"));
        assert!(Contagem::nova(u64::MAX).is_err());
        let mut maior = contagem(MAIOR_TOTAL);
        assert_eq!(maior.chegaram.len() * 64, 1 << 27);
        assert_eq!(maior.chegou(MAIOR_TOTAL - 1, 0), Chegada::EmOrdem);
        let vazia = contagem(0);
        assert_eq!((vazia.perda(), vazia.perdidos()), (None, 0));
        assert_eq!(vazia.chegaram.len(), 0);
    }

    #[test]
    fn cada_bit_e_de_um_numero_so() {
        for total in [1, 63, 64, 65, 128, 200] {
            let mut contagem = contagem(total);
            for numero in (0..total).rev() {
                assert_ne!(contagem.chegou(numero, 0), Chegada::Repetida);
            }
            assert_eq!(contagem.perdidos(), 0);
            for numero in 0..total {
                assert_eq!(contagem.chegou(numero, 0), Chegada::Repetida);
            }
        }
    }
}
