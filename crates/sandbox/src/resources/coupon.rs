//! Coupons: what may be taken off, and how often.

use serde_json::{Map, Value, json};

use super::{at_most_one, currency, merge, set, text};
use crate::account::{Account, random_text};
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::money;
use crate::params::Params;
use crate::route::{Call, Route, delete, get, post};

const KIND: &str = "coupon";

const FIVE_YEARS: i64 = 5 * 366 * 86_400;

/// Fields that are shown only when they are expanded.
const LEFT_OUT: &[&str] = &["applies_to", "currency_options"];

pub const ROUTES: &[Route] = &[
    get("/v1/coupons", KIND, index),
    post("/v1/coupons", KIND, create),
    get("/v1/coupons/{coupon}", KIND, retrieve),
    post("/v1/coupons/{coupon}", KIND, update),
    delete("/v1/coupons/{coupon}", KIND, remove),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let mut list = page(account, call, &[], |_| true)?;
    for coupon in list["data"].as_array_mut().into_iter().flatten() {
        coupon["valid"] = json!(is_valid(account, coupon));
    }
    Ok(list)
}

fn retrieve(account: &mut Account, call: &Call) -> Result<Value> {
    let mut coupon = call.subject(account, KIND)?;
    coupon["valid"] = json!(is_valid(account, &coupon));
    Ok(coupon)
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    check(account, params)?;
    let id = params.text("id").map_or_else(|| random_text(8), str::to_owned);
    let mut coupon = json!({
        "id": id,
        "object": KIND,
        "amount_off": params.int("amount_off"),
        "created": account.now(),
        "currency": currency(params)?,
        "duration": params.text("duration").unwrap_or("once"),
        "duration_in_months": params.int("duration_in_months"),
        "livemode": false,
        "max_redemptions": params.int("max_redemptions"),
        "metadata": {},
        "name": null,
        "percent_off": params.get("percent_off"),
        "redeem_by": params.int("redeem_by"),
        "times_redeemed": 0,
        "valid": true,
    });
    set(&mut coupon, params, "metadata name");
    account.store.put(coupon.clone());
    if let Some(scope) = params.get("applies_to") {
        account.store.hide(
            &id,
            "applies_to",
            json!({"products": scope["products"].as_array().cloned().unwrap_or_default()}),
        );
    }
    let mut options = params.get("currency_options").and_then(Value::as_object).cloned().unwrap_or_default();
    if let (Some(currency), Some(amount)) = (coupon["currency"].as_str(), params.int("amount_off")) {
        options.insert(currency.to_owned(), json!({"amount_off": amount}));
        account.store.hide(&id, "currency_options", Value::Object(options));
    }
    Ok(coupon)
}

fn check(account: &Account, params: &Params) -> Result<()> {
    if let Some(id) = params.text("id")
        && account.store.find(id).is_some()
    {
        return Err(ApiError::invalid(format!("Coupon already exists: {id}"))
            .code("resource_already_exists")
            .param("id"));
    }
    check_value(params)?;
    match (params.text("duration"), params.int("duration_in_months")) {
        (Some("repeating"), None) => return Err(ApiError::required("duration_in_months")),
        (Some("repeating"), Some(1..)) | (_, None) => {}
        (Some("repeating"), Some(_)) => return Err(too_small("duration_in_months")),
        (_, Some(_)) => {
            return Err(
                ApiError::invalid("duration_in_months needs duration=repeating.").param("duration_in_months")
            );
        }
    }
    if params.int("max_redemptions").is_some_and(|most| most < 1) {
        return Err(too_small("max_redemptions"));
    }
    let now = account.now();
    let until = params.int("redeem_by");
    if until.is_some_and(|until| until <= now || until > now.saturating_add(FIVE_YEARS)) {
        return Err(
            ApiError::invalid("redeem_by lies in the future, by no more than five years.").param("redeem_by")
        );
    }
    let products = params.get("applies_to").and_then(|scope| scope["products"].as_array());
    for product in products.into_iter().flatten().filter_map(Value::as_str) {
        account.refer("product", product, "applies_to[products]")?;
    }
    Ok(())
}

