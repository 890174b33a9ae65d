//! O resumo de uma tabela: uma linha por condição, com a mediana e a faixa das rodadas.

use csv::StringRecord;
use sockets::medir::estatistica::Resumo;

use super::numeros::{com_algarismos, com_casas, curto};
use super::quadro::{Lado, Quadro, quebrar};
use super::tabela::Guardado;

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

impl Forma {
    /// A primeira coluna que o resumo quer e a tabela não tem.
    #[must_use]
    pub fn falta_em(&self, guardado: &Guardado) -> Option<&'static str> {
        let condicoes = self.condicoes.iter().map(|c| c.coluna);
        let medidas = self.medidas.iter().map(|m| m.coluna);
        let mut colunas = condicoes.chain(medidas);
        colunas.find(|coluna| guardado.coluna(coluna).is_none())
    }
}

/// Uma coluna que diz o que se pediu.
pub struct Condicao {
    /// O nome dela no arquivo.
    pub coluna: &'static str,
    /// O título dela no resumo.
    pub titulo: &'static str,
    /// Quando tem coluna no resumo.
    pub mostrar: Mostrar,
}

/// Quando uma condição tem coluna no resumo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mostrar {
    /// Sempre.
    Sempre,
    /// Se muda; se não muda, conta-se assim no subtítulo, com o valor no lugar de `{}`.
    SeMuda(&'static str),
    /// Nunca: só separa o que não se pode juntar.
    Nunca,
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

/// A célula de uma condição em que nada foi medido.
const NAO_MEDIDO: &str = "não medido";

/// A célula de uma medida que falta entre outras que há.
const SEM_NUMERO: &str = "–";

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
        .map(|qual| match forma.condicoes[qual].mostrar {
            Mostrar::Sempre => true,
            Mostrar::SeMuda(_) => muda(qual),
            Mostrar::Nunca => false,
        })
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
    // De uma rodada só não há faixa.
    let varias = grupos.iter().any(|grupo| grupo.linhas.len() > 1);
    let medidas = || {
        let todas = forma.medidas.iter();
        todas.filter(move |medida| varias || medida.como != Como::Faixa)
    };
    for medida in medidas() {
        let lado = match medida.como {
            Como::Texto => Lado::Esquerda,
            _ => Lado::Direita,
        };
        quadro.coluna(medida.titulo, lado);
    }
    let ha_ressalva = grupos.iter().any(|grupo| grupo.com_ressalva);
    if ha_ressalva {
        quadro.coluna("", Lado::Esquerda);
    }
    for grupo in &grupos {
        let condicoes = grupo.condicoes.iter().zip(&no_quadro);
        let condicoes = condicoes
            .filter(|(_, no_quadro)| **no_quadro)
            .map(|(valor, _)| apresentar(valor));
        let medidas = medidas().map(|medida| {
            let celulas: Vec<String> = grupo
                .linhas
                .iter()
                .map(|linha| celula(linha, medida.coluna))
                .collect();
            resumir_celulas(medida.como, &celulas)
        });
        let mut medidas: Vec<String> = medidas.collect();
        if medidas.iter().all(|medida| medida == SEM_NUMERO) {
            medidas[0] = NAO_MEDIDO.into();
        }
        let mut linha: Vec<String> = condicoes.chain(medidas).collect();
        if ha_ressalva {
            let marca = if grupo.com_ressalva { "*" } else { "" };
            linha.push(marca.into());
        }
        quadro.linha(linha);
    }

    let mut texto = quebrar(&subtitulo(forma, &grupos, &no_quadro));
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

/// `TÍTULO (5 rodadas; 512 bytes; 5.000 por segundo)`.
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
        let nada = valor.is_empty() || apresentar(valor) == "0";
        if let Mostrar::SeMuda(igual) = condicao.mostrar
            && !no_quadro[qual]
            && !nada
        {
            partes.push(igual.replace("{}", &apresentar(valor)));
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
    let celulas: Vec<&str> = celulas
        .iter()
        .map(String::as_str)
        .filter(|celula| !celula.is_empty())
        .collect();
    let Some(primeira) = celulas.first() else {
        return SEM_NUMERO.into();
    };
    if como == Como::Sim {
        let sim = celulas.iter().filter(|celula| **celula == "sim").count();
        return format!("{sim} de {}", celulas.len());
    }
    if como == Como::Texto {
        let iguais = celulas.iter().all(|celula| celula == primeira);
        return apresentar(if iguais { primeira } else { "vários" });
    }
    let numeros: Vec<f64> = celulas
        .iter()
        .filter_map(|celula| celula.parse().ok())
        .collect();
    let Some(resumo) = Resumo::de(&numeros) else {
        return SEM_NUMERO.into();
    };
    let contagens = celulas.iter().all(|celula| !celula.contains('.'));
    let mostrar = |numero: f64| {
        if contagens && numero.fract() == 0.0 {
            com_casas(numero, 0)
        } else {
            com_algarismos(numero)
        }
    };
    match como {
        Como::Mediana => mostrar(resumo.mediana),
        _ => format!("{} a {}", mostrar(resumo.menor), mostrar(resumo.maior)),
    }
}

#[cfg(test)]
mod testes {
    use super::*;
    use crate::resultados::tabela::Tabela;

    const FORMA: Forma = Forma {
        tabela: "t",
        titulo: "t: o que se mede",
        condicoes: &[
            Condicao {
                coluna: "perda",
                titulo: "perda %",
                mostrar: Mostrar::Sempre,
            },
            Condicao {
                coluna: "protocolo",
                titulo: "protocolo",
                mostrar: Mostrar::SeMuda("por {}"),
            },
            Condicao {
                coluna: "bytes",
                titulo: "bytes",
                mostrar: Mostrar::SeMuda("{} bytes"),
            },
            Condicao {
                coluna: "controle",
                titulo: "",
                mostrar: Mostrar::Nunca,
            },
        ],
        medidas: &[
            Medida {
                titulo: "tempo (s)",
                coluna: "tempo_s",
                como: Como::Mediana,
            },
            Medida {
                titulo: "faixa",
                coluna: "tempo_s",
                como: Como::Faixa,
            },
            Medida {
                titulo: "perdidos",
                coluna: "perdidos",
                como: Como::Mediana,
            },
            Medida {
                titulo: "fecha",
                coluna: "fecha",
                como: Como::Sim,
            },
        ],
    };

    /// A tabela `perda,protocolo,bytes,controle,tempo_s,perdidos,fecha,ressalva`.
    fn resumo(linhas: &[&str]) -> Vec<String> {
        let pasta = tempfile::tempdir().unwrap();
        let caminho = pasta.path().join("t.csv");
        let colunas =
            "perda,protocolo,bytes,controle,tempo_s,perdidos,fecha,ressalva";
        let colunas: Vec<&str> = colunas.split(',').collect();
        let mut tabela = Tabela::criar(&caminho, &colunas).unwrap();
        for linha in linhas {
            let campos: Vec<String> =
                linha.split(',').map(str::to_string).collect();
            tabela.escrever(&campos).unwrap();
        }
        resumir(&FORMA, &Guardado::ler(&caminho).unwrap())
    }

    #[test]
    fn cada_condicao_e_uma_linha_com_a_mediana_e_a_faixa() {
        let linhas = resumo(&[
            "0,tcp,64,reno,0.031,0,sim,",
            "5,tcp,64,reno,11.62,52,sim,",
            "0,tcp,64,reno,0.030,0,sim,",
            "5,tcp,64,reno,10.90,48,não,",
            "0,tcp,64,reno,0.050,0,sim,",
            "5,tcp,64,reno,12.40,1500,sim,",
        ]);
        assert_eq!(
            linhas,
            [
                "t: o que se mede (3 rodadas; por tcp; 64 bytes)",
                "  perda %  tempo (s)          faixa  perdidos   fecha",
                "        0      0,031  0,030 a 0,050         0  3 de 3",
                "        5       11,6    10,9 a 12,4        52  2 de 3",
            ]
        );
    }

    #[test]
    fn o_que_muda_tem_coluna_e_o_que_nunca_se_mostra_separa() {
        let linhas = resumo(&[
            "0,tcp,64,reno,1,0,sim,",
            "0,tcp,64,bbr,2,0,sim,",
            "0,udp,64,,3,0,sim,",
        ]);
        assert_eq!(linhas[0], "t: o que se mede (1 rodada; 64 bytes)");
        assert!(linhas[1].starts_with("  perda %  protocolo  tempo (s)"));
        assert_eq!(linhas.len(), 5);
        assert!(linhas[2].contains("  tcp        "), "{}", linhas[2]);
    }

    #[test]
    fn o_que_tem_ressalva_so_aparece_quando_nao_ha_outro_e_marcado() {
        let linhas = resumo(&[
            "0,tcp,64,reno,1.5,0,sim,quadros grandes",
            "0,tcp,64,reno,2.5,0,sim,",
            "5,tcp,64,reno,9.5,0,sim,quadros grandes",
        ]);
        assert_eq!(linhas[2].split_whitespace().nth(1), Some("2,50"));
        assert!(!linhas[2].ends_with('*'), "{linhas:?}");
        assert_eq!(linhas[3].split_whitespace().nth(1), Some("9,50"));
        assert!(linhas[3].ends_with('*'), "{linhas:?}");
    }

    #[test]
    fn o_que_nao_foi_medido_e_dito() {
        let linhas = resumo(&["0,tcp,64,reno,,,,", "0,udp,64,,1.5,,sim,"]);
        let celulas = |linha: &str| -> Vec<String> {
            linha.split("  ").map(str::trim).map(String::from).collect()
        };
        assert!(linhas[2].contains("não medido"), "{linhas:?}");
        assert!(celulas(&linhas[3]).contains(&SEM_NUMERO.to_string()));
        assert!(!linhas[3].contains("não medido"), "{linhas:?}");
        assert!(resumo(&[]).is_empty());
    }
}
