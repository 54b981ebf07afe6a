//! What a connection may do at most.

use std::ops::RangeInclusive;

/// Transactions per second of one node.
pub const TRANSACTIONS_PER_NODE: u32 = 6;

/// The fewest and the most nodes of a connection that does not say otherwise.
pub const DEFAULT_NODES: RangeInclusive<u32> = 2..=50;

/// Nodes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The connection starts with so many nodes and never has fewer; at least 1.
    pub nodes_min: u32,
    /// It never has more than these; at least `nodes_min`.
    pub nodes_max: u32,
}

impl Limits {
    /// A number of nodes that stays.
    pub fn fixed(nodes: u32) -> Self {
        Self { nodes_min: nodes, nodes_max: nodes }
    }

    /// The same within their bounds.
    pub(super) fn bounded(self) -> Self {
        let nodes_min = self.nodes_min.max(1);
        Self { nodes_min, nodes_max: self.nodes_max.max(nodes_min) }
    }
}

impl Default for Limits {
    /// 2 to 50 nodes.
    fn default() -> Self {
        Self { nodes_min: *DEFAULT_NODES.start(), nodes_max: *DEFAULT_NODES.end() }
    }
}
