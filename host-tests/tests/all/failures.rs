//! Calls that fail on the way: the kind, what is known of the effect, and how long it took.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use host_tests::server::{Answer, Server};
use host_tests::stage::{Counted, Stage, builder, connector, failure, none, parse};
use serde_json::json;
use stripe_connector_host::contract::{CallOptions, Failure, Query};
use stripe_connector_host::throttle::{Admission, Lane};
use stripe_connector_host::{Connector, SecretBytes, SecretError, Throttle};
use tokio::net::TcpListener;

/// What no answer here may take.
const SOON: Duration = Duration::from_secs(10);

/// A read and a change that fail alike. A read has no effect and no key; a change has the caller's key.
async fn both(connector: &Connector, kind: &str, effect: &str) -> [Failure; 2] {
    let started = Instant::now();
    let read = failure(connector.get("Customer", Some("cus_1"), None, false, &none()).await);
    let key = CallOptions { idempotency_key: Some("key-1".to_owned()), ..none() };
    let change = failure(connector.create("Customer", "{}", &key).await);
    assert_eq!((read.kind.name(), change.kind.name()), (kind, kind), "{} / {}", read.message, change.message);
    assert_eq!((read.effect.name(), change.effect.name()), ("none", effect), "{}", change.message);
    assert_eq!((read.idempotency_key.as_deref(), change.idempotency_key.as_deref()), (None, Some("key-1")));
    assert!(read.message.contains("GET /v1/customers/cus_1"), "{}", read.message);
    assert!(change.message.contains("POST /v1/customers"), "{}", change.message);
    assert!(started.elapsed() < SOON);
    [read, change]
}

async fn answered(answer: Answer, kind: &str, effect: &str) -> [Failure; 2] {
    let server = Server::answering(answer).await;
    // What is tried again is in the matrix of faults.
    let settings = [("max_response_bytes", "2048"), ("max_retries", "0")];
    both(&connector(&server.url(), &settings), kind, effect).await
}

#[tokio::test]
async fn nothing_listens() {
    let listener = TcpListener::bind(host_tests::stage::loopback()).await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    both(&connector(&url, &[]), "unavailable", "none").await;
}

