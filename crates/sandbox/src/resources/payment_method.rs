//! Payment methods: made from test cards or details, attached once, detached for good.

use serde_json::{Value, json};

use super::cards::{self, Behaviour};
use super::charge::no_billing_details;
use super::{address, bank_details, card_details, retrieve, retrieve_of, set, shaped, source, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::{page, page_of};
use crate::params::Params;
use crate::route::{Call, Route, get, post};
use crate::store::Index;

/// The mark of a method that may never be used or attached again.
const SPENT: &str = "(spent)";

/// The mark of a method that was set up for payments while the customer is away.
const SET_UP: &str = "(set up)";

pub const ROUTES: &[Route] = &[
    get("/v1/payment_methods", "payment_method", index),
    post("/v1/payment_methods", "payment_method", create).lacking("customer payment_method"),
    get("/v1/payment_methods/{payment_method}", "payment_method", retrieve),
    post("/v1/payment_methods/{payment_method}", "payment_method", update).lacking("payto"),
    post("/v1/payment_methods/{payment_method}/attach", "payment_method", attach).lacking("customer_account"),
    post("/v1/payment_methods/{payment_method}/detach", "payment_method", detach),
    get("/v1/customers/{customer}/payment_methods", "payment_method", of_customer),
    get("/v1/customers/{customer}/payment_methods/{payment_method}", "payment_method", one_of_customer),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    super::check_customer(account, &call.params)?;
    // Methods of one's own making are listed only when they are asked for.
    let all = call.params.get("type").is_none();
    page(account, call, &["customer", "customer_account", "type", "allow_redisplay"], |method| {
        !(all && method["type"] == "custom")
    })
}

fn of_customer(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, "customer")?;
    let wanted =
        |method: &Value, name: &str| call.params.get(name).is_none_or(|value| method[name] == *value);
    let index = Index::of("payment_method", "customer", call.id());
    page_of(account, call, &index, |method| wanted(method, "type") && wanted(method, "allow_redisplay"))
}

fn one_of_customer(account: &mut Account, call: &Call) -> Result<Value> {
    retrieve_of(account, call, "customer")
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
    let sent = params.get(kind).cloned();
    let details = match (kind, sent) {
        ("card" | "us_bank_account" | "sepa_debit", None) => return Err(ApiError::required(kind)),
        ("card", Some(sent)) => card_details::from_params(account, &sent)?,
        ("us_bank_account", Some(sent)) => bank_details::us_bank_account(&sent)?,
        ("sepa_debit", Some(sent)) => bank_details::sepa_debit(&sent)?,
        (_, sent) => sent.unwrap_or_else(|| json!({})),
    };
    let mut method = new(account, kind, details);
    set(&mut method, params, "allow_redisplay metadata");
    bill(&mut method, params);
    Ok(method)
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
    for kind in ["card", "us_bank_account"] {
        if call.params.get(kind).is_some() && method["type"] != kind {
            return Err(ApiError::invalid(format!(
                "This payment method is of the type {}, so it has nothing of {kind} to change.",
                text(&method, "type")
            ))
            .param(kind));
        }
    }
    if let Some(sent) = call.params.get("card") {
        card_details::expire(account, &mut method["card"], sent)?;
        if let Some(networks) = sent.get("networks") {
            method["card"]["networks"] = shaped(networks, method["card"]["networks"].clone());
        }
    }
    if let Some(sent) = call.params.get("us_bank_account") {
        method["us_bank_account"] = shaped(sent, method["us_bank_account"].clone());
    }
    account.store.put(method.clone());
    Ok(method)
}

fn attach(account: &mut Account, call: &Call) -> Result<Value> {
    let customer = call.params.text("customer").unwrap_or_default().to_owned();
    let made = cards::named(call.id()).is_some() || bank_details::named(call.id()).is_some();
    let method = if made { resolve(account, call.id())? } else { call.subject(account, "payment_method")? };
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
    if let Some(card) = card {
        let details = card_details::of(account, card);
        return Ok(new(account, "card", details));
    }
    match bank_details::named(id) {
        Some((kind, details)) => Ok(new(account, kind, details)),
        None => stored(account, id).ok_or_else(|| ApiError::missing("payment_method", id, "payment_method")),
    }
}

/// The stored method with this id; a customer's card is one too.
pub fn stored(account: &Account, id: &str) -> Option<Value> {
    let card = || account.store.get("card", id).map(|card| source::as_method(&card));
    account.store.get("payment_method", id).or_else(card)
}

/// Stores a method that was resolved; a customer's card is stored already.
pub fn keep(account: &mut Account, method: Value) {
    if account.store.get("card", text(&method, "id")).is_none() {
        account.store.put(method);
    }
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

/// Marks a method that was authenticated for payments while the customer is away.
pub fn set_up(account: &mut Account, method: &Value) {
    account.store.hide(text(method, "id"), SET_UP, json!(true));
}

pub fn is_set_up(account: &Account, method: &Value) -> bool {
    account.store.hidden(text(method, "id"), SET_UP).is_some()
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
