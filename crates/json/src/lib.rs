//! JSON text taken apart without changing it: numbers keep their digits, objects their order, and what is not looked
//! at stays the text that was sent.

#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

mod members;
mod pieces;

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
pub use members::{Items, Member, Members};
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

/// Whether a text is JSON.
pub fn check(text: &str) -> Result<(), Error> {
    serde_json::from_str(text).map(|IgnoredAny| ()).map_err(Error::Syntax)
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
        let page = r#" {"a": {}, "data": [1, "x,]", {"b": [], "\u00e9": "é"} ], "data": [], "c": -1.5e3} "#;
        let (members, items) = Members::parse_with_items(page, "data").unwrap();
        let names: Vec<_> = members.iter().map(|(name, _)| name).collect();
        assert_eq!(
            (names.as_slice(), members.get("c")),
            (["a", "data", "data", "c"].as_slice(), Some("-1.5e3"))
        );
        let items = items.unwrap();
        let texts: Vec<_> = (0..items.len()).filter_map(|at| items.text(page, at)).collect();
        assert_eq!(texts, ["1", r#""x,]""#, r#"{"b": [], "\u00e9": "é"}"#]);
        assert!(items.members(page, 1).is_err());
        let own = items.members(page, 2).unwrap();
        assert_eq!(own.iter().collect::<Vec<_>>(), [("b", "[]"), ("é", r#""é""#)]);
        assert!(items.members(page, 3).is_err());
        assert!(Members::parse_with_items("{}", "data").unwrap().1.is_none());
        assert!(Members::parse_with_items(r#"{"data": []}"#, "data").unwrap().1.unwrap().is_empty());
        // One sign less or another one: what serde_json refuses is refused.
        for (at, sign) in page.char_indices() {
            for other in ["", " ", ",", ":", "\"", "{", "}", "[", "]", "0", "x", "\\", "\n"] {
                let text = [&page[..at], other, &page[at + sign.len_utf8()..]].concat();
                let value = serde_json::from_str::<serde_json::Value>(&text);
                let is_page = value.is_ok_and(|value| value.is_object());
                assert_eq!(Members::parse(&text).is_ok(), is_page, "{text}");
                let with_items = Members::parse_with_items(&text, "data");
                assert!(with_items.is_err() || is_page, "{text}");
                let Ok((members, Some(items))) = with_items else { continue };
                for at in 0..items.len() {
                    let item = items.text(&text, at).unwrap();
                    assert_eq!(
                        items.members(&text, at).ok().map(told),
                        Members::parse(item).ok().map(told),
                        "{text}"
                    );
                }
                members.members().for_each(|member| assert_same_inside(&member));
            }
        }
        assert!(matches!(Members::parse_with_items(r#"{"data": 1}"#, "data"), Err(Error::Form(_))));
        assert!(matches!(Members::parse(r#"{"a": tru}"#), Err(Error::Syntax(_))));
    }

    fn told(members: Members) -> Vec<(String, String)> {
        members.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    /// What is known of the object in a member is what its text says by itself.
    fn assert_same_inside(member: &Member) {
        let (inside, parsed) = (member.inside().ok(), Members::parse(member.value).ok());
        assert_eq!(inside.clone().map(told), parsed.map(told), "{}", member.value);
        inside.iter().flat_map(Members::members).for_each(|member| assert_same_inside(&member));
    }

    #[test]
    fn what_is_inside_is_known_however_it_is_written_and_however_deep() {
        for object in [
            r#"{"a": {"b": {}, "c": [{"d": 1}, [{"e": {}}]], "f": {"g": 1.5e-3, "h": "\n"}}, "i": -0, "j": {"k": true}}"#,
            r#"{"\u0061\n": {"\"": {"é\ud83d\ude00": {"": null}}}, "b": [[], {"\t": 1}], "\\": {"c": {}}}"#,
            "{\"a\":{\"b\":{\"c\":[1,2,{\"d\":\"\\u0000\"}]}},\r\n\t \"e\" :\n          {\"f\" : false } }",
        ] {
            let members = Members::parse(object).unwrap();
            assert_eq!(members.len(), members.iter().count());
            members.members().for_each(|member| assert_same_inside(&member));
            assert!(members.member("nothing").is_none());
        }
        let mut deep = Members::default();
        let text = [r#"{"a":"#.repeat(100), "1".into(), "}".repeat(100)].concat();
        for depth in 0..100 {
            deep = match depth {
                0 => Members::parse(&text).unwrap(),
                _ => deep.member("a").unwrap().inside().unwrap(),
            };
        }
        assert_eq!(deep.get("a"), Some("1"));
        let endless = [r#"{"a":["#.repeat(100_000), "]}".repeat(100_000)].concat();
        assert_eq!(Members::parse(&endless).unwrap().len(), 1);
        // A name that says nothing is an error where it is looked at, and nowhere else.
        let odd = r#"{"a": {"b": {"\ud83d": 1}, "c": 2}, "d": 3}"#;
        let (members, _) = Members::parse_with_items(odd, "data").unwrap();
        assert_eq!(members.get("d"), Some("3"));
        let a = members.member("a").unwrap().inside();
        assert_eq!(a.as_ref().unwrap().get("c"), Some("2"));
        let why = a.unwrap().member("b").unwrap().inside().err().unwrap().to_string();
        assert_eq!(why, "a name has an escape that is no letter");
        let (_, items) = Members::parse_with_items(r#"{"d\u0061ta": [1]}"#, "data").unwrap();
        assert_eq!(items.unwrap().len(), 1);
    }

    #[test]
    fn what_has_too_many_members_is_not_taken_apart() {
        let many = |count: usize| ["{", &r#""":0,"#.repeat(count), r#""a":1}"#].concat();
        let too_many = many(1 << 19);
        let why = Members::parse(&too_many).err().unwrap().to_string();
        assert_eq!(why, "it has more members than are read");
        assert_eq!(Members::parse(&many((1 << 19) - 1)).unwrap().get("a"), Some("1"));
        let page = [r#"{"data": ["#, &many(300_000), ",", &many(300_000), r#",{"a": 2}]}"#].concat();
        let (_, items) = Members::parse_with_items(&page, "data").unwrap();
        let items = items.unwrap();
        let found = (0..3).map(|at| items.members(&page, at).unwrap().get("a"));
        assert_eq!(found.collect::<Vec<_>>(), [Some("1"), Some("1"), Some("2")]);
    }

    #[test]
    fn numbers_and_words_are_what_serde_json_takes_for_them() {
        for value in [
            "0", "-0", "00", "01", "-", "-1", "--1", "1-", "+1", "12345678901234567890123", "1.", "1.5",
            ".5", "1e5", "1E+5", "1e", "1e400", "0e0", "0.0", "0x1", "1_0", "1a", "tru", "true", "truex",
            "True", "nul", "null", "nullnull", "false", "fals", "\"\u{1f}\"", "\"\u{7f}\"", "\"\u{80}\"",
            "\"1234567\n\"", "\"12345678\t\"", "\"\\x\"", "\"\\u12g4\"", "NaN", "",
        ] {
            let text = ["{\"a\":", value, "}"].concat();
            let is_json = serde_json::from_str::<IgnoredAny>(&text).is_ok();
            assert_eq!(Members::parse(&text).is_ok(), is_json, "{text}");
            let text = ["{\"data\":[", value, " ]}"].concat();
            let is_json = serde_json::from_str::<IgnoredAny>(&text).is_ok();
            assert_eq!(Members::parse_with_items(&text, "data").is_ok(), is_json, "{text}");
        }
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
            let members = Members::parse(items[1]).unwrap();
            let inner = ["[\"\\\\\", \"", &word, "\\\"}\"]"].concat();
            assert_eq!(members.iter().collect::<Vec<_>>(), [("a]", inner.as_str()), ("b", "1")]);
        }
    }
}
