//! Payment intents, payment methods, charges and the balance.

use crate::common::{Api, id, old_intent, start, with};
use serde_json::{Value, json};

async fn pay(api: &Api, form: &[(&str, &str)]) -> Value {
    let mut all = vec![("amount", "1000"), ("currency", "USD")];
    all.extend(form);
    if form.contains(&("confirm", "true")) {
        all.push(("return_url", "http://a.b/"));
    }
    api.post("/v1/payment_intents", &all).await
}

#[tokio::test]
async fn an_intent_goes_through_its_states() {
    let api = start().await;
    let intent = pay(&api, &[("metadata[k]", "v")]).await;
    assert_eq!(intent["status"], "requires_payment_method");
    assert_eq!(intent["currency"], "usd");
    let secret = format!("{}_secret_", id(&intent));
    assert!(intent["client_secret"].as_str().unwrap().starts_with(&secret));
    let path = format!("/v1/payment_intents/{}", id(&intent));
    let back = [("return_url", "http://a.b/")];
    let (_, error) = api.post_refused(&format!("{path}/confirm"), &back).await;
    assert_eq!(error["code"], "payment_intent_unexpected_state");
    let intent = api.post(&path, &[("payment_method", "pm_card_visa"), ("amount", "1200")]).await;
    assert_eq!(intent["status"], "requires_confirmation");
    let (status, error) = api.post_refused(&format!("{path}/confirm"), &[]).await;
    assert_eq!((status, &error["param"]), (400, &json!("return_url")));
    let intent = api.post(&format!("{path}/confirm"), &back).await;
    assert_eq!(intent["status"], "succeeded");
    assert_eq!(intent["amount_received"], 1200);
    let charge = intent["latest_charge"].as_str().unwrap();
    let charge = api.get(&format!("/v1/charges/{charge}"), &[]).await;
    assert_eq!((&charge["paid"], &charge["amount_captured"]), (&json!(true), &json!(1200)));
    assert_eq!(charge["payment_method_details"]["card"]["last4"], "4242");
    assert_eq!(charge["metadata"]["k"], "v");
    for step in ["confirm", "capture", "cancel"] {
        let (status, error) = api.post_refused(&format!("{path}/{step}"), &[]).await;
        assert_eq!((status, &error["code"]), (400, &json!("payment_intent_unexpected_state")));
        assert_eq!(error["payment_intent"]["status"], "succeeded");
    }
    let (_, error) = api.post_refused(&path, &[("amount", "900")]).await;
    assert_eq!(error["param"], "amount");
    let intent = api.post(&path, &[("description", "late")]).await;
    assert_eq!(intent["description"], "late");
    assert_eq!(api.get("/v1/balance", &[]).await["pending"][0]["amount"], 1200 - 65, "less the fee");
}

#[tokio::test]
async fn confirming_keeps_what_was_there() {
    let api = start().await;
    let before = api.put(old_intent("requires_confirmation"));
    api.sandbox.next_id("ch", "ch_planned");
    let after = api.post("/v1/payment_intents/pi_old/confirm", &[("return_url", "http://a.b/")]).await;
    let changes = json!({
        "status": "succeeded", "amount_received": 4200, "latest_charge": "ch_planned",
    });
    assert_eq!(after, with(before, changes));
    assert_eq!(api.get("/v1/charges/ch_planned", &[]).await["currency"], "eur");
}

#[tokio::test]
async fn capturing_keeps_what_was_there() {
    let api = start().await;
    let old = with(old_intent("requires_capture"), json!({"latest_charge": "ch_old"}));
    let before = api.put(old);
    let after = api.post("/v1/payment_intents/pi_old/capture", &[]).await;
    let changes = json!({"status": "succeeded", "amount_received": 4200, "amount_capturable": 0});
    assert_eq!(after, with(before, changes));
}

#[tokio::test]
async fn canceling_keeps_what_was_there() {
    let api = start().await;
    for status in ["requires_payment_method", "requires_confirmation", "requires_capture"] {
        let before = api.put(old_intent(status));
        api.sandbox.set_clock(Some(1_600_000_500));
        let after = api.post("/v1/payment_intents/pi_old/cancel", &[]).await;
        let changes = json!({
            "status": "canceled", "canceled_at": 1_600_000_500, "amount_capturable": 0,
        });
        assert_eq!(after, with(before, changes));
    }
    let (_, error) = api.post_refused("/v1/payment_intents/pi_old/cancel", &[]).await;
    assert_eq!(error["code"], "payment_intent_unexpected_state");
    api.sandbox.set_clock(None);
    let intent = pay(&api, &[]).await;
    assert!(intent["created"].as_i64().unwrap() > 1_700_000_000);
}

