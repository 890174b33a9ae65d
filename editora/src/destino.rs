//! A pasta do livro montado: o que pode ser trocado e o que nunca se toca.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

use crate::causa::causa;
use crate::lista;
use crate::oficina::{self, Oficina};

/// Quantas vezes se tenta o que outra editora, ao publicar no mesmo lugar, pode
/// atrapalhar.
const TENTATIVAS: u32 = 10;

/// Uma pasta em que o livro pode ser posto.
#[derive(Debug)]
pub struct Destino {
    pasta: PathBuf,
    nome: OsString,
    oficina: Oficina,
    _maes: MaesNovas,
}

/// Por que o livro não pode ir para o destino, em uma frase.
#[derive(Debug)]
pub struct Recusa(String);

impl Recusa {
    /// Uma recusa com a sua frase.
    #[cfg_attr(
        not(feature = "epub"),
        expect(dead_code, reason = "só o EPUB recusa por conta própria")
    )]
    pub fn nova(frase: String) -> Self {
        Self(frase)
    }
}

impl fmt::Display for Recusa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Recusa {}

/// Confere se o livro pode ir para `pasta` e abre ao lado dela a oficina em que
/// ele é montado, no mesmo disco.
///
/// # Errors
/// A [`Recusa`]: é um arquivo, fica dentro de `book/` ou de um livro montado,
/// guarda algo que a editora não pôs lá, ou não se pode escrever.
pub fn validar(pasta: &Path, raiz: &Path) -> Result<Destino, Recusa> {
    let pasta = seguir_link(pasta)?;
    let mostrada = pasta.display();
    let nao_escreve = |erro: io::Error| {
        Recusa(format!(
            "não foi possível escrever em {mostrada}: {}",
            causa(&erro)
        ))
    };
    let (Some(mae), Some(nome)) = (pasta.parent(), pasta.file_name()) else {
        return Err(Recusa(format!(
            "o destino {mostrada} é um disco inteiro. Escolha uma pasta dentro dele"
        )));
    };
    match fs::metadata(&pasta) {
        Ok(metadados) if !metadados.is_dir() => {
            return Err(Recusa(format!(
                "o destino {mostrada} é um arquivo. Dê o nome de uma pasta"
            )));
        }
        Err(erro) if erro.kind() != io::ErrorKind::NotFound => return Err(nao_escreve(erro)),
        _ => {}
    }
    let de_verdade = sem_atalhos(&pasta);
    if raiz
        .join("book")
        .canonicalize()
        .is_ok_and(|book| de_verdade.starts_with(book))
    {
        return Err(Recusa(format!(
            "o destino {mostrada} fica dentro de book/, que guarda o original. Escolha outra pasta"
        )));
    }
    if let Some(livro) = de_verdade.ancestors().skip(1).find(|p| lista::ha_livro(p)) {
        return Err(Recusa(format!(
            "o destino {mostrada} fica dentro do livro montado em {}. Escolha outra pasta",
            livro.display()
        )));
    }
    oficina::recolher(mae);
    // Outra editora pode estar trocando o livro agora: o que passa não é recusa.
    (1..TENTATIVAS).fold(recusar_estranho(&pasta, &pasta), |antes, _| {
        antes.or_else(|_| recusar_estranho(&pasta, &pasta))
    })?;
    if e_ponto_de_montagem(&pasta, mae) {
        return Err(Recusa(format!(
            "o destino {mostrada} é um ponto de montagem, que não pode ser trocado. Escolha uma \
             pasta dentro dele"
        )));
    }
    let maes = MaesNovas::criar(mae).map_err(nao_escreve)?;
    let oficina = Oficina::abrir(mae).map_err(nao_escreve)?;
    Ok(Destino {
        nome: nome.to_os_string(),
        oficina,
        _maes: maes,
        pasta,
    })
}

