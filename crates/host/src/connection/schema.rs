//! The connection file as a JSON Schema, for editors.

use serde_json::{Map, Value, json};

use super::table::{Kind, SETTINGS, Setting};

/// A JSON Schema of the connection file, draft 2020-12. It is a little stricter than reading: there an empty text is as
/// good as nothing, and words may be in capitals or not.
pub fn schema() -> Value {
    let mut properties = Map::new();
    for setting in SETTINGS {
        match setting.name.split_once('.') {
            None => {
                properties.insert(setting.name.to_owned(), property(setting));
            }
            Some((table, name)) => {
                let table = properties.entry(table).or_insert_with(
                    || json!({ "type": "object", "properties": {}, "additionalProperties": false }),
                );
                if let Some(inner) = table["properties"].as_object_mut() {
                    inner.insert(name.to_owned(), property(setting));
                }
            }
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A connection to Stripe",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn property(setting: &Setting) -> Value {
    let mut property = of_kind(setting.kind);
    property["description"] = json!(setting.about);
    if let Some(default) = setting.default {
        property["default"] = match setting.kind {
            Kind::Number(..) => json!(default.parse::<u32>().ok()),
            Kind::Truth => json!(default == "true"),
            _ => json!(default),
        };
    }
    property
}

fn of_kind(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Name => {
            json!({ "type": "string", "pattern": "^[a-z]([a-z0-9-]*[a-z0-9])?$", "maxLength": 49 })
        }
        Kind::Token => json!({ "type": ["string", "integer"], "pattern": "^[!-~]+$", "maxLength": 255 }),
        Kind::Machine => json!({ "type": "string", "pattern": "^[A-Za-z0-9.:\\[\\]-]+$", "maxLength": 253 }),
        Kind::Url => json!({ "type": "string", "pattern": "^https?://[^@?#\\s]+$" }),
        Kind::Number(least, most) => json!({
            "anyOf": [
                { "type": "integer", "minimum": least, "maximum": most },
                { "type": "string", "pattern": "^\\s*[0-9]+\\s*$" },
            ],
        }),
        Kind::Truth => json!({ "enum": [true, false, "true", "false"] }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::Pairs => {
            json!({ "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] } })
        }
        Kind::Redis => json!({ "type": "string", "pattern": "^rediss?://[^?#\\s]+$" }),
        Kind::Store => json!({ "type": "string", "pattern": "^(env|dir:.+|command:.+)$" }),
    }
}
