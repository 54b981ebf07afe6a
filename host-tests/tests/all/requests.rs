//! What every request carries, and that host and connector count the same.

use std::collections::HashSet;

use host_tests::stage::{API_VERSION, Stage, header, none};
use serde_json::json;
use stripe_connector_host::contract::{CallOptions, Query};

#[tokio::test]
async fn every_request_is_versioned_admitted_and_observed() {
    let stage = Stage::new().await;
    stage.put_customers(150);
    stage.secrets.asked();
    let id = stage.create("Customer", json!({"Name": "Jenny"})).await;
    stage.connector.update("Customer", Some(&id), r#"{"Name": "John"}"#, &none()).await.expect("a change");
    stage.row("Customer", &id).await;
    stage.connector.delete("Customer", Some(&id), &none()).await.expect("a change");
    let query = Query { page_size: Some(150), ..Query::new("Customer") };
    stage.connector.list(&query, &none()).await.expect("a page");
    stage.connector.get("Customer", Some("cus_unknown"), None, false, &none()).await.expect_err("no such");
    stage.connector.execute("CancelQuote", r#"{"QuoteId": "qt_1"}"#, &none()).await.expect_err("no such");

    // Seven calls, one of which took two of Stripe's pages and looked for test clocks.
    assert_eq!(stage.secrets.asked(), 7);
    let sent = stage.sent();
    assert_eq!(sent.len(), 9);
    let lanes: Vec<_> =
        stage.throttle.lanes().into_iter().map(|l| (l.target, l.write, l.attempt, l.account)).collect();
    let lane = |target: &str, write| (target.to_owned(), write, 1, None);
    let expected = [
        lane("Customer", true),
        lane("Customer", true),
        lane("Customer", false),
        lane("Customer", true),
        lane("Customer", false),
        lane("Customer", false),
        lane("Customer", false),
        lane("Customer", false),
        lane("CancelQuote", true),
    ];
    assert_eq!(lanes, expected);
    let told: Vec<_> = sent.iter().map(|request| Some(request.status)).collect();
    assert_eq!(stage.throttle.observed(), told);
    for request in &sent {
        assert_eq!(header(request, "stripe-version"), Some(API_VERSION));
        assert_eq!(header(request, "authorization"), Some("Bearer <redacted>"));
        assert!(header(request, "user-agent").is_some_and(|agent| agent.starts_with("stripe-connector/")));
        assert_eq!(header(request, "stripe-account"), None);
        let write = request.method == "POST";
        assert_eq!(header(request, "idempotency-key").is_some(), write, "{request:?}");
        assert_eq!(header(request, "transfer-encoding"), None);
        if write {
            let length = request.body.len().to_string();
            assert_eq!(header(request, "content-length"), Some(length.as_str()));
            assert_eq!(header(request, "content-type"), Some("application/x-www-form-urlencoded"));
        }
    }
}

#[tokio::test]
async fn answers_name_the_request_and_the_key() {
    let stage = Stage::new().await;
    let mut keys = HashSet::new();
    for _ in 0..3 {
        let change = stage.connector.create("Customer", "{}", &none()).await.expect("a change");
        assert!(change.request_id.is_some_and(|id| id.starts_with("req_")));
        keys.insert(change.idempotency_key.expect("a key"));
    }
    assert_eq!(keys.len(), 3, "each call has a key of its own");
    let sent: HashSet<_> = stage
        .sent()
        .iter()
        .filter_map(|request| header(request, "idempotency-key").map(str::to_owned))
        .collect();
    assert_eq!(sent, keys);

    let own = CallOptions { idempotency_key: Some("order-4711".to_owned()), ..none() };
    let change = stage.connector.create("Customer", "{}", &own).await.expect("a change");
    assert_eq!(change.idempotency_key.as_deref(), Some("order-4711"));
    assert_eq!(header(&stage.sent()[0], "idempotency-key"), Some("order-4711"));
}

#[tokio::test]
async fn settings_and_options_reach_the_request() {
    let stage = Stage::with(&[("account_id", "acct_1"), ("api_version", "2024-06-20")]).await;
    stage.create("Customer", json!({})).await;
    let other = CallOptions { account: Some("acct_2".to_owned()), ..none() };
    stage.connector.create("Customer", "{}", &other).await.expect("a change");
    let sent = stage.sent();
    let accounts: Vec<_> = sent.iter().map(|request| header(request, "stripe-account")).collect();
    assert_eq!(accounts, [Some("acct_1"), Some("acct_2")]);
    assert!(sent.iter().all(|request| header(request, "stripe-version") == Some("2024-06-20")));
    let lanes: Vec<_> = stage.throttle.lanes().into_iter().map(|lane| lane.account).collect();
    assert_eq!(lanes, [Some("acct_1".to_owned()), Some("acct_2".to_owned())]);
}

#[tokio::test]
async fn with_an_injected_key_the_component_has_none() {
    let stage = Stage::with(&[("authorization", "injected")]).await;
    stage.connector.get("Balance", None, None, false, &none()).await.expect("a balance");
    // Once by the host, for the one request.
    assert_eq!(stage.secrets.asked(), 1);
    // The sandbox lets nobody in without one, and remembers none.
    assert_eq!(header(&stage.sent()[0], "authorization"), Some("Bearer <redacted>"));
}
