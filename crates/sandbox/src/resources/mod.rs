//! Stripe's resources, one file each: a table of routes with the parameters they take, and the
//! functions that change objects. Here is what they share.

mod balance;
mod bank_details;
mod card_details;
mod cards;
mod charge;
mod charge_routes;
mod checkout_complete;
mod checkout_session;
mod checkout_setup;
pub mod clock;
mod coupon;
mod customer;
mod customer_balance;
mod customer_source;
mod discount;
mod event;
mod file;
mod invoice;
mod invoice_edit;
mod invoice_finalize;
mod invoice_item;
mod invoice_lines;
mod invoice_pay;
mod invoice_payment;
mod invoice_states;
mod invoice_taxes;
mod invoice_totals;
pub mod meter_event_stream;
mod payment_capture;
mod payment_confirm;
mod payment_intent;
mod payment_method;
mod payment_states;
mod pending_item;
mod period;
mod price;
mod price_cost;
mod price_shape;
mod product;
mod promotion_code;
mod quote;
mod quote_pdf;
mod quote_states;
mod refund;
mod sale_items;
mod search;
mod setup_confirm;
mod setup_intent;
mod shipping_rate;
mod source;
mod subscription;
mod subscription_changes;
mod subscription_clock;
mod subscription_create;
mod subscription_discounts;
mod subscription_invoice;
mod subscription_item;
mod subscription_items;
mod subscription_states;
mod subscription_update;
mod tax_id;
mod tax_rate;
mod test_cards;
pub mod test_clock;
mod token;
mod webhook_endpoint;

use serde_json::{Map, Value, json};

use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::params::Params;
use crate::route::{Call, PathId, Route};
use crate::spec::SPEC;

const ROUTES: &[&[Route]] = &[
    // Before the others: `search` is no id.
    search::ROUTES,
    customer::ROUTES,
    payment_intent::ROUTES,
    payment_method::ROUTES,
    setup_intent::ROUTES,
    setup_confirm::ROUTES,
    charge_routes::ROUTES,
    refund::ROUTES,
    token::ROUTES,
    customer_source::ROUTES,
    product::ROUTES,
    price::ROUTES,
    invoice::ROUTES,
    invoice_item::ROUTES,
    invoice_payment::ROUTES,
    quote::ROUTES,
    checkout_session::ROUTES,
    subscription::ROUTES,
    subscription_item::ROUTES,
    webhook_endpoint::ROUTES,
    balance::ROUTES,
    event::ROUTES,
    coupon::ROUTES,
    promotion_code::ROUTES,
    discount::ROUTES,
    tax_rate::ROUTES,
    tax_id::ROUTES,
    customer_balance::ROUTES,
    shipping_rate::ROUTES,
    file::ROUTES,
    meter_event_stream::ROUTES,
    test_clock::ROUTES,
];

/// The route of a request and the ids in its path.
pub fn find(method: &str, path: &str) -> Option<(Route, Vec<PathId>)> {
    let (route, ids) = routes().find_map(|route| Some((route, route.ids(method, path)?)))?;
    // A word that is an operation of Stripe's, such as `create_preview`, is no id.
    let other = route.path != path && SPEC.operation(method, path).is_some();
    (!other).then_some((*route, ids))
}

/// The operations that keep something, or read what is kept.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().flat_map(|routes| routes.iter())
}

/// Lets the customer authenticate, with or without success, for a payment or setup intent that
/// waits for it.
pub fn authenticate(account: &mut Account, id: &str, success: bool) -> Result<Value> {
    match account.store.get("setup_intent", id) {
        Some(intent) => setup_confirm::authenticate(account, intent, success),
        None => {
            let intent = account.fetch("payment_intent", id, "intent")?;
            payment_confirm::authenticate(account, intent, success)
        }
    }
}

/// Completes a checkout session as its customer would on its page.
pub fn complete_checkout(account: &mut Account, id: &str) -> Result<Value> {
    checkout_complete::complete(account, id)
}

/// Stores an object that was not made here, where the lists find it. Lines that it carries become
/// objects of their own, so that their list can be paged.
pub fn put(account: &mut Account, object: Value) {
    let id = object["id"].as_str().unwrap_or_default().to_owned();
    let lines = match object["object"].as_str() {
        Some("invoice") => &object["lines"]["data"],
        Some("quote" | "checkout.session") => &object["line_items"]["data"],
        Some("subscription") => &object["items"]["data"],
        _ => &Value::Null,
    };
    // Lists are newest first, so the first line is the last to arrive.
    for line in lines.as_array().into_iter().flatten().rev() {
        account.store.put_under(&id, line.clone());
    }
    match (object["object"].as_str(), object["customer"].as_str().map(str::to_owned)) {
        (Some("tax_id"), Some(customer)) => account.store.put_under(&customer, object),
        _ => account.store.put(object),
    }
}

/// GET of an object by its id.
fn retrieve(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, call.kind)
}

/// GET of an object by the last id of a path, if it belongs to the object of the kind `owner` that the
/// first id names.
fn retrieve_of(account: &Account, call: &Call, owner: &str) -> Result<Value> {
    call.subject(account, owner)?;
    let (name, id) = call.ids.last().map_or(("id", ""), |last| (last.name, &last.id));
    let object = account.fetch(call.kind, id, name)?;
    if object[owner] == call.id() {
        return Ok(object);
    }
    Err(ApiError::not_found(call.kind, id, name))
}

