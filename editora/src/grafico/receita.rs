//! A receita de um gráfico: o que está escrito em `book/dados/graficos/NOME.toml`.

use super::estilo::Estilo;
use crate::dados::conta::Conta;
use crate::dados::folha::{Bloco, Folha, Problemas};
use crate::dados::tabela::Onde;

/// Um gráfico como está escrito.
#[derive(Debug)]
pub struct Receita {
    /// O título.
    pub titulo: String,
    /// O que o gráfico diz, para quem não o vê; pode ter números.
    pub descricao: String,
    /// Quantas rodadas e o que a barra mostra; `{n}` vem dos dados.
    pub rodadas: Option<String>,
    /// O eixo x; barras não têm.
    pub x: Option<Eixo>,
    /// O eixo y.
    pub y: Eixo,
    /// O que foi medido.
    pub series: Vec<Serie>,
    /// O que a teoria espera.
    pub curvas: Vec<Curva>,
    /// Referências horizontais e verticais.
    pub retas: Vec<Reta>,
    /// As categorias das barras.
    pub categorias: Vec<Categoria>,
}

/// Um eixo.
#[derive(Debug, Clone)]
pub struct Eixo {
    /// A linha do arquivo.
    pub linha: usize,
    /// O nome, com a unidade.
    pub nome: String,
    /// Se a escala é logarítmica.
    pub log: bool,
    /// O começo, se não é o dos dados.
    pub de: Option<f64>,
    /// O fim, se não é o dos dados.
    pub ate: Option<f64>,
    /// Onde há marcas, se não são as de costume.
    pub marcas: Option<Vec<f64>>,
    /// As casas decimais dos valores escritos.
    pub casas: Option<i32>,
}

/// Uma série medida.
#[derive(Debug)]
pub struct Serie {
    /// A linha do arquivo.
    pub linha: usize,
    /// O nome.
    pub nome: String,
    /// A cor e a forma, se foram escolhidas.
    pub estilo: Option<&'static Estilo>,
    /// A tabela medida.
    pub tabela: String,
    /// Que linhas dela.
    pub onde: Onde,
    /// O valor no eixo x.
    pub x: Option<Conta>,
    /// O valor no eixo y.
    pub y: Conta,
    /// O que a barra de faixa mostra.
    pub faixa: Option<Faixa>,
    /// Como se desenha.
    pub traco: Traco,
}

/// O que uma barra de faixa mostra.
#[derive(Debug)]
pub enum Faixa {
    /// Da menor à maior rodada.
    Rodadas,
    /// De uma conta a outra.
    Contas(Conta, Conta),
}

/// Como se desenha uma série.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traco {
    /// Um ponto por valor de x.
    Pontos,
    /// Pontos ligados.
    Linha,
    /// Degraus, uma linha da tabela em cada um.
    Degraus,
    /// Barras deitadas.
    Barras,
}

/// Uma curva calculada.
#[derive(Debug)]
pub struct Curva {
    /// A linha do arquivo.
    pub linha: usize,
    /// O nome.
    pub nome: String,
    /// A série de que ela é a teoria.
    pub acompanha: Option<String>,
    /// O valor de y para cada x.
    pub formula: Conta,
}

/// Uma reta de referência.
#[derive(Debug)]
pub struct Reta {
    /// A linha do arquivo.
    pub linha: usize,
    /// O nome.
    pub nome: String,
    /// Se é vertical: o valor é um x.
    pub vertical: bool,
    /// Onde ela está.
    pub valor: Conta,
}

/// Uma categoria de um gráfico de barras.
#[derive(Debug)]
pub struct Categoria {
    /// O nome.
    pub nome: String,
    /// O que ela acrescenta às condições de cada série.
    pub onde: Onde,
}

