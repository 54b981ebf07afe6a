//! Every change is an event, whoever made it; a refused request makes none.

use crate::common::{Api, id, start};

async fn types(api: &Api, query: &[(&str, &str)]) -> Vec<String> {
    let list = api.get("/v1/events", query).await;
    let mut types: Vec<String> =
        list["data"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap().to_owned()).collect();
    types.reverse();
    types
}

#[tokio::test]
async fn a_customers_life() {
    let api = start().await;
    let customer = id(&api.post("/v1/customers", &[("name", "A"), ("address[city]", "Paris")]).await);
    let path = format!("/v1/customers/{customer}");
    api.post(&path, &[("name", "B"), ("address[city]", "Rome")]).await;
    api.post(&path, &[("name", "B")]).await;
    api.post_refused(&path, &[("email", "no address")]).await;
    api.delete(&path).await;
    assert_eq!(types(&api, &[]).await, ["customer.created", "customer.updated", "customer.deleted"]);
    let updated = api.get("/v1/events", &[("type", "customer.updated")]).await["data"][0].clone();
    assert_eq!(updated["data"]["object"]["name"], "B");
    assert_eq!(updated["data"]["previous_attributes"]["name"], "A");
    assert_eq!(updated["data"]["previous_attributes"]["address"]["city"], "Paris");
    assert!(updated["request"]["id"].as_str().unwrap().starts_with("req_"));
    let again = api.get(&format!("/v1/events/{}", id(&updated)), &[]).await;
    assert_eq!(again, updated);
}

#[tokio::test]
async fn a_payments_life() {
    let api = start().await;
    let form = [
        ("amount", "1000"),
        ("currency", "usd"),
        ("payment_method_types[]", "card"),
        ("payment_method", "pm_card_visa"),
        ("capture_method", "manual"),
        ("confirm", "true"),
    ];
    let intent = id(&api.post("/v1/payment_intents", &form).await);
    api.post(&format!("/v1/payment_intents/{intent}/capture"), &[]).await;
    let seen = types(&api, &[("type", "payment_intent.*")]).await;
    assert_eq!(
        seen,
        ["payment_intent.created", "payment_intent.amount_capturable_updated", "payment_intent.succeeded"]
    );
    let seen = types(&api, &[("type", "charge.*")]).await;
    assert_eq!(seen, ["charge.succeeded", "charge.updated", "charge.captured"]);
    let declined =
        [("payment_method", "pm_card_chargeDeclined"), ("confirm", "true"), form[0], form[1], form[2]];
    api.post_refused("/v1/payment_intents", &declined).await;
    let seen =
        types(&api, &[("types[0]", "payment_intent.payment_failed"), ("types[1]", "charge.failed")]).await;
    assert_eq!(seen.len(), 2, "what a decline left behind is told: {seen:?}");
}

#[tokio::test]
async fn a_first_invoice_that_is_not_paid_is_told() {
    let api = start().await;
    let customer = api.customer().await;
    let form = [("customer", customer.as_str())];
    let method = id(&api.post("/v1/payment_methods/pm_card_chargeCustomerFail/attach", &form).await);
    let price = api.price("1000", &[("recurring[interval]", "month")]).await;
    let form = [("customer", &*customer), ("items[0][price]", &price), ("default_payment_method", &method)];
    let subscription = api.post("/v1/subscriptions", &form).await;
    assert_eq!(subscription["status"], "incomplete");
    let seen = types(&api, &[("type", "invoice.*")]).await;
    assert_eq!(seen, ["invoice.created", "invoice.finalized", "invoice.payment_failed"]);
}
