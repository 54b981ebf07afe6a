//! The cards that a customer has as sources.

use serde_json::{Value, json};

use super::{card_details, set, source, text, token};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::page_of;
use crate::route::{Call, Route, delete, get, post};
use crate::store::Index;

const KIND: &str = "card";

/// Sources that are no cards.
const NO_CARDS: &str = "account_holder_name account_holder_type owner";

pub const ROUTES: &[Route] = &[
    get("/v1/customers/{customer}/sources", KIND, index),
    post("/v1/customers/{customer}/sources", KIND, create).lacking("alipay_account bank_account"),
    get("/v1/customers/{customer}/sources/{id}", KIND, retrieve),
    post("/v1/customers/{customer}/sources/{id}", KIND, update).lacking(NO_CARDS),
    delete("/v1/customers/{customer}/sources/{id}", KIND, remove),
    get("/v1/customers/{customer}/cards", KIND, index),
    post("/v1/customers/{customer}/cards", KIND, create).lacking("alipay_account bank_account"),
    get("/v1/customers/{customer}/cards/{id}", KIND, retrieve),
    post("/v1/customers/{customer}/cards/{id}", KIND, update).lacking(NO_CARDS),
    delete("/v1/customers/{customer}/cards/{id}", KIND, remove),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, "customer")?;
    let kind = call.params.text("object");
    page_of(account, call, &Index::under(KIND, call.id()), |card| {
        kind.is_none_or(|kind| card["object"] == kind)
    })
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let mut customer = call.subject(account, "customer")?;
    let params = &call.params;
    let card = match (params.get("card"), params.text("source")) {
        (Some(sent), None) if sent.is_object() => {
            let details = card_details::from_params(account, sent)?;
            source::card(account, &details, sent)
        }
        (Some(sent), None) => token::spend(account, sent.as_str().unwrap_or_default(), "card")?,
        (None, Some(id)) => token::spend(account, id, "source")?,
        (Some(_), Some(_)) => {
            return Err(ApiError::exclusive("card", "source"));
        }
        (None, None) => return Err(ApiError::required("source")),
    };
    let mut card = source::own(card, call.id())?;
    set(&mut card, params, "metadata");
    account.store.put_under(call.id(), card.clone());
    // The first one is the default one; later ones do not change that.
    if customer["default_source"].is_null() {
        customer["default_source"] = card["id"].clone();
        account.store.put(customer);
    }
    Ok(card)
}

/// The card that the path names, if it is the customer's.
fn retrieve(account: &mut Account, call: &Call) -> Result<Value> {
    let customer = call.subject(account, "customer")?;
    let id = call.ids.get(1).map_or("", |id| &id.id);
    let card = account.store.get(KIND, id).filter(|card| card["customer"] == customer["id"]);
    card.ok_or_else(|| ApiError::not_found("source", id, "id"))
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut card = retrieve(account, call)?;
    let expiry = json!({"exp_month": call.params.get("exp_month"), "exp_year": call.params.get("exp_year")});
    card_details::expire(account, &mut card, &expiry)?;
    set(&mut card, &call.params, source::HOLDER);
    set(&mut card, &call.params, "metadata");
    account.store.put(card.clone());
    Ok(card)
}

fn remove(account: &mut Account, call: &Call) -> Result<Value> {
    let card = retrieve(account, call)?;
    drop_card(account, &card);
    Ok(json!({"id": card["id"], "object": KIND, "deleted": true}))
}

/// Takes a card away from its customer, whose newest other card becomes the default in its place.
pub fn drop_card(account: &mut Account, card: &Value) {
    account.store.remove(text(card, "id"));
    let customer = account.store.get("customer", text(card, "customer"));
    if let Some(mut customer) = customer.filter(|customer| customer["default_source"] == card["id"]) {
        let newest = account.store.all(&Index::under(KIND, text(&customer, "id"))).next_back();
        customer["default_source"] = newest.map(|card| card["id"].clone()).unwrap_or_default();
        account.store.put(customer);
    }
}

/// What the deletion of a customer does to its cards.
pub fn drop_all(account: &mut Account, customer: &str) {
    let cards: Vec<Value> = account.store.all(&Index::under(KIND, customer)).collect();
    for card in cards {
        account.store.remove(text(&card, "id"));
    }
}
