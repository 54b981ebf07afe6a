//! From the description's schemas to nodes.
//!
//! A schema that says something this module has no node for is an error, so that no new fact is lost silently when the
//! description is updated.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use indexmap::{IndexMap, IndexSet};
use serde_json::Value;

use crate::description::{AdditionalProperties, Schema};
use crate::nodes::{Node, NodeId, Nodes, Object};

/// Stripe's limit for any text; only a lower one is a fact about a field.
const COMMON_MAX_LENGTH: u32 = 5000;

pub struct Translator<'a> {
    components: &'a IndexMap<String, Schema>,
    pub nodes: Nodes,
    /// The component schemas that the nodes of answers name, in the order in which they were met.
    pub named: IndexSet<String>,
    /// The component schemas that are being inlined.
    inlining: Vec<String>,
}

/// What becomes of a `$ref`.
#[derive(Clone, Copy)]
enum References {
    /// It stays a name: Stripe's objects contain each other.
    Named,
    Inlined,
}

impl<'a> Translator<'a> {
    pub fn new(components: &'a IndexMap<String, Schema>) -> Self {
        Self { components, nodes: Nodes::default(), named: IndexSet::new(), inlining: Vec::new() }
    }

    pub fn answer(&mut self, schema: &Schema) -> Result<NodeId> {
        self.node(schema, References::Named)
    }

    pub fn parameter(&mut self, schema: &Schema) -> Result<NodeId> {
        self.node(schema, References::Inlined)
    }

    pub fn component(&mut self, name: &str) -> Result<NodeId> {
        self.answer(self.find(name)?).with_context(|| format!("schema {name}"))
    }

    /// The nodes of all component schemas that nodes name, by name. An object can name further ones.
    pub fn named_nodes(&mut self) -> Result<BTreeMap<String, NodeId>> {
        let mut nodes = BTreeMap::new();
        let mut next = 0;
        while let Some(name) = self.named.get_index(next).cloned() {
            nodes.insert(name.clone(), self.component(&name)?);
            next += 1;
        }
        Ok(nodes)
    }

