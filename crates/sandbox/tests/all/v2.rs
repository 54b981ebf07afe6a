//! Endpoints of v2: JSON in, pages by URL, errors of their own form, and the stream of meter events.

use std::collections::HashSet;

use crate::common::{Api, KEY, start};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use stripe_connector_sandbox::answer_violations;

async fn sent(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

fn request(api: &Api, path: &str, body: &Value) -> RequestBuilder {
    let request = api.http.post(format!("{}{path}", api.sandbox.url()));
    request.header("content-type", "application/json").body(body.to_string())
}

async fn post(api: &Api, path: &str, body: Value) -> (u16, Value) {
    sent(request(api, path, &body).header("authorization", KEY)).await
}

async fn get(api: &Api, path: &str) -> (u16, Value) {
    sent(api.http.get(format!("{}{path}", api.sandbox.url())).header("authorization", KEY)).await
}

#[tokio::test]
async fn json_is_taken_and_comes_back() {
    let api = start().await;
    api.sandbox.set_clock(Some(1_779_842_096));
    let body = json!({
        "contact_email": "a@example.com",
        "identity": {"country": "us", "individual": {"date_of_birth": {"day": 1, "month": 2, "year": 2000}}},
        "include": ["defaults", "identity"],
        "metadata": {"k": "v"},
    });
    let (status, account) = post(&api, "/v2/core/accounts", body).await;
    assert_eq!(status, 200, "{account}");
    assert_eq!(
        (&account["contact_email"], &account["metadata"]),
        (&json!("a@example.com"), &json!({"k": "v"}))
    );
    assert_eq!(account["identity"]["individual"]["date_of_birth"]["year"], 2000);
    assert!(account["defaults"].is_object(), "what is to be included is there: {account}");
    assert_eq!(account["created"], "2026-05-27T00:34:56.000Z");
    let wrong = answer_violations("POST", "/v2/core/accounts", &account);
    assert!(wrong.is_empty(), "{wrong:?}");
    let (_, read) = get(&api, "/v2/core/accounts/acct_1?include[0]=defaults").await;
    assert_eq!((&read["id"], read["defaults"].is_object()), (&json!("acct_1"), true));
    let (_, closed) = post(&api, "/v2/core/accounts/acct_1/close", json!({})).await;
    assert_eq!((&closed["id"], &closed["closed"]), (&json!("acct_1"), &json!(true)));
    let deleted = api.delete("/v2/core/event_destinations/ed_1").await;
    assert_eq!(deleted, json!({"id": "ed_1", "object": "v2.core.event_destination"}));
    let (_, unset) = post(&api, "/v2/core/accounts/acct_1", json!({"metadata": {"gone": null}})).await;
    assert_eq!(unset["metadata"], json!({}));
}

#[tokio::test]
async fn what_is_wrong_is_refused_in_the_form_of_v2() {
    let api = start().await;
    for (path, body, code, said) in [
        ("accounts", json!({"foo": 1}), "parameter_unknown", "unknown parameter: foo"),
        (
            "accounts",
            json!({"display_name": 5}),
            "parameter_invalid_type",
            "Invalid display_name: expected a text",
        ),
        (
            "accounts",
            json!({"include": "identity"}),
            "parameter_invalid_type",
            "Invalid include: expected an array",
        ),
        (
            "accounts",
            json!({"identity": {"individual": {"date_of_birth": {"day": "1", "month": 2, "year": 3}}}}),
            "parameter_invalid_type",
            "Invalid identity.individual.date_of_birth.day: expected an integer",
        ),
        (
            "accounts",
            json!({"identity": {"individual": {"date_of_birth": {"day": 1, "month": 2}}}}),
            "parameter_missing",
            "identity.individual.date_of_birth.year",
        ),
        (
            "account_links",
            json!({"account": "acct_1"}),
            "parameter_missing",
            "Missing required param: use_case",
        ),
        ("accounts", json!([]), "invalid_request", "no object"),
    ] {
        let (status, answer) = post(&api, &format!("/v2/core/{path}"), body).await;
        let error = &answer["error"];
        assert_eq!((status, &error["code"]), (400, &json!(code)), "{answer}");
        assert!(error["message"].as_str().unwrap().contains(said), "{answer}");
        assert!(error["type"].is_string() && error.get("param").is_none(), "{answer}");
    }
    let url = format!("{}/v2/core/accounts", api.sandbox.url());
    let posting = |query: &str| api.http.post(format!("{url}{query}")).header("authorization", KEY);
    for (request, said) in [
        (posting("").form(&[("display_name", "a")]), "`Content-Type: application/json`"),
        (posting("").header("content-type", "application/json").body("{"), "not JSON"),
        (
            posting("")
                .header("content-type", "application/json")
                .body(b"{\"display_name\":\"\xff\"}".to_vec()),
            "not JSON",
        ),
        (posting("").header("content-type", "application/json").body(vec![b' '; 5 << 20]), "too large"),
        (posting("?include[0]=identity"), "has a query"),
    ] {
        let (status, answer) = sent(request).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!("invalid_request")));
        assert!(answer["error"]["message"].as_str().unwrap().contains(said), "{answer}");
    }
    assert_eq!(posting("").send().await.unwrap().status(), 200, "no parameters need no body");
    let (status, answer) = get(&api, "/v2/core/accounts?limit=x").await;
    assert_eq!(status, 400);
    assert!(answer["error"]["message"].as_str().unwrap().contains("limit"), "{answer}");
    let (status, answer) = get(&api, "/v2/core/nothing").await;
    assert_eq!((status, &answer["error"]["code"]), (404, &json!("not_found")));
    let (status, answer) = sent(api.http.get(&url)).await;
    assert_eq!((status, &answer["error"]["code"]), (401, &json!("unauthorized")));
}

