//! O servidor do livro, como processo, diante de bytes crus: o que ele serve, o que
//! recusa, e o que faz quando as fontes mudam.

mod com_features;

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use provas::Filho;
use tempfile::TempDir;

/// Nenhuma espera passa disto.
const PRAZO: Duration = Duration::from_secs(60);

/// Um servidor de um livro pequeno.
struct Servidor {
    processo: Filho,
    endereco: SocketAddr,
    livro: TempDir,
}

impl Servidor {
    fn abrir(argumentos: &[&str]) -> Result<Self> {
        let livro = com_features::livro()?;
        let mut processo = servir(livro.path(), argumentos)?;
        let linha = processo
            .esperar_linha_com("Servindo em http://")
            .map_err(|falha| anyhow!("{falha}"))?;
        let endereco = linha.split('/').nth(2).context("sem endereço")?.parse()?;
        processo
            .esperar_linha_com("Ctrl-C encerra")
            .map_err(|falha| anyhow!("{falha}"))?;
        Ok(Self {
            processo,
            endereco,
            livro,
        })
    }

    /// A resposta inteira a um pedido que começa por `linha`, com o `Host` certo.
    fn pedir(&self, linha: &str, cabecalhos: &str) -> Result<String> {
        let host = self.endereco;
        self.mandar(&format!(
            "{linha} HTTP/1.1\r\nHost: {host}\r\n{cabecalhos}Connection: close\r\n\r\n"
        ))
    }

    /// O que volta, até o fim da conexão, quando se manda `pedido`.
    fn mandar(&self, pedido: &str) -> Result<String> {
        let mut conexao = ligar(self.endereco)?;
        // Um pedido grande demais pode ser recusado antes de chegar inteiro.
        let _ = conexao.write_all(pedido.as_bytes());
        let mut resposta = Vec::new();
        if let Err(erro) = conexao.read_to_end(&mut resposta) {
            ensure!(!resposta.is_empty(), "sem resposta a {pedido:.60?}: {erro}");
        }
        Ok(String::from_utf8_lossy(&resposta).into_owned())
    }

    /// Salva um arquivo de uma vez: pela metade, ele seria outro problema.
    fn escrever(&self, arquivo: &str, texto: &str) -> Result<()> {
        let novo = self.livro.path().join("novo");
        fs::write(&novo, texto)?;
        let lugar = self.livro.path().join("book/src").join(arquivo);
        Ok(fs::rename(novo, lugar)?)
    }
}

fn ligar(endereco: SocketAddr) -> Result<TcpStream> {
    let conexao = TcpStream::connect_timeout(&endereco, PRAZO)?;
    conexao.set_read_timeout(Some(PRAZO))?;
    conexao.set_write_timeout(Some(PRAZO))?;
    Ok(conexao)
}

/// Se o outro lado encerrou a conexão, em vez de o prazo passar.
fn caiu(erro: &std::io::Error) -> bool {
    [ErrorKind::ConnectionReset, ErrorKind::ConnectionAborted].contains(&erro.kind())
}

fn servir(raiz: &Path, argumentos: &[&str]) -> Result<Filho> {
    static EDITORA: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let editora = EDITORA
        .get_or_init(|| com_features::editora_com("servir").map_err(|falha| falha.to_string()));
    let mut comando = Command::new(editora.as_ref().map_err(|falha| anyhow!("{falha}"))?);
    comando.arg("servir").args(argumentos).current_dir(raiz);
    let processo = Filho::rodar("servir", comando).map_err(|falha| anyhow!("{falha}"))?;
    Ok(processo.com_prazo(PRAZO))
}

/// O código de uma resposta.
fn codigo(resposta: &str) -> &str {
    resposta.split(' ').nth(1).unwrap_or(resposta)
}

fn cabecalho<'r>(resposta: &'r str, nome: &str) -> Option<&'r str> {
    let (cabecalhos, _) = resposta.split_once("\r\n\r\n")?;
    cabecalhos.lines().find_map(|linha| {
        let (este, valor) = linha.split_once(": ")?;
        este.eq_ignore_ascii_case(nome).then_some(valor)
    })
}

