//! Os dois comandos, o corte, o prazo e o fim.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use rustix::thread::gettid;
use sockets::chat::interrupcao::Interrompido;

use super::contas::{contar, somar};
use super::processo::{Espera, GRACA, Processo, descrever, interrompido};
use super::saida::repassar;
use super::{Pedido, escuta};
use crate::caminho::{Contas, Regras};
use crate::interrupcao::Interrupcao;
use crate::laboratorio::{Laboratorio, Lado};

/// Quanto se espera que o comando do servidor passe a escutar. Nem todos escutam: depois
/// disso o cliente começa assim mesmo.
const PRAZO_DA_ESCUTA: Duration = Duration::from_secs(5);

/// De quanto em quanto tempo se olha algo que outro vai mudar.
const OLHADA: Duration = Duration::from_millis(20);

/// Quanto se espera, depois do fim, pelo que o servidor ainda tem a mostrar.
const RESTO_DA_SAIDA: Duration = Duration::from_secs(1);

/// Veja [`super::rodar`].
pub fn rodar(pedido: &Pedido) -> Result<()> {
    let usuarios = espaco_de_usuarios();
    let laboratorio = Laboratorio::montar()?;
    let entrada = Entrada {
        usuarios: usuarios != espaco_de_usuarios(),
    };
    let interrupcao = Interrupcao::vigiar()
        .context("não foi possível passar a tratar o Ctrl-C")?;
    laboratorio.aplicar(
        pedido.ida.clone(),
        pedido.volta.clone(),
        pedido.semente,
    );
    anunciar(&laboratorio);
    let acabou = AtomicBool::new(false);
    let (laboratorio, acabou) = (&laboratorio, &acabou);
    let (feito, contas) = thread::scope(|escopo| {
        let (pronto, inicio) = channel();
        let servidor = escopo.spawn(move || {
            laboratorio.dentro(Lado::Servidor, || {
                servir(pedido, &entrada, &pronto, acabou)
            })
        });
        let aviso = Aviso(acabou);
        let mut caminho = Caminho::novo(laboratorio, pedido);
        let feito =
            esperar_o_servidor(&inicio, &interrupcao).and_then(|pronto| {
                // Se ele não começou, o erro é o dele.
                if !pronto {
                    return Ok(());
                }
                laboratorio.dentro(Lado::Cliente, || {
                    acompanhar(pedido, &mut caminho, &interrupcao)
                })
            });
        drop(aviso);
        let servido = servidor.join().unwrap_or_else(|_| {
            Err(anyhow!("a thread do servidor acabou em pânico"))
        });
        (feito.and(servido), caminho.contas())
    });
    if feito.is_ok() || contas != Contas::default() {
        for linha in contar(&contas, sem_buffer(laboratorio)?) {
            eprintln!("{linha}");
        }
    }
    feito
}

/// Quantos datagramas os núcleos do cliente e do servidor jogaram fora, porque o buffer
/// de um socket estava cheio.
fn sem_buffer(laboratorio: &Laboratorio) -> Result<[u64; 2]> {
    let de = |lado| anyhow::Ok(laboratorio.contadores(lado)?.udp_sem_buffer);
    Ok([de(Lado::Cliente)?, de(Lado::Servidor)?])
}

fn anunciar(laboratorio: &Laboratorio) {
    let [cliente, servidor] =
        [Lado::Cliente, Lado::Servidor].map(|lado| laboratorio.endereco(lado));
    eprintln!("o cliente é {cliente} e o servidor é {servidor}");
}

/// O comando do servidor, do começo ao fim. Avisa quando o cliente já pode começar.
fn servir(
    pedido: &Pedido,
    entrada: &Entrada,
    pronto: &Sender<()>,
    acabou: &AtomicBool,
) -> Result<()> {
    let continua = || !acabou.load(Ordering::Relaxed);
    if pedido.servidor.is_empty() {
        entrada.ensinar();
        let _ = pronto.send(());
        while continua() {
            thread::sleep(OLHADA);
        }
        return Ok(());
    }
    let (leitura, escrita) = io::pipe()?;
    let mut processo =
        Processo::com_cano(&pedido.servidor, escrita).context("no servidor")?;
    let (mostrando, fim) = channel::<()>();
    thread::spawn(move || {
        // O fim dela larga o canal: é o aviso de que tudo já se mostrou.
        let _mostrando = mostrando;
        repassar(leitura, io::stderr())
    });
    let prazo = Instant::now() + PRAZO_DA_ESCUTA;
    let espera = processo.esperar(|| {
        continua() && !escuta::ha_alguem() && Instant::now() < prazo
    })?;
    if let Espera::Acabou(fim) = espera
        && !fim.success()
    {
        bail!("o comando do servidor {} logo no começo", descrever(fim));
    }
    let _ = pronto.send(());
    while continua() {
        thread::sleep(OLHADA);
    }
    processo.acabar(GRACA)?;
    // Um neto que se soltou do grupo pode segurar o cano: não se espera por ele.
    let _ = fim.recv_timeout(RESTO_DA_SAIDA);
    Ok(())
}

