//! What the component imports and exports, and that the vendored WASI packages are unchanged.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};
use stripe_connector_host::COMPONENT;
use wasmtime::Engine;
use wasmtime::component::Component;

/// The world in `wit/host.wit`, and what its interfaces use.
pub const IMPORTS: [&str; 11] = [
    "connectors:stripe/log@0.1.0", "connectors:stripe/secrets@0.1.0", "connectors:stripe/settings@0.1.0",
    "connectors:stripe/throttle@0.1.0", "wasi:clocks/monotonic-clock@0.2.12",
    "wasi:http/outgoing-handler@0.2.12", "wasi:http/types@0.2.12", "wasi:io/error@0.2.12",
    "wasi:io/poll@0.2.12", "wasi:io/streams@0.2.12", "wasi:random/random@0.2.12",
];

const EXPORTS: [&str; 5] = [
    "connectors:stripe/actions@0.1.0", "connectors:stripe/catalog@0.1.0",
    "connectors:stripe/connection@0.1.0", "connectors:stripe/entities@0.1.0",
    "connectors:stripe/types@0.1.0",
];

#[test]
fn imports_and_exports_are_the_contracts() {
    let engine = Engine::default();
    let component = Component::from_binary(&engine, COMPONENT).expect("a component");
    let reflected = component.component_type();
    let sorted = |names: Vec<&str>| {
        let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        names.sort();
        names
    };
    assert_eq!(sorted(reflected.imports(&engine).map(|(name, _)| name).collect()), IMPORTS);
    assert_eq!(sorted(reflected.exports(&engine).map(|(name, _)| name).collect()), EXPORTS);
}

#[test]
fn vendored_wasi_is_unchanged() {
    let listed: BTreeMap<String, String> = include_str!("../../wasi-wit.sha256")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once("  ").expect("a sum and a file"))
        .map(|(sum, file)| (file.to_owned(), sum.to_owned()))
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit/deps");
    let found: BTreeMap<String, String> = std::fs::read_dir(&folder)
        .expect("wit/deps")
        .map(|entry| {
            let file = entry.expect("a file of wit/deps");
            let bytes = std::fs::read(file.path()).expect("a file of wit/deps");
            let sum = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            (file.file_name().to_string_lossy().into_owned(), sum)
        })
        .collect();
    assert_eq!(found, listed);
}
