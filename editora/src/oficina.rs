//! A oficina: a pasta escondida, ao lado do livro, em que o novo é montado e em
//! que o anterior espera a troca acabar.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use fs4::FileExt;

use crate::lista;

/// O começo do nome de toda oficina.
const PREFIXO: &str = ".livro-";
/// O arquivo que diz que a pasta é uma oficina. Enquanto a editora dela vive, está
/// travado; o sistema solta a trava quando a editora acaba, de que modo for.
const TRAVA: &str = ".oficina-da-editora";
/// O que a oficina guarda, menos a trava: assim ela é a última coisa a ser apagada.
const OBRA: &str = "obra";
/// O começo do nome das pastas em que um livro anterior espera.
const ANTERIOR: &str = "anterior-";

/// Uma oficina, apagada quando sai de uso, a menos que guarde um livro anterior.
#[derive(Debug)]
pub struct Oficina {
    pasta: PathBuf,
    trava: Option<File>,
    guarda_um_livro: Cell<bool>,
}

impl Oficina {
    /// Abre uma oficina nova dentro de `mae`.
    pub fn abrir(mae: &Path) -> io::Result<Self> {
        let pasta = tempfile::Builder::new().prefix(PREFIXO).tempdir_in(mae)?;
        // O nome certo vem depois da trava: ninguém vê uma oficina viva destravada.
        let por_travar = pasta.path().join("por-travar");
        let trava = File::create_new(&por_travar)?;
        if FileExt::try_lock(&trava).is_ok() {
            fs::rename(por_travar, pasta.path().join(TRAVA))?;
        }
        Ok(Self {
            pasta: pasta.keep(),
            trava: Some(trava),
            guarda_um_livro: Cell::new(false),
        })
    }

    /// A pasta em que se trabalha, que pode ainda não existir.
    pub fn obra(&self) -> PathBuf {
        self.pasta.join(OBRA)
    }

    /// Diz se há aqui um livro anterior que não se pode apagar.
    pub fn guarda_um_livro(&self, guarda: bool) {
        self.guarda_um_livro.set(guarda);
    }

    /// Um lugar vago para o que se chama `nome` esperar a troca.
    pub fn lugar_do_anterior(&self, vez: u32, nome: &OsStr) -> io::Result<PathBuf> {
        let pasta = self.obra().join(format!("{ANTERIOR}{vez}"));
        fs::create_dir_all(&pasta)?;
        Ok(pasta.join(nome))
    }
}

impl Drop for Oficina {
    fn drop(&mut self) {
        if self.guarda_um_livro.get() {
            // Sem a trava, ninguém a recolhe.
            let _ = fs::remove_file(self.pasta.join(TRAVA));
        } else {
            apagar(&self.pasta, self.trava.take());
        }
    }
}

/// Apaga a oficina. O que não se consegue apagar fica, e a próxima editora tenta.
fn apagar(oficina: &Path, trava: Option<File>) {
    let _ = fs::remove_dir_all(oficina.join(OBRA));
    // No Windows um arquivo aberto impede que a pasta dele seja apagada.
    drop(trava);
    let _ = fs::remove_dir_all(oficina);
}

/// Apaga de `mae` as oficinas de editoras mortas no meio do caminho. O livro que
/// uma delas tinha tirado do lugar volta, se o lugar continua vago.
pub fn recolher(mae: &Path) {
    for entrada in fs::read_dir(mae).into_iter().flatten().flatten() {
        let nome = entrada.file_name();
        if nome.as_encoded_bytes().starts_with(PREFIXO.as_bytes()) {
            recolher_uma(&entrada.path(), mae);
        }
    }
}

fn recolher_uma(oficina: &Path, mae: &Path) {
    let trava = oficina.join(TRAVA);
    let Ok(trava) = OpenOptions::new().read(true).write(true).open(trava) else {
        return;
    };
    if FileExt::try_lock(&trava).is_err() {
        return;
    }
    let pode_apagar = anteriores(&oficina.join(OBRA)).iter().all(|anterior| {
        let lugar = mae.join(anterior.file_name().unwrap_or_default());
        if vago(&lugar) {
            fs::rename(anterior, lugar).is_ok()
        } else {
            matches!(lista::primeiro_estranho(anterior), Ok(None))
        }
    });
    if pode_apagar {
        apagar(oficina, Some(trava));
    } else {
        // Um processo que começa agora tem, por um instante, uma cópia dela, que fechar não solta.
        let _ = FileExt::unlock(&trava);
    }
}

