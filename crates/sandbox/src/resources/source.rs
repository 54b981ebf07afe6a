//! Cards as the older `source` parameter makes them.

use serde_json::{Value, json};

use super::charge::no_billing_details;
use super::{card_details, cards};
use crate::account::Account;
use crate::error::{ApiError, Result};

/// Makes a card from a test token, not yet stored.
pub fn new(account: &mut Account, token: &str, customer: &str) -> Result<Value> {
    let card = cards::named(token).filter(|_| token.starts_with("tok_"));
    let card = card.ok_or_else(|| ApiError::missing("token", token, "source"))?;
    let details = card_details::of(account, card);
    Ok(json!({
        "id": account.new_id("card"),
        "object": "card",
        "address_city": null,
        "address_country": null,
        "address_line1": null,
        "address_line1_check": null,
        "address_line2": null,
        "address_state": null,
        "address_zip": null,
        "address_zip_check": null,
        "allow_redisplay": "unspecified",
        "brand": details["brand"],
        "country": details["country"],
        "customer": customer,
        "cvc_check": null,
        "dynamic_last4": null,
        "exp_month": details["exp_month"],
        "exp_year": details["exp_year"],
        "fingerprint": details["fingerprint"],
        "funding": details["funding"],
        "last4": details["last4"],
        "metadata": {},
        "name": null,
        "regulated_status": details["regulated_status"],
        "tokenization_method": null,
    }))
}

/// A card in the shape of a payment method, as charges show it.
pub fn as_method(card: &Value) -> Value {
    json!({
        "id": card["id"],
        "object": "payment_method",
        "billing_details": no_billing_details(),
        "card": {
            "brand": card["brand"],
            "checks": {
                "address_line1_check": card["address_line1_check"],
                "address_postal_code_check": card["address_zip_check"],
                "cvc_check": card["cvc_check"],
            },
            "country": card["country"],
            "exp_month": card["exp_month"],
            "exp_year": card["exp_year"],
            "fingerprint": card["fingerprint"],
            "funding": card["funding"],
            "last4": card["last4"],
            "regulated_status": card["regulated_status"],
            "wallet": null,
        },
        "customer": card["customer"],
        "type": "card",
    })
}
