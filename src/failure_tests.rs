use super::*;
use crate::redact::ANYBODYS;
use alloc::vec::Vec;

const WRITE: Attempt = Attempt {
    what: "POST /v1/payment_intents",
    write: true,
    idempotency_key: Some("key"),
    number: 1,
    open: false,
    redaction: ANYBODYS,
};
const READ: Attempt = Attempt { what: "GET /v1/customers", write: false, idempotency_key: None, ..WRITE };

fn refusal(attempt: Attempt, status: u16, body: &str) -> Failed {
    let headers =
        [("request-id", "req_1"), ("retry-after", "2"), ("stripe-rate-limited-reason", "global-rate")];
    let headers: Vec<_> = headers.map(|(n, v)| (n.to_string(), v.to_string())).into();
    of_refusal(attempt, &Response { status, headers, body: body.as_bytes().to_vec() })
}

#[test]
fn kinds() {
    use FailureKind as K;
    for (status, kind, code, expected) in [
        (402, "card_error", "card_declined", K::PaymentDeclined),
        (400, "card_error", "incorrect_cvc", K::PaymentDeclined),
        (400, "idempotency_error", "", K::Conflict),
        (409, "invalid_request_error", "idempotency_key_in_use", K::Conflict),
        (429, "invalid_request_error", "lock_timeout", K::Conflict),
        (429, "invalid_request_error", "rate_limit", K::RateLimited),
        (429, "", "", K::RateLimited),
        (404, "invalid_request_error", "resource_missing", K::NotFound),
        (400, "invalid_request_error", "resource_missing", K::NotFound),
        (400, "invalid_request_error", "payment_intent_unexpected_state", K::FailedPrecondition),
        (400, "invalid_request_error", "invoice_not_editable", K::FailedPrecondition),
        (400, "invalid_request_error", "parameter_unknown", K::InvalidInput),
        (400, "invalid_request_error", "amount_too_small", K::InvalidInput),
        (400, "invalid_request_error", "url_invalid", K::InvalidInput),
        (400, "invalid_request_error", "status_transition_invalid", K::FailedPrecondition),
        (400, "invalid_request_error", "", K::InvalidInput),
        (401, "invalid_request_error", "", K::Unauthenticated),
        (403, "invalid_request_error", "", K::PermissionDenied),
        (404, "invalid_request_error", "", K::NotFound),
        (302, "", "", K::Unavailable),
        (500, "api_error", "", K::Unavailable),
        (503, "", "", K::Unavailable),
    ] {
        let code = if code.is_empty() { "null".to_string() } else { alloc::format!("\"{code}\"") };
        let body = alloc::format!(r#"{{"error": {{"type": "{kind}", "code": {code}, "message": "m"}}}}"#);
        let failure = refusal(READ, status, &body);
        assert_eq!(failure.kind, expected, "{status} {kind} {code}");
        assert_eq!(failure.effect, Effect::None, "a read changes nothing");
    }
}

#[test]
fn only_a_4xx_settles_what_became_of_a_change() {
    for (status, effect) in [
        (400, Effect::None),
        (402, Effect::None),
        (409, Effect::None),
        (429, Effect::None),
        (302, Effect::Unknown),
        (500, Effect::Unknown),
        (503, Effect::Unknown),
    ] {
        let failure = refusal(WRITE, status, r#"{"error": {"message": "m"}}"#);
        assert_eq!(failure.effect, effect, "{status}");
        assert_eq!(failure.idempotency_key.as_deref(), Some("key"));
    }
}

#[test]
fn a_4xx_that_is_not_stripes_word_settles_nothing() {
    for (status, body) in [
        (403, "<html>"),
        (400, "{}"),
        (400, r#"{"error": {}}"#),
        (408, r#"{"error": {"message": "m"}}"#),
        (409, r#"{"error": {"code": "idempotency_key_in_use"}}"#),
    ] {
        assert_eq!(refusal(WRITE, status, body).effect, Effect::Unknown, "{status} {body}");
    }
}

#[test]
fn a_broken_exchange_is_unknown_once_it_was_sent() {
    for (cause, sent, kind, effect) in [
        (Cause::Unreachable, false, FailureKind::Unavailable, Effect::None),
        (Cause::Denied, false, FailureKind::PermissionDenied, Effect::None),
        (Cause::Unauthenticated, false, FailureKind::Unauthenticated, Effect::None),
        (Cause::Timeout, false, FailureKind::Timeout, Effect::None),
        (Cause::Timeout, true, FailureKind::Timeout, Effect::Unknown),
        (Cause::Interrupted, true, FailureKind::Unavailable, Effect::Unknown),
        (Cause::TooLarge, true, FailureKind::LimitExceeded, Effect::Unknown),
        (Cause::Unreadable, true, FailureKind::Unavailable, Effect::Unknown),
    ] {
        let broken = Broken::new(cause, sent, "because");
        let failure = of_broken(WRITE, &broken);
        assert_eq!((failure.kind, failure.effect), (kind, effect), "{cause:?}");
        assert_eq!(failure.message, "POST /v1/payment_intents: because");
        assert_eq!(of_broken(READ, &broken).effect, Effect::None);
    }
}

#[test]
fn everything_that_stripe_says_is_handed_on() {
    let failure = refusal(
        WRITE,
        402,
        r#"{"error": {"type": "card_error", "code": "card_declined", "decline_code": "do_not_honor", "param": "payment_method",
            "doc_url": "https://stripe.com/docs", "message": "Your card was declined.",
            "payment_intent": {"id": "pi_1", "status": "requires_payment_method", "client_secret": "pi_1_secret_canary"}}}"#,
    );
    assert_eq!(failure.message, "POST /v1/payment_intents: Stripe answered 402: Your card was declined.");
    assert_eq!(failure.code.as_deref(), Some("card_declined"));
    assert_eq!(failure.decline_code.as_deref(), Some("do_not_honor"));
    assert_eq!(failure.param.as_deref(), Some("payment_method"));
    assert_eq!(failure.doc_url.as_deref(), Some("https://stripe.com/docs"));
    assert_eq!(failure.request_id.as_deref(), Some("req_1"));
    assert_eq!(failure.http_status, Some(402));
    assert_eq!(failure.retry_after_ms, Some(2000));
    assert_eq!(failure.rate_limit_reason.as_deref(), Some("global-rate"));
    let stripe = failure.stripe.unwrap();
    assert!(stripe.contains("requires_payment_method") && !stripe.contains("canary"), "{stripe}");
}

#[test]
fn secrets_are_taken_out_wherever_they_are() {
    let failure = refusal(
        READ,
        400,
        r#"{"error": {"message": "Invalid key: sk_test_canary1, see pi_1_secret_canary2!",
            "setup_intent": {"next_action": {"redirect_to_url": {"url": "https://x.example/?client_secret=seti_1_secret_canary3&a=b"}}},
            "list": [{"client_secret": "canary4", "webhook_secret": "canary5", "secret": null}]}}"#,
    );
    let all = alloc::format!("{failure:?}");
    assert!(!all.contains("canary"), "{all}");
    assert!(failure.stripe.unwrap().contains("https://x.example/?client_secret=[redacted]&a=b"));
    assert_eq!(
        failure.message,
        "GET /v1/customers: Stripe answered 400: Invalid key: [redacted], see [redacted]!"
    );
}

#[test]
fn bodies_that_are_no_errors_of_stripe() {
    let html = refusal(READ, 502, "<html>\n<b>Bad gateway</b> rk_live_canary");
    assert!(html.message.contains("<html> <b>Bad gateway</b> [redacted]"), "{}", html.message);
    assert_eq!((html.http_status, html.stripe), (Some(502), None));
    assert!(refusal(READ, 500, "").message.contains("empty body"));
    let oauth = refusal(READ, 400, r#"{"error": "invalid_grant", "error_description": "No such code"}"#);
    assert!(oauth.message.ends_with("No such code"));
    let long = refusal(READ, 500, &"é".repeat(10_000));
    assert!(long.message.chars().count() < 250);
}

#[test]
fn what_an_attempt_left_open_is_settled_by_stripes_word_on_its_key_alone() {
    let again = Attempt { number: 2, open: true, ..WRITE };
    let delete = Attempt { idempotency_key: None, ..again };
    for (status, effect) in [
        (400, Effect::None),
        (402, Effect::None),
        (404, Effect::None),
        // These are said before the key is looked up, or while another request has it.
        (401, Effect::Unknown),
        (403, Effect::Unknown),
        (409, Effect::Unknown),
        (429, Effect::Unknown),
        (500, Effect::Unknown),
    ] {
        let body = r#"{"error": {"message": "m"}}"#;
        let failure = refusal(again, status, body);
        assert_eq!(failure.effect, effect, "{status}");
        assert!(failure.message.starts_with("POST /v1/payment_intents (attempt 2): "), "{}", failure.message);
        // What is gone may have been removed by the first attempt.
        assert_eq!(refusal(delete, status, body).effect, Effect::Unknown, "{status}");
        assert_eq!(refusal(Attempt { write: false, ..again }, status, body).effect, Effect::None);
    }
    let unsent = Broken::new(Cause::Unreachable, false, "because");
    assert_eq!(of_broken(again, &unsent).effect, Effect::Unknown);
}

#[test]
fn a_body_that_was_compressed_is_named() {
    let headers = [("content-encoding".to_string(), "gzip".to_string())].into();
    let failure = of_refusal(READ, &Response { status: 503, headers, body: vec![0x1f, 0x8b, 8] });
    assert!(failure.message.contains("encoded as `gzip`"), "{}", failure.message);
}

#[test]
fn a_token_that_looks_like_nothing_is_not_repeated() {
    let own = Attempt { redaction: Redaction::of("eyJhbGci.canaryBody.canarySig"), ..READ };
    let failure = refusal(own, 401, r#"{"error": {"message": "bad Bearer eyJhbGci.canaryBody.canarySig"}}"#);
    assert!(!alloc::format!("{failure:?}").contains("canary"), "{failure:?}");
}

#[test]
fn an_error_of_any_length_is_told_in_little_memory_and_settles_nothing() {
    let body = format!(r#"{{"error": {{"message": "m", "a": [{}1]}}}}"#, "1,".repeat(200_000));
    let failure = refusal(WRITE, 400, &body);
    assert_eq!((failure.effect, failure.stripe), (Effect::Unknown, None));
    assert!(failure.message.len() < 300, "{}", failure.message);
}
