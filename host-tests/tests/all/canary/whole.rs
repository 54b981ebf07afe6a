//! Every byte of a whole run: what the command prints and leaves behind at its most talkative, and what a host sees that
//! traces everything. A secret may stand in a row that its caller asked for, and nowhere else.

use std::panic::{AssertUnwindSafe, catch_unwind};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use host_tests::command::{Call, Home};
use host_tests::stage::{Counted, builder, none};
use serde_json::json;
use stripe_connector_host::contract::{ConfirmPaymentIntentInput, Query, Selection};
use stripe_connector_host::{CallError, Connector};

use super::Captured;
use super::secretive::{self, ACCOUNT, CANARIES, CARD, CVC, FILE, KEY, TOO_LARGE};

const CONFIRM: &str = r#"{"PaymentIntentId": "pi_1", "ReturnUrl": "https://example.com/"}"#;

const PAYMENT: &str = r#"{"Amount": 1500, "Currency": "usd", "PaymentMethod": "pm_card_visa"}"#;

fn card() -> String {
    json!({"Card": {"Number": CARD, "ExpMonth": "12", "ExpYear": "2034", "Cvc": CVC}}).to_string()
}

fn bank() -> String {
    json!({"BankAccount": {"Country": "US", "Currency": "usd", "AccountNumber": ACCOUNT, "RoutingNumber": "110000000"}})
        .to_string()
}

fn file() -> String {
    json!({"File": BASE64_STANDARD.encode(FILE), "FileName": "a.pdf", "Purpose": "dispute_evidence"})
        .to_string()
}

/// Panics where a canary is in the bytes; some of them may be allowed.
fn scan(bytes: &[u8], place: &str, allowed: &[&str]) {
    let text = String::from_utf8_lossy(bytes);
    for canary in CANARIES.iter().filter(|canary| !allowed.contains(canary)) {
        if let Some(at) = text.find(canary) {
            let start = text.floor_char_boundary(at.saturating_sub(200));
            let end = text.ceil_char_boundary((at + 200).min(text.len()));
            panic!("{canary} is in {place}: {}", &text[start..end]);
        }
    }
}

