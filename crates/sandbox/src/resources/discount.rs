//! Discounts: coupons as they were redeemed for an invoice, an item, a subscription or a customer.

use serde_json::{Map, Value, json};

use super::{coupon, promotion_code, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::params::Params;
use crate::route::{Call, Route, delete, get};
use crate::store::Index;

const KIND: &str = "discount";

/// What the coupon of a discount takes off: the coupon itself may be deleted.
const TERMS: &str = "(terms)";

pub const ROUTES: &[Route] = &[
    get("/v1/customers/{customer}/discount", KIND, of_customer),
    delete("/v1/customers/{customer}/discount", KIND, leave_customer),
];

fn of_customer(account: &mut Account, call: &Call) -> Result<Value> {
    let customer = call.subject(account, "customer")?;
    match &customer["discount"] {
        Value::Null => Err(none(call.id())),
        discount => Ok(discount.clone()),
    }
}

fn leave_customer(account: &mut Account, call: &Call) -> Result<Value> {
    let mut customer = call.subject(account, "customer")?;
    let discount = customer["discount"].take();
    if discount.is_null() {
        return Err(none(call.id()));
    }
    account.store.put(customer);
    let deleted = tombstone(discount);
    account.store.bury(text(&deleted, "id"), deleted.clone());
    Ok(deleted)
}

fn none(customer: &str) -> ApiError {
    ApiError::invalid(format!("The customer {customer} has no discount."))
        .status(404)
        .code("resource_missing")
        .param("discount")
}

/// What a discount is for.
#[derive(Debug)]
pub struct Holder<'a> {
    /// Its field in a discount, such as `invoice`.
    pub field: &'static str,
    pub id: &'a str,
    pub customer: &'a str,
    pub currency: &'a str,
    /// What there is to take something off.
    pub amount: i64,
}

/// Redeems what a `discounts` parameter lists and returns the discounts, which are stored.
pub fn redeem(account: &mut Account, sent: &[Value], holder: &Holder, param: &str) -> Result<Vec<Value>> {
    let mut discounts = Vec::new();
    for (place, sent) in sent.iter().enumerate() {
        let at = |name: &str| format!("{param}[{place}][{name}]");
        let named = |name: &'static str| Some((name, sent[name].as_str()?));
        let mut named = ["coupon", "discount", "promotion_code"].into_iter().filter_map(named);
        let discount = match (named.next(), named.next()) {
            (None, _) => return Err(ApiError::required(&at("coupon"))),
            (Some((first, _)), Some((second, _))) => {
                return Err(ApiError::exclusive(&at(first), &at(second)));
            }
            (Some(("discount", id)), None) => account.refer(KIND, id, &at("discount"))?,
            (Some(("coupon", id)), None) => {
                let coupon = coupon::redeemable(account, id, &at("coupon"))?;
                new(account, coupon, None, holder, &at("coupon"))?
            }
            (Some((_, id)), None) => {
                let param = at("promotion_code");
                let code = account.refer("promotion_code", id, &param)?;
                check_code(account, &code, holder, &param)?;
                let coupon = coupon::redeemable(account, text(&code["promotion"], "coupon"), &param)?;
                promotion_code::redeem(account, code);
                new(account, coupon, Some(id), holder, &param)?
            }
        };
        discounts.push(discount);
    }
    Ok(discounts)
}

/// Redeems a `discounts` parameter in place of the discounts that were there, and returns the ids.
/// What is named again stays.
pub fn replace(account: &mut Account, params: &Params, old: &Value, holder: &Holder) -> Result<Value> {
    let discounts = redeem(account, params.list("discounts"), holder, "discounts")?;
    let ids: Vec<Value> = discounts.into_iter().map(|discount| discount["id"].clone()).collect();
    let gone = old.as_array().into_iter().flatten().filter(|id| !ids.contains(id));
    let gone: Value = gone.cloned().collect();
    drop_all(account, &gone, holder.field, holder.id);
    Ok(ids.into())
}

