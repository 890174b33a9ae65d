//! `medir dentro`: um comando em cada computador, e o que eles e o caminho disseram.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use cena::Teclado;
use libtest_mimic::Trial;
use provas::medir::programa;
use provas::{Falha, Filho};
use regex::Regex;
use tempfile::{NamedTempFile, TempDir};

use crate::prova;

/// Muitas vezes o que estas rodadas demoram.
const PRAZO: Duration = Duration::from_secs(120);

/// Quanto demora, no máximo, a sumir um processo que se matou; um teimoso que ficasse
/// rodando duraria muito mais.
const MORRER: Duration = Duration::from_secs(20);

pub fn provas() -> Vec<Trial> {
    vec![
        prova("dentro::os_dois_conversam", &["python3"], conversa),
        prova(
            "dentro::o_servidor_acaba_com_o_cliente",
            &["sh"],
            fim_do_cliente,
        ),
        prova("dentro::o_prazo_acaba_com_os_dois", &["sh"], prazo),
        prova("dentro::o_ctrl_c_acaba_com_os_dois", &["sh"], interrupcao),
        prova("dentro::o_que_nao_roda_e_dito", &["sh"], recusas),
    ]
}

/// Uma rodada que acabou.
pub struct Rodada {
    /// O que o cliente mostrou.
    pub saida: String,
    filho: Filho,
    codigo: i32,
}

/// Roda `medir dentro` com estas opções e estes comandos; espera que acabe bem.
pub fn rodar(opcoes: &[&str], comandos: &[&str]) -> Result<Rodada, Falha> {
    let rodada = tentar(opcoes, comandos)?;
    rodada.conferir(rodada.codigo == 0, "não acabou bem")?;
    Ok(rodada)
}

fn tentar(opcoes: &[&str], comandos: &[&str]) -> Result<Rodada, Falha> {
    let erro = |erro| Falha::nova(format!("sem um arquivo para a saída: {erro}"));
    let saida = NamedTempFile::new().map_err(erro)?;
    let destino = saida.reopen().map_err(erro)?;
    let mut filho = comecar(opcoes, comandos, destino)?;
    let codigo = filho.esperar_fim()?;
    Ok(Rodada {
        saida: fs::read_to_string(saida.path()).map_err(erro)?,
        filho,
        codigo,
    })
}

fn comecar(opcoes: &[&str], comandos: &[&str], saida: fs::File) -> Result<Filho, Falha> {
    let mut comando = Command::new(programa()?);
    comando.arg("dentro").args(opcoes).arg("--").args(comandos);
    let nome = format!(
        "medir dentro {} -- {}",
        opcoes.join(" "),
        comandos.join(" ")
    );
    let filho = Filho::separado(&nome, comando, Teclado::Cano, saida)?;
    Ok(filho.com_prazo(PRAZO))
}

impl Rodada {
    /// Uma falha com esta mensagem e tudo que se mostrou.
    pub fn falha(&self, mensagem: &str) -> Falha {
        let codigo = self.codigo;
        let saida = &self.saida;
        self.filho.falha(&format!(
            "{mensagem}; código {codigo}, e o cliente:\n{saida}"
        ))
    }

    /// Falha com `mensagem`, se `certo` não é verdade.
    pub fn conferir(&self, certo: bool, mensagem: &str) -> Result<(), Falha> {
        if certo {
            return Ok(());
        }
        Err(self.falha(mensagem))
    }

    /// Quantos pacotes da ida o caminho diz que foram `o_que`; zero, se não diz.
    pub fn da_ida(&self, o_que: &str) -> Result<u64, Falha> {
        let erros = self.filho.tudo();
        let ida = erros
            .lines()
            .find_map(|linha| linha.strip_prefix("  na ida: "));
        let ida = ida.ok_or_else(|| self.falha("o caminho não deu as contas"))?;
        self.contado(ida, o_que)
    }

