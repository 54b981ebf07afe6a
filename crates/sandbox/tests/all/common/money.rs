//! Payments as tests make them.

use serde_json::Value;

use super::{Api, id};

/// A second to start from: noon of a day.
pub const NOON: i64 = 1_700_049_600;

/// A confirmed payment of 1000 usd with this method.
pub async fn paid(api: &Api, method: &str, more: &[(&str, &str)]) -> Value {
    api.post("/v1/payment_intents", &order(method, more)).await
}

/// The same where it is refused.
pub async fn unpaid(api: &Api, method: &str, more: &[(&str, &str)]) -> (u16, Value) {
    api.post_refused("/v1/payment_intents", &order(method, more)).await
}

fn order<'a>(method: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("amount", "1000"),
        ("currency", "usd"),
        ("payment_method", method),
        ("confirm", "true"),
        ("return_url", "https://example.com/"),
    ];
    for (name, value) in more {
        form.retain(|(known, _)| known != name);
        if !value.is_empty() {
            form.push((name, value));
        }
    }
    form
}

/// The charge of a payment intent.
pub async fn charge_of(api: &Api, intent: &Value) -> Value {
    let charge = intent["latest_charge"].as_str().unwrap();
    api.get(&format!("/v1/charges/{charge}"), &[]).await
}

pub fn path_of(intent: &Value, step: &str) -> String {
    format!("/v1/{}s/{}{step}", intent["object"].as_str().unwrap(), id(intent))
}

/// What is available and pending in the first currency.
pub async fn funds(api: &Api) -> (i64, i64) {
    let balance = api.get("/v1/balance", &[]).await;
    let side = |name: &str| balance[name][0]["amount"].as_i64().unwrap();
    (side("available"), side("pending"))
}
