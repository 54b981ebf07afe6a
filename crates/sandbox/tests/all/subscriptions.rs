//! Subscriptions: making them, their first invoice, their end.

use crate::common;
use crate::common::subscribing::{DAY, START, attach, item, latest, monthly, payer, subscribe, subscription};
use crate::common::{Api, id, ids, start};
use reqwest::Method;
use serde_json::json;

async fn started() -> Api {
    let api = start().await;
    api.sandbox.set_clock(Some(START));
    api
}

#[tokio::test]
async fn a_subscription_is_billed_at_once() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let price = monthly(&api, "2000").await;
    let more = [("items[0][quantity]", "2"), ("metadata[seat]", "12"), ("description", "Seats")];
    let made = subscribe(&api, &customer, &price, &more).await;
    common::check_shape(&made);
    assert_eq!((&made["status"], &made["currency"]), (&json!("active"), &json!("usd")));
    assert_eq!((&made["metadata"], &made["description"]), (&json!({"seat": "12"}), &json!("Seats")));
    assert_eq!(made["billing_cycle_anchor"], START);
    assert_eq!((&item(&made)["price"]["id"], &item(&made)["quantity"]), (&json!(price), &json!(2)));
    assert_eq!(item(&made)["current_period_start"], START);
    assert_eq!(item(&made)["current_period_end"], START + 31 * DAY);
    assert_eq!(subscription(&api, &id(&made)).await, made);
    let invoice = latest(&api, &made).await;
    common::check_shape(&invoice);
    assert_eq!((&invoice["status"], &invoice["total"]), (&json!("paid"), &json!(4000)));
    assert_eq!(invoice["billing_reason"], "subscription_create");
    assert_eq!(invoice["parent"]["subscription_details"]["subscription"], made["id"]);
    assert_eq!(invoice["parent"]["subscription_details"]["metadata"], json!({"seat": "12"}));
    let line = &invoice["lines"]["data"][0];
    assert_eq!(line["parent"]["subscription_item_details"]["subscription_item"], item(&made)["id"]);
    assert_eq!(line["period"], json!({"end": START + 31 * DAY, "start": START}));
    assert_eq!(api.get(&format!("/v1/customers/{customer}"), &[]).await["currency"], "usd");
    let path = format!("/v1/invoices/{}", id(&invoice));
    assert_eq!(api.refused(Method::DELETE, &path, &[]).await.0, 400);
}

