//! Os dois programas, um cliente feito à mão, e o que se lê do que eles deixaram.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use medir::par::canal::Canal;
use medir::par::datagrama::{self, DO_CAMINHO};
use medir::par::protocolo::{Mensagem, Motivo, Sessao};
use provas::chat::so_texto;
use provas::{Falha, Filho};
use sockets::medir::sonda::Sonda;
use tempfile::TempDir;

/// Quanto se espera por qualquer coisa: a máquina pode estar ocupada com outros.
pub const PRAZO: Duration = Duration::from_secs(120);

/// Quanta memória o servidor pode chegar a ocupar, em KiB, faça o cliente o que fizer.
pub const MEMORIA: u64 = 32 << 10;

/// As opções de um cliente que mede tudo uma vez.
pub const CURTO: [&str; 6] = ["--rodadas", "1", "--quantos", "400", "--ritmo", "2000"];

/// As de um que mede uma vez o que não demora.
pub const SEM_VAZAO: [&str; 4] = ["--so", "ida-e-volta,perda", "--rodadas", "1"];

/// Uma prova com este nome.
pub fn prova(
    nome: impl Into<String>,
    roda: impl FnOnce() -> Result<(), Falha> + Send + 'static,
) -> Trial {
    Trial::test(nome, move || roda().map_err(Failed::from))
}

/// Um erro do sistema, em uma prova.
pub fn falhou(o_que: &str, erro: &io::Error) -> Falha {
    Falha::nova(format!("não foi possível {o_que}: {erro}"))
}

/// `certo`, ou a falha.
pub fn exigir(certo: bool, o_que: impl Into<String>) -> Result<(), Falha> {
    if certo {
        Ok(())
    } else {
        Err(Falha::nova(o_que))
    }
}

/// Uma pasta que some no fim da prova.
pub fn pasta() -> Result<TempDir, Falha> {
    tempfile::tempdir().map_err(|erro| falhou("criar uma pasta", &erro))
}

/// `medir` com estes argumentos.
pub fn comando<T: AsRef<str>>(argumentos: &[T]) -> Result<Command, Falha> {
    let mut comando = Command::new(provas::medir::programa()?);
    comando.args(argumentos.iter().map(AsRef::as_ref));
    Ok(comando)
}

/// Roda `medir` com estes argumentos.
pub fn rodar<T: AsRef<str>>(argumentos: &[T]) -> Result<Filho, Falha> {
    let textos: Vec<&str> = argumentos.iter().map(AsRef::as_ref).collect();
    let nome = format!("medir {}", textos.join(" "));
    Ok(Filho::rodar(&nome, comando(argumentos)?)?.com_prazo(PRAZO))
}

/// Os argumentos de um cliente que mede com `servidor` e guarda em `pasta`.
pub fn argumentos(servidor: SocketAddr, pasta: &Path, mais: &[&str]) -> Vec<String> {
    let (ip, porta) = (servidor.ip().to_string(), servidor.port().to_string());
    let pasta = pasta.to_string_lossy().into_owned();
    let fixos = [
        "cliente",
        "--ip",
        &ip,
        "--porta",
        &porta,
        "--resultados",
        &pasta,
    ];
    let todos = fixos.iter().chain(mais);
    todos.map(ToString::to_string).collect()
}

/// Roda um cliente até o fim, que tem de ser com `codigo`.
pub fn medir(
    servidor: SocketAddr,
    pasta: &Path,
    mais: &[&str],
    codigo: i32,
) -> Result<Filho, Falha> {
    let mut cliente = rodar(&argumentos(servidor, pasta, mais))?;
    provas::chat::acabou(&mut cliente, codigo)?;
    Ok(cliente)
}

/// Um servidor em loopback.
pub struct Servidor {
    pub filho: Filho,
    pub endereco: SocketAddr,
}

impl Servidor {
    /// Abre um servidor em 127.0.0.1.
    pub fn abrir() -> Result<Self, Falha> {
        Self::com(&["--ip", "127.0.0.1"])
    }

    /// Abre um servidor com estas opções. Entre duas sessões a porta dele em UDP está livre:
    /// não é das que o sistema dá a quem não pede nenhuma, que outra prova tomaria.
    pub fn com(opcoes: &[&str]) -> Result<Self, Falha> {
        let porta = provas::porta_livre().to_string();
        let todas = [&["servidor", "--porta", &porta], opcoes].concat();
        let mut filho = rodar(&todas)?;
        let endereco = filho.esperar_endereco()?;
        Ok(Self { filho, endereco })
    }

    /// Ele atende um cliente honesto, que se despede, e nada do que mostrou comanda um
    /// terminal.
    pub fn continua_de_pe(&mut self) -> Result<(), Falha> {
        let mut cliente = Cliente::insistir(self.endereco)?;
        cliente.dizer(&Mensagem::Tchau)?;
        self.filho.esperar_linha_com("acabou: 0 medidas")?;
        so_texto(&self.filho)?;
        self.memoria()
    }

