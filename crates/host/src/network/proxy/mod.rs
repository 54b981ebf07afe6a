//! The proxy through which a connection goes.
//!
//! What is done follows from the setting `proxy_ssltype` and the scheme of the API's base:
//!
//! | `proxy_ssltype` | `https` base | `http` base |
//! | --- | --- | --- |
//! | `AUTO` (default) | as `TUNNEL` | as `NEVER` |
//! | `TUNNEL` | CONNECT in plain HTTP, TLS with the API inside | CONNECT in plain HTTP, plain HTTP inside |
//! | `NEVER` | refused when the connector is built | requests are forwarded in plain HTTP |
//! | `ALWAYS` | TLS with the proxy, in it CONNECT, in it TLS with the API | TLS with the proxy, in it requests are forwarded |
//!
//! With `proxy_auth_scheme` `BASIC` or `DIGEST` the CONNECT, or each request that is forwarded, carries credentials. There
//! is no way around the proxy: where it cannot be reached or refuses, nothing is sent.

mod credentials;
mod forward;
mod settings;
mod tunnel;

use std::fmt;

use http::Uri;

use super::error::NotSent;
use credentials::Credentials;
pub(super) use forward::send;
pub use settings::{AuthScheme, ProxySettings, SslType};
pub(super) use tunnel::{Verdict, ask};

/// What the proxy is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// To pass on each request, which it reads.
    Forward,
    /// To connect, and to read nothing of what follows.
    Tunnel,
}

/// A proxy as the settings describe it.
#[derive(Debug)]
pub(super) struct Proxy {
    uri: Uri,
    ssl_type: SslType,
    pub(super) credentials: Credentials,
}

impl Proxy {
    /// Where it listens, as `http://host:port`; `https` where TLS is spoken with it.
    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) fn encrypted(&self) -> bool {
        self.ssl_type == SslType::Always
    }

    /// What it does for an API with or without TLS. `NEVER` cannot carry TLS, which [`ProxySettings`] says; were it asked for all
    /// the same, the tunnel is what keeps the request from other eyes.
    pub(super) fn service(&self, https: bool) -> Service {
        match (self.ssl_type, https) {
            (SslType::Tunnel, _) | (_, true) => Service::Tunnel,
            (SslType::Auto | SslType::Never | SslType::Always, false) => Service::Forward,
        }
    }

    /// What it, and not the API, did.
    fn told(&self, what: &str) -> String {
        format!("{self} {what}")
    }

    /// The same of a connection with it that did not come about.
    pub(super) fn unreachable(&self, why: NotSent) -> NotSent {
        let told = |what: &str| self.told(what);
        match why {
            NotSent::Timeout => NotSent::late(told("gives no connection in time")),
            NotSent::NoPlace => NotSent::NoPlace,
            why => NotSent::unreachable(told(&format!("cannot be reached: {why}"))),
        }
    }

    /// The same of an answer that is none.
    pub(super) fn failed(&self, what: &str) -> NotSent {
        NotSent::unreachable(self.told(what))
    }

    /// The same of a refusal: asking again is of no use.
    pub(super) fn refused(&self, what: &str) -> NotSent {
        NotSent::refused(self.told(what))
    }

    /// Of credentials that it does not take.
    pub(super) fn unauthorized(&self, offered: &[String]) -> NotSent {
        self.refused(&self.credentials.refused(offered))
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {}", self.uri.to_string().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(ssl_type: SslType) -> Proxy {
        Proxy { uri: "http://127.0.0.1:3128".parse().unwrap(), ssl_type, credentials: Credentials::none() }
    }

    #[test]
    fn the_whole_table() {
        use Service::{Forward, Tunnel};
        for (ssl_type, https, service, encrypted) in [
            (SslType::Auto, true, Tunnel, false),
            (SslType::Auto, false, Forward, false),
            (SslType::Tunnel, true, Tunnel, false),
            (SslType::Tunnel, false, Tunnel, false),
            (SslType::Never, false, Forward, false),
            (SslType::Always, true, Tunnel, true),
            (SslType::Always, false, Forward, true),
        ] {
            let proxy = proxy(ssl_type);
            assert_eq!(
                (proxy.service(https), proxy.encrypted()),
                (service, encrypted),
                "{ssl_type:?} {https}"
            );
        }
    }

    #[test]
    fn failures_name_the_proxy() {
        let proxy = proxy(SslType::Auto);
        assert_eq!(
            proxy.unreachable(NotSent::Refused),
            NotSent::unreachable(
                "the proxy http://127.0.0.1:3128 cannot be reached: the connection is refused"
            )
        );
    }
}
