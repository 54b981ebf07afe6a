//! What the component sends, on its way out: to the API's origins and nowhere else, over connections that all instances
//! of a connection share.

mod body;
mod certificates;
mod client;
mod connect;
mod detail;
mod error;
mod exchange;
mod injected;
mod origins;
mod places;
mod proxy;
mod stream;
mod tls;
mod verifier;

use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::uri::Scheme;
use http::{HeaderName, Request, Response};
use wasmtime_wasi_http::{DEFAULT_FORBIDDEN_HEADERS, Error, RequestOptions, WasiBody, WasiHttpHooks};

use client::Pool;
pub(crate) use connect::Connect;
use exchange::Exchange;
use injected::Injected;
pub use origins::Origin;
pub(crate) use origins::Origins;
use origins::given;
pub use proxy::{AuthScheme, ProxySettings, SslType};
use proxy::{Proxy, Service};
pub use tls::Tls;
use tracing::Instrument;
use tracing::field::Empty;

use crate::call::SPANS;
use crate::metrics::Counts;
use crate::secrets::Secrets;

const TARGET: &str = "stripe_connector::network";

/// Headers that are the connection's own, so that the component neither sets nor sees them.
static FORBIDDEN: [HeaderName; 9] = DEFAULT_FORBIDDEN_HEADERS;

/// What a network is made of.
pub(crate) struct Parts<'a> {
    pub(crate) settings: &'a [(String, String)],
    pub(crate) secrets: &'a Arc<dyn Secrets>,
    pub(crate) proxy: Option<&'a ProxySettings>,
    /// Certificates beside the platform's, as PEM.
    pub(crate) extra_roots: &'a [Vec<u8>],
    /// Connections to one origin at once.
    pub(crate) max_connections: usize,
    pub(crate) counts: &'a Arc<Counts>,
}

/// The way out of one connection, shared by its instances.
pub(crate) struct Network {
    origins: Origins,
    pool: Pool,
    proxy: Option<Arc<Proxy>>,
    injected: Option<Injected>,
    connect: Connect,
    counts: Arc<Counts>,
}

impl Network {
    /// Nothing is connected yet. The texts are what is wrong with the parts, all at once.
    pub(crate) fn new(parts: &Parts) -> Result<Self, Vec<String>> {
        let origins = Origins::from_settings(parts.settings);
        // A verbosity that is no number is the component's to refuse, at the first call.
        let verbosity = given(parts.settings, "verbosity").and_then(|text| text.parse().ok()).unwrap_or(1);
        let tls = Tls::new(parts.extra_roots).map(|tls| tls.verbosity(verbosity));
        let tls = tls.map_err(|mistake| vec![mistake]);
        let https = origins.any_https();
        let proxy = parts.proxy.map(|proxy| proxy.open(https, parts.secrets)).transpose();
        let (tls, proxy) = match (tls, proxy) {
            (Ok(tls), Ok(proxy)) => (tls, proxy.map(Arc::new)),
            (tls, proxy) => {
                let mistakes = [tls.err(), proxy.err()].into_iter().flatten().flatten();
                return Err(mistakes.collect());
            }
        };
        let counts = Arc::clone(parts.counts);
        let connect = Connect::new(tls, parts.max_connections, proxy.clone(), Arc::clone(&counts));
        let injected = Injected::of(parts.settings, parts.secrets);
        Ok(Self { origins, pool: Pool::new(connect.clone()), proxy, injected, connect, counts })
    }

    /// Connections that are open, those included that are being opened.
    pub(crate) fn connections(&self) -> usize {
        self.connect.open()
    }