#[tokio::test]
async fn what_a_subscription_cannot_be_made_of() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let other = payer(&api, "pm_card_visa").await;
    let month = monthly(&api, "2000").await;
    let year = api.price("2000", &[("recurring[interval]", "year")]).await;
    let once = api.price("2000", &[]).await;
    let gone = monthly(&api, "2000").await;
    api.post(&format!("/v1/prices/{gone}"), &[("active", "false")]).await;
    let method = attach(&api, &other, "pm_card_visa").await;
    let euros = [
        ("currency", "eur"),
        ("unit_amount", "5"),
        ("product_data[name]", "T"),
        ("recurring[interval]", "month"),
    ];
    let euros = id(&api.post("/v1/prices", &euros).await);
    let metered = [("recurring[interval]", "month"), ("recurring[usage_type]", "metered")];
    let metered = api.price("5", &metered).await;
    let past = (START - 1).to_string();
    let late = (START + 40 * DAY).to_string();
    let soon = (START + DAY).to_string();
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[], "items"),
        (&[("items[0][quantity]", "1")], "items[0][price]"),
        (&[("items[0][price]", "price_none")], "items[0][price]"),
        (&[("items[0][price]", &once)], "items[0][price]"),
        (&[("items[0][price]", &gone)], "items[0][price]"),
        (&[("items[0][price]", &metered)], "items[0][price]"),
        (&[("items[0][price]", &month), ("items[0][quantity]", "-1")], "items[0][quantity]"),
        (&[("items[0][price]", &month), ("items[0][discounts][0][coupon]", "x")], "items[0][discounts]"),
        (&[("items[0][price]", &month), ("items[1][price]", &month)], "items"),
        (&[("items[0][price]", &month), ("items[1][price]", &year)], "items"),
        (&[("items[0][price]", &month), ("items[1][price]", &euros)], "items"),
        (&[("items[0][price]", &month), ("currency", "eur")], "currency"),
        (&[("items[0][price]", &month), ("trial_end", &past)], "trial_end"),
        (&[("items[0][price]", &month), ("trial_period_days", "731")], "trial_period_days"),
        (&[("items[0][price]", &month), ("trial_period_days", "3"), ("trial_end", &soon)], "trial_end"),
        (&[("items[0][price]", &month), ("billing_cycle_anchor", &past)], "billing_cycle_anchor"),
        (&[("items[0][price]", &month), ("billing_cycle_anchor", &late)], "billing_cycle_anchor"),
        (
            &[("items[0][price]", &month), ("billing_cycle_anchor", &soon), ("trial_period_days", "1")],
            "billing_cycle_anchor",
        ),
        (
            &[("items[0][price]", &month), ("billing_cycle_anchor", &soon), ("proration_behavior", "none")],
            "proration_behavior",
        ),
        (&[("items[0][price]", &month), ("cancel_at", &past)], "cancel_at"),
        (&[("items[0][price]", &month), ("cancel_at", &soon)], "cancel_at"),
        (&[("items[0][price]", &month), ("cancel_at", &late), ("cancel_at_period_end", "true")], "cancel_at"),
        (&[("items[0][price]", &month), ("collection_method", "send_invoice")], "days_until_due"),
        (&[("items[0][price]", &month), ("days_until_due", "3")], "days_until_due"),
        (&[("items[0][price]", &month), ("default_payment_method", &method)], "default_payment_method"),
        (&[("items[0][price]", &month), ("payment_behavior", "pending_if_incomplete")], "payment_behavior"),
        (&[("items[0][price]", &month), ("billing_mode[type]", "flexible")], "billing_mode[type]"),
        (&[("items[0][price]", &month), ("on_behalf_of", "acct_1")], "on_behalf_of"),
        (
            &[("items[0][price]", &month), ("add_invoice_items[0][price]", &month)],
            "add_invoice_items[0][price]",
        ),
    ];
    for (form, param) in cases {
        let mut form = form.to_vec();
        form.push(("customer", &customer));
        let (status, error) = api.post_refused("/v1/subscriptions", &form).await;
        assert_eq!((status, &error["param"]), (400, &json!(param)), "{form:?}: {error}");
    }
    let (_, error) = api.post_refused("/v1/subscriptions", &[("items[0][price]", &month)]).await;
    assert_eq!((&error["param"], &error["code"]), (&json!("customer"), &json!("parameter_missing")));
    subscribe(&api, &customer, &month, &[]).await;
    let form = [("customer", customer.as_str()), ("items[0][price]", euros.as_str())];
    assert_eq!(api.post_refused("/v1/subscriptions", &form).await.1["param"], "currency");
}

#[tokio::test]
async fn items_may_be_described_and_one_time_prices_come_along() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let product = id(&api.post("/v1/products", &[("name", "Gold")]).await);
    let setup = api.price("500", &[]).await;
    let form = [
        ("customer", customer.as_str()),
        ("items[0][price_data][currency]", "usd"),
        ("items[0][price_data][product]", &product),
        ("items[0][price_data][unit_amount]", "1000"),
        ("items[0][price_data][recurring][interval]", "week"),
        ("add_invoice_items[0][price]", &setup),
        ("add_invoice_items[0][quantity]", "3"),
    ];
    let made = api.post("/v1/subscriptions", &form).await;
    assert_eq!(item(&made)["current_period_end"], START + 7 * DAY);
    let invoice = latest(&api, &made).await;
    assert_eq!((&invoice["total"], &invoice["status"]), (&json!(2500), &json!("paid")));
}

