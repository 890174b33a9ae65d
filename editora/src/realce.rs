//! O realce de uma figura: `{{#figura tcp-estados ver=LISTEN,ESTABLISHED}}` põe em
//! destaque as caixas que têm esses textos, e em apoio todas as outras.
//!
//! A fonte da figura é uma só; o que muda é o que cada capítulo acabou de mostrar dela.

use std::sync::LazyLock;

use regex::Regex;

use crate::caixas::Caixa;

/// O começo da opção, antes dos textos das caixas.
const OPCAO: &str = "ver=";

/// A cor de uma caixa comum, e as que o realce põe no lugar dela.
const COMUM: &str = "currentColor";
const DESTAQUE: &str = "var(--figura-destaque)";
const APOIO: &str = "var(--figura-apoio)";

/// O dobro da linha comum do pikchr: quem não distingue as cores vê a diferença.
const LINHA_GROSSA: &str = "stroke-width:4.32";

static LINHA: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"stroke-width:[0-9.]+").expect("a expressão é constante"));

/// O texto de cada caixa que `opcoes` pede, na ordem em que estão escritas.
pub fn pedidas(opcoes: &str) -> Vec<&str> {
    opcoes.strip_prefix(OPCAO).map_or_else(Vec::new, |textos| {
        textos.split(',').map(str::trim).collect()
    })
}

/// O que está errado em `opcoes`, sem olhar para a figura.
pub fn problema(opcoes: &str) -> Option<String> {
    let pedidas = pedidas(opcoes);
    if pedidas.is_empty() && !opcoes.is_empty() {
        return Some(format!(
            "«{opcoes}» não é uma opção de figura: há {OPCAO}CAIXA,CAIXA"
        ));
    }
    if pedidas.contains(&"") {
        return Some(format!(
            "«{opcoes}»: depois de {OPCAO} vêm os textos das caixas, separados por vírgulas"
        ));
    }
    let repetida = pedidas
        .iter()
        .enumerate()
        .find(|(indice, texto)| pedidas[..*indice].contains(texto));
    repetida.map(|(_, texto)| format!("a caixa «{texto}» foi pedida duas vezes"))
}

/// O SVG com as caixas pedidas em destaque e as outras em apoio; sem pedidos, como era.
pub fn no_desenho(svg: &str, caixas: &[Caixa], pedidas: &[&str]) -> String {
    if pedidas.is_empty() {
        return svg.to_string();
    }
    let mut novo = String::with_capacity(svg.len());
    let mut copiado = 0;
    for caixa in caixas {
        novo.push_str(&svg[copiado..caixa.lugar.start]);
        let desenho = &svg[caixa.lugar.clone()];
        if pedidas.contains(&caixa.texto.as_str()) {
            let grossa = LINHA.replace_all(desenho, LINHA_GROSSA);
            novo.push_str(&grossa.replace(COMUM, DESTAQUE));
        } else {
            novo.push_str(&desenho.replace(COMUM, APOIO));
        }
        copiado = caixa.lugar.end;
    }
    novo.push_str(&svg[copiado..]);
    novo
}

/// O que se diz a quem não vê as cores: «Em destaque: a, b e c».
pub fn em_palavras(pedidas: &[&str]) -> Option<String> {
    let (ultima, primeiras) = pedidas.split_last()?;
    Some(if primeiras.is_empty() {
        format!("Em destaque: {ultima}")
    } else {
        format!("Em destaque: {} e {ultima}", primeiras.join(", "))
    })
}

#[cfg(test)]
mod testes {
    use super::*;
    use crate::caixas;

    const SVG: &str = "<path d=\"M0,9L9,9L9,0L0,0Z\"  style=\"fill:none;stroke-width:2.16;stroke:currentColor;\" />\n\
                       <text x=\"4\" y=\"4\" fill=\"currentColor\">A</text>\n\
                       <path d=\"M20,9L29,9L29,0L20,0Z\"  style=\"fill:none;stroke-width:2.16;stroke:currentColor;\" />\n\
                       <text x=\"24\" y=\"4\" fill=\"currentColor\">B</text>\n\
                       <text x=\"50\" y=\"4\" fill=\"currentColor\">solto</text>\n";

    #[test]
    fn a_pedida_se_destaca_a_outra_recua_e_o_resto_fica() {
        let caixas = caixas::encontrar(SVG);
        let novo = no_desenho(SVG, &caixas, &["B"]);
        let linhas: Vec<&str> = novo.lines().collect();
        assert!(
            linhas[0].contains(APOIO) && linhas[1].contains(APOIO),
            "{novo}"
        );
        assert!(linhas[0].contains("stroke-width:2.16"), "{novo}");
        assert!(
            linhas[2].contains(DESTAQUE) && linhas[3].contains(DESTAQUE),
            "{novo}"
        );
        assert!(linhas[2].contains(LINHA_GROSSA), "{novo}");
        assert!(linhas[4].contains(COMUM), "{novo}");
        assert_eq!(no_desenho(SVG, &caixas, &[]), SVG);
    }

    #[test]
    fn as_opcoes_se_leem_ou_se_acusam() {
        assert_eq!(pedidas(""), [""; 0]);
        assert_eq!(pedidas("ver=A, duas palavras"), ["A", "duas palavras"]);
        for certas in ["", "ver=A", "ver=A,B"] {
            assert_eq!(problema(certas), None, "{certas}");
        }
        for (tortas, palavras) in [
            ("A,B", "não é uma opção"),
            ("ver = A", "não é uma opção"),
            ("ver=", "separados por vírgulas"),
            ("ver=A,,B", "separados por vírgulas"),
            ("ver=A,B,A", "«A» foi pedida duas vezes"),
        ] {
            let achado = problema(tortas).unwrap();
            assert!(achado.contains(palavras), "{tortas}: {achado}");
        }
    }

    #[test]
    fn em_palavras_como_se_fala() {
        assert_eq!(em_palavras(&[]), None);
        assert_eq!(em_palavras(&["A"]).unwrap(), "Em destaque: A");
        assert_eq!(
            em_palavras(&["A", "B", "C"]).unwrap(),
            "Em destaque: A, B e C"
        );
    }
}
