//! The states of a setup intent, and the attempts that bring it from one to the next.

use serde_json::{Value, json};

use super::cards::{self, Behaviour};
use super::payment_confirm::next_action;
use super::payment_intent::{check_return, check_secret, check_type, find_method, set_options};
use super::setup_intent::use_method;
use super::{change, payment_method, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::params::Params;
use crate::route::{Call, Route, get};

pub const ROUTES: &[Route] = &[get("/v1/setup_attempts", "setup_attempt", attempts)];

/// From each status those that a setup intent can have next.
const TRANSITIONS: &[(&str, &[&str])] = &[
    ("requires_payment_method", &["requires_confirmation", "requires_action", "succeeded", "canceled"]),
    ("requires_confirmation", &["requires_payment_method", "requires_action", "succeeded", "canceled"]),
    ("requires_action", &["requires_payment_method", "requires_confirmation", "succeeded", "canceled"]),
    ("succeeded", &[]),
    ("canceled", &[]),
];

pub fn is_open(intent: &Value) -> bool {
    matches!(text(intent, "status"), "requires_payment_method" | "requires_confirmation" | "requires_action")
}

/// Brings an intent into a status.
pub fn enter(intent: &mut Value, status: &str) {
    let from = text(intent, "status");
    let ways = TRANSITIONS.iter().find(|(known, _)| *known == from);
    debug_assert!(
        from == status || ways.is_none_or(|(_, next)| next.contains(&status)),
        "no setup intent goes from {from} to {status}"
    );
    intent["status"] = json!(status);
}

fn attempts(account: &mut Account, call: &Call) -> Result<Value> {
    if let Some(id) = call.params.text("setup_intent") {
        account.refer("setup_intent", id, "setup_intent")?;
    }
    page(account, call, &["setup_intent"], |_| true)
}

pub fn confirm(account: &mut Account, call: &Call) -> Result<Value> {
    let intent = call.subject(account, "setup_intent")?;
    check_secret(&intent, &call.params)?;
    confirm_setup(account, intent, &call.params)
}

/// Confirms a stored intent and stores what became of it, also when the card is declined.
pub fn confirm_setup(account: &mut Account, mut intent: Value, params: &Params) -> Result<Value> {
    check_open(&intent, "confirmed")?;
    check_return(account, &intent, params)?;
    let method = find_method(account, params, intent["customer"].as_str())?;
    set_options(&mut intent, params);
    if let Some(method) = method {
        use_method(account, &mut intent, method);
    }
    let method = payment_method::stored(account, text(&intent, "payment_method"));
    let Some(method) = method else {
        let message = "You cannot confirm this SetupIntent because it's missing a payment method.";
        return Err(unexpected_state(&intent, message.to_owned()));
    };
    payment_method::check_unspent(account, &method)?;
    check_type(&intent, &method)?;
    match cards::behaviour(Some(&method)) {
        Behaviour::Declines(reason) => {
            let error = refuse(account, &mut intent, &method, cards::decline(reason));
            Err(error.with("setup_intent", intent).effective())
        }
        Behaviour::Authenticates(..) => {
            enter(&mut intent, "requires_action");
            intent["next_action"] = next_action(account, &intent, params);
            change(&mut intent, "last_setup_error", Value::Null);
            attempt(account, &mut intent, &method, Value::Null);
            account.store.put(intent.clone());
            Ok(intent)
        }
        _ => Ok(succeed(account, intent, method)),
    }
}

/// The customer authenticated, or did not.
pub fn authenticate(account: &mut Account, mut intent: Value, success: bool) -> Result<Value> {
    if intent["status"] != "requires_action" {
        let message = "Only a SetupIntent with a status of requires_action can be authenticated.";
        return Err(unexpected_state(&intent, message.to_owned()));
    }
    let method = payment_method::stored(account, text(&intent, "payment_method")).unwrap_or_default();
    change(&mut intent, "next_action", Value::Null);
    if success {
        return Ok(succeed(account, intent, method));
    }
    let error = ApiError::invalid(
        "The customer could not be authenticated: the setup needs another method, or another try.",
    )
    .code("setup_intent_authentication_failure");
    refuse(account, &mut intent, &method, error);
    Ok(intent)
}

fn succeed(account: &mut Account, mut intent: Value, mut method: Value) -> Value {
    change(&mut intent, "last_setup_error", Value::Null);
    change(&mut intent, "next_action", Value::Null);
    enter(&mut intent, "succeeded");
    attempt(account, &mut intent, &method, Value::Null);
    account.store.put(intent.clone());
    if let Some(customer) = intent["customer"].as_str().filter(|_| method["customer"].is_null()) {
        method = payment_method::join(account, method, customer);
    }
    if intent["usage"] == "off_session" {
        payment_method::set_up(account, &method);
    }
    intent
}

/// A method that cannot be set up leaves the intent waiting for another one.
fn refuse(account: &mut Account, intent: &mut Value, method: &Value, error: ApiError) -> ApiError {
    let error = error.with("payment_method", method.clone());
    intent["last_setup_error"] = error.details();
    change(intent, "next_action", Value::Null);
    enter(intent, "requires_payment_method");
    attempt(account, intent, method, error.details());
    intent["payment_method"] = Value::Null;
    account.store.put(intent.clone());
    error
}

/// Notes how an attempt came out, which the intent's status tells. One that waited goes on.
fn attempt(account: &mut Account, intent: &mut Value, method: &Value, error: Value) {
    let last = account.store.get("setup_attempt", text(intent, "latest_attempt"));
    let waiting = last.filter(|last| last["status"] == "requires_action");
    let (id, created) = match waiting {
        Some(waiting) => (waiting["id"].clone(), waiting["created"].clone()),
        None => (json!(account.new_id("setatt")), json!(account.now())),
    };
    let status = match text(intent, "status") {
        "requires_payment_method" => "failed",
        status => status,
    };
    let kind = text(method, "type");
    let card = &method["card"];
    let details = match kind {
        "card" => json!({
            "brand": card["brand"],
            "checks": card["checks"],
            "country": card["country"],
            "exp_month": card["exp_month"],
            "exp_year": card["exp_year"],
            "fingerprint": card["fingerprint"],
            "funding": card["funding"],
            "last4": card["last4"],
            "network": card["brand"],
            "three_d_secure": null,
            "wallet": card["wallet"],
        }),
        _ => json!({}),
    };
    let attempt = json!({
        "id": id,
        "object": "setup_attempt",
        "application": null,
        "created": created,
        "customer": intent["customer"],
        "customer_account": null,
        "flow_directions": null,
        "livemode": false,
        "on_behalf_of": intent["on_behalf_of"],
        "payment_method": method["id"],
        "payment_method_details": {kind: details, "type": kind},
        "setup_error": error,
        "setup_intent": intent["id"],
        "status": status,
        "usage": intent["usage"],
    });
    intent["latest_attempt"] = attempt["id"].clone();
    account.store.put(attempt);
}

pub fn cancel(account: &mut Account, call: &Call) -> Result<Value> {
    let intent = call.subject(account, "setup_intent")?;
    let reason = call.params.get("cancellation_reason").cloned();
    cancel_setup(account, intent, reason.unwrap_or_default())
}

/// Cancels a stored intent.
pub fn cancel_setup(account: &mut Account, mut intent: Value, reason: Value) -> Result<Value> {
    check_open(&intent, "canceled")?;
    enter(&mut intent, "canceled");
    intent["cancellation_reason"] = reason;
    change(&mut intent, "next_action", Value::Null);
    account.store.put(intent.clone());
    Ok(intent)
}

fn check_open(intent: &Value, step: &str) -> Result<()> {
    if is_open(intent) {
        return Ok(());
    }
    let message = format!(
        "This SetupIntent could not be {step} because it has a status of {}.",
        text(intent, "status")
    );
    Err(unexpected_state(intent, message))
}

/// The refusal of a step that the intent's state does not allow; it carries the intent.
pub fn unexpected_state(intent: &Value, message: String) -> ApiError {
    ApiError::invalid(message).code("setup_intent_unexpected_state").with("setup_intent", intent.clone())
}
