//! How test cards and test bank accounts behave. What is stored of a method tells it, so that the
//! behaviour stays with a method that was made earlier.

use serde_json::{Value, json};

use super::test_cards::{CARDS, Card};
use super::{card_details, text};
use crate::error::{ApiError, Result};

/// What happens when a method is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    Pays,
    /// Pays, and the money is available at once.
    PaysAtOnce,
    /// Pays, and Radar calls it risky.
    Elevated,
    /// Pays, with these results of its checks.
    Checked(&'static [(&'static str, &'static str)]),
    /// Pays, and a refund takes its time.
    RefundsLate,
    /// Pays, and a refund fails after a while.
    RefundFails,
    /// Refused with this decline code, also when it is attached.
    Declines(&'static str),
    /// Can be attached, and is refused when it is charged.
    DeclinesLater(&'static str),
    /// The customer has to authenticate, and then it may still be declined.
    Authenticates(Demand, Option<&'static str>),
    /// A debit that arrives after a while, unless it fails with this code.
    Settles(Option<&'static str>),
}

/// When a card wants its holder to authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    Always,
    /// Always but off session, once it was set up for that.
    UnlessSetUp,
    /// Only while the customer is there.
    OnSession,
}

use Behaviour::{Pays, Settles};

/// The card behind `pm_card_NAME` or `tok_NAME`; the declined ones also go by `visa_NAME`.
pub fn named(id: &str) -> Option<&'static Card> {
    let name = id.strip_prefix("pm_card_").or_else(|| id.strip_prefix("tok_"))?;
    let known = |name: &str| CARDS.iter().find(|card| card.name == name);
    known(name).or_else(|| name.strip_prefix("visa_").and_then(known))
}

/// The card with this number. Real cards do not work with test keys.
pub fn numbered(number: &str) -> Result<&'static Card> {
    let digits: String = number.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    if let Some(card) = CARDS.iter().find(|card| card.number == digits) {
        return Ok(card);
    }
    if luhn(&digits) {
        return Err(decline("test_mode_live_card"));
    }
    Err(ApiError::card("The card number is not a valid one.", "incorrect_number").param("number"))
}

/// How a stored payment method behaves; one that the sandbox knows nothing of pays.
pub fn behaviour(method: Option<&Value>) -> Behaviour {
    let Some(method) = method else {
        return Pays;
    };
    let kind = text(method, "type");
    match (kind, text(&method[kind], "last4")) {
        ("us_bank_account", "1113") => Settles(Some("account_closed")),
        ("us_bank_account", "1116") => Settles(Some("no_account")),
        ("us_bank_account", "2227") => Settles(Some("insufficient_funds")),
        ("sepa_debit", "3001" | "3202") => Settles(Some("generic_could_not_process")),
        ("us_bank_account" | "sepa_debit", _) => Settles(None),
        _ => stored(method).map_or(Pays, |card| card.behaviour),
    }
}

/// The test card that a stored method is. Numbers can end alike, so the fingerprint decides where
/// there is one.
pub fn stored(method: &Value) -> Option<&'static Card> {
    let details = &method["card"];
    let last4 = details["last4"].as_str()?;
    let fingerprint = details["fingerprint"].as_str();
    let mut alike = CARDS.iter().filter(|card| card.number.ends_with(last4));
    match fingerprint {
        Some(known) => alike.find(|card| card_details::fingerprint(card.number) == known),
        None => alike.find(|card| card.behaviour != Pays),
    }
}

/// The refusal that goes with a decline code.
pub fn decline(decline_code: &str) -> ApiError {
    let (code, message) = match decline_code {
        "insufficient_funds" => ("card_declined", "Your card has insufficient funds."),
        "expired_card" => ("expired_card", "Your card has expired."),
        "incorrect_cvc" => ("incorrect_cvc", "Your card's security code is incorrect."),
        "processing_error" => {
            ("processing_error", "An error occurred while processing your card. Try again in a little bit.")
        }
        "authentication_required" => {
            ("authentication_required", "Your card was declined: this transaction requires authentication.")
        }
        "test_mode_live_card" => ("card_declined", "Your card was declined: test keys take test cards only."),
        _ => ("card_declined", "Your card was declined."),
    };
    ApiError::card(message, code).with("decline_code", json!(decline_code))
}

fn luhn(digits: &str) -> bool {
    if digits.len() < 12 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0') << (place % 2);
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_card_has_a_true_number() {
        for card in CARDS {
            assert!(luhn(card.number), "{}", card.name);
            let found = numbered(card.number).unwrap();
            assert_eq!((found.number, found.behaviour), (card.number, card.behaviour));
        }
    }

    #[test]
    fn cards_that_end_alike_are_told_apart() {
        let method = |number: &str, fingerprint: Value| json!({"type": "card", "card": {"last4": &number[12..], "fingerprint": fingerprint}});
        let brazil = method("4000000760000002", json!(card_details::fingerprint("4000000760000002")));
        assert_eq!(behaviour(Some(&brazil)), Pays);
        let declined = method("4000000000000002", json!(card_details::fingerprint("4000000000000002")));
        assert_eq!(behaviour(Some(&declined)), Behaviour::Declines("generic_decline"));
        let unknown = method("4000000000000002", Value::Null);
        assert_eq!(behaviour(Some(&unknown)), Behaviour::Declines("generic_decline"));
    }

    #[test]
    fn other_numbers_are_refused() {
        let code = |number| numbered(number).unwrap_err().details()["code"].clone();
        assert_eq!(code("4242424242424241"), "incorrect_number");
        assert_eq!(code(""), "incorrect_number");
        assert_eq!(code("4111111111111111"), "card_declined");
    }

    #[test]
    fn declined_cards_have_two_names() {
        assert_eq!(named("pm_card_chargeDeclined").unwrap().number, "4000000000000002");
        assert_eq!(named("tok_visa_chargeDeclined").unwrap().number, "4000000000000002");
        assert!(named("pm_card_nothing").is_none());
        assert!(named("pm_1").is_none());
    }
}
