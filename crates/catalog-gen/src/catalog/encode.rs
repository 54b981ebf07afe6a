//! Packs the graph of shapes into few bytes that can be read without unpacking: the component reads the fields of one
//! object at a time, in place (`src/catalog/graph.rs`).
//!
//! A number is a varint: seven bits to a byte, the lowest first, the eighth bit says that there are more. So what is used
//! most has the smallest number.
//!
//! - `names`: a text in which every name of a field stands somewhere, also inside another one or across two; `name_starts`
//!   says where each begins, `name_lengths` how long it is.
//! - `objects`: where the fields of each object begin in `fields`; an object ends where the next one begins.
//! - `fields`: to a field, the number of its name and its shape. To a shape, `argument << 6 | kind << 2 | nullable << 1 |
//!   required`, followed by the shapes that it is made of.
//! - `words`: all words of enumerations, sorted, as [`words`](super::words) packs them. Every sixteenth shares no letters
//!   with the one before.
//! - `enums`: where the words of each enumeration begin in `enum_words`, an enumeration ends where the next one begins: the
//!   number of its first word, and for the others the distance from the one before.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context, Result};

use super::shape::{Field, ObjectId, Objects, Shape};
use super::words::Words;

#[derive(Debug, Default)]
pub struct Graph {
    pub names: String,
    pub name_starts: Vec<u16>,
    pub name_lengths: Vec<u8>,
    pub objects: Vec<u16>,
    pub fields: Vec<u8>,
    pub words: Words,
    pub enums: Vec<u16>,
    pub enum_words: Vec<u8>,
    /// The number of each object.
    numbers: BTreeMap<ObjectId, usize>,
}

impl Graph {
    /// The graph of all that can be reached from some objects. `references` numbers the entities by the component
    /// schemas of their objects.
    pub fn new(
        objects: &Objects,
        roots: Vec<ObjectId>,
        references: &BTreeMap<String, usize>,
    ) -> Result<Self> {
        let same = objects.representatives();
        let mut found = Found::new(objects, &same);
        roots.iter().for_each(|root| found.object(*root));
        let names = ranks(&found.names);
        let order = ranks(&found.seen);
        let enums = ranks(&found.enums);
        let words: BTreeSet<&String> = found.enums.keys().flat_map(|words| words.iter()).collect();
        let words: Vec<&String> = words.into_iter().collect();

        let mut graph = Self::default();
        graph.put_names(&names.all)?;
        for id in &order.all {
            graph.objects.push(end(graph.fields.len())?);
            for field in objects.fields(*id) {
                put(&mut graph.fields, names.of(&field.name)?);
                let flags = usize::from(field.nullable) << 1 | usize::from(field.required);
                shape(&mut graph.fields, &field.shape, flags, &|shape| {
                    Ok(match shape {
                        Shape::Object(id) => order.of(&same[id.0])?,
                        Shape::Enum(words) => enums.of(words)?,
                        Shape::Reference(schemas) => {
                            let entity = schemas.iter().find_map(|schema| references.get(schema));
                            entity.map_or(0, |entity| entity + 1)
                        }
                        _ => 0,
                    })
                })?;
            }
        }
        graph.objects.push(end(graph.fields.len())?);
        graph.words = Words::new(&words)?;
        for own in &enums.all {
            graph.enums.push(end(graph.enum_words.len())?);
            let mut numbers: Vec<usize> =
                own.iter().filter_map(|word| words.binary_search(&word).ok()).collect();
            numbers.sort_unstable();
            let mut last = 0;
            for number in numbers {
                put(&mut graph.enum_words, number - last);
                last = number;
            }
        }
        graph.enums.push(end(graph.enum_words.len())?);
        graph.numbers = (0..objects.len())
            .filter_map(|at| Some((ObjectId(at), *order.numbers.get(&same[at])?)))
            .collect();
        Ok(graph)
    }

    /// The number by which the component knows an object.
    pub fn number(&self, id: ObjectId) -> Result<usize> {
        self.numbers.get(&id).copied().context("an object that nothing leads to")
    }

    fn put_names(&mut self, names: &[String]) -> Result<()> {
        self.names = joined(names);
        for name in names {
            self.name_starts.push(end(self.names.find(name.as_str()).context("a name is lost")?)?);
            self.name_lengths.push(u8::try_from(name.len()).with_context(|| format!("{name} is too long"))?);
        }
        Ok(())
    }
}

