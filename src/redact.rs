//! Secrets taken out of what people read: failures and the log. By value (the connection's own key), by name
//! (`client_secret`, wherever it stands), by what a word looks like (any key), and by what a number is (a card's).

use crate::form::{self, Pairs};
use crate::json::{self, Json};
use crate::transport::text_of;
use alloc::borrow::{Cow, ToOwned};
use alloc::string::{String, ToString};

const REDACTED: &str = "[redacted]";

/// Names of Stripe's fields that hold a secret or the number of a bank account, a card or a person.
const NAMES: [&str; 10] = [
    "authentication_token", "card_cvc", "card_number", "clabe", "cvc", "encrypted_number",
    "id_number_secondary", "id_numbers", "secret", "ssn_last_4",
];

/// And what such names end with: `client_secret`, `sender_iban`, `private_key_file_password`.
const ENDINGS: [&str; 6] = ["_secret", "account_number", "account_numbers", "iban", "id_number", "password"];

/// Headers that are never told.
const HEADERS: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "set-cookie"];

fn is_secret(name: &str) -> bool {
    NAMES.contains(&name) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Takes secrets out. It knows the connection's own, which may look like nothing in particular.
#[derive(Clone, Copy)]
pub struct Redaction<'a> {
    secret: &'a str,
}

/// For what was said where no secret is known.
pub const ANYBODYS: Redaction = Redaction { secret: "" };

impl<'a> Redaction<'a> {
    /// `secret` is the key or token of the connection; empty where it is not known.
    pub fn of(secret: &'a str) -> Self {
        Redaction { secret }
    }

    /// JSON without its secrets. `text` is known to be JSON.
    pub fn json(self, text: &str) -> String {
        match Json::known(text) {
            Ok(mut value) => {
                self.redact(&mut value);
                value.to_string()
            }
            // It may be what no answer is, and then it is not told what is in it either.
            Err(_) => json::quote(REDACTED),
        }
    }

    fn redact(self, value: &mut Json) {
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
                        self.redact(member);
                    }
                    *name = self.text(name);
                }
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.redact(item)),
            Json::Text(own) => *own = self.text(own),
            Json::Number(own) if card(own) > 0 => *value = Json::from(REDACTED),
            _ => {}
        }
    }

    /// A form or a query without its secrets.
    pub fn form(self, pairs: &[(String, String)]) -> String {
        let clean = |(name, value): &(String, String)| {
            let mut parts = name.split(['[', ']']);
            let hidden = !value.is_empty() && parts.any(|part| is_secret(part) || is_card(part, value));
            (self.text(name), if hidden { REDACTED.to_owned() } else { self.text(value) })
        };
        let pairs: Pairs = pairs.iter().map(clean).collect();
        form::encode(&pairs)
    }

    /// An encoded path without what looks like a secret in an id.
    pub fn path(self, path: &str) -> String {
        let mut clean = String::new();
        for (at, segment) in path.split('/').enumerate() {
            if at > 0 {
                clean.push('/');
            }
            form::push_id(&mut clean, &self.text(&form::decoded(segment)));
        }
        clean
    }

    /// The value of a header.
    pub fn header(self, name: &str, value: &str) -> String {
        if HEADERS.contains(&name) { REDACTED.to_owned() } else { self.line(value) }
    }

    /// A code is a word, such as `shared_secret_invalid`; anything else in its place may be a secret.
    pub fn code(self, code: &str) -> String {
        let word = code.len() <= 100 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if word { self.without_own(code).into_owned() } else { self.line(code) }
    }

    /// The same as [`text`](Self::text), on one line: what others say must not look like a line of the log's own.
    pub fn line(self, text: &str) -> String {
        self.text(text).chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    }

    /// Replaces what is or looks like a key, a client secret, a password or a card's number inside a text: in a redirect's
    /// URL, in Stripe's prose.
    pub fn text(self, text: &str) -> String {
        let text = self.without_own(text);
        let mut clean = String::with_capacity(text.len());
        let mut rest: &str = &text;
        while !rest.is_empty() {
            let secret = ["Bearer ", "://"].iter().find(|start| clean.ends_with(**start));
            let secret = match secret {
                Some(&"Bearer ") => run(rest, is_token),
                Some(_) => userinfo(rest),
                None => 0,
            };
            let secret = if secret > 0 { secret } else { card(rest) };
            let (token, after) = rest.split_at(if secret > 0 { secret } else { word(rest) });
            clean.push_str(if secret > 0 || is_key(token) { REDACTED } else { token });
            // Whatever ends a word is none itself.
            let (between, tail) = after.split_at(run(after, |c| !is_word(c)));
            clean.push_str(between);
            rest = tail;
        }
        clean
    }

    fn without_own(self, text: &str) -> Cow<'_, str> {
        if self.secret.is_empty() || position(text, self.secret).is_none() {
            return Cow::Borrowed(text);
        }
        let (mut clean, mut rest) = (String::new(), text);
        while let Some(at) = position(rest, self.secret) {
            clean.push_str(rest.get(..at).unwrap_or_default());
            clean.push_str(REDACTED);
            rest = rest.get(at + self.secret.len()..).unwrap_or_default();
        }
        clean.push_str(rest);
        Cow::Owned(clean)
    }

    /// The first characters of a body that is none of Stripe's, on one line.
    pub fn sample(self, body: &[u8]) -> String {
        let json =
            core::str::from_utf8(body).ok().filter(|text| text.len() <= SEEN && json::check(text).is_ok());
        if let Some(text) = json {
            return self.line(&self.json(text)).chars().take(SHOWN).collect();
        }
        // Not in the middle of a letter, or all of it would be taken for Latin-1.
        let is_start = |at: &usize| body.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
        let end = (SEEN..SEEN + 4).find(is_start).unwrap_or(SEEN);
        let sample: String =
            self.line(&text_of(body.get(..end).unwrap_or(body))).chars().take(SHOWN).collect();
        if sample.is_empty() { "empty body".to_string() } else { sample }
    }
}

