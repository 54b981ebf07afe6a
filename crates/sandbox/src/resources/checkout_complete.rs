//! What a customer does on the page of a checkout session: pays, subscribes, saves a card.

use serde_json::{Map, Value, json};

use super::checkout_session::{KIND, close, data};
use super::{
    checkout_setup, customer, payment_intent, payment_method, sale_items, subscription_create, text,
};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::params::Params;

/// The card that is typed in, one that pays.
const CARD: &str = "pm_card_visa";

/// Who types it in, where the session does not know.
const EMAIL: &str = "customer@example.com";

/// Completes an open session as its customer would.
pub fn complete(account: &mut Account, id: &str) -> Result<Value> {
    let mut session = account.fetch(KIND, id, "session")?;
    let expired = session["expires_at"].as_i64().is_some_and(|expires| expires <= account.now());
    if session["status"] != "open" || expired {
        let status = if expired { "expired" } else { text(&session, "status") };
        return Err(ApiError::invalid(format!(
            "Only an open session can be completed, and this one is {status}."
        )));
    }
    let email = introduce(account, &mut session)?;
    match text(&session, "mode") {
        "subscription" => subscribe(account, &mut session)?,
        "setup" => checkout_setup::complete(account, &session, CARD)?,
        _ => pay(account, &mut session)?,
    }
    session["customer_details"] = json!({
        "address": null,
        "business_name": null,
        "email": email,
        "individual_name": null,
        "name": null,
        "phone": null,
        "tax_exempt": "none",
        "tax_ids": [],
    });
    Ok(close(account, session, "complete"))
}

/// The email of the customer, who is made where the session is to make one.
fn introduce(account: &mut Account, session: &mut Value) -> Result<String> {
    let known = account.store.get("customer", text(session, "customer")).unwrap_or_default();
    let email = session["customer_email"].as_str().or(known["email"].as_str()).unwrap_or(EMAIL).to_owned();
    let makes = session["mode"] == "subscription" || session["customer_creation"] == "always";
    if makes && session["customer"].is_null() {
        let made = customer::make(account, &of([("email", json!(email))]))?;
        session["customer"] = made["id"].clone();
    }
    Ok(email)
}

fn pay(account: &mut Account, session: &mut Value) -> Result<()> {
    if session["amount_total"] == 0 {
        return Ok(());
    }
    let mut params = of([
        ("amount", session["amount_total"].clone()),
        ("currency", session["currency"].clone()),
        ("customer", session["customer"].clone()),
        ("payment_method_types", session["payment_method_types"].clone()),
        ("payment_method", json!(CARD)),
        ("confirm", json!(true)),
    ]);
    params.0.extend(data(account, session));
    let intent = payment_intent::make(account, &params)?;
    session["payment_intent"] = intent["id"].clone();
    if intent["status"] == "succeeded" {
        session["payment_status"] = json!("paid");
    }
    Ok(())
}

fn subscribe(account: &mut Account, session: &mut Value) -> Result<()> {
    let customer = text(session, "customer").to_owned();
    let items = sale_items::of(account, text(session, "id"));
    let mut params = of([("customer", json!(customer))]);
    params.0.extend(sale_items::subscribing(&items));
    params.0.extend(data(account, session));
    let free =
        session["amount_total"] == 0 || params.get("trial_end").or(params.get("trial_period_days")).is_some();
    if !(free && session["payment_method_collection"] == "if_required") {
        let method = payment_method::resolve(account, CARD)?;
        let method = payment_method::join(account, method, &customer);
        params.0.insert("default_payment_method".to_owned(), method["id"].clone());
    }
    let subscription = subscription_create::open(account, &params)?;
    let invoice = account.store.get("invoice", text(&subscription, "latest_invoice")).unwrap_or_default();
    session["subscription"] = subscription["id"].clone();
    session["invoice"] = subscription["latest_invoice"].clone();
    let due = invoice["amount_due"].as_i64().unwrap_or(0);
    session["payment_status"] = json!(match text(&subscription, "status") {
        _ if due == 0 => "no_payment_required",
        "active" => "paid",
        _ => "unpaid",
    });
    Ok(())
}

fn of<const N: usize>(sent: [(&str, Value); N]) -> Params {
    let named = sent.into_iter().map(|(name, value)| (name.to_owned(), value));
    Params(named.collect::<Map<String, Value>>())
}
