//! A pasta dos resultados: uma tabela por arquivo, o diário (`passos.csv`) e o
//! `ambiente.toml`.
//!
//! Nada se escreve por cima. As linhas de um passo vão para as tabelas e só então o
//! passo vai para o diário: o que não está no diário não aconteceu, e quem continua
//! apaga o que ficou pela metade.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::diario::{self, Registro, Situacao};
use super::disco::{self, visivel};
use super::tabela::{Guardado, Tabela};
use super::{Linha, Valor, passos};

/// O arquivo que diz onde e como se mediu.
const AMBIENTE: &str = "ambiente.toml";

/// O diário.
const DIARIO: &str = "passos.csv";

/// Uma pasta em que se está medindo.
pub struct Pasta {
    caminho: PathBuf,
    diario: Tabela,
    registros: Vec<Registro>,
    tabelas: BTreeMap<&'static str, Tabela>,
    /// Enquanto está aberto, nenhum outro `medir` escreve na pasta.
    _trava: Option<File>,
}

/// O que se achou em uma pasta que se continua.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retomada {
    /// Passos que não se fazem de novo.
    pub feitos: usize,
    /// Passos que não puderam ser medidos, e se tentam de novo.
    pub de_novo: usize,
    /// Passos que estavam no diário sem que todas as linhas deles estivessem nas
    /// tabelas: fazem-se de novo.
    pub incompletos: usize,
}

impl fmt::Display for Retomada {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} no diário", passos(self.feitos))?;
        if self.de_novo > 0 {
            let quantos = passos(self.de_novo);
            write!(f, "; {quantos} sem medida, a tentar de novo")?;
        }
        if self.incompletos > 0 {
            let quantos = passos(self.incompletos);
            write!(f, "; {quantos} pela metade, a fazer de novo")?;
        }
        Ok(())
    }
}

impl Pasta {
    /// Começa uma pasta nova em `caminho`, que não pode existir ou tem de estar vazia.
    ///
    /// # Errors
    /// Se há algo lá, ou o que o disco não deixou fazer.
    pub fn criar(caminho: &Path, ambiente: &str) -> Result<Self> {
        fs::create_dir_all(caminho)
            .map_err(|e| disco::erro("criar a pasta", caminho, &e))?;
        let trava = travar(caminho)?;
        let mut conteudo = fs::read_dir(caminho)
            .map_err(|e| disco::erro("ler a pasta", caminho, &e))?;
        if caminho.join(AMBIENTE).exists() {
            bail!(
                "a pasta {} já tem medições, e nada se escreve por cima delas: \
                 continue-as com --continuar, ou dê outra pasta em --resultados",
                visivel(caminho)
            );
        }
        if conteudo.next().is_some() {
            bail!(
                "a pasta {} não está vazia nem tem medições: dê em --resultados \
                 uma pasta nova",
                visivel(caminho)
            );
        }
        trocar(&caminho.join(AMBIENTE), ambiente)?;
        let diario = Tabela::criar(&caminho.join(DIARIO), &diario::COLUNAS)?;
        Ok(Self {
            caminho: caminho.to_path_buf(),
            diario,
            registros: Vec::new(),
            tabelas: BTreeMap::new(),
            _trava: trava,
        })
    }

    /// Continua a pasta de `caminho`: apaga o que ficou pela metade e o que não pôde ser
    /// medido. `tabelas` são todas as que o programa sabe escrever.
    ///
    /// # Errors
    /// Se falta um arquivo, se um deles não é o que se escreveu, ou o que o disco não
    /// deixou fazer.
    pub fn retomar(
        caminho: &Path,
        tabelas: &[String],
    ) -> Result<(Self, Retomada)> {
        let trava = travar(caminho)?;
        let arquivo = caminho.join(DIARIO);
        let antes = ler_diario(&arquivo)?;
        let mut guardadas = BTreeMap::new();
        for nome in antes.iter().flat_map(|r| r.linhas.keys()) {
            if !guardadas.contains_key(nome) {
                let linhas = linhas_guardadas(caminho, nome)?;
                guardadas.insert(nome.clone(), linhas);
            }
        }
        let inteiros = diario::sustentados(&antes, &guardadas);
        let incompletos = antes.len() - inteiros;
        let registros: Vec<Registro> = antes
            .into_iter()
            .take(inteiros)
            .filter(|r| r.situacao == Situacao::Feito)
            .collect();
        let retomada = Retomada {
            feitos: registros.len(),
            de_novo: inteiros - registros.len(),
            incompletos,
        };
        let diario = escrever_diario(&arquivo, &registros)?;
        let quantas = somar(&registros);
        for nome in tabelas {
            let arquivo = arquivo_da_tabela(caminho, nome);
            match quantas.get(nome.as_str()) {
                Some(linhas) => drop(Tabela::retomar(&arquivo, *linhas)?),
                None => apagar(&arquivo)?,
            }
        }
        let pasta = Self {
            caminho: caminho.to_path_buf(),
            diario,
            registros,
            tabelas: BTreeMap::new(),
            _trava: trava,
        };
        Ok((pasta, retomada))
    }