fn corpo(resposta: &str) -> &str {
    resposta
        .split_once("\r\n\r\n")
        .map_or("", |(_, corpo)| corpo)
}

const LOCAL: &[&str] = &["--endereco", "127.0.0.1:0"];

#[test]
fn o_livro_se_le_e_nada_sai_da_pasta_dele() -> Result<()> {
    let servidor = Servidor::abrir(LOCAL)?;
    let pagina = servidor.pedir("GET /parte/dois.html", "")?;
    assert_eq!(codigo(&pagina), "200", "{pagina}");
    assert!(corpo(&pagina).contains("id=\"fim\""));
    assert_eq!(
        cabecalho(&pagina, "content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(cabecalho(&pagina, "cache-control"), Some("no-cache"));
    assert_eq!(
        cabecalho(&pagina, "x-content-type-options"),
        Some("nosniff")
    );
    let politica = cabecalho(&pagina, "content-security-policy").context("sem política")?;
    assert!(
        politica.contains("default-src 'none'") && politica.contains("'sha256-"),
        "{politica}"
    );
    assert_eq!(codigo(&servidor.pedir("GET /", "")?), "200");

    let so_o_alto = servidor.pedir("HEAD /parte/dois.html", "")?;
    assert_eq!((codigo(&so_o_alto), corpo(&so_o_alto)), ("200", ""));
    assert_eq!(cabecalho(&so_o_alto, "etag"), cabecalho(&pagina, "etag"));

    let etiqueta = cabecalho(&pagina, "etag").context("sem ETag")?;
    let igual = servidor.pedir(
        "GET /parte/dois.html",
        &format!("If-None-Match: \"x\", {etiqueta}\r\n"),
    )?;
    assert_eq!((codigo(&igual), corpo(&igual)), ("304", ""));
    let outra = servidor.pedir("GET /parte/dois.html", "If-None-Match: W/\"x\"\r\n")?;
    assert_eq!(codigo(&outra), "200");

    let programa = corpo(&pagina)
        .split('"')
        .find(|texto| texto.contains("book-") && texto.contains(".js"));
    let programa = programa
        .context("a página não pede book-….js")?
        .trim_start_matches("../");
    let programa = servidor.pedir(&format!("GET /{programa}"), "Accept-Encoding: gzip\r\n")?;
    assert!(cabecalho(&programa, "cache-control").is_some_and(|valor| valor.contains("immutable")));
    assert_eq!(cabecalho(&programa, "content-encoding"), Some("gzip"));

    let nada = servidor.pedir("GET /nada.html", "")?;
    assert_eq!(codigo(&nada), "404");
    assert!(corpo(&nada).contains("Volte ao começo."), "{nada}");

    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", servidor.livro.path().join("target/x.txt"))?;
    for caminho in [
        "/../Cargo.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2fx",
        "/..\\x",
        "/%5c..%5cx",
        "/a%00.html",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/parte/../um.html",
        "/C:/x",
        "/%252e%252e/x",
    ] {
        let resposta = servidor.pedir(&format!("GET {caminho}"), "")?;
        assert_eq!(codigo(&resposta), "400", "{caminho}: {resposta}");
    }
    assert_eq!(codigo(&servidor.pedir("GET /x.txt", "")?), "404");

    Ok(())
}

#[test]
fn um_pedido_alheio_torto_ou_grande_se_recusa() -> Result<()> {
    let servidor = Servidor::abrir(LOCAL)?;
    let porta = servidor.endereco.port();
    for (host, esperado) in [
        (format!("localhost:{porta}"), "200"),
        (format!("mal.example:{porta}"), "421"),
        (format!("127.0.0.1.mal.example:{porta}"), "421"),
        ("127.0.0.1:1".to_string(), "421"),
        (format!("192.0.2.1:{porta}"), "421"),
        (String::new(), "421"),
    ] {
        let resposta = servidor.mandar(&format!(
            "GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        ))?;
        assert_eq!(codigo(&resposta), esperado, "{host}: {resposta}");
        assert_eq!(
            esperado == "200",
            corpo(&resposta).contains("<html"),
            "{host}"
        );
    }
    let sem_host = servidor.mandar("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")?;
    assert_eq!(codigo(&sem_host), "421", "{sem_host}");
    let absoluto = servidor.pedir("GET http://mal.example/", "")?;
    assert_eq!(codigo(&absoluto), "421", "{absoluto}");

    for metodo in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "INVENTADO"] {
        let resposta = servidor.pedir(&format!("{metodo} /"), "")?;
        assert_eq!(codigo(&resposta), "405", "{metodo}");
        assert_eq!(cabecalho(&resposta, "allow"), Some("GET, HEAD"));
    }
    for (linha, cabecalhos, esperado) in [
        (format!("GET /{}", "a".repeat(2000)), String::new(), "414"),
        (
            "GET /".into(),
            format!("X: {}\r\n", "a".repeat(20_000)),
            "431",
        ),
        ("GET /".into(), "X: a\r\n".repeat(100), "431"),
        (
            "GET /".into(),
            "Content-Length: 999999999\r\n".into(),
            "413",
        ),
        (
            "GET /".into(),
            "Transfer-Encoding: chunked\r\n".into(),
            "413",
        ),
    ] {
        let resposta = servidor.pedir(&linha, &cabecalhos)?;
        assert_eq!(
            codigo(&resposta),
            esperado,
            "{linha:.20} {cabecalhos:.30}: {resposta}"
        );
    }
    let sem_sentido = servidor.mandar("\u{16}\u{3}\u{1}olá\r\n\r\n")?;
    assert_eq!(codigo(&sem_sentido), "400", "{sem_sentido}");
    assert_eq!(codigo(&servidor.pedir("GET /", "")?), "200");
    Ok(())
}

/// Um fio que espera as mudanças do livro.
struct Espera(TcpStream, String);

impl Espera {
    fn nova(servidor: &Servidor) -> Result<Self> {
        let mut conexao = ligar(servidor.endereco)?;
        let host = servidor.endereco;
        write!(conexao, "GET /_ao-vivo HTTP/1.1\r\nHost: {host}\r\n\r\n")?;
        Ok(Self(conexao, String::new()))
    }

    /// Lê até que o que chegou contenha `trecho`, e esquece o que veio até ali.
    fn ate(&mut self, trecho: &str) -> Result<String> {
        // O sinal de vida chega sempre: o prazo de cada leitura não acabaria com a espera.
        let limite = Instant::now() + PRAZO;
        let mut pedaco = [0; 4096];
        loop {
            if let Some(onde) = self.1.find(trecho) {
                let resto = self.1.split_off(onde + trecho.len());
                return Ok(std::mem::replace(&mut self.1, resto));
            }
            ensure!(
                Instant::now() < limite,
                "{trecho:?} não veio em {PRAZO:?}: {}",
                self.1
            );
            match self.0.read(&mut pedaco)? {
                0 => bail!("acabou sem {trecho:?}: {}", self.1),
                lidos => self.1.push_str(&String::from_utf8_lossy(&pedaco[..lidos])),
            }
        }
    }

    /// A versão do livro no aviso seguinte.
    fn versao(&mut self) -> Result<String> {
        self.ate("data: ")?;
        Ok(self.ate("\n")?.trim().to_string())
    }

    /// Espera um livro que não é o da versão `antes`, e diz qual é. O sistema pode avisar
    /// duas vezes da mesma mudança.
    fn outro_livro(&mut self, antes: &str) -> Result<String> {
        let limite = Instant::now() + PRAZO;
        loop {
            let versao = self.versao()?;
            let e_versao = versao.len() == 16 && versao.chars().all(|c| c.is_ascii_hexdigit());
            if e_versao && versao != antes {
                return Ok(versao);
            }
            ensure!(
                Instant::now() < limite,
                "o livro continua o {antes} depois de {PRAZO:?}"
            );
        }
    }

    /// Espera que o servidor encerre a conexão.
    fn fim(&mut self) -> Result<()> {
        let limite = Instant::now() + PRAZO;
        while Instant::now() < limite {
            match self.0.read(&mut [0; 4096]) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(erro) if caiu(&erro) => return Ok(()),
                Err(erro) => return Err(erro.into()),
            }
        }
        bail!("a conexão não acabou em {PRAZO:?}")
    }
}

#[test]
fn uma_pagina_salva_troca_o_livro_e_um_problema_mantem_o_anterior() -> Result<()> {
    let mut servidor = Servidor::abrir(LOCAL)?;
    let pagina = servidor.pedir("GET /um.html", "")?;
    let versao = corpo(&pagina)
        .split("data-versao=\"")
        .nth(1)
        .and_then(|resto| resto.get(..16));
    let versao = versao
        .context("a página daqui não se recarrega")?
        .to_string();
    assert_eq!(codigo(&servidor.pedir("GET /_ao-vivo.js", "")?), "200");
    let mut espera = Espera::nova(&servidor)?;
    espera.ate(&format!("data: {versao}"))?;

    servidor.escrever(
        "um.md",
        "# Um\n\nFrase que acaba de nascer. [x](parte/dois.md)\n",
    )?;
    let versao = espera.outro_livro(&versao)?;
    let nova = servidor.pedir("GET /um.html", "")?;
    assert!(
        corpo(&nova).contains("Frase que acaba de nascer."),
        "{nova}"
    );
    assert_ne!(cabecalho(&nova, "etag"), cabecalho(&pagina, "etag"));

    servidor.escrever("um.md", "# Um\n\n[quebrada](nada.md)\n")?;
    espera.ate("data: book/src/um.md:3: ")?;
    let linha = servidor.processo.esperar_linha_com("book/src/um.md:3: ");
    linha.map_err(|falha| anyhow!("{falha}"))?;
    let anterior = servidor.pedir("GET /um.html", "")?;
    assert!(
        corpo(&anterior).contains("Frase que acaba de nascer."),
        "{anterior}"
    );

    servidor.escrever("um.md", "# Um\n\nConsertada. [x](parte/dois.md)\n")?;
    espera.outro_livro(&versao)?;
    assert!(corpo(&servidor.pedir("GET /um.html", "")?).contains("Consertada."));
    Ok(())
}

/// As provas que abrem muitas conexões vão uma de cada vez: juntas, passariam de 256, que é
/// quantos arquivos um processo pode ter abertos no macOS.
static MUITAS: Mutex<()> = Mutex::new(());

#[test]
fn duzentas_conexoes_caladas_nao_impedem_um_leitor() -> Result<()> {
    let _vez = MUITAS.lock().unwrap_or_else(PoisonError::into_inner);
    let servidor = Servidor::abrir(LOCAL)?;
    let mut caladas = Vec::new();
    for vez in 0..200 {
        let mut conexao = ligar(servidor.endereco)?;
        if vez % 2 == 0 {
            conexao.write_all(b"GET / HTTP/1.1\r\nHos")?;
        }
        caladas.push(conexao);
    }
    assert_eq!(codigo(&servidor.pedir("GET /um.html", "")?), "200");
    // E o lugar das caladas volta: o servidor desiste delas.
    for mut conexao in caladas {
        let mut resposta = Vec::new();
        if let Err(erro) = conexao.read_to_end(&mut resposta) {
            ensure!(
                caiu(&erro),
                "o servidor não desistiu de quem se cala: {erro}"
            );
        }
        let resposta = String::from_utf8_lossy(&resposta);
        assert!(
            resposta.is_empty() || codigo(&resposta) == "408",
            "{resposta}"
        );
    }
    Ok(())
}

/// Quantas conexões de um endereço o servidor atende ao mesmo tempo.
const POR_ENDERECO: usize = 48;

#[test]
fn um_endereco_so_nao_ocupa_o_servidor() -> Result<()> {
    let _vez = MUITAS.lock().unwrap_or_else(PoisonError::into_inner);
    let servidor = Servidor::abrir(LOCAL)?;
    // Cada uma dessas duraria dez minutos.
    let mut esperas = Vec::new();
    let mut versao = String::new();
    for _ in 0..POR_ENDERECO {
        let mut espera = Espera::nova(&servidor)?;
        versao = espera.versao()?;
        esperas.push(espera);
    }
    let mut ultima = Espera::nova(&servidor)?;
    assert_eq!(ultima.versao()?, versao);
    // A que veio a mais tomou o lugar da mais antiga, e só o dela.
    esperas.remove(0).fim()?;
    servidor.escrever("um.md", "# Um\n\nOutra. [x](parte/dois.md)\n")?;
    for espera in esperas.iter_mut().chain([&mut ultima]) {
        espera.outro_livro(&versao)?;
    }
    Ok(())
}

#[test]
fn um_endereco_que_nao_serve_se_diz_em_uma_frase() -> Result<()> {
    let dono = TcpListener::bind("127.0.0.1:0")?;
    let ocupada = dono.local_addr()?.to_string();
    let livro = com_features::livro()?;
    for (endereco, palavras, esperado) in [
        (ocupada.as_str(), "já está em uso", 1),
        ("192.0.2.1:0", "não é desta máquina", 1),
        ("casa", "use IP:PORTA", 2),
    ] {
        let mut processo = servir(livro.path(), &["--endereco", endereco])?;
        let fim = processo.esperar_fim().map_err(|falha| anyhow!("{falha}"))?;
        assert_eq!(fim, esperado, "{}", processo.tudo());
        assert!(processo.tudo().contains(palavras), "{}", processo.tudo());
    }
    assert!(
        !livro.path().join("target").exists(),
        "um servidor que não abriu deixou restos"
    );
    Ok(())
}

#[test]
fn aberto_a_rede_o_endereco_e_de_verdade() -> Result<()> {
    let livro = com_features::livro()?;
    let mut processo = servir(livro.path(), &["--endereco", "0.0.0.0:0", "--ao-vivo"])?;
    processo
        .esperar_linha_com("Ctrl-C encerra")
        .map_err(|falha| anyhow!("{falha}"))?;
    let tudo = processo.tudo();
    assert!(
        tudo.contains("Servindo em http://") && !tudo.contains("0.0.0.0"),
        "{tudo}"
    );
    let sozinha = tudo.contains("não está em rede nenhuma");
    assert!(
        sozinha || tudo.contains("Qualquer um na rede pode ler"),
        "{tudo}"
    );
    assert!(
        !tudo.contains('\u{1b}'),
        "sem um terminal não há desenho: {tudo}"
    );
    Ok(())
}

#[cfg(unix)]
#[test]
fn um_ctrl_c_encerra_e_nao_deixa_restos() -> Result<()> {
    let mut servidor = Servidor::abrir(LOCAL)?;
    let mut espera = Espera::nova(&servidor)?;
    espera.ate("data: ")?;
    let _calada = ligar(servidor.endereco)?;
    servidor.processo.interromper();
    let fim = servidor
        .processo
        .esperar_fim()
        .map_err(|falha| anyhow!("{falha}"))?;
    assert_eq!(fim, 0, "{}", servidor.processo.tudo());
    assert!(servidor.processo.tudo().contains("Encerrado."));
    let restos = fs::read_dir(servidor.livro.path().join("target"))?.count();
    assert_eq!(restos, 0, "a oficina ficou em target");
    Ok(())
}

#[cfg(all(unix, not(any(feature = "epub", feature = "servir"))))]
#[test]
fn sem_a_feature_a_editora_chama_o_cargo_com_ela() -> Result<()> {
    let livro = com_features::livro()?;
    for pedido in [
        &["servir", "--ao-vivo"][..],
        &["epub", "--destino", "a b.epub"],
    ] {
        let saida = Command::new(env!("CARGO_BIN_EXE_editora"))
            .args(pedido)
            .current_dir(livro.path())
            .env("CARGO", "echo")
            .output()?;
        let chamado = String::from_utf8_lossy(&saida.stdout);
        let esperado = format!("--features {} -- {}\n", pedido[0], pedido.join(" "));
        assert!(
            chamado.starts_with("run ") && chamado.ends_with(&esperado),
            "{chamado}"
        );
        let dito = String::from_utf8_lossy(&saida.stderr);
        assert!(
            dito.contains(&format!("a feature «{}»", pedido[0])),
            "{dito}"
        );
    }
    Ok(())
}
