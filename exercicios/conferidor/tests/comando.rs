//! `cargo conferir` como quem estuda o usa: começa um exercício, erra, acerta, salva de
//! novo, interrompe. O projeto é um de mentira, com um exercício só, que usa a biblioteca
//! de verdade.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// Compilar a biblioteca pela primeira vez, em uma máquina ocupada, leva tempo.
const PACIENCIA: Duration = Duration::from_secs(300);

/// Os projetos de mentira dividem a pasta de compilação, para que a biblioteca se compile
/// uma vez só; mas o programa de todos se chama `bind`: cada prova espera a sua vez.
static VEZ: Mutex<()> = Mutex::new(());

struct Projeto {
    pasta: TempDir,
    _vez: MutexGuard<'static, ()>,
}

impl Projeto {
    /// Um projeto com o exercício `bind` e nada feito.
    fn novo() -> Self {
        // Uma prova que falha não estraga a vez das outras.
        let vez = VEZ.lock().unwrap_or_else(PoisonError::into_inner);
        // Sem `canonicalize`: no Windows o caminho dele não serve a todo programa.
        let raiz = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        let raiz = raiz.unwrap();
        let pasta = tempfile::tempdir().unwrap();
        let em = |nome: &str| pasta.path().join(nome);
        for sub in ["exercicios/esqueletos", "exercicios/src/bin"] {
            fs::create_dir_all(em(sub)).unwrap();
        }
        for nome in [
            "Cargo.lock",
            "exercicios/exercicios.toml",
            "exercicios/src/lib.rs",
        ] {
            fs::copy(raiz.join(nome), em(nome)).unwrap();
        }
        for nome in fs::read_dir(raiz.join("exercicios/esqueletos")).unwrap() {
            let nome = nome.unwrap().file_name();
            let de = raiz.join("exercicios/esqueletos").join(&nome);
            fs::copy(de, em("exercicios/esqueletos").join(&nome)).unwrap();
        }
        // O que a casa diz de todos os pacotes vale também para este.
        let casa = fs::read_to_string(raiz.join("Cargo.toml")).unwrap();
        let inicio = casa.find("[workspace.package]").unwrap();
        let comum = casa[inicio..].split("\n\n").next().unwrap();
        let manifesto =
            format!("[workspace]\nmembers = [\"exercicios\"]\nresolver = \"3\"\n\n{comum}\n");
        fs::write(em("Cargo.toml"), manifesto).unwrap();
        let exercicios = fs::read_to_string(raiz.join("exercicios/Cargo.toml")).unwrap();
        let biblioteca = format!("path = '{}'", raiz.display());
        let exercicios = exercicios.replace("path = \"..\"", &biblioteca);
        fs::write(em("exercicios/Cargo.toml"), exercicios).unwrap();
        Self { pasta, _vez: vez }
    }

    fn programa(&self) -> PathBuf {
        self.pasta.path().join("exercicios/src/bin/bind.rs")
    }

    fn escrever(&self, texto: &str) {
        fs::write(self.programa(), texto).unwrap();
    }

    fn comando(&self, argumentos: &[&str]) -> Command {
        let mut comando = Command::new(env!("CARGO_BIN_EXE_conferir"));
        comando
            .args(argumentos)
            .current_dir(self.pasta.path())
            // Uma pasta só para todas as provas: a biblioteca se compila uma vez.
            .env(
                "CARGO_TARGET_DIR",
                concat!(env!("CARGO_TARGET_TMPDIR"), "/conferir"),
            )
            .stdin(Stdio::null());
        comando
    }

    fn rodar(&self, argumentos: &[&str]) -> (Option<i32>, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = self.comando(argumentos).output().unwrap();
        let texto = String::from_utf8(stdout).unwrap() + &String::from_utf8_lossy(&stderr);
        (status.code(), texto)
    }
}

fn solucao() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../solucoes/bind.rs")).unwrap()
}

/// O conferidor observando, e as linhas que ele escreve.
struct Observador {
    processo: Child,
    linhas: Receiver<String>,
}

impl Observador {
    fn novo(mut comando: Command) -> Self {
        let mut processo = comando
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let saida = processo.stdout.take().unwrap();
        let (mandar, linhas) = mpsc::channel();
        thread::spawn(move || {
            for linha in BufReader::new(saida).lines().map_while(Result::ok) {
                let _ = mandar.send(linha);
            }
        });
        Self { processo, linhas }
    }

