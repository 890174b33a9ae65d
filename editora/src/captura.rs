//! As capturas de pacotes que vão com o livro, para quem quer abri-las no Wireshark.

/// Onde ficam, a partir da raiz do projeto.
pub const PASTA: &str = "book/dados/capturas";

/// Como acaba o nome delas.
pub const EXTENSAO: &str = ".pcapng";

/// A pasta delas no livro montado.
const PUBLICADAS: &str = "capturas";

/// O tipo do bloco que abre um pcapng, e o do que leva um pacote
/// (`draft-ietf-opsawg-pcapng`, seções 4.1 e 4.3).
const SECAO: u32 = 0x0a0d_0d0a;
const PACOTE: u32 = 6;

/// Uma captura.
#[derive(Debug, PartialEq, Eq)]
pub struct Captura {
    pacotes: usize,
}

impl Captura {
    /// Lê um pcapng, para se saber quantos pacotes ele leva.
    ///
    /// # Errors
    /// O que nele não é um pcapng inteiro.
    pub fn ler(bytes: &[u8]) -> Result<Self, String> {
        let quatro = |onde: usize| {
            let bytes = bytes.get(onde..onde + 4)?.try_into().ok()?;
            Some(u32::from_le_bytes(bytes))
        };
        if quatro(0) != Some(SECAO) {
            return Err("não é um pcapng".into());
        }
        let mut pacotes = 0;
        let mut onde = 0;
        while onde < bytes.len() {
            let bloco = quatro(onde)
                .zip(quatro(onde + 4))
                .and_then(|(tipo, tamanho)| {
                    let fim = onde.checked_add(usize::try_from(tamanho).ok()?)?;
                    // O tamanho se repete no fim do bloco.
                    let confere = tamanho >= 12 && quatro(fim - 4) == Some(tamanho);
                    confere.then_some((tipo, fim))
                });
            let Some((tipo, fim)) = bloco else {
                return Err(format!("o pcapng se interrompe no byte {onde}"));
            };
            pacotes += usize::from(tipo == PACOTE);
            onde = fim;
        }
        if pacotes == 0 {
            return Err("o pcapng não leva nenhum pacote".into());
        }
        Ok(Self { pacotes })
    }

    /// A ligação para o arquivo, em `pagina`.
    pub fn html(&self, nome: &str, pagina: &str) -> String {
        let ate_a_raiz = "../".repeat(pagina.matches('/').count());
        let pacotes = match self.pacotes {
            1 => "1 pacote".to_string(),
            n => format!("{n} pacotes"),
        };
        format!(
            "<a href=\"{ate_a_raiz}{}\" download><code>{nome}{EXTENSAO}</code></a> ({pacotes})",
            publicada(nome)
        )
    }
}

/// O arquivo da captura `nome`, a partir da raiz do projeto.
pub fn arquivo(nome: &str) -> String {
    format!("{PASTA}/{nome}{EXTENSAO}")
}

/// O nome dela no livro montado.
pub fn publicada(nome: &str) -> String {
    format!("{PUBLICADAS}/{nome}{EXTENSAO}")
}

#[cfg(test)]
mod testes {
    use super::*;

    fn bloco(tipo: u32, corpo: &[u8]) -> Vec<u8> {
        let tamanho = u32::try_from(corpo.len() + 12).unwrap().to_le_bytes();
        [&tipo.to_le_bytes()[..], &tamanho, corpo, &tamanho].concat()
    }

    #[test]
    fn conta_os_pacotes() {
        let arquivo = [
            bloco(SECAO, &[0; 16]),
            bloco(1, &[]),
            bloco(PACOTE, &[0; 20]),
        ]
        .concat();
        let captura = Captura::ler(&arquivo).unwrap();
        let html = captura.html("udp", "armadilhas/observar.md");
        assert!(html.contains("href=\"../capturas/udp.pcapng\""), "{html}");
        assert!(html.ends_with("(1 pacote)"), "{html}");
    }

    #[test]
    fn o_que_nao_e_um_pcapng_inteiro_e_recusado() {
        let inteiro = [bloco(SECAO, &[0; 16]), bloco(PACOTE, &[0; 20])].concat();
        for corte in 1..inteiro.len() {
            assert!(Captura::ler(&inteiro[..corte]).is_err(), "{corte}");
        }
        assert!(Captura::ler(&[]).is_err());
        assert!(Captura::ler(&bloco(PACOTE, &[])).is_err());
        let mentira = [&SECAO.to_le_bytes()[..], &[255; 8]].concat();
        assert!(Captura::ler(&mentira).is_err());
    }
}
