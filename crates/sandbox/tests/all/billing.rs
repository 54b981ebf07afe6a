//! Customers, products, prices, invoice items and invoices.

use crate::common;
use crate::common::{id, ids, start, with};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn customers_live_and_are_deleted() {
    let api = start().await;
    let form = [
        ("name", "N"),
        ("email", "n@a.b"),
        ("address[city]", "Paris"),
        ("metadata[a]", "1"),
        ("metadata[b]", "2"),
        ("invoice_settings[footer]", "F"),
        ("payment_method", "pm_card_visa"),
    ];
    let customer = api.post("/v1/customers", &form).await;
    assert_eq!(customer["address"]["city"], "Paris");
    assert_eq!(customer["address"]["line1"], Value::Null);
    assert_eq!(customer["invoice_settings"]["default_payment_method"], Value::Null);
    let path = format!("/v1/customers/{}", id(&customer));
    let method = ids(&api.get(&format!("{path}/payment_methods"), &[]).await);
    assert_eq!(method.len(), 1);
    let form = [
        ("name", ""),
        ("address", ""),
        ("metadata[a]", ""),
        ("metadata[c]", "3"),
        ("invoice_settings[default_payment_method]", &method[0]),
    ];
    let customer = api.post(&path, &form).await;
    assert_eq!((&customer["name"], &customer["address"]), (&Value::Null, &Value::Null));
    assert_eq!(customer["email"], "n@a.b");
    assert_eq!(customer["metadata"], json!({"b": "2", "c": "3"}));
    assert_eq!(customer["invoice_settings"]["footer"], "F");
    assert_eq!(customer["invoice_settings"]["default_payment_method"], method[0]);
    let customer = api.post(&path, &[("metadata", "")]).await;
    assert_eq!(customer["metadata"], json!({}));
    let deleted = json!({"id": id(&customer), "object": "customer", "deleted": true});
    assert_eq!(api.delete(&path).await, deleted);
    assert_eq!(api.get(&path, &[]).await, deleted);
    let (status, error) = api.post_refused(&path, &[("name", "x")]).await;
    assert_eq!((status, &error["code"]), (404, &json!("resource_missing")));
    assert_eq!(api.refused(Method::DELETE, &path, &[]).await.0, 404);
    assert!(ids(&api.get("/v1/customers", &[]).await).is_empty());
}

#[tokio::test]
async fn products_and_prices() {
    let api = start().await;
    let form = [
        ("name", "T"),
        ("id", "thing"),
        ("default_price_data[currency]", "EUR"),
        ("default_price_data[unit_amount]", "700"),
    ];
    let product = api.post("/v1/products", &form).await;
    let price = api.sandbox.get(product["default_price"].as_str().unwrap()).unwrap();
    assert_eq!((&price["currency"], &price["unit_amount"]), (&json!("eur"), &json!(700)));
    let (_, error) = api.post_refused("/v1/products", &form).await;
    assert_eq!(error["code"], "resource_already_exists");
    assert_eq!(api.refused(Method::DELETE, "/v1/products/thing", &[]).await.0, 400);
    let lone = api.post("/v1/products", &[("name", "Lone")]).await;
    let path = format!("/v1/products/{}", id(&lone));
    let lone = api.post(&path, &[("description", "d"), ("active", "false")]).await;
    assert_eq!((&lone["description"], &lone["active"]), (&json!("d"), &json!(false)));
    assert_eq!(api.delete(&path).await["deleted"], true);
    assert_eq!(api.refused(Method::GET, &path, &[]).await.0, 404);
    let form = [
        ("currency", "usd"),
        ("product", "thing"),
        ("unit_amount_decimal", "12.5"),
        ("recurring[interval]", "month"),
        ("lookup_key", "k"),
    ];
    let price = api.post("/v1/prices", &form).await;
    assert_eq!((&price["type"], &price["unit_amount"]), (&json!("recurring"), &Value::Null));
    assert_eq!(price["recurring"]["interval_count"], 1);
    assert_eq!(api.post_refused("/v1/prices", &form).await.0, 400);
    let mut moved = form.to_vec();
    moved.push(("transfer_lookup_key", "true"));
    let other = api.post("/v1/prices", &moved).await;
    assert_eq!(other["lookup_key"], "k");
    assert_eq!(api.sandbox.get(&id(&price)).unwrap()["lookup_key"], Value::Null);
    for (form, param) in [
        (&[("currency", "usd"), ("product", "thing")] as &[_], "unit_amount"),
        (&[("currency", "usd"), ("unit_amount", "1")], "product"),
        (&[("currency", "usd"), ("unit_amount", "1"), ("product", "no")], "product"),
        (&[("currency", "dollar"), ("unit_amount", "1"), ("product", "thing")], "currency"),
    ] {
        let (status, error) = api.post_refused("/v1/prices", form).await;
        assert_eq!((status, &error["param"]), (400, &json!(param)));
    }
}

