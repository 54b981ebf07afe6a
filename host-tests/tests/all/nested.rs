//! Nested lists: whole where they are asked for, marked as cut where they are not.

use host_tests::stage::{Stage, none, parse, rows};
use serde_json::{Value, json};
use stripe_connector_host::contract::{CallOptions, Query};

/// An invoice with so many lines, which Stripe nests ten at a time.
async fn invoice(stage: &Stage, lines: usize) -> String {
    let customer = stage.create("Customer", json!({})).await;
    let invoice = stage.create("Invoice", json!({"Customer": customer})).await;
    for n in 0..lines {
        let item = json!({"Customer": customer, "Invoice": invoice, "Amount": 100 + n, "Currency": "usd"});
        stage.create("InvoiceItem", item).await;
    }
    stage.sent();
    invoice
}

fn amounts(lines: &Value) -> Vec<i64> {
    let mut amounts: Vec<_> = lines
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| line["amount"].as_i64().expect("an amount"))
        .collect();
    amounts.sort_unstable();
    amounts
}

#[tokio::test]
async fn the_lines_of_an_invoice_are_whole_when_they_are_asked_for() {
    let stage = Stage::new().await;
    let id = invoice(&stage, 120).await;
    let all: Vec<i64> = (100..220).collect();
    let columns = ["Id", "Lines", "LinesHasMore"].map(str::to_owned);
    let row = stage.connector.get("Invoice", Some(&id), Some(&columns), false, &none()).await.expect("a row");
    let row = parse(&row.fields);
    assert_eq!(amounts(&row["Lines"]), all);
    assert_eq!(row["LinesHasMore"], Value::Null);
    let lines = stage.lines();
    let list = format!("GET /v1/invoices/{id}/lines?limit=100");
    assert_eq!(lines[..2], [format!("GET /v1/invoices/{id}"), list.clone()]);
    assert!(lines.len() == 3 && lines[2].starts_with(&format!("{list}&starting_after=")), "{lines:?}");

    let query = Query { columns: Some(vec!["Lines".to_owned()]), ..Query::new("Invoice") };
    let page = stage.connector.list(&query, &none()).await.expect("a page");
    assert_eq!(amounts(&rows(&page)[0]["Lines"]), all);

    // Whoever does not ask pays nothing, and sees that there is more.
    stage.sent();
    let row = stage.row("Invoice", &id).await;
    assert_eq!((amounts(&row["Lines"]).len(), &row["LinesHasMore"]), (10, &json!(true)));
    let raw = stage.connector.get("Invoice", Some(&id), Some(&columns), true, &none()).await.expect("a row");
    assert_eq!(parse(&raw.fields)["lines"]["has_more"], true);
    assert_eq!(stage.sent().len(), 2);
}

#[tokio::test]
async fn so_are_lists_in_other_objects() {
    let stage = Stage::new().await;
    let id = invoice(&stage, 15).await;
    let item = json!({"Invoice": id, "Customer": stage.row("Invoice", &id).await["Customer"], "Amount": 1, "Currency": "usd"});
    let item = stage.create("InvoiceItem", item).await;
    let expand = CallOptions { expand: Some(vec!["invoice".to_owned()]), ..none() };
    let columns = ["Invoice.Lines".to_owned()];
    let row =
        stage.connector.get("InvoiceItem", Some(&item), Some(&columns), false, &expand).await.expect("a row");
    let row = parse(&row.fields);
    let lines = row.as_object().and_then(|row| row.values().next()).expect("one column");
    assert_eq!(amounts(lines).len(), 16, "{row}");

    let charge = json!({"Amount": 5000, "Currency": "usd", "PaymentMethod": "pm_card_visa", "Confirm": true,
        "PaymentMethodTypes": ["card"]});
    let intent = stage.create("PaymentIntent", charge).await;
    for _ in 0..12 {
        stage.create("Refund", json!({"PaymentIntent": intent, "Amount": 10})).await;
    }
    let expand = CallOptions { expand: Some(vec!["refunds".to_owned()]), ..none() };
    let charge =
        stage.row("PaymentIntent", &intent).await["LatestCharge"].as_str().expect("a charge").to_owned();
    let columns = ["Refunds".to_owned()];
    let row =
        stage.connector.get("Charge", Some(&charge), Some(&columns), false, &expand).await.expect("a row");
    assert_eq!(amounts(&parse(&row.fields)["Refunds"]), [10; 12]);
}
