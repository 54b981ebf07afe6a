//! What is told beside the answer: the log, on standard error, and traces where a collector is named.

use std::io;

use stripe_connector_host::connection::Config;
#[cfg(feature = "otel")]
use stripe_connector_host::otel::Traces;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::Trouble;
#[cfg(feature = "otel")]
use super::output;

/// What has to be told before the command ends.
pub struct Log {
    #[cfg(feature = "otel")]
    traces: Option<Traces>,
}

/// What the host has to say goes to standard error. The connector's own log is shown when asked for: its failures are
/// told anyway. Options and the connection's settings may both ask for it; whoever wants more of it gets that.
pub fn show(verbose: u8, config: &Config) -> Result<Log, Trouble> {
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
        let traces = Traces::from_environment().map_err(Trouble::Usage)?;
        registry.with(traces.as_ref().map(Traces::layer)).init();
        Ok(Log { traces })
    }
    #[cfg(not(feature = "otel"))]
    {
        registry.init();
        Ok(Log {})
    }
}

impl Log {
    /// Sends the traces that are left. What was asked for is done by then, so that it is no failure where they cannot be
    /// sent: the log tells it.
    pub async fn close(self) {
        #[cfg(feature = "otel")]
        if let Some(traces) = self.traces
            && let Err(why) = traces.close().await
        {
            output::aside(format_args!("warning: the traces that were left are not sent: {why}"));
        }
    }
}