    fn find(&self, name: &str) -> Result<&'a Schema> {
        self.components.get(name).with_context(|| format!("components.schemas has no schema named `{name}`"))
    }

    fn node(&mut self, schema: &Schema, references: References) -> Result<NodeId> {
        let node = self.not_null(schema, references)?;
        Ok(if schema.nullable { self.nodes.add(Node::Nullable(node)) } else { node })
    }

    fn not_null(&mut self, schema: &Schema, references: References) -> Result<NodeId> {
        if schema.all_of.is_some() {
            bail!("`allOf` has no node: say in schema.rs what becomes of it");
        }
        if let Some(expansion) = &schema.expansion {
            let names: Vec<_> = expansion.one_of.iter().map(|reference| reference.name.0.clone()).collect();
            self.named.extend(names.iter().cloned());
            return Ok(self.nodes.add(Node::Expandable(names)));
        }
        if let Some(name) = &schema.reference {
            return match references {
                References::Named => {
                    self.named.insert(name.0.clone());
                    Ok(self.nodes.add(Node::Ref(name.0.clone())))
                }
                References::Inlined => self.inline(&name.0),
            };
        }
        if let Some(alternatives) = schema.any_of.as_ref().or(schema.one_of.as_ref()) {
            let nodes: Result<IndexSet<_>> =
                alternatives.iter().map(|alternative| self.node(alternative, references)).collect();
            return Ok(self.any_of(nodes?));
        }
        match schema.kind.as_deref() {
            Some("string") => self.text(schema),
            Some("integer") if schema.format.as_deref() == Some("unix-time") => {
                Ok(self.nodes.add(Node::Instant))
            }
            Some("integer") => Ok(self.nodes.add(Node::Integer)),
            Some("number") => Ok(self.nodes.add(Node::Number)),
            Some("boolean") => Ok(self.nodes.add(Node::Boolean)),
            Some("array") => {
                let item = schema.items.as_ref().context("an array without `items`")?;
                let item = self.node(item, references).context("items")?;
                Ok(self.nodes.add(Node::Array(item)))
            }
            Some("object") => self.object(schema, references),
            Some(other) => bail!("the type `{other}` has no node: say in schema.rs what becomes of it"),
            None => Ok(self.nodes.add(Node::Any)),
        }
    }

    fn inline(&mut self, name: &str) -> Result<NodeId> {
        if self.inlining.iter().any(|outer| outer == name) {
            bail!("the schema `{name}` contains itself, and parameters are finite");
        }
        self.inlining.push(name.to_owned());
        let node = self.find(name).and_then(|schema| self.parameter(schema));
        self.inlining.pop();
        node
    }

    fn any_of(&mut self, alternatives: IndexSet<NodeId>) -> NodeId {
        match alternatives.len() {
            1 => alternatives[0],
            _ => self.nodes.add(Node::AnyOf(alternatives.into_iter().collect())),
        }
    }

    fn text(&mut self, schema: &Schema) -> Result<NodeId> {
        let Some(values) = &schema.r#enum else {
            return Ok(self.nodes.add(match schema.format.as_deref() {
                Some("date-time") => Node::DateTime,
                Some("decimal") => Node::Decimal,
                Some("binary") => Node::Binary,
                _ => Node::String { max_length: schema.max_length.filter(|max| *max < COMMON_MAX_LENGTH) },
            }));
        };
        let values: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
        let values = values.context("an `enum` of texts has a value that is not a text")?;
        let (unset, values): (Vec<_>, Vec<_>) = values.into_iter().partition(|value| value.is_empty());
        let mut alternatives = IndexSet::new();
        if !values.is_empty() {
            alternatives.insert(self.nodes.add(Node::Enum(values.into_iter().map(str::to_owned).collect())));
        }
        if !unset.is_empty() {
            alternatives.insert(self.nodes.add(Node::Unset));
        }
        Ok(self.any_of(alternatives))
    }

    fn object(&mut self, schema: &Schema, references: References) -> Result<NodeId> {
        let none = IndexMap::new();
        let properties = schema.properties.as_ref().unwrap_or(&none);
        let each = match &schema.additional_properties {
            Some(AdditionalProperties::Each(each)) => {
                Some(self.node(each, references).context("additionalProperties")?)
            }
            Some(AdditionalProperties::Allowed(true)) => Some(self.nodes.add(Node::Any)),
            Some(AdditionalProperties::Allowed(false)) => None,
            // Nothing at all is said about what is in it.
            None if schema.properties.is_none() => Some(self.nodes.add(Node::Any)),
            None => None,
        };
        match each {
            Some(_) if !properties.is_empty() => {
                bail!(
                    "an object with both `properties` and `additionalProperties` has no node: say in schema.rs what becomes of it"
                )
            }
            Some(each) => Ok(self.nodes.add(Node::Map(each))),
            None => {
                let fields = properties
                    .iter()
                    .map(|(name, field)| {
                        let node = self.node(field, references).with_context(|| name.clone())?;
                        Ok((name.clone(), node))
                    })
                    .collect::<Result<_>>()?;
                let required = schema.required.clone();
                let optional = |name: &&String| !required.contains(name) && properties.contains_key(*name);
                let left_out = schema.expandable_fields.iter().filter(optional).cloned().collect();
                Ok(self.nodes.add(Node::Object(Object { fields, required, left_out })))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn components() -> IndexMap<String, Schema> {
        let address = json!({"type": "object", "properties": {"city": {"type": "string"}}});
        let node = json!({"type": "object", "properties": {"child": {"$ref": "#/components/schemas/node"}}});
        IndexMap::from([
            ("address".to_owned(), serde_json::from_value(address).unwrap()),
            ("node".to_owned(), serde_json::from_value(node).unwrap()),
        ])
    }

    fn translated(schema: Value, references: References) -> Result<Value> {
        let components = components();
        let mut translator = Translator::new(&components);
        translator.node(&serde_json::from_value(schema)?, references)?;
        Ok(serde_json::to_value(translator.nodes.iter().collect::<Vec<_>>())?)
    }

    #[track_caller]
    fn gives(schema: Value, nodes: Value) {
        assert_eq!(translated(schema, References::Named).unwrap(), nodes);
    }

    #[track_caller]
    fn fails(schema: Value, references: References, expected: &str) {
        let message = format!("{:#}", translated(schema, references).unwrap_err());
        assert!(message.contains(expected), "{message}");
    }

    #[test]
    fn scalars() {
        gives(json!({}), json!([["any"]]));
        gives(json!({"type": "boolean"}), json!([["boolean"]]));
        gives(json!({"type": "boolean", "enum": [true]}), json!([["boolean"]]));
        gives(json!({"type": "integer"}), json!([["integer"]]));
        gives(json!({"type": "integer", "format": "unix-time"}), json!([["instant"]]));
        gives(json!({"type": "number"}), json!([["number"]]));
    }

    #[test]
    fn texts() {
        gives(json!({"type": "string"}), json!([["string"]]));
        gives(json!({"type": "string", "format": "currency"}), json!([["string"]]));
        gives(json!({"type": "string", "maxLength": 4999}), json!([["string", 4999]]));
        gives(json!({"type": "string", "maxLength": 5000}), json!([["string"]]));
        gives(json!({"type": "string", "format": "decimal"}), json!([["decimal"]]));
        gives(json!({"type": "string", "format": "binary"}), json!([["binary"]]));
        gives(json!({"type": "string", "maxLength": 9, "enum": ["b", "a"]}), json!([["enum", ["b", "a"]]]));
    }

    #[test]
    fn the_empty_text_unsets() {
        gives(json!({"type": "string", "enum": [""]}), json!([["unset"]]));
        gives(
            json!({"type": "string", "enum": ["", "none"]}),
            json!([["enum", ["none"]], ["unset"], ["any-of", [0, 1]]]),
        );
        gives(
            json!({"anyOf": [{"type": "integer"}, {"type": "string", "enum": [""]}]}),
            json!([["integer"], ["unset"], ["any-of", [0, 1]]]),
        );
    }

    #[test]
    fn alternatives() {
        gives(
            json!({"oneOf": [{"type": "integer"}, {"type": "string"}]}),
            json!([["integer"], ["string"], ["any-of", [0, 1]]]),
        );
        gives(json!({"anyOf": [{"type": "integer"}]}), json!([["integer"]]));
        gives(
            json!({"anyOf": [{"type": "string"}, {"type": "string", "maxLength": 5000}]}),
            json!([["string"]]),
        );
    }

    #[test]
    fn null() {
        gives(json!({"type": "integer", "nullable": true}), json!([["integer"], ["nullable", 0]]));
        gives(
            json!({"nullable": true, "anyOf": [{"$ref": "#/components/schemas/address"}]}),
            json!([["ref", "address"], ["nullable", 0]]),
        );
    }

    #[test]
    fn containers() {
        gives(json!({"type": "array", "items": {"type": "integer"}}), json!([["integer"], ["array", 0]]));
        gives(
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            json!([["string"], ["map", 0]]),
        );
        gives(json!({"type": "object"}), json!([["any"], ["map", 0]]));
        gives(json!({"type": "object", "properties": {}}), json!([["object", {}, []]]));
        gives(
            json!({"type": "object", "properties": {}, "additionalProperties": false}),
            json!([["object", {}, []]]),
        );
    }

    #[test]
    fn fields_keep_their_order_and_equal_nodes_are_one() {
        let schema = json!({"type": "object", "required": ["b"], "properties": {
            "a": {"type": "string", "description": "One."},
            "b": {"type": "string", "description": "Another."},
        }});
        gives(schema, json!([["string"], ["object", {"a": 0, "b": 0}, ["b"]]]));
        // `json!` sorts, so the order is looked at in what is written.
        let schema = r#"{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"integer"}}}"#;
        let components = components();
        let mut translator = Translator::new(&components);
        translator.answer(&serde_json::from_str(schema).unwrap()).unwrap();
        let object = translator.nodes.iter().last().unwrap();
        assert_eq!(serde_json::to_string(object).unwrap(), r#"["object",{"z":0,"a":1},[]]"#);
    }

    #[test]
    fn references_stay_names_in_answers_and_are_met() {
        let components = components();
        let mut translator = Translator::new(&components);
        let expandable = json!({
            "anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/node"}],
            "x-expansionResources": {"oneOf": [{"$ref": "#/components/schemas/node"}]},
        });
        translator.answer(&serde_json::from_value(expandable).unwrap()).unwrap();
        let reference = json!({"$ref": "#/components/schemas/address"});
        translator.answer(&serde_json::from_value(reference).unwrap()).unwrap();
        let nodes: Vec<_> = translator.nodes.iter().collect();
        assert_eq!(
            serde_json::to_value(nodes).unwrap(),
            json!([["expandable", ["node"]], ["ref", "address"]])
        );
        assert_eq!(translator.named, IndexSet::from(["node".to_owned(), "address".to_owned()]));
    }

    #[test]
    fn references_are_inlined_in_parameters() {
        let schema = json!({"$ref": "#/components/schemas/address"});
        let nodes = json!([["string"], ["object", {"city": 0}, []]]);
        assert_eq!(translated(schema, References::Inlined).unwrap(), nodes);
        let endless = json!({"$ref": "#/components/schemas/node"});
        fails(endless, References::Inlined, "the schema `node` contains itself");
        let missing = json!({"$ref": "#/components/schemas/absent"});
        fails(missing, References::Inlined, "no schema named `absent`");
        fails(
            json!({"$ref": "#/elsewhere"}),
            References::Named,
            "only #/components/schemas/NAME is understood",
        );
    }

    #[test]
    fn what_has_no_node_is_an_error_with_its_place() {
        let schema =
            json!({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "file"}}}});
        fails(schema, References::Named, "a: items: the type `file` has no node");
        fails(json!({"allOf": []}), References::Named, "`allOf` has no node");
        fails(json!({"type": "array"}), References::Named, "an array without `items`");
        fails(json!({"type": "string", "enum": [1]}), References::Named, "a value that is not a text");
        let both = json!({"type": "object", "properties": {"a": {}}, "additionalProperties": true});
        fails(both, References::Named, "both `properties` and `additionalProperties`");
    }
}
