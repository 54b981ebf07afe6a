//! The catalog's JSON Schemas (draft-07) as the API's `JsonSchema`, whose `type` is a list and whose keywords are few.

use serde_json::{Map, Value, json};

/// Keywords whose value is kept as it is.
const PLAIN: [&str; 28] = [
    "$comment", "$id", "$ref", "$schema", "const", "contentEncoding", "contentMediaType", "default",
    "dependencies", "description", "enum", "examples", "exclusiveMaximum", "exclusiveMinimum", "format",
    "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum",
    "multipleOf", "pattern", "required", "title", "uniqueItems",
];
/// Keywords whose value is a schema.
const SCHEMA: [&str; 9] = [
    "additionalItems", "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames",
    "then",
];
/// Keywords whose value is a list of schemas.
const LIST: [&str; 3] = ["allOf", "anyOf", "oneOf"];
/// Keywords whose value is schemas by name.
const NAMED: [&str; 4] = ["$defs", "definitions", "patternProperties", "properties"];

/// The schema in the API's form.
pub fn convert(schema: Value) -> Value {
    match schema {
        Value::Object(members) => Value::Object(members.into_iter().filter_map(keyword).collect()),
        // `true` and `false` are schemas in draft-07; the API has objects only.
        Value::Bool(false) => json!({"not": {}}),
        _ => Value::Object(Map::new()),
    }
}

fn keyword((name, value): (String, Value)) -> Option<(String, Value)> {
    let known = |names: &[&str]| names.contains(&name.as_str());
    let value = match value {
        Value::String(one) if name == "type" => json!([one]),
        several if name == "type" => several,
        value if known(&PLAIN) || name == "readOnly" || name == "writeOnly" => value,
        schema if known(&SCHEMA) => convert(schema),
        Value::Array(schemas) if known(&LIST) => Value::Array(schemas.into_iter().map(convert).collect()),
        Value::Object(schemas) if known(&NAMED) => {
            Value::Object(schemas.into_iter().map(|(name, schema)| (name, convert(schema))).collect())
        }
        _ => return None,
    };
    Some((name, value))
}

/// The schema of a property, in the API's form, if there is one.
pub fn property(schema: &Value, name: &str) -> Option<Value> {
    Some(convert(schema.get("properties")?.get(name)?.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_lists_on_every_level() {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "unevaluatedProperties": false,
            "properties": {
                "type": {"type": ["string", "null"], "enum": ["type", null]},
                "list": {"type": "array", "items": {"anyOf": [{"type": "integer"}, {}]}},
            },
            "additionalProperties": {"type": "string", "if": true},
            "patternProperties": {"^x": false},
            "required": ["type"],
        });
        let expected = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": ["object"],
            "properties": {
                "type": {"type": ["string", "null"], "enum": ["type", null]},
                "list": {"type": ["array"], "items": {"anyOf": [{"type": ["integer"]}, {}]}},
            },
            "additionalProperties": {"type": ["string"], "if": {}},
            "patternProperties": {"^x": {"not": {}}},
            "required": ["type"],
        });
        assert_eq!(convert(schema), expected);
    }
}
