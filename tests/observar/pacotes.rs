//! Os pacotes de uma captura: o que o dumpcap escreveu, o que há em cada um e o
//! arquivo que vai com o livro, que não leva mais nada.
//!
//! O pcapng (draft-ietf-opsawg-pcapng) do livro tem os três blocos que não se dispensam
//! e uma opção só, a que diz que os instantes são em nanossegundos. Nome, sistema e
//! processador da máquina, que os programas de captura costumam anotar, não têm onde
//! caber.

use provas::Falha;

/// `LINKTYPE_ETHERNET`.
const ETHERNET: u32 = 1;

/// A opção `if_tsresol`, de 1 byte: os instantes são múltiplos de 10⁻⁹ s.
const NANOSSEGUNDOS: [u8; 8] = [9, 0, 1, 0, 9, 0, 0, 0];

/// Os bytes de cada quadro que se guardam, no máximo.
const MAIOR_QUADRO: u32 = 262_144;

const SECAO: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const PACOTE: u32 = 6;

/// Um quadro, como passou pela interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quadro {
    /// Em nanossegundos, desde 1970.
    pub instante: u64,
    /// A partir do cabeçalho Ethernet.
    pub bytes: Vec<u8>,
}

/// As marcas de um segmento que interessam (RFC 9293 §3.1).
pub const FIN: u8 = 1;
pub const SYN: u8 = 2;
pub const RST: u8 = 4;
pub const ACK: u8 = 16;

/// O que interessa de um segmento TCP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segmento {
    /// De que porta ele vem.
    pub origem: u16,
    pub marcas: u8,
    /// Os dados do programa.
    pub dados: Vec<u8>,
}

impl Quadro {
    /// O pacote IP, sem o que é do cabo.
    pub fn ip(&self) -> &[u8] {
        self.bytes.get(14..).unwrap_or_default()
    }

    /// O segmento TCP que há no quadro, se é IPv4 e TCP.
    pub fn segmento(&self) -> Option<Segmento> {
        let ip = self.ip();
        let (versao, palavras) = (ip.first()? >> 4, usize::from(ip.first()? & 15));
        if versao != 4 || *ip.get(9)? != 6 {
            return None;
        }
        let total = usize::from(dois(ip, 2)?);
        let tcp = ip.get(palavras * 4..total)?;
        let cabecalho = usize::from(tcp.get(12)? >> 4) * 4;
        Some(Segmento {
            origem: dois(tcp, 0)?,
            marcas: *tcp.get(13)? & (FIN | SYN | RST | ACK),
            dados: tcp.get(cabecalho..)?.to_vec(),
        })
    }
}

impl Segmento {
    /// Se leva esta marca.
    pub fn leva(&self, marca: u8) -> bool {
        self.marcas & marca != 0
    }

    /// Só confirma: não leva dados nem abre ou fecha nada.
    pub fn so_confirma(&self) -> bool {
        self.marcas == ACK && self.dados.is_empty()
    }

    /// As marcas que se dizem: `SYN, ACK`. O ACK, que quase todo segmento leva, só onde
    /// ele é o assunto.
    pub fn nomes(&self) -> String {
        let ditas = [(SYN, "SYN"), (FIN, "FIN"), (RST, "RST"), (ACK, "ACK")]
            .into_iter()
            .filter(|(marca, _)| self.leva(*marca))
            .filter(|(marca, _)| *marca != ACK || self.dados.is_empty());
        let ditas: Vec<&str> = ditas.map(|(_, nome)| nome).collect();
        ditas.join(", ")
    }
}

fn dois(bytes: &[u8], onde: usize) -> Option<u16> {
    let par = bytes.get(onde..onde + 2)?.try_into().ok()?;
    Some(u16::from_be_bytes(par))
}

fn quatro(bytes: &[u8], onde: usize) -> Option<u32> {
    let quatro = bytes.get(onde..onde + 4)?.try_into().ok()?;
    Some(u32::from_le_bytes(quatro))
}

