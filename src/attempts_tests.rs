use crate::api::types::{CallOptions, Effect, FailureKind};
use crate::given::throttle::Admission;
use crate::objects::{create, delete, get};
use crate::testing::{Fake, options};
use crate::transport::{Broken, Cause};

const CUSTOMER: &str = r#"{"id": "cus_1", "object": "customer"}"#;
const ERROR: &str = r#"{"error": {"type": "api_error", "message": "m"}}"#;

fn retrying(more: &[(&str, &str)]) -> Fake {
    let settings: Vec<_> = [("max_retries", "2")].iter().chain(more).copied().collect();
    Fake::new(&settings)
}

fn lost(sent: bool) -> Broken {
    Broken::new(Cause::Interrupted, sent, "connection reset")
}

#[test]
fn a_change_is_sent_again_with_its_key_until_it_is_done() {
    let fake = retrying(&[]);
    fake.answers(503, ERROR).breaks(lost(true)).answers(200, CUSTOMER);
    let change = create(fake.context(), "Customer", "{}", &options()).unwrap();
    assert_eq!(change.id.as_deref(), Some("cus_1"));
    let sent = fake.sent.borrow();
    let keys: Vec<_> = sent.iter().map(|sent| sent.header("idempotency-key").unwrap()).collect();
    assert_eq!(keys, [change.idempotency_key.as_deref().unwrap(); 3]);
    assert!(sent.iter().all(|one| (&one.line, &one.body) == (&sent[0].line, &sent[0].body)));
    // Half a second after the first, and then 500 to 1,000 ms as the random bytes say.
    let times: Vec<_> = sent.iter().map(|sent| sent.start_at).collect();
    assert_eq!(times, [1_000, 1_500, 2_335]);
    let attempts: Vec<_> = fake.lanes.borrow().iter().map(|lane| (lane.attempt, lane.write)).collect();
    assert_eq!(attempts, [(1, true), (2, true), (3, true)]);
    assert_eq!(*fake.observed.borrow(), [(Some(503), None), (None, None), (Some(200), None)]);
}

#[test]
fn the_last_failure_is_told_with_what_the_first_left_open() {
    let fake = retrying(&[]);
    fake.breaks(lost(true)).breaks(Broken::new(Cause::Unreachable, false, "refused")).answers(429, ERROR);
    let options = CallOptions { idempotency_key: Some("k".to_owned()), ..options() };
    let failure = create(fake.context(), "Customer", "{}", &options).unwrap_err();
    assert_eq!((failure.kind, failure.effect), (FailureKind::RateLimited, Effect::Unknown));
    assert_eq!((failure.http_status, failure.idempotency_key.as_deref()), (Some(429), Some("k")));
    assert!(failure.message.starts_with("POST /v1/customers (attempt 3): "), "{}", failure.message);

    // Nothing was sent, three times.
    let fake = retrying(&[]);
    for _ in 0..3 {
        fake.breaks(Broken::new(Cause::Unreachable, false, "refused"));
    }
    let failure = create(fake.context(), "Customer", "{}", &options).unwrap_err();
    assert_eq!((failure.kind, failure.effect), (FailureKind::Unavailable, Effect::None));
}

