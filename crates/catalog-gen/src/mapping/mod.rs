//! What each of Stripe's operations is for the connector: an operation of an entity, a search, an action, or another
//! way to one of these.
//!
//! The way of an operation: `call` takes out of the description what the rules look at; `role` has the rules; `resource`
//! brings together what is about the same path; `alias` finds what Stripe has twice; `name` says what the rest is
//! called; `exceptions` overrules, with reasons; `assembly` puts it all together; `text` writes the file that people review.

mod alias;
mod assembly;
mod call;
mod exceptions;
mod name;
mod path;
mod resource;
mod role;
mod text;
mod words;

#[cfg(test)]
mod tests;

use anyhow::Result;

use self::assembly::Assembly;
use self::call::Call;
use crate::description::Description;

pub use self::call::{Method, Special};
pub use self::exceptions::{Exceptions, REVIEWED};
pub use self::path::Path;

pub struct Mapping {
    /// Of the API.
    pub version: String,
    /// In the description's order; everything else refers to them by index.
    pub operations: Vec<OperationMap>,
    /// By name.
    pub entities: Vec<EntityMap>,
    /// By name.
    pub actions: Vec<ActionMap>,
}

pub struct OperationMap {
    pub method: Method,
    pub path: String,
    pub target: Target,
    /// What decided, for the reader of `mapping.txt`.
    pub rule: String,
    /// It has no live mode.
    pub test_only: bool,
    pub special: Option<Special>,
}

/// What an operation of Stripe's is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Entity {
        entity: String,
        operation: EntityOperation,
    },
    /// The query planner's way to find objects of that entity.
    Search {
        entity: String,
    },
    Action {
        name: String,
    },
    /// Another way to the operation with that index, which is no alias itself.
    Alias {
        of: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityOperation {
    List,
    Get,
    Create,
    Update,
    Delete,
}

/// The operations are indices of [`Mapping::operations`].
#[derive(Debug)]
pub struct EntityMap {
    pub name: String,
    pub plural: String,
    /// Stripe's own spellings, as far as they differ from the name and the plural.
    pub aliases: Vec<String>,
    /// Of the collection, or of the one object there is: `/v1/customers/{}/tax_ids`.
    pub path: String,
    /// The component schema of its object, which is also the object's `object`.
    pub schema: String,
    /// Names of the ids of what it is below, outermost first.
    pub parents: Vec<String>,
    pub list: Option<usize>,
    pub get: Option<usize>,
    pub create: Option<usize>,
    pub update: Option<usize>,
    pub delete: Option<usize>,
    pub search: Option<usize>,
    /// There is one, which has no id.
    pub singleton: bool,
}

#[derive(Debug)]
pub struct ActionMap {
    pub name: String,
    /// Index of [`Mapping::operations`].
    pub operation: usize,
    /// The entity that it answers with. Some answers are of no entity.
    pub entity: Option<String>,
    /// Names of the path's ids, outermost first.
    pub ids: Vec<String>,
    pub test_only: bool,
    pub special: Option<Special>,
}

impl Mapping {
    pub fn of(description: &Description) -> Result<Self> {
        Self::with(description, &REVIEWED)
    }

    /// The mapping by other exceptions than those from Stripe's rules.
    pub fn with(description: &Description, exceptions: &Exceptions) -> Result<Self> {
        let calls = Call::all(description)?;
        Assembly::new(&calls, exceptions)?.mapping(&description.info.version)
    }
}
