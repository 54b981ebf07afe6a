//! Refunds of charges, in whole or in parts. How they come out later is in `settle`.

use serde_json::{Value, json};

use super::balance::{Movement, record};
use super::cards::{self, Behaviour};
use super::charge::{check_refunded, refundable};
use super::{payment_method, retrieve, retrieve_of, set, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::{page, page_of};
use crate::params::Params;
use crate::route::{Call, Route, get, post};
use crate::store::Index;

const KIND: &str = "refund";

/// So many seconds later a refund that takes its time is done, and one that fails has failed.
const TAKES: i64 = 10;

const LACKING: &str = "currency customer origin refund_application_fee reverse_transfer";

pub const ROUTES: &[Route] = &[
    get("/v1/refunds", KIND, index),
    post("/v1/refunds", KIND, create).lacking(LACKING),
    get("/v1/refunds/{refund}", KIND, retrieve),
    post("/v1/refunds/{refund}", KIND, update),
    post("/v1/refunds/{refund}/cancel", KIND, cancel),
    get("/v1/charges/{charge}/refunds", KIND, of_charge),
    post("/v1/charges/{charge}/refunds", KIND, create_of_charge).lacking(LACKING),
    get("/v1/charges/{charge}/refunds/{refund}", KIND, one_of_charge),
    post("/v1/charges/{charge}/refunds/{refund}", KIND, update_of_charge),
    post("/v1/charges/{charge}/refund", KIND, refund_charge)
        .lacking("refund_application_fee reverse_transfer"),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    page(account, call, &["charge", "payment_intent"], |_| true)
}

fn of_charge(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, "charge")?;
    page_of(account, call, &Index::under(KIND, call.id()), |_| true)
}

fn one_of_charge(account: &mut Account, call: &Call) -> Result<Value> {
    retrieve_of(account, call, "charge")
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let charge = find_charge(account, &call.params)?;
    refund(account, charge, &call.params)
}

fn create_of_charge(account: &mut Account, call: &Call) -> Result<Value> {
    let charge = call.subject(account, "charge")?;
    check_intent(&charge, &call.params)?;
    refund(account, charge, &call.params)
}

/// The same as [`create_of_charge`], answered with the charge.
fn refund_charge(account: &mut Account, call: &Call) -> Result<Value> {
    create_of_charge(account, call)?;
    call.subject(account, "charge")
}

fn find_charge(account: &Account, params: &Params) -> Result<Value> {
    if let Some(id) = params.text("charge") {
        let charge = account.refer("charge", id, "charge")?;
        check_intent(&charge, params)?;
        return Ok(charge);
    }
    let Some(id) = params.text("payment_intent") else {
        return Err(ApiError::invalid("A refund needs either a `charge` or a `payment_intent`.")
            .code("parameter_missing")
            .param("charge"));
    };
    let intent = account.refer("payment_intent", id, "payment_intent")?;
    let charge = account.store.get("charge", text(&intent, "latest_charge"));
    charge.ok_or_else(|| nothing_paid(id))
}

fn check_intent(charge: &Value, params: &Params) -> Result<()> {
    match params.text("payment_intent") {
        Some(id) if charge["payment_intent"] != id => Err(ApiError::invalid(format!(
            "The charge {} is not of the payment intent {id}.",
            text(charge, "id")
        ))
        .param("payment_intent")),
        _ => Ok(()),
    }
}

fn nothing_paid(intent: &str) -> ApiError {
    ApiError::invalid(format!(
        "This PaymentIntent ({intent}) does not have a successful charge to refund. One that is only \
         authorized is canceled instead."
    ))
    .param("payment_intent")
}

fn refund(account: &mut Account, mut charge: Value, params: &Params) -> Result<Value> {
    let id = text(&charge, "id").to_owned();
    let captured = charge["amount_captured"].as_i64().unwrap_or(0) > 0;
    if charge["status"] != "succeeded" || (!captured && charge["payment_intent"].is_string()) {
        return Err(match charge["payment_intent"].as_str() {
            Some(intent) => nothing_paid(intent),
            None => ApiError::invalid(format!("The charge {id} did not succeed, so it cannot be refunded."))
                .code("charge_not_refundable")
                .param("charge"),
        });
    }
    let left = refundable(&charge);
    if left == 0 {
        return Err(ApiError::invalid(format!("Charge {id} has already been refunded."))
            .code("charge_already_refunded"));
    }
    let amount = params.int("amount").unwrap_or(left);
    if amount < 1 {
        return Err(ApiError::invalid("A refund has an amount of at least 1.")
            .code("parameter_invalid_integer")
            .param("amount"));
    }
    if amount > left {
        return Err(ApiError::invalid(format!(
            "Refund amount ({amount}) is greater than unrefunded amount on charge ({left})."
        ))
        .param("amount"));
    }
    if !captured && amount < left {
        return Err(ApiError::invalid(
            "An authorization is given back as a whole: capture less of it instead.",
        )
        .param("amount"));
    }
    let mut refund = if captured {
        pay_back(account, &mut charge, amount)
    } else {
        let refund = release(account, &mut charge, amount, Value::Null);
        charge["refunded"] = json!(true);
        refund
    };
    set(&mut refund, params, "metadata reason");
    if params.get("instructions_email").is_some() {
        set(&mut refund, params, "instructions_email");
    }
    account.store.put(charge);
    account.store.put(refund.clone());
    Ok(refund)
}

