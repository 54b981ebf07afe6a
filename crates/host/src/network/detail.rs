//! What the log tells of new connections, by `verbosity`: from 4 on how each came about, at 5 what servers say of
//! themselves.

use tokio_rustls::rustls::ClientConnection;
use tokio_rustls::rustls::pki_types::CertificateDer;

use super::TARGET;
use super::certificates::described;

/// The setting `verbosity`, of which connections know two steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    #[default]
    Nothing,
    Connections,
    Certificates,
}

impl Detail {
    pub(super) fn of(verbosity: u32) -> Self {
        match verbosity {
            ..4 => Self::Nothing,
            4 => Self::Connections,
            5.. => Self::Certificates,
        }
    }

    /// Tells of a connection over plain TCP. `way` is what is done with it.
    pub(super) fn plain(self, host: &str, way: &str) {
        if self >= Self::Connections {
            tracing::debug!(target: TARGET, "connected to {host} without TLS, {way}");
        }
    }

    /// Tells of one over TLS.
    pub(super) fn tls(self, host: &str, way: &str, tls: &ClientConnection) {
        if self >= Self::Connections {
            let version = tls.protocol_version().and_then(|version| version.as_str());
            let suite = tls.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
            let alpn = tls.alpn_protocol().map_or("none".into(), String::from_utf8_lossy);
            tracing::debug!(
                target: TARGET,
                "connected to {host} with {}, {}, ALPN {alpn}, {way}",
                version.unwrap_or("TLS of an unknown version"),
                suite.unwrap_or("an unknown cipher suite")
            );
        }
        if self >= Self::Certificates {
            certificates(host, "trusted", tls.peer_certificates().unwrap_or_default());
        }
    }
}

/// Tells of the certificates that a server presented, its own first.
pub(super) fn certificates<'a>(
    host: &str,
    trusted: &str,
    chain: impl IntoIterator<Item = &'a CertificateDer<'a>>,
) {
    for (at, certificate) in chain.into_iter().enumerate() {
        let described = described(certificate);
        tracing::debug!(target: TARGET, "certificate {at} of {host}, {trusted}: {described}");
    }
}
