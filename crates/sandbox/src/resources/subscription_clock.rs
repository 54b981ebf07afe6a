//! What time does to subscriptions: renewals, ends of trials, cancellations, payments due.

use serde_json::{Map, Value, json};

use super::invoice_finalize::finalize_invoice;
use super::period::Interval;
use super::subscription_invoice::{draft, has_method, settle, void_open};
use super::subscription_items::{self, period, period_end, save, set_period};
use super::subscription_states::{end, expire, go, has_ended};
use super::text;
use crate::account::Account;
use crate::error::Result;
use crate::params::Params;

/// So long the first invoice can be paid.
const FIRST_PAYMENT: i64 = 23 * 3_600;

/// Does what is due now, if anything is. What cannot be done is left: there is nobody to tell.
pub fn tick(account: &mut Account, subscription: Value) {
    let due = next(account, &subscription).is_some_and(|due| due <= account.now());
    if due && step(account, subscription).is_err() {
        account.roll_back();
    }
}

/// When something is to be done about a subscription.
pub fn next(account: &Account, subscription: &Value) -> Option<i64> {
    if has_ended(subscription) {
        return None;
    }
    if subscription["status"] == "incomplete" {
        return subscription["created"].as_i64().map(|created| created.saturating_add(FIRST_PAYMENT));
    }
    let items = subscription_items::of(account, text(subscription, "id"));
    let renews = subscription["status"] != "paused" && !items.is_empty() && items.iter().all(is_periodic);
    let renewal = renews.then(|| period_end(&items));
    let invoice = account.store.get("invoice", text(subscription, "latest_invoice")).unwrap_or_default();
    [
        subscription["cancel_at"].as_i64(),
        subscription["pause_collection"]["resumes_at"].as_i64(),
        finalizes_at(&invoice),
        overdue_at(subscription, &invoice),
        renewal,
    ]
    .into_iter()
    .flatten()
    .min()
}

/// Objects that were put in from outside may not be.
fn is_periodic(item: &Value) -> bool {
    Interval::of(&item["price"]).is_some() && item["current_period_end"].is_i64()
}

fn finalizes_at(invoice: &Value) -> Option<i64> {
    let waits = invoice["status"] == "draft" && invoice["auto_advance"] == true;
    invoice["automatically_finalizes_at"].as_i64().filter(|_| waits)
}

fn overdue_at(subscription: &Value, invoice: &Value) -> Option<i64> {
    let owed = invoice["status"] == "open" && subscription["status"] == "active";
    invoice["due_date"].as_i64().filter(|_| owed)
}

/// Does the one thing that is due now.
fn step(account: &mut Account, mut subscription: Value) -> Result<()> {
    let now = account.now();
    let due = |instant: Option<i64>| instant.is_some_and(|instant| instant <= now);
    let invoice = account.store.get("invoice", text(&subscription, "latest_invoice")).unwrap_or_default();
    if subscription["status"] == "incomplete" {
        expire(account, &mut subscription);
        save(account, &mut subscription);
        void_open(account, &subscription)?;
    } else if due(subscription["cancel_at"].as_i64()) {
        end(account, &mut subscription);
        save(account, &mut subscription);
    } else if due(subscription["pause_collection"]["resumes_at"].as_i64()) {
        subscription["pause_collection"] = Value::Null;
        save(account, &mut subscription);
    } else if due(finalizes_at(&invoice)) {
        collect(account, &mut subscription, invoice);
    } else if due(overdue_at(&subscription, &invoice)) {
        go(&mut subscription, "past_due");
        save(account, &mut subscription);
    } else {
        renew(account, subscription)?;
    }
    Ok(())
}

/// Finalizes a draft whose time has come, and charges it. One that fails is not tried again.
fn collect(account: &mut Account, subscription: &mut Value, invoice: Value) {
    let invoice_id = text(&invoice, "id").to_owned();
    let done = if subscription["collection_method"] == "send_invoice" {
        finalize_invoice(account, invoice, None).map(|_| ())
    } else {
        // Nobody is there to authenticate.
        let unattended = Map::from_iter([("off_session".to_owned(), json!(true))]);
        settle(account, subscription, invoice, &Params(unattended))
    };
    if done.is_ok() {
        return;
    }
    if let Some(mut invoice) = account.store.get("invoice", &invoice_id) {
        invoice["auto_advance"] = json!(false);
        account.store.put(invoice);
    }
    go(subscription, "past_due");
    save(account, subscription);
}

/// Begins the next period; its invoice is a draft first.
fn renew(account: &mut Account, mut subscription: Value) -> Result<()> {
    if subscription["status"] == "trialing" {
        if ends_without_method(account, &mut subscription) {
            save(account, &mut subscription);
            return Ok(());
        }
        go(&mut subscription, "active");
    }
    let anchor = subscription["billing_cycle_anchor"].as_i64().unwrap_or(0);
    let mut usage = (account.now(), account.now());
    for mut item in subscription_items::of(account, text(&subscription, "id")) {
        usage = period(&item);
        if let Some(interval) = Interval::of(&item["price"]) {
            let until = interval.around(anchor, usage.1).1;
            let cut = subscription["cancel_at"].as_i64().map_or(until, |cancel_at| until.min(cancel_at));
            set_period(&mut item, (usage.1, cut));
        }
        account.store.put(item);
    }
    let mut invoice = draft(account, &mut subscription, "subscription_cycle", usage);
    if subscription["status"] == "unpaid" {
        invoice["auto_advance"] = json!(false);
        account.store.put(invoice);
    } else if subscription["pause_collection"].is_object() {
        settle(account, &mut subscription, invoice, &Params::default())?;
    }
    Ok(())
}

/// A trial that ends with nothing to charge may end the subscription too, or pause it.
fn ends_without_method(account: &mut Account, subscription: &mut Value) -> bool {
    if subscription["collection_method"] != "charge_automatically" || has_method(account, subscription) {
        return false;
    }
    match text(&subscription["trial_settings"]["end_behavior"], "missing_payment_method") {
        "cancel" => {
            subscription["canceled_at"] = json!(account.now());
            end(account, subscription);
        }
        "pause" => go(subscription, "paused"),
        _ => return false,
    }
    true
}
