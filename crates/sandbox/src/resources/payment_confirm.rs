//! Confirming a payment intent: its method is charged, or first authenticated, or declined.

use serde_json::{Value, json};

use super::cards::{self, Behaviour, Demand};
use super::charge::{self, Attempt};
use super::payment_intent::{
    check_return, check_secret, check_type, fill, find_method, return_url, use_method,
};
use super::payment_states::{check_confirmable, check_status, enter, unexpected_state};
use super::{change, invoice_pay, invoice_payment, payment_method, text};
use crate::account::{Account, random_text};
use crate::error::{ApiError, Result};
use crate::params::Params;
use crate::route::Call;

/// The method that was authenticated for an intent which has to be confirmed once more.
const AUTHENTICATED: &str = "(authenticated)";

/// So many seconds a bank debit is on its way.
const DEBIT_TAKES: i64 = 10;

pub fn confirm(account: &mut Account, call: &Call) -> Result<Value> {
    let intent = call.subject(account, "payment_intent")?;
    check_secret(&intent, &call.params)?;
    check_confirmable(&intent)?;
    if captures_otherwise(&call.params) {
        invoice_payment::check_free(account, &intent, "captured in another way")?;
    }
    check_return(account, &intent, &call.params)?;
    confirm_intent(account, intent, &call.params)
}

/// Whether the parameters change how the payment is captured, for all methods or for those of a type.
fn captures_otherwise(params: &Params) -> bool {
    let options = params.get("payment_method_options").and_then(Value::as_object).into_iter().flatten();
    params.get("capture_method").is_some()
        || options.into_iter().any(|(_, option)| !option["capture_method"].is_null())
}

/// Confirms a stored intent and stores what became of it, also when the card is declined.
pub fn confirm_intent(account: &mut Account, intent: Value, params: &Params) -> Result<Value> {
    followed(account, intent, |account, intent| attempt(account, intent, params))
}

/// An invoice that the intent pays learns what a step came to.
fn followed<T>(account: &mut Account, intent: Value, step: impl FnOnce(&mut Account, Value) -> T) -> T {
    let id = text(&intent, "id").to_owned();
    let result = step(account, intent);
    invoice_pay::follow(account, &id);
    result
}

fn attempt(account: &mut Account, mut intent: Value, params: &Params) -> Result<Value> {
    check_confirmable(&intent)?;
    let method = find_method(account, params, intent["customer"].as_str())?;
    fill(&mut intent, params);
    if let Some(method) = method {
        use_method(account, &mut intent, method);
    }
    let Some(method_id) = intent["payment_method"].as_str().map(str::to_owned) else {
        let message = "You cannot confirm this PaymentIntent because it's missing a payment method.";
        return Err(unexpected_state(&intent, message.to_owned()));
    };
    let method = payment_method::stored(account, &method_id);
    if let Some(method) = &method {
        payment_method::check_unspent(account, method)?;
        check_type(&intent, method)?;
    }
    let declined = match cards::behaviour(method.as_ref()) {
        Behaviour::Declines(reason) | Behaviour::DeclinesLater(reason) => Some(reason),
        Behaviour::Authenticates(demand, then) => {
            if wants(account, &intent, method.as_ref(), demand, params) {
                if unattended(params) {
                    Some("authentication_required")
                } else {
                    return Ok(ask(account, intent, params));
                }
            } else {
                then
            }
        }
        Behaviour::Settles(_) => return Ok(debit(account, intent, method)),
        _ => None,
    };
    match declined {
        Some(reason) => {
            let error = decline(account, &mut intent, method, reason);
            Err(error.with("payment_intent", intent).effective())
        }
        None => Ok(pay(account, intent, method)),
    }
}

/// Nobody is there to authenticate.
fn is_off_session(params: &Params) -> bool {
    params.get("off_session").is_some_and(|value| *value != false)
}

/// Nobody is there to authenticate, or the caller would rather have an error.
fn unattended(params: &Params) -> bool {
    is_off_session(params) || params.flag("error_on_requires_action")
}

/// Whether a card's holder still has to authenticate for this payment.
fn wants(account: &Account, intent: &Value, method: Option<&Value>, demand: Demand, params: &Params) -> bool {
    let done = account.store.hidden(text(intent, "id"), AUTHENTICATED);
    if done.is_some_and(|done| *done == intent["payment_method"]) {
        return false;
    }
    match demand {
        Demand::Always => true,
        Demand::OnSession => !is_off_session(params),
        Demand::UnlessSetUp => {
            !(is_off_session(params)
                && method.is_some_and(|method| payment_method::is_set_up(account, method)))
        }
    }
}

/// Waits for the customer to authenticate.
fn ask(account: &mut Account, mut intent: Value, params: &Params) -> Value {
    enter(&mut intent, "requires_action");
    intent["next_action"] = next_action(account, &intent, params);
    change(&mut intent, "last_payment_error", Value::Null);
    account.store.put(intent.clone());
    intent
}

/// Where the customer is sent, or what the caller's page has to do.
pub fn next_action(account: &Account, intent: &Value, params: &Params) -> Value {
    let source = random_text(24);
    match return_url(account, intent) {
        Some(return_url) if !params.flag("use_stripe_sdk") => json!({
            "redirect_to_url": {
                "return_url": return_url,
                "url": format!(
                    "https://hooks.stripe.com/3d_secure_2/hosted?{}={}&source=src_{source}",
                    text(intent, "object"),
                    text(intent, "id")
                ),
            },
            "type": "redirect_to_url",
        }),
        _ => json!({
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {
                "source": format!("src_{source}"),
                "type": "three_d_secure_redirect",
            },
        }),
    }
}