/// Confere se um arquivo que começa por `assinatura` pode ir para `arquivo`, e devolve o
/// caminho completo dele. `exemplo` é o nome que se sugere a quem deu uma pasta.
///
/// # Errors
/// A [`Recusa`]: é uma pasta ou um dispositivo, fica dentro de `book/`, ou guarda algo de
/// outra espécie, que se perderia.
pub fn validar_arquivo(
    arquivo: &Path,
    raiz: &Path,
    exemplo: &str,
    assinatura: &[u8],
) -> Result<PathBuf, Recusa> {
    let completo = seguir_link(arquivo)?;
    let mostrado = completo.display();
    if completo.is_dir() || completo.file_name().is_none() {
        return Err(Recusa(format!(
            "o destino {mostrado} é uma pasta. Dê o nome de um arquivo, como {}",
            completo.join(exemplo).display()
        )));
    }
    let book = raiz.join("book").canonicalize();
    if book.is_ok_and(|book| sem_atalhos(&completo).starts_with(book)) {
        return Err(Recusa(format!(
            "o destino {mostrado} fica dentro de book/, que guarda o original. Escolha outra pasta"
        )));
    }
    // O que não existe está livre; o que não se deixa ler, quem escreve dirá.
    if completo.exists() && !comeca_por(&completo, assinatura).unwrap_or(true) {
        return Err(Recusa(format!(
            "o destino {mostrado} guarda outra coisa, que não será apagada. Escolha outro nome, \
             como {exemplo}"
        )));
    }
    Ok(completo)
}

/// Se `arquivo` é um arquivo, vazio ou que começa por `assinatura`.
fn comeca_por(arquivo: &Path, assinatura: &[u8]) -> io::Result<bool> {
    if !arquivo.is_file() {
        return Ok(false);
    }
    let mut comeco = Vec::new();
    let quantos = u64::try_from(assinatura.len()).unwrap_or(u64::MAX);
    fs::File::open(arquivo)?
        .take(quantos)
        .read_to_end(&mut comeco)?;
    Ok(comeco.is_empty() || comeco == assinatura)
}

/// O caminho completo, sem `..`; se nele há um link, o da pasta de que ele fala.
fn seguir_link(pasta: &Path) -> Result<PathBuf, Recusa> {
    let nao_serve = |erro: io::Error| {
        Recusa(format!(
            "o destino {} não serve: {}",
            pasta.display(),
            causa(&erro)
        ))
    };
    let completa = sem_voltas(&std::path::absolute(pasta).map_err(nao_serve)?);
    if !completa.is_symlink() {
        return Ok(completa);
    }
    completa.canonicalize().map_err(|erro| {
        Recusa(format!(
            "o destino {} é um link que não leva a lugar nenhum: {}",
            completa.display(),
            causa(&erro)
        ))
    })
}

/// O mesmo caminho com cada `..` resolvido pelo texto.
fn sem_voltas(caminho: &Path) -> PathBuf {
    let mut direto = PathBuf::new();
    for parte in caminho.components() {
        if parte == Component::ParentDir {
            direto.pop();
        } else {
            direto.push(parte);
        }
    }
    direto
}

/// O caminho de `pasta`, que pode ainda não existir, com todo link resolvido.
fn sem_atalhos(pasta: &Path) -> PathBuf {
    let existente = pasta
        .ancestors()
        .find_map(|p| p.canonicalize().ok().map(|real| (p, real)));
    match existente {
        Some((ancestral, real)) => match pasta.strip_prefix(ancestral) {
            Ok(resto) if resto != Path::new("") => real.join(resto),
            _ => real,
        },
        None => pasta.to_path_buf(),
    }
}

/// Recusa o que está em `lugar` se lá há algo que a editora não pôs; a frase fala
/// de `pasta`, o nome que a pessoa conhece.
fn recusar_estranho(lugar: &Path, pasta: &Path) -> Result<(), Recusa> {
    let mostrada = pasta.display();
    match lista::primeiro_estranho(lugar) {
        Ok(None) => Ok(()),
        Ok(Some(estranho)) => Err(Recusa(format!(
            "o destino {mostrada} guarda algo que não é do livro montado ({}), e nada ali será \
             apagado. Escolha uma pasta nova ou vazia",
            estranho.display()
        ))),
        Err(erro) => Err(Recusa(format!(
            "não foi possível ler o destino {mostrada}: {}",
            causa(&erro)
        ))),
    }
}

/// Se uma pasta não pôde ir para um lugar porque nele havia algo.
fn havia_algo(erro: &io::Error) -> bool {
    [
        io::ErrorKind::DirectoryNotEmpty,
        io::ErrorKind::AlreadyExists,
    ]
    .contains(&erro.kind())
}

