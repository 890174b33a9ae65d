//! Um pedido: se é recusado, e por quê, ou o que se responde.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use super::livro::{Arquivo, Livro, Vista};
use crate::enderecos::decodificar;

/// O maior caminho de um pedido, em bytes: o mais longo do livro não chega a 200.
const MAIOR_CAMINHO: usize = 1024;

/// Quantas páginas podem esperar uma mudança ao mesmo tempo.
const ESPERAS: usize = 64;

/// De quanto em quanto tempo se diz a uma página que espera que ainda há alguém aqui.
const SINAL_DE_VIDA: Duration = Duration::from_secs(15);

/// O programa que recarrega a página, e o lugar em que ele espera a mudança.
const RECARGA: &str = "_ao-vivo.js";
const MUDANCAS: &str = "_ao-vivo";
const PROGRAMA_DA_RECARGA: &str = include_str!("ao-vivo.js");

/// As duas pontas de uma conexão.
#[derive(Debug, Clone, Copy)]
pub struct Pontas {
    /// O endereço deste lado.
    pub aqui: SocketAddr,
    /// O endereço de quem pede.
    pub la: SocketAddr,
}

/// O que todo pedido precisa saber.
#[derive(Clone)]
struct Balcao {
    vista: watch::Receiver<Vista>,
    /// Se a página se recarrega também em outros computadores.
    ao_vivo: bool,
    /// O nome desta máquina, em minúsculas.
    maquina: Arc<str>,
    esperas: Arc<Semaphore>,
}

