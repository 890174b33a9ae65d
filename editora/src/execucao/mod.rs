//! Uma execução gravada, vista de quatro modos: as linhas de Rust, as chamadas de
//! sistema, os estados dos sockets e os pacotes, alinhados no tempo em uma figura, e a
//! mesma coisa em uma tabela.
//!
//! | arquivo | ideia |
//! | --- | --- |
//! | `gravacao` | o que se gravou, lido e conferido com os programas |
//! | `historia` | os acontecimentos, em ordem, e como cada um se conta |
//! | `desenho` | o lugar de cada coisa no papel |
//! | `quadro` | a tabela |

mod desenho;
mod gravacao;
mod historia;
mod quadro;

use crate::dados::folha::Problemas;
use crate::figura::Desenho;
use crate::html::escapar;

pub use gravacao::Fontes;

/// Onde as gravações ficam, a partir da raiz do projeto.
pub const PASTA: &str = "book/dados/execucoes";

/// Uma execução desenhada.
#[derive(Debug)]
pub struct Execucao {
    titulo: String,
    descricao: String,
    desenho: Desenho,
    quadro: String,
}

/// Desenha a gravação escrita em `texto`; `fontes` acha o texto dos programas.
///
/// # Errors
/// Os problemas, com a linha da gravação.
pub fn desenhar(texto: &str, fontes: Fontes<'_>) -> Result<Execucao, Problemas> {
    let gravacao = gravacao::ler(texto, fontes)?;
    let historia = historia::contar(&gravacao);
    let desenho = desenho::desenhar(&historia)?;
    Ok(Execucao {
        descricao: historia::em_frases(&historia),
        quadro: quadro::html(&gravacao.titulo, &historia),
        titulo: gravacao.titulo,
        desenho,
    })
}

impl Execucao {
    /// O HTML da execução, em uma linha só.
    pub fn html(&self, nome: &str) -> String {
        let titulo = escapar(&self.titulo);
        let svg = self.desenho.svg(
            &format!("execucao-{nome}"),
            &self.titulo,
            &self.descricao,
            &self.desenho.conteudo,
            "img",
        );
        let html = format!(
            "<figure class=\"figura grafico execucao\" id=\"execucao-{nome}\">{svg}\
             <figcaption>{titulo}</figcaption></figure>\
             <details class=\"dados\"><summary>A mesma execução em uma tabela\
             <span class=\"so-leitor\">: {titulo}</span></summary>\
             <div class=\"table-wrapper\">{}</div></details>",
            self.quadro
        );
        html.lines().collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const GRAVACAO: &str = include_str!("gravacao-de-exemplo.toml");

    fn fonte(arquivo: &str) -> Result<String, String> {
        match arquivo {
            "examples/cliente.rs" => Ok("// nada\nlet c = ligar(alvo)?;\nc.dizer(oi)\n".into()),
            "examples/servidor.rs" => Ok("escutar(onde)\nc.ouvir()\n".into()),
            _ => Err(format!("não existe {arquivo}")),
        }
    }

    #[test]
    fn a_figura_e_a_tabela_dizem_o_mesmo() {
        let html = desenhar(GRAVACAO, &fonte).unwrap().html("par");
        for parte in [
            "id=\"execucao-par\"",
            // No desenho: a linha de Rust, a chamada, o estado, o pacote.
            "ligar(alvo)</text>",
            "recvfrom\u{a0}=\u{a0}2</text>",
            "SYN-SENT</text>",
            "2\u{a0}bytes</text>",
            // Para quem não vê: uma frase e uma linha da tabela.
            "20,1 ms: chega ao servidor o SYN.",
            "<td><code>sendto(3, &quot;oi&quot;, 2)</code> = 2</td>",
            "<td>SYN-SENT</td>",
        ] {
            assert!(html.contains(parte), "falta {parte} em\n{html}");
        }
        assert!(!html.contains('\n') && !html.contains("rgb("), "{html}");
    }

    #[test]
    fn o_programa_que_mudou_e_a_gravacao_torta_sao_acusados() {
        for (de, para, linha, palavras) in [
            (
                "ligar(alvo)",
                "ligar(outro)",
                11,
                "examples/cliente.rs:2 não é «ligar(outro)»",
            ),
            ("linha = 2\n", "linha = 9\n", 11, "examples/cliente.rs:9"),
            (
                "lado = \"cliente\"",
                "lado = \"outro\"",
                6,
                "«lado» é cliente ou servidor",
            ),
            ("ate = 20.1\n", "ate = 0.1\n", 26, "acaba antes de começar"),
            (
                "socket = \"conversa\"",
                "socket = \"x\"",
                18,
                "«socket» é escuta ou conversa",
            ),
        ] {
            assert!(GRAVACAO.contains(de), "{de}");
            let achados = desenhar(&GRAVACAO.replacen(de, para, 1), &fonte).unwrap_err();
            assert!(
                achados
                    .iter()
                    .any(|(l, t)| *l == linha && t.contains(palavras)),
                "{palavras}: {achados:?}"
            );
        }
    }
}
