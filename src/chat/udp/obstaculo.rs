//! Os erros do socket, pelo que querem dizer a quem conversa, e a frase de cada um.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

/// Um erro do socket, pelo que ele quer dizer a quem conversa.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstaculo {
    /// O computador do par respondeu que ninguém usa aquela porta.
    Porta,
    /// A rede não leva até lá.
    Caminho,
    /// Este computador não deixa mandar.
    Barrado,
    /// O datagrama não cabe na rede.
    Grande,
    /// O sistema está sem lugar para o que se manda.
    SemLugar,
    /// Outro erro do sistema, pelo número.
    Outro(i32),
}

impl Obstaculo {
    // ANCHOR: obstaculo
    /// O que um erro do socket quer dizer.
    #[must_use]
    pub fn de(erro: &io::Error) -> Self {
        let numero = erro.raw_os_error().unwrap_or(0);
        match erro.kind() {
            // O Windows dá o segundo onde os outros dão o primeiro.
            ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => {
                Self::Porta
            }
            ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable => Self::Caminho,
            ErrorKind::PermissionDenied => Self::Barrado,
            _ if numero == numeros::EMSGSIZE => Self::Grande,
            _ if numero == numeros::ENOBUFS => Self::SemLugar,
            _ => Self::Outro(numero),
        }
    }
    // ANCHOR_END: obstaculo

    /// Se o par pode já não estar lá.
    #[must_use]
    pub fn e_sobre_o_par(self) -> bool {
        matches!(self, Self::Porta | Self::Caminho)
    }

    /// A frase que conta este obstáculo no caminho até `par`.
    #[must_use]
    pub fn frase(self, par: SocketAddr) -> Frase {
        Frase {
            obstaculo: self,
            par,
        }
    }
}

/// Um [`Obstaculo`] em uma frase sem ponto final, com [`fmt::Display`].
#[derive(Debug, Clone, Copy)]
pub struct Frase {
    obstaculo: Obstaculo,
    par: SocketAddr,
}

impl fmt::Display for Frase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let par = self.par;
        match self.obstaculo {
            Obstaculo::Porta => write!(
                f,
                "ninguém atende em {par} (o chat de lá está fechado, ou usa \
                 outra porta ou outro protocolo)"
            ),
            Obstaculo::Caminho => write!(
                f,
                "não há caminho até {} (confira o IP e se os dois estão na \
                 mesma rede)",
                par.ip()
            ),
            Obstaculo::Barrado => write!(
                f,
                "o sistema não deixou mandar a {par} (veja o firewall deste \
                 computador)"
            ),
            Obstaculo::Grande => write!(
                f,
                "a rede até {} não leva datagramas deste tamanho (tente \
                 linhas mais curtas)",
                par.ip()
            ),
            Obstaculo::SemLugar => write!(
                f,
                "o sistema está sem espaço para o que sai (o chat tenta de \
                 novo)"
            ),
            Obstaculo::Outro(numero) => write!(
                f,
                "o sistema não levou um datagrama a {par}: {}",
                io::Error::from_raw_os_error(numero)
            ),
        }
    }
}

/// Os erros que a std não distingue pelo nome, em cada sistema.
mod numeros {
    /// O datagrama é maior do que pode.
    pub const EMSGSIZE: i32 = if cfg!(windows) {
        10040
    } else if cfg!(target_os = "linux") {
        90
    } else {
        40
    };
    /// O sistema não tem lugar.
    pub const ENOBUFS: i32 = if cfg!(windows) {
        10055
    } else if cfg!(target_os = "linux") {
        105
    } else {
        55
    };
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn cada_erro_do_sistema_tem_o_seu_obstaculo() {
        let do_tipo = |tipo: ErrorKind| Obstaculo::de(&tipo.into());
        let numero = |n: i32| Obstaculo::de(&io::Error::from_raw_os_error(n));
        for tipo in [ErrorKind::ConnectionRefused, ErrorKind::ConnectionReset] {
            assert_eq!(do_tipo(tipo), Obstaculo::Porta);
        }
        for tipo in [
            ErrorKind::HostUnreachable,
            ErrorKind::NetworkUnreachable,
            ErrorKind::NetworkDown,
            ErrorKind::AddrNotAvailable,
        ] {
            assert_eq!(do_tipo(tipo), Obstaculo::Caminho);
        }
        assert_eq!(do_tipo(ErrorKind::PermissionDenied), Obstaculo::Barrado);
        assert_eq!(numero(numeros::EMSGSIZE), Obstaculo::Grande);
        assert_eq!(numero(numeros::ENOBUFS), Obstaculo::SemLugar);
        assert_eq!(numero(12_345), Obstaculo::Outro(12_345));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn os_erros_do_linux_pelo_numero() {
        let numero = |n: i32| Obstaculo::de(&io::Error::from_raw_os_error(n));
        assert_eq!(numero(111), Obstaculo::Porta, "ECONNREFUSED");
        assert_eq!(numero(101), Obstaculo::Caminho, "ENETUNREACH");
        assert_eq!(numero(113), Obstaculo::Caminho, "EHOSTUNREACH");
        assert_eq!(numero(1), Obstaculo::Barrado, "EPERM");
        assert_eq!(numero(90), Obstaculo::Grande, "EMSGSIZE");
        assert_eq!(numero(105), Obstaculo::SemLugar, "ENOBUFS");
    }

    #[test]
    fn todo_obstaculo_tem_uma_frase_de_uma_linha() {
        let par = "127.0.0.1:5".parse().unwrap();
        for obstaculo in [
            Obstaculo::Porta,
            Obstaculo::Caminho,
            Obstaculo::Barrado,
            Obstaculo::Grande,
            Obstaculo::SemLugar,
            Obstaculo::Outro(1),
        ] {
            let frase = obstaculo.frase(par).to_string();
            assert!(!frase.ends_with('.') && !frase.contains('\n'), "{frase}");
        }
    }
}