#[tokio::test]
async fn the_first_payment_decides() {
    let api = started().await;
    let price = monthly(&api, "2000").await;
    for (card, behavior, status, invoice_status) in [
        ("pm_card_visa", "allow_incomplete", "active", "paid"),
        ("pm_card_visa", "default_incomplete", "incomplete", "open"),
        ("pm_card_visa", "error_if_incomplete", "active", "paid"),
        ("pm_card_chargeCustomerFail", "allow_incomplete", "incomplete", "open"),
        ("pm_card_authenticationRequired", "allow_incomplete", "incomplete", "open"),
    ] {
        let customer = payer(&api, card).await;
        let made = subscribe(&api, &customer, &price, &[("payment_behavior", behavior)]).await;
        assert_eq!(made["status"], status, "{card} {behavior}");
        assert_eq!(latest(&api, &made).await["status"], invoice_status, "{card} {behavior}");
    }
    for (card, code) in [
        ("pm_card_chargeCustomerFail", "card_declined"),
        ("pm_card_authenticationRequired", "subscription_payment_intent_requires_action"),
    ] {
        let customer = payer(&api, card).await;
        let form = [
            ("customer", customer.as_str()),
            ("items[0][price]", &price),
            ("payment_behavior", "error_if_incomplete"),
        ];
        let (status, error) = api.post_refused("/v1/subscriptions", &form).await;
        assert_eq!((status, &error["code"]), (402, &json!(code)));
        // Nothing of it stays.
        for list in ["/v1/subscriptions", "/v1/invoices", "/v1/charges"] {
            let query = [("customer", customer.as_str())];
            assert!(ids(&api.get(list, &query).await).is_empty(), "{list}");
        }
    }
}

#[tokio::test]
async fn its_invoices_are_paid_by_the_methods_that_it_takes() {
    let api = started().await;
    let customer = payer(&api, "pm_usBankAccount_success").await;
    let price = monthly(&api, "1000").await;
    let debited = [("payment_settings[payment_method_types][0]", "us_bank_account")];
    let made = subscribe(&api, &customer, &price, &debited).await;
    let invoice = latest(&api, &made).await;
    assert_eq!(invoice["payment_settings"]["payment_method_types"], json!(["us_bank_account"]));
    let payments = api.get("/v1/invoice_payments", &[("invoice", &id(&invoice))]).await;
    let intent = payments["data"][0]["payment"]["payment_intent"].as_str().unwrap();
    let intent = api.get(&format!("/v1/payment_intents/{intent}"), &[]).await;
    assert_eq!(
        (&intent["status"], &intent["payment_method_types"][0]),
        (&json!("processing"), &json!("us_bank_account"))
    );
}

#[tokio::test]
async fn nothing_to_charge() {
    let api = started().await;
    let customer = api.customer().await;
    let price = monthly(&api, "2000").await;
    let form = [("customer", customer.as_str()), ("items[0][price]", price.as_str())];
    let (status, error) = api.post_refused("/v1/subscriptions", &form).await;
    assert_eq!((status, &error["code"]), (400, &json!("resource_missing")));
    let waits = subscribe(&api, &customer, &price, &[("payment_behavior", "default_incomplete")]).await;
    assert_eq!(waits["status"], "incomplete");
    let trial = subscribe(&api, &customer, &price, &[("trial_period_days", "7")]).await;
    assert_eq!(trial["status"], "trialing");
    let free = monthly(&api, "0").await;
    assert_eq!(subscribe(&api, &customer, &free, &[]).await["status"], "active");
}

#[tokio::test]
async fn what_is_paid_for_already_needs_nothing_to_charge() {
    let api = started().await;
    let price = monthly(&api, "2000").await;
    let coupon = id(&api.post("/v1/coupons", &[("percent_off", "100"), ("duration", "forever")]).await);
    let customer = api.customer().await;
    let free = subscribe(&api, &customer, &price, &[("discounts[0][coupon]", &coupon)]).await;
    assert_eq!((&free["status"], &latest(&api, &free).await["amount_due"]), (&json!("active"), &json!(0)));
    let customer = id(&api.post("/v1/customers", &[("balance", "-2000")]).await);
    assert_eq!(subscribe(&api, &customer, &price, &[]).await["status"], "active");
    let form = [("customer", customer.as_str()), ("items[0][price]", &price)];
    let (status, error) = api.post_refused("/v1/subscriptions", &form).await;
    assert_eq!((status, &error["code"]), (400, &json!("resource_missing")), "the credit is used up");
}

