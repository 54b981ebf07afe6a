//! Decides how a filter is answered: which of its conditions Stripe checks, and which are checked here on every
//! object.

use crate::api::catalog::Operation;
use crate::catalog::names::{pascal, same};
use crate::catalog::{Entity, Kind, hidden};
use crate::columns::Column;
use crate::decimal::Decimal;
use crate::failure::{Failed, invalid, unsupported};
use crate::filter::{self, Comparison, Condition, Literal};
use crate::form::{self, Pairs};
use crate::input::object_of;
use crate::instant;
use crate::json;
use crate::list_parameter::ListParameter;
use crate::rows::Row;
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
    /// Conditions that Stripe checks and that are checked here once more, since some of its lists take more than what is
    /// equal: letters of another case, a `*`.
    pub rechecked: Vec<Check>,
}

/// A condition on a column.
pub struct Check {
    column: Column,
    condition: Condition,
}

impl Plan {
    /// Plans a filter on an entity. `parents` are the ids and `parameters` those of the endpoint that the caller gave
    /// beside it, `expand` names the references that are fetched whole.
    pub fn of(
        entity: &Entity,
        filter: Option<&str>,
        parents: &[(String, String)],
        parameters: Pairs,
        expand: &[String],
    ) -> Result<Plan, Failed> {
        let mut conditions = filter::parse(filter.unwrap_or_default())?;
        let parents = parent_ids(entity, parents, Some(&mut conditions))?;
        // A GET by id would not heed the caller's parameters.
        let may_get = parameters.is_empty();
        let mut plan = Plan {
            id: None,
            parameters,
            parents,
            pushed: Vec::new(),
            residual: Vec::new(),
            rechecked: Vec::new(),
        };
        let names_id = |condition: &Condition| may_get && names_id(entity, condition);
        if let Some(at) = conditions.iter().position(names_id) {
            let condition = conditions.remove(at);
            plan.pushed.push(condition.to_string());
            if let Literal::Text(id) = &condition.literal {
                form::check_id("Id", id)?;
                plan.id = Some(id.clone());
            }
            let column = Column::find(entity, "id", &[])?;
            plan.rechecked.push(Check { column, condition });
        }
        // What Stripe must be told before it takes another condition goes first.
        let (first, then): (Vec<_>, Vec<_>) = conditions.into_iter().partition(|condition| {
            let parameter = ListParameter::find(entity, &condition.column);
            parameter.is_none_or(|parameter| parameter.is_ready(&plan.parameters))
        });
        for condition in first.into_iter().chain(then) {
            plan.add(entity, condition, expand)?;
        }
        if plan.id.is_none() {
            plan.lift_default(entity);
            plan.check_required(entity)?;
        }
        Ok(plan)
    }

    fn add(&mut self, entity: &Entity, condition: Condition, expand: &[String]) -> Result<(), Failed> {
        let filter = ListParameter::find(entity, &condition.column);
        let column = Column::find(entity, &condition.column, expand);
        let kind = match (&column, &filter) {
            (Ok(column), _) if is_single(column.kind) => column.kind,
            // A parameter of the list endpoint that is no column, such as `pending` of invoice items.
            (_, Some(filter)) => filter.compared(),
            (Ok(column), None) => column.kind,
            (Err(unknown), None) => return Err(unknown.clone()),
        };
        check_types(&condition, kind)?;
        let shown = condition.to_string();
        let words = column.as_ref().ok().map(|column| column.kind);
        if let Some(own) = filter.as_ref().filter(|own| own.is_ready(&self.parameters))
            && let Some((name, value)) = own.parameter(&condition, words)
            && self.takes(&name)
        {
            self.parameters.push((name, value));
            self.pushed.push(shown);
            match column {
                Ok(column) if is_single(column.kind) && !filter.is_some_and(|filter| filter.is_range()) => {
                    self.rechecked.push(Check { column, condition });
                }
                _ => {}
            }
            return Ok(());
        }
        match (column, filter) {
            (Ok(column), _) if is_single(column.kind) => {
                self.residual.push(Check { column, condition });
                Ok(())
            }
            _ => Err(unsupported(
                &condition.column,
                format!(
                    "`{condition}`: rows do not have `{}`, only Stripe's list checks it, once and without an Id",
                    condition.column
                ),
            )),
        }
    }

    /// Whether the request has room for a parameter. A GET by id takes none; a list takes each once, and bounds such as
    /// `created[gt]` only where there is no exact value.
    fn takes(&self, name: &str) -> bool {
        let base = |name: &str| name.split('[').next().unwrap_or_default().to_string();
        let clashes =
            |own: &str| own == name || base(own) == base(name) && !(own.contains('[') && name.contains('['));
        self.id.is_none() && !self.parameters.iter().any(|(own, _)| clashes(own))
    }

