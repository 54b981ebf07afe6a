//! Ids: what cannot be one is refused wherever an id stands, and everything else is data.

use host_tests::stage::{Stage, failure, none};
use serde_json::json;
use stripe_connector_host::contract::{CallOptions, Failure, Query, Selection};

/// What every place where an id can stand makes of this one.
async fn everywhere(stage: &Stage, id: &str) -> Vec<(&'static str, Failure)> {
    let connector = &stage.connector;
    let options = none();
    let quoted = id.replace('\'', "''");
    let query = Query { filter: Some(format!("Id = '{quoted}'")), ..Query::new("Customer") };
    let selection =
        Selection { entity: "Customer".to_owned(), filter: format!("Id = '{quoted}'"), dry_run: false };
    let nested = Query { filter: Some(format!("Invoice = '{quoted}'")), ..Query::new("InvoiceLineItem") };
    let parents = CallOptions { parents: Some(vec![("InvoiceId".into(), id.into())]), ..none() };
    let run = connector.execute("CancelQuote", &json!({ "QuoteId": id }).to_string(), &options).await;
    vec![
        ("get", failure(connector.get("Customer", Some(id), None, false, &options).await)),
        ("update", failure(connector.update("Customer", Some(id), r#"{"Name": "J"}"#, &options).await)),
        ("delete", failure(connector.delete("Customer", Some(id), &options).await)),
        ("filter", failure(connector.list(&query, &options).await)),
        ("where", failure(connector.delete_where(&selection, &options).await)),
        ("parent", failure(connector.list(&Query::new("InvoiceLineItem"), &parents).await)),
        ("parent in a filter", failure(connector.list(&nested, &options).await)),
        ("execute", failure(run)),
        ("typed", failure(connector.cancel_quote(id, None, &options).await)),
        ("capture", failure(connector.cancel_payment_intent(id, None, None, &options).await)),
    ]
}

#[tokio::test]
async fn what_cannot_be_an_id_is_refused_everywhere() {
    let stage = Stage::new().await;
    let long = "x".repeat(256);
    for (id, word) in [
        ("", "empty"),
        (".", "path segment"),
        ("..", "path segment"),
        ("cus_1\n", "control"),
        ("a\0b", "control"),
        ("\u{1b}[2J", "control"),
        ("\u{7f}", "control"),
        ("\u{85}", "control"),
        (long.as_str(), "255"),
    ] {
        for (place, failure) in everywhere(&stage, id).await {
            assert_eq!(failure.kind.name(), "invalid-input", "{place} {id:?}: {}", failure.message);
            assert!(failure.message.contains(word), "{place} {id:?}: {}", failure.message);
            assert!(failure.param.is_some(), "{place} {id:?}");
        }
    }
    let missing = failure(stage.connector.get("Customer", None, None, false, &none()).await);
    assert_eq!((missing.kind.name(), missing.param.as_deref()), ("invalid-input", Some("id")));
    assert_eq!(stage.lines(), [""; 0]);
}

#[tokio::test]
async fn everything_else_is_data() {
    let stage = Stage::new().await;
    let long = "é".repeat(255);
    for (id, path) in [
        ("a/b?c#d%e", "a%2Fb%3Fc%23d%25e"),
        ("../customers", "..%2Fcustomers"),
        ("%2e%2e", "%252e%252e"),
        ("a b+c&d=e", "a%20b%2Bc%26d%3De"),
        ("it's;\"<>\\", "it%27s%3B%22%3C%3E%5C"),
        ("...", "..."),
        (long.as_str(), &"%C3%A9".repeat(255)),
    ] {
        stage.sandbox.put(json!({"object": "customer", "id": id}));
        stage.sandbox.put(json!({"object": "quote", "id": format!("{id}q"), "status": "open"}));
        assert_eq!(stage.row("Customer", id).await["Id"], id);
        let filter = format!("Id = '{}'", id.replace('\'', "''"));
        assert_eq!(stage.ids("Customer", &filter).await, [id]);
        stage.connector.update("Customer", Some(id), r#"{"Name": "J"}"#, &none()).await.expect("a change");
        stage.connector.delete("Customer", Some(id), &none()).await.expect("a change");
        let object = format!("/v1/customers/{path}");
        let lines = ["GET", "GET", "POST", "DELETE"].map(|method| format!("{method} {object}"));
        assert_eq!(stage.lines(), lines);
        if id.chars().count() < 255 {
            stage.connector.cancel_quote(&format!("{id}q"), None, &none()).await.expect("a change");
            assert_eq!(stage.lines(), [format!("POST /v1/quotes/{path}q/cancel")]);
        }
    }
}
