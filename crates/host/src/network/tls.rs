//! TLS: whom to trust, and the handshake.

use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use super::TARGET;
use super::detail::Detail;
use super::error::NotSent;
use super::stream::BoxIo;
use super::verifier::Showing;

pub(super) const HTTP2: &[u8] = b"h2";
pub(super) const HTTP1: &[u8] = b"http/1.1";

/// Trusts what the machine trusts, which its administrators and their proxies expect, and certificates given beside that.
#[derive(Clone, Default)]
pub struct Tls {
    extra: Vec<CertificateDer<'static>>,
    detail: Detail,
    /// Made at the first handshake: reading the machine's certificates takes milliseconds, which a connection over plain
    /// HTTP need not spend.
    config: OnceLock<Result<Arc<ClientConfig>, NotSent>>,
}

impl Tls {
    /// With these certificates, as PEM, beside the machine's.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn new(pems: &[Vec<u8>]) -> Result<Self, String> {
        let mut extra = Vec::new();
        for pem in pems {
            let before = extra.len();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                extra.push(certificate.map_err(|error| format!("the extra roots are no PEM: {error}"))?);
            }
            if extra.len() == before {
                return Err("the extra roots hold no certificate; PEM has it between \
                            `-----BEGIN CERTIFICATE-----` and `-----END CERTIFICATE-----`"
                    .to_owned());
            }
        }
        let mut store = RootCertStore::empty();
        for certificate in &extra {
            let added = store.add(certificate.clone());
            added.map_err(|error| format!("a certificate of the extra roots cannot be read: {error}"))?;
        }
        Ok(Self { extra, ..Self::default() })
    }

    /// The log tells of connections as this `verbosity` says: from 4 on how each came about, at 5 the certificates too.
    #[must_use]
    pub fn verbosity(mut self, verbosity: u32) -> Self {
        self.detail = Detail::of(verbosity);
        self
    }

    pub(super) fn detail(&self) -> Detail {
        self.detail
    }

    /// The handshake with the server of that host name, which is offered these protocols. `way` is for the log.
    pub(super) async fn handshake<IO: AsyncRead + AsyncWrite + Unpin>(
        &self,
        io: IO,
        host: &str,
        protocols: &[&[u8]],
        way: &str,
    ) -> Result<TlsStream<IO>, NotSent> {
        let config = self.config.get_or_init(|| self.configure()).clone()?;
        let unbracketed = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(unbracketed.to_owned())
            .map_err(|_| NotSent::unreachable(format!("`{host}` is no name that TLS could check")))?;
        let protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let stream = TlsConnector::from(config).with_alpn(protocols).connect(name, io).await;
        let stream = stream.map_err(|error| NotSent::of_handshake(host, &error))?;
        self.detail.tls(host, way, stream.get_ref().1);
        Ok(stream)
    }

    /// The same with a Redis; the text of an error says why it cannot be asked.
    #[cfg(feature = "redis")]
    pub(crate) async fn with_redis<IO: AsyncRead + AsyncWrite + Unpin>(
        &self,
        io: IO,
        host: &str,
    ) -> Result<TlsStream<IO>, String> {
        self.handshake(io, host, &[], "for Redis").await.map_err(|why| why.to_string())
    }

    fn configure(&self) -> Result<Arc<ClientConfig>, NotSent> {
        let impossible = |error: String| NotSent::unreachable(format!("TLS cannot be set up: {error}"));
        let store = Arc::new(roots(&self.extra)?);
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error: rustls::Error| impossible(error.to_string()))?;
        if self.detail < Detail::Certificates {
            return Ok(Arc::new(config.with_root_certificates(store).with_no_client_auth()));
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(store, provider).build();
        let verifier = Arc::new(Showing(verifier.map_err(|error| impossible(error.to_string()))?));
        Ok(Arc::new(config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()))
    }
}

/// Whether the server takes HTTP/2.
pub(super) fn is_http2(stream: &TlsStream<BoxIo>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(HTTP2)
}

fn roots(extra: &[CertificateDer<'static>]) -> Result<RootCertStore, NotSent> {
    let mut store = RootCertStore::empty();
    let platform = rustls_native_certs::load_native_certs();
    for error in &platform.errors {
        tracing::warn!(target: TARGET, "of the machine's certificates: {error}");
    }
    // Some that machines have are older than the rules by which they are read.
    store.add_parsable_certificates(platform.certs);
    store.add_parsable_certificates(extra.iter().cloned());
    if store.is_empty() {
        return Err(NotSent::unreachable(
            "this machine has no root certificates; install them (Debian: ca-certificates) or give extra roots",
        ));
    }
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extra_roots_are_checked() {
        for (pem, word) in [
            ("", "no certificate"),
            ("-----BEGIN CERTIFICATE-----\n", "no PEM"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read"),
        ] {
            let mistake = Tls::new(&[pem.as_bytes().to_vec()]).err().unwrap();
            assert!(mistake.contains(word), "{mistake}");
        }
        assert!(Tls::new(&[]).is_ok());
    }
}
