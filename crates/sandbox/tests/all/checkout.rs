//! Checkout sessions: made, completed by their customer, expired.

use crate::common;
use crate::common::subscribing::{DAY, START, item, latest, monthly, subscription};
use crate::common::{Api, Form, id, ids, start};
use serde_json::{Value, json};

const PATH: &str = "/v1/checkout/sessions";
const URL: (&str, &str) = ("success_url", "https://example.com/thanks");

async fn started() -> Api {
    let api = start().await;
    api.sandbox.set_clock(Some(START));
    api
}

/// A session over two of a price.
async fn session(api: &Api, mode: &str, price: &str, more: &[(&str, &str)]) -> Value {
    let mut form =
        vec![("mode", mode), URL, ("line_items[0][price]", price), ("line_items[0][quantity]", "2")];
    form.extend(more);
    api.post(PATH, &form).await
}

#[tokio::test]
async fn a_session_is_open_until_it_is_paid() {
    let api = started().await;
    let price = api.price("1000", &[]).await;
    let more = [
        ("client_reference_id", "cart 7"),
        ("customer_email", "a@example.com"),
        ("cancel_url", "https://example.com/back"),
        ("metadata[a]", "b"),
        ("payment_intent_data[description]", "Shoes"),
        ("payment_intent_data[metadata][c]", "d"),
    ];
    let made = session(&api, "payment", &price, &more).await;
    common::check_shape(&made);
    assert_eq!((&made["status"], &made["payment_status"]), (&json!("open"), &json!("unpaid")));
    assert_eq!((&made["amount_total"], &made["currency"]), (&json!(2000), &json!("usd")));
    assert_eq!((&made["payment_intent"], &made["expires_at"]), (&json!(null), &json!(START + DAY)));
    assert_eq!((&made["client_reference_id"], &made["metadata"]), (&json!("cart 7"), &json!({"a": "b"})));
    assert!(id(&made).starts_with("cs_test_"));
    assert!(made["url"].as_str().unwrap().ends_with(&id(&made)));
    let path = format!("{PATH}/{}", id(&made));
    let lines = api.get(&format!("{path}/line_items"), &[]).await;
    common::check_shape(&lines["data"][0]);
    assert_eq!((&lines["data"][0]["quantity"], &lines["data"][0]["amount_total"]), (&json!(2), &json!(2000)));
    let shown = api.get(&path, &[("expand[]", "line_items")]).await;
    assert_eq!(shown["line_items"]["data"], lines["data"]);
    assert_eq!(shown["line_items"]["url"], format!("{path}/line_items"));
    assert_eq!(api.post(&path, &[("metadata[a]", "z")]).await["metadata"], json!({"a": "z"}));
    let done = api.sandbox.complete_checkout(&id(&made)).unwrap();
    common::check_shape(&done);
    assert_eq!(api.get(&path, &[]).await, done);
    assert_eq!(
        (&done["status"], &done["payment_status"], &done["url"]),
        (&json!("complete"), &json!("paid"), &json!(null))
    );
    assert_eq!(
        (&done["customer_details"]["email"], &done["customer"]),
        (&json!("a@example.com"), &json!(null))
    );
    let intent =
        api.get(&format!("/v1/payment_intents/{}", done["payment_intent"].as_str().unwrap()), &[]).await;
    assert_eq!((&intent["status"], &intent["amount_received"]), (&json!("succeeded"), &json!(2000)));
    assert_eq!((&intent["description"], &intent["metadata"]), (&json!("Shoes"), &json!({"c": "d"})));
    // It is over.
    assert_eq!(api.post_refused(&format!("{path}/expire"), &[]).await.0, 400);
    let error = api.sandbox.complete_checkout(&id(&made)).unwrap_err();
    assert_eq!(error["type"], "invalid_request_error");
    assert_eq!(api.sandbox.complete_checkout("cs_none").unwrap_err()["code"], "resource_missing");
}

