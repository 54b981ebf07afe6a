//! The states of a quote: finalized it is open, then accepted or canceled.

use serde_json::{Map, Value, json};

use super::invoice_item::pricing;
use super::invoice_totals::refresh;
use super::{customer, invoice, mark, sale_items, subscription_create, subscription_invoice, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::params::Params;
use crate::route::Call;

/// How many numbers a customer's quotes were given.
const QUOTES: &str = "(quotes)";

pub fn finalize(account: &mut Account, call: &Call) -> Result<Value> {
    let mut quote = in_state(account, call, "draft", "finalize")?;
    let lacks = if quote["customer"].is_null() {
        Some("customer")
    } else if sale_items::of(account, call.id()).is_empty() {
        Some("line_items")
    } else {
        None
    };
    if let Some(name) = lacks {
        return Err(
            ApiError::invalid(format!("A quote needs {name} before it can be finalized.")).param(name)
        );
    }
    if let Some(expires) = call.params.get("expires_at") {
        quote["expires_at"] = expires.clone();
    }
    check_expiry(account, &quote)?;
    if quote["number"].is_null() {
        quote["number"] = json!(next_number(account, text(&quote, "customer")));
    }
    quote["status"] = json!("open");
    mark(&mut quote, "finalized_at", account.now());
    account.store.put(quote.clone());
    Ok(quote)
}

/// The customer's prefix, its quotes so far and the revision, which is always the first.
fn next_number(account: &mut Account, customer_id: &str) -> String {
    let customer = account.store.get("customer", customer_id).unwrap_or_default();
    let prefix = customer["invoice_prefix"].as_str().map_or_else(customer::prefix, str::to_owned);
    let count = account.store.hidden(customer_id, QUOTES).and_then(Value::as_i64).unwrap_or(0) + 1;
    account.store.hide(customer_id, QUOTES, json!(count));
    format!("QT-{prefix}-{count:04}-1")
}

fn check_expiry(account: &Account, quote: &Value) -> Result<()> {
    match quote["expires_at"].as_i64() {
        Some(expires) if expires <= account.now() => {
            Err(ApiError::invalid(format!("The quote expired at {expires}.")).param("expires_at"))
        }
        _ => Ok(()),
    }
}

/// A quote's time is over.
pub fn run_out(account: &mut Account, mut quote: Value) {
    quote["status"] = json!("canceled");
    mark(&mut quote, "canceled_at", account.now());
    account.store.put(quote);
}

pub fn cancel(account: &mut Account, call: &Call) -> Result<Value> {
    let mut quote = call.subject(account, "quote")?;
    if !matches!(text(&quote, "status"), "draft" | "open") {
        return Err(wrong_state(&quote, "cancel"));
    }
    quote["status"] = json!("canceled");
    mark(&mut quote, "canceled_at", account.now());
    account.store.put(quote.clone());
    Ok(quote)
}

/// Accepting makes a subscription of prices that recur, with the one-time prices on its first
/// invoice, and an invoice of one-time prices alone.
pub fn accept(account: &mut Account, call: &Call) -> Result<Value> {
    let mut quote = in_state(account, call, "open", "accept")?;
    check_expiry(account, &quote)?;
    let items = sale_items::of(account, call.id());
    if items.iter().any(sale_items::is_recurring) {
        let subscription = subscribe(account, &quote, &items)?;
        quote["subscription"] = subscription["id"].clone();
        quote["invoice"] = subscription["latest_invoice"].clone();
    } else {
        quote["invoice"] = json!(bill(account, &quote, &items));
    }
    quote["status"] = json!("accepted");
    mark(&mut quote, "accepted_at", account.now());
    account.store.put(quote.clone());
    Ok(quote)
}

fn subscribe(account: &mut Account, quote: &Value, items: &[Value]) -> Result<Value> {
    let data = &quote["subscription_data"];
    let sent = [
        ("customer", &quote["customer"]),
        ("collection_method", &quote["collection_method"]),
        ("days_until_due", &quote["invoice_settings"]["days_until_due"]),
        ("description", &data["description"]),
        ("metadata", &data["metadata"]),
        ("trial_period_days", &data["trial_period_days"]),
    ];
    let sent = sent.into_iter().filter(|(_, value)| !value.is_null());
    let mut params: Map<String, Value> = sent.map(|(name, value)| (name.to_owned(), value.clone())).collect();
    params.extend(sale_items::subscribing(items));
    // Who accepts a quote has not always said yet how to pay.
    if !subscription_invoice::has_method(account, &json!({"customer": quote["customer"]})) {
        params.insert("payment_behavior".to_owned(), json!("default_incomplete"));
    }
    subscription_create::open(account, &Params(params))
}

/// Makes the draft invoice of an accepted quote and returns its id.
fn bill(account: &mut Account, quote: &Value, items: &[Value]) -> String {
    let currency = quote["currency"].as_str().map(str::to_owned);
    let mut invoice = invoice::new(account, text(quote, "customer"), currency);
    let id = text(&invoice, "id").to_owned();
    let now = account.now();
    for name in ["application", "collection_method", "footer", "on_behalf_of"] {
        if let Some(value) = quote.get(name) {
            invoice[name] = value.clone();
        }
    }
    if let Some(days) = quote["invoice_settings"]["days_until_due"].as_i64() {
        invoice["due_date"] = json!(now.saturating_add(days.saturating_mul(86_400)));
    }
    invoice["billing_reason"] = json!("quote_accept");
    invoice["parent"] = json!({
        "quote_details": {"quote": quote["id"]},
        "subscription_details": null,
        "type": "quote_details",
    });
    account.store.put(invoice);
    // Lists are newest first, so the first line is the last to arrive.
    for item in items.iter().rev() {
        let line = line(account, item, &id, now);
        account.store.put_under(&id, line);
    }
    refresh(account, &id);
    id
}

fn line(account: &mut Account, item: &Value, invoice: &str, now: i64) -> Value {
    json!({
        "id": account.new_id("il"),
        "object": "line_item",
        "amount": item["amount_total"],
        "currency": item["currency"],
        "description": item["description"],
        "discount_amounts": [],
        "discountable": true,
        "discounts": [],
        "invoice": invoice,
        "livemode": false,
        "metadata": {},
        "parent": null,
        "period": {"end": now, "start": now},
        "pretax_credit_amounts": [],
        "pricing": pricing(&item["price"]),
        "quantity": item["quantity"],
        "quantity_decimal": item["quantity"].as_i64().map(|quantity| quantity.to_string()),
        "subscription": null,
        "subtotal": item["amount_subtotal"],
        "taxes": [],
    })
}

fn in_state(account: &Account, call: &Call, state: &str, step: &str) -> Result<Value> {
    let quote = call.subject(account, "quote")?;
    if quote["status"] == state {
        return Ok(quote);
    }
    Err(wrong_state(&quote, step))
}

pub fn wrong_state(quote: &Value, step: &str) -> ApiError {
    ApiError::invalid(format!(
        "You cannot {step} this quote because it has a status of {}.",
        text(quote, "status")
    ))
    .code("status_transition_invalid")
}
