//! Stripe behind entities, operations and actions: one WebAssembly component.
//!
//! The way of a call: [`exports`](self) hands it to [`entities`], [`objects`] or [`actions`], which look into the [`catalog`],
//! decode the input ([`input`], [`filter`]) and make requests; [`client`] (secret, headers) and [`attempts`] (throttle,
//! retries) send them through a [`transport::Transport`]; the answers come back through [`rows`] and [`output`], the refusals
//! through [`failure`].
//!
//! Everything but `exports`, `imports`, `http` and `runtime`, which exist on WebAssembly only, is plain Rust and is
//! tested natively.

#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

pub mod actions;
pub mod attempts;
pub mod base64;
pub mod bulk;
pub mod call;
pub mod catalog;
pub mod check;
pub mod client;
pub mod columns;
pub mod connection;
pub mod cursor;
pub mod decimal;
pub mod entities;
pub mod failure;
pub mod filter;
pub mod form;
pub mod host;
pub mod idempotency;
pub mod input;
pub mod instant;
pub mod json;
pub mod layout;
pub mod list;
pub mod list_parameter;
pub mod log;
pub mod nested;
pub mod objects;
pub mod order;
pub mod output;
pub mod plan;
pub mod planner;
pub mod reader;
pub mod redact;
pub mod retry;
pub mod rows;
pub mod search;
pub mod secret;
pub mod settings;
pub mod sorted;
pub mod traffic;
pub mod transport;
pub mod upload;
pub mod values;
pub mod walk;

#[cfg(any(test, target_family = "wasm"))]
mod allocator;
#[cfg(target_family = "wasm")]
mod exports;
#[cfg(target_family = "wasm")]
mod http;
#[cfg(target_family = "wasm")]
mod imports;
#[cfg(target_family = "wasm")]
mod runtime;

#[cfg(test)]
mod testing;

/// Bindings of the contract, world `connector` in `wit/`.
#[allow(missing_docs, reason = "the WIT is the documentation")]
pub mod contract {
    wit_bindgen::generate!({
        world: "connector",
        path: "wit",
        pub_export_macro: true,
        additional_derives: [PartialEq],
        with: {
            "wasi:http/outgoing-handler@0.2.12": wasi::http::outgoing_handler,
            "wasi:http/types@0.2.12": wasi::http::types,
            "wasi:io/poll@0.2.12": wasi::io::poll,
            "wasi:io/error@0.2.12": wasi::io::error,
            "wasi:io/streams@0.2.12": wasi::io::streams,
            "wasi:clocks/monotonic-clock@0.2.12": wasi::clocks::monotonic_clock,
            "wasi:random/random@0.2.12": wasi::random::random,
        },
    });
}

/// The contract's imports: what the host gives.
pub use contract::connectors::stripe as given;
/// The contract's exports: what callers use.
pub use contract::exports::connectors::stripe as api;
