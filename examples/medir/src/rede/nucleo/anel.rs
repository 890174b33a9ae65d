//! Um socket de quadros e o anel de memória que o núcleo divide com ele.

use std::io::{self, Read};
use std::mem::{size_of, zeroed};
use std::os::fd::AsRawFd;
use std::ptr::{NonNull, null_mut};
use std::slice;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::net::sockopt::{
    set_socket_recv_buffer_size, set_socket_recv_buffer_size_force,
};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

/// Quantos bytes ocupa um quadro no [`Anel`]: um de 1514, que é o maior sem
/// superpacotes, e o que o núcleo escreve na frente dele.
const VAGA: u32 = 2048;

/// Quantos quadros cabem no [`Anel`]: o que um computador manda em uns 10 ms, que é
/// quanto a thread que lê pode ter de esperar pela CPU.
pub const VAGAS: u32 = 8192;

/// Em pedaços de quantos bytes o núcleo aloca o [`Anel`]: um múltiplo de qualquer
/// tamanho de página em uso.
const BLOCO: u32 = 64 << 10;

/// Quantos bytes o [`Anel`] ocupa.
const TAMANHO: usize = (VAGAS * VAGA) as usize;

/// O tamanho do `virtio_net_hdr` que precede cada quadro (virtio 1.2, seção 5.1.6, sem
/// `num_buffers`).
pub const CABECALHO: usize = 10;

/// O maior quadro que o núcleo entrega: um superpacote de 64 KiB e os cabeçalhos.
const MAIOR_QUADRO: usize = 70_000;

/// Os quadros de qualquer protocolo (`ETH_P_ALL`, que a libc dá em outro tamanho).
const TODOS: u16 = 3;

/// A família `AF_PACKET`, no tamanho que ela tem em um endereço.
const FAMILIA: libc::sa_family_t = 17;

/// Um quadro que chegou.
#[derive(Debug)]
pub struct Quadro<'a> {
    /// O `virtio_net_hdr`, que diz se a soma de verificação ainda não foi feita, e o
    /// quadro. É o que se escreve para mandá-lo adiante.
    pub bytes: &'a [u8],
    /// Quando chegou, pelo relógio do calendário (`CLOCK_REALTIME`).
    pub quando: SystemTime,
    /// Se está inteiro: um superpacote pode não caber.
    pub inteiro: bool,
}

/// Um socket de quadros (`packet(7)`) e o anel em que o núcleo os põe
/// (`PACKET_RX_RING`, `TPACKET_V2`), que esta thread lê sem chamada de sistema e sem
/// cópia.
///
/// O anel existe porque o buffer de um socket não passa de `net.core.rmem_max`, que em
/// muitos sistemas são 208 KiB: uma rajada de cem quadros o enche, e o núcleo os joga
/// fora.
#[derive(Debug)]
pub struct Anel {
    socket: Socket,
    memoria: NonNull<u8>,
    /// A vaga que o núcleo enche a seguir: menor que [`VAGAS`].
    proxima: u32,
    /// Para onde se lê o que não cabe em uma vaga.
    reserva: Vec<u8>,
}

// SAFETY: a memória é só deste valor, e o núcleo não se importa com a thread.
unsafe impl Send for Anel {}

