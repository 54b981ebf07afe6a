//! The contract as Rust, generated from `wit/`. `crate::contract` shows the part that callers use.

// Generated code: its documentation is the contract's, and not every item of the contract has one.
#![allow(missing_docs)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "connector",
    imports: { default: async },
    exports: { default: async },
    require_store_data_send: true,
    with: {
        "wasi:io": wasmtime_wasi::p2::bindings::io,
        "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
        "wasi:random": wasmtime_wasi::p2::bindings::random,
        "wasi:http": wasmtime_wasi_http::p2::bindings::http,
    },
});
