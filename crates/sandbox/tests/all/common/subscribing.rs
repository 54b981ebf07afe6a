//! Customers that can be charged, and what they subscribe to.

use serde_json::Value;

use super::{Api, id};

/// The second at which the clocks of tests stand: the 1st of January 2026.
pub const START: i64 = 1_767_225_600;
pub const DAY: i64 = 86_400;

/// A customer whose default is this test card.
pub async fn payer(api: &Api, card: &str) -> String {
    let customer = api.customer().await;
    attach(api, &customer, card).await;
    customer
}

/// Attaches a test card and makes it the customer's default.
pub async fn attach(api: &Api, customer: &str, card: &str) -> String {
    let method = api.post(&format!("/v1/payment_methods/{card}/attach"), &[("customer", customer)]).await;
    let default = ("invoice_settings[default_payment_method]", method["id"].as_str().unwrap());
    api.post(&format!("/v1/customers/{customer}"), &[default]).await;
    id(&method)
}

pub async fn monthly(api: &Api, amount: &str) -> String {
    api.price(amount, &[("recurring[interval]", "month")]).await
}

pub async fn subscribe(api: &Api, customer: &str, price: &str, more: &[(&str, &str)]) -> Value {
    let mut form = vec![("customer", customer), ("items[0][price]", price)];
    form.extend(more);
    api.post("/v1/subscriptions", &form).await
}

pub async fn subscription(api: &Api, id: &str) -> Value {
    api.get(&format!("/v1/subscriptions/{id}"), &[]).await
}

/// The latest invoice of a subscription.
pub async fn latest(api: &Api, subscription: &Value) -> Value {
    let invoice = subscription["latest_invoice"].as_str().unwrap();
    api.get(&format!("/v1/invoices/{invoice}"), &[]).await
}

pub fn item(subscription: &Value) -> &Value {
    &subscription["items"]["data"][0]
}
