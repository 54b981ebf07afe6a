//! Opens connections.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiAddrs, GaiResolver, Name};
use tokio::time::{Instant, timeout_at};
use tower_service::Service;

use super::error::NotSent;
use super::places::Places;
use super::proxy::{self, Proxy, Service as Asked, Verdict};
use super::stream::{BoxIo, Protocol, Stream};
use super::tls::{HTTP1, HTTP2, Tls, is_http2};
use crate::metrics::Counts;
#[cfg(feature = "otel")]
use crate::metrics::Metrics;

tokio::task_local! {
    /// How long the request that is being sent here waits for a connection: the pool hands on no more than a URL.
    pub(super) static CONNECT_WITHIN: Duration;
}

const KEEP_ALIVE: Duration = Duration::from_secs(60);

/// More than one sender of traces ever has.
#[cfg(feature = "otel")]
const PLAIN_CONNECTIONS: usize = 8;

/// Opens connections for the pool.
#[derive(Clone)]
pub(crate) struct Connect(Arc<Ways>);

struct Ways {
    tcp: HttpConnector<Resolver>,
    tls: Tls,
    places: Places,
    proxy: Option<Arc<Proxy>>,
    counts: Arc<Counts>,
}

type Opening = Pin<Box<dyn Future<Output = Result<Stream, NotSent>> + Send>>;

impl Connect {
    pub(super) fn new(
        tls: Tls,
        max_connections: usize,
        proxy: Option<Arc<Proxy>>,
        counts: Arc<Counts>,
    ) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver(GaiResolver::new()));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        Self(Arc::new(Ways { tcp, tls, places: Places::new(max_connections), proxy, counts }))
    }

    /// To anything but the API: with the machine's certificates, without a proxy, not counted.
    #[cfg(feature = "otel")]
    pub(crate) fn plain() -> Result<Self, Vec<String>> {
        let tls = Tls::new(&[]).map_err(|mistake| vec![mistake])?;
        Ok(Self::new(tls, PLAIN_CONNECTIONS, None, Arc::new(Metrics::new().counts(""))))
    }

    /// Connections that have a place.
    pub(super) fn open(&self) -> usize {
        self.0.places.taken()
    }
}

impl Service<Uri> for Connect {
    type Response = Stream;
    type Error = NotSent;
    type Future = Opening;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NotSent>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Opening {
        let ways = Arc::clone(&self.0);
        let within = CONNECT_WITHIN.try_with(|within| *within).unwrap_or(Duration::MAX);
        Box::pin(async move {
            let now = Instant::now();
            // A time beyond what a clock can tell never comes.
            let Some(deadline) = now.checked_add(within) else {
                let place = ways.places.take(&to).await?;
                return ways.open(&to).await.map(|(io, protocol)| Stream::new(io, protocol, place));
            };
            let place = timeout_at(deadline, ways.places.take(&to)).await.map_err(|_| NotSent::NoPlace)??;
            let opened = timeout_at(deadline, ways.open(&to)).await.map_err(|_| ways.late())?;
            opened.map(|(io, protocol)| Stream::new(io, protocol, place))
        })
    }
}

impl Ways {
    /// A connection over which the origin of a URL is reached.
    async fn open(&self, to: &Uri) -> Result<(BoxIo, Protocol), NotSent> {
        let opened = self.reach_origin(to).await?;
        self.counts.connection_opened();
        Ok(opened)
    }

    async fn reach_origin(&self, to: &Uri) -> Result<(BoxIo, Protocol), NotSent> {
        let https = to.scheme() == Some(&Scheme::HTTPS);
        let (io, way) = match &self.proxy {
            None => (self.tcp(to.clone()).await?, "directly".to_owned()),
            Some(proxy) => match proxy.service(https) {
                Asked::Forward => {
                    return Ok((self.reach(proxy, "which forwards requests").await?, Protocol::Forwarded));
                }
                Asked::Tunnel => (self.tunnel(proxy, to).await?, format!("through {proxy}")),
            },
        };
        let host = to.host().unwrap_or_default();
        if !https {
            self.tls.detail().plain(host, &way);
            return Ok((io, Protocol::Http1));
        }
        let stream = self.tls.handshake(io, host, &[HTTP2, HTTP1], &way).await?;
        let protocol = if is_http2(&stream) { Protocol::Http2 } else { Protocol::Http1 };
        Ok((Box::new(stream), protocol))
    }

    /// A connection with the proxy itself. `way` is what it is good for.
    async fn reach(&self, proxy: &Proxy, way: &str) -> Result<BoxIo, NotSent> {
        let io = self.tcp(proxy.uri().clone()).await.map_err(|why| proxy.unreachable(why))?;
        if !proxy.encrypted() {
            self.tls.detail().plain(&proxy.to_string(), way);
            return Ok(io);
        }
        let host = proxy.uri().host().unwrap_or_default();
        let stream = self.tls.handshake(io, host, &[HTTP1], &format!("as {proxy}, {way}")).await;
        Ok(Box::new(stream.map_err(|why| proxy.unreachable(why))?))
    }

    /// A connection that ends at the origin of a URL, by way of the proxy.
    async fn tunnel(&self, proxy: &Proxy, to: &Uri) -> Result<BoxIo, NotSent> {
        let default_port = if to.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
        let target = format!("{}:{}", to.host().unwrap_or_default(), to.port_u16().unwrap_or(default_port));
        let mut authorization = proxy.credentials.known("CONNECT", &target).await?;
        let mut challenged = false;
        loop {
            // Each time anew: many proxies hang up after a refusal, and of the others the rest would have to be read.
            let mut io = self.reach(proxy, "which tunnels").await?;
            let verdict = proxy::ask(&mut io, &target, authorization.as_ref()).await;
            match verdict.map_err(|what| proxy.failed(&what))? {
                Verdict::Open => return Ok(io),
                Verdict::Unauthorized(challenges) => {
                    let answer = match challenged {
                        true => None,
                        false => proxy.credentials.answer(&challenges, "CONNECT", &target).await?,
                    };
                    challenged = true;
                    authorization = Some(answer.ok_or_else(|| proxy.unauthorized(&challenges))?);
                }
                Verdict::Refused(status, told) => {
                    let what = format!("answers CONNECT {target} with {told}");
                    let final_word = (400..500).contains(&status);
                    return Err(if final_word { proxy.refused(&what) } else { proxy.failed(&what) });
                }
            }
        }
    }

    /// What it is that took too long.
    fn late(&self) -> NotSent {
        match &self.proxy {
            None => NotSent::Timeout,
            Some(proxy) => proxy.unreachable(NotSent::Timeout),
        }
    }

    async fn tcp(&self, to: Uri) -> Result<BoxIo, NotSent> {
        match self.tcp.clone().call(to).await {
            Ok(stream) => Ok(Box::new(stream.into_inner())),
            Err(error) => Err(NotSent::of_tcp(&error)),
        }
    }
}

/// The system's resolver, whose failures are told from those of connecting.
#[derive(Clone)]
struct Resolver(GaiResolver);

impl Service<Name> for Resolver {
    type Response = GaiAddrs;
    type Error = NotSent;
    type Future = Pin<Box<dyn Future<Output = Result<GaiAddrs, NotSent>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), NotSent>> {
        self.0.poll_ready(context).map_err(|error| NotSent::of_resolving(&error))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolving = self.0.call(name);
        Box::pin(async move { resolving.await.map_err(|error| NotSent::of_resolving(&error)) })
    }
}