#[tokio::test]
async fn an_invoice_is_drafted_and_finalized() {
    let api = start().await;
    let customer = api.customer().await;
    let of = ("customer", customer.as_str());
    let item = api.post("/v1/invoiceitems", &[of, ("amount", "300"), ("currency", "usd")]).await;
    let bare = api.post("/v1/invoices", &[of]).await;
    assert_eq!((&bare["status"], &bare["total"]), (&json!("draft"), &json!(0)));
    let form = [of, ("pending_invoice_items_behavior", "include")];
    let invoice = api.post("/v1/invoices", &form).await;
    assert_eq!(invoice["total"], 300);
    assert_eq!(common::ids(&invoice["lines"]).len(), 1);
    let price = api.price("250", &[]).await;
    let on = ("invoice", invoice["id"].as_str().unwrap());
    let form = [of, on, ("pricing[price]", price.as_str()), ("quantity", "2")];
    let priced = api.post("/v1/invoiceitems", &form).await;
    assert_eq!(priced["amount"], 500);
    for _ in 0..10 {
        api.post("/v1/invoiceitems", &[of, on, ("amount", "1")]).await;
    }
    let path = format!("/v1/invoices/{}", id(&invoice));
    let lines = api.get(&format!("{path}/lines"), &[("limit", "5")]).await;
    assert_eq!(lines["url"], format!("{path}/lines"));
    let last = ids(&lines).pop().unwrap();
    let rest = [("starting_after", last.as_str()), ("limit", "100")];
    assert_eq!(ids(&api.get(&format!("{path}/lines"), &rest).await).len(), 7);
    api.post(&format!("/v1/invoiceitems/{}", id(&priced)), &[("quantity", "3")]).await;
    api.delete(&format!("/v1/invoiceitems/{}", id(&item))).await;
    let invoice = api.get(&path, &[]).await;
    assert_eq!((&invoice["amount_due"], &invoice["lines"]["has_more"]), (&json!(760), &json!(true)));
    let invoice = api.post(&format!("{path}/finalize"), &[]).await;
    assert_eq!((&invoice["status"], &invoice["amount_due"]), (&json!("open"), &json!(760)));
    let prefix = api.sandbox.get(&customer).unwrap()["invoice_prefix"].clone();
    assert_eq!(invoice["number"], format!("{}-0001", prefix.as_str().unwrap()));
    for (method, path) in [(Method::POST, format!("{path}/finalize")), (Method::DELETE, path.clone())] {
        let (status, error) = api.refused(method, &path, &[]).await;
        assert_eq!((status, &error["code"]), (400, &json!("invoice_not_editable")));
    }
    let (_, error) = api.post_refused("/v1/invoiceitems", &[of, on, ("amount", "1")]).await;
    assert_eq!(error["param"], "invoice");
    let (_, error) = api.post_refused(&path, &[("description", "x")]).await;
    assert_eq!(error["code"], "invoice_not_editable");
    let bare = format!("/v1/invoices/{}", id(&bare));
    let paid = api.post(&format!("{bare}/finalize"), &[]).await;
    assert_eq!((&paid["status"], &paid["amount_remaining"]), (&json!("paid"), &json!(0)));
    assert!(paid["number"].as_str().unwrap().ends_with("-0002"));
}

#[tokio::test]
async fn deleting_a_draft_frees_its_items() {
    let api = start().await;
    let customer = api.customer().await;
    let of = ("customer", customer.as_str());
    let item = api.post("/v1/invoiceitems", &[of, ("amount", "300")]).await;
    let form = [of, ("pending_invoice_items_behavior", "include")];
    let invoice = api.post("/v1/invoices", &form).await;
    let path = format!("/v1/invoices/{}", id(&invoice));
    assert_eq!(api.delete(&path).await["deleted"], true);
    assert_eq!(api.refused(Method::GET, &path, &[]).await.0, 404);
    let pending = api.get("/v1/invoiceitems", &[("pending", "true")]).await;
    assert_eq!(ids(&pending), [id(&item)]);
}

