//! Stripe's test cards: their names in tokens and payment methods, their numbers, and how they
//! behave. The last four digits tell the behaviour, so that it stays with a method that was stored.

use serde_json::{Value, json};

use crate::error::{ApiError, Result};

/// What happens when a card is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    Pays,
    /// Pays, and the money is available at once.
    PaysAtOnce,
    /// Refused with this decline code, also when it is attached.
    Declines(&'static str),
    /// Can be attached, and is refused when it is charged.
    DeclinesLater(&'static str),
    /// The customer has to authenticate.
    Authenticates,
}

use Behaviour::{Authenticates, Declines, DeclinesLater, Pays, PaysAtOnce};

#[derive(Debug)]
pub struct Card {
    pub name: &'static str,
    pub number: &'static str,
    pub brand: &'static str,
    pub funding: &'static str,
    behaviour: Behaviour,
}

const fn card(
    name: &'static str,
    number: &'static str,
    brand: &'static str,
    funding: &'static str,
    behaviour: Behaviour,
) -> Card {
    Card { name, number, brand, funding, behaviour }
}

const fn visa(name: &'static str, number: &'static str, behaviour: Behaviour) -> Card {
    card(name, number, "visa", "credit", behaviour)
}

static CARDS: &[Card] = &[
    visa("visa", "4242424242424242", Pays),
    card("visa_debit", "4000056655665556", "visa", "debit", Pays),
    card("mastercard", "5555555555554444", "mastercard", "credit", Pays),
    card("mastercard_debit", "5200828282828210", "mastercard", "debit", Pays),
    card("mastercard_prepaid", "5105105105105100", "mastercard", "prepaid", Pays),
    card("amex", "378282246310005", "amex", "credit", Pays),
    card("discover", "6011111111111117", "discover", "credit", Pays),
    card("diners", "3056930009020004", "diners", "credit", Pays),
    card("jcb", "3566002020360505", "jcb", "credit", Pays),
    card("unionpay", "6200000000000005", "unionpay", "credit", Pays),
    visa("bypassPending", "4000000000000077", PaysAtOnce),
    visa("chargeDeclined", "4000000000000002", Declines("generic_decline")),
    visa("chargeDeclinedInsufficientFunds", "4000000000009995", Declines("insufficient_funds")),
    visa("chargeDeclinedLostCard", "4000000000009987", Declines("lost_card")),
    visa("chargeDeclinedStolenCard", "4000000000009979", Declines("stolen_card")),
    visa("chargeDeclinedExpiredCard", "4000000000000069", Declines("expired_card")),
    visa("chargeDeclinedIncorrectCvc", "4000000000000127", Declines("incorrect_cvc")),
    visa("chargeDeclinedProcessingError", "4000000000000119", Declines("processing_error")),
    visa("chargeDeclinedVelocityLimitExceeded", "4000000000006975", Declines("card_velocity_exceeded")),
    visa("chargeDeclinedFraudulent", "4100000000000019", Declines("fraudulent")),
    visa("chargeCustomerFail", "4000000000000341", DeclinesLater("generic_decline")),
    visa("authenticationRequired", "4000002760003184", Authenticates),
    visa("authenticationRequiredOnSetup", "4000002500003155", Authenticates),
    visa("threeDSecure2Required", "4000000000003220", Authenticates),
    visa("threeDSecureRequired", "4000000000003063", Authenticates),
];

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
    let last4 = method.and_then(|method| method["card"]["last4"].as_str());
    let known = last4.and_then(|last4| {
        let special = |card: &&Card| card.behaviour != Pays && card.number.ends_with(last4);
        CARDS.iter().find(special)
    });
    known.map_or(Pays, |card| card.behaviour)
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
            assert_eq!(numbered(card.number).unwrap().name, card.name);
        }
    }

    #[test]
    fn other_numbers_are_refused() {
        let code = |number| numbered(number).unwrap_err().details()["code"].clone();
        assert_eq!(code("4242424242424241"), "incorrect_number");
        assert_eq!(code(""), "incorrect_number");
        assert_eq!(code("4000000000000010"), "card_declined");
    }

    #[test]
    fn declined_cards_have_two_names() {
        assert_eq!(named("pm_card_chargeDeclined").unwrap().number, "4000000000000002");
        assert_eq!(named("tok_visa_chargeDeclined").unwrap().number, "4000000000000002");
        assert!(named("pm_card_nothing").is_none());
        assert!(named("pm_1").is_none());
    }
}
