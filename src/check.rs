//! Checks a condition of a filter on Stripe's objects: literals are compared with what a column holds by the type that the
//! catalog knows of it. A value that is missing, null or of another type is SQL's unknown.

use crate::catalog::{Entity, Kind};
use crate::columns::Column;
use crate::decimal::{Decimal, whole};
use crate::failure::{Failed, invalid};
use crate::filter::{Comparison, Condition, Literal, Test};
use crate::instant;
use crate::json::{self, Members};
use crate::list_parameter::ListParameter;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// A condition whose column is known.
pub struct Check {
    pub test: Test,
    /// Absent for a parameter of Stripe's list that no object has, such as `pending` of invoice items: then Stripe's word is
    /// all there is.
    pub column: Option<Column>,
    /// What of Stripe's list checks it.
    pub parameter: Option<ListParameter>,
    /// The values of the condition, in their order; a NULL among them is none.
    values: Vec<Option<Value>>,
    pattern: Vec<Piece>,
}

/// A value that can be compared with others of its type.
#[derive(PartialEq, Debug)]
pub enum Value {
    Text(String),
    Number(Decimal),
    /// Nanoseconds since 1970.
    Instant(i128),
    Boolean(bool),
}

impl Value {
    /// Orders values of different types.
    pub fn rank(&self) -> u8 {
        match self {
            Value::Boolean(_) => 0,
            Value::Number(_) => 1,
            Value::Instant(_) => 2,
            Value::Text(_) => 3,
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Text(one), Value::Text(other)) => Some(one.as_bytes().cmp(other.as_bytes())),
            (Value::Number(one), Value::Number(other)) => Some(one.cmp(other)),
            (Value::Instant(one), Value::Instant(other)) => Some(one.cmp(other)),
            (Value::Boolean(one), Value::Boolean(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }
}

/// As what a column's values are compared.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Domain {
    Text,
    Number,
    Instant,
    Boolean,
    /// As what each value is.
    Any,
}

impl Domain {
    /// None for maps, arrays and objects, which hold more than one value.
    pub fn of(kind: Kind) -> Option<Domain> {
        Some(match kind {
            Kind::Text | Kind::Enum(_) | Kind::Reference(_) | Kind::Bytes => Domain::Text,
            Kind::Integer | Kind::Number | Kind::Decimal => Domain::Number,
            Kind::Instant | Kind::DateTime => Domain::Instant,
            Kind::Boolean => Domain::Boolean,
            Kind::OneOf(several) if several.object().is_some() => return None,
            Kind::OneOf(several) if several.kinds().any(|kind| kind == Kind::Instant) => Domain::Instant,
            Kind::Any | Kind::OneOf(_) => Domain::Any,
            Kind::Map(_) | Kind::Array(_) | Kind::List(_) | Kind::Object(_) => return None,
        })
    }

    /// A literal as a value of this type, if it is one.
    fn literal(self, literal: &Literal) -> Option<Value> {
        match (self, literal) {
            (Domain::Text | Domain::Any, Literal::Text(text)) => Some(Value::Text(text.clone())),
            (Domain::Number | Domain::Any, Literal::Number(number)) => {
                Decimal::parse(number).map(Value::Number)
            }
            (Domain::Boolean | Domain::Any, Literal::Boolean(flag)) => Some(Value::Boolean(*flag)),
            (Domain::Instant, Literal::Text(text)) => instant::to_nanoseconds(text).map(Value::Instant),
            (Domain::Instant, Literal::Number(number)) => seconds(&whole(number)?),
            _ => None,
        }
    }

    fn right(self) -> &'static str {
        match self {
            Domain::Text => "a text in single quotes",
            Domain::Number => "a number",
            Domain::Instant => "an RFC 3339 instant or a YYYY-MM-DD date in quotes, or whole Unix seconds",
            Domain::Boolean => "TRUE or FALSE",
            Domain::Any => "a single value",
        }
    }