fn new(
    account: &mut Account,
    coupon: Value,
    code: Option<&str>,
    holder: &Holder,
    param: &str,
) -> Result<Value> {
    let coupon = coupon::redeem(account, coupon);
    if !coupon["amount_off"].is_null() && amount_off(&coupon, holder.currency).is_none() {
        return Err(ApiError::invalid(format!(
            "The coupon takes off an amount of {}, not of {}.",
            text(&coupon, "currency"),
            holder.currency
        ))
        .param(param));
    }
    let mut discount = json!({
        "id": account.new_id("di"),
        "object": KIND,
        "checkout_session": null,
        "customer": if holder.customer.is_empty() { Value::Null } else { json!(holder.customer) },
        "customer_account": null,
        "end": null,
        "invoice": null,
        "invoice_item": null,
        "promotion_code": code,
        "source": {"coupon": coupon["id"], "type": "coupon"},
        "start": account.now(),
        "subscription": null,
        "subscription_item": null,
    });
    discount[holder.field] = json!(holder.id);
    account.store.put(discount.clone());
    account.store.hide(text(&discount, "id"), TERMS, coupon);
    Ok(discount)
}

/// Whether this customer may redeem a code for this amount.
fn check_code(account: &Account, code: &Value, holder: &Holder, param: &str) -> Result<()> {
    let refuse = |why: &str| {
        Err(ApiError::invalid(format!("This promotion code cannot be redeemed: {why}.")).param(param))
    };
    if !promotion_code::is_active(account, code) {
        return refuse("it is not active");
    }
    if code["customer"].as_str().is_some_and(|customer| customer != holder.customer) {
        return refuse("it is for another customer");
    }
    if code["restrictions"]["first_time_transaction"] == true && has_paid(account, holder.customer) {
        return refuse("the customer has prior transactions");
    }
    let least = &code["restrictions"]["minimum_amount"];
    if least.is_null() {
        return Ok(());
    }
    let options = account.store.hidden(text(code, "id"), "currency_options");
    let option = options.map(|options| options[holder.currency]["minimum_amount"].clone());
    let own = code["restrictions"]["minimum_amount_currency"] == holder.currency;
    match if own { least.as_i64() } else { option.and_then(|option| option.as_i64()) } {
        Some(least) if holder.amount >= least => Ok(()),
        Some(_) => refuse("its minimum amount is not reached"),
        None => refuse("its minimum amount is in another currency"),
    }
}

fn has_paid(account: &Account, customer: &str) -> bool {
    let any = |kind: &str, done: fn(&Value) -> bool| {
        account.store.all(&Index::of(kind, "customer", customer)).any(|object| done(&object))
    };
    any("charge", |charge| charge["paid"] == true) || any("invoice", |invoice| invoice["status"] == "paid")
}

/// Takes back the discounts of what goes; those that it shares with others stay.
pub fn drop_all(account: &mut Account, ids: &Value, field: &str, id: &str) {
    let discounts = ids.as_array().into_iter().flatten().filter_map(Value::as_str);
    let discounts: Vec<Value> = discounts.filter_map(|id| account.store.get(KIND, id)).collect();
    for discount in discounts.into_iter().filter(|discount| discount[field] == id) {
        let deleted = tombstone(discount);
        account.store.bury(text(&deleted, "id"), deleted.clone());
    }
}

fn tombstone(discount: Value) -> Value {
    let mut fields = match discount {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    fields.shift_remove("end");
    fields.insert("deleted".to_owned(), json!(true));
    Value::Object(fields)
}

/// Puts a discount that stands on a customer where others can name it.
pub fn keep(account: &mut Account, discount: &Value) {
    let id = text(discount, "id");
    if account.store.get(KIND, id).is_none() {
        account.store.put(discount.clone());
    }
    let coupon = account.store.get("coupon", text(&discount["source"], "coupon"));
    if let Some(coupon) = coupon
        && account.store.hidden(id, TERMS).is_none()
    {
        account.store.hide(id, TERMS, coupon);
    }
}

/// What the coupon of a discount takes off; null where it is not known.
pub fn terms(account: &Account, id: &str) -> Value {
    account.store.hidden(id, TERMS).cloned().unwrap_or_default()
}

/// The fixed amount of a coupon in a currency.
pub fn amount_off(terms: &Value, currency: &str) -> Option<i64> {
    if terms["currency"] == currency {
        return terms["amount_off"].as_i64();
    }
    terms["currency_options"][currency]["amount_off"].as_i64()
}
