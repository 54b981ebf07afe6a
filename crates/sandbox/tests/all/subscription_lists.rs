//! Lists of subscriptions, and the paths below a customer.

use crate::common::subscribing::{DAY, START, monthly, payer, subscribe};
use crate::common::{Api, Form, id, ids, start};
use reqwest::Method;
use serde_json::json;

async fn started() -> Api {
    let api = start().await;
    api.sandbox.set_clock(Some(START));
    api
}

#[tokio::test]
async fn lists_leave_out_what_was_canceled() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let price = monthly(&api, "2000").await;
    let week = api.price("2000", &[("recurring[interval]", "week")]).await;
    let active = id(&subscribe(&api, &customer, &price, &[]).await);
    let canceled = id(&subscribe(&api, &customer, &price, &[]).await);
    api.delete(&format!("/v1/subscriptions/{canceled}")).await;
    let expired = subscribe(&api, &customer, &price, &[("payment_behavior", "default_incomplete")]).await;
    let expired = id(&expired);
    api.delete(&format!("/v1/subscriptions/{expired}")).await;
    let other = payer(&api, "pm_card_visa").await;
    let trial = id(&subscribe(&api, &other, &week, &[("trial_period_days", "3")]).await);
    let week_end = (START + 4 * DAY).to_string();
    let cases: &[(Form, &[&String])] = &[
        (&[], &[&trial, &expired, &active]),
        (&[("status", "all")], &[&trial, &expired, &canceled, &active]),
        (&[("status", "canceled")], &[&canceled]),
        (&[("status", "ended")], &[&expired, &canceled]),
        (&[("status", "trialing")], &[&trial]),
        (&[("status", "active")], &[&active]),
        (&[("customer", &other)], &[&trial]),
        (&[("price", &week)], &[&trial]),
        (&[("collection_method", "send_invoice")], &[]),
        (&[("current_period_end[lt]", &week_end)], &[&trial]),
        (&[("current_period_start[gt]", &week_end)], &[]),
        (&[("automatic_tax[enabled]", "true")], &[]),
        (&[("limit", "1")], &[&trial]),
        (&[("starting_after", &trial)], &[&expired, &active]),
    ];
    for (query, wanted) in cases {
        let found = ids(&api.get("/v1/subscriptions", query).await);
        assert_eq!(found.iter().collect::<Vec<_>>(), *wanted, "{query:?}");
    }
    let path = format!("/v1/customers/{customer}/subscriptions");
    assert_eq!(ids(&api.get(&path, &[]).await), [expired.as_str(), &active]);
    let shown = api.get(&format!("/v1/customers/{customer}"), &[("expand[]", "subscriptions")]).await;
    assert_eq!(ids(&shown["subscriptions"]), [expired.as_str(), &active]);
    assert_eq!(shown["subscriptions"]["url"], path);
}

#[tokio::test]
async fn a_customers_own_path() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let other = api.customer().await;
    let price = monthly(&api, "2000").await;
    let path = format!("/v1/customers/{customer}/subscriptions");
    let made = api.post(&path, &[("items[0][price]", &price)]).await;
    assert_eq!((&made["status"], &made["customer"]), (&json!("active"), &json!(customer)));
    let one = format!("{path}/{}", id(&made));
    assert_eq!(api.get(&one, &[]).await, made);
    assert_eq!(api.post(&one, &[("metadata[a]", "b")]).await["metadata"]["a"], "b");
    let elsewhere = format!("/v1/customers/{other}/subscriptions/{}", id(&made));
    assert_eq!(api.refused(Method::GET, &elsewhere, &[]).await.0, 404);
    assert_eq!(api.refused(Method::DELETE, &elsewhere, &[]).await.0, 404);
    assert_eq!(api.delete(&one).await["status"], "canceled");
    let nobody = "/v1/customers/cus_none/subscriptions";
    assert_eq!(api.post_refused(nobody, &[("items[0][price]", &price)]).await.0, 404);
}
