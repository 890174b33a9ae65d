//! Mensagens em um fluxo TCP, que não tem mensagens: cada corpo vai com o tamanho
//! na frente (um **quadro**), e quem recebe os separa, qualquer que seja o corte em
//! que o fluxo chega.

use super::protocolo::{Mensagem, Violacao};

/// O maior corpo que cabe em um quadro, em bytes: o maior item, com folga.
pub const MAIOR_QUADRO: usize = 1100;

/// Quantos bytes o tamanho ocupa, na frente do corpo.
const PREFIXO: usize = 2;

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
    assert!(tamanho <= MAIOR_QUADRO, "um quadro de {tamanho} bytes");
    let [.., alto, baixo] = tamanho.to_be_bytes();
    saida[inicio..inicio + PREFIXO].copy_from_slice(&[alto, baixo]);
}

/// O corpo de um quadro e o que vem depois dele.
type Separado<'a> = (&'a [u8], &'a [u8]);

/// Separa o primeiro quadro de `bytes`. `None` quando ele ainda não está inteiro.
///
/// # Errors
/// [`Violacao::Quadro`] assim que se lê um tamanho que não serve, esteja o resto lá
/// ou não.
fn separar(bytes: &[u8]) -> Result<Option<Separado<'_>>, Violacao> {
    let Some((prefixo, resto)) = bytes.split_first_chunk() else {
        return Ok(None);
    };
    let tamanho = u16::from_be_bytes(*prefixo);
    if !(1..=MAIOR_QUADRO).contains(&usize::from(tamanho)) {
        return Err(Violacao::Quadro(tamanho));
    }
    Ok(resto.split_at_checked(tamanho.into()))
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

/// Junta os pedaços de um fluxo e devolve um corpo de cada vez.
///
/// Quem usa lê da rede para [`lugar`](Self::lugar), diz quantos bytes
/// [`chegaram`](Self::chegaram) e tira os corpos com [`proximo`](Self::proximo) até
/// não haver mais. Nada é copiado, a não ser o começo de um quadro cujo fim não veio
/// na mesma leitura. Guarda 64 KiB, venha o que vier: um tamanho que não serve é
/// recusado quando se lê, antes do corpo.
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
pub struct Desmontador {
    bytes: Box<[u8]>,
    /// Onde começa o que ainda não foi tirado.
    inicio: usize,
    /// Onde acaba o que chegou.
    fim: usize,
}

impl Default for Desmontador {
    fn default() -> Self {
        Self {
            bytes: vec![0; LUGAR].into_boxed_slice(),
            inicio: 0,
            fim: 0,
        }
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
        // O que sobrou, quase sempre o começo de um quadro, volta para a frente.
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

    /// O próximo corpo, se o quadro dele está inteiro.
    ///
    /// # Errors
    /// [`Violacao::Quadro`] quando o fluxo traz um tamanho que não serve. Daí em
    /// diante não se sabe onde começa coisa nenhuma: a resposta é sempre a mesma.
    pub fn proximo(&mut self) -> Result<Option<&[u8]>, Violacao> {
        let Some((corpo, resto)) = separar(&self.bytes[self.inicio..self.fim])?
        else {
            return Ok(None);
        };
        self.inicio = self.fim - resto.len();
        Ok(Some(corpo))
    }

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

    /// Se chegou o começo de um quadro e o resto não. Só faz sentido quando
    /// [`proximo`](Self::proximo) já não dá nada: serve ao prazo de quem não acaba o
    /// que começou e, no fim do fluxo, diz que uma mensagem foi cortada.
    #[must_use]
    pub fn pela_metade(&self) -> bool {
        self.inicio < self.fim
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
