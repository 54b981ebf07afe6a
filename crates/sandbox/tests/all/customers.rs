//! What hangs on customers: their balance and their tax ids.

use crate::common::{id, start};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_balance_is_the_sum_of_its_transactions() {
    let api = start().await;
    api.sandbox.set_clock(Some(1_600_000_000));
    let customer = api.post("/v1/customers", &[("balance", "-300")]).await;
    assert_eq!((&customer["balance"], &customer["currency"]), (&json!(-300), &json!("usd")));
    let path = format!("/v1/customers/{}", id(&customer));
    let list = format!("{path}/balance_transactions");
    let form = [("amount", "-500"), ("currency", "USD"), ("description", "D"), ("metadata[a]", "b")];
    let transaction = api.post(&list, &form).await;
    let expected = json!({
        "id": transaction["id"], "object": "customer_balance_transaction", "amount": -500,
        "checkout_session": null, "created": 1_600_000_000, "credit_note": null, "currency": "usd",
        "customer": customer["id"], "customer_account": null, "description": "D", "ending_balance": -800,
        "invoice": null, "livemode": false, "metadata": {"a": "b"}, "type": "adjustment",
    });
    assert_eq!(transaction, expected);
    assert_eq!(api.get(&path, &[]).await["balance"], -800);
    assert_eq!(api.post(&path, &[("balance", "50")]).await["balance"], 50);
    api.post(&path, &[("balance", "50")]).await;
    let all = api.get(&list, &[]).await;
    let told =
        |name: &str| all["data"].as_array().unwrap().iter().map(|one| one[name].clone()).collect::<Vec<_>>();
    assert_eq!(told("amount"), [850, -500, -300]);
    assert_eq!(told("ending_balance"), [50, -800, -300]);
    assert_eq!(told("type"), ["adjustment", "adjustment", "initial"]);
    // A second currency has a balance of its own.
    let other = api.post(&list, &[("amount", "-70"), ("currency", "eur")]).await;
    assert_eq!(other["ending_balance"], -70);
    let other = api.post(&list, &[("amount", "-5"), ("currency", "eur")]).await;
    assert_eq!(other["ending_balance"], -75);
    assert_eq!(api.get(&path, &[]).await["balance"], 50);
    let one = format!("{list}/{}", id(&transaction));
    let changed = api.post(&one, &[("description", ""), ("metadata[c]", "d")]).await;
    assert_eq!((&changed["description"], &changed["metadata"]), (&Value::Null, &json!({"a": "b", "c": "d"})));
    assert_eq!(api.get(&one, &[]).await, changed);
    let stranger = api.customer().await;
    let elsewhere = format!("/v1/customers/{stranger}/balance_transactions/{}", id(&transaction));
    assert_eq!(api.refused(Method::GET, &elsewhere, &[]).await.0, 404);
    assert_eq!(api.refused(Method::GET, "/v1/customers/cus_none/balance_transactions", &[]).await.0, 404);
    assert_eq!(api.post_refused(&list, &[("amount", "1")]).await.1["param"], "currency");
}

#[tokio::test]
async fn invoices_leave_their_transactions() {
    let api = start().await;
    let customer = id(&api.post("/v1/customers", &[("balance", "-300")]).await);
    let list = format!("/v1/customers/{customer}/balance_transactions");
    let invoice = async |amount: &str| {
        let of = ("customer", customer.as_str());
        api.post("/v1/invoiceitems", &[of, ("amount", amount)]).await;
        let invoice = api.post("/v1/invoices", &[of, ("pending_invoice_items_behavior", "include")]).await;
        id(&api.post(&format!("/v1/invoices/{}/finalize", id(&invoice)), &[]).await)
    };
    let first = invoice("1000").await;
    api.post(&format!("/v1/invoices/{first}/void"), &[]).await;
    let second = invoice("320").await;
    let told = |list: &Value| {
        let one = |one: &Value| (one["type"].clone(), one["amount"].clone(), one["ending_balance"].clone());
        list["data"].as_array().unwrap().iter().map(one).collect::<Vec<_>>()
    };
    let of_first = api.get(&list, &[("invoice", first.as_str())]).await;
    let expected = [("unapplied_from_invoice", -300, -300), ("applied_to_invoice", 300, 0)];
    assert_eq!(told(&of_first), expected.map(|(kind, amount, end)| (json!(kind), json!(amount), json!(end))));
    // 20 are left to pay, which is too little for a charge.
    let of_second = api.get(&list, &[("invoice", second.as_str())]).await;
    let expected = [("invoice_too_small", 20, 20), ("applied_to_invoice", 300, 0)];
    assert_eq!(
        told(&of_second),
        expected.map(|(kind, amount, end)| (json!(kind), json!(amount), json!(end)))
    );
}
