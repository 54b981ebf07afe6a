#![cfg_attr(target_family = "wasm", no_std)]
extern crate alloc;

#[cfg(target_family = "wasm")]
mod runtime;

pub mod contract {
    wit_bindgen::generate!({ world: "connector", path: "wit", pub_export_macro: true, with: {
        "wasi:http/outgoing-handler@0.2.12": wasi::http::outgoing_handler,
        "wasi:http/types@0.2.12": wasi::http::types,
        "wasi:io/poll@0.2.12": wasi::io::poll,
        "wasi:io/error@0.2.12": wasi::io::error,
        "wasi:io/streams@0.2.12": wasi::io::streams,
        "wasi:clocks/monotonic-clock@0.2.12": wasi::clocks::monotonic_clock,
        "wasi:random/random@0.2.12": wasi::random::random,
    }});
}
