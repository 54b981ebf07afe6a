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
    let given = [
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
    let twice = [("PaymentIntentId", Some("pi_1".into())), ("AmountToCapture", Some(5_u64.into()))];
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
