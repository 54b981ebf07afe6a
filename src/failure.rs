//! Failures: the one place where an answer of Stripe, or the lack of one, becomes what the contract says of it.

use crate::api::types::{Effect, Failure, FailureKind};
use crate::json::Members;
use crate::redact::Redaction;
use crate::transport::{Broken, Cause, Response};
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

/// A failure on its way to the contract: boxed, since it is large and rare.
pub type Failed = Box<Failure>;

/// A failure with nothing but its kind and message; its effect is `none`.
pub fn new(kind: FailureKind, message: impl Into<String>) -> Failed {
    Box::new(bare(kind, message.into()))
}

fn bare(kind: FailureKind, message: String) -> Failure {
    Failure {
        kind,
        message,
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
    }
}

/// The call itself is wrong: `param` names what is wrong with it. Nothing was sent.
pub fn invalid(param: &str, message: impl Into<String>) -> Failed {
    about(param, new(FailureKind::InvalidInput, message))
}

/// Stripe or this connector does not offer it. Nothing was sent.
pub fn unsupported(param: &str, message: impl Into<String>) -> Failed {
    about(param, new(FailureKind::Unsupported, message))
}

fn about(param: &str, mut failure: Failed) -> Failed {
    failure.param = Some(param.to_owned());
    failure
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

/// What a request was about: decides the effect of a failure.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// `POST /v1/customers`, for the message, without secrets.
    pub what: &'a str,
    /// Whether it was to change something.
    pub write: bool,
    pub idempotency_key: Option<&'a str>,
    /// From 1.
    pub number: u32,
    /// Whether an earlier attempt may have been carried out, as far as is known.
    pub open: bool,
    /// What nobody may read.
    pub redaction: Redaction<'a>,
}

impl Attempt<'_> {
    fn effect(&self, settled: bool) -> Effect {
        if self.write && !settled { Effect::Unknown } else { Effect::None }
    }

    /// Whether an answer says of the earlier attempts too what became of them: they had the same key, and it is an
    /// answer that Stripe gives only after it has looked for one that it stored.
    fn is_replay(&self, status: u16) -> bool {
        self.idempotency_key.is_some() && !matches!(status, 401 | 403 | 409 | 429)
    }

    fn told(&self, what: &str) -> String {
        match self.number {
            1 => format!("{}: {what}", self.what),
            number => format!("{} (attempt {number}): {what}", self.what),
        }
    }
}

/// No usable answer came.
pub fn of_broken(attempt: Attempt, broken: &Broken) -> Failed {
    let clean = |text: &str| attempt.redaction.line(text);
    let kind = match broken.cause {
        Cause::Unreachable | Cause::Interrupted | Cause::Unreadable => FailureKind::Unavailable,
        Cause::Denied => FailureKind::PermissionDenied,
        Cause::Unauthenticated => FailureKind::Unauthenticated,
        Cause::Timeout => FailureKind::Timeout,
        Cause::TooLarge => FailureKind::LimitExceeded,
        Cause::Internal => FailureKind::Internal,
    };
    Box::new(Failure {
        effect: attempt.effect(!broken.sent && !attempt.open),
        idempotency_key: attempt.idempotency_key.map(ToOwned::to_owned),
        request_id: broken.request_id.as_deref().map(clean),
        http_status: broken.status,
        ..bare(kind, attempt.told(&clean(&broken.message)))
    })
}

/// No error of Stripe's is near this long, and what is taken apart takes many times its length.
const MAX_ERROR: usize = 256 << 10;

