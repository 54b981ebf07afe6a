//! How it is linked.

use std::env;

/// Bytes of its stack: as many as the connector has, see the `build.rs` there.
const STACK: usize = 64 << 10;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK}");
    }
}
