//! Uma conexão que desiste de quem não lê.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Uma conexão em que um envio parado tem um prazo. Sem ele, quem pede uma página grande
/// e não a lê ficaria, de graça, com o lugar e com a memória dela.
pub struct Fluxo<C> {
    conexao: C,
    prazo: Duration,
    /// O prazo do envio que está parado agora.
    parado: Option<Pin<Box<Sleep>>>,
}

impl<C> Fluxo<C> {
    /// A `conexao`, em que nenhum envio fica parado por mais de `prazo`.
    pub fn novo(conexao: C, prazo: Duration) -> Self {
        Self {
            conexao,
            prazo,
            parado: None,
        }
    }

    fn cobrar<T>(
        &mut self,
        tarefa: &mut Context<'_>,
        feito: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if feito.is_ready() {
            self.parado = None;
            return feito;
        }
        let prazo = self.prazo;
        let parado = self.parado.get_or_insert_with(|| Box::pin(sleep(prazo)));
        let passou = parado.as_mut().poll(tarefa);
        passou.map(|()| Err(ErrorKind::TimedOut.into()))
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for Fluxo<C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        tarefa: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.conexao).poll_read(tarefa, buffer)
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for Fluxo<C> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        tarefa: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let feito = Pin::new(&mut self.conexao).poll_write(tarefa, bytes);
        self.cobrar(tarefa, feito)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        tarefa: &mut Context<'_>,
        pedacos: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let feito = Pin::new(&mut self.conexao).poll_write_vectored(tarefa, pedacos);
        self.cobrar(tarefa, feito)
    }

    fn is_write_vectored(&self) -> bool {
        self.conexao.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, tarefa: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.conexao).poll_flush(tarefa)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, tarefa: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.conexao).poll_shutdown(tarefa)
    }
}

#[cfg(test)]
mod testes {
    use std::future::poll_fn;

    use super::*;

    /// Uma conexão cujo outro lado nunca lê.
    struct Surda;

    impl AsyncWrite for Surda {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn um_envio_parado_desiste() {
        let tempo = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let erro = tempo.block_on(async {
            let mut fluxo = Fluxo::novo(Surda, Duration::from_millis(1));
            poll_fn(|tarefa| Pin::new(&mut fluxo).poll_write(tarefa, b"x")).await
        });
        assert_eq!(erro.unwrap_err().kind(), ErrorKind::TimedOut);
    }
}
