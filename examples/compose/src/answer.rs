//! What the browser is told.

use crate::contract::types::{Effect, Failure, FailureKind};
use serde_json::{Value, json};

pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub retry_after: Option<u32>,
}

impl Answer {
    /// Nothing was done at Stripe.
    pub fn refused(status: u16, message: impl Into<String>) -> Answer {
        Answer::error(status, message, Effect::None)
    }

    pub fn error(status: u16, message: impl Into<String>, effect: Effect) -> Answer {
        let body = json!({"error": {"message": message.into(), "effect": name(effect)}});
        Answer { status, body, retry_after: None }
    }

    /// The connector failed. What concerns the buyer is told in its own words; what concerns the shop, such as a wrong key, is
    /// in the log already.
    pub fn failed(failure: &Failure) -> Answer {
        let status = status(failure);
        let message = match status {
            429 => "too many requests at the moment",
            502 => "the shop cannot take payments",
            503 | 504 => "payments are not possible at the moment",
            _ => &failure.message,
        };
        let again = match failure.effect {
            Effect::Unknown => {
                ": the same request with the same Idempotency-Key finishes what may have begun"
            }
            Effect::None | Effect::Partial => "",
        };
        let mut answer = Answer::error(status, format!("{message}{again}"), failure.effect);
        if status < 429 {
            answer.body["error"]["code"] = json!(failure.code);
            answer.body["error"]["decline_code"] = json!(failure.decline_code);
        }
        let seconds = failure.retry_after_ms.map(|ms| ms.div_ceil(1000).max(1));
        answer.retry_after = if status == 429 { seconds.or(Some(1)) } else { seconds };
        answer
    }
}

fn status(failure: &Failure) -> u16 {
    match failure.kind {
        // Stripe objects to the cart or its customer; what the connector objects to, this program did wrong.
        FailureKind::InvalidInput if failure.http_status.is_some() => 400,
        FailureKind::NotFound => 400,
        FailureKind::PaymentDeclined => 402,
        FailureKind::Conflict | FailureKind::FailedPrecondition => 409,
        FailureKind::Throttled | FailureKind::RateLimited => 429,
        FailureKind::Unavailable => 503,
        FailureKind::Timeout => 504,
        FailureKind::InvalidInput
        | FailureKind::Unauthenticated
        | FailureKind::PermissionDenied
        | FailureKind::LimitExceeded
        | FailureKind::Unsupported
        | FailureKind::Internal => 502,
    }
}

fn name(effect: Effect) -> &'static str {
    match effect {
        Effect::None => "none",
        Effect::Unknown => "unknown",
        Effect::Partial => "partial",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: FailureKind, change: impl FnOnce(&mut Failure)) -> Answer {
        let mut failure = Failure {
            kind,
            message: "as it was".to_owned(),
            effect: Effect::None,
            idempotency_key: None,
            request_id: None,
            http_status: None,
            code: None,
            decline_code: None,
            param: None,
            doc_url: None,
            retry_after_ms: None,
            rate_limit_reason: None,
            stripe: None,
        };
        change(&mut failure);
        Answer::failed(&failure)
    }

    #[test]
    fn the_buyer_is_told_what_concerns_the_buyer() {
        let declined = failed(FailureKind::PaymentDeclined, |failure| {
            failure.decline_code = Some("insufficient_funds".to_owned());
        });
        assert_eq!(declined.status, 402);
        let error = json!({
            "message": "as it was", "effect": "none", "code": null, "decline_code": "insufficient_funds",
        });
        assert_eq!(declined.body, json!({"error": error}));
        let wrong = failed(FailureKind::InvalidInput, |failure| failure.http_status = Some(400));
        assert_eq!((wrong.status, &wrong.body["error"]["message"]), (400, &json!("as it was")));
        for kind in [FailureKind::InvalidInput, FailureKind::Unauthenticated, FailureKind::Internal] {
            let answer = failed(kind, |_| {});
            assert_eq!((answer.status, answer.retry_after), (502, None));
            assert!(!answer.body.to_string().contains("as it was"), "{}", answer.body);
        }
    }

    #[test]
    fn when_to_come_back() {
        let after = |kind, ms| failed(kind, |failure| failure.retry_after_ms = ms).retry_after;
        assert_eq!(after(FailureKind::Throttled, Some(1001)), Some(2));
        assert_eq!(after(FailureKind::Throttled, Some(0)), Some(1));
        assert_eq!(after(FailureKind::RateLimited, None), Some(1));
        assert_eq!(after(FailureKind::Unavailable, None), None);
        let open = failed(FailureKind::Timeout, |failure| failure.effect = Effect::Unknown);
        assert_eq!((open.status, &open.body["error"]["effect"]), (504, &json!("unknown")));
        assert!(open.body["error"]["message"].as_str().unwrap().ends_with("finishes what may have begun"));
    }
}
