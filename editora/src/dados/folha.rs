//! Um arquivo TOML lido chave por chave: o que falta, o que sobra e o que não serve
//! é acusado com a linha, e a leitura segue.

use std::cell::RefCell;
use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::conta::Conta;
use super::tabela::{Campo, Condicao, Onde};
use crate::diretivas::Linhas;

/// Os problemas de um arquivo, cada um com a linha.
pub type Problemas = Vec<(usize, String)>;

/// Quem lê o arquivo e junta os problemas dele.
pub struct Folha {
    linhas: Linhas,
    problemas: RefCell<Problemas>,
}

/// Uma tabela do arquivo. O que se tira dela não sobra.
pub struct Bloco<'f> {
    folha: &'f Folha,
    /// De que se fala nos problemas: `o número «tcp-5»`.
    nome: String,
    /// A linha em que ela começa.
    pub linha: usize,
    restam: BTreeMap<String, Valor<'f>>,
    pedidas: Vec<&'static str>,
}

/// Um valor e onde ele está.
#[derive(Clone)]
pub struct Valor<'f> {
    /// A linha.
    pub linha: usize,
    valor: &'f DeValue<'f>,
}

impl Folha {
    /// Lê `texto` com `ler`, que recebe a tabela inteira.
    ///
    /// # Errors
    /// Todos os problemas, na ordem das linhas.
    pub fn ler<T>(
        texto: &str,
        ler: impl FnOnce(&mut Bloco<'_>) -> Option<T>,
    ) -> Result<T, Problemas> {
        let linhas = Linhas::de(texto);
        let tabela = DeTable::parse(texto).map_err(|erro| {
            let posicao = erro.span().map_or(0, |span| span.start);
            let frase = format!("o TOML não se entende aqui: {}", erro.message());
            vec![(linhas.em(posicao), frase)]
        })?;
        let folha = Folha {
            linhas,
            problemas: RefCell::default(),
        };
        let lido = {
            let mut bloco = Bloco::novo(&folha, "o arquivo".into(), 1, tabela.get_ref());
            let lido = ler(&mut bloco);
            bloco.acabar();
            lido
        };
        let mut problemas = folha.problemas.into_inner();
        match lido {
            Some(lido) if problemas.is_empty() => Ok(lido),
            _ => {
                problemas.sort();
                Err(problemas)
            }
        }
    }

    fn acusar(&self, linha: usize, texto: impl Into<String>) {
        self.problemas.borrow_mut().push((linha, texto.into()));
    }
}

impl<'f> Bloco<'f> {
    fn novo(folha: &'f Folha, nome: String, linha: usize, tabela: &'f DeTable<'f>) -> Self {
        let restam = tabela.iter().map(|(chave, valor)| {
            let linha = folha.linhas.em(chave.span().start);
            let valor = Valor {
                linha,
                valor: valor.get_ref(),
            };
            (chave.get_ref().to_string(), valor)
        });
        Self {
            folha,
            nome,
            linha,
            restam: restam.collect(),
            pedidas: Vec::new(),
        }
    }

    /// Acusa um problema.
    pub fn acusar(&self, linha: usize, texto: impl AsRef<str>) {
        self.folha
            .acusar(linha, format!("{}: {}", self.nome, texto.as_ref()));
    }

