//! Decides how a filter is answered: which of its conditions Stripe checks, and which are checked here on every
//! object.

use crate::api::catalog::Operation;
use crate::catalog::names::{pascal, same};
use crate::catalog::{self, Entity, Kind};
use crate::failure::{Failed, invalid, unsupported};
use crate::filter::{self, Comparison, Condition, Literal};
use crate::form::Pairs;
use crate::instant;
use crate::json;
use crate::rows::{Column, Row};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Ordering;

/// How the rows of a filter are found.
pub struct Plan {
    /// The object with this id, instead of a list.
    pub id: Option<String>,
    /// Parameters for Stripe's list endpoint.
    pub parameters: Pairs,
    /// Ids of the collections that the entity is nested in, outermost first.
    pub parents: Vec<String>,
    /// Conditions that Stripe checks, as text.
    pub pushed: Vec<String>,
    /// Conditions that are checked here.
    pub residual: Vec<Check>,
}

/// A condition on a column.
pub struct Check {
    column: Column,
    condition: Condition,
}

impl Plan {
    /// Plans a filter on an entity. `parents` are the ids that the caller gave beside it.
    /// `expand` names the references that are fetched whole.
    pub fn of(
        entity: &Entity,
        filter: Option<&str>,
        parents: &[(String, String)],
        expand: &[String],
    ) -> Result<Plan, Failed> {
        let mut conditions = filter::parse(filter.unwrap_or_default())?;
        let parents = parent_ids(entity, parents, &mut conditions)?;
        let mut plan =
            Plan { id: None, parameters: Pairs::new(), parents, pushed: Vec::new(), residual: Vec::new() };
        if let Some(at) = conditions.iter().position(|condition| names_id(entity, condition)) {
            let condition = conditions.remove(at);
            plan.pushed.push(condition.to_string());
            if let Literal::Text(id) = condition.literal {
                crate::form::check_id("Id", &id)?;
                plan.id = Some(id);
            }
        }
        for condition in conditions {
            plan.add(entity, condition, expand)?;
        }
        Ok(plan)
    }

    fn add(&mut self, entity: &Entity, condition: Condition, expand: &[String]) -> Result<(), Failed> {
        let filter = catalog::iter(entity.filters).find(|field| same(field.name, &condition.column));
        let column = Column::find(entity, &condition.column, expand);
        let kind = match (&column, filter) {
            (Ok(column), _) => column.kind,
            // A parameter of the list endpoint that is no column, such as `pending` of invoice items.
            (Err(_), Some(filter)) => filter.kind,
            (Err(unknown), None) => return Err(unknown.clone()),
        };
        check_types(&condition, kind)?;
        let shown = condition.to_string();
        if let Some((name, value)) = filter.and_then(|filter| parameter(filter, &condition))
            && self.takes(&name)
        {
            self.parameters.push((name, value));
            self.pushed.push(shown);
            return Ok(());
        }
        if let (Err(_), Some(filter)) = (&column, filter) {
            return Err(unsupported(
                &condition.column,
                format!(
                    "`{condition}`: rows do not have `{}`, only Stripe's list checks it, once and without an Id",
                    pascal(filter.name)
                ),
            ));
        }
        let column = column?;
        self.residual.push(Check { column, condition });
        Ok(())
    }

    /// Whether the request has room for a parameter. A GET by id takes none; a list takes each once, and bounds such as
    /// `created[gt]` only where there is no exact value.
    fn takes(&self, name: &str) -> bool {
        let base = |name: &str| name.split('[').next().unwrap_or_default().to_string();
        let clashes =
            |own: &str| own == name || base(own) == base(name) && !(own.contains('[') && name.contains('['));
        self.id.is_none() && !self.parameters.iter().any(|(own, _)| clashes(own))
    }

    /// Whether an object meets every condition that is checked here. A value that is missing meets none.
    pub fn admits(&self, row: &Row) -> bool {
        self.residual.iter().all(|check| check.holds(row))
    }

    /// The residual conditions as text.
    pub fn residual_text(&self) -> Option<String> {
        let all: Vec<String> = self.residual.iter().map(|check| check.condition.to_string()).collect();
        (!all.is_empty()).then(|| all.join(" AND "))
    }
}

