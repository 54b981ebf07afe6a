//! Telling a failure: what went wrong, what it did, and what to do.

use stripe_connector_host::CallError;
use stripe_connector_host::contract::{Effect, Failure, FailureKind};

use super::fields::escaped;
use super::output::{self, ErrorJson, FailureJson};
use super::{colour, repeat, table};

/// Tells it on standard output as JSON, or on standard error for people. `key` is the one that the command was given.
pub fn tell(error: &CallError, write: bool, json: bool, key: Option<&str>) {
    if json {
        let told = output::json(&ErrorJson { error: FailureJson::of(error, write, key) });
        if told.is_ok() {
            return;
        }
    }
    complain(error, write, key);
}

/// Tells people, on standard error.
pub fn complain(error: &CallError, write: bool, key: Option<&str>) {
    output::aside(format_args!("{} {}", colour::error(), text(error, write, key)));
}

/// For people, over several lines.
pub fn text(error: &CallError, write: bool, key: Option<&str>) -> String {
    match error {
        CallError::Failure(failure) => failure_text(failure),
        CallError::Host(_) | CallError::Closed => {
            let effect = effect_of(error, write);
            let advice = key.filter(|_| effect != Effect::None).map(repeat::with);
            let lines = [("effect", Some(effect_text(effect).to_owned())), ("what to do", advice)];
            format!("{}\n{}", escaped(&error.to_string()), details(lines))
        }
    }
}

/// What a call without a failure to tell it has done. A component that breaks off does not say.
pub fn effect_of(error: &CallError, write: bool) -> Effect {
    match error {
        CallError::Failure(failure) => failure.effect,
        CallError::Host(_) if write => Effect::Unknown,
        CallError::Host(_) | CallError::Closed => Effect::None,
    }
}

fn failure_text(failure: &Failure) -> String {
    let code = match (&failure.code, &failure.decline_code) {
        (Some(code), Some(decline)) => Some(format!("{code} ({decline})")),
        (code, decline) => code.clone().or_else(|| decline.clone()),
    };
    let effect = match (failure.kind, failure.effect) {
        (FailureKind::PaymentDeclined, Effect::None) => "none, no money moved".to_owned(),
        (_, effect) => effect_text(effect).to_owned(),
    };
    let advice = advice(failure);
    let lines = [
        ("code", code),
        ("parameter", failure.param.clone()),
        ("effect", Some(effect)),
        ("request id", failure.request_id.clone()),
        ("what to do", (!advice.is_empty()).then_some(advice)),
        ("see", failure.doc_url.clone()),
    ];
    format!("{}: {}\n{}", failure.kind, escaped(&failure.message), details(lines))
}

/// What there is to say of a failure, a line for each.
pub fn details<'a>(lines: impl IntoIterator<Item = (&'a str, Option<String>)>) -> String {
    let lines = lines.into_iter().filter_map(|(name, value)| Some((name, escaped(&value?))));
    table::pairs(lines).lines().map(|line| format!("  {line}\n")).collect()
}

pub fn effect_text(effect: Effect) -> &'static str {
    match effect {
        Effect::None => "none, nothing was changed",
        Effect::Unknown => "unknown, the change may have been made",
        Effect::Partial => "partial, some objects were changed and some were not",
    }
}

/// What to do about it, if there is anything to say beside its message.
pub fn advice(failure: &Failure) -> String {
    if let (Effect::Unknown | Effect::Partial, Some(key)) = (failure.effect, &failure.idempotency_key) {
        return repeat::with(key);
    }
    if failure.effect == Effect::Unknown {
        return "look at the object before repeating the command".to_owned();
    }
    let later = match failure.retry_after_ms {
        Some(ms) => format!("try again in {ms} ms"),
        None => "try again later".to_owned(),
    };
    match failure.kind {
        FailureKind::Unauthenticated => {
            "let STRIPE_API_KEY, or what --secrets names, hold a secret key of your account (sk_... or rk_...); \
             `stripe-connector check` says where it is looked for"
                .to_owned()
        }
        FailureKind::PermissionDenied => {
            "use a key that may do this, or widen the restricted key's permissions".to_owned()
        }
        FailureKind::NotFound => {
            "check the id, the account (--account), and whether key and object are both of test or of live mode".to_owned()
        }
        // Nobody answered, and that may be no matter of time.
        FailureKind::Unavailable if failure.http_status.is_none() => unreached(failure).to_owned(),
        FailureKind::Timeout => format!("{later}, or give it more time with --deadline-ms"),
        FailureKind::Throttled
        | FailureKind::RateLimited
        | FailureKind::Unavailable
        | FailureKind::Conflict => later,
        FailureKind::Internal => "run it again with -vv and report what it says".to_owned(),
        FailureKind::InvalidInput => put_right(failure).to_owned(),
        FailureKind::FailedPrecondition
        | FailureKind::PaymentDeclined
        | FailureKind::LimitExceeded
        | FailureKind::Unsupported => String::new(),
    }
}

