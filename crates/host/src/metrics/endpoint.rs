//! The metrics over HTTP.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Metrics;

const TARGET: &str = "stripe_connector::host";

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Whoever asks sends the head of a request within this time.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// A connection is closed after this time, whatever it does: one that does not read its answer must not stay.
const CONNECTION_WITHIN: Duration = Duration::from_secs(60);

/// Connections at once; further ones wait.
const MAX_CONNECTIONS: usize = 32;

/// After a failure to accept a connection, such as for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

impl Metrics {
    /// Answers `GET /metrics` for as long as it is polled, to whoever can reach the listener: nothing of it is secret, but
    /// it tells how much business there is. Connections end with it.
    ///
    /// ```no_run
    /// # async fn example() -> std::io::Result<()> {
    /// let metrics = stripe_connector_host::Metrics::new();
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:9464").await?;
    /// tokio::spawn(metrics.serve(listener));
    /// # Ok(())
    /// # }
    /// ```
    pub fn serve(&self, listener: TcpListener) -> impl Future<Output = ()> + Send + use<> {
        let metrics = self.clone();
        async move {
            let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
            let mut connections = JoinSet::new();
            let mut failing = false;
            // The places are never closed.
            while let Ok(place) = Arc::clone(&places).acquire_owned().await {
                let stream = match listener.accept().await {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        if !std::mem::replace(&mut failing, true) {
                            tracing::warn!(target: TARGET, "nobody can ask for the metrics: {error}");
                        }
                        tokio::time::sleep(PAUSE).await;
                        continue;
                    }
                };
                failing = false;
                while connections.try_join_next().is_some() {}
                let metrics = metrics.clone();
                let answer = service_fn(move |request: Request<Incoming>| {
                    let answer = metrics.answer(request.method(), request.uri().path());
                    async move { Ok::<_, Infallible>(answer) }
                });
                let mut server = http1::Builder::new();
                server.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
                let connection = server.serve_connection(TokioIo::new(stream), answer);
                connections.spawn(async move {
                    // Whoever asks may hang up, or be hung up on, and ask again.
                    let _ = timeout(CONNECTION_WITHIN, connection).await;
                    drop(place);
                });
            }
        }
    }

    fn answer(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        let (status, kind, text) = match (path, method) {
            ("/metrics", &Method::GET | &Method::HEAD) => (StatusCode::OK, OPEN_METRICS, self.text()),
            ("/metrics", _) => (StatusCode::METHOD_NOT_ALLOWED, "text/plain", "GET is right\n".to_owned()),
            _ => (StatusCode::NOT_FOUND, "text/plain", "/metrics is the one page\n".to_owned()),
        };
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
    }
}
