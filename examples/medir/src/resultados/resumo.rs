//! O resumo de uma tabela: uma linha por condição, com a mediana e a faixa das rodadas.

use csv::StringRecord;
use sockets::medir::estatistica::Resumo;

use super::numeros::{com_algarismos, curto};
use super::quadro::{Lado, Quadro};
use super::tabela::Guardado;

/// A maior largura do que se mostra, em caracteres.
pub const LARGURA: usize = 80;

/// Como se resume uma tabela.
pub struct Forma {
    /// O nome da tabela.
    pub tabela: &'static str,
    /// O que ela responde.
    pub titulo: &'static str,
    /// As colunas que dizem o que se pediu. As que não mudam vão para o subtítulo.
    pub condicoes: &'static [Condicao],
    /// O que se mediu.
    pub medidas: &'static [Medida],
}

/// Uma coluna que diz o que se pediu.
pub struct Condicao {
    /// O nome dela no arquivo.
    pub coluna: &'static str,
    /// O título dela no resumo.
    pub titulo: &'static str,
    /// Se tem coluna no resumo mesmo que não mude.
    pub sempre: bool,
    /// Como se conta, no subtítulo, um valor que não muda; `{}` é o valor. Vazio: não
    /// se conta.
    pub igual: &'static str,
}

/// Uma coluna do resumo.
pub struct Medida {
    /// O título, com a unidade.
    pub titulo: &'static str,
    /// O nome da coluna no arquivo.
    pub coluna: &'static str,
    /// Como as rodadas viram uma célula.
    pub como: Como,
}

/// Como as rodadas viram uma célula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Como {
    /// A mediana delas.
    Mediana,
    /// Da menor à maior.
    Faixa,
    /// Em quantas delas está escrito `sim`.
    Sim,
    /// O texto, se é igual em todas.
    Texto,
}

/// O que não foi medido.
const NAO_MEDIDO: &str = "não medido";

/// As linhas de texto que resumem `guardado`; nenhuma, se não há o que resumir.
#[must_use]
pub fn resumir(forma: &Forma, guardado: &Guardado) -> Vec<String> {
    let celula = |linha: &StringRecord, coluna: &str| -> String {
        let qual = guardado.coluna(coluna);
        let celula = qual.and_then(|qual| linha.get(qual));
        celula.unwrap_or_default().to_string()
    };
    let grupos = agrupar(forma, guardado, &celula);
    let Some(primeiro) = grupos.first() else {
        return Vec::new();
    };
    let muda = |qual: usize| {
        let valor = &primeiro.condicoes[qual];
        grupos.iter().any(|grupo| grupo.condicoes[qual] != *valor)
    };
    let no_quadro: Vec<bool> = (0..forma.condicoes.len())
        .map(|qual| forma.condicoes[qual].sempre || muda(qual))
        .collect();

    let mut quadro = Quadro::default();
    for (condicao, _) in forma.condicoes.iter().zip(&no_quadro).filter(|c| *c.1)
    {
        let numero = grupos.iter().all(|grupo| {
            celula(grupo.linhas[0], condicao.coluna)
                .parse::<f64>()
                .is_ok()
        });
        let lado = if numero {
            Lado::Direita
        } else {
            Lado::Esquerda
        };
        quadro.coluna(condicao.titulo, lado);
    }
    for medida in forma.medidas {
        let lado = match medida.como {
            Como::Texto => Lado::Esquerda,
            _ => Lado::Direita,
        };
        quadro.coluna(medida.titulo, lado);
    }
    for grupo in &grupos {
        let condicoes = grupo.condicoes.iter().zip(&no_quadro);
        let condicoes = condicoes
            .filter(|(_, no_quadro)| **no_quadro)
            .map(|(valor, _)| apresentar(valor));
        let medidas = forma.medidas.iter().map(|medida| {
            let celulas: Vec<String> = grupo
                .linhas
                .iter()
                .map(|linha| celula(linha, medida.coluna))
                .collect();
            resumir_celulas(medida.como, &celulas)
        });
        let mut linha: Vec<String> = condicoes.chain(medidas).collect();
        if grupo.com_ressalva
            && let Some(ultima) = linha.last_mut()
        {
            ultima.push('*');
        }
        quadro.linha(linha);
    }

    let mut texto = vec![subtitulo(forma, &grupos, &no_quadro)];
    texto.extend(quadro.desenhar());
    texto
}

