//! Onde e como se mediu: o `ambiente.toml`.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use toml::{Table, Value};

use crate::consumo::Consumo;
use crate::laboratorio::{Laboratorio, Lado};
use crate::plano::Plano;

/// O programa e a versão dele.
const PROGRAMA: &str = concat!("medir ", env!("CARGO_PKG_VERSION"));

/// Com que otimização foi compilado (`opt-level`).
const OTIMIZACAO: &str = env!("MEDIR_OTIMIZACAO");

/// As sessões: cada vez que se mediu nesta pasta.
const SESSOES: &str = "sessao";

/// O que tem de ser igual para que se continue uma pasta, e como a frase o chama.
const IDENTIDADE: [(&str, &str); 8] = [
    ("comando", "o pedido dela é"),
    ("programa", "foi medida com"),
    ("compilacao", "foi medida com o programa compilado com"),
    ("impressao", "os passos dela são"),
    ("rede", "a rede dela é"),
    ("nucleo", "foi medida em"),
    ("cpu", "foi medida na CPU"),
    ("cpus", "o número de CPUs dela é"),
];

/// Se o programa foi compilado com otimização. Sem ela, mede-se o programa, e não a
/// rede.
#[must_use]
pub fn otimizado() -> bool {
    !matches!(OTIMIZACAO, "0" | "1")
}

/// Por que as medidas de um programa sem otimização não valem.
pub const SEM_OTIMIZACAO: &str = "programa compilado sem otimização";

/// O `ambiente.toml` de uma pasta.
#[derive(Debug, Clone, PartialEq)]
pub struct Ambiente(Table);

impl Ambiente {
    /// O desta máquina, deste programa e deste plano, com uma sessão que começa agora.
    #[must_use]
    pub fn novo(plano: &Plano, laboratorio: &Laboratorio) -> Self {
        let plano_em_toml = [
            ("comando", Some(plano.comando.clone().into())),
            ("semente", Some(plano.semente.to_string().into())),
            (
                "passos",
                i64::try_from(plano.passos()).ok().map(Value::from),
            ),
            ("impressao", Some(plano.impressao().into())),
            ("gso_max_segs", segmentos_por_quadro(laboratorio)),
        ];
        Self::com(plano_em_toml, rede(laboratorio), |arquivo| {
            laboratorio.dentro(Lado::Cliente, || ler(arquivo))
        })
    }

    /// O desta máquina, deste programa e de uma medição na rede de verdade dela, com
    /// uma sessão que começa agora.
    #[must_use]
    pub fn sem_laboratorio(comando: &str, semente: u64, rede: &str) -> Self {
        let pedido = [
            ("comando", Some(comando.into())),
            ("semente", Some(semente.to_string().into())),
        ];
        Self::com(pedido, rede, ler)
    }

