//! What went wrong with a request, as WASI's error codes say it. The component derives from a code whether anything of
//! the request may have reached the API, so what proves the contrary has a type of its own.

use std::error::Error as StdError;
use std::fmt;
use std::io::{self, ErrorKind};

use hyper_util::client::legacy;
use tokio_rustls::rustls;
use wasmtime_wasi_http::Error;

use super::TARGET;

/// Why a request was not sent: nothing of it was written anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotSent {
    /// The name does not resolve, as the system says it.
    Dns(String),
    Refused,
    Unroutable,
    /// Reset as soon as it was open. A moment later the request would have been on its way, so that the codes make no
    /// difference.
    Reset,
    /// Another failure of connecting, as the system says it.
    Unavailable(String),
    /// No connection in time.
    Timeout,
    /// As many connections as there may be, for as long as the request could wait.
    NoPlace,
    /// The certificate is not to be trusted, as rustls says it.
    Certificate(String),
    /// What no code says, in words.
    Told(Trouble, String),
}

/// What kind of failure the component makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Trying again may help.
    Unreachable,
    /// Time ran out.
    Late,
    /// Trying again is of no use.
    Refused,
    /// There is no key to send it with.
    Unauthenticated,
}

impl NotSent {
    pub(super) fn unreachable(why: impl Into<String>) -> Self {
        Self::Told(Trouble::Unreachable, why.into())
    }

    pub(super) fn late(why: impl Into<String>) -> Self {
        Self::Told(Trouble::Late, why.into())
    }

    pub(super) fn refused(why: impl Into<String>) -> Self {
        Self::Told(Trouble::Refused, why.into())
    }

    pub(super) fn unauthenticated(why: impl Into<String>) -> Self {
        Self::Told(Trouble::Unauthenticated, why.into())
    }

    pub(super) fn of_resolving(error: &io::Error) -> Self {
        let text = error.to_string();
        Self::Dns(text.strip_prefix("failed to lookup address information: ").unwrap_or(&text).to_owned())
    }

    pub(super) fn of_tcp(error: &(dyn StdError + 'static)) -> Self {
        match (find::<Self>(error), find::<io::Error>(error)) {
            (Some(known), _) => known.clone(),
            (None, Some(error)) => Self::of_connecting(error),
            (None, None) => Self::Unavailable(error.to_string()),
        }
    }

    fn of_connecting(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::Refused,
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Self::Unroutable,
            ErrorKind::TimedOut => Self::Timeout,
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::NotConnected => {
                Self::Reset
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }

    /// TLS that did not come about: no request is written before it did.
    pub(super) fn of_handshake(host: &str, error: &io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidCertificate(why)) => Self::Certificate(format!("{host}: {why}")),
            Some(other) => Self::unreachable(format!("TLS with {host}: {other}")),
            None => Self::unreachable(format!("TLS with {host}: {error}")),
        }
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(why) => write!(f, "the name does not resolve: {why}"),
            Self::Refused => f.write_str("the connection is refused"),
            Self::Unroutable => f.write_str("there is no route to it"),
            Self::Reset => f.write_str("the connection was reset"),
            Self::Unavailable(why) => write!(f, "no connection: {why}"),
            Self::Timeout => f.write_str("no connection in time"),
            Self::NoPlace => f.write_str("as many connections as there may be"),
            Self::Certificate(why) => write!(f, "the certificate is not trusted: {why}"),
            Self::Told(_, why) => f.write_str(why),
        }
    }
}

impl StdError for NotSent {}

impl From<NotSent> for Error {
    fn from(why: NotSent) -> Self {
        tracing::warn!(target: TARGET, "nothing was sent: {why}");
        match why {
            NotSent::Dns(why) => Self::DnsError { rcode: Some(why), info_code: None },
            NotSent::Refused => Self::ConnectionRefused,
            NotSent::Unroutable => Self::DestinationIpUnroutable,
            NotSent::Reset => Self::ConnectionTerminated,
            NotSent::Unavailable(_) => Self::DestinationUnavailable,
            NotSent::Timeout => Self::ConnectionTimeout,
            NotSent::NoPlace => Self::ConnectionLimitReached,
            NotSent::Certificate(_) => Self::TlsCertificateError,
            // The beginnings by which the component knows them.
            NotSent::Told(trouble, why) => Self::InternalError(Some(match trouble {
                Trouble::Unreachable => format!("not sent: {why}"),
                Trouble::Late => format!("not sent, no time left: {why}"),
                Trouble::Refused => format!("not sent, refused: {why}"),
                Trouble::Unauthenticated => format!("not sent, unauthenticated: {why}"),
            })),
        }
    }
}

/// The error of a request for which there is no answer.
pub(super) fn of_client(failed: &legacy::Error) -> Error {
    if !failed.is_connect() {
        return of_exchange(failed);
    }
    match find::<NotSent>(failed) {
        Some(why) => why.clone().into(),
        // The pool's own: what it was to be sent over is closed.
        None => NotSent::Unavailable(failed.to_string()).into(),
    }
}

/// The error of an exchange that broke off. What was sent of the request is not known, and no code here says otherwise.
pub(super) fn of_exchange(failed: &(dyn StdError + 'static)) -> Error {
    tracing::debug!(target: TARGET, "an exchange broke off: {failed:?}");
    match find::<hyper::Error>(failed) {
        Some(error) if error.is_timeout() => Error::ConnectionReadTimeout,
        Some(error) if error.is_incomplete_message() || error.is_canceled() || error.is_closed() => {
            Error::ConnectionTerminated
        }
        Some(error) if find::<io::Error>(error).is_some() => Error::ConnectionTerminated,
        _ => Error::HttpProtocolError,
    }
}

/// The first error of that type among an error and its causes.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
