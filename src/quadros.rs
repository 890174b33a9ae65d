//! Onde acaba cada mensagem em um fluxo de bytes, que não tem mensagens.
//!
//! Duas regras olham os bytes que já chegaram e dizem se eles começam por uma
//! mensagem inteira: [`separar_linha`], com uma quebra no fim de cada uma, e
//! [`separar_quadro`], com o tamanho na frente. Uma [`Chegada`] junta os pedaços que a
//! rede dá, e [`receber`] lê até que haja uma mensagem inteira.

use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::ops::RangeInclusive;

/// Quantos bytes o tamanho ocupa, na frente do corpo de um quadro.
pub const PREFIXO: usize = 2;

/// Uma mensagem, sem a marca de onde ela acaba, e os bytes que vêm depois dela.
pub type Separado<'a> = (&'a [u8], &'a [u8]);

/// O tamanho na frente de um quadro não é um dos permitidos.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TamanhoRecusado(pub u16);

/// Uma linha passa deste número de bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinhaLonga(pub usize);

impl fmt::Display for TamanhoRecusado {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "um quadro não pode ter {} bytes", self.0)
    }
}

impl fmt::Display for LinhaLonga {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "uma linha não pode passar de {} bytes", self.0)
    }
}

impl std::error::Error for TamanhoRecusado {}
impl std::error::Error for LinhaLonga {}

impl From<TamanhoRecusado> for io::Error {
    fn from(recusa: TamanhoRecusado) -> Self {
        Self::new(ErrorKind::InvalidData, recusa)
    }
}

impl From<LinhaLonga> for io::Error {
    fn from(recusa: LinhaLonga) -> Self {
        Self::new(ErrorKind::InvalidData, recusa)
    }
}

// ANCHOR: linha
/// Separa a primeira linha de `bytes`, sem o `\n`. `None` quando ele ainda não veio.
///
/// # Errors
/// [`LinhaLonga`] assim que há mais de `maior` bytes e nenhuma quebra neles.
pub fn separar_linha(
    bytes: &[u8],
    maior: usize,
) -> Result<Option<Separado<'_>>, LinhaLonga> {
    // A quebra de uma linha que serve está no máximo logo depois de `maior` bytes.
    let janela = &bytes[..bytes.len().min(maior + 1)];
    match janela.iter().position(|byte| *byte == b'\n') {
        Some(quebra) => Ok(Some((&bytes[..quebra], &bytes[quebra + 1..]))),
        None if janela.len() > maior => Err(LinhaLonga(maior)),
        None => Ok(None),
    }
}
// ANCHOR_END: linha

// ANCHOR: quadro
/// Separa o corpo do primeiro quadro de `bytes`. `None` quando ele ainda não está
/// inteiro. O tamanho vem em 2 bytes, o mais significativo primeiro.
///
/// # Errors
/// [`TamanhoRecusado`] assim que se lê um tamanho que não serve, esteja o resto lá
/// ou não.
#[inline]
pub fn separar_quadro<'a>(
    bytes: &'a [u8],
    tamanhos: &RangeInclusive<u16>,
) -> Result<Option<Separado<'a>>, TamanhoRecusado> {
    let Some((prefixo, resto)) = bytes.split_first_chunk() else {
        return Ok(None);
    };
    let tamanho = u16::from_be_bytes(*prefixo);
    if !tamanhos.contains(&tamanho) {
        return Err(TamanhoRecusado(tamanho));
    }
    Ok(resto.split_at_checked(tamanho.into()))
}
// ANCHOR_END: quadro

// ANCHOR: prefixo
/// O que vai na frente de um corpo com este tamanho; `None` se ele não serve.
#[inline]
#[must_use]
pub fn prefixo(
    tamanho: usize,
    tamanhos: &RangeInclusive<u16>,
) -> Option<[u8; PREFIXO]> {
    let tamanho = u16::try_from(tamanho).ok()?;
    tamanhos.contains(&tamanho).then(|| tamanho.to_be_bytes())
}
// ANCHOR_END: prefixo

