//! Os exercícios que se corrigem: `exercicios/exercicios.toml`, de onde saem os enunciados
//! (`{{#exercicios}}`, na página do capítulo) e as respostas (`{{#respostas}}`).
//!
//! O conferidor lê o mesmo arquivo; aqui ele é lido com a linha de cada coisa, para que um
//! problema diga onde está.

use std::fmt::Write;
use std::path::Path;

use crate::dados::folha::{Bloco, Folha, Problemas};
use crate::html::escapar;
use crate::listagem;
use crate::material::Material;
use crate::paginas::Pagina;
use crate::perguntas::ligacoes;
use crate::problema::Problema;

/// Onde estão, a partir da raiz do projeto.
pub const ARQUIVO: &str = "exercicios/exercicios.toml";

/// Os exercícios, na ordem dos capítulos.
#[derive(Debug, Default)]
pub struct Exercicios {
    lista: Vec<Exercicio>,
    /// As seções a que os diagnósticos levam, e a linha de cada uma.
    secoes: Vec<(usize, String)>,
}

/// Um exercício.
#[derive(Debug)]
struct Exercicio {
    linha: usize,
    nome: String,
    titulo: String,
    capitulo: String,
    uso: String,
    objetivo: String,
    criterios: Vec<String>,
    dicas: Vec<String>,
    comentario: String,
}

impl Exercicio {
    /// A solução, a partir da raiz do projeto.
    fn solucao(&self) -> String {
        format!("exercicios/solucoes/{}.rs", self.nome)
    }

    fn id(&self) -> String {
        format!("exercicio-{}", self.nome)
    }

    fn id_da_resposta(&self) -> String {
        format!("resposta-{}", self.nome)
    }
}

impl Exercicios {
    /// Lê o arquivo.
    ///
    /// # Errors
    /// Todos os problemas, com a linha.
    pub fn ler(texto: &str) -> Result<Self, Problemas> {
        Folha::ler(texto, |arquivo| {
            let mut secoes = Vec::new();
            for mut bloco in arquivo.blocos("comum", "o diagnóstico comum") {
                diagnostico(&mut bloco, &mut secoes);
                bloco.acabar();
            }
            let mut lista = Vec::new();
            for mut bloco in arquivo.blocos("exercicio", "o exercício") {
                for mut filho in bloco.blocos("diagnostico", "o diagnóstico") {
                    diagnostico(&mut filho, &mut secoes);
                    filho.acabar();
                }
                lista.extend(exercicio(&mut bloco));
                bloco.acabar();
            }
            Some(Self { lista, secoes })
        })
    }

    /// Os ids que a página em `caminho` ganha.
    pub fn ids(&self, caminho: &str, das_respostas: bool) -> Vec<String> {
        if das_respostas {
            return self.lista.iter().map(Exercicio::id_da_resposta).collect();
        }
        self.do_capitulo(caminho).map(Exercicio::id).collect()
    }

    fn do_capitulo<'e>(&'e self, caminho: &'e str) -> impl Iterator<Item = &'e Exercicio> {
        self.lista.iter().filter(move |e| e.capitulo == caminho)
    }

    /// Os enunciados do capítulo em `caminho`, em Markdown; `None` se não há nenhum.
    /// `respostas` é a página das soluções, se o livro tem uma.
    pub fn enunciados(&self, caminho: &str, respostas: Option<&str>) -> Option<String> {
        let mut saida = String::new();
        for exercicio in self.do_capitulo(caminho) {
            enunciado(&mut saida, exercicio, caminho, respostas);
        }
        (!saida.is_empty()).then_some(saida)
    }

