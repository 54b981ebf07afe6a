//! Customers.

use serde_json::{Value, json};

use super::customer_balance::{self, Reason};
use super::{
    address, customer_source, payment_method, set, set_shaped, shipping, source, subscription_states, tax_id,
    test_clock, text,
};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::page_with;
use crate::params::Params;
use crate::route::{Call, Route, delete, get, post};

/// Sources from before there were payment methods, money that comes by bank transfer, and Stripe Tax.
const LACKS: &str = "bank_account card cash_balance default_alipay_account default_bank_account \
                     default_card tax";

pub const ROUTES: &[Route] = &[
    get("/v1/customers", "customer", index),
    post("/v1/customers", "customer", create).lacking(LACKS),
    get("/v1/customers/{id}", "customer", retrieve),
    post("/v1/customers/{id}", "customer", update).lacking(LACKS),
    delete("/v1/customers/{id}", "customer", remove),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let wanted = test_clock::wanted(call, &["email", "test_clock"], &[]);
    page_with(account, call, &wanted, |_| true)
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    make(account, &call.params)
}

/// Makes and stores a customer.
pub fn make(account: &mut Account, params: &Params) -> Result<Value> {
    check(account, params, None)?;
    let clock = params.text("test_clock");
    if let Some(clock) = clock {
        test_clock::check_room(account, clock)?;
    }
    let mut customer = json!({
        "id": account.new_id("cus"),
        "object": "customer",
        "address": null,
        "balance": 0,
        "created": account.now(),
        "currency": null,
        "customer_account": null,
        "default_source": null,
        "delinquent": false,
        "description": null,
        "discount": null,
        "email": null,
        "invoice_prefix": prefix(),
        "invoice_settings": {
            "custom_fields": null,
            "default_payment_method": null,
            "footer": null,
            "rendering_options": null,
        },
        "livemode": false,
        "metadata": {},
        "name": null,
        "next_invoice_sequence": 1,
        "phone": null,
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": clock,
    });
    let method = params.text("payment_method");
    let method = method.map(|id| payment_method::resolve(account, id)).transpose()?;
    if let Some(method) = &method {
        payment_method::check_attachable(account, method, None)?;
    }
    fill(&mut customer, params);
    let id = text(&customer, "id").to_owned();
    add_source(account, &mut customer, params)?;
    account.store.put(customer.clone());
    if let Some(method) = method {
        payment_method::join(account, method, &id);
    }
    for tax_id in params.list("tax_id_data") {
        tax_id::new(account, &id, tax_id)?;
    }
    customer_balance::set(account, customer, params, Reason::Initial)
}

/// Unlike other objects, a deleted customer can still be read.
fn retrieve(account: &mut Account, call: &Call) -> Result<Value> {
    match account.store.tombstone(call.id()) {
        Some(deleted) if deleted["object"] == "customer" => Ok(deleted.clone()),
        _ => call.subject(account, "customer"),
    }
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut customer = call.subject(account, "customer")?;
    check(account, &call.params, Some(call.id()))?;
    fill(&mut customer, &call.params);
    if let Some(id) = call.params.text("default_source") {
        let card = account.store.get("card", id).filter(|card| card["customer"] == call.id());
        card.ok_or_else(|| ApiError::missing("source", id, "default_source"))?;
    }
    set(&mut customer, &call.params, "default_source");
    add_source(account, &mut customer, &call.params)?;
    account.store.put(customer.clone());
    customer_balance::set(account, customer, &call.params, Reason::Adjustment)
}

fn remove(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, "customer")?;
    Ok(bury(account, call.id()))
}

/// Deletes a customer with what cannot be without it.
pub fn bury(account: &mut Account, id: &str) -> Value {
    let deleted = json!({"id": id, "object": "customer", "deleted": true});
    subscription_states::cancel_all(account, id);
    payment_method::detach_all(account, id);
    customer_source::drop_all(account, id);
    tax_id::bury_all(account, id);
    account.store.bury(id, deleted.clone());
    deleted
}

fn fill(customer: &mut Value, params: &Params) {
    set(
        customer,
        params,
        "business_name description email individual_name invoice_prefix metadata name \
         next_invoice_sequence phone",
    );
    if let Some(sent) = params.sent("address") {
        customer["address"] = address(sent);
    }
    if let Some(sent) = params.sent("shipping") {
        customer["shipping"] = shipping(sent);
    }
    let settings = customer["invoice_settings"].clone();
    set_shaped(customer, params, "invoice_settings", settings);
    // These are absent when unset, the next two have a value of their own for it.
    for name in ["business_name", "individual_name"] {
        if let Value::Object(fields) = customer
            && fields.get(name).is_some_and(Value::is_null)
        {
            fields.shift_remove(name);
        }
    }
    if let Some(sent) = params.sent("preferred_locales") {
        customer["preferred_locales"] = sent.as_array().cloned().unwrap_or_default().into();
    }
    if params.sent("tax_exempt").is_some() {
        customer["tax_exempt"] = json!(params.text("tax_exempt").unwrap_or("none"));
    }
}

/// A card from a token becomes the default source, in place of the one that was it before.
fn add_source(account: &mut Account, customer: &mut Value, params: &Params) -> Result<()> {
    if let Some(token) = params.text("source") {
        let id = text(customer, "id").to_owned();
        let card = source::new(account, token, &id)?;
        if let Some(old) = account.store.get("card", text(customer, "default_source")) {
            customer_source::drop_card(account, &old);
        }
        customer["default_source"] = card["id"].clone();
        account.store.put_under(&id, card);
    }
    Ok(())
}

fn check(account: &Account, params: &Params, customer: Option<&str>) -> Result<()> {
    if let Some(email) = params.text("email") {
        let valid = email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
        if !valid || email.contains(char::is_whitespace) {
            return Err(ApiError::invalid(format!("Invalid email address: {email}"))
                .code("email_invalid")
                .param("email"));
        }
    }
    if let Some(prefix) = params.text("invoice_prefix") {
        let valid = (3..=12).contains(&prefix.len())
            && prefix.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !valid {
            return Err(ApiError::invalid("An invoice prefix has 3 to 12 upper-case letters or digits.")
                .param("invoice_prefix"));
        }
    }
    let settings = params.get("invoice_settings");
    let default = settings.and_then(|settings| settings["default_payment_method"].as_str());
    if let Some(id) = default {
        let param = "invoice_settings[default_payment_method]";
        let method = account.refer("payment_method", id, param)?;
        if customer.is_none_or(|customer| method["customer"] != customer) {
            return Err(ApiError::invalid(format!(
                "The payment method {id} must be attached to the customer before it can be its default."
            ))
            .code("resource_missing")
            .param(param));
        }
    }
    Ok(())
}

/// What a customer's invoice numbers start with.
pub fn prefix() -> String {
    crate::account::random_text(8).to_ascii_uppercase()
}
