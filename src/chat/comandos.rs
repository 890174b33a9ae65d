//! O que uma linha digitada quer dizer: um texto ou um comando.

use super::nome;

/// Uma linha que a pessoa digitou.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pedido<'a> {
    /// Um texto para o outro. Pode ser vazio.
    Texto(&'a str),
    /// `/ajuda`
    Ajuda,
    /// `/sair`
    Sair,
    /// `/nome NOVO`, com um nome que serve.
    Nome(&'a str),
    /// `/ping`
    Ping,
    /// `/estatisticas`
    Estatisticas,
    /// Um comando que não existe ou não serve assim: a frase que diz o que fazer.
    Recusado(String),
}

/// A resposta a `/ajuda`.
pub const AJUDA: &str = "\
/ajuda            mostra isto
/sair             despede-se e acaba (Ctrl-D e Ctrl-C também)
/nome NOVO        troca o seu nome
/ping             mede a ida e volta até o outro programa
/estatisticas     mostra quantas mensagens foram e vieram
//texto           manda «/texto», com a barra
Qualquer outra linha vai para o outro.";

// ANCHOR: interpretar
/// Entende uma linha, que não tem quebra.
#[must_use]
pub fn interpretar(linha: &str) -> Pedido<'_> {
    let Some(depois_da_barra) = linha.strip_prefix('/') else {
        return Pedido::Texto(linha);
    };
    if depois_da_barra.starts_with('/') {
        return Pedido::Texto(depois_da_barra);
    }
    let (comando, resto) = depois_da_barra
        .split_once(char::is_whitespace)
        .unwrap_or((depois_da_barra, ""));
    match (comando.to_lowercase().as_str(), resto.trim()) {
        ("ajuda", "") => Pedido::Ajuda,
        ("sair", "") => Pedido::Sair,
        ("ping", "") => Pedido::Ping,
        ("estatisticas" | "estatísticas", "") => Pedido::Estatisticas,
        ("nome", "") => {
            Pedido::Recusado("diga o nome novo: /nome Ana".to_string())
        }
        ("nome", novo) => match nome::conferir(novo) {
            Ok(novo) => Pedido::Nome(novo),
            Err(conselho) => {
                Pedido::Recusado(format!("esse nome não serve: {conselho}"))
            }
        },
        _ => Pedido::Recusado(format!(
            "«{linha}» não é um comando e não foi enviado. Veja os que existem \
             com /ajuda, ou ponha outra barra na frente para mandar como texto"
        )),
    }
}
// ANCHOR_END: interpretar

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn o_que_nao_comeca_por_barra_e_texto() {
        for linha in ["oi", "", " /sair", "a/b", "olá, /ajuda"] {
            assert_eq!(interpretar(linha), Pedido::Texto(linha));
        }
    }

    #[test]
    fn duas_barras_mandam_uma() {
        assert_eq!(interpretar("//sair"), Pedido::Texto("/sair"));
        assert_eq!(interpretar("///"), Pedido::Texto("//"));
        assert_eq!(interpretar("//"), Pedido::Texto("/"));
    }

    #[test]
    fn cada_comando_e_entendido() {
        for (linha, pedido) in [
            ("/ajuda", Pedido::Ajuda),
            ("/sair ", Pedido::Sair),
            ("/SAIR", Pedido::Sair),
            ("/ping", Pedido::Ping),
            ("/estatisticas", Pedido::Estatisticas),
            ("/Estatísticas", Pedido::Estatisticas),
            ("/nome Bia", Pedido::Nome("Bia")),
            ("/nome\t Bia Lima ", Pedido::Nome("Bia Lima")),
        ] {
            assert_eq!(interpretar(linha), pedido);
        }
    }

    #[test]
    fn o_que_nao_se_entende_nao_vira_texto() {
        for (linha, frase) in [
            ("/", "«/» não é um comando"),
            ("/sai", "«/sai» não é um comando"),
            ("/sair agora", "não foi enviado"),
            ("/nome", "/nome Ana"),
            ("/nome \u{202e}", "invisíveis"),
            ("/bin/sh", "outra barra"),
        ] {
            let Pedido::Recusado(dito) = interpretar(linha) else {
                panic!("{linha:?} foi aceita");
            };
            assert!(dito.contains(frase), "{frase:?} em {dito:?}");
        }
    }
}