    /// As respostas, em Markdown: o que se diz de cada solução, e a solução.
    pub fn respostas(&self, raiz: &Path, caminho: &str) -> String {
        let para_a_raiz = "../".repeat(caminho.matches('/').count());
        let mut saida = String::new();
        for exercicio in &self.lista {
            // Escrever em uma String não falha.
            let _ = write!(
                saida,
                "## {} {{#{}}}\n\n[O enunciado de `{}`]({para_a_raiz}{}#{})\n\n{}\n\n",
                exercicio.titulo,
                exercicio.id_da_resposta(),
                exercicio.nome,
                exercicio.capitulo,
                exercicio.id(),
                exercicio.comentario,
            );
            let arquivo = exercicio.solucao();
            if let Ok(texto) = listagem::ler(raiz, &arquivo)
                && let Ok(trecho) = listagem::trecho(&texto, None)
            {
                // Fechada: quem veio só pelo comentário não vê o programa sem querer, e o
                // navegador não desenha de uma vez todos os que há na página.
                saida.push_str("<details class=\"solucao\">\n<summary>O programa</summary>\n\n");
                saida.push_str(&listagem::desenhar(&arquivo, None, &trecho));
                saida.push_str("\n\n</details>\n\n");
            }
        }
        saida
    }
}

fn diagnostico(bloco: &mut Bloco<'_>, secoes: &mut Vec<(usize, String)>) {
    let linha = bloco.linha;
    bloco.texto_exigido("nome");
    bloco.texto_exigido("frase");
    if let Some(secao) = bloco.texto_exigido("secao") {
        secoes.push((linha, secao));
    }
}

fn exercicio(bloco: &mut Bloco<'_>) -> Option<Exercicio> {
    let linha = bloco.linha;
    let [nome, titulo, capitulo, uso, objetivo, comentario] = [
        "nome",
        "titulo",
        "capitulo",
        "uso",
        "objetivo",
        "comentario",
    ]
    .map(|chave| {
        bloco
            .texto_exigido(chave)
            .map(|texto| texto.trim().to_string())
    });
    let [criterios, dicas] = ["criterios", "dicas"].map(|chave| {
        let textos = bloco.tirar(chave).and_then(|valor| valor.textos());
        if textos.as_ref().is_none_or(Vec::is_empty) {
            bloco.acusar(linha, format!("falta «{chave} = [\"…\"]»"));
        }
        textos
    });
    Some(Exercicio {
        linha,
        nome: nome?,
        titulo: titulo?,
        capitulo: capitulo?,
        uso: uso?,
        objetivo: objetivo?,
        criterios: criterios?,
        dicas: dicas?,
        comentario: comentario?,
    })
}

fn enunciado(saida: &mut String, exercicio: &Exercicio, caminho: &str, respostas: Option<&str>) {
    // Escrever em uma String não falha.
    let _ = write!(
        saida,
        "<div class=\"exercicio\">\n\n### {} {{#{}}}\n\n{}\n\nO conferidor chama o programa \
         assim: `{}`. E confere o seguinte:\n\n",
        exercicio.titulo,
        exercicio.id(),
        exercicio.objetivo,
        exercicio.uso,
    );
    for criterio in &exercicio.criterios {
        let _ = writeln!(saida, "- {criterio}");
    }
    let _ = write!(saida, "\n```sh\ncargo conferir {}\n```\n\n", exercicio.nome);
    // Cada dica está dentro da anterior: abrem-se uma por uma, mesmo sem JavaScript.
    for (numero, dica) in exercicio.dicas.iter().enumerate() {
        let _ = write!(
            saida,
            "<details class=\"dica\">\n<summary>Dica {} de {}</summary>\n\n{dica}\n\n",
            numero + 1,
            exercicio.dicas.len()
        );
    }
    saida.push_str(&"</details>\n\n".repeat(exercicio.dicas.len()));
    if let Some(respostas) = respostas {
        let para_a_raiz = "../".repeat(caminho.matches('/').count());
        let _ = write!(
            saida,
            "Depois que o seu programa passar, compare-o com \
             [a solução comentada]({para_a_raiz}{respostas}#{}).\n\n",
            escapar(&exercicio.id_da_resposta())
        );
    }
    saida.push_str("</div>\n\n");
}

