//! What a connection is set to: read from a TOML file, overridden by the environment, checked as a whole.
//!
//! [`SETTINGS`] has every name. In the environment a setting is `STRIPE_CONNECTOR_` and its name in capitals, with `_`
//! for dots: `STRIPE_CONNECTOR_ACCOUNT_ID`, `STRIPE_CONNECTOR_LOG_CONFIG_LEVEL`; it wins over the file. An empty text
//! means that nothing is said, in either. Labels are `team=payments,stage=test` there.
//!
//! ```
//! use stripe_connector_host::connection::Config;
//!
//! let file = "name = 'payments'\nnode_config.max_node_count = '10'\nverbosity = 3";
//! let config = Config::read(Some(file), [("STRIPE_CONNECTOR_VERBOSITY".into(), "2".into())])?;
//! assert_eq!(config.get("verbosity"), Some("2"));
//! assert_eq!(config.number("node_config.max_node_count"), Some(10));
//!
//! let wrong = Config::read(Some("verbosity = 9\nmax_scna = 1"), []).unwrap_err();
//! assert_eq!(
//!     wrong.to_string(),
//!     "the connection's settings are wrong\n  \
//!      line:1:13: `verbosity` must be a whole number from 1 to 5\n  \
//!      line:2:1: `max_scna` is no setting, `max_scan` is"
//! );
//! # Ok::<(), stripe_connector_host::connection::Mistakes>(())
//! ```

mod file;
mod made;
mod mistakes;
mod schema;
mod table;
mod values;
mod whole;

use std::ffi::OsString;
use std::path::Path;

pub use mistakes::{Mistake, Mistakes, Place};
pub use schema::schema;
pub use table::{Kind, Reader, SETTINGS, Setting, setting};
pub use values::looks_secret;

/// What names of environment variables begin with.
const PREFIX: &str = "STRIPE_CONNECTOR_";

/// What a connection is set to.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// In the order of [`SETTINGS`].
    values: Vec<Value>,
}

/// A setting that has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Value {
    /// Of a label: `labels.NAME`.
    name: String,
    text: String,
    place: Place,
}

impl Config {
    /// Reads a file, if there is one, and this process's environment.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn load(file: Option<&Path>) -> Result<Self, Mistakes> {
        let Some(file) = file else { return Self::read(None, std::env::vars_os()) };
        let text = std::fs::read_to_string(file).map_err(|error| {
            let mistake = Mistake { place: Place::Nowhere, message: error.to_string() };
            Mistakes::new(vec![mistake]).of_file(file)
        })?;
        Self::read(Some(&text), std::env::vars_os()).map_err(|mistakes| mistakes.of_file(file))
    }

    /// Reads a file's text, if there is one, and environment variables, of which only those are looked at that begin with
    /// `STRIPE_CONNECTOR_`.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn read(
        file: Option<&str>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Mistakes> {
        let mut reading = file::Reading::default();
        if let Some(text) = file {
            reading.file(text);
        }
        reading.environment(environment);
        let (values, mut mistakes, unreadable) = reading.end();
        let config = Self { values };
        if !unreadable {
            mistakes.extend(whole::mistakes(&config));
        }
        if mistakes.is_empty() { Ok(config) } else { Err(Mistakes::new(mistakes)) }
    }

    /// What a setting is, by default if nothing else is said.
    pub fn get(&self, name: &str) -> Option<&str> {
        let said = self.values.iter().find(|value| value.name == name).map(|value| value.text.as_str());
        said.or_else(|| setting(name)?.default)
    }

    /// What a setting is that is a number.
    pub fn number(&self, name: &str) -> Option<u32> {
        self.get(name)?.parse().ok()
    }

    /// Whether a setting is `true`.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// What is said, by default or otherwise not included: names and values, labels as `labels.NAME`.
    pub fn said(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|value| (value.name.as_str(), value.text.as_str()))
    }

    /// Whether something is said of a setting.
    pub fn says(&self, name: &str) -> bool {
        self.values.iter().any(|value| value.name == name)
    }

    /// Overrides a setting, as an option of a command does. The value is not checked before it is used: by what makes
    /// something of the host's settings, such as [`throttle`](Self::throttle), or by the component.
    pub fn set(&mut self, name: &str, text: &str) {
        self.values.retain(|value| value.name != name);
        self.values.push(Value { name: name.to_owned(), text: text.to_owned(), place: Place::Nowhere });
        self.values.sort_by_key(|value| order(&value.name));
    }

    /// What the component and the service in front of it are given: what is said of the settings that these read.
    pub fn for_component(&self) -> Vec<(String, String)> {
        let is_given = |name: &str| {
            setting(name).is_some_and(|setting| matches!(setting.reader, Reader::Component | Reader::Service))
        };
        let said = self.said().filter(|(name, _)| is_given(name));
        said.map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
    }

    fn place(&self, name: &str) -> Place {
        let value = self.values.iter().find(|value| value.name == name);
        value.map_or(Place::Nowhere, |value| value.place.clone())
    }
}

/// What is wrong with settings for the component: those are none that the host reads, as it would not read them there.
pub(crate) fn misplaced(settings: &[(String, String)]) -> Vec<String> {
    let is_host = |name: &str| setting(name).is_some_and(|setting| setting.reader == Reader::Host);
    let misplaced = settings.iter().filter(|(name, _)| is_host(name));
    misplaced
        .map(|(name, _)| {
            format!(
                "`{name}` is the host's and no setting of the component: give it by `Builder::connection`"
            )
        })
        .collect()
}

/// The environment variable of a setting.
pub fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.to_ascii_uppercase().replace('.', "_"))
}

/// The place of a setting in [`SETTINGS`].
fn order(name: &str) -> usize {
    let own = |setting: &Setting| {
        name == setting.name || setting.kind == Kind::Pairs && is_below(name, setting.name)
    };
    SETTINGS.iter().position(own).unwrap_or(SETTINGS.len())
}

/// Whether `name` is in the table `table`.
fn is_below(name: &str, table: &str) -> bool {
    name.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
