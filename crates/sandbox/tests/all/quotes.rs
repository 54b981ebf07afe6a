//! Quotes and what accepting them makes.

use crate::common;
use crate::common::subscribing::{START, attach, item, latest, payer, subscription};
use crate::common::{id, ids, start, with};
use serde_json::{Value, json};

#[tokio::test]
async fn a_quote_becomes_an_invoice() {
    let api = start().await;
    let customer = api.customer().await;
    let price = api.price("250", &[]).await;
    let form = [
        ("customer", customer.as_str()),
        ("line_items[0][price]", price.as_str()),
        ("line_items[0][quantity]", "2"),
        ("line_items[1][price]", price.as_str()),
    ];
    let quote = api.post("/v1/quotes", &form).await;
    assert_eq!((&quote["status"], &quote["amount_total"]), (&json!("draft"), &json!(750)));
    assert!(quote.get("line_items").is_none());
    let path = format!("/v1/quotes/{}", id(&quote));
    let shown = api.get(&path, &[("expand[]", "line_items.data.price.product")]).await;
    assert_eq!(shown["line_items"]["data"][0]["quantity"], 2);
    assert_eq!(shown["line_items"]["data"][0]["price"]["product"]["name"], "Thing");
    assert_eq!(ids(&api.get(&format!("{path}/line_items"), &[]).await).len(), 2);
    let (status, error) = api.post_refused(&format!("{path}/accept"), &[]).await;
    assert_eq!((status, &error["code"]), (400, &json!("status_transition_invalid")));
    let quote = api.post(&format!("{path}/finalize"), &[]).await;
    assert_eq!(quote["status"], "open");
    assert!(quote["number"].is_string());
    assert_eq!(api.post_refused(&path, &[("header", "x")]).await.0, 400);
    assert_eq!(api.post_refused(&format!("{path}/finalize"), &[]).await.0, 400);
    api.sandbox.next_id("in", "in_planned");
    let quote = api.post(&format!("{path}/accept"), &[]).await;
    assert_eq!((&quote["status"], &quote["invoice"]), (&json!("accepted"), &json!("in_planned")));
    let invoice = api.get("/v1/invoices/in_planned", &[]).await;
    assert_eq!((&invoice["status"], &invoice["total"]), (&json!("draft"), &json!(750)));
    assert_eq!(invoice["lines"]["data"][0]["quantity"], 2);
    assert_eq!(invoice["parent"]["quote_details"]["quote"], quote["id"]);
    for step in ["accept", "cancel", "finalize"] {
        assert_eq!(api.post_refused(&format!("{path}/{step}"), &[]).await.0, 400);
    }
}

#[tokio::test]
async fn a_recurring_quote_becomes_a_subscription() {
    let api = start().await;
    api.sandbox.set_clock(Some(START));
    let price = api.price("250", &[("recurring[interval]", "week")]).await;
    let once = api.price("1000", &[]).await;
    for (card, status) in [(Some("pm_card_visa"), "active"), (None, "incomplete")] {
        let customer = api.customer().await;
        if let Some(card) = card {
            attach(&api, &customer, card).await;
        }
        let form = [
            ("customer", customer.as_str()),
            ("line_items[0][price]", price.as_str()),
            ("line_items[0][quantity]", "2"),
            ("line_items[1][price]", once.as_str()),
            ("subscription_data[metadata][a]", "b"),
        ];
        let quote = api.post("/v1/quotes", &form).await;
        common::check_shape(&quote);
        assert_eq!(quote["computed"]["recurring"]["interval"], "week");
        assert_eq!(quote["computed"]["recurring"]["amount_total"], 500);
        assert_eq!(quote["computed"]["upfront"]["amount_total"], 1500);
        let path = format!("/v1/quotes/{}", id(&quote));
        api.post(&format!("{path}/finalize"), &[]).await;
        let quote = api.post(&format!("{path}/accept"), &[]).await;
        common::check_shape(&quote);
        let made = subscription(&api, quote["subscription"].as_str().unwrap()).await;
        assert_eq!((&made["status"], &made["customer"]), (&json!(status), &json!(customer)));
        assert_eq!((ids(&made["items"]).len(), &item(&made)["quantity"]), (1, &json!(2)));
        assert_eq!(made["metadata"], json!({"a": "b"}));
        // What is paid once stands on the first invoice.
        assert_eq!(quote["invoice"], made["latest_invoice"]);
        let invoice = latest(&api, &made).await;
        assert_eq!(
            (&invoice["total"], &invoice["billing_reason"]),
            (&json!(1500), &json!("subscription_create"))
        );
        assert_eq!(ids(&invoice["lines"]).len(), 2);
    }
}