#[tokio::test]
async fn a_partial_capture_gives_back_the_rest() {
    let api = start().await;
    let form = [("payment_method", "pm_card_visa"), ("capture_method", "manual"), ("confirm", "true")];
    let intent = pay(&api, &form).await;
    assert_eq!(intent["status"], "requires_capture");
    assert_eq!((&intent["amount_capturable"], &intent["amount_received"]), (&json!(1000), &json!(0)));
    let path = format!("/v1/payment_intents/{}/capture", id(&intent));
    let (_, error) = api.post_refused(&path, &[("amount_to_capture", "1001")]).await;
    assert_eq!(error["param"], "amount_to_capture");
    let form = [("amount_to_capture", "300"), ("expand[]", "latest_charge")];
    let intent = api.post(&path, &form).await;
    assert_eq!(intent["status"], "succeeded");
    assert_eq!((&intent["amount_capturable"], &intent["amount_received"]), (&json!(0), &json!(300)));
    let charge = &intent["latest_charge"];
    assert_eq!((&charge["amount_captured"], &charge["amount_refunded"]), (&json!(300), &json!(700)));
    assert_eq!(api.get("/v1/balance", &[]).await["pending"][0]["amount"], 300 - 39);
}

#[tokio::test]
async fn a_declined_card_leaves_the_intent_waiting() {
    let api = start().await;
    for (method, code, decline_code) in [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
    ] {
        let form = [
            ("amount", "1000"),
            ("currency", "usd"),
            ("payment_method", method),
            ("confirm", "true"),
            ("return_url", "http://a.b/"),
        ];
        let (status, error) = api.post_refused("/v1/payment_intents", &form).await;
        assert_eq!((status, &error["type"]), (402, &json!("card_error")));
        assert_eq!((&error["code"], &error["decline_code"]), (&json!(code), &json!(decline_code)));
        let intent = &error["payment_intent"];
        assert_eq!(intent["status"], "requires_payment_method");
        assert_eq!(intent["last_payment_error"]["code"], code);
        let charge = api.sandbox.get(error["charge"].as_str().unwrap()).unwrap();
        assert_eq!(charge["status"], "failed");
        // Another card saves it.
        let path = format!("/v1/payment_intents/{}/confirm", id(intent));
        let intent = api.post(&path, &[("payment_method", "pm_card_mastercard")]).await;
        assert_eq!(intent["status"], "succeeded");
        assert_eq!(intent["last_payment_error"], Value::Null);
    }
}

#[tokio::test]
async fn authentication_is_no_failure() {
    let api = start().await;
    for method in ["pm_card_authenticationRequired", "pm_card_threeDSecure2Required"] {
        let form = [("payment_method", method), ("confirm", "true"), ("use_stripe_sdk", "true")];
        let intent = pay(&api, &form).await;
        assert_eq!(intent["status"], "requires_action");
        assert_eq!(intent["next_action"]["type"], "use_stripe_sdk");
        let path = format!("/v1/payment_intents/{}", id(&intent));
        let intent = api.post(&format!("{path}/confirm"), &[("return_url", "http://a.b/")]).await;
        assert_eq!(intent["next_action"]["type"], "redirect_to_url");
        assert_eq!(intent["next_action"]["redirect_to_url"]["return_url"], "http://a.b/");
        let (status, error) = api.post_refused(&format!("{path}/confirm"), &[("off_session", "true")]).await;
        assert_eq!((status, &error["code"]), (402, &json!("authentication_required")));
        let intent = api.post(&format!("{path}/cancel"), &[]).await;
        assert_eq!((&intent["status"], &intent["next_action"]), (&json!("canceled"), &Value::Null));
    }
}

#[tokio::test]
async fn amounts_have_bounds() {
    let api = start().await;
    for (amount, code) in [
        ("0", "parameter_invalid_integer"),
        ("-5", "parameter_invalid_integer"),
        ("10", "amount_too_small"),
        ("100000000", "amount_too_large"),
    ] {
        let form = [("amount", amount), ("currency", "usd")];
        let (_, error) = api.post_refused("/v1/payment_intents", &form).await;
        assert_eq!((&error["code"], &error["param"]), (&json!(code), &json!("amount")));
    }
}

#[tokio::test]
async fn money_can_be_available_at_once() {
    let api = start().await;
    pay(&api, &[("payment_method", "pm_card_bypassPending"), ("confirm", "true")]).await;
    let balance = api.get("/v1/balance", &[]).await;
    assert_eq!(balance["available"][0]["amount"], 1000 - 59);
    assert_eq!(balance["pending"][0]["amount"], 0);
}

