//! What the connector knows of Stripe: which entities and actions there are, where they live and which fields and
//! parameters they have. Facts only, in statics: a fresh instance pays nothing for them.
//!
//! Names are compared without case and underscores, so that `PaymentMethod`, `payment_method` and `paymentmethod`
//! mean the same.

mod actions;
pub mod describe;
mod entities;
mod fields;
pub mod names;

pub use actions::ACTIONS;
pub use entities::ENTITIES;

use crate::api::catalog::Operation;
use alloc::vec::Vec;

/// The version of Stripe's API that the tables describe, sent as `Stripe-Version` unless the settings name another.
pub const API_VERSION: &str = "2026-05-27.dahlia";

/// What a field of an object or a parameter of a request holds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    Text,
    /// The id of another object, which can be expanded into the object itself.
    Reference,
    /// Amounts in the currency's minor unit, counts.
    Integer,
    /// Percentages and measures, which may have a fraction.
    Number,
    Boolean,
    /// A point in time: Unix seconds at Stripe, RFC 3339 in rows.
    Instant,
    /// Free keys, such as `metadata`. Stays one JSON value in a row.
    Map,
    /// Stays one JSON value in a row.
    Array,
    /// A list object nested in another object; in a row the array of its `data`.
    List,
    /// Flattened in rows. Without groups its members are not listed here and any name is taken.
    Object(Fields),
    /// Several JSON types are possible, such as `off_session`: a boolean or a text.
    Any,
}

/// Fields in groups of one kind.
pub type Fields = &'static [(Kind, &'static [&'static str])];

/// One field or parameter, by Stripe's name.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
}

/// One kind of object with the operations that Stripe has on it.
#[derive(PartialEq, Debug)]
pub struct Entity {
    /// `PaymentIntent`.
    pub name: &'static str,
    /// `PaymentIntents`.
    pub plural: &'static str,
    /// Stripe's `object`: `payment_intent`.
    pub object: &'static str,
    /// Path of the collection below `/v1/`, with `{}` where the id of a parent goes.
    pub path: &'static str,
    /// Names of the ids that fill the path, outermost first: `InvoiceId`.
    pub parents: &'static [&'static str],
    pub operations: &'static [Operation],
    /// Fields of the object.
    pub columns: Fields,
    /// Parameters that create and update share.
    pub writable: Fields,
    pub create_only: Fields,
    pub update_only: Fields,
    /// Parameters without which Stripe creates nothing.
    pub required: &'static [&'static str],
    /// Parameters by which Stripe's list endpoint filters. `created` takes ranges too.
    pub filters: Fields,
}

/// What an action answers besides `Success`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Answer {
    /// The whole object, flattened.
    Object,
    Success,
    /// `InvoiceId`, from the object's `invoice`.
    Invoice,
}

/// What Stripe does that is no create, read, update or delete.
#[derive(PartialEq, Debug)]
pub struct Action {
    /// `ConfirmPaymentIntent`.
    pub name: &'static str,
    /// Path below `/v1/`, with `{}` where the id goes.
    pub path: &'static str,
    /// Name of the input that holds the id: `PaymentIntentId`.
    pub id: &'static str,
    /// Other documented names of inputs: (`CustomerId`, `customer`). `id` stands for the id.
    pub aliases: &'static [(&'static str, &'static str)],
    pub parameters: Fields,
    pub required: &'static [&'static str],
    /// Name of the entity that it answers with.
    pub entity: &'static str,
    pub answer: Answer,
    pub test_only: bool,
}

impl Entity {
    pub fn has(&self, operation: Operation) -> bool {
        self.operations.contains(&operation)
    }

    /// One object only, such as `Balance`: Get without an id, no list.
    pub fn is_singleton(&self) -> bool {
        self.has(Operation::Get) && !self.has(Operation::List)
    }

    pub fn create_parameters(&self) -> Vec<Field> {
        iter(self.writable).chain(iter(self.create_only)).collect()
    }

    pub fn update_parameters(&self) -> Vec<Field> {
        iter(self.writable).chain(iter(self.update_only)).collect()
    }
}

/// The fields of some groups, in the order of the table.
pub fn iter(groups: Fields) -> impl Iterator<Item = Field> {
    groups.iter().flat_map(|(kind, names)| names.iter().map(|name| Field { name, kind: *kind }))
}

/// The field with exactly Stripe's name.
pub fn field(groups: Fields, name: &str) -> Option<Field> {
    iter(groups).find(|field| field.name == name)
}

/// The entity of that name: its own, its plural or Stripe's.
pub fn entity(name: &str) -> Option<&'static Entity> {
    ENTITIES.iter().find(|entity| {
        [entity.name, entity.plural, entity.object].iter().any(|own| names::same(own, name))
            || (entity.parents.is_empty() && names::same(entity.path, name))
    })
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
        assert_eq!(entity("invoiceitems").map(|e| e.name), Some("InvoiceItem"));
        assert!(entity("Customerz").is_none());
    }

    #[test]
    fn the_tables_hold_together() {
        for entity in ENTITIES {
            let creatable = entity.create_parameters();
            for name in entity.required {
                assert!(creatable.iter().any(|f| f.name == *name), "{}: {name}", entity.name);
            }
            for parameters in [creatable, entity.update_parameters()] {
                for (at, one) in parameters.iter().enumerate() {
                    assert!(
                        !parameters[..at].iter().any(|f| f.name == one.name),
                        "{}: {} twice",
                        entity.name,
                        one.name
                    );
                }
            }
            assert_eq!(entity.path.matches("{}").count(), entity.parents.len(), "{}", entity.name);
        }
        for action in ACTIONS {
            assert!(entity(action.entity).is_some(), "{}", action.name);
            assert_eq!(action.path.matches("{}").count(), 1, "{}", action.name);
            for (alias, own) in action.aliases {
                assert!(*own == "id" || field(action.parameters, own).is_some(), "{}: {alias}", action.name);
            }
        }
    }
}
