//! `sandbox`.

use std::net::SocketAddr;

use stripe_connector_sandbox::Sandbox;

use super::args::Global;
use super::{Trouble, output};

pub async fn run(global: &Global, listen: SocketAddr) -> Result<(), Trouble> {
    let sandbox =
        Sandbox::start(listen).await.map_err(|error| Trouble::Usage(format!("{listen}: {error}")))?;
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