#[tokio::test]
async fn only_an_open_session_expires() {
    let api = started().await;
    let price = api.price("1000", &[]).await;
    let soon = (START + 1800).to_string();
    let made = session(&api, "payment", &price, &[("expires_at", &soon)]).await;
    let path = format!("{PATH}/{}", id(&made));
    let expired = api.post(&format!("{path}/expire"), &[]).await;
    common::check_shape(&expired);
    assert_eq!((&expired["status"], &expired["url"]), (&json!("expired"), &json!(null)));
    assert_eq!(api.post_refused(&format!("{path}/expire"), &[]).await.0, 400);
    assert!(api.sandbox.complete_checkout(&id(&made)).is_err());
    // Beyond the day and the half-hour there is no session.
    for wrong in [START + 1799, START + DAY + 1] {
        let wrong = wrong.to_string();
        let form = [
            ("mode", "payment"),
            URL,
            ("line_items[0][price]", &price),
            ("line_items[0][quantity]", "1"),
            ("expires_at", &wrong),
        ];
        assert_eq!(api.post_refused(PATH, &form).await.1["param"], "expires_at");
    }
}

#[tokio::test]
async fn customers_are_known_or_made() {
    let api = started().await;
    let price = api.price("1000", &[]).await;
    let known = id(&api.post("/v1/customers", &[("email", "known@example.com")]).await);
    let made = session(&api, "payment", &price, &[("customer", &known)]).await;
    let done = api.sandbox.complete_checkout(&id(&made)).unwrap();
    assert_eq!(
        (&done["customer"], &done["customer_details"]["email"]),
        (&json!(known), &json!("known@example.com"))
    );
    let made = session(&api, "payment", &price, &[("customer_creation", "always")]).await;
    assert_eq!(made["customer"], json!(null));
    let done = api.sandbox.complete_checkout(&id(&made)).unwrap();
    let customer = api.get(&format!("/v1/customers/{}", done["customer"].as_str().unwrap()), &[]).await;
    assert_eq!(customer["email"], done["customer_details"]["email"]);
}

#[tokio::test]
async fn a_session_subscribes() {
    let api = started().await;
    let price = monthly(&api, "1000").await;
    let form = [
        ("mode", "subscription"),
        URL,
        ("line_items[0][price]", &price),
        ("line_items[0][quantity]", "2"),
        ("line_items[1][price_data][currency]", "usd"),
        ("line_items[1][price_data][product_data][name]", "Set-up"),
        ("line_items[1][price_data][unit_amount]", "500"),
        ("line_items[1][quantity]", "1"),
        ("line_items[1][metadata][kind]", "set-up"),
        ("subscription_data[metadata][a]", "b"),
    ];
    let made = api.post(PATH, &form).await;
    common::check_shape(&made);
    assert_eq!(made["amount_total"], 2500);
    let lines = api.get(&format!("{PATH}/{}/line_items", id(&made)), &[]).await;
    assert_eq!(lines["data"][1]["metadata"], json!({"kind": "set-up"}));
    let done = api.sandbox.complete_checkout(&id(&made)).unwrap();
    assert_eq!((&done["status"], &done["payment_status"]), (&json!("complete"), &json!("paid")));
    let subscribed = subscription(&api, done["subscription"].as_str().unwrap()).await;
    assert_eq!((&subscribed["status"], &subscribed["customer"]), (&json!("active"), &done["customer"]));
    assert_eq!((&subscribed["metadata"], &item(&subscribed)["quantity"]), (&json!({"a": "b"}), &json!(2)));
    assert!(subscribed["default_payment_method"].is_string());
    let invoice = latest(&api, &subscribed).await;
    assert_eq!((&invoice["id"], &invoice["total"]), (&done["invoice"], &json!(2500)));
    let more = [("subscription_data[trial_period_days]", "7"), ("payment_method_collection", "if_required")];
    let made = session(&api, "subscription", &price, &more).await;
    let done = api.sandbox.complete_checkout(&id(&made)).unwrap();
    assert_eq!(done["payment_status"], "no_payment_required");
    let subscribed = subscription(&api, done["subscription"].as_str().unwrap()).await;
    assert_eq!(
        (&subscribed["status"], &subscribed["default_payment_method"]),
        (&json!("trialing"), &json!(null))
    );
}

