//! The API key appears nowhere: in no log, failure, `Debug` or output of the command. Nor do other secrets (`whole`).

mod secretive;
mod whole;

use host_tests::captured::Captured;
use host_tests::command::{Call, File};
use host_tests::server::{Answer, Server};
use host_tests::stage::{Counted, Stage, builder, connector, failure, none};
use stripe_connector_host::contract::Query;
use stripe_connector_host::{CallError, FixedSecrets, SecretBytes};

/// Part of the key that nothing else has.
const CANARY: &str = "canary4711";
const KEY: &str = "sk_test_canary4711_filler";

/// A server that repeats the key in each place where an API, or a proxy before it, might.
async fn parrot() -> Server {
    Server::start(|request| async move {
        let key = request.header("authorization").unwrap_or_default().to_owned();
        let error = format!(
            r#"{{"error": {{"type": "invalid_request_error", "message": "Invalid API Key provided: {key}", "param": "x",
                "request_log_url": "https://example.com/?key={KEY}", "seen": {{"headers": ["{key}"]}}}}}}"#
        );
        if request.line.contains("cus_json") {
            Answer::http("401 Unauthorized", &[], &error)
        } else if request.line.contains("cus_html") {
            Answer::http("502 Bad Gateway", &[], &format!("<p>authorization: {key}</p>"))
        } else if request.line.contains("cus_redirect") {
            Answer::http("302 Found", &[("Location", &format!("https://example.com/?{KEY}"))], &error)
        } else if request.line.contains("cus_odd") {
            Answer::http("400 Bad Request", &[], &format!(r#"{{"error": "no {key}"}}"#))
        } else {
            Answer::json(&format!("{key} is not JSON"))
        }
    })
    .await
}

const IDS: [&str; 5] = ["cus_json", "cus_html", "cus_redirect", "cus_odd", "cus_text"];

#[tokio::test]
async fn logs_failures_and_debug_hold_no_key() {
    let (captured, _guard) = Captured::everything();
    let mut seen = Vec::new();

    let stage = Stage::new().await;
    let (sandbox, parrot) = (stage.sandbox.url(), parrot().await);
    for base in [sandbox.as_str(), &parrot.url(), "http://127.0.0.1:1"] {
        let settings = [("api_base", base), ("verbosity", "5")];
        let connector = builder(&settings).secrets(Counted::key(KEY)).build().expect("a connector");
        let mut errors: Vec<CallError> = Vec::new();
        for id in IDS {
            errors.extend(connector.get("Customer", Some(id), None, false, &none()).await.err());
            errors.extend(connector.update("Customer", Some(id), "{\"Name\": \"J\"}", &none()).await.err());
        }
        errors.extend(connector.create("Customer", "nonsense", &none()).await.err());
        errors.extend(connector.create("Customer", "{\"Name\": \"J\"}", &none()).await.err());
        errors.extend(connector.list(&Query::new("Customer"), &none()).await.err());
        errors.extend(connector.execute("CancelQuote", "{\"QuoteId\": \"qt_1\"}", &none()).await.err());
        assert!(errors.len() > 10, "{base}");
        seen.extend(errors.iter().map(|error| format!("{error} {error:?} {:?}", error.failure())));
        let status = connector.check_status().await.expect("a status");
        seen.push(format!("{} {status:?} {connector:?}", status.description));
    }
    let secret = SecretBytes::new(KEY);
    seen.push(format!("{secret:?} {:?}", FixedSecrets::key(KEY)));

    // Keys of a wrong kind are not repeated either.
    for key in ["pk_test_canary4711", "sk_test_canary4711 \u{1}"] {
        let secrets = Counted::key(key);
        let connector = builder(&[("api_base", &sandbox)]).secrets(secrets).build().expect("a connector");
        let error = connector.create("Customer", "{}", &none()).await.expect_err("a wrong key");
        seen.push(format!("{error} {error:?}"));
    }

    let log = captured.text();
    assert!(log.contains("stripe_connector") && log.contains("POST /v1/customers"), "nothing was logged");
    assert!(!log.contains(CANARY), "in the log: {}", around(&log));
    for text in &seen {
        assert!(!text.contains(CANARY), "in: {}", around(text));
    }
    // The servers did get it, or all of this proves nothing.
    let bearer = format!("Bearer {KEY}");
    assert!(parrot.received().iter().all(|request| request.header("authorization") == Some(&bearer)));
}

/// The canary's surroundings.
fn around(text: &str) -> &str {
    let at = text.find(CANARY).unwrap_or_default();
    let start = text.floor_char_boundary(at.saturating_sub(200));
    &text[start..text.ceil_char_boundary((at + 200).min(text.len()))]
}

#[tokio::test]
async fn the_command_prints_no_key() {
    let (stage, parrot) = (Stage::new().await, parrot().await);
    let verbose = File::new("canary.toml", "verbosity = 5\n");
    let (sandbox, parrot) = (stage.sandbox.url(), parrot.url());
    for base in [&sandbox, &parrot] {
        let mut lines: Vec<Vec<&str>> = IDS.iter().map(|id| vec!["get", "Customer", id]).collect();
        lines.push(vec!["create", "Customer", "{}"]);
        lines.push(vec!["check"]);
        for (line, json) in lines.iter().flat_map(|line| [(line, false), (line, true)]) {
            let options = ["-vv", "--connection", verbose.path(), "--api-base", base];
            let all = line.iter().copied().chain(options).chain(json.then_some("--json"));
            let ran = Call::new(all).key(KEY).run().await;
            assert!(ran.stderr.contains("/v1/"), "{line:?} logs its request: {ran:?}");
            for text in [&ran.stdout, &ran.stderr] {
                assert!(!text.contains(CANARY), "{line:?}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn a_client_secret_is_in_no_log() {
    let (captured, _guard) = Captured::everything();
    let stage = Stage::new().await;
    let connector = connector(&stage.sandbox.url(), &[("verbosity", "5")]);
    let fields = r#"{"Amount": 1500, "Currency": "usd", "PaymentMethod": "pm_card_chargeDeclined", "Confirm": true, "ReturnUrl": "https://example.com"}"#;
    let declined = failure(connector.create("PaymentIntent", fields, &none()).await);
    assert_eq!(declined.kind.name(), "payment-declined");
    let log = captured.text();
    assert!(log.contains("POST /v1/payment_intents"), "nothing was logged");
    assert!(!log.contains("_secret_"), "{log}");
}
