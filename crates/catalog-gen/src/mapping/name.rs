//! What entities and actions are called.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

use super::alias::{Aliases, canonical};
use super::call::Call;
use super::exceptions::Exceptions;
use super::path::Path;
use super::resource::{Resource, Resources};
use super::role::{Decision, Role};
use super::words::{pascal, significant, singular};
use crate::names::plural;

/// By the path of the resource; an alias has the name of what it is an alias of.
pub struct EntityNames(BTreeMap<Path, Name>);

#[derive(Clone)]
struct Name {
    text: String,
    exception: Option<&'static str>,
}

impl EntityNames {
    /// An entity is called after its object. Where several have the same object, the one that is not below another
    /// keeps that name, and the others are called after what they are below and their own segment:
    /// `quotes/{}/line_items` is `QuoteLineItem`.
    pub fn new(resources: &Resources, aliases: &Aliases, exceptions: &Exceptions) -> Result<Self> {
        let mut names = exceptional(resources, aliases, exceptions)?;
        let own: Vec<_> = resources
            .values()
            .filter(|resource| !aliases.contains_key(&resource.path) && !names.contains_key(&resource.path))
            .collect();
        for resource in &own {
            let alone = own.iter().filter(|other| other.object == resource.object).count() == 1;
            let text = if alone || resource.path.collections().is_empty() {
                after_object(resource.object)
            } else {
                after_path(&resource.path, resources, aliases)?
            };
            names.insert(resource.path.clone(), Name { text, exception: None });
        }
        for alias in aliases.keys() {
            let name = names.get(&canonical(alias, aliases)).with_context(|| format!("{alias}: no name"))?;
            names.insert(alias.clone(), name.clone());
        }
        Ok(Self(names))
    }

    pub fn of(&self, resource: &Path) -> Result<&str> {
        Ok(&self.0.get(resource).with_context(|| format!("{resource} is no resource"))?.text)
    }

    /// Why the name is not that of the rule.
    pub fn exception(&self, resource: &Path) -> Option<&'static str> {
        self.0.get(resource)?.exception
    }

    /// Names of the ids in a path: `InvoiceId`.
    pub fn ids(&self, path: &Path) -> Result<Vec<String>> {
        path.collections().iter().map(|collection| Ok(format!("{}Id", self.of(collection)?))).collect()
    }

    /// Stripe's spellings, as far as they mean this entity alone and are no entity's name already.
    pub fn aliases(&self, resource: &Resource, resources: &[&Resource]) -> Result<Vec<String>> {
        let name = self.of(&resource.path)?;
        let shared = resources.iter().filter(|other| other.object == resource.object).count() > 1;
        let mut aliases = Vec::new();
        if !shared || name == after_object(resource.object) {
            aliases.push(resource.object.to_owned());
        }
        aliases.push(resource.path.spelling());
        let mut known = Vec::new();
        for other in self.0.values() {
            known.extend([significant(&other.text), significant(&plural(&other.text))]);
        }
        aliases.retain(|alias| {
            let new = !known.contains(&significant(alias));
            known.push(significant(alias));
            new
        });
        Ok(aliases)
    }
}

fn exceptional(
    resources: &Resources,
    aliases: &Aliases,
    exceptions: &Exceptions,
) -> Result<BTreeMap<Path, Name>> {
    let mut names = BTreeMap::new();
    for exception in exceptions.entities {
        let path = Path::new(exception.at);
        let known = resources.contains_key(&path) && !aliases.contains_key(&path);
        ensure!(known, "exceptions.rs names {path}, which is no entity");
        names.insert(path, Name { text: exception.is.to_owned(), exception: Some(exception.why) });
    }
    Ok(names)
}

/// That an object is for tests is said by its marks and not by its name.
fn after_object(object: &str) -> String {
    pascal(object.strip_prefix("test_helpers.").unwrap_or(object))
}

fn after_path(path: &Path, resources: &Resources, aliases: &Aliases) -> Result<String> {
    let mut name = String::new();
    for above in path.collections() {
        let above = resources.get(&canonical(&above, aliases));
        name += &after_object(above.with_context(|| format!("{path} is below no resource"))?.object);
    }
    Ok(name + &pascal(&singular(path.last())))
}

/// An action is called after its verb and the entity; with the reason if it is not.
pub fn action(
    call: &Call,
    decision: &Decision,
    names: &EntityNames,
    exceptions: &Exceptions,
) -> Result<(String, Option<&'static str>)> {
    let place = call.place();
    if let Some(exception) = exceptions.actions.iter().find(|exception| exception.at == place) {
        return Ok((exception.is.to_owned(), Some(exception.why)));
    }
    let Role::Action(verbs) = &decision.role else { bail!("it is no action") };
    let resource = decision.resource.as_ref();
    let resource = resource.context("a verb below no resource: give the action a name in exceptions.rs")?;
    let verbs: String = verbs.iter().map(|verb| pascal(verb)).collect();
    Ok((verbs + names.of(resource)?, None))
}

/// Fails if two can be meant by one name. Each comes with what tells it from others and its names.
pub fn check_unique<'a>(named: impl IntoIterator<Item = (String, Vec<&'a str>)>) -> Result<()> {
    let mut owners = BTreeMap::<_, (usize, String)>::new();
    for (index, (owner, spellings)) in named.into_iter().enumerate() {
        for spelling in spellings {
            match owners.insert(significant(spelling), (index, owner.clone())) {
                Some((at, other)) if at != index => {
                    bail!("`{spelling}` can mean two: {other} and {owner}; give one a name in exceptions.rs")
                }
                _ => {}
            }
        }
    }
    Ok(())
}