/// O serviço que atende os pedidos. Cada um traz as suas [`Pontas`].
pub fn balcao(vista: watch::Receiver<Vista>, ao_vivo: bool, maquina: &str) -> Router {
    let balcao = Balcao {
        vista,
        ao_vivo,
        maquina: maquina.to_ascii_lowercase().into(),
        esperas: Arc::new(Semaphore::new(ESPERAS)),
    };
    let sempre = |nome: HeaderName, valor: &'static str| {
        SetResponseHeaderLayer::overriding(nome, HeaderValue::from_static(valor))
    };
    Router::new()
        .fallback(atender)
        .with_state(balcao)
        .layer(CompressionLayer::new())
        .layer(sempre(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(sempre(header::REFERRER_POLICY, "no-referrer"))
        .layer(sempre(
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ))
}

async fn atender(
    State(balcao): State<Balcao>,
    Extension(pontas): Extension<Pontas>,
    pedido: Request,
) -> Response {
    let caminho = match recusar(&pedido, pontas, &balcao.maquina) {
        Ok(caminho) => caminho,
        Err(recusa) => return recusa.into_response(),
    };
    let vista = balcao.vista.borrow().clone();
    let recarrega = balcao.ao_vivo || pontas.la.ip().to_canonical().is_loopback();
    match &*caminho {
        RECARGA if recarrega => responder(
            pedido.headers(),
            StatusCode::OK,
            &Arquivo {
                conteudo: PROGRAMA_DA_RECARGA.into(),
                tipo: "text/javascript; charset=utf-8",
                etiqueta: env!("CARGO_PKG_VERSION").into(),
                para_sempre: false,
                programas: String::new(),
                com_recarga: OnceLock::new(),
            },
            None,
        ),
        MUDANCAS if recarrega => mudancas(&balcao),
        _ => {
            let versao = recarrega.then_some(&*vista.livro.versao);
            procurar(&vista.livro, &caminho, pedido.headers(), versao)
        }
    }
}

/// O arquivo pedido ou, se não há, a página que diz isso.
fn procurar(livro: &Livro, caminho: &str, pedido: &HeaderMap, versao: Option<&str>) -> Response {
    match (livro.arquivo(caminho), livro.arquivo("404.html")) {
        (Some(arquivo), _) => responder(pedido, StatusCode::OK, arquivo, versao),
        (None, Some(pagina)) => responder(pedido, StatusCode::NOT_FOUND, pagina, versao),
        (None, None) => {
            Recusa(StatusCode::NOT_FOUND, "não há esta página no livro").into_response()
        }
    }
}

/// Por que um pedido não é atendido.
#[derive(Debug, PartialEq, Eq)]
struct Recusa(StatusCode, &'static str);

impl IntoResponse for Recusa {
    fn into_response(self) -> Response {
        let Self(codigo, porque) = self;
        let mut resposta = (codigo, format!("{porque}\n")).into_response();
        let cabecalhos = resposta.headers_mut();
        cabecalhos.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if codigo == StatusCode::METHOD_NOT_ALLOWED {
            cabecalhos.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        // Um corpo que não se leu não pode ser tomado pelo pedido seguinte.
        cabecalhos.insert(header::CONNECTION, HeaderValue::from_static("close"));
        resposta
    }
}

/// O caminho pedido, sem a barra do começo, se o pedido pode ser atendido.
fn recusar(pedido: &Request, pontas: Pontas, maquina: &str) -> Result<String, Recusa> {
    if !e_para_ca(pedido, pontas, maquina) {
        return Err(Recusa(
            StatusCode::MISDIRECTED_REQUEST,
            "este servidor só atende pelo endereço em que escuta, por localhost e pelo nome desta \
             máquina",
        ));
    }
    if ![Method::GET, Method::HEAD].contains(pedido.method()) {
        return Err(Recusa(
            StatusCode::METHOD_NOT_ALLOWED,
            "o livro só se lê: use GET ou HEAD",
        ));
    }
    let cabecalhos = pedido.headers();
    let com_corpo = cabecalhos.contains_key(header::TRANSFER_ENCODING)
        || cabecalhos
            .get(header::CONTENT_LENGTH)
            .is_some_and(|tamanho| tamanho != "0");
    if com_corpo {
        return Err(Recusa(
            StatusCode::PAYLOAD_TOO_LARGE,
            "um pedido de leitura não leva corpo",
        ));
    }
    let caminho = pedido.uri().path();
    if caminho.len() + pedido.uri().query().map_or(0, str::len) > MAIOR_CAMINHO {
        return Err(Recusa(
            StatusCode::URI_TOO_LONG,
            "o endereço é longo demais",
        ));
    }
    caminho_limpo(caminho).ok_or(Recusa(
        StatusCode::BAD_REQUEST,
        "este endereço não é de uma página do livro",
    ))
}

/// O caminho decodificado, sem a barra do começo; `None` se ele tem algo que o faria
/// sair da pasta do livro, se houvesse uma pasta.
fn caminho_limpo(caminho: &str) -> Option<String> {
    let caminho = decodificar(caminho.strip_prefix('/')?);
    let sai = caminho.contains(['\\', '\0', ':', '%'])
        || caminho.starts_with('/')
        || caminho.chars().any(char::is_control)
        || caminho
            .split('/')
            .any(|parte| parte == ".." || parte == ".");
    (!sai).then_some(caminho)
}

/// Se o pedido fala deste servidor. Uma página de fora pode fazer o nome dela valer o
/// endereço desta máquina, e ler o que só se serve aqui; o `Host` a denuncia.
fn e_para_ca(pedido: &Request, pontas: Pontas, maquina: &str) -> bool {
    // Na forma absoluta, o endereço do pedido é que vale, e um navegador não a usa.
    if pedido.uri().authority().is_some() {
        return false;
    }
    let mut hosts = pedido.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    host.to_str()
        .is_ok_and(|host| e_nosso(host, pontas.aqui, maquina))
}

fn e_nosso(host: &str, aqui: SocketAddr, maquina: &str) -> bool {
    let fim_do_nome = host.rfind(']').unwrap_or(0);
    let (nome, porta) = match host[fim_do_nome..].rfind(':') {
        Some(dois_pontos) => {
            let (nome, porta) = host.split_at(fim_do_nome + dois_pontos);
            (nome, porta[1..].parse().ok())
        }
        None => (host, Some(80)),
    };
    if porta != Some(aqui.port()) {
        return false;
    }
    let nome = nome.to_ascii_lowercase();
    let sem_colchetes = nome
        .strip_prefix('[')
        .and_then(|nome| nome.strip_suffix(']'));
    let ip = sem_colchetes.unwrap_or(&nome).parse::<IpAddr>();
    match ip {
        Ok(ip) => ip.to_canonical() == aqui.ip().to_canonical(),
        Err(_) => {
            nome == "localhost"
                || !maquina.is_empty()
                    && (nome == maquina || nome.strip_suffix(".local") == Some(maquina))
        }
    }
}

/// A resposta com `arquivo`. Com uma `versao`, a página leva o programa que a recarrega.
fn responder(
    pedido: &HeaderMap,
    codigo: StatusCode,
    arquivo: &Arquivo,
    versao: Option<&str>,
) -> Response {
    let e_pagina = arquivo.tipo.starts_with("text/html");
    let versao = versao.filter(|_| e_pagina);
    // Fraca: a mesma página pode ir comprimida ou não.
    let etiqueta = match versao {
        Some(versao) => format!("W/\"{}-{versao}\"", arquivo.etiqueta),
        None => format!("W/\"{}\"", arquivo.etiqueta),
    };
    let guardar = if arquivo.para_sempre {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut resposta = if codigo == StatusCode::OK && ja_tem(pedido, &etiqueta) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let conteudo = match versao {
            Some(versao) => arquivo
                .com_recarga
                .get_or_init(|| com_recarga(&arquivo.conteudo, versao).into()),
            None => &arquivo.conteudo,
        };
        let conteudo = Body::from(conteudo.clone());
        let tipo = [(header::CONTENT_TYPE, HeaderValue::from_static(arquivo.tipo))];
        (codigo, tipo, conteudo).into_response()
    };
    let cabecalhos = resposta.headers_mut();
    cabecalhos.insert(header::CACHE_CONTROL, HeaderValue::from_static(guardar));
    let politica = e_pagina.then(|| politica(&arquivo.programas));
    for (nome, valor) in [
        (header::ETAG, Some(etiqueta)),
        (header::CONTENT_SECURITY_POLICY, politica),
    ] {
        if let Some(valor) = valor.and_then(|valor| HeaderValue::try_from(valor).ok()) {
            cabecalhos.insert(nome, valor);
        }
    }
    resposta
}

/// Se quem pede já tem o que a `etiqueta` diz.
fn ja_tem(pedido: &HeaderMap, etiqueta: &str) -> bool {
    let tidas = pedido.get_all(header::IF_NONE_MATCH).iter();
    let mut tidas = tidas.filter_map(|tida| tida.to_str().ok());
    tidas.any(|tidas| tidas.split(',').any(|tida| tida.trim() == etiqueta))
}

/// A página só usa o que é do próprio livro. Os programas escritos nela são nomeados um
/// a um; os estilos, não: os desenhos e as cenas os têm em cada elemento.
fn politica(programas: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' {programas}; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; \
         frame-ancestors 'self'; base-uri 'self'; form-action 'self'"
    )
}

/// A página com o programa que a recarrega quando o livro deixa de ser o da `versao`.
fn com_recarga(pagina: &[u8], versao: &str) -> Vec<u8> {
    const FIM: &[u8] = b"</body>";
    let fim = pagina.windows(FIM.len()).rposition(|janela| janela == FIM);
    let (antes, depois) = pagina.split_at(fim.unwrap_or(pagina.len()));
    let programa = format!("<script src=\"/{RECARGA}\" data-versao=\"{versao}\" defer></script>");
    [antes, programa.as_bytes(), depois].concat()
}

/// As mudanças do livro, à medida que acontecem.
fn mudancas(balcao: &Balcao) -> Response {
    let Ok(vez) = Arc::clone(&balcao.esperas).try_acquire_owned() else {
        return Recusa(
            StatusCode::SERVICE_UNAVAILABLE,
            "já há páginas demais à espera de uma mudança",
        )
        .into_response();
    };
    let mut vista = balcao.vista.clone();
    vista.mark_changed();
    let mut resposta = Sse::new(avisos(vista, vez))
        .keep_alive(KeepAlive::new().interval(SINAL_DE_VIDA))
        .into_response();
    let nunca = HeaderValue::from_static("no-store");
    resposta.headers_mut().insert(header::CACHE_CONTROL, nunca);
    resposta
}

/// A versão do livro e os problemas das fontes, agora e a cada troca.
fn avisos(
    vista: watch::Receiver<Vista>,
    vez: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((vista, vez), |(mut vista, vez)| async {
        vista.changed().await.ok()?;
        let agora = vista.borrow_and_update().clone();
        // A primeira linha é a versão; cada uma das outras, um problema.
        let mut linhas = vec![agora.livro.versao.clone()];
        linhas.extend(
            agora
                .problemas
                .iter()
                .map(|texto| sockets::visivel(texto.as_bytes())),
        );
        Some((Ok(Event::default().data(linhas.join("\n"))), (vista, vez)))
    })
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn so_um_caminho_do_livro_passa() {
        for (caminho, limpo) in [
            ("/", ""),
            ("/a/b.html", "a/b.html"),
            ("/a/", "a/"),
            ("/a%20b.html", "a b.html"),
            ("/a..b/...", "a..b/..."),
        ] {
            assert_eq!(caminho_limpo(caminho).as_deref(), Some(limpo));
        }
        for torto in [
            "/../x",
            "/a/../../x",
            "/%2e%2e/x",
            "/%2E%2e%2fx",
            "/a/..",
            "/..\\x",
            "/%5c..%5cx",
            "/a%00.html",
            "//etc/passwd",
            "/%2fetc",
            "/C:/x",
            "/%252e%252e/x",
            "/./x",
            "/a%0ab",
            "x",
            "",
        ] {
            assert_eq!(caminho_limpo(torto), None, "{torto}");
        }
    }

    #[test]
    fn so_o_nome_e_o_endereco_daqui_servem() {
        let aqui = "192.168.0.7:8000".parse().unwrap();
        for nosso in [
            "192.168.0.7:8000",
            "localhost:8000",
            "LocalHost:8000",
            "Sala:8000",
            "sala.local:8000",
            "[::ffff:192.168.0.7]:8000",
        ] {
            assert!(e_nosso(nosso, aqui, "sala"), "{nosso}");
        }
        for alheio in [
            "",
            ":8000",
            "192.168.0.7",
            "192.168.0.8:8000",
            "192.168.0.7:80",
            "mal.example:8000",
            "localhost.mal.example:8000",
            "sala.local.mal.example:8000",
            "192.168.0.7:8000@mal:8000",
            "[::1]:8000",
            "]:8000",
            "[:8000",
        ] {
            assert!(!e_nosso(alheio, aqui, "sala"), "{alheio}");
        }
        assert!(!e_nosso(":8000", aqui, ""));
        let seis = "[::1]:80".parse().unwrap();
        assert!(e_nosso("[::1]", seis, "sala") && e_nosso("[::1]:80", seis, "sala"));
    }

    #[test]
    fn a_recarga_entra_no_fim_da_pagina() {
        let pagina = com_recarga(b"<body>a</body></html>", "v");
        let pagina = String::from_utf8(pagina).unwrap();
        assert!(pagina.starts_with("<body>a<script src=") && pagina.ends_with("</body></html>"));
    }
}
