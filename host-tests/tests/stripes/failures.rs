//! What is refused, and retries by key.

use host_tests::stage::{failure, none, parse};
use serde_json::json;
use stripe_connector_host::contract::Failure;

use crate::account::{Account, email, id, keyed};
use crate::cases;

cases![
    unknown_ids_are_not_found,
    what_is_missing_is_named { Localstripe: "answers 404 without code and parameter" },
    missing_parameters_are_named { Localstripe: "answers 400 without code and parameter" },
    a_key_is_needed,
    a_payment_is_declined { StatefulMock: "has charges only, no payment methods and intents" },
    payments_are_declined_with_codes {
        Localstripe: "declines these cards when they are attached, not when they pay",
        StatefulMock: "has charges only, no payment methods and intents",
    },
    charges_are_declined_with_codes { Localstripe: "charges no tokens such as tok_visa" },
    a_retry_with_the_key_is_replayed { Localstripe: NO_KEYS },
    a_decline_is_replayed { Localstripe: NO_KEYS },
    a_key_is_for_one_request { Localstripe: NO_KEYS },
    too_many_requests { Sandbox: OWN_TOKENS, Localstripe: OWN_TOKENS },
    an_error_of_the_server { Sandbox: OWN_TOKENS, Localstripe: OWN_TOKENS },
];

const NO_KEYS: &str = "ignores idempotency keys";
const OWN_TOKENS: &str = "the token is stripe-stateful-mock's own";

/// What a program goes by.
fn told(failure: &Failure) -> (&str, &str, Option<&str>) {
    (failure.kind.name(), failure.effect.name(), failure.code.as_deref())
}

async fn unknown_ids_are_not_found(account: Account) {
    for entity in ["Customer", "Product"] {
        let read = account.connector.get(entity, Some("unknown_1"), None, false, &none()).await;
        let read = failure(read);
        assert_eq!((read.kind.name(), read.effect.name()), ("not-found", "none"), "{entity}");
        assert_eq!(read.http_status, Some(404), "{entity}");
    }
    let fields = json!({"Description": "x"}).to_string();
    let change = failure(account.connector.update("Customer", Some("cus_unknown"), &fields, &none()).await);
    assert_eq!((change.kind.name(), change.effect.name()), ("not-found", "none"));
    assert!(change.idempotency_key.is_some());
}

async fn what_is_missing_is_named(account: Account) {
    let read = account.connector.get("Customer", Some("cus_unknown"), None, false, &none()).await;
    let read = failure(read);
    assert_eq!(told(&read), ("not-found", "none", Some("resource_missing")));
    assert_eq!(read.param.as_deref(), Some("id"));
    assert!(read.message.contains("cus_unknown"), "{}", read.message);
}

async fn missing_parameters_are_named(account: Account) {
    let refused = account.refused("Charge", json!({"Currency": "usd", "Source": "tok_visa"})).await;
    assert_eq!(told(&refused), ("invalid-input", "none", Some("parameter_missing")));
    assert_eq!(refused.param.as_deref(), Some("amount"));
}

async fn a_key_is_needed(account: Account) {
    let refused = account.with_a_wrong_key().get("Customer", Some("cus_1"), None, false, &none()).await;
    let refused = failure(refused);
    assert_eq!((refused.kind.name(), refused.effect.name()), ("unauthenticated", "none"));
    assert_eq!(refused.http_status, Some(401));
}

async fn a_payment_is_declined(account: Account) {
    let method = "pm_card_chargeCustomerFail";
    let fields =
        json!({"Amount": 1500, "Currency": "usd", "PaymentMethod": method, "PaymentMethodTypes": ["card"]});
    let payment = id(&account.create("PaymentIntent", fields).await);
    let confirm = json!({ "PaymentIntentId": payment }).to_string();
    let declined = failure(account.connector.execute("ConfirmPaymentIntent", &confirm, &none()).await);
    assert_eq!(told(&declined), ("payment-declined", "none", Some("card_declined")));
    assert_eq!(declined.http_status, Some(402));
    assert_eq!(account.get("PaymentIntent", &payment).await["Status"], "requires_payment_method");
}

