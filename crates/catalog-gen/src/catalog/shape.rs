//! Shapes: what a field of an object or a parameter holds, as the component knows it. A node of the description says
//! more than that; `lower` has what becomes of it.

use std::collections::BTreeMap;

/// Index of [`Objects`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub usize);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    Any,
    Text,
    /// A decimal number in a text.
    Decimal,
    /// The bytes of a file.
    Bytes,
    Boolean,
    Integer,
    Number,
    /// Unix seconds.
    Instant,
    /// An RFC 3339 text, as v2 has it.
    DateTime,
    /// One of these words; Stripe may add further ones.
    Enum(Vec<String>),
    Array(Box<Shape>),
    /// Free keys with values of this shape.
    Map(Box<Shape>),
    /// A list object inside another object: its `data` is an array of this.
    List(Box<Shape>),
    /// Different JSON types are possible. At most one is an object.
    OneOf(Vec<Shape>),
    Object(ObjectId),
    /// An id, which can be expanded into an object of one of these component schemas.
    Reference(Vec<String>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    pub name: String,
    pub shape: Shape,
    /// A call without it is refused.
    pub required: bool,
    /// It can be null or absent in an answer, and unset by a parameter.
    pub nullable: bool,
}

/// The objects that shapes are made of. They can contain each other.
#[derive(Debug, Default)]
pub struct Objects(Vec<Vec<Field>>);

impl Objects {
    /// A place for an object whose fields come later, since they may lead back to it.
    pub fn reserve(&mut self) -> ObjectId {
        self.0.push(Vec::new());
        ObjectId(self.0.len() - 1)
    }

    pub fn set(&mut self, id: ObjectId, fields: Vec<Field>) {
        self.0[id.0] = fields;
    }

    pub fn add(&mut self, fields: Vec<Field>) -> ObjectId {
        let id = self.reserve();
        self.set(id, fields);
        id
    }

    pub fn fields(&self, id: ObjectId) -> &[Field] {
        &self.0[id.0]
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// For each object, the first of those that are like it in all that can be reached from it. Objects are taken for
    /// alike until a difference shows: classes are split until no class has two kinds of members.
    pub fn representatives(&self) -> Vec<ObjectId> {
        let mut class = vec![0; self.len()];
        let mut count = 0;
        loop {
            let mut known = BTreeMap::new();
            let next: Vec<usize> = self
                .0
                .iter()
                .map(|fields| {
                    let look = fields.iter().map(|field| look(field, &class)).collect::<Vec<_>>();
                    let new = known.len();
                    *known.entry(look).or_insert(new)
                })
                .collect();
            class = next;
            if known.len() == count {
                break;
            }
            count = known.len();
        }
        let mut first = BTreeMap::new();
        let id = |(at, class): (usize, &usize)| *first.entry(*class).or_insert(ObjectId(at));
        class.iter().enumerate().map(id).collect()
    }
}

/// A field as text in which objects of one class look the same.
fn look(field: &Field, class: &[usize]) -> String {
    let shape = field.shape.with_objects(&mut |id| ObjectId(class[id.0]));
    format!("{} {shape:?} {} {}", field.name, field.required, field.nullable)
}

impl Shape {
    /// The same with other objects in it.
    pub fn with_objects(&self, replace: &mut impl FnMut(ObjectId) -> ObjectId) -> Shape {
        let mut inside = |shape: &Shape| Box::new(shape.with_objects(replace));
        match self {
            Shape::Array(item) => Shape::Array(inside(item)),
            Shape::Map(value) => Shape::Map(inside(value)),
            Shape::List(item) => Shape::List(inside(item)),
            Shape::OneOf(all) => Shape::OneOf(all.iter().map(|one| one.with_objects(replace)).collect()),
            Shape::Object(id) => Shape::Object(replace(*id)),
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, shape: Shape) -> Field {
        Field { name: name.to_owned(), shape, required: false, nullable: false }
    }

    #[test]
    fn objects_are_alike_if_all_that_is_below_them_is() {
        let mut objects = Objects::default();
        let [a, b, c] = [(); 3].map(|()| objects.reserve());
        objects.set(a, vec![field("next", Shape::Object(b))]);
        objects.set(b, vec![field("next", Shape::Object(a))]);
        objects.set(c, vec![field("next", Shape::Array(Box::new(Shape::Object(c))))]);
        let d = objects.add(vec![field("next", Shape::Object(c))]);
        assert_eq!(objects.representatives(), [a, a, c, d]);
    }
}