/// Como se entra nos computadores de mentira.
struct Entrada {
    /// Se há um espaço de usuários a atravessar: quem já era root não mudou de espaço.
    usuarios: bool,
}

impl Entrada {
    /// Conta como pôr, em outro terminal, um comando no computador desta thread.
    fn ensinar(&self) {
        let thread = gettid().as_raw_nonzero();
        let usuarios = if self.usuarios {
            " --user --preserve-credentials"
        } else {
            ""
        };
        eprintln!(
            "para rodar algo no servidor, em outro terminal:\n  \
             nsenter --target {thread}{usuarios} --net COMANDO"
        );
    }
}

/// O nome do espaço de usuários deste processo; `None` se o núcleo não diz.
fn espaco_de_usuarios() -> Option<PathBuf> {
    fs::read_link("/proc/self/ns/user").ok()
}

/// Espera que o comando do servidor esteja pronto; `false` se ele nem começou.
fn esperar_o_servidor(
    inicio: &Receiver<()>,
    interrupcao: &Interrupcao,
) -> Result<bool> {
    loop {
        match inicio.recv_timeout(OLHADA) {
            Ok(()) => return Ok(true),
            Err(RecvTimeoutError::Disconnected) => return Ok(false),
            Err(RecvTimeoutError::Timeout) if interrupcao.pedida() => {
                return Err(Interrompido.into());
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// O comando do cliente, do começo ao fim.
fn acompanhar(
    pedido: &Pedido,
    caminho: &mut Caminho<'_>,
    interrupcao: &Interrupcao,
) -> Result<()> {
    let mut processo = Processo::com_terminal(&pedido.cliente)?;
    let comeco = Instant::now();
    let no_prazo = || pedido.prazo.is_none_or(|prazo| comeco.elapsed() < prazo);
    let espera = processo.esperar(|| {
        caminho.olhar(comeco.elapsed());
        no_prazo() && !interrupcao.pedida()
    })?;
    match espera {
        // O Ctrl-C chega aos dois, e ele pode acabar antes que aqui se saiba.
        Espera::Acabou(fim) if interrupcao.pedida() || interrompido(fim) => {
            Err(Interrompido.into())
        }
        Espera::Acabou(fim) if fim.success() => Ok(()),
        Espera::Acabou(fim) => {
            bail!("o comando do cliente {}", descrever(fim))
        }
        Espera::Desistiu if interrupcao.pedida() => {
            // O Ctrl-C no terminal também é para ele.
            processo.acabar(GRACA)?;
            Err(Interrompido.into())
        }
        Espera::Desistiu => {
            processo.acabar(Duration::ZERO)?;
            bail!("o prazo acabou antes do comando do cliente")
        }
    }
}

/// O caminho, com o corte na hora dele.
struct Caminho<'a> {
    laboratorio: &'a Laboratorio,
    pedido: &'a Pedido,
    /// As contas até a última vez em que as regras mudaram.
    antes: Contas,
    corte: Corte,
}

/// Em que ponto está o corte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Corte {
    Falta,
    Vale,
    Passou,
}

impl<'a> Caminho<'a> {
    fn novo(laboratorio: &'a Laboratorio, pedido: &'a Pedido) -> Self {
        Self {
            laboratorio,
            pedido,
            antes: Contas::default(),
            corte: Corte::Falta,
        }
    }

    /// Corta ou religa, se é a hora.
    fn olhar(&mut self, passou: Duration) {
        let Some((de, ate)) = self.pedido.corte else {
            return;
        };
        if self.corte == Corte::Falta && passou >= de {
            self.corte = Corte::Vale;
            let nada = Regras {
                perda: 1.0,
                ..Regras::default()
            };
            self.trocar(nada.clone(), nada);
        }
        if self.corte == Corte::Vale && passou >= ate {
            self.corte = Corte::Passou;
            let Pedido { ida, volta, .. } = self.pedido;
            self.trocar(ida.clone(), volta.clone());
        }
    }

    /// O que está no caminho no meio da troca se perde sem ser contado: é o quadro que
    /// estava no cabo quando o arrancaram.
    fn trocar(&mut self, ida: Regras, volta: Regras) {
        self.antes = self.contas();
        self.laboratorio.aplicar(ida, volta, self.pedido.semente);
    }

    /// As contas desde o começo.
    fn contas(&self) -> Contas {
        somar([self.antes, self.laboratorio.contas()])
    }
}

/// Avisa que acabou ao sair de cena, também em um pânico: ninguém espera para sempre.
struct Aviso<'a>(&'a AtomicBool);

impl Drop for Aviso<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
