//! Os argumentos dos programas: poucos, opcionais e na mesma ordem em todos.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::Path;

use anyhow::{Context, Result};

/// A porta dos programas do livro, quando nenhuma é dada.
pub const PORTA_PADRAO: u16 = 50000;

/// A variável de ambiente que troca [`PORTA_PADRAO`] em todos os programas.
const VARIAVEL_DA_PORTA: &str = "SOCKETS_PORTA";

/// Alguém chamou o programa de um jeito que ele não entende, ou pediu ajuda.
#[derive(Debug, PartialEq, Eq)]
pub struct ErroDeUso {
    mensagem: String,
    /// `true` quando a pessoa só pediu para ver como se usa.
    pub ajuda: bool,
}

impl fmt::Display for ErroDeUso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mensagem)
    }
}

impl std::error::Error for ErroDeUso {}

impl ErroDeUso {
    /// Por que os argumentos não servem, e o que fazer.
    #[must_use]
    pub fn novo(mensagem: impl Into<String>) -> Self {
        Self {
            mensagem: mensagem.into(),
            ajuda: false,
        }
    }

    /// A ajuda que a pessoa pediu.
    #[must_use]
    pub fn ajuda(texto: impl Into<String>) -> Self {
        Self {
            mensagem: texto.into(),
            ajuda: true,
        }
    }
}

/// O sistema não sabe que endereço tem este nome.
#[derive(Debug)]
pub(crate) struct NomeSemEndereco(pub(crate) String);

impl fmt::Display for NomeSemEndereco {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "não foi possível descobrir o endereço de {:?}", self.0)
    }
}

/// Os argumentos com que um programa do livro foi chamado.
#[derive(Debug)]
pub struct Argumentos {
    uso: String,
    valores: Vec<String>,
    /// A porta que [`VARIAVEL_DA_PORTA`] pede, se ela existe.
    porta: Option<OsString>,
}

impl Argumentos {
    /// Lê os argumentos do processo. `nomes` diz o que o programa aceita, na
    /// ordem, para a mensagem de uso: `&["HOST:PORTA", "SEGUNDOS"]`.
    ///
    /// # Errors
    /// [`ErroDeUso`] quando sobra um argumento, quando um deles não é texto
    /// válido ou quando a pessoa pede `--ajuda`.
    pub fn ler(nomes: &[&str]) -> Result<Self> {
        let mut valores = env::args_os();
        let programa = valores.next().unwrap_or_default();
        let programa = Path::new(&programa)
            .file_stem()
            .map_or("NOME".into(), |n| n.to_string_lossy());
        let porta = env::var_os(VARIAVEL_DA_PORTA);
        Ok(Self::de(&programa, nomes, valores, porta)?)
    }

    fn de(
        programa: &str,
        nomes: &[&str],
        valores: impl Iterator<Item = OsString>,
        porta: Option<OsString>,
    ) -> Result<Self, ErroDeUso> {
        let mut uso = vec![format!("cargo run --example {programa}")];
        if !nomes.is_empty() {
            uso.push("--".into());
        }
        uso.extend(nomes.iter().map(|nome| format!("[{nome}]")));
        let mut argumentos = Self {
            uso: uso.join(" "),
            valores: Vec::new(),
            porta,
        };
        for valor in valores {
            let valor = valor.into_string().map_err(|valor| {
                let visto = valor.to_string_lossy();
                argumentos
                    .erro(&format!("o argumento {visto:?} não é texto válido"))
            })?;
            argumentos.valores.push(valor);
        }
        if argumentos
            .valores
            .iter()
            .any(|v| ["--ajuda", "--help", "-h"].contains(&v.as_str()))
        {
            return Err(ErroDeUso::ajuda(format!("Uso: {}", argumentos.uso)));
        }
        if let Some(sobra) = argumentos.valores.get(nomes.len()) {
            return Err(argumentos.erro(&format!(
                "não sei o que fazer com o argumento {sobra:?}"
            )));
        }
        Ok(argumentos)
    }