#[tokio::test]
async fn a_session_saves_a_card() {
    let api = started().await;
    let customer = api.customer().await;
    let form = [
        ("mode", "setup"),
        URL,
        ("currency", "usd"),
        ("customer", &customer),
        ("setup_intent_data[metadata][a]", "b"),
    ];
    let made = api.post(PATH, &form).await;
    common::check_shape(&made);
    assert_eq!(
        (&made["payment_status"], &made["amount_total"]),
        (&json!("no_payment_required"), &json!(null))
    );
    let path = format!("{PATH}/{}", id(&made));
    let shown =
        async |path: &str| api.get(path, &[("expand[]", "setup_intent")]).await["setup_intent"].clone();
    let intent = shown(&path).await;
    common::check_shape(&intent);
    assert_eq!(
        (&intent["status"], &intent["metadata"]),
        (&json!("requires_payment_method"), &json!({"a": "b"}))
    );
    let done = api.sandbox.complete_checkout(&id(&made)).unwrap();
    assert_eq!(
        (&done["status"], &done["payment_status"]),
        (&json!("complete"), &json!("no_payment_required"))
    );
    let intent = shown(&path).await;
    assert_eq!(intent["status"], "succeeded");
    let methods = api.get(&format!("/v1/customers/{customer}/payment_methods"), &[]).await;
    assert_eq!(json!(ids(&methods)), json!([intent["payment_method"]]));
    let left = api.post(PATH, &form).await;
    let path = format!("{PATH}/{}", id(&left));
    api.post(&format!("{path}/expire"), &[]).await;
    assert_eq!(shown(&path).await["status"], "canceled");
    let without = [("mode", "setup"), URL];
    assert_eq!(api.post_refused(PATH, &without).await.1["param"], "currency");
    let lines = [("mode", "setup"), URL, ("currency", "usd"), ("line_items[0][quantity]", "1")];
    assert_eq!(api.post_refused(PATH, &lines).await.1["param"], "line_items");
}

#[tokio::test]
async fn nothing_to_pay() {
    let api = started().await;
    let price = api.price("0", &[]).await;
    let made = session(&api, "payment", &price, &[]).await;
    assert_eq!(made["payment_status"], "no_payment_required");
    let done = api.sandbox.complete_checkout(&id(&made)).unwrap();
    assert_eq!(
        (&done["status"], &done["payment_status"]),
        (&json!("complete"), &json!("no_payment_required"))
    );
    assert_eq!(done["payment_intent"], json!(null));
}

#[tokio::test]
async fn a_page_may_be_embedded() {
    let api = started().await;
    let price = api.price("1000", &[]).await;
    let lines =
        [("mode", "payment"), ("line_items[0][price]", price.as_str()), ("line_items[0][quantity]", "1")];
    for (more, fits) in [
        (vec![("ui_mode", "embedded_page"), ("return_url", "https://example.com")], true),
        (vec![("ui_mode", "embedded_page"), ("redirect_on_completion", "never")], true),
        (vec![("ui_mode", "embedded_page")], false),
        (vec![("ui_mode", "embedded_page"), ("return_url", "https://example.com"), URL], false),
        (vec![("ui_mode", "elements"), ("return_url", "nowhere")], false),
    ] {
        let form: Vec<_> = lines.iter().chain(&more).copied().collect();
        if fits {
            let made = api.post(PATH, &form).await;
            common::check_shape(&made);
            assert_eq!(made["url"], json!(null));
            assert!(made["client_secret"].as_str().unwrap().starts_with(&id(&made)));
        } else {
            assert_eq!(api.post_refused(PATH, &form).await.0, 400, "{more:?}");
        }
    }
}

