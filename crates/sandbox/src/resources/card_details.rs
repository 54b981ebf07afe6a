//! Cards as payment methods show them.

use serde_json::{Value, json};

use super::cards::{self, Card};
use super::text;
use crate::account::Account;
use crate::error::{ApiError, Result};

/// A card from a token, or from a number and its expiry.
pub fn from_params(account: &Account, sent: &Value) -> Result<Value> {
    if let Some(token) = sent["token"].as_str() {
        let card = cards::named(token).filter(|_| token.starts_with("tok_"));
        let card = card.ok_or_else(|| ApiError::missing("token", token, "card[token]"))?;
        return Ok(of(account, card));
    }
    for name in ["number", "exp_month", "exp_year"] {
        if sent[name].is_null() {
            return Err(ApiError::required(&format!("card[{name}]")));
        }
    }
    let mut details = of(account, cards::numbered(text(sent, "number"))?);
    let month = sent["exp_month"].as_i64().unwrap_or(0);
    let year = match sent["exp_year"].as_i64().unwrap_or(0) {
        short @ 0..=99 => 2000 + short,
        year => year,
    };
    if !(1..=12).contains(&month) {
        return Err(ApiError::card("The card's expiration month is wrong.", "invalid_expiry_month")
            .param("exp_month"));
    }
    if year < this_year(account) || year > 2100 {
        return Err(
            ApiError::card("The card's expiration year is wrong.", "invalid_expiry_year").param("exp_year")
        );
    }
    details["exp_month"] = json!(month);
    details["exp_year"] = json!(year);
    if sent["cvc"].is_string() {
        details["checks"]["cvc_check"] = json!("pass");
    }
    Ok(details)
}

/// Close enough to tell a card that expired from one that did not.
fn this_year(account: &Account) -> i64 {
    1970 + account.now() / 31_556_952
}

/// A test card in the shape of a payment method's `card`.
pub fn of(account: &Account, card: &Card) -> Value {
    json!({
        "brand": card.brand,
        "checks": {
            "address_line1_check": null,
            "address_postal_code_check": null,
            "cvc_check": "unchecked",
        },
        "country": "US",
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
fn fingerprint(number: &str) -> String {
    let seed = number.bytes().fold(5381_u64, |sum, byte| sum.wrapping_mul(33).wrapping_add(u64::from(byte)));
    let mut source = fastrand::Rng::with_seed(seed);
    std::iter::repeat_with(|| source.alphanumeric()).take(16).collect()
}