/// O que espera em `obra`, o mais novo primeiro.
fn anteriores(obra: &Path) -> Vec<PathBuf> {
    let dentro = |pasta: &Path| {
        let entradas = fs::read_dir(pasta).into_iter().flatten().flatten();
        let mut caminhos: Vec<_> = entradas.map(|entrada| entrada.path()).collect();
        caminhos.sort();
        caminhos
    };
    let espera = |pasta: &PathBuf| {
        pasta
            .file_name()
            .is_some_and(|nome| nome.as_encoded_bytes().starts_with(ANTERIOR.as_bytes()))
    };
    let pastas = dentro(obra).into_iter().filter(espera).rev();
    pastas.flat_map(|pasta| dentro(&pasta)).collect()
}

/// Se não há nada em `caminho`, nem um link quebrado.
pub fn vago(caminho: &Path) -> bool {
    caminho
        .symlink_metadata()
        .is_err_and(|erro| erro.kind() == io::ErrorKind::NotFound)
}

#[cfg(test)]
mod testes {
    use super::*;

    /// O que sobra quando a editora morre: a pasta, com a trava solta.
    fn morta(mae: &Path) -> PathBuf {
        let pasta = mae.join(".livro-morta");
        fs::create_dir_all(pasta.join("obra/novo")).unwrap();
        fs::write(pasta.join(TRAVA), "").unwrap();
        pasta
    }

    fn livro(pasta: &Path) {
        fs::create_dir_all(pasta).unwrap();
        fs::write(pasta.join("index.html"), "livro").unwrap();
        lista::gravar(pasta).unwrap();
    }

    #[test]
    fn recolhe_a_morta_e_respeita_a_viva_e_a_pasta_de_outra_pessoa() {
        let mae = tempfile::tempdir().unwrap();
        let mae = mae.path();
        let morta = morta(mae);
        let alheia = mae.join(".livro-de-receitas");
        fs::create_dir(&alheia).unwrap();
        let viva = Oficina::abrir(mae).unwrap();
        recolher(mae);
        assert!(!morta.exists());
        assert!(alheia.exists());
        let pasta = viva.pasta.clone();
        assert!(pasta.exists());
        drop(viva);
        assert!(!pasta.exists());
    }

    #[test]
    fn o_livro_de_uma_oficina_morta_volta_para_o_lugar_vago() {
        let mae = tempfile::tempdir().unwrap();
        let mae = mae.path();
        let morta = morta(mae);
        livro(&morta.join("obra/anterior-0/livro"));
        recolher(mae);
        assert!(mae.join("livro/index.html").is_file());
        assert!(!morta.exists());
    }

    #[test]
    fn o_que_espera_em_uma_oficina_morta_so_se_apaga_se_for_nosso() {
        let mae = tempfile::tempdir().unwrap();
        let mae = mae.path();
        let morta = morta(mae);
        livro(&mae.join("livro"));
        livro(&morta.join("obra/anterior-0/livro"));
        fs::write(morta.join("obra/anterior-0/livro/tese.txt"), "única").unwrap();
        recolher(mae);
        assert!(morta.join("obra/anterior-0/livro/tese.txt").exists());
        fs::remove_file(morta.join("obra/anterior-0/livro/tese.txt")).unwrap();
        recolher(mae);
        assert!(!morta.exists());
        assert!(mae.join("livro/index.html").is_file());
    }

    #[test]
    fn a_oficina_que_guarda_um_livro_fica_e_ninguem_a_recolhe() {
        let mae = tempfile::tempdir().unwrap();
        let mae = mae.path();
        let oficina = Oficina::abrir(mae).unwrap();
        let guardado = oficina.lugar_do_anterior(0, OsStr::new("livro")).unwrap();
        livro(&guardado);
        livro(&mae.join("livro"));
        oficina.guarda_um_livro(true);
        drop(oficina);
        recolher(mae);
        assert!(guardado.join("index.html").is_file());
    }
}
