//! Charges as payments leave them behind: made, captured in parts, given back. What the older API
//! does with them is in `charge_routes`.

use serde_json::{Value, json};

use super::balance::{Movement, fee, payday, record};
use super::cards::{self, Behaviour};
use super::{payment_method, refund, text};
use crate::account::Account;

/// So long an authorization can be captured.
const CAPTURE_WINDOW: i64 = 7 * 86_400;

/// How the attempt to charge a method came out.
#[derive(Debug, Clone, Copy)]
pub enum Attempt<'a> {
    Captured,
    /// The amount is held until it is captured.
    Authorized,
    /// A debit is on its way.
    Pending,
    /// The error that says why no money moved.
    Declined(&'a Value),
}

/// Charges a method for an order: a payment intent, or the same fields of the older API. What is
/// captured is earned.
pub fn create(account: &mut Account, order: &Value, method: Option<&Value>, attempt: Attempt) -> Value {
    let now = account.now();
    let amount = order["amount"].as_i64().unwrap_or(0);
    let (status, declined) = match attempt {
        Attempt::Captured | Attempt::Authorized => ("succeeded", None),
        Attempt::Pending => ("pending", None),
        Attempt::Declined(error) => ("failed", Some(error)),
    };
    let mut charge = json!({
        "id": account.new_id("ch"),
        "object": "charge",
        "amount": amount,
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": null,
        "application_fee": null,
        "application_fee_amount": null,
        "balance_transaction": null,
        "billing_details": method.map_or_else(no_billing_details, |method| method["billing_details"].clone()),
        "calculated_statement_descriptor": order["statement_descriptor"],
        "captured": matches!(attempt, Attempt::Captured | Attempt::Pending),
        "created": now,
        "currency": order["currency"],
        "customer": order["customer"],
        "description": order["description"],
        "disputed": false,
        "failure_balance_transaction": null,
        "failure_code": declined.map(|error| error["code"].clone()),
        "failure_message": declined.map(|error| error["message"].clone()),
        "fraud_details": {},
        "livemode": false,
        "metadata": order["metadata"].as_object().cloned().unwrap_or_default(),
        "on_behalf_of": order["on_behalf_of"],
        "outcome": outcome(declined, cards::behaviour(method)),
        "paid": status == "succeeded",
        "payment_intent": order["id"],
        "payment_method": method.map(|method| method["id"].clone()),
        "payment_method_details": method.map(|method| details(method, order, amount)),
        "radar_options": {},
        "receipt_email": order["receipt_email"],
        "receipt_number": null,
        "receipt_url": null,
        "refunded": false,
        "review": null,
        "shipping": order["shipping"],
        "source_transfer": null,
        "statement_descriptor": order["statement_descriptor"],
        "statement_descriptor_suffix": order["statement_descriptor_suffix"],
        "status": status,
        "transfer_data": null,
        "transfer_group": order["transfer_group"],
    });
    if matches!(attempt, Attempt::Authorized) {
        let end = now.saturating_add(CAPTURE_WINDOW);
        if charge["payment_method_details"]["card"].is_object() {
            charge["payment_method_details"]["card"]["capture_before"] = json!(end);
        }
        // The authorization of an intent ends with the intent.
        let holder = order["id"].as_str().unwrap_or(text(&charge, "id"));
        account.schedule.at(end, holder);
    }
    if matches!(attempt, Attempt::Captured) {
        charge["amount_captured"] = json!(amount);
        charge["balance_transaction"] = earn(account, &charge, amount, method);
    }
    account.store.put(charge.clone());
    charge
}

/// Captures part of an authorization. With the last part the rest is given back.
pub fn capture(account: &mut Account, charge: &mut Value, amount: i64, last: bool) {
    let captured = charge["amount_captured"].as_i64().unwrap_or(0).saturating_add(amount);
    charge["amount_captured"] = json!(captured);
    if amount > 0 {
        let method = payment_method::stored(account, text(charge, "payment_method"));
        charge["balance_transaction"] = earn(account, charge, amount, method.as_ref());
    }
    if last {
        charge["captured"] = json!(true);
        // What is left of an authorization that is captured in several parts is no refund.
        let rest = charge["amount"].as_i64().unwrap_or(0).saturating_sub(captured);
        if rest > 0 && !is_available(charge, "multicapture") {
            refund::release(account, charge, rest, Value::Null);
        }
    }
    check_refunded(charge);
    account.store.put(charge.clone());
}

/// Gives back an authorization that will not be captured any more.
pub fn release(account: &mut Account, charge: &mut Value, reason: Value) {
    let gone = charge["refunded"] == true;
    if gone || charge["captured"] != false || charge["status"] != "succeeded" {
        return;
    }
    let captured = charge["amount_captured"].as_i64().unwrap_or(0);
    if captured > 0 {
        capture(account, charge, 0, true);
    } else {
        let amount = charge["amount"].as_i64().unwrap_or(0);
        refund::release(account, charge, amount, reason);
        charge["refunded"] = json!(true);
        account.store.put(charge.clone());
    }
}