#[tokio::test]
async fn pages_are_followed_to_their_end_and_back() {
    let api = start().await;
    let (_, whole) = get(&api, "/v2/core/accounts").await;
    assert_eq!((&whole["next_page_url"], &whole["previous_page_url"]), (&Value::Null, &Value::Null));
    let all: Vec<Value> =
        whole["data"].as_array().unwrap().iter().map(|object| object["id"].clone()).collect();
    assert_eq!(all.iter().map(Value::to_string).collect::<HashSet<_>>().len(), 3);
    let mut next = json!("/v2/core/accounts?limit=1&applied_configurations[0]=merchant");
    let mut met = Vec::new();
    let mut last = Value::Null;
    while let Some(path) = next.as_str() {
        let (status, page) = get(&api, path).await;
        assert_eq!(status, 200, "{page}");
        let data = page["data"].as_array().unwrap();
        assert_eq!(data.len(), 1);
        assert_eq!(data[0]["applied_configurations"], json!(["merchant"]), "filters travel along");
        met.push(data[0]["id"].clone());
        next = page["next_page_url"].clone();
        assert!(next.is_null() || next.as_str().unwrap().starts_with("/v2/core/accounts?limit=1&page="));
        last = page;
    }
    assert_eq!(met, all);
    let (_, back) = get(&api, last["previous_page_url"].as_str().unwrap()).await;
    assert_eq!(back["data"][0]["id"], all[1]);
    let other = last["previous_page_url"].as_str().unwrap().replace("accounts", "events");
    // A client may send its filters again with every page, but no others.
    let previous = last["previous_page_url"].as_str().unwrap();
    let (status, same) = get(&api, &format!("{previous}&applied_configurations[0]=merchant")).await;
    assert_eq!((status, &same["data"][0]["id"]), (200, &all[1]), "{same}");
    let others =
        ["applied_configurations[0]=customer", "closed=true"].map(|filter| format!("{previous}&{filter}"));
    for path in [&other, &others[0], &others[1], "/v2/core/accounts?page=x", "/v2/core/accounts?limit=0"] {
        let (status, answer) = get(&api, path).await;
        assert_eq!((status, answer["error"]["message"].is_string()), (400, true), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_key_stands_for_the_same_json_in_any_order() {
    let api = start().await;
    let send = |body: &'static str| {
        let request = api.http.post(format!("{}/v2/core/accounts", api.sandbox.url()));
        let request = request.header("authorization", KEY).header("content-type", "application/json");
        sent(request.header("idempotency-key", "k").body(body))
    };
    let first = send(r#"{"display_name": "a", "contact_email": "b@c.d"}"#).await;
    assert_eq!((first.0, send(r#"{"contact_email":"b@c.d","display_name":"a"}"#).await), (200, first));
    let (status, answer) = send(r#"{"contact_email":"b@c.d","display_name":"+"}"#).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!("idempotency_error")));
}

#[tokio::test]
async fn meter_events_are_streamed_with_a_session() {
    let api = start().await;
    api.sandbox.set_clock(Some(1_779_842_096));
    let (_, session) = post(&api, "/v2/billing/meter_event_session", json!({})).await;
    assert_eq!(answer_violations("POST", "/v2/billing/meter_event_session", &session), [""; 0]);
    assert_eq!(session["expires_at"], "2026-05-27T00:49:56.000Z");
    let token = session["authentication_token"].as_str().unwrap();
    let stream = |key: String, events: Value| {
        let body = json!({ "events": events });
        sent(
            request(&api, "/v2/billing/meter_event_stream", &body)
                .header("authorization", format!("Bearer {key}")),
        )
    };
    let event = json!({"event_name": "used", "payload": {"stripe_customer_id": "cus_1", "value": "1"}});
    let many = |count: usize| Value::Array(vec![event.clone(); count]);
    for count in [1, 100] {
        assert_eq!(stream(token.to_owned(), many(count)).await, (200, json!({})));
    }
    for (events, code) in [
        (many(0), "parameter_invalid_length"),
        (many(101), "parameter_invalid_length"),
        (json!([{"event_name": "used"}]), "parameter_missing"),
        (json!([{"event_name": "used", "payload": {"value": 1}}]), "parameter_invalid_type"),
        (json!({}), "parameter_invalid_type"),
    ] {
        let (status, answer) = stream(token.to_owned(), events).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(code)), "{answer}");
    }
    for key in ["sk_test_1", "other"] {
        let (status, answer) = stream(key.to_owned(), many(1)).await;
        assert_eq!((status, &answer["error"]["code"]), (401, &json!("unauthorized")), "{answer}");
    }
    let (status, _) = sent(
        request(&api, "/v2/core/accounts", &json!({})).header("authorization", format!("Bearer {token}")),
    )
    .await;
    assert_eq!(status, 401, "a token is no key");
    api.sandbox.set_clock(Some(1_779_842_096 + 15 * 60));
    let (status, answer) = stream(token.to_owned(), many(1)).await;
    assert_eq!((status, &answer["error"]["type"]), (400, &json!("temporary_session_expired")));
    assert_eq!(answer["error"]["code"], "billing_meter_event_session_expired");
    assert!(!format!("{:?}", api.sandbox.requests()).contains(token));
}
