//! From draft to open, or straight to paid where nothing is due.

use serde_json::{Value, json};

use super::invoice::{is_draft, not_editable};
use super::{change, customer, mark, text};
use crate::account::{Account, random_text};
use crate::error::Result;
use crate::route::Call;

pub fn finalize(account: &mut Account, call: &Call) -> Result<Value> {
    let mut invoice = call.subject(account, "invoice")?;
    if !is_draft(&invoice) {
        return Err(not_editable(
            "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
        ));
    }
    let now = account.now();
    settle_balance(account, &mut invoice);
    if invoice["number"].is_null() {
        invoice["number"] = json!(next_number(account, text(&invoice, "customer")));
    }
    if invoice["effective_at"].is_null() {
        invoice["effective_at"] = json!(now);
    }
    let token = random_text(32);
    let page = format!("https://invoice.stripe.com/i/{token}");
    invoice["invoice_pdf"] = json!(format!("{page}/pdf"));
    invoice["hosted_invoice_url"] = json!(page);
    mark(&mut invoice, "finalized_at", now);
    if let Some(advance) = call.params.get("auto_advance") {
        invoice["auto_advance"] = advance.clone();
    }
    if invoice["amount_due"].as_i64().unwrap_or(0) == 0 {
        invoice["status"] = json!("paid");
        mark(&mut invoice, "paid_at", now);
        change(&mut invoice, "amount_remaining", json!(0));
        invoice["attempted"] = json!(true);
        invoice["auto_advance"] = json!(false);
        // Versions up to 2025 tell it in a field of its own.
        if invoice.get("paid").is_some() {
            invoice["paid"] = json!(true);
        }
    } else {
        invoice["status"] = json!("open");
    }
    account.store.put(invoice.clone());
    Ok(invoice)
}

/// What the customer had in credit or owed goes into the invoice, and what is left goes back.
fn settle_balance(account: &mut Account, invoice: &mut Value) {
    let starting = invoice["starting_balance"].as_i64().unwrap_or(0);
    let total = invoice["total"].as_i64().unwrap_or(0);
    let ending = starting.saturating_add(total).min(0);
    invoice["ending_balance"] = json!(ending);
    if starting == ending {
        return;
    }
    if let Some(mut customer) = account.store.get("customer", text(invoice, "customer")) {
        let balance = customer["balance"].as_i64().unwrap_or(0);
        customer["balance"] = json!(balance.saturating_add(ending.saturating_sub(starting)));
        account.store.put(customer);
    }
}

/// The customer's prefix and its next sequence.
fn next_number(account: &mut Account, customer_id: &str) -> String {
    let Some(mut customer) = account.store.get("customer", customer_id) else {
        return format!("{}-0001", customer::prefix());
    };
    if !customer["invoice_prefix"].is_string() {
        customer["invoice_prefix"] = json!(customer::prefix());
    }
    let sequence = customer["next_invoice_sequence"].as_i64().unwrap_or(1);
    let number = format!("{}-{sequence:04}", text(&customer, "invoice_prefix"));
    customer["next_invoice_sequence"] = json!(sequence.saturating_add(1));
    account.store.put(customer);
    number
}
