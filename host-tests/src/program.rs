//! A server that others wrote, as a process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

/// How long a server may take until it listens: some compile first, on a machine that is busy.
const START: Duration = Duration::from_secs(120);

/// It ends when dropped.
pub struct Program {
    child: Mutex<Child>,
    called: String,
    printed: Arc<Mutex<String>>,
}

impl Program {
    /// # Panics
    /// If it cannot be started.
    pub fn start(command: &mut Command) -> Self {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let both = writer.try_clone().expect("a pipe");
        let child = command.stdin(Stdio::null()).stdout(writer).stderr(both).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let called = format!("{command:?}");
        let printed = Arc::<Mutex<String>>::default();
        let lines = printed.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(reader).lines().map_while(Result::ok) {
                let mut printed = lines.lock().unwrap_or_else(PoisonError::into_inner);
                printed.push_str(&line);
                printed.push('\n');
            }
        });
        // It holds the writing ends, and the reader would wait for them for ever.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self { child: Mutex::new(child), called, printed }
    }

    /// One that was told to listen there, once it does.
    pub async fn listening(command: &mut Command, address: SocketAddr) -> Self {
        let program = Self::start(command);
        program.listens(address).await;
        program
    }

    /// Comes back when it listens there.
    ///
    /// # Panics
    /// If it ends before, or takes too long.
    pub async fn listens(&self, address: SocketAddr) {
        let started = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            self.goes_on(started, "listen").await;
        }
        // It may be another one that listens there.
        self.goes_on(started, "listen").await;
    }

    /// Comes back when it has printed that.
    ///
    /// # Panics
    /// If it ends before, or takes too long.
    pub async fn says(&self, text: &str) {
        let started = Instant::now();
        while !self.printed().contains(text) {
            self.goes_on(started, "say so").await;
        }
    }

    async fn goes_on(&self, started: Instant, what: &str) {
        let status = self.child.lock().unwrap_or_else(PoisonError::into_inner).try_wait();
        let status = status.expect("a status");
        assert!(status.is_none(), "{} ended, {status:?}: {}", self.called, self.printed());
        assert!(started.elapsed() < START, "{} does not {what}: {}", self.called, self.printed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    /// What it printed so far, on both outputs.
    pub fn printed(&self) -> String {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        // It may have ended by itself.
        let _ = child.kill();
        let _ = child.wait();
    }
}
