//! All that a limit knows, without a clock of its own. `throttle.lua` decides the same for many processes.

use std::time::Duration;

use super::Admission;
use super::limits::Limits;
use super::nodes::Nodes;
use super::pause::Pause;
use super::places::{Nanos, Places};

#[derive(Debug)]
pub(super) struct Ledger {
    waiting: usize,
    ahead: Nanos,
    nodes: Nodes,
    places: Places,
    pause: Pause,
}

impl Ledger {
    /// `limits` are within their bounds.
    pub(super) fn new(limits: &Limits, now: Nanos) -> Self {
        Self {
            waiting: limits.waiting,
            ahead: nanos(limits.ahead),
            nodes: Nodes::new(limits, now),
            places: Places::default(),
            pause: Pause::default(),
        }
    }

    pub(super) fn admit(&mut self, now: Nanos, patience: Duration) -> Admission {
        self.nodes.catch_up(now);
        self.places.forget(now);
        let start = now.max(self.pause.until());
        let at = self.places.earliest(now, start, self.nodes.limit());
        // More nodes do not help against a pause.
        self.nodes.waited(now, at.saturating_sub(start));
        let wait = at - now;
        let full = wait > 0 && self.places.waiting(now) >= self.waiting;
        if full || wait > self.ahead || wait > nanos(patience) {
            return Admission::Refused(Duration::from_nanos(wait));
        }
        let in_second = self.places.take(at);
        self.nodes.used(at, in_second);
        Admission::After(Duration::from_nanos(wait))
    }

    pub(super) fn observe(&mut self, now: Nanos, status: Option<u16>, retry_after: Option<Duration>) {
        self.pause.observe(now, status, retry_after.map(nanos));
    }

    pub(super) fn nodes(&mut self, now: Nanos) -> u32 {
        self.nodes.catch_up(now);
        self.nodes.count()
    }

    pub(super) fn waiting(&mut self, now: Nanos) -> usize {
        self.places.forget(now);
        self.places.waiting(now)
    }
}

/// Half the range is enough for centuries, and leaves room to add.
pub(super) fn nanos(duration: Duration) -> Nanos {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).min(u64::MAX / 2)
}