#[tokio::test]
async fn the_command_leaves_no_secret_anywhere() {
    let server = secretive::start().await;
    let home = Home::new("canary-home");
    home.write("all.toml", "verbosity = 5\nmax_retries = 1\nmax_response_bytes = 1073741824\n");
    let (card, bank, file) = (card(), bank(), file());
    let (plain, json) = ("", "--json");
    // The last says whether a row is printed in which a secret is data.
    let calls: [(&[&str], &str, bool); 25] = [
        (&["create", "PaymentIntent", PAYMENT], plain, false),
        (&["create", "PaymentIntent", PAYMENT], json, false),
        (&["create", "PaymentIntent", PAYMENT, "--row"], json, true),
        (&["create", "Token", &card], json, false),
        (&["create", "Token", &bank], plain, false),
        (&["create", "File", &file], json, false),
        (&["create", "Customer", "nonsense"], json, false),
        (&["run", "ConfirmPaymentIntent", CONFIRM], json, false),
        (&["run", "ConfirmPaymentIntent", CONFIRM], plain, false),
        (&["get", "PaymentIntent", "pi_1"], plain, true),
        (&["get", "PaymentIntent", "pi_1", "--columns", "Id,Status"], plain, false),
        (&["get", "PaymentIntent", "pi_declined"], json, false),
        (&["get", "PaymentIntent", "pi_html"], json, false),
        (&["get", "PaymentIntent", "pi_page"], plain, false),
        (&["get", "PaymentIntent", "pi_redirect"], json, false),
        (&["get", "PaymentIntent", "pi_cut"], plain, false),
        (&["get", "PaymentIntent", "pi_odd"], json, false),
        (&["get", "PaymentIntent", "pi_large"], json, false),
        (&["list", "PaymentIntent", "--columns", "Id,Amount"], plain, false),
        (&["list", "PaymentIntent"], json, true),
        (&["update", "Customer", "--where", "Name = 'x'", r#"{"Phone": "1"}"#], json, false),
        (&["update", "Customer", "--where", "Name = 'x'", r#"{"Phone": "1"}"#], plain, false),
        (&["delete", "Customer", "cus_2"], json, false),
        (&["check"], json, false),
        (&["entities", "PaymentIntent"], plain, false),
    ];
    let (mut trapped, mut logged) = (0, 0);
    for (call, form, shows) in calls {
        let url = server.url();
        let options = ["-vv", "--connection", "all.toml", "--api-base", &url, form];
        let line = call.iter().copied().chain(options).filter(|word| !word.is_empty());
        let ran = Call::new(line).key(KEY).home(&home).run().await;
        let allowed: &[&str] = if shows { &["canary0815"] } else { &[] };
        scan(ran.stdout.as_bytes(), &format!("the output of {call:?}"), allowed);
        scan(ran.stderr.as_bytes(), &format!("the log of {call:?}"), &[]);
        trapped += usize::from(ran.stdout.contains("the component broke off"));
        logged += usize::from(ran.stderr.contains("request-headers"));
        // Else a canary that is in none of what is scanned would prove nothing.
        assert!(!shows || ran.stdout.contains("canary0815"), "{call:?} shows its row: {ran:?}");
    }
    for (path, content) in home.files() {
        scan(path.to_string_lossy().as_bytes(), "the name of a file", &[]);
        scan(&content, &path.to_string_lossy(), &[]);
    }
    assert_eq!(trapped, 1, "the large answer breaks the component off");
    assert!(logged > 20, "{logged} calls logged what they sent");
    the_server_got_them(&server);
}

fn the_server_got_them(server: &host_tests::server::Server) {
    let received = server.received();
    let bearer = format!("Bearer {KEY}");
    assert!(received.iter().all(|request| request.header("authorization") == Some(&bearer)));
    for sent in [CARD, ACCOUNT, CVC, FILE] {
        assert!(received.iter().any(|request| request.body.contains(sent)), "{sent} was sent");
    }
}

#[tokio::test]
async fn a_host_that_traces_everything_sees_no_secret() {
    let (captured, _guard) = Captured::everything();
    let server = secretive::start().await;
    let url = server.url();
    let mut errors = Vec::new();
    for verbosity in ["1", "2", "3", "4", "5"] {
        let settings = [("api_base", url.as_str()), ("verbosity", verbosity), ("max_retries", "1")];
        let connector = builder(&settings).secrets(Counted::key(KEY)).build().expect("a connector");
        errors.extend(calls(&connector).await);
    }
    // A call that needs more memory than there is breaks off in the middle.
    let limit = TOO_LARGE.to_string();
    let settings = [("api_base", url.as_str()), ("verbosity", "5"), ("max_response_bytes", limit.as_str())];
    let small =
        builder(&settings).secrets(Counted::key(KEY)).memory_limit(4 << 20).build().expect("a connector");
    let large = format!(r#"{{"Description": "{}", "Name": "{CARD}"}}"#, "x".repeat(900_000));
    errors.extend(small.create("Customer", &large, &none()).await.err());
    errors.extend(small.get("PaymentIntent", Some("pi_large"), None, false, &none()).await.err());
    let trapped = errors.iter().filter(|error| matches!(error, CallError::Host(_))).count();
    assert!(trapped > 0, "nothing broke off");

    for error in errors {
        scan(format!("{error} {error:?} {error:#?} {:?}", error.failure()).as_bytes(), "a failure", &[]);
        // What the hook of a panic prints for a caller who expects a row.
        let panicked = catch_unwind(AssertUnwindSafe(|| expects_a_row(Err(error))));
        let message = panicked.expect_err("there is no row").downcast::<String>().expect("a text");
        scan(message.as_bytes(), "a panic", &[]);
    }
    let log = captured.text();
    assert!(log.contains("request-body") && log.contains("answer-body"), "nothing was logged");
    scan(log.as_bytes(), "the log", &[]);
    the_server_got_them(&server);
}

fn expects_a_row(result: Result<(), CallError>) {
    result.expect("a row");
}

/// One of each, and what they failed with.
async fn calls(connector: &Connector) -> Vec<CallError> {
    let mut errors = Vec::new();
    for fields in [("PaymentIntent", PAYMENT), ("Token", &card()), ("Token", &bank()), ("File", &file())] {
        errors.extend(connector.create(fields.0, fields.1, &none()).await.err());
    }
    for id in ["pi_1", "pi_declined", "pi_html", "pi_page", "pi_redirect", "pi_cut", "pi_odd"] {
        errors.extend(connector.get("PaymentIntent", Some(id), None, false, &none()).await.err());
        errors.extend(connector.get("PaymentIntent", Some(id), None, true, &none()).await.err());
        errors.extend(connector.update("PaymentIntent", Some(id), r#"{"Amount": 1}"#, &none()).await.err());
    }
    let input = ConfirmPaymentIntentInput::new("pi_1");
    errors.extend(connector.confirm_payment_intent(&input, &none()).await.err());
    errors.extend(connector.execute("ConfirmPaymentIntent", CONFIRM, &none()).await.err());
    errors.extend(connector.list(&Query::new("PaymentIntent"), &none()).await.err());
    let all = Selection { entity: "Customer".to_owned(), filter: "Name = 'x'".to_owned(), dry_run: false };
    let changed = connector.update_where(&all, r#"{"Phone": "1"}"#, &none()).await.expect("a result");
    scan(format!("{changed:?}").as_bytes(), "the result of a bulk change", &[]);
    assert_eq!((changed.matched, changed.changed), (2, 1), "{changed:?}");
    errors.extend(connector.delete("Customer", Some("cus_2"), &none()).await.err());
    let status = connector.check_status().await.expect("a status");
    scan(format!("{status:?}").as_bytes(), "the status", &[]);
    assert!(errors.len() >= 15, "{} calls failed", errors.len());
    errors
}
