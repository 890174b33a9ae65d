//! O que se espera de um gráfico, das receitas erradas às telas estreitas.

use regex::Regex;

use super::*;
use crate::dados::ambiente::Ambiente;
use crate::dados::tabela::Tabela;

const TABELA: &str = "\
serie,x,y,ressalva
a,1,10,
a,1,12,
a,2,20,
a,2,24,
a,4,40,
a,4,44,
b,1,1,
b,2,2,
b,4,4,
c,1,0.5,
c,2,0.25,
c,4,0,
";

fn dados(tabela: &str) -> Dados {
    let tabela = Tabela::ler("book/dados/medidas/t.csv", tabela).unwrap();
    let tabelas = [("t".to_string(), Some(tabela))].into_iter().collect();
    let lidos = crate::dados::numeros::ler("[v]\ncitado = 7.5\nfonte = 'x'\ncasas = 1\n").unwrap();
    let mut numeros = Numeros::de([("n".to_string(), Some(lidos))].into_iter().collect());
    let ambiente = Ambiente::default();
    assert_eq!(numeros.avaliar(&tabelas, &ambiente, &|_| Vec::new()), []);
    Dados {
        tabelas,
        ambiente,
        numeros,
    }
}

/// Uma receita certa; `resto` vem no fim.
fn receita(resto: &str) -> String {
    format!(
        "titulo = 'T'\ndescricao = 'D, {{{{#numero n.v}}}}.'\nrodadas = '{{n}} rodadas'\n\
         [x]\nnome = 'x (s)'\n[y]\nnome = 'y (s)'\n\
         [[serie]]\nnome = 'série A'\ntabela = 't'\nonde = {{ serie = 'a' }}\nx = 'x'\n\
         y = 'mediana(y)'\nfaixa = true\n{resto}"
    )
}

fn html(receita: &str) -> String {
    let grafico = desenhar(receita, &dados(TABELA)).unwrap_or_else(|p| panic!("{p:?}\n{receita}"));
    grafico.html("g", "parte/p.md")
}

