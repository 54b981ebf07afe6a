//! What the clock does to subscriptions, quotes and checkout sessions.

use crate::common;
use crate::common::subscribing::{DAY, START, attach, item, latest, monthly, payer, subscribe, subscription};
use crate::common::{Api, Form, id, ids, start};
use serde_json::{Value, json};

const HOUR: i64 = 3_600;
const FEBRUARY: i64 = START + 31 * DAY;
const MARCH: i64 = FEBRUARY + 28 * DAY;

async fn started() -> Api {
    let api = start().await;
    api.sandbox.set_clock(Some(START));
    api
}

async fn at(api: &Api, instant: i64, of: &Value) -> Value {
    api.sandbox.set_clock(Some(instant));
    subscription(api, &id(of)).await
}

#[tokio::test]
async fn a_subscription_renews() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let price = monthly(&api, "2000").await;
    let made = subscribe(&api, &customer, &price, &[]).await;
    assert_eq!(at(&api, FEBRUARY - 1, &made).await, made);
    let renewed = at(&api, FEBRUARY, &made).await;
    assert_eq!(item(&renewed)["current_period_start"], FEBRUARY);
    assert_eq!(item(&renewed)["current_period_end"], MARCH);
    let invoice = latest(&api, &renewed).await;
    assert_eq!((&invoice["status"], &invoice["created"]), (&json!("draft"), &json!(FEBRUARY)));
    assert_eq!(invoice["billing_reason"], "subscription_cycle");
    assert_eq!((&invoice["period_start"], &invoice["period_end"]), (&json!(START), &json!(FEBRUARY)));
    assert_eq!(invoice["automatically_finalizes_at"], FEBRUARY + HOUR);
    let later = at(&api, FEBRUARY + HOUR, &made).await;
    let invoice = latest(&api, &later).await;
    assert_eq!((&later["status"], &invoice["status"]), (&json!("active"), &json!("paid")));
    // However far the clock goes, nothing is left out.
    let far = at(&api, START + 365 * DAY, &made).await;
    common::check_shape(&far);
    assert_eq!(item(&far)["current_period_start"], START + 365 * DAY);
    let invoices = api.get("/v1/invoices", &[("customer", &customer), ("limit", "100")]).await;
    assert_eq!(ids(&invoices).len(), 13);
    let paid = invoices["data"].as_array().unwrap().iter().filter(|invoice| invoice["status"] == "paid");
    assert_eq!(paid.count(), 12);
}

#[tokio::test]
async fn a_renewal_that_is_not_paid() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let price = monthly(&api, "2000").await;
    let made = subscribe(&api, &customer, &price, &[]).await;
    for card in ["pm_card_chargeCustomerFail", "pm_card_authenticationRequired"] {
        attach(&api, &customer, card).await;
        let next = item(&subscription(&api, &id(&made)).await)["current_period_end"].as_i64().unwrap();
        let late = at(&api, next + HOUR, &made).await;
        assert_eq!(late["status"], "past_due", "{card}");
        assert_eq!(latest(&api, &late).await["status"], "open");
        attach(&api, &customer, "pm_card_visa").await;
        let invoice = late["latest_invoice"].as_str().unwrap();
        api.post(&format!("/v1/invoices/{invoice}/pay"), &[]).await;
        assert_eq!(subscription(&api, &id(&made)).await["status"], "active");
    }
    // What is written off, or voided, is not due any more.
    for step in ["mark_uncollectible", "void"] {
        attach(&api, &customer, "pm_card_chargeCustomerFail").await;
        let next = item(&subscription(&api, &id(&made)).await)["current_period_end"].as_i64().unwrap();
        let late = at(&api, next + HOUR, &made).await;
        assert_eq!(late["status"], "past_due");
        let invoice = late["latest_invoice"].as_str().unwrap();
        api.post(&format!("/v1/invoices/{invoice}/{step}"), &[]).await;
        assert_eq!(subscription(&api, &id(&made)).await["status"], "active", "{step}");
    }
}