impl Check {
    fn holds(&self, row: &Row) -> bool {
        let Some(value) = row.get(&self.column) else {
            return false;
        };
        let ordering = match &self.condition.literal {
            _ if value == "null" => None,
            Literal::Boolean(flag) => {
                (value == if *flag { "true" } else { "false" }).then_some(Ordering::Equal)
            }
            Literal::Number(number) if self.column.kind == Kind::Instant => {
                let own = json::text(&value).and_then(|own| instant::to_seconds(&own));
                own.zip(number.parse().ok()).map(|(own, other): (i64, i64)| own.cmp(&other))
            }
            Literal::Number(number) => compare_numbers(&value, number),
            Literal::Text(text) if self.column.kind == Kind::Instant => {
                let own = json::text(&value).and_then(|own| instant::to_seconds(&own));
                own.zip(instant::to_seconds(text)).map(|(own, other)| own.cmp(&other))
            }
            Literal::Text(text) => (json::text(&value).as_ref() == Some(text)).then_some(Ordering::Equal),
        };
        let Some(ordering) = ordering else {
            return false;
        };
        match self.condition.comparison {
            Comparison::Equal => ordering.is_eq(),
            Comparison::Less => ordering.is_lt(),
            Comparison::LessOrEqual => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// Compares a JSON number with a literal.
fn compare_numbers(value: &str, literal: &str) -> Option<Ordering> {
    match (value.parse::<i128>(), literal.parse::<i128>()) {
        (Ok(own), Ok(other)) => Some(own.cmp(&other)),
        _ => value.parse::<f64>().ok()?.partial_cmp(&literal.parse::<f64>().ok()?),
    }
}

/// Whether a condition picks one object by its id.
fn names_id(entity: &Entity, condition: &Condition) -> bool {
    same(&condition.column, "id")
        && condition.comparison == Comparison::Equal
        && matches!(condition.literal, Literal::Text(_))
        && entity.has(Operation::Get)
}

/// Refuses a comparison that no value could meet, and those that are not offered.
fn check_types(condition: &Condition, kind: Kind) -> Result<(), Failed> {
    let column = &condition.column;
    let fits = match (&condition.literal, kind) {
        (Literal::Text(text), Kind::Instant) => instant::to_seconds(text).is_some(),
        (Literal::Number(number), Kind::Instant) => number.parse::<i64>().is_ok(),
        (Literal::Number(_), Kind::Integer | Kind::Number | Kind::Any) => true,
        (Literal::Boolean(_), Kind::Boolean | Kind::Any) => true,
        (Literal::Text(_), Kind::Text | Kind::Reference | Kind::Any) => true,
        _ => false,
    };
    if !fits {
        let right = match kind {
            Kind::Instant => "an RFC 3339 instant or a YYYY-MM-DD date in quotes, whole seconds",
            Kind::Integer | Kind::Number => "a number",
            Kind::Boolean => "TRUE or FALSE",
            Kind::Text | Kind::Reference | Kind::Any => "a text in single quotes",
            Kind::Map | Kind::Array | Kind::List | Kind::Object(_) => {
                "a single value inside it, such as Metadata.key"
            }
        };
        return Err(invalid(column, format!("`{condition}`: `{column}` is compared with {right}")));
    }
    if condition.comparison != Comparison::Equal && kind != Kind::Instant {
        return Err(unsupported(
            column,
            format!("`{condition}`: only = is offered on `{column}`; < <= > >= are offered on instants"),
        ));
    }
    Ok(())
}

/// The parameter of the list endpoint that checks a condition.
fn parameter(filter: catalog::Field, condition: &Condition) -> Option<(String, String)> {
    let range = match condition.comparison {
        Comparison::Equal => "",
        Comparison::Less => "[lt]",
        Comparison::LessOrEqual => "[lte]",
        Comparison::Greater => "[gt]",
        Comparison::GreaterOrEqual => "[gte]",
    };
    let value = match (&condition.literal, filter.kind) {
        (Literal::Text(text) | Literal::Number(text), Kind::Instant) => {
            instant::to_seconds(text)?.to_string()
        }
        // Stripe takes an empty parameter for none.
        (Literal::Text(text), Kind::Text) if !text.is_empty() => text.clone(),
        (Literal::Boolean(flag), Kind::Boolean) => flag.to_string(),
        _ => return None,
    };
    Some((format!("{}{range}", filter.name), value))
}

/// The ids of the parents from the options, or from conditions of the filter, which are taken out of it.
pub fn parent_ids(
    entity: &Entity,
    given: &[(String, String)],
    conditions: &mut Vec<Condition>,
) -> Result<Vec<String>, Failed> {
    for (at, (name, _)) in given.iter().enumerate() {
        if given.iter().take(at).any(|(earlier, _)| same(earlier, name)) {
            return Err(invalid(name, format!("`{name}` is given twice")));
        }
        if !entity.parents.iter().any(|parent| same(parent, name)) {
            let right = match entity.parents {
                [] => "is in no other collection".to_owned(),
                parents => format!("is in the collection of {}", parents.join(", ")),
            };
            return Err(invalid(name, format!("`{name}` is no parent of {}, which {right}", entity.name)));
        }
    }
    let mut ids = Vec::new();
    for parent in entity.parents {
        let stripes = parent.strip_suffix("Id").unwrap_or(parent);
        let names = |name: &str| same(name, parent) || same(name, stripes);
        let in_options = given.iter().find(|(name, _)| names(name)).map(|(_, id)| id.clone());
        let in_filter = conditions.iter().position(|condition| {
            names(&condition.column)
                && condition.comparison == Comparison::Equal
                && matches!(condition.literal, Literal::Text(_))
        });
        let id = match (in_options, in_filter) {
            (Some(id), Some(at)) => {
                let again = conditions.remove(at);
                if again.literal != Literal::Text(id.clone()) {
                    return Err(invalid(
                        parent,
                        format!("`{parent}` is given twice: as a parent, and in `{again}`"),
                    ));
                }
                id
            }
            (Some(id), None) => id,
            (None, Some(at)) => match conditions.remove(at).literal {
                Literal::Text(id) => id,
                other => other.to_string(),
            },
            (None, None) => {
                return Err(invalid(
                    parent,
                    format!(
                        "{} needs `{parent}`: give it as a parent, or in the filter as {} = '...'",
                        entity.name,
                        pascal(stripes)
                    ),
                ));
            }
        };
        crate::form::check_id(parent, &id)?;
        ids.push(id);
    }
    Ok(ids)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
