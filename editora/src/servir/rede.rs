//! A rede: escutar, atender cada conexão com prazos e limites, e encerrar.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use super::anuncio;
use super::fluxo::Fluxo;
use super::livro::Vista;
use super::pedido::{self, Pontas};
use crate::causa::causa;

/// Quantas conexões se atendem ao mesmo tempo: uma turma de 60, com seis por navegador.
/// A seguinte espera na fila do sistema até que uma acabe.
const CONEXOES: usize = 512;

/// Quantas delas podem ser de um endereço só: oito navegadores inteiros, que podem estar
/// todos atrás de um roteador. A que vem a mais toma o lugar da mais antiga dele, e nunca o
/// de outro leitor.
const POR_ENDERECO: usize = 48;

/// Quanto se espera por um pedido inteiro, ou pelo seguinte. Quem liga e se cala não
/// fica com o lugar de quem lê.
const PRAZO_DO_PEDIDO: Duration = Duration::from_secs(10);

/// Quanto um envio fica parado: quem pede e não lê a resposta também não segura o lugar.
const PRAZO_DO_ENVIO: Duration = Duration::from_secs(10);

/// Quanto dura uma conexão: quem lê um byte de vez em quando também acaba. O navegador
/// abre outra sem que se perceba.
const VIDA_DA_CONEXAO: Duration = Duration::from_secs(600);

/// O maior cabeçalho de um pedido, em bytes; o menor que o hyper aceita é 8192.
const MAIOR_CABECALHO: usize = 16 * 1024;

/// Quantas linhas um cabeçalho pode ter.
const LINHAS_DO_CABECALHO: usize = 64;

/// Quanto se espera, ao encerrar, pelas respostas que estão no meio.
const PRAZO_DO_FIM: Duration = Duration::from_secs(1);

/// A pausa depois de um `accept` recusado: sem descritores livres, tentar de novo na
/// mesma hora só gastaria o processador.
const PAUSA: Duration = Duration::from_millis(100);

/// Escuta em `endereco`.
///
/// # Errors
/// Uma frase com a causa e o que fazer.
pub fn escutar(endereco: SocketAddr) -> Result<TcpListener> {
    let escuta = TcpListener::bind(endereco).map_err(|erro| {
        let conselho = match erro.kind() {
            ErrorKind::AddrInUse => {
                let outra = SocketAddr::new(endereco.ip(), endereco.port().wrapping_add(1));
                format!(
                    "a porta já está em uso (outro «cargo servir» aberto?). Feche-o, ou escolha \
                     outra: --endereco {outra}"
                )
            }
            ErrorKind::AddrNotAvailable => {
                "este endereço não é desta máquina. Use 127.0.0.1, ou 0.0.0.0 para abrir à rede"
                    .to_string()
            }
            ErrorKind::PermissionDenied => format!(
                "{}. Portas abaixo de 1024 pedem um administrador: use 8000",
                causa(&erro)
            ),
            _ => causa(&erro),
        };
        anyhow!("não foi possível escutar em {endereco}: {conselho}")
    })?;
    escuta
        .set_nonblocking(true)
        .context("não foi possível preparar o socket de escuta")?;
    Ok(escuta)
}

/// Atende até um Ctrl-C.
///
/// # Errors
/// Quando o sistema não deixa começar.
pub fn servir(escuta: TcpListener, vista: watch::Receiver<Vista>, ao_vivo: bool) -> Result<()> {
    let tempo = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("não foi possível começar a servir")?;
    let resultado = tempo.block_on(atender(escuta, vista, ao_vivo));
    tempo.shutdown_timeout(PRAZO_DO_FIM);
    resultado
}

