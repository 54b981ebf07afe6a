//! Makes an input of everything that a JSON Schema of the connector's allows.

use serde_json::{Map, Value, json};

/// An input with all properties of the upper `depth` levels of objects. Below them is only what is required. Arrays and maps have one value.
pub fn sample(schema: &Value, depth: usize) -> Value {
    if let Some(first) = schema["enum"].as_array().and_then(|allowed| allowed.iter().find(|one| is_set(one)))
    {
        return first.clone();
    }
    if let Some(alternatives) = schema["anyOf"].as_array() {
        let chosen = alternatives.iter().find(|one| !is_nothing(one));
        return chosen.map_or(Value::Null, |chosen| sample(chosen, depth));
    }
    match type_of(schema) {
        Some("object") => object(schema, depth),
        Some("array") => json!([sample(&schema["items"], depth)]),
        Some("boolean") => json!(true),
        Some("integer") => json!(schema["minimum"].as_i64().map_or(1, |least| least.max(1))),
        // No integer, so that nobody takes it for one.
        Some("number") => json!(1.5),
        Some("null") => Value::Null,
        // Where anything is allowed, a text is.
        _ => json!(text(schema)),
    }
}

fn object(schema: &Value, depth: usize) -> Value {
    let mut fields = Map::new();
    for (name, own) in schema["properties"].as_object().into_iter().flatten() {
        let required = schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
        if depth > 0 || required {
            fields.insert(name.clone(), sample(own, depth.saturating_sub(1)));
        }
    }
    if schema["additionalProperties"].is_object() && depth > 0 {
        fields.insert("x".to_owned(), sample(&schema["additionalProperties"], depth - 1));
    }
    Value::Object(fields)
}

/// The first type that is a value's.
fn type_of(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::Array(types) => {
            let named: Vec<_> = types.iter().filter_map(Value::as_str).collect();
            named.iter().find(|name| **name != "null").or(named.first()).copied()
        }
        own => own.as_str(),
    }
}

/// The schema with one of each of its alternatives, counted round. What takes a value away is left out.
pub fn chosen(schema: &Value, nth: usize) -> Value {
    match schema {
        Value::Object(fields) => match fields.get("anyOf").and_then(Value::as_array) {
            Some(alternatives) => {
                let set: Vec<_> = alternatives.iter().filter(|one| !is_nothing(one)).collect();
                chosen(set[nth % set.len()], nth)
            }
            None => fields.iter().map(|(name, own)| (name.clone(), chosen(own, nth))).collect(),
        },
        Value::Array(items) => items.iter().map(|item| chosen(item, nth)).collect(),
        plain => plain.clone(),
    }
}

/// Whether a schema allows only what takes a value away.
fn is_nothing(schema: &Value) -> bool {
    let listed = schema["enum"].as_array();
    type_of(schema) == Some("null") || listed.is_some_and(|allowed| !allowed.iter().any(is_set))
}

fn is_set(value: &Value) -> bool {
    !value.is_null() && value != ""
}

fn text(schema: &Value) -> &str {
    if schema["contentEncoding"] == "base64" {
        return "AAEC/w==";
    }
    match schema["format"].as_str() {
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("date") => "2026-01-01",
        Some("uri") => "https://example.com/",
        Some("decimal") => "1",
        _ => "x",
    }
}

#[test]
fn plain_values_are_valid() {
    let cases = [
        (json!({"type": "string"}), json!("x")),
        (json!({"type": ["null", "string"]}), json!("x")),
        (
            json!({"type": ["string", "integer", "null"], "format": "date-time"}),
            json!("2026-01-01T00:00:00Z"),
        ),
        (json!({"type": "string", "enum": ["", "day", "week"]}), json!("day")),
        (json!({"type": ["integer", "null"]}), json!(1)),
        (json!({"type": "integer", "minimum": 5}), json!(5)),
        (json!({"type": "number"}), json!(1.5)),
        (json!({"type": "boolean"}), json!(true)),
        (json!({"anyOf": [{"type": "null"}, {"enum": [""]}, {"type": "boolean"}]}), json!(true)),
        (json!({"type": "null"}), Value::Null),
        (json!({}), json!("x")),
    ];
    for (schema, expected) in cases {
        assert_eq!(sample(&schema, 0), expected, "{schema}");
    }
}

#[test]
fn objects_are_whole_in_the_upper_levels() {
    let schema = json!({
        "type": "object",
        "required": ["Items"],
        "properties": {
            "Name": {"type": "string"},
            "Metadata": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
            "Items": {"type": "array", "items": {
                "type": "object",
                "required": ["price"],
                "properties": {"price": {"type": "string"}, "tiers": {"type": "array", "items": {"type": "integer"}}},
            }},
        },
    });
    let whole = json!({"Name": "x", "Metadata": {"x": "x"}, "Items": [{"price": "x", "tiers": [1]}]});
    assert_eq!(sample(&schema, 4), whole);
    assert_eq!(sample(&schema, 2), whole);
    assert_eq!(sample(&schema, 1), json!({"Name": "x", "Metadata": {}, "Items": [{"price": "x"}]}));
    assert_eq!(sample(&schema, 0), json!({"Items": [{"price": "x"}]}));
}