/// Lê a receita.
///
/// # Errors
/// Os problemas, com a linha.
pub fn ler(texto: &str) -> Result<Receita, Problemas> {
    Folha::ler(texto, |arquivo| {
        let titulo = arquivo.texto_exigido("titulo");
        let descricao = arquivo.texto_exigido("descricao");
        let rodadas = arquivo.texto("rodadas");
        let x = eixo(arquivo, "x");
        arquivo.exigir("y");
        let y = eixo(arquivo, "y");
        let mut series = Vec::new();
        for mut bloco in arquivo.blocos("serie", "a série") {
            series.extend(serie(&mut bloco));
            bloco.acabar();
        }
        let mut curvas = Vec::new();
        for mut bloco in arquivo.blocos("curva", "a curva") {
            curvas.extend(curva(&mut bloco));
            bloco.acabar();
        }
        let mut retas = Vec::new();
        for mut bloco in arquivo.blocos("reta", "a reta") {
            retas.extend(reta(&mut bloco));
            bloco.acabar();
        }
        let mut categorias = Vec::new();
        for mut bloco in arquivo.blocos("categoria", "a categoria") {
            let nome = bloco.texto_exigido("nome");
            let onde = bloco.onde();
            categorias.extend(nome.map(|nome| Categoria { nome, onde }));
            bloco.acabar();
        }
        let receita = Receita {
            titulo: titulo?,
            descricao: descricao?,
            rodadas,
            x,
            y: y?,
            series,
            curvas,
            retas,
            categorias,
        };
        conferir(&receita, arquivo);
        Some(receita)
    })
}

fn eixo(arquivo: &mut Bloco<'_>, chave: &'static str) -> Option<Eixo> {
    let valor = arquivo.tirar(chave)?;
    let mut bloco = arquivo.bloco(format!("o eixo {chave}"), &valor)?;
    let nome = bloco.texto_exigido("nome");
    let escala = bloco.texto("escala");
    if escala
        .as_deref()
        .is_some_and(|e| e != "linear" && e != "log")
    {
        bloco.acusar(bloco.linha, "a escala é linear ou log");
    }
    let eixo = Eixo {
        linha: bloco.linha,
        nome: nome.unwrap_or_default(),
        log: escala.as_deref() == Some("log"),
        de: bloco.numero("de"),
        ate: bloco.numero("ate"),
        marcas: bloco.numeros("marcas"),
        casas: bloco.casas(),
    };
    let fora = |valor: f64| eixo.log && valor <= 0.0;
    let limites = [eixo.de, eixo.ate];
    let marcas = eixo.marcas.iter().flatten();
    if limites
        .iter()
        .flatten()
        .chain(marcas)
        .any(|valor| fora(*valor))
    {
        bloco.acusar(
            bloco.linha,
            "em uma escala log só cabem números maiores que zero",
        );
    }
    if let [Some(de), Some(ate)] = limites
        && de >= ate
    {
        bloco.acusar(bloco.linha, "«de» tem de ser menor que «ate»");
    }
    bloco.acabar();
    Some(eixo)
}

fn serie(bloco: &mut Bloco<'_>) -> Option<Serie> {
    let nome = bloco.texto_exigido("nome");
    let estilo = bloco.texto("estilo").and_then(|nome| {
        let estilo = Estilo::de(&nome);
        if estilo.is_none() {
            let nomes = super::estilo::NOMES.join(", ");
            bloco.acusar(bloco.linha, format!("não há o estilo «{nome}»: há {nomes}"));
        }
        estilo
    });
    let tabela = bloco.texto_exigido("tabela");
    let onde = bloco.onde();
    let x = bloco.conta("x");
    bloco.exigir("y");
    let y = bloco.conta("y");
    let traco = match bloco.texto("traco").as_deref() {
        None | Some("pontos") => Traco::Pontos,
        Some("linha") => Traco::Linha,
        Some("degraus") => Traco::Degraus,
        Some("barras") => Traco::Barras,
        Some(outro) => {
            let texto = format!("não há o traço «{outro}»: há pontos, linha, degraus e barras");
            bloco.acusar(bloco.linha, texto);
            return None;
        }
    };
    let faixa = faixa(bloco);
    Some(Serie {
        linha: bloco.linha,
        nome: nome?,
        estilo,
        tabela: tabela?,
        onde,
        x,
        y: y?,
        faixa,
        traco,
    })
}

