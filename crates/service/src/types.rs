//! The catalog's types as the API's `dataType`.

use serde_json::{Map, Value, json};

/// The API's word for a type of the catalog.
pub fn data_type(kind: &str) -> &'static str {
    match kind {
        "text" | "reference" => "VARCHAR",
        "integer" => "BIGINT",
        "number" => "DOUBLE",
        "decimal" => "DECIMAL",
        "boolean" => "BOOLEAN",
        "instant" => "TIMESTAMP_WITH_TIMEZONE",
        "bytes" => "BLOB",
        "map" | "object" => "STRUCT",
        "array" => "ARRAY",
        _ => "OTHER",
    }
}

/// What a value of the type looks like, where the API's word alone would leave it open.
pub fn description(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "decimal" => "A decimal number, as a text so that no digit is lost.",
        "instant" => "RFC 3339 in UTC.",
        "bytes" => "The bytes in base64.",
        "map" => "Names and values of the account's own.",
        "object" => "Flattened into further columns; selected, it stands for all of them.",
        "any" => "What Stripe sends, as it is.",
        _ => return None,
    })
}

/// A field or a parameter as far as both have the same: name, type, whether it may be null, and the schema of a struct.
pub fn typed(
    name: &str,
    kind: &str,
    nullable: bool,
    schema: impl FnOnce() -> Option<Value>,
) -> Map<String, Value> {
    let data_type = data_type(kind);
    let mut field = Map::new();
    field.insert("name".to_owned(), json!(name));
    field.insert("dataType".to_owned(), json!(data_type));
    field.insert("nullable".to_owned(), json!(nullable));
    if let Some(description) = description(kind) {
        field.insert("description".to_owned(), json!(description));
    }
    if data_type == "STRUCT"
        && let Some(schema) = schema()
    {
        field.insert("jsonSchema".to_owned(), schema);
    }
    field
}
