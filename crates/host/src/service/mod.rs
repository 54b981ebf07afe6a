//! The connector as an HTTP service that speaks the connectors v2 runtime API: the component of `crates/service` with the
//! connector inside, in an instance of its own for each request.

mod body;
mod names;

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_io_timeout::TimeoutStream;
use wasmtime::component::Linker;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

use body::Timely;

use crate::error::BuildError;
use crate::instances;
use crate::metrics::{Gauges, Metrics, Observed, Outcome};
use crate::runtime;
use crate::state::{self, Connection, State};

/// The service that this crate was built with, connector included.
pub const SERVICE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/stripe_connector_service.wasm"));

/// Whoever calls sends the head of a request within this time.
const HEAD_WITHIN: Duration = Duration::from_secs(30);

/// Whoever calls reads the answer within this time: 16 MiB, the most that Stripe is let to say, at 1.1 Mbit/s.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);

/// A connection ends whose caller reads nothing for so long of what there is for him.
const UNREAD_FOR: Duration = Duration::from_secs(60);

/// So many connections are open at once; who comes then waits until one of them ends.
const MAX_CONNECTIONS: usize = 1024;

/// After a failure to accept a connection, such as for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

const TARGET: &str = "stripe_connector::host";

/// A service for one connection. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
    metrics: Metrics,
}

struct Inner {
    pre: ProxyPre<State>,
    /// Nobody shows a token.
    open: bool,
    connection: Arc<Connection>,
    permits: Arc<Semaphore>,
    max_instances: usize,
    memory: AtomicUsize,
}

impl Service {
    /// Compiles [`SERVICE`], or takes it from the directory if it was kept there.
    pub(crate) fn new(
        connection: Connection,
        metrics: Metrics,
        name: &str,
        max_instances: usize,
        directory: Option<&Path>,
    ) -> Result<Self, BuildError> {
        // Its first megabyte is a stack, of which little is written.
        let engine = runtime::ticking(0)?;
        let prepare = || {
            let component = runtime::compiled(&engine, SERVICE, directory)?;
            let mut linker = Linker::new(&engine);
            state::lend_service(&mut linker)?;
            ProxyPre::new(linker.instantiate_pre(&component)?)
        };
        let pre = prepare().map_err(|error| BuildError::Component(error.into()))?;
        let open = connection.settings.iter().any(|(name, value)| name == "service_auth" && value == "none");
        let inner = Arc::new(Inner {
            pre,
            open,
            connection: Arc::new(connection),
            permits: Arc::new(Semaphore::new(max_instances)),
            max_instances,
            memory: AtomicUsize::new(0),
        });
        let observed = Arc::downgrade(&inner);
        metrics.observe(name, observed);
        Ok(Self { inner, metrics })
    }

