//! States of payment intents: confirmation, authentication, debits, changes.

use crate::common::money::{NOON, charge_of, funds, paid, path_of, unpaid};
use crate::common::{id, ids, start};
use reqwest::Method;
use serde_json::{Value, json};

const OFF: (&str, &str) = ("off_session", "true");

#[tokio::test]
async fn an_authenticated_payment_goes_on() {
    let api = start().await;
    for method in [
        "pm_card_authenticationRequired",
        "pm_card_threeDSecure2Required",
        "pm_card_threeDSecureRequired",
        "pm_card_authenticationRequiredOnSetup",
        "pm_card_authenticationRequiredSetupForOffSession",
    ] {
        for (more, status) in [
            (&[] as &[_], "succeeded"),
            (&[("capture_method", "manual")], "requires_capture"),
            (&[("confirmation_method", "manual")], "requires_confirmation"),
        ] {
            let intent = paid(&api, method, more).await;
            assert_eq!(intent["status"], "requires_action", "{method}");
            assert_eq!(intent["next_action"]["type"], "redirect_to_url");
            assert_eq!(intent["latest_charge"], Value::Null, "nothing was charged yet");
            let again = [("return_url", "https://example.com/")];
            let again = api.post(&path_of(&intent, "/confirm"), &again).await;
            assert_eq!(again["status"], "requires_action", "a second confirmation is no authentication");
            let after = api.sandbox.authenticate(&id(&intent), true).expect("it waits");
            assert_eq!((&after["status"], &after["next_action"]), (&json!(status), &Value::Null), "{method}");
            assert_eq!(api.get(&path_of(&intent, ""), &[]).await, after);
            assert!(api.sandbox.authenticate(&id(&intent), true).is_none(), "it waits no more");
        }
    }
}

#[tokio::test]
async fn a_manual_confirmation_comes_after_the_authentication() {
    let api = start().await;
    let manual = [("confirmation_method", "manual")];
    let intent = paid(&api, "pm_card_authenticationRequired", &manual).await;
    let confirm = path_of(&intent, "/confirm");
    api.sandbox.authenticate(&id(&intent), true).expect("it waits");
    let intent = api.post(&confirm, &[("return_url", "https://example.com/")]).await;
    assert_eq!((&intent["status"], &intent["amount_received"]), (&json!("succeeded"), &json!(1000)));
    // Another method has to be authenticated itself.
    let intent = paid(&api, "pm_card_authenticationRequired", &manual).await;
    api.sandbox.authenticate(&id(&intent), true).expect("it waits");
    let other = [("payment_method", "pm_card_threeDSecure2Required"), ("return_url", "https://example.com/")];
    let intent = api.post(&path_of(&intent, "/confirm"), &other).await;
    assert_eq!(intent["status"], "requires_action");
}

#[tokio::test]
async fn a_customer_can_fail_to_authenticate() {
    let api = start().await;
    let intent = paid(&api, "pm_card_threeDSecure2Required", &[]).await;
    let intent = api.sandbox.authenticate(&id(&intent), false).expect("it waits");
    assert_eq!(
        (&intent["status"], &intent["payment_method"]),
        (&json!("requires_payment_method"), &Value::Null)
    );
    let error = &intent["last_payment_error"];
    assert_eq!(error["code"], "payment_intent_authentication_failure");
    assert_eq!(error["payment_method"]["object"], "payment_method");
    assert_eq!(funds(&api).await, (0, 0));
    let other = [("payment_method", "pm_card_visa"), ("return_url", "https://example.com/")];
    let intent = api.post(&path_of(&intent, "/confirm"), &other).await;
    assert_eq!((&intent["status"], &intent["last_payment_error"]), (&json!("succeeded"), &Value::Null));
}

#[tokio::test]
async fn an_authenticated_card_can_still_be_declined() {
    let api = start().await;
    for (method, reason) in [
        ("pm_card_threeDSecureRequiredChargeDeclined", "generic_decline"),
        ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "insufficient_funds"),
    ] {
        let intent = paid(&api, method, &[]).await;
        let intent = api.sandbox.authenticate(&id(&intent), true).expect("it waits");
        assert_eq!(intent["status"], "requires_payment_method");
        assert_eq!(intent["last_payment_error"]["decline_code"], reason);
        assert_eq!(charge_of(&api, &intent).await["status"], "failed");
    }
}

