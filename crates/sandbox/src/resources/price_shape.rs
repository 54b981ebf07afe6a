//! How a price says what it costs: the checks of it, and its tiers and currencies as they are shown.

use serde_json::{Map, Value, json};

use super::at_most_one;
use crate::error::{ApiError, Result};
use crate::money;
use crate::params::Params;

/// Checks that there is exactly one way to know the amount, and a currency.
pub fn check_amounts(params: &Params) -> Result<()> {
    super::currency(params)?;
    let ways = ["unit_amount", "unit_amount_decimal", "custom_unit_amount", "tiers"];
    at_most_one(params, &ways)?;
    if !ways.iter().any(|way| params.get(way).is_some()) {
        return Err(ApiError::required("unit_amount"));
    }
    amounts(params)?;
    let divisor = params.get("transform_quantity").and_then(|transform| transform["divide_by"].as_i64());
    if divisor.is_some_and(|divisor| divisor < 1) {
        return Err(ApiError::invalid("divide_by is at least 1.").param("transform_quantity[divide_by]"));
    }
    check_interval(params)?;
    check_tiers(params)
}

/// No price bills more seldom than every three years.
fn check_interval(params: &Params) -> Result<()> {
    let Some(recurring) = params.get("recurring") else {
        return Ok(());
    };
    let most = match recurring["interval"].as_str() {
        Some("day") => 3 * 365,
        Some("week") => 156,
        Some("month") => 36,
        _ => 3,
    };
    match recurring["interval_count"].as_i64() {
        Some(count) if !(1..=most).contains(&count) => Err(ApiError::invalid(format!(
            "interval_count is between 1 and {most}, which is three years of this interval."
        ))
        .param("recurring[interval_count]")),
        _ => Ok(()),
    }
}

/// The amount as Stripe shows it: whole, where it is whole, and as decimal text.
pub fn amounts(params: &Params) -> Result<(Option<i64>, Option<String>)> {
    let (amount, decimal) = match (params.int("unit_amount"), params.text("unit_amount_decimal")) {
        (Some(amount), _) => (Some(amount), Some(amount.to_string())),
        (None, Some(decimal)) => (decimal.parse().ok(), Some(decimal.to_owned())),
        (None, None) => (None, None),
    };
    check_decimal(decimal.as_deref(), "unit_amount")?;
    Ok((amount, decimal))
}

fn check_decimal(sent: Option<&str>, param: &str) -> Result<()> {
    let Some(sent) = sent else {
        return Ok(());
    };
    match money::parse(sent) {
        Some(amount) if amount >= 0.into() && amount.scale() <= 12 => Ok(()),
        _ => Err(ApiError::invalid("A price is not negative and has at most 12 decimal places.")
            .code("parameter_invalid_integer")
            .param(param)),
    }
}

/// Tiers go with their scheme and their mode; they rise, and the last one has no end.
fn check_tiers(params: &Params) -> Result<()> {
    let tiered = params.text("billing_scheme") == Some("tiered");
    let Some(tiers) = params.get("tiers").and_then(Value::as_array) else {
        if tiered {
            return Err(ApiError::required("tiers"));
        }
        return match params.get("tiers_mode") {
            Some(_) => Err(ApiError::invalid("tiers_mode needs tiers.").param("tiers_mode")),
            None => Ok(()),
        };
    };
    if !tiered {
        return Err(ApiError::invalid("tiers need billing_scheme=tiered.").param("billing_scheme"));
    }
    if params.get("tiers_mode").is_none() {
        return Err(ApiError::required("tiers_mode"));
    }
    at_most_one(params, &["tiers", "transform_quantity"])?;
    let mut start = 0;
    for (place, tier) in tiers.iter().enumerate() {
        let at = |name: &str| format!("tiers[{place}][{name}]");
        let last = place + 1 == tiers.len();
        match tier["up_to"].as_i64() {
            Some(end) if end > start && !last => start = end,
            None if last => {}
            _ => {
                return Err(ApiError::invalid(
                    "Each tier ends above the one before it, and the last one, and only that, at inf.",
                )
                .param(&at("up_to")));
            }
        }
        let ways = ["unit_amount", "unit_amount_decimal", "flat_amount", "flat_amount_decimal"];
        if ways.iter().all(|way| tier[*way].is_null()) {
            return Err(ApiError::required(&at("unit_amount")));
        }
        for way in ways {
            let sent = tier[way].as_str().map_or_else(|| tier[way].to_string(), str::to_owned);
            check_decimal(Some(sent.as_str()).filter(|_| !tier[way].is_null()), &at(way))?;
        }
    }
    Ok(())
}

/// Tiers as they are shown.
pub fn tiers(sent: &[Value]) -> Value {
    let tier = |sent: &Value| {
        let mut tier = json!({});
        for name in ["flat_amount", "unit_amount"] {
            let (amount, decimal) = both(&sent[name], &sent[format!("{name}_decimal")]);
            tier[name] = amount;
            tier[format!("{name}_decimal")] = decimal;
        }
        tier["up_to"] = json!(sent["up_to"].as_i64());
        tier
    };
    sent.iter().map(tier).collect()
}

/// The whole and the decimal form of an amount that was sent in one of them.
fn both(whole: &Value, decimal: &Value) -> (Value, Value) {
    match (whole.as_i64(), decimal.as_str()) {
        (Some(whole), _) => (json!(whole), json!(whole.to_string())),
        (None, Some(decimal)) => (json!(decimal.parse::<i64>().ok()), json!(decimal)),
        (None, None) => (Value::Null, Value::Null),
    }
}

/// The other currencies of a price as they are shown.
pub fn options(sent: &Map<String, Value>) -> Result<Map<String, Value>> {
    let option = |(currency, sent): (&String, &Value)| {
        let at = format!("currency_options[{currency}]");
        let params = Params(sent.as_object().cloned().unwrap_or_default());
        at_most_one(&params, &["unit_amount", "unit_amount_decimal", "custom_unit_amount", "tiers"])?;
        let (amount, decimal) = amounts(&params).map_err(|error| error.param(&at))?;
        let mut option = json!({
            "custom_unit_amount": custom(sent),
            "tax_behavior": sent["tax_behavior"].as_str().unwrap_or("unspecified"),
            "unit_amount": amount,
            "unit_amount_decimal": decimal,
        });
        if let Some(sent) = sent["tiers"].as_array() {
            option["tiers"] = tiers(sent);
        }
        Ok((currency.clone(), option))
    };
    sent.iter().map(option).collect()
}

/// What the payer chooses, within bounds.
pub fn custom(sent: &Value) -> Value {
    match &sent["custom_unit_amount"] {
        custom if custom["enabled"] == true => {
            json!({"maximum": custom["maximum"], "minimum": custom["minimum"], "preset": custom["preset"]})
        }
        _ => Value::Null,
    }
}

/// The price's own currency among the others.
pub fn own_option(price: &Value) -> Value {
    json!({
        "custom_unit_amount": price["custom_unit_amount"],
        "tax_behavior": price["tax_behavior"],
        "unit_amount": price["unit_amount"],
        "unit_amount_decimal": price["unit_amount_decimal"],
    })
}
