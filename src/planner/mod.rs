//! Makes a [`Plan`]: which parameters of Stripe's lists check which conditions, and which alternatives become requests of
//! their own.

mod asides;
mod branch;

use self::branch::{Branch, merged};
use crate::api::catalog::Operation;
use crate::catalog::hidden::{self, Lift};
use crate::catalog::names::pascal;
use crate::catalog::{Entity, Kind};
use crate::check::Check;
use crate::columns::Column;
use crate::failure::{Failed, invalid, unsupported};
use crate::filter::{Comparison, Condition, Expr, Literal, Test};
use crate::form;
use crate::input::object_of;
use crate::list_parameter::ListParameter;
use crate::plan::{Asked, Plan, Setting, Source};
use crate::reader;
use crate::search;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A disjunction becomes at most so many requests, else one list is read whole.
const MAX_REQUESTS: usize = 10;

/// Objects that are fetched by their ids: no more than a list gives on a page.
const MAX_IDS: usize = 100;

pub struct Planner<'a> {
    entity: &'static Entity,
    setting: Setting<'a>,
    checks: Vec<Check>,
    parts: Vec<Part>,
}

/// A part of the filter; all of them must hold.
struct Part {
    own: Expr<usize>,
    /// Stripe checks it.
    pushed: bool,
    /// Its alternatives are requests of their own.
    split: bool,
}

impl<'a> Planner<'a> {
    pub fn new(entity: &'static Entity, setting: Setting<'a>) -> Self {
        Planner { entity, setting, checks: Vec::new(), parts: Vec::new() }
    }

    pub fn add(&mut self, part: Expr<Test>) -> Result<(), Failed> {
        let own = part.map(&mut |test| self.check(test))?;
        self.parts.push(Part { own, pushed: false, split: false });
        Ok(())
    }

    fn check(&mut self, test: Test) -> Result<usize, Failed> {
        self.checks.push(Check::of(self.entity, test, self.setting.expand)?);
        Ok(self.checks.len() - 1)
    }

    /// A condition of our own.
    fn equal(&mut self, column: &str, literal: Literal) -> Result<Expr<usize>, Failed> {
        let condition = Condition::Compare(Comparison::Equal, literal);
        self.check(Test { column: column.to_owned(), at: 0, negated: false, condition }).map(Expr::Test)
    }

    /// `pushed` are the conditions that Stripe checks already.
    pub fn plan(mut self, parents: Vec<String>, pushed: Vec<String>) -> Result<Plan, Failed> {
        let branches = match self.by_ids()? {
            Some(branches) => branches,
            None => self.by_lists()?,
        };
        self.check_parameters(&branches)?;
        let (asides, apart) = self.asides(&branches)?;
        let shown = |part: &Part| {
            let text = |at: usize| {
                Ok::<_, ()>(self.checks.get(at).map(|check| check.test.to_string()).unwrap_or_default())
            };
            let text = part.own.clone().map(&mut { text }).map(|own| own.to_string()).unwrap_or_default();
            if matches!(part.own, Expr::Test(_)) { text } else { format!("({text})") }
        };
        let (checked, residual): (Vec<&Part>, Vec<&Part>) = self.parts.iter().partition(|part| part.pushed);
        let pushed = pushed.into_iter().chain(checked.into_iter().map(shown)).collect();
        let residual: Vec<String> = residual.into_iter().map(shown).collect();
        let sources: Vec<Source> = branches
            .into_iter()
            .zip(apart)
            .map(|(branch, apart)| Source { asked: branch.asked, own: Expr::All(branch.own), apart })
            .collect();
        let is_instant =
            |name: &&str| self.entity.row.field(name).is_some_and(|field| field.kind == Kind::Instant);
        Ok(Plan {
            parents,
            // The caller may have asked Stripe for another order.
            by_age: reader::BORN.iter().any(is_instant)
                && !self.setting.parameters.iter().any(|(name, _)| name == "order_by")
                && !sources.iter().any(|source| matches!(source.asked, Asked::Search(..))),
            sources,
            asides,
            pushed,
            residual: (!residual.is_empty()).then(|| residual.join(" AND ")),
            rest: Expr::All(self.parts.into_iter().filter(|part| !part.split).map(|part| part.own).collect()),
            checks: self.checks,
        })
    }

    /// Whether a GET by id can stand for a list: it would heed neither the caller's parameters nor what only a list checks.
    fn may_get(&self) -> bool {
        self.setting.pushdown
            && self.setting.parameters.is_empty()
            && self.entity.has(Operation::Get)
            && self.checks.iter().all(|check| check.column.is_some())
    }

