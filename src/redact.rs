//! Secrets taken out of what people read: failures and the log. By name (`client_secret`, wherever it stands), by what
//! a word looks like (a key), and by what a number is (a card's).

use crate::form::{self, Pairs};
use crate::json::{self, Json};
use crate::transport::text_of;
use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};

const REDACTED: &str = "[redacted]";

/// Names of Stripe's fields that hold a secret or a number of a bank, beside `secret` and `..._secret`.
const NAMES: [&str; 9] = [
    "account_number", "authentication_token", "authorization", "cookie", "cvc", "iban", "id_number",
    "set-cookie", "ssn_last_4",
];

fn is_secret(name: &str) -> bool {
    name == "secret" || name.ends_with("_secret") || NAMES.contains(&name)
}

/// JSON without its secrets. `text` is known to be JSON.
pub fn json(text: &str) -> String {
    match Json::known(text) {
        Ok(mut value) => {
            redact(&mut value);
            value.to_string()
        }
        // It may be what no answer is, and then it is not told what is in it either.
        Err(_) => json::quote(REDACTED),
    }
}

fn redact(value: &mut Json) {
    match value {
        Json::Object(members) => {
            for (name, member) in members.iter_mut() {
                let hidden = match member {
                    Json::Null => false,
                    Json::Text(own) | Json::Number(own) => is_secret(name) || is_card(name, own),
                    _ => is_secret(name),
                };
                if hidden {
                    *member = Json::from(REDACTED);
                } else {
                    redact(member);
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(redact),
        Json::Text(own) => *own = text(own),
        _ => {}
    }
}

/// A form or a query without its secrets.
pub fn form(pairs: &[(String, String)]) -> String {
    let clean = |(name, value): &(String, String)| {
        let own = name.rsplit('[').next().unwrap_or_default().trim_end_matches(']');
        let hidden = !value.is_empty() && (is_secret(own) || is_card(own, value));
        (name.clone(), if hidden { REDACTED.to_owned() } else { text(value) })
    };
    let pairs: Pairs = pairs.iter().map(clean).collect();
    form::encode(&pairs)
}

/// The value of a header, or of whatever has a name.
pub fn named(name: &str, value: &str) -> String {
    if is_secret(name) { REDACTED.to_owned() } else { text(value) }
}

/// A code is a word, such as `shared_secret_invalid`; anything else in its place may be a secret.
pub fn code(code: &str) -> String {
    let word = code.len() <= 100 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if word { code.to_string() } else { text(code) }
}

/// Replaces what looks like a key, a client secret or a card's number inside a text: in a redirect's URL, in Stripe's
/// prose.
pub fn text(text: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '*' | '-');
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let mut bearer = false;
    while !rest.is_empty() {
        let card = card(rest);
        let end = if card > 0 { card } else { rest.find(|c: char| !word(c)).unwrap_or(rest.len()) };
        let (token, after) = rest.split_at(end);
        let starts = ["sk_", "rk_", "ek_", "whsec_"].iter().any(|prefix| token.starts_with(prefix));
        let holds = ["sk_live_", "sk_test_", "rk_live_", "rk_test_", "_secret_"];
        let secret = card > 0 || bearer || starts || holds.iter().any(|part| position(token, part).is_some());
        clean.push_str(if secret { REDACTED } else { token });
        bearer = token == "Bearer";
        let next = after.find(word).unwrap_or(after.len());
        let (between, tail) = after.split_at(next);
        clean.push_str(between);
        rest = tail;
    }
    clean
}

/// Digits of the shortest and the longest card number (ISO/IEC 7812).
const CARD: core::ops::RangeInclusive<usize> = 12..=19;

/// How many bytes of the text's beginning are a card's number, perhaps with a space or a dash between its digits; 0 if
/// none.
fn card(text: &str) -> usize {
    let (mut end, mut digits) = (0, [0u8; 19]);
    let mut count = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => {
                let Some(place) = digits.get_mut(count) else {
                    return 0;
                };
                *place = byte - b'0';
                count += 1;
                end = at + 1;
            }
            b' ' | b'-' if end == at => {}
            _ => break,
        }
    }
    let follows = text.as_bytes().get(end).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let digits = digits.get(..count).unwrap_or_default();
    if CARD.contains(&count) && !follows && is_luhn(digits) { end } else { 0 }
}