#[tokio::test]
async fn a_renewal_whose_method_is_gone() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let method = attach(&api, &customer, "pm_card_visa").await;
    let price = monthly(&api, "2000").await;
    let made = subscribe(&api, &customer, &price, &[("default_payment_method", &method)]).await;
    api.post(&format!("/v1/payment_methods/{method}/detach"), &[]).await;
    let late = at(&api, FEBRUARY + HOUR, &made).await;
    assert_eq!(late["status"], "past_due");
    assert_eq!(latest(&api, &late).await["status"], "open");
    // It goes on with its periods.
    assert_eq!(item(&at(&api, MARCH, &made).await)["current_period_start"], MARCH);
}

#[tokio::test]
async fn a_trial_ends() {
    let api = started().await;
    let price = monthly(&api, "2000").await;
    let end = START + 7 * DAY;
    for (card, status) in [("pm_card_visa", "active"), ("pm_card_chargeCustomerFail", "past_due")] {
        api.sandbox.set_clock(Some(START));
        let customer = payer(&api, card).await;
        let made = subscribe(&api, &customer, &price, &[("trial_period_days", "7")]).await;
        let ended = at(&api, end, &made).await;
        assert_eq!(ended["status"], "active");
        // A month from the 8th of January.
        assert_eq!(item(&ended)["current_period_end"], end + 31 * DAY);
        let ended = at(&api, end + HOUR, &made).await;
        assert_eq!(ended["status"], status, "{card}");
        assert_eq!(latest(&api, &ended).await["total"], 2000);
    }
}

#[tokio::test]
async fn a_trial_ends_with_nothing_to_charge() {
    let api = started().await;
    let price = monthly(&api, "2000").await;
    let end = START + 7 * DAY;
    for (behavior, status) in [("cancel", "canceled"), ("create_invoice", "past_due"), ("pause", "paused")] {
        api.sandbox.set_clock(Some(START));
        let customer = api.customer().await;
        let behavior = ("trial_settings[end_behavior][missing_payment_method]", behavior);
        let made = subscribe(&api, &customer, &price, &[("trial_period_days", "7"), behavior]).await;
        let ended = at(&api, end + HOUR, &made).await;
        assert_eq!(ended["status"], status);
        if status != "paused" {
            continue;
        }
        // A paused subscription is not billed until it is resumed and paid.
        assert_eq!(at(&api, end + 90 * DAY, &made).await["latest_invoice"], made["latest_invoice"]);
        let resume = format!("/v1/subscriptions/{}/resume", id(&made));
        let (_, error) = api.post_refused(&resume, &[("billing_cycle_anchor", "unchanged")]).await;
        assert_eq!(error["param"], "billing_cycle_anchor");
        let waits = api.post(&resume, &[]).await;
        assert_eq!(waits["status"], "paused");
        attach(&api, &customer, "pm_card_visa").await;
        let resumed = api.post(&resume, &[]).await;
        assert_eq!(
            (&resumed["status"], &resumed["billing_cycle_anchor"]),
            (&json!("active"), &json!(end + 90 * DAY))
        );
        assert_eq!(latest(&api, &resumed).await["status"], "paid");
        assert_eq!(item(&resumed)["current_period_start"], end + 90 * DAY);
    }
}

#[tokio::test]
async fn a_first_invoice_can_be_paid_for_23_hours() {
    let api = started().await;
    let customer = payer(&api, "pm_card_chargeCustomerFail").await;
    let price = monthly(&api, "2000").await;
    let made = subscribe(&api, &customer, &price, &[]).await;
    assert_eq!(at(&api, START + 23 * HOUR - 1, &made).await["status"], "incomplete");
    let expired = at(&api, START + 23 * HOUR, &made).await;
    assert_eq!(
        (&expired["status"], &expired["ended_at"]),
        (&json!("incomplete_expired"), &json!(START + 23 * HOUR))
    );
    assert_eq!(latest(&api, &expired).await["status"], "void");
    assert_eq!(at(&api, START + 90 * DAY, &made).await, expired);
}

