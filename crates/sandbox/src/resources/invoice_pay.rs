//! Paying an invoice, by its payment intent or elsewhere.

use serde_json::{Value, json};

use super::invoice_finalize::{close, finalize_invoice};
use super::invoice_payment::{self, invoice_of, waiting};
use super::{change, payment_confirm, payment_method, subscription_states, text};
use crate::account::{Account, Origin};
use crate::error::{ApiError, Result};
use crate::params::Params;
use crate::route::Call;

pub fn pay(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    let invoice = call.subject(account, "invoice")?;
    let method = params.text("payment_method").or(params.text("source"));
    if !params.flag("paid_out_of_band") {
        // Nobody is there, unless the caller says so.
        let off_session = params.get("off_session").is_none_or(|value| *value == true);
        return pay_invoice(account, invoice, method, off_session);
    }
    if method.is_some() {
        return Err(ApiError::invalid(
            "paid_out_of_band says that no method of Stripe's paid: it excludes payment_method and source.",
        )
        .code("parameters_exclusive")
        .param("paid_out_of_band"));
    }
    pay_elsewhere(account, invoice)
}

/// Pays a stored invoice with a method, or with the default of the invoice or its customer. A
/// draft is finalized first. A declined card leaves the invoice as open as it was.
pub fn pay_invoice(
    account: &mut Account,
    invoice: Value,
    method: Option<&str>,
    off_session: bool,
) -> Result<Value> {
    let invoice = payable(account, invoice)?;
    let id = text(&invoice, "id").to_owned();
    let Some((_, mut intent)) = waiting(account, &id) else {
        return Ok(invoice);
    };
    intent["payment_method"] = json!(choose(account, &invoice, method)?);
    let mut params = Params::default();
    params.0.insert("off_session".to_owned(), json!(off_session));
    let intent = payment_confirm::confirm_intent(account, intent, &params)?;
    if intent["status"] == "requires_action" {
        return Err(ApiError::card(
            "The customer has to authenticate this payment: complete it with the invoice's PaymentIntent.",
            "invoice_payment_intent_requires_action",
        )
        .with("payment_intent", intent)
        .effective());
    }
    account.fetch("invoice", &id, "invoice")
}

/// When an invoice goes on by itself: with `auto_advance` a draft is finalized, and what is open charged.
pub fn next_advance(invoice: &Value) -> Option<i64> {
    let field = match text(invoice, "status") {
        "draft" => "automatically_finalizes_at",
        "open" => "next_payment_attempt",
        _ => return None,
    };
    invoice[field].as_i64().filter(|_| invoice["auto_advance"] == true)
}

/// Lets an invoice go on whose time has come. A charge that fails is not tried again.
pub fn advance(account: &mut Account, mut invoice: Value) {
    if next_advance(&invoice).is_none_or(|due| due > account.now()) {
        return;
    }
    let failed = if invoice["status"] == "draft" {
        finalize_invoice(account, invoice, None).err()
    } else {
        invoice["next_payment_attempt"] = Value::Null;
        account.store.put(invoice.clone());
        account.commit(&Origin::default());
        pay_invoice(account, invoice, None, true).err()
    };
    if failed.is_some_and(|error| !error.took_effect()) {
        account.roll_back();
    }
}

fn pay_elsewhere(account: &mut Account, invoice: Value) -> Result<Value> {
    let mut invoice = payable(account, invoice)?;
    if invoice["status"] == "paid" {
        return Ok(invoice);
    }
    invoice_payment::cancel(account, text(&invoice, "id"), "automatic")?;
    let due = invoice["amount_due"].clone();
    change(&mut invoice, "amount_paid_off_stripe", due.clone());
    invoice["amount_paid"] = due;
    close(&mut invoice, account.now());
    forgive_delay(account, &invoice);
    account.store.put(invoice.clone());
    subscription_states::follow(account, &invoice);
    Ok(invoice)
}

/// The invoice as one that can be paid. A draft of nothing is paid by being finalized.
fn payable(account: &mut Account, invoice: Value) -> Result<Value> {
    match text(&invoice, "status") {
        "" | "draft" => finalize_invoice(account, invoice, None),
        "open" | "uncollectible" => Ok(invoice),
        "paid" => Err(ApiError::invalid("Invoice is already paid")),
        status => Err(ApiError::invalid(format!(
            "This invoice can no longer be paid because it has a status of {status}."
        ))),
    }
}

/// The id of the method to charge: the one that was sent, the invoice's own, its subscription's,
/// the customer's.
fn choose(account: &Account, invoice: &Value, sent: Option<&str>) -> Result<String> {
    let customer = account.store.get("customer", text(invoice, "customer")).unwrap_or_default();
    if let Some(id) = sent {
        return check_method(account, text(&customer, "id"), id, "payment_method").map(|()| id.to_owned());
    }
    let subscription = account.store.get("subscription", subscription_states::id_of(invoice));
    let subscription = subscription.unwrap_or_default();
    let candidates = [
        &invoice["default_payment_method"],
        &invoice["default_source"],
        &subscription["default_payment_method"],
        &customer["invoice_settings"]["default_payment_method"],
        &customer["default_source"],
    ];
    let id = candidates.into_iter().find_map(Value::as_str);
    id.map(str::to_owned).ok_or_else(|| {
        ApiError::invalid(
            "Neither the invoice nor its customer has a default payment method: set the invoice's \
             `default_payment_method` or the customer's `invoice_settings[default_payment_method]`, or \
             send one.",
        )
        .code("resource_missing")
    })
}

/// Checks that a method or source can be charged for a customer.
pub fn check_method(account: &Account, customer: &str, id: &str, param: &str) -> Result<()> {
    match payment_method::stored(account, id) {
        Some(method) if method["customer"] == customer => Ok(()),
        _ => Err(ApiError::invalid(format!(
            "The customer has no payment method with the ID {id}: attach it to the customer first."
        ))
        .code("resource_missing")
        .param(param)),
    }
}

/// Tells the invoice of a payment intent what a confirmation of the intent came to.
pub fn follow(account: &mut Account, intent_id: &str) {
    let Some(intent) = account.store.get("payment_intent", intent_id) else {
        return;
    };
    let Some(mut invoice) = invoice_of(account, intent_id) else {
        return;
    };
    if intent["latest_charge"].is_null() && intent["status"] != "requires_action" {
        return;
    }
    invoice["attempted"] = json!(true);
    // Attempts by hand do not count beyond the first one: the count is that of Stripe's own plan.
    let attempts = invoice["attempt_count"].as_i64().unwrap_or(0);
    invoice["attempt_count"] = json!(attempts.max(1));
    if intent["status"] == "succeeded"
        && let Some((payment, _)) = waiting(account, text(&invoice, "id"))
    {
        let received = intent["amount_received"].as_i64().unwrap_or(0);
        invoice_payment::settle(account, payment, received);
        let paid = invoice["amount_paid"].as_i64().unwrap_or(0);
        invoice["amount_paid"] = json!(paid.saturating_add(received));
        close(&mut invoice, account.now());
        forgive_delay(account, &invoice);
    }
    account.store.put(invoice.clone());
    subscription_states::follow(account, &invoice);
}

/// A customer who paid an invoice, or from whom nothing more is expected, is not late any more.
pub fn forgive_delay(account: &mut Account, invoice: &Value) {
    let customer = account.store.get("customer", text(invoice, "customer"));
    if let Some(mut customer) = customer.filter(|customer| customer["delinquent"] == true) {
        customer["delinquent"] = json!(false);
        account.store.put(customer);
    }
}
