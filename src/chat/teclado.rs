//! A thread que lê a entrada padrão.
//!
//! No Windows não se pode esperar pela entrada e pela rede no mesmo lugar, e em
//! lugar nenhum se lê um terminal sem o risco de ficar parado: por isso uma thread.
//! Ela não precisa ser avisada do fim: morre com o processo, mesmo parada na leitura.

use std::io::{self, ErrorKind, Read};
use std::thread;

use super::evento::{Evento, EventoDeTeclado, Remetente};

/// Quantos bytes se leem de uma vez, no máximo: o que cabe em um cano do Linux
/// (`pipe(7)`).
const BLOCO: usize = 64 * 1024;

/// Começa a ler a entrada padrão.
///
/// # Errors
/// Quando o sistema não dá uma thread.
pub fn ler(remetente: Remetente) -> io::Result<()> {
    thread::Builder::new()
        .name("teclado".to_string())
        .spawn(move || {
            ler_de(io::stdin().lock(), |evento| {
                remetente.mandar(Evento::Teclado(evento))
            });
        })?;
    Ok(())
}

// ANCHOR: ler
/// Lê até o fim, ou até `mandar` dizer que ninguém mais ouve.
fn ler_de(mut entrada: impl Read, mandar: impl Fn(EventoDeTeclado) -> bool) {
    let mut bloco = vec![0; BLOCO];
    loop {
        let evento = match entrada.read(&mut bloco) {
            Ok(0) => EventoDeTeclado::Fim,
            Ok(lidos) => EventoDeTeclado::Bloco(bloco[..lidos].to_vec()),
            // Um sinal chegou no meio: o `read` não se repete sozinho.
            Err(erro) if erro.kind() == ErrorKind::Interrupted => continue,
            Err(erro) => EventoDeTeclado::Falhou(erro),
        };
        let continua = matches!(evento, EventoDeTeclado::Bloco(_));
        if !mandar(evento) || !continua {
            return;
        }
    }
}
// ANCHOR_END: ler

#[cfg(test)]
mod testes {
    use super::*;
    use std::cell::RefCell;
    use std::collections::VecDeque;

    /// Uma entrada que dá um resultado por leitura.
    struct Roteiro(VecDeque<io::Result<&'static [u8]>>);

    impl Read for Roteiro {
        fn read(&mut self, bloco: &mut [u8]) -> io::Result<usize> {
            let bytes = self.0.pop_front().expect("leu depois do fim")?;
            bloco[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        }
    }

    fn eventos<const N: usize>(
        leituras: [io::Result<&'static [u8]>; N],
    ) -> Vec<String> {
        let eventos = RefCell::new(Vec::new());
        ler_de(Roteiro(leituras.into()), |evento| {
            eventos.borrow_mut().push(format!("{evento:?}"));
            true
        });
        eventos.into_inner()
    }

    #[test]
    fn cada_leitura_e_um_bloco_e_o_fim_e_dito_uma_vez() {
        assert_eq!(
            eventos([Ok(b"oi"), Ok(b"\n"), Ok(b"")]),
            ["Bloco([111, 105])", "Bloco([10])", "Fim"]
        );
    }

    #[test]
    fn um_sinal_no_meio_da_leitura_nao_e_o_fim() {
        let sinal = || Err(ErrorKind::Interrupted.into());
        assert_eq!(
            eventos([sinal(), Ok(b"a"), sinal(), Ok(b"")]),
            ["Bloco([97])", "Fim"]
        );
    }

    #[test]
    fn uma_entrada_que_falha_e_contada() {
        let eventos = eventos([Err(ErrorKind::PermissionDenied.into())]);
        assert!(eventos[0].starts_with("Falhou("), "{eventos:?}");
    }

    #[test]
    fn quando_ninguem_ouve_a_leitura_acaba() {
        let roteiro = Roteiro([Ok(&b"a"[..])].into());
        ler_de(roteiro, |_| false);
    }
}