    /// Onde está.
    #[must_use]
    pub fn caminho(&self) -> &Path {
        &self.caminho
    }

    /// Os passos que acabaram, na ordem.
    #[must_use]
    pub fn registros(&self) -> &[Registro] {
        &self.registros
    }

    /// As chaves dos passos medidos.
    #[must_use]
    pub fn feitos(&self) -> BTreeSet<String> {
        let feitos = self.registros.iter();
        feitos
            .filter(|r| r.situacao == Situacao::Feito)
            .map(|r| r.chave.clone())
            .collect()
    }

    /// Guarda um passo que acabou: as linhas dele e, depois, o registro.
    ///
    /// # Errors
    /// O que o disco não deixou fazer, ou linhas que não são da tabela que dizem.
    pub fn guardar(
        &mut self,
        mut registro: Registro,
        linhas: &[Linha],
    ) -> Result<()> {
        for linha in linhas {
            let campos: Vec<String> =
                linha.campos.iter().map(|(_, valor)| texto(valor)).collect();
            self.tabela(linha)?.escrever(&campos)?;
        }
        registro.linhas = diario::contar(linhas);
        self.diario.escrever(&registro.campos())?;
        self.registros.push(registro);
        Ok(())
    }

    /// Troca o `ambiente.toml`.
    ///
    /// # Errors
    /// O que o disco não deixou fazer.
    pub fn guardar_ambiente(&self, ambiente: &str) -> Result<()> {
        trocar(&self.caminho.join(AMBIENTE), ambiente)
    }

    /// A tabela em que `linha` se escreve, com as colunas conferidas.
    fn tabela(&mut self, linha: &Linha) -> Result<&mut Tabela> {
        let colunas: Vec<&str> =
            linha.campos.iter().map(|(nome, _)| *nome).collect();
        let nome = linha.tabela;
        let arquivo = arquivo_da_tabela(&self.caminho, nome);
        if !self.tabelas.contains_key(nome) {
            let tabela = match somar(&self.registros).get(nome) {
                Some(linhas) => Tabela::retomar(&arquivo, *linhas)?,
                None => Tabela::criar(&arquivo, &colunas)?,
            };
            self.tabelas.insert(nome, tabela);
        }
        let tabela = self.tabelas.get_mut(nome);
        let tabela = tabela.context("a tabela acabou de ser aberta")?;
        if tabela.colunas() != colunas {
            bail!(
                "as colunas de {} não são as desta versão do programa: \
                 comece em outra pasta",
                visivel(&arquivo)
            );
        }
        Ok(tabela)
    }
}

/// O `ambiente.toml` da pasta `caminho`.
///
/// # Errors
/// Se não está lá, ou não se deixa ler.
pub fn ler_ambiente(caminho: &Path) -> Result<String> {
    let arquivo = caminho.join(AMBIENTE);
    fs::read_to_string(&arquivo).map_err(|erro| match erro.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => anyhow::anyhow!(
            "não há medições a continuar em {}: comece sem --continuar, ou dê \
             em --resultados a pasta em que parou",
            visivel(caminho)
        ),
        _ => disco::erro("ler", &arquivo, &erro),
    })
}

/// As linhas da tabela `nome` da pasta `caminho` que `registros` dizem ter escrito;
/// `None` se não escreveram nela.
///
/// # Errors
/// O que o disco não deixou ler.
pub fn ler_tabela(
    caminho: &Path,
    nome: &str,
    registros: &[Registro],
) -> Result<Option<Guardado>> {
    let Some(linhas) = somar(registros).get(nome).copied() else {
        return Ok(None);
    };
    let mut guardado = Guardado::ler(&arquivo_da_tabela(caminho, nome))?;
    guardado.linhas.truncate(linhas);
    Ok(Some(guardado))
}

