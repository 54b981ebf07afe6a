//! What rows look like: columns, Stripe's object untouched, expanded references, metadata.

use host_tests::stage::{FIRST_SECOND, Stage, none, parse, rows};
use serde_json::{Value, json};
use stripe_connector_host::contract::{CallOptions, Query};

fn columns(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|&name| name.to_owned()).collect())
}

/// An object with everything that a row treats in its own way.
fn invoice() -> Value {
    json!({
        "id": "in_1",
        "object": "invoice",
        "created": FIRST_SECOND,
        "customer": "cus_1",
        "customer_address": {"city": "Oslo", "line1": null},
        "due_date": null,
        "discounts": [],
        "amount_due": 9_007_199_254_740_993_i64,
        "metadata": {"Odd key": "1"},
        "status_transitions": {"finalized_at": FIRST_SECOND + 1, "paid_at": null},
        "lines": {"object": "list", "data": [{"id": "il_1", "amount": 1}], "has_more": false},
        "of_the_future": {"inner_part": true},
    })
}

#[tokio::test]
async fn columns_are_flat_and_values_are_stripes() {
    let stage = Stage::new().await;
    stage.sandbox.put(invoice());
    let row = stage.row("Invoice", "in_1").await;
    let expected = json!({
        "Id": "in_1",
        "Object": "invoice",
        "Created": "2026-01-01T00:00:00Z",
        "Customer": "cus_1",
        "CustomerAddressCity": "Oslo",
        "CustomerAddressLine1": null,
        "DueDate": null,
        "Discounts": [],
        "AmountDue": 9_007_199_254_740_993_i64,
        "Metadata": {"Odd key": "1"},
        "StatusTransitionsFinalizedAt": "2026-01-01T00:00:01Z",
        "StatusTransitionsPaidAt": null,
        "Lines": [{"id": "il_1", "amount": 1}],
        "OfTheFutureInnerPart": true,
    });
    assert_eq!(row, expected);
}

#[tokio::test]
async fn raw_is_stripes_object_to_the_byte() {
    let stage = Stage::new().await;
    stage.sandbox.put(invoice());
    let raw = stage.connector.get("Invoice", Some("in_1"), None, true, &none()).await.expect("an object");
    assert_eq!(raw.fields, invoice().to_string());
    let query = Query { raw: Some(true), ..Query::new("Invoice") };
    let page = stage.connector.list(&query, &none()).await.expect("a page");
    assert_eq!(page.rows, format!("[{}]", invoice()));
}

#[tokio::test]
async fn selected_columns_come_in_their_order_and_a_filter_sees_all() {
    let stage = Stage::new().await;
    stage.put_customers(4);
    let wanted = columns(&["Name", "id", "Metadata.plan", "address_city"]);
    let row = stage.connector.get("Customer", Some("cus_003"), wanted.as_deref(), false, &none()).await;
    let row = parse(&row.expect("a row").fields);
    assert_eq!(row.to_string(), r#"{"Name":"Odd","Id":"cus_003","Metadata.plan":"gold","AddressCity":null}"#);
    let query = Query {
        filter: Some("Name = 'Odd' AND Metadata.plan = 'gold'".to_owned()),
        columns: columns(&["Email"]),
        ..Query::new("Customer")
    };
    let page = stage.connector.list(&query, &none()).await.expect("a page");
    assert_eq!(rows(&page), [json!({"Email": "3@example.com"})]);
}

#[tokio::test]
async fn expanded_references_are_fetched_whole() {
    let stage = Stage::new().await;
    let customer = stage.create("Customer", json!({"Name": "Jenny", "Email": "jenny@example.com"})).await;
    let fields = json!({
        "Amount": 1500, "Currency": "usd", "Customer": customer, "PaymentMethod": "pm_card_visa", "Confirm": true,
        "ReturnUrl": "https://example.com",
    });
    let payment = stage.create("PaymentIntent", fields).await;
    let expand = Some(vec!["customer".to_owned(), "latest_charge".to_owned()]);
    let options = CallOptions { expand, ..none() };
    let got = stage.connector.get("PaymentIntent", Some(&payment), None, false, &options).await;
    let page = stage.connector.list(&Query::new("PaymentIntent"), &options).await.expect("a page");
    for row in [parse(&got.expect("a row").fields), rows(&page).remove(0)] {
        assert_eq!(row["Customer"], json!(customer));
        assert_eq!(row["CustomerEmail"], "jenny@example.com");
        assert_eq!(row["LatestChargeAmount"], 1500);
        assert!(row["LatestCharge"].as_str().is_some_and(|id| id.starts_with("ch_")), "{row}");
    }
    let expansion = |line: &str| line.split('&').filter(|part| part.contains("expand")).count();
    let lines = stage.lines();
    assert!(lines[2..].iter().all(|line| expansion(line) == 2), "{lines:?}");
    // Not expanded, the columns of the customer are not there.
    assert_eq!(stage.row("PaymentIntent", &payment).await.get("CustomerEmail"), None);
}

#[tokio::test]
async fn metadata_merges_and_null_unsets() {
    let stage = Stage::new().await;
    let fields = json!({"Name": "Jenny", "Phone": "1", "Metadata": {"a": "1", "b": "2", "c": "3"}});
    let id = stage.create("Customer", fields).await;
    let changes = json!({"Phone": null, "Metadata": {"b": null, "d": "4"}, "Metadata.a": "5"}).to_string();
    let change = stage.connector.update("Customer", Some(&id), &changes, &none()).await.expect("a change");
    let row = parse(&change.fields);
    assert_eq!(row["Metadata"], json!({"a": "5", "c": "3", "d": "4"}));
    assert_eq!((&row["Name"], &row["Phone"]), (&json!("Jenny"), &Value::Null));
    // Null for the whole removes all; an empty object changes nothing and is refused if there is nothing else.
    let cleared = stage.connector.update("Customer", Some(&id), r#"{"Metadata": null}"#, &none()).await;
    assert_eq!(parse(&cleared.expect("a change").fields)["Metadata"], json!({}));
    assert!(stage.connector.update("Customer", Some(&id), r#"{"Metadata": {}}"#, &none()).await.is_err());
}

#[tokio::test]
async fn a_name_with_a_plus_is_sent_as_it_is() {
    let stage = Stage::new().await;
    let fields = r#"{"Name": "J", "+of_the_future": {"a_b": [1, true]}}"#;
    let refused = stage.connector.create("Customer", fields, &none()).await;
    // The sandbox refuses it, as Stripe does with what it does not know.
    assert_eq!(host_tests::stage::failure(refused).code.as_deref(), Some("parameter_unknown"));
    let form = stage.sent().remove(0).form();
    let expected = [("name", "J"), ("of_the_future[a_b][0]", "1"), ("of_the_future[a_b][1]", "true")];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}
