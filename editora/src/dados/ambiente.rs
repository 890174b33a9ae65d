//! A máquina que mediu: `book/dados/medidas/ambiente.toml`, escrito pelo `medir`.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::conta::Defeito;
use super::folha::{Folha, Problemas, Valor};
use crate::html::escapar;

/// O arquivo, a partir da raiz do projeto.
pub const ARQUIVO: &str = "book/dados/medidas/ambiente.toml";

/// As linhas da tabela do livro: como se chama e o que mostra, com cada `{chave}` no
/// lugar do valor dela.
const LINHAS: &[(&str, &str)] = &[
    ("Quando", "{data}"),
    (
        "Comando",
        "cargo run --release --example medir -- {comando}",
    ),
    ("Semente", "{semente}"),
    ("Sistema", "{distribuicao}, {nucleo}, {arquitetura}"),
    ("Processador", "{cpu}, {cpus} CPUs"),
    ("Relógio do núcleo", "{hz} Hz"),
    ("TCP", "{congestionamento}, se o experimento não pede outro"),
    ("Rede", "{rede}"),
    ("Programa", "{programa}, {rustc}, {compilacao}"),
];

/// O que se sabe da máquina.
#[derive(Debug, Clone, Default)]
pub struct Ambiente {
    valores: BTreeMap<String, Dito>,
    /// Se há um arquivo, bom ou não.
    existe: bool,
}

/// O valor de uma chave.
#[derive(Debug, Clone, PartialEq)]
pub struct Dito {
    /// Como se escreve em português.
    pub texto: String,
    /// O número, se é um.
    pub numero: Option<f64>,
}

impl Ambiente {
    /// Lê o texto do arquivo. As chaves de dentro de uma tabela levam o nome dela e um
    /// ponto; o que não é um valor simples não tem nome.
    ///
    /// # Errors
    /// Os problemas, com a linha.
    pub fn ler(texto: &str) -> Result<Self, Problemas> {
        let valores = Folha::ler(texto, |arquivo| {
            let mut valores = BTreeMap::new();
            let mut por_ver: Vec<(String, Valor<'_>)> = arquivo.resto();
            while let Some((chave, valor)) = por_ver.pop() {
                if let Some(texto) = valor.escrito() {
                    let numero = valor.como_numero();
                    valores.insert(chave, Dito { texto, numero });
                } else if valor.e_tabela()
                    && let Some(mut dentro) = arquivo.bloco(chave.clone(), &valor)
                {
                    let dentro = dentro.resto().into_iter();
                    por_ver.extend(dentro.map(|(nome, valor)| (format!("{chave}.{nome}"), valor)));
                }
            }
            Some(valores)
        })?;
        Ok(Self {
            valores,
            existe: true,
        })
    }

    /// Um que existe e não se entende: o problema dele já foi acusado.
    pub fn torto() -> Self {
        Self {
            valores: BTreeMap::new(),
            existe: true,
        }
    }

    /// Se há um arquivo, bom ou não.
    pub fn existe(&self) -> bool {
        self.existe
    }

    /// O valor de uma chave.
    ///
    /// # Errors
    /// Não há a chave, ou não há o arquivo.
    pub fn valor(&self, chave: &str) -> Result<Dito, Defeito> {
        match self.valores.get(chave) {
            Some(dito) => Ok(dito.clone()),
            None if self.valores.is_empty() && self.existe => Err(Defeito::Acusado),
            None if self.existe => Err(Defeito::Motivo(format!("{ARQUIVO} não tem «{chave}»"))),
            None => Err(Defeito::Motivo(format!("não existe {ARQUIVO}"))),
        }
    }

    /// A tabela que o livro mostra, em uma linha de HTML.
    ///
    /// # Errors
    /// O que falta no arquivo.
    pub fn html(&self) -> Result<String, String> {
        let mut html = String::from(
            "<div class=\"table-wrapper\"><table class=\"ambiente\">\
             <caption>Onde estes números foram medidos</caption><tbody>",
        );
        for (nome, modelo) in LINHAS {
            let mut valor = escapar(modelo);
            for chave in chaves(modelo) {
                let dito = self.valor(chave).map_err(|defeito| defeito.to_string())?;
                let texto = if chave == "data" {
                    quando(&dito.texto)
                } else {
                    dito.texto
                };
                valor = valor.replace(&format!("{{{chave}}}"), &escapar(&texto));
            }
            let valor = if *nome == "Comando" {
                format!("<code>{valor}</code>")
            } else {
                valor
            };
            let _ = write!(
                html,
                "<tr><th scope=\"row\">{nome}</th><td>{valor}</td></tr>"
            );
        }
        html.push_str("</tbody></table></div>");
        Ok(html)
    }
}

/// Um instante da RFC 3339 como se diz em português; outro texto, como está.
fn quando(texto: &str) -> String {
    let partes = texto.split_once('T').and_then(|(dia, hora)| {
        let mut dia = dia.splitn(3, '-');
        let (ano, mes, dia) = (dia.next()?, dia.next()?, dia.next()?);
        let (hora, fuso) = (hora.get(..5)?, hora.get(8..)?);
        Some(format!("{dia}/{mes}/{ano}, {hora} (UTC{fuso})"))
    });
    partes.unwrap_or_else(|| texto.to_string())
}

/// As chaves entre `{` e `}` de um modelo.
fn chaves(modelo: &str) -> impl Iterator<Item = &str> {
    modelo
        .split('{')
        .skip(1)
        .filter_map(|parte| Some(parte.split_once('}')?.0))
}

#[cfg(test)]
mod testes {
    use super::*;

