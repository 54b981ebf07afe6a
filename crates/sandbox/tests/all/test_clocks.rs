//! Test clocks, what is on them, and the lists that leave it out.

use crate::common::subscribing::monthly;
use crate::common::{Api, Form, check_shape, id, ids, start};
use reqwest::Method;
use serde_json::{Value, json};

const CLOCKS: &str = "/v1/test_helpers/test_clocks";

async fn clock(api: &Api) -> String {
    id(&api.post(CLOCKS, &[("frozen_time", "1577836800")]).await)
}

async fn on(api: &Api, clock: &str) -> String {
    let form = [("test_clock", clock), ("email", "a@example.com"), ("source", "tok_visa")];
    id(&api.post("/v1/customers", &form).await)
}

async fn events(api: &Api) -> Vec<(String, Value)> {
    let list = api.get("/v1/events", &[("limit", "100")]).await;
    let events = list["data"].as_array().unwrap().iter().rev();
    let told = events.map(|event| (event["type"].as_str().unwrap(), &event["data"]["object"]));
    told.filter_map(|(name, object)| Some((name.strip_prefix("test_helpers.test_clock.")?, object)))
        .map(|(name, object)| (name.to_owned(), object.clone()))
        .collect()
}

#[tokio::test]
async fn a_clock_goes_forward_only() {
    let api = start().await;
    let made = api.post(CLOCKS, &[("frozen_time", "1577836800"), ("name", "Renewals")]).await;
    check_shape(&made);
    assert_eq!((&made["status"], &made["name"]), (&json!("ready"), &json!("Renewals")));
    assert_eq!(api.post_refused(CLOCKS, &[("name", "N")]).await.1["param"], "frozen_time");
    let path = format!("{CLOCKS}/{}", id(&made));
    assert_eq!(api.get(&path, &[]).await, made);
    let advance = format!("{path}/advance");
    for earlier in ["1577836800", "1577836799"] {
        let (status, error) = api.post_refused(&advance, &[("frozen_time", earlier)]).await;
        assert_eq!((status, &error["param"]), (400, &json!("frozen_time")));
    }
    let advanced = api.post(&advance, &[("frozen_time", "1577836801")]).await;
    check_shape(&advanced);
    assert_eq!((&advanced["status"], &advanced["frozen_time"]), (&json!("ready"), &json!(1_577_836_801)));
    assert_eq!(api.get(&path, &[]).await, advanced);
    let deleted = api.delete(&path).await;
    check_shape(&deleted);
    assert_eq!(api.refused(Method::GET, &path, &[]).await.0, 404);
    assert_eq!(api.post_refused(&advance, &[("frozen_time", "1577836900")]).await.0, 404);
    let told = events(&api).await;
    let names: Vec<_> = told.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["created", "advancing", "ready", "deleted"]);
    told.iter().for_each(|(_, clock)| check_shape(clock));
    let advancing = &told[1].1;
    assert_eq!(
        (&advancing["status"], &advancing["frozen_time"]),
        (&json!("advancing"), &made["frozen_time"])
    );
    api.put(json!({"id": "clock_1", "object": "test_helpers.test_clock", "frozen_time": 1, "status": "advancing"}));
    assert_eq!(api.post_refused(&format!("{CLOCKS}/clock_1/advance"), &[("frozen_time", "2")]).await.0, 400);
}

#[tokio::test]
async fn clocks_are_listed_newest_first() {
    let api = start().await;
    let kind = "test_helpers.test_clock";
    for n in 1..=3 {
        api.put(json!({"id": format!("clock_{n}"), "object": kind, "created": n, "frozen_time": 1}));
    }
    let newest = clock(&api).await;
    let list = api.get(CLOCKS, &[("limit", "2")]).await;
    assert_eq!((ids(&list), &list["has_more"]), (vec![newest, "clock_3".to_owned()], &json!(true)));
    assert_eq!(ids(&api.get(CLOCKS, &[("starting_after", "clock_3")]).await), ["clock_2", "clock_1"]);
    assert_eq!(ids(&api.get(CLOCKS, &[("ending_before", "clock_2"), ("limit", "1")]).await), ["clock_3"]);
}

