//! O que o núcleo de um computador contou, nas palavras de `/proc/net/snmp` e de
//! `/proc/net/netstat`.

use anyhow::{Context, Result};

/// Contadores do núcleo de um dos computadores que interessam às contas, desde que ele
/// existe. Entre parênteses, o nome que o núcleo dá a cada um.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contadores {
    /// Datagramas entregues a um programa (`Udp: InDatagrams`, RFC 4113).
    pub udp_recebidos: u64,
    /// Datagramas derrubados porque o buffer de recepção do socket estava cheio
    /// (`Udp: RcvbufErrors`).
    pub udp_sem_buffer: u64,
    /// Datagramas que chegaram e não foram entregues, por qualquer razão que não seja a
    /// falta de quem os espere; inclui os sem buffer (`Udp: InErrors`, RFC 4113).
    pub udp_com_erro: u64,
    /// Datagramas para uma porta em que ninguém escutava (`Udp: NoPorts`, RFC 4113).
    pub udp_sem_porta: u64,
    /// Datagramas com a soma de verificação errada (`Udp: InCsumErrors`).
    pub udp_soma_errada: u64,
    /// Datagramas mandados (`Udp: OutDatagrams`, RFC 4113).
    pub udp_enviados: u64,
    /// Datagramas que não saíram porque o buffer de envio estava cheio
    /// (`Udp: SndbufErrors`).
    pub udp_sem_buffer_de_envio: u64,
    /// Segmentos TCP mandados, sem os repetidos (`Tcp: OutSegs`, RFC 4022).
    pub tcp_enviados: u64,
    /// Segmentos TCP recebidos (`Tcp: InSegs`, RFC 4022).
    pub tcp_recebidos: u64,
    /// Segmentos TCP mandados de novo (`Tcp: RetransSegs`, RFC 4022).
    pub tcp_retransmitidos: u64,
    /// Vezes em que o prazo de retransmissão venceu (`TcpExt: TCPTimeouts`).
    pub tcp_prazos_vencidos: u64,
    /// Sondas mandadas antes do prazo, para o caso de a última mensagem ter se perdido
    /// (`TcpExt: TCPLossProbes`; RFC 8985 §7).
    pub tcp_sondas: u64,
    /// Confirmações que esperaram por dados com que viajar
    /// (`TcpExt: DelayedACKs`).
    pub tcp_confirmacoes_adiadas: u64,
}

impl Contadores {
    /// Lê os contadores do que os dois arquivos dizem.
    ///
    /// # Errors
    /// Quando falta algum.
    pub fn ler(snmp: &str, netstat: &str) -> Result<Self> {
        let ler = |texto: &str, grupo: &str, nome: &str| {
            valor(texto, grupo, nome).with_context(|| {
                format!("este núcleo não conta {grupo} {nome} em /proc/net")
            })
        };
        let udp = |nome| ler(snmp, "Udp:", nome);
        let tcp = |nome| ler(snmp, "Tcp:", nome);
        let tcp_extra = |nome| ler(netstat, "TcpExt:", nome);
        Ok(Self {
            udp_recebidos: udp("InDatagrams")?,
            udp_sem_buffer: udp("RcvbufErrors")?,
            udp_com_erro: udp("InErrors")?,
            udp_sem_porta: udp("NoPorts")?,
            udp_soma_errada: udp("InCsumErrors")?,
            udp_enviados: udp("OutDatagrams")?,
            udp_sem_buffer_de_envio: udp("SndbufErrors")?,
            tcp_enviados: tcp("OutSegs")?,
            tcp_recebidos: tcp("InSegs")?,
            tcp_retransmitidos: tcp("RetransSegs")?,
            tcp_prazos_vencidos: tcp_extra("TCPTimeouts")?,
            tcp_sondas: tcp_extra("TCPLossProbes")?,
            tcp_confirmacoes_adiadas: tcp_extra("DelayedACKs")?,
        })
    }

