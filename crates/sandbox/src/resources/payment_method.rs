//! Payment methods: made from test cards or details, attached once, detached for good.

use serde_json::{Value, json};

use super::cards::{self, Behaviour};
use super::charge::no_billing_details;
use super::{address, card_details, retrieve, set, shaped, source, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::{page, page_of};
use crate::params::Params;
use crate::route::{Call, Route, get, post};
use crate::store::Index;

/// The mark of a method that may never be used or attached again.
const SPENT: &str = "(spent)";

pub const ROUTES: &[Route] = &[
    get("/v1/payment_methods", "payment_method", index),
    post("/v1/payment_methods", "payment_method", create).lacking("customer payment_method"),
    get("/v1/payment_methods/{payment_method}", "payment_method", retrieve),
    post("/v1/payment_methods/{payment_method}", "payment_method", update),
    post("/v1/payment_methods/{payment_method}/attach", "payment_method", attach).lacking("customer_account"),
    post("/v1/payment_methods/{payment_method}/detach", "payment_method", detach),
    get("/v1/customers/{customer}/payment_methods", "payment_method", of_customer),
    get("/v1/customers/{customer}/payment_methods/{payment_method}", "payment_method", one_of_customer),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    super::check_customer(account, &call.params)?;
    page(account, call, &["customer", "customer_account", "type", "allow_redisplay"], |_| true)
}

fn of_customer(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, "customer")?;
    let wanted =
        |method: &Value, name: &str| call.params.get(name).is_none_or(|value| method[name] == *value);
    let index = Index::of("payment_method", "customer", call.id());
    page_of(account, call, &index, |method| wanted(method, "type") && wanted(method, "allow_redisplay"))
}

fn one_of_customer(account: &mut Account, call: &Call) -> Result<Value> {
    let customer = call.subject(account, "customer")?;
    let id = call.ids.get(1).map_or("", |id| &id.id);
    let method = account.fetch("payment_method", id, "payment_method")?;
    if method["customer"] == customer["id"] {
        return Ok(method);
    }
    Err(ApiError::not_found("payment_method", id, "payment_method"))
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let method = from_details(account, &call.params)?;
    account.store.put(method.clone());
    Ok(method)
}

/// Makes a method from its details, not yet stored.
pub fn from_details(account: &mut Account, params: &Params) -> Result<Value> {
    let Some(kind) = params.text("type") else {
        return Err(ApiError::required("type"));
    };
    let details = if kind == "card" {
        let Some(card) = params.get("card") else {
            return Err(ApiError::required("card"));
        };
        card_details::from_params(account, card)?
    } else {
        other_details(params.get(kind))
    };
    let mut method = new(account, kind, details);
    set(&mut method, params, "allow_redisplay metadata");
    bill(&mut method, params);
    Ok(method)
}

/// Account numbers are shown by their last four digits only.
fn other_details(sent: Option<&Value>) -> Value {
    let mut details = sent.cloned().unwrap_or_else(|| json!({}));
    if let Value::Object(fields) = &mut details {
        for name in ["account_number", "iban"] {
            if let Some(Value::String(number)) = fields.shift_remove(name) {
                let skip = number.chars().count().saturating_sub(4);
                let last4: String = number.chars().skip(skip).collect();
                fields.insert("last4".into(), json!(last4));
            }
        }
        details
    } else {
        json!({})
    }
}

fn new(account: &mut Account, kind: &str, details: Value) -> Value {
    let mut method = json!({
        "id": account.new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": no_billing_details(),
        "created": account.now(),
        "customer": null,
        "customer_account": null,
        "livemode": false,
        "metadata": {},
        "type": kind,
    });
    method[kind] = details;
    method
}

fn bill(method: &mut Value, params: &Params) {
    if let Some(sent) = params.get("billing_details") {
        let old = method["billing_details"].clone();
        let mut details = shaped(sent, old);
        if let Some(sent) = sent.get("address") {
            details["address"] = address(sent);
        }
        method["billing_details"] = details;
    }
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut method = call.subject(account, "payment_method")?;
    if method["customer"].is_null() {
        return Err(ApiError::invalid(
            "A payment method can be changed only while it is attached to a customer.",
        )
        .code("payment_method_unexpected_state"));
    }
    set(&mut method, &call.params, "allow_redisplay metadata");
    bill(&mut method, &call.params);
    if let Some(sent) = call.params.get("card").filter(|_| method["card"].is_object()) {
        let old = method["card"].clone();
        let networks = sent.get("networks").map(|sent| shaped(sent, old["networks"].clone()));
        method["card"] = shaped(sent, old);
        if let Some(networks) = networks {
            method["card"]["networks"] = networks;
        }
    }
    account.store.put(method.clone());
    Ok(method)
}

