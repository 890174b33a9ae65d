//! Os sockets de um experimento: um em cada lado, já ligados, e o fim deles.

use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use socket2::{Domain, SockRef, Socket, Type};

use super::ajustes::{
    AjustesTcp, Buffers, ajustar, conferir_congestionamento, congestionamento,
    preparar,
};
use super::{Conexao, Laboratorio, Lado, Rede};
use crate::espera;

/// Quanto se espera que uma conexão TCP se abra: mesmo perdendo um quinto de tudo, cinco
/// tentativas, a 1, 2, 4, 8 e 16 segundos uma da outra.
const PRAZO_DA_CONEXAO: Duration = Duration::from_secs(40);

/// Quanto se espera que o fim de uma conexão atravesse o caminho. Se uma das pontas já a
/// tinha esquecido, não há o que esperar.
const PRAZO_DO_FIM: Duration = Duration::from_millis(50);

impl Laboratorio {
    /// Um socket UDP em cada lado, cada um ligado (`connect`) ao outro, com o caminho
    /// que estiver valendo. Onde o caminho é um procurador, é a ele que cada um se liga, e
    /// o par anterior deixa de se falar.
    ///
    /// # Errors
    /// O que o sistema não deixou fazer.
    pub fn par_udp(&self) -> Result<(UdpSocket, UdpSocket)> {
        self.par_udp_com(Buffers::default())
    }

    /// Como [`par_udp`](Self::par_udp), com os buffers dos dois ajustados.
    ///
    /// # Errors
    /// O que o sistema não deixou fazer; em particular, um buffer maior do que ele dá.
    pub fn par_udp_com(
        &self,
        buffers: Buffers,
    ) -> Result<(UdpSocket, UdpSocket)> {
        let abrir = |lado| -> Result<UdpSocket> {
            let endereco = self.endereco(lado);
            let socket = self
                .dentro(lado, move || UdpSocket::bind((endereco, 0)))
                .with_context(|| {
                    format!(
                        "não foi possível abrir um socket UDP em {endereco}"
                    )
                })?;
            ajustar(&SockRef::from(&socket), buffers)?;
            Ok(socket)
        };
        let (cliente, servidor) =
            (abrir(Lado::Cliente)?, abrir(Lado::Servidor)?);
        match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(_) => {
                let ligar = |um: &UdpSocket, outro: &UdpSocket| {
                    um.connect(outro.local_addr()?)
                };
                ligar(&cliente, &servidor)
                    .and_then(|()| ligar(&servidor, &cliente))
                    .context("não foi possível ligar um socket UDP ao outro")?;
            }
            Rede::Procurada(procurado) => {
                procurado.ligar(&cliente, &servidor)?;
            }
        }
        Ok((cliente, servidor))
    }

    /// Uma conexão TCP do cliente ao servidor: as duas pontas, nesta ordem. O aperto de
    /// mãos passa pelo caminho que estiver valendo, e demora no máximo 40 segundos.
    ///
    /// As duas pontas usam o controle de congestionamento pedido: isso se confere.
    ///
    /// # Errors
    /// Onde o TCP não se mede ([`sem_tcp`](Self::sem_tcp)), e o que o sistema não deixou
    /// fazer; em particular, um controle de congestionamento que este núcleo não tem.
    pub fn par_tcp(
        &self,
        ajustes: AjustesTcp,
    ) -> Result<(TcpStream, TcpStream)> {
        self.par_tcp_com(ajustes, Buffers::default())
    }

    /// Como [`par_tcp`](Self::par_tcp), com os buffers das duas pontas ajustados.
    ///
    /// # Errors
    /// Os mesmos, e um buffer maior do que o sistema dá.
    pub fn par_tcp_com(
        &self,
        ajustes: AjustesTcp,
        buffers: Buffers,
    ) -> Result<(TcpStream, TcpStream)> {
        if let Some(porque) = self.sem_tcp() {
            bail!(porque);
        }
        let novo = |lado| {
            self.dentro(lado, || -> Result<Socket> {
                let socket = Socket::new(Domain::IPV4, Type::STREAM, None)
                    .context("não foi possível abrir um socket TCP")?;
                preparar(&socket, ajustes, buffers)?;
                Ok(socket)
            })
        };
        let escuta = novo(Lado::Servidor)?;
        let endereco = SocketAddr::new(self.endereco(Lado::Servidor), 0);
        let destino = escuta
            .bind(&endereco.into())
            .and_then(|()| escuta.listen(1))
            .and_then(|()| escuta.local_addr())
            .with_context(|| {
                format!("não foi possível escutar em {endereco}")
            })?;
        let cliente = novo(Lado::Cliente)?;
        cliente
            .connect_timeout(&destino, PRAZO_DA_CONEXAO)
            .with_context(|| {
                format!(
                    "a conexão TCP pelo caminho não se abriu em {} s",
                    PRAZO_DA_CONEXAO.as_secs()
                )
            })?;
        ensure!(
            espera::legivel(&escuta, PRAZO_DA_CONEXAO)?,
            "o servidor não viu a conexão TCP que o cliente abriu"
        );
        let (servidor, _) = escuta.accept()?;
        let pontas = (TcpStream::from(cliente), TcpStream::from(servidor));
        pontas.1.set_nodelay(ajustes.sem_nagle)?;
        for ponta in [&pontas.0, &pontas.1] {
            conferir_congestionamento(ponta, ajustes)?;
        }
        Ok(pontas)
    }

    /// Acaba com uma conexão sem deixar rastro: as duas pontas mandam um RST e esquecem
    /// tudo. Um fim comum deixaria FINs, e dados ainda sem confirmação, a ser mandados de
    /// novo no meio da medição seguinte.
    ///
    /// # Errors
    /// O que o sistema respondeu.
    pub fn encerrar(&self, pontas: (TcpStream, TcpStream)) -> io::Result<()> {
        for ponta in [&pontas.0, &pontas.1] {
            SockRef::from(ponta).set_linger(Some(Duration::ZERO))?;
        }
        let entraram = || {
            let contas = self.contas();
            contas.ida.entraram + contas.volta.entraram
        };
        let antes = entraram();
        drop(pontas);
        // Em uma máquina ocupada, até o RST demora a ser visto.
        let inicio = Instant::now();
        while entraram() == antes && inicio.elapsed() < PRAZO_DO_FIM {}
        Ok(())
    }

    /// O controle de congestionamento das conexões que não pedem nenhum.
    ///
    /// # Errors
    /// O que o sistema respondeu; fora do Linux, que ele não diz.
    pub fn congestionamento_padrao(&self) -> Result<String> {
        let socket = self
            .dentro(Lado::Cliente, || {
                Socket::new(Domain::IPV4, Type::STREAM, None)
            })
            .context("não foi possível abrir um socket TCP")?;
        congestionamento(&SockRef::from(&socket))
    }

    /// O estado de uma conexão, visto da ponta `ponta`.
    ///
    /// # Errors
    /// O que o núcleo respondeu; fora do Linux, que ele não diz.
    pub fn estado_tcp(&self, ponta: &TcpStream) -> Result<Conexao> {
        #[cfg(target_os = "linux")]
        {
            crate::rede::conexao::estado(ponta)
                .context("o núcleo não disse o estado da conexão (TCP_INFO)")
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = ponta;
            bail!("não medido: só o Linux diz o estado de uma conexão")
        }
    }
}