    const TEXTO: &str = "\
data = '2025-11-22T10:00:00-03:00'
comando = 'completo'
semente = '7'
distribuicao = 'Debian'
nucleo = 'Linux 6.18'
arquitetura = 'x86_64'
cpu = 'Uma <CPU>'
cpus = 2
hz = 250
congestionamento = 'reno'
congestionamentos = ['reno', 'cubic']
rede = 'dois computadores de mentira'
programa = 'medir 0.1.0'
rustc = 'rustc 1.95.0'
compilacao = 'opt-level 3'

[[sessao]]
comeco = 'x'

[tcp]
memoria = 1.5
";

    #[test]
    fn mostra_o_que_o_leitor_precisa_saber() {
        let html = Ambiente::ler(TEXTO).unwrap().html().unwrap();
        assert!(html.contains("<td>Uma &lt;CPU&gt;, 2 CPUs</td>"), "{html}");
        assert!(
            html.contains("<td>22/11/2025, 10:00 (UTC-03:00)</td>"),
            "{html}"
        );
        assert!(
            html.contains("<td>250 Hz</td>") && !html.contains('\n'),
            "{html}"
        );
        assert!(!html.contains('{'), "{html}");
    }

    #[test]
    fn cada_valor_tem_nome_e_o_que_falta_e_dito() {
        let ambiente = Ambiente::ler(TEXTO).unwrap();
        assert_eq!(ambiente.valor("tcp.memoria").unwrap().texto, "1,5");
        assert_eq!(ambiente.valor("semente").unwrap().numero, Some(7.0));
        let falta = ambiente.valor("sessao").unwrap_err().to_string();
        assert!(falta.contains("não tem «sessao»"), "{falta}");
        let sem_cpu = Ambiente::ler(&TEXTO.replace("cpu =", "processador =")).unwrap();
        assert!(sem_cpu.html().unwrap_err().contains("não tem «cpu»"));
        let nenhum = Ambiente::default().html().unwrap_err();
        assert!(nenhum.contains("não existe"), "{nenhum}");
        assert_eq!(Ambiente::torto().valor("cpu"), Err(Defeito::Acusado));
    }
}
