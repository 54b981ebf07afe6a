//! Payments of invoices: each ties an invoice to the payment intent that is to pay it.

use serde_json::{Value, json};

use super::{mark, payment_capture, payment_intent, retrieve, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::params::Params;
use crate::route::{Call, Route, get};
use crate::store::Index;

const KIND: &str = "invoice_payment";

/// Where a payment intent says which invoice it was made for.
const INVOICE: &str = "(invoice)";

pub const ROUTES: &[Route] = &[
    get("/v1/invoice_payments", KIND, index),
    get("/v1/invoice_payments/{invoice_payment}", KIND, retrieve),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let payment = call.params.get("payment").and_then(Value::as_object);
    page(account, call, &["invoice", "status"], |object| {
        payment.is_none_or(|payment| payment.iter().all(|(name, value)| object["payment"][name] == *value))
    })
}

/// Gives an invoice that was finalized the payment that it waits for.
pub fn open(account: &mut Account, invoice: &Value) -> Result<()> {
    let intent = payment_intent::make(account, &intent(invoice))?;
    let id = text(invoice, "id");
    let intent_id = text(&intent, "id");
    account.store.hide(intent_id, INVOICE, json!(id));
    let secret = json!({"client_secret": intent["client_secret"], "type": "payment_intent"});
    account.store.hide(id, "confirmation_secret", secret);
    let payment = json!({
        "id": account.new_id("inpay"),
        "object": KIND,
        "amount_paid": null,
        "amount_requested": invoice["amount_due"],
        "created": account.now(),
        "currency": invoice["currency"],
        "invoice": id,
        "is_default": true,
        "livemode": false,
        "payment": {"payment_intent": intent_id, "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": null, "paid_at": null},
    });
    account.store.put_under(id, payment);
    Ok(())
}

/// The parameters of the payment intent of an invoice.
fn intent(invoice: &Value) -> Params {
    let mut params = Params::default();
    let types = &invoice["payment_settings"]["payment_method_types"];
    let types = if types.is_array() { types.clone() } else { json!(["card"]) };
    let sent = [
        ("amount", invoice["amount_due"].clone()),
        ("currency", invoice["currency"].clone()),
        ("customer", invoice["customer"].clone()),
        ("description", json!(format!("Payment for Invoice {}", text(invoice, "number")))),
        ("on_behalf_of", invoice["on_behalf_of"].clone()),
        ("payment_method_types", types),
        ("statement_descriptor", invoice["statement_descriptor"].clone()),
    ];
    params.0.extend(sent.map(|(name, value)| (name.to_owned(), value)));
    params
}

/// The payment of an invoice that waits, and its payment intent.
pub fn waiting(account: &Account, invoice_id: &str) -> Option<(Value, Value)> {
    let mut payments = account.store.all(&Index::under(KIND, invoice_id));
    let payment = payments.find(|payment| payment["status"] == "open")?;
    let intent = account.store.get("payment_intent", text(&payment["payment"], "payment_intent"))?;
    Some((payment, intent))
}

/// The invoice that a payment intent was made for.
pub fn invoice_of(account: &Account, intent_id: &str) -> Option<Value> {
    let id = account.store.hidden(intent_id, INVOICE)?.as_str()?;
    account.store.get("invoice", id)
}

/// Ends a payment with what it brought.
pub fn settle(account: &mut Account, mut payment: Value, amount: i64) {
    payment["status"] = json!("paid");
    payment["amount_paid"] = json!(amount);
    mark(&mut payment, "paid_at", account.now());
    account.store.put(payment);
}

/// Ends the payment of an invoice that needs it no more, and its payment intent.
pub fn cancel(account: &mut Account, invoice_id: &str, reason: &str) -> Result<()> {
    let Some((mut payment, intent)) = waiting(account, invoice_id) else {
        return Ok(());
    };
    if intent["status"] == "processing" {
        return Err(ApiError::invalid(
            "The payment of this invoice is on its way: wait for what comes of it.",
        )
        .code("payment_intent_unexpected_state")
        .with("payment_intent", intent));
    }
    payment["status"] = json!("canceled");
    mark(&mut payment, "canceled_at", account.now());
    account.store.put(payment);
    payment_capture::end(account, intent, json!(reason), Value::Null);
    Ok(())
}

/// Refuses what may not be done to a payment intent that an invoice governs.
pub fn check_free(account: &Account, intent: &Value, step: &str) -> Result<()> {
    match invoice_of(account, text(intent, "id")) {
        None => Ok(()),
        Some(invoice) => Err(ApiError::invalid(format!(
            "This PaymentIntent was made for the invoice {}, which governs it: it cannot be {step} by \
             itself. Pay or void the invoice.",
            text(&invoice, "id")
        ))
        .code("payment_intent_unexpected_state")
        .with("payment_intent", intent.clone())),
    }
}