    /// O primeiro argumento, `HOST:PORTA`, já resolvido. Sem ele, `127.0.0.1`
    /// e a porta de `SOCKETS_PORTA` ou [`PORTA_PADRAO`].
    ///
    /// O host pode ser um nome; se ele tem endereços IPv4 e IPv6, vale o
    /// primeiro IPv4, como em `AF_INET`. Um endereço IPv6 vai entre colchetes:
    /// `[::1]:50000`. A porta 0 é aceita.
    ///
    /// # Errors
    /// [`ErroDeUso`] quando o texto não tem a forma `HOST:PORTA` ou quando
    /// `SOCKETS_PORTA` é precisa e não é uma porta; um erro de rede quando o nome
    /// não se resolve.
    pub fn endereco(&self) -> Result<SocketAddr> {
        let Some(texto) = self.valores.first() else {
            return Ok((Ipv4Addr::LOCALHOST, self.porta_padrao()?).into());
        };
        if let Ok(endereco) = texto.parse() {
            return Ok(endereco);
        }
        let (host, porta) = texto
            .rsplit_once(':')
            .filter(|(host, _)| !host.is_empty() && !host.contains(':'))
            .ok_or_else(|| {
                self.erro(&format!("{texto:?} não tem a forma HOST:PORTA"))
            })?;
        let porta: u16 = porta.parse().map_err(|_| {
            self.erro(&format!(
                "{porta:?} não é uma porta: use um número de 0 a 65535"
            ))
        })?;
        let enderecos: Vec<SocketAddr> = (host, porta)
            .to_socket_addrs()
            .with_context(|| NomeSemEndereco(host.into()))?
            .collect();
        enderecos
            .iter()
            .find(|e| e.is_ipv4())
            .or(enderecos.first())
            .copied()
            .with_context(|| NomeSemEndereco(host.into()))
    }

    /// O mesmo que [`endereco`](Self::endereco), para quem vai ligar ou mandar
    /// algo a ele.
    ///
    /// `0.0.0.0` e `::` são para quem atende. Como destino, o Linux os toma por
    /// este computador e o Windows os recusa (`WSAEADDRNOTAVAIL`, 10049): aqui
    /// eles não servem em sistema nenhum.
    ///
    /// # Errors
    /// Os de [`endereco`](Self::endereco), e [`ErroDeUso`] diante de um deles.
    pub fn destino(&self) -> Result<SocketAddr> {
        let endereco = self.endereco()?;
        let ip = endereco.ip();
        if ip.to_canonical().is_unspecified() {
            let exemplo = if ip.is_ipv4() { "127.0.0.1" } else { "::1" };
            Err(self.erro(&format!(
                "{ip} é para o servidor atender em todas as interfaces; \
                 aqui dê o IP do servidor, como {exemplo}"
            )))?;
        }
        Ok(endereco)
    }

    /// A porta de quem não disse outra.
    fn porta_padrao(&self) -> Result<u16, ErroDeUso> {
        porta_padrao(self.porta.as_deref()).map_err(|erro| self.erro(&erro))
    }

    /// O argumento na posição `indice` (o primeiro é 0) como número inteiro
    /// entre `minimo` e `maximo`, ou `padrao` quando ele não foi dado.
    ///
    /// # Errors
    /// [`ErroDeUso`] quando o texto não é um número ou está fora dos limites.
    pub fn numero(
        &self,
        indice: usize,
        padrao: u64,
        minimo: u64,
        maximo: u64,
    ) -> Result<u64> {
        let Some(texto) = self.valores.get(indice) else {
            return Ok(padrao);
        };
        texto
            .parse()
            .ok()
            .filter(|numero| (minimo..=maximo).contains(numero))
            .ok_or_else(|| {
                self.erro(&format!(
                    "{texto:?} não serve: use um número inteiro de {minimo} a {maximo}"
                ))
                .into()
            })
    }

    /// O argumento na posição `indice` (o primeiro é 0) como `IP:PORTA`, ou
    /// `padrao` quando ele não foi dado. Nomes não servem: nada se resolve.
    ///
    /// # Errors
    /// [`ErroDeUso`] quando o texto não tem essa forma.
    pub fn ip_e_porta(
        &self,
        indice: usize,
        padrao: impl Into<SocketAddr>,
    ) -> Result<SocketAddr> {
        let Some(texto) = self.valores.get(indice) else {
            return Ok(padrao.into());
        };
        let erro = || self.erro(&format!("{texto:?} não tem a forma IP:PORTA"));
        Ok(texto.parse().map_err(|_| erro())?)
    }

