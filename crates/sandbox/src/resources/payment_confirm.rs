//! The states of a payment intent: confirm, capture, cancel.

use serde_json::{Value, json};

use super::cards::{self, Behaviour};
use super::payment_intent::{fill, find_method, use_method};
use super::{change, charge, invoice_pay, invoice_payment, payment_method, set, text};
use crate::account::{Account, random_text};
use crate::error::{ApiError, Result};
use crate::params::Params;
use crate::route::Call;

pub fn confirm(account: &mut Account, call: &Call) -> Result<Value> {
    let intent = call.subject(account, "payment_intent")?;
    confirm_intent(account, intent, &call.params)
}

/// Confirms a stored intent and stores what became of it, also when the card is declined. An
/// invoice that it pays learns of it.
pub fn confirm_intent(account: &mut Account, intent: Value, params: &Params) -> Result<Value> {
    let id = text(&intent, "id").to_owned();
    let result = attempt(account, intent, params);
    invoice_pay::follow(account, &id);
    result
}

fn attempt(account: &mut Account, mut intent: Value, params: &Params) -> Result<Value> {
    let status = text(&intent, "status");
    if !matches!(status, "requires_payment_method" | "requires_confirmation" | "requires_action") {
        let message = match status {
            "succeeded" => "You cannot confirm this PaymentIntent because it has already succeeded \
                            after being previously confirmed."
                .to_owned(),
            status => format!("You cannot confirm this PaymentIntent because it has a status of {status}."),
        };
        return Err(unexpected_state(&intent, message));
    }
    let method = find_method(account, params, intent["customer"].as_str())?;
    fill(&mut intent, params);
    if let Some(method) = method {
        use_method(account, &mut intent, method);
    }
    let Some(method_id) = intent["payment_method"].as_str().map(str::to_owned) else {
        let message = "You cannot confirm this PaymentIntent because it's missing a payment method.";
        return Err(unexpected_state(&intent, message.to_owned()));
    };
    let method = payment_method::usable(account, &method_id);
    if let Some(method) = &method {
        payment_method::check_unspent(account, method)?;
    }
    match cards::behaviour(method.as_ref()) {
        Behaviour::Declines(reason) | Behaviour::DeclinesLater(reason) => {
            Err(decline(account, intent, method, reason))
        }
        Behaviour::Authenticates if unattended(params) => {
            Err(decline(account, intent, method, "authentication_required"))
        }
        Behaviour::Authenticates => {
            intent["status"] = json!("requires_action");
            intent["next_action"] = next_action(&intent, params);
            change(&mut intent, "last_payment_error", Value::Null);
            account.store.put(intent.clone());
            Ok(intent)
        }
        behaviour => Ok(pay(account, intent, method, behaviour)),
    }
}

/// Nobody is there to authenticate, or the caller would rather have an error.
fn unattended(params: &Params) -> bool {
    params.get("off_session").is_some_and(|value| *value != false) || params.flag("error_on_requires_action")
}

fn pay(account: &mut Account, mut intent: Value, method: Option<Value>, behaviour: Behaviour) -> Value {
    let manual = intent["capture_method"] == "manual";
    change(&mut intent, "last_payment_error", Value::Null);
    change(&mut intent, "next_action", Value::Null);
    intent["latest_charge"] = json!(charge::create(account, &intent, !manual, None, behaviour));
    let amount = intent["amount"].clone();
    if manual {
        intent["status"] = json!("requires_capture");
        intent["amount_capturable"] = amount;
    } else {
        intent["status"] = json!("succeeded");
        intent["amount_received"] = amount;
    }
    account.store.put(intent.clone());
    if let Some(method) = method.filter(|method| method["customer"].is_null()) {
        match intent["customer"].as_str() {
            Some(customer) if intent["setup_future_usage"].is_string() => {
                payment_method::join(account, method, customer);
            }
            _ => {
                payment_method::spend(account, &method);
            }
        }
    }
    intent
}

