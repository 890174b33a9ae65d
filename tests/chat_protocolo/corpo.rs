//! As entradas hostis que se conhecem, uma por arquivo de `tests/corpo/`, e o
//! desfecho de cada uma.

use std::collections::BTreeMap;
use std::fs;

use provas::raiz;
use sockets::chat::datagrama;
use sockets::chat::protocolo::{Mensagem, Violacao};
use sockets::chat::quadro::{Desmontador, quadros};

use super::analisadores;

/// Os arquivos de uma pasta do corpus, pelo nome sem a extensão.
fn pasta(nome: &str) -> BTreeMap<String, Vec<u8>> {
    let pasta = raiz().join("tests/corpo").join(nome);
    fs::read_dir(&pasta)
        .unwrap_or_else(|erro| panic!("{}: {erro}", pasta.display()))
        .map(|entrada| {
            let caminho = entrada.expect("a pasta do corpus").path();
            let nome = caminho.file_stem().expect("um nome").to_string_lossy();
            let bytes = fs::read(&caminho).expect("um arquivo do corpus");
            (nome.into_owned(), bytes)
        })
        .collect()
}

/// Confere o desfecho de cada arquivo da pasta, e que a tabela e a pasta têm os
/// mesmos nomes.
fn conferir<T: std::fmt::Debug + PartialEq>(
    nome: &str,
    tabela: Vec<(&str, T)>,
    ler: impl Fn(&[u8]) -> T,
    analisador: impl Fn(&[u8]),
) {
    let arquivos = pasta(nome);
    let tabela: BTreeMap<_, _> = tabela.into_iter().collect();
    let arquivados: Vec<&str> = arquivos.keys().map(String::as_str).collect();
    let esperados: Vec<&str> = tabela.keys().copied().collect();
    assert_eq!(arquivados, esperados, "{nome}");
    for (arquivo, bytes) in &arquivos {
        analisador(bytes);
        assert_eq!(ler(bytes), tabela[arquivo.as_str()], "{nome}/{arquivo}");
    }
}

fn comprimento(mensagem: &'static str, bytes: usize) -> Violacao {
    Violacao::Comprimento { mensagem, bytes }
}

#[test]
fn corpos() {
    let bons = [
        "aceito",
        "ate-logo",
        "confirma",
        "nome",
        "ola",
        "ola-nome-de-96-bytes",
        "ola-nome-que-inverte-a-linha",
        "ola-que-ja-conhece",
        "ping",
        "pong",
        "recibo",
        "recibo-mapa-de-32-bytes",
        "recibo-sem-mapa",
        "recusa",
        "recusa-explicacao-com-comandos",
        "recusa-sem-explicacao",
        "segmento",
        "segmento-vazio",
        "tchau",
        "tchau-numero-maximo",
        "texto",
        "texto-com-pilha-de-acentos",
        "texto-com-retorno",
        "texto-de-1000-bytes",
        "texto-de-largura-zero",
        "texto-numero-maximo",
        "texto-que-apaga-a-tela",
        "texto-que-continua",
        "texto-que-copia",
        "texto-so-de-zeros",
        "texto-vazio",
    ];
    let maus = [
        ("aceito-com-sobra", comprimento("ACEITO", 2)),
        ("ate-logo-vazio", comprimento("ATÉ LOGO", 1)),
        ("confirma-comprido", comprimento("CONFIRMA", 10)),
        ("confirma-curto", comprimento("CONFIRMA", 8)),
        ("item-cortado", comprimento("ITEM", 6)),
        ("item-especie-3", Violacao::Especie(3)),
        ("item-sem-especie", comprimento("ITEM", 9)),
        ("nome-de-97-bytes", Violacao::Nome(97)),
        ("nome-vazio", Violacao::Nome(0)),
        ("ola-cortado", comprimento("OLÁ", 30)),
        ("ola-de-outra-versao", Violacao::Versao(2)),
        ("ola-modo-4", Violacao::Modo(4)),
        ("ola-nome-de-97-bytes", Violacao::Nome(97)),
        ("ola-sem-nome", Violacao::Nome(0)),
        ("ola-sem-sessao", Violacao::SemSessao),
        ("ola-sem-versao", comprimento("OLÁ", 1)),
        ("ola-so-ate-a-versao", Violacao::Versao(2)),
        ("ping-sem-marca", comprimento("PING", 1)),
        ("pong-sem-recebidos", comprimento("PONG", 9)),
        ("recibo-mapa-de-33-bytes", comprimento("RECIBO", 44)),
        ("recibo-sem-janela", comprimento("RECIBO", 9)),
        ("recusa-explicacao-de-201-bytes", Violacao::Explicacao(201)),
        ("recusa-motivo-0", Violacao::Motivo(0)),
        ("recusa-motivo-8", Violacao::Motivo(8)),
        ("segmento-de-1181-bytes", comprimento("SEGMENTO", 1190)),
        ("segmento-sem-numero", comprimento("SEGMENTO", 2)),
        ("texto-acima-de-10ffff", Violacao::Utf8),
        ("texto-com-quebra-de-linha", Violacao::QuebraDeLinha),
        ("texto-com-substituto", Violacao::Utf8),
        ("texto-cortado-no-caractere", Violacao::Utf8),
        ("texto-de-1001-bytes", Violacao::Texto(1001)),
        ("texto-nao-e-utf8", Violacao::Utf8),
        ("texto-utf8-mais-longo-que-o-preciso", Violacao::Utf8),
        ("tipo-0", Violacao::Tipo(0)),
        ("tipo-12", Violacao::Tipo(12)),
        ("tipo-255", Violacao::Tipo(255)),
        ("vazio", Violacao::Vazia),
    ];
    let tabela = bons
        .map(|nome| (nome, Ok(())))
        .into_iter()
        .chain(maus.map(|(nome, violacao)| (nome, Err(violacao))))
        .collect();
    let ler = |corpo: &[u8]| Mensagem::decodificar(corpo).map(|_| ());
    conferir("corpos", tabela, ler, analisadores::protocolo);
}