    /// O argumento na posição `indice` (o primeiro é 0), como foi digitado.
    #[must_use]
    pub fn texto(&self, indice: usize) -> Option<&str> {
        self.valores.get(indice).map(String::as_str)
    }

    /// Um erro de uso com `mensagem` e a forma certa de chamar o programa.
    #[must_use]
    pub fn erro(&self, mensagem: &str) -> ErroDeUso {
        ErroDeUso::novo(format!("{mensagem}\nUso: {}", self.uso))
    }
}

/// A porta que a variável de ambiente `SOCKETS_PORTA` pede, ou [`PORTA_PADRAO`].
///
/// # Errors
/// Quando ela não é uma porta: a frase que diz o que fazer.
pub fn porta_do_ambiente() -> Result<u16, String> {
    porta_padrao(env::var_os(VARIAVEL_DA_PORTA).as_deref())
}

fn porta_padrao(pedida: Option<&OsStr>) -> Result<u16, String> {
    let Some(porta) = pedida else {
        return Ok(PORTA_PADRAO);
    };
    let numero = porta.to_str().and_then(|porta| porta.parse().ok());
    numero.ok_or_else(|| {
        format!(
            "a variável de ambiente {VARIAVEL_DA_PORTA} vale {:?}, que não é uma porta: \
             ponha nela um número de 0 a 65535 ou apague-a",
            porta.to_string_lossy()
        )
    })
}

#[cfg(test)]
mod testes {
    use super::*;

    fn argumentos(valores: &[&str]) -> Argumentos {
        tentar(valores).unwrap()
    }

    fn tentar(valores: &[&str]) -> Result<Argumentos, ErroDeUso> {
        de(valores.iter().map(OsString::from), None)
    }

    fn de(
        valores: impl Iterator<Item = OsString>,
        porta: Option<OsString>,
    ) -> Result<Argumentos, ErroDeUso> {
        Argumentos::de("bind", &["HOST:PORTA", "SEGUNDOS"], valores, porta)
    }

    const USO: &str =
        "\nUso: cargo run --example bind -- [HOST:PORTA] [SEGUNDOS]";

    /// Bytes (no Windows, meio par de UTF-16) que não são texto.
    fn nao_e_texto() -> OsString {
        #[cfg(unix)]
        return std::os::unix::ffi::OsStringExt::from_vec(b"5000\xff".to_vec());
        #[cfg(windows)]
        return std::os::windows::ffi::OsStringExt::from_wide(&[0x35, 0xd800]);
    }

    #[test]
    fn sem_argumentos_vale_o_endereco_do_livro() {
        assert_eq!(
            argumentos(&[]).endereco().unwrap(),
            "127.0.0.1:50000".parse().unwrap()
        );
    }

    #[test]
    fn a_variavel_de_ambiente_troca_so_a_porta_padrao() {
        let porta = |valores: &[&str]| {
            let valores = valores.iter().map(OsString::from);
            let argumentos = de(valores, Some("50001".into())).unwrap();
            argumentos.endereco().unwrap().port()
        };
        assert_eq!(porta(&[]), 50001);
        assert_eq!(porta(&["127.0.0.1:7"]), 7);
    }

    #[test]
    fn uma_variavel_de_ambiente_sem_sentido_e_erro_de_uso_que_a_cita() {
        for ruim in ["abc".into(), "".into(), "65536".into(), nao_e_texto()] {
            let argumentos = de([].into_iter(), Some(ruim.clone())).unwrap();
            let erro = argumentos.endereco().unwrap_err();
            assert!(erro.is::<ErroDeUso>(), "{ruim:?}: {erro:#}");
            let erro = erro.to_string();
            assert!(
                erro.contains("SOCKETS_PORTA") && erro.ends_with(USO),
                "{erro}"
            );
            // Quem diz o endereço não precisa dela.
            let outro = de(["[::1]:7".into()].into_iter(), Some(ruim)).unwrap();
            assert!(outro.endereco().is_ok());
        }
    }

    #[test]
    fn um_argumento_que_nao_e_texto_mostra_o_uso() {
        let erro = de([nao_e_texto()].into_iter(), None).unwrap_err();
        assert!(!erro.ajuda);
        let erro = erro.to_string();
        assert!(
            erro.contains("não é texto") && erro.ends_with(USO),
            "{erro}"
        );
    }

