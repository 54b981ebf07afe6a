//! TLS: whom to trust, and the handshake.

use std::sync::{Arc, OnceLock};

use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use super::TARGET;
use super::error::NotSent;
use super::stream::BoxIo;

const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// Trusts what the machine trusts, which its administrators and their proxies expect, and certificates given beside that.
pub(super) struct Tls {
    extra: Vec<CertificateDer<'static>>,
    /// Made at the first handshake: reading the machine's certificates takes milliseconds, which a connection over plain
    /// HTTP need not spend.
    config: OnceLock<Result<Arc<ClientConfig>, NotSent>>,
}

impl Tls {
    pub(super) fn new(pems: &[Vec<u8>]) -> Result<Self, String> {
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
        Ok(Self { extra, config: OnceLock::new() })
    }

    /// The handshake with the server of that host name.
    pub(super) async fn handshake(
        &self,
        io: BoxIo,
        host: &str,
        http2: bool,
    ) -> Result<TlsStream<BoxIo>, NotSent> {
        let config = self.config.get_or_init(|| configure(&self.extra)).clone()?;
        let unbracketed = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(unbracketed.to_owned())
            .map_err(|_| NotSent::unreachable(format!("`{host}` is no name that TLS could check")))?;
        let connector = TlsConnector::from(config);
        let protocols = if http2 { vec![HTTP2.to_vec(), HTTP1.to_vec()] } else { vec![HTTP1.to_vec()] };
        let stream = connector.with_alpn(protocols).connect(name, io).await;
        stream.map_err(|error| NotSent::of_handshake(host, &error))
    }
}

/// Whether the server takes HTTP/2.
pub(super) fn is_http2(stream: &TlsStream<BoxIo>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(HTTP2)
}

fn configure(extra: &[CertificateDer<'static>]) -> Result<Arc<ClientConfig>, NotSent> {
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
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error: rustls::Error| NotSent::unreachable(format!("TLS cannot be set up: {error}")))?;
    Ok(Arc::new(config.with_root_certificates(store).with_no_client_auth()))
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