#[tokio::test]
async fn a_planned_end_comes() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let price = monthly(&api, "2800").await;
    let made = subscribe(&api, &customer, &price, &[("cancel_at_period_end", "true")]).await;
    assert_eq!((&made["status"], &made["cancel_at"]), (&json!("active"), &json!(FEBRUARY)));
    let ended = at(&api, FEBRUARY, &made).await;
    assert_eq!((&ended["status"], &ended["ended_at"]), (&json!("canceled"), &json!(FEBRUARY)));
    assert_eq!((&ended["canceled_at"], &ended["cancel_at_period_end"]), (&json!(START), &json!(true)));
    assert_eq!(ended["latest_invoice"], made["latest_invoice"]);
    // An end within a later period cuts it: half of February is billed.
    api.sandbox.set_clock(Some(START));
    let cancel_at = (FEBRUARY + 14 * DAY).to_string();
    let made = subscribe(&api, &customer, &price, &[("cancel_at", &cancel_at)]).await;
    let last = at(&api, FEBRUARY + HOUR, &made).await;
    assert_eq!(item(&last)["current_period_end"], FEBRUARY + 14 * DAY);
    assert_eq!(latest(&api, &last).await["total"], 1400);
    assert_eq!(at(&api, FEBRUARY + 14 * DAY, &made).await["status"], "canceled");
}

#[tokio::test]
async fn a_sent_invoice_becomes_overdue() {
    let api = started().await;
    let customer = api.customer().await;
    let price = monthly(&api, "2000").await;
    let more = [("collection_method", "send_invoice"), ("days_until_due", "10")];
    let made = subscribe(&api, &customer, &price, &more).await;
    let open = at(&api, START + HOUR, &made).await;
    assert_eq!((&open["status"], &latest(&api, &open).await["status"]), (&json!("active"), &json!("open")));
    let late = at(&api, START + 10 * DAY, &made).await;
    assert_eq!(late["status"], "past_due");
    let invoice = late["latest_invoice"].as_str().unwrap();
    api.post(&format!("/v1/invoices/{invoice}/pay"), &[("paid_out_of_band", "true")]).await;
    assert_eq!(subscription(&api, &id(&made)).await["status"], "active");
}

#[tokio::test]
async fn paused_collection() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let price = monthly(&api, "2000").await;
    for (behavior, status) in
        [("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible"), ("void", "void")]
    {
        api.sandbox.set_clock(Some(START));
        let made = subscribe(&api, &customer, &price, &[]).await;
        let path = format!("/v1/subscriptions/{}", id(&made));
        let resumes = (FEBRUARY + DAY).to_string();
        let form = [("pause_collection[behavior]", behavior), ("pause_collection[resumes_at]", &resumes)];
        let paused = api.post(&path, &form).await;
        assert_eq!(paused["pause_collection"], json!({"behavior": behavior, "resumes_at": FEBRUARY + DAY}));
        let renewed = at(&api, FEBRUARY, &made).await;
        assert_eq!(renewed["status"], "active");
        assert_eq!(latest(&api, &renewed).await["status"], status);
        let resumed = at(&api, FEBRUARY + DAY, &made).await;
        assert_eq!(resumed["pause_collection"], json!(null));
        let next = at(&api, MARCH + HOUR, &made).await;
        assert_eq!(latest(&api, &next).await["status"], "paid");
        api.delete(&path).await;
    }
    let made = subscribe(&api, &customer, &price, &[]).await;
    let path = format!("/v1/subscriptions/{}", id(&made));
    api.post(&path, &[("pause_collection[behavior]", "void")]).await;
    assert_eq!(api.post(&path, &[("pause_collection", "")]).await["pause_collection"], json!(null));
}

#[tokio::test]
async fn an_unpaid_subscription_is_billed_in_drafts_and_becomes_active_when_it_is_paid() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let price = monthly(&api, "2000").await;
    let made = subscribe(&api, &customer, &price, &[]).await;
    // Only a setting of the account's lets one come into this state.
    let mut unpaid = made.clone();
    unpaid["status"] = json!("unpaid");
    api.put(unpaid);
    let renewed = at(&api, FEBRUARY + DAY, &made).await;
    let invoice = latest(&api, &renewed).await;
    assert_eq!((&renewed["status"], &invoice["status"]), (&json!("unpaid"), &json!("draft")));
    assert_eq!(invoice["auto_advance"], false);
    api.post(&format!("/v1/invoices/{}/pay", id(&invoice)), &[]).await;
    assert_eq!(subscription(&api, &id(&made)).await["status"], "active");
}

