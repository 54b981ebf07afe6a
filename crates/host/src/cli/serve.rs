//! `serve`.

use std::future::Future;
use std::net::SocketAddr;

use stripe_connector_host::SecretError;
use stripe_connector_host::secrets::{DEFAULT_TOKEN_SECRET, LATEST};
use tokio::net::TcpListener;

use super::args::{Global, Serve};
use super::connect::{self, Prepared};
use super::signals::Signals;
use super::{Trouble, output, usage};

pub async fn run(global: &Global, serve: &Serve) -> Result<(), Trouble> {
    let Prepared { builder, mut config, secrets, target, sandbox: _sandbox } =
        connect::prepare(global).await?;
    let loopback = serve.listen.ip().is_loopback();
    let said = ["service_auth", "service_token_secret"].iter().any(|name| config.says(name));
    // Whoever is on this machine could use the key anyway. But where there is a token it is meant to be shown: others may come
    // by a balancer.
    let token = said || secrets.get(DEFAULT_TOKEN_SECRET, LATEST).await != Err(SecretError::NotFound);
    if loopback && !token {
        config.set("service_auth", "none");
    }
    let open = config.get("service_auth") == Some("none");
    if open && !loopback {
        return Err(usage(
            format_args!("{} can be reached from elsewhere, and `service_auth` is `none`", serve.listen),
            "listen at 127.0.0.1, or let callers show a token: leave `service_auth` out",
        ));
    }
    let service = builder.settings(config.for_component()).build_service(connect::cache().as_deref());
    let service = service.map_err(connect::unbuilt)?;
    let listener = bind(serve.listen, "--listen").await?;
    let address = listener.local_addr()?;
    let metrics = match serve.metrics {
        None => None,
        Some(address) => {
            let listener = bind(address, "--metrics").await?;
            let address = listener.local_addr()?;
            tokio::spawn(service.metrics().serve(listener));
            Some(format!("http://{address}/metrics"))
        }
    };
    let callers = match open {
        true => "whoever is on this machine".to_owned(),
        false => {
            let name = config.get("service_token_secret").unwrap_or(DEFAULT_TOKEN_SECRET);
            let version = config.get("service_token_secret_version").unwrap_or(LATEST);
            format!("with the bearer token of {}", secrets.place(name, version))
        }
    };
    let url = format!("http://{address}");
    if global.json {
        output::json(&serde_json::json!({ "url": url, "metrics": metrics }))?;
    } else {
        output::line(format_args!(
            "The service answers at {url} until Ctrl-C, {callers}, for {}.",
            target.api
        ))?;
        if let Some(metrics) = metrics {
            output::line(format_args!("Prometheus finds its metrics at {metrics}."))?;
        }
    }
    service.serve(listener, ended()?).await;
    Ok(())
}

/// Comes with the first signal. The second one ends the process at once.
fn ended() -> Result<impl Future<Output = ()>, Trouble> {
    let mut signals = Signals::listen()
        .map_err(|error| Trouble::Usage(format!("this system lets nobody listen to signals: {error}")))?;
    Ok(async move {
        signals.next().await;
        tokio::spawn(async move {
            let again = signals.next().await;
            std::process::exit(again.code().into());
        });
    })
}

async fn bind(address: SocketAddr, option: &str) -> Result<TcpListener, Trouble> {
    TcpListener::bind(address).await.map_err(|error| {
        let free = format!("{option} {}:0 takes any free port", address.ip());
        usage(format_args!("{option} {address}: {error}"), &free)
    })
}
