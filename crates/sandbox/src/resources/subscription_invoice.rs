//! The invoices of subscriptions: what stands on them, and what becomes of them.

use serde_json::{Value, json};

use super::invoice_finalize::finalize_invoice;
use super::invoice_item::pricing;
use super::invoice_lines::pull_pending;
use super::invoice_pay::pay_invoice;
use super::invoice_states::{void_invoice, write_off};
use super::invoice_totals::refresh;
use super::period::Interval;
use super::subscription_items::{self, amount, period, save};
use super::subscription_states::{KIND, go, id_of};
use super::{change, invoice, subscription_discounts, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::money::portion;
use crate::params::Params;
use crate::store::Index;

/// Drafts that nobody finalizes are finalized an hour after they were made.
const DRAFT_TIME: i64 = 3_600;

/// Makes the draft for the present periods of all items and for what is pending.
pub fn draft(account: &mut Account, subscription: &mut Value, reason: &str, usage: (i64, i64)) -> Value {
    let items = subscription_items::of(account, text(subscription, "id"));
    draft_of(account, subscription, reason, usage, &items)
}

fn draft_of(
    account: &mut Account,
    subscription: &mut Value,
    reason: &str,
    (start, end): (i64, i64),
    items: &[Value],
) -> Value {
    let currency = subscription["currency"].as_str().map(str::to_owned);
    let mut invoice = invoice::new(account, text(subscription, "customer"), currency);
    let id = text(&invoice, "id").to_owned();
    let now = account.now();
    invoice["auto_advance"] = json!(true);
    invoice["automatically_finalizes_at"] = json!(now.saturating_add(DRAFT_TIME));
    invoice["billing_reason"] = json!(reason);
    invoice["collection_method"] = subscription["collection_method"].clone();
    invoice["description"] = subscription["description"].clone();
    if let Some(days) = subscription["days_until_due"].as_i64() {
        invoice["due_date"] = json!(now.saturating_add(days.saturating_mul(86_400)));
    }
    invoice["period_start"] = json!(start);
    invoice["period_end"] = json!(end);
    invoice["parent"] = json!({
        "quote_details": null,
        "subscription_details": {
            "metadata": subscription["metadata"],
            "subscription": subscription["id"],
        },
        "type": "subscription_details",
    });
    for name in ["payment_method_options", "payment_method_types"] {
        invoice["payment_settings"][name] = subscription["payment_settings"][name].clone();
    }
    invoice["default_tax_rates"] = subscription["default_tax_rates"].clone();
    invoice["discounts"] = json!(subscription_discounts::present(account, subscription));
    account.store.put(invoice);
    // Lists are newest first, so the first line is the last to arrive.
    for item in items.iter().rev() {
        let line = line(account, subscription, item, &id);
        account.store.put_under(&id, line);
    }
    pull_pending(account, &id);
    refresh(account, &id);
    let invoice = account.store.get("invoice", &id).unwrap_or_default();
    subscription["latest_invoice"] = json!(id);
    subscription_discounts::use_up(account, subscription, &invoice);
    save(account, subscription);
    invoice
}

fn line(account: &mut Account, subscription: &Value, item: &Value, invoice: &str) -> Value {
    let product = account.store.get("product", text(&item["price"], "product")).unwrap_or_default();
    let name = text(&product, "name");
    let trial = subscription["status"] == "trialing";
    let due = if trial { 0 } else { due(account, subscription, item) };
    let (start, end) = period(item);
    json!({
        "id": account.new_id("il"),
        "object": "line_item",
        "amount": due,
        "currency": item["price"]["currency"],
        "description": if trial {
            format!("Trial period for {name}")
        } else {
            format!("{} × {name}", item["quantity"])
        },
        "discount_amounts": [],
        "discountable": true,
        "discounts": [],
        "invoice": invoice,
        "livemode": false,
        "metadata": item["metadata"],
        "parent": {
            "invoice_item_details": null,
            "subscription_item_details": {
                "invoice_item": null,
                "proration": false,
                "proration_details": {"credited_items": null},
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        },
        "period": {"end": end, "start": start},
        "pretax_credit_amounts": [],
        "pricing": pricing(&item["price"]),
        "quantity": item["quantity"],
        "quantity_decimal": item["quantity"].as_i64().map(|quantity| quantity.to_string()),
        "subscription": subscription["id"],
        "subtotal": due,
        "taxes": [],
    })
}

/// What an item costs in its present period, which an anchor or a cancellation may have cut.
fn due(account: &Account, subscription: &Value, item: &Value) -> i64 {
    let anchor = subscription["billing_cycle_anchor"].as_i64().unwrap_or(0);
    let (start, end) = period(item);
    match Interval::of(&item["price"]) {
        Some(interval) => {
            let (from, to) = interval.around(anchor, start);
            portion(amount(account, item), end.saturating_sub(start), to.saturating_sub(from))
        }
        None => amount(account, item),
    }
}

/// Brings a draft as far as its subscription says: kept, finalized, paid. Where it is not paid the
/// subscription's state tells, or the request is refused, as `payment_behavior` wants it.
pub fn settle(
    account: &mut Account,
    subscription: &mut Value,
    invoice: Value,
    params: &Params,
) -> Result<()> {
    let id = text(subscription, "id").to_owned();
    if let Some(behavior) = subscription["pause_collection"]["behavior"].as_str() {
        put_aside(account, invoice, behavior)?;
    } else if subscription["collection_method"] == "charge_automatically" {
        let invoice = finalize_invoice(account, invoice, None)?;
        if invoice["status"] == "open" {
            charge(account, &id, invoice, params)?;
        }
    }
    *subscription = account.fetch(KIND, &id, "id")?;
    Ok(())
}

fn charge(account: &mut Account, id: &str, invoice: Value, params: &Params) -> Result<()> {
    let behavior = params.text("payment_behavior").unwrap_or("allow_incomplete");
    let subscription = account.fetch(KIND, id, "id")?;
    let attempted = match behavior {
        "default_incomplete" => None,
        _ if !has_method(account, &subscription) => None,
        _ => Some(pay_invoice(account, invoice, None, params.flag("off_session"))),
    };
    match attempted {
        Some(Ok(_)) => return Ok(()),
        Some(Err(error)) if behavior == "error_if_incomplete" => return Err(incomplete(error)),
        Some(Err(error)) if !error.took_effect() => return Err(error),
        None if behavior == "error_if_incomplete" => return Err(no_method()),
        _ => {}
    }
    // A subscription whose first invoice is not paid is incomplete, which it is already.
    let mut subscription = account.fetch(KIND, id, "id")?;
    go(&mut subscription, "past_due");
    save(account, &mut subscription);
    Ok(())
}

/// The refusal of a request that was to be done with its payment or not at all.
fn incomplete(error: ApiError) -> ApiError {
    let error = error.without_effect();
    match error.details()["code"].as_str() {
        Some("invoice_payment_intent_requires_action") => {
            error.code("subscription_payment_intent_requires_action")
        }
        _ => error,
    }
}

/// Whether there is anything to charge.
pub fn has_method(account: &Account, subscription: &Value) -> bool {
    let customer = account.store.get("customer", text(subscription, "customer")).unwrap_or_default();
    subscription["default_payment_method"].is_string()
        || customer["invoice_settings"]["default_payment_method"].is_string()
        || customer["default_source"].is_string()
}

pub fn no_method() -> ApiError {
    ApiError::invalid(
        "The customer has nothing to be charged: set invoice_settings[default_payment_method] of the \
         customer, or default_payment_method of the subscription.",
    )
    .code("resource_missing")
}

/// What becomes of an invoice while collection is paused. One that cannot be finalized stays a draft.
fn put_aside(account: &mut Account, mut invoice: Value, behavior: &str) -> Result<()> {
    let finalized = match behavior {
        "keep_as_draft" => None,
        _ => finalize_invoice(account, invoice.clone(), Some(false)).ok(),
    };
    let Some(finalized) = finalized else {
        invoice["auto_advance"] = json!(false);
        invoice["automatically_finalizes_at"] = Value::Null;
        account.store.put(invoice);
        return Ok(());
    };
    if finalized["status"] != "open" {
        return Ok(());
    }
    if behavior == "mark_uncollectible" {
        write_off(account, finalized);
        return Ok(());
    }
    void_invoice(account, finalized).map(|_| ())
}

/// An invoice of nothing but what is pending; none where nothing is.
pub fn settle_pending(account: &mut Account, subscription: &mut Value, params: &Params) -> Result<()> {
    if !has_pending(account, subscription) {
        return Ok(());
    }
    let now = account.now();
    let invoice = draft_of(account, subscription, "subscription_update", (now, now), &[]);
    settle(account, subscription, invoice, params)
}

/// Whether something of the subscription's waits for an invoice.
fn has_pending(account: &Account, subscription: &Value) -> bool {
    let index = Index::of("invoiceitem", "customer", text(subscription, "customer"));
    account.store.all(&index).any(|item| item["invoice"].is_null() && subscription["id"] == id_of(&item))
}

fn invoices(account: &Account, subscription: &Value, status: &str) -> Vec<Value> {
    let index = Index::of("invoice", "customer", text(subscription, "customer"));
    let of = |invoice: &Value| subscription["id"] == id_of(invoice) && invoice["status"] == status;
    account.store.all(&index).filter(of).collect()
}

/// Nothing is collected for a subscription that ended, unless somebody asks for it.
pub fn stop_collection(account: &mut Account, subscription: &Value) {
    for status in ["draft", "open"] {
        for mut invoice in invoices(account, subscription, status) {
            invoice["auto_advance"] = json!(false);
            change(&mut invoice, "next_payment_attempt", Value::Null);
            account.store.put(invoice);
        }
    }
}

/// Voids what a subscription that never began left open.
pub fn void_open(account: &mut Account, subscription: &Value) -> Result<()> {
    for invoice in invoices(account, subscription, "open") {
        void_invoice(account, invoice)?;
    }
    Ok(())
}
