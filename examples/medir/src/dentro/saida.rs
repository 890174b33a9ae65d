//! O que o comando do servidor mostra, com o nome dele na frente de cada linha: o
//! terminal é do cliente.

use std::io::{self, Read, Write};

/// O que vai na frente.
const MARCA: &[u8] = b"[servidor] ";

/// Copia `origem` para `destino` até o fim dela, com a marca no começo de cada linha. Um
/// pedaço sem fim de linha sai na hora: pode ser uma pergunta à espera de resposta.
///
/// # Errors
/// O de ler ou o de escrever.
pub fn repassar(
    mut origem: impl Read,
    mut destino: impl Write,
) -> io::Result<()> {
    let mut pedaco = [0; 4096];
    let mut no_comeco = true;
    loop {
        let lidos = match origem.read(&mut pedaco) {
            Ok(0) => return destino.flush(),
            Ok(lidos) => lidos,
            Err(erro) if erro.kind() == io::ErrorKind::Interrupted => continue,
            Err(erro) => return Err(erro),
        };
        for linha in pedaco[..lidos].split_inclusive(|byte| *byte == b'\n') {
            if no_comeco {
                destino.write_all(MARCA)?;
            }
            destino.write_all(linha)?;
            no_comeco = linha.ends_with(b"\n");
        }
        destino.flush()?;
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    /// Um pedaço por leitura.
    struct AosPedacos(Vec<&'static [u8]>);

    impl Read for AosPedacos {
        fn read(&mut self, onde: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let pedaco = self.0.remove(0);
            onde[..pedaco.len()].copy_from_slice(pedaco);
            Ok(pedaco.len())
        }
    }

    #[test]
    fn cada_linha_tem_uma_marca_so_mesmo_aos_pedacos() -> io::Result<()> {
        let origem = AosPedacos(vec![b"um", b" s\xff\n\ndo", b"is", b"\nfim"]);
        let mut destino = Vec::new();
        repassar(origem, &mut destino)?;
        let esperado = b"[servidor] um s\xff\n[servidor] \n\
                         [servidor] dois\n[servidor] fim";
        assert_eq!(destino, esperado);
        Ok(())
    }
}
