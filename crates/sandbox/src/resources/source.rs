//! Cards as the older API knows them: in tokens, and as sources of customers.

use serde_json::{Value, json};

use super::charge::no_billing_details;
use super::{cards, text, token};
use crate::account::Account;
use crate::error::Result;

/// What payment methods call a brand and what cards of the older API call it.
const BRANDS: &[(&str, &str)] = &[
    ("amex", "American Express"),
    ("diners", "Diners Club"),
    ("discover", "Discover"),
    ("jcb", "JCB"),
    ("mastercard", "MasterCard"),
    ("unionpay", "UnionPay"),
    ("visa", "Visa"),
];

/// What may be told about a card beside its number, expiry and code.
pub const HOLDER: &str =
    "address_city address_country address_line1 address_line2 address_state address_zip name";

/// A card with these details of a payment method.
pub fn card(account: &mut Account, details: &Value, sent: &Value) -> Value {
    let brand = text(details, "brand");
    let brand = BRANDS.iter().find(|(own, _)| *own == brand).map_or(brand, |(_, shown)| shown);
    let cvc_check = details["checks"]["cvc_check"].as_str().filter(|check| *check != "unchecked");
    let mut card = json!({
        "id": account.new_id("card"),
        "object": "card",
        "address_city": null,
        "address_country": null,
        "address_line1": null,
        "address_line1_check": details["checks"]["address_line1_check"],
        "address_line2": null,
        "address_state": null,
        "address_zip": null,
        "address_zip_check": details["checks"]["address_postal_code_check"],
        "allow_redisplay": "unspecified",
        "brand": brand,
        "country": details["country"],
        "customer": null,
        "cvc_check": cvc_check,
        "dynamic_last4": null,
        "exp_month": details["exp_month"],
        "exp_year": details["exp_year"],
        "fingerprint": details["fingerprint"],
        "funding": details["funding"],
        "last4": details["last4"],
        "metadata": {},
        "name": null,
        "networks": {"preferred": details["networks"]["preferred"]},
        "regulated_status": details["regulated_status"],
        "tokenization_method": null,
    });
    for name in HOLDER.split_whitespace() {
        card[name] = sent[name].clone();
    }
    card
}

/// The card of a token as a source of a customer, not yet stored.
pub fn new(account: &mut Account, token: &str, customer: &str) -> Result<Value> {
    let card = token::spend(account, token, "source")?;
    own(card, customer)
}

/// A card in the hands of a customer, if it can be attached.
pub fn own(mut card: Value, customer: &str) -> Result<Value> {
    if let cards::Behaviour::Declines(reason) = cards::behaviour(Some(&as_method(&card))) {
        return Err(cards::decline(reason));
    }
    card["customer"] = json!(customer);
    Ok(card)
}

/// The details of a card in the shape of a payment method's `card`.
pub fn details(card: &Value) -> Value {
    let shown = text(card, "brand");
    let brand = BRANDS.iter().find(|(_, known)| *known == shown).map_or(shown, |(own, _)| own);
    json!({
        "brand": brand,
        "checks": {
            "address_line1_check": card["address_line1_check"],
            "address_postal_code_check": card["address_zip_check"],
            "cvc_check": card["cvc_check"].as_str().unwrap_or("unchecked"),
        },
        "country": card["country"],
        "display_brand": brand,
        "exp_month": card["exp_month"],
        "exp_year": card["exp_year"],
        "fingerprint": card["fingerprint"],
        "funding": card["funding"],
        "generated_from": null,
        "last4": card["last4"],
        "networks": {"available": [brand], "preferred": card["networks"]["preferred"]},
        "regulated_status": card["regulated_status"],
        "three_d_secure_usage": {"supported": true},
        "wallet": null,
    })
}

/// A card as the payment method that it also is.
pub fn as_method(card: &Value) -> Value {
    let mut billing = no_billing_details();
    billing["name"] = card["name"].clone();
    for (name, field) in [
        ("city", "address_city"),
        ("country", "address_country"),
        ("line1", "address_line1"),
        ("line2", "address_line2"),
        ("postal_code", "address_zip"),
        ("state", "address_state"),
    ] {
        billing["address"][name] = card[field].clone();
    }
    json!({
        "id": card["id"],
        "object": "payment_method",
        "allow_redisplay": card["allow_redisplay"],
        "billing_details": billing,
        "card": details(card),
        "created": 0,
        "customer": card["customer"],
        "customer_account": null,
        "livemode": false,
        "metadata": card["metadata"],
        "type": "card",
    })
}
