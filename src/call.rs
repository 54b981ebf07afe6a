//! A request to Stripe as a plain value.

use crate::failure::Attempt;
use crate::form::{self, Pairs};
use crate::idempotency::IdempotencyKey;
use crate::redact::Redaction;
use crate::transport::Method;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// One request.
#[derive(Clone)]
pub struct Call {
    pub method: Method,
    pub base: Base,
    /// Percent-encoded, from `/v1/` on.
    pub path: String,
    pub query: Pairs,
    /// Every POST has one, the others none.
    pub body: Option<Body>,
    /// Every POST has one, the others none.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Which of Stripe's hosts a request goes to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Base {
    Api,
    Files,
    MeterEvents,
}

/// What a POST carries.
#[derive(Clone)]
pub enum Body {
    /// v1's parameters.
    Form(Pairs),
    /// v2's.
    Json(String),
    /// A file among other parts. The type names the boundary.
    Multipart { content_type: String, bytes: Vec<u8> },
}

impl Call {
    pub fn get(path: String, query: Pairs) -> Self {
        let method = Method::Get;
        Call { method, base: Base::Api, path, query, body: None, idempotency_key: None }
    }

    pub fn post(path: String, body: Body, key: IdempotencyKey) -> Self {
        let (method, query) = (Method::Post, Pairs::new());
        Call { method, base: Base::Api, path, query, body: Some(body), idempotency_key: Some(key) }
    }

    pub fn delete(path: String, query: Pairs) -> Self {
        Call { method: Method::Delete, ..Call::get(path, query) }
    }

    pub fn at(self, base: Base) -> Self {
        Call { base, ..self }
    }

    /// The same for what is told of it afterwards.
    pub fn without_body(&self) -> Self {
        Call {
            body: None,
            path: self.path.clone(),
            query: self.query.clone(),
            idempotency_key: self.idempotency_key.clone(),
            ..*self
        }
    }

    /// Method, path and query: what `explain` shows.
    pub fn line(&self) -> String {
        format!("{} {}", self.method.as_str(), self.target())
    }

    /// Path and query.
    pub fn target(&self) -> String {
        match self.query.as_slice() {
            [] => self.path.clone(),
            query => format!("{}?{}", self.path, form::encode(query)),
        }
    }

    /// Whether it may change something.
    pub fn write(&self) -> bool {
        self.method != Method::Get
    }

    /// The line as failures and the log tell it, without secrets.
    pub fn told(&self, redaction: Redaction) -> String {
        let path = redaction.path(&self.path);
        match self.query.as_slice() {
            [] => format!("{} {path}", self.method.as_str()),
            query => format!("{} {path}?{}", self.method.as_str(), redaction.form(query)),
        }
    }

    /// Whether Stripe does it once though it is sent twice: reads, and what has a key. A DELETE finds nothing the second
    /// time.
    pub fn is_repeatable(&self) -> bool {
        self.method != Method::Post || self.idempotency_key.is_some()
    }

    /// What failures tell of it.
    pub fn attempt<'a>(
        &'a self,
        what: &'a str,
        number: u32,
        open: bool,
        redaction: Redaction<'a>,
    ) -> Attempt<'a> {
        let idempotency_key = self.idempotency_key.as_ref().map(IdempotencyKey::as_str);
        Attempt { what, write: self.write(), idempotency_key, number, open, redaction }
    }
}

impl Body {
    pub fn content_type(&self) -> &str {
        match self {
            Body::Form(_) => "application/x-www-form-urlencoded",
            Body::Json(_) => "application/json",
            Body::Multipart { content_type, .. } => content_type,
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Body::Form(pairs) => form::encode(pairs).into_bytes(),
            Body::Json(text) => text.clone().into_bytes(),
            Body::Multipart { bytes, .. } => bytes.clone(),
        }
    }
}
