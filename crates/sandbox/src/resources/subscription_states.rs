//! The states of a subscription: which follows which, what an invoice does to them, and the end.

use serde_json::{Value, json};

use super::subscription_items::{self, save};
use super::{pending_item, shaped, subscription_invoice, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::params::Params;
use crate::route::Call;
use crate::store::Index;

pub const KIND: &str = "subscription";

/// Each state with those that can follow it.
const TRANSITIONS: &[(&str, &[&str])] = &[
    ("incomplete", &["active", "incomplete_expired"]),
    ("incomplete_expired", &[]),
    ("trialing", &["active", "past_due", "paused", "canceled"]),
    ("active", &["trialing", "past_due", "unpaid", "canceled"]),
    ("past_due", &["active", "trialing", "unpaid", "canceled"]),
    ("unpaid", &["active", "canceled"]),
    ("paused", &["active", "canceled"]),
    ("canceled", &[]),
];

/// Whether a subscription in this state has ended for good.
pub fn has_ended(subscription: &Value) -> bool {
    matches!(text(subscription, "status"), "canceled" | "incomplete_expired")
}

/// Goes to a state, if it can follow the present one.
pub fn go(subscription: &mut Value, to: &str) {
    let from = text(subscription, "status");
    if TRANSITIONS.iter().any(|(state, next)| *state == from && next.contains(&to)) {
        subscription["status"] = json!(to);
    }
}

/// The subscription that an invoice, or an item that waits for one, is of.
pub fn id_of(object: &Value) -> &str {
    text(&object["parent"]["subscription_details"], "subscription")
}

/// What an invoice's new state does to its subscription.
pub fn follow(account: &mut Account, invoice: &Value) {
    let Some(mut subscription) = account.store.get(KIND, id_of(invoice)) else {
        return;
    };
    if subscription["latest_invoice"] != invoice["id"] {
        return;
    }
    match (text(&subscription, "status"), text(invoice, "status")) {
        ("incomplete" | "past_due" | "unpaid" | "paused", "paid")
        | ("past_due" | "paused", "uncollectible")
        | ("past_due", "void") => go(&mut subscription, "active"),
        ("incomplete", "void") => expire(account, &mut subscription),
        _ => return,
    }
    save(account, &mut subscription);
}

/// The end of a subscription whose first invoice was not paid.
pub fn expire(account: &Account, subscription: &mut Value) {
    go(subscription, "incomplete_expired");
    subscription["ended_at"] = json!(account.now());
}

/// The end of any other one.
pub fn end(account: &mut Account, subscription: &mut Value) {
    go(subscription, "canceled");
    subscription["ended_at"] = json!(account.now());
    subscription_invoice::stop_collection(account, subscription);
}

pub fn cancel(account: &mut Account, call: &Call) -> Result<Value> {
    let mut subscription = super::subscription::named(account, call)?;
    if has_ended(&subscription) {
        let param = call.ids.last().map_or("id", |id| id.name);
        return Err(ApiError::not_found(KIND, text(&subscription, "id"), param));
    }
    let was_incomplete = subscription["status"] == "incomplete";
    let params = &call.params;
    subscription["canceled_at"] = json!(account.now());
    subscription["cancel_at_period_end"] = json!(false);
    set_cancellation_details(&mut subscription, params);
    subscription["cancellation_details"]["reason"] = json!("cancellation_requested");
    if was_incomplete {
        expire(account, &mut subscription);
        save(account, &mut subscription);
        subscription_invoice::void_open(account, &subscription)?;
        return Ok(subscription);
    }
    let charged = matches!(text(&subscription, "status"), "active" | "past_due");
    if params.flag("prorate") && charged {
        for item in subscription_items::of(account, text(&subscription, "id")) {
            pending_item::prorate(account, &subscription, &item, account.now(), true)?;
        }
    }
    end(account, &mut subscription);
    save(account, &mut subscription);
    if params.flag("invoice_now") {
        subscription_invoice::settle_pending(account, &mut subscription, params)?;
    }
    Ok(subscription)
}

/// What the deletion of a customer does to its subscriptions.
pub fn cancel_all(account: &mut Account, customer: &str) {
    let index = Index::of(KIND, "customer", customer);
    let open: Vec<Value> = account.store.all(&index).filter(|found| !has_ended(found)).collect();
    for mut subscription in open {
        subscription["canceled_at"] = json!(account.now());
        if subscription["status"] == "incomplete" {
            expire(account, &mut subscription);
        } else {
            end(account, &mut subscription);
        }
        save(account, &mut subscription);
    }
}

/// Feedback and comment of who canceled; the reason is Stripe's own to give.
pub fn set_cancellation_details(subscription: &mut Value, params: &Params) {
    if let Some(sent) = params.get("cancellation_details") {
        let old = subscription["cancellation_details"].clone();
        subscription["cancellation_details"] = shaped(sent, old);
    }
}
