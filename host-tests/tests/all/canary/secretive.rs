//! A Stripe that tells its secrets wherever an answer has room for them.

use host_tests::server::{Answer, Received, Server};
use serde_json::{Value, json};

/// What stands for a key, a client secret, the number of a card and of an account, its verification value, and what is
/// in a file: each is text that nothing else has.
pub const KEY: &str = "sk_test_canary4711_filler";
pub const SECRET: &str = "pi_1_secret_canary0815";
pub const CARD: &str = "4242424242424242";
pub const ACCOUNT: &str = "000123456789";
pub const CVC: &str = "canary0099";
pub const FILE: &str = "canary0007 is in this file";

/// The part of each that must be nowhere, whatever stands around it. The file is base64 on its way into the component.
pub const CANARIES: [&str; 7] =
    ["canary4711", "canary0815", CARD, ACCOUNT, CVC, "canary0007", "Y2FuYXJ5MDAwNyBpcy"];

/// More than the command's instances may have.
pub const TOO_LARGE: usize = 150 << 20;

pub async fn start() -> Server {
    Server::start(|request| async move { answer(&request) }).await
}

fn intent(id: &str) -> Value {
    let url = format!("https://hooks.stripe.com/redirect?client_secret={SECRET}&source=src_1");
    let encoded = format!("https://example.com/return?to=payment_intent_client_secret%3D{SECRET}");
    json!({
        "id": id, "object": "payment_intent", "amount": 1500, "currency": "usd", "status": "requires_action",
        "client_secret": SECRET,
        "next_action": {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": url, "return_url": encoded},
            "use_stripe_sdk": {"nested": [{"client_secret": SECRET}, [SECRET]]},
        },
        "metadata": {},
    })
}

fn error(status: &str) -> Answer {
    let error = json!({"error": {
        "type": "card_error", "code": "card_declined", "decline_code": "generic_decline",
        "message": format!("Declined: {SECRET}, asked with Bearer {KEY}, card {CARD}."),
        "param": format!("intent[{SECRET}]"),
        "doc_url": format!("https://stripe.com/docs?client_secret={SECRET}"),
        "request_log_url": format!("https://dashboard.stripe.com/logs?client_secret={SECRET}"),
        "payment_intent": intent("pi_declined"),
        "setup_intent": {"id": "seti_1", "client_secret": SECRET, "metadata": {"seen": [KEY]}},
        "payment_method": {"card": {"number": CARD, "cvc": CVC}, "us_bank_account": {"account_number": ACCOUNT}},
    }});
    let headers = [("Content-Type", "application/json"), ("Request-Id", "req_1"), ("X-Seen", KEY)];
    Answer::http(status, &headers, &error.to_string())
}

fn answer(request: &Received) -> Answer {
    let line = request.line.as_str();
    let path = line.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
    let object = |value: Value| Answer::json(&value.to_string());
    let page = format!("<a href='https://example.com/?client_secret={SECRET}'>{KEY}</a>");
    match path.rsplit('/').next().unwrap_or_default() {
        "payment_intents" if line.starts_with("GET") => {
            object(json!({"object": "list", "has_more": false, "data": [intent("pi_1"), intent("pi_2")]}))
        }
        "pi_html" => Answer::http("502 Bad Gateway", &[], &page),
        "pi_page" => Answer::http("200 OK", &[], &page),
        "pi_redirect" => {
            let location = format!("https://example.com/?client_secret={SECRET}&key={KEY}");
            Answer::http("302 Found", &[("Location", &location)], &page)
        }
        "pi_cut" => {
            let body = intent("pi_cut").to_string();
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n";
            Answer::Cut(format!("{head}{body}").into_bytes())
        }
        "pi_odd" => Answer::json(&format!(r#"{{"id": 5, "client_secret": "{SECRET}", "status": ["{KEY}"]"#)),
        "pi_large" => {
            let body = format!(
                r#"{{"id": "pi_large", "client_secret": "{SECRET}", "x": "{}"}}"#,
                "x".repeat(TOO_LARGE)
            );
            Answer::json(&body)
        }
        "pi_declined" | "confirm" | "tokens" => error("402 Payment Required"),
        "customers" if line.starts_with("GET") => {
            let customer = |n: usize| json!({"id": format!("cus_{n}"), "object": "customer", "name": "x"});
            object(json!({"object": "list", "has_more": false, "data": [customer(1), customer(2)]}))
        }
        "test_clocks" => object(json!({"object": "list", "has_more": false, "data": []})),
        "cus_1" => object(json!({"id": "cus_1", "object": "customer", "metadata": {"secret": SECRET}})),
        "cus_2" => error("503 Service Unavailable"),
        "files" => object(
            json!({"id": "file_1", "object": "file", "url": format!("https://files.stripe.com/?key={KEY}")}),
        ),
        _ => object(intent("pi_1")),
    }
}
