//! What every client is asked to do, and what it says of that.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    Retrieve,
    Create,
    List,
    Filter,
}

impl Work {
    pub const ALL: [Self; 4] = [Self::Retrieve, Self::Create, Self::List, Self::Filter];

    /// Whether a call is about all objects, or about one.
    pub fn is_list(self) -> bool {
        matches!(self, Self::List | Self::Filter)
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Retrieve => "retrieve",
            Self::Create => "create",
            Self::List => "list all",
            Self::Filter => "list and filter",
        }
    }
}

/// What a client does, as JSON. Programs in other languages read the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Task {
    pub url: String,
    pub key: String,
    pub work: Work,
    /// Each of them calls again and again until the time is over, and at least once.
    pub callers: usize,
    pub seconds: f64,
    /// The same beforehand, so that the client has come to speed.
    pub warm_up_callers: usize,
    pub warm_up_seconds: f64,
    /// How many objects a list has, and how many of them are found.
    pub objects: usize,
    pub found: usize,
    /// Where the certificate stands, as PEM, that the server's comes from: the only one to trust.
    pub roots: Option<PathBuf>,
    /// A filter that so many of a hundred meet, in place of the usual one. The clients in Rust have it.
    pub percent: Option<usize>,
}

/// What a client says of its calls, as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    pub calls: usize,
    /// From the first call's start to the last one's end.
    pub seconds: f64,
    /// Of the processors, by the whole process, meanwhile.
    pub cpu_seconds: f64,
    /// Of a call.
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// The most memory that the process ever had (`VmHWM`).
    pub peak_kb: u64,
    /// The most linear memory that an instance of the component has, where there is one.
    #[serde(default)]
    pub linear_kb: Option<u64>,
}