    /// O desta máquina e deste programa: o que se pediu, onde se mede, e como se lê um
    /// arquivo de quem mede.
    fn com(
        pedido: impl IntoIterator<Item = (&'static str, Option<Value>)>,
        rede: &str,
        ler_la: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let mut tabela = Table::new();
        let mut por = |nome: &str, valor: Option<Value>| {
            if let Some(valor) = valor {
                tabela.insert(nome.into(), valor);
            }
        };
        por("data", Some(agora().into()));
        for (nome, valor) in pedido {
            por(nome, valor);
        }
        por("programa", Some(PROGRAMA.into()));
        por("rustc", Some(env!("MEDIR_RUSTC").into()));
        por("compilacao", Some(compilacao().into()));
        por("sistema", Some(std::env::consts::OS.into()));
        por("arquitetura", Some(std::env::consts::ARCH.into()));
        por("nucleo", nucleo().map(Value::from));
        por("distribuicao", distribuicao().map(Value::from));
        por("cpu", cpu().map(Value::from));
        por(
            "cpus",
            i64::try_from(crate::cpu::quantas()).ok().map(Value::from),
        );
        por("hz", hz().map(Value::from));
        por("rede", Some(rede.into()));
        let do_tcp = |nome: &str| ler_la(&format!("/proc/sys/net/ipv4/{nome}"));
        por(
            "congestionamento",
            do_tcp("tcp_congestion_control").map(Value::from),
        );
        let disponiveis = do_tcp("tcp_available_congestion_control");
        let disponiveis = disponiveis
            .map(|nomes| nomes.split(' ').map(Value::from).collect::<Vec<_>>());
        por("congestionamentos", disponiveis.map(Value::from));
        let buffer = ler("/proc/sys/net/core/rmem_default");
        let buffer = buffer.and_then(|bytes| bytes.parse::<i64>().ok());
        por("rmem_default", buffer.map(Value::from));
        let mut ambiente = Self(tabela);
        ambiente.comecar_sessao();
        ambiente
    }

    /// O que está escrito em `texto`.
    ///
    /// # Errors
    /// Quando não é TOML.
    pub fn ler(texto: &str) -> Result<Self> {
        let tabela = texto.parse::<Table>();
        Ok(Self(tabela.context("o ambiente.toml não é TOML")?))
    }

    /// O texto do arquivo.
    #[must_use]
    pub fn texto(&self) -> String {
        self.0.to_string()
    }

    /// Se quem mede agora, em `atual`, pode continuar o que se mediu aqui.
    ///
    /// # Errors
    /// O que é diferente, em uma frase com o que fazer.
    pub fn conferir(&self, atual: &Self) -> Result<()> {
        for (nome, o_que) in IDENTIDADE {
            let (la, aqui) = (self.0.get(nome), atual.0.get(nome));
            if la != aqui {
                bail!(
                    "{o_que} «{}», e o de agora é «{}»: repita o que a pasta \
                     pede, ou comece em outra",
                    mostrar(la),
                    mostrar(aqui)
                );
            }
        }
        Ok(())
    }

    /// Começa mais uma sessão, agora.
    pub fn comecar_sessao(&mut self) {
        let mut sessao = Table::new();
        sessao.insert("comeco".into(), agora().into());
        if let Some(carga) = carga() {
            sessao.insert("carga_antes".into(), carga);
        }
        let sessoes = self.0.entry(SESSOES).or_insert(Value::Array(vec![]));
        if let Value::Array(sessoes) = sessoes {
            sessoes.push(sessao.into());
        }
    }

    /// Anota como acaba a última sessão.
    pub fn acabar_sessao(&mut self, interrompida: bool) {
        let sessoes = self.0.get_mut(SESSOES).and_then(Value::as_array_mut);
        let ultima = sessoes
            .and_then(|sessoes| sessoes.last_mut())
            .and_then(Value::as_table_mut);
        let Some(sessao) = ultima else { return };
        sessao.insert("fim".into(), agora().into());
        sessao.insert("interrompida".into(), interrompida.into());
        if let Some(carga) = carga() {
            sessao.insert("carga_depois".into(), carga);
        }
        if let Some(memoria) = memoria() {
            sessao.insert("memoria_mib".into(), memoria.into());
        }
    }
}

/// A variável que cala os avisos sobre o que outros programas usam: para quem mede de
/// propósito em uma máquina ocupada. As tabelas registram a carga do mesmo modo.
pub const VARIAVEL_DE_MAQUINA_OCUPADA: &str = "SOCKETS_MAQUINA_OCUPADA";

/// Se os avisos sobre o que outros programas usam devem sair.
#[must_use]
pub fn avisa_da_carga() -> bool {
    std::env::var_os(VARIAVEL_DE_MAQUINA_OCUPADA).is_none()
}

/// Quanto das CPUs outros programas usam agora, de 0 a 1; `None` onde não se sabe.
#[must_use]
pub fn outros_programas_agora() -> Option<f64> {
    /// Dez passos do relógio em que o núcleo conta (`time(7)`).
    const AMOSTRA: Duration = Duration::from_millis(100);
    let antes = Consumo::ler()?;
    std::thread::sleep(AMOSTRA);
    antes.outros_programas_ate(&Consumo::ler()?)
}

fn mostrar(valor: Option<&Value>) -> String {
    let texto = match valor {
        None => "?".into(),
        Some(Value::String(texto)) => texto.clone(),
        Some(outro) => outro.to_string(),
    };
    sockets::visivel(texto.as_bytes())
}

fn agora() -> String {
    let formato = "%Y-%m-%dT%H:%M:%S%:z";
    chrono::Local::now().format(formato).to_string()
}

fn compilacao() -> String {
    let perfil = if cfg!(debug_assertions) {
        "com verificações"
    } else {
        "sem verificações"
    };
    format!("opt-level {OTIMIZACAO}, {perfil}")
}

/// Quantos segmentos TCP o núcleo junta em um quadro: a rede só se monta se é o que se
/// pediu, nas quatro pontas de cabo.
fn segmentos_por_quadro(laboratorio: &Laboratorio) -> Option<Value> {
    #[cfg(target_os = "linux")]
    if laboratorio.emulado().is_some() {
        let segmentos = crate::rede::enlace::SEGMENTOS_POR_QUADRO;
        return Some(i64::from(segmentos).into());
    }
    let _ = laboratorio;
    None
}

fn rede(laboratorio: &Laboratorio) -> &'static str {
    match laboratorio.sem_tcp() {
        None => "dois espaços de rede e um emulador",
        Some(_) => "um procurador UDP em 127.0.0.1; TCP não medido",
    }
}

/// O texto de um arquivo de uma linha; `None` se não está lá.
fn ler(arquivo: &str) -> Option<String> {
    Some(fs::read_to_string(arquivo).ok()?.trim().to_string())
}

fn nucleo() -> Option<String> {
    if cfg!(target_os = "linux") {
        let versao = ler("/proc/sys/kernel/osrelease")?;
        return Some(format!("Linux {versao}"));
    }
    comando(if cfg!(windows) {
        &["cmd", "/c", "ver"]
    } else {
        &["uname", "-sr"]
    })
}

