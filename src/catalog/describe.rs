//! The `catalog` interface: what there is, with types and as JSON Schema (draft-07).

use super::names::pascal;
use super::{ACTIONS, Action, Answer, ENTITIES, Entity, Field, Fields, Kind, iter};
use crate::api::catalog::{ActionSummary, Description, EntitySummary, Operation};
use crate::failure::Failed;
use crate::{actions, entities};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value, json};

pub fn entities() -> Vec<EntitySummary> {
    let summary = |entity: &Entity| EntitySummary {
        name: entity.name.to_string(),
        plural: entity.plural.to_string(),
        operations: entity.operations.to_vec(),
        parents: entity.parents.iter().map(ToString::to_string).collect(),
    };
    ENTITIES.iter().map(summary).collect()
}

pub fn actions() -> Vec<ActionSummary> {
    let summary =
        |action: &Action| ActionSummary { name: action.name.to_string(), test_only: action.test_only };
    ACTIONS.iter().map(summary).collect()
}

pub fn entity(name: &str) -> Result<Description, Failed> {
    let entity = entities::find_any(name)?;
    let (create, update) = (entity.create_parameters(), entity.update_parameters());
    let takes = |parameters: &[Field], field: &Field| parameters.iter().any(|own| own.name == field.name);
    let columns: Vec<Value> = iter(entity.columns)
        .map(|field| {
            json!({
                "name": pascal(field.name),
                "type": type_name(field.kind),
                "key": field.name == "id",
                "creatable": entity.has(Operation::Create) && takes(&create, &field),
                "updatable": entity.has(Operation::Update) && takes(&update, &field),
                "filterable": !matches!(field.kind, Kind::Array | Kind::List | Kind::Object(_)),
                "filteredByStripe": iter(entity.filters).any(|own| own.name == field.name),
            })
        })
        .collect();
    let mut details = json!({
        "name": entity.name,
        "plural": entity.plural,
        "operations": entity.operations.iter().map(|own| operation_name(*own)).collect::<Vec<_>>(),
        "parents": entity.parents,
        "columns": columns,
        "listFilters": iter(entity.filters).map(|field| pascal(field.name)).collect::<Vec<_>>(),
        "jsonSchema": schema(iter(entity.columns), &[], Direction::Output),
    });
    let mut input = |operation, name: &str, parameters: Vec<Field>, required: &[&str]| {
        if entity.has(operation)
            && let Value::Object(details) = &mut details
        {
            let schema = schema(parameters.into_iter(), required, Direction::Input);
            details.insert(name.to_string(), schema);
        }
    };
    input(Operation::Create, "createSchema", create, entity.required);
    input(Operation::Update, "updateSchema", update, &[]);
    Ok(Description { name: entity.name.to_string(), details: details.to_string() })
}

pub fn action(name: &str) -> Result<Description, Failed> {
    let action = actions::find(name)?;
    let id = Field { name: action.id, kind: Kind::Text };
    let documented = |field: Field| {
        let alias = action.aliases.iter().find(|(_, own)| *own == field.name);
        Field { name: alias.map_or(field.name, |(alias, _)| alias), ..field }
    };
    let inputs: Vec<Field> = [id].into_iter().chain(iter(action.parameters).map(documented)).collect();
    let required: Vec<&str> = inputs
        .iter()
        .filter(|field| {
            let own = action
                .aliases
                .iter()
                .find(|(alias, _)| *alias == field.name)
                .map_or(field.name, |(_, own)| own);
            field.name == action.id || action.required.contains(&own)
        })
        .map(|field| field.name)
        .collect();
    let listed: Vec<Value> = inputs
        .iter()
        .map(|field| {
            json!({
                "name": pascal(field.name),
                "type": type_name(field.kind),
                "required": required.contains(&field.name),
            })
        })
        .collect();
    let details = json!({
        "name": action.name,
        "entity": action.entity,
        "testOnly": action.test_only,
        "inputs": listed,
        "inputSchema": schema(inputs.iter().copied(), &required, Direction::Input),
        "outputSchema": output_schema(action.answer),
    });
    Ok(Description { name: action.name.to_string(), details: details.to_string() })
}

/// The operation as the contract spells it.
pub fn operation_name(operation: Operation) -> &'static str {
    match operation {
        Operation::List => "list",
        Operation::Get => "get",
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Delete => "delete",
    }
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Reference => "reference",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Instant => "instant",
        Kind::Map => "map",
        Kind::Array | Kind::List => "array",
        Kind::Object(_) => "object",
        Kind::Any => "any",
    }
}

/// Whether a schema is of what comes out, in flat columns, or of what goes in, nested.
#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Input,
    Output,
}

fn schema(fields: impl Iterator<Item = Field>, required: &[&str], direction: Direction) -> Value {
    let mut properties = Map::new();
    for field in fields {
        add_property(&mut properties, pascal(field.name), field.kind, direction);
    }
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": properties,
    });
    if !required.is_empty()
        && let Value::Object(schema) = &mut schema
    {
        let names: Vec<String> = required.iter().map(|name| pascal(name)).collect();
        schema.insert("required".to_string(), json!(names));
    }
    schema
}

fn add_property(properties: &mut Map<String, Value>, name: String, kind: Kind, direction: Direction) {
    let value = match kind {
        Kind::Object(groups) if direction == Direction::Output && !groups.is_empty() => {
            for field in iter(groups) {
                add_property(
                    properties,
                    alloc::format!("{name}{}", pascal(field.name)),
                    field.kind,
                    direction,
                );
            }
            // The column itself stands for an object that is null.
            json!({"type": ["object", "null"]})
        }
        Kind::Object(groups) => object_schema(groups),
        Kind::Text | Kind::Reference => json!({"type": ["string", "null"]}),
        Kind::Integer => json!({"type": ["integer", "null"]}),
        Kind::Number => json!({"type": ["number", "null"]}),
        Kind::Boolean => json!({"type": ["boolean", "null"]}),
        Kind::Instant if direction == Direction::Input => json!({"type": ["string", "integer", "null"]}),
        Kind::Instant => json!({"type": ["string", "null"], "format": "date-time"}),
        Kind::Map => json!({"type": ["object", "null"]}),
        Kind::Array | Kind::List => json!({"type": ["array", "null"]}),
        Kind::Any => json!({}),
    };
    properties.insert(name, value);
}

fn object_schema(groups: Fields) -> Value {
    let mut properties = Map::new();
    for field in iter(groups) {
        add_property(&mut properties, field.name.to_string(), field.kind, Direction::Input);
    }
    if properties.is_empty() {
        json!({"type": ["object", "null"]})
    } else {
        json!({"type": ["object", "null"], "properties": properties})
    }
}

/// The documented answer: one object whose values are texts or null.
fn output_schema(answer: Answer) -> Value {
    let mut properties = json!({"Success": {"type": "string"}});
    if let (Answer::Invoice, Value::Object(properties)) = (answer, &mut properties) {
        properties.insert("InvoiceId".to_string(), json!({"type": ["string", "null"]}));
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "array",
        "items": {
            "type": "object",
            "properties": properties,
            "required": ["Success"],
            "additionalProperties": {"type": ["string", "null"]},
        },
    })
}

#[cfg(test)]
#[path = "describe_tests.rs"]
mod tests;
