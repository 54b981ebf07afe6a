//! An in-process Stripe: its objects, their states and its rules, served over loopback TCP.
//!
//! It is the stand-in behind tests and behind the command when no key is given, so it refuses what
//! Stripe refuses: a caller that works here has sent well-formed, known and sufficient parameters.
//! The way of a request: `server` reads and records it, `service` checks key, route, form and
//! parameters, a function of `resources` changes the `store`, `expand` and the
//! error type shape the answer.

// The shapes of objects are written as JSON, field by field.
#![recursion_limit = "256"]

mod account;
mod auth;
mod check;
mod error;
mod expand;
mod idempotency;
mod list;
mod money;
mod params;
mod record;
mod resources;
mod route;
mod server;
mod service;
mod spec;
mod store;
mod world;

pub use record::Request;
pub use server::Sandbox;
