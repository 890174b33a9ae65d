//! Tudo que se abre antes da conversa, na ordem em que pode falhar.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::{self, ErrorKind, IsTerminal};
use std::net::{SocketAddr, UdpSocket};
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use mio::{Poll, Registry, Token};

use super::confiavel::Confiavel;
use super::conversa::{Conversa, Entrada, Jeito};
use super::evento::{self, FICHA_DAS_THREADS, Remetente};
use super::narrador::Narrador;
use super::opcoes::{Opcoes, nome_do_modo};
use super::par::{Enderecos, porta_vizinha};
use super::protocolo::{Modo, Sessao};
use super::registro::Registro;
use super::tcp::{self, Tcp};
use super::terminal::Terminal;
use super::terminal::simples::Simples;
#[cfg(feature = "tela")]
use super::terminal::tela;
use super::transporte::Transporte;
use super::udp::{self, Udp};
use super::{frases, interrupcao, teclado};

/// A primeira ficha dos sockets.
const FICHA_DOS_SOCKETS: Token = Token(FICHA_DAS_THREADS.0 + 1);

// ANCHOR: conversar
/// Conversa do jeito que a pessoa pediu, até o fim.
///
/// # Errors
/// Quando algo não se abre, e o erro diz o que fazer, e os de
/// [`Conversa::durar`].
pub fn conversar(opcoes: &Opcoes) -> Result<()> {
    let agora = Instant::now();
    let registro = opcoes.registro.as_deref();
    let registro = registro.map(Registro::abrir).transpose()?;
    let poll = Poll::new().context("o sistema não deixou esperar pela rede")?;
    let (remetente, caixa) = evento::fila(poll.registry())?;
    let transporte = abrir_transporte(poll.registry(), opcoes, agora)?;
    let frente = Frente::abrir(opcoes, &remetente)?;
    let Enderecos { par, local } = opcoes.enderecos;
    let mut narrador = Narrador::novo(frente.terminal, registro, par, agora);
    narrador.aviso(&frases::abriu(local, par, nome_do_modo(opcoes.modo)));
    for dica in frente.dicas {
        narrador.aviso(dica);
    }
    let jeito = Jeito {
        modo: opcoes.modo,
        nome: opcoes.nome.clone(),
        uma_conversa: opcoes.uma_conversa,
        espera: opcoes.espera,
    };
    Conversa::nova(transporte, narrador, frente.entrada, jeito, agora)
        .durar(poll, &caixa)
}
// ANCHOR_END: conversar

// ANCHOR: transporte
/// O protocolo pedido, já com a porta local.
fn abrir_transporte(
    registro: &Registry,
    opcoes: &Opcoes,
    agora: Instant,
) -> Result<Box<dyn Transporte>> {
    let Enderecos { par, local } = opcoes.enderecos;
    let falhou = |erro| porta_recusada(opcoes.enderecos, &erro);
    let (sessao, nome) = (sortear_sessao(), opcoes.nome.clone());
    if opcoes.modo == Modo::Tcp {
        let escuta = tcp::escutar(local).map_err(falhou)?;
        let config = tcp::Config {
            enderecos: vec![par],
            sessao,
            nome,
            ficha: FICHA_DOS_SOCKETS,
            prazos: tcp::Prazos::default(),
        };
        return Tcp::abrir(registro, escuta, config, agora)
            .map(|tcp| Box::new(tcp) as Box<dyn Transporte>)
            .map_err(|erro| sem_caminho(par, &erro));
    }
    let abertura = udp::Abertura {
        socket: UdpSocket::bind(local).map_err(falhou)?,
        ficha: FICHA_DOS_SOCKETS,
        par,
        sessao,
        nome,
        prazos: udp::Prazos::default(),
    };
    let aberto = if opcoes.modo == Modo::Udp {
        Udp::abrir(registro, abertura, agora)
            .map(|udp| Box::new(udp) as Box<dyn Transporte>)
    } else {
        Confiavel::abrir(registro, abertura, agora)
            .map(|confiavel| Box::new(confiavel) as Box<dyn Transporte>)
    };
    aberto.map_err(|erro| sem_caminho(par, &erro))
}
// ANCHOR_END: transporte

/// Uma sessão que ninguém mais tem: as chaves de um [`RandomState`] vêm do sorteio do
/// sistema.
fn sortear_sessao() -> Sessao {
    Sessao(RandomState::new().hash_one(std::process::id()).max(1))
}

