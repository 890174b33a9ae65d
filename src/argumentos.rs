//! Os argumentos dos programas: poucos, opcionais e na mesma ordem em todos.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
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

/// Os argumentos com que um programa do livro foi chamado.
#[derive(Debug)]
pub struct Argumentos {
    uso: String,
    valores: Vec<String>,
    porta_padrao: String,
}

impl Argumentos {
    /// Lê os argumentos do processo. `nomes` diz o que o programa aceita, na
    /// ordem, para a mensagem de uso: `&["HOST:PORTA", "SEGUNDOS"]`.
    ///
    /// # Errors
    /// [`ErroDeUso`] quando sobra um argumento, quando um deles não é texto
    /// válido ou quando a pessoa pede `--ajuda`.
    pub fn ler(nomes: &[&str]) -> Result<Self> {
        let mut dados = env::args_os().map(OsString::into_string);
        let programa = dados.next().and_then(Result::ok).unwrap_or_default();
        let programa = Path::new(&programa)
            .file_stem()
            .map_or("NOME".into(), |n| n.to_string_lossy());
        let valores: Result<Vec<String>, _> = dados.collect();
        let porta = env::var(VARIAVEL_DA_PORTA).ok();
        match valores {
            Ok(valores) => Ok(Self::de(&programa, nomes, valores, porta)?),
            Err(valor) => Err(ErroDeUso {
                mensagem: format!(
                    "o argumento {} não é texto válido",
                    valor.to_string_lossy().escape_debug()
                ),
                ajuda: false,
            }
            .into()),
        }
    }

    fn de(
        programa: &str,
        nomes: &[&str],
        valores: Vec<String>,
        porta: Option<String>,
    ) -> Result<Self, ErroDeUso> {
        let mut uso = vec![format!("cargo run --example {programa}")];
        if !nomes.is_empty() {
            uso.push("--".into());
        }
        uso.extend(nomes.iter().map(|nome| format!("[{nome}]")));
        let argumentos = Self {
            uso: uso.join(" "),
            valores,
            porta_padrao: porta.unwrap_or_else(|| PORTA_PADRAO.to_string()),
        };
        if argumentos
            .valores
            .iter()
            .any(|v| ["--ajuda", "--help", "-h"].contains(&v.as_str()))
        {
            return Err(ErroDeUso {
                mensagem: format!("Uso: {}", argumentos.uso),
                ajuda: true,
            });
        }
        if let Some(sobra) = argumentos.valores.get(nomes.len()) {
            return Err(argumentos.erro(&format!("não sei o que fazer com o argumento {sobra:?}")));
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
    /// [`ErroDeUso`] quando o texto não tem a forma `HOST:PORTA`; um erro de
    /// rede quando o nome não se resolve.
    pub fn endereco(&self) -> Result<SocketAddr> {
        let padrao = format!("127.0.0.1:{}", self.porta_padrao);
        let texto = self.valores.first().unwrap_or(&padrao);
        if let Ok(endereco) = texto.parse() {
            return Ok(endereco);
        }
        let (host, porta) = texto
            .rsplit_once(':')
            .filter(|(host, _)| !host.is_empty() && !host.contains(':'))
            .ok_or_else(|| self.erro(&format!("{texto:?} não tem a forma HOST:PORTA")))?;
        let porta: u16 = porta.parse().map_err(|_| {
            self.erro(&format!(
                "{porta:?} não é uma porta: use um número de 0 a 65535"
            ))
        })?;
        let enderecos: Vec<SocketAddr> = (host, porta)
            .to_socket_addrs()
            .with_context(|| format!("não foi possível descobrir o endereço de {host:?}"))?
            .collect();
        enderecos
            .iter()
            .find(|e| e.is_ipv4())
            .or(enderecos.first())
            .copied()
            .with_context(|| format!("o nome {host:?} não tem endereço nenhum"))
    }

    /// O argumento na posição `indice` (o primeiro é 0) como número inteiro
    /// entre `minimo` e `maximo`, ou `padrao` quando ele não foi dado.
    ///
    /// # Errors
    /// [`ErroDeUso`] quando o texto não é um número ou está fora dos limites.
    pub fn numero(&self, indice: usize, padrao: u64, minimo: u64, maximo: u64) -> Result<u64> {
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

    /// O argumento na posição `indice` (o primeiro é 0), como foi digitado.
    #[must_use]
    pub fn texto(&self, indice: usize) -> Option<&str> {
        self.valores.get(indice).map(String::as_str)
    }

    /// Um erro de uso com `mensagem` e a forma certa de chamar o programa.
    #[must_use]
    pub fn erro(&self, mensagem: &str) -> ErroDeUso {
        ErroDeUso {
            mensagem: format!("{mensagem}\nUso: {}", self.uso),
            ajuda: false,
        }
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn argumentos(valores: &[&str]) -> Argumentos {
        tentar(valores).unwrap()
    }

    fn tentar(valores: &[&str]) -> Result<Argumentos, ErroDeUso> {
        let valores = valores.iter().map(ToString::to_string).collect();
        Argumentos::de("bind", &["HOST:PORTA", "SEGUNDOS"], valores, None)
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
        let com_porta = |valores: Vec<String>| {
            Argumentos::de("bind", &["HOST:PORTA"], valores, Some("50001".into())).unwrap()
        };
        assert_eq!(com_porta(vec![]).endereco().unwrap().port(), 50001);
        assert_eq!(
            com_porta(vec!["127.0.0.1:7".into()])
                .endereco()
                .unwrap()
                .port(),
            7
        );
    }

    #[test]
    fn uma_variavel_de_ambiente_sem_sentido_e_erro_de_uso() {
        let argumentos =
            Argumentos::de("bind", &["HOST:PORTA"], vec![], Some("abc".into())).unwrap();
        let erro = argumentos.endereco().unwrap_err();
        assert!(erro.is::<ErroDeUso>(), "{erro:#}");
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
            assert!(
                erro.to_string()
                    .contains("Uso: cargo run --example bind -- [HOST:PORTA] [SEGUNDOS]")
            );
        }
    }

    #[test]
    fn um_nome_que_nao_existe_nao_e_erro_de_uso() {
        let erro = argumentos(&["nao-existe.invalid:1"])
            .endereco()
            .unwrap_err();
        assert!(!erro.is::<ErroDeUso>(), "{erro:#}");
        assert!(
            format!("{erro:#}").contains("nao-existe.invalid"),
            "{erro:#}"
        );
    }

    #[test]
    fn numeros_fora_dos_limites_sao_recusados() {
        assert_eq!(argumentos(&[]).numero(1, 10, 1, 60).unwrap(), 10);
        assert_eq!(argumentos(&["a:1", "60"]).numero(1, 10, 1, 60).unwrap(), 60);
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
    fn argumento_a_mais_e_pedido_de_ajuda_mostram_o_uso() {
        let sobra = tentar(&["a:1", "2", "três"]).unwrap_err();
        assert!(sobra.to_string().contains("três") && !sobra.ajuda);
        assert!(tentar(&["--ajuda"]).unwrap_err().ajuda);
    }
}