#[tokio::test]
async fn nobody_can_be_asked_off_session() {
    let api = start().await;
    for (method, more) in [
        ("pm_card_authenticationRequired", OFF),
        ("pm_card_authenticationRequiredOnSetup", OFF),
        ("pm_card_authenticationRequired", ("off_session", "recurring")),
        ("pm_card_authenticationRequired", ("error_on_requires_action", "true")),
        ("pm_card_authenticationRequiredSetupForOffSession", ("error_on_requires_action", "true")),
    ] {
        let (status, error) = unpaid(&api, method, &[more]).await;
        assert_eq!((status, &error["code"]), (402, &json!("authentication_required")), "{method} {more:?}");
        assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
    }
    let intent = paid(&api, "pm_card_authenticationRequiredSetupForOffSession", &[OFF]).await;
    assert_eq!(intent["status"], "succeeded");
    let intent = paid(&api, "pm_card_authenticationRequired", &[("off_session", "false")]).await;
    assert_eq!(intent["status"], "requires_action");
}

#[tokio::test]
async fn a_card_that_was_set_up_pays_off_session() {
    let api = start().await;
    let customer = api.customer().await;
    let first = [("customer", customer.as_str()), ("setup_future_usage", "off_session")];
    let intent = paid(&api, "pm_card_authenticationRequiredOnSetup", &first).await;
    let intent = api.sandbox.authenticate(&id(&intent), true).expect("it waits");
    let method = intent["payment_method"].as_str().unwrap();
    let off = [("customer", customer.as_str()), OFF];
    assert_eq!(paid(&api, method, &off).await["status"], "succeeded");
    let on = [("customer", customer.as_str())];
    assert_eq!(paid(&api, method, &on).await["status"], "requires_action");
}

#[tokio::test]
async fn the_next_action_fits_the_caller() {
    let api = start().await;
    let intent = paid(&api, "pm_card_threeDSecure2Required", &[("use_stripe_sdk", "true")]).await;
    assert_eq!(intent["next_action"]["type"], "use_stripe_sdk");
    let form = [("amount", "1000"), ("currency", "usd"), ("return_url", "https://example.com/")];
    let (_, error) = api.post_refused("/v1/payment_intents", &form).await;
    assert_eq!(error["param"], "return_url", "there is nothing to return from yet");
}

#[tokio::test]
async fn where_customers_come_back_to_is_said_once() {
    let api = start().await;
    for (more, fits) in [
        (&[("return_url", "")] as &[_], false),
        (&[("return_url", ""), ("automatic_payment_methods[enabled]", "true")], false),
        (&[("return_url", ""), ("payment_method_types[]", "card")], true),
        (
            &[
                ("return_url", ""),
                ("automatic_payment_methods[enabled]", "true"),
                ("automatic_payment_methods[allow_redirects]", "never"),
            ],
            true,
        ),
    ] {
        if fits {
            assert_eq!(paid(&api, "pm_card_visa", more).await["status"], "succeeded", "{more:?}");
        } else {
            let (status, error) = unpaid(&api, "pm_card_visa", more).await;
            assert_eq!((status, &error["param"]), (400, &json!("return_url")), "{more:?}");
        }
    }
    assert_eq!(ids(&api.get("/v1/payment_intents", &[]).await).len(), 2, "a refused one is not made");
    let intent = paid(&api, "pm_card_threeDSecure2Required", &[]).await;
    let again = api.post(&path_of(&intent, "/confirm"), &[]).await;
    assert_eq!(again["next_action"]["redirect_to_url"]["return_url"], "https://example.com/");
}

#[tokio::test]
async fn a_changed_amount_is_authenticated_anew() {
    let api = start().await;
    for change in [("amount", "1100"), ("payment_method", "pm_card_visa")] {
        let intent = paid(&api, "pm_card_threeDSecure2Required", &[]).await;
        let intent = api.post(&path_of(&intent, ""), &[change]).await;
        let state = (&intent["status"], &intent["next_action"]);
        assert_eq!(state, (&json!("requires_confirmation"), &Value::Null), "{change:?}");
    }
    let intent = paid(&api, "pm_card_threeDSecure2Required", &[]).await;
    let intent = api.post(&path_of(&intent, ""), &[("description", "d")]).await;
    assert_eq!(intent["status"], "requires_action");
}

#[tokio::test]
async fn what_can_be_changed_depends_on_the_state() {
    let api = start().await;
    let held = paid(&api, "pm_card_visa", &[("capture_method", "manual")]).await;
    let done = paid(&api, "pm_card_visa", &[]).await;
    let gone = api.post("/v1/payment_intents", &[("amount", "1000"), ("currency", "usd")]).await;
    api.post(&path_of(&gone, "/cancel"), &[]).await;
    for intent in [&held, &done, &gone] {
        for (name, value) in [
            ("amount", "2000"),
            ("currency", "eur"),
            ("payment_method", "pm_card_visa"),
            ("setup_future_usage", "off_session"),
            ("capture_method", "automatic"),
            ("payment_method_types[]", "card"),
        ] {
            let (status, error) = api.post_refused(&path_of(intent, ""), &[(name, value)]).await;
            assert_eq!((status, &error["code"]), (400, &json!("payment_intent_unexpected_state")));
            assert_eq!(error["param"], name.trim_end_matches("[]"));
        }
        let changed = api.post(&path_of(intent, ""), &[("metadata[k]", "v")]).await;
        assert_eq!(changed["metadata"]["k"], "v");
    }
    let fees = [("application_fee_amount", "5")];
    let (_, error) = api.post_refused(&path_of(&gone, ""), &fees).await;
    assert_eq!(error["param"], "application_fee_amount", "the sandbox would keep no fee");
}

