//! JSON text taken apart without changing it: numbers keep their digits, objects their order, and what is not looked
//! at stays the text that was sent.

use crate::order::repeated;
use crate::pieces::{self, Pieces};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde::de::IgnoredAny;

/// Why a text cannot be read.
#[derive(Debug)]
pub enum Error {
    /// It is no JSON.
    Syntax(serde_json::Error),
    /// It is JSON, and not what is expected.
    Form(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Error::Syntax(error) => error.fmt(f),
            Error::Form(why) => f.write_str(why),
        }
    }
}

fn form(why: &str) -> Error {
    Error::Form(why.to_string())
}

/// Whether a text is JSON. What is `known` can be taken apart without being checked again.
pub fn check(text: &str) -> Result<(), Error> {
    serde_json::from_str(text).map(|IgnoredAny| ()).map_err(Error::Syntax)
}

/// The members of one object in the order of the text.
#[derive(Default)]
pub struct Members<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Members<'a> {
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        check(text)?;
        Members::known(text)
    }

    /// The same of a text that is known to be JSON.
    pub fn known(text: &'a str) -> Result<Self, Error> {
        let no_object = || form("it is no JSON object");
        let mut pieces = Pieces::of(text);
        if !pieces.take(b'{') {
            return Err(no_object());
        }
        let mut members = Vec::with_capacity(16);
        while !pieces.take(b'}') {
            let name = pieces.value().ok_or_else(no_object)?;
            let name = pieces::string(name).ok_or_else(|| form("a name has an escape that is no letter"))?;
            pieces.take(b':');
            members.push((name, pieces.value().ok_or_else(no_object)?));
            pieces.take(b',');
        }
        Ok(Members(members))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), *value))
    }

    /// The text of the member with that name.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// The member with that name, if it holds a string.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(text)
    }
}

/// The texts of the items of an array that is known to be JSON.
pub fn items(text: &str) -> Result<Vec<&str>, Error> {
    let no_array = || form("it is no JSON array");
    let mut pieces = Pieces::of(text);
    if !pieces.take(b'[') {
        return Err(no_array());
    }
    let mut items = Vec::new();
    while !pieces.take(b']') {
        items.push(pieces.value().ok_or_else(no_array)?);
        pieces.take(b',');
    }
    Ok(items)
}

/// A caller's value. Unlike `serde_json::Value` it keeps a number as it was written and members in their order.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Boolean(bool),
    /// The digits.
    Number(String),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Deeper values are refused, so that no input exhausts the stack.
pub const MAX_DEPTH: usize = 32;

/// An object with more members is refused: no request is one that Stripe would read, and names are compared with each other.
pub const MAX_MEMBERS: usize = 10_000;

impl Json {
    /// Reads a value out of a text that is known to be JSON. A name that stands twice in an object is refused: one of its
    /// values would be lost.
    pub fn known(text: &str) -> Result<Json, Error> {
        let text = Pieces::of(text).value().ok_or_else(|| form("there is nothing"))?;
        Json::read(text, 0)
    }

    fn read(text: &str, depth: usize) -> Result<Json, Error> {
        if depth > MAX_DEPTH {
            return Err(form("nested too deeply"));
        }
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let own = Members::known(text)?;
                if own.0.len() > MAX_MEMBERS {
                    return Err(Error::Form(format!("more than {MAX_MEMBERS} members")));
                }
                if let Some(name) = repeated(own.iter().map(|(name, _)| name)) {
                    return Err(Error::Form(format!("`{name}` is given twice")));
                }
                let mut members = Vec::with_capacity(own.0.len());
                for (name, value) in own.0 {
                    members.push((name.into_owned(), Json::read(value, depth + 1)?));
                }
                Json::Object(members)
            }
            Some(b'[') => {
                let items = items(text)?.into_iter().map(|item| Json::read(item, depth + 1));
                Json::Array(items.collect::<Result<_, _>>()?)
            }
            Some(b'"') => {
                Json::Text(self::text(text).ok_or_else(|| form("a text has an escape that is no letter"))?)
            }
            Some(b't') => Json::Boolean(true),
            Some(b'f') => Json::Boolean(false),
            Some(b'n') => Json::Null,
            _ => Json::Number(text.to_string()),
        })
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Boolean(flag) => f.write_str(if *flag { "true" } else { "false" }),
            Json::Number(digits) => f.write_str(digits),
            Json::Text(text) => f.write_str(&quote(text)),
            Json::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    f.write_str(if at == 0 { "[" } else { "," })?;
                    item.fmt(f)?;
                }
                f.write_str(if items.is_empty() { "[]" } else { "]" })
            }
            Json::Object(members) => {
                for (at, (name, value)) in members.iter().enumerate() {
                    f.write_str(if at == 0 { "{" } else { "," })?;
                    write!(f, "{}:", quote(name))?;
                    value.fmt(f)?;
                }
                f.write_str(if members.is_empty() { "{}" } else { "}" })
            }
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Json {
        Json::Text(text.to_string())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Json {
        Json::Text(text)
    }
}