/// The check digit of ISO/IEC 7812-1, annex B.
fn is_luhn(digits: &[u8]) -> bool {
    let double = |digit: u8| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let weighted = |(at, digit): (usize, &u8)| u32::from(if at % 2 == 1 { double(*digit) } else { *digit });
    digits.iter().rev().enumerate().map(weighted).sum::<u32>() % 10 == 0
}

/// A card's number by its name, mistyped or not. An invoice has a `number` too, which is none.
fn is_card(name: &str, value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    name == "number"
        && CARD.contains(&digits)
        && value.bytes().all(|b| b.is_ascii_digit() || b == b' ' || b == b'-')
}

/// A text without a secret that somebody repeated in it. A session's token looks like nothing in particular.
pub fn without(text: &mut String, secret: &str) {
    if secret.is_empty() || position(text, secret).is_none() {
        return;
    }
    let (mut clean, mut rest) = (String::new(), text.as_str());
    while let Some(at) = position(rest, secret) {
        clean.push_str(rest.get(..at).unwrap_or_default());
        clean.push_str(REDACTED);
        rest = rest.get(at + secret.len()..).unwrap_or_default();
    }
    clean.push_str(rest);
    *text = clean;
}

/// Where a part begins in a text. The standard library's search is made for long texts, and is large.
fn position(text: &str, part: &str) -> Option<usize> {
    text.as_bytes().windows(part.len().max(1)).position(|own| own == part.as_bytes())
}

/// The first characters of a body that is not JSON, on one line.
pub fn sample(body: &[u8]) -> String {
    // Not in the middle of a letter, or all of it would be taken for Latin-1.
    let is_start = |at: &usize| body.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
    let end = (500..504).find(is_start).unwrap_or(500);
    let sample: String = text_of(body.get(..end).unwrap_or(body))
        .chars()
        .take(120)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if sample.is_empty() { "empty body".to_string() } else { text(&sample) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_found_wherever_they_stand() {
        for (given, clean) in [
            ("4242424242424242", "[redacted]"),
            ("card 4242 4242 4242 4242, please", "card [redacted], please"),
            ("4242-4242-4242-4242.", "[redacted]."),
            ("378282246310005", "[redacted]"),
            ("x=4242424242424242&y", "x=[redacted]&y"),
            // Not by the check digit, part of a word, too long: none of these is a card's.
            ("4242424242424241", "4242424242424241"),
            ("ch_4242424242424242", "ch_4242424242424242"),
            ("4242424242424242a", "4242424242424242a"),
            ("42424242424242424242", "42424242424242424242"),
            ("1767225600", "1767225600"),
            ("no Bearer t0ken here", "no Bearer [redacted] here"),
        ] {
            assert_eq!(text(given), clean);
        }
    }

    #[test]
    fn what_a_name_says_is_secret_is_hidden() {
        let clean = json(
            r#"{"client_secret": "x1", "a": [{"secret": 5, "cvc": "123", "number": "4242424242424241", "b_secret": null}],
                "number": "ABC-0001", "account_number": "000123456789", "next": {"url": "https://x/?s=seti_1_secret_2"}}"#,
        );
        for hidden in ["x1", "123\"", "4242", "000123456789", "_secret_2"] {
            assert!(!clean.contains(hidden), "{hidden}: {clean}");
        }
        assert!(clean.contains("ABC-0001") && clean.contains(r#""b_secret":null"#), "{clean}");
    }

    #[test]
    fn forms_keep_their_names_and_lose_their_secrets() {
        let pair = |name: &str, value: &str| (name.to_string(), value.to_string());
        let clean = form(&[
            pair("card[number]", "4242424242424241"),
            pair("card[exp_year]", "2030"),
            pair("external_account[account_number]", "000123456789"),
            pair("metadata[client_secret]", "x1"),
            pair("description", "of sk_test_filler"),
            pair("cvc", ""),
        ]);
        assert_eq!(
            clean,
            "card%5Bnumber%5D=%5Bredacted%5D&card%5Bexp_year%5D=2030&external_account%5Baccount_number%5D=%5Bredacted%5D\
             &metadata%5Bclient_secret%5D=%5Bredacted%5D&description=of%20%5Bredacted%5D&cvc="
        );
        assert_eq!(named("set-cookie", "a=b"), "[redacted]");
    }

    #[test]
    fn a_secret_that_looks_like_nothing_is_found_all_the_same() {
        let mut told = "it is t0ken, t0ken!".to_string();
        without(&mut told, "t0ken");
        assert_eq!(told, "it is [redacted], [redacted]!");
    }
}
