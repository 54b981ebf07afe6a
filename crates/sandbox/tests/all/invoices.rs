//! Invoices after their draft: paid, declined, voided, written off, sent.

use crate::common::subscribing::payer;
use crate::common::{Api, id, ids, start};
use reqwest::Method;
use serde_json::{Value, json};

/// A draft of one item.
async fn draft(api: &Api, customer: &str, amount: &str, more: &[(&str, &str)]) -> String {
    let mut form = vec![("customer", customer), ("currency", "usd")];
    form.extend(more);
    let invoice = api.post("/v1/invoices", &form).await;
    let form = [("customer", customer), ("amount", amount), ("invoice", invoice["id"].as_str().unwrap())];
    api.post("/v1/invoiceitems", &form).await;
    format!("/v1/invoices/{}", id(&invoice))
}

async fn step(api: &Api, invoice: &str, step: &str) -> Value {
    api.post(&format!("{invoice}/{step}"), &[]).await
}

async fn refused(api: &Api, invoice: &str, step: &str) -> Value {
    let (status, error) = api.post_refused(&format!("{invoice}/{step}"), &[]).await;
    assert_eq!(status, 400, "{error}");
    error
}

async fn payment(api: &Api, invoice: &str) -> Value {
    let shown = [("expand[]", "payments.data.payment.payment_intent")];
    api.get(invoice, &shown).await["payments"]["data"][0].clone()
}

#[tokio::test]
async fn a_finalized_invoice_waits_for_its_payment() {
    let api = start().await;
    api.sandbox.set_clock(Some(1_600_000_000));
    let customer = payer(&api, "pm_card_visa").await;
    let path = draft(&api, &customer, "1500", &[("auto_advance", "true")]).await;
    let invoice = step(&api, &path, "finalize").await;
    assert_eq!((&invoice["status"], &invoice["attempted"]), (&json!("open"), &json!(false)));
    assert_eq!(invoice["next_payment_attempt"], 1_600_003_600);
    assert!(invoice.get("payments").is_none() && invoice.get("confirmation_secret").is_none());
    let payment = payment(&api, &path).await;
    assert_eq!((&payment["status"], &payment["is_default"]), (&json!("open"), &json!(true)));
    assert_eq!((&payment["amount_requested"], &payment["amount_paid"]), (&json!(1500), &Value::Null));
    let intent = &payment["payment"]["payment_intent"];
    assert_eq!((&intent["status"], &intent["amount"]), (&json!("requires_payment_method"), &json!(1500)));
    let shown = api.get(&path, &[("expand[]", "confirmation_secret")]).await;
    assert_eq!(shown["confirmation_secret"]["client_secret"], intent["client_secret"]);
    // It is the invoice's: nobody else cancels or changes it.
    let intent = format!("/v1/payment_intents/{}", id(intent));
    assert_eq!(api.post_refused(&format!("{intent}/cancel"), &[]).await.0, 400);
    assert_eq!(api.post_refused(&intent, &[("amount", "1")]).await.0, 400);
    api.post(&intent, &[("metadata[a]", "b")]).await;
    // Without automatic collection there is no next attempt.
    let path = draft(&api, &customer, "1500", &[]).await;
    assert_eq!(step(&api, &path, "finalize").await["next_payment_attempt"], Value::Null);
}

