//! A estrada UDP: fica entre o programa de quem estuda e o par dele, e perde, repete,
//! atrasa e troca de ordem o que passa.
//!
//! O que acontece a um datagrama depende da semente e do número dele na estrada, e de
//! mais nada: nem do relógio, nem do sistema. Por isso o atraso se conta em datagramas: o
//! atrasado espera que outro passe na frente. E nunca há mais de
//! [`SEGUIDAS`] seguidos que não chegam: quem insiste chega.

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sockets::sorteio::Sorteio;

use crate::{Datagramas, Resultado};

/// Quantos datagramas seguidos, no máximo, uma estrada sorteada deixa de entregar na hora.
pub const SEGUIDAS: u32 = 2;

/// O que acontece a um datagrama.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorte {
    /// Chega.
    Passa,
    /// Não chega nunca.
    Perde,
    /// Chega duas vezes.
    Repete,
    /// Chega logo depois do seguinte que não se perca.
    Atrasa,
}

/// O que uma estrada fez.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conta {
    /// Quantos entraram nela.
    pub mandados: u32,
    /// Quantos se perderam.
    pub perdidos: u32,
    /// Quantos chegaram duas vezes.
    pub repetidos: u32,
    /// Quantos foram ultrapassados.
    pub atrasados: u32,
}

impl fmt::Display for Conta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "de {} datagramas, {} se perderam, {} se repetiram e {} se atrasaram",
            self.mandados, self.perdidos, self.repetidos, self.atrasados
        )
    }
}

/// Um sentido de uma estrada.
#[derive(Debug, Clone)]
pub struct Sentido {
    plano: Plano,
    atrasados: Vec<Vec<u8>>,
    conta: Conta,
}

#[derive(Debug, Clone)]
enum Plano {
    /// A sorte de cada um, na ordem; depois da última, todos passam.
    Roteiro(Vec<Sorte>),
    Sorteio {
        sorteio: Sorteio,
        seguidas: u32,
    },
}

impl Sentido {
    /// O sentido em que tudo chega, uma vez e na ordem.
    #[must_use]
    pub fn livre() -> Self {
        Self::roteiro(&[])
    }

    /// O primeiro datagrama tem a primeira sorte, e assim por diante; os que vêm depois da
    /// última passam.
    #[must_use]
    pub fn roteiro(sortes: &[Sorte]) -> Self {
        Self::de(Plano::Roteiro(sortes.to_vec()))
    }

    /// Em cada dez, mais ou menos dois se perdem, um se repete e um se atrasa, sempre os
    /// mesmos para a mesma semente.
    #[must_use]
    pub fn sorteado(semente: u64) -> Self {
        Self::de(Plano::Sorteio {
            sorteio: Sorteio::novo(semente),
            seguidas: 0,
        })
    }

    fn de(plano: Plano) -> Self {
        Self {
            plano,
            atrasados: Vec::new(),
            conta: Conta::default(),
        }
    }

    /// Põe um datagrama na estrada, e devolve os que chegam ao outro lado nesse instante,
    /// na ordem: pode não ser nenhum, e pode haver um de antes.
    pub fn levar(&mut self, datagrama: &[u8]) -> Vec<Vec<u8>> {
        let sorte = self.sortear();
        self.conta.mandados += 1;
        let vezes = match sorte {
            Sorte::Passa => 1,
            Sorte::Perde => {
                self.conta.perdidos += 1;
                return Vec::new();
            }
            Sorte::Repete => {
                self.conta.repetidos += 1;
                2
            }
            Sorte::Atrasa => {
                self.conta.atrasados += 1;
                self.atrasados.push(datagrama.to_vec());
                return Vec::new();
            }
        };
        let mut chegam = vec![datagrama.to_vec(); vezes];
        chegam.append(&mut self.atrasados);
        chegam
    }

    /// O que ainda estava atrasado chega, sem esperar por mais nenhum.
    pub fn escoar(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.atrasados)
    }

    /// O que este sentido fez até agora.
    #[must_use]
    pub fn conta(&self) -> Conta {
        self.conta
    }

    fn sortear(&mut self) -> Sorte {
        match &mut self.plano {
            Plano::Roteiro(sortes) => {
                let qual = usize::try_from(self.conta.mandados).unwrap_or(usize::MAX);
                sortes.get(qual).copied().unwrap_or(Sorte::Passa)
            }
            Plano::Sorteio { sorteio, seguidas } => {
                let sorte = match sorteio.abaixo_de(10) {
                    0 | 1 => Sorte::Perde,
                    2 => Sorte::Repete,
                    3 => Sorte::Atrasa,
                    _ => Sorte::Passa,
                };
                match sorte {
                    Sorte::Perde | Sorte::Atrasa if *seguidas == SEGUIDAS => {
                        *seguidas = 0;
                        Sorte::Passa
                    }
                    Sorte::Perde | Sorte::Atrasa => {
                        *seguidas += 1;
                        sorte
                    }
                    Sorte::Passa | Sorte::Repete => {
                        *seguidas = 0;
                        sorte
                    }
                }
            }
        }
    }
}

/// Um socket UDP deste lado, com a estrada entre ele e o programa.
#[derive(Debug)]
pub struct Estrada {
    socket: Datagramas,
    /// Do programa para cá.
    vinda: Sentido,
    /// Daqui para o programa.
    ida: Sentido,
    chegaram: VecDeque<(Vec<u8>, SocketAddr)>,
}

