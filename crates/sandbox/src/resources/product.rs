//! Products.

use serde_json::{Value, json};

use super::{price, price_shape, retrieve, set, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::params::Params;
use crate::route::{Call, Route, delete, get, post};
use crate::store::Index;

pub const ROUTES: &[Route] = &[
    get("/v1/products", "product", index),
    post("/v1/products", "product", create),
    get("/v1/products/{id}", "product", retrieve),
    post("/v1/products/{id}", "product", update),
    delete("/v1/products/{id}", "product", remove),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let ids = call.params.get("ids").and_then(Value::as_array);
    page(account, call, &["active", "shippable", "url"], |product| {
        ids.is_none_or(|ids| ids.contains(&product["id"]))
    })
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    check_new(account, params)?;
    let price = params.get("default_price_data").and_then(Value::as_object);
    let price = price.map(|fields| Params(fields.clone()));
    if let Some(price) = &price {
        price_shape::check_amounts(price)?;
    }
    let id = params.text("id").map(str::to_owned);
    let mut product = new(account, id, params.text("name").unwrap_or_default());
    fill(&mut product, params);
    if let Some(price) = price {
        let price = price::new(account, &price, text(&product, "id"))?;
        product["default_price"] = price["id"].clone();
    }
    account.store.put(product.clone());
    Ok(product)
}

/// Checks that the id of a new product is free.
pub fn check_new(account: &Account, params: &Params) -> Result<()> {
    match params.text("id") {
        Some(id) if account.store.find(id).is_some() => {
            Err(ApiError::invalid(format!("Product already exists: {id}"))
                .code("resource_already_exists")
                .param("id"))
        }
        _ => Ok(()),
    }
}

/// A product with nothing but a name.
pub fn new(account: &mut Account, id: Option<String>, name: &str) -> Value {
    let now = account.now();
    json!({
        "id": id.unwrap_or_else(|| account.new_id("prod")),
        "object": "product",
        "active": true,
        "created": now,
        "default_price": null,
        "description": null,
        "images": [],
        "livemode": false,
        "marketing_features": [],
        "metadata": {},
        "name": name,
        "package_dimensions": null,
        "shippable": null,
        "statement_descriptor": null,
        "tax_code": null,
        "unit_label": null,
        "updated": now,
        "url": null,
    })
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut product = call.subject(account, "product")?;
    if let Some(price) = call.params.text("default_price") {
        let price = account.refer("price", price, "default_price")?;
        if price["product"] != product["id"] {
            return Err(
                ApiError::invalid("The default price must belong to the product.").param("default_price")
            );
        }
        if price["active"] == false {
            return Err(ApiError::invalid("The default price must be active.").param("default_price"));
        }
    }
    if call.params.sent("name").is_some_and(Value::is_null) {
        return Err(ApiError::invalid("A product has a name.").code("parameter_invalid_empty").param("name"));
    }
    fill(&mut product, &call.params);
    set(&mut product, &call.params, "default_price name");
    product["updated"] = json!(account.now());
    account.store.put(product.clone());
    Ok(product)
}

pub fn fill(product: &mut Value, params: &Params) {
    set(
        product,
        params,
        "active description metadata package_dimensions shippable statement_descriptor tax_code \
         unit_label url",
    );
    for name in ["images", "marketing_features"] {
        if params.sent(name).is_some() {
            product[name] = params.list(name).into();
        }
    }
}

fn remove(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, "product")?;
    let prices = Index::of("price", "product", call.id());
    if account.store.all(&prices).next().is_some() {
        return Err(ApiError::invalid(
            "This product cannot be deleted because it has prices; it can be set inactive.",
        ));
    }
    let deleted = json!({"id": call.id(), "object": "product", "deleted": true});
    account.store.bury(call.id(), deleted.clone());
    Ok(deleted)
}
