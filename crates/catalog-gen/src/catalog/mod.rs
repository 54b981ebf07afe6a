//! The component's catalog: every entity and action with what it takes and what its rows hold.
//!
//! `mapping` has said what each operation is; here its parameters and its answer become shapes (`lower`), an entity's
//! row gets the fields of every answer that shows one of its objects, `encode` and `words` pack the graph of shapes into few
//! bytes, and `rust` writes the statics that the component is built with.

mod encode;
mod lower;
mod rust;
mod shape;
mod words;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context, Result, bail};

use self::encode::Graph;
use self::lower::{Lowering, Side};
use self::shape::{Field, ObjectId, Shape};
use crate::description::{Description, Operation};
use crate::mapping::{
    ActionMap, EntityMap, Exceptions, Mapping, Method, OperationMap, Path, REVIEWED, Special,
};
use crate::nodes::{Node, NodeId};
use crate::parameters::parameters;
use crate::schema::Translator;

pub struct Catalog {
    version: String,
    entities: Vec<Entity>,
    actions: Vec<Action>,
    graph: Graph,
}

struct Entity {
    map: EntityMap,
    row: ObjectId,
    list: Option<(ObjectId, Paging)>,
    get: Option<ObjectId>,
    create: Option<ObjectId>,
    update: Option<ObjectId>,
    delete: Option<ObjectId>,
    upload: bool,
}

/// How a list goes on.
#[derive(Clone, Copy)]
enum Paging {
    /// It is whole.
    Whole,
    /// `starting_after` an object.
    Object,
    /// With the `page` of `next_page_url`.
    Token,
}

struct Action {
    map: ActionMap,
    method: Method,
    path: String,
    parameters: ObjectId,
    /// None where it answers with bytes.
    answer: Option<ObjectId>,
}

/// What the connector itself says in every list.
const PAGING: [&str; 4] = ["limit", "starting_after", "ending_before", "page"];

/// What the connector says with an option of the call.
const EXPAND: &str = "expand";

/// One of Stripe's operations as nodes.
struct Nodes {
    parameters: NodeId,
    answer: Option<NodeId>,
}

impl Catalog {
    pub fn of(description: &Description) -> Result<Self> {
        Self::with(description, &REVIEWED)
    }

    fn with(description: &Description, exceptions: &Exceptions) -> Result<Self> {
        let mapping = Mapping::with(description, exceptions)?;
        let mut translator = Translator::new(&description.components.schemas);
        let mut operations = Vec::new();
        for (path, methods) in &description.paths {
            for (method, operation) in methods {
                let nodes = Nodes::of(operation, &mut translator);
                operations.push(nodes.with_context(|| format!("{method} {path}"))?);
            }
        }
        let schemas = translator.named_nodes()?;
        let mut builder = Builder { operations, lowering: Lowering::new(&translator.nodes, schemas) };
        let entities: Vec<Entity> = mapping
            .entities
            .into_iter()
            .map(|map| {
                let name = map.name.clone();
                builder.entity(map, &mapping.operations).context(name)
            })
            .collect::<Result<_>>()?;
        let actions: Vec<Action> = mapping
            .actions
            .into_iter()
            .map(|map| {
                let name = map.name.clone();
                builder.action(map, &mapping.operations).context(name)
            })
            .collect::<Result<_>>()?;
        let roots = entities.iter().flat_map(Entity::objects).chain(actions.iter().flat_map(Action::objects));
        let references = references(&entities);
        let graph = Graph::new(&builder.lowering.finish()?, roots.collect(), &references)?;
        Ok(Self { version: mapping.version, entities, actions, graph })
    }

    pub fn to_text(&self) -> Result<String> {
        rust::text(self)
    }
}

impl fmt::Display for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (entities, actions) = (self.entities.len(), self.actions.len());
        write!(f, "{}: {entities} entities, {actions} actions, {}", self.version, self.graph)
    }
}

/// Which entity an expanded id shows, by component schema: the one that is not below another, if there is one.
fn references(entities: &[Entity]) -> BTreeMap<String, usize> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for (at, entity) in entities.iter().enumerate() {
        let depth = |at: usize| entities[at].map.parents.len();
        let known = found.entry(entity.map.schema.clone()).or_insert(at);
        if depth(at) < depth(*known) {
            *known = at;
        }
    }
    found
}

