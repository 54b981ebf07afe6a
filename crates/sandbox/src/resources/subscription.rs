//! Subscriptions: finding them, and the parameters that making and changing them share.

use serde_json::{Value, json};

use super::subscription_create::open;
use super::subscription_items::{self, period};
use super::subscription_states::{KIND, cancel, set_cancellation_details};
use super::subscription_update::{resume, update};
use super::{set, shaped, test_clock, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::{page_of, page_with, within};
use crate::params::Params;
use crate::route::{Call, Route, delete, get, post};
use crate::store::Index;

/// What would move money elsewhere, or bill by other rules.
const LACKS: &str = "application_fee_percent automatic_tax billing_schedules billing_thresholds \
                     customer_account default_source invoice_settings \
                     on_behalf_of pending_invoice_item_interval transfer_data trial_from_plan \
                     backdate_start_date billing_cycle_anchor_config";

pub const ROUTES: &[Route] = &[
    get("/v1/subscriptions", KIND, index),
    post("/v1/subscriptions", KIND, create).lacking(LACKS),
    get("/v1/subscriptions/{subscription_exposed_id}", KIND, retrieve),
    post("/v1/subscriptions/{subscription_exposed_id}", KIND, update).lacking(LACKS),
    delete("/v1/subscriptions/{subscription_exposed_id}", KIND, cancel),
    post("/v1/subscriptions/{subscription}/resume", KIND, resume)
        .lacking("proration_behavior proration_date"),
    get("/v1/customers/{customer}/subscriptions", KIND, of_customer),
    post("/v1/customers/{customer}/subscriptions", KIND, create_for_customer).lacking(LACKS),
    get("/v1/customers/{customer}/subscriptions/{subscription_exposed_id}", KIND, retrieve),
    post("/v1/customers/{customer}/subscriptions/{subscription_exposed_id}", KIND, update).lacking(LACKS),
    delete("/v1/customers/{customer}/subscriptions/{subscription_exposed_id}", KIND, cancel),
];

/// Canceled subscriptions and those of test clocks are left out unless they are asked for.
fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    let status = params.text("status");
    let price = params.text("price");
    let taxed = params.get("automatic_tax").map(|sent| &sent["enabled"]);
    let equals = ["customer", "customer_account", "collection_method", "test_clock"];
    page_with(account, call, &test_clock::wanted(call, &equals, &["customer"]), |found| {
        let state = text(found, "status");
        let wanted = match status {
            None => state != "canceled",
            Some("all") => true,
            Some("ended") => matches!(state, "canceled" | "incomplete_expired"),
            Some(status) => state == status,
        };
        if !wanted {
            return false;
        }
        let items = subscription_items::of(account, text(found, "id"));
        let start = items.iter().map(|item| period(item).0).max();
        let end = items.iter().map(|item| period(item).1).min();
        price.is_none_or(|price| items.iter().any(|item| item["price"]["id"] == price))
            && taxed.is_none_or(|taxed| found["automatic_tax"]["enabled"] == *taxed)
            && within(params.get("current_period_start"), start)
            && within(params.get("current_period_end"), end)
    })
}

fn of_customer(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, "customer")?;
    let index = Index::of(KIND, "customer", call.id());
    page_of(account, call, &index, |found| found["status"] != "canceled")
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    open(account, &call.params)
}

fn create_for_customer(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, "customer")?;
    let mut params = call.params.0.clone();
    params.insert("customer".into(), json!(call.id()));
    open(account, &Params(params))
}

fn retrieve(account: &mut Account, call: &Call) -> Result<Value> {
    named(account, call)
}

/// The subscription that a path ends with; where the path begins with a customer, one of its own.
pub fn named(account: &Account, call: &Call) -> Result<Value> {
    let (name, id) = call.ids.last().map_or(("id", ""), |last| (last.name, &last.id));
    let subscription = account.fetch(KIND, id, name)?;
    match call.ids.as_slice() {
        [customer, _] if subscription["customer"] != *customer.id => Err(ApiError::not_found(KIND, id, name)),
        _ => Ok(subscription),
    }
}

