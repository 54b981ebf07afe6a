//! Reads the graph of shapes in place: which fields an object has and what each of them holds. How it is packed is told
//! in `crates/catalog-gen/src/catalog/encode.rs`, which wrote it.

use super::generated::{
    ENUM_WORDS, ENUMS, FIELDS, NAME_LENGTHS, NAME_STARTS, NAMES, OBJECTS, WORD_BLOCKS, WORD_PAIRS, WORDS,
};
use super::{ENTITIES, Entity};
use alloc::string::String;
use core::num::NonZeroU16;

/// What a field of an object or a parameter of a request holds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    Any,
    Text,
    /// A decimal number in a text, so that no digit of it is lost.
    Decimal,
    /// The bytes of a file; base64 in JSON.
    Bytes,
    Boolean,
    /// Amounts in the currency's minor unit, counts.
    Integer,
    /// Percentages and measures, which may have a fraction.
    Number,
    /// A point in time: Unix seconds at Stripe, RFC 3339 in rows.
    Instant,
    /// A point in time that is RFC 3339 at Stripe too, as v2 has it.
    DateTime,
    /// One of some words, to which Stripe may add.
    Enum(Enumeration),
    /// Stays one JSON value in a row.
    Array(Shape),
    /// Free keys, such as `metadata`. Stays one JSON value in a row.
    Map(Shape),
    /// A list object nested in another object; in a row the array of its `data`.
    List(Shape),
    /// Several JSON types are possible, such as `off_session`: a boolean or a text.
    OneOf(Alternatives),
    /// Flattened in rows.
    Object(Object),
    /// The id of another object, which can be expanded into the object itself.
    Reference(Target),
}

/// One field or parameter, by Stripe's name.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    /// Stripe refuses a call without this parameter.
    pub required: bool,
    /// It can be null in an answer, and unset as a parameter.
    pub nullable: bool,
}

/// An object with named fields, by its number. Not zero, so that an object that may be missing takes no more room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Object(NonZeroU16);

/// What the items of an array or the values of a map hold.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Shape(usize);

/// What one of several JSON types may be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Alternatives {
    at: usize,
    count: usize,
}

/// Words of an enumeration.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Enumeration(usize);

/// What a reference leads to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Target(usize);

impl Object {
    /// The object of a number from 0 on.
    pub const fn at(number: u16) -> Self {
        match NonZeroU16::MIN.checked_add(number) {
            Some(number) => Object(number),
            None => Object(NonZeroU16::MAX),
        }
    }

    /// Its fields, in the order of Stripe's description.
    pub fn fields(self) -> Fields {
        let end = |object: usize| OBJECTS.get(object).copied().unwrap_or_default().into();
        let number = usize::from(self.0.get());
        Fields { at: end(number - 1), end: end(number) }
    }

    /// The field with exactly Stripe's name.
    pub fn field(self, name: &str) -> Option<Field> {
        self.fields().find(|field| field.name == name)
    }
}

/// The fields of an object.
#[derive(Clone, Copy)]
pub struct Fields {
    at: usize,
    end: usize,
}

impl Iterator for Fields {
    type Item = Field;

    fn next(&mut self) -> Option<Field> {
        if self.at >= self.end {
            return None;
        }
        let name = number(FIELDS, &mut self.at);
        let (kind, flags) = kind(&mut self.at);
        Some(Field { name: self::name(name), kind, required: flags & 1 == 1, nullable: flags & 2 == 2 })
    }
}

/// Finds one field after the other. Stripe's answers have their fields nearly in the order of its description, so each is
/// looked for where the one before was found.
pub struct Cursor {
    all: Fields,
    rest: Fields,
}

impl Cursor {
    pub fn new(object: Object) -> Self {
        Cursor { all: object.fields(), rest: object.fields() }
    }

    pub fn find(&mut self, name: &str) -> Option<Field> {
        let started = self.rest.at;
        if let Some(found) = self.rest.find(|field| field.name == name) {
            return Some(found);
        }
        let mut before = Fields { end: started, ..self.all };
        let found = before.find(|field| field.name == name);
        self.rest = Fields { at: if found.is_some() { before.at } else { started }, ..self.all };
        found
    }

    /// The fields after the one that was found last.
    pub fn following(&self) -> Fields {
        self.rest
    }
}

impl Shape {
    pub fn kind(self) -> Kind {
        kind(&mut { self.0 }).0
    }
}

impl Alternatives {
    pub fn kinds(self) -> impl Iterator<Item = Kind> {
        let mut at = self.at;
        (0..self.count).map(move |_| kind(&mut at).0)
    }

    /// The one that is an object.
    pub fn object(self) -> Option<Object> {
        self.kinds().find_map(|kind| match kind {
            Kind::Object(object) => Some(object),
            _ => None,
        })
    }
}

impl Target {
    /// The entity, if it is one.
    pub fn entity(self) -> Option<&'static Entity> {
        ENTITIES.get(self.0.checked_sub(1)?)
    }
}

impl Enumeration {
    /// Calls `each` with one word after the other, in the order of the alphabet.
    pub fn words(self, mut each: impl FnMut(&str)) {
        let end = |own: usize| ENUMS.get(own).copied().unwrap_or_default().into();
        let (mut at, end) = (end(self.0), end(self.0 + 1));
        let (mut word, mut reader) = (0, Words::default());
        while at < end {
            word += number(ENUM_WORDS, &mut at);
            each(reader.read(word));
        }
    }

    pub fn has(self, word: &str) -> bool {
        let mut found = false;
        self.words(|own| found |= own == word);
        found
    }
}

/// So many words stand between two that share nothing with the one before.
const BLOCK: usize = 16;