    /// Why a request may not go out.
    fn refusal<B>(&self, request: &Request<B>) -> Option<&'static str> {
        if !self.origins.allow(request.uri()) {
            return Some("the component may reach the connection's own API only");
        }
        let refuses = self.injected.as_ref().is_some_and(|injected| injected.refuses(request));
        refuses.then_some("the host alone sets `Authorization`, and the component brought one")
    }

    /// Sends a request, counted and timed, up to the head of its answer.
    async fn exchange(
        &self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<Response<WasiBody>, Error> {
        let exchange = Exchange::begin(request.method().clone(), Arc::clone(&self.counts));
        let answer = self.send(request, options).await;
        exchange.end(&answer);
        answer
    }

    async fn send(
        &self,
        mut request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<Response<WasiBody>, Error> {
        if let Some(injected) = &self.injected {
            injected.authorize(&mut request).await?;
        }
        // Whoever prints a header, as HTTP/2's tracing does, prints no key.
        if let Some(key) = request.headers_mut().get_mut(AUTHORIZATION) {
            key.set_sensitive(true);
        }
        let https = request.uri().scheme() == Some(&Scheme::HTTPS);
        match &self.proxy {
            Some(proxy) if proxy.service(https) == Service::Forward => {
                proxy::send(proxy, &self.pool, request, options).await
            }
            _ => self.pool.send(request, options).await,
        }
    }
}

/// What wasmtime would have run beside the answer. There is nothing.
type Done = Box<dyn Future<Output = Result<(), Error>> + Send>;

/// A request on its way, up to the head of its answer.
pub(crate) type Sending = Box<dyn Future<Output = Result<(Response<WasiBody>, Done), Error>> + Send>;

/// Sends what the component sends, if it goes to an allowed origin.
pub(crate) struct Outgoing(pub(crate) Arc<Network>);

impl WasiHttpHooks for Outgoing {
    /// Asked of each header that comes in and goes out: the default makes a closure each time.
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        FORBIDDEN.contains(name)
    }

    /// The pool sets it where the protocol has it.
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _done: Done,
    ) -> Sending {
        if let Some(why) = self.0.refusal(&request) {
            tracing::error!(
                target: TARGET,
                authority = request.uri().authority().map_or("", |authority| authority.as_str()),
                "refused: {why}"
            );
            return Box::new(async { Err(Error::HttpRequestDenied) });
        }
        let network = Arc::clone(&self.0);
        let span = tracing::info_span!(
            target: SPANS,
            "request",
            otel.name = request.method().as_str(),
            otel.kind = "client",
            http.request.method = request.method().as_str(),
            server.address = request.uri().host(),
            http.response.status_code = Empty,
            stripe.request_id = Empty,
            error.r#type = Empty,
            otel.status_code = Empty,
        );
        let sending = async move {
            let response = network.exchange(request, options).await?;
            Ok((response, Box::new(async { Ok(()) }) as Done))
        };
        Box::new(sending.instrument(span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;
    use crate::secrets::FixedSecrets;
    use http_body_util::{BodyExt, Empty};

    fn outgoing() -> Outgoing {
        let settings = [("api_base", "http://127.0.0.1:1"), ("authorization", "injected")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let secrets: Arc<dyn Secrets> = Arc::new(FixedSecrets::key("sk_test_1"));
        let counts = Arc::new(Metrics::new().counts("test"));
        let parts = Parts {
            settings: &settings,
            secrets: &secrets,
            proxy: None,
            extra_roots: &[],
            max_connections: 1,
            counts: &counts,
        };
        Outgoing(Arc::new(Network::new(&parts).unwrap()))
    }

    async fn sent(request: http::request::Builder) -> Error {
        let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
        let sending = outgoing().send_request(request.body(body).unwrap(), None, Box::new(async { Ok(()) }));
        Box::into_pin(sending).await.err().expect("nobody is there")
    }

    #[tokio::test]
    async fn what_may_not_go_out_does_not() {
        let to = |uri: &str| Request::builder().uri(uri);
        assert!(matches!(sent(to("http://127.0.0.1:1/v1/x")).await, Error::ConnectionRefused));
        assert!(matches!(sent(to("http://127.0.0.1:2/v1/x")).await, Error::HttpRequestDenied));
        assert!(matches!(sent(to("https://api.stripe.com/v1/x")).await, Error::HttpRequestDenied));
        let own = to("http://127.0.0.1:1/v1/x").header("authorization", "Bearer other");
        assert!(matches!(sent(own).await, Error::HttpRequestDenied));
    }
}
