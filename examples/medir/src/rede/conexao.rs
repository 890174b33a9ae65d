//! O estado de uma conexão TCP, segundo o núcleo (`TCP_INFO`, em `tcp(7)` e
//! `linux/tcp.h`).

use std::time::Duration;

/// O estado de uma conexão TCP, visto de uma das pontas. O que é `None`, este núcleo é
/// antigo demais para dizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conexao {
    /// A ida e volta estimada (SRTT; RFC 6298).
    pub ida_e_volta: Duration,
    /// Quanto ela varia, segundo a estimativa (RTTVAR).
    pub variacao: Duration,
    /// O prazo de retransmissão que vale agora (RTO).
    pub prazo: Duration,
    /// A maior carga de um segmento que este lado manda, em bytes (MSS).
    pub maior_carga: u32,
    /// Quantos segmentos podem estar no caminho sem confirmação (cwnd).
    pub janela: u32,
    /// De que janela em diante ela cresce devagar (ssthresh); `None` enquanto não há.
    pub limiar: Option<u32>,
    /// Quantos segmentos já foram mandados de novo.
    pub retransmitidos: u64,
    /// Quantos segmentos já foram mandados, com os repetidos (núcleo ≥ 4.2).
    pub segmentos: Option<u32>,
    /// Quantos deles levavam dados (núcleo ≥ 4.6).
    pub segmentos_com_dados: Option<u32>,
    /// A menor ida e volta vista (núcleo ≥ 4.6).
    pub menor_ida_e_volta: Option<Duration>,
    /// Quantos bytes já foram mandados de novo (núcleo ≥ 4.19).
    pub bytes_retransmitidos: Option<u64>,
}

/// O estado de `conexao` neste momento, visto desta ponta.
///
/// # Errors
/// O que o núcleo respondeu; `InvalidData` se ele disse menos do que todo núcleo diz.
#[cfg(target_os = "linux")]
pub fn estado(conexao: &std::net::TcpStream) -> std::io::Result<Conexao> {
    let bytes = super::nucleo::tcp_info(conexao)?;
    Conexao::ler(&bytes).ok_or_else(|| {
        std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            format!("o TCP_INFO tem só {} bytes", bytes.len()),
        )
    })
}

/// O limiar que o núcleo põe quando não há nenhum (`TCP_INFINITE_SSTHRESH`).
const SEM_LIMIAR: u32 = 0x7fff_ffff;

impl Conexao {
    /// Lê o que o núcleo escreveu em um `struct tcp_info`: só o começo dele, onde o
    /// núcleo é antigo. `None` quando falta o que todo núcleo diz.
    #[must_use]
    pub fn ler(bytes: &[u8]) -> Option<Self> {
        let u32_em = |onde: usize| {
            let bytes = bytes.get(onde..onde + 4)?;
            Some(u32::from_ne_bytes(bytes.try_into().ok()?))
        };
        let u64_em = |onde: usize| {
            let bytes = bytes.get(onde..onde + 8)?;
            Some(u64::from_ne_bytes(bytes.try_into().ok()?))
        };
        let micros_em =
            |onde| Some(Duration::from_micros(u64::from(u32_em(onde)?)));
        Some(Self {
            prazo: micros_em(8)?,
            maior_carga: u32_em(16)?,
            ida_e_volta: micros_em(68)?,
            variacao: micros_em(72)?,
            limiar: Some(u32_em(76)?).filter(|&limiar| limiar < SEM_LIMIAR),
            janela: u32_em(80)?,
            retransmitidos: u32_em(100)?.into(),
            segmentos: u32_em(136),
            menor_ida_e_volta: micros_em(148),
            segmentos_com_dados: u32_em(156),
            bytes_retransmitidos: u64_em(208),
        })
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    /// Cada inteiro de 32 bits vale a sua posição em bytes.
    fn numerado(tamanho: u32) -> Vec<u8> {
        (0..tamanho).step_by(4).flat_map(u32::to_ne_bytes).collect()
    }

    #[test]
    fn le_cada_campo_do_seu_lugar() {
        let estado = Conexao::ler(&numerado(248)).expect("é completo");
        assert_eq!(estado.prazo, Duration::from_micros(8));
        assert_eq!(estado.maior_carga, 16);
        assert_eq!(estado.ida_e_volta, Duration::from_micros(68));
        assert_eq!(estado.variacao, Duration::from_micros(72));
        assert_eq!(estado.limiar, Some(76));
        assert_eq!(estado.janela, 80);
        assert_eq!(estado.retransmitidos, 100);
        assert_eq!(estado.segmentos, Some(136));
        assert_eq!(estado.menor_ida_e_volta, Some(Duration::from_micros(148)));
        assert_eq!(estado.segmentos_com_dados, Some(156));
        let repetidos = estado.bytes_retransmitidos.expect("cabe");
        assert!(repetidos.to_ne_bytes().starts_with(&208_u32.to_ne_bytes()));
    }

    #[test]
    fn um_nucleo_antigo_diz_menos() {
        let estado = Conexao::ler(&numerado(104)).expect("é o mínimo");
        assert_eq!(estado.retransmitidos, 100);
        assert_eq!(estado.segmentos, None);
        assert_eq!(estado.bytes_retransmitidos, None);
        assert_eq!(Conexao::ler(&numerado(100)), None);
        assert_eq!(Conexao::ler(&[]), None);
    }

    #[test]
    fn sem_limiar_e_dito() {
        let mut bytes = numerado(104);
        bytes[76..80].copy_from_slice(&SEM_LIMIAR.to_ne_bytes());
        assert_eq!(Conexao::ler(&bytes).expect("é o mínimo").limiar, None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_conversa_sem_perda_tem_prazo_e_ida_e_volta() -> std::io::Result<()> {
        use std::io::{Read, Write};
        use std::net::{TcpListener, TcpStream};
        let escuta = TcpListener::bind("127.0.0.1:0")?;
        let mut cliente = TcpStream::connect(escuta.local_addr()?)?;
        let (mut servidor, _) = escuta.accept()?;
        cliente.write_all(b"oi")?;
        servidor.read_exact(&mut [0; 2])?;
        let visto = estado(&cliente)?;
        assert!(visto.prazo > visto.ida_e_volta, "{visto:?}");
        assert!(visto.ida_e_volta > Duration::ZERO, "{visto:?}");
        assert!(visto.maior_carga >= 500, "{visto:?}");
        assert!(visto.janela >= 1, "{visto:?}");
        assert_eq!(visto.retransmitidos, 0);
        Ok(())
    }
}