#[test]
fn what_is_gone_at_the_second_attempt_may_have_been_removed_by_the_first() {
    let fake = retrying(&[]);
    fake.breaks(lost(true))
        .answers(404, r#"{"error": {"type": "invalid_request_error", "code": "resource_missing"}}"#);
    let failure = delete(fake.context(), "Customer", Some("cus_1"), &options()).unwrap_err();
    assert_eq!((failure.kind, failure.effect), (FailureKind::NotFound, Effect::Unknown));
}

#[test]
fn a_refusal_is_not_tried_again() {
    for (status, headers) in [(400, &[][..]), (503, &[("stripe-should-retry", "false")])] {
        let fake = retrying(&[]);
        fake.answers_with(status, ERROR, headers);
        let failure = get(fake.context(), "Customer", Some("cus_1"), None, false, &options()).unwrap_err();
        assert_eq!((failure.http_status, fake.lines().len()), (Some(status), 1));
    }
    let fake = retrying(&[]);
    fake.answers_with(400, ERROR, &[("stripe-should-retry", "true")]).answers(200, CUSTOMER);
    get(fake.context(), "Customer", Some("cus_1"), None, false, &options()).unwrap();
}

#[test]
fn a_place_that_the_throttle_has_not_is_no_reason_to_forget_the_first_attempt() {
    let fake = retrying(&[]);
    fake.breaks(lost(true));
    fake.admissions.borrow_mut().extend([Admission::After(0), Admission::Refused(700)]);
    let failure = create(fake.context(), "Customer", "{}", &options()).unwrap_err();
    assert_eq!((failure.kind, failure.effect), (FailureKind::Unavailable, Effect::Unknown));
    assert_eq!(failure.retry_after_ms, Some(700));
    // Without a first attempt nothing is open, and the key is good for another call.
    fake.admissions.borrow_mut().push_back(Admission::Refused(700));
    let failure = create(fake.context(), "Customer", "{}", &options()).unwrap_err();
    assert_eq!((failure.kind, failure.effect), (FailureKind::Throttled, Effect::None));
    assert!(failure.idempotency_key.is_some());
}

#[test]
fn the_deadline_beats_a_retry() {
    let fake = retrying(&[("deadline_ms", "1000")]);
    fake.answers(503, ERROR);
    let failure = create(fake.context(), "Customer", "{}", &options()).unwrap_err();
    assert_eq!((failure.http_status, failure.effect, fake.clock.get()), (Some(503), Effect::Unknown, 1_000));
    // And so it does when more is asked for than there is.
    let fake = retrying(&[]);
    fake.answers_with(429, ERROR, &[("retry-after", "121")]);
    let failure = create(fake.context(), "Customer", "{}", &options()).unwrap_err();
    assert_eq!((failure.retry_after_ms, fake.clock.get()), (Some(121_000), 1_000));
    // What is asked for and fits is waited for.
    let fake = retrying(&[]);
    fake.answers_with(429, ERROR, &[("retry-after", "7")]).answers(200, CUSTOMER);
    create(fake.context(), "Customer", "{}", &options()).unwrap();
    assert_eq!(fake.clock.get(), 8_000);
    // A yes asks for nothing, whatever its headers say.
    fake.answers_with(200, CUSTOMER, &[("retry-after", "9")]);
    create(fake.context(), "Customer", "{}", &options()).unwrap();
    assert_eq!(*fake.observed.borrow(), [(Some(429), Some(7_000)), (Some(200), None), (Some(200), None)]);
}

#[test]
fn a_body_that_was_compressed_is_no_answer() {
    let fake = retrying(&[]);
    fake.answers_with(200, CUSTOMER, &[("content-encoding", "gzip"), ("stripe-should-retry", "true")]);
    let failure = create(fake.context(), "Customer", "{}", &options()).unwrap_err();
    assert_eq!((failure.kind, failure.effect), (FailureKind::Unavailable, Effect::Unknown));
    assert!(failure.message.contains("`gzip`"), "{}", failure.message);
}

/// What the log says at a verbosity of a change that fails once.
fn logged(verbosity: &str) -> Vec<String> {
    let fake = retrying(&[("verbosity", verbosity)]);
    let answer = r#"{"id": "pi_1", "client_secret": "canary1", "description": "of sk_test_filler"}"#;
    fake.answers(503, r#"{"error": {"message": "m"}, "secret": "canary2"}"#).answers_with(
        200,
        answer,
        &[("set-cookie", "canary3")],
    );
    let fields = r#"{"Amount": 1500, "Currency": "usd", "+card[number]": "4242424242424242", "+client_secret": "canary4"}"#;
    create(fake.context(), "PaymentIntent", fields, &options()).unwrap();
    fake.logged.take()
}

#[test]
fn the_log_tells_as_much_as_the_verbosity_asks_for() {
    let seen = ["1", "2", "3", "4", "5"].map(logged);
    // What is tried again is told in any case.
    for lines in &seen {
        assert!(lines[0].starts_with("Level::Warning POST /v1/payment_intents "), "{}", lines[0]);
        for field in [r#"("status", "503")"#, r#"("retry-in-ms", "500")"#, r#"("effect", "unknown")"#] {
            assert!(lines[0].contains(field), "{}", lines[0]);
        }
    }
    assert_eq!(seen.each_ref().map(Vec::len), [1, 2, 2, 2, 2]);
    for field in [
        r#"("operation", "test")"#, r#"("entity", "PaymentIntent")"#, r#"("status", "200")"#,
        r#"("request-id", "req_1")"#, r#"("attempt", "2")"#, r#"("duration-ms", "0")"#,
    ] {
        assert!(seen[1][1].contains(field), "{field}: {}", seen[1][1]);
    }
    for (name, least) in [
        ("request-headers", 3),
        ("request-body", 3),
        ("answer-headers", 3),
        ("answer-body", 3),
        ("origin", 4),
        ("received-bytes", 4),
    ] {
        for (lines, verbosity) in seen.iter().zip(1..) {
            let told = lines.last().is_some_and(|line| line.contains(name));
            assert_eq!(told, verbosity >= least && verbosity > 1, "{name} at {verbosity}");
        }
    }
    let all = format!("{seen:?}");
    assert!(all.contains("authorization: [redacted]") && all.contains("amount=1500"), "{all}");
    for hidden in ["canary", "4242", "filler"] {
        assert!(!all.contains(hidden), "{hidden}: {all}");
    }
}

#[test]
fn bodies_are_told_to_their_end_at_the_highest_verbosity_only() {
    for (verbosity, whole) in [("4", false), ("5", true)] {
        let fake = retrying(&[("verbosity", verbosity)]);
        fake.answers(200, &format!(r#"{{"id": "cus_1", "name": "{}"}}"#, "é".repeat(3_000)));
        get(fake.context(), "Customer", Some("cus_1"), None, false, &options()).unwrap();
        let logged = fake.logged.take();
        assert_eq!(logged[0].matches('é').count() == 3_000, whole);
        assert_eq!(logged[0].contains("... (60"), !whole, "{}", logged[0]);
    }
}
