//! Connections that a handler may take away from hyper, to end them in a way that HTTP does not
//! know: with a reset, in the middle of a body, with a wrong length.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With a TCP reset; what is still under way may be lost.
    Reset,
    /// In order, after everything that was written.
    Close,
}

impl End {
    pub async fn of(self, mut stream: TcpStream) -> io::Result<()> {
        match self {
            End::Reset => stream.set_zero_linger(),
            End::Close => stream.shutdown().await,
        }
    }
}

/// A connection's stream, until somebody takes it.
#[derive(Debug, Clone)]
pub struct Line(Arc<Mutex<Option<TcpStream>>>);

impl Line {
    /// The stream, whose end is then the taker's to choose; `None` when it was taken before.
    /// hyper finds the connection broken and lets it go.
    pub fn take(&self) -> Option<TcpStream> {
        self.lock().take()
    }

    /// Ends the connection; one that the client left is at its end already.
    pub async fn end(&self, end: End) {
        if let Some(stream) = self.take() {
            let _ = end.of(stream).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<TcpStream>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connected<IncomingStream<'_, Lines>> for Line {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Line {
        stream.io().0.clone()
    }
}

/// A listener whose connections can be taken away from hyper.
#[derive(Debug)]
pub struct Lines(pub TcpListener);

impl Listener for Lines {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, addr) = Listener::accept(&mut self.0).await;
        // Without this a client that waits for each answer would wait for delayed acknowledgements.
        let _ = stream.set_nodelay(true);
        (Connection(Line(Arc::new(Mutex::new(Some(stream))))), addr)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// What hyper reads from and writes to.
#[derive(Debug)]
pub struct Connection(Line);

impl Connection {
    fn poll<T>(
        &self,
        operation: impl FnOnce(Pin<&mut TcpStream>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match self.0.lock().as_mut() {
            Some(stream) => operation(Pin::new(stream)),
            None => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.poll(|stream| stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll(|stream| stream.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll(|stream| stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(|stream| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(|stream| stream.poll_shutdown(cx))
    }
}