    /// Quantos datagramas não couberam no buffer de quem os lia, no servidor.
    pub fn sem_buffer(&self) -> Result<u64, Falha> {
        let erros = self.filho.tudo();
        let linha = erros
            .lines()
            .find(|linha| linha.starts_with("  no servidor: "));
        self.contado(linha.unwrap_or_default(), "datagramas")
    }

    fn contado(&self, linha: &str, o_que: &str) -> Result<u64, Falha> {
        let conta = Regex::new(&format!(r"([\d.]+) {o_que}")).expect("o nome é constante");
        let Some(achado) = conta.captures(linha) else {
            return Ok(0);
        };
        let numero = achado[1].replace('.', "").parse();
        numero.map_err(|_| self.falha("a conta não é um número"))
    }
}

/// Recebe datagramas até o que diz "fim", e mostra quantos vieram antes dele.
const CONTA: &str = "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('10.0.0.2', 50000))
s.settimeout(60)
chegaram = 0
while s.recv(100) != b'fim':
    chegaram += 1
print(chegaram, 'chegaram', flush=True)
s.close()
";

/// Manda cem datagramas e, até que um passe, o que diz "fim".
const MANDA: &str = "
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(('10.0.0.2', 50000))
for n in range(100):
    s.send(b'oi')
try:
    for n in range(600):
        s.send(b'fim')
        time.sleep(0.1)
except ConnectionRefusedError:
    print('o servidor acabou')
";

fn conversa() -> Result<(), Falha> {
    let comandos = ["python3", "-c", CONTA, "---", "python3", "-c", MANDA];
    let rodada = rodar(&["--perda", "50", "--sentido", "ida"], &comandos)?;
    rodada.conferir(
        rodada.saida == "o servidor acabou\n",
        "a saída devia ser só a do cliente",
    )?;
    let contado = Regex::new(r"(?m)^\[servidor\] (\d+) chegaram$").expect("é constante");
    let erros = rodada.filho.tudo();
    let achado = contado.captures(&erros);
    let achado = achado.ok_or_else(|| rodada.falha("faltou a linha do servidor"))?;
    let chegaram: u64 = achado[1].parse().unwrap_or(u64::MAX);
    // Os cem e os fins que o caminho derrubou; o fim que passou acaba com o servidor.
    let derrubados = rodada.da_ida("derrubados")?;
    let entraram = rodada.da_ida("entraram")?;
    let fins_a_mais = entraram - 100 - 1;
    let perdidos = 100 - chegaram;
    let fecha = (perdidos..=perdidos + fins_a_mais).contains(&derrubados);
    rodada.conferir(fecha && perdidos > 20, "as contas não são as dos dois")
}

/// Escreve o próprio número em um arquivo e não quer acabar.
fn teimoso(pasta: &TempDir, nome: &str) -> String {
    let arquivo = pasta.path().join(nome);
    format!(
        "trap '' TERM INT; sleep 600 & echo $$ $! > '{0}.novo'; mv '{0}.novo' '{0}'; \
         while :; do wait; done",
        arquivo.display()
    )
}

