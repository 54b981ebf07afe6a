//! What can go wrong, from the host's side.

use std::fmt;

use crate::connection::Mistakes;
use crate::contract::Failure;

/// Why a [`Connector`](crate::Connector) could not be built.
#[derive(Debug)]
pub enum BuildError {
    /// WebAssembly cannot run in this process, such as when it may not reserve memory.
    Engine(anyhow::Error),
    /// The bytes are no component, or one that wants more than this host lends.
    Component(anyhow::Error),
    /// What the host itself needs of the connection is wrong: all mistakes, one text each.
    Connection(Vec<String>),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(error) => write!(f, "WebAssembly cannot run here: {error:#}"),
            Self::Component(error) => write!(f, "this component cannot be used: {error:#}"),
            Self::Connection(mistakes) => {
                write!(f, "the connection is set up wrong: {}", mistakes.join("; "))
            }
        }
    }
}

impl std::error::Error for BuildError {}

impl From<Mistakes> for BuildError {
    fn from(mistakes: Mistakes) -> Self {
        Self::Connection(mistakes.iter().map(|mistake| mistake.message.clone()).collect())
    }
}

/// Why a call has no result.
#[derive(Debug)]
pub enum CallError {
    /// The connector's answer: what was wrong and what to do about it.
    Failure(Box<Failure>),
    /// The component could not be started, or broke off (a trap). This costs the one call. Whether a request was sent
    /// before is not known.
    Host(anyhow::Error),
    /// The connector was closed. Nothing was sent.
    Closed,
}

impl CallError {
    /// The connector's failure, if it is one.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failure(failure) => Some(failure),
            Self::Host(_) | Self::Closed => None,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failure(failure) => write!(f, "{}: {}", failure.kind, failure.message),
            Self::Host(error) => write!(f, "the component broke off: {error:#}"),
            Self::Closed => f.write_str("the connector is closed"),
        }
    }
}

impl std::error::Error for CallError {}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        Self::Failure(Box::new(failure))
    }
}
