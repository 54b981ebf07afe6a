//! Idempotency keys, connected accounts, restricted keys, versions and the rate.

use crate::common;
use crate::common::{Api, id, ids, start};
use reqwest::Method;
use serde_json::{Value, json};
use stripe_connector_sandbox::Faults;

struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

async fn send(
    api: &Api,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    form: &[(&str, &str)],
) -> Answer {
    let mut request = api.http.request(method.clone(), format!("{}{path}", api.sandbox.url()));
    if !headers.iter().any(|(name, _)| *name == "authorization") {
        request = request.header("authorization", common::KEY);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request = if method == Method::POST { request.form(form) } else { request.query(form) };
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: serde_json::from_str(&response.text().await.unwrap()).unwrap() }
}

async fn post(api: &Api, path: &str, key: &str, form: &[(&str, &str)]) -> Answer {
    send(api, Method::POST, path, &[("idempotency-key", key)], form).await
}

#[tokio::test]
async fn a_repeated_request_takes_effect_once() {
    let api = start().await;
    let first = post(&api, "/v1/customers", "k1", &[("name", "A"), ("email", "a@example.com")]).await;
    let again = post(&api, "/v1/customers", "k1", &[("email", "a@example.com"), ("name", "A")]).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.header("original-request"), first.header("request-id"));
    assert_ne!(again.header("request-id"), first.header("request-id"));
    assert_eq!(ids(&api.get("/v1/customers", &[]).await).len(), 1);
    let other = post(&api, "/v1/customers", "k2", &[("name", "A")]).await;
    assert_ne!(other.body["id"], first.body["id"]);
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let api = start().await;
    post(&api, "/v1/customers", "k1", &[("name", "A")]).await;
    for (path, name) in [("/v1/customers", "B"), ("/v1/products", "A")] {
        let refused = post(&api, path, "k1", &[("name", name)]).await;
        assert_eq!((refused.status, &refused.body["error"]["type"]), (400, &json!("idempotency_error")));
    }
    let long = "k".repeat(256);
    assert_eq!(post(&api, "/v1/customers", &long, &[]).await.status, 400);
    assert_eq!(post(&api, "/v1/customers", &long[..255], &[]).await.status, 200);
}

#[tokio::test]
async fn what_was_carried_out_is_kept_whatever_came_of_it() {
    let api = start().await;
    let declined = [
        ("amount", "1000"),
        ("currency", "usd"),
        ("payment_method_types[]", "card"),
        ("payment_method", "pm_card_chargeDeclined"),
        ("confirm", "true"),
    ];
    let first = post(&api, "/v1/payment_intents", "declined", &declined).await;
    let again = post(&api, "/v1/payment_intents", "declined", &declined).await;
    assert_eq!((first.status, again.status), (402, 402));
    assert_eq!(first.body, again.body);
    assert_eq!(ids(&api.get("/v1/payment_intents", &[]).await).len(), 1);
    let path = "/v1/customers/cus_absent";
    let first = post(&api, path, "missing", &[("name", "A")]).await;
    api.sandbox.put(json!({"object": "customer", "id": "cus_absent", "created": 1}));
    let again = post(&api, path, "missing", &[("name", "A")]).await;
    assert_eq!((first.status, again.status), (404, 404), "the stored refusal is given again");
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
}

#[tokio::test]
async fn what_was_not_carried_out_leaves_the_key_free() {
    let api = start().await;
    for wrong in [("nme", "A"), ("balance", "x"), ("expand[]", "email")] {
        assert_eq!(post(&api, "/v1/customers", "k", &[wrong]).await.status, 400);
    }
    let right = post(&api, "/v1/customers", "k", &[("name", "A")]).await;
    assert_eq!((right.status, right.header("idempotent-replayed")), (200, None));
}

#[tokio::test]
async fn reads_and_deletions_have_no_keys() {
    let api = start().await;
    let customer = id(&api.post("/v1/customers", &[]).await);
    let path = format!("/v1/customers/{customer}");
    let key = [("idempotency-key", "k")];
    assert_eq!(send(&api, Method::GET, &path, &key, &[]).await.status, 200);
    assert_eq!(send(&api, Method::DELETE, &path, &key, &[]).await.status, 200);
    assert_eq!(send(&api, Method::DELETE, &path, &key, &[]).await.status, 404);
}

#[tokio::test]
async fn keys_are_forgotten_after_a_day() {
    let api = start().await;
    api.sandbox.set_clock(Some(1_800_000_000));
    let first = post(&api, "/v1/customers", "k", &[]).await;
    api.sandbox.set_clock(Some(1_800_000_000 + 86_399));
    assert_eq!(post(&api, "/v1/customers", "k", &[]).await.body["id"], first.body["id"]);
    api.sandbox.set_clock(Some(1_800_000_000 + 86_400));
    assert_ne!(post(&api, "/v1/customers", "k", &[]).await.body["id"], first.body["id"]);
}

