//! O pacote de medição: quem manda põe nele um número e a hora, quem recebe lê.
//!
//! | bytes | o que é |
//! | --- | --- |
//! | 0 a 3 | a magia, `med1` |
//! | 4 a 7 | o experimento |
//! | 8 a 15 | o número do pacote, desde 0 |
//! | 16 a 23 | a hora do envio, em nanossegundos |
//! | 24 em diante | enchimento, até o tamanho que se quer medir |
//!
//! Todos os números são *big-endian*. O enchimento não diz nada: quem recebe não o lê.

/// Como começa todo pacote de medição. O `1` é a versão do formato.
const MAGIA: [u8; 4] = *b"med1";

/// O menor pacote de medição, em bytes: um sem enchimento.
pub const MENOR_PACOTE: usize = 24;

/// O que um pacote de medição diz.
///
/// ```
/// use sockets::medir::sonda::Sonda;
///
/// let sonda = Sonda { experimento: 7, numero: 41, enviada_ns: 1_000 };
/// let mut pacote = [0; 64];
/// sonda.escrever(&mut pacote);
/// assert_eq!(Sonda::ler(&pacote), Some(sonda));
/// assert_eq!(sonda.ida_ns(26_000), 25_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sonda {
    /// De qual experimento ela é: o que chega de um anterior não conta no seguinte.
    pub experimento: u32,
    /// O número dela no experimento, desde 0.
    pub numero: u64,
    /// Quando ela saiu (ou devia ter saído), em nanossegundos de um relógio monotônico
    /// de quem manda.
    pub enviada_ns: u64,
}

impl Sonda {
    /// Escreve a sonda nos primeiros [`MENOR_PACOTE`] bytes de `pacote`. O que vem
    /// depois é o enchimento: fica como está.
    ///
    /// # Panics
    /// Se `pacote` tem menos de [`MENOR_PACOTE`] bytes.
    pub fn escrever(&self, pacote: &mut [u8]) {
        let Some(inicio) = pacote.first_chunk_mut::<MENOR_PACOTE>() else {
            panic!("uma sonda ocupa {MENOR_PACOTE} bytes");
        };
        inicio[0..4].copy_from_slice(&MAGIA);
        inicio[4..8].copy_from_slice(&self.experimento.to_be_bytes());
        inicio[8..16].copy_from_slice(&self.numero.to_be_bytes());
        inicio[16..24].copy_from_slice(&self.enviada_ns.to_be_bytes());
    }

    /// A sonda que está em `pacote`; `None` se não há uma, ou se falta um pedaço dela.
    /// Quem a mandou pode ter escrito qualquer número: nada além da magia é conferido
    /// aqui.
    #[must_use]
    pub fn ler(pacote: &[u8]) -> Option<Self> {
        let (magia, resto) = pacote.split_first_chunk()?;
        let (experimento, resto) = resto.split_first_chunk()?;
        let (numero, resto) = resto.split_first_chunk()?;
        let (enviada_ns, _) = resto.split_first_chunk()?;
        (*magia == MAGIA).then_some(Self {
            experimento: u32::from_be_bytes(*experimento),
            numero: u64::from_be_bytes(*numero),
            enviada_ns: u64::from_be_bytes(*enviada_ns),
        })
    }

    /// Quanto ela viajou, em nanossegundos, se chegou quando o relógio daqui marcava
    /// `chegada_ns`. Entre dois relógios diferentes, pode ser negativo ou absurdo; só
    /// as diferenças entre duas idas dizem algo.
    #[must_use]
    pub fn ida_ns(&self, chegada_ns: u64) -> i64 {
        chegada_ns.wrapping_sub(self.enviada_ns).cast_signed()
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const SONDA: Sonda = Sonda {
        experimento: 0x0102_0304,
        numero: 0x1112_1314_1516_1718,
        enviada_ns: 0x2122_2324_2526_2728,
    };

    const BYTES: [u8; MENOR_PACOTE] = [
        b'm', b'e', b'd', b'1', 0x01, 0x02, 0x03, 0x04, 0x11, 0x12, 0x13, 0x14,
        0x15, 0x16, 0x17, 0x18, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,
    ];

    #[test]
    fn os_bytes_sao_os_da_tabela_e_o_enchimento_fica_como_esta() {
        let mut pacote = [0xee; MENOR_PACOTE + 2];
        SONDA.escrever(&mut pacote);
        assert_eq!(pacote[..MENOR_PACOTE], BYTES);
        assert_eq!(pacote[MENOR_PACOTE..], [0xee; 2]);
    }

    #[test]
    #[should_panic(expected = "uma sonda ocupa 24 bytes")]
    fn nao_se_escreve_uma_sonda_pela_metade() {
        SONDA.escrever(&mut [0; MENOR_PACOTE - 1]);
    }

    #[test]
    fn a_ida_e_a_diferenca_mesmo_que_os_relogios_discordem() {
        let saida = |enviada_ns| Sonda {
            enviada_ns,
            ..SONDA
        };
        assert_eq!(saida(100).ida_ns(350), 250);
        assert_eq!(saida(350).ida_ns(100), -250);
        assert_eq!(saida(u64::MAX).ida_ns(9), 10);
    }
}