#[tokio::test]
async fn an_invoice_is_paid_by_the_default_method() {
    let api = start().await;
    api.sandbox.set_clock(Some(1_600_000_000));
    let customer = payer(&api, "pm_card_visa").await;
    let path = draft(&api, &customer, "1500", &[]).await;
    step(&api, &path, "finalize").await;
    api.sandbox.set_clock(Some(1_600_000_050));
    let invoice = step(&api, &path, "pay").await;
    assert_eq!((&invoice["status"], &invoice["attempted"]), (&json!("paid"), &json!(true)));
    assert_eq!((&invoice["amount_paid"], &invoice["amount_remaining"]), (&json!(1500), &json!(0)));
    assert_eq!((&invoice["attempt_count"], &invoice["amount_paid_off_stripe"]), (&json!(1), &json!(0)));
    assert_eq!(invoice["status_transitions"]["paid_at"], 1_600_000_050);
    let payment = payment(&api, &path).await;
    assert_eq!((&payment["status"], &payment["amount_paid"]), (&json!("paid"), &json!(1500)));
    assert_eq!(payment["status_transitions"]["paid_at"], 1_600_000_050);
    assert_eq!(payment["payment"]["payment_intent"]["status"], "succeeded");
    let filter = [("payment[type]", "payment_intent"), ("status", "paid"), ("invoice", &path[13..])];
    let payments = api.get("/v1/invoice_payments", &filter).await;
    assert_eq!(ids(&payments), [id(&payment)]);
    let one = api.get(&format!("/v1/invoice_payments/{}", id(&payment)), &[]).await;
    assert_eq!(one["invoice"], invoice["id"]);
    assert!(ids(&api.get("/v1/invoice_payments", &[("status", "open")]).await).is_empty());
    let balance = api.get("/v1/balance", &[]).await;
    // Less the fee.
    assert_eq!(balance["pending"][0]["amount"], 1426);
    for step in ["pay", "void", "mark_uncollectible", "finalize"] {
        refused(&api, &path, step).await;
    }
}

#[tokio::test]
async fn a_draft_is_finalized_by_being_paid() {
    let api = start().await;
    let customer = payer(&api, "pm_card_visa").await;
    let path = draft(&api, &customer, "1500", &[]).await;
    let invoice = step(&api, &path, "pay").await;
    assert_eq!(invoice["status"], "paid");
    assert!(invoice["number"].is_string() && invoice["status_transitions"]["finalized_at"].is_i64());
    let nothing = api.post("/v1/invoices", &[("customer", &customer)]).await;
    let nothing = step(&api, &format!("/v1/invoices/{}", id(&nothing)), "pay").await;
    assert_eq!((&nothing["status"], &nothing["attempt_count"]), (&json!("paid"), &json!(0)));
}

#[tokio::test]
async fn a_declined_card_leaves_the_invoice_open() {
    let api = start().await;
    let customer = payer(&api, "pm_card_chargeCustomerFail").await;
    let path = draft(&api, &customer, "1500", &[]).await;
    step(&api, &path, "finalize").await;
    for _ in 0..2 {
        let (status, error) = api.post_refused(&format!("{path}/pay"), &[]).await;
        assert_eq!((status, &error["code"]), (402, &json!("card_declined")));
        assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
        let invoice = api.get(&path, &[]).await;
        assert_eq!((&invoice["status"], &invoice["attempted"]), (&json!("open"), &json!(true)));
        // Attempts by hand after the first one do not count.
        assert_eq!((&invoice["attempt_count"], &invoice["amount_remaining"]), (&json!(1), &json!(1500)));
    }
    assert_eq!(payment(&api, &path).await["status"], "open");
    let form = [("customer", customer.as_str())];
    let good = api.post("/v1/payment_methods/pm_card_visa/attach", &form).await;
    let invoice = api.post(&format!("{path}/pay"), &[("payment_method", &id(&good))]).await;
    assert_eq!((&invoice["status"], &invoice["attempt_count"]), (&json!("paid"), &json!(1)));
}

#[tokio::test]
async fn authentication_needs_the_customer() {
    let api = start().await;
    let customer = payer(&api, "pm_card_authenticationRequired").await;
    let path = draft(&api, &customer, "1500", &[]).await;
    let pay = format!("{path}/pay");
    let (status, error) = api.post_refused(&pay, &[]).await;
    assert_eq!((status, &error["code"]), (402, &json!("authentication_required")));
    let (status, error) = api.post_refused(&pay, &[("off_session", "false")]).await;
    assert_eq!((status, &error["code"]), (402, &json!("invoice_payment_intent_requires_action")));
    assert_eq!(error["payment_intent"]["status"], "requires_action");
    assert_eq!(api.get(&path, &[]).await["status"], "open");
}

