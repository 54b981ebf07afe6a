//! Refunds: in parts, of the wrong things, late and failed.

use crate::common;
use crate::common::money::{NOON, charge_of, funds, paid, path_of};
use crate::common::{Api, id, ids, start, with};
use reqwest::Method;
use serde_json::{Value, json};

async fn refund(api: &Api, intent: &Value, more: &[(&str, &str)]) -> Value {
    let intent = id(intent);
    let mut form = vec![("payment_intent", intent.as_str())];
    form.extend(more);
    api.post("/v1/refunds", &form).await
}

#[tokio::test]
async fn a_charge_is_refunded_in_parts_until_nothing_is_left() {
    let api = start().await;
    let intent = paid(&api, "pm_card_visa", &[("description", "Socks")]).await;
    let charge = id(&charge_of(&api, &intent).await);
    let form = [("amount", "300"), ("reason", "duplicate"), ("metadata[k]", "v")];
    let first = refund(&api, &intent, &form).await;
    assert_eq!((&first["status"], &first["amount"]), (&json!("succeeded"), &json!(300)));
    assert_eq!((&first["charge"], &first["payment_intent"]), (&json!(charge), &intent["id"]));
    assert_eq!((&first["reason"], &first["metadata"]["k"]), (&json!("duplicate"), &json!("v")));
    let path = format!("/v1/charges/{charge}");
    let part = api.get(&path, &[]).await;
    assert_eq!((&part["amount_refunded"], &part["refunded"]), (&json!(300), &json!(false)));
    let of_charge = |amount| [("charge", charge.as_str()), ("amount", amount)];
    for (amount, code) in [("701", Value::Null), ("0", json!("parameter_invalid_integer"))] {
        let (status, error) = api.post_refused("/v1/refunds", &of_charge(amount)).await;
        assert_eq!((status, &error["code"], &error["param"]), (400, &code, &json!("amount")));
    }
    let second = api.post("/v1/refunds", &[("charge", &charge)]).await;
    assert_eq!(second["amount"], 700);
    let whole = api.get(&path, &[("expand[]", "refunds")]).await;
    assert_eq!((&whole["amount_refunded"], &whole["refunded"]), (&json!(1000), &json!(true)));
    assert_eq!(ids(&whole["refunds"]), [id(&second), id(&first)]);
    assert_eq!(whole["refunds"]["url"], format!("/v1/charges/{charge}/refunds"));
    let (status, error) = api.post_refused("/v1/refunds", &of_charge("1")).await;
    assert_eq!((status, &error["code"]), (400, &json!("charge_already_refunded")));
    let transaction = first["balance_transaction"].as_str().unwrap();
    let transaction = api.get(&format!("/v1/balance_transactions/{transaction}"), &[]).await;
    assert_eq!((&transaction["amount"], &transaction["net"]), (&json!(-300), &json!(-300)));
    assert_eq!((&transaction["type"], &transaction["source"]), (&json!("refund"), &first["id"]));
    assert_eq!(transaction["description"], "Socks");
    assert_eq!(funds(&api).await, (0, -59), "the fee is not given back");
}

#[tokio::test]
async fn a_refund_names_what_it_is_of() {
    let api = start().await;
    let (_, error) = api.post_refused("/v1/refunds", &[]).await;
    assert_eq!(error["code"], "parameter_missing");
    for name in ["charge", "payment_intent"] {
        let (status, error) = api.post_refused("/v1/refunds", &[(name, "x_nothing")]).await;
        assert_eq!(
            (status, &error["code"], &error["param"]),
            (400, &json!("resource_missing"), &json!(name))
        );
    }
    let (one, other) = (paid(&api, "pm_card_visa", &[]).await, paid(&api, "pm_card_visa", &[]).await);
    let both = [("charge", one["latest_charge"].as_str().unwrap()), ("payment_intent", &id(&other))];
    let (_, error) = api.post_refused("/v1/refunds", &both).await;
    assert_eq!(error["param"], "payment_intent");
    let both = [both[0], ("payment_intent", &id(&one))];
    api.post("/v1/refunds", &both).await;
}

