//! Making a subscription: its items, its first period and its first invoice.

use serde_json::{Value, json};

use super::period::Interval;
use super::subscription::{check_method, fill, set_cancellation};
use super::subscription_invoice::{draft, has_method, no_method, settle};
use super::subscription_items::{self, check_together, save, set_period};
use super::subscription_states::{KIND, has_ended};
use super::{check_lacks, pending_item, subscription_discounts, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::params::Params;
use crate::store::Index;

const DAY: i64 = 86_400;

/// No trial is longer.
const LONGEST_TRIAL: i64 = 730 * DAY;

/// Makes a subscription as the parameters of its creation say.
pub fn open(account: &mut Account, params: &Params) -> Result<Value> {
    let Some(customer) = params.text("customer") else {
        return Err(ApiError::required("customer"));
    };
    let holder = account.refer("customer", customer, "customer")?;
    check_billing_mode(params.get("billing_mode"), "billing_mode")?;
    if params.text("payment_behavior") == Some("pending_if_incomplete") {
        return Err(ApiError::invalid("payment_behavior=pending_if_incomplete is for updates only.")
            .param("payment_behavior"));
    }
    let id = account.new_id("sub");
    let mut items = items(account, params, &id)?;
    let currency = currency(account, params, &items, &holder)?;
    let start = Start::of(account, params, &items)?;
    for item in &mut items {
        set_period(item, start.period);
    }
    let mut subscription = empty(account, &id, &holder, &currency);
    subscription["billing_cycle_anchor"] = json!(start.anchor);
    fill(&mut subscription, params)?;
    check_method(account, &subscription, params)?;
    subscription["status"] = json!(match text(&subscription, "collection_method") {
        _ if start.trial => "trialing",
        "send_invoice" => "active",
        _ => "incomplete",
    });
    if start.trial {
        subscription["trial_start"] = json!(start.period.0);
        subscription["trial_end"] = json!(start.period.1);
    }
    set_cancellation(account, &mut subscription, params, start.period.1)?;
    note_currency(account, holder, &currency);
    // Lists are newest first, so the first item is the last to arrive.
    for item in items.into_iter().rev() {
        account.store.put_under(&id, item);
    }
    subscription_discounts::set(account, &mut subscription, params)?;
    save(account, &mut subscription);
    pending_item::add_all(account, &subscription, params.list("add_invoice_items"))?;
    let now = account.now();
    let invoice = draft(account, &mut subscription, "subscription_create", (now, now));
    check_payable(account, &subscription, params, &invoice)?;
    settle(account, &mut subscription, invoice, params)?;
    Ok(subscription)
}

/// The sandbox bills in the classic way only.
pub fn check_billing_mode(sent: Option<&Value>, at: &str) -> Result<()> {
    match sent {
        Some(mode) if mode["type"] == "flexible" => Err(ApiError::unsupported(&format!("{at}[type]"))),
        Some(mode) => check_lacks(mode, at, "flexible"),
        None => Ok(()),
    }
}

fn items(account: &mut Account, params: &Params, id: &str) -> Result<Vec<Value>> {
    if params.list("items").is_empty() {
        return Err(ApiError::required("items"));
    }
    let mut items = Vec::new();
    for (place, sent) in params.list("items").iter().enumerate() {
        items.push(subscription_items::new(account, id, sent, &format!("items[{place}]"))?);
    }
    check_together(&items)?;
    Ok(items)
}

/// The currency of the prices, which has to be the customer's while it subscribes to something.
fn currency(account: &Account, params: &Params, items: &[Value], customer: &Value) -> Result<String> {
    let currency = items.first().map_or("", |item| text(&item["price"], "currency")).to_owned();
    if super::currency(params)?.is_some_and(|sent| sent != currency) {
        return Err(ApiError::invalid(format!("The prices are in {currency}.")).param("currency"));
    }
    let index = Index::of(KIND, "customer", text(customer, "id"));
    let other = account.store.all(&index).find(|held| !has_ended(held) && held["currency"] != *currency);
    match other {
        Some(other) => Err(ApiError::invalid(format!(
            "Currencies cannot be combined on a customer: {} is in {}.",
            text(&other, "id"),
            text(&other, "currency")
        ))
        .param("currency")),
        None => Ok(currency),
    }
}

fn note_currency(account: &mut Account, mut customer: Value, currency: &str) {
    if customer["currency"].is_null() {
        customer["currency"] = json!(currency);
        account.store.put(customer);
    }
}

/// Something is due at once, and there is nothing to charge for it.
fn check_payable(account: &Account, subscription: &Value, params: &Params, invoice: &Value) -> Result<()> {
    let due = subscription["status"] == "incomplete" && invoice["amount_due"].as_i64() > Some(0);
    if due
        && params.text("payment_behavior") != Some("default_incomplete")
        && !has_method(account, subscription)
    {
        return Err(no_method());
    }
    Ok(())
}

/// When a subscription begins to be billed.
struct Start {
    period: (i64, i64),
    anchor: i64,
    trial: bool,
}

impl Start {
    fn of(account: &Account, params: &Params, items: &[Value]) -> Result<Start> {
        let now = account.now();
        let Some(interval) = items.first().and_then(|item| Interval::of(&item["price"])) else {
            return Err(ApiError::required("items"));
        };
        let anchor = params.int("billing_cycle_anchor");
        if let Some(end) = trial_end(params, now)? {
            if anchor.is_some() {
                return Err(ApiError::invalid(
                    "The sandbox does not support billing_cycle_anchor together with a trial.",
                )
                .param("billing_cycle_anchor"));
            }
            return Ok(Start { period: (now, end), anchor: end, trial: true });
        }
        let natural = interval.after(now);
        let end = anchor.unwrap_or(natural);
        if end <= now || end > natural {
            return Err(ApiError::invalid(format!(
                "billing_cycle_anchor lies after now and at most one period ahead: between {now} and {natural}."
            ))
            .param("billing_cycle_anchor"));
        }
        if anchor.is_some() && params.text("proration_behavior") == Some("none") {
            return Err(ApiError::invalid(
                "The sandbox does not give away the time until billing_cycle_anchor: leave \
                 proration_behavior out.",
            )
            .param("proration_behavior"));
        }
        Ok(Start { period: (now, end), anchor: anchor.unwrap_or(now), trial: false })
    }
}

/// When the trial ends that was asked for.
pub fn trial_end(params: &Params, now: i64) -> Result<Option<i64>> {
    let (end, param) = match (params.get("trial_end"), params.int("trial_period_days")) {
        (Some(_), Some(_)) => {
            return Err(ApiError::exclusive("trial_period_days", "trial_end"));
        }
        (Some(end), None) if end == "now" => return Ok(None),
        (Some(end), None) => (end.as_i64(), "trial_end"),
        (None, Some(0)) | (None, None) => return Ok(None),
        (None, Some(days)) => (Some(now.saturating_add(days.saturating_mul(DAY))), "trial_period_days"),
    };
    match end {
        Some(end) if end > now && end <= now.saturating_add(LONGEST_TRIAL) => Ok(Some(end)),
        _ => Err(ApiError::invalid(
            "A trial ends in the future and at most two years (730 days) from now; `now` means none.",
        )
        .param(param)),
    }
}

fn empty(account: &Account, id: &str, customer: &Value, currency: &str) -> Value {
    let now = account.now();
    json!({
        "id": id,
        "object": KIND,
        "application": null,
        "application_fee_percent": null,
        "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null},
        "billing_cycle_anchor": now,
        "billing_cycle_anchor_config": null,
        "billing_mode": {"flexible": null, "type": "classic"},
        "billing_schedules": [],
        "billing_thresholds": null,
        "cancel_at": null,
        "cancel_at_period_end": false,
        "canceled_at": null,
        "cancellation_details": {"comment": null, "feedback": null, "reason": null},
        "collection_method": "charge_automatically",
        "created": now,
        "currency": currency,
        "customer": customer["id"],
        "customer_account": null,
        "days_until_due": null,
        "default_payment_method": null,
        "default_source": null,
        "default_tax_rates": [],
        "description": null,
        "discounts": [],
        "ended_at": null,
        "invoice_settings": {"account_tax_ids": null, "issuer": {"type": "self"}},
        "items": null,
        "latest_invoice": null,
        "livemode": false,
        "managed_payments": null,
        "metadata": {},
        "next_pending_invoice_item_invoice": null,
        "on_behalf_of": null,
        "pause_collection": null,
        "payment_settings": {
            "payment_method_options": null,
            "payment_method_types": null,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": null,
        "pending_setup_intent": null,
        "pending_update": null,
        "schedule": null,
        "start_date": now,
        "status": "incomplete",
        "test_clock": customer["test_clock"],
        "transfer_data": null,
        "trial_end": null,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": null,
    })
}
