//! Mensagens em um fluxo TCP, que não tem mensagens: cada corpo vai com o tamanho
//! na frente (um **quadro**), e quem recebe os separa, qualquer que seja o corte em
//! que o fluxo chega.

use std::ops::RangeInclusive;

use super::protocolo::{Mensagem, Violacao};
use crate::quadros::{
    Chegada, PREFIXO, Separado, TamanhoRecusado, prefixo, separar_quadro,
};

/// Os tamanhos que um corpo pode ter, em bytes: nenhum é vazio, e o maior item cabe
/// com folga.
const TAMANHOS: RangeInclusive<u16> = 1..=1100;

/// O maior corpo que cabe em um quadro, em bytes.
pub const MAIOR_QUADRO: usize = *TAMANHOS.end() as usize;

/// Quantos bytes do fluxo o [`Desmontador`] guarda: o que se lê do sistema de uma
/// vez.
const LUGAR: usize = 64 * 1024;

/// Acrescenta a `saida` o quadro de uma mensagem. O corpo é escrito direto no lugar
/// dele; o tamanho, quando se sabe quanto deu.
///
/// # Panics
/// Se a mensagem não cabe em um quadro: só um [`Mensagem::Segmento`], que não vai em
/// fluxo, pode ser tão grande.
// Uma vez por linha: a chamada custaria tanto quanto a escrita.
#[inline]
pub fn enquadrar(mensagem: &Mensagem<'_>, saida: &mut Vec<u8>) {
    let inicio = saida.len();
    saida.extend([0; PREFIXO]);
    mensagem.codificar(saida);
    let tamanho = saida.len() - inicio - PREFIXO;
    let Some(prefixo) = prefixo(tamanho, &TAMANHOS) else {
        panic!("um quadro de {tamanho} bytes");
    };
    saida[inicio..inicio + PREFIXO].copy_from_slice(&prefixo);
}

/// Separa o primeiro quadro de `bytes`. `None` quando ele ainda não está inteiro.
///
/// # Errors
/// [`Violacao::Quadro`] assim que se lê um tamanho que não serve, esteja o resto lá
/// ou não.
fn separar(bytes: &[u8]) -> Result<Option<Separado<'_>>, Violacao> {
    separar_quadro(bytes, &TAMANHOS)
        .map_err(|TamanhoRecusado(tamanho)| Violacao::Quadro(tamanho))
}

/// Os corpos dos quadros de uma fatia que só traz quadros inteiros, como a carga de
/// um [`Mensagem::Segmento`].
///
/// Um quadro que não serve ou que não está inteiro aparece como erro, e é o último.
pub fn quadros(
    mut bytes: &[u8],
) -> impl Iterator<Item = Result<&[u8], Violacao>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let quadro = separar(bytes)
            .and_then(|quadro| quadro.ok_or(Violacao::QuadroCortado));
        let (corpo, resto) = match quadro {
            Ok((corpo, resto)) => (Ok(corpo), resto),
            Err(violacao) => (Err(violacao), [].as_slice()),
        };
        bytes = resto;
        Some(corpo)
    })
}

/// Uma [`Chegada`] de quadros do chat: junta os pedaços de um fluxo e devolve um corpo
/// de cada vez.
///
/// Guarda 64 KiB, venha o que vier: um tamanho que não serve é recusado quando se lê,
/// antes do corpo.
///
/// ```
/// use sockets::chat::quadro::Desmontador;
///
/// let mut desmontador = Desmontador::novo();
/// for (pedaco, corpo) in [
///     (&[0, 1, 2, 0][..], Some(&[2][..])), // um quadro e um byte do seguinte
///     (&[1], None),
///     (&[2], Some(&[2])),
/// ] {
///     desmontador.lugar()[..pedaco.len()].copy_from_slice(pedaco);
///     desmontador.chegaram(pedaco.len());
///     assert_eq!(desmontador.proximo(), Ok(corpo));
/// }
/// assert!(!desmontador.pela_metade());
/// ```
#[derive(Debug)]
pub struct Desmontador(Chegada);

impl Default for Desmontador {
    fn default() -> Self {
        Self(Chegada::nova(LUGAR))
    }
}

impl Desmontador {
    /// Sem nada dentro.
    #[must_use]
    pub fn novo() -> Self {
        Self::default()
    }

    /// Onde pôr o que se lê da rede. Só fica vazio se há quadros inteiros por tirar.
    #[must_use]
    pub fn lugar(&mut self) -> &mut [u8] {
        self.0.lugar()
    }

