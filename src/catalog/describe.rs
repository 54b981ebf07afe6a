//! The `catalog` interface: what there is, with types and as JSON Schema (draft-07).

use super::documented::{self, Answer};
use super::names::pascal;
use super::schema::{self, Input, Writer};
use super::{ACTIONS, Action, ENTITIES, Entity, Kind, Object, Special};
use crate::api::catalog::{ActionSummary, Description, EntitySummary, Operation};
use crate::check::Domain;
use crate::columns::{self, Listed};
use crate::failure::Failed;
use crate::input::object_of;
use crate::list_parameter::ListParameter;
use crate::{actions, entities, upload};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub fn entities() -> Vec<EntitySummary> {
    let summary = |entity: &Entity| EntitySummary {
        name: entity.name.to_string(),
        plural: entity.plural(),
        operations: entity.operations().collect(),
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
    let columns = columns::of_rows(entity.row);
    let mut json = Writer::default();
    json.object(|json| {
        json.member("name", entity.name);
        json.member("plural", &entity.plural());
        if let Some(summary) = documented::of_entity(entity.name) {
            json.member("summary", summary);
        }
        names(json, "operations", entity.operations().map(operation_name));
        names(json, "parents", entity.parents.iter().copied());
        json.flag("searchable", entity.search);
        json.key("columns");
        json.array(|json| columns.iter().for_each(|own| column(json, entity, own)));
        for (name, taken) in [
            ("listParameters", entity.list),
            ("getParameters", entity.get),
            ("deleteParameters", entity.delete),
        ] {
            if let Some(taken) = taken {
                json.key(name);
                schema_of(taken, &[], true).write(json);
            }
        }
        json.key("jsonSchema");
        schema::rows(json, &columns);
        let own: Vec<(String, bool)> =
            entity.parents.iter().map(|parent| (parent.to_string(), false)).collect();
        let mut create = own.clone();
        create.extend(entity.upload.then(|| (pascal(upload::FILENAME), false)));
        for (name, taken, own, required) in
            [("createSchema", entity.create, create, true), ("updateSchema", entity.update, own, false)]
        {
            if let Some(taken) = taken {
                json.key(name);
                schema_of(taken, &own, required).write(json);
            }
        }
    });
    Ok(Description { name: entity.name.to_string(), details: json.into_text() })
}

fn schema_of<'a>(parameters: Object, own: &'a [(String, bool)], required: bool) -> Input<'a> {
    Input { own, parameters, aliases: &[], also_required: &[], required }
}

fn column(json: &mut Writer, entity: &Entity, column: &Listed) {
    let kind = column.field.kind;
    let takes =
        |operation: Operation| entity.parameters(operation).is_some_and(|own| takes(own, &column.path));
    json.object(|json| {
        json.member("name", &column.name);
        json.member("type", type_name(kind));
        json.flag("key", column.path == "id");
        json.flag("nullable", column.field.nullable || column.path.contains('.'));
        json.flag("creatable", takes(Operation::Create));
        json.flag("updatable", takes(Operation::Update));
        let is_single = Domain::of(kind).is_some();
        let is_compared = is_single || matches!(kind, Kind::Array(_));
        json.flag("filterable", entity.has(Operation::List) && is_compared);
        json.flag("filteredByStripe", ListParameter::find(entity, &column.path).is_some());
        json.flag("sortable", entity.has(Operation::List) && is_single);
        if let Kind::Reference(target) = kind
            && let Some(target) = target.entity()
        {
            json.member("reference", target.name);
        }
        if let Kind::Enum(words) = kind {
            json.key("values");
            json.array(|json| words.words(|word| json.text(word)));
        }
    });
}

/// Whether parameters have the field at a path such as `address.city`.
fn takes(parameters: Object, path: &str) -> bool {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    parameters.field(name).is_some_and(|field| match rest {
        None => true,
        Some(rest) => object_of(field.kind).is_some_and(|object| takes(object, rest)),
    })
}

pub fn action(name: &str) -> Result<Description, Failed> {
    let action = actions::find(name)?;
    let documented = documented::of_action(action.name);
    let mut own: Vec<(String, bool)> = action.ids.iter().map(|id| (id.to_string(), true)).collect();
    if action.special == Some(Special::EventStream) {
        own.push((pascal(actions::SESSION_TOKEN), false));
    }
    let (aliases, also_required) = documented.map_or((&[][..], &[][..]), |own| (own.aliases, own.required));
    let input = Input { own: &own, parameters: action.parameters, aliases, also_required, required: true };
    let mut json = Writer::default();
    json.object(|json| {
        json.member("name", action.name);
        if let Some(documented) = documented {
            json.member("summary", documented.summary);
        }
        json.member("entity", action.entity);
        json.flag("testOnly", action.test_only);
        json.key("inputs");
        json.array(|json| {
            for (name, required) in &own {
                self::input(json, name, "text", *required);
            }
            for field in action.parameters.fields() {
                self::input(json, &input.name(field.name), type_name(field.kind), input.requires(&field));
            }
        });
        json.key("inputSchema");
        input.write(json);
        json.key("outputSchema");
        schema::output(json, documented.is_some_and(|documented| documented.answer == Answer::Invoice));
        if let Some(answer) = action.answer {
            json.key("objectSchema");
            schema::rows(json, &columns::of_rows(answer));
        }
    });
    Ok(Description { name: action.name.to_string(), details: json.into_text() })
}

fn input(json: &mut Writer, name: &str, kind: &str, required: bool) {
    json.object(|json| {
        json.member("name", name);
        json.member("type", kind);
        json.flag("required", required);
    });
}

fn names<'a>(json: &mut Writer, key: &str, names: impl Iterator<Item = &'a str>) {
    json.key(key);
    json.array(|json| names.for_each(|name| json.text(name)));
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
        Kind::Text | Kind::Enum(_) => "text",
        Kind::Reference(_) => "reference",
        Kind::Decimal => "decimal",
        Kind::Bytes => "bytes",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Instant | Kind::DateTime => "instant",
        Kind::Map(_) => "map",
        Kind::Array(_) | Kind::List(_) => "array",
        Kind::Object(_) => "object",
        Kind::OneOf(_) | Kind::Any => "any",
    }
}

#[cfg(test)]
#[path = "describe_tests.rs"]
mod tests;