impl Nodes {
    fn of(operation: &Operation, translator: &mut Translator) -> Result<Self> {
        let mut parameters = parameters(operation, translator)?;
        parameters.fields.retain(|(name, _)| name != EXPAND);
        let response = operation.responses.get("200").context("no answer with status 200")?;
        let schema = response.content.get("application/json").map(|media_type| &media_type.schema);
        let answer = schema.map(|schema| translator.answer(schema)).transpose()?;
        Ok(Self { parameters: translator.nodes.add(Node::Object(parameters)), answer })
    }
}

struct Builder<'a> {
    operations: Vec<Nodes>,
    lowering: Lowering<'a>,
}

impl Builder<'_> {
    fn entity(&mut self, map: EntityMap, operations: &[OperationMap]) -> Result<Entity> {
        let mut shown = BTreeSet::new();
        for operation in [map.get, map.create, map.update, map.delete, map.list].into_iter().flatten() {
            shown.extend(self.answer(operation)?);
        }
        let upload = map.create.is_some_and(|at| operations[at].special == Some(Special::Upload));
        let mut parameters = |operation: Option<usize>| operation.map(|at| self.parameters(at)).transpose();
        let (get, create) = (parameters(map.get)?, parameters(map.create)?);
        let (update, delete) = (parameters(map.update)?, parameters(map.delete)?);
        let list = map.list.map(|list| self.list(list)).transpose()?;
        let row = match shown.first() {
            None => bail!("no answer shows one of its objects"),
            // Not every answer to a DELETE says so, and the connector's rows always do.
            Some(_) if map.delete.is_some() => {
                let name = "deleted".to_owned();
                let deleted = Field { name, shape: Shape::Boolean, required: false, nullable: true };
                self.lowering.merge_with(shown, Side::Answer, deleted)
            }
            Some(only) if shown.len() == 1 => *only,
            Some(_) => self.lowering.merge(shown, Side::Answer),
        };
        Ok(Entity { map, row, list, get, create, update, delete, upload })
    }

    fn action(&mut self, map: ActionMap, operations: &[OperationMap]) -> Result<Action> {
        let operation = &operations[map.operation];
        let parameters = self.parameters(map.operation)?;
        let answer = self.answer(map.operation)?;
        let path = Path::new(&operation.path).to_string();
        Ok(Action { method: operation.method, path, parameters, answer, map })
    }

    fn parameters(&mut self, operation: usize) -> Result<ObjectId> {
        match self.lowering.lower(self.operations[operation].parameters, Side::Parameter)?.shape {
            Shape::Object(id) => Ok(id),
            other => bail!("parameters that are {other:?}"),
        }
    }

    /// The object that an operation answers with, or those in the list that it answers with.
    fn answer(&mut self, operation: usize) -> Result<Option<ObjectId>> {
        let Some(answer) = self.operations[operation].answer else { return Ok(None) };
        let item = match self.lowering.lower(answer, Side::Answer)?.shape {
            Shape::List(item) => *item,
            Shape::Object(id) => match self.lowering.page_items(answer) {
                Some(item) => self.lowering.lower(item, Side::Answer)?.shape,
                None => Shape::Object(id),
            },
            other => other,
        };
        match item {
            Shape::Object(id) => Ok(Some(id)),
            other => bail!("an answer that is {other:?}: say in catalog/mod.rs what its rows hold"),
        }
    }

    /// The parameters that filter a list, and how it goes on.
    fn list(&mut self, operation: usize) -> Result<(ObjectId, Paging)> {
        let all = self.parameters(operation)?;
        let has = |name: &str| self.lowering.objects.fields(all).iter().any(|field| field.name == name);
        let paging = match (has("starting_after"), has("page"), has("limit")) {
            (true, false, true) => Paging::Object,
            (false, true, true) => Paging::Token,
            (false, false, false) => Paging::Whole,
            _ => bail!("its pages are new: say in catalog/mod.rs how they go on"),
        };
        let filters = self.lowering.objects.fields(all).iter();
        let filters = filters.filter(|field| !PAGING.contains(&field.name.as_str())).cloned().collect();
        Ok((self.lowering.objects.add(filters), paging))
    }
}

impl Entity {
    fn objects(&self) -> Vec<ObjectId> {
        let list = self.list.map(|(filters, _)| filters);
        let parameters = [list, self.get, self.create, self.update, self.delete];
        [self.row].into_iter().chain(parameters.into_iter().flatten()).collect()
    }
}

impl Action {
    fn objects(&self) -> Vec<ObjectId> {
        [self.parameters].into_iter().chain(self.answer).collect()
    }
}