fn arquivo_da_tabela(caminho: &Path, nome: &str) -> PathBuf {
    caminho.join(format!("{nome}.csv"))
}

/// Quantas linhas os registros dizem que há em cada tabela.
fn somar(registros: &[Registro]) -> BTreeMap<&str, usize> {
    let mut somas = BTreeMap::new();
    for (nome, linhas) in registros.iter().flat_map(|r| &r.linhas) {
        *somas.entry(nome.as_str()).or_default() += linhas;
    }
    somas
}

/// Uma célula, com ponto decimal. O que não é número não vira número.
fn texto(valor: &Valor) -> String {
    match valor {
        Valor::Texto(texto) => texto.clone(),
        Valor::Inteiro(numero) => numero.to_string(),
        Valor::Medida(medida, casas) if medida.is_finite() => {
            format!("{medida:.casas$}")
        }
        Valor::Medida(..) | Valor::Ausente => String::new(),
    }
}

fn ler_diario(arquivo: &Path) -> Result<Vec<Registro>> {
    let Some(guardado) = Guardado::ler_se_ha(arquivo)? else {
        return Ok(Vec::new());
    };
    if guardado.colunas != diario::COLUNAS {
        bail!(
            "{} não tem as colunas desta versão do programa: comece em outra \
             pasta",
            visivel(arquivo)
        );
    }
    let linhas = guardado.linhas.iter().zip(2..);
    linhas
        .map(|(linha, qual)| {
            Registro::de(linha).with_context(|| {
                let arquivo = visivel(arquivo);
                format!("a linha {qual} de {arquivo} não é deste programa")
            })
        })
        .collect()
}

/// O diário com só estes registros. Se o que está no disco já é isso, não se mexe nele.
fn escrever_diario(arquivo: &Path, registros: &[Registro]) -> Result<Tabela> {
    let guardados = ler_diario(arquivo)?;
    if !guardados.is_empty() && guardados == registros {
        return Tabela::retomar(arquivo, registros.len());
    }
    let novo = arquivo.with_extension("csv.novo");
    apagar(&novo)?;
    let mut tabela = Tabela::criar(&novo, &diario::COLUNAS)?;
    for registro in registros {
        tabela.escrever(&registro.campos())?;
    }
    drop(tabela);
    fs::rename(&novo, arquivo)
        .map_err(|e| disco::erro("trocar", arquivo, &e))?;
    Tabela::retomar(arquivo, registros.len())
}

fn linhas_guardadas(caminho: &Path, nome: &str) -> Result<usize> {
    let arquivo = arquivo_da_tabela(caminho, nome);
    match Guardado::ler_se_ha(&arquivo)? {
        Some(guardado) => Ok(guardado.linhas.len()),
        None => bail!(
            "falta {}, em que {DIARIO} diz haver linhas: ponha o arquivo de volta, \
             ou comece em outra pasta",
            visivel(&arquivo)
        ),
    }
}

fn apagar(arquivo: &Path) -> Result<()> {
    match fs::remove_file(arquivo) {
        Err(e) if e.kind() != ErrorKind::NotFound => {
            Err(disco::erro("apagar", arquivo, &e))
        }
        _ => Ok(()),
    }
}

/// Troca o conteúdo de `arquivo` de uma vez: quem o lê vê o de antes ou o de agora.
fn trocar(arquivo: &Path, texto: &str) -> Result<()> {
    let novo = arquivo.with_extension("toml.novo");
    let escrever = || -> io::Result<()> {
        fs::write(&novo, texto)?;
        fs::rename(&novo, arquivo)
    };
    escrever().map_err(|e| {
        let _ = fs::remove_file(&novo);
        disco::erro("escrever", arquivo, &e)
    })
}

