//! JSON text taken apart without changing it, and a caller's values.

use crate::order::repeated;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
pub use stripe_connector_json::{
    Error, Items, Member, Members, check, is_object, is_plain, is_same, items, push_member, push_quoted,
    quote, text, value,
};

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
        let text = value(text).ok_or_else(|| Error::form("there is nothing"))?;
        Json::read(text, None, 0)
    }

    /// Reads a member's value.
    pub fn of(member: &Member) -> Result<Json, Error> {
        Json::member(member, 0)
    }

    fn member(member: &Member, depth: usize) -> Result<Json, Error> {
        let inside = is_object(member.value).then(|| member.inside()).transpose()?;
        Json::read(member.value, inside, depth)
    }

    /// Of an object the members may be known.
    fn read(text: &str, members: Option<Members>, depth: usize) -> Result<Json, Error> {
        if depth > MAX_DEPTH {
            return Err(Error::form("nested too deeply"));
        }
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let own = members.map_or_else(|| Members::parse(text), Ok)?;
                if own.len() > MAX_MEMBERS {
                    return Err(Error::Form(format!("more than {MAX_MEMBERS} members")));
                }
                if let Some(name) = repeated(own.iter().map(|(name, _)| name)) {
                    return Err(Error::Form(format!("`{name}` is given twice")));
                }
                let mut members = Vec::with_capacity(own.len());
                for member in own.members() {
                    members.push((member.name.to_string(), Json::member(&member, depth + 1)?));
                }
                Json::Object(members)
            }
            Some(b'[') => {
                let items = items(text)?.into_iter().map(|item| Json::read(item, None, depth + 1));
                Json::Array(items.collect::<Result<_, _>>()?)
            }
            Some(b'"') => Json::Text(
                self::text(text).ok_or_else(|| Error::form("a text has an escape that is no letter"))?,
            ),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Json, Error> {
        check(text)?;
        Json::known(text)
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