fn porta_recusada(
    Enderecos { par, local }: Enderecos,
    erro: &io::Error,
) -> anyhow::Error {
    let vizinha = porta_vizinha(local.port(), par.port());
    let conselho = match erro.kind() {
        ErrorKind::AddrInUse => format!(
            "outro programa já usa essa porta (outro chat?). Feche-o, ou use outra: aqui \
             --porta-local {vizinha}, e do outro lado --porta {vizinha}"
        ),
        ErrorKind::PermissionDenied => {
            "o sistema reserva essa porta. Use outra, acima de 1023: --porta-local 50000"
                .to_string()
        }
        ErrorKind::AddrNotAvailable | ErrorKind::Unsupported => {
            "este computador não tem endereços desse tipo. Use em --ip um IPv4"
                .to_string()
        }
        _ => "veja o que o sistema disse".to_string(),
    };
    anyhow!("não foi possível escutar em {local} ({erro}): {conselho}")
}

fn sem_caminho(par: SocketAddr, erro: &io::Error) -> anyhow::Error {
    anyhow!(
        "não foi possível falar com {par}: {erro}. Confira o --ip e se este \
         computador está na rede"
    )
}

/// O lado da pessoa: o que ela vê e de onde vem o que ela diz.
struct Frente {
    terminal: Box<dyn Terminal>,
    entrada: Entrada,
    dicas: Vec<&'static str>,
}

impl Frente {
    // ANCHOR: frente
    /// Escolhe onde a conversa aparece e começa as threads que ouvem a pessoa.
    fn abrir(opcoes: &Opcoes, remetente: &Remetente) -> Result<Self> {
        let confirma = opcoes.modo != Modo::Udp;
        let entrada = de_onde(opcoes);
        let e_pessoa = matches!(entrada, Entrada::Pessoa(_));
        #[cfg(feature = "tela")]
        if e_pessoa && !opcoes.simples && tela::serve() {
            // Antes da tela: um pedido para acabar no meio deixaria o terminal no
            // modo dela.
            interrupcao::vigiar(remetente.clone(), Some(tela::restaurar))
                .context(SEM_CTRL_C)?;
            let terminal = tela::Tela::nova(confirma)
                .context("não foi possível abrir a tela; use --simples")?;
            tela::vigiar(remetente.clone()).context(SEM_ENTRADA)?;
            return Ok(Self {
                terminal: Box::new(terminal),
                entrada,
                dicas: vec![DICA_DE_AJUDA],
            });
        }
        interrupcao::vigiar(remetente.clone(), None).context(SEM_CTRL_C)?;
        if !opcoes.so_ouvir {
            teclado::ler(remetente.clone()).context(SEM_ENTRADA)?;
        }
        let mut dicas = Vec::new();
        if e_pessoa {
            dicas.push(DICA_DE_AJUDA);
            if cfg!(not(feature = "tela")) && !opcoes.simples {
                dicas.push(DICA_DA_TELA);
            }
        }
        Ok(Self {
            terminal: Box::new(Simples::novo(confirma)),
            entrada,
            dicas,
        })
    }
    // ANCHOR_END: frente
}

fn de_onde(opcoes: &Opcoes) -> Entrada {
    if opcoes.so_ouvir {
        Entrada::Nenhuma
    } else if io::stdin().is_terminal() {
        Entrada::pessoa()
    } else {
        Entrada::cano()
    }
}

const SEM_CTRL_C: &str = "não foi possível vigiar o Ctrl-C";

const SEM_ENTRADA: &str = "não foi possível ler a entrada";

const DICA_DE_AJUDA: &str = "/ajuda mostra os comandos; Ctrl-C sai";

const DICA_DA_TELA: &str = "dica: cargo chat, com estas mesmas opções, separa o que chega do que você digita";

#[cfg(test)]
mod testes {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn duas_sessoes_nunca_sao_a_mesma() {
        let sessoes: std::collections::HashSet<_> =
            (0..1000).map(|_| sortear_sessao()).collect();
        assert_eq!(sessoes.len(), 1000);
        assert!(!sessoes.contains(&Sessao(0)));
    }

    #[test]
    fn uma_porta_em_uso_e_dita_com_a_saida() {
        let outro = TcpListener::bind("127.0.0.1:0").unwrap();
        let local = outro.local_addr().unwrap();
        let par = "127.0.0.1:7".parse().unwrap();
        let erro = tcp::escutar(local).unwrap_err();
        let erro = porta_recusada(Enderecos { par, local }, &erro);
        let frase = erro.to_string();
        assert!(frase.contains(&local.to_string()), "{frase}");
        let vizinha = porta_vizinha(local.port(), 7);
        assert!(
            frase.contains(&format!("--porta-local {vizinha}")),
            "{frase}"
        );
        // Sem a causa na cadeia, `executar` não acrescenta a dica de outros
        // programas.
        assert!(erro.downcast_ref::<io::Error>().is_none());
    }
}
