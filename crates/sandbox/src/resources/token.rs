//! Tokens: cards that can be used once.

use serde_json::{Value, json};

use super::{card_details, cards, retrieve, source};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::route::{Call, Route, get, post};

pub const ROUTES: &[Route] = &[
    post("/v1/tokens", "token", create).lacking("account bank_account customer cvc_update person pii"),
    get("/v1/tokens/{token}", "token", retrieve),
];

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let Some(sent) = call.params.get("card").filter(|sent| sent.is_object()) else {
        return Err(ApiError::required("card"));
    };
    let details = card_details::from_params(account, sent)?;
    let card = source::card(account, &details, sent);
    let token = json!({
        "id": account.new_id("tok"),
        "object": "token",
        "card": card,
        "client_ip": null,
        "created": account.now(),
        "livemode": false,
        "type": "card",
        "used": false,
    });
    account.store.put(token.clone());
    Ok(token)
}

/// The card behind a token, which is used up by that. The names of test cards never are.
pub fn spend(account: &mut Account, id: &str, param: &str) -> Result<Value> {
    if let Some(card) = cards::named(id).filter(|_| id.starts_with("tok_")) {
        let details = card_details::of(account, card);
        return Ok(source::card(account, &details, &Value::Null));
    }
    let mut token = account.refer("token", id, param)?;
    if token["used"] == true {
        return Err(ApiError::invalid(format!("The token {id} was used before, and a token works once."))
            .code("token_already_used")
            .param(param));
    }
    token["used"] = json!(true);
    let card = token["card"].clone();
    account.store.put(token);
    Ok(card)
}