#[tokio::test]
async fn live_keys_have_no_clocks() {
    let api = start().await;
    for key in ["sk_live_1", "rk_live_1"] {
        for path in [CLOCKS.to_owned(), format!("{CLOCKS}/clock_1")] {
            let url = format!("{}{path}", api.sandbox.url());
            let response = api.http.get(url).header("authorization", format!("Bearer {key}")).send().await;
            let response = response.unwrap();
            assert_eq!(response.status(), 400);
            let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
            assert_eq!(body["error"]["type"], "invalid_request_error");
            assert!(body["error"]["message"].as_str().unwrap().contains("test mode only"), "{body}");
        }
    }
}

#[tokio::test]
async fn what_a_customer_has_is_on_its_clock() {
    let api = start().await;
    let (clock, other) = (clock(&api).await, clock(&api).await);
    let customer = on(&api, &clock).await;
    let price = monthly(&api, "2000").await;
    let once = api.price("1000", &[]).await;
    let owned = ("customer", customer.as_str());
    let line = ("line_items[0][price]", once.as_str());
    let subscription = api.post("/v1/subscriptions", &[owned, ("items[0][price]", &price)]).await;
    let item = [owned, ("amount", "500"), ("currency", "usd")];
    for made in [
        &api.get(&format!("/v1/customers/{customer}"), &[]).await,
        &subscription,
        &api.get(&format!("/v1/invoices/{}", subscription["latest_invoice"].as_str().unwrap()), &[]).await,
        &api.post("/v1/invoices", &[owned]).await,
        &api.post("/v1/invoiceitems", &item).await,
        &api.post("/v1/quotes", &[owned, line]).await,
        &api.post("/v1/quotes", &[owned, line, ("test_clock", &clock)]).await,
        &api.post("/v1/quotes", &[line, ("test_clock", &clock)]).await,
    ] {
        assert_eq!(made["test_clock"], clock, "{made}");
    }
    let shown = api.get(&format!("/v1/customers/{customer}"), &[("expand[]", "test_clock")]).await;
    assert_eq!(shown["test_clock"]["frozen_time"], 1_577_836_800);
    let stranger = api.customer().await;
    for form in [
        [line, owned, ("test_clock", other.as_str())],
        [line, ("customer", &stranger), ("test_clock", &clock)],
    ] {
        let (status, error) = api.post_refused("/v1/quotes", &form).await;
        assert_eq!((status, &error["param"]), (400, &json!("test_clock")));
    }
    let quote = id(&api.post("/v1/quotes", &[line]).await);
    let moved = api.post(&format!("/v1/quotes/{quote}"), &[owned]).await;
    assert_eq!(moved["test_clock"], clock);
    let (_, error) = api.post_refused(&format!("/v1/quotes/{quote}"), &[("customer", &stranger)]).await;
    assert_eq!(error["param"], "test_clock");
}

#[tokio::test]
async fn a_clock_has_three_customers_and_takes_them_with_it() {
    let api = start().await;
    let clock = clock(&api).await;
    for path in ["/v1/customers", "/v1/quotes"] {
        let (status, error) = api.post_refused(path, &[("test_clock", "clock_none")]).await;
        assert_eq!((status, &error["code"]), (400, &json!("resource_missing")));
        assert_eq!(error["param"], "test_clock");
        assert_eq!(error["message"], "No such test clock: 'clock_none'");
    }
    let first = on(&api, &clock).await;
    on(&api, &clock).await;
    on(&api, &clock).await;
    let (status, error) = api.post_refused("/v1/customers", &[("test_clock", &clock)]).await;
    assert_eq!((status, &error["param"]), (400, &json!("test_clock")));
    api.delete(&format!("/v1/customers/{first}")).await;
    let again = on(&api, &clock).await;
    let price = monthly(&api, "2000").await;
    let subscribing = [("customer", again.as_str()), ("items[0][price]", price.as_str())];
    let subscription = id(&api.post("/v1/subscriptions", &subscribing).await);
    let stays = api.customer().await;
    api.delete(&format!("{CLOCKS}/{clock}")).await;
    assert_eq!(api.get(&format!("/v1/customers/{again}"), &[]).await["deleted"], true);
    assert_eq!(api.get(&format!("/v1/subscriptions/{subscription}"), &[]).await["status"], "canceled");
    assert_eq!(ids(&api.get("/v1/customers", &[]).await), [stays]);
    assert!(ids(&api.get("/v1/customers", &[("test_clock", &clock)]).await).is_empty());
}