/// As rodadas de uma condição.
struct Grupo<'g> {
    condicoes: Vec<String>,
    linhas: Vec<&'g StringRecord>,
    com_ressalva: bool,
}

/// As linhas que têm as mesmas condições, na ordem em que aparecem. As que têm ressalva
/// só ficam em um grupo em que todas têm.
fn agrupar<'g>(
    forma: &Forma,
    guardado: &'g Guardado,
    celula: &dyn Fn(&StringRecord, &str) -> String,
) -> Vec<Grupo<'g>> {
    let mut grupos: Vec<Grupo<'g>> = Vec::new();
    for linha in &guardado.linhas {
        let condicoes: Vec<String> = forma
            .condicoes
            .iter()
            .map(|condicao| celula(linha, condicao.coluna))
            .collect();
        match grupos.iter_mut().find(|grupo| grupo.condicoes == condicoes) {
            Some(grupo) => grupo.linhas.push(linha),
            None => grupos.push(Grupo {
                condicoes,
                linhas: vec![linha],
                com_ressalva: false,
            }),
        }
    }
    for grupo in &mut grupos {
        let limpa =
            |linha: &&StringRecord| celula(linha, "ressalva").is_empty();
        if grupo.linhas.iter().any(limpa) {
            grupo.linhas.retain(limpa);
        } else {
            grupo.com_ressalva = true;
        }
    }
    grupos
}

/// `TÍTULO (5 rodadas; 512 bytes; 5.000 por segundo)`, em até [`LARGURA`].
fn subtitulo(forma: &Forma, grupos: &[Grupo], no_quadro: &[bool]) -> String {
    let quantas = grupos.iter().map(|grupo| grupo.linhas.len());
    let (menor, maior) = (
        quantas.clone().min().unwrap_or(0),
        quantas.max().unwrap_or(0),
    );
    let mut partes = vec![match (menor, maior) {
        (1, 1) => "1 rodada".to_string(),
        (um, outro) if um == outro => format!("{um} rodadas"),
        _ => format!("de {menor} a {maior} rodadas"),
    }];
    for (qual, condicao) in forma.condicoes.iter().enumerate() {
        let valor = &grupos[0].condicoes[qual];
        let nada = valor.is_empty() || valor == "0";
        if !no_quadro[qual] && !condicao.igual.is_empty() && !nada {
            partes.push(condicao.igual.replace("{}", &apresentar(valor)));
        }
    }
    format!("{} ({})", forma.titulo, partes.join("; "))
}

/// Um valor pedido: um número com vírgula, ou o texto.
fn apresentar(valor: &str) -> String {
    match valor.parse::<f64>() {
        Ok(numero) if numero.is_finite() => curto(numero),
        _ => sockets::visivel(valor.as_bytes()),
    }
}

fn resumir_celulas(como: Como, celulas: &[String]) -> String {
    if como == Como::Sim {
        let sim = celulas.iter().filter(|celula| *celula == "sim").count();
        return format!("{sim} de {}", celulas.len());
    }
    if como == Como::Texto {
        let primeira = celulas.first().map_or("", String::as_str);
        let iguais = celulas.iter().all(|celula| celula == primeira);
        return apresentar(if iguais { primeira } else { "vários" });
    }
    let numeros: Vec<f64> = celulas
        .iter()
        .filter_map(|celula| celula.parse().ok())
        .collect();
    let Some(resumo) = Resumo::de(&numeros) else {
        return if como == Como::Mediana {
            NAO_MEDIDO.into()
        } else {
            "–".into()
        };
    };
    match como {
        Como::Mediana => com_algarismos(resumo.mediana),
        _ => format!(
            "{} a {}",
            com_algarismos(resumo.menor),
            com_algarismos(resumo.maior)
        ),
    }
}