    /// Ele não ocupou mais memória do que deve. Só o Linux diz.
    pub fn memoria(&self) -> Result<(), Falha> {
        let situacao = fs::read_to_string(format!("/proc/{}/status", self.filho.pid()));
        let Ok(situacao) = situacao else {
            return Ok(());
        };
        let linha = situacao.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        let kib = linha.and_then(|l| l.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        let kib = kib.ok_or_else(|| self.filho.falha("não se sabe quanta memória ocupou"))?;
        if kib <= MEMORIA {
            return Ok(());
        }
        Err(self.filho.falha(&format!("ocupou {kib} KiB")))
    }
}

/// Nunca se pede para parar.
const NUNCA: fn() -> bool = || false;

/// Um cliente feito à mão, com uma sessão, que diz o que se quiser.
pub struct Cliente {
    pub canal: Canal<'static>,
    pub sessao: Sessao,
    pub servidor: SocketAddr,
    pub udp: UdpSocket,
}

impl Cliente {
    /// Liga e se apresenta; o servidor tem de o aceitar.
    pub fn novo(servidor: SocketAddr) -> Result<Self, Falha> {
        match Self::tentar(servidor)? {
            Ok(cliente) => Ok(cliente),
            Err(motivo) => Err(Falha::nova(format!("o servidor recusou: {motivo:?}"))),
        }
    }

    /// O mesmo, e de novo enquanto o servidor estiver ocupado.
    pub fn insistir(servidor: SocketAddr) -> Result<Self, Falha> {
        let limite = std::time::Instant::now() + PRAZO;
        loop {
            match Self::tentar(servidor)? {
                Ok(cliente) => return Ok(cliente),
                Err(Motivo::Ocupado) if std::time::Instant::now() < limite => {
                    std::thread::yield_now();
                }
                Err(motivo) => {
                    return Err(Falha::nova(format!("o servidor recusou: {motivo:?}")));
                }
            }
        }
    }

    /// Liga e se apresenta; se o servidor recusa, o motivo.
    pub fn tentar(servidor: SocketAddr) -> Result<Result<Self, Motivo>, Falha> {
        let mut canal = ligar(servidor)?;
        conferir(canal.enviar(&Mensagem::Ola))?;
        let sessao = match canal.receber("as boas-vindas", PRAZO) {
            Ok(Mensagem::BemVindo { sessao }) => sessao,
            Err(medir::par::falha::Falha::Recusou { motivo, .. }) => return Ok(Err(motivo)),
            outra => return Err(Falha::nova(format!("em vez das boas-vindas: {outra:?}"))),
        };
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|udp| {
                udp.connect(servidor)?;
                udp.set_read_timeout(Some(PRAZO))?;
                Ok(udp)
            })
            .map_err(|erro| falhou("abrir um socket UDP", &erro))?;
        Ok(Ok(Self {
            canal,
            sessao,
            servidor,
            udp,
        }))
    }

    pub fn dizer(&mut self, mensagem: &Mensagem) -> Result<(), Falha> {
        conferir(self.canal.enviar(mensagem))
    }

    /// A próxima mensagem do servidor.
    pub fn ouvir(&mut self) -> Result<Mensagem, Falha> {
        conferir(self.canal.receber("o que se espera", PRAZO))
    }

    /// O servidor recusa, por este motivo.
    pub fn e_recusado(&mut self, motivo: Motivo) -> Result<(), Falha> {
        recusado(&mut self.canal, motivo)
    }

    /// O datagrama que pergunta pelo caminho.
    pub fn pergunta(&self) -> [u8; DO_CAMINHO] {
        let mut datagrama = [0; DO_CAMINHO];
        let sonda = Sonda {
            experimento: datagrama::CAMINHO,
            numero: 0,
            enviada_ns: 0,
        };
        datagrama::escrever(&sonda, self.sessao, &mut datagrama);
        datagrama
    }

    /// Pergunta pelo caminho e ouve a prova que o servidor manda por UDP.
    pub fn ouvir_a_prova(&self) -> Result<u64, Falha> {
        let enviado = self.udp.send(&self.pergunta());
        enviado.map_err(|erro| falhou("perguntar pelo caminho", &erro))?;
        let mut resposta = [0; 2048];
        let lidos = self.udp.recv(&mut resposta);
        let lidos = lidos.map_err(|erro| falhou("ouvir a prova", &erro))?;
        datagrama::prova(&resposta[..lidos], self.sessao)
            .ok_or_else(|| Falha::nova("a resposta não traz a prova"))
    }

    /// Prova ao servidor que se recebe o que ele manda por UDP.
    pub fn provar_o_caminho(&mut self) -> Result<(), Falha> {
        let prova = self.ouvir_a_prova()?;
        self.dizer(&Mensagem::Caminho { prova })?;
        match self.ouvir()? {
            Mensagem::Pronto { experimento: 0 } => Ok(()),
            outra => Err(Falha::nova(format!("em vez de PRONTO: {outra:?}"))),
        }
    }

