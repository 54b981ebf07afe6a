//! Setup intents: methods kept for later, authenticated, declined.

use crate::common::money::{paid, path_of};
use crate::common::{Api, id, ids, start};
use reqwest::Method;
use serde_json::{Value, json};

async fn setup(api: &Api, form: &[(&str, &str)]) -> Value {
    api.post("/v1/setup_intents", form).await
}

#[tokio::test]
async fn a_method_is_set_up_for_a_customer() {
    let api = start().await;
    let customer = api.customer().await;
    let intent = setup(&api, &[("customer", &customer), ("metadata[k]", "v")]).await;
    assert_eq!(
        (&intent["status"], &intent["usage"]),
        (&json!("requires_payment_method"), &json!("off_session"))
    );
    assert!(intent["client_secret"].as_str().unwrap().starts_with(&format!("{}_secret_", id(&intent))));
    let path = path_of(&intent, "");
    let (_, error) = api.post_refused(&format!("{path}/confirm"), &[]).await;
    assert_eq!(error["param"], "return_url");
    let back = [("return_url", "https://example.com/")];
    let (_, error) = api.post_refused(&format!("{path}/confirm"), &back).await;
    assert_eq!(error["code"], "setup_intent_unexpected_state");
    assert_eq!(error["setup_intent"]["id"], intent["id"]);
    let intent = api.post(&path, &[("payment_method", "pm_card_visa"), ("description", "d")]).await;
    assert_eq!((&intent["status"], &intent["description"]), (&json!("requires_confirmation"), &json!("d")));
    let intent = api.post(&format!("{path}/confirm"), &[("return_url", "https://example.com/")]).await;
    assert_eq!(intent["status"], "succeeded");
    assert_eq!(api.get(&path, &[]).await, intent);
    let method = api.sandbox.get(intent["payment_method"].as_str().unwrap()).unwrap();
    assert_eq!(method["customer"], customer);
    for step in ["confirm", "cancel"] {
        let (status, error) = api.post_refused(&format!("{path}/{step}"), &[]).await;
        assert_eq!((status, &error["code"]), (400, &json!("setup_intent_unexpected_state")));
        assert_eq!(error["setup_intent"]["status"], "succeeded");
    }
    let (_, error) = api.post_refused(&path, &[("payment_method", "pm_card_visa")]).await;
    assert_eq!(
        (&error["code"], &error["param"]),
        (&json!("setup_intent_unexpected_state"), &json!("payment_method"))
    );
    assert_eq!(api.post(&path, &[("metadata[k]", "w")]).await["metadata"]["k"], "w");
}

#[tokio::test]
async fn a_setup_can_be_done_at_once_and_without_a_customer() {
    let api = start().await;
    let form =
        [("payment_method", "pm_card_visa"), ("confirm", "true"), ("return_url", "https://example.com/")];
    let intent = setup(&api, &form).await;
    assert_eq!(intent["status"], "succeeded");
    let method = intent["payment_method"].as_str().unwrap();
    let customer = api.customer().await;
    let attached =
        api.post(&format!("/v1/payment_methods/{method}/attach"), &[("customer", &customer)]).await;
    assert_eq!(attached["customer"], customer, "it is not used up");
}

#[tokio::test]
async fn a_declined_card_leaves_the_setup_waiting() {
    let api = start().await;
    for (method, code) in
        [("pm_card_chargeDeclined", "card_declined"), ("pm_card_chargeDeclinedExpiredCard", "expired_card")]
    {
        let form = [("payment_method", method), ("confirm", "true"), ("return_url", "https://example.com/")];
        let (status, error) = api.post_refused("/v1/setup_intents", &form).await;
        assert_eq!((status, &error["type"], &error["code"]), (402, &json!("card_error"), &json!(code)));
        let intent = &error["setup_intent"];
        assert_eq!(
            (&intent["status"], &intent["payment_method"]),
            (&json!("requires_payment_method"), &Value::Null)
        );
        assert_eq!(intent["last_setup_error"]["code"], code);
        assert_eq!(intent["last_setup_error"]["payment_method"]["object"], "payment_method");
        let stored = api.get(&path_of(intent, ""), &[]).await;
        assert_eq!(stored, *intent, "the refusal leaves its trace");
        let other = [("payment_method", "pm_card_visa"), ("return_url", "https://example.com/")];
        let intent = api.post(&path_of(intent, "/confirm"), &other).await;
        assert_eq!((&intent["status"], &intent["last_setup_error"]), (&json!("succeeded"), &Value::Null));
    }
    let later = [
        ("payment_method", "pm_card_chargeCustomerFail"),
        ("confirm", "true"),
        ("return_url", "https://example.com/"),
    ];
    assert_eq!(setup(&api, &later).await["status"], "succeeded", "it fails only when it is charged");
}