/// The customer authenticated, or did not. The payment then goes on or waits for another method.
pub fn authenticate(account: &mut Account, intent: Value, success: bool) -> Result<Value> {
    followed(account, intent, |account, intent| go_on(account, intent, success))
}

fn go_on(account: &mut Account, mut intent: Value, success: bool) -> Result<Value> {
    check_status(&intent, "authenticated", &["requires_action"])?;
    change(&mut intent, "next_action", Value::Null);
    let method = payment_method::stored(account, text(&intent, "payment_method"));
    if !success {
        let error = ApiError::invalid(
            "The customer could not be authenticated: the payment needs another method, or another try.",
        )
        .code("payment_intent_authentication_failure");
        refuse(&mut intent, error, method);
        account.store.put(intent.clone());
        return Ok(intent);
    }
    if intent["confirmation_method"] == "manual" {
        enter(&mut intent, "requires_confirmation");
        account.store.put(intent.clone());
        account.store.hide(text(&intent, "id"), AUTHENTICATED, intent["payment_method"].clone());
        return Ok(intent);
    }
    match cards::behaviour(method.as_ref()) {
        Behaviour::Authenticates(_, Some(reason)) => {
            decline(account, &mut intent, method, reason);
            Ok(intent)
        }
        _ => Ok(pay(account, intent, method)),
    }
}

fn pay(account: &mut Account, mut intent: Value, method: Option<Value>) -> Value {
    let manual = option(&intent, method.as_ref(), "capture_method") == "manual";
    change(&mut intent, "last_payment_error", Value::Null);
    change(&mut intent, "next_action", Value::Null);
    let attempt = if manual { Attempt::Authorized } else { Attempt::Captured };
    intent["latest_charge"] = charge::create(account, &intent, method.as_ref(), attempt)["id"].clone();
    let amount = intent["amount"].clone();
    if manual {
        enter(&mut intent, "requires_capture");
        intent["amount_capturable"] = amount;
    } else {
        enter(&mut intent, "succeeded");
        intent["amount_received"] = amount;
    }
    account.store.put(intent.clone());
    keep_method(account, &intent, method);
    intent
}

/// What an intent says for its method's type goes before what it says for all.
fn option<'a>(intent: &'a Value, method: Option<&Value>, name: &str) -> &'a Value {
    let kind = method.map_or("card", |method| text(method, "type"));
    match &intent["payment_method_options"][kind][name] {
        Value::Null => &intent[name],
        own => own,
    }
}

/// A method that was paid with goes to the customer if it is to be used again; without that it is
/// used up.
fn keep_method(account: &mut Account, intent: &Value, method: Option<Value>) {
    let Some(mut method) = method.filter(|method| method["object"] == "payment_method") else {
        return;
    };
    let usage = option(intent, Some(&method), "setup_future_usage").clone();
    if method["customer"].is_null() {
        match intent["customer"].as_str() {
            Some(customer) if matches!(usage.as_str(), Some("on_session" | "off_session")) => {
                method = payment_method::join(account, method, customer);
            }
            _ => return payment_method::spend(account, &method),
        }
    }
    if usage == "off_session" {
        payment_method::set_up(account, &method);
    }
}

/// A debit of a bank account is on its way for a while.
fn debit(account: &mut Account, mut intent: Value, method: Option<Value>) -> Value {
    change(&mut intent, "last_payment_error", Value::Null);
    change(&mut intent, "next_action", Value::Null);
    let charge = charge::create(account, &intent, method.as_ref(), Attempt::Pending);
    intent["latest_charge"] = charge["id"].clone();
    enter(&mut intent, "processing");
    account.store.put(intent.clone());
    keep_method(account, &intent, method);
    let end = account.now().saturating_add(DEBIT_TAKES);
    account.schedule.at(end, text(&intent, "id"));
    intent
}

/// The time has come that a debit arrives or fails.
pub fn settle(account: &mut Account, intent: Value) {
    followed(account, intent, arrive);
}

fn arrive(account: &mut Account, mut intent: Value) {
    let Some(mut charge) = account.store.get("charge", text(&intent, "latest_charge")) else {
        return;
    };
    let method = payment_method::stored(account, text(&intent, "payment_method"));
    if let Behaviour::Settles(Some(code)) = cards::behaviour(method.as_ref()) {
        let error = ApiError::card("The bank could not debit the account.", code)
            .with("charge", charge["id"].clone());
        charge::settle(account, &mut charge, Some(&error.details()));
        refuse(&mut intent, error, method);
    } else {
        charge::settle(account, &mut charge, None);
        enter(&mut intent, "succeeded");
        intent["amount_received"] = intent["amount"].clone();
    }
    account.store.put(intent);
}

/// A declined method leaves a failed charge, and the intent waits for another one.
fn decline(account: &mut Account, intent: &mut Value, method: Option<Value>, reason: &str) -> ApiError {
    let refusal = cards::decline(reason);
    let details = refusal.details();
    let charge = charge::create(account, intent, method.as_ref(), Attempt::Declined(&details));
    intent["latest_charge"] = charge["id"].clone();
    change(intent, "next_action", Value::Null);
    let unowned = |method: &&Value| method["object"] == "payment_method" && method["customer"].is_null();
    if let Some(method) = method.as_ref().filter(unowned) {
        payment_method::spend(account, method);
    }
    let error = refuse(intent, refusal.with("charge", charge["id"].clone()), method);
    account.store.put(intent.clone());
    error
}

/// Notes why a method did not work, which the intent thereby loses.
fn refuse(intent: &mut Value, error: ApiError, method: Option<Value>) -> ApiError {
    let error = error.with("payment_method", method.unwrap_or_default());
    intent["last_payment_error"] = error.details();
    intent["payment_method"] = Value::Null;
    enter(intent, "requires_payment_method");
    error
}