#[tokio::test]
async fn only_what_was_paid_can_be_refunded() {
    let api = start().await;
    let form = [("amount", "1000"), ("currency", "usd")];
    let fresh = api.post("/v1/payment_intents", &form).await;
    let held = paid(&api, "pm_card_visa", &[("capture_method", "manual")]).await;
    let (_, error) = common::money::unpaid(&api, "pm_card_chargeDeclined", &[]).await;
    let failed = error["payment_intent"].clone();
    for intent in [&fresh, &held, &failed] {
        let (status, error) = api.post_refused("/v1/refunds", &[("payment_intent", &id(intent))]).await;
        assert_eq!((status, &error["param"]), (400, &json!("payment_intent")), "{intent}");
    }
    let charge = [("charge", failed["latest_charge"].as_str().unwrap())];
    api.post_refused("/v1/refunds", &charge).await;
    let (status, error) =
        api.post_refused("/v1/charges", &[&form[..], &[("source", "tok_chargeDeclined")]].concat()).await;
    assert_eq!(status, 402);
    let (_, error) = api.post_refused("/v1/refunds", &[("charge", error["charge"].as_str().unwrap())]).await;
    assert_eq!(error["code"], "charge_not_refundable");
    assert_eq!(ids(&api.get("/v1/refunds", &[]).await).len(), 0);
}

#[tokio::test]
async fn captured_parts_can_be_refunded_before_the_last() {
    let api = start().await;
    let several = ("payment_method_options[card][request_multicapture]", "if_available");
    let intent = paid(&api, "pm_card_visa", &[("capture_method", "manual"), several]).await;
    let part = [("amount_to_capture", "700"), ("final_capture", "false")];
    api.post(&path_of(&intent, "/capture"), &part).await;
    let (_, error) =
        api.post_refused("/v1/refunds", &[("payment_intent", &id(&intent)), ("amount", "701")]).await;
    assert_eq!(error["param"], "amount");
    refund(&api, &intent, &[]).await;
    let charge = charge_of(&api, &intent).await;
    assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&json!(700), &json!(false)));
    let rest = [("amount_to_capture", "0")];
    let intent = api.post(&path_of(&intent, "/capture"), &rest).await;
    assert_eq!(charge_of(&api, &intent).await["refunded"], true);
}

#[tokio::test]
async fn a_partial_capture_leaves_only_that_to_refund() {
    let api = start().await;
    let intent = paid(&api, "pm_card_visa", &[("capture_method", "manual")]).await;
    let intent = api.post(&path_of(&intent, "/capture"), &[("amount_to_capture", "300")]).await;
    let back = refund(&api, &intent, &[]).await;
    assert_eq!(back["amount"], 300);
    assert_eq!(charge_of(&api, &intent).await["refunded"], true);
}

#[tokio::test]
async fn refunds_are_listed_changed_and_read() {
    let api = start().await;
    let (one, other) = (paid(&api, "pm_card_visa", &[]).await, paid(&api, "pm_card_visa", &[]).await);
    let first = refund(&api, &one, &[("amount", "100")]).await;
    let second = refund(&api, &other, &[("amount", "100")]).await;
    assert_eq!(ids(&api.get("/v1/refunds", &[]).await), [id(&second), id(&first)]);
    let charge = one["latest_charge"].as_str().unwrap();
    for query in [("charge", charge), ("payment_intent", &id(&one))] {
        assert_eq!(ids(&api.get("/v1/refunds", &[query]).await), [id(&first)]);
    }
    let path = format!("/v1/refunds/{}", id(&first));
    let changed = api.post(&path, &[("metadata[k]", "v")]).await;
    assert_eq!(changed, with(first.clone(), json!({"metadata": {"k": "v"}})));
    assert_eq!(api.get(&path, &[]).await, changed);
    let (_, error) = api.post_refused(&path, &[("reason", "duplicate")]).await;
    assert_eq!(error["code"], "parameter_unknown");
    let (status, _) = api.refused(Method::GET, "/v1/refunds/re_nothing", &[]).await;
    assert_eq!(status, 404);
    // The same below the charge.
    let below = format!("/v1/charges/{charge}/refunds");
    assert_eq!(ids(&api.get(&below, &[]).await), [id(&first)]);
    assert_eq!(api.get(&format!("{below}/{}", id(&first)), &[]).await, changed);
    let (status, error) = api.refused(Method::GET, &format!("{below}/{}", id(&second)), &[]).await;
    assert_eq!((status, &error["param"]), (404, &json!("refund")));
    api.post(&format!("{below}/{}", id(&first)), &[("metadata[k]", "w")]).await;
    let third = api.post(&below, &[("amount", "100")]).await;
    assert_eq!(third["charge"], charge);
    let answer = api.post(&format!("/v1/charges/{charge}/refund"), &[("amount", "100")]).await;
    assert_eq!((&answer["object"], &answer["amount_refunded"]), (&json!("charge"), &json!(300)));
    let (_, error) =
        api.post_refused("/v1/refunds", &[("charge", charge), ("reverse_transfer", "true")]).await;
    assert_eq!(error["param"], "reverse_transfer");
}