/// Tranca a pasta para este processo, até que ele acabe.
#[cfg(target_os = "linux")]
fn travar(caminho: &Path) -> Result<Option<File>> {
    use rustix::fs::{FlockOperation, flock};
    let pasta = match File::open(caminho) {
        Ok(pasta) => pasta,
        Err(e) => return Err(disco::erro("abrir a pasta", caminho, &e)),
    };
    match flock(&pasta, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(pasta)),
        Err(rustix::io::Errno::WOULDBLOCK) => bail!(
            "outro medir está escrevendo em {}: espere que ele acabe, ou dê \
             outra pasta em --resultados",
            visivel(caminho)
        ),
        // Há discos em que não se tranca (NFS antigo); mede-se assim mesmo.
        Err(_) => Ok(None),
    }
}

/// Fora do Linux não se tranca.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "a mesma assinatura do Linux")]
fn travar(_caminho: &Path) -> Result<Option<File>> {
    Ok(None)
}

#[cfg(test)]
mod testes {
    use super::*;

    fn linha(tabela: &'static str, rodada: u64) -> Linha {
        Linha {
            tabela,
            campos: vec![
                ("rodada", Valor::Inteiro(rodada)),
                ("medida", Valor::Medida(0.5, 2)),
                ("ressalva", Valor::Texto(String::new())),
            ],
        }
    }

    fn registro(chave: &str, situacao: Situacao) -> Registro {
        Registro {
            experimento: "perda".into(),
            chave: chave.into(),
            situacao,
            levou_s: 1.0,
            estimativa_s: 1.0,
            outros_programas: None,
            linhas: BTreeMap::new(),
            motivo: String::new(),
        }
    }

    fn tabelas() -> Vec<String> {
        vec!["perda".into(), "perda-ccdf".into()]
    }

    /// Três passos: o primeiro e o último com linhas, o do meio sem poder ser medido.
    fn tres_passos(caminho: &Path) {
        let mut pasta = Pasta::criar(caminho, "semente = 1\n").unwrap();
        let duas = [linha("perda", 1), linha("perda-ccdf", 1)];
        pasta
            .guardar(registro("a", Situacao::Feito), &duas)
            .unwrap();
        pasta
            .guardar(registro("b", Situacao::NaoMedido), &[])
            .unwrap();
        let tres = [
            linha("perda", 2),
            linha("perda-ccdf", 2),
            linha("perda-ccdf", 3),
        ];
        pasta
            .guardar(registro("c", Situacao::Feito), &tres)
            .unwrap();
    }

    fn erro<T>(resultado: Result<T>) -> String {
        resultado.err().unwrap().to_string()
    }

    #[test]
    fn continuar_pula_o_que_se_mediu_e_tenta_de_novo_o_que_nao_se_pode() {
        let raiz = tempfile::tempdir().unwrap();
        let caminho = raiz.path().join("nova");
        tres_passos(&caminho);
        let (mut pasta, retomada) =
            Pasta::retomar(&caminho, &tabelas()).unwrap();
        let esperada = Retomada {
            feitos: 2,
            de_novo: 1,
            incompletos: 0,
        };
        assert_eq!(retomada, esperada);
        assert_eq!(
            retomada.to_string(),
            "2 passos no diário; 1 passo sem medida, a tentar de novo"
        );
        assert_eq!(pasta.feitos(), ["a".to_string(), "c".into()].into());
        pasta
            .guardar(registro("b", Situacao::Feito), &[linha("perda", 3)])
            .unwrap();
        let guardado = ler_tabela(&caminho, "perda", pasta.registros())
            .unwrap()
            .unwrap();
        let rodadas: Vec<&str> =
            guardado.linhas.iter().map(|linha| &linha[0]).collect();
        assert_eq!(rodadas, ["1", "2", "3"]);
        drop(pasta);
        let (_, retomada) = Pasta::retomar(&caminho, &tabelas()).unwrap();
        assert_eq!((retomada.feitos, retomada.de_novo), (3, 0));
    }

