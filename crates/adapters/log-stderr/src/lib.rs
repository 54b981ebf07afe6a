//! The log on standard error, a line for each. `STRIPE_CONNECTOR_LOG_CONFIG_LEVEL` says which: ERROR (as when it says nothing),
//! INFO (warnings too) or DEBUG (all).

/// Bindings of the world `log-adapter` in `wit/`.
mod bindings {
    wit_bindgen::generate!({ world: "log-adapter", path: "../../../wit" });
}

use bindings::exports::connectors::stripe::log::{Guest, Level};
use std::io::Write;

const LEVEL: &str = "STRIPE_CONNECTOR_LOG_CONFIG_LEVEL";

struct StandardError;

bindings::export!(StandardError with_types_in bindings);

impl Guest for StandardError {
    fn enabled(level: Level) -> bool {
        is_wanted(level, &std::env::var(LEVEL).unwrap_or_default())
    }

    fn write(level: Level, message: String, fields: Vec<(String, String)>) {
        // Nobody may be listening; that is no reason to fail a call.
        let _ = writeln!(std::io::stderr(), "{}", line(level, &message, &fields));
    }
}

fn is_wanted(level: Level, wanted: &str) -> bool {
    match wanted.to_ascii_uppercase().as_str() {
        "DEBUG" => true,
        "INFO" => !matches!(level, Level::Debug),
        _ => matches!(level, Level::Error),
    }
}

/// Values are quoted, so that none can look like another line.
fn line(level: Level, message: &str, fields: &[(String, String)]) -> String {
    let name = match level {
        Level::Error => "ERROR",
        Level::Warning => "WARNING",
        Level::Info => "INFO",
        Level::Debug => "DEBUG",
    };
    let fields: String = fields.iter().map(|(name, value)| format!(" {name}={value:?}")).collect();
    format!("{name} {}{fields}", message.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        assert!(is_wanted(Level::Error, "") && !is_wanted(Level::Warning, ""));
        assert!(is_wanted(Level::Warning, "info") && !is_wanted(Level::Debug, "INFO"));
        assert!(is_wanted(Level::Debug, "DEBUG"));
    }

    #[test]
    fn a_line_stays_a_line() {
        let fields = [("entity".to_owned(), "a\nb".to_owned())];
        assert_eq!(line(Level::Info, "list\n", &fields), r#"INFO list\n entity="a\nb""#);
    }
}