impl From<bool> for Json {
    fn from(flag: bool) -> Json {
        Json::Boolean(flag)
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Json {
        Json::Number(number.to_string())
    }
}

/// The string that a JSON text holds, or nothing if it holds something else.
pub fn text(json: &str) -> Option<String> {
    pieces::string(json).map(Cow::into_owned)
}

/// Whether a JSON text is an object.
pub fn is_object(json: &str) -> bool {
    json.starts_with('{')
}

/// A string as JSON text.
pub fn quote(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    push_quoted(&mut json, text);
    json
}

/// Appends a string as JSON text.
pub fn push_quoted(json: &mut String, text: &str) {
    json.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        json.push_str(text.get(plain..at).unwrap_or_default());
        plain = at + 1;
        match byte {
            b'"' | b'\\' => json.extend(['\\', char::from(byte)]),
            _ => {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                json.push_str("\\u00");
                json.extend([byte >> 4, byte & 0xf].map(|digit| char::from(DIGITS[usize::from(digit)])));
            }
        }
    }
    json.push_str(text.get(plain..).unwrap_or_default());
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Json, Error> {
        check(text)?;
        Json::known(text)
    }

    #[test]
    fn members_keep_their_order_and_their_text() {
        let text = r#"{"b": 1.50, "a\n": {"x": [1, 2]}, "c": "é"}"#;
        let members = Members::parse(text).unwrap();
        let all: Vec<_> = members.iter().collect();
        assert_eq!(all, [("b", "1.50"), ("a\n", r#"{"x": [1, 2]}"#), ("c", r#""é""#)]);
        assert_eq!(members.text("c").as_deref(), Some("é"));
        assert_eq!(members.text("b"), None);
        assert!(Members::parse("[1]").is_err());
        assert!(Members::parse(r#"{"a": 1"#).is_err());
    }

    #[test]
    fn values_keep_their_digits() {
        let value = parse(r#" {"b": 0.12345678901234567891, "a": [true, null, "x"]} "#).unwrap();
        let number = Json::Number("0.12345678901234567891".to_string());
        let array = Json::Array(alloc::vec![Json::from(true), Json::Null, Json::from("x")]);
        assert_eq!(value, Json::Object(alloc::vec![("b".to_string(), number), ("a".to_string(), array)]));
    }

    #[test]
    fn what_is_read_is_written_again() {
        let text = r#"{"b":[1.50,true,null,{},[]],"a\n\"\\":"é\u0001/","c":{"d":-0.0}}"#;
        let written = parse(text).unwrap().to_string();
        assert_eq!(parse(&written).unwrap(), parse(text).unwrap());
        assert_eq!(written, text.replace("\\n", "\\u000a"));
    }

    #[test]
    fn what_would_lose_something_is_refused() {
        for text in
            [r#"{"a": {"b": 1, "b": 2}}"#, r#"[{"b": 1, "\u0062": 2}]"#, "{", "", "[1,]", "NaN", "1 2"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&["[".repeat(100_000), "]".repeat(100_000)].concat()).is_err());
    }
}
