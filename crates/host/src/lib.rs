//! A wasmtime host for the Stripe connector, to be embedded.
//!
//! The connector is a WebAssembly component. It reaches nothing but what its host lends it: a key ([`secrets`]), a rate
//! ([`throttle`]), settings, a log (which goes to `tracing`) and HTTP to Stripe's origins. This crate lends these and
//! shows the component's exports as async Rust methods of [`Connector`].
//!
//! ```no_run
//! use stripe_connector_host::contract::{CallOptions, Query};
//! use stripe_connector_host::{Connector, EnvSecrets};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let connector = Connector::builder().secrets(EnvSecrets).build()?;
//! let query = Query {
//!     filter: Some("Email = 'jenny@example.com'".to_owned()),
//!     ..Query::new("Customer")
//! };
//! let page = connector.list(&query, &CallOptions::default()).await?;
//! println!("{}", page.rows);
//! # Ok(())
//! # }
//! ```
//!
//! What a connection is set to can come from a file and the environment ([`connection`]).

#![warn(missing_docs)]

mod bindings;
mod call;
mod calls;
pub mod connection;
mod connector;
pub mod contract;
mod error;
mod instances;
mod log;
pub mod metrics;
pub mod network;
mod precompiled;
mod runtime;
pub mod secrets;
mod state;
#[cfg(test)]
mod testing;
pub mod throttle;

pub use connector::{Builder, Connector, Reuse};
pub use error::{BuildError, CallError};
pub use metrics::Metrics;
pub use runtime::{COMPONENT, Runtime};
pub use secrets::{CommandSecrets, DirSecrets, EnvSecrets, FixedSecrets, SecretBytes, SecretError, Secrets};
pub use throttle::{SlidingWindow, Throttle, Unlimited};