impl Anel {
    /// Ouve a interface de índice `interface`, menos o que se manda por ela mesma.
    ///
    /// # Errors
    /// O que o núcleo respondeu à primeira chamada que ele recusou.
    pub fn abrir(interface: u32) -> io::Result<Self> {
        // O protocolo 0 não recebe nada até o `bind`: nenhum quadro de outra interface
        // entra.
        let socket = Socket::new(
            Domain::PACKET,
            Type::RAW.nonblocking().cloexec(),
            Some(Protocol::from(0)),
        )?;
        let versao = libc::tpacket_versions::TPACKET_V2;
        dizer(&socket, libc::PACKET_VERSION, &versao)?;
        aumentar_buffer(&socket);
        // O que não cabe em uma vaga vai inteiro para o buffer do socket.
        for opcao in [
            libc::PACKET_VNET_HDR,
            libc::PACKET_IGNORE_OUTGOING,
            libc::PACKET_COPY_THRESH,
        ] {
            dizer::<libc::c_int>(&socket, opcao, &1)?;
        }
        let pedido = libc::tpacket_req {
            tp_block_size: BLOCO,
            tp_block_nr: VAGAS * VAGA / BLOCO,
            tp_frame_size: VAGA,
            tp_frame_nr: VAGAS,
        };
        dizer(&socket, libc::PACKET_RX_RING, &pedido)?;
        // SAFETY: um mapa novo, onde o núcleo quiser; ninguém tem referência a ele.
        let memoria = unsafe {
            libc::mmap(
                null_mut(),
                TAMANHO,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                socket.as_raw_fd(),
                0,
            )
        };
        let memoria = NonNull::new(memoria.cast())
            .filter(|_| memoria != libc::MAP_FAILED)
            .ok_or_else(io::Error::last_os_error)?;
        let anel = Self {
            socket,
            memoria,
            proxima: 0,
            reserva: Vec::new(),
        };
        anel.socket.bind(&endereco_da_interface(interface)?)?;
        Ok(anel)
    }

    /// Mostra a `ver` o próximo quadro que chegou e devolve o que ela devolver; `None`
    /// se não há nenhum.
    pub fn ler<T>(&mut self, ver: impl FnOnce(&Quadro<'_>) -> T) -> Option<T> {
        let estado = self.estado().load(Ordering::Acquire);
        if estado & libc::TP_STATUS_USER == 0 {
            return None;
        }
        let vaga = self.vaga();
        // SAFETY: enquanto o estado for `USER` o núcleo não toca na vaga, e o que ele
        // escreveu nela antes de o pôr é visível (`Acquire`). O cabeçalho é só de
        // inteiros.
        let cabecalho = unsafe { vaga.cast::<libc::tpacket2_hdr>().read() };
        let mac = usize::from(cabecalho.tp_mac);
        let fim = (VAGA as usize).min(mac + cabecalho.tp_snaplen as usize);
        let comeco = mac.saturating_sub(CABECALHO).min(fim);
        // SAFETY: `comeco..fim` não sai da vaga, e ela é nossa até a devolução, que é
        // depois do último uso dos bytes.
        let bytes = unsafe {
            slice::from_raw_parts(vaga.add(comeco).as_ptr(), fim - comeco)
        };
        let mut quadro = Quadro {
            bytes,
            quando: UNIX_EPOCH
                + Duration::new(u64::from(cabecalho.tp_sec), cabecalho.tp_nsec),
            inteiro: cabecalho.tp_snaplen == cabecalho.tp_len,
        };
        if estado & libc::TP_STATUS_COPY != 0 {
            self.reserva.resize(MAIOR_QUADRO, 0);
            if let Ok(lidos) = (&self.socket).read(&mut self.reserva) {
                quadro.bytes = &self.reserva[..lidos];
                quadro.inteiro = true;
            }
        }
        let resposta = ver(&quadro);
        self.estado()
            .store(libc::TP_STATUS_KERNEL, Ordering::Release);
        self.proxima = (self.proxima + 1) % VAGAS;
        Some(resposta)
    }

    /// Se há o que [`ler`](Self::ler).
    #[must_use]
    pub fn tem(&self) -> bool {
        self.estado().load(Ordering::Relaxed) & libc::TP_STATUS_USER != 0
    }

    /// Onde começa a próxima vaga.
    fn vaga(&self) -> NonNull<u8> {
        // SAFETY: `proxima` é menor que `VAGAS`: a vaga inteira está no mapa.
        unsafe { self.memoria.add((self.proxima * VAGA) as usize) }
    }

    /// De quem é a próxima vaga: do núcleo ou do programa.
    fn estado(&self) -> &AtomicU32 {
        // SAFETY: a vaga começa, alinhada a 2048, com o `tp_status`, que o núcleo e o
        // programa só tocam atomicamente, e vive tanto quanto `self`.
        unsafe { self.vaga().cast::<AtomicU32>().as_ref() }
    }

    /// O socket: por ele se manda, e por ele se sabe que há o que [`ler`](Self::ler).
    #[must_use]
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Quantos quadros o núcleo jogou fora, por não haver vaga, desde a última vez que
    /// se perguntou (`PACKET_STATISTICS`).
    ///
    /// # Errors
    /// O que o núcleo respondeu.
    pub fn descartados(&self) -> io::Result<u64> {
        let mut contas = libc::tpacket_stats {
            tp_packets: 0,
            tp_drops: 0,
        };
        let mut tamanho = tamanho_de::<libc::tpacket_stats>();
        // SAFETY: os dois ponteiros são de valores vivos, e o tamanho é o do primeiro.
        let resultado = unsafe {
            libc::getsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_PACKET,
                libc::PACKET_STATISTICS,
                (&raw mut contas).cast(),
                &raw mut tamanho,
            )
        };
        conferir(resultado)?;
        Ok(u64::from(contas.tp_drops))
    }
}

