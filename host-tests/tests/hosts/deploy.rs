//! What is composed for each platform, and the manifests of the page on deploying.

use std::path::{Path, PathBuf};
use std::process::Command;

use host_tests::command::{Call, Home, built};
use host_tests::tools;
use wasmtime::Engine;
use wasmtime::component::Component;

/// What stands in the folder of the manifests.
fn documented(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/deploy").join(name)
}

/// What an artifact wants of its host beside the packages of WASI 0.2.
fn wants(artifact: &str) -> Vec<String> {
    const WASI: [&str; 7] = [
        "wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:http/", "wasi:io/", "wasi:random/",
        "wasi:sockets/",
    ];
    let engine = Engine::default();
    let component = Component::from_file(&engine, tools::artifact(artifact)).expect("a component");
    let component = component.component_type();
    let exports: Vec<&str> = component.exports(&engine).map(|(name, _)| name).collect();
    assert!(exports.iter().any(|name| name.starts_with("wasi:http/incoming-handler@0.2.")), "{exports:?}");
    let is_wasi = |name: &str| WASI.iter().any(|own| name.starts_with(own)) && name.contains("@0.2.");
    let imports = component.imports(&engine).map(|(name, _)| name.to_owned());
    imports.filter(|name| !is_wasi(name)).collect()
}

#[test]
fn each_platform_has_what_its_artifact_wants() {
    const STRIPE: [&str; 4] = [
        "connectors:stripe/log@0.1.0", "connectors:stripe/secrets@0.1.0", "connectors:stripe/settings@0.1.0",
        "connectors:stripe/throttle@0.1.0",
    ];
    let sorted = |artifact: &str| {
        let mut wants = wants(artifact);
        wants.retain(|name| name != "connectors:stripe/types@0.1.0");
        wants.sort();
        wants
    };
    assert_eq!(sorted("stripe_connector_service.wasm"), STRIPE);
    assert_eq!(sorted("stripe_connector_wasmtime.wasm"), [] as [&str; 0]);
    let wasmcloud = [
        "wasi:config/store@0.2.0-rc.1", "wasi:keyvalue/atomics@0.2.0-draft",
        "wasi:keyvalue/store@0.2.0-draft", "wasi:logging/logging@0.1.0-draft",
    ];
    assert_eq!(sorted("stripe_connector_wasmcloud.wasm"), wasmcloud);
    assert_eq!(sorted("stripe_connector_spin.wasm"), ["fermyon:spin/variables@2.0.0"]);
}

#[test]
fn what_does_not_fit_is_not_composed() {
    let (home, service) = (Home::new("compose"), tools::artifact("stripe_connector_service.wasm"));
    home.write("text.wasm", "no component");
    let composed = |plug: &Path| {
        let mut compose = Command::new(built("stripe-connector-compose"));
        let ran = compose.arg(home.path().join("whole.wasm")).arg(&service).arg(plug).output();
        let ran = ran.expect("it was run");
        assert_eq!(ran.status.code(), Some(1));
        String::from_utf8_lossy(&ran.stderr).into_owned()
    };
    let said = composed(&home.path().join("text.wasm"));
    assert!(said.contains("text.wasm is no component"), "{said}");
    // What it exports, nobody wants.
    let said = composed(&service);
    assert!(
        said.contains("has nothing that") && said.contains("it exports wasi:http/incoming-handler"),
        "{said}"
    );
    assert!(!home.path().join("whole.wasm").exists());
}

#[test]
fn the_manifest_of_spin_names_what_there_is() {
    let manifest = std::fs::read_to_string(documented("spin.toml")).expect("the manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    let component = &manifest["component"]["stripe-connector"];
    assert!(tools::artifact(component["source"].as_str().expect("a file")).exists());
    assert_eq!(manifest["trigger"]["http"][0]["component"].as_str(), Some("stripe-connector"));
    // The adapter asks by these names.
    for name in ["stripe_api_key", "service_token"] {
        assert_eq!(manifest["variables"][name]["secret"].as_bool(), Some(true), "{name}");
        assert_eq!(component["variables"][name].as_str(), Some(format!("{{{{ {name} }}}}").as_str()));
    }
}

#[tokio::test]
async fn the_manifest_of_kubernetes_is_what_kubernetes_takes() {
    let manifest = documented("kubernetes.yaml");
    let mut validate = tools::hosts_python();
    validate.args(["-m", "kubernetes_validate", "--strict"]).arg(&manifest);
    let ran = validate.output().expect("Python was run");
    let said = [ran.stdout, ran.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(ran.status.success(), "{said}");
    for kind in ["configmap", "deployment", "service"] {
        assert!(said.contains(&format!("passed for resource {kind}/stripe-connector")), "{said}");
    }

    // The connection in it is one that the command understands.
    let mut read = tools::hosts_python();
    read.args([
        "-c",
        "import sys, yaml; print(next(yaml.safe_load_all(open(sys.argv[1])))['data']['connection.toml'])",
    ]);
    let connection = read.arg(&manifest).output().expect("Python was run").stdout;
    let home = Home::new("kubernetes");
    home.write("connection.toml", &connection);
    let path = home.path().join("connection.toml").display().to_string();
    let ran = Call::new(["check", "--json", "--connection", &path]).run().await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("/run/secrets/stripe"), "it gets as far as to look for the key: {ran:?}");
}
