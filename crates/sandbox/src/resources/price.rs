//! Prices. They cannot be deleted, only set inactive.

use serde_json::{Map, Value, json};

use super::price_shape::{self, amounts, check_amounts};
use super::{at_most_one, merge, product, retrieve, set, shaped, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::{page_with, wanted};
use crate::params::{Params, join};
use crate::route::{Call, Route, get, post};
use crate::store::Index;

/// The mark of a price that was described where it was used; no list has it.
const INLINE: &str = "(inline)";

pub const ROUTES: &[Route] = &[
    get("/v1/prices", "price", index),
    post("/v1/prices", "price", create),
    get("/v1/prices/{price}", "price", retrieve),
    post("/v1/prices/{price}", "price", update),
];

/// The active ones, unless the others are asked for.
fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let active = json!(true);
    let mut wanted = wanted(call, &["product", "active", "currency", "type"]);
    if call.params.get("active").is_none() {
        wanted.push(("active", &active));
    }
    let keys = call.params.get("lookup_keys").and_then(Value::as_array);
    let recurring = call.params.get("recurring").and_then(Value::as_object);
    page_with(account, call, &wanted, |price| {
        let same = |fields: &Map<String, Value>| {
            fields.iter().all(|(name, value)| price["recurring"][name] == *value)
        };
        keys.is_none_or(|keys| keys.contains(&price["lookup_key"]))
            && recurring.is_none_or(same)
            && account.store.hidden(text(price, "id"), INLINE).is_none()
    })
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    check_amounts(params)?;
    check_lookup_key(account, params)?;
    let product = owner(account, params)?;
    new(account, params, &product)
}

/// The id of the product that is named, or described and so made.
fn owner(account: &mut Account, params: &Params) -> Result<String> {
    at_most_one(params, &["product", "product_data"])?;
    if let Some(Value::Object(data)) = params.get("product_data") {
        let data = Params(data.clone());
        product::check_new(account, &data)?;
        let id = data.text("id").map(str::to_owned);
        let mut product = product::new(account, id, data.text("name").unwrap_or_default());
        product::fill(&mut product, &data);
        account.store.put(product.clone());
        return Ok(text(&product, "id").to_owned());
    }
    let id = params.text("product").ok_or_else(|| ApiError::required("product"))?;
    account.refer("product", id, "product")?;
    Ok(id.to_owned())
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut price = call.subject(account, "price")?;
    if call.params.get("lookup_key") != price.get("lookup_key") {
        check_lookup_key(account, &call.params)?;
    }
    check_change(account, &price, &call.params)?;
    take_lookup_key(account, &call.params);
    set(&mut price, &call.params, "active lookup_key metadata nickname tax_behavior");
    account.store.put(price.clone());
    if let Some(Value::Object(options)) = call.params.get("currency_options") {
        let options = price_shape::options(options)?;
        merge(account, call.id(), "currency_options", &options);
    }
    Ok(price)
}

fn check_change(account: &Account, price: &Value, params: &Params) -> Result<()> {
    if let Some(sent) = params.text("tax_behavior")
        && matches!(text(price, "tax_behavior"), "inclusive" | "exclusive")
        && price["tax_behavior"] != sent
    {
        return Err(ApiError::invalid("tax_behavior cannot be changed once it says how taxes are meant.")
            .param("tax_behavior"));
    }
    let product = account.store.get("product", text(price, "product"));
    let is_default = product.is_some_and(|product| product["default_price"] == price["id"]);
    if params.get("active").is_some_and(|active| *active == false) && is_default {
        return Err(ApiError::invalid(
            "This price is the default price of its product, so it has to stay active: give the product \
             another one first.",
        )
        .param("active"));
    }
    Ok(())
}

