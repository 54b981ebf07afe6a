//! Requests and responses as plain values, so that everything behind the glue is tested without a host.

use serde::Serialize;

/// The most that a body may have. The glue reads one byte more, so that a longer one is seen.
pub const MAX_BODY: usize = 10 << 20;

/// A request as it came in.
#[derive(Clone)]
pub struct Request {
    /// In upper case.
    pub method: String,
    /// The path and query as sent, still percent-encoded.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// At most one byte more than [`MAX_BODY`]; empty until it is known who calls.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header whose name is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The path alone, still percent-encoded.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    /// The query alone, still percent-encoded.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// An answer.
#[derive(Debug)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Names in lower case, values that need no check: none of them is foreign text.
    pub headers: Vec<(&'static str, String)>,
    /// What is answered.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer of some media type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Response {
        let headers = vec![
            ("content-type", content_type.to_owned()),
            ("cache-control", "no-store".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
        ];
        Response { status, headers, body: body.into() }
    }

    /// An answer in JSON.
    pub fn json(status: u16, body: &impl Serialize) -> Response {
        // Texts, numbers and lists of these always can be written.
        let text = serde_json::to_vec(body).unwrap_or_else(|_| b"{}".to_vec());
        Response::new(status, "application/json; charset=UTF-8", text)
    }

    /// A page of a list: `{NAME: [item, ...], "nextPageToken": ...}`. Each item is written as soon as it is made: two hundred
    /// of them with their schemas would fill the memory that an instance may have.
    pub fn page<T: Serialize, E>(
        name: &str,
        items: impl Iterator<Item = Result<T, E>>,
        next: Option<String>,
    ) -> Result<Response, E> {
        let mut text = format!("{{\"{name}\":[").into_bytes();
        for (at, item) in items.enumerate() {
            if at > 0 {
                text.push(b',');
            }
            text.extend(Response::json(200, &item?).body);
        }
        text.push(b']');
        if let Some(next) = next {
            text.extend(b",\"nextPageToken\":");
            text.extend(Response::json(200, &next).body);
        }
        text.push(b'}');
        Ok(Response { body: text, ..Response::json(200, &()) })
    }

    /// The same with another header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Response {
        self.headers.push((name, value.into()));
        self
    }
}
