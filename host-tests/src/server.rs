//! A server on loopback that answers as a test says, also as no server should.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::stage::loopback;

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// `POST /v1/customers HTTP/1.1`.
    pub line: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// What of the body is text.
    pub body: String,
    /// The body as it came: uploads are no text.
    pub bytes: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// What its `Content-Length` says.
    fn length(&self) -> usize {
        self.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0)
    }
}

/// What happens after a request was read whole.
#[derive(Clone, Debug)]
pub enum Answer {
    /// These bytes, and the connection stays open for the next request.
    Bytes(Vec<u8>),
    /// These bytes, then the end of the connection.
    Cut(Vec<u8>),
    /// The connection is reset.
    Reset,
    /// Nothing, for as long as the client waits.
    Silence,
}

impl Answer {
    /// A whole answer of HTTP with a status such as `200 OK`.
    pub fn http(status: &str, headers: &[(&str, &str)], body: &str) -> Self {
        Self::binary(status, headers, body.as_bytes())
    }

    /// The same with a body that is no text.
    pub fn binary(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
        Self::Bytes(message(status, headers, body))
    }

    pub fn json(body: &str) -> Self {
        Self::http("200 OK", &[("Content-Type", "application/json"), ("Request-Id", "req_1")], body)
    }
}

/// The bytes of a whole answer with a status such as `200 OK`.
pub fn message(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

/// It ends when dropped.
pub struct Server {
    addr: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    /// Gives every request the same answer.
    pub async fn answering(answer: Answer) -> Self {
        Self::start(move |_| std::future::ready(answer.clone())).await
    }

    /// Asks `handler` for every answer. Connections run side by side.
    pub async fn start<H, F>(handler: H) -> Self
    where
        H: Fn(Received) -> F + Clone + Send + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let listener = TcpListener::bind(loopback()).await.expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let connections = Arc::<AtomicUsize>::default();
        let (log, opened) = (received.clone(), connections.clone());
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                opened.fetch_add(1, Ordering::SeqCst);
                connections.spawn(serve(stream, handler.clone(), log.clone()));
            }
        });
        Self { addr, received, connections, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Every request so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve<H, F>(stream: TcpStream, handler: H, log: Arc<Mutex<Vec<Received>>>)
where
    H: Fn(Received) -> F,
    F: Future<Output = Answer>,
{
    // Else a client that waits for each answer would wait for delayed acknowledgements.
    let _ = stream.set_nodelay(true);
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await {
        log.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        match handler(request).await {
            Answer::Bytes(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Answer::Cut(bytes) => {
                // The client may be gone already, which is its right.
                let _ = stream.write_all(&bytes).await;
                return;
            }
            Answer::Reset => {
                let _ = stream.get_ref().set_zero_linger();
                return;
            }
            Answer::Silence => std::future::pending().await,
        }
    }
}

/// The next request of a connection; none when it ends.
pub(crate) async fn read(stream: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut request = read_head(stream).await?;
    let mut bytes = vec![0; request.length()];
    stream.read_exact(&mut bytes).await.ok()?;
    request.body = String::from_utf8_lossy(&bytes).into_owned();
    request.bytes = bytes;
    Some(request)
}

/// The same without its body, which is still to come.
pub(crate) async fn read_head(stream: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut text = String::new();
    stream.read_line(&mut text).await.ok().filter(|read| *read > 0)?;
    let line = text.trim_end().to_owned();
    let mut headers = Vec::new();
    loop {
        text.clear();
        stream.read_line(&mut text).await.ok().filter(|read| *read > 0)?;
        let Some((name, value)) = text.trim_end().split_once(':') else {
            return Some(Received { line, headers, body: String::new(), bytes: Vec::new() });
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}
