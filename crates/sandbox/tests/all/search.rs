//! Search: the query language over HTTP, its pages and its lag.

use std::time::Duration;

use crate::common::{Api, id, ids, start};
use reqwest::Method;
use serde_json::{Value, json};

async fn found(api: &Api, query: &str) -> Vec<String> {
    ids(&api.get("/v1/customers/search", &[("query", query)]).await)
}

async fn without_lag() -> Api {
    let api = start().await;
    api.sandbox.set_search_lag(Duration::ZERO);
    api
}

async fn customer(api: &Api, name: &str) -> String {
    id(&api.post("/v1/customers", &[("name", name), ("metadata[group]", "a b")]).await)
}

#[tokio::test]
async fn pages_go_to_the_end_newest_first() {
    let api = without_lag().await;
    let mut made = Vec::new();
    for n in 0..7 {
        made.push(customer(&api, &format!("Number {n}")).await);
    }
    customer(&api, "Another").await;
    made.reverse();
    let query = ("query", "name~\"number\" AND metadata[\"group\"]:\"a b\"");
    let mut all = Vec::new();
    let mut page =
        api.get("/v1/customers/search", &[query, ("limit", "3"), ("expand[]", "total_count")]).await;
    assert_eq!((&page["object"], &page["total_count"]), (&"search_result".into(), &7.into()));
    loop {
        all.extend(ids(&page));
        let Some(next) = page["next_page"].as_str().map(str::to_owned) else {
            assert_eq!(page["has_more"], false);
            break;
        };
        assert_eq!(page["has_more"], true);
        page = api.get("/v1/customers/search", &[query, ("limit", "3"), ("page", &next)]).await;
        assert!(page.get("total_count").is_none());
    }
    assert_eq!(all, made);
}

#[tokio::test]
async fn the_index_lags_behind() {
    let api = start().await;
    api.sandbox.set_search_lag(Duration::from_millis(400));
    let customer = customer(&api, "Before").await;
    assert!(found(&api, "name:\"Before\"").await.is_empty(), "it is not indexed yet");
    tokio::time::sleep(Duration::from_millis(450)).await;
    assert_eq!(found(&api, "name:\"Before\"").await, std::slice::from_ref(&customer));
    api.put(json!({"object": "customer", "id": "cus_put", "created": 1, "name": "Put"}));
    assert_eq!(found(&api, "name:\"Put\"").await, ["cus_put"], "what a test puts in is there at once");
    api.post(&format!("/v1/customers/{customer}"), &[("name", "After")]).await;
    api.put(json!({"object": "customer", "id": "cus_other", "created": 1, "name": "Other"}));
    let stale = api.get("/v1/customers/search", &[("query", "name:\"Before\"")]).await;
    assert_eq!(stale["data"][0]["name"], "After", "it is found by what it was and shown as it is");
    tokio::time::sleep(Duration::from_millis(450)).await;
    assert!(found(&api, "name:\"Before\"").await.is_empty());
    assert_eq!(found(&api, "name:\"After\"").await, [customer]);
}

#[tokio::test]
async fn invoices_are_found_by_their_subscription() {
    let api = without_lag().await;
    let price = api.price("1000", &[("recurring[interval]", "month")]).await;
    let mut subscriptions = Vec::new();
    for _ in 0..2 {
        let payer = id(&api.post("/v1/customers", &[("source", "tok_visa")]).await);
        let form = [("customer", payer.as_str()), ("items[0][price]", &price)];
        subscriptions.push(api.post("/v1/subscriptions", &form).await);
    }
    let query = format!("subscription:\"{}\" AND total>=1000", id(&subscriptions[0]));
    let page = api.get("/v1/invoices/search", &[("query", &query)]).await;
    assert_eq!(ids(&page), [subscriptions[0]["latest_invoice"].as_str().unwrap()]);
    let page = api.get("/v1/subscriptions/search", &[("query", "status:\"active\" created>0")]).await;
    assert_eq!(ids(&page), [id(&subscriptions[1]), id(&subscriptions[0])]);
}

#[tokio::test]
async fn wrong_queries_and_pages_are_refused() {
    let api = without_lag().await;
    for _ in 0..3 {
        customer(&api, "Same").await;
    }
    let path = "/v1/customers/search";
    let refused = |form: Vec<(&'static str, String)>| {
        let api = &api;
        async move {
            let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let (status, error) = api.refused(Method::GET, path, &form).await;
            (status, error["param"].clone())
        }
    };
    let wrong = |query: &str| refused(vec![("query", query.to_owned())]);
    assert_eq!(wrong("shoe_size>40").await, (400, "query".into()));
    assert_eq!(wrong("name:\"a\" OR name:\"b\" AND name:\"c\"").await, (400, "query".into()));
    let page = api.get(path, &[("query", "name:\"Same\""), ("limit", "1")]).await;
    let next = page["next_page"].as_str().unwrap().to_owned();
    for (query, page) in [("name:\"Other\"", next), ("name:\"Same\"", "1".to_owned())] {
        let form = vec![("query", query.to_owned()), ("page", page)];
        assert_eq!(refused(form).await, (400, "page".into()));
    }
    let (status, error) = api.refused(Method::GET, path, &[]).await;
    assert_eq!((status, &error["code"]), (400, &Value::from("parameter_missing")));
}
