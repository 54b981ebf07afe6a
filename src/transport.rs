//! What the connector needs of HTTP, as a trait, so that all but one module can be tested without it.

use crate::secret::ApiKey;
use crate::settings::Origin;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    Get,
    Post,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        }
    }
}

/// One request, ready to be sent. Not `Debug`: its key and its body are not for logs.
pub struct Request<'a> {
    pub method: Method,
    pub origin: &'a Origin,
    /// Path and query, percent-encoded, without the origin's own path prefix.
    pub target: String,
    /// Lower-case names.
    pub headers: Vec<(&'static str, String)>,
    /// Absent when the host adds it.
    pub key: Option<&'a ApiKey>,
    /// A POST always has one, even if it is empty.
    pub body: Option<Vec<u8>>,
    /// Not to be sent before this time of the host's clock, in milliseconds.
    pub start_at: u64,
}

/// An answer with a status, read to its end.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
    }

    /// `Retry-After` in milliseconds, if it is a number of seconds.
    pub fn retry_after_ms(&self) -> Option<u32> {
        self.header("retry-after")?.trim().parse::<u32>().ok().map(|seconds| seconds.saturating_mul(1000))
    }

    /// `Stripe-Should-Retry`, if it is there.
    pub fn should_retry(&self) -> Option<bool> {
        match self.header("stripe-should-retry")?.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// How the body was compressed, though nobody said that it may be.
    pub fn encoding(&self) -> Option<String> {
        self.header("content-encoding").filter(|encoding| !encoding.eq_ignore_ascii_case("identity"))
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A text in an answer: UTF-8, or else Latin-1, in which all bytes are letters or signs.
pub fn text_of(bytes: &[u8]) -> String {
    match core::str::from_utf8(bytes) {
        Ok(text) => text.to_string(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// Why there is no usable answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// No connection.
    Unreachable,
    /// The host does not allow it.
    Denied,
    /// The host has no key for it.
    Unauthenticated,
    /// A time limit or the call's deadline passed.
    Timeout,
    /// The connection broke.
    Interrupted,
    /// The answer is over `max_response_bytes`.
    TooLarge,
    /// An answer came, and it is not what Stripe sends.
    Unreadable,
    /// The host refused what no host should refuse.
    Internal,
}

/// A request without a usable answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    pub cause: Cause,
    /// Whether any of it may have reached Stripe.
    pub sent: bool,
    pub message: String,
    /// Known if the head of an answer came.
    pub status: Option<u16>,
    pub request_id: Option<String>,
}

impl Broken {
    pub fn new(cause: Cause, sent: bool, message: impl ToString) -> Self {
        Broken { cause, sent, message: message.to_string(), status: None, request_id: None }
    }

    /// What a host tells in words of a request of which it sent nothing. The codes of WASI HTTP that mean this leave no
    /// room for words, so that an `internal-error` has them, behind one of these beginnings.
    pub fn told(why: &str) -> Option<Self> {
        const BEGINNINGS: [(&str, Cause); 4] = [
            ("not sent: ", Cause::Unreachable),
            ("not sent, no time left: ", Cause::Timeout),
            ("not sent, refused: ", Cause::Denied),
            ("not sent, unauthenticated: ", Cause::Unauthenticated),
        ];
        let told = |(beginning, cause): (&str, Cause)| {
            why.strip_prefix(beginning).map(|why| Broken::new(cause, false, format!("no answer: {why}")))
        };
        BEGINNINGS.into_iter().find_map(told)
    }

    /// An answer with a head came, and its body is of no use.
    pub fn after(response: &Response, cause: Cause, message: impl ToString) -> Self {
        Broken {
            status: Some(response.status),
            request_id: response.header("request-id"),
            ..Broken::new(cause, true, message)
        }
    }
}

/// Time limits of one request, in milliseconds, and how much of its answer is taken.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub connect_ms: u32,
    pub first_byte_ms: u32,
    pub between_bytes_ms: u32,
    pub max_response_bytes: usize,
    /// Whether all headers of an answer are wanted, and not only those that are looked at.
    pub every_header: bool,
}

/// What a queue has to send.
pub enum Next<'a> {
    /// This, and what becomes of it is told with its ticket.
    Send(usize, Request<'a>),
    /// Nothing before this time of the host's clock.
    At(u64),
    /// Nothing until one of those under way is done, or at all.
    Nothing,
}

/// Requests that wait to be sent. Asked whenever there is room for one.
pub trait Queue<'a> {
    fn next(&mut self) -> Next<'a>;
    /// Tells what became of a request, as soon as it is known; it may wait here again afterwards.
    fn done(&mut self, ticket: usize, result: Result<Response, Broken>);
}

pub trait Transport {
    /// Sends what the queue has until it has nothing more, at most `width` at a time. What is not answered at `deadline`, a
    /// time of the host's clock in milliseconds, is given up.
    fn send_all<'a>(&self, queue: &mut dyn Queue<'a>, width: usize, deadline: u64, limits: Limits);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_host_tells_of_a_request_that_it_did_not_send() {
        for (text, cause, message) in [
            ("not sent: the proxy is gone", Cause::Unreachable, "no answer: the proxy is gone"),
            ("not sent, no time left: x", Cause::Timeout, "no answer: x"),
            ("not sent, refused: x", Cause::Denied, "no answer: x"),
            ("not sent, unauthenticated: x", Cause::Unauthenticated, "no answer: x"),
        ] {
            let told = Broken::told(text).unwrap();
            assert!(told.cause == cause && !told.sent && told.message == message, "{text}");
        }
        for other in ["", "it was not sent: x", "not sent", "Not sent: x"] {
            assert!(Broken::told(other).is_none(), "{other}");
        }
    }
}
