//! Authorizations: captured at once or in parts, raised, given back, expired.

use crate::common::money::{NOON, charge_of, funds, paid, path_of};
use crate::common::{check_shape, id, ids, start};
use serde_json::{Value, json};

const MANUAL: (&str, &str) = ("capture_method", "manual");
const SEVERAL: (&str, &str) = ("payment_method_options[card][request_multicapture]", "if_available");
const RAISED: (&str, &str) =
    ("payment_method_options[card][request_incremental_authorization]", "if_available");

fn amounts(intent: &Value) -> (i64, i64) {
    let amount = |name: &str| intent[name].as_i64().unwrap();
    (amount("amount_capturable"), amount("amount_received"))
}

#[tokio::test]
async fn an_authorization_is_captured_in_several_parts() {
    let api = start().await;
    let intent = paid(&api, "pm_card_visa", &[MANUAL, SEVERAL]).await;
    let path = path_of(&intent, "/capture");
    let nothing = [("amount_to_capture", "0")];
    let (_, error) = api.post_refused(&path, &nothing).await;
    assert_eq!(error["param"], "amount_to_capture", "nothing was captured before");
    let part = [("amount_to_capture", "700"), ("final_capture", "false")];
    let intent = api.post(&path, &part).await;
    assert_eq!((&intent["status"], amounts(&intent)), (&json!("requires_capture"), (300, 700)));
    let charge = charge_of(&api, &intent).await;
    assert_eq!((&charge["amount_captured"], &charge["captured"]), (&json!(700), &json!(false)));
    let (_, error) = api.post_refused(&path, &[("amount_to_capture", "301")]).await;
    assert_eq!(error["code"], "amount_too_large");
    let intent = api.post(&path, &[("amount_to_capture", "200")]).await;
    assert_eq!((&intent["status"], amounts(&intent)), (&json!("succeeded"), (0, 900)));
    let charge = charge_of(&api, &intent).await;
    assert_eq!((&charge["amount_captured"], &charge["captured"]), (&json!(900), &json!(true)));
    assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&json!(0), &json!(false)));
    let source = [("source", charge["id"].as_str().unwrap())];
    let transactions = api.get("/v1/balance_transactions", &source).await;
    let amounts: Vec<&Value> =
        transactions["data"].as_array().unwrap().iter().map(|one| &one["amount"]).collect();
    assert_eq!(amounts, [&json!(200), &json!(700)]);
    assert_eq!(charge["balance_transaction"], ids(&transactions)[0]);
    assert_eq!(funds(&api).await, (0, 700 - 50 + 200 - 36));
}

#[tokio::test]
async fn the_last_part_ends_it_by_itself_and_nothing_gives_back_the_rest() {
    let api = start().await;
    let intent = paid(&api, "pm_card_visa", &[MANUAL, SEVERAL]).await;
    let all = [("amount_to_capture", "1000"), ("final_capture", "false")];
    let intent = api.post(&path_of(&intent, "/capture"), &all).await;
    assert_eq!((&intent["status"], amounts(&intent)), (&json!("succeeded"), (0, 1000)));
    let intent = paid(&api, "pm_card_visa", &[MANUAL, SEVERAL]).await;
    let part = [("amount_to_capture", "400"), ("final_capture", "false")];
    api.post(&path_of(&intent, "/capture"), &part).await;
    let (_, error) = api.post_refused(&path_of(&intent, "/cancel"), &[]).await;
    assert_eq!(error["code"], "payment_intent_unexpected_state", "money that came in stays");
    let rest = [("amount_to_capture", "0"), ("final_capture", "true")];
    let intent = api.post(&path_of(&intent, "/capture"), &rest).await;
    assert_eq!((&intent["status"], amounts(&intent)), (&json!("succeeded"), (0, 400)));
    assert_eq!(charge_of(&api, &intent).await["captured"], true);
}

