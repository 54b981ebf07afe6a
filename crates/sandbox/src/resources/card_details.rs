//! Cards as payment methods show them.

use serde_json::{Value, json};

use super::cards::{self, Behaviour};
use super::test_cards::Card;
use super::{source, text, token};
use crate::account::Account;
use crate::error::{ApiError, Result};

/// A card from a token, or from a number and its expiry.
pub fn from_params(account: &mut Account, sent: &Value) -> Result<Value> {
    if let Some(id) = sent["token"].as_str() {
        let card = token::spend(account, id, "card[token]")?;
        return Ok(source::details(&card));
    }
    for name in ["number", "exp_month", "exp_year"] {
        if sent[name].is_null() {
            return Err(ApiError::required(&format!("card[{name}]")));
        }
    }
    let mut details = of(account, cards::numbered(text(sent, "number"))?);
    expire(account, &mut details, sent)?;
    details["checks"]["cvc_check"] = match sent["cvc"].as_str() {
        Some(cvc) if !matches!(cvc.len(), 3 | 4) || !cvc.bytes().all(|b| b.is_ascii_digit()) => {
            let error = ApiError::card("The card's security code has three or four digits.", "invalid_cvc");
            return Err(error.param("cvc"));
        }
        Some(_) if details["checks"]["cvc_check"] == "fail" => json!("fail"),
        Some(_) => json!("pass"),
        None => json!("unchecked"),
    };
    if let Some(preferred) = sent["networks"]["preferred"].as_str() {
        details["networks"]["preferred"] = json!(preferred);
    }
    Ok(details)
}

/// Takes over an expiry, whole or in part, where it lies ahead.
pub fn expire(account: &Account, card: &mut Value, sent: &Value) -> Result<()> {
    let wrong = |what: &str, code: &str| {
        Err(ApiError::card(format!("The card's expiration {what} is wrong."), code)
            .param(&format!("exp_{what}")))
    };
    if !sent["exp_month"].is_null() {
        match number(&sent["exp_month"]) {
            Some(month @ 1..=12) => card["exp_month"] = json!(month),
            _ => return wrong("month", "invalid_expiry_month"),
        }
    }
    if !sent["exp_year"].is_null() {
        let year = match number(&sent["exp_year"]) {
            Some(short @ 0..=99) => 2000 + short,
            year => year.unwrap_or_default(),
        };
        if year < this_year(account) || year > 2100 {
            return wrong("year", "invalid_expiry_year");
        }
        card["exp_year"] = json!(year);
    }
    Ok(())
}

/// Stripe's description has months and years as numbers in some places and as texts in others.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// Close enough to tell a card that expired from one that did not.
fn this_year(account: &Account) -> i64 {
    1970 + account.now() / 31_556_952
}

/// A test card in the shape of a payment method's `card`.
pub fn of(account: &Account, card: &Card) -> Value {
    let mut checks = json!({
        "address_line1_check": null,
        "address_postal_code_check": null,
        "cvc_check": "unchecked",
    });
    if let Behaviour::Checked(results) = card.behaviour {
        for (name, result) in results {
            checks[*name] = json!(result);
        }
    }
    json!({
        "brand": card.brand,
        "checks": checks,
        "country": card.country(),
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": this_year(account) + 1,
        "fingerprint": fingerprint(card.number),
        "funding": card.funding,
        "generated_from": null,
        "last4": &card.number[card.number.len() - 4..],
        "networks": {"available": [card.brand], "preferred": null},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": true},
        "wallet": null,
    })
}

/// The same number has the same fingerprint, which does not show the number.
pub fn fingerprint(number: &str) -> String {
    let seed = number.bytes().fold(5381_u64, |sum, byte| sum.wrapping_mul(33).wrapping_add(u64::from(byte)));
    let mut source = fastrand::Rng::with_seed(seed);
    std::iter::repeat_with(|| source.alphanumeric()).take(16).collect()
}