#[cfg(unix)]
fn e_ponto_de_montagem(pasta: &Path, mae: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let disco = |p: &Path| fs::metadata(p).map(|metadados| metadados.dev());
    matches!((disco(pasta), disco(mae)), (Ok(daqui), Ok(de_cima)) if daqui != de_cima)
}

#[cfg(not(unix))]
fn e_ponto_de_montagem(_: &Path, _: &Path) -> bool {
    false
}

/// As pastas que foi preciso criar acima do livro, a mais funda primeiro. As que
/// acabam vazias são desfeitas.
#[derive(Debug)]
pub struct MaesNovas(Vec<PathBuf>);

impl MaesNovas {
    /// Cria `mae` e as que faltam acima dela.
    pub fn criar(mae: &Path) -> io::Result<Self> {
        let faltam = mae.ancestors().take_while(|p| !p.exists());
        let novas = Self(faltam.map(Path::to_path_buf).collect());
        fs::create_dir_all(mae)?;
        Ok(novas)
    }
}

impl Drop for MaesNovas {
    fn drop(&mut self) {
        for pasta in &self.0 {
            // O sistema recusa apagar a que tem algo dentro, e é o que se quer.
            let _ = fs::remove_dir(pasta);
        }
    }
}

impl Destino {
    /// A pasta em que o livro fica quando está pronto.
    pub fn pasta(&self) -> &Path {
        &self.pasta
    }

    /// Se já há um livro montado ali.
    pub fn existe(&self) -> bool {
        lista::ha_livro(&self.pasta)
    }

    /// A pasta em que o livro novo é montado antes de ir para o lugar.
    pub fn em_obras(&self) -> PathBuf {
        self.oficina.obra().join("novo")
    }

    /// Uma pasta para o que a montagem precisa e o livro não leva.
    pub fn rascunho(&self) -> PathBuf {
        self.oficina.obra().join("rascunho")
    }

    /// Põe o livro montado em [`Self::em_obras`] no lugar do anterior. Se a troca
    /// não der certo, o que estava lá volta.
    ///
    /// # Errors
    /// A [`Recusa`], quando durante a montagem algo alheio chegou ao destino ou o
    /// sistema não deixa trocar; outro erro, quando o livro novo não se completa.
    pub fn publicar(&self) -> Result<()> {
        lista::gravar(&self.em_obras()).context("não foi possível terminar o livro")?;
        self.oficina.guarda_um_livro(true);
        let mut guardados = Vec::new();
        if let Err(recusa) = self.trocar(&mut guardados) {
            return Err(self.desfazer(recusa, guardados).into());
        }
        self.oficina.guarda_um_livro(false);
        Ok(())
    }

    /// Troca o livro, pondo em `guardados` o que sai do lugar. Só depois de sair é
    /// que se confere: ninguém mais acha o caminho para pôr algo ali.
    fn trocar(&self, guardados: &mut Vec<PathBuf>) -> Result<(), Recusa> {
        let nao_deixa = |erro: io::Error| {
            Recusa(format!(
                "não foi possível trocar o livro em {}: {}",
                self.pasta.display(),
                causa(&erro)
            ))
        };
        for vez in 0..TENTATIVAS {
            let lugar = self
                .oficina
                .lugar_do_anterior(vez, &self.nome)
                .map_err(nao_deixa)?;
            match fs::rename(&self.pasta, &lugar) {
                Ok(()) => {
                    guardados.push(lugar.clone());
                    recusar_estranho(&lugar, &self.pasta)?;
                }
                Err(erro) if erro.kind() == io::ErrorKind::NotFound => {}
                Err(erro) => return Err(nao_deixa(erro)),
            }
            match fs::rename(self.em_obras(), &self.pasta) {
                Ok(()) => return Ok(()),
                // Quem ocupava o lugar já pode ter saído dele quando se olha.
                Err(erro) if havia_algo(&erro) || !oficina::vago(&self.pasta) => {}
                Err(erro) => return Err(nao_deixa(erro)),
            }
        }
        Err(Recusa(format!(
            "outro programa ocupa {} a cada vez que a editora tenta pôr ali o livro",
            self.pasta.display()
        )))
    }