    fn esperar(&self, trecho: &str) {
        loop {
            let linha = self.linhas.recv_timeout(PACIENCIA);
            let linha = linha.unwrap_or_else(|erro| panic!("não veio {trecho:?}: {erro}"));
            if linha.contains(trecho) {
                return;
            }
        }
    }

    /// Manda o sinal de um Ctrl-C. Devolve o código de saída, e as linhas que não se leram.
    #[cfg(unix)]
    fn interromper(mut self) -> (Option<i32>, Vec<String>) {
        use rustix::process::{Pid, Signal, kill_process};

        kill_process(Pid::from_child(&self.processo), Signal::INT).unwrap();
        let codigo = self.processo.wait().unwrap().code();
        (codigo, self.linhas.iter().collect())
    }
}

impl Drop for Observador {
    fn drop(&mut self) {
        let _ = self.processo.kill();
        let _ = self.processo.wait();
    }
}

/// O que se diz a quem ainda não montou o livro que se manda ler.
const SEM_LIVRO: &str = "Monte-o com: cargo run";

#[test]
fn do_comeco_ao_visto_e_de_volta() {
    let projeto = Projeto::novo();
    let (codigo, texto) = projeto.rodar(&["bind"]);
    assert_eq!(codigo, Some(1), "{texto}");
    assert!(
        texto.contains("Criei exercicios/src/bin/bind.rs"),
        "{texto}"
    );
    assert!(projeto.programa().exists());
    assert!(texto.contains(SEM_LIVRO), "{texto}");

    // O esqueleto compila, e não passa.
    let livro = projeto.pasta.path().join("target/livro");
    fs::create_dir_all(&livro).unwrap();
    fs::write(livro.join("index.html"), "um livro").unwrap();
    let (codigo, texto) = projeto.rodar(&["bind"]);
    assert_eq!(codigo, Some(1), "{texto}");
    assert!(!texto.contains(SEM_LIVRO), "{texto}");
    for parte in [
        "bind: ainda não.",
        "O que fiz:",
        "O que veio:",
        "Leia: target/livro/",
    ] {
        assert!(texto.contains(parte), "falta {parte:?}: {texto}");
    }

    projeto.escrever("fn main() { isto não é Rust }\n");
    let (codigo, texto) = projeto.rodar(&["bind"]);
    assert_eq!(codigo, Some(1), "{texto}");
    assert!(
        texto.contains("error") && texto.contains("não compila"),
        "{texto}"
    );

    projeto.escrever(&solucao());
    let (codigo, texto) = projeto.rodar(&["bind"]);
    assert_eq!(codigo, Some(0), "{texto}");
    assert!(
        texto.contains("bind: passou.") && texto.contains("✓"),
        "{texto}"
    );
    let (codigo, texto) = projeto.rodar(&[]);
    assert_eq!(codigo, Some(0), "{texto}");
    assert!(
        texto.contains("1 de ") && texto.contains("✓ bind"),
        "{texto}"
    );

    projeto.escrever(&(solucao() + "// mais uma linha\n"));
    let (_, texto) = projeto.rodar(&[]);
    assert!(
        texto.contains("0 de ") && texto.contains("? bind"),
        "{texto}"
    );
    let (codigo, texto) = projeto.rodar(&["--todos"]);
    assert_eq!(codigo, Some(0), "{texto}");

    let (codigo, texto) = projeto.rodar(&["bind", "--recomecar"]);
    assert_eq!(codigo, Some(0), "{texto}");
    assert!(texto.contains("exercicios/src/bin/bind.rs.1"), "{texto}");
    let guardado = fs::read_to_string(projeto.programa().with_extension("rs.1")).unwrap();
    assert!(guardado.ends_with("// mais uma linha\n"));
    let (_, texto) = projeto.rodar(&[]);
    assert!(texto.contains("… bind"), "{texto}");
}