    /// O que há na chave, se ela existe.
    pub fn tirar(&mut self, chave: &'static str) -> Option<Valor<'f>> {
        self.pedidas.push(chave);
        self.restam.remove(chave)
    }

    /// A linha da chave, ou a do começo da tabela, se ela não existe.
    pub fn linha_de(&self, chave: &str) -> usize {
        let valor = self.restam.get(chave);
        valor.map_or(self.linha, |valor| valor.linha)
    }

    /// Se a chave existe e ainda não foi tirada.
    pub fn tem(&self, chave: &str) -> bool {
        self.restam.contains_key(chave)
    }

    /// Tudo que resta, na ordem do arquivo: para as tabelas em que a chave é um nome.
    pub fn resto(&mut self) -> Vec<(String, Valor<'f>)> {
        let mut resto: Vec<_> = std::mem::take(&mut self.restam).into_iter().collect();
        resto.sort_by_key(|(_, valor)| valor.linha);
        resto
    }

    /// Um texto que não pode estar vazio.
    pub fn texto(&mut self, chave: &'static str) -> Option<String> {
        let valor = self.tirar(chave)?;
        match valor.valor {
            DeValue::String(texto) if !texto.trim().is_empty() => Some(texto.to_string()),
            _ => {
                self.acusar(valor.linha, format!("«{chave}» é um texto entre aspas"));
                None
            }
        }
    }

    /// Como [`Self::texto`], e a falta da chave é um problema.
    pub fn texto_exigido(&mut self, chave: &'static str) -> Option<String> {
        self.exigir(chave);
        self.texto(chave)
    }

    /// Um número.
    pub fn numero(&mut self, chave: &'static str) -> Option<f64> {
        let valor = self.tirar(chave)?;
        let numero = valor.numero();
        if numero.is_none() {
            self.acusar(valor.linha, format!("«{chave}» é um número"));
        }
        numero
    }

    /// Quantas casas decimais, de -9 a 9.
    pub fn casas(&mut self) -> Option<i32> {
        let valor = self.tirar("casas")?;
        let casas = valor
            .numero()
            .filter(|n| n.fract() == 0.0 && n.abs() <= 9.0);
        if casas.is_none() {
            self.acusar(valor.linha, "«casas» é um número inteiro de -9 a 9");
        }
        #[expect(clippy::cast_possible_truncation, reason = "é inteiro e pequeno")]
        casas.map(|casas| casas as i32)
    }

    /// Dois números, o menor primeiro, e a linha em que estão.
    pub fn par(&mut self, chave: &'static str) -> Option<(f64, f64, usize)> {
        let valor = self.tirar(chave)?;
        match valor.numeros().as_deref() {
            Some([de, ate]) if de <= ate => Some((*de, *ate, valor.linha)),
            _ => {
                self.acusar(
                    valor.linha,
                    format!("«{chave}» são dois números, o menor primeiro: [8, 16]"),
                );
                None
            }
        }
    }

    /// Uma lista de números.
    pub fn numeros(&mut self, chave: &'static str) -> Option<Vec<f64>> {
        let valor = self.tirar(chave)?;
        let numeros = valor.numeros();
        if numeros.is_none() {
            self.acusar(
                valor.linha,
                format!("«{chave}» é uma lista de números: [1, 2]"),
            );
        }
        numeros
    }

    /// Uma conta.
    pub fn conta(&mut self, chave: &'static str) -> Option<Conta> {
        let linha = self.linha_de(chave);
        let texto = self.texto(chave)?;
        self.ler_conta(linha, &texto)
    }

    /// Uma conta já tirada, que está em `linha`.
    pub fn ler_conta(&self, linha: usize, texto: &str) -> Option<Conta> {
        Conta::ler(texto)
            .map_err(|motivo| self.acusar(linha, motivo))
            .ok()
    }

    /// As condições das linhas de uma tabela medida; nenhuma, se a chave não existe.
    pub fn onde(&mut self) -> Onde {
        let Some(valor) = self.tirar("onde") else {
            return Onde::default();
        };
        let DeValue::Table(tabela) = valor.valor else {
            self.acusar(
                valor.linha,
                "«onde» tem colunas e valores: { protocolo = \"tcp\", perda = 5 }",
            );
            return Onde::default();
        };
        let mut condicoes = Vec::new();
        for (coluna, pedido) in tabela {
            let linha = self.folha.linhas.em(coluna.span().start);
            match condicao(pedido.get_ref()) {
                Some(condicao) => condicoes.push((coluna.get_ref().to_string(), condicao)),
                None => self.acusar(
                    linha,
                    format!(
                        "a coluna «{coluna}» leva um texto, um número, uma lista deles ou \
                         uma faixa {{ de = 1, ate = 5 }}",
                        coluna = coluna.get_ref()
                    ),
                ),
            }
        }
        // A ordem em que o toml as dá muda com o que mais se compila junto.
        condicoes.sort_by(|(uma, _), (outra, _)| uma.cmp(outra));
        Onde(condicoes)
    }

    /// A tabela que há em `valor`, chamada `nome` nos problemas.
    pub fn bloco(&self, nome: String, valor: &Valor<'f>) -> Option<Bloco<'f>> {
        if let DeValue::Table(tabela) = valor.valor {
            return Some(Bloco::novo(self.folha, nome, valor.linha, tabela));
        }
        self.folha
            .acusar(valor.linha, format!("{nome} é uma tabela, com chaves"));
        None
    }

    /// As tabelas de uma lista `[[chave]]`, na ordem.
    pub fn blocos(&mut self, chave: &'static str, nome: &str) -> Vec<Bloco<'f>> {
        let Some(valor) = self.tirar(chave) else {
            return Vec::new();
        };
        let DeValue::Array(lista) = valor.valor else {
            self.acusar(valor.linha, format!("«{chave}» é uma lista: [[{chave}]]"));
            return Vec::new();
        };
        let mut blocos = Vec::new();
        for (indice, item) in lista.iter().enumerate() {
            let item = Valor {
                linha: self.folha.linhas.em(item.span().start),
                valor: item.get_ref(),
            };
            let nome = format!("{nome} {}", indice + 1);
            blocos.extend(self.bloco(nome, &item));
        }
        blocos
    }

    /// Acusa a falta de uma chave.
    pub fn exigir(&mut self, chave: &'static str) {
        if !self.tem(chave) {
            self.acusar(self.linha, format!("falta «{chave} = …»"));
        }
    }

    /// Acusa o que sobrou: chaves que ninguém tirou.
    pub fn acabar(self) {
        for (chave, valor) in &self.restam {
            self.acusar(
                valor.linha,
                format!(
                    "não conheço a chave «{chave}»: há {}",
                    self.pedidas.join(", ")
                ),
            );
        }
    }
}

impl Valor<'_> {
    /// O número, se é um.
    fn numero(&self) -> Option<f64> {
        numero(self.valor)
    }

    fn numeros(&self) -> Option<Vec<f64>> {
        match self.valor {
            DeValue::Array(lista) => lista.iter().map(|item| numero(item.get_ref())).collect(),
            _ => None,
        }
    }

    /// Se é uma tabela, com chaves.
    pub fn e_tabela(&self) -> bool {
        matches!(self.valor, DeValue::Table(_))
    }

    /// O que `true` ou `false` dizem, se é um deles.
    pub fn sim_ou_nao(&self) -> Option<bool> {
        match self.valor {
            DeValue::Boolean(sim) => Some(*sim),
            _ => None,
        }
    }

    /// Os textos de uma lista de textos.
    pub fn textos(&self) -> Option<Vec<String>> {
        let DeValue::Array(lista) = self.valor else {
            return None;
        };
        let texto = |valor: &DeValue<'_>| match valor {
            DeValue::String(texto) => Some(texto.to_string()),
            _ => None,
        };
        lista.iter().map(|item| texto(item.get_ref())).collect()
    }

    /// O texto de um valor simples, como se escreve em português.
    pub fn escrito(&self) -> Option<String> {
        match self.valor {
            DeValue::String(texto) => Some(texto.to_string()),
            DeValue::Boolean(sim) => Some(if *sim { "sim" } else { "não" }.into()),
            DeValue::Datetime(quando) => Some(quando.to_string()),
            outro => numero(outro).map(super::formato::enxuto),
        }
    }

    /// O número de um valor, ou de um texto que é um número.
    pub fn como_numero(&self) -> Option<f64> {
        match self.valor {
            DeValue::String(texto) => texto.trim().parse().ok(),
            outro => numero(outro),
        }
    }
}

fn numero(valor: &DeValue<'_>) -> Option<f64> {
    match valor {
        DeValue::Integer(inteiro) => {
            let radix = inteiro.radix();
            let inteiro = i64::from_str_radix(inteiro.as_str(), radix).ok()?;
            #[expect(clippy::cast_precision_loss, reason = "ninguém escreve 2⁵³ à mão")]
            Some(inteiro as f64)
        }
        DeValue::Float(numero) => numero.as_str().parse().ok().filter(|n: &f64| n.is_finite()),
        _ => None,
    }
}

fn condicao(valor: &DeValue<'_>) -> Option<Condicao> {
    let campo = |valor: &DeValue<'_>| match valor {
        DeValue::String(texto) => Some(Campo::Texto(texto.to_string())),
        outro => numero(outro).map(Campo::Numero),
    };
    match valor {
        DeValue::Array(lista) if !lista.is_empty() => {
            let campos: Option<Vec<_>> = lista.iter().map(|item| campo(item.get_ref())).collect();
            campos.map(Condicao::Um)
        }
        DeValue::Table(faixa) => {
            let limite = |nome: &str| {
                let achado = faixa.iter().find(|(chave, _)| chave.get_ref() == nome);
                achado.map(|(_, valor)| numero(valor.get_ref()))
            };
            let (de, ate) = (limite("de"), limite("ate"));
            let conhecidos = usize::from(de.is_some()) + usize::from(ate.is_some());
            if conhecidos == 0 || conhecidos != faixa.len() {
                return None;
            }
            let de = de.unwrap_or(Some(f64::NEG_INFINITY))?;
            let ate = ate.unwrap_or(Some(f64::INFINITY))?;
            (de <= ate).then_some(Condicao::Faixa(de, ate))
        }
        outro => campo(outro).map(|campo| Condicao::Um(vec![campo])),
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn ler(texto: &str) -> Result<(String, Onde), Problemas> {
        Folha::ler(texto, |bloco| {
            let nome = bloco.texto_exigido("nome");
            let onde = bloco.onde();
            bloco.casas();
            bloco.par("entre");
            bloco.conta("conta");
            Some((nome?, onde))
        })
    }

    #[test]
    fn le_condicoes_de_todas_as_formas() {
        let (_, onde) = ler(
            "nome = 'x'\n[onde]\na = 'tcp'\nb = 5\nc = [0.5, 1]\nd = { de = 1 }\ne = { de = 1, ate = 2 }\n",
        )
        .unwrap();
        assert_eq!(
            onde.to_string(),
            "a = tcp e b = 5 e c = 0.5 ou 1 e d de 1 a inf e e de 1 a 2"
        );
    }

    #[test]
    fn acusa_tudo_de_uma_vez_com_a_linha() {
        let achados = ler(
            "entre = [3, 1]\ncasas = 0.5\nconta = \"1 +\"\ncor = 'azul'\n[onde]\na = {}\nb = { de = 1, cor = 2 }\n",
        )
        .unwrap_err();
        let esperados = [
            (1, "falta «nome = …»"),
            (1, "«entre» são dois números"),
            (2, "«casas» é um número inteiro"),
            (3, "acaba no meio"),
            (4, "não conheço a chave «cor»: há nome, onde"),
            (6, "a coluna «a» leva"),
            (7, "a coluna «b» leva"),
        ];
        assert_eq!(achados.len(), esperados.len(), "{achados:?}");
        for ((linha, texto), (esperada, palavras)) in achados.iter().zip(esperados) {
            assert!(
                *linha == esperada && texto.contains(palavras),
                "{achados:?}"
            );
        }
    }

    #[test]
    fn os_numeros_do_toml_se_leem_de_todas_as_formas() {
        let texto = "a = [1_000, -2, 0.5, 1e3, 1_0.5, 0x10, +7]\n";
        let lidos = Folha::ler(texto, |bloco| bloco.numeros("a")).unwrap();
        assert_eq!(lidos, [1000.0, -2.0, 0.5, 1000.0, 10.5, 16.0, 7.0]);
        assert!(Folha::ler("a = [nan]\n", |bloco| bloco.numeros("a")).is_err());
    }

    #[test]
    fn um_toml_torto_e_acusado_na_linha() {
        let achados = ler("nome = 'x'\n\n= 3\n").unwrap_err();
        assert_eq!(achados[0].0, 3, "{achados:?}");
    }
}
