//! Facts of Stripe's API description: what every operation takes and what it answers with.
//!
//! `facts.json` is made from the description by `crates/catalog-gen`; its form is documented there.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

static FACTS: &str = include_str!("facts.json");

/// The facts, read once.
pub static SPEC: LazyLock<Spec> = LazyLock::new(|| Spec::read(FACTS));

/// The number of a node.
pub type NodeId = usize;

/// What a parameter may be, or what a field of an answer is.
#[derive(Debug)]
pub enum Node {
    Text(Option<usize>),
    Enum(Vec<String>),
    /// The empty text, which unsets.
    Unset,
    Decimal,
    Integer,
    Number,
    Boolean,
    Instant,
    /// An instant as an RFC 3339 text.
    DateTime,
    Binary,
    Object(Fields),
    Map(NodeId),
    Array(NodeId),
    AnyOf(Vec<NodeId>),
    Nullable(NodeId),
    /// An object by the name of its schema.
    Ref(String),
    /// An id, or one of these objects when it is expanded.
    Expandable(Vec<String>),
    Any,
}

#[derive(Debug, Default)]
pub struct Fields {
    pub all: HashMap<String, NodeId>,
    pub required: Vec<String>,
    /// Fields that may be left out until they are expanded.
    pub left_out: Vec<String>,
}

#[derive(Debug)]
pub struct Operation {
    pub method: String,
    /// With the names of its ids in braces.
    pub path: String,
    pub takes: NodeId,
    pub gives: Option<NodeId>,
}

impl Operation {
    /// Whether it has a parameter of this name.
    pub fn takes(&self, name: &str) -> bool {
        SPEC.shapes(self.takes).iter().any(|fields| fields.all.contains_key(name))
    }
}

#[derive(Debug)]
pub struct Spec {
    pub version: String,
    operations: HashMap<(String, String), Operation>,
    objects: HashMap<String, NodeId>,
    nodes: Vec<Node>,
}

impl Spec {
    fn read(facts: &str) -> Spec {
        let facts: Value = serde_json::from_str(facts).unwrap_or_default();
        let operations = list(&facts["operations"]).iter().map(|operation| {
            let name = (text(&operation[0]), shape(operation[1].as_str().unwrap_or_default()));
            let gives = operation[3].as_u64().map(|node| node as NodeId);
            let (method, path) = (text(&operation[0]), text(&operation[1]));
            (name, Operation { method, path, takes: id(&operation[2]), gives })
        });
        Spec {
            version: text(&facts["version"]),
            operations: operations.collect(),
            objects: named(&facts["objects"]),
            nodes: list(&facts["nodes"]).iter().map(node).collect(),
        }
    }

    /// The operation of a method and a path such as `/v1/customers/{customer}`; what the part in
    /// braces is called makes no difference.
    pub fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        self.operations.get(&(method.to_owned(), shape(path)))
    }

    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.values()
    }

    pub fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id).unwrap_or(&Node::Any)
    }

    /// The schema of this name, such as `customer` or `deleted_customer`.
    pub fn object(&self, schema: &str) -> Option<NodeId> {
        self.objects.get(schema).copied()
    }

    /// The objects that a node may be, behind references and alternatives.
    pub fn shapes(&self, id: NodeId) -> Vec<&Fields> {
        match self.node(id) {
            Node::Object(fields) => vec![fields],
            Node::Nullable(inner) => self.shapes(*inner),
            Node::AnyOf(nodes) => nodes.iter().flat_map(|node| self.shapes(*node)).collect(),
            Node::Ref(schema) => self.named_shapes(schema),
            Node::Expandable(schemas) => {
                schemas.iter().flat_map(|schema| self.named_shapes(schema)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The names of the schemas that an answer has as alternatives; those of its objects when it is
    /// a list.
    pub fn schemas(&self, id: NodeId) -> Vec<&str> {
        match self.node(id) {
            Node::Ref(schema) => vec![schema],
            Node::Nullable(inner) | Node::Array(inner) => self.schemas(*inner),
            Node::AnyOf(nodes) => nodes.iter().flat_map(|node| self.schemas(*node)).collect(),
            Node::Object(fields) => fields.all.get("data").map_or_else(Vec::new, |data| self.schemas(*data)),
            _ => Vec::new(),
        }
    }

    fn named_shapes(&self, schema: &str) -> Vec<&Fields> {
        self.object(schema).map_or_else(Vec::new, |id| self.shapes(id))
    }
}

/// A path with every `{name}` as `{}`.
fn shape(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn node(facts: &Value) -> Node {
    match facts[0].as_str().unwrap_or_default() {
        "string" => Node::Text(facts[1].as_u64().map(|max| max as usize)),
        "enum" => Node::Enum(list(&facts[1]).iter().map(text).collect()),
        "unset" => Node::Unset,
        "decimal" => Node::Decimal,
        "integer" => Node::Integer,
        "number" => Node::Number,
        "boolean" => Node::Boolean,
        "instant" => Node::Instant,
        "date-time" => Node::DateTime,
        "binary" => Node::Binary,
        "object" => Node::Object(Fields {
            all: named(&facts[1]),
            required: list(&facts[2]).iter().map(text).collect(),
            left_out: list(&facts[3]).iter().map(text).collect(),
        }),
        "map" => Node::Map(id(&facts[1])),
        "array" => Node::Array(id(&facts[1])),
        "any-of" => Node::AnyOf(list(&facts[1]).iter().map(id).collect()),
        "nullable" => Node::Nullable(id(&facts[1])),
        "ref" => Node::Ref(text(&facts[1])),
        "expandable" => Node::Expandable(list(&facts[1]).iter().map(text).collect()),
        _ => Node::Any,
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn named(value: &Value) -> HashMap<String, NodeId> {
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(name, node)| (name.clone(), id(node))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn id(value: &Value) -> NodeId {
    value.as_u64().map_or(NodeId::MAX, |id| id as NodeId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_are_whole() {
        assert_eq!(SPEC.version, "2026-05-27.dahlia");
        assert_eq!(SPEC.operations.len(), 619);
        let inside = |id: NodeId| assert!(id < SPEC.nodes.len(), "no node {id}");
        for operation in SPEC.operations.values() {
            inside(operation.takes);
            operation.gives.into_iter().for_each(inside);
        }
        for node in &SPEC.nodes {
            match node {
                Node::Object(fields) => fields.all.values().for_each(|id| inside(*id)),
                Node::Map(id) | Node::Array(id) | Node::Nullable(id) => inside(*id),
                Node::AnyOf(ids) => ids.iter().for_each(|id| inside(*id)),
                Node::Ref(schema) => assert!(SPEC.object(schema).is_some(), "no schema {schema}"),
                Node::Expandable(schemas) => {
                    schemas.iter().for_each(|name| assert!(SPEC.object(name).is_some(), "no schema {name}"));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn an_operation_is_found_whatever_its_id_is_called() {
        let operation = SPEC.operation("POST", "/v1/customers/{id}").unwrap();
        let fields = SPEC.shapes(operation.takes);
        assert!(fields[0].all.contains_key("email") && fields[0].required.is_empty());
        assert!(SPEC.operation("PUT", "/v1/customers/{id}").is_none());
    }
}
