//! Ida e volta, e o mesmo fluxo em qualquer corte.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sockets::chat::datagrama;
use sockets::chat::protocolo::Mensagem;
use sockets::chat::quadro::{Desmontador, enquadrar};

use super::analisadores;
use super::sorteio::{Sorteio, mensagem};

/// Passa `fluxo` por um [`Desmontador`], em blocos dos tamanhos dados, e devolve os
/// corpos.
fn desmontar(fluxo: &[u8], cortes: &[usize]) -> Vec<Vec<u8>> {
    let mut desmontador = Desmontador::novo();
    let mut corpos = Vec::new();
    let mut resto = fluxo;
    let mut cortes = cortes.iter().cycle();
    while !resto.is_empty() {
        let lugar = desmontador.lugar();
        let corte = cortes.next().copied().unwrap_or(usize::MAX);
        let quantos = corte.min(resto.len()).min(lugar.len());
        let (bloco, depois) = resto.split_at(quantos);
        lugar[..quantos].copy_from_slice(bloco);
        desmontador.chegaram(quantos);
        resto = depois;
        while let Some(corpo) = desmontador.proximo().expect("só há quadros") {
            corpos.push(corpo.to_vec());
        }
    }
    assert!(!desmontador.pela_metade());
    corpos
}

fn em_fluxo(sorteios: &[Sorteio]) -> Vec<u8> {
    let mut fluxo = Vec::new();
    for sorteio in sorteios {
        enquadrar(&sorteio.mensagem(), &mut fluxo);
    }
    fluxo
}

proptest! {
    #[test]
    fn toda_mensagem_vai_e_volta(sorteio in mensagem(true)) {
        let mut corpo = Vec::new();
        sorteio.mensagem().codificar(&mut corpo);
        prop_assert_eq!(Mensagem::decodificar(&corpo), Ok(sorteio.mensagem()));
        analisadores::protocolo(&corpo);
    }

    #[test]
    fn todo_datagrama_vai_e_volta(
        sorteio in mensagem(true),
        conversa in 1..=u64::MAX,
    ) {
        let mensagem = sorteio.mensagem();
        let sem_conversa =
            matches!(mensagem, Mensagem::Ola { .. } | Mensagem::Recusa { .. });
        let conversa = if sem_conversa { 0 } else { conversa };
        let mut bytes = Vec::new();
        datagrama::montar(conversa, &mensagem, &mut bytes);
        prop_assert!(bytes.len() <= datagrama::MAIOR_DATAGRAMA);
        prop_assert_eq!(
            datagrama::abrir(&bytes),
            Ok(datagrama::Datagrama { conversa, mensagem })
        );
    }

    #[test]
    fn qualquer_corte_da_as_mesmas_mensagens(
        sorteios in vec(mensagem(false), 0..12),
        repetir in prop_oneof![4 => Just(1usize), 1 => 1..60usize],
        cortes in vec(
            prop_oneof![1..4usize, 1..40usize, 1000..1300usize, 60_000..70_000usize],
            1..20,
        ),
    ) {
        // Repetido, o fluxo passa do que o desmontador guarda.
        let fluxo = em_fluxo(&sorteios).repeat(repetir);
        let corpos = desmontar(&fluxo, &cortes);
        prop_assert_eq!(corpos.len(), sorteios.len() * repetir);
        for (corpo, sorteio) in corpos.iter().zip(sorteios.iter().cycle()) {
            prop_assert_eq!(Mensagem::decodificar(corpo), Ok(sorteio.mensagem()));
        }
    }

    #[test]
    fn quaisquer_bytes_sao_lidos_ou_recusados(bytes in vec(any::<u8>(), 0..2000)) {
        analisadores::protocolo(&bytes);
        analisadores::quadro(&bytes);
        analisadores::datagrama(&bytes);
        analisadores::datagrama(&[b"SK\x01", &bytes[..]].concat());
        analisadores::arq(&bytes);
    }

    #[test]
    fn uma_conversa_estragada_e_lida_ou_recusada(
        sorteios in vec(mensagem(true), 1..6),
        estragos in vec((any::<Index>(), any::<u8>()), 1..4),
        fim in any::<Index>(),
    ) {
        for sorteio in &sorteios {
            let mut bytes = Vec::new();
            sorteio.mensagem().codificar(&mut bytes);
            estragar(&mut bytes, &estragos, fim);
            analisadores::protocolo(&bytes);
            bytes.splice(..0, *b"SK\x01\0\0\0\0\0\0\0\x07");
            analisadores::datagrama(&bytes);
        }
        let cabem: Vec<_> = sorteios
            .into_iter()
            .filter(|s| !matches!(s.mensagem(), Mensagem::Segmento { .. }))
            .collect();
        let mut fluxo = em_fluxo(&cabem);
        estragar(&mut fluxo, &estragos, fim);
        analisadores::quadro(&fluxo);
    }
}

/// Troca alguns bytes e corta o fim.
fn estragar(bytes: &mut Vec<u8>, estragos: &[(Index, u8)], fim: Index) {
    if bytes.is_empty() {
        return;
    }
    for (onde, novo) in estragos {
        let onde = onde.index(bytes.len());
        bytes[onde] = *novo;
    }
    // Metade das vezes, o fim fica.
    bytes.truncate(fim.index(2 * bytes.len()));
}
