//! The shapes of parameters and answers, each stored once: equal shapes have equal indices.

use indexmap::IndexSet;
use serde::{Serialize, Serializer};

/// A node's index in `Nodes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct NodeId(usize);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    Any,
    Binary,
    Boolean,
    /// An RFC 3339 text.
    DateTime,
    Decimal,
    Instant,
    Integer,
    Number,
    /// The empty text, with which a caller unsets a field.
    Unset,
    String {
        max_length: Option<u32>,
    },
    Enum(Vec<String>),
    Array(NodeId),
    Map(NodeId),
    Nullable(NodeId),
    AnyOf(Vec<NodeId>),
    Object(Object),
    Ref(String),
    /// An id, or one of these component schemas in its place.
    Expandable(Vec<String>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Object {
    pub fields: Vec<(String, NodeId)>,
    pub required: Vec<String>,
    /// Fields that an answer may leave out until they are expanded.
    pub left_out: Vec<String>,
}

/// Every node comes after those that it is made of, because it cannot be added without their indices.
#[derive(Debug, Default)]
pub struct Nodes(IndexSet<Node>);

impl Nodes {
    pub fn add(&mut self, node: Node) -> NodeId {
        NodeId(self.0.insert_full(node).0)
    }

    /// The node with that index, which `add` gave.
    pub fn get(&self, id: NodeId) -> &Node {
        &self.0[id.0]
    }

    pub fn iter(&self) -> impl Iterator<Item = &Node> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => ["any"].serialize(serializer),
            Self::Binary => ["binary"].serialize(serializer),
            Self::Boolean => ["boolean"].serialize(serializer),
            Self::DateTime => ["date-time"].serialize(serializer),
            Self::Decimal => ["decimal"].serialize(serializer),
            Self::Instant => ["instant"].serialize(serializer),
            Self::Integer => ["integer"].serialize(serializer),
            Self::Number => ["number"].serialize(serializer),
            Self::Unset => ["unset"].serialize(serializer),
            Self::String { max_length: None } => ["string"].serialize(serializer),
            Self::String { max_length: Some(max) } => ("string", max).serialize(serializer),
            Self::Enum(values) => ("enum", values).serialize(serializer),
            Self::Array(item) => ("array", item).serialize(serializer),
            Self::Map(value) => ("map", value).serialize(serializer),
            Self::Nullable(inner) => ("nullable", inner).serialize(serializer),
            Self::AnyOf(alternatives) => ("any-of", alternatives).serialize(serializer),
            Self::Object(object) => {
                let fields = Fields(&object.fields);
                match object.left_out.as_slice() {
                    [] => ("object", fields, &object.required).serialize(serializer),
                    left_out => ("object", fields, &object.required, left_out).serialize(serializer),
                }
            }
            Self::Ref(name) => ("ref", name).serialize(serializer),
            Self::Expandable(names) => ("expandable", names).serialize(serializer),
        }
    }
}

/// Written as a JSON object that keeps the order.
struct Fields<'a>(&'a [(String, NodeId)]);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, node)| (name, node)))
    }
}
