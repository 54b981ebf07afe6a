//! Pages, cursors, ranges, filters and expansion.

use crate::common;
use crate::common::{Api, id, ids, start};
use reqwest::Method;
use serde_json::json;

/// Seven customers c1 to c7; c3, c4 and c5 were made in the same second.
async fn seven() -> Api {
    let api = start().await;
    for (number, created) in [(1, 10), (2, 20), (3, 30), (4, 30), (5, 30), (6, 40), (7, 50)] {
        api.put(json!({
            "id": format!("c{number}"),
            "object": "customer",
            "created": created,
            "email": if number % 2 == 0 { "even@a.b" } else { "Odd@a.b" },
        }));
    }
    api
}

#[tokio::test]
async fn newest_first_and_cursors_both_ways() {
    let api = seven().await;
    let list = api.get("/v1/customers", &[("limit", "3")]).await;
    assert_eq!(ids(&list), ["c7", "c6", "c5"]);
    assert_eq!(list["has_more"], true);
    assert_eq!(list["object"], "list");
    assert_eq!(list["url"], "/v1/customers");
    let after = |id| [("limit", "3"), ("starting_after", id)];
    let list = api.get("/v1/customers", &after("c5")).await;
    assert_eq!(ids(&list), ["c4", "c3", "c2"]);
    let list = api.get("/v1/customers", &after("c2")).await;
    assert_eq!(ids(&list), ["c1"]);
    assert_eq!(list["has_more"], false);
    // A page that is full to the last object has nothing after it.
    let list = api.get("/v1/customers", &after("c4")).await;
    assert_eq!(ids(&list), ["c3", "c2", "c1"]);
    assert_eq!(list["has_more"], false);
    let before = |id| [("limit", "2"), ("ending_before", id)];
    let list = api.get("/v1/customers", &before("c3")).await;
    assert_eq!(ids(&list), ["c5", "c4"]);
    assert_eq!(list["has_more"], true);
    let list = api.get("/v1/customers", &before("c6")).await;
    assert_eq!(ids(&list), ["c7"]);
    assert_eq!(list["has_more"], false);
}

#[tokio::test]
async fn a_page_has_ten_unless_told() {
    let api = start().await;
    for number in 0..101 {
        api.put(json!({"id": format!("c{number}"), "object": "customer", "created": number}));
    }
    assert_eq!(ids(&api.get("/v1/customers", &[]).await).len(), 10);
    let list = api.get("/v1/customers", &[("limit", "100")]).await;
    assert_eq!(ids(&list).len(), 100);
    assert_eq!(list["has_more"], true);
    for limit in ["0", "101", "-1"] {
        let (status, error) = api.refused(Method::GET, "/v1/customers", &[("limit", limit)]).await;
        assert_eq!(status, 400);
        assert_eq!(error["param"], "limit");
    }
}

#[tokio::test]
async fn unknown_cursors_are_refused() {
    let api = seven().await;
    api.put(json!({"id": "other", "object": "product", "created": 1}));
    for (name, id) in [("starting_after", "nobody"), ("ending_before", "other")] {
        let (status, error) = api.refused(Method::GET, "/v1/customers", &[(name, id)]).await;
        assert_eq!((status, &error["code"]), (400, &json!("resource_missing")));
        assert_eq!(error["param"], name);
    }
    let both = [("starting_after", "c1"), ("ending_before", "c2")];
    api.refused(Method::GET, "/v1/customers", &both).await;
}

#[tokio::test]
async fn created_narrows() {
    let api = seven().await;
    for (query, expected) in [
        (&[("created", "30")] as &[_], &["c5", "c4", "c3"] as &[&str]),
        (&[("created[gt]", "30")], &["c7", "c6"]),
        (&[("created[gte]", "40")], &["c7", "c6"]),
        (&[("created[lt]", "20")], &["c1"]),
        (&[("created[lte]", "20")], &["c2", "c1"]),
        (&[("created[gt]", "10"), ("created[lt]", "30")], &["c2"]),
        (&[("created[gte]", "30"), ("starting_after", "c4")], &["c3"]),
        (&[("created[gt]", "60"), ("created[lt]", "5")], &[]),
    ] {
        assert_eq!(ids(&api.get("/v1/customers", query).await), expected, "{query:?}");
    }
}

#[tokio::test]
async fn emails_match_exactly() {
    let api = seven().await;
    let by = |email| [("email", email), ("limit", "2")];
    let list = api.get("/v1/customers", &by("even@a.b")).await;
    assert_eq!(ids(&list), ["c6", "c4"]);
    assert_eq!(list["has_more"], true);
    assert!(ids(&api.get("/v1/customers", &by("odd@a.b")).await).is_empty());
}

