//! Stripe's refusals. The input looks like an answer: the status, headers in a line each, an empty line, the body. In the
//! body secrets are put where Stripe may repeat one: for each of [`PLACES`] in a text, and in the members named for them.

use crate::{is_json, split_line};
use serde_json::Value;
use stripe_connector_native::api::types::{Effect, Failure};
use stripe_connector_native::failure::{Attempt, of_refusal};
use stripe_connector_native::redact::Redaction;
use stripe_connector_native::transport::Response;

const CANARY: &str = "0canary0";
/// The connection's own, which looks like nothing in particular.
const TOKEN: &str = "tok9canary9en";

const CARD: &str = "4000056655665556";

const PLACES: [(&str, &str); 5] = [
    ("$k", " sk_test_0canary0"),
    ("$r", " rk_live_0canary0"),
    ("$c", "pi_1_secret_0canary0"),
    ("$n", " 4000056655665556 "),
    ("$t", TOKEN),
];

/// A refusal says what it can, in JSON where that is promised, and no secret; only Stripe's own 4xx settles a change.
pub fn error_body(input: &[u8]) {
    // A fuzzer sees what is compared, and puts it into its inputs; what they have of themselves proves nothing.
    if ["canary", CARD].iter().any(|own| contains(input, own)) {
        return;
    }
    let end = input.windows(2).position(|two| two == b"\n\n").unwrap_or(input.len());
    let head = String::from_utf8_lossy(&input[..end]).into_owned();
    let body = input.get(end + 2..).unwrap_or_default();
    let (status, lines) = split_line(&head);
    let status = status.parse().unwrap_or(400);
    let headers = lines.lines().filter_map(|line| line.split_once(": "));
    let headers: Vec<_> = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let answer = |body: &[u8]| Response { status, headers: headers.clone(), body: body.to_vec() };

    assert_told(&answer(body));
    let Ok(text) = str::from_utf8(body) else { return };
    if let Ok(mut value) = serde_json::from_str::<Value>(text) {
        // Of an answer without a message the beginning is shown, in which only what looks like a secret is known for one.
        let error = &value["error"];
        let is_told =
            error.is_string() || error["message"].is_string() || value["error_description"].is_string();
        let secret = if is_told { CANARY } else { "pi_1_secret_0canary0" };
        put_secrets(&mut value, secret);
        assert_told(&answer(value.to_string().as_bytes()));
    } else if !is_json(text) {
        assert_told(&answer(put_into(text).as_bytes()));
    }
}

fn contains(input: &[u8], text: &str) -> bool {
    input.windows(text.len()).any(|own| own == text.as_bytes())
}

fn put_into(text: &str) -> String {
    PLACES.iter().fold(text.to_owned(), |text, (place, secret)| text.replace(place, secret))
}

fn put_secrets(value: &mut Value, secret: &str) {
    match value {
        Value::String(text) => *text = put_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| put_secrets(item, secret)),
        Value::Object(members) => {
            let own = std::mem::take(members).into_iter();
            members.extend(own.map(|(name, mut member)| {
                match name.as_str() {
                    "client_secret" | "secret" | "authentication_token" | "cvc" | "sender_iban" => {
                        member = Value::from(secret);
                    }
                    _ => put_secrets(&mut member, secret),
                }
                (put_into(&name), member)
            }));
        }
        _ => {}
    }
}

fn assert_told(response: &Response) {
    let what = "POST /v1/payment_intents";
    let redaction = Redaction::of(TOKEN);
    let read = Attempt { what, write: false, idempotency_key: None, number: 1, open: false, redaction };
    assert_eq!(of_refusal(read, response).effect, Effect::None);
    let write = Attempt { write: true, idempotency_key: Some("key"), number: 2, ..read };
    let failure = of_refusal(write, response);
    assert_eq!(failure.idempotency_key.as_deref(), Some("key"));
    assert_eq!(failure.http_status, Some(response.status));
    assert!(failure.message.starts_with(what), "{}", failure.message);
    let may_settle = (400..500).contains(&response.status);
    assert!(may_settle || failure.effect == Effect::Unknown, "{failure:?}");
    let after_another = of_refusal(Attempt { open: true, ..write }, response);
    assert!(failure.effect == Effect::None || after_another.effect == Effect::Unknown, "{failure:?}");
    assert_clean(&failure);
}

fn assert_clean(failure: &Failure) {
    let Failure {
        message, request_id, code, decline_code, param, doc_url, rate_limit_reason, stripe, ..
    } = failure;
    let texts = [request_id, code, decline_code, param, doc_url, rate_limit_reason];
    for text in texts.into_iter().flatten().chain([message]) {
        assert!(!text.contains(char::is_control), "{text:?}");
    }
    for secret in [CANARY, CARD, TOKEN] {
        assert!(!format!("{failure:?}").contains(secret), "{secret}: {failure:?}");
    }
    assert!(stripe.as_deref().is_none_or(is_json), "{stripe:?}");
}
