//! A server on loopback that takes each connection through a list of steps: for what no server of HTTP would do.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader, copy, sink};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::server::{Received, read, read_head};
use crate::stage::loopback;

/// What is done to a connection next. After the last one it is closed in order.
#[derive(Clone, Debug)]
pub enum Step {
    /// Nobody listens any more; this connection goes on.
    Leave,
    /// The request is read whole.
    Read,
    /// The request's head is read, and so much of its body.
    ReadPart(usize),
    Write(Vec<u8>),
    /// The same bytes so many times, as far as the client takes them.
    Repeat(Vec<u8>, usize),
    Wait(Duration),
    /// The connection is reset.
    Reset,
    /// Nothing, for as long as the client waits.
    Silence,
}

/// It ends when dropped.
pub struct Wire {
    addr: SocketAddr,
    connections: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Wire {
    /// Asks `script` for the steps of each connection, which are counted from 1.
    pub async fn start<S>(script: S) -> Self
    where
        S: Fn(usize) -> Vec<Step> + Send + 'static,
    {
        let listener = TcpListener::bind(loopback()).await.expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let connections = Arc::<Mutex<Vec<Received>>>::default();
        let log = connections.clone();
        let task = tokio::spawn(async move {
            let mut running = JoinSet::new();
            for at in 0.. {
                let Ok((stream, _)) = listener.accept().await else {
                    break;
                };
                lock(&log).push(Received::default());
                let steps = script(at + 1);
                let last = steps.iter().any(|step| matches!(step, Step::Leave));
                let connection = Connection { at, log: log.clone(), stream: BufReader::new(stream) };
                if last {
                    drop(listener);
                    // Else somebody else could get the port and answer there.
                    let _held = hold(addr);
                    running.spawn(connection.run(steps));
                    while running.join_next().await.is_some() {}
                    return std::future::pending().await;
                }
                running.spawn(connection.run(steps));
            }
        });
        Self { addr, connections, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// What was read of each connection, which may be nothing.
    pub fn connections(&self) -> Vec<Received> {
        lock(&self.connections).clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A socket that has the address and does not listen.
fn hold(addr: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    Ok(socket)
}

fn lock(log: &Mutex<Vec<Received>>) -> std::sync::MutexGuard<'_, Vec<Received>> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Connection {
    at: usize,
    log: Arc<Mutex<Vec<Received>>>,
    stream: BufReader<TcpStream>,
}

impl Connection {
    async fn run(mut self, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::Reset => {
                    let _ = self.stream.get_ref().set_zero_linger();
                    return;
                }
                // A client that goes away is no trouble of the server's.
                step => {
                    if self.step(step).await.is_err() {
                        return;
                    }
                }
            }
        }
        // Closing over what was not read would be a reset.
        if self.stream.shutdown().await.is_ok() {
            let _ = copy(&mut self.stream, &mut sink()).await;
        }
    }

    async fn step(&mut self, step: Step) -> io::Result<()> {
        let gone = || io::Error::from(io::ErrorKind::UnexpectedEof);
        match step {
            Step::Leave | Step::Reset => {}
            Step::Read => {
                let request = read(&mut self.stream).await.ok_or_else(gone)?;
                self.note(request);
            }
            Step::ReadPart(bytes) => {
                let request = read_head(&mut self.stream).await.ok_or_else(gone)?;
                self.note(request);
                self.stream.read_exact(&mut vec![0; bytes]).await?;
            }
            Step::Write(bytes) => self.stream.write_all(&bytes).await?,
            Step::Repeat(bytes, times) => {
                for _ in 0..times {
                    self.stream.write_all(&bytes).await?;
                }
            }
            Step::Wait(time) => tokio::time::sleep(time).await,
            Step::Silence => std::future::pending().await,
        }
        Ok(())
    }

    fn note(&self, request: Received) {
        if let Some(connection) = lock(&self.log).get_mut(self.at) {
            *connection = request;
        }
    }
}

/// An address where connecting comes to no end: the queue of those who wait to be accepted is full.
pub struct Deaf {
    addr: SocketAddr,
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl Deaf {
    /// None where the system answers all the same, such as with a reset.
    pub async fn listen() -> Option<Self> {
        let socket = TcpSocket::new_v4().ok()?;
        socket.bind(loopback()).ok()?;
        let listener = socket.listen(1).ok()?;
        let addr = listener.local_addr().ok()?;
        let mut waiting = Vec::new();
        // Systems count the queue's places each in its own way.
        for _ in 0..16 {
            match tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(addr)).await {
                Ok(Ok(stream)) => waiting.push(stream),
                Ok(Err(_)) => return None,
                Err(_) => return Some(Self { addr, _listener: listener, _waiting: waiting }),
            }
        }
        None
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}