/// Os textos do desenho, com o lugar deles.
fn textos(html: &str) -> Vec<(f64, f64, String)> {
    let texto = Regex::new(r#"<text x="([^"]+)" y="([^"]+)"[^>]*>([^<]*)</text>"#).unwrap();
    texto
        .captures_iter(html)
        .map(|partes| {
            let numero = |i: usize| partes[i].parse().unwrap();
            (numero(1), numero(2), partes[3].replace('\u{a0}', " "))
        })
        .collect()
}

#[test]
fn um_grafico_tem_titulo_descricao_eixos_serie_e_tabela() {
    let html = html(&receita(""));
    for parte in [
        "<figure class=\"figura grafico\" id=\"grafico-g\">",
        "<title id=\"grafico-g-titulo\">T</title>",
        "<desc id=\"grafico-g-descricao\">D, 7,5.</desc>",
        "<figcaption>T<span class=\"rodadas\">2 rodadas</span></figcaption>",
        "<caption>y (s), por x (s)</caption>",
        "<th scope=\"row\">2</th><td>22,0 <small>20,0 a 24,0</small></td>",
        "href=\"../dados/t.csv\"",
    ] {
        assert!(html.contains(parte), "falta {parte} em\n{html}");
    }
    let escritos: Vec<String> = textos(&html).into_iter().map(|(_, _, t)| t).collect();
    for texto in ["x (s)", "y (s)", "série A", "0", "50", "4"] {
        assert!(
            escritos.iter().any(|t| t == texto),
            "falta {texto}: {escritos:?}"
        );
    }
    assert!(!html.contains('\n') && !html.contains("rgb("), "{html}");
}

#[test]
fn o_desenho_tem_a_largura_do_papel_e_nada_sai_dele() {
    let caixa = Regex::new(r#"viewBox="0 0 (\d+) (\d+)""#).unwrap();
    let ponto = Regex::new(r"[ML](-?[0-9.e+-]+),(-?[0-9.e+-]+)").unwrap();
    for resto in [
        "",
        "[[curva]]\nnome = 'reta íngreme'\nformula = 'x * 1000'\n",
        "[[curva]]\nnome = 'fórmula'\nacompanha = 'série A'\nformula = 'x * 10'\n",
        "[[reta]]\nnome = 'limite'\ny = 'n.v'\n[[reta]]\nnome = 'aqui'\nx = '3'\n",
        "[[serie]]\nnome = 'B'\ntabela = 't'\nonde = { serie = 'b' }\nx = 'x'\ny = 'mediana(y)'\ntraco = 'linha'\n",
    ] {
        let html = html(&receita(resto));
        let caixa = caixa.captures(&html).unwrap();
        assert_eq!(&caixa[1], "360");
        let altura: f64 = caixa[2].parse().unwrap();
        let svg = &html[..html.find("</svg>").unwrap()];
        let mut quantos = 0;
        for partes in ponto.captures_iter(svg) {
            let (x, y): (f64, f64) = (partes[1].parse().unwrap(), partes[2].parse().unwrap());
            assert!((-1.0..=361.0).contains(&x), "{x} em {resto}");
            assert!((-1.0..=altura + 1.0).contains(&y), "{y} em {resto}");
            quantos += 1;
        }
        assert!(quantos > 10, "{svg}");
    }
}

#[test]
fn o_nome_fica_na_serie_ou_se_nao_cabe_na_legenda() {
    let uma = textos(&html(&receita("")));
    let (_, y, _) = uma.iter().find(|(_, _, t)| t == "série A").unwrap();
    assert!(*y > 40.0, "dentro do gráfico: {uma:?}");
    let outra = |i: i32| {
        format!(
            "[[serie]]\nnome = 'outra série, de nome comprido, {i}'\ntabela = 't'\n\
             onde = {{ serie = 'a' }}\nx = 'x'\ny = 'mediana(y) + {i} / 100'\n"
        )
    };
    let juntas: String = (1..5).map(outra).collect();
    let cinco = textos(&html(&receita(&juntas)));
    let nomes: Vec<_> = cinco
        .iter()
        .filter(|(_, _, t)| t.contains("série"))
        .collect();
    assert_eq!(nomes.len(), 5, "{cinco:?}");
    let primeira_marca = cinco.iter().find(|(_, _, t)| t == "50").unwrap().1;
    assert!(
        nomes.iter().all(|(_, y, _)| *y < primeira_marca),
        "{cinco:?}"
    );
}

#[test]
fn uma_distribuicao_desce_em_degraus_e_a_tabela_diz_os_percentis() {
    let receita = "titulo = 'T'\ndescricao = 'D'\n[x]\nnome = 'x'\nescala = 'log'\n[y]\n\
                   nome = 'acima (%)'\nescala = 'log'\n[[serie]]\nnome = 'C'\ntabela = 't'\n\
                   onde = { serie = 'c' }\nx = 'x'\ny = 'y * 100'\ntraco = 'degraus'\n";
    let html = html(receita);
    // De 100 % para 50 %, daí para 25 %, e ao fim.
    assert!(
        html.contains("<th scope=\"row\">50</th><td>1</td>"),
        "{html}"
    );
    // Nenhuma fração de 10 % ou menos se viu, a não ser o fim.
    assert!(
        html.contains("<th scope=\"row\">10</th><td>—</td>"),
        "{html}"
    );
    assert!(!html.contains("rodadas"), "{html}");
}

#[test]
fn as_rodadas_de_uma_distribuicao_se_juntam() {
    let tabela = "rodada,ms,acima\n1,1,0.5\n1,2,0\n2,1,0.7\n2,3,0.1\n2,8,0\n";
    let mut receita = String::from(
        "titulo = 'T'\ndescricao = 'D'\n[x]\nnome = 'x'\n[y]\nnome = 'acima'\n[[serie]]\n\
         nome = 'C'\ntabela = 't'\nx = 'ms'\ny = 'acima'\ntraco = 'degraus'\n",
    );
    let problemas = desenhar(&receita, &dados(tabela)).unwrap_err();
    assert!(
        problemas[0].1.contains("falta «rodadas = …»"),
        "{problemas:?}"
    );
    receita.insert_str(0, "rodadas = 'As {n} rodadas juntas.'\n");
    let html = desenhar(&receita, &dados(tabela))
        .unwrap()
        .html("g", "p.md");
    assert!(html.contains("As 2 rodadas juntas."), "{html}");
    // Depois de 1 ms falta a metade de uma e 70 % da outra: 60 %; depois de 2, 35 %; e
    // depois de 3, 5 %.
    assert!(
        html.contains("<th scope=\"row\">0,5</th><td>2</td>"),
        "{html}"
    );
    assert!(
        html.contains("<th scope=\"row\">0,05</th><td>3</td>"),
        "{html}"
    );
}

#[test]
fn as_barras_tem_o_valor_escrito_na_ponta() {
    let receita = "titulo = 'T'\ndescricao = 'D'\nrodadas = '{n} rodadas'\n[y]\nnome = 'y (%)'\n\
                   casas = 1\n[[categoria]]\nnome = 'um'\nonde = { x = 1 }\n[[categoria]]\n\
                   nome = 'dois'\nonde = { x = 2 }\n[[serie]]\nnome = 'A'\ntabela = 't'\n\
                   onde = { serie = 'a' }\ny = 'mediana(y)'\nfaixa = true\ntraco = 'barras'\n\
                   [[serie]]\nnome = 'B'\ntabela = 't'\nonde = { serie = 'b' }\n\
                   y = 'mediana(y)'\ntraco = 'barras'\n";
    let html = html(receita);
    let escritos = textos(&html);
    for texto in [
        "y (%)", "A", "B", "um", "dois", "11,0", "22,0", "1,0", "2,0",
    ] {
        assert!(
            escritos.iter().any(|(_, _, t)| t == texto),
            "falta {texto}: {escritos:?}"
        );
    }
    let x = |texto: &str| escritos.iter().find(|(_, _, t)| t == texto).unwrap().0;
    assert!(
        x("22,0") > x("11,0") && x("11,0") > x("2,0"),
        "{escritos:?}"
    );
    assert!(html.contains("1 a 2 rodadas"), "{html}");
    assert!(
        html.contains(
            "<tr><th scope=\"row\">um</th><td>11,0 <small>10,0 a 12,0</small></td><td>1,0</td></tr>"
        ),
        "{html}"
    );
}

#[test]
fn os_exemplos_do_leia_me_se_leem() {
    let leia_me = include_str!("../../../book/dados/LEIA-ME.md");
    let exemplos: Vec<&str> = leia_me
        .split("```toml\n")
        .skip(1)
        .filter_map(|parte| Some(parte.split_once("```")?.0))
        .collect();
    assert_eq!(exemplos.len(), 4, "{exemplos:?}");
    for exemplo in exemplos {
        if exemplo.starts_with("titulo") {
            receita::ler(exemplo).unwrap();
        } else if exemplo.contains("\nporque = ") {
            crate::atlas::ler(exemplo).unwrap();
        } else {
            crate::dados::numeros::ler(exemplo).unwrap();
        }
    }
}

/// A receita não dá em um desenho, e algum dos problemas tem estas palavras.
fn acusa(texto: &str, palavras: &str) {
    let problemas = desenhar(texto, &dados(TABELA)).unwrap_err();
    assert!(
        problemas.iter().any(|(_, frase)| frase.contains(palavras)),
        "{palavras}: {problemas:?}\n{texto}"
    );
}

#[test]
fn cada_engano_no_titulo_e_nos_eixos_tem_a_sua_frase() {
    for (texto, palavras) in [
        (
            receita("").replace("titulo = 'T'", "titulo = ''"),
            "«titulo» é um texto",
        ),
        (
            receita("").replace("[y]\nnome = 'y (s)'\n", ""),
            "falta «y = …»",
        ),
        (
            receita("").replace("[x]\nnome = 'x (s)'\n", ""),
            "falta o eixo [x]",
        ),
        (
            receita("").replace("nome = 'x (s)'", "nome = 'x'\nescala = 'raiz'"),
            "linear ou log",
        ),
        (
            receita("").replace("nome = 'x (s)'", "nome = 'x'\nde = 5\nate = 1"),
            "menor que «ate»",
        ),
        (
            receita("").replace("nome = 'x (s)'", "nome = 'x'\nescala = 'log'\nde = 0"),
            "maiores que zero",
        ),
        (
            receita("").replace("nome = 'x (s)'", "nome = 'x'\nate = 3"),
            "x = 4, fora dos limites",
        ),
        (
            receita("").replace("nome = 'y (s)'", "nome = 'y'\nde = 15"),
            "y = 11, fora dos limites",
        ),
    ] {
        acusa(&texto, palavras);
    }
}

#[test]
fn cada_engano_nas_series_e_nas_curvas_tem_a_sua_frase() {
    let serie = |resto: &str| {
        receita(&format!(
            "[[serie]]\nnome = 'B'\ntabela = 't'\nonde = {{ serie = 'b' }}\n{resto}\n"
        ))
    };
    for (texto, palavras) in [
        (serie("x = 'x'"), "falta «y = …»"),
        (serie("y = 'mediana(y)'"), "falta «x = …» na série «B»"),
        (serie("x = 'x'\ny = 'y'"), "não diz de que linha"),
        (
            serie("x = 'mediana(x)'\ny = 'mediana(y)'"),
            "uma conta com as colunas de cada linha",
        ),
        (
            serie("x = 'x'\ny = 'mediana(y)'\ntraco = 'pizza'"),
            "não há o traço «pizza»",
        ),
        (
            serie("x = 'x'\ny = 'mediana(y)'\nestilo = 'azul'"),
            "não há o estilo «azul»: há tcp",
        ),
        (
            serie("x = 'x'\ny = 'media(y)'\nfaixa = true"),
            "que tem uma mediana",
        ),
        (
            serie("x = 'x'\ny = 'mediana(y)'\nfaixa = 3"),
            "«faixa» é true",
        ),
        (
            serie("x = 'x'\ny = 'y'\ntraco = 'degraus'\nfaixa = true"),
            "degraus não têm barra",
        ),
        (serie("y = 'mediana(y)'\ntraco = 'barras'"), "só tem barras"),
        (
            receita("[[categoria]]\nnome = 'c'\n"),
            "só um gráfico de barras tem categorias",
        ),
        (receita("[[reta]]\nnome = 'r'\n"), "diga onde ela está"),
        (
            receita("[[reta]]\nnome = 'r'\ny = 'v'\n"),
            "não diz de que arquivo é",
        ),
        (
            receita("[[curva]]\nnome = 'c'\nformula = 'mediana(y)'\n"),
            "resume uma tabela",
        ),
        (
            receita("[[curva]]\nnome = 'c 1,5'\nformula = 'x'\n"),
            "«1,5» foi digitado",
        ),
        (
            receita("").replace("D, ", "D {{#figura x}}, "),
            "só leva {{#numero arquivo.nome}}",
        ),
        (
            receita("").replace("#numero n.v", "#numero n.v faixa"),
            "só tem faixa",
        ),
        (
            receita("").replace("nome = 'série A'", "nome = 'série A'\ncor = 1"),
            "não conheço a chave «cor»",
        ),
        (
            receita("[[serie]]\nnome = 'série A'\ntabela = 't'\nx = 'x'\ny = 'mediana(y)'\n"),
            "há duas séries «série A»",
        ),
    ] {
        acusa(&texto, palavras);
    }
}

/// Números quaisquer, de muitas ordens de grandeza, em todas as combinações de escalas
/// e traços: ou há um desenho inteiro, ou um motivo; nunca um pânico nem um NaN.
#[test]
fn dados_quaisquer_dao_um_desenho_ou_um_motivo() {
    let mut semente = 7_u64;
    let mut sorteio = move || {
        semente = semente
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (semente >> 33) as u32
    };
    let mut desenhos = 0;
    for rodada in 0..200 {
        let mut tabela = String::from("serie,x,y,ressalva\n");
        for _ in 0..=sorteio() % 12 {
            let [x, y] = [(); 2].map(|()| {
                let expoente = i32::try_from(sorteio() % 13).unwrap() - 6;
                f64::from(sorteio() % 1000) * 10_f64.powi(expoente)
            });
            writeln!(tabela, "a,{x},{y},").unwrap();
        }
        let [x, y] = [1, 2].map(|bit| if rodada & bit == 0 { "linear" } else { "log" });
        let traco = ["pontos", "linha"][(rodada >> 2) & 1];
        let texto = receita(&format!("traco = '{traco}'\n"))
            .replace("nome = 'x (s)'", &format!("nome = 'x'\nescala = '{x}'"))
            .replace("nome = 'y (s)'", &format!("nome = 'y'\nescala = '{y}'"));
        match desenhar(&texto, &dados(&tabela)) {
            Ok(grafico) => {
                let html = grafico.html("g", "p.md");
                assert!(
                    !html.contains("NaN") && !html.contains("inf"),
                    "{tabela}\n{html}"
                );
                desenhos += 1;
            }
            Err(problemas) => assert!(!problemas.is_empty(), "{tabela}"),
        }
    }
    assert!(desenhos > 70, "{desenhos}");
}