/// Os quadros que o dumpcap já escreveu; um bloco pela metade não conta.
///
/// # Errors
/// Quando a interface não é Ethernet, ou os instantes não são nanossegundos.
pub fn do_dumpcap(bytes: &[u8]) -> Result<Vec<Quadro>, Falha> {
    let mut quadros = Vec::new();
    for (tipo, corpo) in blocos(bytes) {
        if tipo == INTERFACE {
            let opcoes = corpo.get(8..).unwrap_or_default();
            if quatro(corpo, 0).map(|tipo| tipo & 0xffff) != Some(ETHERNET)
                || !opcoes
                    .windows(NANOSSEGUNDOS.len())
                    .any(|o| o == NANOSSEGUNDOS)
            {
                return Err(Falha::nova("o dumpcap não escreveu o que se esperava"));
            }
        }
        quadros.extend((tipo == PACOTE).then(|| quadro(corpo)).flatten());
    }
    Ok(quadros)
}

/// Os blocos inteiros de um pcapng, cada um com o tipo dele.
fn blocos(bytes: &[u8]) -> Vec<(u32, &[u8])> {
    let mut blocos = Vec::new();
    let mut onde = 0;
    let bloco = |onde: usize| {
        let (tipo, tamanho) = (quatro(bytes, onde)?, quatro(bytes, onde + 4)?);
        let fim = onde.checked_add(usize::try_from(tamanho).ok()?)?;
        Some((
            tipo,
            bytes.get(onde + 8..fim.checked_sub(4)?)?,
            bytes.get(..fim)?.len(),
        ))
    };
    while let Some((tipo, corpo, fim)) = bloco(onde) {
        blocos.push((tipo, corpo));
        onde = fim;
    }
    blocos
}

/// O quadro que há em um bloco de pacote.
fn quadro(corpo: &[u8]) -> Option<Quadro> {
    let instante = u64::from(quatro(corpo, 4)?) << 32 | u64::from(quatro(corpo, 8)?);
    let tamanho = usize::try_from(quatro(corpo, 12)?).ok()?;
    Some(Quadro {
        instante,
        bytes: corpo.get(20..20 + tamanho)?.to_vec(),
    })
}

/// O pcapng de uns quadros, e de mais nada.
pub fn em_pcapng(quadros: &[Quadro]) -> Vec<u8> {
    let mut arquivo = Vec::new();
    // A ordem dos bytes, a versão 1.0 e um tamanho que não se diz.
    let mut secao = Vec::new();
    secao.extend(0x1a2b_3c4d_u32.to_le_bytes());
    secao.extend(1_u16.to_le_bytes());
    secao.extend(0_u16.to_le_bytes());
    secao.extend(u64::MAX.to_le_bytes());
    bloco(&mut arquivo, SECAO, &secao);
    let mut interface = Vec::new();
    interface.extend(ETHERNET.to_le_bytes());
    interface.extend(MAIOR_QUADRO.to_le_bytes());
    interface.extend(NANOSSEGUNDOS);
    // O fim das opções.
    interface.extend([0; 4]);
    bloco(&mut arquivo, INTERFACE, &interface);
    for quadro in quadros {
        let instante = quadro.instante.to_le_bytes();
        let tamanho = u32::try_from(quadro.bytes.len()).unwrap_or(MAIOR_QUADRO);
        let mut pacote = Vec::new();
        pacote.extend(0_u32.to_le_bytes());
        // A metade de cima do instante vem primeiro.
        pacote.extend(&instante[4..]);
        pacote.extend(&instante[..4]);
        pacote.extend(tamanho.to_le_bytes());
        pacote.extend(tamanho.to_le_bytes());
        pacote.extend(&quadro.bytes);
        pacote.resize(pacote.len().next_multiple_of(4), 0);
        bloco(&mut arquivo, PACOTE, &pacote);
    }
    arquivo
}

fn bloco(arquivo: &mut Vec<u8>, tipo: u32, corpo: &[u8]) {
    let tamanho = u32::try_from(corpo.len() + 12).unwrap_or(u32::MAX);
    arquivo.extend(tipo.to_le_bytes());
    arquivo.extend(tamanho.to_le_bytes());
    arquivo.extend(corpo);
    arquivo.extend(tamanho.to_le_bytes());
}

/// Os quadros de um pcapng como o que [`em_pcapng`] escreve; `None` se há nele um bloco
/// ou uma opção a mais.
pub fn do_pcapng(bytes: &[u8]) -> Option<Vec<Quadro>> {
    let pacotes = blocos(bytes)
        .into_iter()
        .filter(|(tipo, _)| *tipo == PACOTE);
    let quadros: Option<Vec<Quadro>> = pacotes.map(|(_, corpo)| quadro(corpo)).collect();
    // O que não se espera não volta igual.
    quadros.filter(|quadros| em_pcapng(quadros) == bytes)
}
