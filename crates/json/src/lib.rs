//! JSON text taken apart without changing it: numbers keep their digits, objects their order, and what is not looked
//! at stays the text that was sent.

#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

mod pieces;

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use pieces::{Pieces, said};
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

impl Error {
    /// JSON of another form than is expected.
    pub fn form(why: &str) -> Self {
        Error::Form(why.to_string())
    }
}

/// Whether a text is JSON. What is `known` can be taken apart without being checked again.
pub fn check(text: &str) -> Result<(), Error> {
    serde_json::from_str(text).map(|IgnoredAny| ()).map_err(Error::Syntax)
}

/// Most objects of Stripe's have no more.
const MEMBERS: usize = 32;

/// The members of one object in the order of the text.
#[derive(Default)]
pub struct Members<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Members<'a> {
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        parse(text, None).map(|(members, _)| members)
    }

    /// The same, and apart from the others the items of the member with that name, which is an array. A page of a list
    /// is read once and no more.
    pub fn parse_with_items(text: &'a str, name: &str) -> Result<(Self, Option<Vec<&'a str>>), Error> {
        parse(text, Some(name))
    }

    /// The same of a text that is known to be JSON.
    pub fn known(text: &'a str) -> Result<Self, Error> {
        let no_object = || Error::form("it is no JSON object");
        let mut pieces = Pieces::of(text);
        if !pieces.take(b'{') {
            return Err(no_object());
        }
        let mut members = Vec::with_capacity(MEMBERS);
        while !pieces.take(b'}') {
            let (name, escaped) = pieces.quoted().ok_or_else(no_object)?;
            let name =
                said(name, escaped).ok_or_else(|| Error::form("a name has an escape that is no letter"))?;
            pieces.take(b':');
            members.push((name, pieces.value().ok_or_else(no_object)?));
            pieces.take(b',');
        }
        Ok(Members(members))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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

type Parsed<'a> = (Members<'a>, Option<Vec<&'a str>>);

/// Checks a text and takes it apart in one go.
fn parse<'a>(text: &'a str, items_of: Option<&str>) -> Result<Parsed<'a>, Error> {
    members(text, items_of).ok_or_else(|| match check(text) {
        Err(syntax) => syntax,
        Ok(()) => Error::form("it is JSON, and no object that is read here"),
    })
}

/// The members of an object if the text is one and nothing else.
fn members<'a>(text: &'a str, items_of: Option<&str>) -> Option<Parsed<'a>> {
    let mut pieces = Pieces::of(text);
    let (mut members, mut items) = (Vec::with_capacity(MEMBERS), None);
    pieces.take(b'{').then_some(())?;
    let mut more = !pieces.take(b'}');
    while more {
        let (name, escaped) = Pieces::of(pieces.checked()?).quoted()?;
        let name = said(name, escaped)?;
        pieces.take(b':').then_some(())?;
        if items.is_none() && items_of == Some(&name) {
            items = Some(checked_items(&mut pieces)?);
        } else {
            members.push((name, pieces.checked()?));
        }
        more = goes_on(&mut pieces, b'}')?;
    }
    pieces.is_at_end().then_some((Members(members), items))
}

fn checked_items<'a>(pieces: &mut Pieces<'a>) -> Option<Vec<&'a str>> {
    pieces.take(b'[').then_some(())?;
    let mut items = Vec::new();
    let mut more = !pieces.take(b']');
    while more {
        items.push(pieces.checked()?);
        more = goes_on(pieces, b']')?;
    }
    Some(items)
}

/// Whether a comma follows, or else the end, and nothing if neither does.
fn goes_on(pieces: &mut Pieces, end: u8) -> Option<bool> {
    let more = pieces.take(b',');
    (more || pieces.take(end)).then_some(more)
}

