//! Um pedido ao núcleo sobre interfaces, endereços ou rotas, e a resposta dele
//! (`rtnetlink(7)`).

use std::io;

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_REQUEST, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};

/// Uma conversa com o núcleo sobre o espaço de rede da thread que a abriu.
pub(super) struct Conversa(Socket);

impl Conversa {
    /// Abre uma.
    ///
    /// # Errors
    /// O que o núcleo respondeu.
    pub(super) fn abrir() -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        Ok(Self(socket))
    }

    /// Pede que algo se faça; `bandeiras` são as `NLM_F_` do pedido (criar, trocar).
    ///
    /// # Errors
    /// O que o núcleo respondeu, com o número do erro.
    pub(super) fn pedir(
        &self,
        pedido: RouteNetlinkMessage,
        bandeiras: u16,
    ) -> io::Result<()> {
        let resposta = self.trocar(pedido, NLM_F_ACK | bandeiras)?;
        let resposta =
            NetlinkMessage::<RouteNetlinkMessage>::deserialize(&resposta)
                .map_err(nao_entendi)?;
        match resposta.payload {
            NetlinkPayload::Error(e) if e.code.is_some() => Err(e.to_io()),
            _ => Ok(()),
        }
    }

    /// Pergunta algo que o núcleo responde em uma mensagem só. A resposta vem como ele
    /// a mandou, para que só se leia dela o que interessa: cada versão dele põe coisas
    /// a mais.
    ///
    /// # Errors
    /// O que o núcleo respondeu.
    pub(super) fn perguntar(
        &self,
        pergunta: RouteNetlinkMessage,
    ) -> io::Result<Vec<u8>> {
        self.trocar(pergunta, 0)
    }

    fn trocar(
        &self,
        pedido: RouteNetlinkMessage,
        bandeiras: u16,
    ) -> io::Result<Vec<u8>> {
        let mut mensagem = NetlinkMessage::from(pedido);
        mensagem.header.flags = NLM_F_REQUEST | bandeiras;
        mensagem.finalize();
        let mut bytes = vec![0; mensagem.buffer_len()];
        mensagem.serialize(&mut bytes);
        self.0.send(&bytes, 0)?;
        Ok(self.0.recv_from_full()?.0)
    }
}

/// Uma resposta que não se entende.
pub(super) fn nao_entendi(
    erro: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, erro)
}