    /// What stands in an object, as a value of this type.
    pub fn read(self, json: &str) -> Option<Value> {
        let first = json.as_bytes().first()?;
        match (self, first) {
            (Domain::Text | Domain::Any, b'"') => json::text(json).map(Value::Text),
            (Domain::Boolean | Domain::Any, b't' | b'f') => Some(Value::Boolean(*first == b't')),
            (Domain::Number, b'"') => Decimal::parse(&json::text(json)?).map(Value::Number),
            (Domain::Number | Domain::Any, b'-' | b'0'..=b'9') => Decimal::parse(json).map(Value::Number),
            (Domain::Instant, b'"') => instant::to_nanoseconds(&json::text(json)?).map(Value::Instant),
            (Domain::Instant, b'-' | b'0'..=b'9') => seconds(json),
            _ => None,
        }
    }
}

fn seconds(number: &str) -> Option<Value> {
    Some(Value::Instant(i128::from(number.parse::<i64>().ok()?) * 1_000_000_000))
}

impl Check {
    /// Finds the column and reads the literals. `expand` names the references that are fetched whole.
    pub fn of(entity: &Entity, test: Test, expand: &[String]) -> Result<Check, Failed> {
        let parameter = ListParameter::find(entity, &test.column);
        let single = |column: &Column| Domain::of(column.kind).is_some();
        let (column, domain) = match (Column::find(entity, &test.column, expand), &parameter) {
            (Ok(column), None) => (Some(column), None),
            (Ok(column), Some(_)) if single(&column) || looks_at_any(&test.condition) => (Some(column), None),
            (_, Some(parameter)) => (None, parameter.domain()),
            (Err(mut unknown), None) => {
                unknown.message = format!("filter, character {}: {}", test.at, unknown.message);
                return Err(unknown);
            }
        };
        let mut check = Check { test, column, parameter, values: Vec::new(), pattern: Vec::new() };
        let kind = check.column.as_ref().map_or(Kind::Any, |column| column.kind);
        match check.read_literals(domain.or(Domain::of(kind)), kind) {
            Ok(()) => Ok(check),
            Err(why) => {
                let test = &check.test;
                let why = format!("filter, character {}: `{test}`: {why}", test.at);
                Err(invalid(&test.column, why))
            }
        }
    }

    /// Makes values of the literals, or says what would be right.
    fn read_literals(&mut self, domain: Option<Domain>, kind: Kind) -> Result<(), String> {
        let column = &self.test.column;
        let domain = match (&self.test.condition, kind, domain) {
            (Condition::IsNull, ..) => return Ok(()),
            (Condition::Contains(_), Kind::Array(item), _) => Domain::of(item.kind()),
            (_, _, domain) => domain,
        };
        let Some(domain) = domain else {
            return Err(match kind {
                Kind::Array(_) => format!("`{column}` holds several values: CONTAINS finds one among them"),
                _ => format!("`{column}` is compared with a single value inside it, such as Metadata.key"),
            });
        };
        let is_text = matches!(domain, Domain::Text | Domain::Any);
        let looks_for_order = match &self.test.condition {
            Condition::Compare(comparison, _) => *comparison != Comparison::Equal,
            condition => matches!(condition, Condition::Between(..)),
        };
        if looks_for_order && domain == Domain::Boolean {
            return Err(format!(
                "`{column}` is TRUE or FALSE, and neither is the greater: = and <> compare it"
            ));
        }
        let literals = match &self.test.condition {
            Condition::Like { pattern, escape } => {
                if !is_text {
                    return Err(format!(
                        "LIKE compares texts, and `{column}` is compared with {}",
                        domain.right()
                    ));
                }
                self.pattern =
                    pieces(pattern, *escape).ok_or("the pattern ends with its escape character")?;
                return Ok(());
            }
            Condition::Contains(_) if !is_text && !matches!(kind, Kind::Array(_)) => {
                return Err(format!(
                    "CONTAINS looks into texts and arrays, and `{column}` is compared with {}",
                    domain.right()
                ));
            }
            Condition::Compare(_, literal) | Condition::Contains(literal) => core::slice::from_ref(literal),
            Condition::In(literals) => literals,
            Condition::Between(low, high) => &[low.clone(), high.clone()],
            Condition::IsNull => &[],
        };
        for literal in literals {
            let value = domain.literal(literal);
            if value.is_none() && *literal != Literal::Null {
                return Err(format!("`{column}` is compared with {}, not {literal}", domain.right()));
            }
            self.values.push(value);
        }
        Ok(())
    }