/// A short text in which every name stands. Of the shortest one nobody knows how to find it soon; joining what overlaps most
/// comes near.
fn joined(names: &[String]) -> String {
    let mut longest: Vec<&String> = names.iter().collect();
    longest.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let most = longest.first().map_or(0, |name| name.len());
    let mut parts: Vec<String> = Vec::new();
    for name in longest {
        if !parts.iter().any(|part| part.contains(name.as_str())) {
            parts.push(name.clone());
        }
    }
    for overlap in (1..most).rev() {
        let mut at = 0;
        while let Some(part) = parts.get(at) {
            let end = part.len().checked_sub(overlap).and_then(|start| part.get(start..));
            let follows = |next: &String| end.is_some_and(|end| next.starts_with(end));
            match (0..parts.len()).find(|next| *next != at && follows(&parts[*next])) {
                Some(next) => {
                    let rest = parts[next][overlap..].to_owned();
                    parts[at] += &rest;
                    parts.remove(next);
                    at -= usize::from(next < at);
                }
                None => at += 1,
            }
        }
    }
    parts.concat()
}

/// The statistics that end a run.
impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} objects in {} bytes, {} names in {}, {} enumerations in {} with words in {}",
            self.objects.len() - 1,
            2 * self.objects.len() + self.fields.len(),
            self.name_starts.len(),
            self.names.len() + 3 * self.name_starts.len(),
            self.enums.len() - 1,
            2 * self.enums.len() + self.enum_words.len(),
            self.words.bytes.len() + 2 * self.words.blocks.len() + self.words.pairs.len(),
        )
    }
}

/// What is used, and how often.
struct Found<'a> {
    objects: &'a Objects,
    same: &'a [ObjectId],
    seen: BTreeMap<ObjectId, usize>,
    names: BTreeMap<String, usize>,
    enums: BTreeMap<Vec<String>, usize>,
}

impl<'a> Found<'a> {
    fn new(objects: &'a Objects, same: &'a [ObjectId]) -> Self {
        Found { objects, same, seen: BTreeMap::new(), names: BTreeMap::new(), enums: BTreeMap::new() }
    }

    fn object(&mut self, id: ObjectId) {
        let id = self.same[id.0];
        let uses = self.seen.entry(id).or_default();
        *uses += 1;
        if *uses > 1 {
            return;
        }
        let objects = self.objects;
        for Field { name, shape, .. } in objects.fields(id) {
            *self.names.entry(name.clone()).or_default() += 1;
            self.shape(shape);
        }
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Array(inner) | Shape::Map(inner) | Shape::List(inner) => self.shape(inner),
            Shape::OneOf(all) => all.iter().for_each(|one| self.shape(one)),
            Shape::Object(id) => self.object(*id),
            Shape::Enum(words) => *self.enums.entry(words.clone()).or_default() += 1,
            _ => {}
        }
    }
}

/// What there is, the most used first.
struct Ranks<T> {
    all: Vec<T>,
    numbers: BTreeMap<T, usize>,
}

fn ranks<T: Clone + Ord>(uses: &BTreeMap<T, usize>) -> Ranks<T> {
    let mut all: Vec<T> = uses.keys().cloned().collect();
    all.sort_by_key(|own| std::cmp::Reverse(uses[own]));
    let numbers = all.iter().cloned().enumerate().map(|(at, own)| (own, at)).collect();
    Ranks { all, numbers }
}

impl<T: Ord> Ranks<T> {
    fn of(&self, own: &T) -> Result<usize> {
        self.numbers.get(own).copied().context("something was not counted")
    }
}

fn shape(
    bytes: &mut Vec<u8>,
    own: &Shape,
    flags: usize,
    argument: &impl Fn(&Shape) -> Result<usize>,
) -> Result<()> {
    let (kind, inner): (usize, &[Shape]) = match own {
        Shape::Any => (0, &[]),
        Shape::Text => (1, &[]),
        Shape::Decimal => (2, &[]),
        Shape::Bytes => (3, &[]),
        Shape::Boolean => (4, &[]),
        Shape::Integer => (5, &[]),
        Shape::Number => (6, &[]),
        Shape::Instant => (7, &[]),
        Shape::DateTime => (8, &[]),
        Shape::Enum(_) => (9, &[]),
        Shape::Array(item) => (10, std::slice::from_ref(item)),
        Shape::Map(value) => (11, std::slice::from_ref(value)),
        Shape::List(item) => (12, std::slice::from_ref(item)),
        Shape::OneOf(all) => (13, all),
        Shape::Object(_) => (14, &[]),
        Shape::Reference(_) => (15, &[]),
    };
    let argument_of_own = if let Shape::OneOf(all) = own { all.len() } else { argument(own)? };
    put(bytes, argument_of_own << 6 | kind << 2 | flags);
    inner.iter().try_for_each(|inner| shape(bytes, inner, 0, argument))
}

fn put(bytes: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn end(length: usize) -> Result<u16> {
    u16::try_from(length).context("the graph has outgrown 64 KiB: say in encode.rs how it goes on")
}
