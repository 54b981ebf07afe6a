//! Changing a subscription, and taking up one that paused.

use serde_json::{Value, json};

use super::period::Interval;
use super::subscription::{check_method, fill, named, set_cancellation};
use super::subscription_changes::{apply, plan};
use super::subscription_invoice::{draft, settle};
use super::subscription_items::{self, period_end, save, set_period};
use super::subscription_states::KIND;
use super::{pending_item, subscription_discounts, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::params::Params;
use crate::route::Call;

pub fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut subscription = named(account, call)?;
    let params = &call.params;
    check_changeable(&subscription, params)?;
    let id = text(&subscription, "id").to_owned();
    fill(&mut subscription, params)?;
    check_method(account, &subscription, params)?;
    subscription_discounts::set(account, &mut subscription, params)?;
    let changes = plan(account, &id, params.list("items"))?;
    save(account, &mut subscription);
    pending_item::add_all(account, &subscription, params.list("add_invoice_items"))?;
    apply(account, &mut subscription, changes, params)?;
    let end = period_end(&subscription_items::of(account, &id));
    set_cancellation(account, &mut subscription, params, end)?;
    save(account, &mut subscription);
    Ok(subscription)
}

/// What has ended, or has not begun, takes few changes.
fn check_changeable(subscription: &Value, params: &Params) -> Result<()> {
    let always: &[&str] = match text(subscription, "status") {
        "canceled" | "incomplete_expired" => &["metadata", "cancellation_details", "expand"],
        "incomplete" => &["metadata", "expand"],
        _ => return Ok(()),
    };
    match params.names().find(|name| !always.contains(name)) {
        Some(name) => Err(ApiError::invalid(format!(
            "The subscription is {}: only {} can be changed.",
            text(subscription, "status"),
            always.iter().filter(|name| **name != "expand").copied().collect::<Vec<_>>().join(" and ")
        ))
        .param(name)),
        None => Ok(()),
    }
}

pub fn resume(account: &mut Account, call: &Call) -> Result<Value> {
    let mut subscription = call.subject(account, KIND)?;
    if subscription["status"] != "paused" {
        return Err(ApiError::invalid(format!(
            "Only a paused subscription can be resumed, and this one is {}.",
            text(&subscription, "status")
        )));
    }
    if call.params.text("billing_cycle_anchor") == Some("unchanged") {
        return Err(ApiError::invalid("The sandbox resumes a subscription with a new period only.")
            .param("billing_cycle_anchor"));
    }
    let now = account.now();
    for mut item in subscription_items::of(account, call.id()) {
        if let Some(interval) = Interval::of(&item["price"]) {
            set_period(&mut item, (now, interval.after(now)));
        }
        account.store.put(item);
    }
    subscription["billing_cycle_anchor"] = json!(now);
    let invoice = draft(account, &mut subscription, "subscription_update", (now, now));
    settle(account, &mut subscription, invoice, &call.params)?;
    Ok(subscription)
}