#[tokio::test]
async fn who_pays_is_said_by_the_call_the_invoice_or_the_customer() {
    let api = start().await;
    let customer = api.customer().await;
    let path = draft(&api, &customer, "1500", &[]).await;
    let error = refused(&api, &path, "pay").await;
    assert_eq!(error["code"], "resource_missing");
    assert_eq!(api.get(&path, &[]).await["status"], "draft", "a refused request leaves nothing behind");
    let loose = api.post("/v1/payment_methods", &[("type", "card"), ("card[token]", "tok_visa")]).await;
    for (path, name) in [(format!("{path}/pay"), "payment_method"), (path.clone(), "default_payment_method")]
    {
        let (status, error) = api.post_refused(&path, &[(name, &id(&loose))]).await;
        assert_eq!((status, &error["param"]), (400, &json!(name)));
    }
    api.post(&format!("/v1/payment_methods/{}/attach", id(&loose)), &[("customer", &customer)]).await;
    api.post(&path, &[("default_payment_method", &id(&loose))]).await;
    assert_eq!(step(&api, &path, "pay").await["status"], "paid");
    assert_eq!(payment(&api, &path).await["payment"]["payment_intent"]["payment_method"], loose["id"]);
    // A card from before there were payment methods.
    let old = api.post("/v1/customers", &[("source", "tok_visa")]).await;
    let path = draft(&api, &id(&old), "700", &[]).await;
    assert_eq!(step(&api, &path, "pay").await["status"], "paid");
    let charges = api.get("/v1/charges", &[("customer", &id(&old))]).await;
    assert_eq!(charges["data"][0]["payment_method"], old["default_source"]);
    assert_eq!(charges["data"][0]["payment_method_details"]["card"]["last4"], "4242");
}

#[tokio::test]
async fn paid_elsewhere() {
    let api = start().await;
    let customer = api.customer().await;
    let path = draft(&api, &customer, "1500", &[]).await;
    let pay = format!("{path}/pay");
    let form = [("paid_out_of_band", "true"), ("payment_method", "pm_card_visa")];
    assert_eq!(api.post_refused(&pay, &form).await.1["param"], "paid_out_of_band");
    let invoice = api.post(&pay, &form[..1]).await;
    assert_eq!((&invoice["status"], &invoice["amount_remaining"]), (&json!("paid"), &json!(0)));
    assert_eq!((&invoice["amount_paid"], &invoice["amount_paid_off_stripe"]), (&json!(1500), &json!(1500)));
    let payment = payment(&api, &path).await;
    assert_eq!(payment["status"], "canceled");
    assert_eq!(payment["payment"]["payment_intent"]["status"], "canceled");
}

#[tokio::test]
async fn an_intent_that_is_confirmed_by_itself_pays_its_invoice() {
    let api = start().await;
    let customer = api.customer().await;
    let path = draft(&api, &customer, "1500", &[]).await;
    step(&api, &path, "finalize").await;
    let intent = payment(&api, &path).await["payment"]["payment_intent"].clone();
    let confirm = format!("/v1/payment_intents/{}/confirm", id(&intent));
    let declined = [("payment_method", "pm_card_chargeDeclined")];
    assert_eq!(api.post_refused(&confirm, &declined).await.0, 402);
    let invoice = api.get(&path, &[]).await;
    assert_eq!((&invoice["status"], &invoice["attempt_count"]), (&json!("open"), &json!(1)));
    api.post(&confirm, &[("payment_method", "pm_card_visa")]).await;
    assert_eq!(api.get(&path, &[]).await["status"], "paid");
}

#[tokio::test]
async fn an_invoice_is_never_captured_by_hand() {
    let api = start().await;
    let customer = payer(&api, "pm_card_visa").await;
    let path = draft(&api, &customer, "1500", &[]).await;
    step(&api, &path, "finalize").await;
    let intent = id(&payment(&api, &path).await["payment"]["payment_intent"]);
    let confirm = format!("/v1/payment_intents/{intent}/confirm");
    for name in ["capture_method", "payment_method_options[card][capture_method]"] {
        let form = [("payment_method", "pm_card_visa"), (name, "manual")];
        let (status, error) = api.post_refused(&confirm, &form).await;
        assert_eq!((status, &error["code"]), (400, &json!("payment_intent_unexpected_state")), "{name}");
    }
    assert_eq!(step(&api, &path, "void").await["status"], "void");
    let intent = api.get(&format!("/v1/payment_intents/{intent}"), &[]).await;
    assert_eq!(intent["status"], "canceled");
}