    /// Devolve ao lugar o último dos `guardados`. O que não tem para onde voltar
    /// fica na oficina, e a recusa diz onde.
    fn desfazer(&self, recusa: Recusa, mut guardados: Vec<PathBuf>) -> Recusa {
        if let Some(ultimo) = guardados.pop()
            && !(oficina::vago(&self.pasta) && fs::rename(&ultimo, &self.pasta).is_ok())
        {
            guardados.push(ultimo);
        }
        self.oficina.guarda_um_livro(!guardados.is_empty());
        let onde = guardados
            .iter()
            .map(|guardado| format!(". O que estava lá ficou em {}", guardado.display()));
        Recusa(recusa.0 + &onde.collect::<String>())
    }
}

#[cfg(test)]
mod testes {
    use super::*;
    use tempfile::TempDir;

    fn projeto() -> TempDir {
        let pasta = tempfile::tempdir().unwrap();
        fs::create_dir_all(pasta.path().join("book/src")).unwrap();
        pasta
    }

    /// Um destino com o livro já montado na oficina.
    fn montado(pasta: &Path, raiz: &Path, texto: &str) -> Destino {
        let destino = validar(pasta, raiz).unwrap();
        fs::create_dir_all(destino.em_obras().join("sub")).unwrap();
        fs::write(destino.em_obras().join("sub/index.html"), texto).unwrap();
        destino
    }

    fn publicar(pasta: &Path, raiz: &Path, texto: &str) {
        montado(pasta, raiz, texto).publicar().unwrap();
    }

    fn recusa_ao_publicar(destino: &Destino) -> String {
        let erro = destino.publicar().unwrap_err();
        erro.downcast_ref::<Recusa>().unwrap().0.clone()
    }

    /// Quantas coisas há em `pasta`, oficinas inclusive.
    fn quantas(pasta: &Path) -> usize {
        fs::read_dir(pasta).unwrap().count()
    }

    #[test]
    fn troca_o_livro_anterior_e_nao_deixa_oficina_para_tras() {
        let raiz = projeto();
        let pasta = raiz.path().join("fora/livro");
        publicar(&pasta, raiz.path(), "um");
        publicar(&pasta, raiz.path(), "dois");
        assert_eq!(
            fs::read_to_string(pasta.join("sub/index.html")).unwrap(),
            "dois"
        );
        assert_eq!(quantas(&raiz.path().join("fora")), 1);
    }

    #[test]
    fn recusa_um_arquivo_e_o_que_fica_abaixo_de_um_arquivo() {
        let raiz = projeto();
        let arquivo = raiz.path().join("arquivo");
        fs::write(&arquivo, "meu").unwrap();
        assert!(
            validar(&arquivo, raiz.path())
                .unwrap_err()
                .0
                .contains("é um arquivo")
        );
        assert!(
            validar(&arquivo.join("livro"), raiz.path())
                .unwrap_err()
                .0
                .contains("escrever")
        );
        assert_eq!(fs::read_to_string(&arquivo).unwrap(), "meu");
    }

