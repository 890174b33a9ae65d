//! Quantos descritores este processo pode ter abertos ao mesmo tempo.
//!
//! São dois limites (`getrlimit(2)`, `RLIMIT_NOFILE`). O *macio* é o que vale, e o
//! processo pode aumentá-lo sozinho até o *duro*. O duro só o administrador aumenta.

use std::fmt;

/// O que um processo abre além das conexões: a entrada, as saídas, a escuta, o vigia.
pub const FOLGA: u64 = 16;

/// Não há descritores que cheguem, e o que fazer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faltam {
    /// Quantos são precisos.
    pub precisos: u64,
    /// Quantos este processo pode ter.
    pub possiveis: u64,
}

impl fmt::Display for Faltam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            precisos,
            possiveis,
        } = self;
        write!(
            f,
            "são precisos {precisos} descritores, e este processo pode ter {possiveis}: \
             peça menos conexões ou aumente o limite duro (ulimit -Hn o mostra; no Linux, \
             sudo prlimit --pid $$ --nofile={precisos} o aumenta neste terminal)"
        )
    }
}

impl std::error::Error for Faltam {}

/// Aumenta o limite macio, se for preciso, até haver `precisos` descritores.
///
/// # Errors
/// Quando nem o limite duro chega. O macio fica igual a ele.
// ANCHOR: garantir
#[cfg(unix)]
pub fn garantir(precisos: u64) -> Result<(), Faltam> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // `None` é sem limite.
    if current.is_none_or(|macio| macio >= precisos) {
        return Ok(());
    }
    let novo = maximum.map_or(precisos, |duro| duro.min(precisos));
    let limites = Rlimit {
        current: Some(novo),
        maximum,
    };
    let posto = setrlimit(Resource::Nofile, limites);
    let possiveis = posto.map_or(current.unwrap_or(0), |()| novo);
    if possiveis >= precisos {
        return Ok(());
    }
    Err(Faltam {
        precisos,
        possiveis,
    })
}
// ANCHOR_END: garantir

/// No Windows os sockets não são contados com os arquivos, nem têm este limite.
///
/// # Errors
/// Nunca.
#[cfg(not(unix))]
pub fn garantir(_precisos: u64) -> Result<(), Faltam> {
    Ok(())
}

/// Diminui o limite macio: daqui em diante, todo descritor será menor que `teto`.
///
/// # Errors
/// Quando o sistema não deixa.
#[cfg(unix)]
pub fn limitar(teto: u64) -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limites = Rlimit {
        current: Some(teto),
        ..getrlimit(Resource::Nofile)
    };
    Ok(setrlimit(Resource::Nofile, limites)?)
}

#[cfg(all(test, unix))]
mod testes {
    use super::*;

    #[test]
    fn o_que_ja_se_tem_nao_falta() {
        assert_eq!(garantir(1), Ok(()));
    }

    #[test]
    fn o_que_passa_do_limite_duro_e_dito_em_uma_frase() {
        let duro =
            rustix::process::getrlimit(rustix::process::Resource::Nofile)
                .maximum;
        // Sem limite duro nada falta.
        let Some(duro) = duro else { return };
        let faltam = garantir(duro + 1).unwrap_err();
        assert_eq!(faltam.possiveis, duro);
        let frase = faltam.to_string();
        assert!(frase.contains("ulimit -Hn"), "{frase}");
        assert!(
            frase.contains(&format!("{} descritores", duro + 1)),
            "{frase}"
        );
    }
}
