//! How a command is done whole whose end nobody heard of.

use stripe_connector_host::contract::Effect;

use super::args::{Args, Command};

/// What repeating a command takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// There is nothing about it that must be done once only.
    Plain,
    /// This idempotency key.
    Key(String),
    /// Nothing: what is deleted cannot be deleted once more.
    Delete,
    /// It is not repeated.
    Demo,
}

impl Repeat {
    pub fn of(args: &Args) -> Self {
        match (&args.command, &args.global.idempotency_key) {
            (Command::Demo, _) => Self::Demo,
            (Command::Delete(_), _) => Self::Delete,
            (command, Some(key)) if command.takes_key() => Self::Key(key.clone()),
            _ => Self::Plain,
        }
    }

    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Plain | Self::Delete | Self::Demo => None,
        }
    }

    /// What to do where it had this effect.
    pub fn advice(&self, effect: Effect) -> Option<String> {
        match self {
            _ if effect == Effect::None => None,
            Self::Plain => None,
            Self::Key(key) => Some(with(key)),
            Self::Delete => Some("repeat the same command; what is deleted already stays deleted".to_owned()),
            Self::Demo => Some("nothing: the demo changes test data only".to_owned()),
        }
    }
}

/// Stripe keeps keys for a day at least.
pub fn with(key: &str) -> String {
    format!("repeat the same command with --idempotency-key {key} within 24 hours; nothing is done twice")
}
