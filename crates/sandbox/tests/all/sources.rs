//! The older API: tokens, cards of customers, charges without a payment intent.

use crate::common::money::{NOON, funds, paid, path_of};
use crate::common::{Api, id, ids, start, with};
use reqwest::Method;
use serde_json::{Value, json};

const AMOUNT: [(&str, &str); 2] = [("amount", "1000"), ("currency", "usd")];

fn number(number: &str) -> [(&'static str, &str); 4] {
    [("card[number]", number), ("card[exp_month]", "4"), ("card[exp_year]", "90"), ("card[cvc]", "123")]
}

async fn charge(api: &Api, more: &[(&str, &str)]) -> Value {
    api.post("/v1/charges", &[&AMOUNT, more].concat()).await
}

async fn not_charged(api: &Api, more: &[(&str, &str)]) -> (u16, Value) {
    api.post_refused("/v1/charges", &[&AMOUNT, more].concat()).await
}

#[tokio::test]
async fn a_token_works_once() {
    let api = start().await;
    let token =
        api.post("/v1/tokens", &[&number("5555555555554444")[..], &[("card[name]", "N")]].concat()).await;
    assert_eq!((&token["type"], &token["used"]), (&json!("card"), &json!(false)));
    let card = &token["card"];
    assert_eq!((&card["brand"], &card["last4"]), (&json!("MasterCard"), &json!("4444")));
    assert_eq!(
        (&card["exp_year"], &card["cvc_check"], &card["name"]),
        (&json!(2090), &json!("pass"), &json!("N"))
    );
    let path = format!("/v1/tokens/{}", id(&token));
    assert_eq!(api.get(&path, &[]).await, token);
    let form = [("type", "card"), ("card[token]", &id(&token))];
    let method = api.post("/v1/payment_methods", &form).await;
    assert_eq!((&method["card"]["brand"], &method["card"]["last4"]), (&json!("mastercard"), &json!("4444")));
    assert_eq!(method["card"]["checks"]["cvc_check"], "pass");
    assert_eq!(api.get(&path, &[]).await, with(token.clone(), json!({"used": true})));
    let (status, error) = api.post_refused("/v1/payment_methods", &form).await;
    assert_eq!((status, &error["code"]), (400, &json!("token_already_used")));
    let (_, error) = not_charged(&api, &[("source", &id(&token))]).await;
    assert_eq!((&error["code"], &error["param"]), (&json!("token_already_used"), &json!("source")));
}

#[tokio::test]
async fn wrong_cards_make_no_token() {
    let api = start().await;
    for (name, value, code) in [
        ("card[number]", "4242424242424241", "incorrect_number"),
        ("card[number]", "4111111111111111", "card_declined"),
        ("card[exp_month]", "13", "invalid_expiry_month"),
        ("card[exp_month]", "x", "invalid_expiry_month"),
        ("card[exp_year]", "1999", "invalid_expiry_year"),
        ("card[cvc]", "12", "invalid_cvc"),
    ] {
        let mut form = number("4242424242424242").to_vec();
        form.retain(|(known, _)| *known != name);
        form.push((name, value));
        let (status, error) = api.post_refused("/v1/tokens", &form).await;
        assert_eq!((status, &error["code"]), (402, &json!(code)), "{name}={value}");
    }
    let (_, error) = api.post_refused("/v1/tokens", &[]).await;
    assert_eq!(error["param"], "card");
    let (_, error) = api.post_refused("/v1/tokens", &[("pii[id_number]", "1")]).await;
    assert_eq!(error["param"], "pii");
    let (status, _) = api.refused(Method::GET, "/v1/tokens/tok_nothing", &[]).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn customers_have_cards() {
    let api = start().await;
    let customer = api.customer().await;
    let path = format!("/v1/customers/{customer}");
    let below = format!("{path}/sources");
    let first = api.post(&below, &[("source", "tok_visa"), ("metadata[k]", "v")]).await;
    assert_eq!((&first["object"], &first["customer"]), (&json!("card"), &json!(customer)));
    assert_eq!(first["metadata"]["k"], "v");
    let mut form = number("378282246310005").to_vec();
    form.extend([("card[name]", "N"), ("card[address_zip]", "12345")]);
    let second = api.post(&below, &form).await;
    assert_eq!((&second["brand"], &second["address_zip"]), (&json!("American Express"), &json!("12345")));
    assert_eq!(api.get(&path, &[]).await["default_source"], first["id"], "a later one is not the default");
    let list = api.get(&below, &[]).await;
    assert_eq!((ids(&list), &list["url"]), (vec![id(&second), id(&first)], &json!(below)));
    assert_eq!(ids(&api.get(&below, &[("object", "card"), ("limit", "1")]).await), [id(&second)]);
    assert!(ids(&api.get(&below, &[("object", "bank_account")]).await).is_empty());
    let one = format!("{below}/{}", id(&second));
    assert_eq!(api.get(&one, &[]).await, second);
    let form = [("name", "M"), ("exp_month", "7"), ("exp_year", "2077"), ("metadata[k]", "v")];
    let changed = api.post(&one, &form).await;
    let expected = json!({"name": "M", "exp_month": 7, "exp_year": 2077, "metadata": {"k": "v"}});
    assert_eq!(changed, with(second.clone(), expected));
    let (_, error) = api.post_refused(&one, &[("exp_year", "1999")]).await;
    assert_eq!(error["code"], "invalid_expiry_year");
    // The same below the older name.
    assert_eq!(ids(&api.get(&format!("{path}/cards"), &[]).await).len(), 2);
    let other = api.customer().await;
    let (status, error) =
        api.refused(Method::GET, &format!("/v1/customers/{other}/sources/{}", id(&first)), &[]).await;
    assert_eq!((status, &error["code"]), (404, &json!("resource_missing")));
}

#[tokio::test]
async fn one_card_is_the_default() {
    let api = start().await;
    let customer = api.customer().await;
    let path = format!("/v1/customers/{customer}");
    let below = format!("{path}/sources");
    let mut cards = Vec::new();
    for token in ["tok_visa", "tok_amex", "tok_jcb"] {
        cards.push(id(&api.post(&below, &[("source", token)]).await));
    }
    let changed = api.post(&path, &[("default_source", &cards[1])]).await;
    assert_eq!(changed["default_source"], cards[1]);
    let other = api.post("/v1/customers", &[("source", "tok_visa")]).await;
    for wrong in ["card_nothing", other["default_source"].as_str().unwrap()] {
        let (status, error) = api.post_refused(&path, &[("default_source", wrong)]).await;
        assert_eq!((status, &error["param"]), (400, &json!("default_source")));
    }
    let gone = api.delete(&format!("{below}/{}", cards[1])).await;
    assert_eq!(gone, json!({"id": cards[1], "object": "card", "deleted": true}));
    assert_eq!(api.get(&path, &[]).await["default_source"], cards[2], "the newest of the others");
    api.delete(&format!("{below}/{}", cards[0])).await;
    assert_eq!(api.get(&path, &[]).await["default_source"], cards[2]);
    // A source in an update takes the place of the default one.
    let changed = api.post(&path, &[("source", "tok_visa")]).await;
    assert_eq!(ids(&api.get(&below, &[]).await), [changed["default_source"].as_str().unwrap()]);
    api.delete(&format!("{below}/{}", changed["default_source"].as_str().unwrap())).await;
    assert_eq!(api.get(&path, &[]).await["default_source"], Value::Null);
}

#[tokio::test]
async fn cards_that_cannot_be_attached_are_refused() {
    let api = start().await;
    let customer = api.customer().await;
    let below = format!("/v1/customers/{customer}/sources");
    let (status, error) = api.post_refused(&below, &[("source", "tok_chargeDeclined")]).await;
    assert_eq!((status, &error["code"]), (402, &json!("card_declined")));
    let (status, _) = api.post_refused("/v1/customers", &[("source", "tok_chargeDeclined")]).await;
    assert_eq!(status, 402);
    let (_, error) = api.post_refused(&below, &[]).await;
    assert_eq!(error["param"], "source");
    let (_, error) = api.post_refused(&below, &[("source", "tok_nothing")]).await;
    assert_eq!((&error["code"], &error["param"]), (&json!("resource_missing"), &json!("source")));
    let (_, error) = api.post_refused(&below, &[("source", "tok_visa"), ("card", "tok_visa")]).await;
    assert_eq!(error["code"], "parameters_exclusive");
    let (_, error) = api.post_refused(&below, &[("bank_account", "btok_1")]).await;
    assert_eq!(error["param"], "bank_account");
    assert!(ids(&api.get(&below, &[]).await).is_empty());
    let token = api.post("/v1/tokens", &number("4000000000000002")).await;
    api.post_refused(&below, &[("source", &id(&token))]).await;
    assert_eq!(api.sandbox.get(&id(&token)).unwrap()["used"], false, "a refusal uses nothing up");
}

#[tokio::test]
async fn a_charge_needs_no_intent() {
    let api = start().await;
    let form = [("source", "tok_visa"), ("description", "Socks"), ("metadata[k]", "v")];
    let made = charge(&api, &form).await;
    assert_eq!(
        (&made["status"], &made["paid"], &made["captured"]),
        (&json!("succeeded"), &json!(true), &json!(true))
    );
    assert_eq!((&made["payment_intent"], &made["customer"]), (&Value::Null, &Value::Null));
    assert!(made["payment_method"].as_str().unwrap().starts_with("card_"));
    assert_eq!(made["payment_method_details"]["card"]["last4"], "4242");
    assert!(made["balance_transaction"].is_string());
    assert_eq!(funds(&api).await, (0, 941));
    assert_eq!(api.get(&path_of(&made, ""), &[]).await, made);
    let changed =
        api.post(&path_of(&made, ""), &[("description", "d"), ("fraud_details[user_report]", "safe")]).await;
    let expected = json!({"description": "d", "fraud_details": {"user_report": "safe"}});
    assert_eq!(changed, with(made.clone(), expected));
    let refund = api.post("/v1/refunds", &[("charge", &id(&made))]).await;
    assert_eq!((&refund["amount"], &refund["payment_intent"]), (&json!(1000), &Value::Null));
    let card = charge(&api, &number("4000000000000077")).await;
    assert_eq!(card["payment_method_details"]["card"]["last4"], "0077");
}

#[tokio::test]
async fn a_customers_card_is_charged() {
    let api = start().await;
    let customer = api.customer().await;
    let (status, error) = not_charged(&api, &[("customer", &customer)]).await;
    assert_eq!((status, &error["code"]), (402, &json!("missing")));
    let below = format!("/v1/customers/{customer}/sources");
    let first = api.post(&below, &[("source", "tok_visa")]).await;
    let second = api.post(&below, &[("source", "tok_amex")]).await;
    let made = charge(&api, &[("customer", &customer)]).await;
    assert_eq!((&made["payment_method"], &made["customer"]), (&first["id"], &json!(customer)));
    let made = charge(&api, &[("customer", &customer), ("source", &id(&second))]).await;
    assert_eq!(made["payment_method"], second["id"]);
    assert_eq!(ids(&api.get("/v1/charges", &[("customer", &customer)]).await).len(), 2);
    let (_, error) = not_charged(&api, &[("source", &id(&second))]).await;
    assert_eq!(error["param"], "source", "whose card it is has to be said");
    let other = api.customer().await;
    let (_, error) = not_charged(&api, &[("customer", &other), ("source", &id(&second))]).await;
    assert_eq!(error["code"], "resource_missing");
    let (_, error) = not_charged(&api, &[]).await;
    assert_eq!(error["param"], "source");
    // A card is a payment method as well.
    let intent = paid(&api, &id(&second), &[("customer", &customer)]).await;
    assert_eq!((&intent["status"], &intent["payment_method"]), (&json!("succeeded"), &second["id"]));
}

#[tokio::test]
async fn a_declined_charge_leaves_a_failed_one() {
    let api = start().await;
    for (source, decline) in [
        ("tok_chargeDeclined", "generic_decline"),
        ("tok_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("tok_chargeCustomerFail", "generic_decline"),
        ("tok_authenticationRequired", "authentication_required"),
    ] {
        let (status, error) = not_charged(&api, &[("source", source)]).await;
        assert_eq!((status, &error["decline_code"]), (402, &json!(decline)));
        let failed = api.sandbox.get(error["charge"].as_str().unwrap()).unwrap();
        assert_eq!((&failed["status"], &failed["paid"]), (&json!("failed"), &json!(false)));
        let (_, error) = api.post_refused(&path_of(&failed, "/capture"), &[]).await;
        assert_eq!(error["code"], "charge_expired_for_capture");
    }
    assert_eq!(funds(&api).await, (0, 0));
    for (form, param) in [
        (("amount", "10"), "amount"),
        (("currency", "dollars"), "currency"),
        (("application_fee_amount", "5"), "application_fee_amount"),
    ] {
        let mut all: Vec<_> = AMOUNT.to_vec();
        all.retain(|(name, _)| *name != form.0);
        all.extend([form, ("source", "tok_visa")]);
        let (_, error) = api.post_refused("/v1/charges", &all).await;
        assert_eq!(error["param"], param);
    }
}

#[tokio::test]
async fn a_held_charge_is_captured_or_given_back() {
    let api = start().await;
    let held = [("source", "tok_visa"), ("capture", "false")];
    let made = charge(&api, &held).await;
    assert_eq!((&made["captured"], &made["amount_captured"]), (&json!(false), &json!(0)));
    assert_eq!(made["balance_transaction"], Value::Null);
    let path = path_of(&made, "/capture");
    let (_, error) = api.post_refused(&path, &[("amount", "1001")]).await;
    assert_eq!(error["code"], "amount_too_large");
    let captured = api.post(&path, &[("amount", "400"), ("receipt_email", "a@b.c")]).await;
    assert_eq!((&captured["captured"], &captured["amount_captured"]), (&json!(true), &json!(400)));
    assert_eq!((&captured["amount_refunded"], &captured["receipt_email"]), (&json!(600), &json!("a@b.c")));
    assert_eq!(funds(&api).await, (0, 400 - 42));
    let (_, error) = api.post_refused(&path, &[]).await;
    assert_eq!(error["code"], "charge_already_captured");
    let other = charge(&api, &held).await;
    let (_, error) = api.post_refused("/v1/refunds", &[("charge", &id(&other)), ("amount", "5")]).await;
    assert_eq!(error["param"], "amount", "a hold is given back as a whole");
    let refund = api.post("/v1/refunds", &[("charge", &id(&other))]).await;
    assert_eq!(refund["balance_transaction"], Value::Null);
    let (_, error) = api.post_refused(&path_of(&other, "/capture"), &[]).await;
    assert_eq!(error["code"], "charge_expired_for_capture");
    let (_, error) = api.post_refused("/v1/refunds", &[("charge", &id(&other))]).await;
    assert_eq!(error["code"], "charge_already_refunded");
    let intent = paid(&api, "pm_card_visa", &[("capture_method", "manual")]).await;
    let path = format!("/v1/charges/{}/capture", intent["latest_charge"].as_str().unwrap());
    let (status, _) = api.post_refused(&path, &[]).await;
    assert_eq!(status, 400, "that is the intent's to do");
}

#[tokio::test]
async fn a_held_charge_expires() {
    let api = start().await;
    api.sandbox.set_clock(Some(NOON));
    let made = charge(&api, &[("source", "tok_visa"), ("capture", "false")]).await;
    api.sandbox.set_clock(Some(NOON + 7 * 86_400));
    let (_, error) = api.post_refused(&path_of(&made, "/capture"), &[]).await;
    assert_eq!(error["code"], "charge_expired_for_capture");
    let expired = api.get(&path_of(&made, ""), &[]).await;
    assert_eq!((&expired["refunded"], &expired["amount_refunded"]), (&json!(true), &json!(1000)));
}
