//! What Stripe has twice. A resource is an alias of another one if the other does all that it does, with the same
//! parameters, and one of these holds:
//!
//! - both are below the same parents and only the other is spelled like its object: `balance/history`;
//! - the other is a level higher and its list is filtered by the parent: `customers/{}/subscriptions`;
//! - it is below an alias, and the other is at the same place below what that one is an alias of:
//!   `linked_accounts/{}/owners`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

use super::call::{Call, Method};
use super::exceptions::Exceptions;
use super::path::Path;
use super::resource::{Resource, Resources};
use super::role::{Decision, Role};
use crate::names::plural;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    pub of: Path,
    pub rule: String,
}

/// By the path of the alias.
pub type Aliases = BTreeMap<Path, Alias>;

pub fn find(resources: &Resources, calls: &[Call], exceptions: &Exceptions) -> Result<Aliases> {
    let mut found = exceptional(resources, calls, exceptions)?;
    // A path comes before those below it.
    for resource in resources.values() {
        let alias = resources.values().filter(|other| other.path != resource.path).find_map(|other| {
            let rule = rule(resource, other, resources, &found, calls)?;
            other.covers(resource, calls).then(|| Alias { of: other.path.clone(), rule: rule.to_owned() })
        });
        if let Some(alias) = alias {
            found.entry(resource.path.clone()).or_insert(alias);
        }
    }
    Ok(found)
}

fn exceptional(resources: &Resources, calls: &[Call], exceptions: &Exceptions) -> Result<Aliases> {
    let mut found = Aliases::new();
    for exception in exceptions.aliases {
        let (path, of) = (Path::new(exception.at), Path::new(exception.is));
        let covered = resources.get(&path).zip(resources.get(&of)).is_some_and(|(a, b)| b.covers(a, calls));
        ensure!(covered, "exceptions.rs: {of} does not do all that {path} does");
        found.insert(path, Alias { of, rule: format!("legacy: exception: {}", exception.why) });
    }
    Ok(found)
}

fn rule(
    resource: &Resource,
    other: &Resource,
    resources: &Resources,
    found: &Aliases,
    calls: &[Call],
) -> Option<&'static str> {
    let [parents, others] = [&resource.path, &other.path].map(|path| parents(path, found));
    let spelled = other.is_spelled_like_its_object() && !resource.is_spelled_like_its_object();
    if parents == others && spelled {
        return Some("legacy: same at the object's own name");
    }
    if let [above @ .., parent] = parents.as_slice()
        && above == others
        && other.is_filtered_by(resources.get(parent)?.object, calls)
    {
        return Some("legacy: the collection has a filter");
    }
    (moved(&resource.path, found).as_ref() == Some(&other.path)).then_some("legacy: below an alias")
}

fn parents(path: &Path, found: &Aliases) -> Vec<Path> {
    path.collections().iter().map(|collection| canonical(collection, found)).collect()
}

/// The same place below what the alias above it stands for.
fn moved(path: &Path, found: &Aliases) -> Option<Path> {
    path.ancestors().find_map(|above| {
        let alias = found.get(&above)?;
        Some(alias.of.join(path.below(&above)?))
    })
}

pub fn canonical(path: &Path, found: &Aliases) -> Path {
    found.get(path).map_or_else(|| path.clone(), |alias| canonical(&alias.of, found))
}

/// A verb that is the singular of a collection beside it creates there: `charges/{}/refund` does what
/// `charges/{}/refunds` does.
pub fn create_beside(
    call: &Call,
    decision: &Decision,
    resources: &Resources,
    calls: &[Call],
) -> Option<usize> {
    let Role::Action(_) = &decision.role else { return None };
    let beside = call.path.parent()?.join(&plural(call.path.last()));
    let create = *resources.get(&beside)?.calls.get(&Role::Create)?;
    let covered = call.method == Method::Post && call.parameters.is_subset(&calls[create].parameters);
    covered.then_some(create)
}

/// The call that does the same for what the resource is an alias of.
pub fn counterpart(
    decision: &Decision,
    resources: &Resources,
    found: &Aliases,
) -> Result<Option<(usize, String)>> {
    let Some((path, alias)) = decision.resource.as_ref().and_then(|path| found.get_key_value(path)) else {
        return Ok(None);
    };
    let resource = resources.get(&canonical(path, found)).context("an alias of no resource")?;
    let call =
        resource.calls.get(&decision.role).with_context(|| format!("{}: has not all of {path}", alias.of))?;
    Ok(Some((*call, alias.rule.clone())))
}
