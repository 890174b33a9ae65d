//! Por que o sistema recusou, em português.

use std::io::{self, ErrorKind};

/// O que `erro` quer dizer, com o número que o sistema lhe dá, se há um.
pub fn causa(erro: &io::Error) -> String {
    let frase = match erro.kind() {
        ErrorKind::NotFound => "não existe",
        ErrorKind::PermissionDenied if cfg!(windows) => {
            "algum programa o mantém aberto, ou você não tem permissão"
        }
        ErrorKind::PermissionDenied => "você não tem permissão",
        ErrorKind::ReadOnlyFilesystem => "o disco só deixa ler",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "não há mais espaço no disco",
        ErrorKind::InvalidFilename => "o nome é longo demais ou tem algo que o sistema não aceita",
        ErrorKind::NotADirectory => "um pedaço do caminho não é uma pasta",
        ErrorKind::AlreadyExists => "um pedaço do caminho já existe e não é uma pasta",
        ErrorKind::ResourceBusy | ErrorKind::CrossesDevices => {
            "está em uso pelo sistema, ou é um ponto de montagem"
        }
        _ => return erro.to_string(),
    };
    match erro.raw_os_error() {
        Some(numero) => format!("{frase} (erro {numero} do sistema)"),
        None => frase.to_string(),
    }
}

/// A história de `erro`: o que se tentava e, no fim, a causa.
pub fn historia(erro: &anyhow::Error) -> String {
    let partes = erro.chain().map(|parte| match parte.downcast_ref() {
        Some(do_sistema) => causa(do_sistema),
        None => parte.to_string(),
    });
    partes.collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod testes {
    use super::*;
    use anyhow::Context;

    #[test]
    fn a_historia_acaba_na_causa_em_portugues() {
        let sem_espaco = io::Error::from(ErrorKind::StorageFull);
        let erro = anyhow::Error::from(sem_espaco).context("não foi possível escrever x");
        assert_eq!(
            historia(&erro),
            "não foi possível escrever x: não há mais espaço no disco"
        );
    }

    #[test]
    fn o_que_o_tempfile_junta_ao_erro_do_sistema_nao_aparece() {
        let mae = tempfile::tempdir().unwrap().path().join("nada");
        let erro = tempfile::tempdir_in(mae).context("sem pasta").unwrap_err();
        assert_eq!(historia(&erro), "sem pasta: não existe");
    }
}