/// A debit arrived, or failed for this reason.
pub fn settle(account: &mut Account, charge: &mut Value, failure: Option<&Value>) {
    if let Some(error) = failure {
        charge["status"] = json!("failed");
        charge["captured"] = json!(false);
        charge["failure_code"] = error["code"].clone();
        charge["failure_message"] = error["message"].clone();
        charge["outcome"] = outcome(failure, Behaviour::Pays);
    } else {
        let amount = charge["amount"].as_i64().unwrap_or(0);
        charge["status"] = json!("succeeded");
        charge["paid"] = json!(true);
        charge["amount_captured"] = json!(amount);
        let method = payment_method::stored(account, text(charge, "payment_method"));
        charge["balance_transaction"] = earn(account, charge, amount, method.as_ref());
    }
    account.store.put(charge.clone());
}

/// Puts what was captured, less Stripe's fee, into the balance. The answer is the id of the
/// transaction.
pub fn earn(account: &mut Account, charge: &Value, amount: i64, method: Option<&Value>) -> Value {
    let now = account.now();
    let behaviour = cards::behaviour(method);
    let movement = Movement {
        kind: if matches!(behaviour, Behaviour::Settles(_)) { "payment" } else { "charge" },
        category: "charge",
        amount,
        fee: fee(amount),
        currency: text(charge, "currency"),
        source: text(charge, "id"),
        description: charge["description"].clone(),
        available_on: if behaviour == Behaviour::PaysAtOnce { now } else { payday(now) },
    };
    json!(record(account, &movement))
}

/// Whether a feature of the card, such as `multicapture`, is there for this charge.
pub fn is_available(charge: &Value, feature: &str) -> bool {
    charge["payment_method_details"]["card"][feature]["status"] == "available"
}

/// How much can still be refunded.
pub fn refundable(charge: &Value) -> i64 {
    let of = if is_available(charge, "multicapture") { "amount_captured" } else { "amount" };
    let refunded = charge["amount_refunded"].as_i64().unwrap_or(0);
    charge[of].as_i64().unwrap_or(0).saturating_sub(refunded)
}

/// A charge is refunded when nothing is left of it and nothing can come any more.
pub fn check_refunded(charge: &mut Value) {
    let moved = charge["amount_refunded"].as_i64().unwrap_or(0) > 0;
    charge["refunded"] = json!(charge["captured"] == true && moved && refundable(charge) == 0);
}

fn outcome(declined: Option<&Value>, behaviour: Behaviour) -> Value {
    let reason = declined.map(|error| error["decline_code"].clone()).unwrap_or_default();
    let (network_status, seller_message, kind) = match declined {
        Some(_) if reason == "fraudulent" => {
            ("not_sent_to_network", "Stripe blocked this payment as too risky.", "blocked")
        }
        Some(_) => ("declined_by_network", "The bank declined the payment.", "issuer_declined"),
        None => ("approved_by_network", "Payment complete.", "authorized"),
    };
    let (reason, risk) = match behaviour {
        Behaviour::Elevated => (json!("elevated_risk_level"), "elevated"),
        _ if kind == "blocked" => (json!("highest_risk_level"), "highest"),
        _ => (reason, "normal"),
    };
    json!({
        "advice_code": null,
        "network_advice_code": null,
        "network_decline_code": null,
        "network_status": network_status,
        "reason": reason,
        "risk_level": risk,
        "seller_message": seller_message,
        "type": kind,
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
fn details(method: &Value, order: &Value, amount: i64) -> Value {
    let kind = text(method, "type");
    let mut details = json!({ "type": kind });
    if kind != "card" {
        details[kind] = method[kind].clone();
        // What only the method itself has.
        if let Value::Object(fields) = &mut details[kind] {
            for name in ["financial_connections_account", "generated_from", "networks", "status_details"] {
                fields.shift_remove(name);
            }
        }
        return details;
    }
    let card = &method["card"];
    let flexible = cards::stored(method).is_none_or(|card| card.flexible);
    let asked = |name: &str| order["payment_method_options"]["card"][name] == "if_available";
    let feature = |name: &str| match flexible && asked(name) {
        true => json!({"status": "available"}),
        false => json!({"status": "unavailable"}),
    };
    details["card"] = json!({
        "amount_authorized": amount,
        "authorization_code": null,
        "brand": card["brand"],
        "checks": card["checks"],
        "country": card["country"],
        "exp_month": card["exp_month"],
        "exp_year": card["exp_year"],
        "extended_authorization": {"status": "disabled"},
        "fingerprint": card["fingerprint"],
        "funding": card["funding"],
        "incremental_authorization": feature("request_incremental_authorization"),
        "installments": null,
        "last4": card["last4"],
        "mandate": null,
        "multicapture": feature("request_multicapture"),
        "network": card["brand"],
        "network_token": {"used": false},
        "network_transaction_id": null,
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": card["regulated_status"],
        "three_d_secure": null,
        "wallet": card["wallet"],
    });
    details
}
