//! Ler HTML: as etiquetas de um texto, cada uma com a linha em que está.

use std::cell::RefCell;

use html5ever::TokenizerResult;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// Uma etiqueta de abertura.
#[derive(Debug, PartialEq, Eq)]
pub struct Etiqueta {
    /// O nome, em minúsculas.
    pub nome: String,
    /// A linha, a partir de 1.
    pub linha: usize,
    /// Os atributos, na ordem em que aparecem.
    pub atributos: Vec<(String, String)>,
}

impl Etiqueta {
    /// O valor do atributo `nome`, se ele existe.
    pub fn atributo(&self, nome: &str) -> Option<&str> {
        self.atributos
            .iter()
            .find(|(n, _)| n == nome)
            .map(|(_, valor)| valor.as_str())
    }
}

/// As etiquetas de abertura de `html`, na ordem.
pub fn etiquetas(html: &str) -> Vec<Etiqueta> {
    let coletor = Tokenizer::new(Coletor::default(), TokenizerOpts::default());
    let fila = BufferQueue::default();
    fila.push_back(StrTendril::from_slice(html));
    while !matches!(coletor.feed(&fila), TokenizerResult::Done) {}
    coletor.end();
    coletor.sink.0.into_inner()
}

#[derive(Default)]
struct Coletor(RefCell<Vec<Etiqueta>>);

impl TokenSink for Coletor {
    type Handle = ();

    fn process_token(&self, token: Token, linha: u64) -> TokenSinkResult<()> {
        let Token::TagToken(etiqueta) = token else {
            return TokenSinkResult::Continue;
        };
        if etiqueta.kind != TagKind::StartTag {
            return TokenSinkResult::Continue;
        }
        let texto_cru = match &*etiqueta.name {
            "script" => Some(html5ever::tokenizer::states::ScriptData),
            "style" => Some(html5ever::tokenizer::states::Rawtext),
            _ => None,
        };
        self.0.borrow_mut().push(Etiqueta {
            nome: etiqueta.name.to_string(),
            linha: usize::try_from(linha).unwrap_or(usize::MAX),
            atributos: etiqueta
                .attrs
                .iter()
                .map(|atributo| (atributo.name.local.to_string(), atributo.value.to_string()))
                .collect(),
        });
        texto_cru.map_or(TokenSinkResult::Continue, TokenSinkResult::RawData)
    }
}

/// `texto` pronto para aparecer dentro de um elemento ou de um atributo.
pub fn escapar(texto: &str) -> String {
    texto
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn le_etiquetas_com_linha_e_atributos() {
        let achadas =
            etiquetas("<p>a\n<img\n src='x&amp;y' alt=\"\">\n<script>if (a<b) '<i>'</script><b>");
        let nomes: Vec<_> = achadas.iter().map(|e| e.nome.as_str()).collect();
        assert_eq!(nomes, ["p", "img", "script", "b"]);
        assert_eq!(achadas[1].atributo("src"), Some("x&y"));
        assert_eq!(achadas[1].atributo("alt"), Some(""));
        assert_eq!(achadas[3].linha, 4);
    }
}
