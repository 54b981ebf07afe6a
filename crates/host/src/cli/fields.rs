//! JSON objects as they came: keys in their order, values as they were written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The keys and values of a JSON object.
pub struct Fields(Vec<(String, Box<RawValue>)>);

impl Fields {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Names and JSON values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.get()))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Fields(pairs))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

/// A JSON value for a person: text without quotes, a list of texts without brackets, null as nothing, everything else
/// as JSON, escaped.
pub fn readable(json: &str) -> String {
    let text = match json.as_bytes().first() {
        Some(b'n') => String::new(),
        Some(b'"') => serde_json::from_str(json).unwrap_or_else(|_| json.to_owned()),
        Some(b'[') => serde_json::from_str::<Vec<String>>(json)
            .map_or_else(|_| json.to_owned(), |texts| texts.join(", ")),
        _ => json.to_owned(),
    };
    escaped(&text)
}

/// A text with its control characters spelled out, so that it cannot move the cursor.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_numbers_stay() {
        let fields: Fields = serde_json::from_str(r#"{"b": 1.50, "a": {"z": 1}, "c": null}"#).unwrap();
        let pairs: Vec<_> = fields.iter().collect();
        assert_eq!(pairs, [("b", "1.50"), ("a", r#"{"z": 1}"#), ("c", "null")]);
    }

    #[test]
    fn for_people() {
        assert_eq!(readable(r#""Jenny \"J\" Rosen""#), r#"Jenny "J" Rosen"#);
        assert_eq!(readable(r#""a\u001b[2Jb\n""#), r"a\u{1b}[2Jb\n");
        assert_eq!(readable("null"), "");
        assert_eq!(readable("[1.0]"), "[1.0]");
        assert_eq!(readable(r#"["list", "get"]"#), "list, get");
    }
}