#[tokio::test]
async fn steps_out_of_turn_are_refused() {
    let api = start().await;
    let fresh = api.post("/v1/payment_intents", &[("amount", "1000"), ("currency", "usd")]).await;
    let ready = [("amount", "1000"), ("currency", "usd"), ("payment_method", "pm_card_visa")];
    let ready = api.post("/v1/payment_intents", &ready).await;
    let asked = paid(&api, "pm_card_threeDSecure2Required", &[]).await;
    let held = paid(&api, "pm_card_visa", &[("capture_method", "manual")]).await;
    let debit = [("currency", "eur"), ("payment_method_types[]", "sepa_debit")];
    let account = [("type", "sepa_debit"), ("sepa_debit[iban]", "DE89370400440532013000")];
    let account = id(&api.post("/v1/payment_methods", &account).await);
    let moving = paid(&api, &account, &debit).await;
    let done = paid(&api, "pm_card_visa", &[]).await;
    let raise = [("amount", "2000")];
    for (intent, steps) in [
        (&fresh, &["capture", "increment_authorization"] as &[_]),
        (&ready, &["capture", "increment_authorization"]),
        (&asked, &["capture", "increment_authorization"]),
        (&held, &["confirm"]),
        (&moving, &["confirm", "capture", "cancel", "increment_authorization"]),
        (&done, &["confirm", "capture", "cancel", "increment_authorization"]),
    ] {
        for step in steps {
            let form = if *step == "increment_authorization" { &raise[..] } else { &[] };
            let (status, error) = api.post_refused(&path_of(intent, &format!("/{step}")), form).await;
            let expected = (400, &json!("payment_intent_unexpected_state"));
            assert_eq!((status, &error["code"]), expected, "{step} of {}", intent["status"]);
            assert_eq!(error["payment_intent"]["status"], intent["status"]);
        }
    }
    for intent in [&fresh, &ready, &asked, &held] {
        assert_eq!(api.post(&path_of(intent, "/cancel"), &[]).await["status"], "canceled");
    }
}

#[tokio::test]
async fn a_debit_arrives_later() {
    let api = start().await;
    api.sandbox.set_clock(Some(NOON));
    let types = ("payment_method_types[]", "us_bank_account");
    let intent = paid(&api, "pm_usBankAccount_success", &[types]).await;
    assert_eq!(intent["status"], "processing");
    let charge = charge_of(&api, &intent).await;
    assert_eq!((&charge["status"], &charge["paid"]), (&json!("pending"), &json!(false)));
    assert_eq!(charge["payment_method_details"]["us_bank_account"]["last4"], "6789");
    let (_, error) = api.post_refused("/v1/refunds", &[("payment_intent", &id(&intent))]).await;
    assert_eq!(error["param"], "payment_intent");
    assert_eq!(funds(&api).await, (0, 0));
    api.sandbox.set_clock(Some(NOON + 60));
    let intent = api.get(&path_of(&intent, ""), &[]).await;
    assert_eq!((&intent["status"], &intent["amount_received"]), (&json!("succeeded"), &json!(1000)));
    let charge = charge_of(&api, &intent).await;
    assert_eq!((&charge["status"], &charge["paid"]), (&json!("succeeded"), &json!(true)));
    let payments = api.get("/v1/balance_transactions", &[("type", "payment")]).await;
    assert_eq!(ids(&payments), [charge["balance_transaction"].as_str().unwrap()]);
    let refund = api.post("/v1/refunds", &[("payment_intent", &id(&intent))]).await;
    assert_eq!(refund["destination_details"]["type"], "us_bank_transfer");
    assert_eq!(ids(&api.get("/v1/balance_transactions", &[("type", "payment_refund")]).await).len(), 1);
}

