//! Uma linha da cena contra uma linha de verdade.

use std::collections::BTreeMap;

use cena::{Especie, MEDIDA, Pedaco};
use regex::Regex;

/// O valor de cada variável já vista na execução.
pub(crate) type Valores = BTreeMap<String, String>;

/// O que se exige de uma mensagem do sistema operacional (`‹so=…›`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rigor {
    /// Comparar: a gravada, onde ela vale.
    Comparar,
    /// Gravar: qualquer uma, que passa a ser a gravada.
    Gravar,
}

/// Por que uma linha não é a esperada.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Desencontro {
    /// O texto é outro.
    Texto,
    /// O texto serve, mas uma variável já tinha outro valor nesta execução.
    Incoerente {
        nome: String,
        antes: String,
        agora: String,
    },
}

/// Compara `linha` com os `pedacos` de uma linha da cena e anota em `valores` as
/// variáveis que aparecem. Quando não casa, `valores` fica como estava.
pub(crate) fn casar(
    pedacos: &[Pedaco],
    linha: &str,
    rigor: Rigor,
    valores: &mut Valores,
) -> Result<(), Desencontro> {
    if let Some(achados) = capturar(pedacos, linha, rigor, Some(valores)) {
        valores.extend(achados);
        return Ok(());
    }
    // Sem prender as variáveis ao que já se viu: para dizer o que mudou.
    let incoerente = capturar(pedacos, linha, rigor, None).and_then(|achados| {
        let mut vistos = valores.clone();
        let constante = |nome: &str| Especie::do_nome(nome).is_some_and(Especie::constante);
        let achados = achados.into_iter().filter(|(nome, _)| constante(nome));
        achados.into_iter().find_map(|(nome, agora)| {
            let antes = vistos.insert(nome.clone(), agora.clone())?;
            (antes != agora).then_some(Desencontro::Incoerente { nome, antes, agora })
        })
    });
    Err(incoerente.unwrap_or(Desencontro::Texto))
}

/// Os valores das variáveis em `linha`, na ordem, se ela tem a forma de
/// `pedacos`. Com `presas`, uma variável já vista só aceita o mesmo valor.
fn capturar(
    pedacos: &[Pedaco],
    linha: &str,
    rigor: Rigor,
    presas: Option<&Valores>,
) -> Option<Vec<(String, String)>> {
    let mut expressao = String::from("^");
    let mut variaveis = Vec::new();
    for pedaco in pedacos {
        match pedaco {
            Pedaco::Texto(texto) => expressao += &regex::escape(texto),
            Pedaco::Variavel { nome, valor } => {
                let especie = Especie::do_nome(nome)?;
                let preso = presas.and_then(|p| p.get(nome));
                let preso = preso.filter(|_| especie.constante());
                let trecho = preso.map_or_else(
                    || forma(especie, valor, rigor),
                    |preso| regex::escape(preso),
                );
                expressao.extend(["(", &trecho, ")"]);
                variaveis.push((nome, valor, especie));
            }
            Pedaco::Digitado(_) => {}
        }
    }
    expressao.push('$');
    let achado = Regex::new(&expressao).ok()?.captures(linha)?;
    let mut achados = Vec::new();
    for (indice, (nome, gravado, especie)) in variaveis.into_iter().enumerate() {
        let valor = achado[indice + 1].to_string();
        let referencia = match rigor {
            Rigor::Comparar => gravado,
            Rigor::Gravar => &valor,
        };
        let repetida = achados.iter().find(|(outro, _)| outro == nome);
        let coerente = presas.is_none() || repetida.is_none_or(|(_, antes)| *antes == valor);
        if !especie.aceita(&valor, referencia) || !coerente {
            return None;
        }
        achados.push((nome.clone(), valor));
    }
    Some(achados)
}

/// A forma dos valores de uma espécie, como expressão regular.
fn forma(especie: Especie, gravado: &str, rigor: Rigor) -> String {
    match especie {
        Especie::Porta | Especie::Numero => "[0-9]+".into(),
        Especie::Tempo => "[0-9]+(?:[.,][0-9]+)?".into(),
        // Os espaços à direita são, se possível, os do texto que vem depois.
        Especie::Medida => format!(" *{MEDIDA} *?"),
        Especie::Hora => "[0-9]{2}:[0-9]{2}:[0-9]{2}".into(),
        Especie::Sistema if rigor == Rigor::Comparar && cfg!(target_os = "linux") => {
            regex::escape(gravado)
        }
        Especie::Texto | Especie::Sistema => ".+?".into(),
    }
}

