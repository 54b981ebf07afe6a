//! Changes of subscriptions and their items, and what they cost or give back, to the cent.

use crate::common;
use crate::common::subscribing::{DAY, START, attach, item, latest, monthly, payer, subscribe, subscription};
use crate::common::{Api, id, ids, start};
use reqwest::Method;
use serde_json::{Value, json};

const JANUARY: i64 = 31 * DAY;

/// A monthly subscription, and a clock ten days later.
async fn ten_days_in(amount: &str) -> (Api, String, Value) {
    let api = start().await;
    api.sandbox.set_clock(Some(START));
    let customer = payer(&api, "pm_card_visa").await;
    let price = monthly(&api, amount).await;
    let made = subscribe(&api, &customer, &price, &[]).await;
    api.sandbox.set_clock(Some(START + 10 * DAY));
    (api, customer, made)
}

fn path(subscription: &Value) -> String {
    format!("/v1/subscriptions/{}", id(subscription))
}

/// The amounts of what waits for an invoice, newest first.
async fn pending(api: &Api, customer: &str) -> Vec<i64> {
    let query = [("customer", customer), ("pending", "true")];
    let items = api.get("/v1/invoiceitems", &query).await;
    items["data"].as_array().unwrap().iter().map(|item| item["amount"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn quantities_are_prorated() {
    let (api, customer, made) = ten_days_in("1000").await;
    let item_id = id(item(&made));
    let form = [("items[0][id]", item_id.as_str()), ("items[0][quantity]", "3")];
    let changed = api.post(&path(&made), &form).await;
    common::check_shape(&changed);
    assert_eq!((id(item(&changed)), &item(&changed)["quantity"]), (item_id.clone(), &json!(3)));
    assert_eq!(item(&changed)["current_period_end"], START + JANUARY);
    // 21 of 31 days: 677.4 of 1000 back, 2032.3 of 3000 owed.
    assert_eq!(pending(&api, &customer).await, [2032, -677]);
    assert_eq!(changed["latest_invoice"], made["latest_invoice"]);
    let owed = &api.get("/v1/invoiceitems", &[("customer", &customer)]).await["data"][0];
    common::check_shape(owed);
    assert_eq!(owed["parent"]["subscription_details"]["subscription_item"], json!(item_id));
    assert_eq!(owed["period"], json!({"end": START + JANUARY, "start": START + 10 * DAY}));
    // The same again changes nothing.
    api.post(&path(&made), &form).await;
    assert_eq!(pending(&api, &customer).await.len(), 2);
    // They come with the next invoice.
    api.sandbox.set_clock(Some(START + JANUARY));
    let renewed = subscription(&api, &id(&made)).await;
    let invoice = latest(&api, &renewed).await;
    assert_eq!(invoice["total"], 3000 + 2032 - 677);
    let line = &invoice["lines"]["data"][0];
    common::check_shape(line);
    assert_eq!(line["parent"]["subscription_item_details"]["proration"], true);
}

#[tokio::test]
async fn what_one_subscription_owes_is_not_billed_by_another() {
    let (api, customer, made) = ten_days_in("1000").await;
    let item_id = id(item(&made));
    api.post(&path(&made), &[("items[0][id]", item_id.as_str()), ("items[0][quantity]", "3")]).await;
    let form = [("customer", customer.as_str()), ("amount", "70"), ("currency", "usd")];
    api.post("/v1/invoiceitems", &form).await;
    let price = monthly(&api, "500").await;
    let other = subscribe(&api, &customer, &price, &[]).await;
    // What is nobody's in particular comes along.
    assert_eq!(latest(&api, &other).await["total"], 570);
    assert_eq!(pending(&api, &customer).await, [2032, -677]);
}

#[tokio::test]
async fn prorations_as_they_are_asked_for() {
    let (api, customer, made) = ten_days_in("1000").await;
    let item_id = id(item(&made));
    let to = |quantity: &'static str| {
        [("items[0][id]", item_id.clone()), ("items[0][quantity]", quantity.to_owned())]
    };
    let change = async |quantity: &'static str, more: &[(&str, &str)]| {
        let known = to(quantity);
        let mut form: Vec<(&str, &str)> = known.iter().map(|(name, value)| (*name, value.as_str())).collect();
        form.extend(more);
        api.post(&path(&made), &form).await
    };
    change("2", &[("proration_behavior", "none")]).await;
    assert!(pending(&api, &customer).await.is_empty());
    let billed = change("3", &[("proration_behavior", "always_invoice")]).await;
    assert!(pending(&api, &customer).await.is_empty());
    let invoice = latest(&api, &billed).await;
    assert_ne!(billed["latest_invoice"], made["latest_invoice"]);
    // 2000 and 3000 for 21 of 31 days: 1354.8 and 2032.3.
    assert_eq!((&invoice["total"], &invoice["status"]), (&json!(2032 - 1355), &json!("paid")));
    assert_eq!(invoice["billing_reason"], "subscription_update");
    let date = (START + JANUARY - DAY).to_string();
    change("4", &[("proration_date", &date)]).await;
    assert_eq!(pending(&api, &customer).await, [129, -97]);
    let outside = (START - DAY).to_string();
    let (_, error) = api.post_refused(&path(&made), &[("proration_date", &outside)]).await;
    assert_eq!(error["param"], "proration_date");
}

#[tokio::test]
async fn items_come_and_go() {
    let (api, customer, made) = ten_days_in("3100").await;
    let extra = monthly(&api, "6200").await;
    let form = [("items[0][price]", extra.as_str()), ("items[0][metadata][a]", "b")];
    let changed = api.post(&path(&made), &form).await;
    assert_eq!(ids(&changed["items"]).len(), 2);
    assert_eq!(pending(&api, &customer).await, [4200]);
    let first = id(item(&made));
    let form = [("items[0][id]", first.as_str()), ("items[0][deleted]", "true")];
    let changed = api.post(&path(&made), &form).await;
    assert_eq!(item(&changed)["price"]["id"], json!(extra));
    assert_eq!(item(&changed)["metadata"], json!({"a": "b"}));
    assert_eq!(pending(&api, &customer).await, [-2100, 4200]);
    let last = id(item(&changed));
    let other = api.price("1", &[("recurring[interval]", "year")]).await;
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("items[0][id]", &last), ("items[0][deleted]", "true")], "items"),
        (&[("items[0][id]", &first), ("items[0][quantity]", "2")], "items[0][id]"),
        (&[("items[0][deleted]", "true")], "items[0][id]"),
        (&[("items[0][price]", &extra)], "items"),
        (&[("items[0][price]", &other)], "items"),
        (&[("items[0][id]", &last), ("items[1][id]", &last)], "items[1][id]"),
        (&[("items[0][id]", &last), ("items[0][clear_usage]", "true")], "items[0][clear_usage]"),
        (&[("payment_behavior", "pending_if_incomplete")], "payment_behavior"),
        (&[("default_payment_method", "pm_none")], "default_payment_method"),
        (&[("collection_method", "send_invoice")], "days_until_due"),
        (
            &[("payment_settings[save_default_payment_method]", "on_subscription")],
            "payment_settings[save_default_payment_method]",
        ),
    ];
    for (form, param) in cases {
        let (status, error) = api.post_refused(&path(&made), form).await;
        assert_eq!((status, &error["param"]), (400, &json!(param)), "{form:?}: {error}");
    }
    assert_eq!(subscription(&api, &id(&made)).await, changed, "refusals change nothing");
}

