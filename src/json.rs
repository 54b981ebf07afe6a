//! JSON text taken apart without changing it: numbers keep their digits, objects their order, and what is not looked
//! at stays the text that was sent.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of one object in the order of the text.
#[derive(Default)]
pub struct Members<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Members<'a> {
    pub fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
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

/// Deserializes keys without copying where the text has no escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(Cow<'de, str>, &'de str)>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(16);
                while let Some((Key(name), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    members.push((name, value.get()));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Collect).map(Members)
    }
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
    /// Reads a value. A name that stands twice in an object is refused: one of its values would be lost.
    pub fn parse(text: &str) -> Result<Json, serde_json::Error> {
        let raw: &RawValue = serde_json::from_str(text)?;
        Json::read(raw.get(), 0)
    }

    fn read(text: &str, depth: usize) -> Result<Json, serde_json::Error> {
        if depth > MAX_DEPTH {
            return Err(serde_json::Error::custom("nested too deeply"));
        }
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let mut members: Vec<(String, Json)> = Vec::new();
                let own = Members::parse(text)?;
                if own.iter().count() > MAX_MEMBERS {
                    return Err(serde_json::Error::custom(format_args!("more than {MAX_MEMBERS} members")));
                }
                for (name, value) in own.iter() {
                    members.push((name.to_string(), Json::read(value, depth + 1)?));
                }
                if let Some(name) = repeated(members.iter().map(|(name, _)| name.as_str())) {
                    return Err(serde_json::Error::custom(format_args!("`{name}` is given twice")));
                }
                Json::Object(members)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                let items = items.iter().map(|item| Json::read(item.get(), depth + 1));
                Json::Array(items.collect::<Result<_, _>>()?)
            }
            Some(b'"') => Json::Text(serde_json::from_str(text)?),
            Some(b't' | b'f') => Json::Boolean(serde_json::from_str(text)?),
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

/// A name that is there more than once.
pub fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.windows(2).find_map(|pair| match pair {
        [one, other] if one == other => Some(*one),
        _ => None,
    })
}

/// The string that a JSON text holds, or nothing if it holds something else.
pub fn text(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
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
        let value = Json::parse(r#" {"b": 0.12345678901234567891, "a": [true, null, "x"]} "#).unwrap();
        let number = Json::Number("0.12345678901234567891".to_string());
        let array = Json::Array(alloc::vec![Json::from(true), Json::Null, Json::from("x")]);
        assert_eq!(value, Json::Object(alloc::vec![("b".to_string(), number), ("a".to_string(), array)]));
    }

    #[test]
    fn what_is_read_is_written_again() {
        let text = r#"{"b":[1.50,true,null,{},[]],"a\n\"\\":"é\u0001/","c":{"d":-0.0}}"#;
        let written = Json::parse(text).unwrap().to_string();
        assert_eq!(Json::parse(&written).unwrap(), Json::parse(text).unwrap());
        assert_eq!(written, text.replace("\\n", "\\u000a"));
    }

    #[test]
    fn what_would_lose_something_is_refused() {
        for text in
            [r#"{"a": {"b": 1, "b": 2}}"#, r#"[{"b": 1, "\u0062": 2}]"#, "{", "", "[1,]", "NaN", "1 2"]
        {
            assert!(Json::parse(text).is_err(), "{text}");
        }
        assert!(Json::parse(&["[".repeat(100_000), "]".repeat(100_000)].concat()).is_err());
    }
}
