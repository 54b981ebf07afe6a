//! A sandbox and a client that speaks to it over HTTP.
pub mod facts;
pub mod money;
pub mod subscribing;

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use stripe_connector_sandbox::{Sandbox, violations};

pub const KEY: &str = "Bearer sk_test_1";

/// Parameters of a request.
pub type Form<'a> = &'a [(&'a str, &'a str)];

pub struct Api {
    pub sandbox: Sandbox,
    pub http: Client,
}

pub async fn start() -> Api {
    let listen = "127.0.0.1:0".parse().unwrap();
    Api { sandbox: Sandbox::start(listen).await.unwrap(), http: Client::new() }
}

impl Api {
    pub async fn send(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Response {
        let request = self
            .http
            .request(method.clone(), format!("{}{path}", self.sandbox.url()))
            .header("authorization", KEY);
        let request = if method == Method::POST { request.form(form) } else { request.query(form) };
        request.send().await.unwrap()
    }

    async fn answer(&self, method: Method, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let response = self.send(method, path, form).await;
        let status = response.status().as_u16();
        let body = response.text().await.unwrap();
        (status, serde_json::from_str(&body).unwrap())
    }

    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        done(self.answer(Method::GET, path, query).await)
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        done(self.answer(Method::POST, path, form).await)
    }

    pub async fn delete(&self, path: &str) -> Value {
        done(self.answer(Method::DELETE, path, &[]).await)
    }

    /// The status and what stands under `error`.
    pub async fn refused(&self, method: Method, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let (status, body) = self.answer(method, path, form).await;
        assert!(status >= 400, "{path} was answered with {body}");
        (status, body["error"].clone())
    }

    pub async fn post_refused(&self, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        self.refused(Method::POST, path, form).await
    }

    /// Stores an object and returns the same, to compare with later.
    pub fn put(&self, object: Value) -> Value {
        self.sandbox.put(object.clone());
        object
    }

    pub async fn customer(&self) -> String {
        let customer = self.post("/v1/customers", &[("name", "Some One")]).await;
        id(&customer)
    }

    pub async fn price(&self, amount: &str, more: &[(&str, &str)]) -> String {
        let mut form = vec![("currency", "usd"), ("unit_amount", amount), ("product_data[name]", "Thing")];
        form.extend(more);
        id(&self.post("/v1/prices", &form).await)
    }
}

fn done((status, body): (u16, Value)) -> Value {
    assert_eq!(status, 200, "{body}");
    body
}

pub fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

pub fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(id).collect()
}

/// The object with these fields in place of its own.
pub fn with(mut object: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}

/// A payment intent as an older version made it, with fields that are gone since.
pub fn old_intent(status: &str) -> Value {
    json!({
        "id": "pi_old",
        "object": "payment_intent",
        "amount": 4200,
        "amount_capturable": if status == "requires_capture" { 4200 } else { 0 },
        "amount_received": 0,
        "canceled_at": null,
        "cancellation_reason": null,
        "capture_method": "automatic",
        "created": 1_600_000_000,
        "currency": "eur",
        "invoice": null,
        "level3": {"merchant_reference": "m"},
        "livemode": false,
        "payment_method": "pm_elsewhere",
        "status": status,
    })
}

/// Checks that an object has the shape that Stripe's description gives it.
#[track_caller]
pub fn check_shape(object: &Value) {
    let wrong = violations(object);
    assert!(wrong.is_empty(), "{wrong:#?}\n{object:#}");
}