#[tokio::test]
async fn items_one_by_one() {
    let (api, customer, made) = ten_days_in("3100").await;
    let extra = monthly(&api, "6200").await;
    let form = [("subscription", made["id"].as_str().unwrap()), ("price", &extra), ("quantity", "2")];
    let added = api.post("/v1/subscription_items", &form).await;
    common::check_shape(&added);
    assert_eq!((&added["quantity"], &added["current_period_end"]), (&json!(2), &json!(START + JANUARY)));
    assert_eq!(pending(&api, &customer).await, [8400]);
    let one = format!("/v1/subscription_items/{}", id(&added));
    assert_eq!(api.get(&one, &[]).await, added);
    let list = api.get("/v1/subscription_items", &[("subscription", &id(&made))]).await;
    assert_eq!(ids(&list), [id(&added), id(item(&made))]);
    let changed = api.post(&one, &[("quantity", "1"), ("metadata[a]", "b")]).await;
    assert_eq!((&changed["quantity"], &changed["metadata"]), (&json!(1), &json!({"a": "b"})));
    assert_eq!(pending(&api, &customer).await, [4200, -8400, 8400]);
    assert_eq!(subscription(&api, &id(&made)).await["items"]["data"][0], changed);
    let gone = api.delete(&one).await;
    assert_eq!(gone, json!({"id": id(&added), "object": "subscription_item", "deleted": true}));
    assert_eq!(api.refused(Method::GET, &one, &[]).await.0, 404);
    let last = format!("/v1/subscription_items/{}", id(item(&made)));
    let (status, error) = api.refused(Method::DELETE, &last, &[]).await;
    assert_eq!((status, &error["param"]), (400, &json!("items")));
    let (_, error) = api.refused(Method::GET, "/v1/subscription_items", &[]).await;
    assert_eq!(error["code"], "parameter_missing");
    let (_, error) =
        api.refused(Method::GET, "/v1/subscription_items", &[("subscription", "sub_none")]).await;
    assert_eq!(error["code"], "resource_missing");
    let form = [("subscription", made["id"].as_str().unwrap()), ("price", "price_none")];
    assert_eq!(api.post_refused("/v1/subscription_items", &form).await.1["param"], "price");
    api.delete(&path(&made)).await;
    let form = [("subscription", made["id"].as_str().unwrap()), ("price", &extra)];
    assert_eq!(api.post_refused("/v1/subscription_items", &form).await.0, 400);
}