#[tokio::test]
async fn credit_is_used_up_by_invoices() {
    let api = start().await;
    let customer = api.post("/v1/customers", &[("balance", "-500")]).await;
    let customer = id(&customer);
    let of = ("customer", customer.as_str());
    api.post("/v1/invoiceitems", &[of, ("amount", "300")]).await;
    let form = [of, ("pending_invoice_items_behavior", "include")];
    let invoice = api.post("/v1/invoices", &form).await;
    assert_eq!((&invoice["total"], &invoice["amount_due"]), (&json!(300), &json!(0)));
    let invoice = api.post(&format!("/v1/invoices/{}/finalize", id(&invoice)), &[]).await;
    assert_eq!((&invoice["status"], &invoice["ending_balance"]), (&json!("paid"), &json!(-200)));
    assert_eq!(api.sandbox.get(&customer).unwrap()["balance"], -200);
}

#[tokio::test]
async fn finalizing_keeps_what_was_there() {
    let api = start().await;
    api.put(json!({
        "id": "cus_old", "object": "customer", "created": 1, "invoice_prefix": "AB12CD34",
        "next_invoice_sequence": 7,
    }));
    let old = |id: &str| {
        json!({
            "id": id, "object": "invoice", "created": 2, "customer": "cus_old", "status": "draft",
            "amount_due": 0, "paid": false, "charge": null, "ending_balance": null, "number": null,
            "lines": {"object": "list", "data": null, "total_count": 0},
        })
    };
    let before = api.put(old("in_old"));
    api.sandbox.set_clock(Some(1_600_000_900));
    let after = api.post("/v1/invoices/in_old/finalize", &[]).await;
    let changes = json!({
        "status": "paid", "paid": true, "number": "AB12CD34-0007", "ending_balance": 0,
        "effective_at": 1_600_000_900, "attempted": true, "auto_advance": false,
        "status_transitions": {"finalized_at": 1_600_000_900, "paid_at": 1_600_000_900},
        "hosted_invoice_url": after["hosted_invoice_url"], "invoice_pdf": after["invoice_pdf"],
    });
    assert_eq!(after, with(before, changes));
    api.put(with(old("in_due"), json!({"number": "OWN-1", "amount_due": 90, "effective_at": 4})));
    let after = api.post("/v1/invoices/in_due/finalize", &[("auto_advance", "true")]).await;
    assert_eq!((&after["status"], &after["number"]), (&json!("open"), &json!("OWN-1")));
    assert_eq!((&after["paid"], &after["effective_at"]), (&json!(false), &json!(4)));
    assert_eq!(after["auto_advance"], true);
    assert_eq!(api.sandbox.get("cus_old").unwrap()["next_invoice_sequence"], 8);
}

#[tokio::test]
async fn lines_of_a_put_invoice_can_be_paged() {
    let api = start().await;
    let line = |id: &str| json!({"id": id, "object": "line_item", "amount": 1});
    api.put(json!({
        "id": "in_old", "object": "invoice", "status": "open",
        "lines": {"object": "list", "data": [line("l1"), line("l2"), line("l3")]},
    }));
    let list = api.get("/v1/invoices/in_old/lines", &[("limit", "2")]).await;
    assert_eq!(ids(&list), ["l1", "l2"]);
    let rest = api.get("/v1/invoices/in_old/lines", &[("starting_after", "l2")]).await;
    assert_eq!(ids(&rest), ["l3"]);
}

#[tokio::test]
async fn terms_of_payment_go_with_sending() {
    let api = start().await;
    let customer = api.customer().await;
    let of = ("customer", customer.as_str());
    let send = ("collection_method", "send_invoice");
    assert_eq!(api.post_refused("/v1/invoices", &[of, send]).await.0, 400);
    assert_eq!(api.post_refused("/v1/invoices", &[of, ("days_until_due", "3")]).await.0, 400);
    api.sandbox.set_clock(Some(1_600_000_000));
    let invoice = api.post("/v1/invoices", &[of, send, ("days_until_due", "3")]).await;
    assert_eq!(invoice["due_date"], 1_600_000_000 + 3 * 86_400);
    let (_, error) = api.post_refused("/v1/invoices", &[]).await;
    assert_eq!(error["param"], "customer");
}
