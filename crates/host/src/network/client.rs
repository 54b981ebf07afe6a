//! The pool of connections, and one request over it.

use std::time::Duration;

use http::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::connect::{CONNECT_WITHIN, Connect};
use super::{body, error};

/// Connections to one origin that are kept while nothing goes over them.
const MAX_IDLE: usize = 32;

/// How long these are kept: shorter than servers and what stands before them do, whose hanging up would meet a request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(45);

/// The limit of each phase that the component does not limit itself.
const UNLIMITED: Duration = Duration::from_secs(600);

/// One client: HTTP/2 where the server takes it, else HTTP/1.1.
pub(super) struct Pool(Client<Connect, WasiBody>);

impl Pool {
    pub(super) fn new(connect: Connect) -> Self {
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(MAX_IDLE)
            // Only one that the connection's task hands back whole, which it does as long as it wrote nothing of it: a
            // kept connection that the server closed meanwhile costs no request, and nothing is sent twice.
            .retry_canceled_requests(true);
        Self(builder.build(connect))
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(
        &self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<Response<WasiBody>, Error> {
        let limits = options.unwrap_or_default();
        let connect = limits.connect_timeout.unwrap_or(UNLIMITED);
        let first_byte = limits.first_byte_timeout.unwrap_or(UNLIMITED);
        let between_bytes = limits.between_bytes_timeout.unwrap_or(UNLIMITED);
        let sending = CONNECT_WITHIN.scope(connect, self.0.request(request));
        let answer = timeout(connect.saturating_add(first_byte), sending).await;
        let answer = answer.map_err(|_| Error::ConnectionReadTimeout)?;
        let response = answer.map_err(|failed| error::of_client(&failed))?;
        Ok(response.map(|incoming| body::limited(incoming, between_bytes)))
    }
}
