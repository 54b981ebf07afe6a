//! What went wrong, in the form of Google's APIs: `{"error": {"code", "message", "status", "details"}}`.

use crate::backend::Failed;
use crate::contract::types::{Effect, Failure, FailureKind};
use crate::http::Response;
use serde_json::{Map, Value, json};

const DOMAIN: &str = "stripe.connectors";

/// Codes of `google.rpc.Code` with the HTTP status that they have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are Google's")]
pub enum Code {
    InvalidArgument,
    FailedPrecondition,
    OutOfRange,
    Unauthenticated,
    PermissionDenied,
    NotFound,
    MethodNotAllowed,
    Aborted,
    PayloadTooLarge,
    ResourceExhausted,
    Internal,
    Unimplemented,
    Unavailable,
    DeadlineExceeded,
}

impl Code {
    /// HTTP status and the name that goes with it. HTTP has two statuses that `google.rpc` has no code for: they come
    /// with the nearest.
    pub fn http(self) -> (u16, &'static str) {
        match self {
            Code::InvalidArgument => (400, "INVALID_ARGUMENT"),
            Code::FailedPrecondition => (400, "FAILED_PRECONDITION"),
            Code::OutOfRange => (400, "OUT_OF_RANGE"),
            Code::Unauthenticated => (401, "UNAUTHENTICATED"),
            Code::PermissionDenied => (403, "PERMISSION_DENIED"),
            Code::NotFound => (404, "NOT_FOUND"),
            Code::MethodNotAllowed => (405, "UNIMPLEMENTED"),
            Code::Aborted => (409, "ABORTED"),
            Code::PayloadTooLarge => (413, "INVALID_ARGUMENT"),
            Code::ResourceExhausted => (429, "RESOURCE_EXHAUSTED"),
            Code::Internal => (500, "INTERNAL"),
            Code::Unimplemented => (501, "UNIMPLEMENTED"),
            Code::Unavailable => (503, "UNAVAILABLE"),
            Code::DeadlineExceeded => (504, "DEADLINE_EXCEEDED"),
        }
    }

    fn of(kind: FailureKind) -> Code {
        match kind {
            FailureKind::InvalidInput => Code::InvalidArgument,
            FailureKind::NotFound => Code::NotFound,
            FailureKind::Unauthenticated => Code::Unauthenticated,
            FailureKind::PermissionDenied => Code::PermissionDenied,
            FailureKind::Conflict => Code::Aborted,
            FailureKind::FailedPrecondition | FailureKind::PaymentDeclined => Code::FailedPrecondition,
            FailureKind::Throttled | FailureKind::RateLimited => Code::ResourceExhausted,
            FailureKind::Unavailable => Code::Unavailable,
            FailureKind::Timeout => Code::DeadlineExceeded,
            FailureKind::LimitExceeded => Code::OutOfRange,
            FailureKind::Unsupported => Code::Unimplemented,
            FailureKind::Internal => Code::Internal,
        }
    }
}

/// A request that has no answer but this.
#[derive(Debug)]
pub struct Error {
    /// What the caller can do about it.
    pub code: Code,
    /// For people: what was wrong, where, and what would be right.
    pub message: String,
    /// Messages with `@type`.
    pub details: Vec<Value>,
    /// Headers of the answer.
    pub headers: Vec<(&'static str, String)>,
}

impl Error {
    /// An error that only has words.
    pub fn new(code: Code, message: impl Into<String>) -> Error {
        Error { code, message: message.into(), details: Vec::new(), headers: Vec::new() }
    }

    /// Something in the request is wrong, and `field` is where.
    pub fn invalid(field: &str, message: impl Into<String>) -> Error {
        let mut error = Error::new(Code::InvalidArgument, message);
        error.details.push(json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": field, "description": error.message}],
        }));
        error
    }

    /// An error with all that a failure knows.
    pub fn of(failure: &Failure) -> Error {
        let mut error = Error::new(Code::of(failure.kind), failure.message.clone());
        let metadata = metadata(failure).into_iter().map(|(name, value)| (name.to_owned(), value.into()));
        error.details.push(error_info(failure.kind, metadata.collect()));
        if let Some(wait) = failure.retry_after_ms {
            error.headers.push(("retry-after", wait.div_ceil(1000).to_string()));
        }
        error
    }

    /// The connector's answer is not the JSON that it should be.
    pub fn unreadable(error: &serde_json::Error) -> Error {
        Error::new(Code::Internal, format!("the connector's answer cannot be read: {error}"))
    }

    /// The same of a change. Whoever hears of it must not make the change again.
    pub fn unreadable_change(error: &serde_json::Error) -> Error {
        let message = format!("the change was made, but the connector's answer cannot be read: {error}");
        Error::new(Code::Internal, message)
    }

    /// A method that the route has no use for.
    pub fn method(given: &str, allowed: &[&str]) -> Error {
        let allowed = allowed.join(", ");
        let message = format!("the method {given} is not offered here, but {allowed}");
        let mut error = Error::new(Code::MethodNotAllowed, message);
        error.headers.push(("allow", allowed));
        error
    }

    /// The answer.
    pub fn response(self) -> Response {
        let (status, name) = self.code.http();
        let body = json!({"error": {
            "code": status,
            "message": self.message,
            "status": name,
            "details": self.details,
        }});
        let mut response = Response::json(status, &body);
        response.headers.extend(self.headers);
        response
    }
}