#[tokio::test]
async fn accounts_are_separate() {
    let api = start().await;
    let in_account = [("stripe-account", "acct_1Other"), ("idempotency-key", "k")];
    let theirs = send(&api, Method::POST, "/v1/customers", &in_account, &[("name", "T")]).await;
    assert_eq!(theirs.header("stripe-account"), Some("acct_1Other"));
    let ours = post(&api, "/v1/customers", "k", &[("name", "O")]).await;
    assert_ne!(theirs.body["id"], ours.body["id"], "a key counts within its account");
    assert_eq!(ids(&api.get("/v1/customers", &[]).await), [id(&ours.body)]);
    let path = format!("/v1/customers/{}", id(&theirs.body));
    assert_eq!(send(&api, Method::GET, &path, &[], &[]).await.status, 404);
    assert_eq!(send(&api, Method::GET, &path, &in_account[..1], &[]).await.status, 200);
    let wrong = send(&api, Method::GET, &path, &[("stripe-account", "cus_1")], &[]).await;
    assert_eq!((wrong.status, &wrong.body["error"]["code"]), (403, &json!("account_invalid")));
}

#[tokio::test]
async fn restricted_keys_do_what_they_may() {
    let api = start().await;
    api.sandbox.restrict("rk_test_filler_reader", &["customer_read", "product_write"]);
    let key = [("authorization", "Bearer rk_test_filler_reader")];
    for (method, path, status) in [
        (Method::GET, "/v1/customers", 200),
        (Method::POST, "/v1/customers", 403),
        (Method::GET, "/v1/products", 200),
        (Method::GET, "/v1/charges", 403),
    ] {
        let answer = send(&api, method.clone(), path, &key, &[]).await;
        assert_eq!(answer.status, status, "{method} {path}");
    }
    let refused = send(&api, Method::POST, "/v1/customers", &key, &[]).await;
    assert!(refused.body.to_string().contains("rak_customer_write"));
    assert!(!refused.body.to_string().contains("filler_reader"), "the key is not repeated");
}

#[tokio::test]
async fn versions_are_seen() {
    let api = start().await;
    let answer = send(&api, Method::GET, "/v1/customers", &[], &[]).await;
    assert_eq!(answer.header("stripe-version"), Some("2026-05-27.dahlia"));
    let own = [("stripe-version", "2024-06-20")];
    let answer = send(&api, Method::GET, "/v1/customers", &own, &[]).await;
    assert_eq!(answer.header("stripe-version"), Some("2024-06-20"));
    let wrong = [("stripe-version", "newest")];
    assert_eq!(send(&api, Method::GET, "/v1/customers", &wrong, &[]).await.status, 400);
}

#[tokio::test]
async fn a_rate_is_kept_and_its_refusals_are_not_stored() {
    let api = start().await;
    api.sandbox.set_rate_limit(Some(2));
    let mut refused = Vec::new();
    for n in 0..4 {
        let answer = post(&api, "/v1/customers", &format!("k{n}"), &[]).await;
        if answer.status == 429 {
            assert_eq!(answer.header("stripe-rate-limited-reason"), Some("global-rate"));
            assert_eq!(answer.body["error"]["code"], "rate_limit");
            refused.push(n);
        }
    }
    assert!(!refused.is_empty());
    api.sandbox.set_rate_limit(None);
    for n in refused {
        let answer = post(&api, "/v1/customers", &format!("k{n}"), &[]).await;
        assert_eq!((answer.status, answer.header("idempotent-replayed")), (200, None));
    }
}

#[tokio::test]
async fn a_key_in_use_is_refused_until_the_answer_went_out() {
    let api = start().await;
    api.sandbox.set_faults(Faults::parse("POST /v1/customers times=1 delay-answer=600ms").unwrap());
    let early = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        post(&api, "/v1/customers", "k", &[]).await
    };
    let (first, early) = tokio::join!(post(&api, "/v1/customers", "k", &[]), early);
    assert_eq!((early.status, &early.body["error"]["code"]), (409, &json!("idempotency_key_in_use")));
    assert_eq!(early.header("stripe-should-retry"), Some("true"));
    let late = post(&api, "/v1/customers", "k", &[]).await;
    assert_eq!((late.status, &late.body), (200, &first.body));
}

#[tokio::test]
async fn a_lost_answer_is_given_again() {
    let api = start().await;
    api.sandbox.set_faults(Faults::parse("POST /v1/customers times=1 reset=after").unwrap());
    let url = format!("{}/v1/customers", api.sandbox.url());
    let request = api.http.post(url).header("authorization", common::KEY).header("idempotency-key", "k");
    let form: &[(&str, &str)] = &[];
    assert!(request.form(form).send().await.is_err());
    let again = post(&api, "/v1/customers", "k", &[]).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, Some("true")));
    assert_eq!(ids(&api.get("/v1/customers", &[]).await).len(), 1);
}

#[tokio::test]
async fn a_stored_fault_is_replayed_and_another_is_not() {
    let api = start().await;
    api.sandbox
        .set_faults(Faults::parse("POST * times=1 status=500 stored\nPOST * times=1 status=503").unwrap());
    let first = post(&api, "/v1/customers", "k", &[]).await;
    assert_eq!((first.status, first.header("stripe-version")), (500, Some("2026-05-27.dahlia")));
    assert_eq!(post(&api, "/v1/customers", "other", &[]).await.status, 503);
    let again = post(&api, "/v1/customers", "k", &[]).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (500, Some("true")));
    assert_eq!(post(&api, "/v1/customers", "other", &[]).await.status, 200);
}
