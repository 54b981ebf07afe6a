//! The connector's log as `tracing` events, with the target `stripe_connector`.

use std::fmt;

use crate::bindings::connectors::stripe::log::{Host, Level};
use crate::state::State;

/// Prints `name=value` pairs: the names of `tracing`'s own fields have to be known when it is compiled.
struct Fields(Vec<(String, String)>);

impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (name, value)) in self.0.iter().enumerate() {
            let gap = if position == 0 { "" } else { " " };
            write!(f, "{gap}{name}={value:?}")?;
        }
        Ok(())
    }
}

impl Host for State {
    async fn enabled(&mut self, level: Level) -> bool {
        match level {
            Level::Error => tracing::enabled!(target: "stripe_connector", tracing::Level::ERROR),
            Level::Warning => tracing::enabled!(target: "stripe_connector", tracing::Level::WARN),
            Level::Info => tracing::enabled!(target: "stripe_connector", tracing::Level::INFO),
            Level::Debug => tracing::enabled!(target: "stripe_connector", tracing::Level::DEBUG),
        }
    }

    async fn write(&mut self, level: Level, message: String, fields: Vec<(String, String)>) {
        let fields = Fields(fields);
        match level {
            Level::Error => tracing::error!(target: "stripe_connector", %fields, "{message}"),
            Level::Warning => tracing::warn!(target: "stripe_connector", %fields, "{message}"),
            Level::Info => tracing::info!(target: "stripe_connector", %fields, "{message}"),
            Level::Debug => tracing::debug!(target: "stripe_connector", %fields, "{message}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted() {
        let fields = Fields(vec![
            ("entity".to_owned(), "Customer".to_owned()),
            ("filter".to_owned(), "a\nb".to_owned()),
        ]);
        assert_eq!(fields.to_string(), r#"entity="Customer" filter="a\nb""#);
    }
}