async fn payments_are_declined_with_codes(account: Account) {
    for (card, code, decline_code) in [
        ("visa_chargeDeclined", "card_declined", Some("generic_decline")),
        ("visa_chargeDeclinedInsufficientFunds", "card_declined", Some("insufficient_funds")),
        ("visa_chargeDeclinedLostCard", "card_declined", Some("lost_card")),
        ("visa_chargeDeclinedStolenCard", "card_declined", Some("stolen_card")),
        ("chargeDeclinedExpiredCard", "expired_card", None),
        ("chargeDeclinedProcessingError", "processing_error", None),
    ] {
        let method = format!("pm_card_{card}");
        let fields = json!({"Amount": 1500, "Currency": "usd", "PaymentMethod": method, "PaymentMethodTypes": ["card"],
            "Confirm": true});
        let declined = account.refused("PaymentIntent", fields).await;
        assert_eq!(told(&declined), ("payment-declined", "none", Some(code)), "{card}");
        if decline_code.is_some() {
            assert_eq!(declined.decline_code.as_deref(), decline_code, "{card}");
        }
    }
}

async fn charges_are_declined_with_codes(account: Account) {
    for (token, code, decline_code) in [
        ("tok_chargeDeclined", "card_declined", Some("generic_decline")),
        ("tok_chargeDeclinedInsufficientFunds", "card_declined", Some("insufficient_funds")),
        ("tok_chargeDeclinedFraudulent", "card_declined", Some("fraudulent")),
        ("tok_chargeDeclinedExpiredCard", "expired_card", None),
        ("tok_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("tok_chargeDeclinedProcessingError", "processing_error", None),
    ] {
        let fields = json!({"Amount": 1500, "Currency": "usd", "Source": token});
        let declined = account.refused("Charge", fields).await;
        assert_eq!(told(&declined), ("payment-declined", "none", Some(code)), "{token}");
        if decline_code.is_some() {
            assert_eq!(declined.decline_code.as_deref(), decline_code, "{token}");
        }
        let stripe = parse(declined.stripe.as_deref().expect("Stripe's error"));
        let charge = stripe["charge"].as_str().expect("the charge that failed");
        assert_eq!(account.get("Charge", charge).await["Status"], "failed", "{token}");
    }
}

async fn a_retry_with_the_key_is_replayed(account: Account) {
    let email = email();
    let (fields, options) = (json!({ "Email": email }).to_string(), keyed(&email));
    let first = account.connector.create("Customer", &fields, &options).await.expect("a change");
    let again = account.connector.create("Customer", &fields, &options).await.expect("the same change");
    assert_eq!((&first.id, &first.fields), (&again.id, &again.fields));
    assert_eq!(account.ids("Customer", &format!("Email = '{email}'")).await.len(), 1);
}

async fn a_decline_is_replayed(account: Account) {
    let options = keyed(&email());
    let fields = json!({"Amount": 1500, "Currency": "usd", "Source": "tok_chargeDeclined"}).to_string();
    let first = failure(account.connector.create("Charge", &fields, &options).await);
    let again = failure(account.connector.create("Charge", &fields, &options).await);
    assert_eq!(told(&again), ("payment-declined", "none", Some("card_declined")));
    // It names the same charge: nothing was tried a second time.
    assert_eq!((first.http_status, first.stripe), (again.http_status, again.stripe));
}

async fn a_key_is_for_one_request(account: Account) {
    let email = email();
    let options = keyed(&email);
    let fields = json!({ "Email": email }).to_string();
    account.connector.create("Customer", &fields, &options).await.expect("a change");
    let other = json!({"Email": email, "Description": "other"}).to_string();
    let refused = failure(account.connector.create("Customer", &other, &options).await);
    assert_eq!((refused.kind.name(), refused.effect.name()), ("conflict", "none"));
    assert_eq!((refused.http_status, refused.idempotency_key.as_deref()), (Some(400), Some(email.as_str())));
    assert_eq!(account.ids("Customer", &format!("Email = '{email}'")).await.len(), 1);
}

async fn too_many_requests(account: Account) {
    let fields = json!({"Amount": 1500, "Currency": "usd", "Source": "tok_429"});
    let refused = account.refused("Charge", fields).await;
    assert_eq!(told(&refused), ("rate-limited", "none", Some("rate_limit")));
    assert_eq!(refused.http_status, Some(429));
}

async fn an_error_of_the_server(account: Account) {
    let fields = json!({"Amount": 1500, "Currency": "usd", "Source": "tok_500"});
    let refused = account.refused("Charge", fields).await;
    assert_eq!((refused.kind.name(), refused.effect.name()), ("unavailable", "unknown"));
    assert_eq!(refused.http_status, Some(500));
    assert!(refused.idempotency_key.is_some());
}
