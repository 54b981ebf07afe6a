//! Charges: what a confirmed payment intent leaves behind, with its effect on the balance.

use serde_json::{Value, json};

use super::cards::Behaviour;
use super::{payment_method, retrieve, text};
use crate::account::Account;
use crate::error::Result;
use crate::list::page;
use crate::route::{Call, Route, get};

pub const ROUTES: &[Route] =
    &[get("/v1/charges", "charge", index), get("/v1/charges/{charge}", "charge", retrieve)];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    page(account, call, &["payment_intent", "customer", "transfer_group"], |_| true)
}

/// Charges a payment intent and returns the charge's id. `captured` is false for an
/// authorization; `declined` says why no money moved.
pub fn create(
    account: &mut Account,
    intent: &Value,
    captured: bool,
    declined: Option<&Value>,
    behaviour: Behaviour,
) -> String {
    let id = account.new_id("ch");
    let amount = intent["amount"].as_i64().unwrap_or(0);
    let method = payment_method::usable(account, text(intent, "payment_method"));
    let captured = captured && declined.is_none();
    let charge = json!({
        "id": id,
        "object": "charge",
        "amount": amount,
        "amount_captured": if captured { amount } else { 0 },
        "amount_refunded": 0,
        "application": null,
        "application_fee": null,
        "application_fee_amount": intent["application_fee_amount"],
        "balance_transaction": null,
        "billing_details": method.as_ref().map_or_else(no_billing_details, |method| method["billing_details"].clone()),
        "calculated_statement_descriptor": intent["statement_descriptor"],
        "captured": captured,
        "created": account.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": false,
        "failure_balance_transaction": null,
        "failure_code": declined.map(|error| error["code"].clone()),
        "failure_message": declined.map(|error| error["message"].clone()),
        "fraud_details": {},
        "livemode": false,
        "metadata": intent["metadata"].as_object().cloned().unwrap_or_default(),
        "on_behalf_of": intent["on_behalf_of"],
        "outcome": outcome(declined),
        "paid": declined.is_none(),
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": method.as_ref().map(details),
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": null,
        "receipt_url": null,
        "refunded": false,
        "review": null,
        "shipping": intent["shipping"],
        "source_transfer": null,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": if declined.is_some() { "failed" } else { "succeeded" },
        "transfer_data": null,
        "transfer_group": intent["transfer_group"],
    });
    account.store.put(charge);
    if captured {
        earn(account, intent, amount, behaviour);
    }
    id
}

/// Captures part of an authorization; the rest is given back.
pub fn capture(account: &mut Account, intent: &Value, amount: i64, behaviour: Behaviour) {
    if let Some(mut charge) = account.store.get("charge", text(intent, "latest_charge")) {
        let authorized = charge["amount"].as_i64().unwrap_or(amount);
        charge["captured"] = json!(true);
        charge["amount_captured"] = json!(amount);
        charge["amount_refunded"] = json!(authorized.saturating_sub(amount));
        account.store.put(charge);
    }
    earn(account, intent, amount, behaviour);
}

/// Gives back an authorization that will not be captured.
pub fn release(account: &mut Account, intent: &Value) {
    let charge = account.store.get("charge", text(intent, "latest_charge"));
    if let Some(mut charge) = charge.filter(|charge| charge["captured"] == false) {
        charge["amount_refunded"] = charge["amount"].clone();
        charge["refunded"] = json!(charge["status"] == "succeeded");
        account.store.put(charge);
    }
}

fn earn(account: &mut Account, intent: &Value, amount: i64, behaviour: Behaviour) {
    let funds = account.funds.entry(text(intent, "currency").to_owned()).or_default();
    match behaviour {
        Behaviour::PaysAtOnce => funds.available = funds.available.saturating_add(amount),
        _ => funds.pending = funds.pending.saturating_add(amount),
    }
}

fn outcome(declined: Option<&Value>) -> Value {
    json!({
        "advice_code": null,
        "network_advice_code": null,
        "network_decline_code": null,
        "network_status": if declined.is_some() { "declined_by_network" } else { "approved_by_network" },
        "reason": declined.map(|error| error["decline_code"].clone()),
        "risk_level": "normal",
        "seller_message": if declined.is_some() { "The bank declined the payment." } else { "Payment complete." },
        "type": if declined.is_some() { "issuer_declined" } else { "authorized" },
    })
}

pub fn no_billing_details() -> Value {
    json!({
        "address": {
            "city": null, "country": null, "line1": null,
            "line2": null, "postal_code": null, "state": null,
        },
        "email": null, "name": null, "phone": null, "tax_id": null,
    })
}

/// A payment method as a charge repeats it.
fn details(method: &Value) -> Value {
    let kind = text(method, "type");
    let mut details = json!({ "type": kind });
    if kind == "card" {
        let card = &method["card"];
        details["card"] = json!({
            "amount_authorized": null,
            "authorization_code": null,
            "brand": card["brand"],
            "checks": card["checks"],
            "country": card["country"],
            "exp_month": card["exp_month"],
            "exp_year": card["exp_year"],
            "fingerprint": card["fingerprint"],
            "funding": card["funding"],
            "installments": null,
            "last4": card["last4"],
            "mandate": null,
            "network": card["brand"],
            "network_token": {"used": false},
            "network_transaction_id": null,
            "regulated_status": card["regulated_status"],
            "three_d_secure": null,
            "wallet": card["wallet"],
        });
    } else {
        details[kind] = method[kind].clone();
    }
    details
}