/// O que está errado: um exercício sem página que o mostre ou sem solução, uma seção que não
/// existe, uma ligação quebrada. `ligacao` confere uma, a partir da página.
pub fn conferir(
    material: &Material,
    ligacao: &dyn Fn(&Pagina, &str) -> Result<(), String>,
) -> Vec<Problema> {
    let Some(exercicios) = &material.exercicios else {
        return Vec::new();
    };
    let mut problemas = Vec::new();
    let mut acusar =
        |linha: usize, texto: String| problemas.push(Problema::novo(ARQUIVO, linha, texto));
    let respostas = material.pagina_das_respostas();
    if respostas.is_none() {
        acusar(
            1,
            "nenhuma página mostra as soluções: falta {{#respostas}}".into(),
        );
    }
    for exercicio in &exercicios.lista {
        let (linha, nome) = (exercicio.linha, &exercicio.nome);
        if let Err(motivo) = listagem::ler(&material.raiz, &exercicio.solucao()) {
            acusar(linha, format!("«{nome}»: {motivo}"));
        }
        let Some(pagina) = material.paginas.get(&exercicio.capitulo) else {
            let texto = format!("«{nome}»: não existe o capítulo «{}»", exercicio.capitulo);
            acusar(linha, texto);
            continue;
        };
        if !pagina.texto.contains("{{#exercicios}}") {
            let texto = format!(
                "«{nome}»: falta {{{{#exercicios}}}} em {}",
                pagina.arquivo()
            );
            acusar(linha, texto);
        }
        let do_enunciado = [&exercicio.objetivo]
            .into_iter()
            .chain(&exercicio.criterios)
            .chain(&exercicio.dicas)
            .map(|texto| (Some(pagina), texto));
        let textos = do_enunciado.chain([(respostas, &exercicio.comentario)]);
        for (pagina, texto) in textos {
            for destino in ligacoes(texto) {
                if let Some(Err(motivo)) = pagina.map(|pagina| ligacao(pagina, &destino)) {
                    acusar(linha, format!("«{nome}»: a ligação «{destino}»: {motivo}"));
                }
            }
        }
    }
    // As seções se dizem a partir de book/src, como na raiz do sumário.
    for (linha, secao) in &exercicios.secoes {
        if let Err(motivo) = ligacao(&material.sumario, secao) {
            acusar(*linha, format!("a seção «{secao}»: {motivo}"));
        }
    }
    problemas
}

#[cfg(test)]
mod testes {
    use super::*;

    const UM: &str = "[[comum]]\nnome = \"panico\"\nfrase = \"F.\"\nsecao = \"a.md\"\n\
        [[exercicio]]\nnome = \"bind\"\ntitulo = \"T\"\ncapitulo = \"c/bind.md\"\n\
        uso = \"bind X\"\nobjetivo = \"O.\"\ncriterios = [\"Um.\"]\ndicas = [\"D1\", \"D2\"]\n\
        comentario = \"C.\"\n[[exercicio.diagnostico]]\nnome = \"d\"\nfrase = \"F\"\n\
        secao = \"c/bind.md#x\"\n";

    #[test]
    fn as_dicas_se_abrem_uma_dentro_da_outra() {
        let exercicios = Exercicios::ler(UM).unwrap();
        let texto = exercicios.enunciados("c/bind.md", Some("ap/r.md")).unwrap();
        let primeira = texto.find("Dica 1 de 2").unwrap();
        let segunda = texto.find("Dica 2 de 2").unwrap();
        let fecha = texto.find("</details>").unwrap();
        assert!(primeira < segunda && segunda < fecha, "{texto}");
        assert!(texto.contains("### T {#exercicio-bind}"), "{texto}");
        assert!(texto.contains("(../ap/r.md#resposta-bind)"), "{texto}");
        assert_eq!(exercicios.enunciados("c/outra.md", None), None);
        assert_eq!(exercicios.secoes.len(), 2);
    }

    #[test]
    fn acusa_o_que_falta() {
        for (de, para, frase) in [
            ("uso = \"bind X\"\n", "", "uso"),
            ("dicas = [\"D1\", \"D2\"]\n", "dicas = []\n", "dicas"),
            ("titulo = \"T\"\n", "titulo = \"T\"\nnota = 3\n", "nota"),
            ("secao = \"a.md\"\n", "", "secao"),
        ] {
            let problemas = Exercicios::ler(&UM.replace(de, para)).unwrap_err();
            assert!(
                problemas.iter().any(|(_, texto)| texto.contains(frase)),
                "{problemas:?}"
            );
        }
    }
}
