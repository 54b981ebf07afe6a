//! Makes an answer from the schema of an answer.

use serde_json::{Map, Value, json};

use super::check::{alternatives, map_values, required};
use super::description::Description;

/// Objects down to here have their optional fields too.
const FULL_LEVELS: usize = 3;

/// An answer, with all that the schema requires and, in the upper levels, all that it allows.
pub fn of(description: &Description, schema: &Value) -> Value {
    value(description, schema, "", 0)
}

fn value(description: &Description, schema: &Value, name: &str, level: usize) -> Value {
    let own = description.resolve(schema);
    if let Some(first) = own["enum"].get(0) {
        return first.clone();
    }
    if own["nullable"] == true && (is_next_page(name) || (level > FULL_LEVELS && !is_plain(own))) {
        return Value::Null;
    }
    if let Some(alternatives) = alternatives(own) {
        // What may be an id or a whole object is an id unless it is expanded.
        let id = alternatives.iter().find(|one| is_plain(description.resolve(one)));
        return match id.or(alternatives.first()) {
            Some(chosen) => value(description, chosen, "id", level),
            None => Value::Null,
        };
    }
    match own["type"].as_str() {
        Some("object") => object(description, own, level),
        Some("array") if level > FULL_LEVELS => json!([]),
        Some("array") => json!([value(description, &own["items"], "", level)]),
        Some("boolean") => json!(false),
        Some("integer") if own["format"] == "unix-time" => json!(1_767_225_600),
        Some("integer") => json!(1),
        Some("number") => json!(1.5),
        Some("string") => Value::String(text(own, name)),
        other => panic!("an example of the type {other:?}: {own}"),
    }
}

fn object(description: &Description, schema: &Value, level: usize) -> Value {
    let mut fields = Map::new();
    for (name, own) in schema["properties"].as_object().into_iter().flatten() {
        // Where it is optional it says that the object is there no more.
        let optional = level < FULL_LEVELS && name != "deleted";
        if optional || required(schema).any(|one| one == name) {
            fields.insert(name.clone(), value(description, own, name, level + 1));
        }
    }
    if let Some(values) = map_values(schema).filter(|_| level < FULL_LEVELS) {
        fields.insert("example".to_owned(), value(description, values, "", level + 1));
    }
    Value::Object(fields)
}

/// An example is its only page.
fn is_next_page(name: &str) -> bool {
    matches!(name, "next_page" | "next_page_url" | "previous_page_url")
}

fn is_plain(schema: &Value) -> bool {
    matches!(schema["type"].as_str(), Some("string" | "integer" | "number" | "boolean"))
}

fn text(schema: &Value, name: &str) -> String {
    if let Some(pattern) = schema["pattern"].as_str() {
        return pattern.trim_start_matches('^').replace("[^/]+", "id_example");
    }
    let text = match schema["format"].as_str() {
        Some("currency") => "usd",
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("decimal") => "1.5",
        Some("int64") => "1",
        _ if name == "id" => "id_example",
        _ => "example",
    };
    let most = schema["maxLength"].as_u64().map_or(usize::MAX, |most| most as usize);
    text.chars().take(most).collect()
}
