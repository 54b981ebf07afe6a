//! Parameters of Stripe's lists that check a condition of a filter.

use crate::catalog::{Entity, Kind, Object, pushdown};
use crate::check::Domain;
use crate::decimal::whole;
use crate::filter::{Comparison, Literal};
use crate::form::Pairs;
use crate::input::{self, Step, object_of};
use crate::instant;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Longer texts are refused by some of Stripe's lists, the first of them those over a hundred characters.
pub const MAX_TEXT: usize = 100;

/// A parameter of a list endpoint.
pub struct ListParameter {
    /// `created`, `scope[type]`.
    pub name: String,
    /// Stripe refuses the list without it.
    pub required: bool,
    kind: Kind,
    /// What else Stripe must be told in the same object: without `payment[type]` it takes no other part of `payment`.
    beside: Vec<String>,
}

impl ListParameter {
    /// The parameter that checks a column, or what is called like one.
    pub fn find(entity: &Entity, column: &str) -> Option<ListParameter> {
        let found = input::lookup(entity.list?, &column.replace('.', ""))?;
        let name = input::spelled(&found.path);
        let beside = beside(entity.list?, &found.path, "");
        let first = name.split('[').next().unwrap_or_default();
        let required = entity.list?.field(first).is_some_and(|field| field.required);
        let own = ListParameter { required, name, kind: found.kind, beside };
        let elsewise = pushdown::means_something_else(entity, &own.name);
        (!elsewise && own.can_be_pushed()).then_some(own)
    }

    /// Whether Stripe was told what it must be told beside it.
    pub fn is_ready(&self, parameters: &Pairs) -> bool {
        self.beside.iter().all(|name| parameters.iter().any(|(own, _)| own == name))
    }

    /// Whether a condition can become its value.
    fn can_be_pushed(&self) -> bool {
        self.is_range() || matches!(self.kind, Kind::Text | Kind::Enum(_) | Kind::Integer | Kind::Boolean)
    }

    /// Whether it takes bounds: `created[gte]`.
    pub fn is_range(&self) -> bool {
        self.bound().is_some()
    }

    /// What a bound holds.
    fn bound(&self) -> Option<Kind> {
        Some(object_of(self.kind)?.field("gte")?.kind)
    }

    /// What its values are compared as.
    pub fn domain(&self) -> Option<Domain> {
        if self.is_range() { Some(Domain::Instant) } else { Domain::of(self.kind) }
    }

    /// The name and the value that compare a column of that kind with a literal, if it can.
    pub fn parameter(
        &self,
        comparison: Comparison,
        literal: &Literal,
        column: Option<Kind>,
    ) -> Option<(String, String)> {
        let bound = match comparison {
            Comparison::Equal => "",
            Comparison::Less => "[lt]",
            Comparison::LessOrEqual => "[lte]",
            Comparison::Greater => "[gt]",
            Comparison::GreaterOrEqual => "[gte]",
        };
        let value = match (literal, self.kind) {
            (Literal::Text(text) | Literal::Number(text), _) if self.is_range() => {
                // A value alone is none of the bounds, and not every list takes one.
                if bound.is_empty() && !matches!(self.kind, Kind::OneOf(_)) {
                    return None;
                }
                match self.bound() {
                    Some(Kind::DateTime) => instant::to_text(instant::to_seconds(text)?)?,
                    _ => whole(text).or_else(|| Some(instant::to_seconds(text)?.to_string()))?,
                }
            }
            _ if !bound.is_empty() => return None,
            // Stripe takes an empty parameter for none.
            (Literal::Text(text), Kind::Text) if (1..=MAX_TEXT).contains(&text.len()) => text.clone(),
            // A list may know words that no object has, such as `all`; the condition means the objects'.
            (Literal::Text(word), Kind::Enum(words)) if words.has(word) => match column {
                Some(Kind::Enum(own)) if !own.has(word) => return None,
                _ => word.clone(),
            },
            (Literal::Number(number), Kind::Integer) => whole(number)?,
            (Literal::Boolean(flag), Kind::Boolean) => flag.to_string(),
            _ => return None,
        };
        Some((format!("{}{bound}", self.name), value))
    }
}

/// The other required fields of the objects that a path leads through.
fn beside(object: Object, path: &[Step], above: &str) -> Vec<String> {
    let [Step::Name(outer), rest @ ..] = path else {
        return Vec::new();
    };
    let Some(Step::Name(own)) = rest.first() else {
        return Vec::new();
    };
    let Some(inner) = object.field(outer).and_then(|field| object_of(field.kind)) else {
        return Vec::new();
    };
    let above = if above.is_empty() { outer.clone() } else { format!("{above}[{outer}]") };
    let others = inner.fields().filter(|field| field.required && field.name != own);
    others.map(|field| format!("{above}[{}]", field.name)).chain(beside(inner, rest, &above)).collect()
}
