//! From nodes to shapes.
//!
//! What the component does not need is left out on the way: the greatest length of a text, and which of several objects
//! it is that an answer holds. Several objects in one place become one that has the fields of all.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use indexmap::IndexMap;

use super::shape::{Field, ObjectId, Objects, Shape};
use crate::nodes::{Node, NodeId, Nodes, Object};

/// What is longer is kept by others than Stripe, as the six hundred time zones are. It stays a text.
const LONGEST_ENUM: usize = 300;

pub struct Lowering<'a> {
    nodes: &'a Nodes,
    /// The nodes of the component schemas that nodes name.
    schemas: BTreeMap<String, NodeId>,
    pub objects: Objects,
    /// What has become an object already, so that what contains itself ends.
    lowered: BTreeMap<(NodeId, Side), ObjectId>,
    /// Objects that have the fields of all of these.
    merged: BTreeMap<(BTreeSet<ObjectId>, Side), ObjectId>,
    /// Those whose fields are still to be found, when all objects have theirs.
    unfinished: Vec<Unfinished>,
}

struct Unfinished {
    merged: ObjectId,
    parts: BTreeSet<ObjectId>,
    side: Side,
    /// One field more than the parts have.
    more: Option<Field>,
}

/// Whether a node is of what goes in or of what comes out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Parameter,
    Answer,
}

/// A shape, and whether null or the empty text can stand in its place.
pub struct Lowered {
    pub shape: Shape,
    pub nullable: bool,
}

impl<'a> Lowering<'a> {
    pub fn new(nodes: &'a Nodes, schemas: BTreeMap<String, NodeId>) -> Self {
        let objects = Objects::default();
        let (lowered, merged) = (BTreeMap::new(), BTreeMap::new());
        Self { nodes, schemas, objects, lowered, merged, unfinished: Vec::new() }
    }

    pub fn lower(&mut self, id: NodeId, side: Side) -> Result<Lowered> {
        let nodes = self.nodes;
        let plain = |shape| Ok(Lowered { shape, nullable: false });
        match nodes.get(id) {
            Node::Any => plain(Shape::Any),
            Node::Binary => plain(Shape::Bytes),
            Node::Boolean => plain(Shape::Boolean),
            Node::DateTime => plain(Shape::DateTime),
            Node::Decimal => plain(Shape::Decimal),
            Node::Instant => plain(Shape::Instant),
            Node::Integer => plain(Shape::Integer),
            Node::Number => plain(Shape::Number),
            Node::String { .. } => plain(Shape::Text),
            Node::Unset => Ok(Lowered { shape: Shape::Text, nullable: true }),
            Node::Enum(words) if words.len() > LONGEST_ENUM => plain(Shape::Text),
            Node::Enum(words) => plain(Shape::Enum(words.clone())),
            Node::Array(item) => plain(Shape::Array(Box::new(self.lower(*item, side)?.shape))),
            Node::Map(value) => plain(Shape::Map(Box::new(self.lower(*value, side)?.shape))),
            Node::Nullable(inner) => Ok(Lowered { nullable: true, ..self.lower(*inner, side)? }),
            Node::Expandable(names) => plain(Shape::Reference(names.clone())),
            Node::Ref(name) => {
                let schema = *self.schemas.get(name).with_context(|| format!("no schema `{name}`"))?;
                self.lower(schema, side)
            }
            Node::AnyOf(alternatives) => self.any_of(alternatives, side),
            Node::Object(object) => match listed(object, nodes) {
                Some(item) => plain(Shape::List(Box::new(self.lower(item, side)?.shape))),
                None => plain(Shape::Object(self.object(id, object, side)?)),
            },
        }
    }

    /// What a page of v2's lists is made of.
    pub fn page_items(&self, answer: NodeId) -> Option<NodeId> {
        let Node::Object(page) = self.nodes.get(answer) else { return None };
        let field = |name: &str| page.fields.iter().find(|(own, _)| own == name).map(|(_, node)| *node);
        field("next_page_url")?;
        match self.nodes.get(field("data")?) {
            Node::Array(item) => Some(*item),
            _ => None,
        }
    }

    fn object(&mut self, id: NodeId, object: &Object, side: Side) -> Result<ObjectId> {
        if let Some(known) = self.lowered.get(&(id, side)) {
            return Ok(*known);
        }
        let own = self.objects.reserve();
        self.lowered.insert((id, side), own);
        let fields = object
            .fields
            .iter()
            .map(|(name, node)| {
                let Lowered { shape, nullable } = self.lower(*node, side).with_context(|| name.clone())?;
                let shape = if shape == Shape::Integer && is_instant(name) { Shape::Instant } else { shape };
                let named = object.required.contains(name);
                // What an answer may leave out is null where a caller asks for it.
                let (required, nullable) = match side {
                    Side::Parameter => (named, nullable),
                    Side::Answer => (false, nullable || !named),
                };
                Ok(Field { name: name.clone(), shape, required, nullable })
            })
            .collect::<Result<_>>()?;
        self.objects.set(own, fields);
        Ok(own)
    }

    fn any_of(&mut self, alternatives: &[NodeId], side: Side) -> Result<Lowered> {
        let mut nullable = false;
        let mut shapes = Vec::new();
        for alternative in alternatives {
            if *self.nodes.get(*alternative) == Node::Unset {
                nullable = true;
                continue;
            }
            let lowered = self.lower(*alternative, side)?;
            nullable |= lowered.nullable;
            shapes.push(lowered.shape);
        }
        Ok(Lowered { shape: self.union(shapes, side)?, nullable })
    }