#[tokio::test]
async fn another_interval_begins_a_new_period() {
    let (api, customer, made) = ten_days_in("3100").await;
    let now = START + 10 * DAY;
    let yearly = api.price("36500", &[("recurring[interval]", "year")]).await;
    let item_id = id(item(&made));
    let form = [("items[0][id]", item_id.as_str()), ("items[0][price]", &yearly)];
    let changed = api.post(&path(&made), &form).await;
    assert_eq!((&changed["billing_cycle_anchor"], &changed["status"]), (&json!(now), &json!("active")));
    assert_eq!(item(&changed)["current_period_start"], now);
    assert_eq!(item(&changed)["current_period_end"], now + 365 * DAY);
    let invoice = latest(&api, &changed).await;
    assert_eq!((&invoice["total"], &invoice["status"]), (&json!(36500 - 2100), &json!("paid")));
    assert!(pending(&api, &customer).await.is_empty());
}

#[tokio::test]
async fn the_anchor_can_be_now() {
    let (api, _, made) = ten_days_in("3100").await;
    let form = [("billing_cycle_anchor", "now"), ("proration_behavior", "none")];
    let changed = api.post(&path(&made), &form).await;
    assert_eq!(changed["billing_cycle_anchor"], START + 10 * DAY);
    // A month from the 11th of January.
    assert_eq!(item(&changed)["current_period_end"], START + 41 * DAY);
    assert_eq!(latest(&api, &changed).await["total"], 3100);
    let kept = api.post(&path(&made), &[("billing_cycle_anchor", "unchanged")]).await;
    assert_eq!(kept["latest_invoice"], changed["latest_invoice"]);
}

#[tokio::test]
async fn what_was_free_is_billed_when_it_costs() {
    let (api, _, made) = ten_days_in("0").await;
    let price = monthly(&api, "2000").await;
    let item_id = id(item(&made));
    let form = [("items[0][id]", item_id.as_str()), ("items[0][price]", &price)];
    let changed = api.post(&path(&made), &form).await;
    assert_eq!(changed["billing_cycle_anchor"], START + 10 * DAY);
    let invoice = latest(&api, &changed).await;
    assert_eq!((&invoice["total"], &invoice["status"]), (&json!(2000), &json!("paid")));
}

#[tokio::test]
async fn a_change_that_cannot_be_paid() {
    for (behavior, status) in [("allow_incomplete", "past_due"), ("default_incomplete", "past_due")] {
        let (api, customer, made) = ten_days_in("3100").await;
        attach(&api, &customer, "pm_card_chargeCustomerFail").await;
        let form =
            [("billing_cycle_anchor", "now"), ("proration_behavior", "none"), ("payment_behavior", behavior)];
        let changed = api.post(&path(&made), &form).await;
        assert_eq!(changed["status"], status, "{behavior}");
        assert_eq!(latest(&api, &changed).await["status"], "open");
        attach(&api, &customer, "pm_card_visa").await;
        let invoice = changed["latest_invoice"].as_str().unwrap();
        api.post(&format!("/v1/invoices/{invoice}/pay"), &[]).await;
        assert_eq!(subscription(&api, &id(&made)).await["status"], "active");
    }
    let (api, customer, made) = ten_days_in("3100").await;
    attach(&api, &customer, "pm_card_chargeCustomerFail").await;
    let form = [("billing_cycle_anchor", "now"), ("payment_behavior", "error_if_incomplete")];
    let (status, error) = api.post_refused(&path(&made), &form).await;
    assert_eq!((status, &error["code"]), (402, &json!("card_declined")));
    let after = subscription(&api, &id(&made)).await;
    assert_eq!((&after["status"], &after["latest_invoice"]), (&json!("active"), &made["latest_invoice"]));
    assert!(pending(&api, &customer).await.is_empty());
}

