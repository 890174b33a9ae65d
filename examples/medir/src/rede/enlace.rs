//! Os cabos entre os computadores, e o que cada ponta sabe da outra.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, BorrowedFd};

use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use netlink_packet_core::{NlaBuffer, NlasIterator};
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{
    AfSpecInet6, AfSpecUnspec, In6AddrGenMode, InfoData, InfoKind, InfoVeth,
    LinkAttribute, LinkFlags, LinkInfo, LinkMessage,
};
use netlink_packet_route::neighbour::{
    NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState,
};
use netlink_packet_route::route::RouteType;
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use rustix::net::netdevice::name_to_index;
use socket2::{Domain, Type};

use super::conversa::{Conversa, nao_entendi};

/// O endereço Ethernet de uma ponta de um cabo.
pub type Mac = [u8; 6];

/// Quantos segmentos TCP o núcleo pode juntar em um quadro que sai por um cabo. Com
/// mais de um, um quadro “perdido” levaria dezenas de segmentos com ele.
pub const SEGMENTOS_POR_QUADRO: u32 = 1;

/// Uma ponta de um cabo: o nome da interface e o endereço Ethernet dela.
#[derive(Debug, Clone, Copy)]
pub struct Ponta<'a> {
    /// O nome, no espaço de rede em que ela fica.
    pub nome: &'a str,
    /// O endereço.
    pub mac: Mac,
}

impl Ponta<'_> {
    fn atributos(&self) -> Vec<LinkAttribute> {
        vec![
            LinkAttribute::IfName(self.nome.into()),
            LinkAttribute::Address(self.mac.into()),
            LinkAttribute::GsoMaxSegs(SEGMENTOS_POR_QUADRO),
        ]
    }
}

/// As interfaces do espaço de rede da thread que as abriu.
pub struct Interfaces(Conversa);

impl Interfaces {
    /// Abre a conversa com o núcleo sobre elas.
    ///
    /// # Errors
    /// O que o núcleo respondeu.
    pub fn abrir() -> io::Result<Self> {
        Conversa::abrir().map(Self)
    }

