//! Items added, changed and removed, and what that costs or gives back within a period.

use serde_json::{Value, json};

use super::period::Interval;
use super::subscription_create::trial_end;
use super::subscription_invoice::{draft, settle, settle_pending};
use super::subscription_items::{self, changed, check_together, new, period, save, set_period, total};
use super::subscription_states::go;
use super::{pending_item, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::params::{Params, join};

/// An item before and after: one that is added was not there, one that is removed will not be.
#[derive(Debug)]
pub struct Change {
    pub before: Option<Value>,
    pub after: Option<Value>,
}

impl Change {
    fn is_billed(&self) -> bool {
        let billed = |item: &Option<Value>| {
            item.as_ref().map(|item| (text(&item["price"], "id").to_owned(), item["quantity"].clone()))
        };
        billed(&self.before) != billed(&self.after)
    }
}

/// The changes that `items` of an update asks for.
pub fn plan(account: &mut Account, subscription: &str, sent: &[Value]) -> Result<Vec<Change>> {
    let mut changes: Vec<Change> = Vec::new();
    for (place, sent) in sent.iter().enumerate() {
        let at = format!("items[{place}]");
        let before = match sent["id"].as_str() {
            Some(id) => Some(item_of(account, subscription, id, &join(&at, "id"))?),
            None => None,
        };
        let twice = |change: &Change| change.before.is_some() && change.before == before;
        if changes.iter().any(twice) {
            return Err(
                ApiError::invalid("An item can be changed once in a request.").param(&join(&at, "id"))
            );
        }
        let after = match &before {
            _ if sent["deleted"] == true && before.is_none() => {
                return Err(ApiError::required(&join(&at, "id")));
            }
            _ if sent["deleted"] == true => None,
            Some(item) => Some(changed(account, item.clone(), sent, &at)?),
            None => Some(new(account, subscription, sent, &at)?),
        };
        changes.push(Change { before, after });
    }
    Ok(changes)
}

fn item_of(account: &Account, subscription: &str, id: &str, param: &str) -> Result<Value> {
    let item = account.refer(subscription_items::KIND, id, param)?;
    if item["subscription"] == subscription {
        return Ok(item);
    }
    Err(ApiError::missing(subscription_items::KIND, id, param))
}

/// What a change begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Restart {
    Period,
    TrialUntil(i64),
}

/// Carries changes out, with what `trial_end`, `billing_cycle_anchor` and the proration want.
pub fn apply(
    account: &mut Account,
    subscription: &mut Value,
    changes: Vec<Change>,
    params: &Params,
) -> Result<()> {
    if params.text("payment_behavior") == Some("pending_if_incomplete") {
        return Err(ApiError::unsupported("payment_behavior=pending_if_incomplete").param("payment_behavior"));
    }
    let before = subscription_items::of(account, text(subscription, "id"));
    let after = merged(&before, &changes);
    check_together(&after)?;
    if after.iter().any(|item| item["price"]["currency"] != subscription["currency"]) {
        return Err(ApiError::invalid("The subscription has another currency than the price.").param("items"));
    }
    let restart = restart(account, subscription, (&before, &after), params)?;
    let behavior = params.text("proration_behavior").unwrap_or("create_prorations");
    let charged = matches!(text(subscription, "status"), "active" | "past_due");
    let prorates = behavior != "none" && charged;
    let from = proration_date(account, &before, params)?;
    let current = before.first().map(period);
    if prorates {
        let gone =
            changes.iter().filter(|change| change.is_billed()).filter_map(|change| change.before.as_ref());
        let credited: Vec<&Value> = if restart.is_some() { before.iter().collect() } else { gone.collect() };
        for item in credited {
            pending_item::prorate(account, subscription, item, from, true)?;
        }
    }
    for change in changes {
        let is_billed = change.is_billed();
        match (change.before, change.after) {
            (Some(before), None) => account.store.remove(text(&before, "id")),
            (_, Some(mut item)) => {
                set_period(&mut item, current.unwrap_or_default());
                if prorates && restart.is_none() && is_billed {
                    pending_item::prorate(account, subscription, &item, from, false)?;
                }
                account.store.put_under(text(subscription, "id"), item);
            }
            (None, None) => {}
        }
    }
    let was_trialing = subscription["status"] == "trialing";
    if let Some(restart) = restart {
        begin(account, subscription, restart);
    }
    save(account, subscription);
    let now = account.now();
    match restart {
        // A longer or shorter trial costs nothing.
        Some(Restart::TrialUntil(_)) if was_trialing => Ok(()),
        Some(_) => {
            let invoice = draft(account, subscription, "subscription_update", (now, now));
            settle(account, subscription, invoice, params)
        }
        None if behavior == "always_invoice" => settle_pending(account, subscription, params),
        None => Ok(()),
    }
}

