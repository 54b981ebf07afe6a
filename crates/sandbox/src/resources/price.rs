//! Prices. They cannot be deleted, only set inactive.

use serde_json::{Map, Value, json};

use super::{product, retrieve, set, shaped, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::params::Params;
use crate::route::{Call, Route, get, post};
use crate::store::Index;

pub const ROUTES: &[Route] = &[
    get("/v1/prices", "price", index),
    post("/v1/prices", "price", create),
    get("/v1/prices/{price}", "price", retrieve),
    post("/v1/prices/{price}", "price", update),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let keys = call.params.get("lookup_keys").and_then(Value::as_array);
    let recurring = call.params.get("recurring").and_then(Value::as_object);
    page(account, call, &["product", "active", "currency", "type"], |price| {
        let same = |fields: &Map<String, Value>| {
            fields.iter().all(|(name, value)| price["recurring"][name] == *value)
        };
        keys.is_none_or(|keys| keys.contains(&price["lookup_key"])) && recurring.is_none_or(same)
    })
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    check_amounts(params)?;
    check_lookup_key(account, params)?;
    let data = params.get("product_data").map(|data| data.as_object().cloned().unwrap_or_default());
    match (params.text("product"), data) {
        (Some(_), Some(_)) => {
            Err(ApiError::invalid("product and product_data exclude each other: send one of them.")
                .code("parameters_exclusive"))
        }
        (None, None) => Err(ApiError::required("product")),
        (Some(id), None) => {
            account.refer("product", id, "product")?;
            new(account, params, id)
        }
        (None, Some(data)) => {
            let data = Params(data);
            let id = data.text("id").map(str::to_owned);
            let mut product = product::new(account, id, data.text("name").unwrap_or_default());
            set(&mut product, &data, "active metadata statement_descriptor tax_code unit_label");
            let price = new(account, params, text(&product, "id"))?;
            account.store.put(product);
            Ok(price)
        }
    }
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut price = call.subject(account, "price")?;
    if call.params.get("lookup_key") != price.get("lookup_key") {
        check_lookup_key(account, &call.params)?;
    }
    take_lookup_key(account, &call.params);
    set(&mut price, &call.params, "active lookup_key metadata nickname tax_behavior");
    account.store.put(price.clone());
    if let Some(options) = call.params.get("currency_options") {
        account.store.hide(call.id(), "currency_options", options.clone());
    }
    Ok(price)
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
    let custom = params.get("custom_unit_amount").filter(|custom| custom["enabled"] == true);
    let custom = custom.map(
        |sent| json!({"maximum": sent["maximum"], "minimum": sent["minimum"], "preset": sent["preset"]}),
    );
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
    for hidden in ["tiers", "currency_options"] {
        if let Some(value) = params.get(hidden) {
            account.store.hide(id, hidden, value.clone());
        }
    }
    Ok(price)
}

/// Checks that there is exactly one way to know the amount, and a currency.
pub fn check_amounts(params: &Params) -> Result<()> {
    super::currency(params)?;
    let ways = ["unit_amount", "unit_amount_decimal", "custom_unit_amount", "tiers"];
    let mut sent = ways.iter().filter(|way| params.get(way).is_some());
    match (sent.next(), sent.next()) {
        (None, _) => Err(ApiError::required("unit_amount")),
        (Some(one), Some(other)) => {
            Err(ApiError::invalid(format!("{one} and {other} exclude each other: send one of them."))
                .code("parameters_exclusive"))
        }
        (Some(_), None) => amounts(params).map(|_| ()),
    }
}

/// The amount as Stripe shows it: whole, where it is whole, and as decimal text.
fn amounts(params: &Params) -> Result<(Option<i64>, Option<String>)> {
    let (amount, decimal) = match (params.int("unit_amount"), params.text("unit_amount_decimal")) {
        (Some(amount), _) => (Some(amount), Some(amount.to_string())),
        (None, Some(decimal)) => (decimal.parse().ok(), Some(decimal.to_owned())),
        (None, None) => (None, None),
    };
    if decimal.as_deref().is_some_and(|decimal| decimal.starts_with('-')) {
        return Err(ApiError::invalid("A price cannot be negative.")
            .code("parameter_invalid_integer")
            .param("unit_amount"));
    }
    Ok((amount, decimal))
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

/// What a quantity of this price costs; half a cent rounds up.
pub fn cost(price: &Value, quantity: i64) -> i64 {
    match price["unit_amount"].as_i64() {
        Some(amount) => amount.saturating_mul(quantity),
        None => decimal_cost(text(price, "unit_amount_decimal"), quantity),
    }
}

/// The same for an amount that is given as decimal text.
pub fn decimal_cost(decimal: &str, quantity: i64) -> i64 {
    let amount: f64 = decimal.parse().unwrap_or(0.0);
    // Fractions of cents are small; a float holds them with room to spare.
    (amount * quantity as f64).round() as i64
}

/// Makes a price in passing. It is not active: it was made for one use.
pub fn inline(account: &mut Account, data: &Map<String, Value>, param: &str) -> Result<Value> {
    let params = Params(data.clone());
    check_amounts(&params)?;
    let product = params.text("product").unwrap_or_default();
    account.refer("product", product, &format!("{param}[product]"))?;
    let mut price = new(account, &params, product)?;
    price["active"] = json!(false);
    account.store.put(price.clone());
    Ok(price)
}