#[tokio::test]
async fn an_incomplete_subscription_becomes_active_when_it_is_paid() {
    let api = started().await;
    let customer = payer(&api, "pm_card_chargeCustomerFail").await;
    let price = monthly(&api, "2000").await;
    let made = subscribe(&api, &customer, &price, &[]).await;
    let path = format!("/v1/subscriptions/{}", id(&made));
    let (_, error) = api.post_refused(&path, &[("cancel_at_period_end", "true")]).await;
    assert_eq!(error["param"], "cancel_at_period_end");
    assert_eq!(api.post(&path, &[("metadata[a]", "b")]).await["metadata"], json!({"a": "b"}));
    let item_path = format!("/v1/subscription_items/{}", id(item(&made)));
    assert_eq!(api.post_refused(&item_path, &[("quantity", "2")]).await.0, 400);
    attach(&api, &customer, "pm_card_visa").await;
    let invoice = made["latest_invoice"].as_str().unwrap();
    api.post(&format!("/v1/invoices/{invoice}/pay"), &[]).await;
    assert_eq!(subscription(&api, &id(&made)).await["status"], "active");
}

#[tokio::test]
async fn the_payment_intent_of_an_invoice_activates_its_subscription() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let price = monthly(&api, "2000").await;
    let form = [
        ("customer", customer.as_str()),
        ("items[0][price]", &price),
        ("payment_behavior", "default_incomplete"),
        ("expand[]", "latest_invoice.confirmation_secret"),
    ];
    let made = api.post("/v1/subscriptions", &form).await;
    let secret = made["latest_invoice"]["confirmation_secret"]["client_secret"].as_str().unwrap();
    let intent = secret.split_once("_secret_").unwrap().0;
    let paid = [("payment_method", "pm_card_visa")];
    api.post(&format!("/v1/payment_intents/{intent}/confirm"), &paid).await;
    assert_eq!(subscription(&api, &id(&made)).await["status"], "active");
}

#[tokio::test]
async fn a_voided_first_invoice_ends_it() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let price = monthly(&api, "2000").await;
    let more = [("payment_behavior", "default_incomplete")];
    let made = subscribe(&api, &customer, &price, &more).await;
    let invoice = made["latest_invoice"].as_str().unwrap();
    api.post(&format!("/v1/invoices/{invoice}/void"), &[]).await;
    let ended = subscription(&api, &id(&made)).await;
    assert_eq!((&ended["status"], &ended["ended_at"]), (&json!("incomplete_expired"), &json!(START)));
    // So does canceling one that was never paid; its invoice is void then.
    let made = subscribe(&api, &customer, &price, &more).await;
    let ended = api.delete(&format!("/v1/subscriptions/{}", id(&made))).await;
    assert_eq!((&ended["status"], &ended["canceled_at"]), (&json!("incomplete_expired"), &json!(START)));
    assert_eq!(latest(&api, &made).await["status"], "void");
}

#[tokio::test]
async fn a_sent_invoice_makes_it_active() {
    let api = started().await;
    let customer = api.customer().await;
    let price = monthly(&api, "2000").await;
    let more = [("collection_method", "send_invoice"), ("days_until_due", "10")];
    let made = subscribe(&api, &customer, &price, &more).await;
    assert_eq!((&made["status"], &made["days_until_due"]), (&json!("active"), &json!(10)));
    let invoice = latest(&api, &made).await;
    assert_eq!((&invoice["status"], &invoice["due_date"]), (&json!("draft"), &json!(START + 10 * DAY)));
    assert_eq!(invoice["auto_advance"], true);
}

#[tokio::test]
async fn a_trial_costs_nothing() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let price = monthly(&api, "2000").await;
    let end = START + 14 * DAY;
    for more in [("trial_period_days", "14".to_owned()), ("trial_end", end.to_string())] {
        let made = subscribe(&api, &customer, &price, &[(more.0, &more.1)]).await;
        common::check_shape(&made);
        assert_eq!((&made["status"], &made["trial_start"]), (&json!("trialing"), &json!(START)));
        assert_eq!((&made["trial_end"], &made["billing_cycle_anchor"]), (&json!(end), &json!(end)));
        assert_eq!(item(&made)["current_period_end"], end);
        let invoice = latest(&api, &made).await;
        assert_eq!((&invoice["status"], &invoice["total"]), (&json!("paid"), &json!(0)));
        assert_eq!(invoice["lines"]["data"][0]["amount"], 0);
    }
    let now = subscribe(&api, &customer, &price, &[("trial_end", "now")]).await;
    assert_eq!((&now["status"], &now["trial_end"]), (&json!("active"), &json!(null)));
}