fn attach(account: &mut Account, call: &Call) -> Result<Value> {
    let customer = call.params.text("customer").unwrap_or_default().to_owned();
    let method = if cards::named(call.id()).is_some() {
        resolve(account, call.id())?
    } else {
        call.subject(account, "payment_method")?
    };
    account.refer("customer", &customer, "customer")?;
    check_attachable(account, &method, Some(&customer))?;
    Ok(join(account, method, &customer))
}

fn detach(account: &mut Account, call: &Call) -> Result<Value> {
    let mut method = call.subject(account, "payment_method")?;
    if method["customer"].is_null() {
        return Err(ApiError::invalid(
            "The payment method is not attached to a customer, so it cannot be detached.",
        )
        .code("payment_method_unexpected_state"));
    }
    leave(account, &mut method);
    Ok(method)
}

/// What the deletion of a customer does to its methods.
pub fn detach_all(account: &mut Account, customer: &str) {
    let index = Index::of("payment_method", "customer", customer);
    let methods: Vec<Value> = account.store.all(&index).collect();
    for mut method in methods {
        leave(account, &mut method);
    }
}

fn leave(account: &mut Account, method: &mut Value) {
    let customer = text(method, "customer").to_owned();
    if let Some(mut customer) = account.store.get("customer", &customer)
        && customer["invoice_settings"]["default_payment_method"] == method["id"]
        && customer["invoice_settings"].is_object()
    {
        customer["invoice_settings"]["default_payment_method"] = Value::Null;
        account.store.put(customer);
    }
    spend(account, method);
    method["customer"] = Value::Null;
    account.store.put(method.clone());
}

/// The method that a parameter names. A test method is made anew each time it is named.
pub fn resolve(account: &mut Account, id: &str) -> Result<Value> {
    let card = cards::named(id).filter(|_| id.starts_with("pm_card_"));
    match card {
        Some(card) => {
            let details = card_details::of(account, card);
            Ok(new(account, "card", details))
        }
        None => account.refer("payment_method", id, "payment_method"),
    }
}

/// The method with this id, or the card from before there were methods, in the shape of one.
pub fn usable(account: &Account, id: &str) -> Option<Value> {
    let method = account.store.get("payment_method", id);
    method.or_else(|| account.store.get("card", id).as_ref().map(source::as_method))
}

/// Whether a method may be attached to this customer, or to one that is about to be made.
pub fn check_attachable(account: &Account, method: &Value, customer: Option<&str>) -> Result<()> {
    check_unspent(account, method)?;
    if let Some(holder) = method["customer"].as_str()
        && Some(holder) != customer
    {
        return Err(ApiError::invalid(
            "The payment method is attached to another customer already; detach it there first.",
        )
        .code("payment_method_unexpected_state")
        .param("payment_method"));
    }
    match cards::behaviour(Some(method)) {
        Behaviour::Declines(reason) => Err(cards::decline(reason)),
        _ => Ok(()),
    }
}

/// Marks a method that was detached, or used without a customer: it is used up.
pub fn spend(account: &mut Account, method: &Value) {
    account.store.hide(text(method, "id"), SPENT, json!(true));
}

/// Whether a method can still be used.
pub fn check_unspent(account: &Account, method: &Value) -> Result<()> {
    if account.store.hidden(text(method, "id"), SPENT).is_none() {
        return Ok(());
    }
    Err(ApiError::invalid(
        "This PaymentMethod was detached from a Customer or used without one, and may not be used \
         again.",
    )
    .code("payment_method_unexpected_state")
    .param("payment_method"))
}

/// Attaches and stores a method that was checked.
pub fn join(account: &mut Account, mut method: Value, customer: &str) -> Value {
    method["customer"] = json!(customer);
    account.store.put(method.clone());
    method
}
