//! The states of a quote: finalized it is open, then accepted or canceled.

use serde_json::{Value, json};

use super::invoice_item::pricing;
use super::invoice_totals::refresh;
use super::{invoice, mark, text};
use crate::account::{Account, random_text};
use crate::error::{ApiError, Result};
use crate::route::Call;
use crate::store::Index;

pub fn finalize(account: &mut Account, call: &Call) -> Result<Value> {
    let mut quote = in_state(account, call, "draft", "finalize")?;
    if let Some(expires) = call.params.get("expires_at") {
        quote["expires_at"] = expires.clone();
    }
    if quote["number"].is_null() {
        let code = random_text(8).to_ascii_uppercase();
        quote["number"] = json!(format!("QT-{code}-0001-1"));
    }
    quote["status"] = json!("open");
    mark(&mut quote, "finalized_at", account.now());
    account.store.put(quote.clone());
    Ok(quote)
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

/// Accepting makes the invoice, and for recurring prices gives the subscription its id.
pub fn accept(account: &mut Account, call: &Call) -> Result<Value> {
    let mut quote = in_state(account, call, "open", "accept")?;
    let index = Index::under("item", call.id());
    let items: Vec<Value> = account.store.all(&index).collect();
    if items.iter().any(|item| item["price"]["type"] == "recurring") {
        quote["subscription"] = json!(account.new_id("sub"));
    }
    quote["invoice"] = json!(bill(account, &quote, &items));
    quote["status"] = json!("accepted");
    mark(&mut quote, "accepted_at", account.now());
    account.store.put(quote.clone());
    Ok(quote)
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
    if quote["subscription"].is_string() {
        invoice["billing_reason"] = json!("subscription_create");
        invoice["parent"] = json!({
            "quote_details": null,
            "subscription_details": {"metadata": {}, "subscription": quote["subscription"]},
            "type": "subscription_details",
        });
    }
    account.store.put(invoice);
    for item in items {
        let line = line(account, item, quote, &id, now);
        account.store.put_under(&id, line);
    }
    refresh(account, &id);
    id
}

fn line(account: &mut Account, item: &Value, quote: &Value, invoice: &str, now: i64) -> Value {
    let recurring = item["price"]["type"] == "recurring";
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
        "subscription": if recurring { quote["subscription"].clone() } else { Value::Null },
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