    /// Conta que os primeiros `quantos` bytes de [`lugar`](Self::lugar) chegaram.
    ///
    /// # Panics
    /// Se `quantos` é maior que o lugar.
    pub fn chegaram(&mut self, quantos: usize) {
        self.0.chegaram(quantos);
    }

    /// O próximo corpo, se o quadro dele está inteiro.
    ///
    /// # Errors
    /// [`Violacao::Quadro`] quando o fluxo traz um tamanho que não serve. Daí em
    /// diante não se sabe onde começa coisa nenhuma: a resposta é sempre a mesma.
    pub fn proximo(&mut self) -> Result<Option<&[u8]>, Violacao> {
        self.0.tirar(separar)
    }

    /// Joga fora o que há dentro.
    pub fn esvaziar(&mut self) {
        self.0.esvaziar();
    }

    /// Quantos bytes de memória ocupa.
    #[must_use]
    pub fn memoria(&self) -> usize {
        self.0.memoria()
    }

    /// Se há um quadro [pela metade](Chegada::pela_metade).
    #[must_use]
    pub fn pela_metade(&self) -> bool {
        self.0.pela_metade()
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn alimentar(desmontador: &mut Desmontador, bytes: &[u8]) {
        desmontador.lugar()[..bytes.len()].copy_from_slice(bytes);
        desmontador.chegaram(bytes.len());
    }

    #[test]
    fn o_tamanho_vai_na_frente_e_o_que_ja_estava_fica() {
        let mut saida = vec![9];
        enquadrar(&Mensagem::Ping { marca: 7 }, &mut saida);
        assert_eq!(saida, [9, 0, 9, 6, 0, 0, 0, 0, 0, 0, 0, 7]);
    }

    #[test]
    fn um_tamanho_que_nao_serve_e_recusado_antes_do_corpo() {
        for bytes in [&b"GET / HTTP/1.1"[..2], &[0, 0], &[4, 0x4d], &[255; 2]] {
            let mut desmontador = Desmontador::novo();
            alimentar(&mut desmontador, &bytes[..1]);
            assert_eq!(desmontador.proximo(), Ok(None));
            alimentar(&mut desmontador, &bytes[1..]);
            let tamanho = u16::from_be_bytes([bytes[0], bytes[1]]);
            for _ in 0..2 {
                let violacao = Err(Violacao::Quadro(tamanho));
                assert_eq!(desmontador.proximo(), violacao);
            }
        }
    }

    #[test]
    fn o_maior_quadro_passa() {
        let mut bytes = vec![4, 0x4c];
        bytes.resize(PREFIXO + MAIOR_QUADRO, 1);
        let mut desmontador = Desmontador::novo();
        alimentar(&mut desmontador, &bytes);
        assert_eq!(desmontador.proximo(), Ok(Some(&bytes[PREFIXO..])));
        assert!(!desmontador.pela_metade());
    }

    #[test]
    fn sabe_quando_o_fluxo_cortou_um_quadro() {
        let mut desmontador = Desmontador::novo();
        assert!(!desmontador.pela_metade());
        for byte in [0, 2, 1] {
            alimentar(&mut desmontador, &[byte]);
            assert_eq!(desmontador.proximo(), Ok(None));
            assert!(desmontador.pela_metade());
        }
        alimentar(&mut desmontador, &[1]);
        assert_eq!(desmontador.proximo(), Ok(Some(&[1, 1][..])));
        assert!(!desmontador.pela_metade());
    }

    #[test]
    fn so_falta_lugar_quando_ha_quadros_por_tirar() {
        let mut desmontador = Desmontador::novo();
        for byte in [0, 1, 2].into_iter().cycle().take(LUGAR) {
            alimentar(&mut desmontador, &[byte]);
        }
        assert!(desmontador.lugar().is_empty());
        assert_eq!(desmontador.proximo(), Ok(Some(&[2][..])));
        assert_eq!(desmontador.lugar().len(), 3);
    }

    #[test]
    fn uma_fatia_so_serve_com_quadros_inteiros() {
        let juntar = |bytes| quadros(bytes).collect::<Result<Vec<_>, _>>();
        assert_eq!(juntar(&[]), Ok(vec![]));
        assert_eq!(juntar(&[0, 1, 5, 0, 2, 6, 7]), Ok(vec![&[5][..], &[6, 7]]));
        for sobra in [&[0, 1, 5, 0][..], &[0, 1, 5, 0, 2], &[0, 1, 5, 0, 2, 6]]
        {
            assert_eq!(juntar(sobra), Err(Violacao::QuadroCortado));
        }
        assert_eq!(juntar(&[0, 1, 5, 0, 0]), Err(Violacao::Quadro(0)));
        assert_eq!(quadros(&[0, 0, 0, 1, 5]).count(), 1);
    }
}