    #[test]
    fn um_arquivo_so_troca_outro_da_mesma_especie() {
        let raiz = projeto();
        let pedir = |nome: &str| {
            validar_arquivo(
                &raiz.path().join(nome),
                raiz.path(),
                "sockets.pdf",
                b"%PDF-",
            )
            .map_err(|recusa| recusa.0)
        };
        fs::write(raiz.path().join("tese.odt"), "única cópia").unwrap();
        fs::write(raiz.path().join("velho.pdf"), "%PDF-1.7 …").unwrap();
        fs::write(raiz.path().join("vazio.pdf"), "").unwrap();
        for serve in ["novo.pdf", "velho.pdf", "vazio.pdf", "nova/pasta/x.pdf"] {
            assert!(pedir(serve).is_ok(), "{serve}");
        }
        for (nao_serve, porque) in [
            ("tese.odt", "guarda outra coisa"),
            ("book", "é uma pasta"),
            ("book/src/x.pdf", "book/"),
            ("target/../book/x.pdf", "book/"),
        ] {
            let recusa = pedir(nao_serve).unwrap_err();
            assert!(recusa.contains(porque), "{nao_serve}: {recusa}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink("tese.odt", raiz.path().join("link.pdf")).unwrap();
            symlink("velho.pdf", raiz.path().join("outro.pdf")).unwrap();
            symlink("/dev/null", raiz.path().join("nada.pdf")).unwrap();
            assert!(pedir("link.pdf").is_err() && pedir("nada.pdf").is_err());
            let alvo = raiz.path().canonicalize().unwrap().join("velho.pdf");
            assert_eq!(pedir("outro.pdf"), Ok(alvo));
        }
    }

    #[test]
    fn recusa_book_e_o_que_fica_dentro_mesmo_por_caminhos_tortos() {
        let raiz = projeto();
        for torto in [
            "book",
            "book/saida",
            "book/src/../novo/x",
            "target/../book/x",
        ] {
            let erro = validar(&raiz.path().join(torto), raiz.path())
                .unwrap_err()
                .0;
            assert!(erro.contains("book/"), "{torto}: {erro}");
        }
        assert!(!raiz.path().join("book/saida").exists());
    }

    #[test]
    fn nunca_toca_em_uma_pasta_com_coisas_de_outra_pessoa() {
        let raiz = projeto();
        let pasta = raiz.path().join("documentos");
        fs::create_dir(&pasta).unwrap();
        assert!(
            validar(&pasta, raiz.path()).is_ok(),
            "uma pasta vazia serve"
        );
        fs::write(pasta.join("tese.txt"), "única cópia").unwrap();
        assert!(
            validar(&pasta, raiz.path())
                .unwrap_err()
                .0
                .contains("tese.txt")
        );
        assert!(
            validar(raiz.path(), raiz.path()).is_err(),
            "a raiz do projeto não serve"
        );
    }

    #[test]
    fn um_arquivo_alheio_dentro_do_livro_montado_tambem_e_respeitado() {
        let raiz = projeto();
        let pasta = raiz.path().join("livro");
        publicar(&pasta, raiz.path(), "um");
        fs::write(pasta.join("sub/anotacoes.txt"), "minhas").unwrap();
        assert!(
            validar(&pasta, raiz.path())
                .unwrap_err()
                .0
                .contains("anotacoes.txt")
        );
    }

    #[test]
    fn uma_pasta_vazia_de_outra_pessoa_dentro_do_livro_tambem_e_respeitada() {
        let raiz = projeto();
        let pasta = raiz.path().join("livro");
        publicar(&pasta, raiz.path(), "um");
        fs::create_dir(pasta.join("fotos")).unwrap();
        let recusa = validar(&pasta, raiz.path()).unwrap_err().0;
        assert!(recusa.contains("fotos"), "{recusa}");
    }

    #[test]
    fn o_que_chega_durante_a_montagem_desfaz_a_troca() {
        let raiz = projeto();
        let pasta = raiz.path().join("fora/livro");
        publicar(&pasta, raiz.path(), "um");
        let destino = montado(&pasta, raiz.path(), "dois");
        fs::write(pasta.join("sub/tese.txt"), "única cópia").unwrap();
        let recusa = recusa_ao_publicar(&destino);
        assert!(recusa.contains("tese.txt"), "{recusa}");
        drop(destino);
        let ler = |nome| fs::read_to_string(pasta.join(nome)).unwrap();
        assert_eq!(ler("sub/tese.txt"), "única cópia");
        assert_eq!(ler("sub/index.html"), "um");
        assert_eq!(quantas(&raiz.path().join("fora")), 1);
    }

    #[test]
    fn o_que_nasce_no_lugar_durante_a_montagem_fica() {
        let raiz = projeto();
        let pasta = raiz.path().join("livro");
        let destino = montado(&pasta, raiz.path(), "um");
        fs::write(&pasta, "um arquivo").unwrap();
        recusa_ao_publicar(&destino);
        drop(destino);
        assert_eq!(fs::read_to_string(&pasta).unwrap(), "um arquivo");
        fs::remove_file(&pasta).unwrap();

        let destino = montado(&pasta, raiz.path(), "um");
        fs::create_dir_all(pasta.join("fotos")).unwrap();
        recusa_ao_publicar(&destino);
        drop(destino);
        assert!(pasta.join("fotos").is_dir());
        assert_eq!(quantas(raiz.path()), 2, "book e o que nasceu no lugar");
    }

    #[test]
    fn duas_editoras_no_mesmo_lugar_publicam_as_duas() {
        let raiz = projeto();
        let pasta = raiz.path().join("fora/livro");
        let vezes = |texto| {
            let (pasta, raiz) = (pasta.clone(), raiz.path().to_path_buf());
            std::thread::spawn(move || (0..50).for_each(|_| publicar(&pasta, &raiz, texto)))
        };
        for editora in [vezes("um"), vezes("dois")] {
            editora.join().unwrap();
        }
        assert!(pasta.join("sub/index.html").is_file());
        assert_eq!(quantas(&raiz.path().join("fora")), 1);
    }

    #[cfg(unix)]
    #[test]
    fn um_lugar_que_estava_ocupado_se_reconhece_mesmo_depois_que_vaga() {
        let raiz = projeto();
        let [nova, ocupado, nada] = ["nova", "ocupado", "nada"].map(|nome| raiz.path().join(nome));
        fs::create_dir(&nova).unwrap();
        fs::create_dir_all(ocupado.join("sub")).unwrap();
        let erro = fs::rename(&nova, &ocupado).unwrap_err();
        fs::remove_dir_all(&ocupado).unwrap();
        assert!(havia_algo(&erro), "{erro}");
        let erro = fs::rename(&nada, &ocupado).unwrap_err();
        assert!(!havia_algo(&erro), "{erro}");
    }

    #[test]
    fn sem_troca_e_sem_volta_o_livro_anterior_fica_na_oficina() {
        let raiz = projeto();
        let pasta = raiz.path().join("livro");
        let destino = montado(&pasta, raiz.path(), "dois");
        let anterior = destino.oficina.lugar_do_anterior(0, &destino.nome).unwrap();
        publicar(&anterior, raiz.path(), "um");
        fs::write(&pasta, "ocupa o lugar").unwrap();
        let recusa = destino.desfazer(Recusa("motivo".into()), vec![anterior.clone()]);
        drop(destino);
        assert!(recusa.0.contains(&anterior.display().to_string()));
        assert!(anterior.join("sub/index.html").is_file());
        assert_eq!(fs::read_to_string(&pasta).unwrap(), "ocupa o lugar");
    }

    #[test]
    fn recusa_o_que_fica_dentro_de_um_livro_montado() {
        let raiz = projeto();
        let pasta = raiz.path().join("livro");
        publicar(&pasta, raiz.path(), "um");
        let recusa = validar(&pasta.join("sub/outro"), raiz.path())
            .unwrap_err()
            .0;
        assert!(recusa.contains("dentro do livro montado"), "{recusa}");
        publicar(&pasta, raiz.path(), "dois");
    }

    #[test]
    fn as_pastas_criadas_para_um_livro_que_nao_sai_sao_desfeitas() {
        let raiz = projeto();
        drop(montado(&raiz.path().join("a/b/c"), raiz.path(), "um"));
        assert!(!raiz.path().join("a").exists());
        publicar(&raiz.path().join("a/b/c"), raiz.path(), "um");
        assert!(raiz.path().join("a/b/c/sub/index.html").is_file());
    }

    #[cfg(unix)]
    #[test]
    fn um_nome_longo_demais_e_recusado_com_a_causa() {
        let raiz = projeto();
        let longo = raiz.path().join("n".repeat(300));
        let recusa = validar(&longo, raiz.path()).unwrap_err().0;
        assert!(recusa.contains("longo demais"), "{recusa}");
    }

    #[cfg(unix)]
    #[test]
    fn um_link_leva_o_livro_a_pasta_dele_e_o_quebrado_e_recusado() {
        let raiz = projeto();
        let alvo = raiz.path().join("alvo/livro");
        let link = raiz.path().join("link");
        std::os::unix::fs::symlink(&alvo, &link).unwrap();
        let recusa = validar(&link, raiz.path()).unwrap_err().0;
        assert!(recusa.contains("link"), "{recusa}");
        fs::create_dir_all(&alvo).unwrap();
        publicar(&link, raiz.path(), "um");
        assert!(link.is_symlink());
        assert!(alvo.join("sub/index.html").is_file());
    }

    #[cfg(unix)]
    #[test]
    fn um_link_que_nasce_no_lugar_nao_e_seguido_nem_apagado() {
        let raiz = projeto();
        let pasta = raiz.path().join("livro");
        let destino = montado(&pasta, raiz.path(), "um");
        std::os::unix::fs::symlink(raiz.path().join("book"), &pasta).unwrap();
        recusa_ao_publicar(&destino);
        assert!(pasta.is_symlink());
    }
}