    /// O que se contou de `antes` até aqui.
    #[must_use]
    pub fn desde(&self, antes: &Self) -> Self {
        // Os contadores do núcleo dão a volta; a diferença, não.
        let de = |depois: u64, antes| depois.wrapping_sub(antes);
        Self {
            udp_recebidos: de(self.udp_recebidos, antes.udp_recebidos),
            udp_sem_buffer: de(self.udp_sem_buffer, antes.udp_sem_buffer),
            udp_com_erro: de(self.udp_com_erro, antes.udp_com_erro),
            udp_sem_porta: de(self.udp_sem_porta, antes.udp_sem_porta),
            udp_soma_errada: de(self.udp_soma_errada, antes.udp_soma_errada),
            udp_enviados: de(self.udp_enviados, antes.udp_enviados),
            udp_sem_buffer_de_envio: de(
                self.udp_sem_buffer_de_envio,
                antes.udp_sem_buffer_de_envio,
            ),
            tcp_enviados: de(self.tcp_enviados, antes.tcp_enviados),
            tcp_recebidos: de(self.tcp_recebidos, antes.tcp_recebidos),
            tcp_retransmitidos: de(
                self.tcp_retransmitidos,
                antes.tcp_retransmitidos,
            ),
            tcp_prazos_vencidos: de(
                self.tcp_prazos_vencidos,
                antes.tcp_prazos_vencidos,
            ),
            tcp_sondas: de(self.tcp_sondas, antes.tcp_sondas),
            tcp_confirmacoes_adiadas: de(
                self.tcp_confirmacoes_adiadas,
                antes.tcp_confirmacoes_adiadas,
            ),
        }
    }
}

/// O valor `nome` do grupo `grupo`: a primeira linha do grupo traz os nomes, a segunda
/// os valores.
fn valor(texto: &str, grupo: &str, nome: &str) -> Option<u64> {
    let mut linhas = texto
        .lines()
        .map(str::split_whitespace)
        .filter_map(|mut campos| (campos.next()? == grupo).then_some(campos));
    let coluna = linhas.next()?.position(|n| n == nome)?;
    linhas.next()?.nth(coluna)?.parse().ok()
}

#[cfg(test)]
mod testes {
    use super::*;

    const SNMP: &str = "\
Tcp: RtoAlgorithm InSegs OutSegs RetransSegs InErrs OutRsts
Tcp: 1 10 11 12 0 0
Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors
Udp: 1 2 3 4 5 6 7
UdpLite: InDatagrams NoPorts
UdpLite: 90 91
";
    const NETSTAT: &str = "\
TcpExt: DelayedACKs TCPTimeouts TCPLossProbes
TcpExt: 20 21 22
";

    #[test]
    fn cada_contador_vem_da_sua_coluna() -> Result<()> {
        let lidos = Contadores::ler(SNMP, NETSTAT)?;
        let certos = Contadores {
            udp_recebidos: 1,
            udp_sem_porta: 2,
            udp_com_erro: 3,
            udp_enviados: 4,
            udp_sem_buffer: 5,
            udp_sem_buffer_de_envio: 6,
            udp_soma_errada: 7,
            tcp_recebidos: 10,
            tcp_enviados: 11,
            tcp_retransmitidos: 12,
            tcp_confirmacoes_adiadas: 20,
            tcp_prazos_vencidos: 21,
            tcp_sondas: 22,
        };
        assert_eq!(lidos, certos);
        assert_eq!(lidos.desde(&lidos), Contadores::default());
        assert_eq!(lidos.desde(&Contadores::default()), lidos);
        Ok(())
    }

    #[test]
    fn o_que_falta_e_dito() {
        let erro = Contadores::ler(SNMP, "").expect_err("falta o netstat");
        assert!(erro.to_string().contains("TCPTimeouts"), "{erro}");
        let erro = Contadores::ler("Udp: InDatagrams\nUdp: x\n", NETSTAT)
            .expect_err("x não é um número");
        assert!(erro.to_string().contains("InDatagrams"), "{erro}");
    }
}