/// Os bytes que chegaram de um fluxo e ainda não foram tirados.
///
/// Quem usa lê da rede para [`lugar`](Self::lugar), diz quantos bytes
/// [`chegaram`](Self::chegaram) e tira as mensagens com [`tirar`](Self::tirar) até não
/// haver mais. Nada é copiado, a não ser o começo de uma mensagem cujo fim não veio na
/// mesma leitura; e o lugar não cresce, venha o que vier.
///
/// ```
/// use sockets::quadros::{Chegada, separar_linha};
///
/// let mut chegada = Chegada::nova(64);
/// for (pedaco, linha) in [
///     ("oi\nt", Some("oi")), // uma linha e um byte da seguinte
///     ("chau", None),
///     ("\n", Some("tchau")),
/// ] {
///     chegada.lugar()[..pedaco.len()].copy_from_slice(pedaco.as_bytes());
///     chegada.chegaram(pedaco.len());
///     let tirada = chegada.tirar(|bytes| separar_linha(bytes, 20));
///     assert_eq!(tirada, Ok(linha.map(str::as_bytes)));
/// }
/// assert!(!chegada.pela_metade());
/// ```
#[derive(Debug)]
pub struct Chegada {
    bytes: Box<[u8]>,
    /// Onde começa o que ainda não foi tirado.
    inicio: usize,
    /// Onde acaba o que chegou.
    fim: usize,
}

impl Chegada {
    /// Vazia, com lugar para tantos bytes. Tem de caber nele a maior mensagem, com a
    /// sua marca.
    #[must_use]
    pub fn nova(lugar: usize) -> Self {
        Self {
            bytes: vec![0; lugar].into_boxed_slice(),
            inicio: 0,
            fim: 0,
        }
    }

    /// Onde pôr o que se lê da rede. Só fica vazio se há mensagens por tirar, ou se
    /// uma não cabe.
    #[must_use]
    pub fn lugar(&mut self) -> &mut [u8] {
        // O que sobrou, quase sempre o começo de uma mensagem, volta para a frente.
        if self.inicio > 0 {
            self.bytes.copy_within(self.inicio..self.fim, 0);
            self.fim -= self.inicio;
            self.inicio = 0;
        }
        &mut self.bytes[self.fim..]
    }

    /// Conta que os primeiros `quantos` bytes de [`lugar`](Self::lugar) chegaram.
    ///
    /// # Panics
    /// Se `quantos` é maior que o lugar.
    pub fn chegaram(&mut self, quantos: usize) {
        assert!(
            quantos <= self.bytes.len() - self.fim,
            "{quantos} não cabem"
        );
        self.fim += quantos;
    }

    // ANCHOR: tirar
    /// A próxima mensagem, se pela `regra` ela está inteira.
    ///
    /// # Errors
    /// A recusa da `regra`. Daí em diante não se sabe onde começa coisa nenhuma: a
    /// resposta é sempre a mesma.
    pub fn tirar<E>(
        &mut self,
        regra: impl FnOnce(&[u8]) -> Result<Option<Separado<'_>>, E>,
    ) -> Result<Option<&[u8]>, E> {
        let Some((mensagem, resto)) =
            regra(&self.bytes[self.inicio..self.fim])?
        else {
            return Ok(None);
        };
        self.inicio = self.fim - resto.len();
        Ok(Some(mensagem))
    }
    // ANCHOR_END: tirar

    /// Joga fora o que há dentro.
    pub fn esvaziar(&mut self) {
        self.inicio = 0;
        self.fim = 0;
    }

    /// Quantos bytes de memória ocupa.
    #[must_use]
    pub fn memoria(&self) -> usize {
        self.bytes.len()
    }

    /// Se chegou o começo de uma mensagem e o resto não. Só faz sentido quando
    /// [`tirar`](Self::tirar) já não dá nada: serve ao prazo de quem não acaba o que
    /// começou e, no fim do fluxo, diz que uma mensagem foi cortada.
    #[must_use]
    pub fn pela_metade(&self) -> bool {
        self.inicio < self.fim
    }
}

