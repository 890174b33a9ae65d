//! O caderno de quem estuda: os programas em `exercicios/src/bin`, e quais já passaram.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Onde ficam os programas, a partir da raiz do projeto.
const PASTA: &str = "exercicios/src/bin";

/// Dentro dela, onde fica o visto de cada exercício. Cada um tem o seu arquivo: dois
/// conferidores ao mesmo tempo não escrevem um por cima do outro.
const VISTOS: &str = ".vistos";

/// O caderno de um projeto.
#[derive(Debug)]
pub struct Caderno {
    raiz: PathBuf,
}

/// Em que ponto está um exercício.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ponto {
    /// Ainda não começou.
    PorFazer,
    /// Há um programa, que não passou.
    Comecado,
    /// O programa de agora passou.
    Passou,
    /// Passou, e mudou depois disso.
    MudouDepois,
}

impl Caderno {
    /// O caderno do projeto em `raiz`.
    #[must_use]
    pub fn de(raiz: &Path) -> Self {
        Self {
            raiz: raiz.to_path_buf(),
        }
    }

    /// O nome do arquivo do exercício, a partir da raiz, como se escreve em uma frase.
    #[must_use]
    pub fn arquivo(nome: &str) -> String {
        format!("{PASTA}/{nome}.rs")
    }

    /// O arquivo do exercício.
    #[must_use]
    pub fn caminho(&self, nome: &str) -> PathBuf {
        self.raiz.join(PASTA).join(format!("{nome}.rs"))
    }

    /// Cria o programa do exercício a partir do esqueleto, se ele ainda não existe. Diz se
    /// criou.
    ///
    /// # Errors
    /// Quando o esqueleto não se lê ou o programa não se escreve.
    pub fn comecar(&self, nome: &str) -> Result<bool> {
        let caminho = self.caminho(nome);
        if caminho.is_file() {
            return Ok(false);
        }
        if caminho.symlink_metadata().is_ok() {
            bail!(
                "{} existe, e não é um arquivo que se leia. Tire-o dali, e rode de novo",
                Self::arquivo(nome)
            );
        }
        let esqueleto = self.raiz.join(format!("exercicios/esqueletos/{nome}.rs"));
        let texto = fs::read_to_string(&esqueleto)
            .with_context(|| format!("não foi possível ler {}", esqueleto.display()))?;
        escrever(&caminho, texto.as_bytes())?;
        Ok(true)
    }

    /// Volta ao esqueleto, e guarda o que havia ao lado. Devolve o nome do que guardou.
    ///
    /// # Errors
    /// Quando não há programa, ou não se pode guardá-lo.
    pub fn recomecar(&self, nome: &str) -> Result<String> {
        let caminho = self.caminho(nome);
        if !caminho.exists() {
            bail!(
                "{} ainda não existe: não há o que recomeçar",
                Self::arquivo(nome)
            );
        }
        let guardado = (1..=9999)
            .map(|n| format!("{nome}.rs.{n}"))
            .find(|guardado| !caminho.with_file_name(guardado).exists())
            .context("há cópias guardadas demais em exercicios/src/bin: apague algumas")?;
        fs::rename(&caminho, caminho.with_file_name(&guardado))
            .with_context(|| format!("não foi possível guardar {}", Self::arquivo(nome)))?;
        self.comecar(nome)?;
        Ok(format!("{PASTA}/{guardado}"))
    }

    /// Em que ponto está o exercício.
    #[must_use]
    pub fn ponto(&self, nome: &str) -> Ponto {
        let Some(agora) = self.resumo(nome) else {
            return Ponto::PorFazer;
        };
        match self.quando_passou(nome) {
            Some(quando_passou) if quando_passou == agora => Ponto::Passou,
            Some(_) => Ponto::MudouDepois,
            None => Ponto::Comecado,
        }
    }