/// Se algum dos processos que o teimoso `nome` anotou continua a rodar. Quem recebeu um
/// SIGKILL ainda precisa da CPU para morrer: dá-se-lhe tempo.
fn vive(pasta: &TempDir, nome: &str) -> Result<bool, Falha> {
    let arquivo = pasta.path().join(nome);
    let anotados = fs::read_to_string(&arquivo)
        .map_err(|erro| Falha::nova(format!("{nome} não anotou quem é: {erro}")))?;
    let limite = Instant::now() + MORRER;
    while anotados.split_whitespace().any(roda) {
        if Instant::now() >= limite {
            return Ok(true);
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(false)
}

/// Se o processo `pid` roda.
fn roda(pid: &str) -> bool {
    // O que já morreu e ninguém enterrou está no estado Z ou no X (`proc(5)`).
    let estado = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let depois_do_nome = estado.rsplit(") ").next().unwrap_or_default();
    !depois_do_nome.is_empty() && !depois_do_nome.starts_with(['Z', 'X'])
}

fn pasta() -> Result<TempDir, Falha> {
    TempDir::with_prefix("medir-dentro-")
        .map_err(|erro| Falha::nova(format!("não foi possível criar uma pasta: {erro}")))
}

/// Espera que o teimoso `nome` anote quem é.
fn espera_por(pasta: &TempDir, nome: &str) -> String {
    let arquivo = pasta.path().join(nome);
    format!(
        "while [ ! -e '{}' ]; do sleep 0.05; done",
        arquivo.display()
    )
}

fn fim_do_cliente() -> Result<(), Falha> {
    let pasta = pasta()?;
    let servidor = teimoso(&pasta, "servidor");
    let cliente = format!("{}; exit 3", espera_por(&pasta, "servidor"));
    let comandos = ["sh", "-c", &servidor, "---", "sh", "-c", &cliente];
    let rodada = tentar(&[], &comandos)?;
    let dito = rodada.filho.tudo().contains("acabou com o código 3");
    rodada.conferir(
        rodada.codigo == 1 && dito,
        "o código do cliente devia ser dito",
    )?;
    rodada.conferir(!vive(&pasta, "servidor")?, "o servidor ficou rodando")
}

fn prazo() -> Result<(), Falha> {
    let pasta = pasta()?;
    let servidor = teimoso(&pasta, "servidor");
    // O que se ignora continua ignorado depois do exec.
    let cliente = format!(
        "{}; trap '' TERM; echo $$ > '{}'; exec sleep 600",
        espera_por(&pasta, "servidor"),
        pasta.path().join("cliente").display()
    );
    let comandos = ["sh", "-c", &servidor, "---", "sh", "-c", &cliente];
    let rodada = tentar(&["--prazo", "5"], &comandos)?;
    let dito = rodada.filho.tudo().contains("o prazo acabou");
    rodada.conferir(rodada.codigo == 1 && dito, "o fim do prazo devia ser dito")?;
    let vivos = vive(&pasta, "servidor")? || vive(&pasta, "cliente")?;
    rodada.conferir(!vivos, "alguém ficou rodando")
}

fn interrupcao() -> Result<(), Falha> {
    let pasta = pasta()?;
    let servidor = teimoso(&pasta, "servidor");
    // Sem o exec haveria um instante em que o sinal apanha o sh no meio de criar um filho,
    // e o filho não o ouve.
    let cliente = format!(
        "{}; echo pronto >&2; exec sleep 600",
        espera_por(&pasta, "servidor")
    );
    let comandos = ["sh", "-c", &servidor, "---", "sh", "-c", &cliente];
    let destino = tempfile::tempfile()
        .map_err(|erro| Falha::nova(format!("sem um arquivo para a saída: {erro}")))?;
    let mut filho = comecar(&[], &comandos, destino)?;
    filho.esperar_linha_com("pronto")?;
    filho.interromper();
    let codigo = filho.esperar_fim()?;
    if codigo != 130 || vive(&pasta, "servidor")? {
        return Err(filho.falha(&format!("o Ctrl-C devia acabar com tudo; código {codigo}")));
    }
    Ok(())
}

fn recusas() -> Result<(), Falha> {
    let nao_existe = "comando-que-nao-existe";
    let casos: [(&[&str], i32, &str); 5] = [
        (&[nao_existe], 1, nao_existe),
        (&[nao_existe, "---", "true"], 1, nao_existe),
        (
            &["sh", "-c", "exit 7", "---", "sleep", "600"],
            1,
            "código 7",
        ),
        (&["---", "true"], 2, "falta o comando do servidor"),
        (&["true", "---"], 2, "falta o comando do cliente"),
    ];
    for (comandos, codigo, dito) in casos {
        let rodada = tentar(&[], comandos)?;
        let certo = rodada.codigo == codigo && rodada.filho.tudo().contains(dito);
        rodada.conferir(certo, &format!("esperava {codigo} e «{dito}»"))?;
    }
    Ok(())
}