#[tokio::test]
async fn several_parts_have_to_be_asked_for() {
    let api = start().await;
    for (method, more) in [
        ("pm_card_visa", &[MANUAL] as &[_]),
        ("pm_card_credit_disableEnterpriseCardFeatures", &[MANUAL, SEVERAL]),
    ] {
        let intent = paid(&api, method, more).await;
        let status = &charge_of(&api, &intent).await["payment_method_details"]["card"]["multicapture"];
        assert_eq!(status["status"], "unavailable");
        let part = [("amount_to_capture", "700"), ("final_capture", "false")];
        let (_, error) = api.post_refused(&path_of(&intent, "/capture"), &part).await;
        assert_eq!(error["param"], "final_capture");
        assert_eq!(funds(&api).await, (0, 0));
    }
}

#[tokio::test]
async fn the_way_of_capture_can_be_the_cards_own() {
    let api = start().await;
    let own = [("payment_method_options[card][capture_method]", "manual")];
    let intent = paid(&api, "pm_card_visa", &own).await;
    assert_eq!(intent["status"], "requires_capture");
    assert_eq!(intent["capture_method"], "automatic_async");
    assert_eq!(intent["payment_method_options"]["card"]["request_three_d_secure"], "automatic");
}

#[tokio::test]
async fn an_authorization_is_raised() {
    let api = start().await;
    let intent = paid(&api, "pm_card_visa", &[MANUAL, RAISED]).await;
    let path = path_of(&intent, "/increment_authorization");
    for amount in ["1000", "999"] {
        let (_, error) = api.post_refused(&path, &[("amount", amount)]).await;
        assert_eq!(error["param"], "amount");
    }
    let intent = api.post(&path, &[("amount", "1500"), ("description", "more")]).await;
    assert_eq!((&intent["amount"], &intent["amount_capturable"]), (&json!(1500), &json!(1500)));
    assert_eq!(intent["description"], "more");
    let charge = charge_of(&api, &intent).await;
    assert_eq!(charge["amount"], 1500);
    assert_eq!(charge["payment_method_details"]["card"]["amount_authorized"], 1500);
    for number in 1..10 {
        api.post(&path, &[("amount", &(1500 + number).to_string())]).await;
    }
    let (status, error) = api.post_refused(&path, &[("amount", "5000")]).await;
    assert_eq!(status, 400);
    assert!(error["message"].as_str().unwrap().contains("10 times"), "{error}");
    let intent = api.post(&path_of(&intent, "/capture"), &[]).await;
    assert_eq!(intent["amount_received"], 1509);
    let (_, error) = api.post_refused(&path, &[("amount", "5000")]).await;
    assert_eq!(error["code"], "payment_intent_unexpected_state");
}

#[tokio::test]
async fn raising_has_to_be_asked_for() {
    let api = start().await;
    let intent = paid(&api, "pm_card_visa", &[MANUAL]).await;
    let path = path_of(&intent, "/increment_authorization");
    let (status, _) = api.post_refused(&path, &[("amount", "1500")]).await;
    assert_eq!(status, 400);
    let intent = api.get(&path_of(&intent, ""), &[]).await;
    assert_eq!(intent["amount"], 1000);
}

#[tokio::test]
async fn a_canceled_authorization_is_given_back() {
    let api = start().await;
    let intent = paid(&api, "pm_card_visa", &[MANUAL]).await;
    let reason = [("cancellation_reason", "duplicate")];
    let intent = api.post(&path_of(&intent, "/cancel"), &reason).await;
    assert_eq!(
        (&intent["status"], &intent["cancellation_reason"]),
        (&json!("canceled"), &json!("duplicate"))
    );
    let charge = charge_of(&api, &intent).await;
    assert_eq!((&charge["refunded"], &charge["captured"]), (&json!(true), &json!(false)));
    assert_eq!(charge["amount_refunded"], 1000);
    let refunds = api.get(&path_of(&charge, "/refunds"), &[]).await;
    assert_eq!(refunds["data"][0]["balance_transaction"], Value::Null);
    assert_eq!(refunds["data"][0]["destination_details"]["card"]["type"], "reversal");
    assert_eq!(funds(&api).await, (0, 0));
    let (_, error) = api.post_refused(&path_of(&intent, "/capture"), &[]).await;
    assert_eq!(error["code"], "payment_intent_unexpected_state");
    let wrong = [("cancellation_reason", "automatic")];
    let other = paid(&api, "pm_card_visa", &[MANUAL]).await;
    let (_, error) = api.post_refused(&path_of(&other, "/cancel"), &wrong).await;
    assert_eq!(error["param"], "cancellation_reason", "only Stripe gives this reason");
}