#[tokio::test]
async fn an_anchor_cuts_the_first_period() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let price = monthly(&api, "3100").await;
    let anchor = START + 10 * DAY;
    let made = subscribe(&api, &customer, &price, &[("billing_cycle_anchor", &anchor.to_string())]).await;
    assert_eq!(
        (&made["billing_cycle_anchor"], &item(&made)["current_period_end"]),
        (&json!(anchor), &json!(anchor))
    );
    // Ten of the 31 days from the 11th of December to the 11th of January.
    assert_eq!(latest(&api, &made).await["total"], 1000);
}

#[tokio::test]
async fn canceling() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let price = monthly(&api, "3100").await;
    let made = subscribe(&api, &customer, &price, &[]).await;
    let path = format!("/v1/subscriptions/{}", id(&made));
    api.sandbox.set_clock(Some(START + DAY));
    let form =
        [("cancellation_details[comment]", "too much"), ("cancellation_details[feedback]", "too_expensive")];
    let response = api.send(Method::DELETE, &path, &form).await;
    assert_eq!(response.status(), 200);
    let gone = subscription(&api, &id(&made)).await;
    common::check_shape(&gone);
    assert_eq!((&gone["status"], &gone["canceled_at"]), (&json!("canceled"), &json!(START + DAY)));
    assert_eq!((&gone["ended_at"], &gone["cancel_at_period_end"]), (&json!(START + DAY), &json!(false)));
    let details =
        json!({"comment": "too much", "feedback": "too_expensive", "reason": "cancellation_requested"});
    assert_eq!(gone["cancellation_details"], details);
    let (status, error) = api.refused(Method::DELETE, &path, &[]).await;
    assert_eq!((status, &error["code"]), (404, &json!("resource_missing")));
    let (_, error) = api.post_refused(&path, &[("items[0][price]", &price)]).await;
    assert_eq!(error["param"], "items");
    api.post(&path, &[("metadata[a]", "b"), ("cancellation_details[comment]", "later")]).await;
    // What was not used comes back only if it is asked for.
    let items = api.get("/v1/invoiceitems", &[("customer", &customer)]).await;
    assert!(ids(&items).is_empty());
}

#[tokio::test]
async fn canceling_gives_back_what_was_not_used() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let price = monthly(&api, "3100").await;
    for invoice_now in [false, true] {
        api.sandbox.set_clock(Some(START));
        let made = subscribe(&api, &customer, &price, &[]).await;
        api.sandbox.set_clock(Some(START + DAY));
        let mut form = vec![("prorate", "true")];
        form.extend(invoice_now.then_some(("invoice_now", "true")));
        let response = api.send(Method::DELETE, &format!("/v1/subscriptions/{}", id(&made)), &form).await;
        assert_eq!(response.status(), 200);
        let items = api.get("/v1/invoiceitems", &[("customer", &customer)]).await;
        let item = &items["data"][0];
        common::check_shape(item);
        assert_eq!((&item["amount"], &item["proration"]), (&json!(-3000), &json!(true)));
        assert_eq!(item["parent"]["subscription_details"]["subscription"], made["id"]);
        if invoice_now {
            let invoice = latest(&api, &subscription(&api, &id(&made)).await).await;
            assert_eq!(invoice["total"], -3000);
            assert_eq!(item["invoice"], invoice["id"]);
        } else {
            assert_eq!(item["invoice"], json!(null));
            api.delete(&format!("/v1/invoiceitems/{}", id(item))).await;
        }
    }
}

#[tokio::test]
async fn a_deleted_customer_subscribes_to_nothing() {
    let api = started().await;
    let customer = payer(&api, "pm_card_visa").await;
    let price = monthly(&api, "2000").await;
    let made = subscribe(&api, &customer, &price, &[]).await;
    api.delete(&format!("/v1/customers/{customer}")).await;
    assert_eq!(subscription(&api, &id(&made)).await["status"], "canceled");
}
