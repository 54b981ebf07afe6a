//! How fast a connection may go.
//!
//! A connection has nodes, and each node is worth [`TRANSACTIONS_PER_NODE`] requests per second: within any second,
//! wherever it starts, no more are admitted than the nodes allow together ([`SlidingWindow`]). Nodes are added while calls
//! wait and dropped while they idle; a bounded number of requests may wait, and further ones are refused with the time
//! after which there may be a place; and when Stripe answers 429, everyone waits. Many processes share one limit through
//! Redis (`RedisWindow`, with the feature `redis`).

use std::time::Duration;

use async_trait::async_trait;

mod ledger;
mod limits;
mod nodes;
mod pause;
mod places;
#[cfg(feature = "redis")]
mod redis;
mod window;

#[cfg(feature = "redis")]
pub use self::redis::{RedisServer, RedisWindow, WhenGone};
pub use limits::{DEFAULT_NODES, Limits, TRANSACTIONS_PER_NODE};
pub use window::SlidingWindow;

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

    /// Nodes that there are now, where there are such: for the metrics.
    fn nodes(&self) -> Option<u32> {
        None
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
