//! What the connector knows of Stripe: which entities and actions there are, where they live and which fields and
//! parameters they have. Facts only, in statics that `crates/catalog-gen` takes from Stripe's API description: a fresh
//! instance pays nothing for them.
//!
//! Names are compared without case and underscores, so that `PaymentMethod`, `payment_method` and `paymentmethod`
//! mean the same.

pub mod describe;
pub mod documented;
#[rustfmt::skip]
mod generated;
pub mod graph;
pub mod hidden;
pub mod names;
pub mod pushdown;
pub mod schema;

pub use generated::{ACTIONS, API_VERSION, ENTITIES};
pub use graph::{Field, Kind, Object};

use crate::api::catalog::Operation;
use crate::transport::Method;
use alloc::string::String;

/// One kind of object with the operations that Stripe has on it.
#[derive(PartialEq, Debug)]
pub struct Entity {
    /// `PaymentIntent`.
    pub name: &'static str,
    /// Stripe's name of the object: `payment_intent`, `checkout.session`.
    pub object: &'static str,
    /// Stripe's other spellings.
    pub aliases: &'static [&'static str],
    /// Path of the collection, or of the one object, with `{}` where the id of a parent goes.
    pub path: &'static str,
    /// Names of the ids that fill the path, outermost first: `InvoiceId`.
    pub parents: &'static [&'static str],
    /// The fields of its objects, deleted ones included.
    pub row: Object,
    /// The parameters of each operation that it has; a list's are those by which Stripe filters.
    pub list: Option<Object>,
    pub get: Option<Object>,
    pub create: Option<Object>,
    pub update: Option<Object>,
    pub delete: Option<Object>,
    pub paging: Paging,
    /// One object only, such as `Balance`: its operations take no id.
    pub singleton: bool,
    /// Stripe has a search for it.
    pub search: bool,
    /// It is created from a file.
    pub upload: bool,
}

/// How Stripe's list goes on after a page.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Paging {
    /// There is one page, which is whole.
    Whole,
    /// After an object's id.
    Object,
    /// With a token from the page before, as in all of v2.
    Token,
}

/// What Stripe does that is no create, read, update or delete.
#[derive(PartialEq, Debug)]
pub struct Action {
    /// `ConfirmPaymentIntent`.
    pub name: &'static str,
    pub method: Method,
    /// Path with `{}` where an id goes.
    pub path: &'static str,
    /// Names of the inputs that hold the ids, outermost first: `PaymentIntentId`.
    pub ids: &'static [&'static str],
    pub parameters: Object,
    /// Name of the entity that it answers with; empty if that is none.
    pub entity: &'static str,
    /// The fields of what it answers with; none where that is a file.
    pub answer: Option<Object>,
    pub special: Option<Special>,
    /// Works in test mode only.
    pub test_only: bool,
}

/// Calls that are not a request like every other.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Special {
    /// Answers with a file, at the host for files.
    Download,
    /// Has a host and a session token of its own.
    EventStream,
}

/// Every operation, in the order of the contract.
pub const OPERATIONS: [Operation; 5] =
    [Operation::List, Operation::Get, Operation::Create, Operation::Update, Operation::Delete];

impl Entity {
    /// The parameters of an operation, if it has it.
    pub fn parameters(&self, operation: Operation) -> Option<Object> {
        match operation {
            Operation::List => self.list,
            Operation::Get => self.get,
            Operation::Create => self.create,
            Operation::Update => self.update,
            Operation::Delete => self.delete,
        }
    }

    pub fn has(&self, operation: Operation) -> bool {
        self.parameters(operation).is_some()
    }

    pub fn operations(&self) -> impl Iterator<Item = Operation> {
        OPERATIONS.into_iter().filter(|operation| self.has(*operation))
    }

    pub fn plural(&self) -> String {
        names::plural(self.name)
    }
}

/// Whether a path is of Stripe's v2: JSON bodies, page tokens, RFC 3339.
pub fn is_v2(path: &str) -> bool {
    path.starts_with("/v2/")
}

/// The entity of that name: its own, its plural or one of Stripe's.
pub fn entity(name: &str) -> Option<&'static Entity> {
    // They are in the order of their names. A fresh instance has none of their memory yet, and this looks at little of it.
    if let Ok(at) = ENTITIES.binary_search_by(|entity| entity.name.cmp(name)) {
        return ENTITIES.get(at);
    }
    let own = |entity: &&Entity| {
        names::same_entity(entity.name, name) || names::same_entity(&entity.plural(), name)
    };
    let stripes = |entity: &&Entity| entity.aliases.iter().any(|alias| names::same_entity(alias, name));
    ENTITIES.iter().find(own).or_else(|| ENTITIES.iter().find(stripes))
}

/// The entity whose objects Stripe calls by that name; of several, the one that is in no other's collection.
pub fn entity_of_object(object: &str) -> Option<&'static Entity> {
    let named = ENTITIES.iter().filter(|entity| entity.object == object);
    named.min_by_key(|entity| entity.parents.len())
}

/// The action of that name.
pub fn action(name: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| names::same(action.name, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_finds_the_entity() {
        for name in ["PaymentIntent", "PaymentIntents", "payment_intent", "payment_intents", "paymentintent"]
        {
            assert_eq!(entity(name).map(|e| e.name), Some("PaymentIntent"), "{name}");
        }
        for (name, expected) in [
            ("invoiceitems", "InvoiceItem"),
            ("checkout.session", "CheckoutSession"),
            ("checkout/sessions", "CheckoutSession"),
            ("capabilities", "Capability"),
            ("v2/core/accounts", "V2CoreAccount"),
        ] {
            assert_eq!(entity(name).map(|e| e.name), Some(expected), "{name}");
        }
        assert!(entity("Customerz").is_none());
        assert_eq!(entity_of_object("customer").map(|e| e.name), Some("Customer"));
    }

    #[test]
    fn the_tables_hold_together() {
        assert!(ENTITIES.len() >= 135 && ACTIONS.len() >= 95, "{} {}", ENTITIES.len(), ACTIONS.len());
        for entity in ENTITIES {
            assert_eq!(entity.path.matches("{}").count(), entity.parents.len(), "{}", entity.name);
            assert!(entity.operations().next().is_some(), "{}", entity.name);
            assert!(self::entity(entity.name).is_some_and(|found| found.name == entity.name));
        }
        for action in ACTIONS {
            assert!(action.entity.is_empty() || entity(action.entity).is_some(), "{}", action.name);
            assert_eq!(action.path.matches("{}").count(), action.ids.len(), "{}", action.name);
            assert_eq!(action.answer.is_none(), action.special == Some(Special::Download), "{}", action.name);
        }
    }
}
