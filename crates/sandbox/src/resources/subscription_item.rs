//! The items of a subscription, one by one. What a change of one costs is in `subscription_changes`.

use serde_json::{Value, json};

use super::subscription_changes::{Change, apply};
use super::subscription_items::{KIND, changed, new};
use super::{retrieve, subscription_states, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::page_of;
use crate::route::{Call, Route, delete, get, post};
use crate::store::Index;

const LACKS: &str = "billing_thresholds clear_usage discounts tax_rates";

pub const ROUTES: &[Route] = &[
    get("/v1/subscription_items", KIND, index),
    post("/v1/subscription_items", KIND, create).lacking(LACKS),
    get("/v1/subscription_items/{item}", KIND, retrieve),
    post("/v1/subscription_items/{item}", KIND, update).lacking(LACKS),
    delete("/v1/subscription_items/{item}", KIND, remove).lacking(LACKS),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let id = call.params.text("subscription").unwrap_or_default();
    account.refer(subscription_states::KIND, id, "subscription")?;
    page_of(account, call, &Index::under(KIND, id), |_| true)
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let id = call.params.text("subscription").unwrap_or_default();
    account.refer(subscription_states::KIND, id, "subscription")?;
    let sent = Value::Object(call.params.0.clone());
    let item = new(account, id, &sent, "")?;
    carry_out(account, id, call, Change { before: None, after: Some(item.clone()) })?;
    account.fetch(KIND, text(&item, "id"), "id")
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let item = call.subject(account, KIND)?;
    let sent = Value::Object(call.params.0.clone());
    let after = changed(account, item.clone(), &sent, "")?;
    let id = text(&item, "subscription").to_owned();
    carry_out(account, &id, call, Change { before: Some(item), after: Some(after) })?;
    call.subject(account, KIND)
}

fn remove(account: &mut Account, call: &Call) -> Result<Value> {
    let item = call.subject(account, KIND)?;
    let id = text(&item, "subscription").to_owned();
    carry_out(account, &id, call, Change { before: Some(item), after: None })?;
    Ok(json!({"id": call.id(), "object": KIND, "deleted": true}))
}

fn carry_out(account: &mut Account, id: &str, call: &Call, change: Change) -> Result<()> {
    let mut subscription = account.store.get(subscription_states::KIND, id).unwrap_or_default();
    if matches!(text(&subscription, "status"), "canceled" | "incomplete_expired" | "incomplete") {
        return Err(ApiError::invalid(format!(
            "The subscription is {}: its items cannot be changed.",
            text(&subscription, "status")
        )));
    }
    apply(account, &mut subscription, vec![change], &call.params)
}