#[tokio::test]
async fn each_list_has_its_filters() {
    let api = start().await;
    for (id, kind, fields) in [
        ("pi1", "payment_intent", json!({"customer": "a"})),
        ("pi2", "payment_intent", json!({"customer": "b"})),
        ("in1", "invoice", json!({"customer": "a", "status": "draft", "due_date": 5})),
        ("in2", "invoice", json!({"customer": "a", "status": "open", "due_date": 9})),
        ("ii1", "invoiceitem", json!({"customer": "a", "invoice": null, "date": 7})),
        ("ii2", "invoiceitem", json!({"customer": "a", "invoice": "in1", "date": 8})),
        ("qt1", "quote", json!({"customer": "a", "status": "open"})),
        ("qt2", "quote", json!({"customer": "a", "status": "draft"})),
        ("pm1", "payment_method", json!({"customer": "a", "type": "card"})),
        ("pm2", "payment_method", json!({"customer": "a", "type": "link"})),
        ("p1", "product", json!({"active": true, "url": "u"})),
        ("p2", "product", json!({"active": false, "url": "v"})),
        ("pr1", "price", json!({"active": true, "product": "p1", "lookup_key": "k", "type": "one_time"})),
        (
            "pr2",
            "price",
            json!({"active": true, "product": "p2", "type": "recurring",
            "recurring": {"interval": "week"}}),
        ),
        ("a", "customer", json!({})),
        ("b", "customer", json!({})),
    ] {
        api.put(common::with(fields, json!({"id": id, "object": kind})));
    }
    for (path, query, expected) in [
        ("payment_intents", ("customer", "a"), "pi1"),
        ("invoices", ("status", "open"), "in2"),
        ("invoices", ("due_date[lt]", "6"), "in1"),
        ("invoiceitems", ("pending", "true"), "ii1"),
        ("invoiceitems", ("invoice", "in1"), "ii2"),
        ("invoiceitems", ("created[gt]", "7"), "ii2"),
        ("quotes", ("status", "draft"), "qt2"),
        ("payment_methods", ("type", "link"), "pm2"),
        ("customers/a/payment_methods", ("type", "card"), "pm1"),
        ("products", ("active", "false"), "p2"),
        ("products", ("ids[0]", "p1"), "p1"),
        ("products", ("url", "v"), "p2"),
        ("prices", ("product", "p1"), "pr1"),
        ("prices", ("lookup_keys[]", "k"), "pr1"),
        ("prices", ("type", "recurring"), "pr2"),
        ("prices", ("recurring[interval]", "week"), "pr2"),
    ] {
        let list = api.get(&format!("/v1/{path}"), &[query]).await;
        assert_eq!(ids(&list), [expected], "{path} {query:?}");
    }
    let list = api.get("/v1/payment_methods", &[("customer", "a")]).await;
    assert_eq!(ids(&list), ["pm2", "pm1"]);
}

#[tokio::test]
async fn expansion_replaces_ids() {
    let api = start().await;
    let customer = api.customer().await;
    let form = [
        ("amount", "500"),
        ("currency", "usd"),
        ("customer", &customer),
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
        ("return_url", "http://a.b/"),
        ("expand[0]", "latest_charge.payment_intent.customer"),
        ("expand[1]", "payment_method"),
    ];
    let intent = api.post("/v1/payment_intents", &form).await;
    assert_eq!(intent["latest_charge"]["object"], "charge");
    assert_eq!(intent["latest_charge"]["payment_intent"]["customer"]["id"], customer);
    assert_eq!(intent["payment_method"]["card"]["last4"], "4242");
    assert_eq!(intent["customer"], customer);
    let list = api.get("/v1/payment_intents", &[("expand[]", "data.customer")]).await;
    assert_eq!(list["data"][0]["customer"]["id"], customer);
    // The store itself keeps ids.
    assert!(api.sandbox.get(&id(&intent)).unwrap()["payment_method"].is_string());
    api.delete(&format!("/v1/customers/{customer}")).await;
    let list = api.get("/v1/payment_intents", &[("expand[]", "data.customer")]).await;
    assert_eq!(list["data"][0]["customer"]["deleted"], true);
}

#[tokio::test]
async fn hidden_fields_appear_when_asked_for() {
    let api = start().await;
    let customer = api.post("/v1/customers", &[("source", "tok_visa")]).await;
    assert!(customer.get("sources").is_none());
    let path = format!("/v1/customers/{}", id(&customer));
    let customer = api.get(&path, &[("expand[]", "sources"), ("expand[]", "subscriptions")]).await;
    assert_eq!(customer["sources"]["data"][0]["last4"], "4242");
    assert_eq!(customer["sources"]["data"][0]["id"], customer["default_source"]);
    assert_eq!(customer["subscriptions"]["data"], json!([]));
    let form = [
        ("currency", "usd"),
        ("product_data[name]", "T"),
        ("billing_scheme", "tiered"),
        ("tiers_mode", "volume"),
        ("tiers[0][up_to]", "inf"),
        ("tiers[0][unit_amount]", "5"),
    ];
    let price = api.post("/v1/prices", &form).await;
    assert!(price.get("tiers").is_none());
    let price = api.get(&format!("/v1/prices/{}", id(&price)), &[("expand[]", "tiers")]).await;
    assert_eq!(price["tiers"][0]["unit_amount"], 5);
}

#[tokio::test]
async fn wrong_expansions_change_nothing() {
    let api = start().await;
    for path in ["email", "customer", "sources.x", "data.default_source"] {
        let form = [("name", "N"), ("expand[]", path)];
        let (status, error) = api.post_refused("/v1/customers", &form).await;
        assert_eq!(status, 400);
        let message = format!("This property cannot be expanded ({path})");
        assert!(error["message"].as_str().unwrap().starts_with(&message), "{error}");
    }
    let deep = [("expand[]", "data.latest_charge.payment_intent.customer.default_source")];
    let (_, error) = api.refused(Method::GET, "/v1/payment_intents", &deep).await;
    assert!(error["message"].as_str().unwrap().contains("4 levels"), "{error}");
    let (status, _) = api.refused(Method::GET, "/v1/customers", &[("expand[]", "sources")]).await;
    assert_eq!(status, 400);
    assert!(ids(&api.get("/v1/customers", &[]).await).is_empty());
}
