//! Decides how a filter is answered: which requests find all that it may mean, which of its conditions Stripe checks in
//! them, and which are checked here on every object.
//!
//! A disjunction can become several requests. An object that more than one of them finds is taken from the first whose
//! alternative it meets, and so comes once.

use crate::catalog::Entity;
use crate::catalog::names::{pascal, same};
use crate::check::Check;
use crate::columns::Column;
use crate::cursor::STRIPES_LIMIT;
use crate::failure::{Failed, invalid};
use crate::filter::{self, Expr, Literal, Test};
use crate::form::{self, Pairs};
use crate::json::Members;
use crate::planner::Planner;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What a plan is made of beside the filter.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The ids of parents that the caller gave.
    pub parents: &'a [(String, String)],
    /// Parameters of the list that the caller gave.
    pub parameters: &'a Pairs,
    /// References that are fetched whole.
    pub expand: &'a [String],
    /// Stripe may check conditions.
    pub pushdown: bool,
    /// Stripe's search may be used.
    pub search: bool,
}

/// How the rows of a filter are found.
pub struct Plan {
    /// Ids of the collections that the entity is nested in, outermost first.
    pub parents: Vec<String>,
    pub sources: Vec<Source>,
    /// What Stripe gives in no list of its own, after the sources.
    pub asides: Vec<Aside>,
    /// Conditions that Stripe checks, as text.
    pub pushed: Vec<String>,
    /// Those that it does not check.
    pub residual: Option<String>,
    /// The sources are newest first, and so is what is made of them together.
    pub by_age: bool,
    pub checks: Vec<Check>,
    /// What every object must meet, by the numbers of the checks.
    pub rest: Expr<usize>,
}

/// One request, or a list page by page.
pub struct Source {
    pub asked: Asked,
    /// Which alternative it is for.
    pub own: Expr<usize>,
    /// What its objects do not have, since those that do come aside.
    pub apart: Vec<Column>,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Asked {
    /// The object with this id.
    One(String),
    /// The entity's list with these parameters.
    List(Pairs),
    /// Stripe's search with this query, where a list would take these parameters.
    Search(String, Pairs),
}

/// A list for each object of another entity.
pub struct Aside {
    /// Which source it belongs to.
    pub source: usize,
    pub parameters: Pairs,
    pub through: &'static [(&'static str, &'static str)],
}

impl Plan {
    /// Plans a filter on an entity.
    pub fn of(entity: &'static Entity, filter: Option<&str>, setting: Setting) -> Result<Plan, Failed> {
        let mut conjuncts = filter::parse(filter.unwrap_or_default())?.conjuncts();
        let all = conjuncts.clone();
        let parents = parent_ids(entity, setting.parents, Some(&mut conjuncts))?;
        // In the path Stripe checks them.
        let in_path = all.iter().filter(|part| !conjuncts.contains(part)).map(ToString::to_string).collect();
        let mut planner = Planner::new(entity, setting);
        for conjunct in conjuncts {
            planner.add(conjunct)?;
        }
        planner.plan(parents, in_path)
    }

    /// How many objects one request asks for where a page has room for so many.
    pub fn limit(&self, wanted: u32) -> u32 {
        // Of lists that are merged each gives a part of the page.
        let together = if self.by_age { self.sources.len() as u32 } else { 1 };
        let useful = if self.residual.is_none() { wanted } else { STRIPES_LIMIT };
        useful.min(2 * STRIPES_LIMIT / together.clamp(2, 10))
    }

    /// Whether an object that a source found, or an aside of it, is one that the filter means, and comes from there.
    pub fn admits(&self, source: usize, aside: bool, object: &Members) -> bool {
        let mut holds = |check: &usize| self.checks.get(*check)?.holds(object);
        let (earlier, from) = self.sources.split_at(source.min(self.sources.len()));
        let Some(own) = from.first() else { return false };
        own.own.holds(&mut holds) == Some(true)
            && !earlier.iter().any(|earlier| earlier.own.holds(&mut holds) == Some(true))
            && self.rest.holds(&mut holds) == Some(true)
            && (aside || own.apart.iter().all(|column| column.find_in(object).is_none()))
    }
}

/// The ids of the parents from the options, or from the conditions of a filter, which are taken out of it.
pub fn parent_ids(
    entity: &Entity,
    given: &[(String, String)],
    mut conjuncts: Option<&mut Vec<Expr<Test>>>,
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
        let id_of = |part: &Expr<Test>| match part {
            Expr::Test(test) if names(&test.column) => match test.equal_to_any()? {
                [Literal::Text(id)] => Some(id.clone()),
                _ => None,
            },
            _ => None,
        };
        let in_filter = conjuncts.as_mut().and_then(|conjuncts| {
            let at = conjuncts.iter().position(|part| id_of(part).is_some())?;
            id_of(&conjuncts.remove(at))
        });
        let id = match (in_options, in_filter) {
            (Some(id), Some(again)) => {
                if again != id {
                    let why =
                        format!("`{parent}` is given twice: as a parent, and in the filter as '{again}'");
                    return Err(invalid(parent, why));
                }
                id
            }
            (Some(id), None) | (None, Some(id)) => id,
            (None, None) => {
                let filter = match conjuncts {
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
