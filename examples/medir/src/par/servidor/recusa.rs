//! O que o servidor diz a quem não atende.

use crate::par::protocolo::{Mensagem, Motivo};

/// A recusa por este motivo, com uma frase que também quem não é um cliente das
/// medições entende.
#[must_use]
pub fn recusa(motivo: Motivo) -> Mensagem {
    let explicacao = match motivo {
        Motivo::Versao => "este servidor de medições fala outra versão",
        Motivo::Ocupado => {
            "estou medindo com outro cliente; tente daqui a pouco"
        }
        Motivo::Lixo => {
            "aqui atende um servidor de medições, e isto não é para ele"
        }
        Motivo::Estranho => "não espero uma conexão de dados assim",
        Motivo::Limite => "não meço tanto",
        Motivo::Caminho => "ainda não sei se os meus datagramas chegam aí",
        Motivo::Demora => "o que eu esperava não veio a tempo",
        Motivo::Sistema => "o sistema daqui não me deixou continuar",
        Motivo::Fim => "o servidor foi encerrado",
    };
    Mensagem::Recusa {
        motivo,
        explicacao: explicacao.into(),
    }
}

#[cfg(test)]
mod testes {
    use super::*;
    use crate::par::protocolo::escrita::montar;
    use crate::par::protocolo::leitura::abrir;

    #[test]
    fn toda_recusa_chega_inteira() {
        for motivo in Motivo::TODOS {
            let recusa = recusa(motivo);
            assert_eq!(abrir(&montar(&recusa)[2..]), Ok(recusa));
        }
    }
}
