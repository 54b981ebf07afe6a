//! wasmtime's own command, as PyPI has it: `wasmtime serve` with the adapters that read its environment.

use host_tests::program::Program;
use host_tests::stage::{KEY, Stage, free_address};
use host_tests::tools;

use crate::clients;

const TOKEN: &str = "token-filler-of-host-tests";

/// One of the artifacts on a free port, with these variables in its environment.
pub async fn serve(artifact: &str, variables: &[(&str, &str)]) -> (Program, String) {
    let address = free_address();
    let mut wasmtime = tools::wasmtime();
    wasmtime.args(["serve", "--addr", &address.to_string(), "-S", "cli,http"]);
    for (name, value) in variables {
        wasmtime.args(["--env", &format!("{name}={value}")]);
    }
    wasmtime.arg(tools::artifact(artifact));
    let program = Program::listening(&mut wasmtime, address).await;
    (program, format!("http://{address}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clients_find_what_they_expect() {
    let stage = Stage::new().await;
    let api_base = stage.sandbox.url();
    let variables =
        [("STRIPE_API_KEY", KEY), ("STRIPE_CONNECTOR_API_BASE", &api_base), ("SERVICE_TOKEN", TOKEN)];
    let (running, url) = serve("stripe_connector_wasmtime.wasm", &variables).await;
    clients::python(url.clone(), Some(TOKEN)).await;
    clients::node(url, Some(TOKEN)).await;
    assert!(!running.printed().contains(KEY), "the key is in the log");
}