    /// Um cabo: a ponta `aqui` neste espaço, a ponta `la` no espaço de rede `espaco`.
    ///
    /// # Errors
    /// O que o núcleo respondeu: `EPERM` sem a capacidade de mexer na rede,
    /// `EOPNOTSUPP` sem `veth`.
    pub fn criar_cabo(
        &self,
        aqui: Ponta<'_>,
        la: Ponta<'_>,
        espaco: BorrowedFd<'_>,
    ) -> io::Result<()> {
        let mut outra = LinkMessage::default();
        outra.attributes = la.atributos();
        outra
            .attributes
            .push(LinkAttribute::NetNsFd(espaco.as_raw_fd()));
        let mut uma = LinkMessage::default();
        uma.attributes = aqui.atributos();
        uma.attributes.push(LinkAttribute::LinkInfo(vec![
            LinkInfo::Kind(InfoKind::Veth),
            LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(outra))),
        ]));
        self.0
            .pedir(RouteNetlinkMessage::NewLink(uma), NLM_F_CREATE | NLM_F_EXCL)
    }

    /// Tira o IPv6 da interface: sem um endereço de enlace, ele não anuncia, não procura
    /// roteadores, e nada dele passa pelo cabo.
    ///
    /// # Errors
    /// O que o núcleo respondeu. Um núcleo sem IPv6 já está quieto: não é erro.
    pub fn calar_ipv6(&self, interface: u32) -> io::Result<()> {
        let mut mensagem = LinkMessage::default();
        mensagem.header.index = interface;
        mensagem.attributes =
            vec![LinkAttribute::AfSpecUnspec(vec![AfSpecUnspec::Inet6(
                vec![AfSpecInet6::AddrGenMode(In6AddrGenMode::None)],
            )])];
        match self.0.pedir(RouteNetlinkMessage::SetLink(mensagem), 0) {
            Err(erro) if erro.raw_os_error() == Some(libc::EAFNOSUPPORT) => {
                Ok(())
            }
            resultado => resultado,
        }
    }

    /// Põe a interface no ar.
    ///
    /// # Errors
    /// O que o núcleo respondeu.
    pub fn subir(&self, interface: u32) -> io::Result<()> {
        let mut mensagem = LinkMessage::default();
        mensagem.header.index = interface;
        mensagem.header.flags = LinkFlags::Up;
        mensagem.header.change_mask = LinkFlags::Up;
        self.0.pedir(RouteNetlinkMessage::SetLink(mensagem), 0)
    }

    /// Dá à interface o endereço `endereco`, sem nenhuma rede em volta: a
    /// [rota](super::rota) até o outro lado é dita à parte.
    ///
    /// # Errors
    /// O que o núcleo respondeu.
    pub fn enderecar(
        &self,
        interface: u32,
        endereco: Ipv4Addr,
    ) -> io::Result<()> {
        let mut mensagem = AddressMessage::default();
        mensagem.header.family = AddressFamily::Inet;
        mensagem.header.index = interface;
        mensagem.header.prefix_len = 32;
        mensagem.attributes = vec![
            AddressAttribute::Local(endereco.into()),
            AddressAttribute::Address(endereco.into()),
        ];
        self.0.pedir(
            RouteNetlinkMessage::NewAddress(mensagem),
            NLM_F_CREATE | NLM_F_EXCL,
        )
    }

    /// Ensina de uma vez por todas que `endereco` fica em `mac`: nenhuma pergunta de ARP
    /// passa pelo caminho que se mede.
    ///
    /// # Errors
    /// O que o núcleo respondeu.
    pub fn apresentar(
        &self,
        interface: u32,
        endereco: Ipv4Addr,
        mac: Mac,
    ) -> io::Result<()> {
        let mut mensagem = NeighbourMessage::default();
        mensagem.header.family = AddressFamily::Inet;
        mensagem.header.ifindex = interface;
        mensagem.header.state = NeighbourState::Permanent;
        mensagem.header.kind = RouteType::Unicast;
        mensagem.attributes = vec![
            NeighbourAttribute::Destination(NeighbourAddress::Inet(endereco)),
            NeighbourAttribute::LinkLayerAddress(mac.into()),
        ];
        self.0.pedir(
            RouteNetlinkMessage::NewNeighbour(mensagem),
            NLM_F_CREATE | NLM_F_REPLACE,
        )
    }

    /// Quantos segmentos TCP o núcleo pode juntar em um quadro que sai pela interface.
    ///
    /// # Errors
    /// O que o núcleo respondeu, ou uma resposta sem esse dado.
    pub fn segmentos_por_quadro(&self, interface: u32) -> io::Result<u32> {
        /// `IFLA_GSO_MAX_SEGS`, de `linux/if_link.h`.
        const MAIS_SEGMENTOS: u16 = 40;
        /// O cabeçalho do netlink e o das interfaces.
        const CABECALHOS: usize = 16 + 16;
        let mut pergunta = LinkMessage::default();
        pergunta.header.index = interface;
        let resposta =
            self.0.perguntar(RouteNetlinkMessage::GetLink(pergunta))?;
        let atributos = resposta
            .get(CABECALHOS..)
            .ok_or_else(|| nao_entendi("resposta curta sobre a interface"))?;
        NlasIterator::new(atributos)
            .filter_map(Result::ok)
            .find(|a: &NlaBuffer<&[u8]>| a.kind() == MAIS_SEGMENTOS)
            .and_then(|a| a.value().try_into().ok().map(u32::from_ne_bytes))
            .ok_or_else(|| nao_entendi("a interface não diz gso_max_segs"))
    }
}

/// O índice da interface `nome` no espaço de rede desta thread.
///
/// # Errors
/// O que o núcleo respondeu: `ENODEV` quando ela não existe.
pub fn indice(nome: &str) -> io::Result<u32> {
    let socket = socket2::Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    Ok(name_to_index(&socket, nome)?)
}
