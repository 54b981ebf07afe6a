//! The log in wasi:logging, whose host says which levels it keeps.

/// Bindings of wasi:logging and of the contract's log.
mod bindings {
    wit_bindgen::generate!({
        inline: "
            package connectors:adapter;
            world adapter {
                import wasi:logging/logging@0.1.0-draft;
                export connectors:stripe/log@0.1.0;
            }
        ",
        generate_all,
        path: ["../wit/wasi-logging", "../../../wit"],
    });
}

use bindings::exports::connectors::stripe::log::{Guest, Level};
use bindings::wasi::logging::logging;

struct HostLog;

bindings::export!(HostLog with_types_in bindings);

impl Guest for HostLog {
    fn enabled(_level: Level) -> bool {
        // The host cannot be asked.
        true
    }

    fn write(level: Level, message: String, fields: Vec<(String, String)>) {
        let level = match level {
            Level::Error => logging::Level::Error,
            Level::Warning => logging::Level::Warn,
            Level::Info => logging::Level::Info,
            Level::Debug => logging::Level::Debug,
        };
        logging::log(level, "stripe-connector", &line(&message, &fields));
    }
}

/// Values are quoted, so that none can look like another line.
fn line(message: &str, fields: &[(String, String)]) -> String {
    let fields: String = fields.iter().map(|(name, value)| format!(" {name}={value:?}")).collect();
    format!("{}{fields}", message.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_a_line() {
        let fields = [("entity".to_owned(), "a\nb".to_owned())];
        assert_eq!(line("list\n", &fields), r#"list\n entity="a\nb""#);
    }
}