    /// O resumo do programa como está agora; `None` se ele não existe.
    #[must_use]
    pub fn resumo(&self, nome: &str) -> Option<String> {
        let caminho = self.caminho(nome);
        // Ler um cano ou um dispositivo não acabaria nunca.
        if !caminho.is_file() {
            return None;
        }
        fs::read(caminho).ok().map(|texto| resumir(&texto))
    }

    /// Anota que o programa cujo resumo é `resumo` passou, ou que não passa mais.
    ///
    /// # Errors
    /// Quando a anotação não se escreve, ou não se apaga.
    pub fn anotar(&self, nome: &str, resumo: Option<&str>) -> Result<()> {
        let visto = self.visto(nome);
        let Some(resumo) = resumo else {
            return match fs::remove_file(&visto) {
                Err(erro) if erro.kind() != ErrorKind::NotFound => Err(erro)
                    .with_context(|| format!("não foi possível apagar {}", visto.display())),
                _ => Ok(()),
            };
        };
        escrever(&visto, resumo.as_bytes())
    }

    fn visto(&self, nome: &str) -> PathBuf {
        self.raiz.join(PASTA).join(VISTOS).join(nome)
    }

    /// O resumo do programa quando passou; `None` se não passou. Um visto que não se lê vale
    /// por nenhum: ganha-se de novo.
    fn quando_passou(&self, nome: &str) -> Option<String> {
        let visto = self.visto(nome);
        if !visto.is_file() {
            return None;
        }
        fs::read_to_string(visto).ok()
    }
}

/// Escreve ao lado e troca: quem lê vê o arquivo de antes ou o de agora, inteiro.
fn escrever(caminho: &Path, texto: &[u8]) -> Result<()> {
    // Outro conferidor pode estar escrevendo o mesmo: cada um tem o seu rascunho.
    let ao_lado = caminho.with_extension(format!("novo-{}", std::process::id()));
    let tentar = || -> std::io::Result<()> {
        if let Some(pasta) = caminho.parent() {
            fs::create_dir_all(pasta)?;
        }
        let mut arquivo = File::create(&ao_lado)?;
        arquivo.write_all(texto)?;
        arquivo.sync_all()?;
        fs::rename(&ao_lado, caminho)
    };
    tentar()
        .inspect_err(|_| {
            // Se não foi criado, não há o que apagar.
            let _ = fs::remove_file(&ao_lado);
        })
        .with_context(|| format!("não foi possível escrever {}", caminho.display()))
}

