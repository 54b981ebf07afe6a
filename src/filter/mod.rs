//! The filter language: what its conditions are, as the text that was read and as it is shown.
//!
//! `NOT` is gone after reading: it is moved inwards by De Morgan's laws, which hold in SQL's three-valued logic too, until
//! it stands before single conditions.

mod lex;
mod parse;

pub use parse::parse;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Display};

/// Conditions joined by AND and OR. Chains are flat: neither stands directly in one of its own.
#[derive(Clone, PartialEq, Debug)]
pub enum Expr<T> {
    /// Joined by AND. Without any, all objects are meant.
    All(Vec<Expr<T>>),
    /// Joined by OR.
    Any(Vec<Expr<T>>),
    Test(T),
}

impl<T> Expr<T> {
    /// The parts of which each must hold.
    pub fn conjuncts(self) -> Vec<Expr<T>> {
        match self {
            Expr::All(parts) => parts,
            other => Vec::from([other]),
        }
    }

    /// The same with other tests.
    pub fn map<U, E>(self, change: &mut impl FnMut(T) -> Result<U, E>) -> Result<Expr<U>, E> {
        let mut parts =
            |parts: Vec<Expr<T>>| parts.into_iter().map(|part| part.map(change)).collect::<Result<_, E>>();
        Ok(match self {
            Expr::All(own) => Expr::All(parts(own)?),
            Expr::Any(own) => Expr::Any(parts(own)?),
            Expr::Test(test) => Expr::Test(change(test)?),
        })
    }

    /// In three-valued logic: none if it is not known whether it holds.
    pub fn holds(&self, test: &mut dyn FnMut(&T) -> Option<bool>) -> Option<bool> {
        // What decides the whole chain: something false of AND, something true of OR.
        let (parts, decides) = match self {
            Expr::Test(own) => return test(own),
            Expr::All(parts) => (parts, false),
            Expr::Any(parts) => (parts, true),
        };
        let mut known = true;
        for part in parts {
            match part.holds(test) {
                Some(truth) if truth == decides => return Some(decides),
                Some(_) => {}
                None => known = false,
            }
        }
        known.then_some(!decides)
    }
}

impl<T: Display> Display for Expr<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (parts, joined) = match self {
            Expr::Test(test) => return test.fmt(f),
            Expr::All(parts) => (parts, " AND "),
            Expr::Any(parts) => (parts, " OR "),
        };
        for (at, part) in parts.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { joined })?;
            match part {
                Expr::Test(test) => test.fmt(f)?,
                inner => write!(f, "({inner})")?,
            }
        }
        Ok(())
    }
}

/// A condition on one column.
#[derive(Clone, PartialEq, Debug)]
pub struct Test {
    pub column: String,
    /// Which character of the filter it begins at, from 1 on.
    pub at: usize,
    pub negated: bool,
    pub condition: Condition,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Condition {
    /// `=`, and `<>` if it is negated; the others are never negated.
    Compare(Comparison, Literal),
    In(Vec<Literal>),
    Between(Literal, Literal),
    Like {
        pattern: String,
        escape: Option<char>,
    },
    Contains(Literal),
    IsNull,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    Null,
    Text(String),
    /// As it was written.
    Number(String),
    Boolean(bool),
}

impl Test {
    /// The values that it means, if it is an equality or a list of them.
    pub fn equal_to_any(&self) -> Option<&[Literal]> {
        match &self.condition {
            _ if self.negated => None,
            Condition::Compare(Comparison::Equal, literal) => Some(core::slice::from_ref(literal)),
            Condition::In(literals) => Some(literals),
            _ => None,
        }
    }

    /// The same test with another condition.
    pub fn with(&self, condition: Condition) -> Test {
        Test { column: self.column.clone(), at: self.at, negated: false, condition }
    }

    fn negate(&mut self) {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
        match &mut self.condition {
            Condition::Compare(comparison, _) if *comparison != Equal => {
                *comparison = match *comparison {
                    Less => GreaterOrEqual,
                    LessOrEqual => Greater,
                    Greater => LessOrEqual,
                    _ => Less,
                }
            }
            _ => self.negated = !self.negated,
        }
    }
}

impl Comparison {
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Equal => "=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        }
    }
}

impl Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let is_word = self.column.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
        match is_word {
            true => f.write_str(&self.column)?,
            false => write!(f, "[{}]", self.column)?,
        }
        let not = if self.negated { " NOT" } else { "" };
        match &self.condition {
            Condition::Compare(_, literal) if self.negated => write!(f, " <> {literal}"),
            Condition::Compare(comparison, literal) => write!(f, " {} {literal}", comparison.sign()),
            Condition::In(literals) => {
                write!(f, "{not} IN (")?;
                for (at, literal) in literals.iter().enumerate() {
                    write!(f, "{}{literal}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
            Condition::Between(low, high) => write!(f, "{not} BETWEEN {low} AND {high}"),
            Condition::Like { pattern, escape } => {
                write!(f, "{not} LIKE {}", Quoted(pattern))?;
                match escape {
                    Some(escape) => write!(f, " ESCAPE {}", Quoted(escape.encode_utf8(&mut [0; 4]))),
                    None => Ok(()),
                }
            }
            Condition::Contains(literal) => write!(f, "{not} CONTAINS {literal}"),
            Condition::IsNull => write!(f, " IS{not} NULL"),
        }
    }
}

struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "'{}'", self.0.replace('\'', "''"))
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Literal::Null => f.write_str("NULL"),
            Literal::Text(text) => Quoted(text).fmt(f),
            Literal::Number(number) => f.write_str(number),
            Literal::Boolean(flag) => f.write_str(if *flag { "TRUE" } else { "FALSE" }),
        }
    }
}