/// Two customers without a clock, and on each of two clocks one customer, with a subscription and a
/// quote each.
async fn simulated() -> Api {
    let api = start().await;
    for (n, clock) in [(1, None), (2, Some("clock_1")), (3, None), (4, Some("clock_2"))] {
        if let Some(clock) = clock {
            api.put(json!({"id": clock, "object": "test_helpers.test_clock", "created": n}));
        }
        let customer = format!("cus_{n}");
        let email = if n < 3 { "a@example.com" } else { "b@example.com" };
        api.put(
            json!({"id": customer, "object": "customer", "created": n, "email": email, "test_clock": clock}),
        );
        for (id, kind, status) in [
            ("sub", "subscription", "active"),
            ("qt", "quote", "draft"),
            ("in", "invoice", "draft"),
            ("ii", "invoiceitem", ""),
        ] {
            api.put(json!({
                "id": format!("{id}_{n}"), "object": kind, "created": n, "customer": customer,
                "status": status, "test_clock": clock,
                "parent": {"subscription_details": {"subscription": format!("sub_{n}")}},
            }));
        }
    }
    api.put(json!({
        "id": "sub_5", "object": "subscription", "created": 5, "customer": "cus_4", "status": "canceled",
        "test_clock": "clock_2",
    }));
    api
}

#[tokio::test]
async fn lists_leave_out_what_is_on_a_clock_unless_it_is_asked_for() {
    let api = simulated().await;
    let clock = |n: &'static str| ("test_clock", n);
    let cases: &[(&str, Form, &[&str])] = &[
        ("customers", &[], &["cus_3", "cus_1"]),
        ("customers", &[("limit", "1")], &["cus_3"]),
        ("customers", &[("starting_after", "cus_4")], &["cus_3", "cus_1"]),
        ("customers", &[("ending_before", "cus_1")], &["cus_3"]),
        ("customers", &[("email", "a@example.com")], &["cus_1"]),
        ("customers", &[("created[lt]", "3")], &["cus_1"]),
        ("customers", &[clock("clock_1")], &["cus_2"]),
        ("customers", &[clock("clock_1"), ("email", "a@example.com")], &["cus_2"]),
        ("customers", &[clock("clock_1"), ("email", "b@example.com")], &[]),
        ("customers", &[clock("clock_none")], &[]),
        ("subscriptions", &[], &["sub_3", "sub_1"]),
        ("subscriptions", &[("status", "all")], &["sub_3", "sub_1"]),
        ("subscriptions", &[clock("clock_2")], &["sub_4"]),
        ("subscriptions", &[clock("clock_2"), ("status", "all")], &["sub_5", "sub_4"]),
        ("subscriptions", &[("customer", "cus_4")], &["sub_4"]),
        ("subscriptions", &[("customer", "cus_4"), clock("clock_1")], &[]),
        ("quotes", &[], &["qt_3", "qt_1"]),
        ("quotes", &[("status", "draft")], &["qt_3", "qt_1"]),
        ("quotes", &[clock("clock_1")], &["qt_2"]),
        ("quotes", &[("customer", "cus_2")], &["qt_2"]),
        ("invoices", &[], &["in_3", "in_1"]),
        ("invoices", &[("status", "draft")], &["in_3", "in_1"]),
        ("invoices", &[("customer", "cus_2")], &["in_2"]),
        ("invoices", &[("subscription", "sub_4")], &["in_4"]),
        ("invoiceitems", &[], &["ii_3", "ii_1"]),
        ("invoiceitems", &[("customer", "cus_2")], &["ii_2"]),
    ];
    for (path, query, expected) in cases {
        let list = api.get(&format!("/v1/{path}"), query).await;
        assert_eq!(ids(&list), *expected, "{path} {query:?}");
    }
    let page = api.get("/v1/customers", &[("limit", "1"), ("starting_after", "cus_3")]).await;
    assert_eq!((ids(&page), &page["has_more"]), (vec!["cus_1".to_owned()], &json!(false)));
    assert_eq!(api.get("/v1/customers/cus_2", &[]).await["test_clock"], "clock_1");
    assert_eq!(ids(&api.get("/v1/customers/cus_2/subscriptions", &[]).await), ["sub_2"]);
}
