//! A wasmtime host for the Stripe connector, to be embedded.
//!
//! The connector is a WebAssembly component. It reaches nothing but what its host lends it: a key ([`secrets`]), a rate
//! ([`throttle`]), settings, a log (which goes to `tracing`) and HTTP to Stripe's origins. This crate lends these and
//! shows the component's exports as async Rust methods of [`Connector`].
//!
//! ```
//! use stripe_connector_host::contract::{CallOptions, Query};
//! use stripe_connector_host::{Connector, FixedSecrets, SlidingWindow};
//! use stripe_connector_sandbox::Sandbox;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Without `api_base` it is Stripe itself, without `secrets` the key is STRIPE_API_KEY of the environment.
//! let sandbox = Sandbox::start("127.0.0.1:0".parse()?).await?;
//! let connector = Connector::builder()
//!     .settings([("api_base".to_owned(), sandbox.url().to_string())])
//!     .secrets(FixedSecrets::key("sk_test_filler"))
//!     .throttle(SlidingWindow::new(2))
//!     .build()?;
//!
//! // The key makes it safe to repeat the call, however often and from wherever.
//! let once = CallOptions { idempotency_key: Some("order-1042".to_owned()), ..CallOptions::default() };
//! let jenny = connector.create("Customer", r#"{"Name": "Jenny", "Email": "jenny@example.com"}"#, &once).await?;
//!
//! let filter = "Email LIKE '%@example.com' AND Created >= '2026-01-01'";
//! let query = Query { filter: Some(filter.to_owned()), ..Query::new("Customer") };
//! let page = connector.list(&query, &CallOptions::default()).await?;
//! assert!(page.rows.contains(&jenny.id.unwrap_or_default()));
//!
//! if let Err(error) = connector.get("Customer", Some("cus_none"), None, false, &once).await {
//!     println!("{error}"); // What was wrong, what it did, and what to do about it.
//! }
//! println!("{}", connector.metrics().text());
//! connector.close().await;
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
mod exports;
mod instances;
mod log;
pub mod metrics;
pub mod network;
#[cfg(feature = "otel")]
pub mod otel;
mod outgoing;
mod precompiled;
mod runtime;
pub mod secrets;
mod service;
mod state;
#[cfg(test)]
mod testing;
pub mod throttle;

pub use connector::{Builder, Connector, Reuse};
pub use error::{BuildError, CallError};
pub use metrics::Metrics;
pub use runtime::{COMPONENT, Runtime};
pub use secrets::{CommandSecrets, DirSecrets, EnvSecrets, FixedSecrets, SecretBytes, SecretError, Secrets};
pub use service::{SERVICE, Service};
pub use throttle::{SlidingWindow, Throttle, Unlimited};
