//! What is told beside the answer: the log, on standard error, and traces where a collector is named.

use std::io;
#[cfg(feature = "otel")]
use std::time::Duration;

use stripe_connector_host::connection::Config;
#[cfg(feature = "otel")]
use stripe_connector_host::otel::Traces;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Nobody waits longer for the end of a command that is done.
#[cfg(feature = "otel")]
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// What has to be told before the command ends.
pub struct Log {
    #[cfg(feature = "otel")]
    traces: Option<Traces>,
}

/// What the host has to say goes to standard error. The connector's own log is shown when asked for: its failures are
/// told anyway. Options and the connection's settings may both ask for it; whoever wants more of it gets that.
pub fn show(verbose: u8, config: &Config) -> Log {
    let wanted = match verbose {
        0 => LevelFilter::OFF,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let configured = match config.get("log_config.level") {
        _ if !config.is_on("log_config.enabled") => LevelFilter::OFF,
        Some("DEBUG") => LevelFilter::DEBUG,
        Some("INFO") => LevelFilter::INFO,
        _ => LevelFilter::ERROR,
    };
    let connector = wanted.max(configured);
    let host = connector.max(LevelFilter::WARN);
    let targets = Targets::new()
        .with_target("stripe_connector", connector)
        // These are for collectors of traces.
        .with_target("stripe_connector::span", LevelFilter::OFF)
        .with_target("stripe_connector::host", host)
        .with_target("stripe_connector::network", host);
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(console::colors_enabled_stderr())
        .with_writer(io::stderr)
        // It would tell them where nothing can be told.
        .log_internal_errors(false)
        .without_time()
        .with_filter(targets);
    let registry = tracing_subscriber::registry().with(layer);

    #[cfg(feature = "otel")]
    {
        let traces = Traces::from_environment();
        registry.with(traces.as_ref().ok().and_then(Option::as_ref).map(Traces::layer)).init();
        let traces = traces.unwrap_or_else(|why| {
            tracing::warn!(target: "stripe_connector::host", "no traces are sent: {why}");
            None
        });
        Log { traces }
    }
    #[cfg(not(feature = "otel"))]
    {
        registry.init();
        Log {}
    }
}

impl Log {
    /// Sends the traces that are left. What was asked for is done and told by then, so that it is no failure where they
    /// cannot be sent: the log tells it.
    pub async fn close(self) {
        #[cfg(feature = "otel")]
        if let Some(traces) = self.traces {
            match tokio::time::timeout(CLOSE_WITHIN, traces.close()).await {
                Ok(Ok(())) => {}
                Ok(Err(why)) => warn_of_the_rest(&why),
                Err(_) => warn_of_the_rest("the collector takes too long"),
            }
        }
    }
}

#[cfg(feature = "otel")]
fn warn_of_the_rest(why: &str) {
    tracing::warn!(target: "stripe_connector::host", "the traces that are left are not sent: {why}");
}