/// Quando o cargo não chega a compilar, o erro não é do programa, e o visto fica.
#[test]
fn um_projeto_quebrado_nao_e_culpa_do_programa() {
    let projeto = Projeto::novo();
    projeto.rodar(&["bind"]);
    projeto.escrever(&solucao());
    let (codigo, texto) = projeto.rodar(&["bind"]);
    assert_eq!(codigo, Some(0), "{texto}");
    fs::write(projeto.pasta.path().join("Cargo.toml"), "isto não é TOML").unwrap();
    let (codigo, texto) = projeto.rodar(&["bind"]);
    assert_eq!(codigo, Some(1), "{texto}");
    assert!(
        texto.contains("parou antes de compilar bind") && !texto.contains("não compila"),
        "{texto}"
    );
    let (_, texto) = projeto.rodar(&[]);
    assert!(texto.contains("✓ bind"), "{texto}");
}

#[test]
fn o_que_nao_faz_sentido_sai_com_2() {
    let projeto = Projeto::novo();
    for pedido in [&["nada"][..], &["--nada"], &["--recomecar"], &["\x1b[2J"]] {
        let (codigo, texto) = projeto.rodar(pedido);
        assert_eq!(codigo, Some(2), "{pedido:?}: {texto}");
        assert!(
            texto.starts_with("erro: ") && !texto.contains('\x1b'),
            "{texto:?}"
        );
    }
    let (codigo, texto) = projeto.rodar(&["--ajuda"]);
    assert_eq!(codigo, Some(0));
    assert!(texto.contains("--observar"), "{texto}");
}

#[test]
fn confere_um_programa_ja_compilado_e_diz_quando_ele_nao_existe() {
    let projeto = Projeto::novo();
    let este = env!("CARGO_BIN_EXE_conferir");
    let (codigo, texto) = projeto.rodar(&["bind", "--executavel", este]);
    assert_eq!(codigo, Some(1), "{texto}");
    assert!(texto.contains("bind: ainda não."), "{texto}");
    let (codigo, texto) = projeto.rodar(&["bind", "--executavel", "nao-existe"]);
    assert_eq!(codigo, Some(1), "{texto}");
    assert!(texto.contains("não achei o programa nao-existe"), "{texto}");
}

#[cfg(unix)]
#[test]
fn observar_confere_a_cada_vez_que_se_salva() {
    let projeto = Projeto::novo();
    let observador = Observador::novo(projeto.comando(&["bind", "--observar"]));
    observador.esperar("Criei exercicios/src/bin/bind.rs");
    observador.esperar("esperando que você salve");
    projeto.escrever("fn main() {}\n");
    observador.esperar("bind: ainda não.");
    observador.esperar("esperando que você salve");
    projeto.escrever(&solucao());
    observador.esperar("bind: passou.");
    observador.esperar("esperando que você salve");
    assert_eq!(observador.interromper().0, Some(130));
}

/// Interromper o conferidor no meio de uma conferência não deixa o programa rodando.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_leva_o_programa_junto() {
    let projeto = Projeto::novo();
    let sinal = projeto.pasta.path().join("comecou");
    // Avisa que começou e cala, sem fim.
    projeto.escrever(&format!(
        "fn main() {{ std::fs::write({:?}, std::process::id().to_string()).unwrap(); \
         loop {{ std::thread::sleep(std::time::Duration::from_secs(600)); }} }}\n",
        sinal.to_string_lossy()
    ));
    let observador = Observador::novo(projeto.comando(&["bind", "--observar"]));
    let ate = std::time::Instant::now() + PACIENCIA;
    let pid = loop {
        let pid: Option<u32> = fs::read_to_string(&sinal).ok().and_then(|t| t.parse().ok());
        if let Some(pid) = pid {
            break pid;
        }
        assert!(std::time::Instant::now() < ate, "o programa não começou");
        thread::sleep(Duration::from_millis(20));
    };
    let (codigo, linhas) = observador.interromper();
    assert_eq!(codigo, Some(130));
    // O programa morreu porque o conferidor acabou: disso não se dá veredito.
    let veredito = linhas.iter().find(|linha| linha.starts_with("bind:"));
    assert_eq!(veredito, None);
    // Quem o mandou morrer já saiu; o sistema ainda pode estar recolhendo o processo.
    let vive = || fs::read(format!("/proc/{pid}/environ")).is_ok_and(|a| !a.is_empty());
    while vive() {
        assert!(
            std::time::Instant::now() < ate,
            "o programa {pid} ficou rodando"
        );
        thread::sleep(Duration::from_millis(5));
    }
}