impl Drop for Anel {
    fn drop(&mut self) {
        // SAFETY: é o mapa que `abrir` fez, e ninguém mais o usa.
        unsafe {
            libc::munmap(self.memoria.as_ptr().cast(), TAMANHO);
        }
    }
}

/// Pede um buffer em que caibam superpacotes. Quem não é root fica com o que o sistema
/// deixar (`net.core.rmem_max`), e os que não couberem chegam cortados.
fn aumentar_buffer(socket: &Socket) {
    const BUFFER: usize = 32 << 20;
    if set_socket_recv_buffer_size_force(socket, BUFFER).is_err() {
        let _ = set_socket_recv_buffer_size(socket, BUFFER);
    }
}

/// Todos os quadros da interface de índice `interface`, como endereço.
fn endereco_da_interface(interface: u32) -> io::Result<SockAddr> {
    // SAFETY: todo campo de `sockaddr_ll` é um inteiro, e zero vale para todos; o
    // armazém do `SockAddr` é grande o bastante para qualquer endereço, e o tamanho
    // dito é o do tipo que se escreveu.
    let ((), endereco) = unsafe {
        SockAddr::try_init(|armazem, tamanho| {
            let endereco = armazem.cast::<libc::sockaddr_ll>();
            let mut ll: libc::sockaddr_ll = zeroed();
            ll.sll_family = FAMILIA;
            ll.sll_protocol = TODOS.to_be();
            ll.sll_ifindex = interface.cast_signed();
            endereco.write(ll);
            *tamanho = tamanho_de::<libc::sockaddr_ll>();
            Ok(())
        })?
    };
    Ok(endereco)
}

/// Diz ao núcleo o `valor` de uma opção do nível `SOL_PACKET`.
fn dizer<T: Copy>(
    socket: &Socket,
    opcao: libc::c_int,
    valor: &T,
) -> io::Result<()> {
    // SAFETY: o ponteiro é de um valor vivo, e o tamanho é o dele.
    let resultado = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            opcao,
            (&raw const *valor).cast(),
            tamanho_de::<T>(),
        )
    };
    conferir(resultado)
}

/// O erro que uma chamada deixou, se ela falhou.
fn conferir(resultado: libc::c_int) -> io::Result<()> {
    if resultado == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// O tamanho de um tipo, como as chamadas de sistema o querem.
fn tamanho_de<T>() -> libc::socklen_t {
    libc::socklen_t::try_from(size_of::<T>()).expect("são tipos pequenos")
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn os_numeros_sao_os_da_libc() {
        assert_eq!(i32::from(TODOS), libc::ETH_P_ALL);
        assert_eq!(i32::from(FAMILIA), libc::AF_PACKET);
    }
}