/// A declined card leaves a failed charge, and the intent waits for another method.
fn decline(account: &mut Account, mut intent: Value, method: Option<Value>, reason: &str) -> ApiError {
    let refusal = cards::decline(reason);
    let details = refusal.details();
    let charge = charge::create(account, &intent, false, Some(&details), Behaviour::Pays);
    let error = refusal.with("charge", json!(charge)).with("payment_method", method.unwrap_or_default());
    intent["latest_charge"] = json!(charge);
    intent["last_payment_error"] = error.details();
    intent["payment_method"] = Value::Null;
    intent["status"] = json!("requires_payment_method");
    change(&mut intent, "next_action", Value::Null);
    account.store.put(intent.clone());
    error.with("payment_intent", intent).effective()
}

fn next_action(intent: &Value, params: &Params) -> Value {
    let source = random_text(24);
    match params.text("return_url") {
        Some(return_url) => json!({
            "type": "redirect_to_url",
            "redirect_to_url": {
                "return_url": return_url,
                "url": format!(
                    "https://hooks.stripe.com/3d_secure_2/hosted?payment_intent={}&source=src_{source}",
                    text(intent, "id")
                ),
            },
        }),
        None => json!({
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {
                "source": format!("src_{source}"),
                "type": "three_d_secure_redirect",
            },
        }),
    }
}

pub fn capture(account: &mut Account, call: &Call) -> Result<Value> {
    let mut intent = call.subject(account, "payment_intent")?;
    if intent["status"] != "requires_capture" {
        let message = format!(
            "This PaymentIntent could not be captured because it has a status of {}. Only a \
             PaymentIntent with a status of requires_capture may be captured.",
            text(&intent, "status")
        );
        return Err(unexpected_state(&intent, message));
    }
    let held = match intent["amount_capturable"].as_i64() {
        Some(held) if held > 0 => held,
        _ => intent["amount"].as_i64().unwrap_or(0),
    };
    let amount = call.params.int("amount_to_capture").unwrap_or(held);
    if amount < 1 || amount > held {
        return Err(ApiError::invalid(format!(
            "The requested capture amount is not between 1 and what can be captured, {held}."
        ))
        .code(if amount < 1 { "parameter_invalid_integer" } else { "amount_too_large" })
        .param("amount_to_capture"));
    }
    set(
        &mut intent,
        &call.params,
        "application_fee_amount metadata statement_descriptor statement_descriptor_suffix",
    );
    intent["status"] = json!("succeeded");
    intent["amount_received"] = json!(amount);
    change(&mut intent, "amount_capturable", json!(0));
    let method = account.store.get("payment_method", text(&intent, "payment_method"));
    let behaviour = cards::behaviour(method.as_ref());
    charge::capture(account, &intent, amount, behaviour);
    account.store.put(intent.clone());
    Ok(intent)
}

pub fn cancel(account: &mut Account, call: &Call) -> Result<Value> {
    let intent = call.subject(account, "payment_intent")?;
    invoice_payment::check_free(account, &intent, "canceled")?;
    let reason = call.params.get("cancellation_reason").cloned();
    cancel_intent(account, intent, reason.unwrap_or_default())
}

/// Cancels a stored intent.
pub fn cancel_intent(account: &mut Account, mut intent: Value, reason: Value) -> Result<Value> {
    let status = text(&intent, "status");
    if matches!(status, "succeeded" | "canceled") {
        let message = format!("You cannot cancel this PaymentIntent because it has a status of {status}.");
        return Err(unexpected_state(&intent, message));
    }
    charge::release(account, &intent);
    intent["status"] = json!("canceled");
    intent["canceled_at"] = json!(account.now());
    change(&mut intent, "cancellation_reason", reason);
    change(&mut intent, "amount_capturable", json!(0));
    change(&mut intent, "next_action", Value::Null);
    account.store.put(intent.clone());
    Ok(intent)
}

/// The refusal of a step that the intent's state does not allow; it carries the intent.
pub fn unexpected_state(intent: &Value, message: String) -> ApiError {
    ApiError::invalid(message).code("payment_intent_unexpected_state").with("payment_intent", intent.clone())
}
