//! What a connection may do at most.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Transactions per second of one node.
pub const TRANSACTIONS_PER_NODE: u32 = 6;

/// The fewest and the most nodes of a connection that does not say otherwise.
pub const DEFAULT_NODES: RangeInclusive<u32> = 2..=50;

/// Room for all requests that the instances of one connector have in flight by default, four times.
const DEFAULT_WAITING: usize = 1_000;

/// A process that dies takes the places with it that it has reserved, so they must not lie too far ahead.
const DEFAULT_AHEAD: Duration = Duration::from_secs(30);

/// Nodes of a connection, and how many requests may wait for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The connection starts with so many nodes and never has fewer; at least 1.
    pub nodes_min: u32,
    /// It never has more than these; at least `nodes_min`.
    pub nodes_max: u32,
    /// So many requests may have a place that is still to come; further ones are refused.
    pub waiting: usize,
    /// Places are reserved so far ahead at most, however patient a caller is.
    pub ahead: Duration,
}

impl Limits {
    /// Places are never reserved further ahead than this.
    pub const FARTHEST: Duration = Duration::from_secs(600);

    /// A number of nodes that stays.
    pub fn fixed(nodes: u32) -> Self {
        Self { nodes_min: nodes, nodes_max: nodes, ..Self::default() }
    }

    /// The same within their bounds.
    pub(super) fn bounded(self) -> Self {
        let nodes_min = self.nodes_min.max(1);
        Self {
            nodes_min,
            nodes_max: self.nodes_max.max(nodes_min),
            waiting: self.waiting,
            ahead: self.ahead.min(Self::FARTHEST),
        }
    }
}

impl Default for Limits {
    /// 2 to 50 nodes, 1,000 requests that wait, places up to 30 seconds ahead.
    fn default() -> Self {
        Self {
            nodes_min: *DEFAULT_NODES.start(),
            nodes_max: *DEFAULT_NODES.end(),
            waiting: DEFAULT_WAITING,
            ahead: DEFAULT_AHEAD,
        }
    }
}
