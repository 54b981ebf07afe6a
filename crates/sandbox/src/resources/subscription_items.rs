//! What a subscription's items are made of: their prices, what they may be together, their amounts.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::period::Interval;
use super::price;
use super::price_cost::cost;
use super::{check_lacks, merge_metadata, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::embedded;
use crate::params::join;
use crate::store::Index;

pub const KIND: &str = "subscription_item";

/// What Stripe has on an item and the sandbox has not.
const LACKS: &str = "billing_thresholds clear_usage discounts tax_rates";

/// So many items a subscription has at most.
const MOST: usize = 20;

/// The items of a subscription, in the order in which they are shown.
pub fn of(account: &Account, subscription: &str) -> Vec<Value> {
    account.store.all(&Index::under(KIND, subscription)).rev().collect()
}

/// Stores a subscription with the first of its items in it.
pub fn save(account: &mut Account, subscription: &mut Value) {
    let id = text(subscription, "id");
    let url = format!("/v1/subscription_items?subscription={id}");
    subscription["items"] = embedded(of(account, id), &url);
    // A customer shows the subscriptions that were not canceled.
    let holder = if subscription["status"] == "canceled" { "" } else { text(subscription, "customer") };
    account.store.put_under(holder, subscription.clone());
}

/// Makes an item of what was sent, not yet stored. `at` is the name of the sent parameter.
pub fn new(account: &mut Account, subscription: &str, sent: &Value, at: &str) -> Result<Value> {
    let Some(price) = price(account, sent, at)? else {
        return Err(ApiError::required(&join(at, "price")));
    };
    let mut item = json!({
        "id": account.new_id("si"),
        "object": KIND,
        "billing_thresholds": null,
        "created": account.now(),
        "current_period_end": 0,
        "current_period_start": 0,
        "discounts": [],
        "metadata": {},
        "price": price,
        "quantity": 1,
        "subscription": subscription,
        "tax_rates": [],
    });
    fill(&mut item, sent, at)?;
    Ok(item)
}

/// The item with what was sent for it, not yet stored.
pub fn changed(account: &mut Account, mut item: Value, sent: &Value, at: &str) -> Result<Value> {
    if let Some(price) = price(account, sent, at)? {
        item["price"] = price;
    }
    fill(&mut item, sent, at)?;
    Ok(item)
}

fn fill(item: &mut Value, sent: &Value, at: &str) -> Result<()> {
    check_lacks(sent, at, LACKS)?;
    if let Some(quantity) = sent["quantity"].as_i64() {
        if quantity < 0 {
            return Err(ApiError::invalid("A quantity is not negative.")
                .code("parameter_invalid_integer")
                .param(&join(at, "quantity")));
        }
        item["quantity"] = json!(quantity);
    }
    if let Some(metadata) = sent.get("metadata") {
        merge_metadata(item, metadata);
    }
    Ok(())
}

/// The recurring price that is named or described.
fn price(account: &mut Account, sent: &Value, at: &str) -> Result<Option<Value>> {
    let Some(price) = price::of_line(account, sent, at)? else {
        return Ok(None);
    };
    let param = join(at, "price");
    if price["type"] != "recurring" {
        return Err(
            ApiError::invalid("The price is a one-time price; a subscription's items recur.").param(&param)
        );
    }
    // Nobody tells the sandbox what was used.
    if price["recurring"]["usage_type"] == "metered" {
        return Err(ApiError::invalid("The sandbox does not bill metered prices.").param(&param));
    }
    Ok(Some(price))
}

/// Checks what the items of a subscription may be together.
pub fn check_together(items: &[Value]) -> Result<()> {
    let refused = |message: &str| Err(ApiError::invalid(message).param("items"));
    let Some(first) = items.first() else {
        return refused("A subscription has at least one item.");
    };
    if items.len() > MOST {
        return Err(ApiError::invalid(format!("A subscription has at most {MOST} items.")).param("items"));
    }
    let mut prices = HashSet::new();
    if !items.iter().all(|item| prices.insert(text(&item["price"], "id"))) {
        return refused("A price stands in one item only: raise that item's quantity.");
    }
    if items.iter().any(|item| item["price"]["currency"] != first["price"]["currency"]) {
        return refused("All prices of a subscription have one currency.");
    }
    if items.iter().any(|item| Interval::of(&item["price"]) != Interval::of(&first["price"])) {
        return refused("All prices of a subscription have one interval.");
    }
    Ok(())
}

/// What an item costs in a whole period.
pub fn amount(account: &Account, item: &Value) -> i64 {
    cost(account, &item["price"], item["quantity"].as_i64().unwrap_or(1))
}

/// What the items cost in a whole period.
pub fn total(account: &Account, items: &[Value]) -> i64 {
    items.iter().map(|item| amount(account, item)).fold(0, i64::saturating_add)
}

/// The present period of an item.
pub fn period(item: &Value) -> (i64, i64) {
    let instant = |name: &str| item[name].as_i64().unwrap_or(0);
    (instant("current_period_start"), instant("current_period_end"))
}

pub fn set_period(item: &mut Value, (start, end): (i64, i64)) {
    item["current_period_start"] = json!(start);
    item["current_period_end"] = json!(end);
}

/// When the present period of a subscription ends.
pub fn period_end(items: &[Value]) -> i64 {
    items.iter().map(|item| period(item).1).min().unwrap_or(0)
}