/// Os pedaços com os valores desta execução no lugar dos gravados.
pub(crate) fn com_valores(pedacos: &[Pedaco], valores: &Valores) -> Vec<Pedaco> {
    let mut novos = pedacos.to_vec();
    for pedaco in &mut novos {
        if let Pedaco::Variavel { nome, valor } = pedaco
            && let Some(novo) = valores.get(nome)
        {
            valor.clone_from(novo);
        }
    }
    novos
}

#[cfg(test)]
mod testes {
    use super::*;
    use cena::{Acao, Cena};

    fn pedacos(linha: &str) -> Vec<Pedaco> {
        let texto = format!("titulo: t\nterminal 1: t\n\n1$ x\n1| {linha}\n");
        match Cena::ler(&texto).unwrap().passos.pop().unwrap().acao {
            Acao::Saida(pedacos) => pedacos,
            outra => panic!("{outra:?}"),
        }
    }

    fn casa(padrao: &str, linha: &str, valores: &mut Valores) -> Result<(), Desencontro> {
        casar(&pedacos(padrao), linha, Rigor::Comparar, valores)
    }

    #[test]
    fn texto_sem_variaveis_tem_de_ser_igual() {
        let mut valores = Valores::new();
        assert!(casa("a.b (c)", "a.b (c)", &mut valores).is_ok());
        for outra in ["axb (c)", "a.b (c) ", " a.b (c)", "a.b", ""] {
            assert_eq!(
                casa("a.b (c)", outra, &mut valores),
                Err(Desencontro::Texto)
            );
        }
    }

    #[test]
    fn o_mesmo_nome_tem_o_mesmo_valor_na_cena_inteira() {
        let mut valores = Valores::new();
        casa("de ‹porta_c=5›", "de 40000", &mut valores).unwrap();
        casa("ainda ‹porta_c=5›", "ainda 40000", &mut valores).unwrap();
        let erro = casa("agora ‹porta_c=5›", "agora 40001", &mut valores).unwrap_err();
        let Desencontro::Incoerente { nome, antes, agora } = erro else {
            panic!("{erro:?}");
        };
        assert_eq!(
            (nome, antes, agora),
            ("porta_c".into(), "40000".into(), "40001".into())
        );
    }

    #[test]
    fn o_mesmo_nome_duas_vezes_na_mesma_linha() {
        let padrao = "‹numero_a=1› e ‹numero_a=1›";
        assert!(casa(padrao, "7 e 7", &mut Valores::new()).is_ok());
        let erro = casa(padrao, "7 e 8", &mut Valores::new()).unwrap_err();
        assert!(matches!(erro, Desencontro::Incoerente { .. }), "{erro:?}");
    }

    #[test]
    fn a_hora_muda_de_uma_linha_para_outra_mas_nao_dentro_de_uma() {
        let mut valores = Valores::new();
        casa("[‹hora=14:03:11›] oi", "[08:00:59] oi", &mut valores).unwrap();
        casa("[‹hora=14:03:11›] oi", "[08:01:00] oi", &mut valores).unwrap();
        assert_eq!(
            com_valores(&pedacos("[‹hora=14:03:11›] oi"), &valores),
            pedacos("[‹hora=08:01:00›] oi")
        );
        for linha in ["[8:01:00] oi", "[08:61:00] oi", "[08:01:00] olá"] {
            let erro = casa("[‹hora=14:03:11›] oi", linha, &mut valores);
            assert_eq!(erro, Err(Desencontro::Texto), "{linha}");
        }
        let duas = "‹hora=14:03:11› ‹hora=14:03:11›";
        assert!(casa(duas, "10:00:00 10:00:00", &mut valores).is_ok());
        assert!(casa(duas, "10:00:00 10:00:01", &mut valores).is_err());
    }

    #[test]
    fn um_valor_de_outra_especie_nao_casa_nem_fica_anotado() {
        let mut valores = Valores::new();
        assert!(casa("p ‹porta=5›", "p 70000", &mut valores).is_err());
        assert!(casa("t ‹tempo=1,5›", "t x", &mut valores).is_err());
        assert!(valores.is_empty());
    }

    #[test]
    fn uma_mensagem_do_sistema_so_muda_fora_do_linux_ou_ao_gravar() {
        let padrao = pedacos("erro: ‹so=Recusado (1)›");
        let mut valores = Valores::new();
        let comparada = casar(&padrao, "erro: Outro (2)", Rigor::Comparar, &mut valores);
        assert_eq!(comparada.is_err(), cfg!(target_os = "linux"));
        let mut valores = Valores::new();
        casar(&padrao, "erro: Outro (2)", Rigor::Gravar, &mut valores).unwrap();
        assert_eq!(valores["so"], "Outro (2)");
        assert_eq!(
            com_valores(&padrao, &valores),
            pedacos("erro: ‹so=Outro (2)›")
        );
    }
}
