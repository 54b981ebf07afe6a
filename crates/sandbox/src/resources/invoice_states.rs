//! What else becomes of a finalized invoice: void, uncollectible, sent.

use serde_json::{Value, json};

use super::customer_balance::{self, Reason};
use super::invoice::is_draft;
use super::invoice_finalize::finalize_invoice;
use super::invoice_pay::forgive_delay;
use super::{change, invoice_payment, mark, subscription_states, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::route::Call;

/// Takes back an invoice that was not paid; what it took of the customer's balance goes back too.
pub fn void(account: &mut Account, call: &Call) -> Result<Value> {
    let invoice = in_state(account, call, &["open", "uncollectible"], "voided")?;
    void_invoice(account, invoice)
}

pub fn void_invoice(account: &mut Account, mut invoice: Value) -> Result<Value> {
    invoice_payment::cancel(account, text(&invoice, "id"), "void_invoice")?;
    let starting = invoice["starting_balance"].as_i64().unwrap_or(0);
    let ending = invoice["ending_balance"].as_i64().unwrap_or(starting);
    customer_balance::apply(account, &invoice, Reason::Unapplied, starting.saturating_sub(ending));
    rest(&mut invoice, "void", "voided_at", account.now());
    account.store.put(invoice.clone());
    subscription_states::follow(account, &invoice);
    Ok(invoice)
}

/// Writes an invoice off. It can still be paid, or voided.
pub fn mark_uncollectible(account: &mut Account, call: &Call) -> Result<Value> {
    let invoice = in_state(account, call, &["open"], "marked uncollectible")?;
    Ok(write_off(account, invoice))
}

pub fn write_off(account: &mut Account, mut invoice: Value) -> Value {
    rest(&mut invoice, "uncollectible", "marked_uncollectible_at", account.now());
    forgive_delay(account, &invoice);
    account.store.put(invoice.clone());
    subscription_states::follow(account, &invoice);
    invoice
}

/// Stripe sends no mail for test keys; a draft is finalized by being sent.
pub fn send(account: &mut Account, call: &Call) -> Result<Value> {
    let invoice = call.subject(account, "invoice")?;
    if invoice["collection_method"] != "send_invoice" {
        return Err(ApiError::invalid(
            "Only an invoice with collection_method=send_invoice can be sent by hand.",
        ));
    }
    if invoice["customer_email"].is_null() {
        return Err(ApiError::invalid(
            "The invoice cannot be sent: its customer had no email address when it was made.",
        ));
    }
    if is_draft(&invoice) {
        return finalize_invoice(account, invoice, None);
    }
    in_state(account, call, &["open", "paid", "uncollectible"], "sent")
}

fn in_state(account: &Account, call: &Call, states: &[&str], step: &str) -> Result<Value> {
    let invoice = call.subject(account, "invoice")?;
    let status = text(&invoice, "status");
    if states.contains(&status) {
        return Ok(invoice);
    }
    let status = if is_draft(&invoice) { "draft" } else { status };
    Err(ApiError::invalid(format!(
        "An invoice with a status of {status} cannot be {step}; it would have to be {}.",
        states.join(" or ")
    )))
}

/// A state in which Stripe does not try to collect.
fn rest(invoice: &mut Value, status: &str, transition: &str, now: i64) {
    invoice["status"] = json!(status);
    mark(invoice, transition, now);
    invoice["auto_advance"] = json!(false);
    change(invoice, "next_payment_attempt", Value::Null);
}
