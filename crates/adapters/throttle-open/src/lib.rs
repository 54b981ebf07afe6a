//! A throttle that lets every request go at once.
//!
//! A stock host such as `wasmtime serve` makes an instance for each request and forgets it afterwards, so that nothing can
//! be counted from one request to the next: a limit here would look like one and be none. Stripe's own limit holds, and
//! the connector waits as its 429 says. Where many callers share one key, use a host with a throttle of its own.

/// Bindings of the world `throttle-adapter` in `wit/`.
mod bindings {
    wit_bindgen::generate!({ world: "throttle-adapter", path: "../../../wit" });
}

use bindings::exports::connectors::stripe::throttle::{Admission, Guest, Lane};

struct Open;

bindings::export!(Open with_types_in bindings);

impl Guest for Open {
    fn admit(_lane: Lane, _patience_ms: u32) -> Admission {
        Admission::After(0)
    }

    fn observe(_lane: Lane, _status: Option<u16>, _retry_after_ms: Option<u32>) {}
}