    /// The requests of a filter that names the objects by their ids.
    fn by_ids(&mut self) -> Result<Option<Vec<Branch>>, Failed> {
        let picked = |part: &Part| {
            let tests = match &part.own {
                Expr::Any(tests) => tests.as_slice(),
                own => core::slice::from_ref(own),
            };
            let mut ids = Vec::new();
            for test in tests {
                ids.extend(self.ids(test)?);
            }
            // What can be no id is none of any object; alone it is a mistake.
            if ids.len() > 1 {
                ids.retain(|id| form::check_id("Id", id).is_ok());
            }
            Some(ids).filter(|ids| (1..=MAX_IDS).contains(&ids.len()))
        };
        let Some((at, ids)) = self.parts.iter().enumerate().find_map(|(at, part)| Some((at, picked(part)?)))
        else {
            return Ok(None);
        };
        ids.iter().try_for_each(|id| form::check_id("Id", id))?;
        if !self.may_get() {
            return Ok(None);
        }
        let mut branches: Vec<Branch> = Vec::new();
        for id in ids {
            let own = Vec::from([self.equal("id", Literal::Text(id.clone()))?]);
            branches.push(Branch { asked: Asked::One(id), own });
        }
        if let Some(part) = self.parts.get_mut(at) {
            part.pushed = true;
        }
        Ok(Some(merged(branches)))
    }

    /// The ids that a test picks, if it does that and nothing else.
    fn ids(&self, test: &Expr<usize>) -> Option<Vec<String>> {
        let Expr::Test(check) = test else { return None };
        let check = self.checks.get(*check)?;
        if check.column.as_ref()?.path != "id" {
            return None;
        }
        let texts = check.test.equal_to_any()?.iter().filter_map(|literal| match literal {
            Literal::Text(id) => Some(id.clone()),
            _ => None,
        });
        Some(texts.collect())
    }

    /// Lists with all that they can check, and as many as it takes to see every object.
    fn by_lists(&mut self) -> Result<Vec<Branch>, Failed> {
        let mut base = Branch { asked: Asked::List(self.setting.parameters.clone()), own: Vec::new() };
        self.push_aside(&mut base);
        // What Stripe must be told before it takes another condition goes first.
        for _ in 0..2 {
            for at in 0..self.parts.len() {
                let check = match self.parts.get(at) {
                    Some(Part { own: Expr::Test(check), pushed: false, .. }) => *check,
                    _ => continue,
                };
                let pushed = self.push(&mut base, check);
                if let Some(part) = self.parts.get_mut(at) {
                    part.pushed = pushed;
                }
            }
        }
        if let Some(query) = self.search() {
            let mut lists = Vec::from([base]);
            self.lift(&mut lists);
            let searched = |list: Branch| Branch {
                asked: Asked::Search(query.clone(), list.list().cloned().unwrap_or_default()),
                ..list
            };
            return Ok(lists.into_iter().map(searched).collect());
        }
        let also: Vec<_> = hidden::lifts(self.entity.name)
            .filter_map(|lift| match lift {
                Lift::Also(name, value) if base.takes(name) => Some((name, value)),
                _ => None,
            })
            .collect();
        let mut branches = self.split(base, MAX_REQUESTS / (1 + also.len()));
        for (name, value) in also {
            let literal = match value {
                "true" | "false" => Literal::Boolean(value == "true"),
                _ => Literal::Text(value.to_owned()),
            };
            let own = self.equal(name, literal)?;
            let lifted = |mut branch: Branch| {
                let plain = branch.clone();
                if !branch.takes(name) {
                    return Vec::from([plain]);
                }
                branch.push(name, value);
                branch.own.push(own.clone());
                Vec::from([branch, plain])
            };
            branches = branches.into_iter().flat_map(lifted).collect();
        }
        self.lift(&mut branches);
        Ok(merged(branches))
    }

    /// Has each list give everything, where one parameter does it.
    fn lift(&self, branches: &mut [Branch]) {
        for lift in hidden::lifts(self.entity.name) {
            if let Lift::With(name, value) = lift {
                branches
                    .iter_mut()
                    .filter(|branch| branch.takes(name))
                    .for_each(|branch| branch.push(name, value));
            }
        }
    }

    /// Makes a request of each alternative where Stripe checks something of all of them.
    fn split(&mut self, base: Branch, most: usize) -> Vec<Branch> {
        let mut branches = Vec::from([base]);
        for at in 0..self.parts.len() {
            let Some(alternatives) = self.alternatives(at, most / branches.len()) else {
                continue;
            };
            let mut next: Vec<Branch> = Vec::new();
            // Whether Stripe checks all of every alternative.
            let mut whole = true;
            for branch in &branches {
                for alternative in &alternatives {
                    let mut branch = branch.clone();
                    let (pushed, of) = self.push_some(&mut branch, alternative);
                    whole &= pushed == of;
                    branch.own.push(alternative.clone());
                    if pushed > 0 {
                        next.push(branch);
                    }
                }
            }
            if next.len() == branches.len() * alternatives.len() {
                branches = next;
                if let Some(part) = self.parts.get_mut(at) {
                    (part.pushed, part.split) = (whole, true);
                }
            }
        }
        branches
    }

