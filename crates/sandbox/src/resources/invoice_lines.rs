//! Lines of invoices: objects of their own, so that their list is paged. Their sums are in
//! `invoice_totals`.

use serde_json::{Value, json};

use super::invoice_totals::TAX_RATES;
use super::subscription_states::id_of;
use super::text;
use crate::account::Account;
use crate::error::Result;
use crate::list::page_of;
use crate::route::Call;
use crate::store::Index;

pub fn lines(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, "invoice")?;
    page_of(account, call, &Index::under("line_item", call.id()), |_| true)
}

/// Brings the pending items of the invoice's customer and currency into the invoice.
pub fn pull_pending(account: &mut Account, invoice_id: &str) {
    let Some(invoice) = account.store.get("invoice", invoice_id) else {
        return;
    };
    let index = Index::of("invoiceitem", "customer", text(&invoice, "customer"));
    let pending = account
        .store
        .all(&index)
        .filter(|item| item["invoice"].is_null() && item["currency"] == invoice["currency"])
        .filter(|item| of_subscription(item, &invoice));
    let pending: Vec<Value> = pending.collect();
    for item in pending {
        place(account, item, invoice_id);
    }
}

/// What one subscription owes does not stand on the invoice of another.
fn of_subscription(item: &Value, invoice: &Value) -> bool {
    let (of, on) = (id_of(item), id_of(invoice));
    of.is_empty() || on.is_empty() || of == on
}

/// Puts a pending item on an invoice.
pub fn place(account: &mut Account, mut item: Value, invoice_id: &str) {
    item["invoice"] = json!(invoice_id);
    add(account, &item);
    account.store.put(item);
}

/// Gives an invoice the line of an item.
pub fn add(account: &mut Account, item: &Value) {
    let id = account.new_id("il");
    let mut line = json!({
        "id": id,
        "object": "line_item",
        "amount": 0,
        "currency": item["currency"],
        "description": null,
        "discount_amounts": [],
        "discountable": true,
        "discounts": [],
        "invoice": item["invoice"],
        "livemode": false,
        "metadata": {},
        "parent": parent(item),
        "period": null,
        "pretax_credit_amounts": [],
        "pricing": null,
        "quantity": null,
        "quantity_decimal": null,
        "subscription": item["parent"]["subscription_details"]["subscription"],
        "subtotal": 0,
        "taxes": [],
    });
    copy(&mut line, item);
    account.store.put_under(text(item, "invoice"), line);
    account.store.hide(&id, TAX_RATES, item["tax_rates"].clone());
}

fn copy(line: &mut Value, item: &Value) {
    for name in [
        "amount", "description", "discountable", "discounts", "metadata", "period", "pricing", "quantity",
        "quantity_decimal",
    ] {
        line[name] = item[name].clone();
    }
    line["subtotal"] = item["amount"].clone();
}

/// Where a line comes from: a proration belongs to an item of a subscription.
fn parent(item: &Value) -> Value {
    let of = &item["parent"]["subscription_details"];
    let mut details = json!({
        "invoice_item": item["id"],
        "proration": item["proration"],
        "proration_details": {"credited_items": null},
        "subscription": of["subscription"],
    });
    let (kind, other) = match of["subscription_item"].is_string() {
        true => ("subscription_item_details", "invoice_item_details"),
        false => ("invoice_item_details", "subscription_item_details"),
    };
    if of["subscription_item"].is_string() {
        details["subscription_item"] = of["subscription_item"].clone();
    }
    json!({kind: details, other: null, "type": kind})
}

/// Repeats a changed item in its line.
pub fn follow(account: &mut Account, item: &Value) {
    let Some(mut line) = line_of(account, item) else {
        return;
    };
    copy(&mut line, item);
    let id = text(&line, "id").to_owned();
    account.store.put(line);
    account.store.hide(&id, TAX_RATES, item["tax_rates"].clone());
}

/// Takes the line of an item out of its invoice.
pub fn drop_line(account: &mut Account, item: &Value) {
    if let Some(line) = line_of(account, item) {
        account.store.remove(text(&line, "id"));
    }
}

fn line_of(account: &Account, item: &Value) -> Option<Value> {
    let index = Index::under("line_item", text(item, "invoice"));
    let mut lines = account.store.all(&index);
    lines.find(|line| item_id(line) == item["id"])
}

/// The id of the item that a line repeats; none where it comes from a subscription itself.
pub fn item_id(line: &Value) -> &str {
    text(&line["parent"][text(&line["parent"], "type")], "invoice_item")
}

/// A draft goes: its lines go with it and its items are pending again.
pub fn release(account: &mut Account, invoice_id: &str) {
    let index = Index::of("invoiceitem", "invoice", invoice_id);
    let items: Vec<Value> = account.store.all(&index).collect();
    for mut item in items {
        item["invoice"] = Value::Null;
        account.store.put(item);
    }
    let index = Index::under("line_item", invoice_id);
    let lines: Vec<Value> = account.store.all(&index).collect();
    for line in lines {
        account.store.remove(text(&line, "id"));
    }
}