impl<'a> IntoIterator for Members<'a> {
    type Item = (Cow<'a, str>, &'a str);
    type IntoIter = alloc::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The texts of the items of an array that is known to be JSON.
pub fn items(text: &str) -> Result<Vec<&str>, Error> {
    let no_array = || Error::form("it is no JSON array");
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

/// The text of the value in a text that is known to be JSON, without the white space around it.
pub fn value(text: &str) -> Option<&str> {
    Pieces::of(text).value()
}

/// The string that a JSON text holds, or nothing if it holds something else.
pub fn text(json: &str) -> Option<String> {
    let (inside, escaped) = Pieces::of(json).quoted()?;
    said(inside, escaped).map(Cow::into_owned)
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

/// Whether two names are the same, which is asked for every member of every object: by eight bytes at a time.
pub fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let (ones, rest) = one.as_chunks::<8>();
    let (others, its) = other.as_chunks::<8>();
    let same = |(one, other): (&[u8; 8], &[u8; 8])| u64::from_le_bytes(*one) == u64::from_le_bytes(*other);
    ones.iter().zip(others).all(same) && rest.iter().zip(its).all(|(one, other)| one == other)
}

/// Whether a string stands in JSON as it is.
pub fn is_plain(text: &str) -> bool {
    text.bytes().all(is_plain_byte)
}

fn is_plain_byte(byte: u8) -> bool {
    byte >= 0x20 && byte != b'"' && byte != b'\\'
}

/// Appends a member: the sign before it, its name as [`push_quoted`] has it with the colon, and the text of its value.
pub fn push_member(json: &mut String, sign: u8, name: &str, value: &str) {
    json.reserve(1 + name.len() + value.len());
    json.push(sign.into());
    json.push_str(name);
    json.push_str(value);
}

/// Appends a string as JSON text.
pub fn push_quoted(json: &mut String, text: &str) {
    json.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if is_plain_byte(byte) {
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
    fn what_is_taken_apart_is_json() {
        let page = r#" {"a": {}, "data": [1, "x,]", {"b": []} ], "data": [], "c": -1.5e3} "#;
        let (members, items) = Members::parse_with_items(page, "data").unwrap();
        assert_eq!(members.iter().collect::<Vec<_>>(), [("a", "{}"), ("data", "[]"), ("c", "-1.5e3")]);
        assert_eq!(items.unwrap(), ["1", r#""x,]""#, r#"{"b": []}"#]);
        assert_eq!(Members::parse_with_items("{}", "data").unwrap().1, None);
        assert!(Members::parse_with_items(r#"{"data": []}"#, "data").unwrap().1.unwrap().is_empty());
        // One sign less or another one: what serde_json refuses is refused.
        for (at, _) in page.char_indices() {
            for other in ["", " ", ",", ":", "\"", "{", "}", "[", "]", "0", "x", "\\", "\n"] {
                let text = [&page[..at], other, &page[at + 1..]].concat();
                let value = serde_json::from_str::<serde_json::Value>(&text);
                let is_page = value.is_ok_and(|value| value.is_object());
                assert_eq!(Members::parse(&text).is_ok(), is_page, "{text}");
                let with_items = Members::parse_with_items(&text, "data");
                assert!(with_items.is_err() || is_page, "{text}");
            }
        }
        assert!(matches!(Members::parse_with_items(r#"{"data": 1}"#, "data"), Err(Error::Form(_))));
        assert!(matches!(Members::parse(r#"{"a": tru}"#), Err(Error::Syntax(_))));
    }

    #[test]
    fn values_are_found_wherever_a_word_of_eight_bytes_ends() {
        for spaces in 0..20 {
            let (gap, word) = (" ".repeat(spaces), "Y_y".repeat(spaces));
            let object = [r#"{"a]": "#, &gap, r#"["\\", ""#, &word, r#"\"}"], "b":"#, &gap, "1}"].concat();
            let text = [&gap, "[", &gap, &object, ",", &object, &gap, "]"].concat();
            check(&text).unwrap();
            let items = items(&text).unwrap();
            assert_eq!(items, [&object, &object]);
            let members = Members::known(items[1]).unwrap();
            let inner = ["[\"\\\\\", \"", &word, "\\\"}\"]"].concat();
            assert_eq!(members.iter().collect::<Vec<_>>(), [("a]", inner.as_str()), ("b", "1")]);
        }
    }
}
