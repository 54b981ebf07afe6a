//! Lists the parameters that an operation takes, spelled as they are when they are seen.

use std::collections::BTreeSet;

use serde_json::Value;

use super::check::{alternatives, is_unset, map_values};
use super::description::Description;
use super::findings::Place;
use super::operation::{Operation, Takes};

/// Deeper than anything that Stripe takes; it ends what refers to itself.
const DEEPEST: usize = 16;

/// The paths of an operation's parameters, of those with a value. Nothing tells that some can be unset.
pub fn of(description: &Description, operation: &Operation) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    if let Takes::Query(schema) | Takes::Form(schema) | Takes::Multipart(schema) | Takes::Json(schema) =
        &operation.takes
    {
        collect(description, schema, &Place::default(), DEEPEST, &mut paths);
    }
    paths
}

fn collect(
    description: &Description,
    schema: &Value,
    place: &Place,
    deepest: usize,
    paths: &mut BTreeSet<String>,
) {
    let Some(deepest) = deepest.checked_sub(1) else { return };
    let schema = description.resolve(schema);
    let mut inner = |schema: &Value, place: &Place| collect(description, schema, place, deepest, paths);
    if let Some(alternatives) = alternatives(schema) {
        alternatives.iter().filter(|one| !is_unset(one)).for_each(|one| inner(one, place));
        return;
    }
    match schema["type"].as_str() {
        Some("object") => {
            for (name, own) in schema["properties"].as_object().into_iter().flatten() {
                inner(own, &place.property(name));
            }
            if let Some(values) = map_values(schema) {
                inner(values, &place.value(""));
            }
        }
        Some("array") => inner(&schema["items"], &place.item(0)),
        _ => {
            paths.insert(place.parameter.clone());
        }
    }
}