    /// Whether an object meets it; none if that is not known. What only Stripe can check has been.
    pub fn holds(&self, object: &Members) -> Option<bool> {
        let Some(column) = &self.column else {
            return Some(true);
        };
        let found = column.find_in(object);
        let truth = match self.test.condition {
            Condition::IsNull => Some(found.is_none()),
            _ => self.compare(column.kind, found?),
        };
        truth.map(|truth| truth != self.test.negated)
    }

    fn compare(&self, kind: Kind, json: &str) -> Option<bool> {
        if let Condition::Contains(_) = self.test.condition {
            return self.contains(kind, json);
        }
        let own = Domain::of(kind)?.read(json)?;
        let ordering = |at: usize| own.partial_cmp(self.values.get(at)?.as_ref()?);
        match &self.test.condition {
            Condition::Like { .. } => match &own {
                Value::Text(text) => Some(is_like(&self.pattern, text)),
                _ => None,
            },
            Condition::Compare(comparison, _) => {
                let ordering = ordering(0)?;
                Some(match comparison {
                    Comparison::Equal => ordering.is_eq(),
                    Comparison::Less => ordering.is_lt(),
                    Comparison::LessOrEqual => ordering.is_le(),
                    Comparison::Greater => ordering.is_gt(),
                    Comparison::GreaterOrEqual => ordering.is_ge(),
                })
            }
            Condition::Between(..) => {
                match (ordering(0).map(Ordering::is_ge), ordering(1).map(Ordering::is_le)) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (low, high) => low.and(high),
                }
            }
            _ => {
                let mut all = (0..self.values.len()).map(ordering);
                let found = all.clone().any(|one| one == Some(Ordering::Equal));
                (found || all.all(|one| one.is_some())).then_some(found)
            }
        }
    }

    /// A text that has the other in it, or an array with the value in it.
    fn contains(&self, kind: Kind, json: &str) -> Option<bool> {
        let wanted = self.values.first()?.as_ref()?;
        if json.starts_with('[') {
            let kind = match kind {
                Kind::Array(item) => item.kind(),
                _ => Kind::Any,
            };
            let domain = Domain::of(kind)?;
            let is_wanted = |item: &&str| {
                Column::id_of(kind, item).and_then(|own| domain.read(own)).as_ref() == Some(wanted)
            };
            return Some(json::items(json).ok()?.iter().any(is_wanted));
        }
        match (json::text(json)?, wanted) {
            // The standard library's search is made for long texts, and is large.
            (text, Value::Text(part)) => {
                let mut parts = text.as_bytes().windows(part.len().max(1));
                Some(part.is_empty() || parts.any(|own| own == part.as_bytes()))
            }
            _ => None,
        }
    }
}

/// Whether a condition makes sense of what holds more than one value.
fn looks_at_any(condition: &Condition) -> bool {
    matches!(condition, Condition::IsNull | Condition::Contains(_))
}

/// A part of a pattern of LIKE.
enum Piece {
    /// `%`
    Rest,
    /// `_`
    One,
    Char(char),
}

/// Nothing if the pattern ends with its escape character.
fn pieces(pattern: &str, escape: Option<char>) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        pieces.push(match c {
            _ if Some(c) == escape => Piece::Char(characters.next()?),
            '%' => Piece::Rest,
            '_' => Piece::One,
            _ => Piece::Char(c),
        });
    }
    Some(pieces)
}

/// Without recursion: only the last `%` is ever tried again, since what it takes more, those before it need not.
fn is_like(pattern: &[Piece], text: &str) -> bool {
    let mut rest = text.chars();
    let (mut at, mut last) = (0, None);
    loop {
        let before = rest.clone();
        match (pattern.get(at), rest.next()) {
            (Some(Piece::Rest), _) => {
                at += 1;
                last = Some((at, before.clone()));
                rest = before;
            }
            (None, None) => return true,
            (Some(_), None) => return false,
            (Some(Piece::One), Some(_)) => at += 1,
            (Some(Piece::Char(own)), Some(c)) if *own == c => at += 1,
            _ => {
                let Some((after, from)) = &mut last else { return false };
                if from.next().is_none() {
                    return false;
                }
                at = *after;
                rest = from.clone();
            }
        }
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