#[tokio::test]
async fn who_pays_is_late_no_more() {
    let api = start().await;
    let late =
        json!({"id": "cus_late", "object": "customer", "created": 1, "balance": 0, "delinquent": true});
    for step in ["pay", "mark_uncollectible", "void"] {
        api.put(late.clone());
        let path = draft(&api, "cus_late", "1500", &[]).await;
        self::step(&api, &path, "finalize").await;
        let form: &[(&str, &str)] = if step == "pay" { &[("paid_out_of_band", "true")] } else { &[] };
        api.post(&format!("{path}/{step}"), form).await;
        assert_eq!(api.get("/v1/customers/cus_late", &[]).await["delinquent"], step == "void", "{step}");
    }
    api.put(late);
    let path = draft(&api, "cus_late", "1500", &[]).await;
    self::step(&api, &path, "finalize").await;
    let intent = payment(&api, &path).await["payment"]["payment_intent"].clone();
    let confirm = format!("/v1/payment_intents/{}/confirm", id(&intent));
    api.post(&confirm, &[("payment_method", "pm_card_visa")]).await;
    assert_eq!(api.get("/v1/customers/cus_late", &[]).await["delinquent"], false);
}

#[tokio::test]
async fn an_invoice_is_voided_or_written_off() {
    let api = start().await;
    api.sandbox.set_clock(Some(1_600_000_000));
    let customer = payer(&api, "pm_card_visa").await;
    let path = draft(&api, &customer, "1500", &[("auto_advance", "true")]).await;
    for step in ["void", "mark_uncollectible"] {
        refused(&api, &path, step).await;
    }
    step(&api, &path, "finalize").await;
    let invoice = step(&api, &path, "mark_uncollectible").await;
    assert_eq!((&invoice["status"], &invoice["auto_advance"]), (&json!("uncollectible"), &json!(false)));
    assert_eq!(invoice["next_payment_attempt"], Value::Null);
    assert_eq!(invoice["status_transitions"]["marked_uncollectible_at"], 1_600_000_000);
    refused(&api, &path, "mark_uncollectible").await;
    refused(&api, &path, "finalize").await;
    let invoice = step(&api, &path, "void").await;
    assert_eq!((&invoice["status"], &invoice["amount_remaining"]), (&json!("void"), &json!(1500)));
    assert_eq!(invoice["status_transitions"]["voided_at"], 1_600_000_000);
    let payment = payment(&api, &path).await;
    assert_eq!(payment["status"], "canceled");
    assert_eq!(payment["payment"]["payment_intent"]["cancellation_reason"], "void_invoice");
    for step in ["void", "mark_uncollectible", "pay", "finalize", "send"] {
        refused(&api, &path, step).await;
    }
    assert_eq!(api.refused(Method::DELETE, &path, &[]).await.0, 400);
    // What was written off can still be paid, and what is open can be voided.
    let path = draft(&api, &customer, "900", &[]).await;
    step(&api, &path, "finalize").await;
    step(&api, &path, "mark_uncollectible").await;
    assert_eq!(step(&api, &path, "pay").await["status"], "paid");
    let path = draft(&api, &customer, "900", &[]).await;
    step(&api, &path, "finalize").await;
    assert_eq!(step(&api, &path, "void").await["status"], "void");
}

#[tokio::test]
async fn sending_needs_terms_and_an_address() {
    let api = start().await;
    let customer = payer(&api, "pm_card_visa").await;
    let terms = [("collection_method", "send_invoice"), ("days_until_due", "3")];
    let path = draft(&api, &customer, "1500", &terms).await;
    refused(&api, &path, "send").await;
    let customer = id(&api.post("/v1/customers", &[("email", "n@a.b")]).await);
    refused(&api, &draft(&api, &customer, "1500", &[]).await, "send").await;
    let path = draft(&api, &customer, "1500", &terms).await;
    let invoice = step(&api, &path, "send").await;
    assert_eq!((&invoice["status"], &invoice["next_payment_attempt"]), (&json!("open"), &Value::Null));
    assert_eq!(step(&api, &path, "send").await, invoice);
    step(&api, &path, "mark_uncollectible").await;
    step(&api, &path, "send").await;
    step(&api, &path, "void").await;
    refused(&api, &path, "send").await;
}

