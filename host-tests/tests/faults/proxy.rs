//! A network between the connector and the sandbox that loses requests and answers, each by a decision that the same
//! seed makes again: of what the request is and how often it came, not of when.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use host_tests::server::{Answer, Received, Server, message};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request is spared after so many attempts, so that repeating ends.
const WORST: u32 = 5;

/// What becomes of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Pass,
    /// It never arrives.
    LostBefore,
    /// It is carried out, and the answer never arrives.
    LostAfter,
    /// It is carried out, and half of the answer arrives.
    Cut,
    /// A proxy's own page; it never arrives.
    Down,
    /// Stripe's limiter, which comes before everything else.
    Limited,
}

pub struct Proxy {
    server: Server,
    met: Arc<Met>,
}

/// How many attempts there were, and how many came to harm.
#[derive(Default)]
struct Met {
    times: Mutex<HashMap<(String, Vec<u8>), u32>>,
    harmed: AtomicUsize,
}

impl Proxy {
    pub async fn start(seed: u64, behind: SocketAddr) -> Self {
        let met = Arc::<Met>::default();
        let shared = met.clone();
        let server = Server::start(move |request| handle(seed, behind, request, shared.clone())).await;
        Self { server, met }
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    pub fn received(&self) -> Vec<Received> {
        self.server.received()
    }

    pub fn harmed(&self) -> usize {
        self.met.harmed.load(Ordering::Relaxed)
    }
}

/// The seed of this run: `FAULT_SEED`, or always the same.
pub fn seed() -> u64 {
    match std::env::var("FAULT_SEED") {
        Ok(text) => {
            text.parse().unwrap_or_else(|_| panic!("FAULT_SEED is a whole number, and {text:?} is none"))
        }
        Err(_) => 1,
    }
}

fn fate(seed: u64, request: &Received, attempt: u32) -> Fate {
    let draw = |salt: u32| {
        let mut hasher = DefaultHasher::new();
        (seed, &request.line, &request.bytes, salt).hash(&mut hasher);
        hasher.finish() % 100
    };
    // All attempts of one call meet the limiter, or the call would hardly ever end with its answer.
    if request.line.starts_with("POST") && draw(0) < 4 && attempt <= 3 {
        return Fate::Limited;
    }
    match draw(attempt) {
        _ if attempt > WORST => Fate::Pass,
        0..8 => Fate::LostBefore,
        8..17 => Fate::LostAfter,
        17..26 => Fate::Cut,
        26..34 => Fate::Down,
        _ => Fate::Pass,
    }
}

async fn handle(seed: u64, behind: SocketAddr, request: Received, met: Arc<Met>) -> Answer {
    let attempt = {
        let mut times = met.times.lock().unwrap_or_else(PoisonError::into_inner);
        let times = times.entry((request.line.clone(), request.bytes.clone())).or_default();
        *times += 1;
        *times
    };
    let fate = fate(seed, &request, attempt);
    if fate != Fate::Pass {
        met.harmed.fetch_add(1, Ordering::Relaxed);
    }
    match fate {
        Fate::LostBefore => Answer::Reset,
        Fate::Down => Answer::http("503 Service Unavailable", &[], "<html><h1>503</h1></html>"),
        Fate::Limited => {
            let body =
                r#"{"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Slowly."}}"#;
            Answer::Bytes(message("429 Too Many Requests", &[], body.as_bytes()))
        }
        Fate::Pass | Fate::LostAfter | Fate::Cut => match forward(behind, &request).await {
            Err(_) => Answer::Reset,
            Ok(_) if fate == Fate::LostAfter => Answer::Reset,
            Ok(answer) if fate == Fate::Cut => {
                let head = answer.windows(4).position(|end| end == b"\r\n\r\n").map_or(0, |at| at + 4);
                Answer::Cut(answer[..head + (answer.len() - head) / 2].to_vec())
            }
            Ok(answer) => Answer::Cut(answer),
        },
    }
}

/// The whole answer to a request that is sent on as it came, but for the connection, which ends with it.
async fn forward(behind: SocketAddr, request: &Received) -> std::io::Result<Vec<u8>> {
    let mut head = format!("{}\r\n", request.line);
    for (name, value) in request.headers.iter().filter(|(name, _)| name != "connection") {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("connection: close\r\n\r\n");
    let mut stream = TcpStream::connect(behind).await?;
    stream.set_nodelay(true)?;
    stream.write_all(&[head.as_bytes(), &request.bytes].concat()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}
