//! Checks a form or a query against a schema. All its values are texts.

use serde_json::Value;

use super::check::{
    alternatives, is_decimal, is_integer, is_unset, map_values, not_listed, required, wrong_text,
};
use super::description::Description;
use super::findings::{Findings, Place};
use super::form::Node;

/// What is found of a node at a place.
pub fn check(description: &Description, schema: &Value, node: &Node, place: &Place) -> Findings {
    let schema = description.resolve(schema);
    if let Some(alternatives) = alternatives(schema) {
        return of_alternatives(description, alternatives, node, place);
    }
    match (schema["type"].as_str(), node) {
        (Some("object"), Node::Tree(entries)) => object(description, schema, entries, place),
        (Some("array"), Node::Tree(entries)) => array(description, &schema["items"], entries, place),
        (Some("object" | "array"), _) => {
            Findings::other_kind(place, format_args!("is no {}", schema["type"]))
        }
        (_, Node::Tree(_)) => Findings::other_kind(place, "is an object and should be a value"),
        (Some("string"), Node::File) if schema["format"] == "binary" => Findings::value(place),
        (_, Node::File) => Findings::other_kind(place, "is an upload"),
        (_, Node::Text(text)) => value(schema, text, place),
    }
}

fn of_alternatives(
    description: &Description,
    alternatives: &[Value],
    node: &Node,
    place: &Place,
) -> Findings {
    if *node == Node::Text(String::new()) && alternatives.iter().any(is_unset) {
        return Findings::unset(place);
    }
    let set = alternatives.iter().filter(|one| !is_unset(one));
    let found = Findings::of_nearest(set, |one| check(description, one, node, place));
    found.unwrap_or_else(|| Findings::complaint(place, "has no alternatives"))
}

fn object(description: &Description, schema: &Value, entries: &[(String, Node)], place: &Place) -> Findings {
    let mut found = Findings::default();
    for (name, node) in entries {
        if let Some(own) = schema["properties"].get(name) {
            found.add(check(description, own, node, &place.property(name)));
        } else if let Some(values) = map_values(schema) {
            found.add(check(description, values, node, &place.value(name)));
        } else {
            found.complain(&place.property(name), "is no parameter");
        }
    }
    for name in required(schema) {
        if !entries.iter().any(|(own, _)| own == name) {
            found.complain(&place.property(name), "is missing");
        }
    }
    found
}

fn array(description: &Description, items: &Value, entries: &[(String, Node)], place: &Place) -> Findings {
    let mut found = Findings::default();
    for index in 0..entries.len() {
        match entries.iter().find(|(own, _)| *own == index.to_string()) {
            Some((_, node)) => found.add(check(description, items, node, &place.item(index))),
            None => found.complain(place, format_args!("has no item {index} among its {}", entries.len())),
        }
    }
    found
}

fn value(schema: &Value, text: &str, place: &Place) -> Findings {
    let wrong = match schema["type"].as_str() {
        Some("string") if schema["format"] == "binary" => Some("is no upload".to_owned()),
        Some("string") => wrong_text(schema, text),
        Some("integer") if !is_integer(text) => Some(format!("is {text:?}, which is no integer")),
        Some("number") if !is_decimal(text) => Some(format!("is {text:?}, which is no number")),
        Some("boolean") => match text {
            "true" | "false" => not_listed(schema, &Value::from(text == "true")),
            _ => Some(format!("is {text:?}, which is no boolean")),
        },
        Some("integer" | "number") => None,
        _ => Some(format!("has a schema that the judge cannot read: {schema}")),
    };
    match wrong {
        Some(why) => Findings::complaint(place, why),
        None => Findings::value(place),
    }
}