/// A refund that takes captured money out of the balance.
fn pay_back(account: &mut Account, charge: &mut Value, amount: i64) -> Value {
    let method = payment_method::stored(account, text(charge, "payment_method"));
    let behaviour = cards::behaviour(method.as_ref());
    let mut refund = new(account, charge, amount);
    let movement = Movement {
        kind: if matches!(behaviour, Behaviour::Settles(_)) { "payment_refund" } else { "refund" },
        category: "refund",
        amount: amount.saturating_neg(),
        fee: 0,
        currency: text(charge, "currency"),
        source: text(&refund, "id"),
        description: charge["description"].clone(),
        available_on: available_with(account, charge),
    };
    refund["balance_transaction"] = json!(record(account, &movement));
    refund["destination_details"] = destination(text(&charge["payment_method_details"], "type"));
    if behaviour == Behaviour::RefundsLate {
        refund["status"] = json!("pending");
        refund["pending_reason"] = json!("processing");
    }
    if matches!(behaviour, Behaviour::RefundsLate | Behaviour::RefundFails) {
        let end = account.now().saturating_add(TAKES);
        account.schedule.at(end, text(&refund, "id"));
    }
    add_refunded(charge, amount);
    account.store.put_under(text(charge, "id"), refund.clone());
    refund
}

fn destination(method: &str) -> Value {
    let transfer = json!({"reference": null, "reference_status": null});
    match method {
        "us_bank_account" => json!({"type": "us_bank_transfer", "us_bank_transfer": transfer}),
        "sepa_debit" => json!({"eu_bank_transfer": transfer, "type": "eu_bank_transfer"}),
        "card" | "" => json!({
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        }),
        other => json!({other: {}, "type": other}),
    }
}

/// A refund of what was held and never taken, so that no balance changes.
pub fn release(account: &mut Account, charge: &mut Value, amount: i64, reason: Value) -> Value {
    let mut refund = new(account, charge, amount);
    refund["destination_details"] = json!({"card": {"type": "reversal"}, "type": "card"});
    refund["reason"] = reason;
    add_refunded(charge, amount);
    account.store.put_under(text(charge, "id"), refund.clone());
    refund
}

fn new(account: &mut Account, charge: &Value, amount: i64) -> Value {
    json!({
        "id": account.new_id("re"),
        "object": KIND,
        "amount": amount,
        "balance_transaction": null,
        "charge": charge["id"],
        "created": account.now(),
        "currency": charge["currency"],
        "destination_details": null,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": null,
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": "succeeded",
        "transfer_reversal": null,
    })
}

/// Refunds come out of the payment's own money while that is pending.
fn available_with(account: &Account, charge: &Value) -> i64 {
    let paid = account.store.get("balance_transaction", text(charge, "balance_transaction"));
    let pending = paid.filter(|paid| paid["status"] == "pending");
    pending.and_then(|paid| paid["available_on"].as_i64()).unwrap_or_else(|| account.now())
}

fn add_refunded(charge: &mut Value, amount: i64) {
    let refunded = charge["amount_refunded"].as_i64().unwrap_or(0);
    charge["amount_refunded"] = json!(refunded.saturating_add(amount).max(0));
    check_refunded(charge);
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let refund = call.subject(account, KIND)?;
    Ok(fill(account, refund, call))
}

fn update_of_charge(account: &mut Account, call: &Call) -> Result<Value> {
    let refund = one_of_charge(account, call)?;
    Ok(fill(account, refund, call))
}

fn fill(account: &mut Account, mut refund: Value, call: &Call) -> Value {
    set(&mut refund, &call.params, "metadata");
    account.store.put(refund.clone());
    refund
}

/// Only refunds that wait for the customer can be canceled.
fn cancel(account: &mut Account, call: &Call) -> Result<Value> {
    let refund = call.subject(account, KIND)?;
    if refund["status"] != "requires_action" {
        return Err(ApiError::invalid(format!(
            "Only a refund with the status requires_action can be canceled, and {} has the status {}.",
            call.id(),
            text(&refund, "status")
        )));
    }
    Ok(undo(account, refund, "canceled", "merchant_request"))
}

/// The time has come that a refund shows how it came out.
pub fn settle(account: &mut Account, mut refund: Value) {
    let charge = account.store.get("charge", text(&refund, "charge")).unwrap_or_default();
    let method = payment_method::stored(account, text(&charge, "payment_method"));
    match cards::behaviour(method.as_ref()) {
        Behaviour::RefundFails => {
            undo(account, refund, "failed", "expired_or_canceled_card");
        }
        _ => {
            refund["status"] = json!("succeeded");
            if let Value::Object(fields) = &mut refund {
                fields.shift_remove("pending_reason");
            }
            account.store.put(refund);
        }
    }
}

/// The money of a refund comes back into the balance, and the charge can be refunded again.
fn undo(account: &mut Account, mut refund: Value, status: &str, reason: &str) -> Value {
    let amount = refund["amount"].as_i64().unwrap_or(0);
    let movement = Movement {
        kind: "refund_failure",
        category: "refund_failure",
        amount,
        fee: 0,
        currency: text(&refund, "currency"),
        source: text(&refund, "id"),
        description: Value::Null,
        available_on: account.now(),
    };
    refund["failure_balance_transaction"] = json!(record(account, &movement));
    refund["failure_reason"] = json!(reason);
    refund["status"] = json!(status);
    account.store.put(refund.clone());
    if let Some(mut charge) = account.store.get("charge", text(&refund, "charge")) {
        add_refunded(&mut charge, amount.saturating_neg());
        account.store.put(charge);
    }
    refund
}