    /// What it counts and times; a request to it is a call of the operation `serve`.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Answers requests over HTTP/1.1 until `end` comes, and then those to their end that are under way.
    pub async fn serve(&self, listener: TcpListener, end: impl Future<Output = ()>) {
        let connections = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let mut failing = false;
        let mut end = std::pin::pin!(end);
        let accept = || async {
            // The places are never closed.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            listener.accept().await.map(|(stream, _)| (stream, place))
        };
        loop {
            let accepted = tokio::select! {
                accepted = accept() => accepted,
                () = &mut end => break,
            };
            match accepted {
                Ok((stream, place)) => {
                    failing = false;
                    self.connect(stream, &connections, place);
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::error!(target: TARGET, "no request can come in: {error}");
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        drop(listener);
        connections.shutdown().await;
    }

    fn connect(
        &self,
        stream: TcpStream,
        connections: &GracefulShutdown,
        place: Option<OwnedSemaphorePermit>,
    ) {
        let inner = Arc::clone(&self.inner);
        // Of a connection that has no address any more nothing is answered.
        let own = stream.local_addr().unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)));
        let answer = service_fn(move |request: Request<Incoming>| {
            let inner = Arc::clone(&inner);
            async move { Ok::<_, Infallible>(answer(inner, own, request).await) }
        });
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(UNREAD_FOR));
        let connection = server.serve_connection(TokioIo::new(Box::pin(stream)), answer);
        let connection = connections.watch(connection);
        // Callers may hang up whenever they like.
        tokio::spawn(async move {
            drop(connection.await);
            drop(place);
        });
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

/// A request in an instance of its own. A caller who hangs up ends nothing: a change that is under way comes to its end.
async fn answer(
    inner: Arc<Inner>,
    own: SocketAddr,
    mut request: Request<Incoming>,
) -> Response<HyperOutgoingBody> {
    if let Err(why) = names::check(&mut request, own, inner.open) {
        return refusal(why);
    }
    // Whether it is there it says at once, also while all its instances wait for Stripe.
    if request.uri().path() == "/healthz" && [Method::GET, Method::HEAD].contains(request.method()) {
        return plain(StatusCode::OK, "text/plain; charset=utf-8", "ok");
    }
    let begun = Instant::now();
    let counts = Arc::clone(&inner.connection.counts);
    counts.call_begins();
    let (sender, receiver) = oneshot::channel();
    let answered = Arc::new(Notify::new());
    let told = Arc::clone(&answered);
    let handling = tokio::spawn(async move {
        let unread = async {
            told.notified().await;
            tokio::time::sleep(ANSWER_WITHIN).await;
        };
        let handled = tokio::select! {
            handled = inner.handle(request, sender) => handled,
            () = unread => Err(wasmtime::format_err!("its caller did not read the answer in time")),
        };
        let outcome = match &handled {
            Ok(()) => Outcome::Ok,
            Err(trap) => {
                // Its answer may have been sent by then, or its caller be gone.
                tracing::error!(target: TARGET, "a request broke off: {trap:#}");
                Outcome::Host
            }
        };
        counts.call_ends("serve", outcome, begun.elapsed());
    });
    match receiver.await {
        Ok(Ok(response)) => {
            answered.notify_one();
            return response;
        }
        Ok(Err(code)) => tracing::error!(target: TARGET, "a request has no answer: {code:?}"),
        // Nothing was answered. A trap was told.
        Err(_) => {
            if let Err(error) = handling.await {
                tracing::error!(target: TARGET, "a request has no answer: {error}");
            }
        }
    }
    internal()
}

impl Inner {
    async fn handle(
        &self,
        request: Request<Incoming>,
        sender: oneshot::Sender<
            Result<Response<HyperOutgoingBody>, wasmtime_wasi_http::p2::bindings::http::types::ErrorCode>,
        >,
    ) -> wasmtime::Result<()> {
        // The permits are never closed.
        let _permit = self.permits.acquire().await;
        let mut store = instances::store(self.pre.engine(), &self.connection);
        let request = request.map(Timely::new);
        let request = store.data_mut().http().new_incoming_request(Scheme::Http, request)?;
        let out = store.data_mut().http().new_response_outparam(sender)?;
        let requests = store.data().requests.clone();
        let handling = async {
            let proxy = self.pre.instantiate_async(&mut store).await?;
            proxy.wasi_http_incoming_handler().call_handle(&mut store, request, out).await
        };
        let handled = requests.drive(handling).await;
        self.memory.fetch_max(store.data().limits.memory, Ordering::Relaxed);
        handled
    }
}

impl Observed for Inner {
    fn gauges(&self) -> Gauges {
        Gauges {
            waiting: self.connection.counts.waiting(),
            nodes: self.connection.throttle.nodes(),
            connections: self.connection.network.connections(),
            busy: self.max_instances.saturating_sub(self.permits.available_permits()),
            idle: 0,
            memory: self.memory.load(Ordering::Relaxed),
        }
    }
}

/// As the service itself would say it.
fn internal() -> Response<HyperOutgoingBody> {
    let message = "the service broke off; whether Stripe was asked to change something is not known";
    failure(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", message)
}

fn refusal(why: &str) -> Response<HyperOutgoingBody> {
    failure(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", why)
}

fn failure(code: StatusCode, status: &str, message: &str) -> Response<HyperOutgoingBody> {
    let error = serde_json::json!({
        "error": {"code": code.as_u16(), "message": message, "status": status, "details": []},
    });
    plain(code, "application/json", error.to_string())
}

fn plain(
    code: StatusCode,
    content_type: &'static str,
    text: impl Into<Bytes>,
) -> Response<HyperOutgoingBody> {
    let body = Full::new(text.into()).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = code;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