/// Of a body that is no JSON so many bytes are looked at, so that what is shown does not end in the middle of a secret.
const SEEN: usize = 4_000;

/// And so many characters of it are shown.
const SHOWN: usize = 120;

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '*' | '-')
}

/// How long the word is that the text begins with. It ends where a card's number follows a dash.
fn word(text: &str) -> usize {
    let end = run(text, is_word);
    let dashes = text.bytes().take(end).enumerate().filter(|(_, byte)| *byte == b'-');
    let before_card = |at: usize| text.get(at + 1..).is_some_and(|rest| card(rest) > 0);
    dashes.map(|(at, _)| at).find(|at| before_card(*at)).map_or(end, |at| at + 1)
}

/// What a bearer token is made of (RFC 6750, section 2.1).
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '+' | '/' | '=')
}

/// How many bytes of the text's beginning are such characters.
fn run(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is(c)).unwrap_or(text.len())
}

/// The user and password of a URL after its `://`.
fn userinfo(text: &str) -> usize {
    let end = run(text, |c| !c.is_whitespace() && !matches!(c, '@' | '/' | '?' | '#' | '"'));
    if text.get(end..).is_some_and(|rest| rest.starts_with('@')) { end } else { 0 }
}

fn is_key(word: &str) -> bool {
    ["sk_", "rk_", "ek_", "whsec_"].iter().any(|start| word.starts_with(start))
        || ["sk_live_", "sk_test_", "rk_live_", "rk_test_", "_secret_"]
            .iter()
            .any(|part| position(word, part).is_some())
}

/// Digits of the shortest and of the longest card number.
const CARD: core::ops::RangeInclusive<usize> = 13..=19;

/// How many bytes of the text's beginning are a card's number, perhaps with a space or a dash between its digits, and
/// whatever follows it; 0 if none are.
fn card(text: &str) -> usize {
    let bytes = text.as_bytes();
    // The card networks' first digits (ISO/IEC 7812).
    if !matches!(bytes.first(), Some(b'2'..=b'6')) {
        return 0;
    }
    let (mut digits, mut count, mut found) = ([0u8; 19], 0, 0);
    let mut is_digit = false;
    for (at, byte) in bytes.iter().enumerate() {
        let was_digit = core::mem::replace(&mut is_digit, byte.is_ascii_digit());
        match (byte, digits.get_mut(count)) {
            (b'0'..=b'9', Some(digit)) => {
                *digit = byte - b'0';
                count += 1;
            }
            (b' ' | b'-', _) if was_digit => {}
            _ => break,
        }
        let end = at + 1;
        let ends = bytes.get(end).is_none_or(|next| !next.is_ascii_alphanumeric() && *next != b'_');
        let digits = digits.get(..count).unwrap_or_default();
        if is_digit && ends && CARD.contains(&count) && is_luhn(digits) {
            found = end;
        }
    }
    found
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
    name == "number" && digits >= 12 && value.bytes().all(|b| b.is_ascii_digit() || b == b' ' || b == b'-')
}

/// Where a part begins in a text. The standard library's search is made for long texts, and is large.
fn position(text: &str, part: &str) -> Option<usize> {
    text.as_bytes().windows(part.len().max(1)).position(|own| own == part.as_bytes())
}

#[cfg(test)]
#[path = "redact_tests.rs"]
mod tests;
