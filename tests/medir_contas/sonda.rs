//! O pacote de medição: ida e volta, qualquer corte, quaisquer bytes.

use proptest::collection::vec;
use proptest::prelude::*;
use sockets::medir::sonda::{MENOR_PACOTE, Sonda};

fn sonda() -> impl Strategy<Value = Sonda> {
    any::<(u32, u64, u64)>().prop_map(|(experimento, numero, enviada_ns)| Sonda {
        experimento,
        numero,
        enviada_ns,
    })
}

proptest! {
    #[test]
    fn toda_sonda_vai_e_volta_em_qualquer_tamanho(
        sonda in sonda(),
        enchimento in vec(any::<u8>(), 0..2000),
    ) {
        let mut pacote = vec![0; MENOR_PACOTE];
        pacote.extend(&enchimento);
        sonda.escrever(&mut pacote);
        prop_assert_eq!(Sonda::ler(&pacote), Some(sonda));
        prop_assert_eq!(&pacote[MENOR_PACOTE..], enchimento);
    }

    #[test]
    fn um_pedaco_nunca_e_uma_sonda(sonda in sonda()) {
        let mut pacote = [0; MENOR_PACOTE];
        sonda.escrever(&mut pacote);
        for corte in 0..MENOR_PACOTE {
            prop_assert_eq!(Sonda::ler(&pacote[..corte]), None);
        }
        for corte in 1..MENOR_PACOTE {
            prop_assert_eq!(Sonda::ler(&pacote[corte..]), None);
        }
    }

    #[test]
    fn sem_a_magia_nao_e_uma_sonda(sonda in sonda(), onde in 0..4_usize, erro in 1..=255_u8) {
        let mut pacote = [0; MENOR_PACOTE];
        sonda.escrever(&mut pacote);
        pacote[onde] ^= erro;
        prop_assert_eq!(Sonda::ler(&pacote), None);
    }

    /// Uma sonda lida de bytes hostis se escreve com os mesmos bytes: ler não inventa nem
    /// esconde nada.
    #[test]
    fn o_que_se_le_e_o_que_estava_la(
        magia in any::<bool>(),
        resto in vec(any::<u8>(), 0..100),
    ) {
        let mut pacote = Vec::new();
        if magia {
            pacote.extend(b"med1");
        }
        pacote.extend(resto);
        match Sonda::ler(&pacote) {
            Some(sonda) => {
                let mut de_novo = [0; MENOR_PACOTE];
                sonda.escrever(&mut de_novo);
                prop_assert_eq!(&pacote[..MENOR_PACOTE], de_novo);
            }
            None => prop_assert!(pacote.len() < MENOR_PACOTE || !pacote.starts_with(b"med1")),
        }
    }

    #[test]
    fn a_ida_nunca_estoura(sonda in sonda(), ida: i64) {
        let chegada = sonda.enviada_ns.wrapping_add_signed(ida);
        prop_assert_eq!(sonda.ida_ns(chegada), ida);
    }
}