    /// Every object means those too that Stripe leaves out unless it is asked for them.
    fn lift_default(&mut self, entity: &Entity) {
        if let Some((name, value)) = hidden::lift(entity.name)
            && self.takes(name)
        {
            self.parameters.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Some lists are of one other object only, and Stripe must be told which.
    fn check_required(&self, entity: &Entity) -> Result<(), Failed> {
        let Some(field) = entity.list.and_then(|list| form::missing(list, &self.parameters)) else {
            return Ok(());
        };
        let name = pascal(field.name);
        let inner = object_of(field.kind).and_then(|object| object.fields().find(|inner| inner.required));
        let column = format!("{name}{}", inner.map(|inner| pascal(inner.name)).unwrap_or_default());
        let how = if ListParameter::find(entity, &column).is_some() {
            format!("give it in the filter as {column} = '...', or as a parameter of the call")
        } else {
            "give it as a parameter of the call".to_owned()
        };
        Err(invalid(&name, format!("{} needs `{name}`: {how}", entity.name)))
    }

    /// Whether an object meets every condition that is checked here. A value that is missing meets none.
    pub fn admits(&self, row: &Row) -> bool {
        self.residual.iter().chain(&self.rechecked).all(|check| check.holds(row))
    }

    /// Whether every object that Stripe gives is one of those that are asked for.
    pub fn admits_all(&self) -> bool {
        self.residual.is_empty() && self.rechecked.is_empty()
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
        let ordering = match (&self.condition.literal, self.column.kind) {
            _ if value == "null" => None,
            (Literal::Boolean(flag), _) => {
                (value == if *flag { "true" } else { "false" }).then_some(Ordering::Equal)
            }
            (Literal::Number(other) | Literal::Text(other), Kind::Instant | Kind::DateTime) => {
                let own = json::text(&value).and_then(|own| instant::to_nanoseconds(&own));
                own.zip(instant::to_nanoseconds(other)).map(|(own, other)| own.cmp(&other))
            }
            (Literal::Number(number), kind) => {
                let text = if kind == Kind::Decimal { json::text(&value) } else { None };
                let own = Decimal::parse(text.as_deref().unwrap_or(&value));
                own.zip(Decimal::parse(number)).map(|(own, other)| own.cmp(&other))
            }
            (Literal::Text(text), _) => {
                (json::text(&value).as_ref() == Some(text)).then_some(Ordering::Equal)
            }
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

/// Whether a column holds one value, which can be compared.
fn is_single(kind: Kind) -> bool {
    match kind {
        Kind::Map(_) | Kind::Array(_) | Kind::List(_) | Kind::Object(_) => false,
        Kind::OneOf(several) => several.object().is_none(),
        _ => true,
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
    let is_instant = matches!(kind, Kind::Instant | Kind::DateTime);
    let fits = match (&condition.literal, kind) {
        (Literal::Text(text), Kind::Instant) => instant::to_seconds(text).is_some(),
        (Literal::Text(text), Kind::DateTime) => instant::to_nanoseconds(text).is_some(),
        (Literal::Number(number), _) if is_instant => number.parse::<i64>().is_ok(),
        (_, Kind::Any | Kind::OneOf(_)) => is_single(kind),
        (Literal::Number(_), Kind::Integer | Kind::Number | Kind::Decimal) => true,
        (Literal::Boolean(_), Kind::Boolean) => true,
        (Literal::Text(_), Kind::Text | Kind::Enum(_) | Kind::Reference(_) | Kind::Decimal | Kind::Bytes) => {
            true
        }
        _ => false,
    };
    if !fits {
        let right = match kind {
            Kind::Instant => "an RFC 3339 instant or a YYYY-MM-DD date in quotes, whole seconds",
            Kind::DateTime => "an RFC 3339 instant or a YYYY-MM-DD date in quotes",
            Kind::Integer | Kind::Number | Kind::Decimal => "a number",
            Kind::Boolean => "TRUE or FALSE",
            _ if is_single(kind) => "a text in single quotes",
            _ => "a single value inside it, such as Metadata.key",
        };
        return Err(invalid(column, format!("`{condition}`: `{column}` is compared with {right}")));
    }
    if condition.comparison != Comparison::Equal && !is_instant {
        return Err(unsupported(
            column,
            format!("`{condition}`: only = is offered on `{column}`; < <= > >= are offered on instants"),
        ));
    }
    Ok(())
}

/// The ids of the parents from the options, or from the conditions of a filter, which are taken out of it.
pub fn parent_ids(
    entity: &Entity,
    given: &[(String, String)],
    mut conditions: Option<&mut Vec<Condition>>,
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
        let is_parent = |condition: &Condition| {
            names(&condition.column)
                && condition.comparison == Comparison::Equal
                && matches!(condition.literal, Literal::Text(_))
        };
        let in_filter = conditions.as_mut().and_then(|conditions| {
            let at = conditions.iter().position(is_parent)?;
            Some(conditions.remove(at))
        });
        let id = match (in_options, in_filter) {
            (Some(id), Some(again)) => {
                if again.literal != Literal::Text(id.clone()) {
                    return Err(invalid(
                        parent,
                        format!("`{parent}` is given twice: as a parent, and in `{again}`"),
                    ));
                }
                id
            }
            (Some(id), None) => id,
            (None, Some(condition)) => match condition.literal {
                Literal::Text(id) => id,
                other => other.to_string(),
            },
            (None, None) => {
                let filter = match conditions {
                    Some(_) => format!(", or in the filter as {} = '...'", pascal(stripes)),
                    None => String::new(),
                };
                let how = format!("{} needs `{parent}`: give it as a parent{filter}", entity.name);
                return Err(invalid(parent, how));
            }
        };
        form::check_id(parent, &id)?;
        ids.push(id);
    }
    Ok(ids)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
