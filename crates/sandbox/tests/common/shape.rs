//! Compares objects with the facts of Stripe's description: fields that are always there, and types.

use std::sync::LazyLock;

use serde_json::Value;

static FACTS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../src/spec/facts.json")).unwrap());

/// Checks an object against the schema of this name.
pub fn check(object: &Value, schema: &str) {
    let node = &FACTS["objects"][schema];
    assert!(node.is_u64(), "no schema {schema}");
    if let Err(wrong) = fits(object, node) {
        panic!("{schema}: {wrong}\n{object:#}");
    }
}

fn fits(value: &Value, node: &Value) -> Result<(), String> {
    let node = &FACTS["nodes"][node.as_u64().unwrap() as usize];
    let is = |fits: bool| if fits { Ok(()) } else { Err(format!("{value} is no {node}")) };
    match node[0].as_str().unwrap() {
        "string" | "decimal" | "binary" => is(value.is_string()),
        "enum" => is(node[1].as_array().unwrap().contains(value)),
        "integer" | "instant" => is(value.is_i64()),
        "number" => is(value.is_number()),
        "boolean" => is(value.is_boolean()),
        "nullable" if value.is_null() => Ok(()),
        "nullable" => fits(value, &node[1]),
        "any-of" => one_of(value, node[1].as_array().unwrap()),
        "array" => {
            let items = value.as_array().ok_or(format!("{value} is no array"))?;
            items.iter().try_for_each(|item| fits(item, &node[1]))
        }
        "map" => {
            let fields = value.as_object().ok_or(format!("{value} is no map"))?;
            fields.values().try_for_each(|field| fits(field, &node[1]))
        }
        "ref" => fits(value, &FACTS["objects"][node[1].as_str().unwrap()]),
        "expandable" if value.is_string() => Ok(()),
        "expandable" => {
            let schemas: Vec<Value> = node[1]
                .as_array()
                .unwrap()
                .iter()
                .map(|name| FACTS["objects"][name.as_str().unwrap()].clone())
                .collect();
            one_of(value, &schemas)
        }
        "object" => {
            let fields = value.as_object().ok_or(format!("{value} is no object"))?;
            for name in node[2].as_array().unwrap() {
                let name = name.as_str().unwrap();
                if !fields.contains_key(name) {
                    return Err(format!("{name} is missing"));
                }
            }
            // Lists tell their length beyond what is described.
            let known = fields.iter().filter(|(name, _)| *name != "total_count");
            for (name, field) in known {
                let node = node[1].get(name).ok_or(format!("{name} is unknown"))?;
                fits(field, node).map_err(|wrong| format!("{name}: {wrong}"))?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn one_of(value: &Value, nodes: &[Value]) -> Result<(), String> {
    let mut wrong = String::new();
    for node in nodes {
        match fits(value, node) {
            Ok(()) => return Ok(()),
            Err(why) => wrong = why,
        }
    }
    Err(wrong)
}
