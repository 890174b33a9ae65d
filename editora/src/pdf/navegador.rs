//! O Chromium do sistema: qual é, e como se imprime uma página com ele.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::processo::{self, Fim, Interrupcao};

/// A variável que aponta outro navegador.
pub const VARIAVEL: &str = "SOCKETS_CHROMIUM";

/// Os comandos que se procuram no `PATH`.
const COMANDOS: &[&str] = if cfg!(windows) {
    &["chrome.exe", "msedge.exe", "chromium.exe"]
} else {
    &[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "microsoft-edge",
        "microsoft-edge-stable",
    ]
};

/// Onde o macOS guarda os aplicativos, a partir da raiz ou da pasta da pessoa.
const APLICATIVOS: &[&str] = &[
    "Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "Applications/Chromium.app/Contents/MacOS/Chromium",
    "Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
];

/// Onde o Windows guarda os programas, a partir de cada pasta de programas.
const PROGRAMAS: &[&str] = &[
    r"Google\Chrome\Application\chrome.exe",
    r"Chromium\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
];

/// O navegador com que se imprime.
///
/// # Errors
/// Uma frase com o que se procurou e o que fazer.
pub fn achar() -> Result<PathBuf> {
    achar_com(|nome| env::var_os(nome))
}

/// O mesmo que [`achar`], em um ambiente em que as variáveis são as de `variavel`.
fn achar_com(variavel: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
    if let Some(pedido) = variavel(VARIAVEL).filter(|pedido| !pedido.is_empty()) {
        let pedido = PathBuf::from(pedido);
        if executavel(&pedido) {
            return Ok(pedido);
        }
        bail!(
            "a variável {VARIAVEL} aponta {}, que não é um programa que se possa rodar. Ponha nela \
             o caminho inteiro do Chromium, do Chrome ou do Edge, ou apague-a",
            pedido.display()
        );
    }
    let conhecidos = conhecidos(&variavel);
    let caminho = variavel("PATH").unwrap_or_default();
    let no_caminho: Vec<PathBuf> = env::split_paths(&caminho).collect();
    let dos_comandos = COMANDOS
        .iter()
        .flat_map(|comando| no_caminho.iter().map(move |pasta| pasta.join(comando)));
    if let Some(achado) = dos_comandos
        .chain(conhecidos.iter().cloned())
        .find(|candidato| executavel(candidato))
    {
        return Ok(achado);
    }
    let lugares: Vec<_> = conhecidos
        .iter()
        .map(|lugar| lugar.display().to_string())
        .collect();
    let lugares = if lugares.is_empty() {
        String::new()
    } else {
        format!("; e {}", lugares.join(", "))
    };
    bail!(
        "o PDF é impresso pelo Chromium, pelo Chrome ou pelo Edge, e não achei nenhum. Procurei {} \
         nas pastas do PATH{lugares}. Instale um deles ({INSTALAR}), ou diga onde está o seu com a \
         variável {VARIAVEL}",
        COMANDOS.join(", ")
    );
}

/// Como se instala um navegador neste sistema.
const INSTALAR: &str = if cfg!(windows) {
    "winget install Google.Chrome"
} else if cfg!(target_os = "macos") {
    "brew install --cask google-chrome"
} else {
    "no Debian e no Ubuntu, sudo apt install chromium"
};

/// Os lugares em que cada sistema põe um navegador, fora do `PATH`.
fn conhecidos(variavel: &impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let pastas = |nomes: &[&str], dentro: &[&str]| -> Vec<PathBuf> {
        let pastas = nomes.iter().filter_map(|nome| variavel(nome));
        let pastas = pastas.filter(|pasta| !pasta.is_empty()).map(PathBuf::from);
        pastas
            .flat_map(|pasta| {
                let programas = dentro.iter();
                programas.map(move |programa| pasta.join(programa))
            })
            .collect()
    };
    if cfg!(windows) {
        let nomes = ["ProgramFiles", "ProgramFiles(x86)", "LocalAppData"];
        pastas(&nomes, PROGRAMAS)
    } else if cfg!(target_os = "macos") {
        let da_maquina = APLICATIVOS.iter().map(|app| Path::new("/").join(app));
        da_maquina.chain(pastas(&["HOME"], APLICATIVOS)).collect()
    } else {
        vec!["/snap/bin/chromium".into()]
    }
}

