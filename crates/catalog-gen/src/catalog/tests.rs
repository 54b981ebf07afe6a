//! Small descriptions, and what becomes of them.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};

use super::encode::Graph;
use super::lower::{Lowering, Side};
use super::shape::{ObjectId, Objects, Shape};
use super::{Catalog, rust};
use crate::description::{Description, Schema};
use crate::schema::Translator;

/// Lowers a schema, with these components, and writes it out: `{city: text?, id: text!}`, where `?` is nullable and `!` is
/// required.
fn lowered(schema: Value, components: Value, side: Side) -> Result<String> {
    let components = serde_json::from_value(components)?;
    let schema: Schema = serde_json::from_value(schema)?;
    let mut translator = Translator::new(&components);
    let node = match side {
        Side::Answer => translator.answer(&schema)?,
        Side::Parameter => translator.parameter(&schema)?,
    };
    let schemas = translator.named_nodes()?;
    let mut lowering = Lowering::new(&translator.nodes, schemas);
    let shape = lowering.lower(node, side)?.shape;
    Ok(written(&shape, &lowering.finish()?, 2))
}

fn written(shape: &Shape, objects: &Objects, depth: usize) -> String {
    let inner = |shape: &Shape| written(shape, objects, depth);
    match shape {
        Shape::Array(item) => format!("array of {}", inner(item)),
        Shape::Map(value) => format!("map of {}", inner(value)),
        Shape::List(item) => format!("list of {}", inner(item)),
        Shape::OneOf(all) => all.iter().map(inner).collect::<Vec<_>>().join(" or "),
        Shape::Enum(words) => words.join("|"),
        Shape::Reference(names) => format!("id of {}", names.join(" or ")),
        Shape::Object(_) if depth == 0 => "...".to_owned(),
        Shape::Object(id) => {
            let field = |field: &super::shape::Field| {
                let marks = [(field.nullable, "?"), (field.required, "!")];
                let marks: String = marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark).collect();
                format!("{}: {}{marks}", field.name, written(&field.shape, objects, depth - 1))
            };
            format!("{{{}}}", objects.fields(*id).iter().map(field).collect::<Vec<_>>().join(", "))
        }
        plain => format!("{plain:?}").to_lowercase(),
    }
}

#[track_caller]
fn gives(schema: Value, side: Side, expected: &str) {
    assert_eq!(lowered(schema, json!({}), side).unwrap(), expected);
}

fn object(properties: Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

#[test]
fn parameters_are_required_or_can_be_unset() {
    let unset = json!({"type": "string", "enum": [""]});
    let fields = json!({
        "address": {"anyOf": [object(json!({"city": {"type": "string"}}), &[]), unset]},
        "id": {"type": "string"},
        "when": {"type": "integer", "format": "unix-time"},
    });
    gives(object(fields, &["id"]), Side::Parameter, "{address: {city: text}?, id: text!, when: instant}");
    gives(json!({"type": "string", "enum": ["", "a", "b"]}), Side::Parameter, "a|b");
}

#[test]
fn what_some_answers_leave_out_is_null_there() {
    let a = object(json!({"a": {"type": "string"}, "id": {"type": "string"}}), &["a", "id"]);
    let b = object(json!({"id": {"type": "string"}}), &["id"]);
    gives(json!({"anyOf": [a, b]}), Side::Answer, "{a: text?, id: text}");
    let reference = json!({"$ref": "#/components/schemas/customer"});
    let expandable =
        json!({"anyOf": [{"type": "string"}, reference], "x-expansionResources": {"oneOf": [reference]}});
    let components = json!({"customer": object(json!({}), &[])});
    let either = json!({"anyOf": [expandable, {"type": "string"}]});
    assert_eq!(lowered(either, components, Side::Answer).unwrap(), "id of customer");
}

#[test]
fn what_is_called_like_an_instant_is_one() {
    let fields = json!({"amount": {"type": "integer"}, "created": {"type": "integer"}, "expires_at": {"type": "integer"}});
    gives(object(fields, &[]), Side::Parameter, "{amount: integer, created: instant, expires_at: instant}");
}

#[test]
fn answers_have_nulls_and_things_left_out() {
    let fields =
        json!({"a": {"type": "string", "nullable": true}, "b": {"type": "boolean"}, "c": {"type": "number"}});
    gives(object(fields, &["a", "b"]), Side::Answer, "{a: text?, b: boolean, c: number?}");
}

#[test]
fn of_one_json_type_there_is_one_shape() {
    let a = object(json!({"a": {"type": "string"}, "both": {"type": "integer"}}), &["a", "both"]);
    let b = object(json!({"b": {"type": "string"}, "both": {"type": "integer"}}), &["b", "both"]);
    gives(json!({"anyOf": [a, b]}), Side::Parameter, "{a: text, both: integer!, b: text}");
    let words = |words: &[&str]| json!({"type": "string", "enum": words});
    gives(json!({"anyOf": [words(&["a", "b"]), words(&["b", "c"])]}), Side::Parameter, "a|b|c");
    gives(json!({"anyOf": [words(&["now"]), {"type": "string"}]}), Side::Parameter, "text");
    gives(
        json!({"anyOf": [words(&["now"]), {"type": "integer", "format": "unix-time"}]}),
        Side::Parameter,
        "now or instant",
    );
}

#[test]
fn lists_references_and_free_keys() {
    let item = json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]});
    let list = object(
        json!({
            "object": {"type": "string", "enum": ["list"]},
            "data": {"type": "array", "items": item},
            "has_more": {"type": "boolean"},
        }),
        &["object", "data", "has_more"],
    );
    gives(list, Side::Answer, "list of {id: text}");
    gives(json!({"type": "object", "additionalProperties": {"type": "string"}}), Side::Answer, "map of text");
    let reference = json!({"$ref": "#/components/schemas/customer"});
    let expandable =
        json!({"anyOf": [{"type": "string"}, reference], "x-expansionResources": {"oneOf": [reference]}});
    let components = json!({"customer": object(json!({}), &[])});
    assert_eq!(lowered(expandable, components, Side::Answer).unwrap(), "id of customer");
}