#[tokio::test]
async fn what_is_not_captured_in_a_week_is_given_back() {
    let api = start().await;
    api.sandbox.set_clock(Some(NOON));
    let untouched = paid(&api, "pm_card_visa", &[MANUAL, SEVERAL]).await;
    let begun = paid(&api, "pm_card_visa", &[MANUAL, SEVERAL]).await;
    let part = [("amount_to_capture", "600"), ("final_capture", "false")];
    api.post(&path_of(&begun, "/capture"), &part).await;
    let charge = charge_of(&api, &untouched).await;
    let end = NOON + 7 * 86_400;
    assert_eq!(charge["payment_method_details"]["card"]["capture_before"], end);
    api.sandbox.set_clock(Some(end - 1));
    assert_eq!(api.get(&path_of(&untouched, ""), &[]).await["status"], "requires_capture");
    api.sandbox.set_clock(Some(end));
    let (_, error) = api.post_refused(&path_of(&untouched, "/capture"), &[]).await;
    let intent = &error["payment_intent"];
    assert_eq!(
        (&intent["status"], &intent["cancellation_reason"]),
        (&json!("canceled"), &json!("automatic"))
    );
    assert_eq!(intent["canceled_at"], end);
    let refunds = api.get("/v1/refunds", &[("payment_intent", &id(&untouched))]).await;
    assert_eq!(refunds["data"][0]["reason"], "expired_uncaptured_charge");
    let intent = api.get(&path_of(&begun, ""), &[]).await;
    assert_eq!((&intent["status"], amounts(&intent)), (&json!("succeeded"), (0, 600)));
    assert_eq!(charge_of(&api, &intent).await["captured"], true);
}

#[tokio::test]
async fn references_are_whole_or_not_there() {
    let api = start().await;
    let intent = paid(&api, "pm_card_visa", &[MANUAL]).await;
    let path = path_of(&intent, "");
    let none = api.post(&path, &[("payment_details", "")]).await;
    assert_eq!(none.get("payment_details"), None);
    let one = [("payment_details[order_reference]", "o-1")];
    let captured = api.post(&path_of(&intent, "/capture"), &one).await;
    assert_eq!(captured["payment_details"], json!({"customer_reference": null, "order_reference": "o-1"}));
    check_shape(&captured);
    let form = [("payment_intent", captured["id"].as_str().unwrap()), ("instructions_email", "")];
    check_shape(&api.post("/v1/refunds", &form).await);
}

#[tokio::test]
async fn what_was_given_back_by_hand_is_not_given_back_again() {
    let api = start().await;
    api.sandbox.set_clock(Some(NOON));
    let form = [("amount", "1000"), ("currency", "usd"), ("source", "tok_visa"), ("capture", "false")];
    let charge = api.post("/v1/charges", &form).await;
    api.post("/v1/refunds", &[("charge", &id(&charge))]).await;
    api.sandbox.set_clock(Some(NOON + 8 * 86_400));
    let charge = api.get(&path_of(&charge, ""), &[]).await;
    assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&json!(1000), &json!(true)));
    assert_eq!(ids(&api.get(&path_of(&charge, "/refunds"), &[]).await).len(), 1);
}