/// Makes and stores a price of a product. The parameters were checked by [`check_amounts`].
pub fn new(account: &mut Account, params: &Params, product: &str) -> Result<Value> {
    let currency = super::currency(params)?;
    let (amount, decimal) = amounts(params)?;
    let recurring = params.get("recurring").map(|sent| {
        let whole = json!({
            "interval": null, "interval_count": 1, "meter": null, "usage_type": "licensed",
        });
        shaped(sent, whole)
    });
    let custom = price_shape::custom(&Value::Object(params.0.clone()));
    take_lookup_key(account, params);
    let mut price = json!({
        "id": account.new_id("price"),
        "object": "price",
        "active": true,
        "billing_scheme": "per_unit",
        "created": account.now(),
        "currency": currency,
        "custom_unit_amount": custom,
        "livemode": false,
        "lookup_key": null,
        "metadata": {},
        "nickname": null,
        "product": product,
        "recurring": recurring,
        "tax_behavior": "unspecified",
        "tiers_mode": null,
        "transform_quantity": null,
        "type": if recurring.is_some() { "recurring" } else { "one_time" },
        "unit_amount": amount,
        "unit_amount_decimal": decimal,
    });
    set(
        &mut price,
        params,
        "active billing_scheme lookup_key metadata nickname tax_behavior tiers_mode transform_quantity",
    );
    account.store.put(price.clone());
    let id = text(&price, "id");
    if let Some(Value::Array(tiers)) = params.get("tiers") {
        account.store.hide(id, "tiers", price_shape::tiers(tiers));
    }
    let options = params.get("currency_options").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut options = price_shape::options(&options)?;
    options.insert(text(&price, "currency").to_owned(), price_shape::own_option(&price));
    account.store.hide(id, "currency_options", Value::Object(options));
    Ok(price)
}

/// A lookup key belongs to one price, unless it is to be transferred.
fn check_lookup_key(account: &Account, params: &Params) -> Result<()> {
    let holder = params.text("lookup_key").and_then(|key| lookup(account, key));
    if holder.is_none() || params.flag("transfer_lookup_key") {
        return Ok(());
    }
    Err(ApiError::invalid("Another price uses this lookup key; set transfer_lookup_key to take it over.")
        .param("lookup_key"))
}

fn take_lookup_key(account: &mut Account, params: &Params) {
    let holder = params.text("lookup_key").and_then(|key| lookup(account, key));
    if let Some(mut holder) = holder
        && params.flag("transfer_lookup_key")
    {
        holder["lookup_key"] = Value::Null;
        account.store.put(holder);
    }
}

fn lookup(account: &Account, key: &str) -> Option<Value> {
    let index = Index::of("price", "lookup_key", key);
    account.store.all(&index).next()
}

/// Makes a price in passing, as the parameter `at` describes it. It is not active: it was made for one
/// use.
pub fn inline(account: &mut Account, data: &Map<String, Value>, at: &str) -> Result<Value> {
    let params = Params(data.clone());
    let made = owner(account, &params).and_then(|product| {
        check_amounts(&params)?;
        new(account, &params, &product)
    });
    let mut price = made.map_err(|error| error.within(at))?;
    price["active"] = json!(false);
    account.store.put(price.clone());
    account.store.hide(text(&price, "id"), INLINE, json!(true));
    Ok(price)
}

/// The price at which a line or an item is sold: named, or described and so made; none where it is
/// neither. `at` is the parameter around it.
pub fn of_line(account: &mut Account, sent: &Value, at: &str) -> Result<Option<Value>> {
    let param = join(at, "price");
    match (&sent["price"], sent["price_data"].as_object()) {
        // Not from outside: what a quote or a checkout session offered.
        (price @ Value::Object(_), _) => Ok(Some(price.clone())),
        (Value::String(_), Some(_)) => Err(ApiError::exclusive(&param, &join(at, "price_data"))),
        (Value::String(id), None) => for_sale(account, id, &param).map(Some),
        (_, Some(data)) => inline(account, data, &join(at, "price_data")).map(Some),
        (_, None) => Ok(None),
    }
}

/// The price that a parameter names, if something can be sold at it.
pub fn for_sale(account: &Account, id: &str, param: &str) -> Result<Value> {
    let price = account.refer("price", id, param)?;
    if price["active"] != true {
        let message = "The price is not active, so nothing new can be sold at it.";
        return Err(ApiError::invalid(message).param(param));
    }
    // Customers choose the amount on a page that is not there.
    if !price["custom_unit_amount"].is_null() {
        let message = "The sandbox does not sell at a price whose amount the customer chooses.";
        return Err(ApiError::invalid(message).param(param));
    }
    Ok(price)
}