fn merged(before: &[Value], changes: &[Change]) -> Vec<Value> {
    let of = |item: &Value| {
        let same = |change: &&Change| change.before.as_ref().is_some_and(|was| was["id"] == item["id"]);
        changes.iter().find(same)
    };
    let kept = before.iter().filter_map(|item| match of(item) {
        Some(change) => change.after.clone(),
        None => Some(item.clone()),
    });
    let added = changes.iter().filter(|change| change.before.is_none());
    kept.chain(added.filter_map(|change| change.after.clone())).collect()
}

/// Whether the change begins a new period: it was asked for, the interval is another one, or what
/// was free costs something now.
fn restart(
    account: &Account,
    subscription: &Value,
    (before, after): (&[Value], &[Value]),
    params: &Params,
) -> Result<Option<Restart>> {
    let trialing = subscription["status"] == "trialing";
    if let Some(end) = trial_end(params, account.now())? {
        return Ok(Some(Restart::TrialUntil(end)));
    }
    if params.get("trial_end").is_some() && trialing {
        return Ok(Some(Restart::Period));
    }
    let asked = params.text("billing_cycle_anchor") == Some("now");
    if trialing {
        return match asked {
            true => Err(ApiError::invalid("A trial is billed from its end: end it with trial_end=now.")
                .param("billing_cycle_anchor")),
            false => Ok(None),
        };
    }
    let interval = |items: &[Value]| items.first().and_then(|item| Interval::of(&item["price"]));
    let anew = asked
        || interval(before) != interval(after)
        || (total(account, before) == 0 && total(account, after) > 0);
    Ok(anew.then_some(Restart::Period))
}

/// The instant from which the change counts.
fn proration_date(account: &Account, items: &[Value], params: &Params) -> Result<i64> {
    let now = account.now();
    let Some(date) = params.int("proration_date") else {
        return Ok(now);
    };
    let (start, end) = items.first().map_or((now, now), period);
    if (start..=end).contains(&date) {
        return Ok(date);
    }
    Err(ApiError::invalid(format!("proration_date lies in the present period, from {start} to {end}."))
        .param("proration_date"))
}

fn begin(account: &mut Account, subscription: &mut Value, restart: Restart) {
    let now = account.now();
    let trialing = subscription["status"] == "trialing";
    let mut end = now;
    for mut item in subscription_items::of(account, text(subscription, "id")) {
        let next = match (restart, Interval::of(&item["price"])) {
            (Restart::TrialUntil(end), _) if trialing => (period(&item).0, end),
            (Restart::TrialUntil(end), _) => (now, end),
            (Restart::Period, interval) => (now, interval.map_or(now, |interval| interval.after(now))),
        };
        end = next.1;
        set_period(&mut item, next);
        account.store.put(item);
    }
    match restart {
        Restart::Period => {
            if trialing {
                subscription["trial_end"] = json!(now);
            }
            go(subscription, "active");
            subscription["billing_cycle_anchor"] = json!(now);
        }
        Restart::TrialUntil(end) => {
            if !trialing {
                subscription["trial_start"] = json!(now);
            }
            go(subscription, "trialing");
            subscription["trial_end"] = json!(end);
            subscription["billing_cycle_anchor"] = json!(end);
        }
    }
    if subscription["cancel_at_period_end"] == true {
        subscription["cancel_at"] = json!(end);
    }
}
