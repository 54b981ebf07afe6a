//! Checks JSON against a schema: the bodies of the newer operations, and every answer.

use serde_json::{Map, Value};

use super::check::{alternatives, map_values, not_listed, required, wrong_text};
use super::description::Description;
use super::findings::{Findings, Place};

/// What is found of a value at a place.
pub fn check(description: &Description, schema: &Value, value: &Value, place: &Place) -> Findings {
    let own = description.resolve(schema);
    if value.is_null() && own["nullable"] == true {
        return Findings::value(place);
    }
    if let Some(alternatives) = alternatives(own) {
        let found = Findings::of_nearest(alternatives, |one| check(description, one, value, place));
        return found.unwrap_or_else(|| Findings::complaint(place, "has no alternatives"));
    }
    let wrong = match (own["type"].as_str(), value) {
        (Some("object"), Value::Object(fields)) => return object(description, own, fields, place),
        (Some("array"), Value::Array(items)) => return array(description, &own["items"], items, place),
        (Some("string"), Value::String(text)) => wrong_text(own, text),
        (Some("integer"), Value::Number(number)) if !number.is_f64() => not_listed(own, value),
        (Some("number"), Value::Number(_)) | (Some("boolean"), Value::Bool(_)) => not_listed(own, value),
        _ => return Findings::other_kind(place, format_args!("is {value}, which is no {}", own["type"])),
    };
    match wrong {
        Some(why) => Findings::complaint(place, why),
        None => Findings::value(place),
    }
}

fn object(description: &Description, schema: &Value, fields: &Map<String, Value>, place: &Place) -> Findings {
    let mut found = Findings::default();
    // An object of which nothing is said may have anything.
    let free = schema["properties"].is_null() && schema["additionalProperties"].is_null();
    for (name, value) in fields {
        if let Some(own) = schema["properties"].get(name) {
            found.add(check(description, own, value, &place.property(name)));
        } else if let Some(values) = map_values(schema) {
            found.add(check(description, values, value, &place.value(name)));
        } else if !free {
            found.complain(&place.property(name), "is no parameter");
        }
    }
    for name in required(schema).filter(|name| !fields.contains_key(*name)) {
        found.complain(&place.property(name), "is missing");
    }
    found
}

fn array(description: &Description, items: &Value, values: &[Value], place: &Place) -> Findings {
    let mut found = Findings::default();
    for (index, value) in values.iter().enumerate() {
        found.add(check(description, items, value, &place.item(index)));
    }
    found
}
