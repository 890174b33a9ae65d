//! As interfaces de rede, pedidas ao núcleo por `rtnetlink(7)`.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, BorrowedFd};

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, NetlinkMessage,
    NetlinkPayload,
};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{
    InfoData, InfoKind, InfoVeth, LinkAttribute, LinkFlags, LinkInfo,
    LinkMessage,
};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};

/// Uma conversa com o núcleo sobre as interfaces do espaço de rede de quem a abriu.
pub struct Interfaces(Socket);

impl Interfaces {
    pub fn abrir() -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        Ok(Self(socket))
    }

    /// Um cabo: a ponta `aqui` neste espaço, a ponta `la` no espaço `espaco`.
    pub fn criar_cabo(
        &self,
        aqui: &str,
        la: &str,
        espaco: BorrowedFd<'_>,
    ) -> io::Result<()> {
        let mut outra = LinkMessage::default();
        outra.attributes = vec![
            LinkAttribute::IfName(la.into()),
            LinkAttribute::NetNsFd(espaco.as_raw_fd()),
            LinkAttribute::GsoMaxSegs(1),
        ];
        let mut uma = LinkMessage::default();
        uma.attributes = vec![
            LinkAttribute::IfName(aqui.into()),
            LinkAttribute::GsoMaxSegs(1),
            LinkAttribute::LinkInfo(vec![
                LinkInfo::Kind(InfoKind::Veth),
                LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(outra))),
            ]),
        ];
        self.pedir(RouteNetlinkMessage::NewLink(uma), NLM_F_CREATE | NLM_F_EXCL)
    }

    pub fn subir(&self, interface: u32) -> io::Result<()> {
        let mut m = LinkMessage::default();
        m.header.index = interface;
        m.header.flags = LinkFlags::Up;
        m.header.change_mask = LinkFlags::Up;
        self.pedir(RouteNetlinkMessage::SetLink(m), 0)
    }

    pub fn enderecar(
        &self,
        interface: u32,
        endereco: Ipv4Addr,
        prefixo: u8,
    ) -> io::Result<()> {
        let mut m = AddressMessage::default();
        m.header.family = netlink_packet_route::AddressFamily::Inet;
        m.header.index = interface;
        m.header.prefix_len = prefixo;
        m.attributes = vec![
            AddressAttribute::Local(endereco.into()),
            AddressAttribute::Address(endereco.into()),
        ];
        self.pedir(
            RouteNetlinkMessage::NewAddress(m),
            NLM_F_CREATE | NLM_F_EXCL,
        )
    }

    fn pedir(
        &self,
        pedido: RouteNetlinkMessage,
        bandeiras: u16,
    ) -> io::Result<()> {
        let mut mensagem = NetlinkMessage::from(pedido);
        mensagem.header.flags = NLM_F_REQUEST | NLM_F_ACK | bandeiras;
        mensagem.finalize();
        let mut bytes = vec![0; mensagem.buffer_len()];
        mensagem.serialize(&mut bytes);
        self.0.send(&bytes, 0)?;
        let (resposta, _) = self.0.recv_from_full()?;
        let resposta =
            NetlinkMessage::<RouteNetlinkMessage>::deserialize(&resposta)
                .map_err(|e| {
                    io::Error::new(io::ErrorKind::InvalidData, e.to_string())
                })?;
        match resposta.payload {
            NetlinkPayload::Error(e) if e.code.is_some() => Err(e.to_io()),
            _ => Ok(()),
        }
    }
}
