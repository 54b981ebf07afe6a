//! `sandbox`.

use std::io;
use std::net::SocketAddr;

use stripe_connector_sandbox::{Faults, Sandbox};

use super::args::Global;
use super::{Trouble, output, usage};

pub async fn run(
    global: &Global,
    listen: SocketAddr,
    customers: Option<usize>,
    faults: Option<&str>,
) -> Result<(), Trouble> {
    let faults = faults.map(read_faults).transpose()?;
    let sandbox = Sandbox::start(listen)
        .await
        .map_err(|error| usage(format_args!("{listen}: {error}"), &elsewhere(listen, &error)))?;
    if let Some(customers) = customers {
        sandbox.seed(customers);
    }
    if let Some(faults) = faults {
        sandbox.set_faults(faults);
    }
    let url = sandbox.url();
    if global.json {
        output::json(&serde_json::json!({ "url": url }))?;
    } else {
        output::line(format_args!(
            "The sandbox answers at {url} until Ctrl-C. In another terminal:\n\n  \
             stripe-connector --api-base {url} create Customer '{{\"Name\": \"Jenny Rosen\"}}'"
        ))?;
    }
    Ok(tokio::signal::ctrl_c().await?)
}

/// What to do where it cannot listen.
fn elsewhere(listen: SocketAddr, error: &io::Error) -> String {
    let free = "--listen 127.0.0.1:0 takes any free port";
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("if a sandbox runs there already, use it with --api-base http://{listen}; {free}")
        }
        _ => free.to_owned(),
    }
}

/// Rules, or a file of them after `@`.
fn read_faults(spec: &str) -> Result<Faults, Trouble> {
    let rules = match spec.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file).map_err(|error| {
            usage(format_args!("--faults @{file}: {error}"), "let @ be followed by a file with rules")
        })?,
        None => spec.to_owned(),
    };
    Faults::parse(&rules).map_err(|error| Trouble::Usage(format!("--faults: {error}")))
}