#[tokio::test]
async fn the_subscriptions_own_method_comes_first() {
    let (api, customer, made) = ten_days_in("3100").await;
    let method = attach(&api, &customer, "pm_card_visa").await;
    attach(&api, &customer, "pm_card_chargeCustomerFail").await;
    let form = [("default_payment_method", method.as_str()), ("billing_cycle_anchor", "now")];
    let changed = api.post(&path(&made), &form).await;
    assert_eq!((&changed["status"], &changed["default_payment_method"]), (&json!("active"), &json!(method)));
}

#[tokio::test]
async fn trials_are_moved_and_ended() {
    let (api, customer, _) = ten_days_in("3100").await;
    let now = START + 10 * DAY;
    let price = monthly(&api, "2000").await;
    let made = subscribe(&api, &customer, &price, &[("trial_period_days", "5")]).await;
    let (_, error) = api.post_refused(&path(&made), &[("billing_cycle_anchor", "now")]).await;
    assert_eq!(error["param"], "billing_cycle_anchor");
    // A trial costs nothing, and so does a change in it.
    let item_id = id(item(&made));
    let form = [("items[0][id]", item_id.as_str()), ("items[0][quantity]", "2")];
    api.post(&path(&made), &form).await;
    assert!(pending(&api, &customer).await.is_empty());
    let end = (now + 20 * DAY).to_string();
    let longer = api.post(&path(&made), &[("trial_end", &end)]).await;
    assert_eq!((&longer["status"], &longer["trial_end"]), (&json!("trialing"), &json!(now + 20 * DAY)));
    assert_eq!(longer["billing_cycle_anchor"], now + 20 * DAY);
    assert_eq!(item(&longer)["current_period_end"], now + 20 * DAY);
    assert_eq!(longer["latest_invoice"], made["latest_invoice"]);
    let ended = api.post(&path(&made), &[("trial_end", "now")]).await;
    assert_eq!((&ended["status"], &ended["trial_end"]), (&json!("active"), &json!(now)));
    let invoice = latest(&api, &ended).await;
    assert_eq!((&invoice["total"], &invoice["status"]), (&json!(4000), &json!("paid")));
}

#[tokio::test]
async fn an_active_subscription_can_be_given_a_trial() {
    let (api, _, made) = ten_days_in("3100").await;
    let now = START + 10 * DAY;
    let end = (now + 5 * DAY).to_string();
    let trial = api.post(&path(&made), &[("trial_end", &end)]).await;
    assert_eq!((&trial["status"], &trial["trial_start"]), (&json!("trialing"), &json!(now)));
    // What was paid for the rest of the month comes back.
    assert_eq!(latest(&api, &trial).await["total"], -2100);
}

#[tokio::test]
async fn the_end_can_be_planned_and_called_off() {
    let (api, _, made) = ten_days_in("3100").await;
    let now = START + 10 * DAY;
    let end = START + JANUARY;
    let planned = api.post(&path(&made), &[("cancel_at_period_end", "true")]).await;
    assert_eq!((&planned["status"], &planned["cancel_at"]), (&json!("active"), &json!(end)));
    assert_eq!((&planned["cancel_at_period_end"], &planned["canceled_at"]), (&json!(true), &json!(now)));
    assert_eq!(planned["cancellation_details"]["reason"], "cancellation_requested");
    let kept = api.post(&path(&made), &[("cancel_at_period_end", "false")]).await;
    assert_eq!((&kept["cancel_at"], &kept["canceled_at"]), (&json!(null), &json!(null)));
    assert_eq!(kept["cancellation_details"]["reason"], json!(null));
    let later = (end + 40 * DAY).to_string();
    let planned = api.post(&path(&made), &[("cancel_at", &later)]).await;
    assert_eq!(
        (&planned["cancel_at"], &planned["cancel_at_period_end"]),
        (&json!(end + 40 * DAY), &json!(false))
    );
    // This one was not planned for the end of a period.
    let same = api.post(&path(&made), &[("cancel_at_period_end", "false")]).await;
    assert_eq!(same["cancel_at"], planned["cancel_at"]);
    assert_eq!(api.post(&path(&made), &[("cancel_at", "")]).await["cancel_at"], json!(null));
    let at_end = api.post(&path(&made), &[("cancel_at", "min_period_end")]).await;
    assert_eq!(at_end["cancel_at"], end);
}