#[tokio::test]
async fn a_refund_can_take_its_time() {
    let api = start().await;
    api.sandbox.set_clock(Some(NOON));
    let intent = paid(&api, "pm_card_pendingRefund", &[]).await;
    let pending = refund(&api, &intent, &[]).await;
    assert_eq!((&pending["status"], &pending["pending_reason"]), (&json!("pending"), &json!("processing")));
    let path = format!("/v1/refunds/{}", id(&pending));
    let (status, _) = api.post_refused(&format!("{path}/cancel"), &[]).await;
    assert_eq!(status, 400);
    api.sandbox.set_clock(Some(NOON + 60));
    let done = api.get(&path, &[]).await;
    assert_eq!((&done["status"], done.get("pending_reason")), (&json!("succeeded"), None));
    assert_eq!(funds(&api).await, (0, -59));
}

#[tokio::test]
async fn a_refund_can_fail_after_all() {
    let api = start().await;
    api.sandbox.set_clock(Some(NOON));
    let intent = paid(&api, "pm_card_refundFail", &[]).await;
    let refunded = refund(&api, &intent, &[]).await;
    assert_eq!(refunded["status"], "succeeded");
    assert_eq!(charge_of(&api, &intent).await["refunded"], true);
    api.sandbox.set_clock(Some(NOON + 60));
    let failed = api.get(&format!("/v1/refunds/{}", id(&refunded)), &[]).await;
    assert_eq!(
        (&failed["status"], &failed["failure_reason"]),
        (&json!("failed"), &json!("expired_or_canceled_card"))
    );
    let charge = charge_of(&api, &intent).await;
    assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&json!(0), &json!(false)));
    let transaction = failed["failure_balance_transaction"].as_str().unwrap();
    let transaction = api.get(&format!("/v1/balance_transactions/{transaction}"), &[]).await;
    assert_eq!((&transaction["type"], &transaction["amount"]), (&json!("refund_failure"), &json!(1000)));
    let (available, pending) = funds(&api).await;
    assert_eq!(available + pending, 1000 - 59);
}

#[tokio::test]
async fn a_refund_that_waits_for_the_customer_can_be_canceled() {
    let api = start().await;
    let intent = paid(&api, "pm_card_visa", &[]).await;
    let done = refund(&api, &intent, &[("amount", "400")]).await;
    let path = format!("/v1/refunds/{}/cancel", id(&done));
    let (_, error) = api.post_refused(&path, &[]).await;
    assert!(error["message"].as_str().unwrap().contains("requires_action"), "{error}");
    api.put(with(done, json!({"status": "requires_action"})));
    let canceled = api.post(&path, &[]).await;
    assert_eq!(
        (&canceled["status"], &canceled["failure_reason"]),
        (&json!("canceled"), &json!("merchant_request"))
    );
    assert_eq!(charge_of(&api, &intent).await["amount_refunded"], 0);
}
