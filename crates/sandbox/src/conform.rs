//! Whether an object has the shape that Stripe's description gives it: every required field, every
//! type, every word of an enumeration.

use serde_json::Value;

use crate::instant::is_rfc3339;
use crate::spec::{Fields, Node, NodeId, SPEC};

/// What is wrong with the shape of one of Stripe's objects, by Stripe's description: each mistake with
/// its path. Nothing is wrong with what the sandbox makes.
pub fn violations(object: &Value) -> Vec<String> {
    let kind = object["object"].as_str().unwrap_or_default();
    let schema = if object["deleted"] == true { format!("deleted_{kind}") } else { kind.to_owned() };
    let mut found = Vec::new();
    match SPEC.object(&schema) {
        Some(id) => value(id, object, kind, &mut found),
        None => found.push(format!("{kind}: the description has no such object")),
    }
    found
}

/// What is wrong with the answer to an operation, such as `GET` and `/v1/payouts/{payout}`, by Stripe's
/// description. Bytes, such as those of a PDF, are not looked into.
pub fn answer_violations(method: &str, path: &str, answer: &Value) -> Vec<String> {
    let Some(operation) = SPEC.operation(method, path) else {
        return vec![format!("the description has no operation {method} {path}")];
    };
    operation.gives.map_or_else(Vec::new, |gives| mismatches(gives, answer, "answer"))
}

/// Whether a value is what a node says.
pub(crate) fn fits(node: NodeId, value: &Value) -> bool {
    mismatches(node, value, "").is_empty()
}

fn mismatches(node: NodeId, value: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    self::value(node, value, at, &mut found);
    found
}

fn value(node: NodeId, value: &Value, at: &str, found: &mut Vec<String>) {
    let mut wrong = |expected: &str| found.push(format!("{at}: expected {expected}, not {value}"));
    match SPEC.node(node) {
        Node::Any => {}
        Node::Text(_) if value.is_string() => {}
        Node::Text(_) => wrong("a text"),
        Node::Unset if *value == "" => {}
        Node::Unset => wrong("an empty text"),
        Node::Decimal if value.as_str().is_some_and(|text| text.parse::<f64>().is_ok()) => {}
        Node::Decimal => wrong("a decimal"),
        Node::DateTime if value.as_str().is_some_and(is_rfc3339) => {}
        Node::DateTime => wrong("an RFC 3339 instant"),
        Node::Enum(words) if words.iter().any(|word| value == word.as_str()) => {}
        Node::Enum(words) => wrong(&format!("one of {words:?}")),
        Node::Integer | Node::Instant if value.is_i64() || value.is_u64() => {}
        Node::Integer | Node::Instant => wrong("an integer"),
        Node::Number if value.is_number() => {}
        Node::Number => wrong("a number"),
        Node::Boolean if value.is_boolean() => {}
        Node::Boolean => wrong("a boolean"),
        Node::Binary => wrong("no bytes in an object"),
        Node::Nullable(_) if value.is_null() => {}
        Node::Nullable(inner) => self::value(*inner, value, at, found),
        Node::Ref(schema) => reference(schema, value, at, found),
        Node::Expandable(_) if value.is_string() => {}
        Node::Expandable(schemas) if value.is_object() => expanded(schemas, value, at, found),
        Node::Expandable(_) => wrong("an id or an object"),
        Node::AnyOf(nodes) => any_of(nodes, value, at, found),
        Node::Object(fields) => object(fields, value, at, found),
        Node::Map(inner) => match value {
            Value::Object(all) => {
                all.iter().for_each(|(key, value)| self::value(*inner, value, &format!("{at}.{key}"), found));
            }
            _ => wrong("a map"),
        },
        Node::Array(inner) => match value {
            Value::Array(all) => {
                all.iter().enumerate().for_each(|(n, value)| {
                    self::value(*inner, value, &format!("{at}[{n}]"), found);
                });
            }
            _ => wrong("a list"),
        },
    }
}

fn reference(schema: &str, value: &Value, at: &str, found: &mut Vec<String>) {
    match SPEC.object(schema) {
        Some(id) => self::value(id, value, at, found),
        None => found.push(format!("{at}: the description has no schema {schema}")),
    }
}

fn expanded(schemas: &[String], value: &Value, at: &str, found: &mut Vec<String>) {
    let nodes: Vec<NodeId> = schemas.iter().filter_map(|schema| SPEC.object(schema)).collect();
    any_of(&nodes, value, at, found);
}

/// The alternative that fits best says what is wrong.
fn any_of(nodes: &[NodeId], value: &Value, at: &str, found: &mut Vec<String>) {
    let tried = nodes.iter().map(|node| {
        let mut wrong = Vec::new();
        self::value(*node, value, at, &mut wrong);
        wrong
    });
    found.extend(tried.min_by_key(Vec::len).unwrap_or_default());
}

fn object(fields: &Fields, value: &Value, at: &str, found: &mut Vec<String>) {
    let Value::Object(all) = value else {
        found.push(format!("{at}: expected an object, not {value}"));
        return;
    };
    for name in &fields.required {
        if !all.contains_key(name) {
            found.push(format!("{at}.{name}: missing"));
        }
    }
    for (name, value) in all {
        match fields.all.get(name) {
            Some(node) => self::value(*node, value, &format!("{at}.{name}"), found),
            None => found.push(format!("{at}.{name}: the description has no such field")),
        }
    }
}