#[tokio::test]
async fn offers_expire() {
    let api = started().await;
    let customer = api.customer().await;
    let price = api.price("2000", &[]).await;
    let form = [("customer", customer.as_str()), ("line_items[0][price]", &price)];
    let quote = api.post("/v1/quotes", &form).await;
    let form = [
        ("mode", "payment"),
        ("success_url", "https://example.com"),
        ("line_items[0][price]", &price),
        ("line_items[0][quantity]", "1"),
    ];
    let session = api.post("/v1/checkout/sessions", &form).await;
    api.sandbox.set_clock(Some(START + DAY - 1));
    let path = format!("/v1/checkout/sessions/{}", id(&session));
    assert_eq!(api.get(&path, &[]).await["status"], "open");
    api.sandbox.set_clock(Some(START + DAY));
    let expired = api.get(&path, &[]).await;
    assert_eq!((&expired["status"], &expired["url"]), (&json!("expired"), &json!(null)));
    let path = format!("/v1/quotes/{}", id(&quote));
    assert_eq!(api.get(&path, &[]).await["status"], "draft");
    api.sandbox.set_clock(Some(START + 30 * DAY));
    let canceled = api.get(&path, &[]).await;
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(canceled["status_transitions"]["canceled_at"], START + 30 * DAY);
}

#[tokio::test]
async fn coupons_last_as_long_as_they_say() {
    let api = started().await;
    let price = monthly(&api, "2000").await;
    let cases: &[(Form, [i64; 3])] = &[
        (&[("duration", "once")], [1500, 2000, 2000]),
        (&[("duration", "repeating"), ("duration_in_months", "2")], [1500, 1500, 2000]),
        (&[("duration", "forever")], [1500, 1500, 1500]),
    ];
    for (duration, totals) in cases {
        api.sandbox.set_clock(Some(START));
        let customer = payer(&api, "pm_card_visa").await;
        let mut form = vec![("percent_off", "25")];
        form.extend(*duration);
        let coupon = id(&api.post("/v1/coupons", &form).await);
        let made = subscribe(&api, &customer, &price, &[("discounts[0][coupon]", &coupon)]).await;
        common::check_shape(&made);
        let mut seen = vec![latest(&api, &made).await["total"].clone()];
        for instant in [FEBRUARY + HOUR, MARCH + HOUR] {
            seen.push(latest(&api, &at(&api, instant, &made).await).await["total"].clone());
        }
        assert_eq!(json!(seen), json!(totals), "{duration:?}");
    }
}

#[tokio::test]
async fn an_invoice_that_no_payment_can_be_made_of_stops_nothing() {
    let api = started().await;
    for (paused, status) in
        [(Some("void"), "active"), (Some("mark_uncollectible"), "active"), (None, "past_due")]
    {
        let customer = payer(&api, "pm_card_visa").await;
        let made = subscribe(&api, &customer, &monthly(&api, "2000").await, &[]).await;
        let dear = api.price("150000000", &[("recurring[interval]", "month")]).await;
        let path = format!("/v1/subscriptions/{}", id(&made));
        let form = [
            ("items[0][id]", item(&made)["id"].as_str().unwrap()),
            ("items[0][price]", &dear),
            ("proration_behavior", "none"),
        ];
        api.post(&path, &form).await;
        if let Some(behavior) = paused {
            api.post(&path, &[("pause_collection[behavior]", behavior)]).await;
        }
        api.post(&format!("/v1/customers/{customer}"), &[("balance", "-500")]).await;
        let start = item(&made)["current_period_start"].as_i64().unwrap();
        let later = at(&api, start + 100 * DAY, &made).await;
        assert!(item(&later)["current_period_end"].as_i64() > Some(start + 100 * DAY), "{later:#}");
        assert_eq!(
            (&later["status"], &latest(&api, &later).await["status"]),
            (&json!(status), &json!("draft"))
        );
        let customer = api.get(&format!("/v1/customers/{customer}"), &[]).await;
        assert_eq!(customer["balance"], -500, "nothing of a draft was paid");
    }
}