// ANCHOR: receber
/// A próxima mensagem inteira, em qualquer corte que os bytes cheguem; `None` quando o
/// fluxo acaba entre duas. Depois de um prazo vencido, pode-se chamar de novo: o que
/// já veio está na `chegada`.
///
/// # Errors
/// Os da leitura; a recusa da `regra`; [`ErrorKind::UnexpectedEof`] quando o fluxo
/// acaba no meio de uma mensagem.
pub fn receber<E: Into<io::Error>>(
    fluxo: &mut impl Read,
    chegada: &mut Chegada,
    regra: impl Fn(&[u8]) -> Result<Option<Separado<'_>>, E>,
) -> io::Result<Option<Vec<u8>>> {
    loop {
        if let Some(mensagem) = chegada.tirar(&regra).map_err(Into::into)? {
            return Ok(Some(mensagem.to_vec()));
        }
        match fluxo.read(chegada.lugar()) {
            Ok(0) if chegada.pela_metade() => return Err(cortada()),
            Ok(0) => return Ok(None),
            Ok(lidos) => chegada.chegaram(lidos),
            Err(erro) if erro.kind() == ErrorKind::Interrupted => {}
            Err(erro) => return Err(erro),
        }
    }
}
// ANCHOR_END: receber

fn cortada() -> io::Error {
    let frase = "o fluxo acabou no meio de uma mensagem";
    io::Error::new(ErrorKind::UnexpectedEof, frase)
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn uma_linha_cabe_ate_o_limite_e_nem_um_byte_a_mais() {
        assert_eq!(separar_linha(b"", 3), Ok(None));
        assert_eq!(separar_linha(b"abc", 3), Ok(None));
        assert_eq!(
            separar_linha(b"abc\nd", 3),
            Ok(Some((&b"abc"[..], &b"d"[..])))
        );
        assert_eq!(separar_linha(b"\n", 0), Ok(Some((&b""[..], &b""[..]))));
        for bytes in [&b"abcd"[..], b"abcd\n", b"abcdefgh"] {
            assert_eq!(separar_linha(bytes, 3), Err(LinhaLonga(3)));
        }
    }

    #[test]
    fn o_quadro_vazio_so_existe_onde_ele_e_permitido() {
        let vazio = Ok(Some((&b""[..], &b""[..])));
        assert_eq!(separar_quadro(&[0, 0], &(0..=9)), vazio);
        assert_eq!(separar_quadro(&[0, 0], &(1..=9)), Err(TamanhoRecusado(0)));
        assert_eq!(prefixo(0, &(1..=9)), None);
    }

    #[test]
    fn so_ha_prefixo_para_o_que_cabe() {
        assert_eq!(prefixo(0x0102, &(0..=1000)), Some([1, 2]));
        assert_eq!(prefixo(1001, &(0..=1000)), None);
        assert_eq!(prefixo(65_536 + 1, &(0..=u16::MAX)), None);
    }

    #[test]
    fn o_fim_entre_mensagens_nao_e_o_fim_no_meio_de_uma() {
        fn regra(bytes: &[u8]) -> Result<Option<Separado<'_>>, LinhaLonga> {
            separar_linha(bytes, 7)
        }
        let receber = |fluxo: &[u8]| {
            let (mut fluxo, mut chegada) = (fluxo, Chegada::nova(8));
            let primeira = receber(&mut fluxo, &mut chegada, regra);
            (primeira, receber(&mut fluxo, &mut chegada, regra))
        };
        assert!(matches!(receber(b"oi\n"), (Ok(Some(_)), Ok(None))));
        let (primeira, depois) = receber(b"oi\ntc");
        assert_eq!(primeira.unwrap().unwrap(), b"oi");
        assert_eq!(depois.unwrap_err().kind(), ErrorKind::UnexpectedEof);
        let (recusada, ainda) = receber(b"comprida demais\n");
        assert_eq!(recusada.unwrap_err().kind(), ErrorKind::InvalidData);
        assert_eq!(ainda.unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