#[tokio::test]
async fn the_balance_goes_in_and_comes_back() {
    let api = start().await;
    let customer = payer(&api, "pm_card_visa").await;
    let balance = |amount: &'static str| [("balance", amount)];
    let path_of = format!("/v1/customers/{customer}");
    // The balance counts as it is when the invoice is finalized.
    let path = draft(&api, &customer, "1500", &[]).await;
    api.post(&path_of, &balance("-400")).await;
    let invoice = step(&api, &path, "finalize").await;
    assert_eq!((&invoice["starting_balance"], &invoice["ending_balance"]), (&json!(-400), &json!(0)));
    assert_eq!((&invoice["total"], &invoice["amount_due"]), (&json!(1500), &json!(1100)));
    assert_eq!(api.get(&path_of, &[]).await["balance"], 0);
    step(&api, &path, "void").await;
    assert_eq!(api.get(&path_of, &[]).await["balance"], -400);
    // What is owed is paid with the next invoice.
    api.post(&path_of, &balance("250")).await;
    let path = draft(&api, &customer, "1500", &[]).await;
    let invoice = step(&api, &path, "pay").await;
    assert_eq!((&invoice["amount_due"], &invoice["amount_paid"]), (&json!(1750), &json!(1750)));
    assert_eq!(api.get(&path_of, &[]).await["balance"], 0);
    // Too little to charge is owed later.
    let path = draft(&api, &customer, "20", &[]).await;
    let invoice = step(&api, &path, "finalize").await;
    assert_eq!((&invoice["status"], &invoice["ending_balance"]), (&json!("paid"), &json!(20)));
    assert_eq!(api.get(&path_of, &[]).await["balance"], 20);
    // An invoice below zero gives credit, also against what is owed.
    let path = draft(&api, &customer, "-300", &[]).await;
    let invoice = step(&api, &path, "finalize").await;
    assert_eq!((&invoice["status"], &invoice["ending_balance"]), (&json!("paid"), &json!(-280)));
    assert_eq!(api.get(&path_of, &[]).await["balance"], -280);
    // It does so only in part where more is owed.
    api.post(&path_of, &balance("250")).await;
    let path = draft(&api, &customer, "-100", &[]).await;
    let invoice = step(&api, &path, "finalize").await;
    assert_eq!((&invoice["amount_due"], &invoice["ending_balance"]), (&json!(0), &json!(150)));
    assert_eq!(api.get(&path_of, &[]).await["balance"], 150);
    // A balance in another currency is not touched.
    let form = [("customer", customer.as_str()), ("currency", "eur")];
    let other = api.post("/v1/invoices", &form).await;
    let path = format!("/v1/invoices/{}", id(&other));
    let form = [("customer", customer.as_str()), ("amount", "900"), ("invoice", &path[13..])];
    api.post("/v1/invoiceitems", &form).await;
    assert_eq!(step(&api, &path, "finalize").await["amount_due"], 900);
}

#[tokio::test]
async fn an_invoice_goes_on_by_itself() {
    let api = start().await;
    api.sandbox.set_clock(Some(1_800_000_000));
    let customer = payer(&api, "pm_card_visa").await;
    let broke = payer(&api, "pm_card_chargeCustomerFail").await;
    let mut drafts = Vec::new();
    for customer in [&customer, &broke] {
        let invoice =
            id(&api.post("/v1/invoices", &[("customer", customer), ("auto_advance", "true")]).await);
        let item =
            [("customer", customer.as_str()), ("invoice", &invoice), ("amount", "900"), ("currency", "usd")];
        api.post("/v1/invoiceitems", &item).await;
        drafts.push(format!("/v1/invoices/{invoice}"));
    }
    api.sandbox.set_clock(Some(1_800_000_000 + 3_600));
    for draft in &drafts {
        assert_eq!(api.get(draft, &[]).await["status"], "open");
    }
    api.sandbox.set_clock(Some(1_800_000_000 + 86_400));
    let (paid, unpaid) = (api.get(&drafts[0], &[]).await, api.get(&drafts[1], &[]).await);
    assert_eq!((&paid["status"], &paid["attempt_count"]), (&json!("paid"), &json!(1)));
    assert_eq!((&unpaid["status"], &unpaid["attempt_count"]), (&json!("open"), &json!(1)));
    assert_eq!(unpaid["next_payment_attempt"], Value::Null);
}
