//! What hangs on customers: their balance and their tax ids.

use crate::common::{id, ids, start};
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

#[tokio::test]
async fn tax_ids_of_a_customer() {
    let api = start().await;
    let form = [("tax_id_data[0][type]", "eu_vat"), ("tax_id_data[0][value]", "DE123456789")];
    let customer = id(&api.post("/v1/customers", &form).await);
    let list = format!("/v1/customers/{customer}/tax_ids");
    let first = api.get(&list, &[]).await["data"][0].clone();
    assert_eq!((&first["country"], &first["verification"]["status"]), (&json!("DE"), &json!("pending")));
    let owner = json!({"customer": customer, "customer_account": null, "type": "customer"});
    assert_eq!((&first["owner"], &first["customer"]), (&owner, &json!(customer)));
    let gb = api.post(&list, &[("type", "gb_vat"), ("value", "GB000000000")]).await;
    assert_eq!((&gb["country"], &gb["verification"]["status"]), (&json!("GB"), &json!("verified")));
    let greek = api.post(&list, &[("type", "eu_vat"), ("value", "EL111111111")]).await;
    assert_eq!((&greek["country"], &greek["verification"]["status"]), (&json!("GR"), &json!("unverified")));
    let us = api.post(&list, &[("type", "us_ein"), ("value", "12-3456789")]).await;
    assert_eq!(us["verification"]["status"], "unavailable");
    let shown = api.get(&format!("/v1/customers/{customer}"), &[("expand[]", "tax_ids")]).await;
    assert_eq!((ids(&shown["tax_ids"]).len(), &shown["tax_ids"]["url"]), (4, &json!(list)));
    let invoice = api.post("/v1/invoices", &[("customer", &customer)]).await;
    assert_eq!(invoice["customer_tax_ids"][0], json!({"type": "eu_vat", "value": "DE123456789"}));
    let path = format!("{list}/{}", id(&us));
    assert_eq!(api.get(&path, &[]).await, us);
    let stranger = api.customer().await;
    assert_eq!(
        api.refused(Method::GET, &format!("/v1/customers/{stranger}/tax_ids/{}", id(&us)), &[]).await.0,
        404
    );
    assert_eq!(api.delete(&path).await, json!({"id": us["id"], "object": "tax_id", "deleted": true}));
    assert_eq!(api.refused(Method::DELETE, &path, &[]).await.0, 404);
    let (_, error) = api.post_refused(&list, &[("type", "eu_vat"), ("value", "123")]).await;
    assert_eq!(error["code"], "tax_id_invalid");
    for value in ["1", "2"] {
        api.post(&list, &[("type", "ch_uid"), ("value", value)]).await;
    }
    assert_eq!(api.post_refused(&list, &[("type", "ch_uid"), ("value", "3")]).await.0, 400);
    api.delete(&format!("/v1/customers/{customer}")).await;
    assert_eq!(api.refused(Method::GET, &format!("/v1/tax_ids/{}", id(&gb)), &[]).await.0, 404);
}

#[tokio::test]
async fn tax_ids_of_the_account_are_listed_unless_others_are_asked_for() {
    let api = start().await;
    let customer = api.customer().await;
    let own = api.post("/v1/tax_ids", &[("type", "us_ein"), ("value", "12-3456789")]).await;
    assert_eq!((&own["owner"], &own["customer"]), (&json!({"type": "self"}), &Value::Null));
    let of = [("owner[type]", "customer"), ("owner[customer]", customer.as_str())];
    let form = [of[0], of[1], ("type", "us_ein"), ("value", "98-7654321")];
    let theirs = api.post("/v1/tax_ids", &form).await;
    assert_eq!(theirs["customer"], customer);
    assert_eq!(ids(&api.get("/v1/tax_ids", &[]).await), [id(&own)]);
    assert_eq!(ids(&api.get("/v1/tax_ids", &[("owner[type]", "self")]).await), [id(&own)]);
    assert_eq!(ids(&api.get("/v1/tax_ids", &of).await), [id(&theirs)]);
    for (query, param) in [
        (&[of[0]] as &[_], "owner[customer]"),
        (&[of[0], ("owner[customer]", "cus_none")], "owner[customer]"),
        (&[("owner[type]", "application")], "owner[type]"),
    ] {
        let (status, error) = api.refused(Method::GET, "/v1/tax_ids", query).await;
        assert_eq!((status, &error["param"]), (400, &json!(param)));
    }
    let form = [("customer", customer.as_str()), ("account_tax_ids[]", own["id"].as_str().unwrap())];
    let invoice = api.post("/v1/invoices", &form).await;
    assert_eq!(invoice["account_tax_ids"][0], own["id"]);
    let form = [form[0], ("account_tax_ids[]", "txi_none")];
    assert_eq!(api.post_refused("/v1/invoices", &form).await.1["param"], "account_tax_ids");
    let path = format!("/v1/tax_ids/{}", id(&own));
    assert_eq!(api.delete(&path).await["deleted"], true);
    assert_eq!(api.refused(Method::GET, &path, &[]).await.0, 404);
}
