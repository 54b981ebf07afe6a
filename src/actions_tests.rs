use super::*;
use crate::api::types::{Effect, FailureKind};
use crate::testing::{Fake, options};

#[test]
fn an_action_by_name_and_json() {
    let fake = Fake::new(&[]);
    fake.answers(
        200,
        r#"{"id": "pi_1", "object": "payment_intent", "amount": 5, "status": "requires_action"}"#,
    );
    let outcome = execute(
        fake.context(),
        "confirm_payment_intent",
        r#"{"PaymentIntentId": "pi_1", "ReturnUrl": "https://a.b", "OffSession": "one_off"}"#,
        &options(),
    )
    .unwrap();
    assert_eq!(
        outcome.output,
        r#"[{"Success":"true","id":"pi_1","object":"payment_intent","amount":"5","status":"requires_action"}]"#
    );
    assert_eq!((outcome.id.as_deref(), outcome.status.as_deref()), (Some("pi_1"), Some("requires_action")));
    assert!(outcome.object.contains(r#""Amount":5"#));
    let sent = fake.sent.borrow();
    assert_eq!(sent[0].line, "POST /v1/payment_intents/pi_1/confirm");
    assert_eq!(sent[0].body.as_deref(), Some("return_url=https%3A%2F%2Fa.b&off_session=one_off"));
    assert_eq!(sent[0].header("idempotency-key"), outcome.idempotency_key.as_deref());
    assert_eq!(fake.lanes.borrow()[0].target, "ConfirmPaymentIntent");
}

#[test]
fn typed_inputs_and_more_are_one_input() {
    let fake = Fake::new(&[]);
    fake.answers(200, r#"{"id": "pi_1"}"#);
    let metadata = metadata(alloc::vec![("a".to_string(), "b".to_string())]).unwrap();
    let given = alloc::vec![
        ("PaymentIntentId", Some("pi_1".into())),
        ("AmountToCapture", Some(5_u64.into())),
        ("Metadata", Some(metadata)),
    ];
    typed(
        fake.context(),
        "CapturePaymentIntent",
        given,
        Some(r#"{"StatementDescriptorSuffix": "x"}"#),
        &options(),
    )
    .unwrap();
    assert_eq!(
        fake.sent.borrow()[0].body.as_deref(),
        Some("statement_descriptor_suffix=x&amount_to_capture=5&metadata%5Ba%5D=b")
    );
    let twice =
        alloc::vec![("PaymentIntentId", Some("pi_1".into())), ("AmountToCapture", Some(5_u64.into()))];
    let failure =
        typed(fake.context(), "CapturePaymentIntent", twice, Some(r#"{"amount_to_capture": 6}"#), &options())
            .unwrap_err();
    assert!(failure.message.contains("twice"));
    assert!(
        super::metadata(alloc::vec![("a".to_string(), String::new()), ("a".to_string(), String::new())])
            .is_err()
    );
}

#[test]
fn the_documented_misprint_is_an_alias() {
    let fake = Fake::new(&[]);
    fake.answers(200, r#"{"id": "qt_1"}"#).answers(200, r#"{"id": "qt_1", "invoice": "in_1"}"#);
    execute(fake.context(), "FinalizeQuote", r#"{"SouQuoteIdrcePath": "qt_1"}"#, &options()).unwrap();
    let quote =
        accepted(execute(fake.context(), "AcceptQuote", r#"{"QuoteId": "qt_1"}"#, &options()).unwrap());
    assert_eq!(quote.invoice_id.as_deref(), Some("in_1"));
    assert_eq!(quote.outcome.output, r#"[{"InvoiceId":"in_1","Success":"true"}]"#);
    assert_eq!(fake.lines(), ["POST /v1/quotes/qt_1/finalize", "POST /v1/quotes/qt_1/accept"]);
    let sent = fake.sent.borrow();
    assert_eq!(sent[0].body.as_deref(), Some(""), "a POST has a body, even an empty one");
    drop(sent);
    let both = execute(
        fake.context(),
        "FinalizeQuote",
        r#"{"SouQuoteIdrcePath": "qt_1", "QuoteId": "qt_2"}"#,
        &options(),
    );
    assert!(both.unwrap_err().message.contains("twice"));
}

#[test]
fn wrong_input_sends_nothing() {
    let fake = Fake::new(&[]);
    for (name, input, param) in [
        ("ConfirmPaymentIntnt", "{}", "ConfirmPaymentIntnt"),
        ("ConfirmPaymentIntent", "{}", "PaymentIntentId"),
        ("ConfirmPaymentIntent", r#"{"PaymentIntentId": 5}"#, "PaymentIntentId"),
        ("ConfirmPaymentIntent", r#"{"PaymentIntentId": ".."}"#, "PaymentIntentId"),
        ("ConfirmPaymentIntent", r#"{"PaymentIntentId": "pi_1", "ReturnUlr": "x"}"#, "ReturnUlr"),
        ("AttachPaymentMethodToCustomer", r#"{"PaymentMethodId": "pm_1"}"#, "CustomerId"),
        (
            "CapturePaymentIntent",
            r#"{"PaymentIntentId": "pi_1", "AmountToCapture": "1.5"}"#,
            "AmountToCapture",
        ),
        ("CancelQuote", "null", "parameters"),
    ] {
        let failure = execute(fake.context(), name, input, &options()).unwrap_err();
        assert_eq!((failure.kind, failure.effect), (FailureKind::InvalidInput, Effect::None));
        assert_eq!(failure.param.as_deref(), Some(param), "{}", failure.message);
    }
    assert!(fake.lines().is_empty());
}

const STREAM: &str = "SendV2BillingMeterEventStream";
const EVENTS: &str = r#"{"Events": [{"EventName": "calls", "Payload": {"value": 5}}]}"#;

#[test]
fn meter_events_go_with_a_token_and_without_the_key() {
    let fake = Fake::new(&[]);
    fake.answers(200, r#"{"id": "x", "authentication_token": "zzztok"}"#).answers(200, "");
    let own = CallOptions { idempotency_key: Some("own-key".to_owned()), ..options() };
    let outcome = execute(fake.context(), STREAM, EVENTS, &own).unwrap();
    assert_eq!(outcome.output, r#"[{"Success":"true"}]"#);
    let sent = fake.sent.borrow();
    let [session, stream] = sent.as_slice() else { panic!("two requests") };
    assert_eq!(
        (session.line.as_str(), session.host.as_str()),
        ("POST /v2/billing/meter_event_session", "api.stripe.com")
    );
    assert_eq!(session.authorization.as_deref(), Some("Bearer sk_test_filler"));
    assert_ne!(session.header("idempotency-key"), Some("own-key"));
    assert_eq!(stream.host, "meter-events.stripe.com");
    assert_eq!(stream.authorization.as_deref(), Some("Bearer zzztok"));
    assert_eq!(stream.header("idempotency-key"), Some("own-key"));
    assert_eq!(
        stream.body.as_deref(),
        Some(r#"{"events":[{"event_name":"calls","payload":{"value":"5"}}]}"#)
    );
}

#[test]
fn what_becomes_of_a_session_says_nothing_of_the_events() {
    for (status, body) in
        [(200, "{}"), (200, "<html>"), (500, "{}"), (200, r#"{"authentication_token": ""}"#)]
    {
        let fake = Fake::new(&[]);
        fake.answers(status, body);
        let failure = execute(fake.context(), STREAM, EVENTS, &options()).unwrap_err();
        assert_eq!((failure.effect, failure.idempotency_key), (Effect::None, None), "{body}");
        assert_eq!(fake.lines().len(), 1);
    }
}

#[test]
fn a_token_that_is_repeated_is_taken_out() {
    let fake = Fake::new(&[]);
    fake.answers(401, r#"{"error": {"message": "bad Bearer zzztok", "code": "zzztok", "seen": ["zzztok"]}}"#);
    let input = EVENTS.replacen('{', r#"{"AuthenticationToken": "zzztok", "#, 1);
    let failure = execute(fake.context(), STREAM, &input, &options()).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthenticated);
    assert!(!format!("{failure:?}").contains("zzztok"), "{failure:?}");
    fake.answers(200, r#""Bearer zzztok""#);
    let failure = execute(fake.context(), STREAM, &input, &options()).unwrap_err();
    assert_eq!((failure.kind, failure.effect), (FailureKind::Unavailable, Effect::Unknown));
    assert!(!format!("{failure:?}").contains("zzztok"), "{failure:?}");
}

#[test]
fn a_file_is_a_pdf_or_a_failure() {
    let fake = Fake::new(&[]);
    let run = |fake: &Fake| execute(fake.context(), "DownloadQuotePdf", r#"{"QuoteId": "qt_1"}"#, &options());
    fake.answers_with(200, "%PDF-", &[("content-type", "application/pdf")]);
    let outcome = run(&fake).unwrap();
    assert_eq!(outcome.object, r#"{"Content":"JVBERi0=","ContentType":"application/pdf"}"#);
    assert_eq!(fake.sent.borrow()[0].host, "files.stripe.com");
    for (body, kind) in [("<html>", "text/html"), ("", "application/pdf"), ("{}", "application/json")] {
        fake.answers_with(200, body, &[("content-type", kind)]);
        assert_eq!(run(&fake).unwrap_err().kind, FailureKind::Unavailable, "{kind}");
    }
}
