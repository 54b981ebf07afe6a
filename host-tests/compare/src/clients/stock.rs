//! The component in a host with wasmtime's own network: each request has a connection of its own, and so its own handshake.

use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, select};
use host_tests::bare::{Bare, Call, Live};
use http::Uri;
use http_body_util::BodyExt;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::roots;
use crate::drive::Client;

/// Instances are reused.
#[derive(Clone)]
pub struct Stock {
    bare: Arc<Bare>,
    idle: Arc<Mutex<Vec<Live>>>,
}

impl Stock {
    pub fn new(url: &str, trusted: Option<&Path>) -> Self {
        let own = roots(trusted);
        let bare = Bare::reaching(url, move || Network { own: own.clone() });
        Self { bare: Arc::new(bare.expect("the component is usable")), idle: Arc::default() }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Live>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client for Stock {
    async fn retrieve(&self) {
        let idle = self.idle().pop();
        let mut instance = match idle {
            Some(instance) => instance,
            None => self.bare.instance().await.expect("an instance"),
        };
        instance.call(Call::Retrieve).await.expect("a row");
        self.idle().push(instance);
    }
}

/// What `wasmtime_wasi_http::default_send_request` does, step by step. That trusts the roots of `webpki-roots` and no
/// other, so it cannot be asked to reach a server of this machine: here there is one root more. Left out is the limit
/// between two parts of a body.
struct Network {
    own: RootCertStore,
}

type Done = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answer = Result<(http::Response<WasiBody>, Done), Error>;

impl WasiHttpHooks for Network {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _done: Done,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        let own = self.own.clone();
        Box::new(async move { send(request, options.unwrap_or_default(), own).await })
    }
}

async fn send(mut request: http::Request<WasiBody>, options: RequestOptions, own: RootCertStore) -> Answer {
    let limit = |limit: Option<Duration>| limit.unwrap_or(Duration::from_secs(600));
    let connecting = limit(options.connect_timeout);
    let authority = request.uri().authority().ok_or(Error::HttpRequestUriInvalid)?.clone();
    let address = (authority.host(), authority.port_u16().unwrap_or(443));
    let stream =
        timeout(connecting, TcpStream::connect(address)).await.map_err(|_| Error::ConnectionTimeout)?;
    let stream = stream.map_err(Error::Connect)?;

    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() };
    roots.roots.extend(own.roots);
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(authority.host().to_owned()).map_err(|_| Error::HttpRequestUriInvalid)?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(Error::Tls)?;

    let handshake = timeout(connecting, http1::handshake(TokioIo::new(stream)));
    let (mut sender, connection) = handshake.await.map_err(|_| Error::ConnectionTimeout)??;
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map(Uri::from).unwrap_or_default();
    let sending = pin!(timeout(limit(options.first_byte_timeout), sender.send_request(request)));
    let (sent, rest) = match select(sending, connection).await {
        Either::Left((sent, connection)) => (sent, Some(connection)),
        Either::Right((ended, sending)) => {
            ended?;
            (sending.await, None)
        }
    };
    let response = sent.map_err(|_| Error::ConnectionReadTimeout)??;
    let done = async move {
        match rest {
            Some(connection) => Ok(connection.await?),
            None => Ok(()),
        }
    };
    Ok((response.map(|body| body.map_err(Error::from).boxed_unsync()), Box::new(done)))
}
