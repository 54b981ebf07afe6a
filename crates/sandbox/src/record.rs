//! What the sandbox remembers of each request, so that a test can prove what was sent.

use axum::body::Bytes;

/// One request as it arrived, and the status it was answered with.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST` or `DELETE`, or whatever was sent.
    pub method: String,
    /// The path as sent, still percent-encoded.
    pub path: String,
    /// The raw query, empty when there was none.
    pub query: String,
    /// Names in lower case. The value of `authorization` is never kept.
    pub headers: Vec<(String, String)>,
    /// The body as text; bytes that are none stand there as U+FFFD.
    pub body: String,
    /// The body as it came in, until the request was answered.
    pub(crate) bytes: Bytes,
    /// The status of the answer, also of one that a fault kept from the client; 0 when a fault ended
    /// the connection before there was an answer.
    pub status: u16,
    /// The fault that the request met, as its rule was written.
    pub fault: Option<String>,
}

impl Request {
    /// The decoded `key=value` pairs of the body, in order.
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&self.body)
    }

    /// The decoded `key=value` pairs of the query, in order.
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        pairs(&self.query)
    }

    /// The value of a header, whose name is given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}