    #[test]
    fn aceita_ipv4_ipv6_nomes_e_a_porta_zero() {
        assert_eq!(
            argumentos(&["0.0.0.0:0"]).endereco().unwrap(),
            "0.0.0.0:0".parse().unwrap()
        );
        assert_eq!(
            argumentos(&["[::1]:80"]).endereco().unwrap(),
            "[::1]:80".parse().unwrap()
        );
        assert_eq!(argumentos(&["localhost:9"]).endereco().unwrap().port(), 9);
    }

    #[test]
    fn recusa_com_uma_frase_o_que_nao_e_endereco() {
        for ruim in [
            "",
            "50000",
            ":50000",
            "::1:50000",
            "127.0.0.1",
            "127.0.0.1:",
            "127.0.0.1:65536",
            "a:-1",
            "a:b",
        ] {
            let erro = argumentos(&[ruim]).endereco().unwrap_err();
            assert!(erro.is::<ErroDeUso>(), "{ruim:?}: {erro:#}");
            assert!(erro.to_string().ends_with(USO));
        }
    }

    #[test]
    fn todas_as_interfaces_nao_sao_um_destino() {
        for (ruim, sugestao) in [
            ("0.0.0.0:50000", "127.0.0.1"),
            ("[::]:50000", "::1"),
            ("[::ffff:0.0.0.0]:50000", "::1"),
        ] {
            assert!(argumentos(&[ruim]).endereco().is_ok());
            let erro = argumentos(&[ruim]).destino().unwrap_err();
            assert!(erro.is::<ErroDeUso>(), "{ruim}: {erro:#}");
            let fim = format!("aqui dê o IP do servidor, como {sugestao}{USO}");
            assert!(erro.to_string().ends_with(&fim), "{erro}");
        }
        for bom in ["127.0.0.1:0", "[::1]:80", "0.0.0.1:9"] {
            let argumentos = argumentos(&[bom]);
            assert_eq!(argumentos.destino().unwrap(), bom.parse().unwrap());
        }
    }

    #[test]
    fn um_nome_que_nao_existe_nao_e_erro_de_uso() {
        let erro = argumentos(&["nao-existe.invalid:1"])
            .endereco()
            .unwrap_err();
        assert!(!erro.is::<ErroDeUso>(), "{erro:#}");
        assert!(erro.is::<NomeSemEndereco>(), "{erro:#}");
        assert!(
            format!("{erro:#}").contains("nao-existe.invalid"),
            "{erro:#}"
        );
    }

    #[test]
    fn numeros_fora_dos_limites_sao_recusados() {
        assert_eq!(argumentos(&[]).numero(1, 10, 1, 60).unwrap(), 10);
        assert_eq!(
            argumentos(&["a:1", "60"]).numero(1, 10, 1, 60).unwrap(),
            60
        );
        for ruim in ["0", "61", "", "-1", "1.5", "18446744073709551616"] {
            assert!(
                argumentos(&["a:1", ruim])
                    .numero(1, 10, 1, 60)
                    .unwrap_err()
                    .is::<ErroDeUso>()
            );
        }
    }

    #[test]
    fn um_ip_e_uma_porta_em_qualquer_posicao() {
        let padrao: SocketAddr = "127.0.0.1:50002".parse().unwrap();
        let dados = argumentos(&["127.0.0.2:1", "[::1]:2"]);
        for (indice, esperado) in [(0, "127.0.0.2:1"), (1, "[::1]:2")] {
            let lido = dados.ip_e_porta(indice, padrao).unwrap();
            assert_eq!(lido, esperado.parse().unwrap());
        }
        assert_eq!(argumentos(&[]).ip_e_porta(1, padrao).unwrap(), padrao);
        for ruim in ["", "1", "localhost:1", "127.0.0.1", "127.0.0.1:65536"] {
            let erro = argumentos(&[ruim]).ip_e_porta(0, padrao).unwrap_err();
            assert!(erro.is::<ErroDeUso>(), "{ruim:?}: {erro:#}");
            assert!(erro.to_string().ends_with(USO), "{erro}");
        }
    }

    #[test]
    fn argumento_a_mais_e_pedido_de_ajuda_mostram_o_uso() {
        let sobra = tentar(&["a:1", "2", "três"]).unwrap_err();
        assert!(sobra.to_string().contains("três") && !sobra.ajuda);
        assert!(tentar(&["--ajuda"]).unwrap_err().ajuda);
    }
}