impl Estrada {
    /// Um socket novo, com estes dois sentidos: o que vem do programa, e o que vai a ele.
    ///
    /// # Errors
    /// `conferidor`, quando esta máquina não deixa.
    pub fn nova(vinda: Sentido, ida: Sentido) -> Resultado<Self> {
        Ok(Self {
            socket: Datagramas::novo()?,
            vinda,
            ida,
            chegaram: VecDeque::new(),
        })
    }

    /// O endereço deste lado.
    ///
    /// # Errors
    /// `conferidor`.
    pub fn endereco(&self) -> Resultado<SocketAddr> {
        self.socket.endereco()
    }

    /// O próximo datagrama que a estrada entrega deste lado, e de quem é; `None` se nenhum
    /// chega em `prazo`.
    pub fn receber(&mut self, prazo: Duration) -> Option<(Vec<u8>, SocketAddr)> {
        let ate = Instant::now() + prazo;
        while self.chegaram.is_empty() {
            let resta = ate.saturating_duration_since(Instant::now());
            let (datagrama, de) = self.socket.receber(resta)?;
            let entregues = self.vinda.levar(&datagrama);
            self.chegaram.extend(entregues.into_iter().map(|d| (d, de)));
        }
        self.chegaram.pop_front()
    }

    /// Põe um datagrama na estrada, a caminho do programa, e diz quantos chegam a ele
    /// agora.
    ///
    /// # Errors
    /// `conferidor`, quando o sistema não manda.
    pub fn enviar(&mut self, datagrama: &[u8], para: SocketAddr) -> Resultado<usize> {
        let chegam = self.ida.levar(datagrama);
        for um in &chegam {
            self.socket.enviar(um, para)?;
        }
        Ok(chegam.len())
    }

    /// O que os dois sentidos fizeram, em uma frase.
    #[must_use]
    pub fn conta(&self) -> String {
        format!(
            "Do programa para mim: {}; de mim para ele: {}.",
            self.vinda.conta(),
            self.ida.conta()
        )
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    /// Leva os números de 0 a 255, e devolve os que chegam, na ordem.
    fn levar(mut sentido: Sentido) -> (Vec<u8>, Conta) {
        let mut chegaram: Vec<u8> = (0..=255)
            .flat_map(|n| sentido.levar(&[n]))
            .map(|datagrama| datagrama[0])
            .collect();
        chegaram.extend(sentido.escoar().into_iter().map(|d| d[0]));
        (chegaram, sentido.conta())
    }

    #[test]
    fn o_roteiro_se_cumpre_e_o_resto_passa() {
        use Sorte::{Atrasa, Passa, Perde, Repete};
        let (chegaram, conta) = levar(Sentido::roteiro(&[Passa, Perde, Repete, Atrasa]));
        assert_eq!(chegaram[..7], [0, 2, 2, 4, 3, 5, 6]);
        assert_eq!(chegaram.len(), 256);
        assert_eq!(
            (conta.perdidos, conta.repetidos, conta.atrasados),
            (1, 1, 1)
        );
    }

    #[test]
    fn a_mesma_semente_faz_o_mesmo_e_a_conta_fecha() {
        for semente in 0..50 {
            let (chegaram, conta) = levar(Sentido::sorteado(semente));
            assert_eq!(levar(Sentido::sorteado(semente)).0, chegaram);
            assert_eq!(conta.mandados, 256);
            let esperados = conta.mandados - conta.perdidos + conta.repetidos;
            assert_eq!(chegaram.len(), esperados as usize);
            assert!(conta.perdidos > 0 && conta.repetidos > 0 && conta.atrasados > 0);
        }
        assert_ne!(levar(Sentido::sorteado(1)), levar(Sentido::sorteado(2)));
    }

    #[test]
    fn quem_insiste_chega() {
        for semente in 0..200 {
            let mut sentido = Sentido::sorteado(semente);
            let mut seguidas = 0;
            for _ in 0..200 {
                let chegou = sentido.levar(b"x");
                seguidas = if chegou.is_empty() { seguidas + 1 } else { 0 };
                assert!(seguidas <= SEGUIDAS, "semente {semente}");
            }
        }
    }

    #[test]
    fn a_estrada_leva_nos_dois_sentidos() {
        let longe = Datagramas::novo().unwrap();
        let vinda = Sentido::roteiro(&[Sorte::Perde, Sorte::Repete]);
        let ida = Sentido::roteiro(&[Sorte::Atrasa]);
        let mut estrada = Estrada::nova(vinda, ida).unwrap();
        let (aqui, la) = (estrada.endereco().unwrap(), longe.endereco().unwrap());
        for um in [b"a", b"b"] {
            longe.enviar(um, aqui).unwrap();
        }
        let prazo = Duration::from_secs(5);
        assert_eq!(estrada.receber(prazo), Some((b"b".to_vec(), la)));
        assert_eq!(estrada.receber(prazo), Some((b"b".to_vec(), la)));
        assert_eq!(estrada.enviar(b"c", la).unwrap(), 0);
        assert_eq!(estrada.enviar(b"d", la).unwrap(), 2);
        assert_eq!(longe.receber(prazo).unwrap().0, b"d");
        assert_eq!(longe.receber(prazo).unwrap().0, b"c");
    }
}