impl From<Failed> for Error {
    fn from(failure: Failed) -> Error {
        Error::of(&failure)
    }
}

/// A `google.rpc.ErrorInfo`. Its metadata are texts.
pub fn error_info(kind: FailureKind, metadata: Map<String, Value>) -> Value {
    let reason = kind_name(kind).replace('-', "_").to_ascii_uppercase();
    json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": DOMAIN,
        "metadata": metadata,
    })
}

/// All that a failure knows, by the contract's names in camel case.
pub fn metadata(failure: &Failure) -> Vec<(&'static str, String)> {
    let mut known = vec![
        ("kind", kind_name(failure.kind).to_owned()),
        ("effect", effect_name(failure.effect).to_owned()),
    ];
    let texts = [
        ("idempotencyKey", &failure.idempotency_key),
        ("requestId", &failure.request_id),
        ("code", &failure.code),
        ("declineCode", &failure.decline_code),
        ("param", &failure.param),
        ("docUrl", &failure.doc_url),
        ("rateLimitReason", &failure.rate_limit_reason),
        ("stripe", &failure.stripe),
    ];
    known.extend(texts.into_iter().filter_map(|(name, text)| Some((name, text.clone()?))));
    known.extend(failure.http_status.map(|status| ("httpStatus", status.to_string())));
    known.extend(failure.retry_after_ms.map(|wait| ("retryAfterMs", wait.to_string())));
    known
}

/// The kind as the contract spells it.
pub fn kind_name(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::InvalidInput => "invalid-input",
        FailureKind::NotFound => "not-found",
        FailureKind::Unauthenticated => "unauthenticated",
        FailureKind::PermissionDenied => "permission-denied",
        FailureKind::Conflict => "conflict",
        FailureKind::FailedPrecondition => "failed-precondition",
        FailureKind::PaymentDeclined => "payment-declined",
        FailureKind::Throttled => "throttled",
        FailureKind::RateLimited => "rate-limited",
        FailureKind::Unavailable => "unavailable",
        FailureKind::Timeout => "timeout",
        FailureKind::LimitExceeded => "limit-exceeded",
        FailureKind::Unsupported => "unsupported",
        FailureKind::Internal => "internal",
    }
}

/// The effect as the contract spells it.
pub fn effect_name(effect: Effect) -> &'static str {
    match effect {
        Effect::None => "none",
        Effect::Unknown => "unknown",
        Effect::Partial => "partial",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{body, failure};

    #[test]
    fn a_failure_keeps_all_that_it_knows() {
        let failure = Failure {
            retry_after_ms: Some(1001),
            idempotency_key: Some("k".to_owned()),
            code: Some("card_declined".to_owned()),
            ..*failure(FailureKind::RateLimited)
        };
        let response = Error::of(&failure).response();
        assert_eq!(response.status, 429);
        assert!(response.headers.contains(&("retry-after", "2".to_owned())));
        let error = &body(&response)["error"];
        assert_eq!((&error["code"], &error["status"]), (&json!(429), &json!("RESOURCE_EXHAUSTED")));
        let info = &error["details"][0];
        assert_eq!(info["reason"], "RATE_LIMITED");
        assert_eq!(info["metadata"]["idempotencyKey"], "k");
        assert_eq!(info["metadata"]["retryAfterMs"], "1001");
        assert!(info["metadata"]["param"].is_null());
    }

    #[test]
    fn kinds_have_their_codes() {
        for (kind, status, name) in [
            (FailureKind::InvalidInput, 400, "INVALID_ARGUMENT"),
            (FailureKind::PaymentDeclined, 400, "FAILED_PRECONDITION"),
            (FailureKind::Conflict, 409, "ABORTED"),
            (FailureKind::Throttled, 429, "RESOURCE_EXHAUSTED"),
            (FailureKind::Timeout, 504, "DEADLINE_EXCEEDED"),
            (FailureKind::LimitExceeded, 400, "OUT_OF_RANGE"),
            (FailureKind::Unsupported, 501, "UNIMPLEMENTED"),
        ] {
            assert_eq!(Error::from(failure(kind)).code.http(), (status, name));
        }
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        let response = Error::method("PUT", &["GET", "POST"]).response();
        assert_eq!(response.status, 405);
        assert!(response.headers.contains(&("allow", "GET, POST".to_owned())));
    }
}
