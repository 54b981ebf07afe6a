//! Quotes and what accepting them makes.

mod common;

use common::{id, ids, start, with};
use serde_json::json;

#[tokio::test]
async fn a_quote_becomes_an_invoice() {
    let api = start().await;
    let customer = api.customer().await;
    let price = api.price("250", &[]).await;
    let form = [
        ("customer", customer.as_str()),
        ("line_items[0][price]", price.as_str()),
        ("line_items[0][quantity]", "2"),
        ("line_items[1][price]", price.as_str()),
    ];
    let quote = api.post("/v1/quotes", &form).await;
    assert_eq!((&quote["status"], &quote["amount_total"]), (&json!("draft"), &json!(750)));
    assert!(quote.get("line_items").is_none());
    let path = format!("/v1/quotes/{}", id(&quote));
    let shown = api.get(&path, &[("expand[]", "line_items.data.price.product")]).await;
    assert_eq!(shown["line_items"]["data"][0]["quantity"], 2);
    assert_eq!(shown["line_items"]["data"][0]["price"]["product"]["name"], "Thing");
    assert_eq!(ids(&api.get(&format!("{path}/line_items"), &[]).await).len(), 2);
    let (status, error) = api.post_refused(&format!("{path}/accept"), &[]).await;
    assert_eq!((status, &error["code"]), (400, &json!("status_transition_invalid")));
    let quote = api.post(&format!("{path}/finalize"), &[]).await;
    assert_eq!(quote["status"], "open");
    assert!(quote["number"].is_string());
    assert_eq!(api.post_refused(&path, &[("header", "x")]).await.0, 400);
    assert_eq!(api.post_refused(&format!("{path}/finalize"), &[]).await.0, 400);
    api.sandbox.next_id("in", "in_planned");
    let quote = api.post(&format!("{path}/accept"), &[]).await;
    assert_eq!((&quote["status"], &quote["invoice"]), (&json!("accepted"), &json!("in_planned")));
    let invoice = api.get("/v1/invoices/in_planned", &[]).await;
    assert_eq!((&invoice["status"], &invoice["total"]), (&json!("draft"), &json!(750)));
    assert_eq!(invoice["lines"]["data"][0]["quantity"], 2);
    assert_eq!(invoice["parent"]["quote_details"]["quote"], quote["id"]);
    for step in ["accept", "cancel", "finalize"] {
        assert_eq!(api.post_refused(&format!("{path}/{step}"), &[]).await.0, 400);
    }
}

#[tokio::test]
async fn a_recurring_quote_gets_a_subscription() {
    let api = start().await;
    let price = api.price("250", &[("recurring[interval]", "week")]).await;
    let customer = api.customer().await;
    let form = [("customer", customer.as_str()), ("line_items[0][price]", price.as_str())];
    let quote = api.post("/v1/quotes", &form).await;
    assert_eq!(quote["computed"]["recurring"]["interval"], "week");
    let path = format!("/v1/quotes/{}", id(&quote));
    api.post(&format!("{path}/finalize"), &[]).await;
    let quote = api.post(&format!("{path}/accept"), &[]).await;
    assert!(quote["subscription"].as_str().unwrap().starts_with("sub_"));
    assert!(quote["invoice"].as_str().unwrap().starts_with("in_"));
}

#[tokio::test]
async fn quotes_keep_what_was_there() {
    let api = start().await;
    api.sandbox.set_clock(Some(1_600_000_700));
    let old = |status: &str| {
        json!({
            "id": "qt_old", "object": "quote", "created": 3, "status": status, "number": "QT-1",
            "customer": null, "legacy": {"a": 1},
        })
    };
    for (step, from, to, mark) in [
        ("finalize", "draft", "open", "finalized_at"),
        ("cancel", "draft", "canceled", "canceled_at"),
        ("cancel", "open", "canceled", "canceled_at"),
        ("accept", "open", "accepted", "accepted_at"),
    ] {
        let before = api.put(old(from));
        api.sandbox.next_id("in", "in_planned");
        let after = api.post(&format!("/v1/quotes/qt_old/{step}"), &[]).await;
        let mut changes = json!({"status": to, "status_transitions": {mark: 1_600_000_700}});
        if step == "accept" {
            changes["invoice"] = json!("in_planned");
        }
        assert_eq!(after, with(before, changes), "{step} from {from}");
    }
}
