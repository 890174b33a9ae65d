//! O que dizer quando o disco não colabora.

use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::{Error, anyhow};

/// O erro de `tentativa` («criar», «escrever em») com `caminho`, em uma frase com o que
/// fazer. Guarda só o texto do erro do sistema: ele não é da rede, e não pode ganhar a
/// dica de quem é.
#[must_use]
pub fn erro(tentativa: &str, caminho: &Path, erro: &io::Error) -> Error {
    let conselho = match erro.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            ". Libere espaço no disco: o que já estava escrito continua lá"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            ". Dê em --resultados uma pasta em que você possa escrever"
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            ". Há um arquivo nesse lugar: dê em --resultados uma pasta"
        }
        _ => "",
    };
    let caminho = visivel(caminho);
    anyhow!("não foi possível {tentativa} {caminho}: {erro}{conselho}")
}

/// Um caminho como se pode mostrar no terminal.
#[must_use]
pub fn visivel(caminho: &Path) -> String {
    sockets::visivel(caminho.as_os_str().as_encoded_bytes())
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn cada_erro_diz_o_que_fazer() {
        for (tipo, conselho) in [
            (ErrorKind::StorageFull, "Libere espaço"),
            (ErrorKind::PermissionDenied, "possa escrever"),
            (ErrorKind::NotADirectory, "Há um arquivo"),
        ] {
            let erro = erro("criar", Path::new("a"), &tipo.into());
            let frase = erro.to_string();
            assert!(frase.starts_with("não foi possível criar a: "), "{frase}");
            assert!(frase.contains(conselho), "{frase}");
            assert!(
                !erro.chain().any(<dyn std::error::Error>::is::<io::Error>)
            );
        }
    }
}
