//! Refusals and failures that Stripe itself answers, with and without its word on retrying.

use std::time::Duration;

use host_tests::server::message;
use host_tests::wire::Step::{self, Leave, Read, Reset, Write};

use crate::case::{ALL, BOTH, Call, Case, Cases, World, ensure, failure};
use crate::rows_connection::{halves, whole};

/// An error of Stripe's: a status such as `409 Conflict`, the members of its error, and more headers.
pub fn error(status: &str, members: &str, more: &[(&str, &str)]) -> Step {
    let headers: Vec<_> = [("Content-Type", "application/json"), ("Request-Id", "req_2")]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    Write(message(status, &headers, format!(r#"{{"error": {{{members}}}}}"#).as_bytes()))
}

pub const LOCKED: (&str, &str) =
    ("409 Conflict", r#""type": "invalid_request_error", "code": "lock_timeout", "message": "Locked.""#);
pub const IN_USE: (&str, &str) = (
    "409 Conflict",
    r#""type": "idempotency_error", "code": "idempotency_key_in_use", "message": "In use.""#,
);
pub const LIMITED: (&str, &str) = (
    "429 Too Many Requests",
    r#""type": "invalid_request_error", "code": "rate_limit", "message": "Too many.""#,
);
pub const BROKEN: (&str, &str) = ("500 Internal Server Error", r#""type": "api_error", "message": "Sorry.""#);
pub const DOWN: (&str, &str) = ("503 Service Unavailable", r#""type": "api_error", "message": "Down.""#);
pub const WRONG: (&str, &str) =
    ("400 Bad Request", r#""type": "invalid_request_error", "code": "parameter_invalid", "message": "No.""#);
const KEYLESS: (&str, &str) =
    ("401 Unauthorized", r#""type": "invalid_request_error", "message": "Invalid key.""#);
const DECLINED: (&str, &str) = (
    "402 Payment Required",
    r#""type": "card_error", "code": "card_declined", "decline_code": "generic_decline", "message": "Declined.""#,
);
const FORBIDDEN: (&str, &str) =
    ("403 Forbidden", r#""type": "invalid_request_error", "message": "Not yours.""#);
const MISSING: (&str, &str) =
    ("404 Not Found", r#""type": "invalid_request_error", "code": "resource_missing", "message": "None.""#);
const OTHERS: (&str, &str) =
    ("400 Bad Request", r#""type": "idempotency_error", "message": "Another request.""#);

/// The status that an error has.
pub fn status((status, _): (&str, &str)) -> u16 {
    status[..3].parse().expect("a status")
}

pub fn rows() -> Vec<Cases> {
    let mut rows = answered();
    rows.extend(waited());
    rows.extend(unsettled());
    rows
}

/// Every attempt is answered alike.
fn answered() -> Vec<Cases> {
    let mut rows = Vec::new();
    // What is told, kind, effect, and attempts when Stripe says nothing of retrying.
    let table = [
        ("409 lock_timeout", LOCKED, "conflict", "none", 3),
        ("409 idempotency_key_in_use", IN_USE, "conflict", "unknown", 3),
        ("429", LIMITED, "rate-limited", "none", 3),
        ("500", BROKEN, "unavailable", "unknown", 3),
        ("503", DOWN, "unavailable", "unknown", 3),
        ("400", WRONG, "invalid-input", "none", 1),
        ("401", KEYLESS, "unauthenticated", "none", 1),
        ("402", DECLINED, "payment-declined", "none", 1),
        ("403", FORBIDDEN, "permission-denied", "none", 1),
        ("404", MISSING, "not-found", "none", 1),
        ("400 idempotency_error", OTHERS, "conflict", "none", 1),
    ];
    for (name, what, kind, effect, attempts) in table {
        for (said, header, attempts) in [
            ("", None, attempts),
            (", should retry", Some("true"), 3),
            (", should not retry", Some("false"), 1),
        ] {
            let header = header.map(|value| ("Stripe-Should-Retry", value));
            let world = World::always(vec![Read, error(what.0, what.1, header.as_slice())]);
            let row = Case::of(&ALL, format!("{name}{said}"), world).fails(kind, effect).attempts(attempts);
            rows.push(row.status(status(what)).request_id("req_2"));
        }
    }
    rows
}

/// `Retry-After`.
fn waited() -> Vec<Cases> {
    let first = |what: (&'static str, &'static str), seconds: &'static str| {
        World::wire(move |at| {
            let refusal = error(what.0, what.1, &[("Retry-After", seconds)]);
            vec![Read, if at == 1 { refusal } else { Write(whole()) }]
        })
    };
    let long = "100";
    let at_once = |name: &str, what: (&'static str, &'static str), kind, effect| {
        Case::of(&BOTH, name, first(what, long))
            .fails(kind, effect)
            .deadline(20_000)
            .status(status(what))
            .takes(0..1500)
            .also(|outcome| {
                let told = failure(outcome)?.retry_after_ms;
                ensure(told == Some(100_000), || format!("to be tried again after {told:?}"))
            })
    };
    vec![
        Case::of(&ALL, "429 once, Retry-After 1", first(LIMITED, "1")).attempts(2).takes(1000..3500),
        Case::of(&BOTH, "503 once, Retry-After 1", first(DOWN, "1")).attempts(2).takes(1000..3500),
        Case::of(&BOTH, "503 once, Retry-After 0", first(DOWN, "0")).attempts(2),
        Case::of(&BOTH, "503 once, Retry-After a date", first(DOWN, "Fri, 31 Dec 2027 23:59:59 GMT"))
            .attempts(2),
        at_once("429, Retry-After beyond the deadline", LIMITED, "rate-limited", "none"),
        at_once("503, Retry-After beyond the deadline", DOWN, "unavailable", "unknown"),
        at_once("409 lock_timeout, Retry-After beyond the deadline", LOCKED, "conflict", "none"),
    ]
}

/// A first attempt that may have been carried out, and what comes after it.
fn unsettled() -> Vec<Cases> {
    let then = |first: Vec<Step>, what: (&'static str, &'static str)| {
        World::wire(move |at| match at {
            1 => first.clone(),
            _ => vec![Read, error(what.0, what.1, &[])],
        })
    };
    let lost = || vec![Read, Reset];
    let [half, _] = halves();
    let mut rows = vec![
        Case::of(&ALL, "lost, then nothing listens", World::always(vec![Leave, Read, Reset]))
            .fails("unavailable", "unknown")
            .attempts(3)
            .reaching(1),
        Case::of(&[Call::Delete], "lost, then 400", then(lost(), WRONG))
            .fails("invalid-input", "unknown")
            .attempts(2),
        Case::of(&[Call::Delete], "lost, then 404", then(lost(), MISSING))
            .fails("not-found", "unknown")
            .attempts(2),
        // Stripe's word on this key, but not on whether the first is still under way.
        Case::of(&BOTH, "lost, then 409 idempotency_key_in_use", then(lost(), IN_USE))
            .fails("conflict", "unknown")
            .attempts(3),
    ];
    for (name, what, kind, effect, attempts) in [
        ("400", WRONG, "invalid-input", "none", 2),
        ("401", KEYLESS, "unauthenticated", "unknown", 2),
        ("402", DECLINED, "payment-declined", "none", 2),
        ("403", FORBIDDEN, "permission-denied", "unknown", 2),
        ("404", MISSING, "not-found", "none", 2),
        ("409 lock_timeout", LOCKED, "conflict", "unknown", 3),
        ("429", LIMITED, "rate-limited", "unknown", 3),
    ] {
        for (first, steps) in [
            ("lost", lost()),
            ("cut", vec![Read, Write(half.clone())]),
            ("503", vec![Read, error(DOWN.0, DOWN.1, &[])]),
        ] {
            let row = Case::of(&BOTH, format!("{first}, then {name}"), then(steps, what));
            rows.push(row.fails(kind, effect).attempts(attempts).status(status(what)).request_id("req_2"));
        }
    }
    let silent_first = then(vec![Read, Step::Silence], WRONG);
    rows.push(
        Case::of(&BOTH, "silence, then 400", silent_first)
            .fails("invalid-input", "none")
            .attempts(2)
            .set(&[("first_byte_timeout_ms", "300"), ("connect_timeout_ms", "100")])
            .takes(800..3000),
    );
    // The settled one comes first, the open one last.
    let settled_first = World::wire(|at| match at {
        1 => vec![Read, error(LIMITED.0, LIMITED.1, &[])],
        _ => vec![Read, Step::Wait(Duration::from_millis(1)), Reset],
    });
    rows.push(Case::of(&BOTH, "429, then lost", settled_first).fails("unavailable", "unknown").attempts(3));
    rows
}
