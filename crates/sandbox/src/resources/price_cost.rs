//! What a quantity of a price costs: per unit, in packages or in tiers, in any of its currencies.

use rust_decimal::Decimal;
use serde_json::Value;

use super::text;
use crate::account::Account;
use crate::money::{decimal, round, times};

/// The cost in the price's own currency; half a cent rounds up.
pub fn cost(account: &Account, price: &Value, quantity: impl Into<Decimal>) -> i64 {
    let quantity = packages(&price["transform_quantity"], quantity.into());
    let tiers = price.get("tiers").or_else(|| account.store.hidden(text(price, "id"), "tiers"));
    match tiers.and_then(Value::as_array) {
        Some(tiers) if price["tiers_mode"] == "volume" => volume(tiers, quantity),
        Some(tiers) => graduated(tiers, quantity),
        None => times(amount(price, "unit_amount"), quantity),
    }
}

/// The price as it is in another currency, if it has one.
pub fn in_currency(account: &Account, price: &Value, currency: &str) -> Option<Value> {
    if price["currency"] == currency {
        return Some(price.clone());
    }
    let options = account.store.hidden(text(price, "id"), "currency_options")?;
    let option = options.get(currency)?.as_object()?;
    let mut price = price.clone();
    price["currency"] = currency.into();
    for (name, value) in option {
        price[name] = value.clone();
    }
    Some(price)
}

/// An amount that is given whole, as decimal text or as both.
fn amount(holder: &Value, name: &str) -> Decimal {
    match &holder[format!("{name}_decimal")] {
        Value::Null => decimal(&holder[name]),
        text => decimal(text),
    }
}

fn packages(transform: &Value, quantity: Decimal) -> Decimal {
    let size = transform["divide_by"].as_i64().unwrap_or(1).max(1);
    let packages = quantity / Decimal::from(size);
    match transform["round"].as_str() {
        Some("up") => packages.ceil(),
        Some(_) => packages.floor(),
        None => quantity,
    }
}

/// All units cost what the tier costs that their number falls into.
fn volume(tiers: &[Value], quantity: Decimal) -> i64 {
    let reaches = |tier: &&Value| tier["up_to"].as_i64().is_none_or(|end| quantity <= end.into());
    let Some(tier) = tiers.iter().find(reaches) else {
        return 0;
    };
    times(amount(tier, "unit_amount"), quantity).saturating_add(round(amount(tier, "flat_amount")))
}

/// Each unit costs what its own tier costs. The first tier's flat amount is due also for nothing.
fn graduated(tiers: &[Value], quantity: Decimal) -> i64 {
    let mut start = Decimal::ZERO;
    let mut sum = Decimal::ZERO;
    for (place, tier) in tiers.iter().enumerate() {
        let end = tier["up_to"].as_i64().map_or(quantity, |end| quantity.min(end.into()));
        let units = end - start;
        if units <= Decimal::ZERO && place > 0 {
            break;
        }
        let units = amount(tier, "unit_amount").saturating_mul(units.max(Decimal::ZERO));
        sum = sum.saturating_add(units).saturating_add(amount(tier, "flat_amount"));
        start = end;
    }
    round(sum)
}