/// FNV-1a de 64 bits e o tamanho: diz se um texto mudou, e não protege de ninguém.
fn resumir(texto: &[u8]) -> String {
    let soma = texto.iter().fold(0xcbf2_9ce4_8422_2325_u64, |soma, byte| {
        (soma ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{soma:016x}-{}", texto.len())
}

#[cfg(test)]
mod testes {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    fn caderno(pasta: &Path) -> Caderno {
        fs::create_dir_all(pasta.join("exercicios/esqueletos")).unwrap();
        fs::write(
            pasta.join("exercicios/esqueletos/bind.rs"),
            "fn main() {}\n",
        )
        .unwrap();
        Caderno::de(pasta)
    }

    #[test]
    fn do_esqueleto_ao_visto_e_de_volta() {
        let pasta = tempfile::tempdir().unwrap();
        let caderno = caderno(pasta.path());
        assert_eq!(caderno.ponto("bind"), Ponto::PorFazer);
        assert!(caderno.comecar("bind").unwrap());
        assert!(!caderno.comecar("bind").unwrap());
        assert_eq!(caderno.ponto("bind"), Ponto::Comecado);
        caderno
            .anotar("bind", caderno.resumo("bind").as_deref())
            .unwrap();
        assert_eq!(caderno.ponto("bind"), Ponto::Passou);
        fs::write(caderno.caminho("bind"), "fn main() { }\n").unwrap();
        assert_eq!(caderno.ponto("bind"), Ponto::MudouDepois);
        caderno.anotar("bind", None).unwrap();
        assert_eq!(caderno.ponto("bind"), Ponto::Comecado);
    }

    #[test]
    fn recomecar_guarda_o_que_havia() {
        let pasta = tempfile::tempdir().unwrap();
        let caderno = caderno(pasta.path());
        assert!(caderno.recomecar("bind").is_err());
        caderno.comecar("bind").unwrap();
        fs::write(caderno.caminho("bind"), "meu\n").unwrap();
        for esperado in [
            "exercicios/src/bin/bind.rs.1",
            "exercicios/src/bin/bind.rs.2",
        ] {
            assert_eq!(caderno.recomecar("bind").unwrap(), esperado);
        }
        let guardado = fs::read_to_string(pasta.path().join("exercicios/src/bin/bind.rs.1"));
        assert_eq!(guardado.unwrap(), "meu\n");
        assert_eq!(
            fs::read_to_string(caderno.caminho("bind")).unwrap(),
            "fn main() {}\n"
        );
    }

    #[cfg(unix)]
    #[test]
    fn o_que_nao_e_um_arquivo_nao_se_le_nem_se_apaga() {
        let pasta = tempfile::tempdir().unwrap();
        let caderno = caderno(pasta.path());
        let caminho = caderno.caminho("bind");
        fs::create_dir_all(caminho.parent().unwrap()).unwrap();
        for alvo in ["/dev/zero", "nada-aqui"] {
            std::os::unix::fs::symlink(alvo, &caminho).unwrap();
            assert_eq!(caderno.ponto("bind"), Ponto::PorFazer);
            let recusa = caderno.comecar("bind").unwrap_err().to_string();
            assert!(recusa.contains("não é um arquivo"), "{recusa}");
            assert!(caminho.is_symlink());
            fs::remove_file(&caminho).unwrap();
        }
        let visto = caderno.visto("bind");
        fs::create_dir_all(visto.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink("/dev/zero", visto).unwrap();
        caderno.comecar("bind").unwrap();
        assert_eq!(caderno.ponto("bind"), Ponto::Comecado);
    }

    #[test]
    fn dois_conferidores_anotam_ao_mesmo_tempo() {
        const NOMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let pasta = tempfile::tempdir().unwrap();
        let caderno = caderno(pasta.path());
        let largada = Barrier::new(NOMES.len());
        thread::scope(|escopo| {
            for nome in NOMES {
                let (caderno, largada) = (&caderno, &largada);
                escopo.spawn(move || {
                    largada.wait();
                    for vez in 0..20 {
                        caderno.anotar(nome, None).unwrap();
                        caderno.anotar(nome, Some(&vez.to_string())).unwrap();
                    }
                });
            }
        });
        for nome in NOMES {
            assert_eq!(caderno.quando_passou(nome).as_deref(), Some("19"), "{nome}");
        }
    }

    #[test]
    fn o_rascunho_de_outro_conferidor_fica_como_esta() {
        let pasta = tempfile::tempdir().unwrap();
        let caderno = caderno(pasta.path());
        caderno.comecar("bind").unwrap();
        let alheio = caderno.visto("bind").with_extension("novo");
        fs::create_dir_all(alheio.parent().unwrap()).unwrap();
        fs::write(&alheio, "o rascunho de outro").unwrap();
        caderno
            .anotar("bind", caderno.resumo("bind").as_deref())
            .unwrap();
        assert_eq!(caderno.ponto("bind"), Ponto::Passou);
        assert!(alheio.exists());
    }

    #[test]
    fn um_visto_estragado_vale_por_nenhum() {
        let pasta = tempfile::tempdir().unwrap();
        let caderno = caderno(pasta.path());
        caderno.comecar("bind").unwrap();
        let visto = caderno.visto("bind");
        fs::create_dir_all(visto.parent().unwrap()).unwrap();
        fs::write(&visto, [0xff, 0, b'\n', b'x']).unwrap();
        assert_eq!(caderno.ponto("bind"), Ponto::Comecado);
        caderno
            .anotar("bind", caderno.resumo("bind").as_deref())
            .unwrap();
        assert_eq!(caderno.ponto("bind"), Ponto::Passou);
    }
}
