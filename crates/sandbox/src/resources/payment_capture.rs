//! Ends of a payment intent: capture in one or several parts, cancellation, expiry; and what raises
//! an authorization before.

use serde_json::{Value, json};

use super::charge;
use super::payment_intent::{check_amount, set_details};
use super::payment_states::{check_status, enter, unexpected_state};
use super::{change, invoice_payment, payment_method, set, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::route::Call;

/// How often one authorization can be raised.
const MAX_INCREMENTS: i64 = 10;

/// How often one authorization was raised.
const INCREMENTS: &str = "(increments)";

pub fn capture(account: &mut Account, call: &Call) -> Result<Value> {
    let mut intent = call.subject(account, "payment_intent")?;
    check_status(&intent, "captured", &["requires_capture"])?;
    let charge = account.store.get("charge", text(&intent, "latest_charge"));
    let held = match intent["amount_capturable"].as_i64() {
        Some(held) if held > 0 => held,
        _ => intent["amount"].as_i64().unwrap_or(0),
    };
    let amount = call.params.int("amount_to_capture").unwrap_or(held);
    let last = call.params.get("final_capture") != Some(&json!(false));
    let several = charge.as_ref().is_some_and(|charge| charge::is_available(charge, "multicapture"));
    if !last && !several {
        return Err(ApiError::invalid(
            "final_capture=false needs a payment that can be captured several times: ask for it with \
             payment_method_options[card][request_multicapture]=if_available when it is created.",
        )
        .param("final_capture"));
    }
    let received = intent["amount_received"].as_i64().unwrap_or(0);
    // After a first part a final capture of nothing gives back the rest.
    let least = i64::from(!(last && several && received > 0));
    if amount < least || amount > held {
        return Err(ApiError::invalid(format!(
            "The requested capture amount is not between {least} and what can be captured, {held}."
        ))
        .code(if amount < least { "parameter_invalid_integer" } else { "amount_too_large" })
        .param("amount_to_capture"));
    }
    set(&mut intent, &call.params, "metadata statement_descriptor statement_descriptor_suffix");
    set_details(&mut intent, &call.params);
    let left = held.saturating_sub(amount);
    let last = last || left == 0;
    match charge {
        Some(mut charge) => charge::capture(account, &mut charge, amount, last),
        None => {
            let method = payment_method::stored(account, text(&intent, "payment_method"));
            let order = json!({
                "id": intent["latest_charge"], "currency": intent["currency"],
                "description": intent["description"],
            });
            charge::earn(account, &order, amount, method.as_ref());
        }
    }
    intent["amount_received"] = json!(received.saturating_add(amount));
    change(&mut intent, "amount_capturable", json!(if last { 0 } else { left }));
    if last {
        enter(&mut intent, "succeeded");
    }
    account.store.put(intent.clone());
    Ok(intent)
}

pub fn cancel(account: &mut Account, call: &Call) -> Result<Value> {
    let intent = call.subject(account, "payment_intent")?;
    let allowed = ["requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"];
    check_status(&intent, "canceled", &allowed)?;
    if intent["amount_received"].as_i64().unwrap_or(0) > 0 {
        let message = "This PaymentIntent was captured in part, so it cannot be canceled: a final capture with \
                       amount_to_capture=0 gives back the rest.";
        return Err(unexpected_state(&intent, message.to_owned()));
    }
    invoice_payment::check_free(account, &intent, "canceled")?;
    let reason = call.params.get("cancellation_reason").cloned();
    Ok(end(account, intent, reason.unwrap_or_default(), Value::Null))
}

/// The time has come that an authorization which was not captured ends.
pub fn expire(account: &mut Account, mut intent: Value) {
    if intent["amount_received"].as_i64().unwrap_or(0) == 0 {
        end(account, intent, json!("automatic"), json!("expired_uncaptured_charge"));
        return;
    }
    if let Some(mut charge) = account.store.get("charge", text(&intent, "latest_charge")) {
        charge::release(account, &mut charge, Value::Null);
    }
    enter(&mut intent, "succeeded");
    intent["amount_capturable"] = json!(0);
    account.store.put(intent);
}

/// Cancels a stored intent.
pub fn end(account: &mut Account, mut intent: Value, reason: Value, refund_reason: Value) -> Value {
    if let Some(mut charge) = account.store.get("charge", text(&intent, "latest_charge")) {
        charge::release(account, &mut charge, refund_reason);
    }
    enter(&mut intent, "canceled");
    intent["canceled_at"] = json!(account.now());
    change(&mut intent, "cancellation_reason", reason);
    change(&mut intent, "amount_capturable", json!(0));
    change(&mut intent, "next_action", Value::Null);
    account.store.put(intent.clone());
    intent
}

/// Holds more than before.
pub fn increment(account: &mut Account, call: &Call) -> Result<Value> {
    let mut intent = call.subject(account, "payment_intent")?;
    check_status(&intent, "incremented", &["requires_capture"])?;
    let charge = account.store.get("charge", text(&intent, "latest_charge"));
    let Some(mut charge) = charge.filter(|charge| charge::is_available(charge, "incremental_authorization"))
    else {
        return Err(ApiError::invalid(
            "The authorization of this payment cannot be raised: ask for it with \
             payment_method_options[card][request_incremental_authorization]=if_available when it is created.",
        )
        .code("payment_intent_invalid_parameter"));
    };
    let old = intent["amount"].as_i64().unwrap_or(0);
    let amount = call.params.int("amount").unwrap_or(0);
    if amount <= old {
        return Err(ApiError::invalid(format!(
            "The new amount must be greater than the authorized one, {old}."
        ))
        .param("amount"));
    }
    check_amount(amount, text(&intent, "currency"))?;
    let times = account.store.hidden(call.id(), INCREMENTS).and_then(Value::as_i64).unwrap_or(0);
    if times >= MAX_INCREMENTS {
        return Err(ApiError::invalid(format!(
            "An authorization can be raised {MAX_INCREMENTS} times, and this one was."
        )));
    }
    set(&mut intent, &call.params, "description metadata statement_descriptor");
    set_details(&mut intent, &call.params);
    let held = intent["amount_capturable"].as_i64().unwrap_or(0);
    intent["amount"] = json!(amount);
    intent["amount_capturable"] = json!(held.saturating_add(amount.saturating_sub(old)));
    charge["amount"] = json!(amount);
    let card = &mut charge["payment_method_details"]["card"];
    card["amount_authorized"] = json!(amount);
    card["overcapture"]["maximum_amount_capturable"] = json!(amount);
    account.store.put(charge);
    account.store.put(intent.clone());
    account.store.hide(call.id(), INCREMENTS, json!(times.saturating_add(1)));
    Ok(intent)
}
