//! An answer before it goes out.

use serde_json::Value;

use crate::account::random_text;
use crate::error::ApiError;
use crate::record::Request;
use crate::spec::SPEC;

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Answer {
    pub fn new(status: u16, body: String) -> Answer {
        let headers = vec![("content-type", "application/json".to_owned()), ("request-id", new_request_id())];
        Answer { status, headers, body }
    }

    /// With this request id in place of its own.
    pub fn called(mut self, request_id: String) -> Answer {
        self.headers.retain(|(name, _)| *name != "request-id");
        self.headers.push(("request-id", request_id));
        self
    }

    /// The same as the answer to a repetition of its request.
    pub fn replayed(self) -> Answer {
        let original = self.headers.iter().find(|(name, _)| *name == "request-id").cloned();
        let mut answer = self.called(new_request_id());
        if let Some((_, id)) = original {
            answer.headers.push(("original-request", id));
        }
        answer.headers.push(("idempotent-replayed", "true".to_owned()));
        answer
    }

    /// Repeats what the request said of its version, key and account.
    pub fn echo(&mut self, request: &Request) {
        let version = request.header("stripe-version").unwrap_or(&SPEC.version);
        self.headers.push(("stripe-version", version.to_owned()));
        for name in ["idempotency-key", "stripe-account"] {
            if let Some(value) = request.header(name) {
                self.headers.push((name, value.to_owned()));
            }
        }
    }

    /// Bytes that are no JSON. All that the sandbox makes are text.
    pub fn pdf(text: String) -> Answer {
        let mut answer = Answer::new(200, text);
        answer.headers.retain(|(name, _)| *name != "content-type");
        answer.headers.push(("content-type", "application/pdf".to_owned()));
        answer
    }

    /// Says that it was made up.
    pub fn stateless(mut self) -> Answer {
        self.headers.push(("sandbox-stateless", "true".to_owned()));
        self
    }
}

impl From<ApiError> for Answer {
    fn from(mut error: ApiError) -> Answer {
        let headers = std::mem::take(&mut error.headers);
        let mut answer = Answer::new(error.status, error.body().to_string());
        answer.headers.extend(headers);
        answer
    }
}

impl From<Value> for Answer {
    fn from(body: Value) -> Answer {
        Answer::new(200, body.to_string())
    }
}

pub fn new_request_id() -> String {
    format!("req_{}", random_text(14))
}