    /// Um corte em qualquer byte de qualquer arquivo, como uma queda o faria: o que se
    /// retoma está sempre inteiro, e o que falta se faz de novo.
    #[test]
    fn uma_queda_em_qualquer_byte_nao_estraga_nada() {
        let raiz = tempfile::tempdir().unwrap();
        let modelo = raiz.path().join("modelo");
        tres_passos(&modelo);
        let arquivos = ["perda.csv", "perda-ccdf.csv", "passos.csv"];
        let inteiros =
            arquivos.map(|nome| fs::read(modelo.join(nome)).unwrap());
        for (cortado, inteiro) in inteiros.iter().enumerate() {
            for corte in 0..inteiro.len() {
                let caminho =
                    raiz.path().join(format!("corte-{cortado}-{corte}"));
                fs::create_dir(&caminho).unwrap();
                for (nome, bytes) in arquivos.iter().zip(&inteiros) {
                    fs::write(caminho.join(nome), bytes).unwrap();
                }
                fs::write(caminho.join(arquivos[cortado]), &inteiro[..corte])
                    .unwrap();
                let resultado = Pasta::retomar(&caminho, &tabelas());
                if cortado < 2 && !inteiro[..corte].contains(&b'\n') {
                    let erro = erro(resultado);
                    assert!(
                        erro.contains("ponha o arquivo de volta"),
                        "{erro}"
                    );
                    continue;
                }
                let (mut pasta, retomada) = resultado.unwrap();
                assert!(retomada.feitos < 2, "{cortado} {corte}");
                for (chave, rodada) in [("a", 1), ("c", 2)] {
                    if !pasta.feitos().contains(chave) {
                        let linhas =
                            [linha("perda", rodada), linha("perda-ccdf", 1)];
                        pasta
                            .guardar(registro(chave, Situacao::Feito), &linhas)
                            .unwrap();
                    }
                }
                let guardado =
                    Guardado::ler(&caminho.join("perda.csv")).unwrap();
                assert_eq!(guardado.linhas.len(), 2, "{cortado} {corte}");
            }
        }
    }

    /// Uma queda depois de escrever linhas e antes de escrever o diário.
    #[test]
    fn o_que_nao_esta_no_diario_nao_aconteceu() {
        let raiz = tempfile::tempdir().unwrap();
        let caminho = raiz.path().join("p");
        drop(Pasta::criar(&caminho, "").unwrap());
        fs::write(caminho.join("perda.csv"), "rodada,medida,ressalva\n1,2,\n")
            .unwrap();
        fs::write(caminho.join("minha.csv"), "de,outra,pessoa\n").unwrap();
        drop(Pasta::retomar(&caminho, &tabelas()).unwrap());
        assert!(!caminho.join("perda.csv").exists());
        assert!(caminho.join("minha.csv").exists(), "não é nossa");
    }

    #[test]
    fn nada_se_escreve_por_cima() {
        let raiz = tempfile::tempdir().unwrap();
        let caminho = raiz.path().join("p");
        tres_passos(&caminho);
        let erro_de = |caminho: &Path| erro(Pasta::criar(caminho, ""));
        assert!(erro_de(&caminho).contains("já tem medições"));
        assert!(erro_de(raiz.path()).contains("não está vazia"));
        let arquivo = caminho.join("perda.csv");
        assert!(erro_de(&arquivo).contains("Há um arquivo nesse lugar"));
        assert!(erro_de(&arquivo.join("x")).contains("Há um arquivo"));
        let sem = erro(ler_ambiente(&raiz.path().join("nada")));
        assert!(sem.contains("não há medições a continuar"), "{sem}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn dois_programas_nao_escrevem_na_mesma_pasta() {
        let raiz = tempfile::tempdir().unwrap();
        let caminho = raiz.path().join("p");
        let _aberta = Pasta::criar(&caminho, "").unwrap();
        let erro = erro(Pasta::retomar(&caminho, &tabelas()));
        assert!(erro.contains("outro medir está escrevendo"), "{erro}");
    }

    #[test]
    fn as_colunas_de_uma_tabela_nao_mudam_no_meio() {
        let raiz = tempfile::tempdir().unwrap();
        let mut pasta = Pasta::criar(&raiz.path().join("p"), "").unwrap();
        let outra = Linha {
            tabela: "perda",
            campos: vec![("rodada", Valor::Inteiro(1))],
        };
        let linhas = [linha("perda", 1), outra];
        let erro = erro(pasta.guardar(registro("a", Situacao::Feito), &linhas));
        assert!(erro.contains("as colunas de"), "{erro}");
    }

    #[test]
    fn o_que_nao_e_numero_nao_vira_numero() {
        assert_eq!(texto(&Valor::Medida(f64::NAN, 2)), "");
        assert_eq!(texto(&Valor::Medida(1.0 / 3.0, 2)), "0.33");
        assert_eq!(texto(&Valor::Ausente), "");
        assert_eq!(texto(&Valor::Inteiro(7)), "7");
    }
}
