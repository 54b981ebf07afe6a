//! What an action answers, as documented: an array with one object whose values are texts or null.

use crate::catalog::documented::Answer;
use crate::json::{self, Members};
use crate::order::order;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The documented answer of an action, from the object that Stripe returned.
pub fn of(answer: Answer, object: &str) -> Result<String, json::Error> {
    const SUCCESS: &str = r#""Success":"true""#;
    Ok(match answer {
        Answer::Success => format!("[{{{SUCCESS}}}]"),
        Answer::Invoice => {
            let invoice =
                Members::parse(object)?.get("invoice").map_or_else(|| "null".to_string(), reference);
            format!("[{{\"InvoiceId\":{invoice},{SUCCESS}}}]")
        }
        Answer::Object => {
            let mut leaves = Vec::new();
            flatten("", &Members::parse(object)?, 0, &mut leaves)?;
            // `id` and `object` first, then the alphabet.
            let rank = |name: &str| match name {
                "id" => 0,
                "object" => 1,
                _ => 2,
            };
            let key = |at: usize| {
                let name = leaves.get(at).map_or("", |(name, _)| name.as_str());
                (rank(name), name)
            };
            let sorted = order(leaves.len(), &|one, other| key(one).cmp(&key(other)));
            let mut text = format!("[{{{SUCCESS}");
            for (name, value) in sorted.into_iter().filter_map(|at| leaves.get(at)) {
                push(&mut text, name, value);
            }
            text.push_str("}]");
            text
        }
    })
}

/// The id of a reference, whether it is expanded or not, as JSON text.
fn reference(value: &str) -> String {
    match Members::parse(value) {
        Ok(expanded) => expanded.get("id").unwrap_or("null").to_string(),
        Err(_) => value.to_string(),
    }
}

fn push(text: &mut String, name: &str, value: &str) {
    text.push(',');
    text.push_str(&json::quote(name));
    text.push(':');
    text.push_str(value);
}

/// The leaves of an object by dotted keys, as JSON texts: strings, or null for nulls and arrays. An empty object
/// has none. What is nested deeper than Stripe ever nests is left as the text of its JSON.
fn flatten(
    prefix: &str,
    object: &Members,
    depth: usize,
    leaves: &mut Vec<(String, String)>,
) -> Result<(), json::Error> {
    const MAX_DEPTH: usize = 32;
    for member in object.members() {
        let (name, value) = (member.name, member.value);
        let key = if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") };
        let leaf = match value.as_bytes().first() {
            Some(b'{') if depth < MAX_DEPTH => {
                flatten(&key, &member.inside()?, depth + 1, leaves)?;
                continue;
            }
            Some(b'[' | b'n') => "null".to_string(),
            Some(b'"') => value.to_string(),
            _ => json::quote(value),
        };
        leaves.push((key, leaf));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_comes_first_and_every_value_is_text_or_null() {
        let object = r#"{"z": 1, "object": "thing", "paid": true, "id": "t_1", "none": null, "empty": {},
            "lines": {"object": "list", "data": [1], "has_more": false}, "a_b": "x", "a": {"c": 1.50}}"#;
        assert_eq!(
            of(Answer::Object, object).unwrap(),
            r#"[{"Success":"true","id":"t_1","object":"thing","a.c":"1.50","a_b":"x","lines.data":null,"lines.has_more":"false","lines.object":"list","none":null,"paid":"true","z":"1"}]"#
        );
    }

    #[test]
    fn short_answers() {
        assert_eq!(of(Answer::Success, "{}").unwrap(), r#"[{"Success":"true"}]"#);
        for (object, invoice) in [
            (r#"{"invoice": "in_1"}"#, r#""in_1""#),
            (r#"{"invoice": {"id": "in_2"}}"#, r#""in_2""#),
            (r#"{"invoice": null}"#, "null"),
            ("{}", "null"),
        ] {
            assert_eq!(
                of(Answer::Invoice, object).unwrap(),
                format!(r#"[{{"InvoiceId":{invoice},"Success":"true"}}]"#)
            );
        }
        assert!(of(Answer::Object, "[]").is_err());
    }
}
