//! One limit for many processes, kept in Redis.

mod link;
mod outage;
mod server;

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;

use self::link::{Link, Reply};
use self::outage::Outage;
pub use self::server::RedisServer;
use super::{Admission, Lane, Limits, SlidingWindow, TRANSACTIONS_PER_NODE, Throttle};

/// Redis has so much time to answer, connecting included. A caller with less patience is refused sooner.
const TIME_LIMIT: Duration = Duration::from_millis(500);

/// When to ask again during an outage: it is tried twice a second whether it is over.
const SOON: Duration = Duration::from_secs(1);

/// What becomes of requests while Redis cannot be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenGone {
    /// They are refused: what nobody counts might be too much.
    #[default]
    Refuse,
    /// Each process keeps the limit alone, so that all of them together may go beyond it.
    Local,
}

/// What came of asking Redis.
enum Answer {
    Given(Reply),
    /// The caller has no time to wait for it.
    Late,
    /// It cannot be asked.
    Gone,
}

/// The limit of a [`SlidingWindow`], shared by all processes that name the same connection at the same Redis: places,
/// nodes and the pauses that a 429 brings. One script decides, by Redis's clock, so the clocks of the processes do not
/// matter; they should have the same [`Limits`].
///
/// A Redis that has just started gives no places until those have passed that it may have given before. One that loses
/// its last moments without a restart, as a replica that takes over, may give places of that second once more.
///
/// An outage is logged once when it begins, as an error, and once when it is over, as a warning.
pub struct RedisWindow {
    link: Link,
    limits: Limits,
    when_gone: WhenGone,
    outage: Outage,
    local: SlidingWindow,
    nodes: AtomicU32,
    /// Pauses in a row, as far as this process knows. Only then a good answer is news to Redis.
    row: AtomicU32,
}

impl RedisWindow {
    /// The limit of `connection`, a name that stands for one key of Stripe's. Nothing is sent yet.
    pub fn new(server: RedisServer, connection: &str, limits: Limits) -> Self {
        let limits = limits.bounded();
        Self {
            link: Link::new(server, connection),
            limits,
            when_gone: WhenGone::default(),
            outage: Outage::default(),
            local: SlidingWindow::with_limits(limits),
            nodes: AtomicU32::new(limits.nodes_min),
            row: AtomicU32::new(0),
        }
    }

    /// What becomes of requests while Redis cannot be asked; [`WhenGone::Refuse`] when not said.
    #[must_use]
    pub fn when_gone(mut self, when_gone: WhenGone) -> Self {
        self.when_gone = when_gone;
        self
    }

    /// Nodes that there were when Redis was last asked.
    pub fn nodes(&self) -> u32 {
        self.nodes.load(Ordering::Relaxed)
    }

    async fn ask(&self, asked: &str, more: &[u64], limit: Duration) -> Answer {
        if !self.outage.may_ask() {
            return Answer::Gone;
        }
        let Limits { nodes_min, nodes_max, waiting, ahead } = self.limits;
        let limits = [
            nodes_min.into(),
            nodes_max.into(),
            TRANSACTIONS_PER_NODE.into(),
            u64::try_from(waiting).unwrap_or(u64::MAX),
            micros(ahead),
        ];
        let arguments = [&limits, more].concat();
        match self.link.run(asked, &arguments, limit.min(TIME_LIMIT)).await {
            Some(Ok(reply)) => {
                let (_, _, nodes, row, _) = reply;
                self.nodes.store(nodes, Ordering::Relaxed);
                self.row.store(row, Ordering::Relaxed);
                if let Some(length) = self.outage.ends() {
                    self.log_end(length);
                }
                Answer::Given(reply)
            }
            Some(Err(why)) => {
                self.begin_outage(&why);
                Answer::Gone
            }
            // That the caller has little time says nothing about Redis.
            None if limit < TIME_LIMIT => Answer::Late,
            None => {
                self.link.forget();
                self.begin_outage(&format!("it does not answer within {} ms", TIME_LIMIT.as_millis()));
                Answer::Gone
            }
        }
    }

    fn begin_outage(&self, why: &str) {
        if !self.outage.begins() {
            return;
        }
        let server = self.link.server();
        let meanwhile = match self.when_gone {
            WhenGone::Refuse => "until it can, no request is admitted",
            WhenGone::Local => "until it can, this process keeps the limit alone",
        };
        tracing::error!(
            target: "stripe_connector",
            "the limit is shared through Redis at {server}, which cannot be asked: {why}; {meanwhile}"
        );
    }

    fn log_end(&self, length: Duration) {
        let (server, seconds) = (self.link.server(), length.as_secs_f32());
        tracing::warn!(
            target: "stripe_connector",
            "Redis at {server} answers again after {seconds:.1} s; the limit is shared through it"
        );
    }
}

impl fmt::Debug for RedisWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisWindow")
            .field("server", self.link.server())
            .field("limits", &self.limits)
            .field("when_gone", &self.when_gone)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Throttle for RedisWindow {
    async fn admit(&self, _lane: &Lane, patience: Duration) -> Admission {
        let begun = Instant::now();
        match self.ask("admit", &[micros(patience)], patience).await {
            Answer::Given((1, wait, ..)) => Admission::After(Duration::from_micros(wait)),
            Answer::Given((_, wait, ..)) => Admission::Refused(Duration::from_micros(wait)),
            Answer::Gone if self.when_gone == WhenGone::Local => {
                self.local.reserve(patience.saturating_sub(begun.elapsed()))
            }
            Answer::Gone | Answer::Late => Admission::Refused(SOON),
        }
    }

    async fn observe(&self, _lane: &Lane, status: Option<u16>, retry_after: Option<Duration>) {
        self.local.note(status, retry_after);
        let Some(status) = status else { return };
        if status == 429 || self.row.load(Ordering::Relaxed) > 0 {
            let retry_after = retry_after.map_or(0, micros);
            self.ask("observe", &[status.into(), retry_after], TIME_LIMIT).await;
        }
    }

    fn nodes(&self) -> Option<u32> {
        Some(self.nodes())
    }
}

/// Microseconds, at most some thousand years, which Lua's numbers hold exactly.
fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX).min(1 << 52)
}