async fn atender(escuta: TcpListener, vista: watch::Receiver<Vista>, ao_vivo: bool) -> Result<()> {
    let aqui = escuta
        .local_addr()
        .context("o socket de escuta não tem endereço")?;
    let escuta = tokio::net::TcpListener::from_std(escuta)
        .context("não foi possível preparar o socket de escuta")?;
    let maquina = gethostname::gethostname().to_string_lossy().into_owned();
    let balcao = pedido::balcao(vista, ao_vivo, &maquina);
    let lugares = Arc::new(Semaphore::new(CONEXOES));
    let mut atendidas = Atendidas::default();
    let despedida = GracefulShutdown::new();
    let fim = fim();
    tokio::pin!(fim);
    anuncio::anunciar(aqui, ao_vivo);
    loop {
        let proxima = async {
            let lugar = Arc::clone(&lugares).acquire_owned().await;
            (escuta.accept().await, lugar)
        };
        let (aceita, lugar) = tokio::select! {
            // O fim primeiro: quem não para de ligar não o adia.
            biased;
            () = &mut fim => break,
            aceita = proxima => aceita,
        };
        let Ok((conexao, la)) = aceita else {
            sleep(PAUSA).await;
            continue;
        };
        // Quem já foi embora não tem endereço.
        let Ok(aqui) = conexao.local_addr() else {
            continue;
        };
        let servico = atender_uma(conexao, Pontas { aqui, la }, balcao.clone());
        let servico = despedida.watch(servico);
        let tarefa = tokio::spawn(async move {
            let _lugar = lugar;
            // Uma conexão que cai, ou que não se entende, é de quem a fez: as outras seguem.
            let _ = timeout(VIDA_DA_CONEXAO, servico).await;
        });
        atendidas.acrescentar(la.ip().to_canonical(), tarefa.abort_handle());
    }
    drop(escuta);
    crate::dizer(std::io::stdout(), "Encerrado.");
    // As páginas que esperam mudanças não acabam sozinhas; as outras respostas, sim.
    let _ = timeout(PRAZO_DO_FIM, despedida.shutdown()).await;
    Ok(())
}

/// As conexões que se atendem agora, da mais antiga à mais nova, e de quem são.
#[derive(Default)]
struct Atendidas(Vec<(IpAddr, AbortHandle)>);

impl Atendidas {
    /// Acrescenta uma, de `quem`; se ele já tem [`POR_ENDERECO`], a mais antiga dele acaba.
    fn acrescentar(&mut self, quem: IpAddr, tarefa: AbortHandle) {
        self.0.retain(|(_, outra)| !outra.is_finished());
        let dele = self.0.iter().filter(|(outro, _)| *outro == quem);
        if dele.count() >= POR_ENDERECO
            && let Some(antiga) = self.0.iter().position(|(outro, _)| *outro == quem)
        {
            self.0.remove(antiga).1.abort();
        }
        self.0.push((quem, tarefa));
    }
}

/// A conexão, pronta para ser atendida.
fn atender_uma(
    conexao: TcpStream,
    pontas: Pontas,
    balcao: Router,
) -> http1::Connection<
    TokioIo<Fluxo<TcpStream>>,
    impl hyper::service::Service<
        hyper::Request<Incoming>,
        Response = axum::response::Response,
        Error = std::convert::Infallible,
        Future: Send,
    >,
> {
    let atender = hyper::service::service_fn(move |pedido: hyper::Request<Incoming>| {
        let mut pedido: Request = pedido.map(axum::body::Body::new);
        pedido.extensions_mut().insert(pontas);
        balcao.clone().oneshot(pedido)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PRAZO_DO_PEDIDO)
        .max_buf_size(MAIOR_CABECALHO)
        .max_headers(LINHAS_DO_CABECALHO)
        .serve_connection(TokioIo::new(Fluxo::novo(conexao, PRAZO_DO_ENVIO)), atender)
}

/// Espera que alguém peça o fim: Ctrl-C, ou o sinal com que um sistema encerra um programa.
/// Os sinais são nossos já na volta: quem lê que «Ctrl-C encerra» pode apertá-lo na mesma hora.
#[cfg(unix)]
fn fim() -> impl Future<Output = ()> {
    use tokio::signal::unix::{Signal, SignalKind, signal};
    async fn chegar(sinal: Option<Signal>) {
        match sinal {
            Some(mut sinal) => {
                sinal.recv().await;
            }
            None => std::future::pending().await,
        }
    }
    let [ctrl_c, encerrar] =
        [SignalKind::interrupt(), SignalKind::terminate()].map(|qual| signal(qual).ok());
    async {
        tokio::select! {
            () = chegar(ctrl_c) => {}
            () = chegar(encerrar) => {}
        }
    }
}

/// Espera que alguém peça o fim: Ctrl-C.
#[cfg(not(unix))]
async fn fim() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
