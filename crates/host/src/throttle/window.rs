//! The limit of one process.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::ledger::{Ledger, nanos};
use super::places::{Nanos, SECOND};
use super::{Admission, Lane, Limits, Throttle};

/// A sliding log of one second: no second, wherever it starts, has more admissions than the nodes that there are at its
/// end allow together. Each request gets the first place that is free, so with as many nodes as before places are given
/// out in the order of asking. Clones share the limit.
///
/// A node is added when a call asked within the last second and has waited over 200 ms, one in a second; one is dropped
/// after 60 seconds in none of which half of them was used. A 429 from Stripe keeps everyone who asks from then on
/// waiting until its `Retry-After`, or without one for half a second, and for twice as long each time that the first
/// answer after a pause is a 429 again; no pause is longer than a minute.
#[derive(Clone)]
pub struct SlidingWindow {
    limits: Limits,
    clock: Arc<dyn Fn() -> Instant + Send + Sync>,
    start: Instant,
    ledger: Arc<Mutex<Ledger>>,
}

impl SlidingWindow {
    /// [`TRANSACTIONS_PER_NODE`](super::TRANSACTIONS_PER_NODE) for each of `nodes`, which is at least 1 and stays so.
    pub fn new(nodes: u32) -> Self {
        Self::with_limits(Limits::fixed(nodes))
    }

    /// The same by another clock, which never goes back.
    pub fn with_clock(nodes: u32, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self::with_limits_and_clock(Limits::fixed(nodes), clock)
    }

    /// As many nodes as are needed, within these limits.
    pub fn with_limits(limits: Limits) -> Self {
        Self::with_limits_and_clock(limits, Instant::now)
    }

    /// The same by another clock, which never goes back.
    pub fn with_limits_and_clock(
        limits: Limits,
        clock: impl Fn() -> Instant + Send + Sync + 'static,
    ) -> Self {
        let (limits, start) = (limits.bounded(), clock());
        let ledger = Arc::new(Mutex::new(Ledger::new(&limits, ORIGIN)));
        Self { limits, clock: Arc::new(clock), start, ledger }
    }

    /// Nodes that there are now.
    pub fn nodes(&self) -> u32 {
        let mut ledger = self.ledger();
        ledger.nodes(self.now())
    }

    /// Requests whose place is still to come.
    pub fn waiting(&self) -> usize {
        let mut ledger = self.ledger();
        ledger.waiting(self.now())
    }

    /// The clock is read with the ledger in hand, so that its times never go back.
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Nanos {
        ORIGIN + nanos((self.clock)().saturating_duration_since(self.start))
    }

    pub(super) fn reserve(&self, patience: Duration) -> Admission {
        let mut ledger = self.ledger();
        ledger.admit(self.now(), patience)
    }

    pub(super) fn note(&self, status: Option<u16>, retry_after: Option<Duration>) {
        let mut ledger = self.ledger();
        ledger.observe(self.now(), status, retry_after);
    }
}

/// What the ledger's time starts from: the second before has a place on its scale too.
const ORIGIN: Nanos = 2 * SECOND;

impl Default for SlidingWindow {
    fn default() -> Self {
        Self::with_limits(Limits::default())
    }
}

impl fmt::Debug for SlidingWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlidingWindow").field("limits", &self.limits).finish_non_exhaustive()
    }
}

#[async_trait]
impl Throttle for SlidingWindow {
    async fn admit(&self, _lane: &Lane, patience: Duration) -> Admission {
        self.reserve(patience)
    }

    async fn observe(&self, _lane: &Lane, status: Option<u16>, retry_after: Option<Duration>) {
        self.note(status, retry_after);
    }

    fn nodes(&self) -> Option<u32> {
        Some(self.nodes())
    }
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