/// Stripe answered with anything but a 2xx.
pub fn of_refusal(attempt: Attempt, response: &Response) -> Failed {
    let clean = |text: &str| attempt.redaction.line(text);
    let code_of = |code: &str| attempt.redaction.code(code);
    let is_told = response.body.len() <= MAX_ERROR;
    let text = core::str::from_utf8(if is_told { &response.body } else { &[] }).unwrap_or_default();
    let body = Members::parse(text).unwrap_or_default();
    let error = body.get("error").and_then(|error| Members::parse(error).ok()).unwrap_or_default();
    let kind_of_error = error.text("type").unwrap_or_default();
    let code = error.text("code");
    let stripes_own = ["type", "code", "message"].iter().any(|name| error.text(name).is_some());
    let said = error
        .text("message")
        .or_else(|| body.text("error_description"))
        .or_else(|| body.text("error"))
        .map(|message| clean(&message))
        .unwrap_or_else(|| format!("the answer is not one of Stripe's errors: {}", shown(attempt, response)));
    Box::new(Failure {
        effect: attempt.effect(
            is_settled(response.status, stripes_own, code.as_deref())
                && (!attempt.open || attempt.is_replay(response.status)),
        ),
        idempotency_key: attempt.idempotency_key.map(ToOwned::to_owned),
        request_id: response.header("request-id").as_deref().map(clean),
        http_status: Some(response.status),
        code: code.as_deref().map(code_of),
        decline_code: error.text("decline_code").as_deref().map(code_of),
        param: error.text("param").as_deref().map(clean),
        doc_url: error.text("doc_url").as_deref().map(clean),
        retry_after_ms: response.retry_after_ms(),
        rate_limit_reason: response.header("stripe-rate-limited-reason").as_deref().map(clean),
        stripe: body.get("error").map(|error| attempt.redaction.json(error)),
        ..bare(
            kind_of(response.status, &kind_of_error, code.as_deref()),
            attempt.told(&format!("Stripe answered {}: {said}", u32::from(response.status))),
        )
    })
}

/// What there is instead of an error.
fn shown(attempt: Attempt, response: &Response) -> String {
    match response.encoding() {
        Some(encoding) => attempt.redaction.line(&encoded_as(&encoding)),
        None => attempt.redaction.sample(&response.body),
    }
}

/// Why a body that was compressed on its way is of no use.
pub fn encoded_as(encoding: &str) -> String {
    format!("its body is encoded as `{encoding}`, which was not asked for")
}

/// Whether an answer is Stripe's word that nothing was done. A redirect, a 5xx, a time-out or what a proxy says is not,
/// and with a key in use another request is doing it right now.
fn is_settled(status: u16, stripes_own: bool, code: Option<&str>) -> bool {
    (400..500).contains(&status) && status != 408 && stripes_own && code != Some("idempotency_key_in_use")
}

/// By type and code first, then by status.
fn kind_of(status: u16, kind: &str, code: Option<&str>) -> FailureKind {
    match (kind, code) {
        ("card_error", _) => return FailureKind::PaymentDeclined,
        ("idempotency_error", _) => return FailureKind::Conflict,
        (_, Some("resource_missing")) => return FailureKind::NotFound,
        (_, Some("idempotency_key_in_use" | "lock_timeout")) => return FailureKind::Conflict,
        (_, Some(code)) if code.ends_with("_unexpected_state") => return FailureKind::FailedPrecondition,
        (_, Some("rate_limit")) => return FailureKind::RateLimited,
        _ => {}
    }
    match status {
        401 => FailureKind::Unauthenticated,
        402 => FailureKind::PaymentDeclined,
        403 => FailureKind::PermissionDenied,
        404 => FailureKind::NotFound,
        408 => FailureKind::Timeout,
        409 => FailureKind::Conflict,
        429 => FailureKind::RateLimited,
        // A code without a word for the input is about the object's state or a rule of the account.
        400..500 => match code {
            Some(code) if !is_about_input(code) => FailureKind::FailedPrecondition,
            _ => FailureKind::InvalidInput,
        },
        _ => FailureKind::Unavailable,
    }
}

/// Codes such as `parameter_missing`, `amount_too_small`, `url_invalid`, `invalid_charge_amount`.
fn is_about_input(code: &str) -> bool {
    if code == "status_transition_invalid" {
        return false;
    }
    ["parameter", "amount_too", "invalid"].iter().any(|start| code.starts_with(start))
        || code.ends_with("_invalid")
}

#[cfg(test)]
#[path = "failure_tests.rs"]
mod tests;
