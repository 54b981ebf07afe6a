//! How the component is linked.

use std::env;

/// Bytes of the component's stack. The linker's default, a megabyte, is most of an instance: what is nested has limits here
/// (`MAX_DEPTH`), and a stack that ends is a trap.
const STACK: usize = 64 << 10;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK}");
        // The linker leaves room for five bytes at every place that it fills in, most of which take one or two. Without
        // it the component is a fifteenth smaller. What debuggers know of the places would be wrong, so that has to go.
        if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
            println!("cargo::rustc-link-arg-cdylib=--strip-debug");
            println!("cargo::rustc-link-arg-cdylib=--compress-relocations");
        }
    }
}