    /// The alternatives of a part, if it has some and at most so many.
    fn alternatives(&mut self, at: usize, most: usize) -> Option<Vec<Expr<usize>>> {
        let part = self.parts.get(at).filter(|part| !part.pushed)?;
        let parts = match &part.own {
            Expr::Any(parts) => parts.clone(),
            own => Vec::from([own.clone()]),
        };
        let mut alternatives = Vec::new();
        for part in parts {
            let values = match &part {
                Expr::Test(check) => self.values(*check),
                _ => None,
            };
            match values {
                Some(tests) if tests.len() + alternatives.len() <= most => {
                    for test in tests {
                        alternatives.push(Expr::Test(self.check(test).ok()?));
                    }
                }
                Some(_) => return None,
                None => alternatives.push(part),
            }
        }
        (2..=most).contains(&alternatives.len()).then_some(alternatives)
    }

    /// The values of an IN, each as a test of its own.
    fn values(&self, check: usize) -> Option<Vec<Test>> {
        let test = &self.checks.get(check)?.test;
        let Condition::In(_) = test.condition else { return None };
        let equal = |literal: &Literal| test.with(Condition::Compare(Comparison::Equal, literal.clone()));
        Some(test.equal_to_any()?.iter().filter(|literal| **literal != Literal::Null).map(equal).collect())
    }

    /// Pushes what can be of an alternative: how much it is, and of how much.
    fn push_some(&self, branch: &mut Branch, alternative: &Expr<usize>) -> (usize, usize) {
        let tests = match alternative {
            Expr::All(tests) => tests.as_slice(),
            own => core::slice::from_ref(own),
        };
        if self.may_get()
            && branch.list().is_some()
            && let Some(id) = tests.iter().find_map(|test| self.ids(test).filter(|ids| ids.len() == 1)?.pop())
            && form::check_id("Id", &id).is_ok()
        {
            branch.asked = Asked::One(id);
            return (1, tests.len());
        }
        let mut pushed = alloc::vec![false; tests.len()];
        for _ in 0..2 {
            for (test, pushed) in tests.iter().zip(&mut pushed) {
                if let Expr::Test(check) = test
                    && !*pushed
                {
                    *pushed = self.push(branch, *check);
                }
            }
        }
        (pushed.iter().filter(|pushed| **pushed).count(), tests.len())
    }

    fn push(&self, branch: &mut Branch, check: usize) -> bool {
        self.checks.get(check).is_some_and(|check| branch.push_check(check, self.setting.pushdown))
    }

    /// A search, if it can check what the list cannot.
    fn search(&mut self) -> Option<String> {
        let setting = self.setting;
        if !(setting.search && setting.pushdown && self.entity.search && setting.parameters.is_empty()) {
            return None;
        }
        let clause = |part: &Part| match &part.own {
            Expr::Test(check) => search::clause(self.entity, self.checks.get(*check)?),
            _ => None,
        };
        let mut clauses: Vec<Option<String>> = self.parts.iter().map(clause).collect();
        let mut left = search::MAX_CLAUSES;
        for clause in clauses.iter_mut().filter(|clause| clause.is_some()) {
            match left.checked_sub(1) {
                Some(fewer) => left = fewer,
                None => *clause = None,
            }
        }
        let is_of_use =
            self.parts.iter().zip(&clauses).any(|(part, clause)| !part.pushed && clause.is_some());
        if !is_of_use || self.checks.iter().any(|check| check.column.is_none()) {
            return None;
        }
        for (part, clause) in self.parts.iter_mut().zip(&clauses) {
            part.pushed = clause.is_some();
        }
        Some(clauses.into_iter().flatten().collect::<Vec<_>>().join(" AND "))
    }

    /// Refuses what only Stripe can check where it does not, and a list without what Stripe must be told.
    fn check_parameters(&self, branches: &[Branch]) -> Result<(), Failed> {
        for (at, check) in self.checks.iter().enumerate().filter(|(_, check)| check.column.is_none()) {
            if !self.parts.iter().any(|part| part.own == Expr::Test(at) && part.pushed && !part.split) {
                let (test, column) = (&check.test, &check.test.column);
                let why = match Column::find(self.entity, column, self.setting.expand) {
                    Ok(_) => "rows have it in parts, and as a whole",
                    Err(_) => "rows do not have it, and",
                };
                return Err(unsupported(
                    column,
                    format!(
                        "`{test}`: {why} only Stripe's list checks it: by = with a value, once, and joined to the rest by AND"
                    ),
                ));
            }
        }
        // Some lists are of one other object only.
        let list = self.entity.list;
        let missing = branches.iter().filter_map(Branch::list).find_map(|own| form::missing(list?, own));
        let Some(field) = missing else {
            return Ok(());
        };
        let name = pascal(field.name);
        let inner = object_of(field.kind).and_then(|object| object.fields().find(|inner| inner.required));
        let column = format!("{name}{}", inner.map(|inner| pascal(inner.name)).unwrap_or_default());
        let how = if ListParameter::find(self.entity, &column).is_some() {
            format!("give it in the filter as {column} = '...', or as a parameter of the call")
        } else {
            "give it as a parameter of the call".to_owned()
        };
        Err(invalid(&name, format!("{} needs `{name}`: {how}", self.entity.name)))
    }
}
