//! One request of a plan while it is made: what of Stripe's list it uses already, and what it can use still.

use crate::check::Check;
use crate::filter::{Comparison, Condition, Expr};
use crate::form::Pairs;
use crate::plan::Asked;
use alloc::borrow::ToOwned;
use alloc::string::ToString;
use alloc::vec::Vec;

/// One request on its way.
#[derive(Clone)]
pub struct Branch {
    pub asked: Asked,
    pub own: Vec<Expr<usize>>,
}

impl Branch {
    /// The parameters of a list.
    pub fn list(&self) -> Option<&Pairs> {
        match &self.asked {
            Asked::List(parameters) => Some(parameters),
            _ => None,
        }
    }

    /// Whether the request has room for a parameter. A GET by id has none.
    pub fn takes(&self, name: &str) -> bool {
        self.list().is_some_and(|parameters| takes(parameters, name))
    }

    pub fn push(&mut self, name: &str, value: &str) {
        if let Asked::List(parameters) = &mut self.asked {
            parameters.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Lets Stripe check a condition, if it can in this request.
    pub fn push_check(&mut self, check: &Check, pushdown: bool) -> bool {
        let Some(pairs) = self.pairs(check, pushdown) else { return false };
        pairs.iter().for_each(|(name, value)| self.push(name, value));
        true
    }

    /// What checks a condition in this request.
    fn pairs(&self, check: &Check, pushdown: bool) -> Option<Pairs> {
        let own =
            check.parameter.as_ref().filter(|own| self.list().is_some_and(|list| own.is_ready(list)))?;
        if !pushdown && check.column.is_some() && !own.required || check.test.negated {
            return None;
        }
        let kind = check.column.as_ref().map(|column| column.kind);
        let pair = |comparison, literal| own.parameter(comparison, literal, kind);
        let pairs = match &check.test.condition {
            Condition::Compare(comparison, literal) => Vec::from([pair(*comparison, literal)?]),
            Condition::Between(low, high) => {
                Vec::from([pair(Comparison::GreaterOrEqual, low)?, pair(Comparison::LessOrEqual, high)?])
            }
            Condition::In(literals) => match literals.as_slice() {
                [literal] => Vec::from([pair(Comparison::Equal, literal)?]),
                _ => return None,
            },
            _ => return None,
        };
        pairs.iter().all(|(name, _)| self.takes(name)).then_some(pairs)
    }
}

/// Whether a list has room for a parameter: it takes each once, and bounds such as `created[gt]` only where there is no
/// exact value.
pub fn takes(parameters: &Pairs, name: &str) -> bool {
    let base = |name: &str| name.split('[').next().unwrap_or_default().to_string();
    let clashes =
        |own: &str| own == name || base(own) == base(name) && !(own.contains('[') && name.contains('['));
    !parameters.iter().any(|(own, _)| clashes(own))
}

/// Requests that are the same become one, for either alternative.
pub fn merged(branches: Vec<Branch>) -> Vec<Branch> {
    let mut all: Vec<Branch> = Vec::new();
    for branch in branches {
        match all.iter_mut().find(|own| own.asked == branch.asked) {
            Some(own) => {
                let either = [core::mem::take(&mut own.own), branch.own].map(Expr::All);
                own.own.push(Expr::Any(either.into()));
            }
            None => all.push(branch),
        }
    }
    all
}
