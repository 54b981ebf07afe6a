//! Lines of quotes and checkout sessions: prices and quantities that are offered, not yet billed.

use serde_json::{Value, json};

use super::price_cost::cost;
use super::{check_lacks, price, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::params::join;
use crate::store::Index;

pub const KIND: &str = "item";

/// The lines that were sent, in order, not yet stored.
pub fn new(account: &mut Account, sent: &[Value], lacks: &str) -> Result<Vec<Value>> {
    let mut items: Vec<Value> = Vec::new();
    for (place, sent) in sent.iter().enumerate() {
        let at = format!("line_items[{place}]");
        check_lacks(sent, &at, lacks)?;
        let param = join(&at, "price");
        let price = price::of_line(account, sent, &at)?.ok_or_else(|| ApiError::required(&param))?;
        if items.first().is_some_and(|first| first["currency"] != price["currency"]) {
            return Err(ApiError::invalid("All lines have one currency.").param(&param));
        }
        let quantity = sent["quantity"].as_i64().unwrap_or(1);
        if quantity < 0 {
            return Err(ApiError::invalid("A quantity is not negative.")
                .code("parameter_invalid_integer")
                .param(&join(&at, "quantity")));
        }
        let product = account.store.get("product", text(&price, "product")).unwrap_or_default();
        let amount = cost(account, &price, quantity);
        items.push(json!({
            "id": account.new_id("li"),
            "object": KIND,
            "adjustable_quantity": null,
            "amount_discount": 0,
            "amount_subtotal": amount,
            "amount_tax": 0,
            "amount_total": amount,
            "currency": price["currency"],
            "description": product["name"],
            "metadata": sent["metadata"].as_object().cloned().unwrap_or_default(),
            "price": price,
            "quantity": quantity,
        }));
    }
    check_intervals(&items)?;
    Ok(items)
}

fn check_intervals(items: &[Value]) -> Result<()> {
    let mut intervals = items.iter().filter(|item| is_recurring(item)).map(|item| {
        let recurring = &item["price"]["recurring"];
        (&recurring["interval"], &recurring["interval_count"])
    });
    match intervals.next() {
        Some(first) if !intervals.all(|other| other == first) => {
            Err(ApiError::invalid("All recurring prices have one interval.").param("line_items"))
        }
        _ => Ok(()),
    }
}

pub fn is_recurring(item: &Value) -> bool {
    item["price"]["type"] == "recurring"
}

/// What lines come to.
pub fn total<'a>(items: impl Iterator<Item = &'a Value>) -> i64 {
    items.filter_map(|item| item["amount_total"].as_i64()).fold(0, i64::saturating_add)
}

/// The lines of an object, in the order in which they are shown.
pub fn of(account: &Account, holder: &str) -> Vec<Value> {
    account.store.all(&Index::under(KIND, holder)).rev().collect()
}

/// Stores lines in place of earlier ones.
pub fn replace(account: &mut Account, holder: &str, items: Vec<Value>) {
    for item in of(account, holder) {
        account.store.remove(text(&item, "id"));
    }
    // Lists are newest first, so the first line is the last to arrive.
    for item in items.into_iter().rev() {
        account.store.put_under(holder, item);
    }
}

/// The parameters `items` and `add_invoice_items` of a subscription to these lines.
pub fn subscribing(items: &[Value]) -> [(String, Value); 2] {
    // A price that was made for one line is not active, so it is handed over itself.
    let sent = |item: &Value| json!({"price": item["price"], "quantity": item["quantity"]});
    let of = |recurring: bool| -> Value {
        items.iter().filter(|item| is_recurring(item) == recurring).map(sent).collect()
    };
    [("items".to_owned(), of(true)), ("add_invoice_items".to_owned(), of(false))]
}
