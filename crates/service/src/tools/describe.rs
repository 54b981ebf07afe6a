//! What an agent is told of a tool: when to use it, what it takes, what it answers, and what it may do.

use super::{Deed, Tool};
use crate::actions;
use crate::backend::Backend;
use crate::catalog::Details;
use crate::contract::catalog::Operation;
use crate::error::Error;
use crate::schema;
use serde_json::{Value, json};

const CONDITIONS: &str = "Conditions joined by AND, OR, NOT and parentheses, such as Email = 'jenny@example.com' AND \
    Created >= '2026-01-01'. Operators: = <> < <= > >= LIKE IN BETWEEN CONTAINS IS NULL. Absent: every row.";

/// A tool's own words, and the schemas of what goes in and comes out.
struct Words {
    title: String,
    description: String,
    input: Value,
    output: Value,
}

/// The tool in the API's form.
pub fn describe(backend: &impl Backend, tool: &Tool) -> Result<Value, Error> {
    let words = match &tool.deed {
        Deed::Action(name) => action(&actions::Details::of(backend, name)?),
        Deed::Operation(operation, name) => entity(*operation, &Details::of(backend, name)?),
    };
    let (read_only, destructive, idempotent) = hints(&tool.deed);
    Ok(json!({
        "name": tool.name,
        "description": words.description,
        "inputSchema": schema::convert(words.input),
        "outputSchema": schema::convert(words.output),
        "annotations": {
            "title": words.title,
            "readOnlyHint": read_only,
            "destructiveHint": destructive,
            "idempotentHint": idempotent,
            "openWorldHint": true,
        },
    }))
}

/// Whether it only reads, may destroy, and does nothing more when it is done again. Of an action the worst is said: many
/// of them move money or end something.
fn hints(deed: &Deed) -> (bool, bool, bool) {
    match deed {
        Deed::Operation(Operation::List | Operation::Get, _) => (true, false, true),
        Deed::Operation(Operation::Create, _) => (false, false, false),
        Deed::Operation(Operation::Update | Operation::Delete, _) => (false, true, true),
        Deed::Action(_) => (false, true, false),
    }
}

fn action(details: &actions::Details) -> Words {
    Words {
        title: details.name.clone(),
        description: details.description(),
        input: details.input_schema.clone(),
        output: object(json!({"results": details.output_schema}), &["results"]),
    }
}

fn entity(operation: Operation, details: &Details) -> Words {
    let name = &details.name;
    let (title, description, input, output) = match operation {
        Operation::List => (
            format!("List {name}"),
            format!("Finds rows of {name}, 25 to a page unless `pageSize` says otherwise."),
            list(),
            object(
                json!({
                    "entities": {"type": "array", "items": details.json_schema},
                    "nextPageToken": text("Give it as `pageToken` for the next page; absent at the end."),
                }),
                &["entities"],
            ),
        ),
        Operation::Get => (
            format!("Get {name}"),
            format!("Reads one row of {name}."),
            object(json!({"id": id(), "columns": columns()}), &[]),
            details.json_schema.clone(),
        ),
        Operation::Create => (
            format!("Create {name}"),
            format!("Makes a new {name} and answers with its row."),
            object(json!({"fields": fields(&details.create_schema)}), &["fields"]),
            details.json_schema.clone(),
        ),
        Operation::Update => (
            format!("Update {name}"),
            format!(
                "Changes the given fields of one {name}; the others stay, null unsets. Answers with its row."
            ),
            object(json!({"id": id(), "fields": fields(&details.update_schema)}), &["fields"]),
            details.json_schema.clone(),
        ),
        Operation::Delete => (
            format!("Delete {name}"),
            format!("Deletes one {name} for good."),
            object(json!({"id": id()}), &[]),
            object(json!({"Id": text("The id of what was deleted.")}), &[]),
        ),
    };
    let summary = details.summary.as_deref().map(|summary| format!(" {name}: {summary}")).unwrap_or_default();
    Words { title, description: description + &summary, input, output }
}

fn list() -> Value {
    object(
        json!({
            "conditions": text(CONDITIONS),
            "sortBy": text("The column to sort by. Absent: newest first."),
            "sortOrder": {"type": "string", "enum": ["ASC", "DESC"]},
            "pageSize": {"type": "integer", "minimum": 1, "maximum": 200},
            "pageToken": text("`nextPageToken` of the page before."),
            "columns": columns(),
        }),
        &[],
    )
}

fn object(properties: Value, required: &[&str]) -> Value {
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn id() -> Value {
    text(
        "The row's id, after the ids of what it is nested in: cus_1:txi_1. Absent where there is one object only.",
    )
}

fn columns() -> Value {
    json!({"type": "array", "items": {"type": "string"}, "description": "Columns of the answer. Absent: all."})
}

fn fields(schema: &Option<Value>) -> Value {
    schema.clone().unwrap_or_else(|| json!({"type": "object"}))
}