#[tokio::test]
async fn methods_are_made_from_tokens_and_numbers() {
    let api = start().await;
    let form = [("type", "card"), ("card[token]", "tok_mastercard"), ("billing_details[name]", "N")];
    let method = api.post("/v1/payment_methods", &form).await;
    assert_eq!(method["card"]["brand"], "mastercard");
    assert_eq!(method["billing_details"]["name"], "N");
    assert_eq!(method["billing_details"]["address"]["city"], Value::Null);
    let number = |number| {
        [("type", "card"), ("card[number]", number), ("card[exp_month]", "4"), ("card[exp_year]", "2090")]
    };
    let method = api.post("/v1/payment_methods", &number("4000000000000002")).await;
    assert_eq!((&method["card"]["last4"], &method["card"]["exp_year"]), (&json!("0002"), &json!(2090)));
    let (status, error) = api.post_refused("/v1/payment_methods", &number("4242424242424241")).await;
    assert_eq!((status, &error["code"]), (402, &json!("incorrect_number")));
    let (_, error) = api.post_refused("/v1/payment_methods", &[("type", "card")]).await;
    assert_eq!(error["param"], "card");
    let wrong = [("type", "card"), ("card[token]", "tok_nothing")];
    let (_, error) = api.post_refused("/v1/payment_methods", &wrong).await;
    assert_eq!(error["code"], "resource_missing");
}

#[tokio::test]
async fn a_detached_method_is_never_attached_again() {
    let api = start().await;
    let customer = api.customer().await;
    let before = api.put(json!({
        "id": "pm_old", "object": "payment_method", "type": "card", "customer": null,
        "card": {"last4": "1881"}, "created": 5, "legacy": [1],
    }));
    let to = [("customer", customer.as_str())];
    let after = api.post("/v1/payment_methods/pm_old/attach", &to).await;
    assert_eq!(after, with(before.clone(), json!({"customer": customer})));
    let other = api.customer().await;
    let (status, _) = api.post_refused("/v1/payment_methods/pm_old/attach", &[("customer", &other)]).await;
    assert_eq!(status, 400);
    let default = [("invoice_settings[default_payment_method]", "pm_old")];
    api.post(&format!("/v1/customers/{customer}"), &default).await;
    let after = api.post("/v1/payment_methods/pm_old/detach", &[]).await;
    assert_eq!(after, before);
    let holder = api.get(&format!("/v1/customers/{customer}"), &[]).await;
    assert_eq!(holder["invoice_settings"]["default_payment_method"], Value::Null);
    for to in [&customer, &other] {
        let (status, error) =
            api.post_refused("/v1/payment_methods/pm_old/attach", &[("customer", to)]).await;
        assert_eq!((status, &error["type"]), (400, &json!("invalid_request_error")));
        assert!(error["message"].as_str().unwrap().contains("may not be used again"));
    }
    let (status, _) = api.post_refused("/v1/payment_methods/pm_old/detach", &[]).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn test_methods_are_new_each_time() {
    let api = start().await;
    let customer = api.customer().await;
    let to = [("customer", customer.as_str())];
    let first = api.post("/v1/payment_methods/pm_card_visa/attach", &to).await;
    let second = api.post("/v1/payment_methods/pm_card_visa/attach", &to).await;
    assert_ne!(first["id"], second["id"]);
    assert!(id(&first).starts_with("pm_") && first["customer"] == customer);
    let (status, _) = api.post_refused("/v1/payment_methods/pm_card_chargeDeclined/attach", &to).await;
    assert_eq!(status, 402);
    let (status, error) = api.post_refused("/v1/payment_methods/pm_nobody/attach", &to).await;
    assert_eq!((status, &error["param"]), (404, &json!("payment_method")));
    let (status, error) =
        api.post_refused("/v1/payment_methods/pm_card_visa/attach", &[("customer", "cus_nobody")]).await;
    assert_eq!((status, &error["param"]), (400, &json!("customer")));
}

#[tokio::test]
async fn a_method_used_without_a_customer_is_used_up() {
    let api = start().await;
    let intent = pay(&api, &[("payment_method", "pm_card_visa"), ("confirm", "true")]).await;
    let used = intent["payment_method"].as_str().unwrap();
    let form = [("amount", "1000"), ("currency", "usd"), ("payment_method", used)];
    let (status, _) = api.post_refused("/v1/payment_intents", &form).await;
    assert_eq!(status, 400);
    let customer = api.customer().await;
    let kept = [
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
        ("customer", customer.as_str()),
        ("setup_future_usage", "off_session"),
    ];
    let intent = pay(&api, &kept).await;
    let method = api.sandbox.get(intent["payment_method"].as_str().unwrap()).unwrap();
    assert_eq!(method["customer"], customer);
}