fn faixa(bloco: &mut Bloco<'_>) -> Option<Faixa> {
    let valor = bloco.tirar("faixa")?;
    if let Some(sim) = valor.sim_ou_nao() {
        return sim.then_some(Faixa::Rodadas);
    }
    if let Some([de, ate]) = valor.textos().as_deref() {
        let de = bloco.ler_conta(valor.linha, de)?;
        let ate = bloco.ler_conta(valor.linha, ate)?;
        return Some(Faixa::Contas(de, ate));
    }
    bloco.acusar(
        valor.linha,
        "«faixa» é true (da menor à maior rodada) ou duas contas: [\"mediana(de)\", \"mediana(ate)\"]",
    );
    None
}

fn curva(bloco: &mut Bloco<'_>) -> Option<Curva> {
    let nome = bloco.texto_exigido("nome");
    let acompanha = bloco.texto("acompanha");
    bloco.exigir("formula");
    let formula = bloco.conta("formula");
    Some(Curva {
        linha: bloco.linha,
        nome: nome?,
        acompanha,
        formula: formula?,
    })
}

fn reta(bloco: &mut Bloco<'_>) -> Option<Reta> {
    let nome = bloco.texto_exigido("nome");
    let (x, y) = (bloco.conta("x"), bloco.conta("y"));
    let (vertical, valor) = match (x, y) {
        (Some(x), None) => (true, x),
        (None, Some(y)) => (false, y),
        _ => {
            bloco.acusar(
                bloco.linha,
                "diga onde ela está: x = \"…\" (vertical) ou y = \"…\"",
            );
            return None;
        }
    };
    Some(Reta {
        linha: bloco.linha,
        nome: nome?,
        vertical,
        valor,
    })
}

/// O que só faz sentido, ou não, com o resto da receita.
fn conferir(receita: &Receita, arquivo: &Bloco<'_>) {
    let Receita {
        series,
        curvas,
        retas,
        categorias,
        ..
    } = receita;
    if series.is_empty() {
        arquivo.acusar(1, "um gráfico tem ao menos uma [[serie]]");
    }
    for (indice, serie) in series.iter().enumerate() {
        if series[..indice]
            .iter()
            .any(|antes| antes.nome == serie.nome)
        {
            arquivo.acusar(serie.linha, format!("há duas séries «{}»", serie.nome));
        }
    }
    let barras = |serie: &&Serie| serie.traco == Traco::Barras;
    let quantas = series.iter().filter(barras).count();
    if quantas == 0 {
        if receita.x.is_none() {
            arquivo.acusar(1, "falta o eixo [x]");
        }
        if !categorias.is_empty() {
            arquivo.acusar(1, "só um gráfico de barras tem categorias");
        }
        for serie in series.iter().filter(|serie| serie.x.is_none()) {
            arquivo.acusar(
                serie.linha,
                format!("falta «x = …» na série «{}»", serie.nome),
            );
        }
    } else {
        if quantas < series.len() || !curvas.is_empty() || !retas.is_empty() {
            arquivo.acusar(1, "um gráfico de barras só tem barras");
        }
        if receita.x.is_some() || series.iter().any(|serie| serie.x.is_some()) {
            arquivo.acusar(1, "barras não têm x: têm [[categoria]]");
        }
        if receita.y.log {
            arquivo.acusar(
                receita.y.linha,
                "uma barra começa no zero, e uma escala log não tem zero",
            );
        }
    }
    for curva in curvas {
        let acompanha = curva.acompanha.as_deref();
        if acompanha.is_some_and(|nome| series.iter().all(|serie| serie.nome != nome)) {
            let nome = acompanha.unwrap_or_default();
            arquivo.acusar(
                curva.linha,
                format!("não há a série «{nome}» para ela acompanhar"),
            );
        }
    }
    for serie in series.iter().filter(|serie| serie.traco == Traco::Degraus) {
        if serie.faixa.is_some() {
            arquivo.acusar(serie.linha, "degraus não têm barra de faixa");
        }
    }
}