/// Reads one word after the other.
#[derive(Default)]
struct Words {
    text: String,
    /// The number of the word after it, and where that is.
    next: usize,
    at: usize,
}

impl Words {
    fn read(&mut self, word: usize) -> &str {
        if word < self.next || word / BLOCK > self.next / BLOCK {
            self.next = word - word % BLOCK;
            self.at = WORD_BLOCKS.get(word / BLOCK).copied().unwrap_or_default().into();
        }
        while self.next <= word {
            self.next += 1;
            self.text.truncate(WORDS.get(self.at).copied().unwrap_or_default().into());
            self.at += 1;
            while let Some(code) = WORDS.get(self.at).filter(|code| **code >= 0x20) {
                spell(*code, &mut self.text);
                self.at += 1;
            }
        }
        &self.text
    }
}

/// Appends the letters that a byte of a word stands for.
fn spell(code: u8, text: &mut String) {
    let Some(pair) = code.checked_sub(0x80) else {
        return text.push(code.into());
    };
    let pair = 2 * usize::from(pair);
    WORD_PAIRS.get(pair..pair + 2).unwrap_or_default().iter().for_each(|code| spell(*code, text));
}

fn name(number: usize) -> &'static str {
    let start = usize::from(NAME_STARTS.get(number).copied().unwrap_or_default());
    let length = usize::from(NAME_LENGTHS.get(number).copied().unwrap_or_default());
    NAMES.get(start..start + length).unwrap_or_default()
}

/// Reads a kind with its flags, and passes over the shapes that it is made of.
fn kind(at: &mut usize) -> (Kind, usize) {
    let tag = number(FIELDS, at);
    let argument = tag >> 6;
    let inner = |at: &mut usize| {
        let shape = Shape(*at);
        kind(at);
        shape
    };
    let kind = match tag >> 2 & 0xf {
        1 => Kind::Text,
        2 => Kind::Decimal,
        3 => Kind::Bytes,
        4 => Kind::Boolean,
        5 => Kind::Integer,
        6 => Kind::Number,
        7 => Kind::Instant,
        8 => Kind::DateTime,
        9 => Kind::Enum(Enumeration(argument)),
        10 => Kind::Array(inner(at)),
        11 => Kind::Map(inner(at)),
        12 => Kind::List(inner(at)),
        13 => {
            let alternatives = Alternatives { at: *at, count: argument };
            for _ in 0..argument {
                kind(at);
            }
            Kind::OneOf(alternatives)
        }
        14 => Kind::Object(Object::at(argument as u16)),
        15 => Kind::Reference(Target(argument)),
        _ => Kind::Any,
    };
    (kind, tag & 3)
}

/// Reads a varint: seven bits to a byte, the lowest first.
fn number(bytes: &[u8], at: &mut usize) -> usize {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = bytes.get(*at).copied().unwrap_or_default();
        *at += 1;
        number |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 || shift > 21 {
            return number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ACTIONS, entity};
    use std::collections::BTreeSet;

    fn objects() -> impl Iterator<Item = u16> {
        0..OBJECTS.len() as u16 - 1
    }

    fn is_there(object: Object) -> bool {
        objects().any(|number| Object::at(number) == object)
    }

    #[test]
    fn every_object_can_be_read_to_its_end() {
        let mut names = BTreeSet::new();
        for object in objects() {
            let mut fields = Object::at(object).fields();
            for field in fields.by_ref() {
                assert!(!field.name.is_empty(), "{object}");
                names.insert(field.name);
                match field.kind {
                    Kind::Object(inner) => assert!(is_there(inner), "{}", field.name),
                    Kind::Enum(words) => words.words(|word| assert!(!word.is_empty())),
                    Kind::OneOf(several) => assert!(several.kinds().count() > 1, "{}", field.name),
                    _ => {}
                }
            }
            assert_eq!(fields.at, fields.end, "{object}");
        }
        assert_eq!(names.len(), NAME_STARTS.len());
        for action in ACTIONS {
            assert!(is_there(action.parameters), "{}", action.name);
        }
    }

    #[test]
    fn fields_with_what_they_hold() {
        let customer = entity("Customer").unwrap();
        let field = |name| customer.row.field(name).unwrap();
        assert_eq!(field("created").kind, Kind::Instant);
        assert_eq!(field("balance").kind, Kind::Integer);
        assert!(matches!(field("metadata").kind, Kind::Map(value) if value.kind() == Kind::Text));
        assert!(matches!(field("sources").kind, Kind::List(_)));
        let Kind::Object(address) = field("address").kind else { panic!("an object") };
        assert_eq!(address.field("city").unwrap().kind, Kind::Text);
        let Kind::Reference(clock) = field("test_clock").kind else { panic!("a reference") };
        assert_eq!(clock.entity().unwrap().name, "TestClock");
        let Kind::Enum(exempt) = field("tax_exempt").kind else { panic!("an enumeration") };
        let mut words = Vec::new();
        exempt.words(|word| words.push(word.to_owned()));
        assert_eq!(words, ["exempt", "none", "reverse"]);
        assert!(exempt.has("none") && !exempt.has("all"));
        assert!(field("deleted").nullable && !field("id").nullable);
        assert!(customer.row.field("nonsense").is_none());
    }

    #[test]
    fn a_cursor_finds_fields_in_any_order() {
        let customer = entity("Customer").unwrap().row;
        let mut cursor = Cursor::new(customer);
        for name in ["id", "object", "address", "nonsense", "balance", "created", "id", "id", "address"] {
            assert_eq!(cursor.find(name), customer.field(name), "{name}");
        }
    }
}