#[tokio::test]
async fn prices_may_be_made_for_a_quote() {
    let api = start().await;
    let customer = payer(&api, "pm_card_visa").await;
    let product = id(&api.post("/v1/products", &[("name", "Gold")]).await);
    let form = [
        ("customer", customer.as_str()),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][product]", &product),
        ("line_items[0][price_data][unit_amount]", "900"),
        ("line_items[0][price_data][recurring][interval]", "month"),
        ("collection_method", "send_invoice"),
        ("invoice_settings[days_until_due]", "7"),
        ("subscription_data[trial_period_days]", "3"),
    ];
    let quote = api.post("/v1/quotes", &form).await;
    let path = format!("/v1/quotes/{}", id(&quote));
    // A trial puts off what recurs.
    assert_eq!(quote["computed"]["upfront"]["amount_total"], 0);
    assert!(ids(&api.get(&format!("{path}/computed_upfront_line_items"), &[]).await).is_empty());
    assert_eq!(ids(&api.get(&format!("{path}/line_items"), &[]).await).len(), 1);
    let changed = api.post(&path, &[("subscription_data[trial_period_days]", "")]).await;
    assert_eq!(changed["computed"]["upfront"]["amount_total"], 900);
    assert_eq!(ids(&api.get(&format!("{path}/computed_upfront_line_items"), &[]).await).len(), 1);
    api.post(&path, &[("subscription_data[trial_period_days]", "3")]).await;
    api.post(&format!("{path}/finalize"), &[]).await;
    let quote = api.post(&format!("{path}/accept"), &[]).await;
    let made = subscription(&api, quote["subscription"].as_str().unwrap()).await;
    assert_eq!((&made["status"], &made["days_until_due"]), (&json!("trialing"), &json!(7)));
    assert_eq!(item(&made)["price"]["product"], json!(product));
}

#[tokio::test]
async fn numbers_count_the_quotes_of_a_customer() {
    let api = start().await;
    let form = [("name", "Some One"), ("invoice_prefix", "ABC")];
    let customer = id(&api.post("/v1/customers", &form).await);
    let price = api.price("250", &[]).await;
    for number in ["QT-ABC-0001-1", "QT-ABC-0002-1"] {
        let form = [("customer", customer.as_str()), ("line_items[0][price]", price.as_str())];
        let quote = api.post("/v1/quotes", &form).await;
        assert_eq!(quote["number"], json!(null));
        let quote = api.post(&format!("/v1/quotes/{}/finalize", id(&quote)), &[]).await;
        assert_eq!(quote["number"], number);
    }
}

#[tokio::test]
async fn what_a_quote_cannot_be() {
    let api = start().await;
    api.sandbox.set_clock(Some(START));
    let customer = api.customer().await;
    let price = api.price("250", &[]).await;
    let week = api.price("250", &[("recurring[interval]", "week")]).await;
    let month = api.price("250", &[("recurring[interval]", "month")]).await;
    let gone = api.price("250", &[]).await;
    api.post(&format!("/v1/prices/{gone}"), &[("active", "false")]).await;
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("line_items[0][quantity]", "1")], "line_items[0][price]"),
        (&[("line_items[0][price]", &gone)], "line_items[0][price]"),
        (&[("line_items[0][price]", &price), ("line_items[0][quantity]", "-1")], "line_items[0][quantity]"),
        (
            &[("line_items[0][price]", &price), ("line_items[0][tax_rates][0]", "x")],
            "line_items[0][tax_rates]",
        ),
        (&[("line_items[0][price]", &week), ("line_items[1][price]", &month)], "line_items"),
        (&[("subscription_data[effective_date]", "current_period_end")], "subscription_data[effective_date]"),
        (&[("subscription_data[billing_mode][type]", "flexible")], "subscription_data[billing_mode][type]"),
        (&[("transfer_data[destination]", "acct_1")], "transfer_data"),
    ];
    for (form, param) in cases {
        let (status, error) = api.post_refused("/v1/quotes", form).await;
        assert_eq!((status, &error["param"]), (400, &json!(param)), "{form:?}: {error}");
    }
    // It is finalized with a customer and lines only, and in time.
    let finalize = |quote: &Value| format!("/v1/quotes/{}/finalize", id(quote));
    let quote = api.post("/v1/quotes", &[("line_items[0][price]", &price)]).await;
    assert_eq!(api.post_refused(&finalize(&quote), &[]).await.1["param"], "customer");
    let quote = api.post("/v1/quotes", &[("customer", &customer)]).await;
    assert_eq!(api.post_refused(&finalize(&quote), &[]).await.1["param"], "line_items");
    let form = [("customer", customer.as_str()), ("line_items[0][price]", price.as_str())];
    let quote = api.post("/v1/quotes", &form).await;
    let past = (START - 1).to_string();
    assert_eq!(api.post_refused(&finalize(&quote), &[("expires_at", &past)]).await.1["param"], "expires_at");
}

#[tokio::test]
async fn quotes_keep_what_was_there() {
    let api = start().await;
    api.sandbox.set_clock(Some(1_600_000_700));
    let old = |status: &str| {
        json!({
            "id": "qt_old", "object": "quote", "created": 3, "status": status, "number": "QT-1",
            "customer": null, "legacy": {"a": 1},
        })
    };
    for (step, from, to, mark) in [
        ("finalize", "draft", "open", "finalized_at"),
        ("cancel", "draft", "canceled", "canceled_at"),
        ("cancel", "open", "canceled", "canceled_at"),
        ("accept", "open", "accepted", "accepted_at"),
    ] {
        let mut before = old(from);
        if step == "finalize" {
            before["customer"] = json!(api.customer().await);
            let line = json!({"id": "li_old", "object": "item", "amount_total": 5});
            before["line_items"] = json!({"object": "list", "data": [line]});
        }
        let before = api.put(before);
        api.sandbox.next_id("in", "in_planned");
        let after = api.post(&format!("/v1/quotes/qt_old/{step}"), &[]).await;
        let mut changes = json!({"status": to, "status_transitions": {mark: 1_600_000_700}});
        if step == "accept" {
            changes["invoice"] = json!("in_planned");
        }
        assert_eq!(after, with(before, changes), "{step} from {from}");
    }
}