#[tokio::test]
async fn what_a_session_cannot_be() {
    let api = started().await;
    let customer = api.customer().await;
    let once = api.price("1000", &[]).await;
    let month = monthly(&api, "1000").await;
    let cheap = api.price("10", &[]).await;
    let line = [("line_items[0][price]", once.as_str()), ("line_items[0][quantity]", "1")];
    let sold = |more: &[(&'static str, &'static str)]| {
        let mut form = vec![("mode", "payment"), URL];
        form.extend(more);
        form
    };
    let cases: Vec<(Vec<(&str, &str)>, &str)> = vec![
        (vec![URL, line[0], line[1]], "mode"),
        (vec![("mode", "payment"), line[0], line[1]], "success_url"),
        (vec![("mode", "payment"), ("success_url", "nowhere"), line[0], line[1]], "success_url"),
        (sold(&[]), "line_items"),
        (vec![("mode", "payment"), URL, line[0]], "line_items[0][quantity]"),
        (vec![("mode", "payment"), URL, ("line_items[0][quantity]", "1")], "line_items[0][price]"),
        (vec![("mode", "payment"), URL, ("line_items[0][price]", &month), line[1]], "line_items[0][price]"),
        (vec![("mode", "subscription"), URL, line[0], line[1]], "line_items"),
        (
            vec![("mode", "payment"), URL, line[0], line[1], ("subscription_data[description]", "x")],
            "subscription_data",
        ),
        (vec![("mode", "payment"), URL, line[0], line[1], ("customer", "cus_none")], "customer"),
        (
            vec![
                ("mode", "payment"),
                URL,
                line[0],
                line[1],
                ("customer", &customer),
                ("customer_email", "a@b.c"),
            ],
            "customer_email",
        ),
        (
            vec![("mode", "payment"), URL, line[0], line[1], ("customer_update[name]", "auto")],
            "customer_update",
        ),
        (vec![("mode", "payment"), URL, line[0], line[1], ("return_url", "https://a.b")], "return_url"),
        (vec![("mode", "payment"), URL, line[0], line[1], ("currency", "eur")], "currency"),
        (
            vec![("mode", "payment"), URL, line[0], line[1], ("payment_intent_data[on_behalf_of]", "acct_1")],
            "payment_intent_data[on_behalf_of]",
        ),
        (vec![("mode", "payment"), URL, line[0], line[1], ("discounts[0][coupon]", "x")], "discounts"),
        (
            vec![
                ("mode", "subscription"),
                URL,
                ("line_items[0][price]", &month),
                line[1],
                ("subscription_data[billing_mode][type]", "flexible"),
            ],
            "subscription_data[billing_mode][type]",
        ),
        (
            vec![("mode", "payment"), URL, ("line_items[0][price_data][currency]", "usd"), line[1]],
            "line_items[0][price_data][product]",
        ),
    ];
    for (form, param) in cases {
        let (status, error) = api.post_refused(PATH, &form).await;
        assert_eq!((status, &error["param"]), (400, &json!(param)), "{form:?}: {error}");
    }
    let form = [("mode", "payment"), URL, ("line_items[0][price]", &cheap), line[1]];
    assert_eq!(api.post_refused(PATH, &form).await.1["code"], "amount_too_small");
}

#[tokio::test]
async fn sessions_are_listed() {
    let api = started().await;
    let price = api.price("1000", &[]).await;
    let customer = api.customer().await;
    let first = id(&session(&api, "payment", &price, &[("customer", &customer)]).await);
    let second = session(&api, "payment", &price, &[("customer_email", "b@example.com")]).await;
    let second = id(&second);
    let done = api.sandbox.complete_checkout(&second).unwrap();
    let intent = done["payment_intent"].as_str().unwrap();
    let cases: &[(Form, &[&String])] = &[
        (&[], &[&second, &first]),
        (&[("customer", &customer)], &[&first]),
        (&[("status", "open")], &[&first]),
        (&[("status", "complete")], &[&second]),
        (&[("payment_intent", intent)], &[&second]),
        (&[("customer_details[email]", "b@example.com")], &[&second]),
        (&[("subscription", "sub_none")], &[]),
    ];
    for (query, wanted) in cases {
        let found = ids(&api.get(PATH, query).await);
        assert_eq!(found.iter().collect::<Vec<_>>(), *wanted, "{query:?}");
    }
}
