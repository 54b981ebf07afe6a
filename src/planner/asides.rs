//! What a plan finds in none of its own lists, since Stripe gives it in others only.

use super::branch::{Branch, takes};
use super::{Part, Planner};
use crate::catalog::hidden::{self, Lift};
use crate::columns::Column;
use crate::failure::Failed;
use crate::filter::{Condition, Expr, Literal};
use crate::json::Members;
use crate::list_parameter::MAX_TEXT;
use crate::plan::{Aside, Asked};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::vec::Vec;

impl Planner<'_> {
    /// What comes in no list of its own, and by which columns each request's objects are told from it.
    pub fn asides(&self, branches: &[Branch]) -> Result<(Vec<Aside>, Vec<Vec<Column>>), Failed> {
        let (mut asides, mut apart) = (Vec::new(), alloc::vec![Vec::<Column>::new(); branches.len()]);
        for lift in hidden::lifts(self.entity.name) {
            let Lift::ForEach { through, with, unless, column } = lift else { continue };
            let column = Column::find(self.entity, column, &[])?;
            if self.parts.iter().any(|part| self.denies(part, &column, with)) {
                continue;
            }
            let names =
                through.last().into_iter().map(|(_, name)| name).chain(with.iter().map(|(name, _)| name));
            for ((source, branch), apart) in branches.iter().enumerate().zip(&mut apart) {
                let (Asked::List(parameters) | Asked::Search(_, parameters)) = &branch.asked else {
                    continue;
                };
                if !names.clone().chain(unless).all(|name| takes(parameters, name)) {
                    continue;
                }
                let with = with.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
                let parameters = parameters.iter().cloned().chain(with).collect();
                asides.push(Aside { source, parameters, through });
                if !apart.iter().any(|own| own.path == column.path) {
                    apart.push(column.clone());
                }
            }
        }
        Ok((asides, apart))
    }

    /// Asks for what would come aside where the filter says of which one it is: `OwnerCustomer = 'cus_1'`.
    pub fn push_aside(&mut self, base: &mut Branch) {
        for lift in hidden::lifts(self.entity.name) {
            let Lift::ForEach { through, with, column, .. } = lift else { continue };
            let Some((_, parameter)) = through.last() else { continue };
            // Of a test clock's customers the column is the clock's.
            if parameter.replace('[', ".").trim_end_matches(']') != column || !self.setting.pushdown {
                continue;
            }
            let id_of = |part: &Part| {
                let Expr::Test(check) = part.own else { return None };
                let check = self.checks.get(check).filter(|check| {
                    check.parameter.is_none() && check.column.as_ref().is_some_and(|own| own.path == column)
                })?;
                match check.test.equal_to_any()? {
                    [Literal::Text(id)] if !id.is_empty() && id.len() <= MAX_TEXT => Some(id.clone()),
                    _ => None,
                }
            };
            let mut names = with.iter().map(|(name, _)| *name).chain([*parameter]);
            let found = self.parts.iter_mut().find_map(|part| Some((id_of(part)?, part)));
            if let Some((id, part)) = found
                && names.all(|name| base.takes(name))
            {
                part.pushed = true;
                with.iter().for_each(|(name, value)| base.push(name, value));
                base.push(parameter, &id);
            }
        }
    }

    /// Whether a part of the filter is false of all that comes aside: `TestClock IS NULL`, or `OwnerType = 'self'` of what is
    /// listed with `owner[type]=customer`.
    fn denies(&self, part: &Part, column: &Column, with: &[(&str, &str)]) -> bool {
        let Expr::Test(check) = part.own else { return false };
        let Some((check, own)) =
            self.checks.get(check).and_then(|check| check.column.as_ref().map(|own| (check, own)))
        else {
            return false;
        };
        if own.path == column.path {
            return check.test.condition == Condition::IsNull && !check.test.negated;
        }
        with.iter().any(|(name, value)| {
            let Some((outer, inner)) = name.trim_end_matches(']').split_once('[') else { return false };
            let listed = format!("{{\"{outer}\":{{\"{inner}\":\"{value}\"}}}}");
            let members = Members::parse(&listed).unwrap_or_default();
            own.path == format!("{outer}.{inner}") && check.holds(&members) == Some(false)
        })
    }
}
