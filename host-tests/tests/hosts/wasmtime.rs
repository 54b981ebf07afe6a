//! wasmtime's own command, as PyPI has it: `wasmtime serve` with the adapters that read its environment.

use std::net::TcpListener;

use host_tests::program::Program;
use host_tests::stage::{KEY, Stage, loopback};
use host_tests::tools;

use crate::clients;

const TOKEN: &str = "token-filler-of-host-tests";

/// The service on a free port, in front of that API.
async fn serve(api_base: &str, token: Option<&str>) -> (Program, String) {
    let address =
        TcpListener::bind(loopback()).and_then(|listener| listener.local_addr()).expect("a free port");
    let mut wasmtime = tools::wasmtime();
    wasmtime.args(["serve", "--addr", &address.to_string(), "-S", "cli,http"]);
    let mut variable = |name: &str, value: &str| {
        wasmtime.args(["--env", &format!("{name}={value}")]);
    };
    variable("STRIPE_API_KEY", KEY);
    variable("STRIPE_CONNECTOR_API_BASE", api_base);
    match token {
        Some(token) => variable("SERVICE_TOKEN", token),
        None => variable("STRIPE_CONNECTOR_SERVICE_AUTH", "none"),
    }
    wasmtime.arg(tools::artifact("stripe_connector_wasmtime.wasm"));
    let program = Program::start(wasmtime);
    program.listens(address).await;
    (program, format!("http://{address}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn google_s_clients_find_what_they_expect() {
    let stage = Stage::new().await;
    for token in [None, Some(TOKEN)] {
        let (_running, url) = serve(&stage.sandbox.url(), token).await;
        clients::python(url.clone(), token).await;
        clients::node(url, token).await;
    }
}
