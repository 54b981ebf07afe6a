//! What the workspace takes out of Stripe's OpenAPI description.

extern crate alloc;

pub mod catalog;
pub mod description;
pub mod mapping;
/// The component's own, so that both have one plural.
#[path = "../../../src/catalog/names.rs"]
pub mod names;
mod nodes;
pub mod output;
mod parameters;
pub mod sandbox;
mod schema;