fn unreached(failure: &Failure) -> &'static str {
    if failure.message.starts_with("no API key") {
        return "see that --secrets, or `secrets` in the connection file, names a store that can be asked; \
                `stripe-connector check` says where the key is looked for";
    }
    "see that the address is right (--api-base), that something answers there, and whether a proxy is in between \
     (proxy_host in the connection file); then try again"
}

/// Where to look up what would be right, by the connector's own words. What is not here says it all by itself.
const LOOK_UP: [(&str, &str); 6] = [
    ("there is no entity", "`stripe-connector entities` lists them"),
    ("there is no action", "`stripe-connector actions` lists them"),
    ("has no column", "`stripe-connector entities NAME` shows the columns"),
    ("has no parameter", "`stripe-connector entities NAME` or `actions NAME` shows what it takes"),
    ("cannot be read as JSON", JSON),
    ("must be a JSON object", JSON),
];

const JSON: &str = "put JSON in single quotes, such as '{\"Name\": \"John\"}', or into a file: @FILE";

fn put_right(failure: &Failure) -> &'static str {
    if failure.param.as_deref() == Some("settings") {
        return "put right what is named, in the options, the environment or the connection file";
    }
    let known = LOOK_UP.iter().find(|(words, _)| failure.message.contains(words));
    known.map(|(_, hint)| *hint).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: FailureKind, effect: Effect) -> Failure {
        Failure {
            kind,
            message: "No answer.".to_owned(),
            effect,
            idempotency_key: Some("key-1".to_owned()),
            request_id: Some("req_1".to_owned()),
            http_status: None,
            code: Some("card_declined".to_owned()),
            decline_code: Some("lost_card".to_owned()),
            param: None,
            doc_url: None,
            retry_after_ms: None,
            rate_limit_reason: None,
            stripe: Some("{\"type\":\"card_error\"}".to_owned()),
        }
    }

    #[test]
    fn an_open_end_names_the_key() {
        let error = CallError::from(failure(FailureKind::Timeout, Effect::Unknown));
        let text = text(&error, true, Some("key-2"));
        assert!(text.starts_with("timeout: No answer.\n"), "{text}");
        assert!(text.contains("card_declined (lost_card)"), "{text}");
        assert!(text.contains("--idempotency-key key-1"), "{text}");
    }

    #[test]
    fn json_has_the_contracts_names() {
        let error = CallError::from(failure(FailureKind::PaymentDeclined, Effect::None));
        let json = serde_json::to_value(FailureJson::of(&error, true, None)).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "kind": "payment-declined",
                "message": "No answer.",
                "effect": "none",
                "code": "card_declined",
                "declineCode": "lost_card",
                "requestId": "req_1",
                "idempotencyKey": "key-1",
                "stripe": {"type": "card_error"},
            })
        );
    }

    #[test]
    fn a_trap_in_a_change_leaves_it_open() {
        let error = CallError::Host(anyhow::anyhow!("unreachable"));
        let json = |write| serde_json::to_value(FailureJson::of(&error, write, Some("key-1"))).unwrap();
        assert_eq!(
            (&json(true)["effect"], &json(true)["idempotencyKey"]),
            (&"unknown".into(), &"key-1".into())
        );
        assert_eq!((&json(false)["effect"], json(false).get("idempotencyKey")), (&"none".into(), None));
        let text = text(&error, true, Some("key-1"));
        assert!(text.contains("--idempotency-key key-1 within 24 hours"), "{text}");
    }

    #[test]
    fn nothing_that_is_told_moves_the_cursor() {
        let mut failure = failure(FailureKind::InvalidInput, Effect::None);
        failure.message = "no `\x1b[31mBad`".to_owned();
        failure.param = Some("\x1b[2J".to_owned());
        let text = text(&CallError::from(failure), false, None);
        assert!(!text.contains('\x1b') && text.contains("[31mBad"), "{text:?}");
    }
}