/// The fields that making and changing a subscription set in the same way.
pub fn fill(subscription: &mut Value, params: &Params) -> Result<()> {
    set(subscription, params, "collection_method days_until_due default_payment_method description metadata");
    if params.get("days_until_due").is_none() && subscription["collection_method"] == "charge_automatically" {
        subscription["days_until_due"] = Value::Null;
    }
    if let Some(sent) = params.get("payment_settings") {
        if sent["save_default_payment_method"] == "on_subscription" {
            return Err(ApiError::unsupported("payment_settings[save_default_payment_method]"));
        }
        let old = subscription["payment_settings"].clone();
        subscription["payment_settings"] = shaped(sent, old);
    }
    if params.get("trial_settings").is_some() {
        set(subscription, params, "trial_settings");
    }
    if let Some(sent) = params.get("pause_collection") {
        subscription["pause_collection"] = shaped(sent, json!({"behavior": null, "resumes_at": null}));
    } else if params.sent("pause_collection").is_some() {
        subscription["pause_collection"] = Value::Null;
    }
    set_cancellation_details(subscription, params);
    check_terms(subscription)
}

/// Only an invoice that is sent has a time to pay it in, and it needs one.
fn check_terms(subscription: &mut Value) -> Result<()> {
    let sent = subscription["collection_method"] == "send_invoice";
    match (sent, subscription["days_until_due"].is_null()) {
        (true, true) => Err(ApiError::invalid("collection_method=send_invoice needs days_until_due.")
            .code("parameter_missing")
            .param("days_until_due")),
        (false, false) => {
            Err(ApiError::invalid("days_until_due needs collection_method=send_invoice.")
                .param("days_until_due"))
        }
        _ => Ok(()),
    }
}

/// A default payment method is one of the customer's.
pub fn check_method(account: &Account, subscription: &Value, params: &Params) -> Result<()> {
    let Some(id) = params.text("default_payment_method") else {
        return Ok(());
    };
    let method = account.refer("payment_method", id, "default_payment_method")?;
    if method["customer"] == subscription["customer"] {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "The payment method {id} must be attached to the customer before it can be a default."
    ))
    .code("resource_missing")
    .param("default_payment_method"))
}

/// When the subscription is to end, if it is.
pub fn set_cancellation(
    account: &Account,
    subscription: &mut Value,
    params: &Params,
    period_end: i64,
) -> Result<()> {
    let at_end = params.get("cancel_at_period_end").and_then(Value::as_bool);
    if params.get("cancel_at").is_some() && at_end == Some(true) {
        return Err(ApiError::exclusive("cancel_at_period_end", "cancel_at"));
    }
    let cancel_at = match (params.sent("cancel_at"), at_end) {
        (Some(Value::Null), _) => None,
        (Some(Value::String(_)), _) | (None, Some(true)) => Some(period_end),
        (Some(sent), _) => sent.as_i64(),
        (None, Some(false)) if subscription["cancel_at_period_end"] == true => None,
        (None, _) => return Ok(()),
    };
    if let Some(instant) = cancel_at {
        check_cancel_at(account, params, instant, period_end)?;
    }
    subscription["cancel_at"] = json!(cancel_at);
    subscription["cancel_at_period_end"] = json!(at_end == Some(true));
    subscription["canceled_at"] = json!(cancel_at.map(|_| account.now()));
    let reason = cancel_at.map(|_| "cancellation_requested");
    subscription["cancellation_details"]["reason"] = json!(reason);
    Ok(())
}

fn check_cancel_at(account: &Account, params: &Params, instant: i64, period_end: i64) -> Result<()> {
    let message = if instant <= account.now() {
        "cancel_at lies in the future; to cancel at once, delete the subscription.".to_owned()
    } else if instant < period_end && params.text("proration_behavior") != Some("none") {
        format!(
            "The sandbox does not prorate the present period for cancel_at: name an instant from its end, \
             {period_end}, or set proration_behavior=none."
        )
    } else {
        return Ok(());
    };
    Err(ApiError::invalid(message).param("cancel_at"))
}