fn distribuicao() -> Option<String> {
    if cfg!(target_os = "macos") {
        let versao = comando(&["sw_vers", "-productVersion"])?;
        return Some(format!("macOS {versao}"));
    }
    // os-release(5)
    let texto = ler("/etc/os-release")?;
    let nome = texto.lines().find_map(|l| l.strip_prefix("PRETTY_NAME="))?;
    Some(nome.trim_matches(['"', '\'']).to_string())
}

fn cpu() -> Option<String> {
    if cfg!(target_os = "macos") {
        return comando(&["sysctl", "-n", "machdep.cpu.brand_string"]);
    }
    if cfg!(windows) {
        return std::env::var("PROCESSOR_IDENTIFIER").ok();
    }
    let texto = ler("/proc/cpuinfo")?;
    // Em x86 e em ARM o nome é outro.
    let nomes = ["model name", "Model", "Hardware"];
    let mut pares = texto.lines().filter_map(|linha| linha.split_once(':'));
    let (_, modelo) = pares.find(|(nome, _)| nomes.contains(&nome.trim()))?;
    Some(modelo.trim().to_string())
}

/// Quantas vezes por segundo bate o relógio do núcleo (`CONFIG_HZ`): é o passo do
/// `CLOCK_MONOTONIC_COARSE` (`clock_getres(2)`).
fn hz() -> Option<i64> {
    #[cfg(target_os = "linux")]
    {
        use rustix::time::{ClockId, clock_getres};
        let passo = clock_getres(ClockId::MonotonicCoarse);
        if passo.tv_sec == 0 && passo.tv_nsec > 1 {
            return Some(1_000_000_000 / passo.tv_nsec);
        }
    }
    None
}

/// A carga do sistema em 1, 5 e 15 minutos (`proc_loadavg(5)`).
fn carga() -> Option<Value> {
    let texto = ler("/proc/loadavg")?;
    let tres: Vec<Value> = texto
        .split(' ')
        .take(3)
        .filter_map(|n| Some(Value::Float(n.parse().ok()?)))
        .collect();
    (tres.len() == 3).then_some(Value::Array(tres))
}

/// O máximo de memória que este processo já teve, em MiB (`VmHWM`,
/// `proc_pid_status(5)`).
fn memoria() -> Option<i64> {
    let texto = ler("/proc/self/status")?;
    let linha = texto.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib: u64 = linha.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    i64::try_from(kib.div_ceil(1024)).ok()
}

/// A primeira linha não vazia que um comando do sistema mostra.
fn comando(palavras: &[&str]) -> Option<String> {
    let (programa, argumentos) = palavras.split_first()?;
    let saida = std::process::Command::new(programa)
        .args(argumentos)
        .output()
        .ok()?;
    let texto = String::from_utf8_lossy(&saida.stdout);
    let linha = texto.lines().map(str::trim).find(|l| !l.is_empty())?;
    Some(linha.to_string())
}

#[cfg(test)]
mod testes {
    use super::*;

    fn ambiente(troca: Option<(&str, &str)>) -> Ambiente {
        let mut tabela = Table::new();
        for (nome, _) in IDENTIDADE {
            tabela.insert(nome.into(), "igual".into());
        }
        if let Some((nome, valor)) = troca {
            tabela.insert(nome.into(), valor.into());
        }
        Ambiente(tabela)
    }

    #[test]
    fn so_se_continua_o_que_e_igual() {
        assert!(ambiente(None).conferir(&ambiente(None)).is_ok());
        // O que não identifica a medição pode mudar.
        let data = ambiente(Some(("data", "ontem")));
        assert!(data.conferir(&ambiente(None)).is_ok());
        for (nome, o_que) in IDENTIDADE {
            let outro = ambiente(Some((nome, "\u{1b}outro")));
            let erro = outro.conferir(&ambiente(None)).unwrap_err();
            let erro = erro.to_string();
            assert!(erro.starts_with(o_que), "{erro}");
            assert!(erro.contains(r"«\u{1b}outro»"), "{erro}");
            assert!(erro.contains("«igual»"), "{erro}");
        }
    }

    #[test]
    fn as_sessoes_se_acumulam_e_o_texto_vai_e_volta() {
        let mut este = ambiente(None);
        este.comecar_sessao();
        este.acabar_sessao(true);
        let mut lido = Ambiente::ler(&este.texto()).unwrap();
        assert_eq!(lido, este);
        lido.comecar_sessao();
        lido.acabar_sessao(false);
        let texto = lido.texto();
        assert_eq!(texto.matches("[[sessao]]").count(), 2, "{texto}");
        assert_eq!(texto.matches("interrompida = true").count(), 1, "{texto}");
        assert!(Ambiente::ler("isto não é TOML").is_err());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn o_linux_diz_onde_se_mede() {
        assert!(nucleo().unwrap().starts_with("Linux "));
        assert!((1..=100_000).contains(&hz().unwrap()));
        assert!(memoria().unwrap() > 0);
        assert!(carga().is_some());
    }
}