    /// One shape for several: what can be told apart by nothing but its fields or words is merged.
    fn union(&mut self, shapes: Vec<Shape>, side: Side) -> Result<Shape> {
        let mut left: Vec<Shape> = Vec::new();
        for shape in shapes {
            let Shape::OneOf(several) = shape else {
                self.add(&mut left, shape, side)?;
                continue;
            };
            several.into_iter().try_for_each(|shape| self.add(&mut left, shape, side))?;
        }
        Ok(match left.len() {
            0 => bail!("alternatives without any"),
            1 => left.remove(0),
            _ if left.contains(&Shape::Any) => Shape::Any,
            _ => Shape::OneOf(left),
        })
    }

    fn add(&mut self, left: &mut Vec<Shape>, shape: Shape, side: Side) -> Result<()> {
        for own in left.iter_mut() {
            if let Some(both) = self.both(own, &shape, side)? {
                *own = both;
                return Ok(());
            }
        }
        left.push(shape);
        Ok(())
    }

    /// One shape for two of the same JSON type.
    fn both(&mut self, one: &Shape, other: &Shape, side: Side) -> Result<Option<Shape>> {
        Ok(match (one, other) {
            (one, other) if one == other => Some(one.clone()),
            (Shape::Object(one), Shape::Object(other)) => {
                Some(Shape::Object(self.merge(BTreeSet::from([*one, *other]), side)))
            }
            (Shape::Enum(one), Shape::Enum(other)) => {
                let more = other.iter().filter(|word| !one.contains(word));
                Some(Shape::Enum(one.iter().chain(more).cloned().collect()))
            }
            (Shape::Enum(_), Shape::Text) | (Shape::Text, Shape::Enum(_)) => Some(Shape::Text),
            (Shape::Reference(names), Shape::Text) | (Shape::Text, Shape::Reference(names)) => {
                Some(Shape::Reference(names.clone()))
            }
            (Shape::Reference(one), Shape::Reference(other)) => {
                let more = other.iter().filter(|name| !one.contains(name));
                Some(Shape::Reference(one.iter().chain(more).cloned().collect()))
            }
            (Shape::Array(one), Shape::Array(other)) => {
                Some(Shape::Array(Box::new(self.union(vec![*one.clone(), *other.clone()], side)?)))
            }
            (Shape::List(one), Shape::List(other)) => {
                Some(Shape::List(Box::new(self.union(vec![*one.clone(), *other.clone()], side)?)))
            }
            _ => None,
        })
    }

    /// One object with the fields of several.
    pub fn merge(&mut self, ids: BTreeSet<ObjectId>, side: Side) -> ObjectId {
        let parts = self.parts(ids);
        if let Some(known) = self.merged.get(&(parts.clone(), side)) {
            return *known;
        }
        let merged = self.objects.reserve();
        self.merged.insert((parts.clone(), side), merged);
        self.unfinished.push(Unfinished { merged, parts, side, more: None });
        merged
    }

    /// The same with one field more, if none of them has it.
    pub fn merge_with(&mut self, ids: BTreeSet<ObjectId>, side: Side, more: Field) -> ObjectId {
        let parts = self.parts(ids);
        let merged = self.objects.reserve();
        self.unfinished.push(Unfinished { merged, parts, side, more: Some(more) });
        merged
    }

    fn parts(&self, ids: BTreeSet<ObjectId>) -> BTreeSet<ObjectId> {
        let parts = |id: ObjectId| match self.merged.iter().find(|(_, merged)| **merged == id) {
            Some(((parts, _), _)) => parts.clone(),
            None => BTreeSet::from([id]),
        };
        ids.into_iter().flat_map(parts).collect()
    }

    /// Finds the fields of merged objects, which may merge further ones. Nothing is lowered afterwards.
    pub fn finish(mut self) -> Result<Objects> {
        while let Some(Unfinished { merged, parts, side, more }) = self.unfinished.pop() {
            let mut fields = self.fields_of_all(&parts, side)?;
            let new = |more: &Field| !fields.iter().any(|field| field.name == more.name);
            fields.extend(more.filter(new));
            self.objects.set(merged, fields);
        }
        Ok(self.objects)
    }

    /// What only some of the objects have is not required of a call and may be missing in an answer.
    fn fields_of_all(&mut self, parts: &BTreeSet<ObjectId>, side: Side) -> Result<Vec<Field>> {
        let mut names: IndexMap<String, Vec<Field>> = IndexMap::new();
        for field in parts.iter().flat_map(|part| self.objects.fields(*part)) {
            names.entry(field.name.clone()).or_default().push(field.clone());
        }
        let merged = |(name, own): (String, Vec<Field>)| {
            let everywhere = own.len() == parts.len();
            Ok(Field {
                required: everywhere && own.iter().all(|field| field.required),
                nullable: own.iter().any(|field| field.nullable) || side == Side::Answer && !everywhere,
                shape: self.union(own.into_iter().map(|field| field.shape).collect(), side)?,
                name,
            })
        };
        names.into_iter().map(merged).collect()
    }
}

/// A few of Stripe's instants are described as any integers; their names tell.
fn is_instant(name: &str) -> bool {
    name == "created" || name.ends_with("_at") || name == "expected_availability_date"
}

/// What a list object's `data` is made of.
fn listed(object: &Object, nodes: &Nodes) -> Option<NodeId> {
    let field = |name: &str| object.fields.iter().find(|(own, _)| own == name).map(|(_, node)| *node);
    let is_list = matches!(nodes.get(field("object")?), Node::Enum(words) if words.as_slice() == ["list"]);
    match nodes.get(field("data")?) {
        Node::Array(item) if is_list => Some(*item),
        _ => None,
    }
}
