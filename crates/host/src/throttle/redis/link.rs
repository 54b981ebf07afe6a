//! The connection to Redis: one for all requests, opened when it is needed and again when it broke.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, RedisConnectionInfo, Script};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::AbortHandle;

use super::server::RedisServer;

/// What the script answers: 1 for a place, the wait in microseconds, nodes, pauses in a row, and Redis's time.
pub(super) type Reply = (u8, u64, u32, u32, u64);

#[derive(Clone)]
struct Open {
    connection: MultiplexedConnection,
    shared: Arc<Shared>,
}

/// What the requests on one connection share.
struct Shared {
    /// Something was asked on it already.
    asked: AtomicBool,
    /// What reads and writes.
    driver: AbortHandle,
}

impl Drop for Shared {
    fn drop(&mut self) {
        // One that waits for a server that is silent would wait for good.
        self.driver.abort();
    }
}

pub(super) struct Link {
    server: RedisServer,
    script: Script,
    keys: [String; 2],
    open: Mutex<Option<Open>>,
}

impl Link {
    pub(super) fn new(server: RedisServer, connection: &str) -> Self {
        // The braces are for proxies of clusters, which run a script only where all its keys are on one server.
        let key = |what: &str| format!("stripe-connector:{{{connection}}}:{what}");
        Self {
            server,
            script: Script::new(include_str!("throttle.lua")),
            keys: [key("places"), key("state")],
            open: Mutex::default(),
        }
    }

    pub(super) fn server(&self) -> &RedisServer {
        &self.server
    }

    /// Runs the script within a time limit, connecting included. `None` when the time was over, else the answer or why
    /// there is none.
    pub(super) async fn run(
        &self,
        asked: &str,
        arguments: &[u64],
        limit: Duration,
    ) -> Option<Result<Reply, String>> {
        let answer = tokio::time::timeout(limit, self.ask(asked, arguments)).await;
        answer.ok()
    }

    async fn ask(&self, asked: &str, arguments: &[u64]) -> Result<Reply, String> {
        let mut open = self.open().await?;
        let is_new = !open.shared.asked.load(Ordering::Relaxed);
        let mut script = self.script.key(&self.keys);
        script.arg(asked).arg(u8::from(is_new)).arg(arguments);
        match script.invoke_async(&mut open.connection).await {
            Ok(reply) => {
                open.shared.asked.store(true, Ordering::Relaxed);
                Ok(reply)
            }
            Err(error) => {
                self.close(&open).await;
                Err(error.to_string())
            }
        }
    }

    async fn open(&self) -> Result<Open, String> {
        let mut open = self.open.lock().await;
        if let Some(open) = open.as_ref() {
            return Ok(open.clone());
        }
        Ok(open.insert(self.connect().await?).clone())
    }

    /// A connection over which Redis knows who asks. The stream is ours, so that it trusts and tells what all others do.
    async fn connect(&self) -> Result<Open, String> {
        let login = self.server.login().await?;
        let (host, port) = self.server.address();
        let tcp = TcpStream::connect((host, port)).await.map_err(|error| error.to_string())?;
        tcp.set_nodelay(true).map_err(|error| error.to_string())?;
        match self.server.secured() {
            None => begin(tcp, &login).await,
            Some(tls) => begin(tls.with_redis(tcp, host).await?, &login).await,
        }
    }

    /// Leaves a connection that failed, unless another request has opened a new one since.
    async fn close(&self, failed: &Open) {
        let mut open = self.open.lock().await;
        if open.as_ref().is_some_and(|open| Arc::ptr_eq(&open.shared, &failed.shared)) {
            *open = None;
        }
    }

    /// Leaves the connection: one that does not answer in time may never again. While another request opens one there is
    /// none to leave.
    pub(super) fn forget(&self) {
        if let Ok(mut open) = self.open.try_lock() {
            *open = None;
        }
    }
}

async fn begin<IO>(io: IO, login: &RedisConnectionInfo) -> Result<Open, String>
where
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    // Connecting and asking have one limit together, which `run` keeps.
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    let begun = MultiplexedConnection::new_with_config(login, io, config).await;
    let (connection, driver) = begun.map_err(|error| error.to_string())?;
    let driver = tokio::spawn(driver).abort_handle();
    Ok(Open { connection, shared: Arc::new(Shared { asked: AtomicBool::new(false), driver }) })
}