    /// Pede uma medida, e espera que o servidor esteja pronto.
    pub fn pedir(
        &mut self,
        experimento: u32,
        pedido: medir::par::protocolo::Pedido,
    ) -> Result<(), Falha> {
        self.dizer(&Mensagem::Pedido {
            experimento,
            pedido,
        })?;
        match self.ouvir()? {
            Mensagem::Pronto { experimento: de } if de == experimento => Ok(()),
            outra => Err(Falha::nova(format!("em vez de PRONTO: {outra:?}"))),
        }
    }
}

/// Uma conexão de controle em que nada se disse.
pub fn ligar(servidor: SocketAddr) -> Result<Canal<'static>, Falha> {
    conferir(Canal::novo(conectar(servidor)?, &NUNCA))
}

/// Uma conexão TCP, com prazo.
pub fn conectar(servidor: SocketAddr) -> Result<TcpStream, Falha> {
    let conexao = TcpStream::connect_timeout(&servidor, PRAZO);
    conexao
        .and_then(|conexao| {
            conexao.set_read_timeout(Some(PRAZO))?;
            conexao.set_write_timeout(Some(PRAZO))?;
            Ok(conexao)
        })
        .map_err(|erro| falhou("ligar para o servidor", &erro))
}

/// O outro lado recusa, por este motivo.
pub fn recusado(canal: &mut Canal<'_>, esperado: Motivo) -> Result<(), Falha> {
    match canal.receber("uma recusa", PRAZO) {
        Err(medir::par::falha::Falha::Recusou { motivo, .. }) if motivo == esperado => Ok(()),
        outra => Err(Falha::nova(format!("em vez de {esperado:?}: {outra:?}"))),
    }
}

/// O resultado de uma chamada do pacote `medir`.
pub fn conferir<T>(resultado: Result<T, medir::par::falha::Falha>) -> Result<T, Falha> {
    resultado.map_err(|falha| Falha::nova(format!("o servidor não colaborou: {falha}")))
}

/// Uma linha da tabela: o valor de cada coluna.
pub type Linha = BTreeMap<String, String>;

/// As linhas de `dois-computadores.csv`, que tem de estar inteiro.
pub fn tabela(pasta: &Path) -> Result<Vec<Linha>, Falha> {
    let arquivo = pasta.join("dois-computadores.csv");
    let falha =
        |o_que: &dyn std::fmt::Display| Falha::nova(format!("{}: {o_que}", arquivo.display()));
    let texto = fs::read_to_string(&arquivo).map_err(|e| falha(&e))?;
    if !texto.ends_with('\n') {
        return Err(falha(&"a última linha não acabou"));
    }
    let mut leitor = csv::Reader::from_reader(texto.as_bytes());
    let linhas = leitor
        .deserialize()
        .map(|linha| linha.map_err(|e| falha(&e)));
    linhas.collect()
}

/// As células de uma coluna nas linhas que têm estes valores.
pub fn celulas(linhas: &[Linha], quais: &[(&str, &str)], coluna: &str) -> Vec<String> {
    let serve = |linha: &&Linha| {
        quais
            .iter()
            .all(|(nome, valor)| linha.get(*nome).is_some_and(|v| v == valor))
    };
    let celulas = linhas.iter().filter(serve).map(|linha| linha.get(coluna));
    celulas.map(|c| c.cloned().unwrap_or_default()).collect()
}

/// A soma de uma contagem, em todas as rodadas, de um ensaio e de um sentido.
pub fn soma(linhas: &[Linha], ensaio: &str, sentido: &str, medida: &str) -> Result<u64, Falha> {
    let quais = [
        ("ensaio", ensaio),
        ("sentido", sentido),
        ("protocolo", "udp"),
        ("medida", medida),
    ];
    let valores = celulas(linhas, &quais, "valor");
    exigir(
        !valores.is_empty(),
        format!("não há {ensaio} {sentido} {medida}"),
    )?;
    let numeros: Result<Vec<u64>, _> = valores.iter().map(|valor| valor.parse()).collect();
    let numeros = numeros.map_err(|e| Falha::nova(format!("{medida}: {valores:?}: {e}")))?;
    Ok(numeros.iter().sum())
}

/// As ressalvas diferentes da tabela.
pub fn ressalvas(linhas: &[Linha]) -> Vec<String> {
    let mut ressalvas = celulas(linhas, &[], "ressalva");
    ressalvas.retain(|ressalva| !ressalva.is_empty());
    ressalvas.sort_unstable();
    ressalvas.dedup();
    ressalvas
}

/// Nenhum lado duvida do outro.
pub fn ninguem_duvida(linhas: &[Linha]) -> Result<(), Falha> {
    let duvidas: Vec<String> = ressalvas(linhas)
        .into_iter()
        .filter(|r| r.contains("o servidor d") || r.contains("o servidor não acredita"))
        .collect();
    exigir(duvidas.is_empty(), format!("há dúvidas: {duvidas:?}"))
}
