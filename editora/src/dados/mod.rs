//! Os dados do livro, em `book/dados`: as tabelas que o `medir` escreveu, a máquina
//! que as mediu e os números que o texto tira delas. Os gráficos, que também saem
//! daqui, são de [`crate::grafico`].

pub mod ambiente;
pub mod conta;
pub mod folha;
pub mod formato;
pub mod numeros;
pub mod tabela;

use std::collections::BTreeMap;

use self::ambiente::Ambiente;
use self::numeros::Numeros;
use self::tabela::Tabela;

/// As tabelas que o `medir` escreveu, a partir da raiz do projeto.
pub const MEDIDAS: &str = "book/dados/medidas";

/// A pasta delas no livro montado.
const PUBLICADOS: &str = "dados";

/// Os dados, lidos.
#[derive(Debug, Default)]
pub struct Dados {
    /// Cada tabela medida; `None` quando ela tem problemas.
    pub tabelas: BTreeMap<String, Option<Tabela>>,
    /// A máquina que mediu.
    pub ambiente: Ambiente,
    /// Os números do texto.
    pub numeros: Numeros,
}

impl Dados {
    /// O que vai com o livro: o nome nele e o arquivo de que vem.
    pub fn publicados(&self) -> BTreeMap<String, String> {
        let mut publicados: BTreeMap<String, String> = self
            .tabelas
            .keys()
            .map(|nome| (publicado(nome), format!("{MEDIDAS}/{nome}.csv")))
            .collect();
        if self.ambiente.existe() {
            publicados.insert(
                format!("{PUBLICADOS}/ambiente.toml"),
                ambiente::ARQUIVO.to_string(),
            );
        }
        publicados
    }
}

/// O nome de uma tabela no livro montado.
pub fn publicado(tabela: &str) -> String {
    format!("{PUBLICADOS}/{tabela}.csv")
}
