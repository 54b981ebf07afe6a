//! wasmtime's own command, as PyPI has it: `wasmtime serve` with the adapters that read its environment.

use host_tests::program::Program;
use host_tests::stage::{KEY, Stage, free_address};
use host_tests::tools;

use crate::clients;

const TOKEN: &str = "token-filler-of-host-tests";

/// The service on a free port, in front of that API.
async fn serve(api_base: &str) -> (Program, String) {
    let address = free_address();
    let mut wasmtime = tools::wasmtime();
    wasmtime.args(["serve", "--addr", &address.to_string(), "-S", "cli,http"]);
    let mut variable = |name: &str, value: &str| {
        wasmtime.args(["--env", &format!("{name}={value}")]);
    };
    variable("STRIPE_API_KEY", KEY);
    variable("STRIPE_CONNECTOR_API_BASE", api_base);
    variable("SERVICE_TOKEN", TOKEN);
    wasmtime.arg(tools::artifact("stripe_connector_wasmtime.wasm"));
    let program = Program::listening(&mut wasmtime, address).await;
    (program, format!("http://{address}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clients_find_what_they_expect() {
    let stage = Stage::new().await;
    let (running, url) = serve(&stage.sandbox.url()).await;
    clients::python(url.clone(), Some(TOKEN)).await;
    clients::node(url, Some(TOKEN)).await;
    assert!(!running.printed().contains(KEY), "the key is in the log");
}