#[cfg(unix)]
fn executavel(caminho: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let dados = fs::metadata(caminho);
    dados.is_ok_and(|dados| dados.is_file() && dados.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn executavel(caminho: &Path) -> bool {
    caminho.is_file()
}

/// Uma impressão: quem imprime, em que pasta se trabalha e quanto se espera.
#[derive(Debug)]
pub struct Impressora<'p> {
    /// O navegador.
    pub navegador: &'p Path,
    /// Uma pasta que já existe, para o perfil e para o que o navegador diz.
    pub pasta: &'p Path,
    /// Quanto esperar por uma impressão.
    pub prazo: Duration,
}

impl Impressora<'_> {
    /// Imprime `pagina` em `pdf`.
    ///
    /// # Errors
    /// O navegador que não começa, que não acaba no prazo ou que não imprime; e a
    /// interrupção.
    pub fn imprimir(&self, pagina: &Path, pdf: &Path, parar: &Interrupcao) -> Result<()> {
        // O da vez anterior passaria por este, se o navegador não escrevesse nada.
        match fs::remove_file(pdf) {
            Err(erro) if erro.kind() != ErrorKind::NotFound => {
                return Err(erro)
                    .with_context(|| format!("não foi possível apagar {}", pdf.display()));
            }
            _ => {}
        }
        let perfil = self.pasta.join("perfil");
        let dito = self.pasta.join("dito.txt");
        let navegador = self.navegador.display();
        let mut saida = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&dito)
            .with_context(|| format!("não foi possível escrever em {}", dito.display()))?;
        let mut comando = Command::new(self.navegador);
        comando
            .args(OPCOES)
            .arg(com_valor("--user-data-dir=", &perfil))
            .arg(com_valor("--print-to-pdf=", pdf))
            .arg(endereco(pagina))
            .stdin(Stdio::null())
            .stdout(saida.try_clone().context("não foi possível imprimir")?)
            .stderr(saida.try_clone().context("não foi possível imprimir")?);
        let fim = processo::rodar(&mut comando, self.prazo, parar)
            .with_context(|| format!("não foi possível rodar {navegador}"))?;
        let mut disse = || ultimas_linhas(&mut saida);
        match fim {
            Fim::Acabou(estado) if estado.success() && inteiro(pdf) => Ok(()),
            Fim::Acabou(estado) => bail!(
                "{navegador} não imprimiu o livro ({estado}).{} Se for um navegador antigo, \
                 atualize-o, ou aponte outro com a variável {VARIAVEL}",
                disse()
            ),
            Fim::Prazo => bail!(
                "{navegador} não acabou de imprimir em {} s e foi encerrado.{} Em uma máquina lenta, \
                 dê mais tempo com --prazo SEGUNDOS; se ele travou, aponte outro com a variável \
                 {VARIAVEL}",
                self.prazo.as_secs(),
                disse()
            ),
            Fim::Interrompido => bail!("interrompido: nenhum PDF foi escrito"),
        }
    }
}

/// O que se pede sempre ao navegador. A página é nossa e não busca nada na rede, e
/// nem o navegador: nenhum nome se resolve.
const OPCOES: &[&str] = &[
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
    "--export-tagged-pdf",
    // Em um contêiner e na conta de administrador do Linux a caixa de areia não abre.
    #[cfg(target_os = "linux")]
    "--no-sandbox",
];

fn com_valor(opcao: &str, caminho: &Path) -> OsString {
    let mut argumento = OsString::from(opcao);
    argumento.push(caminho);
    argumento
}

/// O endereço `file:` de um caminho completo.
fn endereco(caminho: &Path) -> String {
    let texto = caminho.to_string_lossy().replace('\\', "/");
    // O Windows escreve assim um caminho completo sem limite de tamanho.
    let texto = texto.trim_start_matches("//?/").trim_start_matches('/');
    let mut endereco = String::from("file:///");
    for byte in texto.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b':' | b'-' | b'_' | b'.' | b'~' => {
                endereco.push(char::from(byte));
            }
            _ => {
                const DIGITOS: &[u8; 16] = b"0123456789ABCDEF";
                endereco.push('%');
                endereco.push(char::from(DIGITOS[usize::from(byte >> 4)]));
                endereco.push(char::from(DIGITOS[usize::from(byte & 15)]));
            }
        }
    }
    endereco
}

/// Se em `pdf` há um PDF do começo ao fim.
fn inteiro(pdf: &Path) -> bool {
    const FIM: &[u8] = b"%%EOF";
    let conferir = || -> std::io::Result<bool> {
        let mut arquivo = File::open(pdf)?;
        let mut comeco = [0; 5];
        arquivo.read_exact(&mut comeco)?;
        arquivo.seek(SeekFrom::End(-16))?;
        let mut cauda = Vec::new();
        arquivo.read_to_end(&mut cauda)?;
        Ok(&comeco == b"%PDF-" && cauda.windows(FIM.len()).any(|janela| janela == FIM))
    };
    conferir().unwrap_or(false)
}

