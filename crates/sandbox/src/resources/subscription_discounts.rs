//! What a subscription's invoices are less, and what they are taxed with.

use serde_json::{Value, json};

use super::discount::{self, Holder};
use super::period::add_months;
use super::{subscription_items, tax_rate, text};
use crate::account::Account;
use crate::error::Result;
use crate::params::Params;

/// Takes over the discounts and tax rates that were sent.
pub fn set(account: &mut Account, subscription: &mut Value, params: &Params) -> Result<()> {
    if params.sent("default_tax_rates").is_some() {
        let rates = tax_rate::resolve(account, params.list("default_tax_rates"), "default_tax_rates")?;
        subscription["default_tax_rates"] = json!(rates);
    }
    if params.sent("discounts").is_none() {
        return Ok(());
    }
    let items = subscription_items::of(account, text(subscription, "id"));
    let holder = Holder {
        field: "subscription",
        id: text(subscription, "id"),
        customer: text(subscription, "customer"),
        currency: text(subscription, "currency"),
        amount: subscription_items::total(account, &items),
    };
    let mut ids = Vec::new();
    for mut discount in discount::redeem(account, params.list("discounts"), &holder, "discounts")? {
        let terms = discount::terms(account, text(&discount, "id"));
        if let Some(months) = terms["duration_in_months"].as_i64() {
            discount["end"] = json!(add_months(discount["start"].as_i64().unwrap_or(0), months));
            account.store.put(discount.clone());
        }
        ids.push(discount["id"].clone());
    }
    subscription["discounts"] = json!(ids);
    Ok(())
}

/// The discounts that count now: those of the subscription, or else that of its customer.
pub fn present(account: &mut Account, subscription: &Value) -> Vec<Value> {
    let now = account.now();
    let counts = |discount: &Value| discount["end"].as_i64().is_none_or(|end| end > now);
    let own: Vec<Value> = subscription["discounts"].as_array().cloned().unwrap_or_default();
    if !own.is_empty() {
        let stored = |id: &Value| account.store.get("discount", id.as_str().unwrap_or_default());
        return own.into_iter().filter(|id| stored(id).as_ref().is_some_and(counts)).collect();
    }
    let customer = account.store.get("customer", text(subscription, "customer")).unwrap_or_default();
    let discount = &customer["discount"];
    if discount.is_null() || !counts(discount) {
        return Vec::new();
    }
    discount::keep(account, discount);
    vec![discount["id"].clone()]
}

/// A coupon that is good for one invoice leaves the subscription with the one that it lessened.
pub fn use_up(account: &Account, subscription: &mut Value, invoice: &Value) {
    let lessened = |id: &Value| {
        let amounts = invoice["total_discount_amounts"].as_array().into_iter().flatten();
        amounts.into_iter().any(|taken| taken["discount"] == *id && taken["amount"].as_i64() > Some(0))
    };
    let is_once =
        |id: &Value| discount::terms(account, id.as_str().unwrap_or_default())["duration"] == "once";
    if let Some(ids) = subscription["discounts"].as_array_mut() {
        ids.retain(|id| !(is_once(id) && lessened(id)));
    }
}