#[test]
fn what_others_keep_stays_a_text() {
    let zones: Vec<_> = (0..600).map(|n| format!("Zone/{n}")).collect();
    gives(json!({"type": "string", "enum": zones}), Side::Parameter, "text");
}

#[test]
fn what_contains_itself_ends_also_where_it_is_merged() {
    let node = object(
        json!({
            "next": {"anyOf": [{"$ref": "#/components/schemas/node"}, {"$ref": "#/components/schemas/end"}]},
        }),
        &["next"],
    );
    let end = object(json!({"last": {"type": "boolean"}}), &["last"]);
    let components = json!({"node": node, "end": end});
    let reference = json!({"$ref": "#/components/schemas/node"});
    let expected = "{next: {next: ...?, last: boolean?}}";
    assert_eq!(lowered(reference, components, Side::Answer).unwrap(), expected);
}

#[test]
fn a_graph_is_packed_as_its_comment_says() {
    let mut objects = Objects::default();
    let field = |name: &str, shape, required, nullable| super::shape::Field {
        name: name.to_owned(),
        shape,
        required,
        nullable,
    };
    let words = ["in", "in_a", "on"].map(str::to_owned).to_vec();
    let inner = objects.add(vec![field("b", Shape::Enum(words), false, true)]);
    let root = objects.add(vec![
        field("ab_c", Shape::Array(Box::new(Shape::Object(inner))), true, false),
        field("b", Shape::Reference(vec!["customer".to_owned()]), false, false),
    ]);
    // Nothing leads to it.
    objects.add(vec![field("lost", Shape::Any, false, false)]);
    let references = BTreeMap::from([("customer".to_owned(), 4)]);
    let graph = Graph::new(&objects, vec![root], &references).unwrap();
    // `b` is there twice, so it comes first.
    assert_eq!((graph.names.as_str(), graph.name_starts.as_slice()), ("ab_c", &[1, 0][..]));
    assert_eq!(graph.name_lengths, [1, 4]);
    assert_eq!((graph.number(inner).unwrap(), graph.number(root).unwrap()), (0, 1));
    let [array, object, reference, words] = [10 << 2 | 1, 14 << 2, 5 << 6 | 15 << 2, 9 << 2 | 2];
    let varint = |number: u16| [number as u8 & 0x7f | 0x80, (number >> 7) as u8];
    let [low, high] = varint(reference);
    assert_eq!(graph.fields, [0, words as u8, 1, array as u8, object as u8, 0, low, high]);
    assert_eq!(graph.objects, [0, 2, 8]);
    assert_eq!(graph.words.bytes, b"\x00in\x02_a\x00on");
    assert_eq!((graph.words.blocks.as_slice(), graph.enums.as_slice()), (&[0][..], &[0, 3][..]));
    assert_eq!(graph.enum_words, [0, 1, 1]);
    assert!(graph.number(ObjectId(2)).is_err());
}

const DESCRIPTION: &str = r##"{
    "info": {"version": "2026-05-27.dahlia"},
    "paths": {
        "/v1/cards": {
            "get": {
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                    {"name": "starting_after", "in": "query", "schema": {"type": "string"}},
                    {"name": "expand", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                    {"name": "brand", "in": "query", "schema": {"type": "string"}}
                ],
                "responses": {"200": {"content": {"application/json": {"schema": {"type": "object", "properties": {
                    "object": {"type": "string", "enum": ["list"]},
                    "data": {"type": "array", "items": {"$ref": "#/components/schemas/card"}}
                }}}}}}
            }
        },
        "/v1/cards/{card}": {
            "delete": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/deleted_card"}}}}}}
        },
        "/v1/cards/{card}/block": {
            "post": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/card"}}}}}}
        }
    },
    "components": {"schemas": {
        "card": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
        "deleted_card": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
    }}
}"##;

#[test]
fn an_operation_becomes_an_entity_or_an_action() {
    let description: Description = serde_json::from_str(DESCRIPTION).unwrap();
    // Stripe's own exceptions are of paths that are not here.
    let catalog = Catalog::with(&description, &Default::default()).unwrap();
    let [card] = catalog.entities.as_slice() else { panic!("one entity") };
    assert_eq!((card.map.name.as_str(), card.map.path.as_str()), ("Card", "/v1/cards"));
    let fields = |id| catalog.graph.number(id).unwrap();
    let (filters, _) = card.list.unwrap();
    assert!(card.get.is_none() && card.delete.is_some());
    assert_ne!(fields(filters), fields(card.row));
    let text = rust::text(&catalog).unwrap();
    for line in [
        "pub const API_VERSION: &str = \"2026-05-27.dahlia\";",
        "        name: \"Card\",",
        "        paging: Paging::Object,",
        "        name: \"BlockCard\",",
        "        path: \"/v1/cards/{}/block\",",
        "        ids: &[\"CardId\"],",
        "        entity: \"Card\",",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    // What pages and expands is the connector's to say, and every deleted object says so.
    for (name, there) in [("brand", true), ("deleted", true), ("limit", false), ("expand", false)] {
        assert_eq!(catalog.graph.names.contains(name), there, "{name}");
    }
}
