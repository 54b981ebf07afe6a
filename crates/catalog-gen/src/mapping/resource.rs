//! Resources: the calls about one collection, or about the one object there is at a path, together.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

use super::call::Call;
use super::path::Path;
use super::role::{Decision, Role};
use super::words::{local, names_object};

#[derive(Debug)]
pub struct Resource<'a> {
    pub path: Path,
    /// The component schema of its object.
    pub object: &'a str,
    /// Further ones that its lists and answers can hold: a payment source is a card, a bank account or a source.
    pub members: BTreeSet<&'a str>,
    /// Indices of calls.
    pub calls: BTreeMap<Role, usize>,
}

pub type Resources<'a> = BTreeMap<Path, Resource<'a>>;

pub fn gather<'a>(calls: &[Call<'a>], decisions: &[Decision]) -> Result<Resources<'a>> {
    let mut by_path = BTreeMap::<_, BTreeMap<_, _>>::new();
    for (index, decision) in decisions.iter().enumerate() {
        let Some(path) = &decision.resource else { continue };
        if let Some(other) = by_path.entry(path).or_default().insert(decision.role.clone(), index) {
            bail!(
                "{} and {} have the same resource and the same verb: say in role.rs how they differ",
                calls[other],
                calls[index]
            );
        }
    }
    by_path.into_iter().map(|(path, own)| Ok((path.clone(), Resource::new(path, own, calls)?))).collect()
}

impl<'a> Resource<'a> {
    fn new(path: &Path, own: BTreeMap<Role, usize>, calls: &[Call<'a>]) -> Result<Self> {
        let operations = own.iter().filter(|(role, _)| !matches!(role, Role::Action(_)));
        let answers: Vec<_> = operations.map(|(_, &index)| &calls[index].answer).collect();
        let object = answers.iter().find_map(|answer| answer.object());
        let object = object.with_context(|| format!("{path}: no operation answers with one object"))?;
        let members = answers.iter().flat_map(|answer| answer.objects.iter().copied()).collect();
        Ok(Self { path: path.clone(), object, members, calls: own })
    }

    /// Whether the path is spelled like the object: `balance_transactions` is, `balance/history` is not.
    pub fn is_spelled_like_its_object(&self) -> bool {
        names_object(self.path.last(), self.object)
    }

    /// Whether everything that can be done at `other` can be done here, with the same parameters.
    pub fn covers(&self, other: &Self, calls: &[Call]) -> bool {
        self.object == other.object
            && other.calls.iter().all(|(role, &theirs)| {
                let own = self.calls.get(role);
                own.is_some_and(|&own| calls[theirs].parameters.is_subset(&calls[own].parameters))
            })
    }

    /// Whether its list takes the id of such an object.
    pub fn is_filtered_by(&self, object: &str, calls: &[Call]) -> bool {
        let list = self.calls.get(&Role::List);
        list.is_some_and(|&list| calls[list].parameters.contains(local(object)))
    }
}