/// Como um fluxo acaba.
#[derive(Debug, PartialEq)]
enum Fim {
    Inteiro,
    Cortado,
    Recusado(Violacao),
}

/// Quantas mensagens o fluxo traz, e como ele acaba.
fn ler_fluxo(fluxo: &[u8]) -> (usize, Fim) {
    let mut desmontador = Desmontador::novo();
    desmontador.lugar()[..fluxo.len()].copy_from_slice(fluxo);
    desmontador.chegaram(fluxo.len());
    let mut mensagens = 0;
    let fim = loop {
        match desmontador.proximo() {
            Ok(Some(corpo)) => match Mensagem::decodificar(corpo) {
                Ok(_) => mensagens += 1,
                Err(violacao) => break Fim::Recusado(violacao),
            },
            Ok(None) => break Fim::Inteiro,
            Err(violacao) => break Fim::Recusado(violacao),
        }
    };
    if fim == Fim::Inteiro && desmontador.pela_metade() {
        return (mensagens, Fim::Cortado);
    }
    (mensagens, fim)
}

#[test]
fn fluxos() {
    let recusado = |antes, violacao| (antes, Fim::Recusado(violacao));
    let quadro = |antes, tamanho| recusado(antes, Violacao::Quadro(tamanho));
    let tabela = vec![
        ("area-de-trabalho-remota", (0, Fim::Cortado)),
        ("cinquenta-olas", (50, Fim::Inteiro)),
        ("conversa-inteira", (10, Fim::Inteiro)),
        ("cortado-depois-de-duas", (2, Fim::Cortado)),
        ("cortado-no-corpo", (0, Fim::Cortado)),
        ("cumprimento-ssh", quadro(0, u16::from_be_bytes(*b"SS"))),
        ("cumprimento-tls", quadro(0, 0x1603)),
        ("mensagens-de-todo-tamanho", (10, Fim::Inteiro)),
        ("ola-de-outra-versao", recusado(0, Violacao::Versao(2))),
        ("pedido-http", quadro(0, u16::from_be_bytes(*b"GE"))),
        ("quadro-de-1100-bytes", recusado(0, Violacao::Texto(1090))),
        ("quatro-gibibytes", quadro(0, 0xffff)),
        (
            "quebra-de-linha-no-meio",
            recusado(1, Violacao::QuebraDeLinha),
        ),
        ("segmento-em-tcp", (1, Fim::Inteiro)),
        ("so-meio-tamanho", (0, Fim::Cortado)),
        ("so-o-tamanho", (0, Fim::Cortado)),
        ("so-quebras-de-linha", quadro(0, 0x0a0a)),
        ("tamanho-0", quadro(0, 0)),
        ("tamanho-0-depois-de-uma-mensagem", quadro(1, 0)),
        ("tamanho-1101", quadro(0, 1101)),
        ("tamanho-65535", quadro(0, 65535)),
        ("tamanho-em-outra-ordem", quadro(0, 0x2600)),
        ("texto-de-nc", quadro(0, u16::from_be_bytes(*b"oi"))),
        ("tres-tchaus", (3, Fim::Inteiro)),
        ("vazio", (0, Fim::Inteiro)),
        ("violacao-no-meio", recusado(1, Violacao::Tipo(0x63))),
    ];
    conferir("quadros", tabela, ler_fluxo, analisadores::quadro);
}

