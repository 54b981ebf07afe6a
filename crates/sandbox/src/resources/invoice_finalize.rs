//! From draft to open, or straight to paid where nothing is due.

use serde_json::{Value, json};

use super::customer_balance::{self, Reason};
use super::invoice::{is_draft, not_editable};
use super::{change, customer, invoice_payment, mark, payment_intent, subscription_states, text};
use crate::account::{Account, random_text};
use crate::error::Result;
use crate::route::Call;

/// How long Stripe waits between finalizing an invoice and collecting it.
pub const GRACE: i64 = 3600;

pub fn finalize(account: &mut Account, call: &Call) -> Result<Value> {
    let invoice = call.subject(account, "invoice")?;
    let auto_advance = call.params.get("auto_advance").and_then(Value::as_bool);
    finalize_invoice(account, invoice, auto_advance)
}

/// Finalizes a stored draft, and stores and returns what became of it: open with a payment that
/// waits, or paid.
pub fn finalize_invoice(
    account: &mut Account,
    mut invoice: Value,
    auto_advance: Option<bool>,
) -> Result<Value> {
    if !is_draft(&invoice) {
        return Err(not_editable(
            "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
        ));
    }
    let now = account.now();
    settle_balance(account, &mut invoice)?;
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
    if let Some(advance) = auto_advance {
        invoice["auto_advance"] = json!(advance);
    }
    change(&mut invoice, "automatically_finalizes_at", Value::Null);
    if invoice["amount_due"].as_i64().unwrap_or(0) == 0 {
        close(&mut invoice, now);
    } else {
        invoice["status"] = json!("open");
        let collects = invoice["auto_advance"] == true && invoice["collection_method"] != "send_invoice";
        let attempt = if collects { json!(now.saturating_add(GRACE)) } else { Value::Null };
        change(&mut invoice, "next_payment_attempt", attempt);
        invoice_payment::open(account, &invoice)?;
    }
    account.store.put(invoice.clone());
    subscription_states::follow(account, &invoice);
    Ok(invoice)
}

/// Makes an invoice paid, whoever paid it. Not yet stored.
pub fn close(invoice: &mut Value, now: i64) {
    invoice["status"] = json!("paid");
    mark(invoice, "paid_at", now);
    change(invoice, "amount_remaining", json!(0));
    change(invoice, "next_payment_attempt", Value::Null);
    invoice["attempted"] = json!(true);
    invoice["auto_advance"] = json!(false);
    // Versions up to 2025 tell it in a field of its own.
    if invoice.get("paid").is_some() {
        invoice["paid"] = json!(true);
    }
}

/// What the customer had in credit or owed goes into the invoice, and what is left goes back. What
/// is too little to be charged is owed with the next invoice.
fn settle_balance(account: &mut Account, invoice: &mut Value) -> Result<()> {
    let customer = account.store.get("customer", text(invoice, "customer")).unwrap_or_default();
    let starting = customer_balance::of(account, &customer, text(invoice, "currency"));
    let total = invoice["total"].as_i64().unwrap_or(0);
    if starting != invoice["starting_balance"].as_i64().unwrap_or(0) {
        invoice["starting_balance"] = json!(starting);
        let due = due(total, starting);
        for name in ["amount_due", "amount_remaining"] {
            invoice[name] = json!(due);
        }
    }
    let due = invoice["amount_due"].as_i64().unwrap_or(0);
    let too_small = due < payment_intent::least_amount(text(invoice, "currency"));
    // Nothing is done about an invoice that no payment can be made of.
    if !too_small {
        payment_intent::check_amount(due, text(invoice, "currency"))?;
    }
    let ending = starting.saturating_add(total);
    let mut ending = if total > 0 { ending.min(0) } else { ending };
    customer_balance::apply(account, invoice, Reason::Applied, ending.saturating_sub(starting));
    if due > 0 && too_small {
        for name in ["amount_due", "amount_remaining"] {
            invoice[name] = json!(0);
        }
        ending = ending.saturating_add(due);
        customer_balance::apply(account, invoice, Reason::TooSmall, due);
    }
    invoice["ending_balance"] = json!(ending);
    Ok(())
}

/// What is left to pay of a total after the customer's balance.
pub fn due(total: i64, balance: i64) -> i64 {
    if total > 0 { total.saturating_add(balance).max(0) } else { 0 }
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
