//! An in-process Stripe: its objects, their states and its rules, served over loopback TCP.
//!
//! It is the stand-in behind tests and behind the command when no key is given, so it refuses what
//! Stripe refuses: a caller that works here has sent well-formed, known and sufficient parameters.
//! The way of a request: `exchange` reads and records it, `service` checks key, route, form and
//! parameters, a function of `resources` changes the `store`, or `stateless` makes something up where
//! none has the operation, `expand` and the error type shape the answer. A `fault` may come between at
//! each of these steps.

// The shapes of objects are written as JSON, field by field.
#![recursion_limit = "256"]

mod account;
mod answer;
mod auth;
mod check;
mod check_json;
mod conform;
mod connection;
mod content;
mod error;
mod events;
mod exchange;
mod expand;
mod fault;
mod idempotency;
mod indexed;
mod instant;
mod ledger;
mod list;
mod money;
mod multipart;
mod params;
#[cfg(test)]
mod property_table;
#[cfg(test)]
mod property_tests;
mod record;
mod resources;
mod route;
mod schedule;
mod search_fields;
mod search_query;
mod seed;
mod server;
mod service;
mod spec;
mod stateless;
mod store;
#[cfg(test)]
mod store_tests;
mod uploads;
#[cfg(test)]
mod walk_tests;
mod world;

pub use conform::{answer_violations, violations};
pub use fault::{FaultError, Faults};
pub use record::Request;
pub use server::Sandbox;
