//! What forms and JSON have in common when they are checked against a schema.

use serde_json::Value;

/// The schemas of which one must fit.
pub fn alternatives(schema: &Value) -> Option<&Vec<Value>> {
    schema["anyOf"].as_array().or(schema["oneOf"].as_array())
}

/// Whether a schema is of the empty text, which takes away what was set.
pub fn is_unset(schema: &Value) -> bool {
    schema["enum"].as_array().is_some_and(|allowed| allowed.iter().all(|one| one == ""))
}

/// The names that an object must have.
pub fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// The schema of a map's values.
pub fn map_values(schema: &Value) -> Option<&Value> {
    Some(&schema["additionalProperties"]).filter(|values| values.is_object())
}

/// What is wrong with a value by the list of those that are allowed.
pub fn not_listed(schema: &Value, value: &Value) -> Option<String> {
    let allowed = schema["enum"].as_array()?;
    (!allowed.contains(value)).then(|| format!("is {value}, which is none of its values"))
}

/// What is wrong with a text.
pub fn wrong_text(schema: &Value, text: &str) -> Option<String> {
    if let Some(why) = not_listed(schema, &Value::from(text)) {
        return Some(why);
    }
    if schema["maxLength"].as_u64().is_some_and(|most| text.chars().count() as u64 > most) {
        return Some(format!("is longer than {}", schema["maxLength"]));
    }
    if schema["pattern"].as_str().is_some_and(|pattern| !begins_as(text, pattern)) {
        return Some(format!("is {text:?} and not as {}", schema["pattern"]));
    }
    let fits = match schema["format"].as_str() {
        Some("decimal") => is_decimal(text),
        Some("int64") => is_integer(text),
        Some("date-time") => is_instant(text),
        _ => true,
    };
    (!fits).then(|| format!("is {text:?}, which is no {}", schema["format"]))
}

/// Digits, maybe with a minus.
pub fn is_integer(text: &str) -> bool {
    is_digits(text.strip_prefix('-').unwrap_or(text))
}

/// Digits, maybe with a minus and a fraction.
pub fn is_decimal(text: &str) -> bool {
    match text.split_once('.') {
        None => is_integer(text),
        Some((whole, fraction)) => is_integer(whole) && is_digits(fraction),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `2026-01-31T12:00:00Z`, also with a fraction and with an offset.
fn is_instant(text: &str) -> bool {
    let shape = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(own, one)| match one {
                b'0' => own.is_ascii_digit(),
                _ => own == one,
            })
    };
    const SECONDS: &str = "0000-00-00T00:00:00";
    let Some((seconds, rest)) = text.split_at_checked(SECONDS.len()) else { return false };
    let offset = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let offset = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
            if offset.len() == fraction.len() {
                return false;
            }
            offset
        }
    };
    shape(seconds, SECONDS) && (offset == "Z" || shape(offset, "+00:00") || shape(offset, "-00:00"))
}

/// The description's only patterns are of how a path begins, with any segment written `[^/]+`.
fn begins_as(path: &str, pattern: &str) -> bool {
    let mut pieces = pattern.strip_prefix('^').expect("how a text begins").split("[^/]+");
    let first = pieces.next().unwrap_or_default();
    let behind_first = path.strip_prefix(first);
    let rest = pieces.try_fold(behind_first, |rest, piece| {
        let segment = rest?.find('/').filter(|length| *length > 0)?;
        Some(rest?[segment..].strip_prefix(piece))
    });
    rest.flatten().is_some()
}