#[tokio::test]
async fn no_answer_or_half_of_one() {
    answered(Answer::Reset, "unavailable", "unknown").await;
    answered(Answer::Cut(Vec::new()), "unavailable", "unknown").await;
    answered(Answer::Cut(b"SSH-2.0-OpenSSH\r\n\r\n".to_vec()), "unavailable", "unknown").await;
    answered(Answer::Cut(b"HTTP/1.1 200 OK\r\nContent-Le".to_vec()), "unavailable", "unknown").await;
    let head = "HTTP/1.1 200 OK\r\nRequest-Id: req_1\r\n";
    for cut in [
        format!("{head}Content-Length: 100\r\n\r\n{{\"id\": \"cus_1\""),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n5\r\n{{\"id\"\r\n"),
    ] {
        for failure in answered(Answer::Cut(cut.into_bytes()), "unavailable", "unknown").await {
            assert_eq!(failure.http_status, Some(200));
            assert_eq!(failure.request_id.as_deref(), Some("req_1"));
        }
    }
}

#[tokio::test]
async fn answers_that_are_not_stripes() {
    let html = "<html><body>It works!</body></html>";
    for body in [html, "", "[]", "null", "{\"id\": \"cus_1\""] {
        for failure in answered(Answer::json(body), "unavailable", "unknown").await {
            assert_eq!(
                (failure.http_status, failure.request_id.as_deref()),
                (Some(200), Some("req_1")),
                "{body}"
            );
        }
    }
    for failure in answered(Answer::http("502 Bad Gateway", &[], html), "unavailable", "unknown").await {
        assert_eq!(failure.http_status, Some(502));
        assert!(failure.message.contains("It works!"), "{}", failure.message);
    }
    let error = r#"{"error": {"type": "api_error", "message": "Sorry."}}"#;
    for failure in answered(Answer::http("500 Oops", &[], error), "unavailable", "unknown").await {
        assert_eq!(failure.http_status, Some(500));
        assert!(failure.message.contains("Sorry."), "{}", failure.message);
        assert_eq!(
            failure.stripe.as_deref().map(parse),
            Some(json!({"type": "api_error", "message": "Sorry."}))
        );
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::answering(Answer::json(r#"{"id": "cus_1"}"#)).await;
    let location = format!("{}/v1/customers/cus_1", elsewhere.url());
    let redirect = Answer::http("302 Found", &[("Location", &location)], "");
    for failure in answered(redirect, "unavailable", "unknown").await {
        assert_eq!(failure.http_status, Some(302));
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn a_body_over_the_limit_is_not_read_on() {
    let body = json!({"id": "cus_1", "name": "x".repeat(5000)}).to_string();
    for failure in answered(Answer::json(&body), "limit-exceeded", "unknown").await {
        assert!(failure.message.contains("max_response_bytes"), "{}", failure.message);
    }
    // One that never ends is given up at the limit, not at the deadline.
    let mut endless = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec();
    endless.extend([b' '; 64 << 10]);
    answered(Answer::Bytes(endless), "limit-exceeded", "unknown").await;
}

#[tokio::test]
async fn a_list_that_would_never_end_is_refused() {
    let page = r#"{"object": "list", "has_more": true, "data": []}"#;
    let server = Server::answering(Answer::json(page)).await;
    let connector = connector(&server.url(), &[]);
    let refused = failure(connector.list(&Query::new("Customer"), &none()).await);
    assert_eq!((refused.kind.name(), refused.effect.name()), ("unavailable", "none"));
}

#[tokio::test]
async fn the_deadline_holds() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".to_vec();
    for answer in [Answer::Silence, Answer::Bytes(half)] {
        let server = Server::answering(answer).await;
        let patient = connector(&server.url(), &[]);
        let hurried = connector(&server.url(), &[("deadline_ms", "300")]);
        for (connector, deadline_ms) in [(&patient, Some(300)), (&hurried, None), (&hurried, Some(60_000))] {
            let options = CallOptions { deadline_ms, idempotency_key: Some("key-1".to_owned()), ..none() };
            let started = Instant::now();
            let late = failure(connector.create("Customer", "{}", &options).await);
            let elapsed = started.elapsed();
            assert_eq!((late.kind.name(), late.effect.name()), ("timeout", "unknown"), "{}", late.message);
            assert_eq!(late.idempotency_key.as_deref(), Some("key-1"));
            // The component counts whole milliseconds.
            assert!(elapsed > Duration::from_millis(290) && elapsed < SOON, "{elapsed:?}");
        }
    }
}

#[tokio::test]
async fn time_limits_of_the_settings_hold() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".to_vec();
    for (answer, setting) in
        [(Answer::Silence, "first_byte_timeout_ms"), (Answer::Bytes(half), "between_bytes_timeout_ms")]
    {
        let server = Server::answering(answer).await;
        let settings = [(setting, "100"), ("connect_timeout_ms", "100"), ("max_retries", "0")];
        let started = Instant::now();
        both(&connector(&server.url(), &settings), "timeout", "unknown").await;
        assert!(started.elapsed() < Duration::from_secs(5), "{setting}");
    }
}

#[tokio::test]
async fn stripes_refusals() {
    for (status, error, kind) in [
        (
            "400 Bad Request",
            r#"{"type": "invalid_request_error", "code": "parameter_unknown"}"#,
            "invalid-input",
        ),
        ("401 Unauthorized", r#"{"type": "invalid_request_error"}"#, "unauthenticated"),
        ("402 Payment Required", r#"{"type": "card_error", "code": "expired_card"}"#, "payment-declined"),
        ("403 Forbidden", r#"{"type": "invalid_request_error"}"#, "permission-denied"),
        ("404 Not Found", r#"{"code": "resource_missing"}"#, "not-found"),
        ("409 Conflict", r#"{"type": "invalid_request_error", "code": "lock_timeout"}"#, "conflict"),
        ("400 Bad Request", r#"{"type": "idempotency_error"}"#, "conflict"),
        ("400 Bad Request", r#"{"code": "payment_intent_unexpected_state"}"#, "failed-precondition"),
        ("429 Too Many", r#"{"type": "invalid_request_error", "code": "rate_limit"}"#, "rate-limited"),
    ] {
        let body = format!("{{\"error\": {error}}}");
        let answer = Answer::http(status, &[("Request-Id", "req_7"), ("Retry-After", "2")], &body);
        for failure in answered(answer, kind, "none").await {
            assert_eq!(failure.http_status.map(|own| own.to_string()).as_deref(), status.get(..3));
            assert_eq!(failure.request_id.as_deref(), Some("req_7"));
            assert_eq!(failure.retry_after_ms, Some(2000));
            assert_eq!(failure.code.as_deref(), parse(error)["code"].as_str());
        }
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_sent() {
    let stage = Stage::new().await;
    let missing = Err(SecretError::NotFound);
    for (answer, kind, word) in [
        (missing, "unauthenticated", "does not exist"),
        (Err(SecretError::Denied), "unauthenticated", "may not be read"),
        (Err(SecretError::Unavailable("the vault sleeps".to_owned())), "unavailable", "the vault sleeps"),
        (Ok(SecretBytes::new("")), "unauthenticated", "empty"),
        (Ok(SecretBytes::new("pk_test_filler")), "unauthenticated", "publishable"),
        (Ok(SecretBytes::new("sk_test_a\r\nX: y")), "unauthenticated", "characters"),
    ] {
        let settings = [("api_base", stage.sandbox.url()), ("api_key_secret", "team/key".to_owned())];
        let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
        let connector = builder(&settings).secrets(Counted::answering(answer)).build().expect("a connector");
        let refused = failure(connector.create("Customer", "{}", &none()).await);
        assert_eq!((refused.kind.name(), refused.effect.name()), (kind, "none"), "{}", refused.message);
        assert!(
            refused.message.contains(word) && refused.message.contains("team/key"),
            "{}",
            refused.message
        );
        assert!(!refused.message.contains("filler"), "{}", refused.message);
    }
    assert_eq!(stage.lines(), [""; 0]);
    let settings = [("api_base", stage.sandbox.url())];
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let live = builder(&settings).secrets(Counted::key("sk_live_filler")).build().expect("a connector");
    both(&live, "unauthenticated", "none").await;
}

/// Has no place for anybody.
struct Full;

#[async_trait]
impl Throttle for Full {
    async fn admit(&self, _lane: &Lane, _patience: Duration) -> Admission {
        Admission::Refused(Duration::from_millis(1500))
    }
}

#[tokio::test]
async fn what_the_throttle_refuses_is_not_sent() {
    let stage = Stage::new().await;
    let url = stage.sandbox.url();
    let connector = builder(&[("api_base", url.as_str())]).throttle(Full).build().expect("a connector");
    let refused = failure(connector.create("Customer", "{}", &none()).await);
    assert_eq!((refused.kind.name(), refused.effect.name()), ("throttled", "none"));
    assert_eq!(refused.retry_after_ms, Some(1500));
    assert_eq!(stage.lines(), [""; 0]);
}

#[tokio::test]
async fn a_decline_tells_why_and_no_secret() {
    let stage = Stage::new().await;
    let fields = json!({"Amount": 1500, "Currency": "usd", "PaymentMethod": "pm_card_chargeDeclined"});
    let id = stage.create("PaymentIntent", fields).await;
    let secret = stage.row("PaymentIntent", &id).await["ClientSecret"].as_str().expect("a secret").to_owned();
    let parameters = json!({"PaymentIntentId": id, "ReturnUrl": "https://example.com"}).to_string();
    let declined = failure(stage.connector.execute("ConfirmPaymentIntent", &parameters, &none()).await);
    assert_eq!((declined.kind.name(), declined.effect.name()), ("payment-declined", "none"));
    assert_eq!(declined.code.as_deref(), Some("card_declined"));
    assert_eq!(declined.decline_code.as_deref(), Some("generic_decline"));
    assert_eq!(declined.http_status, Some(402));
    assert!(
        declined.request_id.is_some() && declined.idempotency_key.is_some() && declined.doc_url.is_some()
    );
    let stripe = parse(declined.stripe.as_deref().expect("Stripe's error"));
    assert_eq!(stripe["payment_intent"]["id"], json!(id));
    assert!(!format!("{declined:?}").contains(&secret), "{declined:?}");
    assert!(!format!("{declined:?}").contains("_secret_"), "{declined:?}");

    // It waits for another method, which is no failure; nor is a customer who has to authenticate.
    let confirm = json!({"PaymentIntentId": id, "PaymentMethod": "pm_card_authenticationRequired", "ReturnUrl": "https://example.com"});
    let outcome = stage.connector.execute("ConfirmPaymentIntent", &confirm.to_string(), &none()).await;
    let outcome = outcome.expect("an answer");
    assert_eq!(outcome.status.as_deref(), Some("requires_action"));
    assert_eq!(parse(&outcome.object)["NextActionType"], "redirect_to_url");
}

#[tokio::test]
async fn after_a_failure_the_same_instance_goes_on() {
    let stage = Stage::new().await;
    stage.put_customers(1);
    for _ in 0..20 {
        stage.connector.create("Customer", "nonsense", &none()).await.expect_err("invalid");
        stage
            .connector
            .get("Customer", Some("cus_unknown"), None, false, &none())
            .await
            .expect_err("unknown");
        assert_eq!(stage.row("Customer", "cus_000").await["Id"], "cus_000");
    }
}

#[tokio::test]
async fn what_the_limit_allows_fits_the_memory() {
    let object =
        |n: usize| json!({"id": format!("cus_{n}"), "object": "customer", "name": "x".repeat(150_000)});
    let page = move |start: usize| {
        let data: Vec<_> = (start..start + 100).map(object).collect();
        Answer::json(&json!({"object": "list", "has_more": true, "data": data}).to_string())
    };
    let server = Server::start(move |request| {
        let start = if request.line.contains("starting_after") { 100 } else { 0 };
        std::future::ready(page(start))
    })
    .await;
    let connector = connector(&server.url(), &[("max_response_bytes", "16777216")]);
    let query = Query { page_size: Some(200), ..Query::new("Customer") };
    let page = connector.list(&query, &none()).await.expect("fifteen megabytes of rows");
    // The second of Stripe's pages fills this one before its end, and the token goes on from there.
    assert!(page.rows.len() > 15_000_000 && page.next_page_token.is_some(), "{}", page.rows.len());
    let rows: Vec<serde_json::Value> = serde_json::from_str(&page.rows).expect("an array");
    assert!((100..200).contains(&rows.len()), "{}", rows.len());
}

#[tokio::test]
async fn many_small_members_fit_the_memory_too() {
    let object = |n: usize| {
        let keys: Vec<_> = (0..10_000).map(|key| format!(r#""{key}":"""#)).collect();
        format!(r#"{{"id":"cus_{n}","object":"customer","metadata":{{{}}}}}"#, keys.join(","))
    };
    let data: Vec<_> = (0..100).map(object).collect();
    let list = format!(r#"{{"object":"list","has_more":false,"data":[{}]}}"#, data.join(","));
    let zeros = format!(r#"{{"id":"cus_1","object":"customer","tax_ids":[{}0]}}"#, "0,".repeat(8_000_000));
    let server = Server::start(move |request| {
        std::future::ready(Answer::json(match request.line.as_str() {
            line if line.contains("test_clocks") => r#"{"object":"list","has_more":false,"data":[]}"#,
            line if line.contains("limit=") => &list,
            _ => &zeros,
        }))
    })
    .await;
    let connector = connector(&server.url(), &[("max_response_bytes", "16777216")]);
    let query = Query { page_size: Some(200), ..Query::new("Customer") };
    let page = connector.list(&query, &none()).await.expect("a million keys");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&page.rows).expect("an array");
    assert!(rows.iter().all(|row| row["Metadata"].as_object().is_some_and(|keys| keys.len() == 10_000)));
    assert_eq!(rows.len(), 100);
    let row =
        connector.get("Customer", Some("cus_1"), None, false, &none()).await.expect("eight million zeros");
    assert!(row.fields.len() > 16_000_000, "{}", row.fields.len());
    let deep =
        format!(r#"{}{{"":0{}}}{}"#, r#"{"a":"#.repeat(15), r#","":0"#.repeat(180_000), "}".repeat(15));
    let refused = connector.create("Customer", &deep, &none()).await.expect_err("more than Stripe reads");
    assert!(refused.to_string().contains("more than 10000 members"), "{refused}");
}

#[tokio::test]
async fn columns_without_number_fit_the_memory() {
    let members: Vec<_> = (0..400_000).map(|number| format!(r#""unknown_{number}":0"#)).collect();
    let members = members.join(",");
    for object in [members.clone(), format!(r#""unknown":{{{members}}}"#)] {
        let object = format!(r#"{{"id":"cus_1","object":"customer",{object}}}"#);
        let server = Server::answering(Answer::json(&object)).await;
        let connector = connector(&server.url(), &[("max_response_bytes", "16777216")]);
        let row = connector.get("Customer", Some("cus_1"), None, false, &none()).await.expect("a row");
        assert!(row.fields.matches("Unknown").count() >= 400_000, "{} bytes", row.fields.len());
    }
}
