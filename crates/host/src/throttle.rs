//! How fast a connection may go.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;

/// Transactions per second of one node.
pub const TRANSACTIONS_PER_NODE: u32 = 6;

/// Nodes of a connection that does not say otherwise.
pub const DEFAULT_NODES: u32 = 50;

const WINDOW: Duration = Duration::from_secs(1);

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Connected account, if not the key's own.
    pub account: Option<String>,
    /// Entity or action.
    pub target: String,
    /// The request may change something.
    pub write: bool,
    /// 1 for the first request of a call's step, higher for its retries.
    pub attempt: u32,
}

/// The answer to a request that asks to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// A place is reserved: send after so long, without asking again.
    After(Duration),
    /// No place within the caller's patience; there may be one after so long. Nothing is reserved.
    Refused(Duration),
}

/// Decides when requests are sent. Asked before every request to Stripe, retries and further pages included.
#[async_trait]
pub trait Throttle: Send + Sync {
    /// A place for one request, at most `patience` ahead. It may block, for `patience` at most.
    async fn admit(&self, lane: &Lane, patience: Duration) -> Admission;

    /// Told after every request: its HTTP status, absent when no answer came, and Stripe's `Retry-After`.
    async fn observe(&self, lane: &Lane, status: Option<u16>, retry_after: Option<Duration>) {
        let _ = (lane, status, retry_after);
    }
}

/// Admits everything at once: for measurements, and for hosts that limit elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

#[async_trait]
impl Throttle for Unlimited {
    async fn admit(&self, _lane: &Lane, _patience: Duration) -> Admission {
        Admission::After(Duration::ZERO)
    }
}

/// A sliding log of one second: no second, wherever it starts, has more admissions than the nodes allow together. Places
/// are given out in the order of asking.
#[derive(Clone)]
pub struct SlidingWindow {
    limit: usize,
    clock: Arc<dyn Fn() -> Instant + Send + Sync>,
    /// The last `limit` admissions, oldest first, those ahead of now included.
    log: Arc<Mutex<VecDeque<Instant>>>,
}

impl SlidingWindow {
    /// [`TRANSACTIONS_PER_NODE`] for each of `nodes`, which is at least 1.
    pub fn new(nodes: u32) -> Self {
        Self::with_clock(nodes, Instant::now)
    }

    /// The same by another clock, which never goes back.
    pub fn with_clock(nodes: u32, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        let limit = nodes.max(1).saturating_mul(TRANSACTIONS_PER_NODE) as usize;
        Self { limit, clock: Arc::new(clock), log: Arc::default() }
    }

    fn reserve(&self, patience: Duration) -> Admission {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        let mut earliest = log.back().copied().map_or(now, |last| last.max(now));
        if log.len() >= self.limit
            && let Some(oldest) = log.front()
        {
            earliest = earliest.max(*oldest + WINDOW);
        }
        // The contract counts in milliseconds; logged is what is answered, so that rounding cannot crowd a window.
        let wait = whole_millis(earliest.saturating_duration_since(now));
        if wait > patience {
            return Admission::Refused(wait);
        }
        if log.len() >= self.limit {
            log.pop_front();
        }
        log.push_back(now + wait);
        Admission::After(wait)
    }
}

impl Default for SlidingWindow {
    fn default() -> Self {
        Self::new(DEFAULT_NODES)
    }
}

impl fmt::Debug for SlidingWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlidingWindow").field("limit", &self.limit).finish_non_exhaustive()
    }
}

#[async_trait]
impl Throttle for SlidingWindow {
    async fn admit(&self, _lane: &Lane, patience: Duration) -> Admission {
        self.reserve(patience)
    }
}

/// `duration` in whole milliseconds, rounded up.
fn whole_millis(duration: Duration) -> Duration {
    let floor = Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
    if floor < duration { floor + Duration::from_millis(1) } else { floor }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clock that stands still until it is moved.
    #[derive(Clone)]
    struct Hand(Arc<Mutex<Instant>>);

    impl Hand {
        fn new() -> Self {
            Self(Arc::new(Mutex::new(Instant::now())))
        }

        fn now(&self) -> Instant {
            *self.0.lock().unwrap()
        }

        fn forward(&self, by: Duration) {
            *self.0.lock().unwrap() += by;
        }

        fn window(&self, nodes: u32) -> SlidingWindow {
            let hand = self.clone();
            SlidingWindow::with_clock(nodes, move || hand.now())
        }
    }

    const FOREVER: Duration = Duration::from_secs(3600);

    #[test]
    fn a_burst_up_to_the_limit_goes_at_once() {
        let window = Hand::new().window(2);
        for _ in 0..12 {
            assert_eq!(window.reserve(FOREVER), Admission::After(Duration::ZERO));
        }
        assert_eq!(window.reserve(FOREVER), Admission::After(WINDOW));
    }

    #[test]
    fn beyond_patience_nothing_is_reserved() {
        let window = Hand::new().window(1);
        for _ in 0..6 {
            window.reserve(FOREVER);
        }
        let patience = Duration::from_millis(999);
        assert_eq!(window.reserve(patience), Admission::Refused(WINDOW));
        assert_eq!(window.reserve(FOREVER), Admission::After(WINDOW));
    }

    #[test]
    fn a_place_is_free_again_after_a_second() {
        let hand = Hand::new();
        let window = hand.window(1);
        for _ in 0..6 {
            window.reserve(FOREVER);
        }
        hand.forward(Duration::from_micros(400_500));
        assert_eq!(window.reserve(FOREVER), Admission::After(Duration::from_millis(600)));
        hand.forward(WINDOW);
        assert_eq!(window.reserve(FOREVER), Admission::After(Duration::ZERO));
    }

    #[test]
    fn no_second_has_more_than_the_limit() {
        let hand = Hand::new();
        let window = hand.window(2);
        let limit = 12;
        let mut admitted = Vec::new();
        // Steps of uneven length, so that bursts and pauses meet the window at every angle.
        for step in 0..2_000_u64 {
            hand.forward(Duration::from_micros(step * 7_919 % 120_000));
            if let Admission::After(wait) = window.reserve(Duration::from_secs(2)) {
                admitted.push(hand.now() + wait);
            }
        }
        assert!(admitted.len() > 1_000);
        for pair in admitted.windows(limit + 1) {
            assert!(pair[limit] - pair[0] >= WINDOW);
        }
    }
}
