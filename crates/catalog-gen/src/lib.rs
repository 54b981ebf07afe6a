//! What the workspace takes out of Stripe's OpenAPI description.

pub mod description;
pub mod mapping;
mod nodes;
pub mod output;
pub mod sandbox;
mod schema;
