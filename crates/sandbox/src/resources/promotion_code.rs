//! Promotion codes: what customers type to redeem a coupon.

use serde_json::{Value, json};

use super::{check_customer, coupon, merge, set, shaped, text};
use crate::account::{Account, random_text};
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::params::Params;
use crate::route::{Call, Route, get, post};
use crate::store::Index;

const KIND: &str = "promotion_code";

pub const ROUTES: &[Route] = &[
    get("/v1/promotion_codes", KIND, index),
    post("/v1/promotion_codes", KIND, create).lacking("customer_account"),
    get("/v1/promotion_codes/{promotion_code}", KIND, retrieve),
    post("/v1/promotion_codes/{promotion_code}", KIND, update),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let (active, coupon) = (call.params.get("active"), call.params.get("coupon"));
    let now: &Account = account;
    let mut list = page(now, call, &["code", "customer", "customer_account"], |code| {
        active.is_none_or(|active| *active == is_active(now, code))
            && coupon.is_none_or(|coupon| code["promotion"]["coupon"] == *coupon)
    })?;
    for code in list["data"].as_array_mut().into_iter().flatten() {
        code["active"] = json!(is_active(account, code));
    }
    Ok(list)
}

fn retrieve(account: &mut Account, call: &Call) -> Result<Value> {
    let mut code = call.subject(account, KIND)?;
    code["active"] = json!(is_active(account, &code));
    Ok(code)
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    check_customer(account, params)?;
    let Some(coupon) = params.get("promotion").and_then(|promotion| promotion["coupon"].as_str()) else {
        return Err(ApiError::required("promotion[coupon]"));
    };
    let coupon = coupon::redeemable(account, coupon, "promotion[coupon]")?;
    check_bounds(account, params, &coupon)?;
    let mut restrictions = json!({
        "first_time_transaction": false, "minimum_amount": null, "minimum_amount_currency": null,
    });
    let mut options = None;
    if let Some(Value::Object(sent)) = params.get("restrictions") {
        let mut sent = sent.clone();
        options = sent.shift_remove("currency_options");
        restrictions = shaped(&Value::Object(sent), restrictions);
        if restrictions["minimum_amount"].is_null() != restrictions["minimum_amount_currency"].is_null() {
            return Err(ApiError::required("restrictions[minimum_amount_currency]"));
        }
    }
    let code = params.text("code").map_or_else(|| random_text(8).to_ascii_uppercase(), str::to_owned);
    let mut promotion = json!({
        "id": account.new_id("promo"),
        "object": KIND,
        "active": true,
        "code": code,
        "created": account.now(),
        "customer": params.text("customer"),
        "customer_account": null,
        "expires_at": params.int("expires_at"),
        "livemode": false,
        "max_redemptions": params.int("max_redemptions"),
        "metadata": {},
        "promotion": {"coupon": coupon["id"], "type": "coupon"},
        "restrictions": restrictions,
        "times_redeemed": 0,
    });
    set(&mut promotion, params, "active metadata");
    check_unique(account, &promotion)?;
    account.store.put(promotion.clone());
    if let Some(Value::Object(options)) = &options {
        merge(account, text(&promotion, "id"), "currency_options", options);
    }
    Ok(promotion)
}

/// A code cannot promise more than its coupon.
fn check_bounds(account: &Account, params: &Params, coupon: &Value) -> Result<()> {
    if let Some(code) = params.text("code")
        && !code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Err(ApiError::invalid("A promotion code has letters, digits and dashes only.").param("code"));
    }
    let most = coupon["max_redemptions"].as_i64().unwrap_or(i64::MAX);
    if params.int("max_redemptions").is_some_and(|sent| sent < 1 || sent > most) {
        return Err(ApiError::invalid("max_redemptions is at least 1 and at most that of the coupon.")
            .param("max_redemptions"));
    }
    let until = coupon["redeem_by"].as_i64().unwrap_or(i64::MAX);
    if params.int("expires_at").is_some_and(|sent| sent <= account.now() || sent > until) {
        return Err(ApiError::invalid(
            "expires_at lies in the future, and not after the redeem_by of the coupon.",
        )
        .param("expires_at"));
    }
    Ok(())
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut code = call.subject(account, KIND)?;
    set(&mut code, &call.params, "active metadata");
    if call.params.flag("active") {
        if !is_active(account, &code) {
            return Err(ApiError::invalid(
                "The promotion code cannot be active: it or its coupon is expired or used up.",
            )
            .param("active"));
        }
        check_unique(account, &code)?;
    }
    let restrictions = call.params.get("restrictions");
    if let Some(options) = restrictions.and_then(|sent| sent["currency_options"].as_object()) {
        merge(account, call.id(), "currency_options", options);
    }
    account.store.put(code.clone());
    Ok(code)
}

/// No two active codes read the same to one customer.
fn check_unique(account: &Account, code: &Value) -> Result<()> {
    if code["active"] == false {
        return Ok(());
    }
    let taken = account.store.all(&Index::all(KIND)).any(|other| {
        let shared = [&code["customer"], &other["customer"]].iter().any(|customer| customer.is_null());
        other["id"] != code["id"]
            && text(&other, "code").eq_ignore_ascii_case(text(code, "code"))
            && (shared || other["customer"] == code["customer"])
            && is_active(account, &other)
    });
    if taken {
        let message = format!("An active promotion code with `code: {}` already exists.", text(code, "code"));
        return Err(ApiError::invalid(message).code("resource_already_exists").param("code"));
    }
    Ok(())
}

/// Whether a code can be redeemed by somebody.
pub fn is_active(account: &Account, code: &Value) -> bool {
    let in_time = code["expires_at"].as_i64().is_none_or(|until| account.now() < until);
    let redeemed = code["times_redeemed"].as_i64().unwrap_or(0);
    let coupon = account.store.get("coupon", text(&code["promotion"], "coupon"));
    code["active"] == true
        && in_time
        && code["max_redemptions"].as_i64().is_none_or(|most| redeemed < most)
        && coupon.is_some_and(|coupon| coupon::is_valid(account, &coupon))
}

/// Counts a redemption.
pub fn redeem(account: &mut Account, mut code: Value) {
    let redeemed = code["times_redeemed"].as_i64().unwrap_or(0);
    code["times_redeemed"] = json!(redeemed.saturating_add(1));
    code["active"] = json!(is_active(account, &code));
    account.store.put(code);
}