#[tokio::test]
async fn a_setup_is_authenticated() {
    let api = start().await;
    let customer = api.customer().await;
    let form = [
        ("payment_method", "pm_card_authenticationRequiredOnSetup"),
        ("customer", &customer),
        ("confirm", "true"),
        ("return_url", "https://example.com/"),
    ];
    let intent = setup(&api, &form).await;
    assert_eq!(intent["status"], "requires_action");
    assert_eq!(intent["next_action"]["redirect_to_url"]["return_url"], "https://example.com/");
    let method = intent["payment_method"].as_str().unwrap().to_owned();
    assert_eq!(api.sandbox.get(&method).unwrap()["customer"], Value::Null, "not yet");
    let failed = api.sandbox.authenticate(&id(&intent), false).expect("it waits");
    assert_eq!(failed["status"], "requires_payment_method");
    assert_eq!(failed["last_setup_error"]["code"], "setup_intent_authentication_failure");
    assert!(api.sandbox.authenticate(&id(&intent), true).is_none());
    let again = [("payment_method", method.as_str()), ("return_url", "https://example.com/")];
    api.post(&path_of(&intent, "/confirm"), &again).await;
    let done = api.sandbox.authenticate(&id(&intent), true).expect("it waits");
    assert_eq!((&done["status"], &done["next_action"]), (&json!("succeeded"), &Value::Null));
    assert_eq!(api.sandbox.get(&method).unwrap()["customer"], customer);
    // From now on it pays while the customer is away.
    let off = [("customer", customer.as_str()), ("off_session", "true")];
    assert_eq!(paid(&api, &method, &off).await["status"], "succeeded");
    let attempts = api.get("/v1/setup_attempts", &[("setup_intent", &id(&intent))]).await;
    let statuses: Vec<&Value> =
        attempts["data"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["succeeded", "failed"]);
    assert_eq!(attempts["data"][0]["id"], done["latest_attempt"]);
    assert_eq!(attempts["data"][1]["setup_error"]["code"], "setup_intent_authentication_failure");
}

#[tokio::test]
async fn a_setup_is_canceled_while_it_waits() {
    let api = start().await;
    let fresh = setup(&api, &[]).await;
    let ready = setup(&api, &[("payment_method", "pm_card_visa")]).await;
    let asked = [
        ("payment_method", "pm_card_threeDSecure2Required"),
        ("confirm", "true"),
        ("return_url", "https://example.com/"),
    ];
    let asked = setup(&api, &asked).await;
    for intent in [&fresh, &ready, &asked] {
        let path = path_of(intent, "/cancel");
        let canceled = api.post(&path, &[("cancellation_reason", "abandoned")]).await;
        assert_eq!((&canceled["status"], &canceled["next_action"]), (&json!("canceled"), &Value::Null));
        assert_eq!(canceled["cancellation_reason"], "abandoned");
        let (_, error) = api.post_refused(&path, &[]).await;
        assert_eq!(error["code"], "setup_intent_unexpected_state");
        let (_, error) = api.post_refused(&path_of(intent, "/confirm"), &[]).await;
        assert_eq!(error["code"], "setup_intent_unexpected_state");
    }
    let (_, error) =
        api.post_refused(&path_of(&fresh, "/cancel"), &[("cancellation_reason", "fraudulent")]).await;
    assert_eq!(error["param"], "cancellation_reason");
}

#[tokio::test]
async fn setups_have_filters_and_references() {
    let api = start().await;
    let customer = api.customer().await;
    let one = setup(&api, &[("customer", &customer)]).await;
    let other = setup(&api, &[("payment_method", "pm_card_visa")]).await;
    let method = other["payment_method"].as_str().unwrap();
    for (query, expected) in [(("customer", customer.as_str()), &one), (("payment_method", method), &other)] {
        assert_eq!(ids(&api.get("/v1/setup_intents", &[query]).await), [id(expected)]);
    }
    let expanded = api.get(&path_of(&one, ""), &[("expand[]", "customer")]).await;
    assert_eq!(expanded["customer"]["object"], "customer");
    for (form, param) in [
        (("customer", "cus_nobody"), "customer"),
        (("payment_method", "pm_nobody"), "payment_method"),
        (("return_url", "https://example.com/"), "return_url"),
        (("attach_to_self", "true"), "attach_to_self"),
        (("usage", "sometimes"), "usage"),
    ] {
        let (status, error) = api.post_refused("/v1/setup_intents", &[form]).await;
        assert_eq!((status, &error["param"]), (400, &json!(param)));
    }
    let (status, error) = api.refused(Method::GET, "/v1/setup_intents/seti_nothing", &[]).await;
    assert_eq!((status, &error["param"]), (404, &json!("intent")));
    let wrong = [("client_secret", "seti_1_secret_2")];
    let (_, error) = api.refused(Method::GET, &path_of(&one, ""), &wrong).await;
    assert_eq!(error["param"], "client_secret");
    let (_, error) = api.refused(Method::GET, "/v1/setup_attempts", &[]).await;
    assert_eq!(error["param"], "setup_intent");
    let taken = api.post("/v1/payment_methods/pm_card_visa/attach", &[("customer", &customer)]).await;
    let (_, error) = api.post_refused("/v1/setup_intents", &[("payment_method", &id(&taken))]).await;
    assert_eq!(error["param"], "payment_method");
}