#[tokio::test]
async fn discounts_and_taxes() {
    let (api, customer, made) = ten_days_in("2000").await;
    let coupon = id(&api
        .post("/v1/coupons", &[("amount_off", "500"), ("currency", "usd"), ("duration", "forever")])
        .await);
    let rate = [("display_name", "VAT"), ("percentage", "10"), ("inclusive", "false")];
    let rate = id(&api.post("/v1/tax_rates", &rate).await);
    let form = [("discounts[0][coupon]", coupon.as_str()), ("default_tax_rates[0]", &rate)];
    let changed = api.post(&path(&made), &form).await;
    common::check_shape(&changed);
    let discount = changed["discounts"][0].as_str().unwrap();
    let shown = api.get(&path(&made), &[("expand[]", "discounts")]).await;
    assert_eq!(shown["discounts"][0]["subscription"], made["id"]);
    // What is discounted is not prorated here, so it is not changed in a way that needs it.
    let item_id = id(item(&made));
    let more = [("items[0][id]", item_id.as_str()), ("items[0][quantity]", "2")];
    assert_eq!(api.post_refused(&path(&made), &more).await.1["param"], "proration_behavior");
    let form = [more[0], more[1], ("proration_behavior", "none")];
    api.post(&path(&made), &form).await;
    api.sandbox.set_clock(Some(START + JANUARY));
    let invoice = latest(&api, &subscription(&api, &id(&made)).await).await;
    // 4000 less 500, and a tenth of that.
    assert_eq!((&invoice["subtotal"], &invoice["total"]), (&json!(4000), &json!(3850)));
    assert_eq!(invoice["total_discount_amounts"], json!([{"amount": 500, "discount": discount}]));
    let changed = api.post(&path(&made), &[("discounts", ""), ("default_tax_rates", "")]).await;
    assert_eq!((&changed["discounts"], &changed["default_tax_rates"]), (&json!([]), &json!([])));
    assert!(pending(&api, &customer).await.is_empty());
    let (_, error) = api.post_refused(&path(&made), &[("discounts[0][coupon]", "none")]).await;
    assert_eq!(error["param"], "discounts[0][coupon]");
}

#[tokio::test]
async fn tiers_are_billed_and_prorated() {
    let (api, customer, _) = ten_days_in("2000").await;
    let form = [
        ("currency", "usd"),
        ("product_data[name]", "Seats"),
        ("recurring[interval]", "day"),
        ("recurring[interval_count]", "10"),
        ("billing_scheme", "tiered"),
        ("tiers_mode", "graduated"),
        ("tiers[0][up_to]", "2"),
        ("tiers[0][unit_amount]", "1000"),
        ("tiers[1][up_to]", "inf"),
        ("tiers[1][unit_amount]", "500"),
    ];
    let price = id(&api.post("/v1/prices", &form).await);
    let made = subscribe(&api, &customer, &price, &[("items[0][quantity]", "3")]).await;
    assert_eq!(latest(&api, &made).await["total"], 2500);
    api.sandbox.set_clock(Some(START + 15 * DAY));
    let item_id = id(item(&made));
    api.post(&path(&made), &[("items[0][id]", item_id.as_str()), ("items[0][quantity]", "4")]).await;
    assert_eq!(pending(&api, &customer).await, [1500, -1250]);
}

#[tokio::test]
async fn what_is_collected_how() {
    let (api, _, made) = ten_days_in("3100").await;
    let sent = [("collection_method", "send_invoice"), ("days_until_due", "5")];
    let changed = api.post(&path(&made), &sent).await;
    assert_eq!(changed["days_until_due"], 5);
    let changed = api.post(&path(&made), &[("collection_method", "charge_automatically")]).await;
    assert_eq!(changed["days_until_due"], json!(null));
}

#[tokio::test]
async fn only_a_paused_subscription_is_resumed() {
    let (api, _, made) = ten_days_in("3100").await;
    let (status, _) = api.post_refused(&format!("{}/resume", path(&made)), &[]).await;
    assert_eq!(status, 400);
}
