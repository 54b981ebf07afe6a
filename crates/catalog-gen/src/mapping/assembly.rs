//! From the decisions about single calls to the mapping.

use anyhow::{Context, Result, ensure};

use super::alias::{self, Aliases, canonical};
use super::call::Call;
use super::exceptions::Exceptions;
use super::name::{self, EntityNames};
use super::resource::{self, Resource, Resources};
use super::role::{Calls, Decision, Role};
use super::{ActionMap, EntityMap, EntityOperation, Mapping, OperationMap, Target};
use crate::names::plural;

pub struct Assembly<'a> {
    calls: &'a [Call<'a>],
    /// One for each call.
    decisions: Vec<Decision>,
    resources: Resources<'a>,
    aliases: Aliases,
    names: EntityNames,
    exceptions: &'a Exceptions,
}

impl<'a> Assembly<'a> {
    pub fn new(calls: &'a [Call<'a>], exceptions: &'a Exceptions) -> Result<Self> {
        let decisions = decide(calls)?;
        let resources = resource::gather(calls, &decisions)?;
        let aliases = alias::find(&resources, calls, exceptions)?;
        let names = EntityNames::new(&resources, &aliases, exceptions)?;
        Ok(Self { calls, decisions, resources, aliases, names, exceptions })
    }

    pub fn mapping(&self, version: &str) -> Result<Mapping> {
        let mut operations = Vec::new();
        let mut actions = Vec::new();
        for (index, call) in self.calls.iter().enumerate() {
            let operation = self.operation(index).with_context(|| call.to_string())?;
            if let Target::Action { name } = &operation.target {
                actions.push(self.action(index, name).with_context(|| call.to_string())?);
            }
            operations.push(operation);
        }
        actions.sort_by(|one, other| one.name.cmp(&other.name));
        name::check_unique(
            actions.iter().map(|own| (self.calls[own.operation].to_string(), vec![own.name.as_str()])),
        )?;
        let named = self.exceptions.actions.iter().map(|exception| exception.is);
        for name in named.chain(self.exceptions.documented_actions.iter().copied()) {
            let known = actions.iter().any(|action| action.name == name);
            ensure!(known, "exceptions.rs names the action {name}, which no operation is");
        }
        let mut entities = self.entities().map(|own| self.entity(own)).collect::<Result<Vec<_>>>()?;
        entities.sort_by(|one, other| one.name.cmp(&other.name));
        name::check_unique(
            entities.iter().map(|own| (format!("the entity of `{}`", own.schema), own.spellings())),
        )?;
        Ok(Mapping { version: version.to_owned(), operations, entities, actions })
    }

    fn operation(&self, index: usize) -> Result<OperationMap> {
        let call = &self.calls[index];
        let (target, rule) = self.target(index)?;
        Ok(OperationMap {
            method: call.method,
            path: call.written.to_owned(),
            target,
            rule,
            test_only: call.path.without_test_helpers().is_some(),
            special: call.special,
        })
    }

    fn target(&self, index: usize) -> Result<(Target, String)> {
        if let Some(alias) = self.alias(index)? {
            return Ok(alias);
        }
        let decision = &self.decisions[index];
        let operation = match decision.role {
            Role::Action(_) => return self.action_name(index),
            Role::Search => None,
            Role::List => Some(EntityOperation::List),
            Role::Get => Some(EntityOperation::Get),
            Role::Create => Some(EntityOperation::Create),
            Role::Update => Some(EntityOperation::Update),
            Role::Delete => Some(EntityOperation::Delete),
        };
        let resource = decision.resource.as_ref().context("an operation of no resource")?;
        let entity = self.names.of(resource)?.to_owned();
        let rule = match self.names.exception(resource) {
            Some(why) => format!("{}; exception: {why}", decision.rule),
            None => decision.rule.to_owned(),
        };
        Ok(match operation {
            Some(operation) => (Target::Entity { entity, operation }, rule),
            None => (Target::Search { entity }, rule),
        })
    }

    fn alias(&self, index: usize) -> Result<Option<(Target, String)>> {
        let (call, decision) = (&self.calls[index], &self.decisions[index]);
        if let Some((of, rule)) = alias::counterpart(decision, &self.resources, &self.aliases)? {
            return Ok(Some((Target::Alias { of }, rule)));
        }
        let Some(create) = alias::create_beside(call, decision, &self.resources, self.calls) else {
            return Ok(None);
        };
        let of = alias::counterpart(&self.decisions[create], &self.resources, &self.aliases)?;
        let of = of.map_or(create, |(of, _)| of);
        Ok(Some((Target::Alias { of }, "legacy: singular of a collection".to_owned())))
    }

    fn action_name(&self, index: usize) -> Result<(Target, String)> {
        let (call, decision) = (&self.calls[index], &self.decisions[index]);
        let (name, exception) = name::action(call, decision, &self.names, self.exceptions)?;
        let rule = match exception {
            _ if self.exceptions.documented_actions.contains(&name.as_str()) => "documented name".to_owned(),
            Some(why) => format!("exception: {why}"),
            None => decision.rule.to_owned(),
        };
        Ok((Target::Action { name }, rule))
    }

    fn entities(&self) -> impl Iterator<Item = &Resource<'a>> {
        self.resources.values().filter(|resource| !self.aliases.contains_key(&resource.path))
    }

    fn entity(&self, resource: &Resource) -> Result<EntityMap> {
        let name = self.names.of(&resource.path)?;
        let call = |role: Role| resource.calls.get(&role).copied();
        let at_its_path = |role: Role| call(role).is_some_and(|call| self.calls[call].path == resource.path);
        Ok(EntityMap {
            name: name.to_owned(),
            plural: plural(name),
            aliases: self.names.aliases(resource, &self.entities().collect::<Vec<_>>())?,
            path: resource.path.to_string(),
            schema: resource.object.to_owned(),
            parents: self.names.ids(&resource.path)?,
            list: call(Role::List),
            get: call(Role::Get),
            create: call(Role::Create),
            update: call(Role::Update),
            delete: call(Role::Delete),
            search: call(Role::Search),
            singleton: [Role::Get, Role::Update, Role::Delete].into_iter().any(at_its_path),
        })
    }

    fn action(&self, index: usize, name: &str) -> Result<ActionMap> {
        let call = &self.calls[index];
        Ok(ActionMap {
            name: name.to_owned(),
            operation: index,
            entity: self.answered(index)?,
            ids: self.ids(index)?,
            test_only: call.path.without_test_helpers().is_some(),
            special: call.special,
        })
    }

    /// A test helper's ids are those of the resource that it speaks about.
    fn ids(&self, index: usize) -> Result<Vec<String>> {
        let Some(resource) = &self.decisions[index].resource else { return Ok(Vec::new()) };
        let ids = self.calls[index].path.collections().len();
        let at = [resource.clone(), resource.item()].into_iter().find(|at| at.collections().len() == ids);
        self.names.ids(&at.context("an id below the verb: say in assembly.rs what it is called")?)
    }

    /// The entity that an action answers with: rather its own than another one.
    fn answered(&self, index: usize) -> Result<Option<String>> {
        let Some(object) = self.calls[index].answer.object() else { return Ok(None) };
        let own = self.decisions[index].resource.as_ref().map(|path| canonical(path, &self.aliases));
        let own = own.and_then(|path| self.resources.get(&path)).filter(|own| own.members.contains(object));
        let others = self.entities().filter(|other| other.object == object);
        let answered = own.or_else(|| others.min_by_key(|other| other.path.collections().len()));
        answered.map(|answered| Ok(self.names.of(&answered.path)?.to_owned())).transpose()
    }
}

fn decide(calls: &[Call]) -> Result<Vec<Decision>> {
    let known = Calls::new(calls);
    let decide = |call| known.decide(call).with_context(|| format!("{call}: no rule says what it is"));
    calls.iter().map(decide).collect()
}