/// Quantas mensagens o datagrama traz, com as de dentro de um segmento.
fn ler_datagrama(bytes: &[u8]) -> Result<usize, Violacao> {
    let aberto = datagrama::abrir(bytes)?;
    let Mensagem::Segmento { carga, .. } = aberto.mensagem else {
        return Ok(1);
    };
    let dentro = quadros(carga)
        .map(|corpo| Mensagem::decodificar(corpo?))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(1 + dentro.len())
}

#[test]
fn datagramas() {
    let tabela = vec![
        ("aceito-em-udp", Ok(1)),
        ("ate-logo", Ok(1)),
        ("aviso-ssdp", Err(Violacao::Estrangeiro)),
        ("cabecalho-cortado", Err(Violacao::Datagrama(7))),
        ("consulta-dns", Err(Violacao::Estrangeiro)),
        ("dois-corpos-em-um", Err(comprimento("PING", 18))),
        ("inicio-de-quic", Err(Violacao::Estrangeiro)),
        ("magia-ao-contrario", Err(Violacao::Estrangeiro)),
        ("magia-em-minusculas", Err(Violacao::Estrangeiro)),
        ("maior-que-tudo", Err(Violacao::Datagrama(1603))),
        ("nome", Ok(1)),
        ("ola", Ok(1)),
        ("ola-com-conversa", Err(Violacao::Conversa)),
        ("ola-de-outra-versao-dentro-desta", Err(Violacao::Versao(9))),
        ("ping", Ok(1)),
        ("pong", Ok(1)),
        ("recibo", Ok(1)),
        ("recibo-mapa-de-32-bytes", Ok(1)),
        ("recibo-mapa-de-33-bytes", Err(comprimento("RECIBO", 44))),
        ("recusa", Ok(1)),
        ("recusa-com-conversa", Err(Violacao::Conversa)),
        ("segmento", Ok(3)),
        ("segmento-cheio", Ok(3)),
        ("segmento-com-lixo", Err(Violacao::Quadro(0x7fff))),
        ("segmento-com-quadro-cortado", Err(Violacao::QuadroCortado)),
        ("segmento-com-quadro-vazio", Err(Violacao::Quadro(0))),
        ("segmento-de-1181-bytes", Err(Violacao::Datagrama(1201))),
        ("segmento-dentro-de-segmento", Ok(2)),
        ("segmento-vazio", Ok(1)),
        ("so-a-magia", Err(Violacao::Datagrama(2))),
        ("so-o-cabecalho", Err(Violacao::Vazia)),
        ("so-zeros", Err(Violacao::Estrangeiro)),
        ("tchau", Ok(1)),
        ("tchau-numero-maximo", Ok(1)),
        ("texto", Ok(1)),
        ("texto-com-comandos", Ok(1)),
        ("texto-com-quebra-de-linha", Err(Violacao::QuebraDeLinha)),
        ("texto-de-1000-bytes", Ok(1)),
        ("texto-de-1001-bytes", Err(Violacao::Texto(1001))),
        ("texto-numero-maximo", Ok(1)),
        ("texto-sem-conversa", Err(Violacao::Conversa)),
        ("tipo-200", Err(Violacao::Tipo(200))),
        ("um-byte", Err(Violacao::Estrangeiro)),
        ("vazio", Err(Violacao::Estrangeiro)),
        ("versao-0", Err(Violacao::Versao(0))),
        ("versao-2", Err(Violacao::Versao(2))),
        ("versao-2-enorme", Err(Violacao::Versao(2))),
        ("versao-2-so-ate-a-versao", Err(Violacao::Versao(2))),
    ];
    conferir("datagramas", tabela, ler_datagrama, analisadores::datagrama);
}

#[test]
fn arq() {
    // Quantos o receptor entregou e quantos o emissor deu por confirmados.
    let tabela = vec![
        ("alem-da-janela", (1, 0)),
        ("ao-contrario", (8, 0)),
        ("buraco-que-nunca-se-enche", (0, 0)),
        ("carga-grande-demais", (1, 0)),
        ("confirma-um-a-um", (0, 8)),
        ("em-ordem", (5, 0)),
        ("guarda-ate-nao-caber", (0, 9)),
        ("janela-de-um", (3, 0)),
        ("janela-fechada", (0, 2)),
        ("mapa-que-some", (0, 20)),
        ("ninguem-responde", (0, 0)),
        ("recibo-de-mapa-comprido", (0, 0)),
        ("recibo-de-tudo", (0, 10)),
        ("recibo-do-que-nao-foi-mandado", (0, 0)),
        ("recibo-velho", (0, 5)),
        ("tudo-duas-vezes", (4, 0)),
        ("vazio", (0, 0)),
    ];
    conferir("arq", tabela, analisadores::arq, |_| {});
}
