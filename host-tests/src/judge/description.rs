//! Stripe's OpenAPI description as it is published: its operations, and what its references point to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::operation::{Host, Operation};
use super::parameters;
use crate::tools;

/// A description. Clones share it.
#[derive(Clone)]
pub struct Description {
    root: Arc<Value>,
    operations: Arc<Vec<Operation>>,
}

impl Description {
    /// The one that the connector is made for, read once for the process.
    pub fn stripe() -> Self {
        static READ: OnceLock<Description> = OnceLock::new();
        READ.get_or_init(|| Self::read(&tools::description())).clone()
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let root = serde_json::from_str(&text);
        Self::new(root.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    pub fn new(root: Value) -> Self {
        let mut operations = Vec::new();
        for (template, methods) in root["paths"].as_object().into_iter().flatten() {
            for (method, own) in methods.as_object().into_iter().flatten() {
                operations.push(Operation::new(method, template, own));
            }
        }
        Self { root: Arc::new(root), operations: Arc::new(operations) }
    }

    /// The version that each request must name.
    pub fn version(&self) -> &str {
        self.root["info"]["version"].as_str().unwrap_or_default()
    }

    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The paths of all parameters of all operations, by the operation's name such as `GET /v1/customers/{customer}`.
    pub fn parameters(&self) -> BTreeMap<String, BTreeSet<String>> {
        let own = |operation: &Operation| (operation.name(), parameters::of(self, operation));
        self.operations.iter().map(own).collect()
    }

    /// The operation that answers at a path, and the ids in it as they were written. A literal segment is nearer than
    /// an id: `/v1/charges/search` is no charge.
    pub fn find<'a>(&self, method: &str, path: &'a str) -> Result<(&Operation, Vec<&'a str>), String> {
        let at_path: Vec<_> =
            self.operations.iter().filter_map(|one| Some((one, one.ids_in(path)?))).collect();
        if at_path.is_empty() {
            return Err(format!("no operation has the path {path}"));
        }
        let of_method = at_path.into_iter().filter(|(one, _)| one.method == method);
        let nearest = of_method.max_by_key(|(one, _)| one.literals());
        nearest.ok_or_else(|| format!("no operation is {method} {path}"))
    }

    /// The host of an operation, none for one that the judge does not know.
    pub fn host(&self, operation: &Operation) -> Option<Host> {
        let everywhere = self.root["servers"][0]["url"].as_str();
        Host::of_server(operation.server.as_deref().or(everywhere)?)
    }

    /// The schema itself, or what its reference points to.
    pub fn resolve<'a>(&'a self, mut schema: &'a Value) -> &'a Value {
        while let Some(reference) = schema["$ref"].as_str() {
            let found = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            schema = found.unwrap_or_else(|| panic!("nothing is at {reference}"));
        }
        schema
    }
}
