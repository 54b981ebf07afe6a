//! The errors of WASI HTTP: what one means for the request, and what it is called.

use crate::transport::{Broken, Cause};
use alloc::borrow::Cow;
use alloc::format;
use wasi::http::types::ErrorCode;

/// What a WASI error means for the request. In doubt it may have been sent.
pub fn broken(code: &ErrorCode) -> Broken {
    use ErrorCode as E;
    if let E::InternalError(Some(why)) = code
        && let Some(told) = Broken::told(why)
    {
        return told;
    }
    let (cause, sent) = match code {
        E::DnsTimeout | E::ConnectionTimeout => (Cause::Timeout, false),
        E::DnsError(_)
        | E::DestinationNotFound
        | E::DestinationUnavailable
        | E::DestinationIpUnroutable
        | E::ConnectionRefused
        | E::ConnectionLimitReached
        | E::TlsCertificateError => (Cause::Unreachable, false),
        E::HttpRequestDenied | E::DestinationIpProhibited => (Cause::Denied, false),
        E::ConnectionReadTimeout | E::ConnectionWriteTimeout | E::HttpResponseTimeout => {
            (Cause::Timeout, true)
        }
        E::HttpResponseBodySize(_) | E::HttpResponseHeaderSize(_) | E::HttpResponseHeaderSectionSize(_) => {
            (Cause::TooLarge, true)
        }
        E::HttpRequestLengthRequired
        | E::HttpRequestBodySize(_)
        | E::HttpRequestMethodInvalid
        | E::HttpRequestUriInvalid
        | E::HttpRequestUriTooLong
        | E::HttpRequestHeaderSectionSize(_)
        | E::HttpRequestHeaderSize(_)
        | E::HttpRequestTrailerSectionSize(_)
        | E::HttpRequestTrailerSize(_) => (Cause::Internal, false),
        _ => (Cause::Interrupted, true),
    };
    Broken::new(cause, sent, format!("no answer: {}", named(code)))
}

/// The error as the WIT of wasi:http spells it. Its `Debug` would bring the printing of every type into the component.
pub fn named(code: &ErrorCode) -> Cow<'_, str> {
    use ErrorCode as E;
    Cow::Borrowed(match code {
        E::DnsTimeout => "DNS timeout",
        E::DnsError(payload) => match &payload.rcode {
            Some(rcode) => return Cow::Owned(format!("DNS error {rcode}")),
            None => "DNS error",
        },
        E::DestinationNotFound => "destination not found",
        E::DestinationUnavailable => "destination unavailable",
        E::DestinationIpProhibited => "destination IP prohibited",
        E::DestinationIpUnroutable => "destination IP unroutable",
        E::ConnectionRefused => "connection refused",
        E::ConnectionTerminated => "connection terminated",
        E::ConnectionTimeout => "connection timeout",
        E::ConnectionReadTimeout => "connection read timeout",
        E::ConnectionWriteTimeout => "connection write timeout",
        E::ConnectionLimitReached => "connection limit reached",
        E::TlsProtocolError => "TLS protocol error",
        E::TlsCertificateError => "TLS certificate error",
        E::TlsAlertReceived(payload) => match &payload.alert_message {
            Some(alert) => return Cow::Owned(format!("TLS alert received: {alert}")),
            None => "TLS alert received",
        },
        E::HttpRequestDenied => "HTTP request denied",
        E::HttpRequestUriInvalid => "HTTP request URI invalid",
        E::HttpRequestUriTooLong => "HTTP request URI too long",
        E::HttpResponseIncomplete => "HTTP response incomplete",
        E::HttpResponseHeaderSectionSize(_) => "HTTP response header section too large",
        E::HttpResponseHeaderSize(_) => "HTTP response header too large",
        E::HttpResponseBodySize(_) => "HTTP response body too large",
        E::HttpResponseTransferCoding(_) => "HTTP response transfer coding not understood",
        E::HttpResponseContentCoding(_) => "HTTP response content coding not understood",
        E::HttpResponseTimeout => "HTTP response timeout",
        E::HttpUpgradeFailed => "HTTP upgrade failed",
        E::HttpProtocolError => "HTTP protocol error",
        E::LoopDetected => "loop detected",
        E::ConfigurationError => "configuration error",
        E::InternalError(Some(why)) => return Cow::Owned(format!("internal error: {why}")),
        E::InternalError(None) => "internal error",
        _ => "the host refuses the request's size or form",
    })
}
