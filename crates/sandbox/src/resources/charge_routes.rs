//! Charges over the older API: made from a token or a customer's card, changed, captured, listed.

use serde_json::{Value, json};

use super::cards::{self, Behaviour, Demand};
use super::charge::{self, Attempt};
use super::payment_intent::check_amount;
use super::{card_details, check_customer, currency, retrieve, set, shipping, source, text, token};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::params::Params;
use crate::route::{Call, Route, get, post};

const KIND: &str = "charge";

pub const ROUTES: &[Route] = &[
    get("/v1/charges", KIND, index),
    post("/v1/charges", KIND, create)
        .lacking("application_fee application_fee_amount destination radar_options transfer_data"),
    get("/v1/charges/{charge}", KIND, retrieve),
    post("/v1/charges/{charge}", KIND, update),
    post("/v1/charges/{charge}/capture", KIND, capture)
        .lacking("application_fee application_fee_amount transfer_data"),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    page(account, call, &["payment_intent", "customer", "transfer_group"], |_| true)
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    let Some(amount) = params.int("amount") else {
        return Err(ApiError::required("amount"));
    };
    let Some(currency) = currency(params)? else {
        return Err(ApiError::required("currency"));
    };
    check_amount(amount, &currency)?;
    check_customer(account, params)?;
    let method = find_card(account, params)?;
    let mut order = json!({
        "amount": amount,
        "currency": currency,
        "customer": params.text("customer"),
        "metadata": {},
    });
    let names = "description metadata on_behalf_of receipt_email statement_descriptor \
                 statement_descriptor_suffix transfer_group";
    set(&mut order, params, names);
    if let Some(sent) = params.get("shipping") {
        order["shipping"] = shipping(sent);
    }
    let declined = match cards::behaviour(Some(&method)) {
        Behaviour::Declines(reason) | Behaviour::DeclinesLater(reason) => Some(reason),
        Behaviour::Authenticates(Demand::OnSession, then) => then,
        // Nobody can be asked to authenticate here.
        Behaviour::Authenticates(..) => Some("authentication_required"),
        _ => None,
    };
    if let Some(reason) = declined {
        let refusal = cards::decline(reason);
        let details = refusal.details();
        let charge = charge::create(account, &order, Some(&method), Attempt::Declined(&details));
        return Err(refusal.with("charge", charge["id"].clone()).effective());
    }
    let captures = params.get("capture") != Some(&json!(false));
    let attempt = if captures { Attempt::Captured } else { Attempt::Authorized };
    Ok(charge::create(account, &order, Some(&method), attempt))
}

/// What is charged, as a payment method: a card that is sent, one that a token stands for, or one
/// of the customer's, which is the default one unless it is named.
fn find_card(account: &mut Account, params: &Params) -> Result<Value> {
    if let Some(sent) = params.get("card").filter(|sent| sent.is_object()) {
        let details = card_details::from_params(account, sent)?;
        let card = source::card(account, &details, sent);
        return Ok(source::as_method(&card));
    }
    let sent = ["source", "card"].into_iter().find_map(|name| Some((name, params.text(name)?)));
    let card = match (sent, params.text("customer")) {
        (Some((name, id)), Some(customer)) if !id.starts_with("tok_") => {
            let card = account.refer("card", id, name)?;
            if card["customer"] != customer {
                return Err(ApiError::missing("card", id, name));
            }
            card
        }
        (Some((name, id)), None) if account.store.get("card", id).is_some() => {
            return Err(ApiError::invalid(format!(
                "The card {id} belongs to a customer, who has to be named in `customer`."
            ))
            .code("parameter_missing")
            .param(name));
        }
        (Some((name, id)), _) => token::spend(account, id, name)?,
        (None, Some(customer)) => {
            let customer = account.refer("customer", customer, "customer")?;
            let default = account.store.get("card", text(&customer, "default_source"));
            let none = || ApiError::card("Cannot charge a customer that has no active card.", "missing");
            default.ok_or_else(|| none().param("card"))?
        }
        (None, None) => {
            return Err(ApiError::invalid("A charge needs a `source` or a `customer`.")
                .code("parameter_missing")
                .param("source"));
        }
    };
    Ok(source::as_method(&card))
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    let mut charge = call.subject(account, KIND)?;
    check_customer(account, params)?;
    if let Some(customer) = params.text("customer") {
        if charge["customer"].is_string() && charge["customer"] != customer {
            return Err(
                ApiError::invalid("The charge belongs to another customer already.").param("customer")
            );
        }
        charge["customer"] = json!(customer);
    }
    set(&mut charge, params, "description metadata receipt_email transfer_group");
    if let Some(sent) = params.sent("shipping") {
        charge["shipping"] = shipping(sent);
    }
    if let Some(Value::Object(report)) = params.get("fraud_details") {
        for (name, value) in report {
            match value {
                Value::Null => charge["fraud_details"] = json!({}),
                value => charge["fraud_details"][name] = value.clone(),
            }
        }
    }
    account.store.put(charge.clone());
    Ok(charge)
}

fn capture(account: &mut Account, call: &Call) -> Result<Value> {
    let mut charge = call.subject(account, KIND)?;
    let id = call.id();
    if let Some(intent) = charge["payment_intent"].as_str() {
        return Err(ApiError::invalid(format!(
            "The charge {id} was made by a payment intent: capture that, {intent}."
        ))
        .param("charge"));
    }
    if charge["captured"] == true {
        return Err(ApiError::invalid(format!("Charge {id} has already been captured."))
            .code("charge_already_captured"));
    }
    if charge["status"] != "succeeded" || charge["refunded"] == true {
        return Err(ApiError::invalid(format!(
            "Charge {id} holds nothing any more: it failed, was refunded, or expired."
        ))
        .code("charge_expired_for_capture"));
    }
    let held = charge["amount"].as_i64().unwrap_or(0);
    let amount = call.params.int("amount").unwrap_or(held);
    if amount < 1 || amount > held {
        return Err(ApiError::invalid(format!(
            "The requested capture amount is not between 1 and what can be captured, {held}."
        ))
        .code(if amount < 1 { "parameter_invalid_integer" } else { "amount_too_large" })
        .param("amount"));
    }
    let names = "receipt_email statement_descriptor statement_descriptor_suffix transfer_group";
    set(&mut charge, &call.params, names);
    charge::capture(account, &mut charge, amount, true);
    Ok(charge)
}

/// The time has come that an authorization which was not captured ends.
pub fn expire(account: &mut Account, mut charge: Value) {
    charge::release(account, &mut charge, json!("expired_uncaptured_charge"));
}