/// O fim do que o navegador disse, em uma frase, se disse algo.
fn ultimas_linhas(dito: &mut File) -> String {
    let mut bytes = Vec::new();
    if dito
        .rewind()
        .and_then(|()| dito.read_to_end(&mut bytes))
        .is_err()
    {
        return String::new();
    }
    let texto = String::from_utf8_lossy(&bytes);
    let linhas: Vec<_> = texto
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    match linhas.len() {
        0 => String::new(),
        quantas => format!(
            " O fim do que ele disse: «{}».",
            linhas[quantas.saturating_sub(3)..].join(" / ")
        ),
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn sem_navegador_a_frase_diz_o_que_se_procurou_e_o_que_fazer() {
        let vazia = tempfile::tempdir().unwrap();
        let ambiente = |nome: &str| (nome == "PATH").then(|| vazia.path().into());
        // Onde há um navegador fora do PATH, não há o que recusar.
        if conhecidos(&ambiente).iter().any(|lugar| executavel(lugar)) {
            return;
        }
        let frase = achar_com(ambiente).unwrap_err().to_string();
        for palavra in ["PATH", "Instale", VARIAVEL].iter().chain(COMANDOS) {
            assert!(frase.contains(palavra), "{palavra}: {frase}");
        }
    }

    #[test]
    fn a_variavel_vale_mais_que_o_resto_e_tem_de_servir() {
        let ambiente = |nome: &str| (nome == VARIAVEL).then(|| "nao/existe".into());
        let frase = achar_com(ambiente).unwrap_err().to_string();
        assert!(
            frase.contains("nao/existe") && frase.contains(VARIAVEL),
            "{frase}"
        );
        let eu = env::current_exe().unwrap();
        let ambiente = |nome: &str| (nome == VARIAVEL).then(|| eu.clone().into());
        assert_eq!(achar_com(ambiente).unwrap(), eu);
    }

    #[cfg(unix)]
    #[test]
    fn acha_no_path_o_que_se_pode_rodar() {
        use std::os::unix::fs::PermissionsExt;
        let pasta = tempfile::tempdir().unwrap();
        let nao_roda = pasta.path().join("chromium");
        fs::write(&nao_roda, "").unwrap();
        let roda = pasta.path().join("microsoft-edge");
        fs::write(&roda, "").unwrap();
        fs::set_permissions(&roda, fs::Permissions::from_mode(0o755)).unwrap();
        let achado = achar_com(|nome| (nome == "PATH").then(|| pasta.path().into()));
        assert_eq!(achado.unwrap(), roda);
    }

    #[cfg(unix)]
    #[test]
    fn o_pdf_da_vez_anterior_nao_passa_por_este() {
        let pasta = tempfile::tempdir().unwrap();
        let pdf = pasta.path().join("x.pdf");
        fs::write(&pdf, "%PDF-1.4 … startxref 0 %%EOF\n").unwrap();
        let impressora = Impressora {
            // Acaba bem, e não imprime nada.
            navegador: Path::new("true"),
            pasta: pasta.path(),
            prazo: Duration::from_secs(60),
        };
        let parar = Interrupcao::vigiar().unwrap();
        let recusa = impressora.imprimir(&pasta.path().join("x.html"), &pdf, &parar);
        let recusa = recusa.unwrap_err().to_string();
        assert!(recusa.contains("não imprimiu o livro"), "{recusa}");
    }

    #[test]
    fn um_caminho_com_espacos_e_acentos_vira_endereco() {
        assert_eq!(
            endereco(Path::new("/a b/ç#?.html")),
            "file:///a%20b/%C3%A7%23%3F.html"
        );
        assert_eq!(
            endereco(Path::new(r"\\?\C:\x\y.html")),
            "file:///C:/x/y.html"
        );
    }

    #[test]
    fn so_e_inteiro_o_pdf_que_chegou_ao_fim() {
        let pasta = tempfile::tempdir().unwrap();
        let pdf = pasta.path().join("x.pdf");
        assert!(!inteiro(&pdf));
        for (texto, certo) in [
            ("", false),
            ("%PDF-1.4 sem fim, cortado no meio do caminho", false),
            ("<html>isto não é um PDF %%EOF\n", false),
            ("%PDF-1.4 … startxref 0 %%EOF\n", true),
        ] {
            fs::write(&pdf, texto).unwrap();
            assert_eq!(inteiro(&pdf), certo, "{texto}");
        }
    }
}
