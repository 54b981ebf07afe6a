//! How many nodes there are: one more while calls wait, one fewer when they have long been too many.

use super::limits::{Limits, TRANSACTIONS_PER_NODE};
use super::places::{Nanos, SECOND};

/// A call that waits longer wants another node.
const LONG: Nanos = SECOND / 5;

/// So long after a call has asked, its wait still counts.
const RECENT: Nanos = SECOND;

/// Nodes are added one at a time, with so much between that it shows whether the last one was enough.
const GROWTH: Nanos = SECOND;

/// A node is dropped after so long below half use.
const IDLE: Nanos = 60 * SECOND;

/// The nodes of a connection. What changes with time alone is caught up when they are looked at.
#[derive(Debug)]
pub(super) struct Nodes {
    min: u32,
    max: u32,
    count: u32,
    /// When the last one was added.
    grown: Nanos,
    /// Since when less than half of them is used.
    idle_since: Nanos,
    /// From when until when a call has waited long and asked recently.
    pressed: (Nanos, Nanos),
}

impl Nodes {
    pub(super) fn new(limits: &Limits, now: Nanos) -> Self {
        let (min, max) = (limits.nodes_min, limits.nodes_max);
        Self { min, max, count: min, grown: 0, idle_since: now, pressed: (0, 0) }
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Requests per second of all of them.
    pub(super) fn limit(&self) -> usize {
        self.count.saturating_mul(TRANSACTIONS_PER_NODE) as usize
    }

    pub(super) fn catch_up(&mut self, now: Nanos) {
        while self.count < self.max {
            let due = self.pressed.0.max(self.grown + GROWTH);
            if due > self.pressed.1 || due > now {
                break;
            }
            self.count += 1;
            self.grown = due;
            self.idle_since = self.idle_since.max(due);
        }
        if self.pressed.1 < now {
            // What found all nodes there must not bring back one that is dropped later.
            self.pressed = (0, 0);
        }
        while self.count > self.min && self.idle_since + IDLE <= now {
            self.count -= 1;
            self.idle_since += IDLE;
        }
    }

    /// A call asked now, and has to wait so long for want of nodes.
    pub(super) fn waited(&mut self, now: Nanos, wait: Nanos) {
        if wait <= LONG {
            return;
        }
        if self.pressed.1 < now + LONG {
            self.pressed.0 = now + LONG;
        }
        self.pressed.1 = now + RECENT;
    }

    /// A place was given, and the second that ends with it has so many.
    pub(super) fn used(&mut self, at: Nanos, in_second: usize) {
        if 2 * in_second >= self.limit() {
            self.idle_since = self.idle_since.max(at);
        }
    }
}