/// Exactly one of a percentage and an amount, and the currency of an amount.
fn check_value(params: &Params) -> Result<()> {
    at_most_one(params, &["percent_off", "amount_off"])?;
    match (params.get("percent_off"), params.int("amount_off")) {
        (None, None) => Err(ApiError::required("percent_off")),
        (Some(percent), _) => {
            let percent = money::decimal(percent);
            if percent <= 0.into() || percent > 100.into() {
                return Err(
                    ApiError::invalid("percent_off is more than 0 and at most 100.").param("percent_off")
                );
            }
            let needs = ["currency", "currency_options"].into_iter();
            match needs.into_iter().find(|name| params.get(name).is_some()) {
                Some(name) => Err(ApiError::invalid(format!("{name} needs amount_off.")).param(name)),
                None => Ok(()),
            }
        }
        (None, Some(off)) if off < 1 => Err(too_small("amount_off")),
        (None, Some(_)) if params.get("currency").is_none() => Err(ApiError::required("currency")),
        (None, Some(_)) => check_options(params),
    }
}

fn check_options(params: &Params) -> Result<()> {
    let options = params.get("currency_options").and_then(Value::as_object);
    match options.into_iter().flatten().find(|(_, option)| option["amount_off"].as_i64() < Some(1)) {
        Some((currency, _)) => Err(too_small(&format!("currency_options[{currency}][amount_off]"))),
        None => Ok(()),
    }
}

fn too_small(param: &str) -> ApiError {
    ApiError::invalid(format!("Invalid {param}: it is at least 1."))
        .code("parameter_invalid_integer")
        .param(param)
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut coupon = call.subject(account, KIND)?;
    if let Some(Value::Object(sent)) = call.params.get("currency_options") {
        if coupon["amount_off"].is_null() {
            return Err(ApiError::invalid("currency_options needs a coupon with amount_off.")
                .param("currency_options"));
        }
        check_options(&call.params)?;
        merge(account, call.id(), "currency_options", sent);
    }
    set(&mut coupon, &call.params, "metadata name");
    coupon["valid"] = json!(is_valid(account, &coupon));
    account.store.put(coupon.clone());
    Ok(coupon)
}

/// What was redeemed before stays redeemed.
fn remove(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, KIND)?;
    let deleted = json!({"id": call.id(), "object": KIND, "deleted": true});
    account.store.bury(call.id(), deleted.clone());
    Ok(deleted)
}

/// Whether a coupon can still be redeemed.
pub fn is_valid(account: &Account, coupon: &Value) -> bool {
    let in_time = coupon["redeem_by"].as_i64().is_none_or(|until| account.now() <= until);
    let redeemed = coupon["times_redeemed"].as_i64().unwrap_or(0);
    in_time && coupon["max_redemptions"].as_i64().is_none_or(|most| redeemed < most)
}

/// The coupon that a parameter names, if it can still be redeemed.
pub fn redeemable(account: &Account, id: &str, param: &str) -> Result<Value> {
    let coupon = account.refer(KIND, id, param)?;
    if is_valid(account, &coupon) {
        return Ok(coupon);
    }
    Err(ApiError::invalid(format!("Coupon expired: {id}")).code("coupon_expired").param(param))
}

/// Counts a redemption and returns what the coupon takes off, for as long as the discount lives.
pub fn redeem(account: &mut Account, mut coupon: Value) -> Value {
    let id = text(&coupon, "id").to_owned();
    let redeemed = coupon["times_redeemed"].as_i64().unwrap_or(0);
    coupon["times_redeemed"] = json!(redeemed.saturating_add(1));
    coupon["valid"] = json!(is_valid(account, &coupon));
    account.store.put(coupon.clone());
    let terms: Map<String, Value> = LEFT_OUT
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), account.store.hidden(&id, name)?.clone())))
        .collect();
    for (name, value) in terms {
        coupon[name] = value;
    }
    coupon
}
