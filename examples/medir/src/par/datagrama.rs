//! Os datagramas: a sonda das medições, a sessão e o enchimento.

use sockets::medir::sonda::{MENOR_PACOTE, Sonda};

use super::protocolo::Sessao;

/// O menor datagrama, em bytes: a sonda e a sessão.
pub const MENOR_DATAGRAMA: usize = MENOR_PACOTE + 8;

/// O tamanho de um datagrama que pergunta pelo caminho, e o da resposta a ele: o
/// servidor nunca responde com mais bytes do que recebeu.
pub const DO_CAMINHO: usize = MENOR_DATAGRAMA + 8;

/// O experimento de um datagrama que só pergunta pelo caminho.
pub const CAMINHO: u32 = 0;

/// Escreve a sonda e a sessão no começo de `datagrama`; o resto fica como está.
///
/// # Panics
/// Se `datagrama` tem menos de [`MENOR_DATAGRAMA`] bytes.
pub fn escrever(sonda: &Sonda, sessao: Sessao, datagrama: &mut [u8]) {
    sonda.escrever(datagrama);
    datagrama[MENOR_PACOTE..MENOR_DATAGRAMA]
        .copy_from_slice(&sessao.0.to_be_bytes());
}

/// A sonda de um datagrama desta sessão; `None` se ele não é dela.
#[must_use]
pub fn ler(datagrama: &[u8], sessao: Sessao) -> Option<Sonda> {
    let depois = datagrama.get(MENOR_PACOTE..)?;
    if *depois.first_chunk()? != sessao.0.to_be_bytes() {
        return None;
    }
    Sonda::ler(datagrama)
}

/// A resposta do servidor a um datagrama que pergunta pelo caminho: ele mesmo, com a
/// prova depois da sessão. `None` se ele não pergunta, ou não é desta sessão.
#[must_use]
pub fn responder(
    datagrama: &[u8],
    sessao: Sessao,
    prova: u64,
) -> Option<[u8; DO_CAMINHO]> {
    let sonda = ler(datagrama, sessao)?;
    if sonda.experimento != CAMINHO {
        return None;
    }
    let mut resposta: [u8; DO_CAMINHO] = datagrama.try_into().ok()?;
    resposta[MENOR_DATAGRAMA..].copy_from_slice(&prova.to_be_bytes());
    Some(resposta)
}

/// A prova que o servidor pôs em uma resposta; `None` se não é uma, desta sessão.
#[must_use]
pub fn prova(datagrama: &[u8], sessao: Sessao) -> Option<u64> {
    let sonda = ler(datagrama, sessao)?;
    let resposta: &[u8; DO_CAMINHO] = datagrama.try_into().ok()?;
    let prova = resposta.last_chunk()?;
    (sonda.experimento == CAMINHO).then(|| u64::from_be_bytes(*prova))
}

#[cfg(test)]
mod testes {
    use super::*;

    const SESSAO: Sessao = Sessao(0x0102_0304_0506_0708);

    fn pergunta(experimento: u32) -> [u8; DO_CAMINHO] {
        let sonda = Sonda {
            experimento,
            numero: 3,
            enviada_ns: 4,
        };
        let mut datagrama = [0; DO_CAMINHO];
        escrever(&sonda, SESSAO, &mut datagrama);
        datagrama
    }

    #[test]
    fn a_sessao_vem_depois_da_sonda() {
        let datagrama = pergunta(7);
        assert_eq!(&datagrama[24..32], b"\x01\x02\x03\x04\x05\x06\x07\x08");
        let sonda = ler(&datagrama, SESSAO).unwrap();
        assert_eq!((sonda.experimento, sonda.numero), (7, 3));
        assert_eq!(ler(&datagrama, Sessao(1)), None);
        for tamanho in 0..MENOR_DATAGRAMA {
            assert_eq!(ler(&datagrama[..tamanho], SESSAO), None);
        }
        let mut sem_magia = datagrama;
        sem_magia[0] = b'M';
        assert_eq!(ler(&sem_magia, SESSAO), None);
    }

    #[test]
    fn so_se_responde_a_quem_pergunta_pelo_caminho_e_com_o_mesmo_tamanho() {
        let datagrama = pergunta(CAMINHO);
        let resposta = responder(&datagrama, SESSAO, 99).unwrap();
        assert_eq!(prova(&resposta, SESSAO), Some(99));
        assert_eq!(prova(&resposta, Sessao(1)), None);
        assert_eq!(responder(&datagrama, Sessao(1), 99), None);
        assert_eq!(responder(&pergunta(1), SESSAO, 99), None);
        assert_eq!(prova(&pergunta(1), SESSAO), None);
        let curta = &datagrama[..DO_CAMINHO - 1];
        assert_eq!(responder(curta, SESSAO, 99), None);
        let comprida = [&datagrama[..], &[0]].concat();
        assert_eq!(responder(&comprida, SESSAO, 99), None);
    }
}