/// Takes over what was sent: null unsets, metadata merges.
fn set(object: &mut Value, params: &Params, names: &str) {
    for name in names.split_whitespace() {
        let Some(value) = params.sent(name) else {
            continue;
        };
        if name == "metadata" {
            merge_metadata(object, value);
        } else {
            object[name] = value.clone();
        }
    }
}

fn merge_metadata(object: &mut Value, sent: &Value) {
    let mut metadata = match (sent, object["metadata"].as_object()) {
        (Value::Object(_), Some(old)) => old.clone(),
        _ => Map::new(),
    };
    for (key, value) in sent.as_object().into_iter().flatten() {
        if value.is_null() {
            metadata.shift_remove(key);
        } else {
            metadata.insert(key.clone(), value.clone());
        }
    }
    object["metadata"] = Value::Object(metadata);
}

/// Takes over a nested object: what is not sent of it keeps the value it has in `shape`.
fn set_shaped(object: &mut Value, params: &Params, name: &str, shape: Value) {
    if let Some(sent) = params.sent(name) {
        object[name] = shaped(sent, shape);
    }
}

/// The sent fields over a whole shape; null stays null.
fn shaped(sent: &Value, shape: Value) -> Value {
    let Value::Object(fields) = sent else {
        return Value::Null;
    };
    let mut whole = match shape {
        Value::Object(shape) => shape,
        _ => Map::new(),
    };
    for (key, value) in fields {
        whole.insert(key.clone(), value.clone());
    }
    Value::Object(whole)
}

/// Adds fields to a map that is kept aside.
fn merge(account: &mut Account, id: &str, field: &str, sent: &Map<String, Value>) {
    let kept = account.store.hidden(id, field).and_then(Value::as_object);
    let mut kept = kept.cloned().unwrap_or_default();
    kept.extend(sent.clone());
    account.store.hide(id, field, Value::Object(kept));
}

fn address(sent: &Value) -> Value {
    shaped(
        sent,
        json!({
            "city": null, "country": null, "line1": null,
            "line2": null, "postal_code": null, "state": null,
        }),
    )
}

fn shipping(sent: &Value) -> Value {
    let mut shipping = shaped(sent, json!({"address": null, "name": null, "phone": null}));
    if !shipping.is_null() {
        shipping["address"] = address(&sent["address"]);
    }
    shipping
}

/// Changes a field on a transition. A field that an object does not have counts as null and zero:
/// it is not added only to hold that.
fn change(object: &mut Value, name: &str, value: Value) {
    let nothing = value.is_null() || value == 0;
    if !(nothing && object.get(name).is_none()) {
        object[name] = value;
    }
}

/// Notes the instant of a transition in `status_transitions`, whatever stands there.
fn mark(object: &mut Value, name: &str, instant: i64) {
    if !object["status_transitions"].is_object() {
        object["status_transitions"] = json!({});
    }
    object["status_transitions"][name] = json!(instant);
}

/// The text of a field; empty where there is none.
fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_default()
}

fn currency(params: &Params) -> Result<Option<String>> {
    let Some(sent) = params.text("currency") else {
        return Ok(None);
    };
    let currency = sent.to_ascii_lowercase();
    if currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_lowercase()) {
        return Ok(Some(currency));
    }
    Err(ApiError::invalid(format!("Invalid currency: {sent} is not a three-letter code.")).param("currency"))
}

/// Refuses the fields of a nested parameter, separated by blanks, that the sandbox cannot honour.
fn check_lacks(sent: &Value, at: &str, lacks: &str) -> Result<()> {
    match lacks.split_whitespace().find(|name| !sent[*name].is_null()) {
        Some(name) => Err(ApiError::unsupported(&format!("{at}[{name}]"))),
        None => Ok(()),
    }
}

/// Checks that no two of these parameters are sent.
fn at_most_one(params: &Params, names: &[&str]) -> Result<()> {
    let mut sent = names.iter().filter(|name| params.get(name).is_some());
    match (sent.next(), sent.next()) {
        (Some(one), Some(other)) => Err(ApiError::exclusive(one, other)),
        _ => Ok(()),
    }
}

/// Checks that a parameter names a customer that is there.
fn check_customer(account: &Account, params: &Params) -> Result<()> {
    match params.text("customer") {
        Some(id) => account.refer("customer", id, "customer").map(|_| ()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::spec::Operation;

    #[test]
    fn every_route_is_an_operation_and_lacks_what_stripe_has() {
        let mut lists: HashMap<&str, Vec<&'static Operation>> = HashMap::new();
        for route in routes() {
            let operation = SPEC.operation(route.method, route.path);
            let operation =
                operation.unwrap_or_else(|| panic!("Stripe has no {} {}", route.method, route.path));
            lists.entry(route.lacks).or_default().push(operation);
        }
        for (lacks, operations) in lists {
            for name in lacks.split_whitespace() {
                let known = operations.iter().any(|operation| operation.takes(name));
                assert!(known, "no operation takes {name} of the list `{lacks}`");
            }
        }
    }
}