#[tokio::test]
async fn a_debit_can_fail() {
    let api = start().await;
    api.sandbox.set_clock(Some(NOON));
    let types = ("payment_method_types[]", "us_bank_account");
    for (method, code) in [
        ("pm_usBankAccount_accountClosed", "account_closed"),
        ("pm_usBankAccount_noAccount", "no_account"),
        ("pm_usBankAccount_insufficientFunds", "insufficient_funds"),
    ] {
        api.sandbox.set_clock(Some(NOON));
        let intent = paid(&api, method, &[types]).await;
        api.sandbox.set_clock(Some(NOON + 60));
        let intent = api.get(&path_of(&intent, ""), &[]).await;
        assert_eq!(intent["status"], "requires_payment_method");
        assert_eq!(intent["last_payment_error"]["code"], code);
        let charge = charge_of(&api, &intent).await;
        assert_eq!((&charge["status"], &charge["failure_code"]), (&json!("failed"), &json!(code)));
    }
    assert_eq!(funds(&api).await, (0, 0));
}

#[tokio::test]
async fn methods_have_to_fit_the_intent() {
    let api = start().await;
    let bank = ("payment_method_types[]", "us_bank_account");
    for (method, more, param) in [
        ("pm_card_visa", &[bank] as &[_], "payment_method"),
        ("pm_usBankAccount_success", &[("payment_method_types[]", "card")], "payment_method"),
        ("pm_usBankAccount_success", &[bank, ("currency", "eur")], "payment_method"),
        ("pm_usBankAccount_success", &[bank, ("capture_method", "manual")], "capture_method"),
        ("pm_card_visa", &[bank, ("automatic_payment_methods[enabled]", "true")], "payment_method_types"),
        ("pm_card_visa", &[("payment_method_data[type]", "link")], "payment_method_data"),
    ] {
        let (status, error) = unpaid(&api, method, more).await;
        assert_eq!((status, &error["param"]), (400, &json!(param)), "{method} {more:?}");
    }
    assert_eq!(funds(&api).await, (0, 0));
}

#[tokio::test]
async fn a_method_of_another_customer_is_refused() {
    let api = start().await;
    let (one, other) = (api.customer().await, api.customer().await);
    let method = api.post("/v1/payment_methods/pm_card_visa/attach", &[("customer", &one)]).await;
    for more in [&[] as &[_], &[("customer", other.as_str())]] {
        let (status, error) = unpaid(&api, &id(&method), more).await;
        assert_eq!((status, &error["param"]), (400, &json!("payment_method")));
    }
    assert_eq!(paid(&api, &id(&method), &[("customer", &one)]).await["status"], "succeeded");
    let of_customer = api.get("/v1/payment_intents", &[("customer", &one)]).await;
    assert_eq!(ids(&of_customer).len(), 1);
}

#[tokio::test]
async fn a_declined_method_without_a_customer_is_used_up() {
    let api = start().await;
    let number = [
        ("type", "card"),
        ("card[number]", "4000000000000341"),
        ("card[exp_month]", "4"),
        ("card[exp_year]", "2090"),
    ];
    let method = id(&api.post("/v1/payment_methods", &number).await);
    let (status, _) = unpaid(&api, &method, &[]).await;
    assert_eq!(status, 402);
    let (status, error) = unpaid(&api, &method, &[]).await;
    assert_eq!((status, &error["code"]), (400, &json!("payment_method_unexpected_state")));
}

#[tokio::test]
async fn a_client_secret_has_to_be_the_right_one() {
    let api = start().await;
    let ready = [("amount", "1000"), ("currency", "usd"), ("payment_method", "pm_card_visa")];
    let intent = api.post("/v1/payment_intents", &ready).await;
    let right = [
        ("client_secret", intent["client_secret"].as_str().unwrap()),
        ("return_url", "https://example.com/"),
    ];
    let wrong = [("client_secret", "pi_1_secret_2")];
    let (_, error) = api.refused(Method::GET, &path_of(&intent, ""), &wrong).await;
    assert_eq!(error["param"], "client_secret");
    let (_, error) = api.post_refused(&path_of(&intent, "/confirm"), &wrong).await;
    assert_eq!(error["param"], "client_secret");
    api.get(&path_of(&intent, ""), &right[..1]).await;
    assert_eq!(api.post(&path_of(&intent, "/confirm"), &right).await["status"], "succeeded");
}

#[tokio::test]
async fn radar_tells_how_risky_a_payment_is() {
    let api = start().await;
    let intent = paid(&api, "pm_card_riskLevelElevated", &[]).await;
    assert_eq!(charge_of(&api, &intent).await["outcome"]["risk_level"], "elevated");
    for method in ["pm_card_riskLevelHighest", "pm_card_radarBlock"] {
        let (_, error) = unpaid(&api, method, &[]).await;
        assert_eq!(error["decline_code"], "fraudulent");
        let charge = api.sandbox.get(error["charge"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&charge["outcome"]["type"], &charge["outcome"]["risk_level"]),
            (&json!("blocked"), &json!("highest"))
        );
    }
}
