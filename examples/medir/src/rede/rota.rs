//! A rota de um computador ao outro, e o que ela manda o TCP fazer.
//!
//! As métricas de uma rota (`ip-route(8)`) existem em todo núcleo e não precisam de
//! `/proc/sys`, que em muitos contêineres é só de leitura.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use netlink_packet_core::{NLM_F_CREATE, NLM_F_REPLACE};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteMetric,
    RouteProtocol, RouteScope, RouteType,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

use super::conversa::Conversa;

// As posições das métricas na máscara do que fica trancado (`RTAX_`, de
// `linux/rtnetlink.h`).
const IDA_E_VOLTA: u32 = 1 << 4;
const VARIACAO: u32 = 1 << 5;
const LIMIAR: u32 = 1 << 6;
const REORDENACAO: u32 = 1 << 9;
const MENOR_PRAZO: u32 = 1 << 13;

/// O que o TCP guardaria de uma conexão para a seguinte ao mesmo destino. Trancado em
/// zero, não guarda nada: uma rodada que perdeu pacotes não faz a outra começar devagar.
const MEMORIA: u32 = IDA_E_VOLTA | VARIACAO | LIMIAR | REORDENACAO;

/// Uma rota até um computador só.
#[derive(Debug, Clone, Copy)]
pub struct Rota {
    /// Por onde se sai.
    pub interface: u32,
    /// Quem sai.
    pub origem: Ipv4Addr,
    /// Até quem.
    pub destino: Ipv4Addr,
    /// O menor prazo de retransmissão do TCP (`rto_min`); `None`, o do núcleo. Em
    /// milissegundos inteiros, arredondado para cima.
    pub menor_prazo: Option<Duration>,
}

impl Rota {
    /// Passa a valer, no espaço de rede desta thread, no lugar da que houver até o mesmo
    /// destino.
    ///
    /// # Errors
    /// O que o núcleo respondeu.
    pub fn valer(&self) -> io::Result<()> {
        let mut mensagem = RouteMessage::default();
        mensagem.header = RouteHeader {
            address_family: AddressFamily::Inet,
            destination_prefix_length: 32,
            table: RouteHeader::RT_TABLE_MAIN,
            protocol: RouteProtocol::Static,
            scope: RouteScope::Link,
            kind: RouteType::Unicast,
            ..RouteHeader::default()
        };
        mensagem.attributes = vec![
            RouteAttribute::Destination(RouteAddress::Inet(self.destino)),
            RouteAttribute::PrefSource(RouteAddress::Inet(self.origem)),
            RouteAttribute::Oif(self.interface),
            RouteAttribute::Metrics(self.metricas()),
        ];
        Conversa::abrir()?.pedir(
            RouteNetlinkMessage::NewRoute(mensagem),
            NLM_F_CREATE | NLM_F_REPLACE,
        )
    }

    fn metricas(&self) -> Vec<RouteMetric> {
        let Some(prazo) = self.menor_prazo else {
            return vec![RouteMetric::Lock(MEMORIA)];
        };
        // O TCP só obedece ao menor prazo trancado.
        let milissegundos = prazo.as_nanos().div_ceil(1_000_000);
        vec![
            RouteMetric::Lock(MEMORIA | MENOR_PRAZO),
            RouteMetric::RtoMin(
                u32::try_from(milissegundos).unwrap_or(u32::MAX),
            ),
        ]
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn metricas(menor_prazo: Option<Duration>) -> Vec<RouteMetric> {
        Rota {
            interface: 1,
            origem: Ipv4Addr::LOCALHOST,
            destino: Ipv4Addr::LOCALHOST,
            menor_prazo,
        }
        .metricas()
    }

    #[test]
    fn sem_prazo_so_tranca_a_memoria() {
        // ip route … rtt 0 rttvar 0 ssthresh 0 reordering 0, com lock em cada um.
        assert_eq!(metricas(None), [RouteMetric::Lock(0x270)]);
    }

    #[test]
    fn o_prazo_vai_trancado_e_em_milissegundos_para_cima() {
        let com = |prazo| metricas(Some(prazo));
        assert_eq!(
            com(Duration::from_millis(50)),
            [RouteMetric::Lock(0x2270), RouteMetric::RtoMin(50)]
        );
        let um = RouteMetric::RtoMin(1);
        assert_eq!(com(Duration::from_nanos(1))[1], um);
        assert_eq!(com(Duration::MAX)[1], RouteMetric::RtoMin(u32::MAX));
    }
}
